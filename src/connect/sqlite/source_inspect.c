/* SPDX-License-Identifier: Apache-2.0 */
/* What a source reads, from the schema: a table with its keys, or a statement with its columns. */
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/carry.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/source.h"
#include "connect/sqlite/table.h"
#include "sql/made_as.h"
#include "sql/quote.h"

/* Row numbers that a record's number can hold (wh_record_number). */
#define MAX_OFFSET ((INT64_C(1) << 48) - 1)

static wh_code make_room(struct wh_sqlite_source *source, size_t count, struct wh_error *err)
{
    source->columns = wh_arena_array(&source->arena, count, sizeof(*source->columns));
    source->storages = wh_arena_array(&source->arena, count, sizeof(*source->storages));
    source->types = wh_arena_array(&source->arena, count, sizeof(*source->types));
    if (source->columns == NULL || source->storages == NULL || source->types == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->columns));
    source->info.columns = source->columns;
    source->info.column_count = count;
    return WH_OK;
}

static wh_code set_column(struct wh_sqlite_source *source, size_t index,
                          const struct wh_column_info *info, enum wh_sqlite_affinity affinity,
                          struct wh_error *err)
{
    struct wh_type type = wh_sqlite_source_type(info->declared, affinity);
    source->columns[index] = (struct wh_column_info){.name = info->name,
                                                     .declared = info->declared,
                                                     .type = type,
                                                     .is_not_null = info->is_not_null,
                                                     .is_exact_text = true};
    source->types[index] = type;
    source->storages[index] = wh_sqlite_storage_make(type, affinity, source->connection->is_utf16);
    return wh_sql_declared_made_as(info->declared, &source->arena, &source->columns[index].made_as,
                                   err);
}

/* ---- statements: queries, views, virtual tables ---------------------------------------------- */

/** Says in *context what a statement does that a source cannot be read by. */
static int guard(void *context, int action, const char *first, const char *second,
                 const char *database, const char *trigger)
{
    static const char *const unsteady[] = {"random",        "randomblob",        "changes",
                                           "total_changes", "last_insert_rowid", "current_time",
                                           "current_date",  "current_timestamp"};
    const char **ret_why = context;
    (void)first;
    (void)database;
    (void)trigger;
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE)
        return SQLITE_OK;
    if (action != SQLITE_FUNCTION) {
        *ret_why = "it does more than to read: write one SELECT";
        return SQLITE_DENY;
    }
    for (size_t i = 0; i < WH_COUNT_OF(unsteady); i++) {
        if (sqlite3_stricmp(second, unsteady[i]) != 0)
            continue;
        *ret_why = "it calls a function that gives another value each time (random(), "
                   "current_timestamp and the like), and a source is read more than once";
        return SQLITE_DENY;
    }
    return SQLITE_OK;
}

static bool is_blank(const char *tail, const char *end)
{
    while (tail < end && strchr(" \t\r\n\f;", *tail) != NULL)
        tail++;
    return tail == end;
}

/** Refuses what is no single statement that reads. */
static wh_code check_statement(sqlite3_stmt *statement, bool is_alone, struct wh_error *err)
{
    if (!is_alone)
        return wh_error_set(err, WH_INVALID, "there is more than one statement: write one SELECT");
    if (statement == NULL || sqlite3_column_count(statement) == 0 ||
        sqlite3_stmt_readonly(statement) == 0 || sqlite3_stmt_isexplain(statement) != 0)
        return wh_error_set(err, WH_INVALID, "it reads no rows: write a SELECT");
    if (sqlite3_bind_parameter_count(statement) > 0)
        return wh_error_set(err, WH_INVALID,
                            "it has a parameter (?, :name, @name or $name); write the value, or "
                            "${NAME} for one from the environment");
    return WH_OK;
}

