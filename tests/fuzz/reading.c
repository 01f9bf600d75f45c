/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "format/records.h"

/* A file of which more bytes of records come than this is given up. */
#define MOST_BYTES ((size_t)4 << 20)

/* Judging takes a piece at a time, and is slow. */
#define MOST_JUDGED 64

/* What must be the same: a running hash of all that was read. */
struct seen {
    struct wh_hash_stream *hash;
    uint64_t records;
    struct wh_batch batch;
};

void require(bool holds)
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

static void add_row(struct seen *seen, struct wh_batch *batch, size_t row)
{
    add_position(seen, &batch->positions[row]);
    for (size_t i = 0; i < batch->column_count; i++) {
        const struct wh_column *column = &batch->columns[i];
        bool is_null = wh_column_is_null(column, row);
        add_number(seen, is_null);
        if (is_null)
            continue;
        struct wh_str text;
        require(wh_value_print(column, row, &batch->arena, &text) == WH_FAULT_NONE);
        require(wh_utf8_is_valid(text));
        add_text(seen, text);
    }
}

static void add_bad(struct seen *seen, const struct wh_bad_record *bad)
{
    require(wh_utf8_is_valid(bad->reason) && bad->reason.len > 0);
    add_position(seen, &bad->position);
    add_text(seen, bad->reason);
    add_text(seen, bad->raw);
    add_number(seen, bad->size);
}

static void add_batch(struct seen *seen, struct wh_batch *batch)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row == row; bad++)
            add_bad(seen, &batch->bad[bad]);
        if (row < batch->row_count)
            add_row(seen, batch, row);
    }
    require(bad == batch->bad_count);
}

void reading_add_batch(struct wh_hash_stream *hash, struct wh_batch *batch)
{
    struct seen seen = {.hash = hash};
    add_batch(&seen, batch);
}

/* From @p start to the end of the file, as a part of it that ends there. */
static struct wh_format_text text_from(const struct reading *reading, size_t start)
{
    return (struct wh_format_text){
        .bytes = wh_str_make(reading->text.ptr + start, reading->text.len - start),
        .is_last = true,
        .is_file_end = true};
}

size_t reading_next(const struct reading *reading, size_t start)
{
    struct wh_format_text text = text_from(reading, start);
    struct wh_format_count count = {0};
    size_t used = reading->format->count(reading->parser, &text, 1, &count);
    require(used > 0 && used <= text.bytes.len && count.records <= 1);
    return start + used;
}

/* Reads text[start, end), a part of the file; moves the position to its end. */
static void read_part(const struct wh_format *format, struct wh_format_reader *reader,
                      struct wh_format_text text, struct wh_position *position, struct seen *seen)
{
    struct wh_error err;
    text.position = *position;
    while (text.bytes.len > 0) {
        size_t used;
        require(format->begin(reader, &seen->batch, &err) == WH_OK);
        require(format->read(reader, &text, &seen->batch, &used, &err) == WH_OK);
        require(used > 0 && used <= text.bytes.len);
        add_batch(seen, &seen->batch);
        text.bytes = wh_str_make(text.bytes.ptr + used, text.bytes.len - used);
    }
    *position = text.position;
}

/* Counting must find what was read, up to @p position. */
static void check_count(const struct reading *reading, const struct wh_position *position,
                        const struct seen *seen)
{
    struct wh_format_text all = text_from(reading, 0);
    struct wh_format_count count = {0};
    size_t used = reading->format->count(reading->parser, &all, SIZE_MAX, &count);
    require(used == all.bytes.len && count.records == seen->records);
    bool has_lines = reading->format->convert == NULL;
    require(!has_lines || count.lines + 1 == position->line);
}

uint64_t reading_hash(const struct reading *reading, size_t records, size_t batch_rows)
{
    struct wh_error err;
    struct wh_format_reader *reader;
    struct seen seen = {.hash = wh_hash_stream_new()};
    require(seen.hash != NULL);
    wh_batch_init(&seen.batch);
    require(reading->format->reader_new(reading->parser, batch_rows, &reader, &err) == WH_OK);
    struct wh_position position = {.line = 1};
    for (size_t start = 0; start < reading->text.len;) {
        size_t end = records == SIZE_MAX ? reading->text.len : start;
        for (size_t i = 0; i < records && end < reading->text.len; i++)
            end = reading_next(reading, end);
        struct wh_format_text part = text_from(reading, start);
        part.bytes.len = end - start;
        part.is_file_end = end == reading->text.len;
        read_part(reading->format, reader, part, &position, &seen);
        start = end;
    }
    reading->format->reader_free(reader);
    check_count(reading, &position, &seen);
    uint64_t hash = wh_hash_stream_value(seen.hash);
    wh_hash_stream_free(seen.hash);
    wh_batch_release(&seen.batch);
    return hash;
}

