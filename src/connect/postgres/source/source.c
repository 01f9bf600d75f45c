/* SPDX-License-Identifier: Apache-2.0 */
/* Databases as sources: opening, and what is known of them before a row is read. */
#include "connect/postgres/source/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/identity.h"

static void close_source(struct wh_source *opened)
{
    if (opened == NULL)
        return;
    struct wh_postgres_source *source = wh_postgres_source_from(opened);
    wh_postgres_source_end(source);
    wh_postgres_steady_release(&source->steady);
    wh_arena_release(&source->arena);
    free(source);
}

/** Without the semicolons and the white space at its end: it becomes part of another statement. */
static struct wh_str trim_query(struct wh_str query)
{
    struct wh_str trimmed = wh_str_trim(query);
    while (wh_str_ends_with(trimmed, WH_STR(";")))
        trimmed = wh_str_trim(wh_str_make(trimmed.ptr, trimmed.len - 1));
    return trimmed;
}

static wh_code open_into(struct wh_postgres_source *source, const struct wh_source_request *request,
                         struct wh_error *err)
{
    source->cell = wh_source_cell_limit(request);
    source->batch_rows = wh_source_batch_rows(request);
    source->cancel = request->cancel;
    if (request->query.ptr == NULL && request->from.len == 0)
        return wh_error_set(err, WH_INVALID, "say with 'from' which table or view is read");
    WH_TRY(wh_source_keep_request(request, &source->arena, &source->request, err));
    if (request->query.ptr != NULL)
        WH_TRY(wh_arena_copy(&source->arena, trim_query(request->query), &source->query, err));
    const struct wh_postgres_source *sibling =
        request->sibling != NULL ? wh_postgres_source_from(request->sibling) : NULL;
    WH_TRY(wh_postgres_source_begin(source, sibling, err));
    return wh_postgres_source_inspect(source, request->from, err);
}

static wh_code open_source(const struct wh_source_request *request, struct wh_source **ret,
                           struct wh_error *err)
{
    struct wh_postgres_source *source = calloc(1, sizeof(*source));
    if (source == NULL)
        return wh_error_no_memory(err, sizeof(*source));
    wh_arena_init(&source->arena);
    wh_postgres_steady_init(&source->steady);
    wh_code rc = open_into(source, request, err);
    if (rc != WH_OK) {
        close_source((struct wh_source *)source);
        return rc;
    }
    *ret = (struct wh_source *)source;
    return WH_OK;
}

wh_code wh_postgres_source_failure(const struct wh_postgres_source *source, wh_code rc,
                                   struct wh_error *err)
{
    if (rc == WH_CANCELLED)
        return rc;
    if (source->query.ptr != NULL)
        return wh_error_prefix(err, rc, "the query cannot be read");
    return wh_error_prefix(err, rc, "'%.*s' of database '%s' cannot be read",
                           WH_FMT(source->info.name), PQdb(source->connection->conn));
}

static wh_code describe(struct wh_source *opened, struct wh_table_info *ret, struct wh_error *err)
{
    (void)err;
    *ret = wh_postgres_source_from(opened)->info;
    return WH_OK;
}

static wh_code count_on(const struct wh_postgres_source *source, struct wh_destination *connection,
                        uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_postgres_source_append_count(source, &sql, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_query(connection, text, NULL, 0, &rows, err));
    *ret = (uint64_t)wh_postgres_number_at(rows, 0, 0);
    return WH_OK;
}

/** On a connection of its own: a count that fails would end the transaction whose
 *  snapshot the readers share. */
static wh_code count_records(struct wh_source *opened, uint64_t *ret, struct wh_error *err)
{
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    struct wh_destination *connection = NULL;
    WH_TRY(wh_postgres_source_connect(source, &connection, err));
    wh_code rc = count_on(source, connection, ret, err);
    wh_postgres_source_disconnect(source, connection);
    return rc == WH_OK ? WH_OK : wh_postgres_source_failure(source, rc, err);
}

static wh_code is_large(struct wh_source *opened, bool *ret, struct wh_error *err)
{
    (void)err;
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    *ret = source->rows != UINT64_MAX ? source->rows >= WH_MANY_RECORDS
                                      : source->bytes >= WH_MANY_BYTES;
    return WH_OK;
}

/* ---- in words -------------------------------------------------------------------------------- */

static wh_code append_subject(const struct wh_postgres_source *source, struct wh_buf *out,
                              struct wh_error *err)
{
    const char *mark = source->query.ptr == NULL ? "'" : "";
    WH_TRY(wh_buf_printf(out, err, "PostgreSQL, %s%.*s%s of database '%s', ", mark,
                         WH_FMT(source->info.name), mark, PQdb(source->connection->conn)));
    if (source->rows != UINT64_MAX)
        WH_TRY(wh_buf_printf(out, err, "about %" PRIu64 " rows, ", source->rows));
    if (source->bytes >= 1 << 20)
        WH_TRY(wh_buf_printf(out, err, "%" PRIu64 " MiB, ", (source->bytes + (1 << 19)) >> 20));
    else if (source->bytes > 0)
        WH_TRY(wh_buf_append_str(out, WH_STR("less than 1 MiB, "), err));
    size_t count = source->info.column_count;
    return wh_buf_printf(out, err, "%zu column%s, ", count, count == 1 ? "" : "s");
}

