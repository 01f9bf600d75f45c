/* SPDX-License-Identifier: Apache-2.0 */
/* Databases as sources: opening, and what is known of them before a row is read. */
#include "connect/sqlite/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/watch.h"
#include "stream/file.h"

static void close_source(struct wh_source *opened)
{
    if (opened == NULL)
        return;
    struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    wh_sqlite_close(source->connection);
    pthread_mutex_destroy(&source->watch.lock);
    wh_arena_release(&source->arena);
    free(source);
}

static wh_code open_into(struct wh_sqlite_source *source, const struct wh_source_request *request,
                         struct wh_error *err)
{
    source->cell = wh_source_cell_limit(request);
    source->batch_rows = wh_source_batch_rows(request);
    source->cancel = request->cancel;
    if (request->query.ptr == NULL && request->from.len == 0)
        return wh_error_set(err, WH_INVALID,
                            "say with 'from' which table or view of '%.*s' is read",
                            WH_FMT(request->url));
    WH_TRY(wh_source_keep_request(request, &source->arena, &source->request, err));
    if (request->query.ptr != NULL)
        WH_TRY(wh_arena_copy(&source->arena, request->query, &source->query, err));
    WH_TRY(wh_sqlite_open_source(&source->request, &source->connection, err));
    WH_TRY(wh_sqlite_watch_start(source, err));
    WH_TRY(wh_sqlite_source_inspect(source, request->from, err));
    /* What was read of the schema belongs to the state that readers will see, too. */
    return wh_sqlite_watch_check(source, err);
}

static wh_code open_source(const struct wh_source_request *request, struct wh_source **ret,
                           struct wh_error *err)
{
    struct wh_sqlite_source *source = calloc(1, sizeof(*source));
    if (source == NULL)
        return wh_error_no_memory(err, sizeof(*source));
    wh_arena_init(&source->arena);
    pthread_mutex_init(&source->watch.lock, NULL);
    wh_code rc = open_into(source, request, err);
    if (rc != WH_OK) {
        close_source((struct wh_source *)source);
        return rc;
    }
    *ret = (struct wh_source *)source;
    return WH_OK;
}

wh_code wh_sqlite_source_failure(const struct wh_sqlite_source *source, sqlite3 *db, int rc,
                                 struct wh_error *err)
{
    return wh_sqlite_failure(db, rc, err, "'%.*s' of '%s' cannot be read",
                             WH_FMT(source->info.name), source->connection->location.path);
}

wh_code wh_sqlite_source_check_cancel(const struct wh_sqlite_source *source,
                                      enum wh_cancel_level level, struct wh_error *err)
{
    if (wh_cancel_asked(source->cancel, level))
        return wh_error_cancelled(err);
    return WH_OK;
}

static wh_code describe(struct wh_source *opened, struct wh_table_info *ret, struct wh_error *err)
{
    (void)err;
    *ret = wh_sqlite_source_from(opened)->info;
    return WH_OK;
}

/** Row numbers and keys are quickly counted as far as need be; a query may take any time. */
static wh_code is_large(struct wh_source *opened, bool *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    const struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    int64_t rows = 0;
    *ret = false;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    if (source->order == WH_SQLITE_AS_SCANNED)
        return WH_OK;
    WH_TRY(wh_buf_append_str(&sql, WH_STR("SELECT count(*) FROM ("), err));
    WH_TRY(wh_sqlite_source_walk(source, &sql, err));
    WH_TRY(wh_buf_printf(&sql, err, " LIMIT %d)", WH_MANY_RECORDS));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_sqlite_ask_number(source->connection, text, &rows, err));
    *ret = rows >= WH_MANY_RECORDS;
    return WH_OK;
}

