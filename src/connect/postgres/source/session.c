/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that read in one snapshot. */
#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/connection.h"
#include "connect/postgres/source/source.h"
#include "sql/quote.h"

/* Connections that are kept for the next reader: as many as workers may have. */
#define MOST_IDLE 64

struct wh_postgres_snapshot {
    size_t users;                      /* sources */
    struct wh_destination *connection; /* whose transaction exports it */
    struct wh_reached reached;         /* a snapshot is one server's */
    struct wh_arena arena;
    struct wh_str name;   /* what the server calls it */
    pthread_mutex_t lock; /* of what follows */
    struct wh_destination *idle[MOST_IDLE];
    size_t idle_count;
};

/* ---- snapshots ------------------------------------------------------------------------------- */

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

static wh_code export_snapshot(struct wh_postgres_snapshot *snapshot,
                               const struct wh_destination_request *request, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_open_source(request, &snapshot->connection, err));
    WH_TRY(begin_on(snapshot->connection, WH_STR_NONE, err));
    WH_TRY(wh_postgres_query(snapshot->connection, "SELECT pg_catalog.pg_export_snapshot()", NULL,
                             0, &rows, err));
    return wh_arena_copy(&snapshot->arena, wh_postgres_text_at(rows, 0, 0), &snapshot->name, err);
}

wh_code wh_postgres_source_begin(struct wh_postgres_source *source,
                                 const struct wh_postgres_source *sibling, struct wh_error *err)
{
    struct wh_postgres_snapshot *snapshot =
        sibling != NULL ? sibling->snapshot : calloc(1, sizeof(*snapshot));
    if (snapshot == NULL)
        return wh_error_no_memory(err, sizeof(*snapshot));
    source->snapshot = snapshot;
    snapshot->users++;
    source->request.reached = &snapshot->reached;
    if (sibling == NULL) {
        wh_arena_init(&snapshot->arena);
        pthread_mutex_init(&snapshot->lock, NULL);
        WH_TRY(export_snapshot(snapshot, &source->request, err));
    }
    source->connection = snapshot->connection;
    return WH_OK;
}

void wh_postgres_source_end(struct wh_postgres_source *source)
{
    struct wh_postgres_snapshot *snapshot = source->snapshot;
    if (snapshot == NULL || --snapshot->users > 0)
        return;
    for (size_t i = 0; i < snapshot->idle_count; i++)
        wh_postgres_close(snapshot->idle[i]);
    wh_postgres_close(snapshot->connection);
    pthread_mutex_destroy(&snapshot->lock);
    wh_arena_release(&snapshot->arena);
    free(snapshot);
}

/* ---- readers --------------------------------------------------------------------------------- */

static struct wh_destination *take_idle(struct wh_postgres_snapshot *snapshot)
{
    struct wh_destination *connection = NULL;
    pthread_mutex_lock(&snapshot->lock);
    if (snapshot->idle_count > 0)
        connection = snapshot->idle[--snapshot->idle_count];
    pthread_mutex_unlock(&snapshot->lock);
    return connection;
}

wh_code wh_postgres_source_connect(const struct wh_postgres_source *source,
                                   struct wh_destination **ret, struct wh_error *err)
{
    struct wh_destination *connection = take_idle(source->snapshot);
    *ret = connection;
    if (connection != NULL)
        return WH_OK;
    WH_TRY(wh_postgres_open_source(&source->request, &connection, err));
    wh_code rc = begin_on(connection, source->snapshot->name, err);
    if (rc != WH_OK) {
        wh_postgres_close(connection);
        return rc;
    }
    *ret = connection;
    return WH_OK;
}

/** A user's statement may have changed settings of its session; one that was interrupted may meet
 *  the request to cancel later. */
static bool can_be_used_again(const struct wh_postgres_source *source,
                              const struct wh_destination *connection)
{
    return source->query.ptr == NULL && PQtransactionStatus(connection->conn) == PQTRANS_INTRANS &&
           !atomic_load(&connection->is_interrupted);
}

void wh_postgres_source_disconnect(const struct wh_postgres_source *source,
                                   struct wh_destination *connection)
{
    struct wh_postgres_snapshot *snapshot = source->snapshot;
    bool is_kept = false;
    if (connection == NULL)
        return;
    if (can_be_used_again(source, connection)) {
        pthread_mutex_lock(&snapshot->lock);
        is_kept = snapshot->idle_count < MOST_IDLE;
        if (is_kept)
            snapshot->idle[snapshot->idle_count++] = connection;
        pthread_mutex_unlock(&snapshot->lock);
    }
    if (!is_kept)
        wh_postgres_close(connection);
}