static wh_code compile(struct wh_sqlite_source *source, sqlite3_stmt **ret, struct wh_error *err)
{
    sqlite3 *db = source->connection->db;
    struct wh_str sql = source->list;
    const char *why = NULL;
    const char *tail = NULL;
    if (sql.len > WH_SQLITE_MAX_SQL)
        return wh_error_set(err, WH_LIMIT, "it is longer than 16 MiB");
    sqlite3_set_authorizer(db, guard, &why);
    int rc = sqlite3_prepare_v3(db, sql.ptr, (int)sql.len, 0, ret, &tail);
    sqlite3_set_authorizer(db, NULL, NULL);
    if (why != NULL)
        return wh_error_set(err, WH_UNSUPPORTED, "%s", why);
    if (rc != SQLITE_OK)
        return wh_sqlite_failure(db, rc, err, "%s", "");
    return check_statement(*ret, is_blank(tail, sql.ptr + sql.len), err);
}

static wh_code copy_text(struct wh_sqlite_source *source, const char *text, struct wh_str *ret,
                         struct wh_error *err)
{
    return wh_arena_copy(&source->arena, wh_str_from(text != NULL ? text : ""), ret, err);
}

static wh_code read_statement(struct wh_sqlite_source *source, struct wh_error *err)
{
    sqlite3_stmt *statement WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(compile(source, &statement, err));
    size_t count = (size_t)sqlite3_column_count(statement);
    WH_TRY(make_room(source, count, err));
    for (size_t i = 0; i < count; i++) {
        struct wh_column_info column = {.is_not_null = false};
        WH_TRY(copy_text(source, sqlite3_column_name(statement, (int)i), &column.name, err));
        WH_TRY(
            copy_text(source, sqlite3_column_decltype(statement, (int)i), &column.declared, err));
        WH_TRY(set_column(source, i, &column, wh_sqlite_affinity_of(column.declared, false), err));
    }
    return wh_source_check_names(&source->info, err);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static wh_code list_columns(struct wh_sqlite_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf list;
    wh_buf_init(&list, WH_SQLITE_MAX_SQL);
    for (size_t i = 0; i < source->info.column_count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_str(&list, WH_STR(", "), err));
        WH_TRY(wh_sql_append_name(&list, source->columns[i].name, err));
    }
    return wh_arena_copy(&source->arena, wh_buf_str(&list), &source->list, err);
}

/** What the row number is called: one of SQLite's names that no column has, or the column that it
 *  is. ptr NULL where it has no name: the table can only be scanned. */
static wh_code name_rowid(struct wh_sqlite_source *source, const struct wh_sqlite_table *table,
                          struct wh_error *err)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        bool is_column = false;
        for (size_t j = 0; j < table->info.column_count; j++)
            is_column |= sqlite3_stricmp(table->info.columns[j].name.ptr, names[i]) == 0;
        source->rowid = wh_str_from(names[i]);
        if (!is_column)
            return WH_OK;
    }
    source->rowid = WH_STR_NONE;
    if (table->row_number == SIZE_MAX)
        return WH_OK;
    WH_CLEANUP(wh_buf_release) struct wh_buf name;
    wh_buf_init(&name, WH_SQLITE_MAX_SQL);
    WH_TRY(wh_sql_append_name(&name, table->info.columns[table->row_number].name, err));
    return wh_arena_copy(&source->arena, wh_buf_str(&name), &source->rowid, err);
}

/** The column that is the row's number, where there is one,
 *  is what the rows are in the order of. */
static wh_code say_row_number(struct wh_sqlite_source *source, const struct wh_sqlite_table *table,
                              struct wh_error *err)
{
    if (table->row_number == SIZE_MAX)
        return WH_OK;
    size_t *order = wh_arena_array(&source->arena, 1, sizeof(*order));
    if (order == NULL)
        return wh_error_no_memory(err, sizeof(*order));
    *order = table->row_number;
    /* All of its values are whole numbers, whatever other columns may hold. */
    source->columns[table->row_number].is_told_apart = true;
    source->info.order = order;
    source->info.order_count = 1;
    return WH_OK;
}

