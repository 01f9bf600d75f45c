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
    struct wh_sqlite_chunk chunk;
    uint64_t next;   /* offset of the next row; rows numbered by row number: above the last one */
    uint64_t offset; /* of the row that the statement stands on */
    uint64_t digest;
    bool is_on_row; /* that was not taken yet */
    bool is_at_end;
};

struct sqlite_reader {
    struct wh_sqlite_source *source;
    struct wh_destination *connection;
    struct walk walk;
    struct wh_sqlite_result *results; /* one a column: of the row that was taken last */
};

static struct sqlite_reader *reader_from(struct wh_reader *reader)
{
    return (struct sqlite_reader *)reader;
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
    WH_TRY(wh_sqlite_source_select(reader->source, &sql, err));
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
    free(reader);
}

wh_code wh_sqlite_reader_open(struct wh_source *opened, struct wh_reader **ret,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->source = wh_sqlite_source_from(opened);
    size_t columns = reader->source->info.column_count;
    reader->results = calloc(columns, sizeof(*reader->results));
    wh_code rc = reader->results != NULL
                     ? wh_sqlite_source_connect(reader->source, &reader->connection, err)
                     : wh_error_no_memory(err, columns * sizeof(*reader->results));
    if (rc == WH_OK)
        rc = compile(reader, &reader->walk.stmt, err);
    if (rc != WH_OK) {
        wh_sqlite_reader_close((struct wh_reader *)reader);
        return rc;
    }
    *ret = (struct wh_reader *)reader;
    return WH_OK;
}

/* ---- walking --------------------------------------------------------------------------------- */

static wh_code start(const struct sqlite_reader *reader, struct walk *walk,
                     const struct wh_sqlite_chunk *chunk, struct wh_error *err)
{
    const struct wh_sqlite_source *source = reader->source;
    sqlite3_reset(walk->stmt);
    *walk = (struct walk){.stmt = walk->stmt, .chunk = *chunk};
    walk->chunk.key = WH_STR_NONE; /* borrowed, and needed here only */
    walk->next = source->offsets_are_rowids ? (uint64_t)chunk->first : chunk->ordinal;
    return wh_sqlite_chunk_bind(source, chunk, walk->stmt, err);
}

/** To the next row, unless the statement stands on one that was not taken: WH_END without. */
static wh_code step(const struct sqlite_reader *reader, struct walk *walk, struct wh_error *err)
{
    if (walk->is_on_row)
        return WH_OK;
    if (walk->is_at_end)
        return WH_END;
    int rc = sqlite3_step(walk->stmt);
    walk->is_at_end = rc != SQLITE_ROW;
    if (rc == SQLITE_DONE)
        return WH_END;
    if (rc != SQLITE_ROW)
        return wh_sqlite_source_failure(reader->source, reader->connection->db, rc, err);
    walk->is_on_row = true;
    walk->offset = walk->next;
    if (reader->source->offsets_are_rowids)
        walk->offset =
            (uint64_t)sqlite3_column_int64(walk->stmt, (int)reader->source->info.column_count);
    return WH_OK;
}

/** Takes the row that the statement stands on; what is read of it is copied to @p arena. */
static wh_code take(const struct sqlite_reader *reader, struct walk *walk, struct wh_arena *arena,
                    struct wh_error *err)
{
    size_t count = reader->source->info.column_count;
    for (size_t i = 0; i < count; i++)
        wh_sqlite_result_set(&reader->results[i], walk->stmt, (int)i, arena);
    /* First, since reading a text may change how it is held. */
    if (!wh_sqlite_take_row(reader->results, count, arena, &walk->digest))
        return wh_error_no_memory(err, count * sizeof(*reader->results));
    walk->next = walk->offset + 1;
    walk->is_on_row = false;
    return WH_OK;
}

/** Passes over the rows before @p position. */
static wh_code pass_until(const struct sqlite_reader *reader, struct walk *walk, uint64_t position,
                          struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    while (walk->next < position) {
        wh_code rc = step(reader, walk, err);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
        if (walk->offset >= position)
            return WH_OK;
        WH_TRY(take(reader, walk, &scratch, err));
        wh_arena_reset(&scratch, PASSED_KEPT);
    }
    return WH_OK;
}

wh_code wh_sqlite_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = reader_from(opened);
    struct wh_sqlite_chunk chunk;
    WH_TRY(wh_sqlite_chunk_parse(reader->source, text, &chunk, err));
    WH_TRY(start(reader, &reader->walk, &chunk, err));
    /* The digest is known from the chunk's start only: what was done is passed over once more. */
    return pass_until(reader, &reader->walk, position, err);
}

/* ---- rows into batches ----------------------------------------------------------------------- */

/** A batch being filled. */
struct filling {
    struct sqlite_reader *reader;
    struct wh_batch *batch;
    struct wh_error *err;
};

static uint64_t value_size(const struct wh_sqlite_result *result)
{
    bool has_bytes = result->class == SQLITE_TEXT || result->class == SQLITE_BLOB;
    return has_bytes ? result->bytes.len : 8;
}

static wh_code describe_bad(const struct filling *filling, size_t column, bool is_too_large,
                            struct wh_bad_record *bad)
{
    const struct wh_sqlite_source *source = filling->reader->source;
    const struct wh_column_info *info = &source->columns[column];
    const struct wh_sqlite_result *result = &filling->reader->results[column];
    if (is_too_large)
        WH_TRY(wh_arena_format(result->arena, &bad->reason, filling->err,
                               "column '%.*s' holds %" PRIu64
                               " bytes, more than limits.cell allows (%" PRIu64 ")",
                               WH_FMT(info->name), value_size(result), source->cell));
    else
        WH_TRY(
            wh_sqlite_refusal(info, &source->storages[column], result, &bad->reason, filling->err));
    bad->shows_values = !is_too_large;
    return wh_sqlite_raw(result, WH_FORMAT_RAW_SIZE, &bad->raw, filling->err);
}

