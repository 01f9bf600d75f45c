/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that read in one snapshot. */
#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/source.h"
#include "sql/quote.h"

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
