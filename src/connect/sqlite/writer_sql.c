/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/writer_sql.h"

#include "base/error.h"
#include "sql/create_table.h"
#include "sql/quote.h"

#define MAX_SQL (16u << 20)

static wh_code append(struct wh_buf *sql, const char *text, struct wh_error *err)
{
    return wh_buf_append_str(sql, wh_str_from(text), err);
}

static wh_code append_column(const struct wh_writer *writer, struct wh_buf *sql, size_t column,
                             struct wh_error *err)
{
    return wh_sql_append_columns(sql, &writer->table.info, &writer->columns[column], 1, err);
}

static wh_code append_columns(const struct wh_writer *writer, struct wh_buf *sql,
                              struct wh_error *err)
{
    return wh_sql_append_columns(sql, &writer->table.info, writer->columns, writer->column_count,
                                 err);
}

static wh_code append_table(const struct wh_writer *writer, struct wh_buf *sql,
                            struct wh_error *err)
{
    return wh_sql_append_name(sql, writer->table.info.name, err);
}

/** WHERE the match columns equal parameters that start behind @p first. */
static wh_code append_match(const struct wh_writer *writer, struct wh_buf *sql, size_t first,
                            struct wh_error *err)
{
    for (size_t i = 0; i < writer->match_count; i++) {
        WH_TRY(append(sql, i == 0 ? " WHERE " : " AND ", err));
        WH_TRY(append_column(writer, sql, writer->match[i], err));
        WH_TRY(wh_buf_printf(sql, err, " = ?%zu", first + writer->match[i] + 1));
    }
    return WH_OK;
}

/**
 * WHERE the row is found by its match and every compared column still holds what was read. The
 * match is compared byte by byte, too: its collation may be wider.
 */
