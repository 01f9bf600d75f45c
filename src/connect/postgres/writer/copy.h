/* SPDX-License-Identifier: Apache-2.0 */
/** Rows sent through COPY … FROM STDIN: in binary, or as text where some column's values travel
 *  so. */
#ifndef WH_CONNECT_POSTGRES_WRITER_COPY_H
#define WH_CONNECT_POSTGRES_WRITER_COPY_H

#include "connect/postgres/writer/writer.h"

/** Says what is to be sent: the rows of an insert, at most WH_INSERT_ROWS; it is borrowed until the
 *  next time. Rows are encoded when they are first sent. */
void wh_postgres_copy_begin(struct wh_writer *writer, const struct wh_write_request *insert);

/** What is sent next begins at that place, before which rows were encoded or passed by. */
void wh_postgres_copy_again(struct wh_writer *writer, size_t place);

/** What a COPY came to. */
struct wh_postgres_copy_outcome {
    uint64_t rows;    /* that the server took */
    size_t bad_place; /* WH_REFUSED: of the row that the server named; SIZE_MAX: it named none */
};

/**
 * Settles the last savepoint (writer->savepoint), sets the savepoint wherry_row and sends the rows
 * at places @p first to before @p end, as far as writer->places says so. On failure the savepoint
 * is still to be rolled back to.
 */
WH_MUST_CHECK wh_code wh_postgres_copy(struct wh_writer *writer, size_t first, size_t end,
                                       struct wh_postgres_copy_outcome *ret, struct wh_error *err);

/** Others may write now: when they have begun the server will be at the last rows of this
 *  insert. */
void wh_postgres_tell_most_sent(const struct wh_writer *writer);

#endif
