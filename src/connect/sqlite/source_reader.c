/* SPDX-License-Identifier: Apache-2.0 */
/* Reading chunks into batches. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/carry.h"
#include "connect/sqlite/source_chunk.h"
#include "connect/sqlite/watch.h"
#include "data/datetime.h"
#include "data/text.h"
#include "format/format.h"

/* Steps of SQLite's machine between two looks whether to stop. */
#define STEPS_BETWEEN_LOOKS 100000

/* What the texts of rows that are passed over take: kept from one to the next. */
#define PASSED_KEPT ((size_t)64 << 10)

/** One place in a chunk: what has read up to there, and the digest of all of it. */
struct walk {
    sqlite3_stmt *stmt;
    uint64_t next;   /* offset of the next row; rows numbered by row number: above the last one */
    uint64_t offset; /* of the row that was taken last */
    uint64_t digest;
    bool is_at_end;
};

/** What becomes of the rows of a walk. */
struct taking {
    struct sqlite_reader *reader;
    struct walk *walk;
    struct wh_batch *batch; /* is filled; NULL: the rows are passed over */
    struct wh_arena *arena; /* what is read of a row is copied here */
    struct wh_error *err;
    wh_code rc; /* of the row that was taken last */
};

struct sqlite_reader {
    struct wh_sqlite_source *source;
    struct wh_destination *connection;
    struct walk walk;
    struct wh_sqlite_result *results; /* one a column: of the row that is being taken */
    sqlite3_value **values;           /* the same; NULL where SQLite calls with each row */
    struct taking *taking;            /* while SQLite calls */
};

static struct sqlite_reader *reader_from(struct wh_reader *reader)
{
    return (struct sqlite_reader *)reader;
}

/* ---- a row into a batch ---------------------------------------------------------------------- */

static uint64_t value_size(const struct wh_sqlite_result *result)
{
    bool has_bytes = result->class == SQLITE_TEXT || result->class == SQLITE_BLOB;
    return has_bytes ? result->bytes.len : 8;
}

static wh_code describe_bad(const struct taking *taking, size_t column, bool is_too_large,
                            struct wh_bad_record *bad)
{
    const struct wh_sqlite_source *source = taking->reader->source;
    const struct wh_column_info *info = &source->columns[column];
    const struct wh_sqlite_result *result = &taking->reader->results[column];
    if (is_too_large)
        WH_TRY(wh_arena_format(result->arena, &bad->reason, taking->err,
                               "column '%.*s' holds %" PRIu64
                               " bytes, more than limits.cell allows (%" PRIu64 ")",
                               WH_FMT(info->name), value_size(result), source->cell));
    else
        WH_TRY(
            wh_sqlite_refusal(info, &source->storages[column], result, &bad->reason, taking->err));
    bad->shows_values = !is_too_large;
    return wh_sqlite_raw(result, WH_FORMAT_RAW_SIZE, &bad->raw, taking->err);
}

static wh_code add_bad(const struct taking *taking, size_t column, bool is_too_large, uint64_t size)
{
    struct wh_bad_record bad = {.position = {.offset = taking->walk->offset},
                                .size = size,
                                .before_row = (uint32_t)taking->batch->row_count};
    WH_TRY(describe_bad(taking, column, is_too_large, &bad));
    return wh_batch_add_bad(taking->batch, &bad, taking->err);
}

static wh_code set_null(const struct taking *taking, struct wh_column *column, size_t row)
{
    WH_TRY(wh_column_need_validity(column, &taking->batch->arena, taking->err));
    wh_column_set_null(column, row);
    return WH_OK;
}

static bool is_clock(enum wh_kind kind)
{
    return kind == WH_KIND_DATE || kind == WH_KIND_TIME || kind == WH_KIND_TIMESTAMP ||
           kind == WH_KIND_TIMESTAMPTZ || kind == WH_KIND_INTERVAL;
}

static wh_code set_text(const struct taking *taking, size_t column, enum wh_sqlite_reading reading)
{
    struct wh_batch *batch = taking->batch;
    size_t row = batch->row_count;
    struct wh_str *text = &batch->texts[column].values.texts[row];
    *text = taking->reader->results[column].bytes;
    if (reading == WH_SQLITE_CARRIED &&
        wh_value_print(&batch->columns[column], row, &batch->arena, text) != WH_FAULT_NONE)
        return wh_error_no_memory(taking->err, WH_DATETIME_SIZE);
    return WH_OK;
}

/** Reads the results; SIZE_MAX in *ret_bad where all of them can be carried, otherwise the first
 *  column that cannot. */
