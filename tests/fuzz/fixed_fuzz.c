/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fixed width: the vectors agree with their references, and a text cut where its records start, or
 * judged in pieces, gives the same rows and bad records as the whole. The input's first byte
 * chooses the options, the rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "format/fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must be the same: a running hash of all that was read. */
struct seen {
    struct wh_hash_stream *hash;
    uint64_t records;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void add_number(struct seen *seen, uint64_t number)
{
    wh_hash_stream_add(seen->hash, wh_str_make((const char *)&number, sizeof(number)));
}

static void add_text(struct seen *seen, struct wh_str text)
{
    add_number(seen, text.len);
    if (text.len > 0)
        wh_hash_stream_add(seen->hash, text);
}

static void add_position(struct seen *seen, const struct wh_position *position)
{
    add_number(seen, position->offset);
    add_number(seen, position->line);
    seen->records++;
}

static void add_row(struct seen *seen, const struct wh_batch *batch, size_t row)
{
    add_position(seen, &batch->positions[row]);
    for (size_t i = 0; i < batch->column_count; i++) {
        bool is_null = wh_column_is_null(&batch->columns[i], row);
        add_number(seen, is_null);
        if (is_null)
            continue;
        require(wh_utf8_is_valid(batch->columns[i].values.texts[row]));
        add_text(seen, batch->columns[i].values.texts[row]);
    }
}

static void add_batch(struct seen *seen, const struct wh_batch *batch)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row == row; bad++) {
            add_position(seen, &batch->bad[bad].position);
            add_text(seen, batch->bad[bad].reason);
            add_text(seen, batch->bad[bad].raw);
        }
        if (row < batch->row_count)
            add_row(seen, batch, row);
    }
    require(bad == batch->bad_count);
}

/* Reads text[start, end) as a part of the file; moves the position to its end. */
static void read_part(const struct wh_fixed *fixed, struct wh_str part,
                      struct wh_position *position, struct seen *seen)
{
    struct wh_error err;
    struct wh_fixed_reader reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    require(wh_fixed_reader_init(&reader, fixed, &err) == WH_OK);
    for (size_t at = 0; at < part.len;) {
        struct wh_format_text text = {.bytes = wh_str_make(part.ptr + at, part.len - at),
                                      .is_last = true,
                                      .position = *position};
        size_t used;
        require(wh_format_begin(&batch, fixed->layout.count, WH_BATCH_ROWS, &err) == WH_OK);
        require(wh_fixed_read(&reader, &text, &batch, &used, &err) == WH_OK);
        require(used > 0);
        add_batch(seen, &batch);
        *position = text.position;
        at += used;
    }
    wh_fixed_reader_release(&reader);
    wh_batch_release(&batch);
}

/* Reads @p text in parts of @p records records; SIZE_MAX: whole. Returns the hash. */
static uint64_t read_cut(const struct wh_fixed *fixed, struct wh_str text, size_t records)
{
    struct seen seen = {.hash = wh_hash_stream_new()};
    require(seen.hash != NULL);
    struct wh_position position = {.line = 1};
    struct wh_format_text all = {.bytes = text, .is_last = true, .is_file_end = true};
    for (size_t start = 0; start < text.len;) {
        size_t end = records == SIZE_MAX ? text.len : start;
        for (size_t i = 0; i < records && end < text.len; i++)
            end = wh_fixed_find(fixed, &all, end).next;
        read_part(fixed, wh_str_make(text.ptr + start, end - start), &position, &seen);
        start = end;
    }
    struct wh_format_count count = {0};
    require(wh_fixed_count(fixed, &all, SIZE_MAX, &count) == text.len);
    require(count.records == seen.records && count.lines + 1 == position.line);
    uint64_t hash = wh_hash_stream_value(seen.hash);
    wh_hash_stream_free(seen.hash);
    return hash;
}

/* The first record, judged byte by byte. */
static void check_judge(const struct wh_fixed *fixed, struct wh_str text)
{
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_judge *judge;
    struct wh_error err;
    require(wh_fixed_format.judge_new((const struct wh_parser *)fixed, &arena, &judge, &err) ==
            WH_OK);
    struct wh_verdict verdict = {.kind = WH_VERDICT_UNDECIDED};
    for (size_t at = 0; verdict.kind == WH_VERDICT_UNDECIDED; at++) {
        require(at < text.len);
        struct wh_format_text piece = {.bytes = wh_str_make(text.ptr + at, 1),
                                       .is_last = at + 1 == text.len};
        verdict = wh_fixed_format.judge(judge, &piece);
    }
    struct wh_format_text needed = {.bytes = wh_str_make(text.ptr, (size_t)verdict.size),
                                    .is_last = verdict.size == text.len};
    struct wh_format_text all = {.bytes = text, .is_last = true};
    struct wh_fixed_record record = wh_fixed_find(fixed, &needed, 0);
    require(record.is_whole && record.next == wh_fixed_find(fixed, &all, 0).next);
    wh_arena_release(&arena);
}

static void set_options(uint8_t choice, struct wh_format_options *options)
{
    static struct wh_str fields[] = {{"a 1 3", 5}, {"b 3 4", 5}, {"c 8 60", 6}, {"d 10 1", 6}};
    wh_format_options_init(options);
    options->fields = (struct wh_option_list){fields, 1 + (choice & 3)};
    if ((choice & 4) != 0)
        options->places = WH_STR("bytes");
    if ((choice & 8) != 0)
        options->length = 70;
    if ((choice & 16) != 0)
        options->ragged = WH_STR("pad");
    if ((choice & 32) != 0)
        options->unknown = WH_STR("ignore");
    if ((choice & 64) != 0)
        options->trim = WH_STR("left");
    if ((choice & 128) != 0) {
        options->cell = 4;
        options->record = 80;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct wh_format_options options;
    set_options(bytes[0], &options);
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_fixed fixed;
    struct wh_error err;
    require(wh_fixed_init(&fixed, &options, &arena, &err) == WH_OK);
    struct wh_str text = wh_str_make((const char *)bytes + 1, len - 1);
    fixed.find_text = wh_fixed_find_text_scalar;
    uint64_t expected = read_cut(&fixed, text, SIZE_MAX);
    require(read_cut(&fixed, text, 1) == expected);
    fixed.find_text = wh_fixed_find_text;
    require(read_cut(&fixed, text, SIZE_MAX) == expected);
    require(read_cut(&fixed, text, 3) == expected);
    check_judge(&fixed, text);
    wh_arena_release(&arena);
    return 0;
}
