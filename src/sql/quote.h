/* SPDX-License-Identifier: Apache-2.0 */
/** Names and literals in SQL. Every name that comes from outside passes through here. */
#ifndef WH_SQL_QUOTE_H
#define WH_SQL_QUOTE_H

#include "base/buf.h"
#include "sql/dialect.h"

/** Appends @p name as a quoted identifier: "it""s". WH_INVALID for an empty name or a NUL byte. */
WH_MUST_CHECK wh_code wh_sql_append_name(struct wh_buf *sql, struct wh_str name,
                                         struct wh_error *err);

/** Appends @p text as a string literal: 'it''s'. WH_INVALID for a NUL byte. Backslashes mean
 *  themselves, as they do in SQLite and, with standard_conforming_strings, in PostgreSQL. */
WH_MUST_CHECK wh_code wh_sql_append_text(struct wh_buf *sql, struct wh_str text,
                                         struct wh_error *err);

#endif