static wh_code append_order(const struct wh_postgres_source *source, struct wh_buf *out,
                            struct wh_error *err)
{
    if (source->order == WH_POSTGRES_AS_GIVEN)
        return wh_buf_printf(out, err,
                             "in the order in which the server gives the rows, as one chunk");
    if (source->order == WH_POSTGRES_BY_CTID)
        return wh_buf_printf(out, err,
                             "in the order of their places in the table, cut by blocks, "
                             "since no key of columns that are NOT NULL orders them");
    WH_TRY(wh_buf_printf(out, err, "in the order of the key ("));
    for (size_t i = 0; i < source->info.order_count; i++)
        WH_TRY(wh_buf_printf(out, err, "%s%.*s", i > 0 ? ", " : "",
                             WH_FMT(source->columns[source->info.order[i]].name)));
    return wh_buf_printf(out, err, "), cut by ranges of it");
}

/** Which columns come as text though they are none. */
static wh_code append_texts(const struct wh_postgres_source *source, struct wh_buf *out,
                            struct wh_error *err)
{
    const char *word = "; as text: ";
    for (size_t i = 0; i < source->info.column_count; i++) {
        if (source->kinds[i].is_readable)
            continue;
        WH_TRY(wh_buf_printf(out, err, "%s%.*s (%.*s)", word, WH_FMT(source->columns[i].name),
                             WH_FMT(source->columns[i].declared)));
        word = ", ";
    }
    return WH_OK;
}

static wh_code explain(struct wh_source *opened, struct wh_arena *arena, struct wh_str *ret,
                       struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    wh_buf_init(&out, WH_POSTGRES_MAX_SQL);
    WH_TRY(append_subject(source, &out, err));
    WH_TRY(append_order(source, &out, err));
    WH_TRY(append_texts(source, &out, err));
    WH_TRY(wh_buf_append_str(&out, WH_STR("; in one snapshot"), err));
    return wh_arena_copy(arena, wh_buf_str(&out), ret, err);
}

/** What a chunk's text depends on: where the rows are, and what they are ordered by. Whether they
 *  are the same rows the digests tell. */
static wh_code identity(struct wh_source *opened, struct wh_arena *arena,
                        struct wh_source_identity *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    struct wh_str system;
    wh_buf_init(&out, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_postgres_system(source->connection, arena, &system, err));
    if (system.ptr == NULL)
        system = wh_str_from(PQdb(source->connection->conn));
    WH_TRY(wh_buf_printf(&out, err, "%.*s %u %d", WH_FMT(system), source->relation.oid,
                         (int)source->order));
    for (size_t i = 0; i < source->info.order_count; i++)
        WH_TRY(
            wh_buf_printf(&out, err, " %.*s", WH_FMT(source->columns[source->info.order[i]].name)));
    return wh_arena_copy(arena, wh_buf_str(&out), &ret->text, err);
}

/** By the locks of the session that all sources of a run share, of which nobody but it can rid the
 *  table: those of what a view or a query reads are among them. */
static wh_code holds(struct wh_source *opened, struct wh_str system, uint64_t table, bool *ret,
                     struct wh_error *err)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() "
        "AND locktype = 'relation' AND relation = $1::oid)";
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_destination *connection = wh_postgres_source_from(opened)->connection;
    struct wh_str own;
    *ret = false;
    wh_arena_init(&scratch);
    WH_TRY(wh_postgres_system(connection, &scratch, &own, err));
    if (own.ptr == NULL || !wh_str_equal(own, system))
        return WH_OK;
    WH_TRY(wh_postgres_query_about(connection, sql, (Oid)table, &rows, err));
    *ret = wh_postgres_is_true_at(rows, 0, 0);
    return WH_OK;
}

static wh_code place(struct wh_source *opened, const struct wh_position *position,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    struct wh_str name = source->info.name;
    uint64_t offset = position->offset;
    switch (source->order) {
    case WH_POSTGRES_BY_NUMBER:
        return wh_arena_format(arena, ret, err, "%.*s %.*s %" PRIu64, WH_FMT(name),
                               WH_FMT(source->columns[source->info.order[0]].name), offset);
    case WH_POSTGRES_BY_CTID:
        return wh_arena_format(arena, ret, err, "%.*s ctid (%" PRIu64 ",%" PRIu64 ")", WH_FMT(name),
                               offset >> 16, offset & UINT16_MAX);
    case WH_POSTGRES_BY_KEY:
        /* Which row it is only its key tells: how many stand before it nobody has counted. */
        return wh_arena_format(arena, ret, err, "a row of %.*s", WH_FMT(name));
    case WH_POSTGRES_AS_GIVEN:
        break;
    }
    return wh_arena_format(arena, ret, err, "%.*s row %" PRIu64, WH_FMT(name), offset + 1);
}

const struct wh_source_functions wh_postgres_source_functions = {
    .takes_query = true,
    .is_live = true,
    .open = open_source,
    .close = close_source,
    .describe = describe,
    .explain = explain,
    .identity = identity,
    .holds = holds,
    .count = count_records,
    .is_large = is_large,
    .leave_out = wh_postgres_source_leave_out,
    .find = wh_postgres_source_find,
    .split = wh_postgres_source_split,
    .reader_open = wh_postgres_reader_open,
    .reader_close = wh_postgres_reader_close,
    .seek = wh_postgres_reader_seek,
    .read = wh_postgres_reader_read,
    .digest = wh_postgres_reader_digest,
    .digest_until = wh_postgres_reader_digest_until,
    .place = place,
};