/** What gives no key is scanned to be counted, too. */
static wh_code count_rows(const struct wh_sqlite_source *source, struct wh_destination *connection,
                          uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    sqlite3_stmt *rows WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    WH_TRY(wh_sqlite_source_count(source, &sql, err));
    WH_TRY(wh_sqlite_compile(connection, wh_buf_str(&sql), WH_SQLITE_ONCE, &rows, err));
    int rc = sqlite3_step(rows);
    if (source->order != WH_SQLITE_AS_SCANNED) {
        *ret = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(rows, 0) : 0;
        return rc == SQLITE_ROW ? WH_OK : wh_sqlite_source_failure(source, connection->db, rc, err);
    }
    for (*ret = 0; rc == SQLITE_ROW; rc = sqlite3_step(rows))
        ++*ret;
    return rc == SQLITE_DONE ? WH_OK : wh_sqlite_source_failure(source, connection->db, rc, err);
}

static wh_code count_records(struct wh_source *opened, uint64_t *ret, struct wh_error *err)
{
    struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    struct wh_destination *connection WH_CLEANUP(wh_sqlite_connection_release) = NULL;
    WH_TRY(wh_sqlite_source_connect(source, &connection, err));
    WH_TRY(count_rows(source, connection, ret, err));
    return wh_sqlite_watch_check_read(source, err);
}

static wh_code explain(struct wh_source *opened, struct wh_arena *arena, struct wh_str *ret,
                       struct wh_error *err)
{
    static const char *const orders[] = {
        [WH_SQLITE_AS_SCANNED] = "in the order in which SQLite gives the rows, as one chunk",
        [WH_SQLITE_BY_ROWID] = "in the order of the row numbers",
        [WH_SQLITE_BY_KEY] = "in the order of the primary key"};
    const struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    const struct wh_sqlite_stamp *stamp = &source->watch.stamp;
    const char *mark = source->query.ptr == NULL ? "'" : "";
    return wh_arena_format(
        arena, ret, err, "SQLite, %s%.*s%s of a database of %" PRIu64 " bytes, %zu column%s, %s%s",
        mark, WH_FMT(source->info.name), mark, stamp->size + stamp->log_size,
        source->info.column_count, source->info.column_count == 1 ? "" : "s", orders[source->order],
        source->connection->is_immutable
            ? "; without locks, since the folder of its write-ahead log cannot be written to"
            : "");
}

static wh_code identity(struct wh_source *opened, struct wh_arena *arena,
                        struct wh_source_identity *ret, struct wh_error *err)
{
    const struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    const struct wh_sqlite_stamp *stamp = &source->watch.stamp;
    struct wh_str folder;
    struct wh_str name;
    wh_path_cut(wh_str_from(source->connection->location.path), &folder, &name);
    return wh_arena_format(arena, &ret->text, err,
                           "%.*s %" PRIu64 " %" PRId64 " log %" PRIu64 " %" PRId64, WH_FMT(name),
                           stamp->size, stamp->modified, stamp->log_size, stamp->log_modified);
}

static wh_code place(struct wh_source *opened, const struct wh_position *position,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    if (source->offsets_are_rowids)
        return wh_arena_format(arena, ret, err, "%.*s rowid %" PRIu64, WH_FMT(source->info.name),
                               position->offset);
    return wh_arena_format(arena, ret, err, "%.*s row %" PRIu64, WH_FMT(source->info.name),
                           position->offset + 1);
}

const struct wh_source_functions wh_sqlite_source_functions = {
    .takes_query = true,
    .open = open_source,
    .close = close_source,
    .describe = describe,
    .explain = explain,
    .identity = identity,
    .is_large = is_large,
    .count = count_records,
    .split = wh_sqlite_source_split,
    .reader_open = wh_sqlite_reader_open,
    .reader_close = wh_sqlite_reader_close,
    .seek = wh_sqlite_reader_seek,
    .read = wh_sqlite_reader_read,
    .digest = wh_sqlite_reader_digest,
    .digest_until = wh_sqlite_reader_digest_until,
    .place = place,
};
