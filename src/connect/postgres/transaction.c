/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/transaction.h"

#include <stdio.h>

#include "base/error.h"

wh_code wh_postgres_begin(struct wh_destination *destination, struct wh_error *err)
{
    return wh_postgres_run(destination, "BEGIN", err);
}

/** https://www.postgresql.org/docs/15/wal-async-commit.html */
wh_code wh_postgres_begin_unsynced(struct wh_destination *destination, struct wh_error *err)
{
    return wh_postgres_run(destination, "BEGIN; SET LOCAL synchronous_commit = off", err);
}

wh_code wh_postgres_begin_reading(struct wh_destination *destination, struct wh_error *err)
{
    return wh_postgres_run(destination, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

/** A COMMIT of a transaction that failed before is answered with ROLLBACK, without an error. */
wh_code wh_postgres_commit(struct wh_destination *destination, struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_exec(destination, "COMMIT", &result, err));
    WH_ASSERT(strcmp(PQcmdStatus(result), "COMMIT") == 0, err);
    return WH_OK;
}

/** A commit that was refused has ended the transaction already. */
wh_code wh_postgres_rollback(struct wh_destination *destination, struct wh_error *err)
{
    if (PQtransactionStatus(destination->conn) == PQTRANS_IDLE)
        return WH_OK;
    return wh_postgres_run(destination, "ROLLBACK", err);
}

static wh_code run_at_depth(struct wh_destination *destination, const char *command, int depth,
                            struct wh_error *err)
{
    char sql[64];
    snprintf(sql, sizeof(sql), "%s wherry_%d", command, depth);
    return wh_postgres_run(destination, sql, err);
}

/* Constraints as they are when a transaction begins: of SET CONSTRAINTS only a rollback is the way
 * back. A name is that of all constraints of a schema that have it; where one of them begins
 * deferred, all stay so: what is checked later is still checked, and what is checked too early
 * would refuse rows that a run takes. */
static const char as_they_begin[] =
    "DO $$ DECLARE at_once text; "
    "BEGIN SET CONSTRAINTS ALL DEFERRED; "
    "SELECT pg_catalog.string_agg(name, ', ') INTO at_once FROM ("
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.conname) AS name "
    "FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace "
    "WHERE c.condeferrable AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) "
    "AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
    "GROUP BY n.nspname, c.conname HAVING NOT pg_catalog.bool_or(c.condeferred)) AS names; "
    "IF at_once IS NOT NULL THEN EXECUTE 'SET CONSTRAINTS ' || at_once || ' IMMEDIATE'; END IF; "
    "END $$";

/** The groups of a rehearsal are savepoints of one transaction;
 *  each begins as a transaction does. */
wh_code wh_postgres_savepoint(struct wh_destination *destination, int depth, struct wh_error *err)
{
    if (destination->is_enforcing)
        WH_TRY(wh_postgres_run(destination, as_they_begin, err));
    destination->is_enforcing = false;
    return run_at_depth(destination, "SAVEPOINT", depth, err);
}

wh_code wh_postgres_release(struct wh_destination *destination, int depth, struct wh_error *err)
{
    return run_at_depth(destination, "RELEASE", depth, err);
}

wh_code wh_postgres_rollback_to(struct wh_destination *destination, int depth, struct wh_error *err)
{
    return run_at_depth(destination, "ROLLBACK TO", depth, err);
}