static wh_code append_as_before(const struct wh_writer *writer, struct wh_buf *sql,
                                struct wh_error *err)
{
    size_t first = writer->column_count;
    WH_TRY(append_match(writer, sql, first, err));
    for (size_t i = 0; i < writer->column_count; i++) {
        bool is_text = writer->storages[i].type.kind == WH_KIND_TEXT;
        if (writer->is_insert_only[i] || (writer->is_match[i] && !is_text))
            continue;
        WH_TRY(append(sql, " AND ", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(
            wh_buf_printf(sql, err, " IS ?%zu%s", first + i + 1, is_text ? " COLLATE BINARY" : ""));
    }
    return WH_OK;
}

/** A row of parameters from @p first on: (?1, ?2, ?3) */
static wh_code append_parameters(const struct wh_writer *writer, size_t first, struct wh_buf *sql,
                                 struct wh_error *err)
{
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_buf_printf(sql, err, "%s?%zu", i == 0 ? "(" : ", ", first + i));
    return append(sql, ")", err);
}

/** OR ABORT: what the table itself says to do on a conflict (REPLACE would delete another row) does
 *  not count. */
static wh_code append_insert_rows(const struct wh_writer *writer, size_t rows, struct wh_buf *sql,
                                  struct wh_error *err)
{
    WH_TRY(append(sql, "INSERT OR ABORT INTO ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " (", err));
    WH_TRY(append_columns(writer, sql, err));
    for (size_t row = 0; row < rows; row++) {
        WH_TRY(append(sql, row == 0 ? ") VALUES " : ", ", err));
        WH_TRY(append_parameters(writer, row * writer->column_count + 1, sql, err));
    }
    return WH_OK;
}

static wh_code append_insert(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append_insert_rows(writer, 1, sql, err));
    WH_TRY(append(sql, " ON CONFLICT (", err));
    for (size_t i = 0; i < writer->match_count; i++) {
        WH_TRY(append(sql, i == 0 ? "" : ", ", err));
        WH_TRY(append_column(writer, sql, writer->match[i], err));
    }
    return append(sql, ") DO NOTHING", err);
}

static wh_code append_update(const struct wh_writer *writer, const bool *is_set, struct wh_buf *sql,
                             struct wh_error *err)
{
    bool is_first = true;
    WH_TRY(append(sql, "UPDATE OR ABORT ", err));
    WH_TRY(append_table(writer, sql, err));
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!is_set[i])
            continue;
        WH_TRY(append(sql, is_first ? " SET " : ", ", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(wh_buf_printf(sql, err, " = ?%zu", i + 1));
        is_first = false;
    }
    return append_as_before(writer, sql, err);
}

/** What no row has in the column: NULL where that may be, otherwise something drawn at random. */
static const char *unheard_of(const struct wh_writer *writer, size_t column)
{
    size_t at = writer->columns[column];
    if (!writer->table.info.columns[at].is_not_null)
        return "NULL";
    if (at != writer->table.row_number && !writer->table.is_strict)
        return "'set aside by wherry ' || hex(randomblob(16))";
    switch (writer->table.affinities[at]) {
    case WH_SQLITE_INTEGER:
    case WH_SQLITE_NUMERIC:
        return "random()";
    case WH_SQLITE_REAL:
        return "CAST(random() AS REAL)";
    case WH_SQLITE_NO_AFFINITY:
        return "randomblob(16)";
    case WH_SQLITE_TEXT:
        break;
    }
    return "hex(randomblob(16))";
}

static wh_code append_set_aside(const struct wh_writer *writer, struct wh_buf *sql,
                                struct wh_error *err)
{
    bool is_first = true;
    WH_TRY(append(sql, "UPDATE OR ABORT ", err));
    WH_TRY(append_table(writer, sql, err));
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!writer->set_aside[i])
            continue;
        WH_TRY(append(sql, is_first ? " SET " : ", ", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(wh_buf_printf(sql, err, " = CASE WHEN ?%zu THEN %s ELSE ", i + 1,
                             unheard_of(writer, i)));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(append(sql, " END", err));
        is_first = false;
    }
    return append_as_before(writer, sql, err);
}

static wh_code append_place(const struct wh_writer *writer, struct wh_buf *sql,
                            struct wh_error *err)
{
    bool is_first = true;
    WH_TRY(append(sql, "UPDATE OR ABORT ", err));
    WH_TRY(append_table(writer, sql, err));
    for (size_t i = 0; i < writer->column_count; i++) {
        if (writer->is_insert_only[i])
            continue;
        WH_TRY(append(sql, is_first ? " SET " : ", ", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(wh_buf_printf(sql, err, " = ?%zu", i + 1));
        is_first = false;
    }
    return append_match(writer, sql, 0, err);
}

static wh_code append_delete(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "DELETE FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    return append_as_before(writer, sql, err);
}

/** The rows of keys that are looked up: (0, ?1, ?2), (1, ?3, ?4) … */
static wh_code append_slots(const struct wh_writer *writer, struct wh_buf *sql,
                            struct wh_error *err)
{
    size_t parameter = 1;
    for (int slot = 0; slot < WH_SQLITE_LOOKUP_SLOTS; slot++) {
        WH_TRY(wh_buf_printf(sql, err, "%s(%d", slot == 0 ? "" : ", ", slot));
        for (size_t i = 0; i < writer->match_count; i++)
            WH_TRY(wh_buf_printf(sql, err, ", ?%zu", parameter++));
        WH_TRY(append(sql, ")", err));
    }
    return WH_OK;
}

/** CROSS JOIN: keys outside, table inside, whatever the planner thinks. */
static wh_code append_lookup(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT ", err));
    for (size_t i = 0; i < writer->column_count; i++) {
        WH_TRY(append(sql, "t.", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(append(sql, ", ", err));
    }
    WH_TRY(append(sql, "k.column1 FROM (VALUES ", err));
    WH_TRY(append_slots(writer, sql, err));
    WH_TRY(append(sql, ") AS k CROSS JOIN ", err));
    WH_TRY(append_table(writer, sql, err));
    for (size_t i = 0; i < writer->match_count; i++) {
        WH_TRY(append(sql, i == 0 ? " AS t ON t." : " AND t.", err));
        WH_TRY(append_column(writer, sql, writer->match[i], err));
        WH_TRY(wh_buf_printf(sql, err, " = k.column%zu", i + 2));
    }
    return WH_OK;
}

static wh_code append_scan(const struct wh_writer *writer, struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT ", err));
    WH_TRY(append_columns(writer, sql, err));
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " WHERE ", err));
    WH_TRY(append_column(writer, sql, writer->match[0], err));
    WH_TRY(append(sql, " BETWEEN ?1 AND ?2 ORDER BY ", err));
    return append_column(writer, sql, writer->match[0], err);
}

static wh_code append_probe(const struct wh_writer *writer, bool of_before, struct wh_buf *sql,
                            struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT 1 FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    return of_before ? append_as_before(writer, sql, err) : append_match(writer, sql, 0, err);
}

static wh_code append_take_out(const struct wh_writer *writer, struct wh_buf *sql,
                               struct wh_error *err)
{
    WH_TRY(append(sql, "DELETE FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    return append_match(writer, sql, 0, err);
}

static wh_code append_is_empty(const struct wh_writer *writer, struct wh_buf *sql,
                               struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT NOT EXISTS (SELECT 1 FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    return append(sql, ")", err);
}

static wh_code append_statement(const struct wh_writer *writer,
                                enum wh_sqlite_writer_statement which, struct wh_buf *sql,
                                struct wh_error *err)
{
    switch (which) {
    case WH_SQLITE_INSERT:
        return append_insert(writer, sql, err);
    case WH_SQLITE_INSERT_TOGETHER:
        return append_insert_rows(writer, WH_SQLITE_TOGETHER, sql, err);
    case WH_SQLITE_DELETE:
        return append_delete(writer, sql, err);
    case WH_SQLITE_LOOKUP:
        return append_lookup(writer, sql, err);
    case WH_SQLITE_SCAN:
        return append_scan(writer, sql, err);
    case WH_SQLITE_PROBE:
    case WH_SQLITE_PROBE_BEFORE:
        return append_probe(writer, which == WH_SQLITE_PROBE_BEFORE, sql, err);
    case WH_SQLITE_TAKE_OUT:
        return append_take_out(writer, sql, err);
    case WH_SQLITE_SET_ASIDE:
        return append_set_aside(writer, sql, err);
    case WH_SQLITE_PLACE:
        return append_place(writer, sql, err);
    case WH_SQLITE_IS_EMPTY:
        break;
    }
    return append_is_empty(writer, sql, err);
}

wh_code wh_sqlite_writer_need(struct wh_writer *writer, enum wh_sqlite_writer_statement which,
                              sqlite3_stmt **at, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    if (*at != NULL)
        return WH_OK;
    WH_TRY(append_statement(writer, which, &sql, err));
    return wh_sqlite_compile(writer->destination, wh_buf_str(&sql), WH_SQLITE_KEPT, at, err);
}

wh_code wh_sqlite_writer_compile_update(struct wh_writer *writer, const bool *is_set,
                                        sqlite3_stmt **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(append_update(writer, is_set, &sql, err));
    return wh_sqlite_compile(writer->destination, wh_buf_str(&sql), WH_SQLITE_KEPT, ret, err);
}

/* ---- rivals ---------------------------------------------------------------------------------- */

static wh_code append_literal(const struct wh_writer *writer, size_t table_column, bool is_first,
                              struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, is_first ? "SELECT substr(quote(" : ", substr(quote(", err));
    WH_TRY(wh_sql_append_name(sql, writer->table.info.columns[table_column].name, err));
    return append(sql, "), 1, 64)", err);
}

static wh_code append_rival(const struct wh_writer *writer, const struct wh_key_info *key,
                            struct wh_buf *sql, struct wh_error *err)
{
    for (size_t i = 0; i < key->column_count; i++)
        WH_TRY(append_literal(writer, key->columns[i], i == 0, sql, err));
    for (size_t i = 0; i < writer->match_count; i++)
        WH_TRY(append_literal(writer, writer->columns[writer->match[i]], false, sql, err));
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    for (size_t i = 0; i < key->column_count; i++) {
        size_t column = wh_sqlite_writer_column(writer, key->columns[i]);
        WH_ASSERT(column != SIZE_MAX, err);
        WH_TRY(append(sql, i == 0 ? " WHERE " : " AND ", err));
        WH_TRY(append_column(writer, sql, column, err));
        WH_TRY(wh_buf_printf(sql, err, " = ?%zu", column + 1));
    }
    return WH_OK;
}

wh_code wh_sqlite_writer_compile_rival(struct wh_writer *writer, const struct wh_key_info *key,
                                       sqlite3_stmt **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(append_rival(writer, key, &sql, err));
    return wh_sqlite_compile(writer->destination, wh_buf_str(&sql), WH_SQLITE_KEPT, ret, err);
}

/* ---- references ------------------------------------------------------------------------------ */

/** AND NOT EXISTS the row that c refers to. Its column stands first: its collation decides, as in
 *  SQLite's own check. */
static wh_code append_nothing_referred_to(const struct wh_sqlite_reference *reference,
                                          struct wh_str table, struct wh_buf *sql,
                                          struct wh_error *err)
{
    WH_TRY(append(sql, " AND NOT EXISTS (SELECT 1 FROM ", err));
    WH_TRY(wh_sql_append_name(sql, table, err));
    WH_TRY(append(sql, " AS p WHERE ", err));
    for (size_t i = 0; i < reference->count; i++) {
        WH_TRY(append(sql, i == 0 ? "p." : " AND p.", err));
        WH_TRY(wh_sql_append_name(sql, reference->to[i], err));
        WH_TRY(append(sql, " = c.", err));
        WH_TRY(wh_sql_append_name(sql, reference->from[i], err));
    }
    return append(sql, ")", err);
}

/** The row itself, where it refers to a row that is not there. A NULL refers to nothing. */
static wh_code append_broken_outward(const struct wh_writer *writer,
                                     const struct wh_sqlite_reference *reference,
                                     struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT 1 FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS c", err));
    WH_TRY(append_match(writer, sql, 0, err));
    for (size_t i = 0; i < reference->count; i++) {
        WH_TRY(append(sql, " AND c.", err));
        WH_TRY(wh_sql_append_name(sql, reference->from[i], err));
        WH_TRY(append(sql, " IS NOT NULL", err));
    }
    return append_nothing_referred_to(reference, reference->table, sql, err);
}

/** A row that refers to the values that the writer's row had, where no row has them now. */
static wh_code append_broken_inward(const struct wh_writer *writer,
                                    const struct wh_sqlite_reference *reference, struct wh_buf *sql,
                                    struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT 1 FROM ", err));
    WH_TRY(wh_sql_append_name(sql, reference->table, err));
    for (size_t i = 0; i < reference->count; i++) {
        WH_TRY(append(sql, i == 0 ? " AS c WHERE c." : " AND c.", err));
        WH_TRY(wh_sql_append_name(sql, reference->from[i], err));
        WH_TRY(wh_buf_printf(sql, err, " = ?%zu", i + 1));
    }
    return append_nothing_referred_to(reference, writer->table.info.name, sql, err);
}

wh_code wh_sqlite_writer_compile_broken(struct wh_writer *writer,
                                        const struct wh_sqlite_reference *reference,
                                        sqlite3_stmt **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(reference->is_inward ? append_broken_inward(writer, reference, &sql, err)
                                : append_broken_outward(writer, reference, &sql, err));
    return wh_sqlite_compile(writer->destination, wh_buf_str(&sql), WH_SQLITE_KEPT, ret, err);
}
