/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/identity.h"

#include "base/error.h"
#include "connect/postgres/running.h"

/* Asked first: a refusal would end the transaction that this may stand in. */
static const char may_ask_sql[] =
    "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')";

static const char identity_sql[] =
    "SELECT 'postgresql ' || s.system_identifier || '/' || d.oid "
    "FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d "
    "WHERE d.datname = pg_catalog.current_database()";

wh_code wh_postgres_system(struct wh_destination *destination, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    PGresult *may WH_CLEANUP(wh_postgres_result_release) = NULL;
    PGresult *identity WH_CLEANUP(wh_postgres_result_release) = NULL;
    *ret = WH_STR_NONE;
    WH_TRY(wh_postgres_query(destination, may_ask_sql, NULL, 0, &may, err));
    if (!wh_postgres_is_true_at(may, 0, 0))
        return WH_OK;
    WH_TRY(wh_postgres_query(destination, identity_sql, NULL, 0, &identity, err));
    return wh_arena_copy(arena, wh_postgres_text_at(identity, 0, 0), ret, err);
}

wh_code wh_postgres_identity(struct wh_destination *destination, struct wh_arena *arena,
                             struct wh_str *ret, struct wh_error *err)
{
    PGresult *role WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_system(destination, arena, ret, err));
    if (ret->ptr != NULL)
        return WH_OK;
    WH_TRY(wh_postgres_query(destination,
                             "SELECT current_user, pg_catalog.quote_ident(current_user)", NULL, 0,
                             &role, err));
    return wh_error_set(err, WH_UNREACHABLE,
                        "role '%s' may not ask which system this is, to which the ledger is "
                        "bound; GRANT EXECUTE ON FUNCTION pg_control_system() TO %s",
                        PQgetvalue(role, 0, 0), PQgetvalue(role, 0, 1));
}
