/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Cutting a source into chunks: one exact pass over every file with the reader's own grammar, so
 * that each chunk starts where a record does and its records are counted.
 */
#include <stdint.h>

#include "base/error.h"
#include "connect/file/source.h"

/* The pass: what is known of the chunk in hand, and the chunks found. */
struct split {
    const struct wh_file_source *source;
    uint64_t target;
    struct wh_window window;
    struct wh_file_chunk chunk; /* its end is where the pass stands */
    uint64_t lines;             /* in the chunk */
    uint64_t records;
    struct wh_arena *arena;
    struct wh_chunk_spec *specs;
    size_t spec_count;
    size_t spec_capacity;
};

static wh_code grow_specs(struct split *split, struct wh_error *err)
{
    if (split->spec_count < split->spec_capacity)
        return WH_OK;
    size_t capacity = split->spec_capacity > 0 ? 2 * split->spec_capacity : 16;
    struct wh_chunk_spec *specs = wh_arena_array(split->arena, capacity, sizeof(*specs));
    if (specs == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*specs));
    if (split->spec_count > 0)
        memcpy(specs, split->specs, split->spec_count * sizeof(*specs));
    split->specs = specs;
    split->spec_capacity = capacity;
    return WH_OK;
}

/* Closes the chunk in hand and begins the next one behind it. */
static wh_code end_chunk(struct split *split, struct wh_error *err)
{
    struct wh_file_chunk *chunk = &split->chunk;
    chunk->end = wh_window_position(&split->window);
    if (chunk->end > chunk->start) {
        WH_TRY(grow_specs(split, err));
        struct wh_chunk_spec *spec = &split->specs[split->spec_count++];
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

static uint64_t chunk_target(const struct split *split)
{
    uint64_t target;
    if (__builtin_add_overflow(split->chunk.start, split->target, &target))
        return UINT64_MAX;
    return target;
}

static bool has_reached_target(const struct split *split)
{
    return wh_window_position(&split->window) >= chunk_target(split);
}

static void add_count(struct split *split, const struct wh_csv_count *count)
{
    bool skips_blank = split->source->column_count > 1;
    split->records += count->records - (skips_blank ? count->blank : 0);
    split->lines += count->lines;
}

static void add_record(const struct wh_csv_scan *scan, const struct wh_csv_record *record,
                       struct wh_csv_count *count)
{
    count->records++;
    count->blank += wh_csv_record_is_blank(scan->text, record);
    count->lines += record->next > record->end;
    if (record->may_span_lines)
        count->lines += wh_csv_count_lines(
            wh_str_make(scan->text + record->start, record->end - record->start));
}

/* Passes over the first line of the malformed record at scan->start, if the text holds it all. */
static bool pass_line(const struct split *split, struct wh_csv_scan *scan,
                      struct wh_csv_count *count)
{
    const char *newline = memchr(scan->text + scan->start, '\n', scan->len - scan->start);
    if (newline == NULL && !scan->is_last)
        return false;
    size_t next = newline != NULL ? (size_t)(newline - scan->text) + 1 : scan->len;
    count->records++;
    count->lines += newline != NULL;
    wh_csv_scan_start(scan, &split->source->csv.scanner, wh_str_make(scan->text, scan->len),
                      scan->is_last, next);
    return true;
}

/* One record; false where the text holds no whole one. */
static bool pass_record(const struct split *split, struct wh_csv_scan *scan,
                        struct wh_csv_count *count)
{
    uint32_t no_ends[WH_CSV_ENDS_SLACK];
    const struct wh_csv *csv = &split->source->csv;
    size_t start = scan->start;
    struct wh_csv_record record;
    enum wh_csv_found found = csv->scanner.functions->next(scan, no_ends, 0, &record);
    if (found == WH_CSV_NOTHING)
        return false;
    size_t size = (found == WH_CSV_RECORD ? record.end : scan->len) - start;
    if (found == WH_CSV_MALFORMED || size > csv->record_limit) {
        scan->start = start;
        return pass_line(split, scan, count);
    }
    if (found == WH_CSV_RECORD)
        add_record(scan, &record, count);
    return found == WH_CSV_RECORD;
}

/* Passes over whole records of the text in hand until it or the chunk is at its end. */
static void pass_text(struct split *split)
{
    const struct wh_csv *csv = &split->source->csv;
    struct wh_str text = wh_window_text(&split->window);
    uint64_t to_target = chunk_target(split) - wh_window_position(&split->window);
    size_t stop = to_target < text.len ? (size_t)to_target : text.len;
    /* Where no record of the text can be above the limit, they need not be looked at one by one. */
    bool may_count = text.len <= csv->record_limit;

    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &csv->scanner, text, wh_window_is_last(&split->window), 0);
    struct wh_csv_count count = {0};
    do {
        if (may_count)
            csv->scanner.functions->count(&scan, stop, &count);
    } while (scan.start < stop && pass_record(split, &scan, &count));
    add_count(split, &count);
    wh_window_take(&split->window, scan.start);
}

/* The window is full and holds no whole record. */
static wh_code pass_large(struct split *split, struct wh_error *err)
{
    struct wh_large_record record;
    char unused;
    WH_TRY(wh_file_take_large(split->source, &split->window, &unused, 0, &record, err));
    if (record.verdict == WH_CSV_READABLE)
        return WH_OK;
    split->records++;
    split->lines += record.lines;
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
        WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
        WH_TRY(wh_file_source_reopen(split->source, i, &file, err));
        wh_window_seek(&split->window, &file, known->data_start, known->stamp.size);
        split->chunk =
            (struct wh_file_chunk){.file = i, .start = known->data_start, .line = known->data_line};
        WH_TRY(split_file(split, err));
        WH_TRY(wh_file_expect(&file, known->stamp, err));
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
    *ret = split.specs;
    *ret_count = split.spec_count;
    return rc;
}
