/* SPDX-License-Identifier: Apache-2.0 */
/** Which of the rows that were sent the server's error is about. */
#ifndef WH_CONNECT_POSTGRES_WRITER_REFUSAL_H
#define WH_CONNECT_POSTGRES_WRITER_REFUSAL_H

#include "connect/postgres/writer/writer.h"

/**
 * The place of the row that the error @p result of a COPY names, among those at places @p first to
 * before @p end that are sent; SIZE_MAX: it names none. It is a guess that saves tries, no verdict:
 * rows of one key look the same, and a trigger may say what it likes.
 */
size_t wh_postgres_refused_place(struct wh_writer *writer, const PGresult *result, size_t first,
                                 size_t end);

/** The first place among those that refers to a key which such an error has told to be absent, and
 *  so will most likely be refused as well; @p end: none does. */
size_t wh_postgres_first_absent(const struct wh_writer *writer, size_t first, size_t end);

#endif
