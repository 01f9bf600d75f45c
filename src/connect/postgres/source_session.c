/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that read in one snapshot, and waiting for them so that a user can stop it. */
#include <poll.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/source.h"
#include "sql/quote.h"

#define MOMENT_MILLISECONDS 100
#define PATIENT_MOMENTS 5

/* ---- waiting --------------------------------------------------------------------------------------- */

static bool must_stop(const struct wh_destination *connection, unsigned idle)
{
    return wh_cancel_asked(connection->cancel, WH_CANCEL_NOW) ||
           (idle >= PATIENT_MOMENTS && wh_cancel_asked(connection->cancel, WH_CANCEL_AFTER_GROUP));
}

wh_code wh_postgres_source_wait(struct wh_destination *connection, unsigned *idle,
                                struct wh_error *err)
{
    if (must_stop(connection, *idle)) {
        wh_postgres_interrupt(connection);
        return wh_error_set(err, WH_CANCELLED, "reading was cancelled");
    }
    struct pollfd ready = {.fd = PQsocket(connection->conn), .events = POLLIN};
    *idle = poll(&ready, 1, MOMENT_MILLISECONDS) > 0 ? 0 : *idle + 1;
    if (PQconsumeInput(connection->conn) == 0)
        return wh_postgres_connection_failure(connection->conn, err);
    return WH_OK;
}

static wh_code next_result(struct wh_destination *connection, PGresult **ret, struct wh_error *err)
{
    unsigned idle = 0;
    while (PQisBusy(connection->conn))
        WH_TRY(wh_postgres_source_wait(connection, &idle, err));
    *ret = PQgetResult(connection->conn);
    return WH_OK;
}

/** Behind a result of its own a statement's end is told by none. */
static wh_code take_end(struct wh_destination *connection, struct wh_error *err)
{
    PGresult *more = NULL;
    do {
        PQclear(more);
        WH_TRY(next_result(connection, &more, err));
    } while (more != NULL);
    return WH_OK;
}

wh_code wh_postgres_source_finish(struct wh_destination *connection, int sent, PGresult **ret,
                                  struct wh_error *err)
{
    PGresult *result = NULL;
    *ret = NULL;
    if (sent == 0)
        return wh_postgres_connection_failure(connection->conn, err);
    atomic_store(&connection->is_interrupted, false);
    WH_TRY(next_result(connection, &result, err));
    wh_code rc = wh_postgres_take(connection, result, ret, err);
    if (rc == WH_OK && PQresultStatus(*ret) == PGRES_COPY_OUT)
        return WH_OK;
    wh_code end = take_end(connection, rc == WH_OK ? err : NULL);
    return rc == WH_OK ? end : rc;
}

wh_code wh_postgres_source_query(struct wh_destination *connection, const char *sql,
                                 const char *const *params, int count, PGresult **ret,
                                 struct wh_error *err)
{
    int sent = PQsendQueryParams(connection->conn, sql, count, NULL, params, NULL, NULL, 0);
    return wh_postgres_source_finish(connection, sent, ret, err);
}

/* ---- snapshots -------------------------------------------------------------------------------------- */

static wh_code begin_on(struct wh_destination *connection, struct wh_str snapshot,
                        struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_postgres_run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err));
    if (snapshot.ptr == NULL)
        return WH_OK;
    WH_TRY(wh_buf_append_str(&sql, WH_STR("SET TRANSACTION SNAPSHOT "), err));
    WH_TRY(wh_sql_append_text(&sql, snapshot, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    wh_code rc = wh_postgres_run(connection, text, err);
    if (rc == WH_OK)
        return WH_OK;
    /* It is gone with the connection that exported it; what is read next is read in a new one. */
    if (rc != WH_CANCELLED && err != NULL) {
        rc = WH_UNREACHABLE;
        err->retry = WH_RETRY_RECONNECT;
    }
    return wh_error_prefix(err, rc, "the snapshot that the run reads cannot be shared");
}

static wh_code export_snapshot(struct wh_postgres_source *source, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query(source->connection, "SELECT pg_catalog.pg_export_snapshot()", NULL, 0,
                             &rows, err));
    return wh_arena_copy(&source->arena, wh_postgres_text_at(rows, 0, 0), &source->snapshot, err);
}

wh_code wh_postgres_source_begin(struct wh_postgres_source *source,
                                 const struct wh_postgres_source *sibling, struct wh_error *err)
{
    WH_TRY(wh_postgres_open_source(&source->request, &source->connection, err));
    WH_TRY(begin_on(source->connection, sibling != NULL ? sibling->snapshot : WH_STR_NONE, err));
    return export_snapshot(source, err);
}

wh_code wh_postgres_source_connect(const struct wh_postgres_source *source,
                                   struct wh_destination **ret, struct wh_error *err)
{
    struct wh_destination *connection = NULL;
    *ret = NULL;
    WH_TRY(wh_postgres_open_source(&source->request, &connection, err));
    wh_code rc = begin_on(connection, source->snapshot, err);
    if (rc != WH_OK) {
        wh_postgres_close(connection);
        return rc;
    }
    *ret = connection;
    return WH_OK;
}
