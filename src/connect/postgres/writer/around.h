/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of an insert written around what stands in their way: one INSERT … ON CONFLICT DO NOTHING,
 * which leaves out what a unique or an exclusion constraint is against.
 *
 * Which rows were written is told by their match, to the byte. Rows that have the match of another
 * one, or none, are left out.
 *
 * It takes twice as long as a COPY. But a COPY that is refused leaves all rows that went before the
 * bad one behind as dead ones, in the table and in its indexes: where every other row is bad, and
 * which are bad cannot be asked (doubt.h), these are a hundred times as many as the rows.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_AROUND_H
#define WH_CONNECT_POSTGRES_WRITER_AROUND_H

#include "connect/postgres/writer/writer.h"

/** More refusals of an insert than this which nobody foresaw make it go on so. */
#define WH_POSTGRES_UNFORESEEN 16

/**
 * Writes those rows to be sent, at places from @p first to before @p end, at most WH_BATCH_ROWS,
 * that nothing stands against; the others, *ret_left of them, are marked as put off. Under the
 * writer's savepoint, of which nothing is left to be said. WH_REFUSED where a row breaks something
 * else, or it cannot be told which rows were written: all is to be taken back then.
 */
WH_MUST_CHECK wh_code wh_postgres_write_around(struct wh_writer *writer, size_t first, size_t end,
                                               size_t *ret_left, struct wh_error *err);

#endif
