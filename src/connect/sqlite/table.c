/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/table.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/failure.h"
#include "sql/create_table.h"
#include "sql/quote.h"

#define MAX_SQL (16u << 20)
#define NEAR_NAMES 3

/** A table's description in the making. */
struct reading {
    struct wh_destination *destination;
    struct wh_arena *arena;
    struct wh_sqlite_table *table;
    struct wh_column_info *columns; /* table->info.columns, not yet const */
    struct wh_key_info *keys;       /* table->info.keys, likewise */
    size_t *primary;                /* columns of the primary key in its order */
    size_t primary_count;
    bool has_primary_index; /* the primary key is an index, not the row's number */
    struct wh_error *err;
};

/* ---- queries --------------------------------------------------------------------------------- */

static struct wh_str text_at(sqlite3_stmt *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query, column);
    return wh_str_make(text != NULL ? text : "", (size_t)sqlite3_column_bytes(query, column));
}

/** WH_OK with a row, WH_END behind the last. */
static wh_code next_row(struct wh_destination *destination, sqlite3_stmt *query,
                        struct wh_error *err)
{
    int rc = sqlite3_step(query);
    if (rc == SQLITE_ROW)
        return WH_OK;
    return rc == SQLITE_DONE ? WH_END : wh_sqlite_failure(destination->db, rc, err, "%s", "");
}

static wh_code count_rows(struct wh_destination *destination, const char *sql, struct wh_str name,
                          size_t *ret, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile_with(destination, sql, name, &query, err));
    WH_TRY(next_row(destination, query, err));
    *ret = (size_t)sqlite3_column_int64(query, 0);
    return WH_OK;
}

/* ---- which table ----------------------------------------------------------------------------- */

struct near_names {
    struct wh_str names[NEAR_NAMES];
    size_t distances[NEAR_NAMES];
    size_t count;
};

/** Puts @p name among the nearest so far. */
static void add_near(struct near_names *near, struct wh_str name, size_t distance)
{
    size_t at = near->count < NEAR_NAMES ? near->count++ : NEAR_NAMES;
    while (at > 0 && near->distances[at - 1] > distance) {
        if (at < NEAR_NAMES) {
            near->names[at] = near->names[at - 1];
            near->distances[at] = near->distances[at - 1];
        }
        at--;
    }
    if (at == NEAR_NAMES)
        return;
    near->names[at] = name;
    near->distances[at] = distance;
}

