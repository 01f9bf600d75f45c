/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/reach.h"

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
