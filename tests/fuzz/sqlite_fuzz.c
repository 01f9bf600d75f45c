/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases that claim to be SQLite's, as sources. An input is the file, whose table or
 * view `t` is read: twice the same; or the file is refused. It is also read on from where a
 * batch ended: what comes then need not be the same, for rows of a damaged tree stand in no
 * order, but it does no harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "connect/sqlite/sqlite.h"
#include "data/hash.h"
#include "reading.h"

#define source_of (*wh_sqlite_connector.source)

/* More is not looked at. */
enum { MOST_CHUNKS = 8, MOST_BATCHES = 16, BATCH_ROWS = 7, LARGEST_INPUT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What came of one chunk from some place on. */
struct outcome {
    wh_code code;
    size_t batches;
    uint64_t hash;
    uint64_t first_end; /* where the first batch ended */
};

/* Reads on from @p position; @p passed batches of it were read before. */
static struct outcome read_chunk(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                                 size_t passed)
{
    struct wh_error err = WH_ERROR_NONE;
    struct outcome outcome = {.batches = passed};
    struct wh_batch batch;
    struct wh_hash_stream *hash = wh_hash_stream_new();
    require(hash != NULL);
    wh_batch_init(&batch);
    outcome.code = source_of.seek(reader, chunk, position, &err);
    for (; outcome.code == WH_OK && outcome.batches < MOST_BATCHES; outcome.batches++) {
        outcome.code = source_of.read(reader, &batch, &err);
        if (outcome.code != WH_OK)
            break;
        require(batch.row_count + batch.bad_count > 0);
        if (outcome.batches == 0)
            outcome.first_end = batch.end_offset;
        else
            reading_add_batch(hash, &batch);
    }
    require(outcome.code == WH_OK || outcome.code == WH_END || err.message[0] != '\0');
    outcome.hash = wh_hash_stream_value(hash);
    wh_batch_release(&batch);
    wh_hash_stream_free(hash);
    return outcome;
}

static void check_same(struct outcome a, struct outcome b)
{
    require(a.code == b.code && a.batches == b.batches && a.hash == b.hash);
}

static void read_source(struct wh_source *source, struct wh_arena *arena)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_table_info info;
    struct wh_source_identity identity;
    struct wh_chunk_spec *chunks;
    struct wh_reader *reader = NULL;
    struct wh_str line;
    size_t count;
    require(source_of.describe(source, &info, &err) == WH_OK);
    (void)source_of.explain(source, arena, &line, &err);
    (void)source_of.identity(source, arena, &identity, &err);
    if (source_of.split(source, 4096, arena, &chunks, &count, &err) != WH_OK ||
        source_of.reader_open(source, &reader, &err) != WH_OK)
        return;
    for (size_t i = 0; i < WH_MIN(count, (size_t)MOST_CHUNKS); i++) {
        struct outcome first = read_chunk(reader, chunks[i].text, 0, 0);
        check_same(first, read_chunk(reader, chunks[i].text, 0, 0));
        if (first.batches > 0)
            (void)read_chunk(reader, chunks[i].text, first.first_end, 1);
    }
    source_of.reader_close(reader);
}

static void read_database(const char *url)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    struct wh_source *source = NULL;
    struct wh_source_request request = {
        .url = wh_str_from(url), .from = WH_STR("t"), .batch_rows = BATCH_ROWS};
    wh_arena_init(&arena);
    if (source_of.open(&request, &source, &err) == WH_OK) {
        read_source(source, &arena);
        source_of.close(source);
    }
    wh_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *folder = getenv("TMPDIR");
    char path[200];
    char url[240];
    if (len > LARGEST_INPUT)
        return 0;
    (void)snprintf(path, sizeof(path), "%.100s/wherry-fuzz-%ld.db",
                   folder != NULL ? folder : "/tmp", (long)getpid());
    (void)snprintf(url, sizeof(url), "sqlite:%s?busy_timeout=1", path);
    FILE *file = fopen(path, "wb");
    require(file != NULL);
    require(fwrite(bytes, 1, len, file) == len);
    require(fclose(file) == 0);
    read_database(url);
    (void)unlink(path);
    return 0;
}