static wh_code find_near(struct wh_destination *destination, struct wh_str wanted,
                         struct wh_arena *scratch, struct near_names *near, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(
        wh_sqlite_compile(destination,
                          WH_STR("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
                                 "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                                 "AND name NOT LIKE 'wherry\\_%' ESCAPE '\\' ORDER BY name"),
                          WH_SQLITE_ONCE, &query, err));
    wh_code rc;
    while ((rc = next_row(destination, query, err)) == WH_OK) {
        struct wh_str name;
        WH_TRY(wh_arena_copy(scratch, text_at(query, 0), &name, err));
        size_t distance = wh_str_distance(name, wanted);
        if (distance <= 2 || distance <= wanted.len / 3)
            add_near(near, name, distance);
    }
    return rc == WH_END ? WH_OK : rc;
}

static wh_code say_missing(struct wh_destination *destination, struct wh_str wanted,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    WH_CLEANUP(wh_buf_release) struct wh_buf hint;
    struct near_names near = {.count = 0};
    wh_arena_init(&scratch);
    wh_buf_init(&hint, 4096);
    WH_TRY(find_near(destination, wanted, &scratch, &near, err));
    for (size_t i = 0; i < near.count; i++)
        WH_TRY(wh_buf_printf(&hint, err, "%s'%.100s'", i == 0 ? "; did you mean " : " or ",
                             near.names[i].ptr));
    return wh_error_set(err, WH_INVALID, "'%s' has no table '%.*s'%.*s", destination->location.path,
                        WH_FMT(wanted), WH_FMT(wh_buf_str(&hint)));
}

/** Refuses what is no table that rows are simply kept in. */
static wh_code check_kind(struct wh_str kind, struct wh_str name, struct wh_error *err)
{
    if (wh_str_is(kind, "table") && !wh_str_starts_with(name, WH_STR("sqlite_")))
        return WH_OK;
    return wh_error_set(err, WH_UNSUPPORTED,
                        "'%.*s' is a %.*s of SQLite's; rows are written to ordinary tables only",
                        WH_FMT(name), WH_FMT(kind));
}

wh_code wh_sqlite_relation_find(struct wh_destination *destination, struct wh_str name,
                                struct wh_arena *arena, struct wh_sqlite_table *ret,
                                struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    *ret = (struct wh_sqlite_table){.row_number = SIZE_MAX};
    WH_TRY(wh_sqlite_compile_with(destination,
                                  "SELECT name, type, strict, wr FROM pragma_table_list "
                                  "WHERE schema = 'main' AND name = ?1 COLLATE NOCASE",
                                  name, &query, err));
    wh_code rc = next_row(destination, query, err);
    if (rc == WH_END)
        return say_missing(destination, name, err);
    if (rc != WH_OK)
        return rc;
    ret->is_strict = sqlite3_column_int(query, 2) != 0;
    ret->has_no_rowid = sqlite3_column_int(query, 3) != 0;
    WH_TRY(wh_arena_copy(arena, text_at(query, 1), &ret->kind, err));
    return wh_arena_copy(arena, text_at(query, 0), &ret->info.name, err);
}

/* ---- columns --------------------------------------------------------------------------------- */

enum { XINFO_NAME, XINFO_TYPE, XINFO_NOT_NULL, XINFO_DEFAULT, XINFO_PRIMARY, XINFO_HIDDEN };

static wh_code read_column(struct reading *reading, sqlite3_stmt *query, size_t index)
{
    struct wh_column_info *column = &reading->columns[index];
    WH_TRY(wh_arena_copy(reading->arena, text_at(query, XINFO_NAME), &column->name, reading->err));
    WH_TRY(
        wh_arena_copy(reading->arena, text_at(query, XINFO_TYPE), &column->declared, reading->err));
    enum wh_sqlite_affinity affinity =
        wh_sqlite_affinity_of(column->declared, reading->table->is_strict);
    size_t place = (size_t)sqlite3_column_int64(query, XINFO_PRIMARY);
    reading->table->affinities[index] = affinity;
    column->type = wh_sqlite_type_of(column->declared, affinity);
    column->is_not_null = sqlite3_column_int(query, XINFO_NOT_NULL) != 0 || place > 0;
    column->has_default = sqlite3_column_type(query, XINFO_DEFAULT) != SQLITE_NULL &&
                          !wh_str_equal_ascii_fold(text_at(query, XINFO_DEFAULT), WH_STR("NULL"));
    column->is_generated = sqlite3_column_int(query, XINFO_HIDDEN) != 0;
    column->is_exact_text = affinity <= WH_SQLITE_TEXT && !reading->destination->is_utf16;
    if (place > 0 && place <= reading->table->info.column_count) {
        reading->primary[place - 1] = index;
        reading->primary_count = WH_MAX(reading->primary_count, place);
    }
    return WH_OK;
}

static wh_code make_room_for_columns(struct reading *reading, size_t count)
{
    struct wh_sqlite_table *table = reading->table;
    reading->columns = wh_arena_array(reading->arena, count, sizeof(*reading->columns));
    reading->primary = wh_arena_array(reading->arena, count, sizeof(*reading->primary));
    table->affinities = wh_arena_array(reading->arena, count, sizeof(*table->affinities));
    if (reading->columns == NULL || reading->primary == NULL || table->affinities == NULL)
        return wh_error_no_memory(reading->err, count * sizeof(*reading->columns));
    table->info.columns = reading->columns;
    table->info.column_count = count;
    return WH_OK;
}

static wh_code read_columns(struct reading *reading)
{
    struct wh_destination *destination = reading->destination;
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    struct wh_str name = reading->table->info.name;
    size_t count;
    WH_TRY(count_rows(destination, "SELECT count(*) FROM pragma_table_xinfo(?1, 'main')", name,
                      &count, reading->err));
    WH_TRY(make_room_for_columns(reading, count));
    WH_TRY(wh_sqlite_compile_with(destination,
                                  "SELECT name, type, \"notnull\", dflt_value, pk, hidden "
                                  "FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
                                  name, &query, reading->err));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(next_row(destination, query, reading->err));
        WH_TRY(read_column(reading, query, i));
    }
    return WH_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/** True where the index compares column @p index as the column itself does. */
static bool has_own_collation(struct reading *reading, size_t index, struct wh_str collation)
{
    const char *own = NULL;
    int rc = sqlite3_table_column_metadata(
        reading->destination->db, "main", reading->table->info.name.ptr,
        reading->columns[index].name.ptr, NULL, &own, NULL, NULL, NULL);
    return rc == SQLITE_OK && wh_str_equal_ascii_fold(collation, wh_str_from(own));
}

/** True where the index compares decimals by their texts: 1.5 and 1.50 would be two keys. */
static bool is_numeric_text(const struct reading *reading, size_t index)
{
    return reading->columns[index].type.kind == WH_KIND_NUMERIC &&
           reading->table->affinities[index] == WH_SQLITE_TEXT;
}

/** Reads the columns of a unique index; *ret_count is 0 for one that is no key (see table.h). */
static wh_code read_index(struct reading *reading, struct wh_str index, size_t *columns,
                          size_t *ret_count)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile_with(reading->destination,
                                  "SELECT cid, coll FROM pragma_index_xinfo(?1, 'main') "
                                  "WHERE key ORDER BY seqno",
                                  index, &query, reading->err));
    size_t count = 0;
    bool is_key = true;
    wh_code rc;
    while ((rc = next_row(reading->destination, query, reading->err)) == WH_OK) {
        int64_t column = sqlite3_column_int64(query, 0);
        if (column < 0 || (size_t)column >= reading->table->info.column_count ||
            count >= reading->table->info.column_count ||
            !has_own_collation(reading, (size_t)column, text_at(query, 1)))
            is_key = false;
        else
            columns[count++] = (size_t)column;
    }
    for (size_t i = 0; i < count; i++)
        is_key = is_key && !is_numeric_text(reading, columns[i]);
    *ret_count = is_key ? count : 0;
    return rc == WH_END ? WH_OK : rc;
}

