/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a source into chunks. Row numbers that stand close together are cut evenly, unread: a
 * chunk has then no more rows than it has numbers, and nobody knows how many. Other tables are
 * passed over once, by row number or key, which touches no other values. How many bytes a row has,
 * and how close the numbers stand, is measured on some rows spread over the table.
 */
#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/source_chunk.h"
#include "connect/sqlite/watch.h"

#define SAMPLE_PLACES 32
#define SAMPLE_ROWS 16
#define ROWS_BETWEEN_LOOKS 4096
/* Fewer numbers are passed over in a few milliseconds:
 * then it is known how many rows chunks have. */
#define LEAST_UNREAD 16384
/* Of so many numbers one at least has a row, wherever the sample looked. */
#define FARTHEST_APART 2
/* Numbers of several series, each close in itself,
 * may have nothing but gaps where the sample did not look. */
#define MOST_UNREAD_CHUNKS 65536

/** Rows that were looked at, one behind another or in several places. */
struct sample {
    uint64_t rows;
    uint64_t size;    /* bytes */
    uint64_t numbers; /* BY_ROWID: that lie between them, theirs included */
    bool is_close;    /* in each place */
};

struct split {
    struct wh_sqlite_source *source;
    struct wh_destination *connection;
    sqlite3_stmt *walk;
    int64_t first; /* BY_ROWID: the first and last row number */
    int64_t last;
    struct sample sample;
    uint64_t row_size; /* bytes of a row, about */
    uint64_t target;   /* rows of a chunk */
    struct wh_sqlite_chunk chunk;
    uint64_t rows; /* in the chunk in hand */
    struct wh_arena *arena;
    struct wh_chunk_list found;
};

/** Closes the chunk in hand; the next one begins behind it. */
static wh_code end_chunk(struct split *split, struct wh_error *err)
{
    if (split->rows == 0)
        return WH_OK;
    struct wh_chunk_spec *spec;
    WH_TRY(wh_chunk_list_add(&split->found, split->arena, &spec, err));
    spec->records = split->rows;
    spec->size = split->rows * split->row_size;
    split->chunk.count = split->rows;
    WH_TRY(wh_sqlite_chunk_print(split->source, &split->chunk, split->arena, &spec->text, err));
    split->chunk.ordinal += split->rows;
    split->rows = 0;
    return WH_OK;
}

static wh_code add_row(struct split *split, struct wh_error *err)
{
    if (split->rows == split->target)
        WH_TRY(end_chunk(split, err));
    if (split->source->order == WH_SQLITE_BY_ROWID) {
        split->chunk.last = sqlite3_column_int64(split->walk, 0);
        if (split->rows == 0)
            split->chunk.first = split->chunk.last;
    } else if (split->rows == 0) {
        WH_TRY(
            wh_sqlite_key_print(split->source, split->walk, split->arena, &split->chunk.key, err));
    }
    split->rows++;
    return WH_OK;
}

static wh_code walk_rows(struct split *split, struct wh_error *err)
{
    for (uint64_t row = 0;; row++) {
        if (row % ROWS_BETWEEN_LOOKS == 0)
            WH_TRY(wh_sqlite_source_check_cancel(split->source, WH_CANCEL_AFTER_GROUP, err));
        int rc = sqlite3_step(split->walk);
        if (rc == SQLITE_DONE)
            return end_chunk(split, err);
        if (rc != SQLITE_ROW)
            return wh_sqlite_source_failure(split->source, split->connection->db, rc, err);
        WH_TRY(add_row(split, err));
    }
}

/* ---- how large rows are ---------------------------------------------------------------------- */

static uint64_t measure_row(sqlite3_stmt *stmt)
{
    uint64_t size = 0;
    int count = sqlite3_column_count(stmt);
    for (int i = 0; i < count; i++) {
        int class = sqlite3_column_type(stmt, i);
        bool has_bytes = class == SQLITE_TEXT || class == SQLITE_BLOB;
        size += has_bytes ? (uint64_t)sqlite3_column_bytes(stmt, i) : 8;
    }
    return size;
}

