/* SPDX-License-Identifier: Apache-2.0 */
/* Reading chunks into batches. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/connection.h"
#include "connect/postgres/source/chunk.h"
#include "connect/postgres/source/decode.h"
#include "connect/postgres/wire.h"
#include "data/hash.h"

/* Bytes of a rest that take no longer than a new connection does. */
#define MOST_PASSED ((size_t)4 << 20)

/** One place in a chunk: what has read up to there, and the digest of all of it. */
struct walk {
    struct wh_destination *connection;
    char *buffer;       /* libpq's: the row in hand and what came with it */
    struct wh_str rest; /* of the buffer, behind the row in hand */
    struct wh_postgres_row row;
    uint64_t ordinal; /* of the chunk */
    uint64_t rows;    /* taken */
    uint64_t next;    /* offset of the next row; where rows have numbers: above the last one */
    uint64_t offset;  /* of the row in hand */
    uint64_t digest;
    bool is_copying; /* the server is giving rows */
    bool has_header; /* it was read */
    bool is_on_row;  /* that was not taken yet */
    bool is_at_end;
};

struct postgres_reader {
    struct wh_postgres_source *source;
    struct walk walk;
    struct walk side; /* for digests beside it; its connection is opened when first needed */
};

static struct postgres_reader *reader_from(struct wh_reader *reader)
{
    return (struct postgres_reader *)reader;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void drop_buffer(struct walk *walk)
{
    PQfreemem(walk->buffer);
    walk->buffer = NULL;
    walk->rest = WH_STR_NONE;
}

static wh_code open_walk(const struct wh_postgres_source *source, struct walk *walk,
                         struct wh_error *err)
{
    if (walk->connection != NULL)
        return WH_OK;
    walk->row.count = source->info.column_count + (source->order == WH_POSTGRES_BY_CTID ? 1 : 0);
    free(walk->row.fields);
    walk->row.fields = calloc(walk->row.count, sizeof(*walk->row.fields));
    if (walk->row.fields == NULL)
        return wh_error_no_memory(err, walk->row.count * sizeof(*walk->row.fields));
    return wh_postgres_source_connect(source, &walk->connection, err);
}

static void close_walk(const struct wh_postgres_source *source, struct walk *walk)
{
    drop_buffer(walk);
    free(walk->row.fields);
    wh_postgres_source_disconnect(source, walk->connection);
}

void wh_postgres_reader_close(struct wh_reader *opened)
{
    if (opened == NULL)
        return;
    struct postgres_reader *reader = reader_from(opened);
    close_walk(reader->source, &reader->walk);
    close_walk(reader->source, &reader->side);
    free(reader);
}

wh_code wh_postgres_reader_open(struct wh_source *opened, struct wh_reader **ret,
                                struct wh_error *err)
{
    struct postgres_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->source = wh_postgres_source_from(opened);
    wh_code rc = open_walk(reader->source, &reader->walk, err);
    if (rc != WH_OK) {
        wh_postgres_reader_close((struct wh_reader *)reader);
        return rc;
    }
    *ret = (struct wh_reader *)reader;
    return WH_OK;
}

/* ---- rows from the server -------------------------------------------------------------------- */

/** More bytes into walk->rest; WH_END behind the last. */
static wh_code fetch(struct walk *walk, struct wh_error *err)
{
    size_t size;
    drop_buffer(walk);
    wh_code rc = wh_postgres_copy_out_next(walk->connection, &walk->buffer, &size, err);
    if (rc == WH_OK) {
        walk->rest = wh_str_make(walk->buffer, size);
    } else if (rc == WH_END) {
        walk->is_at_end = true;
        walk->is_copying = false;
    }
    return rc;
}

/** Leaves the chunk that is being read: a short rest is read,
 *  a longer one is nobody's to wait for. */
static wh_code leave(const struct wh_postgres_source *source, struct walk *walk,
                     struct wh_error *err)
{
    size_t passed = 0;
    wh_code rc = WH_OK;
    while (walk->is_copying && passed < MOST_PASSED && (rc = fetch(walk, err)) == WH_OK)
        passed += walk->rest.len;
    if (rc != WH_OK && rc != WH_END)
        return rc;
    drop_buffer(walk);
    if (!walk->is_copying)
        return WH_OK;
    wh_postgres_close(walk->connection);
    walk->is_copying = false;
    walk->connection = NULL;
    return wh_postgres_source_connect(source, &walk->connection, err);
}

static wh_code start_copy(const struct wh_postgres_source *source, struct walk *walk,
                          const struct wh_postgres_chunk *chunk, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_postgres_source_copy(source, chunk, &sql, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_exec(walk->connection, text, &result, err));
    WH_ASSERT(PQresultStatus(result) == PGRES_COPY_OUT, err);
    walk->is_copying = true;
    return WH_OK;
}

/** The next row's bytes, each message being one; WH_END behind the last. */
static wh_code next_row(struct walk *walk, struct wh_error *err)
{
    while (walk->rest.len == 0) {
        WH_TRY(fetch(walk, err));
        if (!walk->has_header)
            WH_TRY(wh_postgres_copy_out_begin(&walk->rest, err));
        walk->has_header = true;
        bool is_trailer = walk->rest.len == 2 && wh_wire_get16(walk->rest.ptr) == UINT16_MAX;
        if (is_trailer)
            walk->rest.len = 0;
    }
    walk->row.bytes = walk->rest;
    walk->rest.len = 0;
    return wh_postgres_row_cut(&walk->row, err);
}

/* ---- walking --------------------------------------------------------------------------------- */

static bool has_numbers(const struct wh_postgres_source *source)
{
    return source->order == WH_POSTGRES_BY_NUMBER || source->order == WH_POSTGRES_BY_CTID;
}

static wh_code number_of(const struct wh_postgres_source *source, const struct walk *walk,
                         uint64_t *ret, struct wh_error *err)
{
    if (source->order == WH_POSTGRES_BY_CTID) {
        struct wh_str ctid = walk->row.fields[walk->row.count - 1];
        if (ctid.len != 6)
            return wh_error_set(err, WH_CORRUPT, "the server sent a ctid that is none");
        *ret = (uint64_t)wh_wire_get32(ctid.ptr) << 16 | wh_wire_get16(ctid.ptr + 4);
        return WH_OK;
    }
    size_t column = source->info.order[0];
    int64_t number = -1;
    WH_TRY(wh_postgres_read_int(source->kinds[column].type.oid, walk->row.fields[column], &number,
                                err));
    if (number < 0 || number > WH_POSTGRES_MAX_OFFSET)
        return wh_error_set(err, WH_CORRUPT, "the server sent a key outside of the table's");
    *ret = (uint64_t)number;
    return WH_OK;
}

/** To the next row, unless the walk stands on one that was not taken: WH_END without. */
static wh_code step(const struct wh_postgres_source *source, struct walk *walk,
                    struct wh_error *err)
{
    if (walk->is_on_row)
        return WH_OK;
    if (walk->is_at_end)
        return WH_END;
    wh_code rc = next_row(walk, err);
    if (rc != WH_OK)
        return rc == WH_END ? rc : wh_postgres_source_failure(source, rc, err);
    walk->offset = walk->next;
    if (has_numbers(source))
        WH_TRY(number_of(source, walk, &walk->offset, err));
    walk->is_on_row = true;
    return WH_OK;
}

static void take(struct walk *walk)
{
    walk->digest = wh_hash_bytes(walk->row.bytes, walk->digest);
    walk->next = walk->offset + 1;
    walk->rows++;
    walk->is_on_row = false;
}

/** Passes over the rows before @p position. */
static wh_code pass_until(const struct wh_postgres_source *source, struct walk *walk,
                          uint64_t position, struct wh_error *err)
{
    while (walk->next < position) {
        wh_code rc = step(source, walk, err);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
        if (walk->offset >= position)
            return WH_OK;
        take(walk);
    }
    return WH_OK;
}

/** To @p position of the chunk: all before it is passed over, since the digest is known from the
 *  chunk's start only. */
static wh_code start(const struct wh_postgres_source *source, struct walk *walk, struct wh_str text,
                     uint64_t position, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_postgres_chunk chunk;
    wh_arena_init(&scratch);
    WH_TRY(open_walk(source, walk, err));
    WH_TRY(wh_postgres_chunk_parse(source, text, &scratch, &chunk, err));
    wh_code rc = leave(source, walk, err);
    *walk = (struct walk){.connection = walk->connection,
                          .row = walk->row,
                          .ordinal = has_numbers(source) ? 0 : chunk.ordinal};
    if (rc == WH_OK)
        rc = start_copy(source, walk, &chunk, err);
    if (rc != WH_OK)
        return wh_postgres_source_failure(source, rc, err);
    return pass_until(source, walk, position, err);
}

wh_code wh_postgres_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                                struct wh_error *err)
{
    struct postgres_reader *reader = reader_from(opened);
    return start(reader->source, &reader->walk, text, position, err);
}