static void add_key(struct reading *reading, const size_t *columns, size_t count, bool is_primary)
{
    struct wh_table_info *info = &reading->table->info;
    reading->keys[info->key_count++] =
        (struct wh_key_info){.columns = columns, .column_count = count, .is_primary = is_primary};
}

static wh_code read_indexes(struct reading *reading, size_t max)
{
    struct wh_destination *destination = reading->destination;
    struct wh_table_info *info = &reading->table->info;
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile_with(destination,
                                  "SELECT name, origin FROM pragma_index_list(?1, 'main') "
                                  "WHERE \"unique\" AND NOT partial ORDER BY origin <> 'pk', seq",
                                  info->name, &query, reading->err));
    wh_code rc = WH_OK;
    for (size_t i = 0; i < max && rc == WH_OK; i++) {
        rc = next_row(destination, query, reading->err);
        if (rc != WH_OK)
            break;
        size_t *columns = wh_arena_array(reading->arena, info->column_count, sizeof(*columns));
        size_t count;
        if (columns == NULL)
            return wh_error_no_memory(reading->err, info->column_count * sizeof(*columns));
        bool is_primary = wh_str_is(text_at(query, 1), "pk");
        WH_TRY(read_index(reading, text_at(query, 0), columns, &count));
        reading->has_primary_index = reading->has_primary_index || is_primary;
        if (count > 0)
            add_key(reading, columns, count, is_primary);
    }
    return rc == WH_END ? WH_OK : rc;
}

/** A primary key without an index is the row's number: never NULL, and made where none is given. */
static void read_row_number(struct reading *reading)
{
    if (reading->primary_count != 1 || reading->has_primary_index)
        return;
    size_t column = reading->primary[0];
    reading->table->row_number = column;
    reading->columns[column].has_default = true;
    add_key(reading, reading->primary, 1, true);
}

static wh_code read_keys(struct reading *reading)
{
    size_t count;
    WH_TRY(count_rows(reading->destination, "SELECT count(*) FROM pragma_index_list(?1, 'main')",
                      reading->table->info.name, &count, reading->err));
    /* One more: a row's number has no index. */
    reading->keys = wh_arena_array(reading->arena, count + 1, sizeof(*reading->keys));
    if (reading->keys == NULL)
        return wh_error_no_memory(reading->err, (count + 1) * sizeof(*reading->keys));
    reading->table->info.keys = reading->keys;
    WH_TRY(read_indexes(reading, count));
    read_row_number(reading);
    return WH_OK;
}

static wh_code read_triggers(struct reading *reading)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    struct wh_table_info *info = &reading->table->info;
    WH_TRY(wh_sqlite_compile_with(reading->destination,
                                  "SELECT coalesce(group_concat(name, ', '), '') "
                                  "FROM sqlite_schema WHERE type = 'trigger' "
                                  "AND tbl_name = ?1 COLLATE NOCASE",
                                  info->name, &query, reading->err));
    WH_TRY(next_row(reading->destination, query, reading->err));
    info->has_triggers = text_at(query, 0).len > 0;
    return wh_arena_copy(reading->arena, text_at(query, 0), &info->triggers, reading->err);
}

