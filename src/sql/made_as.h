/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Types in PostgreSQL's words ("jsonb", "numeric(20,4)", "integer[]"): what a column is made as in
 * another system, and back. PostgreSQL takes them as they are. SQLite has no such types, but keeps
 * any words as a column's type: a type that it has no name for is declared
 *
 *   TEXT "jsonb"
 *
 * and its values are stored as their texts.
 */
#ifndef WH_SQL_MADE_AS_H
#define WH_SQL_MADE_AS_H

#include "base/arena.h"
#include "base/buf.h"
#include "data/schema.h"
#include "sql/dialect.h"

/** True in a declared type of SQLite's that has PostgreSQL's words in it, which are *ret then, in
 *  @p room of @p size bytes. Longer ones are none. */
bool wh_sql_declared_words(struct wh_str declared, char *room, size_t size, struct wh_str *ret);

/** What the words mean to wherry, where it is more than text. */
bool wh_sql_words_parse(struct wh_str words, struct wh_type *ret);

/** False for decimals that may have more digits than every double keeps. */
bool wh_sql_real_keeps(struct wh_type type);

/** PostgreSQL's words for what a column of SQLite's was declared as, in @p arena; ptr NULL where
 *  its type says nothing more than how it is read. */
WH_MUST_CHECK wh_code wh_sql_declared_made_as(struct wh_str declared, struct wh_arena *arena,
                                              struct wh_str *ret, struct wh_error *err);

#endif