/* ---- rows into batches ----------------------------------------------------------------------- */

static bool is_full(const struct wh_postgres_source *source, const struct wh_batch *batch)
{
    return wh_batch_is_full(batch, source->batch_rows, batch->row_count + batch->bad_count,
                            batch->size);
}

static wh_code add_row(const struct wh_postgres_source *source, struct walk *walk,
                       struct wh_batch *batch, struct wh_error *err)
{
    struct wh_position position = {.offset = walk->offset, .file = (uint32_t)walk->ordinal};
    WH_TRY(wh_postgres_row_add(source, &walk->row, position, batch, err));
    take(walk);
    return WH_OK;
}

static wh_code check_steady(struct wh_postgres_source *source, const struct walk *walk,
                            struct wh_error *err)
{
    if (source->order != WH_POSTGRES_AS_GIVEN)
        return WH_OK;
    struct wh_postgres_steady_mark mark = {.rows = walk->rows, .digest = walk->digest};
    wh_code rc = wh_postgres_steady_check(&source->steady, mark, walk->is_at_end, err);
    return rc == WH_OK ? WH_OK : wh_postgres_source_failure(source, rc, err);
}

wh_code wh_postgres_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                                struct wh_error *err)
{
    struct postgres_reader *reader = reader_from(opened);
    struct wh_postgres_source *source = reader->source;
    wh_code rc = WH_OK;
    if (wh_cancel_asked(source->cancel, WH_CANCEL_NOW))
        return wh_error_cancelled(err);
    wh_batch_reset(batch);
    WH_TRY(wh_batch_open(batch, source->types, source->info.column_count, err));
    while (!is_full(source, batch) && (rc = step(source, &reader->walk, err)) == WH_OK)
        WH_TRY(add_row(source, &reader->walk, batch, err));
    if (rc != WH_OK && rc != WH_END)
        return rc;
    WH_TRY(check_steady(source, &reader->walk, err));
    batch->end_offset = reader->walk.next;
    return batch->row_count + batch->bad_count > 0 ? WH_OK : WH_END;
}

/* ---- digests --------------------------------------------------------------------------------- */

wh_code wh_postgres_reader_digest(struct wh_reader *opened, uint64_t *ret, struct wh_error *err)
{
    (void)err;
    *ret = reader_from(opened)->walk.digest;
    return WH_OK;
}

wh_code wh_postgres_reader_digest_until(struct wh_reader *opened, struct wh_str text,
                                        uint64_t position, uint64_t *ret, struct wh_error *err)
{
    struct postgres_reader *reader = reader_from(opened);
    WH_TRY(start(reader->source, &reader->side, text, position, err));
    *ret = reader->side.digest;
    return WH_OK;
}
