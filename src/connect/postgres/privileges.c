/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/privileges.h"

#include "base/error.h"
#include "connect/postgres/running.h"

static const char ledger_sql[] =
    "SELECT CASE WHEN n.oid IS NULL "
    "THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') "
    "ELSE pg_catalog.has_schema_privilege(n.oid, 'USAGE') END, n.oid IS NULL, "
    "pg_catalog.quote_ident(current_user), "
    "pg_catalog.quote_ident(pg_catalog.current_database()) "
    "FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'wherry'";

wh_code wh_postgres_check_ledger(struct wh_destination *destination, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query(destination, ledger_sql, NULL, 0, &rows, err));
    WH_ASSERT(PQntuples(rows) == 1, err);
    const char *role = PQgetvalue(rows, 0, 2);
    if (wh_postgres_is_true_at(rows, 0, 0))
        return WH_OK;
    if (wh_postgres_is_true_at(rows, 0, 1))
        return wh_error_set(err, WH_UNREACHABLE,
                            "role %s may not make the ledger's schema; GRANT CREATE ON DATABASE %s "
                            "TO %s, or as somebody who may: CREATE SCHEMA wherry AUTHORIZATION %s",
                            role, PQgetvalue(rows, 0, 3), role, role);
    return wh_error_set(err, WH_UNREACHABLE,
                        "role %s may not use the ledger that is there; GRANT USAGE, CREATE ON "
                        "SCHEMA wherry TO %s, and GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
                        "TABLES IN SCHEMA wherry TO %s",
                        role, role, role);
}