static wh_code read_values(const struct taking *taking, size_t *ret_bad)
{
    const struct wh_sqlite_source *source = taking->reader->source;
    struct wh_batch *batch = taking->batch;
    size_t row = batch->row_count;
    *ret_bad = SIZE_MAX;
    for (size_t i = 0; i < source->info.column_count; i++) {
        struct wh_column *column = &batch->columns[i];
        const struct wh_sqlite_result *result = &taking->reader->results[i];
        enum wh_sqlite_reading reading = wh_sqlite_carry(&source->storages[i], result, column, row);
        if (reading == WH_SQLITE_NO_MEMORY)
            return wh_error_no_memory(taking->err, (size_t)value_size(result));
        if (column->validity != NULL)
            wh_column_set_valid(column, row); /* a row that was refused may have left a NULL */
        if (reading == WH_SQLITE_NULL)
            WH_TRY(set_null(taking, column, row));
        if (reading == WH_SQLITE_ODD) {
            *ret_bad = i;
            return WH_OK;
        }
        if (batch->texts[i].values.any != NULL)
            WH_TRY(set_text(taking, i, reading));
    }
    return WH_OK;
}

/** The bytes of the row, and the column of a value above the limit. */
static uint64_t measure(const struct taking *taking, size_t *ret_large)
{
    const struct wh_sqlite_source *source = taking->reader->source;
    uint64_t size = 0;
    *ret_large = SIZE_MAX;
    for (size_t i = 0; i < source->info.column_count; i++) {
        uint64_t own = value_size(&taking->reader->results[i]);
        if (own > source->cell)
            *ret_large = i;
        size += own;
    }
    return size;
}

/** The row that was read into the results. */
static wh_code add_row(const struct taking *taking)
{
    struct wh_batch *batch = taking->batch;
    size_t large = SIZE_MAX;
    size_t bad = SIZE_MAX;
    uint64_t size = measure(taking, &large);
    batch->size += size;
    if (large != SIZE_MAX)
        return add_bad(taking, large, true, size);
    WH_TRY(read_values(taking, &bad));
    if (bad != SIZE_MAX)
        return add_bad(taking, bad, false, size);
    batch->positions[batch->row_count++] = (struct wh_position){.offset = taking->walk->offset};
    return WH_OK;
}

/* ---- taking ---------------------------------------------------------------------------------- */

/** A row's values, which are SQLite's and gone when it goes on; @p number is that of the row. */
static wh_code take(const struct taking *taking, sqlite3_value **values, int64_t number)
{
    const struct sqlite_reader *reader = taking->reader;
    struct walk *walk = taking->walk;
    size_t count = reader->source->info.column_count;
    for (size_t i = 0; i < count; i++)
        wh_sqlite_result_set(&reader->results[i], values[i], (int)i, taking->arena);
    /* First, since reading a text may change how it is held. */
    if (!wh_sqlite_take_row(reader->results, count, taking->arena, &walk->digest))
        return wh_error_no_memory(taking->err, count * sizeof(*reader->results));
    walk->offset = reader->source->offsets_are_rowids ? (uint64_t)number : walk->next;
    walk->next = walk->offset + 1;
    return taking->batch != NULL ? add_row(taking) : WH_OK;
}

/** SQLite calls WH_SQLITE_ROW_FUNCTION. */
static void take_call(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct sqlite_reader *reader = sqlite3_user_data(context);
    struct taking *taking = reader->taking;
    (void)count;
    taking->rc = take(taking, values + 1, sqlite3_value_int64(values[0]));
    if (taking->rc != WH_OK)
        sqlite3_result_error_code(context, SQLITE_ABORT);
}

static wh_code take_columns(const struct taking *taking)
{
    const struct sqlite_reader *reader = taking->reader;
    sqlite3_stmt *stmt = taking->walk->stmt;
    size_t count = reader->source->info.column_count;
    for (size_t i = 0; i < count; i++)
        reader->values[i] = sqlite3_column_value(stmt, (int)i);
    /* Behind the columns stands the row number, or nothing. */
    return take(taking, reader->values, sqlite3_column_int64(stmt, (int)count));
}

