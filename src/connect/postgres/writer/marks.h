/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Marks: which versions of rows wherry's own transactions wrote, in words that hold for good.
 *
 * A row tells the transaction that wrote its version (xmin), and no other transaction ever has that
 * number: the 32 bits that a row shows come again after 2^32 transactions, the number that a mark
 * says does not. So a row with a version of a mark's is as that transaction left it: a write by
 * anybody makes another version. A mark says what the number is worth something for:
 * "SYSTEM/DATABASE/TABLE/COLUMNS NUMBER …". Rows that were dumped and restored have other versions;
 * where they stand in another system, database or table, or where the columns that are written
 * stand elsewhere in a row or have another type, the mark is not theirs.
 *
 * There are no marks of what a transaction of wherry's may have set off to change rows that it did
 * not mean to write: where the table has triggers or children, or other tables' rows go with its
 * own (ON UPDATE CASCADE), which may come back to it. Nor for types whose values depend on what
 * stands elsewhere: labels, a table's name.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_MARKS_H
#define WH_CONNECT_POSTGRES_WRITER_MARKS_H

#include "connect/postgres/writer/writer.h"

wh_code wh_postgres_mark(struct wh_writer *writer, const int64_t *versions, size_t count,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);
wh_code wh_postgres_recall(struct wh_writer *writer, const struct wh_str *marks, size_t count,
                           struct wh_arena *arena, int64_t **ret, size_t *ret_count,
                           struct wh_error *err);

/** The versions of @p mark, as a row shows them, that still mean what they meant; how
 *  many they are. @p scope is what marks of the table begin with, @p next the number of
 *  the next transaction. */
size_t wh_postgres_read_mark(struct wh_str mark, struct wh_str scope, int64_t next,
                             int64_t versions[WH_MARK_VERSIONS]);

#endif
