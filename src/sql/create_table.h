/* SPDX-License-Identifier: Apache-2.0 */
/** CREATE TABLE from what is known of a table. */
#ifndef WH_SQL_CREATE_TABLE_H
#define WH_SQL_CREATE_TABLE_H

#include "base/buf.h"
#include "data/schema.h"
#include "sql/dialect.h"

/**
 * Appends CREATE TABLE for the columns of @p table with their types, NOT NULL and keys, a column a
 * line and no semicolon. `declared` is not looked at: the type's name is the dialect's own.
 * WH_INVALID for a table without columns, names that cannot be quoted, and generated columns.
 */
WH_MUST_CHECK wh_code wh_sql_append_create_table(struct wh_buf *sql,
                                                 const struct wh_sql_dialect *dialect,
                                                 const struct wh_table_info *table,
                                                 struct wh_error *err);

/** Takes the schema off a table's name, as that statement does: what stands before its first point,
 *  where the dialect has schemas; ptr NULL: there is none. */
struct wh_str wh_sql_split_schema(const struct wh_sql_dialect *dialect, struct wh_str *name);

/** Appends the column names at @p columns of @p table, quoted, ", " between them. */
WH_MUST_CHECK wh_code wh_sql_append_columns(struct wh_buf *sql, const struct wh_table_info *table,
                                            const size_t *columns, size_t count,
                                            struct wh_error *err);

#endif