static wh_code add_bad(const struct filling *filling, size_t column, bool is_too_large,
                       uint64_t size)
{
    struct wh_bad_record bad = {.position = {.offset = filling->reader->walk.offset},
                                .size = size,
                                .before_row = (uint32_t)filling->batch->row_count};
    WH_TRY(describe_bad(filling, column, is_too_large, &bad));
    return wh_batch_add_bad(filling->batch, &bad, filling->err);
}

static wh_code set_null(const struct filling *filling, struct wh_column *column, size_t row)
{
    WH_TRY(wh_column_need_validity(column, &filling->batch->arena, filling->err));
    wh_column_set_null(column, row);
    return WH_OK;
}

static bool is_clock(enum wh_kind kind)
{
    return kind == WH_KIND_DATE || kind == WH_KIND_TIME || kind == WH_KIND_TIMESTAMP ||
           kind == WH_KIND_TIMESTAMPTZ || kind == WH_KIND_INTERVAL;
}

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

static wh_code set_text(const struct filling *filling, size_t column,
                        enum wh_sqlite_reading reading)
{
    struct wh_batch *batch = filling->batch;
    size_t row = batch->row_count;
    struct wh_str *text = &batch->texts[column].values.texts[row];
    *text = filling->reader->results[column].bytes;
    if (reading == WH_SQLITE_CARRIED &&
        wh_value_print(&batch->columns[column], row, &batch->arena, text) != WH_FAULT_NONE)
        return wh_error_no_memory(filling->err, WH_DATETIME_SIZE);
    return WH_OK;
}

/** Reads the row that the statement stands on; SIZE_MAX in *ret_bad where all of it can be carried,
 *  otherwise the first column that cannot. */
static wh_code read_values(const struct filling *filling, size_t *ret_bad)
{
    const struct wh_sqlite_source *source = filling->reader->source;
    struct wh_batch *batch = filling->batch;
    size_t row = batch->row_count;
    *ret_bad = SIZE_MAX;
    for (size_t i = 0; i < source->info.column_count; i++) {
        struct wh_column *column = &batch->columns[i];
        const struct wh_sqlite_result *result = &filling->reader->results[i];
        enum wh_sqlite_reading reading = wh_sqlite_carry(&source->storages[i], result, column, row);
        if (reading == WH_SQLITE_NO_MEMORY)
            return wh_error_no_memory(filling->err, (size_t)value_size(result));
        if (column->validity != NULL)
            wh_column_set_valid(column, row); /* a row that was refused may have left a NULL */
        if (reading == WH_SQLITE_NULL)
            WH_TRY(set_null(filling, column, row));
        if (reading == WH_SQLITE_ODD) {
            *ret_bad = i;
            return WH_OK;
        }
        if (batch->texts[i].values.any != NULL)
            WH_TRY(set_text(filling, i, reading));
    }
    return WH_OK;
}

/** The bytes of the row, and the column of a value above the limit. */
static uint64_t measure(const struct filling *filling, size_t *ret_large)
{
    const struct wh_sqlite_source *source = filling->reader->source;
    uint64_t size = 0;
    *ret_large = SIZE_MAX;
    for (size_t i = 0; i < source->info.column_count; i++) {
        uint64_t own = value_size(&filling->reader->results[i]);
        if (own > source->cell)
            *ret_large = i;
        size += own;
    }
    return size;
}

static wh_code add_row(const struct filling *filling)
{
    struct sqlite_reader *reader = filling->reader;
    struct wh_batch *batch = filling->batch;
    size_t large = SIZE_MAX;
    size_t bad = SIZE_MAX;
    WH_TRY(take(reader, &reader->walk, &batch->arena, filling->err));
    uint64_t size = measure(filling, &large);
    batch->size += size;
    if (large != SIZE_MAX)
        return add_bad(filling, large, true, size);
    WH_TRY(read_values(filling, &bad));
    if (bad != SIZE_MAX)
        return add_bad(filling, bad, false, size);
    batch->positions[batch->row_count++] = (struct wh_position){.offset = reader->walk.offset};
    return WH_OK;
}

static bool is_full(const struct filling *filling)
{
    const struct wh_batch *batch = filling->batch;
    size_t rows = filling->reader->source->batch_rows;
    return wh_batch_is_full(batch, rows, batch->row_count + batch->bad_count, batch->size);
}

wh_code wh_sqlite_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                              struct wh_error *err)
{
    struct sqlite_reader *reader = reader_from(opened);
    struct wh_sqlite_source *source = reader->source;
    struct filling filling = {.reader = reader, .batch = batch, .err = err};
    wh_code rc = WH_OK;
    WH_TRY(wh_sqlite_source_check_cancel(source, WH_CANCEL_NOW, err));
    wh_batch_reset(batch);
    WH_TRY(wh_batch_open(batch, source->types, source->info.column_count, err));
    WH_TRY(open_texts(source, batch, err));
    while (!is_full(&filling) && (rc = step(reader, &reader->walk, err)) == WH_OK)
        WH_TRY(add_row(&filling));
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
    const struct sqlite_reader *reader = reader_from(opened);
    sqlite3_stmt *stmt WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    struct wh_sqlite_chunk chunk;
    WH_TRY(wh_sqlite_chunk_parse(reader->source, text, &chunk, err));
    WH_TRY(compile(reader, &stmt, err));
    struct walk walk = {.stmt = stmt};
    WH_TRY(start(reader, &walk, &chunk, err));
    WH_TRY(pass_until(reader, &walk, position, err));
    *ret = walk.digest;
    return WH_OK;
}
