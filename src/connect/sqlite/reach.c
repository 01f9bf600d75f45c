/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/reach.h"

#include "base/error.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/failure.h"

wh_code wh_sqlite_delete_reaches(struct wh_destination *destination, struct wh_str table,
                                 struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    static const char sql[] =
        "SELECT m.name FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f "
        "WHERE m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE "
        "AND f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY m.name LIMIT 1";
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    *ret = WH_STR_NONE;
    WH_TRY(wh_sqlite_compile_with(destination, sql, table, &query, err));
    int rc = sqlite3_step(query);
    if (rc == SQLITE_DONE)
        return WH_OK;
    if (rc != SQLITE_ROW)
        return wh_sqlite_failure(destination->db, rc, err, "what refers to '%.*s' cannot be read",
                                 WH_FMT(table));
    const char *name = (const char *)sqlite3_column_text(query, 0);
    return wh_arena_copy(arena, wh_str_from(name), ret, err);
}

wh_code wh_sqlite_refers_to(struct wh_destination *destination, struct wh_str table,
                            struct wh_arena *arena, struct wh_references *ret, struct wh_error *err)
{
    /* The table's own name comes first. */
    static const char sql[] =
        "SELECT name, count(*) OVER () FROM (SELECT name, 0 AS place FROM sqlite_schema "
        "WHERE type = 'table' AND name = ?1 COLLATE NOCASE UNION SELECT \"table\", 1 "
        "FROM pragma_foreign_key_list(?1, 'main')) "
        "ORDER BY place, name";
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    *ret = (struct wh_references){.table_count = 0};
    WH_TRY(wh_sqlite_compile_with(destination, sql, table, &query, err));
    int rc = sqlite3_step(query);
    size_t count = rc == SQLITE_ROW ? (size_t)sqlite3_column_int64(query, 1) : 0;
    ret->tables = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*ret->tables));
    if (ret->tables == NULL)
        return wh_error_no_memory(err, count * sizeof(*ret->tables));
    for (; rc == SQLITE_ROW && ret->table_count < count; rc = sqlite3_step(query)) {
        const char *name = (const char *)sqlite3_column_text(query, 0);
        WH_TRY(wh_arena_copy(arena, wh_str_from(name), &ret->tables[ret->table_count++], err));
    }
    /* Keys have no names that errors could tell: wherry names the table that is referred to. */
    ret->own_keys = ret->tables;
    ret->own_key_count = WH_MIN(ret->table_count, 1);
    return rc == SQLITE_DONE
               ? WH_OK
               : wh_sqlite_failure(destination->db, rc, err, "what '%.*s' refers to cannot be read",
                                   WH_FMT(table));
}
