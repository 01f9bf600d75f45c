/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/privileges.h"

#include <string.h>

#include "base/error.h"
#include "connect/postgres/running.h"
#include "sql/create_table.h"
#include "sql/dialect.h"

/* ---- the ledger ------------------------------------------------------------------------------ */

/* A run adds a row to the ledger's table of runs and changes it, whatever else it does; where that
 * table is not there, it makes it. */
static const char ledger_sql[] =
    "SELECT CASE WHEN n.oid IS NULL "
    "THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') "
    "ELSE pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.oid IS NULL "
    "THEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') "
    "ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') "
    "AND pg_catalog.has_table_privilege(c.oid, 'INSERT') "
    "AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') END END, n.oid IS NULL, "
    "pg_catalog.quote_ident(current_user), "
    "pg_catalog.quote_ident(pg_catalog.current_database()) "
    "FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'wherry' "
    "LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'run' "
    "AND c.relkind = 'r'";

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

wh_code wh_postgres_explain_reading(struct wh_destination *destination, wh_code rc,
                                    struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    if (rc == WH_OK || err == NULL || !destination->is_read_only ||
        strcmp(err->sqlstate, "42501") != 0)
        return rc;
    /* A transaction that the refusal ended answers nothing more: the server's words stay then. */
    if (wh_postgres_query(destination, "SELECT pg_catalog.quote_ident(current_user)", NULL, 0,
                          &rows, NULL) != WH_OK)
        return rc;
    struct wh_error refused = *err;
    const char *role = PQgetvalue(rows, 0, 0);
    return wh_error_set(err, WH_UNREACHABLE,
                        "role %s may not read the ledger that is there (%s); GRANT USAGE ON SCHEMA "
                        "wherry TO %s, and GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO %s",
                        role, refused.message, role, role);
}

/* ---- a new table ----------------------------------------------------------------------------- */

/* A name without a schema means the first one of the search path that is there and may be used. */
static const char new_table_sql[] =
    "SELECT n.oid IS NOT NULL, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), "
    "pg_catalog.has_schema_privilege(n.oid, 'CREATE'), pg_catalog.quote_ident(wanted.name), "
    "pg_catalog.quote_ident(current_user), pg_catalog.current_setting('search_path') "
    "FROM (SELECT COALESCE($1::pg_catalog.name, pg_catalog.current_schema()) AS name) AS wanted "
    "LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name";

enum { HAS_SCHEMA, MAY_USE, MAY_CREATE, SCHEMA, ROLE, SEARCH_PATH };

static wh_code say_no_schema(const PGresult *rows, bool is_named, struct wh_str table,
                             struct wh_error *err)
{
    const char *role = PQgetvalue(rows, 0, ROLE);
    const char *schema = PQgetvalue(rows, 0, SCHEMA);
    if (is_named)
        return wh_error_set(err, WH_INVALID,
                            "there is no schema %s to make table '%.*s' in; CREATE SCHEMA %s "
                            "AUTHORIZATION %s",
                            schema, WH_FMT(table), schema, role);
    return wh_error_set(err, WH_UNREACHABLE,
                        "role %s may use no schema of its search_path (%s), to make table '%.*s' "
                        "in; GRANT USAGE, CREATE ON SCHEMA … TO %s for one of them, or name "
                        "another: 'into: SCHEMA.%.*s'",
                        role, PQgetvalue(rows, 0, SEARCH_PATH), WH_FMT(table), role, WH_FMT(table));
}

wh_code wh_postgres_check_new_table(struct wh_destination *destination, struct wh_str name,
                                    struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str table = name;
    struct wh_str schema = wh_sql_split_schema(&wh_sql_postgres, &table);
    bool is_named = schema.ptr != NULL;
    wh_arena_init(&scratch);
    if (is_named)
        WH_TRY(wh_arena_copy(&scratch, schema, &schema, err));
    WH_TRY(wh_postgres_query(destination, new_table_sql, &schema.ptr, 1, &rows, err));
    WH_ASSERT(PQntuples(rows) == 1, err);
    if (!wh_postgres_is_true_at(rows, 0, HAS_SCHEMA))
        return say_no_schema(rows, is_named, table, err);
    bool may_use = wh_postgres_is_true_at(rows, 0, MAY_USE);
    bool may_create = wh_postgres_is_true_at(rows, 0, MAY_CREATE);
    if (may_use && may_create)
        return WH_OK;
    const char *role = PQgetvalue(rows, 0, ROLE);
    const char *where = PQgetvalue(rows, 0, SCHEMA);
    return wh_error_set(err, WH_UNREACHABLE,
                        "role %s may not make table '%.*s' in schema %s; GRANT %s%s%s ON SCHEMA %s "
                        "TO %s",
                        role, WH_FMT(table), where, may_use ? "" : "USAGE",
                        may_use || may_create ? "" : ", ", may_create ? "" : "CREATE", where, role);
}
