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

/** Fills @p err: a trigger altered the row, or, with @p is_ignored, left it out. WH_REFUSED. */
wh_code wh_postgres_refuse_altered(const struct wh_writer *writer, bool is_ignored,
                                   struct wh_error *err);

#endif