/* ---- records in pieces ----------------------------------------------------------------------- */

/* What a judge says of the record at @p start that comes in pieces of @p size bytes. */
static struct wh_verdict judge(const struct reading *reading, size_t start, size_t size,
                               struct wh_arena *scratch)
{
    struct wh_error err;
    struct wh_judge *judge;
    wh_arena_reset(scratch, SIZE_MAX);
    require(reading->format->judge_new(reading->parser, scratch, &judge, &err) == WH_OK);
    struct wh_verdict verdict = {.kind = WH_VERDICT_UNDECIDED};
    for (size_t at = start; verdict.kind == WH_VERDICT_UNDECIDED; at += size) {
        require(at < reading->text.len);
        struct wh_format_text piece = text_from(reading, at);
        piece.is_last = piece.is_file_end = piece.bytes.len <= size;
        piece.bytes.len = WH_MIN(piece.bytes.len, size);
        verdict = reading->format->judge(judge, &piece);
    }
    struct wh_str reason;
    if (verdict.kind == WH_VERDICT_BAD)
        require(reading->format->reason(judge, scratch, &reason, &err) == WH_OK &&
                wh_utf8_is_valid(reason));
    return verdict;
}

/* What is needed must be enough, and what is passed over just that record. */
static void check_judge(const struct reading *reading, size_t start, size_t size,
                        struct wh_arena *scratch)
{
    struct wh_verdict verdict = judge(reading, start, size, scratch);
    size_t left = reading->text.len - start;
    size_t next = reading_next(reading, start);
    if (verdict.kind == WH_VERDICT_BAD) {
        require(verdict.size == next - start && verdict.lines <= verdict.size);
        return;
    }
    struct wh_format_text needed = text_from(reading, start);
    needed.is_last = needed.is_file_end = verdict.size >= left;
    needed.bytes.len = (size_t)WH_MIN(verdict.size, left);
    struct wh_format_count count = {0};
    require(reading->format->count(reading->parser, &needed, 1, &count) == next - start);
}

void reading_judge_some(const struct reading *reading)
{
    struct wh_arena scratch;
    size_t left = MOST_JUDGED;
    wh_arena_init(&scratch);
    for (size_t start = 0; start < reading->text.len && left-- > 0;
         start = reading_next(reading, start)) {
        check_judge(reading, start, 1, &scratch);
        check_judge(reading, start, 7, &scratch);
    }
    wh_arena_release(&scratch);
}

/* ---- files that are no text ------------------------------------------------------------------ */

static wh_code put(void *ctx, struct wh_str bytes, struct wh_error *err)
{
    struct wh_buf *records = ctx;
    if (records->len + bytes.len > MOST_BYTES)
        return wh_error_set(err, WH_LIMIT, "more than a test looks at");
    return wh_buf_append_str(records, bytes, err);
}

static void check_records(const struct wh_format *format, const struct wh_format_options *options,
                          const struct wh_converted *converted, struct wh_str records,
                          struct wh_arena *arena)
{
    struct wh_error err;
    struct wh_parser *parser;
    size_t count = converted->column_count;
    struct wh_column_info *columns = wh_arena_array(arena, count, sizeof(*columns));
    require(columns != NULL);
    for (size_t i = 0; i < count; i++)
        columns[i] = wh_record_column(converted->columns[i].name, converted->columns[i].type);
    struct wh_table_info table = {.columns = columns, .column_count = count};
    require(format->open(options, &table, arena, &parser, &err) == WH_OK);
    struct reading reading = {.format = format, .parser = parser, .text = records};
    uint64_t expected = reading_hash(&reading, SIZE_MAX, 0);
    require(reading_hash(&reading, SIZE_MAX, 3) == expected);
    require(reading_hash(&reading, 2, 0) == expected);
}

void reading_converted(const struct wh_format *format, const struct wh_format_options *options,
                       const struct wh_parts *parts)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    struct wh_buf records;
    struct wh_converted converted;
    wh_arena_init(&arena);
    wh_buf_init(&records, 2 * MOST_BYTES);
    struct wh_convert_request request = {
        .options = options, .parts = parts, .put = put, .put_ctx = &records, .arena = &arena};
    if (format->convert(&request, &converted, &err) == WH_OK)
        check_records(format, options, &converted, wh_buf_str(&records), &arena);
    wh_buf_release(&records);
    wh_arena_release(&arena);
}