static wh_code find_order(struct wh_sqlite_source *source, const struct wh_sqlite_table *table,
                          struct wh_error *err)
{
    if (!table->has_no_rowid) {
        WH_TRY(name_rowid(source, table, err));
        source->order = source->rowid.ptr != NULL ? WH_SQLITE_BY_ROWID : WH_SQLITE_AS_SCANNED;
        return say_row_number(source, table, err);
    }
    /* A primary key with another collation than its columns' is not among the keys: the order of
     * the columns is then not one of single rows. */
    if (table->info.key_count == 0 || !table->info.keys[0].is_primary)
        return WH_OK;
    source->order = WH_SQLITE_BY_KEY;
    source->key = table->info.keys[0].columns;
    source->key_count = table->info.keys[0].column_count;
    source->info.order = source->key;
    source->info.order_count = source->key_count;
    return WH_OK;
}

/** SELECT "a", "b" FROM "t", for a table whose rows have no order that can be asked for. */
static wh_code make_scan(struct wh_sqlite_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("SELECT "), err));
    WH_TRY(wh_buf_append_str(&sql, source->list.ptr != NULL ? source->list : WH_STR("*"), err));
    WH_TRY(wh_buf_append_str(&sql, WH_STR(" FROM "), err));
    WH_TRY(wh_sql_append_name(&sql, source->info.name, err));
    return wh_arena_copy(&source->arena, wh_buf_str(&sql), &source->list, err);
}

/** Offsets are row numbers where those fit. */
static wh_code measure_rowids(struct wh_sqlite_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    static const char *const parts[] = {"SELECT (SELECT min(", ") FROM ", "), (SELECT max(",
                                        ") FROM "};
    for (size_t i = 0; i < WH_COUNT_OF(parts); i++) {
        WH_TRY(wh_buf_append_str(&sql, wh_str_from(parts[i]), err));
        if (i % 2 == 0)
            WH_TRY(wh_buf_append_str(&sql, source->rowid, err));
        else
            WH_TRY(wh_sql_append_name(&sql, source->info.name, err));
    }
    WH_TRY(wh_buf_append_str(&sql, WH_STR(")"), err));
    WH_TRY(wh_sqlite_compile(source->connection, wh_buf_str(&sql), WH_SQLITE_ONCE, &query, err));
    int rc = sqlite3_step(query);
    if (rc != SQLITE_ROW)
        return wh_sqlite_source_failure(source, source->connection->db, rc, err);
    source->offsets_are_rowids =
        sqlite3_column_int64(query, 0) >= 0 && sqlite3_column_int64(query, 1) <= MAX_OFFSET;
    return WH_OK;
}

static wh_code read_table(struct wh_sqlite_source *source, struct wh_sqlite_table *table,
                          struct wh_error *err)
{
    WH_TRY(wh_sqlite_relation_read(source->connection, &source->arena, table, err));
    const struct wh_table_info *info = &table->info;
    WH_TRY(make_room(source, info->column_count, err));
    for (size_t i = 0; i < info->column_count; i++)
        WH_TRY(set_column(source, i, &info->columns[i], table->affinities[i], err));
    source->info.keys = info->keys;
    source->info.key_count = info->key_count;
    WH_TRY(list_columns(source, err));
    WH_TRY(find_order(source, table, err));
    if (source->order == WH_SQLITE_AS_SCANNED)
        return make_scan(source, err);
    return source->order == WH_SQLITE_BY_ROWID ? measure_rowids(source, err) : WH_OK;
}

wh_code wh_sqlite_source_inspect(struct wh_sqlite_source *source, struct wh_str from,
                                 struct wh_error *err)
{
    if (source->query.ptr != NULL) {
        source->info.name = WH_STR("the query");
        source->list = source->query;
        wh_code rc = read_statement(source, err);
        return rc == WH_OK ? WH_OK : wh_error_prefix(err, rc, "the query cannot be used");
    }
    struct wh_sqlite_table table;
    WH_TRY(wh_sqlite_relation_find(source->connection, from, &source->arena, &table, err));
    source->info.name = table.info.name;
    if (wh_str_is(table.kind, "table") || wh_str_is(table.kind, "shadow"))
        return read_table(source, &table, err);
    WH_TRY(make_scan(source, err));
    wh_code rc = read_statement(source, err);
    return rc == WH_OK ? WH_OK
                       : wh_error_prefix(err, rc, "%.*s '%.*s' cannot be read", WH_FMT(table.kind),
                                         WH_FMT(table.info.name));
}
