/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CSV: the block scanners agree with the state machine, and a text cut at its records' starts gives
 * the same rows and bad records as the whole, in every dialect. The input's first byte chooses
 * limits and columns, the second one the dialect, the rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "format/csv.h"
#include "format/csv_detect.h"

#define MAX_CELLS 8

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
        if (!is_null)
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

/* Reads all of @p text, a part that starts at @p position; moves the position to its end. */
static void read_part(const struct wh_csv *csv, struct wh_str text, struct wh_position *position,
                      struct seen *seen)
{
    struct wh_error err;
    struct wh_csv_reader reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    require(wh_csv_reader_init(&reader, csv, &err) == WH_OK);
    size_t at = 0;
    while (at < text.len) {
        struct wh_format_text part = {.bytes = wh_str_make(text.ptr + at, text.len - at),
                                      .is_last = true,
                                      .position = *position};
        size_t used;
        require(wh_csv_reader_begin(&reader, &batch, &err) == WH_OK);
        require(wh_csv_read(&reader, &part, &batch, &used, &err) == WH_OK);
        require(used > 0);
        add_batch(seen, &batch);
        *position = part.position;
        at += used;
    }
    wh_csv_reader_release(&reader);
    wh_batch_release(&batch);
}

/* Where the next record starts behind the one at @p start, by the scanner of @p csv. */
static size_t next_start(const struct wh_csv *csv, struct wh_str text, size_t start)
{
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &csv->scanner, text, true, start);
    uint32_t ends[MAX_CELLS + WH_CSV_ENDS_SLACK];
    struct wh_csv_record record;
    enum wh_csv_found found = csv->scanner.functions->next(&scan, ends, MAX_CELLS, &record);
    if (found == WH_CSV_RECORD && record.end - record.start <= csv->form.record_limit)
        return record.next;
    if (found == WH_CSV_RECORD && wh_csv_dialect_joins_lines(&csv->form.dialect))
        return record.next;
    size_t next;
    require(wh_csv_malformed_end(&csv->form.dialect, text, start, true, &next));
    return next;
}

/* Reads @p text in parts of @p records records; SIZE_MAX: whole. Returns the hash. */
static uint64_t read_cut(const struct wh_csv *csv, struct wh_str text, size_t records)
{
    struct seen seen = {.hash = wh_hash_stream_new()};
    require(seen.hash != NULL);
    struct wh_position position = {.line = 1};
    for (size_t start = 0; start < text.len;) {
        size_t end = records == SIZE_MAX ? text.len : start;
        for (size_t i = 0; i < records && end < text.len; i++)
            end = next_start(csv, text, end);
        read_part(csv, wh_str_make(text.ptr + start, end - start), &position, &seen);
        start = end;
    }
    add_number(&seen, seen.records);
    uint64_t hash = wh_hash_stream_value(seen.hash);
    wh_hash_stream_free(seen.hash);
    return hash;
}

/* Counts must be what stepping from record to record finds. */
static void check_count(const struct wh_csv *csv, struct wh_str text)
{
    struct wh_csv_count count = {0};
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &csv->scanner, text, true, 0);
    csv->scanner.functions->count(&scan, text.len, &count);
    size_t counted_until = scan.start;

    struct wh_csv_count stepped = {0};
    struct wh_csv_record record;
    uint32_t ends[WH_CSV_ENDS_SLACK];
    wh_csv_scan_start(&scan, &csv->scanner, text, true, 0);
    while (scan.start < counted_until) {
        require(csv->scanner.functions->next(&scan, ends, 0, &record) == WH_CSV_RECORD);
        stepped.records += !record.is_comment;
        stepped.comments += record.is_comment;
        stepped.cells += record.is_comment ? 0 : record.cells;
        stepped.blank += wh_csv_record_is_blank(&csv->form.dialect, text.ptr, &record);
    }
    require(scan.start == counted_until);
    require(stepped.records == count.records && stepped.cells == count.cells &&
            stepped.blank == count.blank && stepped.comments == count.comments);
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, &csv->form.dialect, wh_str_make(text.ptr, counted_until));
    require(lines.count == count.lines);
}

static void check(struct wh_csv *csv, struct wh_str text)
{
    csv->scanner.functions = &wh_csv_scalar_functions;
    check_count(csv, text);
    uint64_t expected = read_cut(csv, text, SIZE_MAX);
    require(read_cut(csv, text, 1) == expected);
    require(read_cut(csv, text, 3) == expected);
    if (!wh_csv_dialect_is_plain(&csv->form.dialect))
        return;
    wh_csv_scanner_init(&csv->scanner, &csv->form.dialect);
    check_count(csv, text);
    require(read_cut(csv, text, SIZE_MAX) == expected);
    require(read_cut(csv, text, 2) == expected);
#if defined(__x86_64__)
    csv->scanner.functions = &wh_csv_sse2_functions;
    check_count(csv, text);
    require(read_cut(csv, text, SIZE_MAX) == expected);
#endif
}

/* One of 256 dialects. */
static void choose_dialect(uint8_t choice, struct wh_format_options *options)
{
    static const char *const delimiters[] = {",", "aab", "||", "\t"};
    static const char *const line_ends[] = {"standard", "lf", "any", "any"};
    static const char *const dialects[] = {"csv", "csv", "mysql", "postgres-text"};
    static const char *const quotes[] = {"\"", "none"};
    options->delimiter = wh_str_from(delimiters[choice & 3]);
    options->line_end = wh_str_from(line_ends[choice >> 2 & 3]);
    options->dialect = wh_str_from(dialects[choice >> 4 & 3]);
    options->quote = wh_str_from(quotes[choice >> 6 & 1]);
    if ((choice & 0x80) != 0) {
        options->escape = WH_STR("\\");
        options->comment = WH_STR("#!");
        options->ragged = WH_STR("pad");
        options->may_space_quotes = (choice & 0x40) == 0;
    }
}

/* Detection takes any bytes, says the same each time, and what it states can be read with. */
static void check_detection(struct wh_str text)
{
    struct wh_str first = WH_STR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int i = 0; i < 2; i++) {
        struct wh_csv_detect_request request = {.text = text, .is_last = true, .arena = &arena};
        struct wh_format_options options;
        wh_format_options_init(&options);
        struct wh_str why = WH_STR("");
        struct wh_csv_form form;
        struct wh_error err;
        wh_code rc = wh_csv_detect(&options, &request, &why, &err);
        require(rc == WH_OK || rc == WH_INVALID);
        if (rc == WH_INVALID)
            require(wh_arena_copy(&arena, wh_str_from(err.message), &why, &err) == WH_OK);
        require(wh_csv_form_make(&options, &form, &err) == WH_OK);
        require(i == 0 || wh_str_equal(why, first));
        first = why;
    }
    wh_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct wh_str names[] = {{"a", 1}, {"b", 1}, {"c", 1}};
    if (len < 2)
        return 0;
    struct wh_format_options options;
    wh_format_options_init(&options);
    if ((bytes[0] & 4) != 0) {
        options.cell = 8 + (bytes[0] >> 3);
        options.record = 2 * options.cell;
    }
    choose_dialect(bytes[1], &options);
    struct wh_csv_form form;
    struct wh_error err;
    require(wh_csv_form_make(&options, &form, &err) == WH_OK);
    struct wh_csv csv;
    wh_csv_init(&csv, &form, names, (size_t)(1 + (bytes[0] & 3) % 3));
    check(&csv, wh_str_make((const char *)bytes + 2, len - 2));
    check_detection(wh_str_make((const char *)bytes + 2, len - 2));
    return 0;
}