/** The first and last row number, which a sample by row number lies between. */
static wh_code find_ends(struct split *split, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    int64_t *const ends[] = {&split->first, &split->last};
    for (size_t i = 0; i < WH_COUNT_OF(ends); i++) {
        wh_buf_reset(&sql);
        WH_TRY(wh_sqlite_source_walk(split->source, &sql, err));
        WH_TRY(wh_buf_append_str(&sql, i == 0 ? WH_STR(" LIMIT 1") : WH_STR(" DESC LIMIT 1"), err));
        const char *text = wh_buf_cstr(&sql);
        if (text == NULL)
            return wh_error_no_memory(err, sql.len);
        WH_TRY(wh_sqlite_ask_number(split->connection, text, ends[i], err));
    }
    return WH_OK;
}

/** Adds up to @p most rows of the statement, from its start; the row number of the last one. */
static wh_code look_at_rows(struct split *split, sqlite3_stmt *stmt, uint64_t most,
                            int64_t *ret_last, struct wh_error *err)
{
    int number = sqlite3_column_count(stmt) - 1;
    int rc = SQLITE_ROW;
    for (uint64_t i = 0; i < most && (rc = sqlite3_step(stmt)) == SQLITE_ROW; i++) {
        split->sample.size += measure_row(stmt);
        split->sample.rows++;
        *ret_last = sqlite3_column_int64(stmt, number);
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return wh_sqlite_source_failure(split->source, split->connection->db, rc, err);
    sqlite3_reset(stmt);
    return WH_OK;
}

static wh_code look_at_places(struct split *split, sqlite3_stmt *stmt, struct wh_error *err)
{
    struct sample *sample = &split->sample;
    WH_TRY(find_ends(split, err));
    uint64_t step = ((uint64_t)split->last - (uint64_t)split->first) / SAMPLE_PLACES;
    sample->is_close = true;
    for (uint64_t i = 0; i < SAMPLE_PLACES; i++) {
        struct wh_sqlite_chunk from = {.first = (int64_t)((uint64_t)split->first + step * i),
                                       .last = split->last};
        uint64_t before = sample->rows;
        int64_t last = from.first;
        WH_TRY(wh_sqlite_chunk_bind(split->source, &from, stmt, err));
        WH_TRY(look_at_rows(split, stmt, SAMPLE_ROWS, &last, err));
        uint64_t numbers = (uint64_t)last - (uint64_t)from.first + 1;
        sample->is_close &= numbers <= (sample->rows - before) * FARTHEST_APART;
        sample->numbers += numbers;
    }
    return WH_OK;
}

/** Takes the sample. @p first_key is that of the first row. */
static wh_code measure(struct split *split, struct wh_str first_key, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    sqlite3_stmt *stmt WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    int64_t last;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    WH_TRY(wh_sqlite_source_select(split->source, &sql, err));
    WH_TRY(wh_sqlite_compile(split->connection, wh_buf_str(&sql), WH_SQLITE_ONCE, &stmt, err));
    if (split->source->order == WH_SQLITE_BY_ROWID) {
        WH_TRY(look_at_places(split, stmt, err));
    } else {
        uint64_t most = (uint64_t)SAMPLE_PLACES * SAMPLE_ROWS;
        struct wh_sqlite_chunk from = {.key = first_key, .count = most};
        WH_TRY(wh_sqlite_chunk_bind(split->source, &from, stmt, err));
        WH_TRY(look_at_rows(split, stmt, most, &last, err));
    }
    split->row_size = WH_MAX(split->sample.size / WH_MAX(split->sample.rows, 1), (uint64_t)1);
    return WH_OK;
}

/* ---- evenly ---------------------------------------------------------------------------------- */

/** Only offsets that are row numbers can do without how many rows stand before a chunk, and only
 *  where a column says the order can the rows be counted later instead. */
static bool can_stay_unread(const struct split *split)
{
    const struct wh_sqlite_source *source = split->source;
    return source->order == WH_SQLITE_BY_ROWID && source->offsets_are_rowids &&
           source->info.order_count > 0 && split->last - split->first >= LEAST_UNREAD &&
           (uint64_t)(split->last - split->first) / split->target < MOST_UNREAD_CHUNKS &&
           split->sample.is_close;
}

static wh_code cut_evenly(struct split *split, struct wh_error *err)
{
    const struct sample *sample = &split->sample;
    uint64_t all = (uint64_t)(split->last - split->first) + 1;
    uint64_t target = WH_MIN(split->target, all) * sample->numbers / sample->rows;
    for (uint64_t at = 0; at < all;) {
        struct wh_chunk_spec *spec;
        WH_TRY(wh_chunk_list_add(&split->found, split->arena, &spec, err));
        uint64_t size = WH_MIN(target, all - at);
        split->chunk.first = split->first + (int64_t)at;
        split->chunk.last = split->chunk.first + (int64_t)(size - 1);
        spec->records = UINT64_MAX;
        spec->expected = WH_MAX(size * sample->rows / sample->numbers, (uint64_t)1);
        spec->size = spec->expected * split->row_size;
        WH_TRY(wh_sqlite_chunk_print(split->source, &split->chunk, split->arena, &spec->text, err));
        at += size;
    }
    return WH_OK;
}

/* ---- the split ------------------------------------------------------------------------------- */

/** Where rows have no order that can be asked for there is one chunk,
 *  and none where there is no row. */
static wh_code split_scan(struct split *split, struct wh_error *err)
{
    struct wh_chunk_spec *spec;
    WH_TRY(wh_chunk_list_add(&split->found, split->arena, &spec, err));
    spec->records = UINT64_MAX;
    return wh_sqlite_chunk_print(split->source, &split->chunk, split->arena, &spec->text, err);
}

static wh_code split_rows(struct split *split, uint64_t target, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_SQLITE_MAX_SQL);
    WH_TRY(wh_sqlite_source_walk(split->source, &sql, err));
    WH_TRY(
        wh_sqlite_compile(split->connection, wh_buf_str(&sql), WH_SQLITE_ONCE, &split->walk, err));
    int rc = sqlite3_step(split->walk);
    if (rc == SQLITE_DONE)
        return WH_OK;
    if (rc != SQLITE_ROW)
        return wh_sqlite_source_failure(split->source, split->connection->db, rc, err);
    if (split->source->order == WH_SQLITE_AS_SCANNED)
        return split_scan(split, err);
    struct wh_str first_key = WH_STR_NONE;
    if (split->source->order == WH_SQLITE_BY_KEY)
        WH_TRY(wh_sqlite_key_print(split->source, split->walk, split->arena, &first_key, err));
    sqlite3_reset(split->walk);
    WH_TRY(measure(split, first_key, err));
    split->target = WH_MAX(target / split->row_size, (uint64_t)1);
    return can_stay_unread(split) ? cut_evenly(split, err) : walk_rows(split, err);
}

wh_code wh_sqlite_source_split(struct wh_source *opened, uint64_t target, struct wh_arena *arena,
                               struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err)
{
    struct wh_sqlite_source *source = wh_sqlite_source_from(opened);
    struct split split = {.source = source, .arena = arena};
    WH_TRY(wh_sqlite_source_connect(source, &split.connection, err));
    wh_code rc = split_rows(&split, target, err);
    if (rc == WH_OK)
        rc = wh_sqlite_watch_check_read(source, err);
    sqlite3_finalize(split.walk);
    wh_sqlite_close(split.connection);
    *ret = split.found.specs;
    *ret_count = split.found.count;
    return rc;
}
