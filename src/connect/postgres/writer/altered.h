/* SPDX-License-Identifier: Apache-2.0 */
/** What triggers make of rows: whether the table holds what was written. */
#ifndef WH_CONNECT_POSTGRES_WRITER_ALTERED_H
#define WH_CONNECT_POSTGRES_WRITER_ALTERED_H

#include "connect/postgres/writer/writer.h"

/**
 * Finds the rows that the table holds with the very values of @p columns, but for those that are
 * set on insert only: @p is_as gets a flag for each place of @p rows. In the open transaction.
 */
WH_MUST_CHECK wh_code wh_postgres_find_as(struct wh_writer *writer, const struct wh_column *columns,
                                          const struct wh_selection *rows, uint8_t *is_as,
                                          struct wh_error *err);

/** Fills @p err: a trigger altered the row that was written with the values of @p columns at @p row,
 *  and which of them it does not have. WH_REFUSED. In the open transaction, while it is there. */
wh_code wh_postgres_refuse_altered(struct wh_writer *writer, const struct wh_column *columns,
                                   uint16_t row, struct wh_error *err);

/** Likewise: a trigger left the row out. */
wh_code wh_postgres_refuse_ignored(const struct wh_writer *writer, struct wh_error *err);

#endif