/** Takes the next row: WH_END without. */
static wh_code step(struct taking *taking)
{
    struct sqlite_reader *reader = taking->reader;
    struct walk *walk = taking->walk;
    if (walk->is_at_end)
        return WH_END;
    reader->taking = taking;
    taking->rc = WH_OK;
    int rc = sqlite3_step(walk->stmt);
    walk->is_at_end = rc != SQLITE_ROW;
    if (rc == SQLITE_DONE)
        return WH_END;
    if (taking->rc != WH_OK)
        return taking->rc;
    if (rc != SQLITE_ROW)
        return wh_sqlite_source_failure(reader->source, reader->connection->db, rc, taking->err);
    return reader->values != NULL ? take_columns(taking) : WH_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int must_stop(void *context)
{
    const struct wh_sqlite_source *source = context;
    return wh_cancel_asked(source->cancel, WH_CANCEL_NOW);
}

static wh_code compile(const struct sqlite_reader *reader, sqlite3_stmt **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    WH_TRY(reader->values == NULL ? wh_sqlite_source_select_calls(reader->source, &sql, err)
                                  : wh_sqlite_source_select(reader->source, &sql, err));
    return wh_sqlite_compile(reader->connection, wh_buf_str(&sql), WH_SQLITE_KEPT, ret, err);
}

wh_code wh_sqlite_source_connect(struct wh_sqlite_source *source, struct wh_destination **ret,
                                 struct wh_error *err)
{
    struct wh_destination *connection = NULL;
    *ret = NULL;
    WH_TRY(wh_sqlite_open_source(&source->request, &connection, err));
    int64_t count;
    /* A transaction sees a state of the database from its first look on. */
    wh_code rc = wh_sqlite_run(connection, "BEGIN", err);
    if (rc == WH_OK)
        rc = wh_sqlite_ask_number(connection, "SELECT count(*) FROM sqlite_schema", &count, err);
    if (rc == WH_OK)
        rc = wh_sqlite_watch_check(source, err);
    if (rc != WH_OK) {
        wh_sqlite_close(connection);
        return rc;
    }
    sqlite3_progress_handler(connection->db, STEPS_BETWEEN_LOOKS, must_stop, source);
    *ret = connection;
    return WH_OK;
}

void wh_sqlite_reader_close(struct wh_reader *opened)
{
    if (opened == NULL)
        return;
    struct sqlite_reader *reader = reader_from(opened);
    sqlite3_finalize(reader->walk.stmt);
    wh_sqlite_close(reader->connection);
    free(reader->results);
    free(reader->values);
    free(reader);
}

/** Lets SQLite call with each row, which takes a tenth less time than to ask it for each value;
 *  otherwise makes room for the values. Nothing that the database's schema holds can call. */
static wh_code choose_way(struct sqlite_reader *reader, struct wh_error *err)
{
    sqlite3 *db = reader->connection->db;
    size_t columns = reader->source->info.column_count;
    size_t most = (size_t)sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, -1);
    if (reader->source->order != WH_SQLITE_BY_ROWID || columns + 1 > most) {
        reader->values = calloc(columns, sizeof(*reader->values));
        return reader->values != NULL ? WH_OK
                                      : wh_error_no_memory(err, columns * sizeof(*reader->values));
    }
    int rc =
        sqlite3_create_function_v2(db, WH_SQLITE_ROW_FUNCTION, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   reader, take_call, NULL, NULL, NULL);
    return rc == SQLITE_OK ? WH_OK : wh_sqlite_source_failure(reader->source, db, rc, err);
}

static wh_code open_reader(struct sqlite_reader *reader, struct wh_error *err)
{
    size_t columns = reader->source->info.column_count;
    reader->results = calloc(columns, sizeof(*reader->results));
    if (reader->results == NULL)
        return wh_error_no_memory(err, columns * sizeof(*reader->results));
    WH_TRY(wh_sqlite_source_connect(reader->source, &reader->connection, err));
    WH_TRY(choose_way(reader, err));
    return compile(reader, &reader->walk.stmt, err);
}

wh_code wh_sqlite_reader_open(struct wh_source *opened, struct wh_reader **ret,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->source = wh_sqlite_source_from(opened);
    wh_code rc = open_reader(reader, err);
    if (rc != WH_OK) {
        wh_sqlite_reader_close((struct wh_reader *)reader);
        return rc;
    }
    *ret = (struct wh_reader *)reader;
    return WH_OK;
}

/* ---- walking --------------------------------------------------------------------------------- */

static wh_code bind(const struct sqlite_reader *reader, struct walk *walk,
                    const struct wh_sqlite_chunk *chunk, struct wh_error *err)
{
    sqlite3_reset(walk->stmt);
    walk->is_at_end = false;
    return wh_sqlite_chunk_bind(reader->source, chunk, walk->stmt, err);
}

/** Passes over @p most rows, or to the end. */
static wh_code pass(struct sqlite_reader *reader, struct walk *walk, uint64_t most,
                    struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct taking passing = {.reader = reader, .walk = walk, .arena = &scratch, .err = err};
    wh_arena_init(&scratch);
    wh_code rc = WH_OK;
    for (uint64_t i = 0; i < most && rc == WH_OK; i++) {
        rc = step(&passing);
        wh_arena_reset(&scratch, PASSED_KEPT);
    }
    return rc == WH_END ? WH_OK : rc;
}

