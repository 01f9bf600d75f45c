/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: https://www.postgresql.org/docs/15/runtime-config-connection.html, and those of ALTER
 * ROLE and ALTER DATABASE. */
#include "connect/postgres/room.h"

#include <inttypes.h>

#include "base/error.h"
#include "connect/postgres/running.h"
#include "connect/postgres/source/source.h"
#include "data/text.h"

/* What tells a session's server, its database and role there, and the session itself. No two
 * servers start in the same microsecond. */
static const char seat_sql[] =
    "SELECT pg_catalog.pg_postmaster_start_time(), pg_catalog.current_database(), session_user, "
    "pg_catalog.pg_backend_pid()";

/* The narrowest limit first, for what is wanted of it: $1 to $4 are the source's seat, $5 is how
 * many connections it is to have. Superusers have no limit but the server's. Others' sessions tell
 * a role that may not look at them neither what they are nor much else, but whose they are. */
static const char room_sql[] =
    "WITH me AS (SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), "
    "beside AS (SELECT pg_catalog.pg_postmaster_start_time()::pg_catalog.text = $1 AS is_here), "
    "taken AS (SELECT datid, usesysid FROM pg_catalog.pg_stat_activity, beside "
    "WHERE datid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() "
    "AND (backend_type IS NULL OR backend_type = 'client backend') "
    "AND NOT (is_here AND pid = $4::pg_catalog.int4)), "
    "kept AS (SELECT pg_catalog.sum(setting::int8) AS slots FROM pg_catalog.pg_settings "
    "WHERE name IN ('superuser_reserved_connections', 'reserved_connections')), "
    "limits AS ("
    "SELECT 'role' AS kind, rolname AS name, rolconnlimit::int8 AS most, "
    "(SELECT pg_catalog.count(*) FROM taken WHERE usesysid = me.oid) AS taken, "
    "is_here AND rolname = $3 AS is_shared FROM me, beside WHERE rolconnlimit >= 0 AND NOT "
    "rolsuper "
    "UNION ALL SELECT 'database', datname, datconnlimit, "
    "(SELECT pg_catalog.count(*) FROM taken WHERE datid = d.oid), is_here AND datname = $2 "
    "FROM pg_catalog.pg_database d, me, beside WHERE datname = pg_catalog.current_database() "
    "AND datconnlimit >= 0 AND NOT rolsuper "
    "UNION ALL SELECT 'server', '', pg_catalog.current_setting('max_connections')::int8 "
    "- CASE WHEN rolsuper THEN 0 ELSE slots END, (SELECT pg_catalog.count(*) FROM taken), "
    "is_here FROM me, kept, beside) "
    "SELECT kind, name, most, taken, pg_catalog.quote_ident(name), is_shared FROM limits "
    "ORDER BY most - taken - CASE WHEN is_shared THEN $5::pg_catalog.int8 ELSE 0 END LIMIT 1";

enum { ROOM_KIND, ROOM_NAME, ROOM_MOST, ROOM_TAKEN, ROOM_QUOTED, ROOM_IS_SHARED };

/* Of a source that there is not. */
static const char *const nowhere[] = {"", "", "", "0"};

enum { SEAT_PARTS = WH_COUNT_OF(nowhere) };

static wh_code tell_server(const PGresult *rows, struct wh_arena *arena, struct wh_room *ret,
                           struct wh_error *err)
{
    ret->remedy = WH_STR("end sessions of others, or raise max_connections");
    return wh_arena_format(arena, &ret->why, err,
                           "the server takes %" PRId64 " connections at a time (max_connections, "
                           "less what is reserved), and others have %" PRId64,
                           wh_postgres_number_at(rows, 0, ROOM_MOST),
                           wh_postgres_number_at(rows, 0, ROOM_TAKEN));
}

/** Of a role or a database. */
static wh_code tell_limit(const PGresult *rows, unsigned wanted, struct wh_arena *arena,
                          struct wh_room *ret, struct wh_error *err)
{
    struct wh_str kind = wh_postgres_text_at(rows, 0, ROOM_KIND);
    bool is_role = wh_str_is(kind, "role");
    int64_t most = wh_postgres_number_at(rows, 0, ROOM_MOST);
    int64_t taken = wh_postgres_number_at(rows, 0, ROOM_TAKEN);
    WH_TRY(wh_arena_format(arena, &ret->remedy, err, "ALTER %s %s CONNECTION LIMIT %" PRId64,
                           is_role ? "ROLE" : "DATABASE", PQgetvalue(rows, 0, ROOM_QUOTED),
                           taken + wanted));
    return wh_arena_format(arena, &ret->why, err,
                           "%.*s '%s' may have %" PRId64 " connection%s at a time (CONNECTION "
                           "LIMIT), and others have %" PRId64,
                           WH_FMT(kind), PQgetvalue(rows, 0, ROOM_NAME), most, most == 1 ? "" : "s",
                           taken);
}

/** *ret_seat, which @p params point into, is the caller's to clear. */
static wh_code find_seat(const struct wh_room_request *request, PGresult **ret_seat,
                         const char *params[SEAT_PARTS], struct wh_error *err)
{
    memcpy(params, nowhere, sizeof(nowhere));
    if (request->source == NULL)
        return WH_OK;
    WH_TRY(wh_postgres_query(wh_postgres_source_from(request->source)->connection, seat_sql, NULL,
                             0, ret_seat, err));
    for (int i = 0; i < SEAT_PARTS; i++)
        params[i] = PQgetvalue(*ret_seat, 0, i);
    return WH_OK;
}

static wh_code ask(struct wh_destination *destination, const struct wh_room_request *request,
                   unsigned of_source, PGresult **ret, struct wh_error *err)
{
    PGresult *seat WH_CLEANUP(wh_postgres_result_release) = NULL;
    const char *params[SEAT_PARTS + 1];
    char number[WH_INT_SIZE + 1];
    WH_TRY(find_seat(request, &seat, params, err));
    number[wh_int_print(of_source, number)] = '\0';
    params[SEAT_PARTS] = number;
    return wh_postgres_query(destination, room_sql, params, WH_COUNT_OF(params), ret, err);
}

wh_code wh_postgres_find_room(struct wh_destination *destination,
                              const struct wh_room_request *request, struct wh_arena *arena,
                              struct wh_room *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    unsigned of_source = request->source != NULL ? request->readers + 1 : 0;
    WH_TRY(ask(destination, request, of_source, &rows, err));
    WH_ASSERT(PQntuples(rows) == 1, err);
    bool is_shared = wh_postgres_is_true_at(rows, 0, ROOM_IS_SHARED);
    unsigned wanted = request->wanted + (is_shared ? of_source : 0);
    unsigned open = is_shared ? 2 : 1; /* the one that asks, and the source's own */
    int64_t most = wh_postgres_number_at(rows, 0, ROOM_MOST);
    int64_t left = most - wh_postgres_number_at(rows, 0, ROOM_TAKEN);
    *ret = (struct wh_room){
        .connections = wanted, .most = wanted, .of_source = wanted - request->wanted};
    if (left >= (int64_t)wanted)
        return WH_OK;
    ret->connections = (unsigned)WH_MAX(left, (int64_t)open);
    ret->most = (unsigned)WH_MIN(WH_MAX(most, 1), (int64_t)wanted);
    return wh_str_is(wh_postgres_text_at(rows, 0, ROOM_KIND), "server")
               ? tell_server(rows, arena, ret, err)
               : tell_limit(rows, wanted, arena, ret, err);
}
