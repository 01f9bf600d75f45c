/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Cutting a source into chunks: one exact pass over every file with the reader's own grammar, so
 * that each chunk starts where a record does and its records are counted.
 */
#include <stdint.h>

#include "base/error.h"
#include "connect/file/source.h"

/* In a file of so many chunks so many are small. */
enum { LEAST_CHUNKS = 8, SMALL_CHUNKS = 3 };

/* The pass: what is known of the chunk in hand, and the chunks found. */
struct split {
    const struct wh_file_source *source;
    uint64_t target;
    struct wh_window window;
    struct wh_file_chunk chunk; /* its end is where the pass stands */
    uint64_t lines;             /* in the chunk */
    uint64_t records;
    struct wh_arena *arena;
    size_t small; /* so many chunks are smaller than others */
    struct wh_chunk_list found;
};

/* Closes the chunk in hand and begins the next one behind it. */
static wh_code end_chunk(struct split *split, struct wh_error *err)
{
    struct wh_file_chunk *chunk = &split->chunk;
    chunk->end = wh_window_position(&split->window);
    if (chunk->end > chunk->start) {
        struct wh_chunk_spec *spec;
        WH_TRY(wh_chunk_list_add(&split->found, split->arena, &spec, err));
        spec->records = split->records;
        spec->size = chunk->end - chunk->start;
        WH_TRY(wh_file_chunk_print(split->source, chunk, split->arena, &spec->text, err));
    }
    chunk->start = chunk->end;
    chunk->line += split->lines;
    split->lines = 0;
    split->records = 0;
    return WH_OK;
}

/* A destination waits for the first chunk: the first ones are smaller,
 * the first of all the smallest. */
static uint64_t wanted_size(const struct split *split)
{
    size_t halvings = split->found.count < split->small ? split->small - split->found.count : 0;
    return WH_MAX(split->target >> halvings, (uint64_t)1);
}

static uint64_t chunk_target(const struct split *split)
{
    uint64_t target;
    if (__builtin_add_overflow(split->chunk.start, wanted_size(split), &target))
        return UINT64_MAX;
    return target;
}

static bool has_reached_target(const struct split *split)
{
    return wh_window_position(&split->window) >= chunk_target(split);
}

/* Passes over whole records of the text in hand until it or the chunk is at its end. */
static void pass_text(struct split *split)
{
    const struct wh_file_source *source = split->source;
    const struct wh_window *window = &split->window;
    struct wh_format_text text = {.bytes = wh_window_text(window),
                                  .is_last = wh_window_is_last(window),
                                  .is_file_end = wh_window_is_last(window),
                                  .position = {.offset = wh_window_position(window)}};
    uint64_t to_target = chunk_target(split) - text.position.offset;
    size_t stop = to_target < text.bytes.len ? (size_t)to_target : text.bytes.len;
    struct wh_format_count count = {0};
    size_t used = source->format->count(source->parser, &text, stop, &count);
    split->records += count.records;
    split->lines += count.lines;
    wh_window_take(&split->window, used);
}

/* The window is full and holds no whole record. */
static wh_code pass_large(struct split *split, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_large_record record = {.ends_file = true};
    WH_TRY(wh_file_take_large(split->source, &split->window, &scratch, &record, err));
    if (record.verdict.kind == WH_VERDICT_READABLE)
        return WH_OK;
    split->records++;
    split->lines += record.verdict.lines;
    return WH_OK;
}

static wh_code split_file(struct split *split, struct wh_error *err)
{
    struct wh_window *window = &split->window;
    while (!wh_window_is_last(window) || wh_window_text(window).len > 0) {
        WH_TRY(wh_file_check_cancel(split->source, WH_CANCEL_AFTER_GROUP, err));
        if (has_reached_target(split))
            WH_TRY(end_chunk(split, err));
        pass_text(split);
        if (has_reached_target(split))
            continue;
        if (wh_window_is_last(window))
            WH_ASSERT(wh_window_text(window).len == 0, err);
        else if (wh_window_is_full(window))
            WH_TRY(pass_large(split, err));
        else
            WH_TRY(wh_window_fill(window, 0, err));
    }
    return end_chunk(split, err);
}

static wh_code split_files(struct split *split, struct wh_error *err)
{
    for (size_t i = 0; i < split->source->file_count; i++) {
        const struct wh_source_file *known = &split->source->files[i];
        WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
        WH_TRY(wh_file_source_reopen(split->source, i, &stream, err));
        wh_window_seek(&split->window, &stream, known->data_start, known->data_end);
        bool is_known = known->data_end != WH_STREAM_SIZE_UNKNOWN;
        if (i == 0 && is_known &&
            (known->data_end - known->data_start) / split->target >= LEAST_CHUNKS)
            split->small = SMALL_CHUNKS;
        split->chunk =
            (struct wh_file_chunk){.file = i, .start = known->data_start, .line = known->data_line};
        WH_TRY(split_file(split, err));
        WH_TRY(wh_file_source_expect(split->source, i, &stream, err));
    }
    return WH_OK;
}

wh_code wh_file_split(struct wh_source *source, uint64_t target, struct wh_arena *arena,
                      struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err)
{
    struct split split = {.source = wh_file_source_from(source),
                          .target = WH_MAX(target, (uint64_t)1),
                          .arena = arena};
    WH_TRY(wh_window_init(&split.window, split.source->block_size, false, err));
    wh_code rc = split_files(&split, err);
    wh_window_release(&split.window);
    *ret = split.found.specs;
    *ret_count = split.found.count;
    return rc;
}