/** The same by row numbers, up to @p position. */
static wh_code pass_numbers(struct sqlite_reader *reader, struct walk *walk,
                            const struct wh_sqlite_chunk *chunk, uint64_t position,
                            struct wh_error *err)
{
    struct wh_sqlite_chunk part = *chunk;
    int64_t first = WH_MAX((int64_t)position, chunk->first);
    if (first > chunk->first) {
        part.last = WH_MIN(first - 1, chunk->last);
        WH_TRY(bind(reader, walk, &part, err));
        WH_TRY(pass(reader, walk, UINT64_MAX, err));
    }
    part = *chunk;
    part.first = first;
    return bind(reader, walk, &part, err);
}

/** From the chunk's start, where its digest begins, to @p position: what was done is passed over
 *  once more. */
static wh_code start(struct sqlite_reader *reader, struct walk *walk, struct wh_str text,
                     uint64_t position, struct wh_error *err)
{
    const struct wh_sqlite_source *source = reader->source;
    struct wh_sqlite_chunk chunk;
    WH_TRY(wh_sqlite_chunk_parse(source, text, &chunk, err));
    *walk = (struct walk){.stmt = walk->stmt};
    walk->next = source->offsets_are_rowids ? (uint64_t)chunk.first : chunk.ordinal;
    if (source->offsets_are_rowids)
        return pass_numbers(reader, walk, &chunk, position, err);
    WH_TRY(bind(reader, walk, &chunk, err));
    return position > walk->next ? pass(reader, walk, position - walk->next, err) : WH_OK;
}

wh_code wh_sqlite_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = reader_from(opened);
    return start(reader, &reader->walk, text, position, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

/** Room for the texts of dates and times: most are stored as they print. */
static wh_code open_texts(const struct wh_sqlite_source *source, struct wh_batch *batch,
                          struct wh_error *err)
{
    size_t count = source->info.column_count;
    batch->texts = wh_arena_array(&batch->arena, WH_MAX(count, 1), sizeof(*batch->texts));
    if (batch->texts == NULL)
        return wh_error_no_memory(err, count * sizeof(*batch->texts));
    for (size_t i = 0; i < count; i++)
        if (is_clock(source->types[i].kind) && !source->storages[i].is_utf16)
            WH_TRY(wh_column_init(&batch->texts[i], (struct wh_type){.kind = WH_KIND_TEXT},
                                  batch->most_rows, &batch->arena, err));
    return WH_OK;
}

static bool is_full(const struct wh_sqlite_source *source, const struct wh_batch *batch)
{
    return wh_batch_is_full(batch, source->batch_rows, batch->row_count + batch->bad_count,
                            batch->size);
}

wh_code wh_sqlite_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = reader_from(opened);
    struct wh_sqlite_source *source = reader->source;
    struct taking filling = {.reader = reader,
                             .walk = &reader->walk,
                             .batch = batch,
                             .arena = &batch->arena,
                             .err = err};
    wh_code rc = WH_OK;
    WH_TRY(wh_sqlite_source_check_cancel(source, WH_CANCEL_NOW, err));
    wh_batch_reset(batch);
    WH_TRY(wh_batch_open(batch, source->types, source->info.column_count, err));
    WH_TRY(open_texts(source, batch, err));
    while (!is_full(source, batch) && rc == WH_OK)
        rc = step(&filling);
    if (rc != WH_OK && rc != WH_END)
        return rc;
    WH_TRY(wh_sqlite_watch_check_read(source, err));
    batch->end_offset = reader->walk.next;
    return batch->row_count + batch->bad_count > 0 ? WH_OK : WH_END;
}

/* ---- digests --------------------------------------------------------------------------------- */

wh_code wh_sqlite_reader_digest(struct wh_reader *opened, uint64_t *ret, struct wh_error *err)
{
    (void)err;
    *ret = reader_from(opened)->walk.digest;
    return WH_OK;
}

wh_code wh_sqlite_reader_digest_until(struct wh_reader *opened, struct wh_str text,
                                      uint64_t position, uint64_t *ret, struct wh_error *err)
{
    struct sqlite_reader *reader = reader_from(opened);
    sqlite3_stmt *stmt WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(compile(reader, &stmt, err));
    struct walk walk = {.stmt = stmt};
    WH_TRY(start(reader, &walk, text, position, err));
    *ret = walk.digest;
    return WH_OK;
}
