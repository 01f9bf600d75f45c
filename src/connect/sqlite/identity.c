/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/identity.h"

#include "base/error.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/failure.h"

#define ID_LENGTH 32

/* `only` makes a second row impossible. */
static const char make_id[] =
    "CREATE TABLE IF NOT EXISTS wherry_identity ("
    "only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL);"
    "INSERT INTO wherry_identity VALUES (1, lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;";

static wh_code has_table(struct wh_destination *destination, bool *ret, struct wh_error *err)
{
    int64_t count;
    WH_TRY(wh_sqlite_ask_number(destination,
                                "SELECT count(*) FROM sqlite_schema WHERE name = 'wherry_identity'",
                                &count, err));
    *ret = count > 0;
    return WH_OK;
}

/** Inside the transaction in progress, or in one of its own. */
static wh_code make(struct wh_destination *destination, struct wh_error *err)
{
    if (wh_sqlite_is_in_transaction(destination))
        return wh_sqlite_run(destination, make_id, err);
    WH_TRY(wh_sqlite_begin(destination, err));
    wh_code rc = wh_sqlite_run(destination, make_id, err);
    if (rc == WH_OK)
        rc = wh_sqlite_commit(destination, err);
    if (rc != WH_OK)
        WH_IGNORE(wh_sqlite_rollback(destination, NULL), "the first error is the one to tell");
    return rc;
}

static wh_code read_id(struct wh_destination *destination, struct wh_arena *arena,
                       struct wh_str *ret, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile(destination, WH_STR("SELECT id FROM wherry_identity"), WH_SQLITE_ONCE,
                             &query, err));
    int rc = sqlite3_step(query);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return wh_sqlite_failure(destination->db, rc, err, "table 'wherry_identity'");
    const char *id = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(query, 0) : NULL;
    if (id == NULL || strspn(id, "0123456789abcdef") != ID_LENGTH || id[ID_LENGTH] != '\0')
        return wh_error_set(err, WH_CORRUPT,
                            "table 'wherry_identity' of '%s' does not hold an id of wherry's; "
                            "remove the table to have a new one made",
                            destination->location.path);
    return wh_arena_copy(arena, wh_str_make(id, ID_LENGTH), ret, err);
}

wh_code wh_sqlite_identity(struct wh_destination *destination, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    bool is_there;
    WH_TRY(has_table(destination, &is_there, err));
    if (!is_there && destination->is_read_only) {
        *ret = WH_STR("");
        return WH_OK;
    }
    if (!is_there)
        WH_TRY(make(destination, err));
    return read_id(destination, arena, ret, err);
}
