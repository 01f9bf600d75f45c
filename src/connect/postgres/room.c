/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: https://www.postgresql.org/docs/15/runtime-config-connection.html, and those of ALTER
 * ROLE and ALTER DATABASE. */
#include "connect/postgres/room.h"

#include <inttypes.h>

#include "base/error.h"
#include "connect/postgres/running.h"

/* The narrowest limit first. Superusers have none but the server's. Others' sessions tell a role
 * that may not look at them neither what they are nor much else, but whose they are. */
static const char room_sql[] =
    "WITH me AS (SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), "
    "taken AS (SELECT datid, usesysid FROM pg_catalog.pg_stat_activity "
    "WHERE datid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() "
    "AND (backend_type IS NULL OR backend_type = 'client backend')), "
    "kept AS (SELECT pg_catalog.sum(setting::int8) AS slots FROM pg_catalog.pg_settings "
    "WHERE name IN ('superuser_reserved_connections', 'reserved_connections')), "
    "limits AS ("
    "SELECT 'role' AS kind, rolname AS name, rolconnlimit::int8 AS most, "
    "(SELECT pg_catalog.count(*) FROM taken WHERE usesysid = me.oid) AS taken "
    "FROM me WHERE rolconnlimit >= 0 AND NOT rolsuper "
    "UNION ALL SELECT 'database', datname, datconnlimit, "
    "(SELECT pg_catalog.count(*) FROM taken WHERE datid = d.oid) "
    "FROM pg_catalog.pg_database d, me WHERE datname = pg_catalog.current_database() "
    "AND datconnlimit >= 0 AND NOT rolsuper "
    "UNION ALL SELECT 'server', '', pg_catalog.current_setting('max_connections')::int8 "
    "- CASE WHEN rolsuper THEN 0 ELSE slots END, (SELECT pg_catalog.count(*) FROM taken) "
    "FROM me, kept) "
    "SELECT kind, name, most, taken, pg_catalog.quote_ident(name) FROM limits "
    "ORDER BY most - taken LIMIT 1";

static wh_code tell_server(const PGresult *rows, struct wh_arena *arena, struct wh_room *ret,
                           struct wh_error *err)
{
    ret->remedy = WH_STR("end sessions of others, or raise max_connections");
    return wh_arena_format(arena, &ret->why, err,
                           "the server takes %" PRId64 " connections at a time (max_connections, "
                           "less what is reserved), and others have %" PRId64,
                           wh_postgres_number_at(rows, 0, 2), wh_postgres_number_at(rows, 0, 3));
}

/* Of a role or a database. */
static wh_code tell_limit(const PGresult *rows, unsigned wanted, struct wh_arena *arena,
                          struct wh_room *ret, struct wh_error *err)
{
    struct wh_str kind = wh_postgres_text_at(rows, 0, 0);
    bool is_role = wh_str_is(kind, "role");
    int64_t taken = wh_postgres_number_at(rows, 0, 3);
    WH_TRY(wh_arena_format(arena, &ret->remedy, err, "ALTER %s %s CONNECTION LIMIT %" PRId64,
                           is_role ? "ROLE" : "DATABASE", PQgetvalue(rows, 0, 4), taken + wanted));
    int64_t most = wh_postgres_number_at(rows, 0, 2);
    return wh_arena_format(arena, &ret->why, err,
                           "%.*s '%s' may have %" PRId64 " connection%s at a time (CONNECTION "
                           "LIMIT), and others have %" PRId64,
                           WH_FMT(kind), PQgetvalue(rows, 0, 1), most, most == 1 ? "" : "s", taken);
}

wh_code wh_postgres_find_room(struct wh_destination *destination, unsigned wanted,
                              struct wh_arena *arena, struct wh_room *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    *ret = (struct wh_room){.connections = wanted, .most = wanted};
    WH_TRY(wh_postgres_query(destination, room_sql, NULL, 0, &rows, err));
    WH_ASSERT(PQntuples(rows) == 1, err);
    int64_t left = wh_postgres_number_at(rows, 0, 2) - wh_postgres_number_at(rows, 0, 3);
    if (left >= (int64_t)wanted)
        return WH_OK;
    /* The one that asks is there. */
    ret->connections = (unsigned)WH_MAX(left, 1);
    ret->most = (unsigned)WH_MIN(WH_MAX(wh_postgres_number_at(rows, 0, 2), 1), (int64_t)wanted);
    return wh_str_is(wh_postgres_text_at(rows, 0, 0), "server")
               ? tell_server(rows, arena, ret, err)
               : tell_limit(rows, wanted, arena, ret, err);
}