static wh_code read_foreign_keys(struct reading *reading)
{
    size_t count;
    WH_TRY(count_rows(reading->destination,
                      "SELECT count(*) FROM pragma_foreign_key_list(?1, 'main') "
                      "WHERE \"table\" = ?1 COLLATE NOCASE",
                      reading->table->info.name, &count, reading->err));
    reading->table->references_itself = count > 0;
    WH_TRY(count_rows(reading->destination,
                      "SELECT count(DISTINCT id) FROM pragma_foreign_key_list(?1, 'main')",
                      reading->table->info.name, &count, reading->err));
    reading->table->has_several_foreign_keys = count > 1;
    return WH_OK;
}

wh_code wh_sqlite_relation_read(struct wh_destination *destination, struct wh_arena *arena,
                                struct wh_sqlite_table *table, struct wh_error *err)
{
    struct reading reading = {
        .destination = destination, .arena = arena, .table = table, .err = err};
    WH_TRY(read_columns(&reading));
    return read_keys(&reading);
}

wh_code wh_sqlite_table_read(struct wh_destination *destination, struct wh_str name,
                             struct wh_arena *arena, struct wh_sqlite_table *ret,
                             struct wh_error *err)
{
    struct reading reading = {.destination = destination, .arena = arena, .table = ret, .err = err};
    WH_TRY(wh_sqlite_relation_find(destination, name, arena, ret, err));
    WH_TRY(check_kind(ret->kind, ret->info.name, err));
    WH_TRY(wh_sqlite_relation_read(destination, arena, ret, err));
    WH_TRY(read_triggers(&reading));
    return read_foreign_keys(&reading);
}

/* ---- the contract's functions ---------------------------------------------------------------- */

wh_code wh_sqlite_describe(struct wh_destination *destination, struct wh_str table,
                           struct wh_arena *arena, struct wh_table_info *ret, struct wh_error *err)
{
    struct wh_sqlite_table read;
    WH_TRY(wh_sqlite_table_read(destination, table, arena, &read, err));
    *ret = read.info;
    return WH_OK;
}

wh_code wh_sqlite_create(struct wh_destination *destination, const struct wh_table_info *table,
                         bool run, struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_sql_append_create_table(&sql, &wh_sql_sqlite, table, err));
    WH_TRY(wh_arena_copy(arena, wh_buf_str(&sql), ret, err));
    if (!run)
        return WH_OK;
    int most = sqlite3_limit(destination->db, SQLITE_LIMIT_COLUMN, -1);
    if (table->column_count > (size_t)most)
        return wh_error_set(err, WH_INVALID,
                            "table '%.*s' cannot be made: it would have %zu columns, and SQLite's "
                            "tables have at most %d; map those that are needed",
                            WH_FMT(table->name), table->column_count, most);
    wh_code rc = wh_sqlite_run(destination, ret->ptr, err);
    return rc == WH_OK
               ? WH_OK
               : wh_error_prefix(err, rc, "table '%.*s' cannot be made", WH_FMT(table->name));
}

wh_code wh_sqlite_count(struct wh_destination *destination, struct wh_str table, uint64_t at_most,
                        uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    int64_t count;
    wh_buf_init(&sql, MAX_SQL);
    bool is_bounded = at_most < INT64_MAX;
    WH_TRY(wh_buf_append_str(&sql,
                             is_bounded ? WH_STR("SELECT count(*) FROM (SELECT 1 FROM ")
                                        : WH_STR("SELECT count(*) FROM "),
                             err));
    WH_TRY(wh_sql_append_name(&sql, table, err));
    if (is_bounded)
        WH_TRY(wh_buf_printf(&sql, err, " LIMIT %" PRIu64 ")", at_most));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_sqlite_ask_number(destination, text, &count, err));
    *ret = (uint64_t)count;
    return WH_OK;
}

wh_code wh_sqlite_analyze(struct wh_destination *destination, struct wh_str table,
                          struct wh_arena *arena, struct wh_str *ret_why_not, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    (void)arena;
    *ret_why_not = WH_STR("");
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("ANALYZE main."), err));
    WH_TRY(wh_sql_append_name(&sql, table, err));
    const char *text = wh_buf_cstr(&sql);
    return text == NULL ? wh_error_no_memory(err, sql.len) : wh_sqlite_run(destination, text, err);
}
