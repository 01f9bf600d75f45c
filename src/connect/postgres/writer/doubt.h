/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of an insert that the server will most likely refuse.
 *
 * A constraint that it refused a row for is learnt, and the server is asked which rows of the
 * group, and of those that follow, would break it. These are put off: they are tried behind
 * all others, each alone, so that a bad row costs no good one a second try. What becomes of a
 * row is the server's to say then, as ever; what nobody doubted, and what others do
 * meanwhile, is found by the COPY.
 *
 * Nothing is put off in tables with triggers, where the order of rows may matter. In one that
 * refers to itself a row is put off, or waits, with the one that it refers to (waiting.h).
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_DOUBT_H
#define WH_CONNECT_POSTGRES_WRITER_DOUBT_H

#include "connect/postgres/writer/constraint.h"
#include "connect/postgres/writer/writer.h"

/** True where rows of an insert of so many may be tried behind others that come after them. Of few
 *  rows it is found by trying which are bad. */
bool wh_postgres_puts_off(const struct wh_writer *writer, size_t rows);

/** True where there is something to learn: writer->broken tells a constraint
 *  that is not looked for. */
bool wh_postgres_is_new(const struct wh_writer *writer);

/** Learns it; false in *ret_is_news where rows cannot be asked about it.
 *  In a transaction in which nothing has failed. */
WH_MUST_CHECK wh_code wh_postgres_learn(struct wh_writer *writer, bool *ret_is_news,
                                        struct wh_error *err);

/** Marks those of the rows that are to be sent, at places from @p first to before @p end, which
 *  break a constraint that was learnt, as put off. Likewise in a transaction. */
WH_MUST_CHECK wh_code wh_postgres_doubt(struct wh_writer *writer, size_t first, size_t end,
                                        struct wh_error *err);

/** Marks as PUT_OFF in its results those of an UPDATE's rows, from @p first on, which want
 *  a unique value that another row has, or a row before them wants, as far as such
 *  constraints were learnt. */
WH_MUST_CHECK wh_code wh_postgres_doubt_updates(struct wh_writer *writer,
                                                const struct wh_write_request *request,
                                                size_t first, bool *ret_any, struct wh_error *err);

/** The unique constraints that were learnt and hold for all rows, one after another; NULL:
 *  no more. */
const struct wh_postgres_constraint *wh_postgres_learnt_unique(const struct wh_writer *writer,
                                                               size_t nth);

/** Tells how a row that was put off came out. Where many were put off in vain
 *  nothing is doubted any more. */
void wh_postgres_doubt_was(struct wh_writer *writer, bool right);

void wh_postgres_doubts_free(struct wh_postgres_doubts *doubts);

#endif
