/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CSV: the block scanners agree with the state machine, and a text cut at its records' starts gives
 * the same rows and bad records as the whole, in every dialect. The input's first byte chooses
 * limits and columns, the second one the dialect, the rest is the text.
 */
#include <stdint.h>

#include "base/error.h"
#include "format/csv.h"
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

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

static void check_functions(struct wh_csv *csv, const struct wh_csv_functions *functions,
                            const struct reading *reading, uint64_t expected)
{
    csv->scanner.functions = functions;
    check_count(csv, reading->text);
    require(reading_hash(reading, SIZE_MAX, 0) == expected);
    require(reading_hash(reading, 2, 0) == expected);
}

static void check(struct wh_csv *csv, struct wh_str text)
{
    struct reading reading = {
        .format = &wh_csv_format, .parser = (const struct wh_parser *)csv, .text = text};
    csv->scanner.functions = &wh_csv_scalar_functions;
    check_count(csv, text);
    uint64_t expected = reading_hash(&reading, SIZE_MAX, 0);
    require(reading_hash(&reading, 1, 0) == expected);
    require(reading_hash(&reading, 3, 2) == expected);
    reading_judge_some(&reading);
    if (!wh_csv_dialect_is_plain(&csv->form.dialect))
        return;
    wh_csv_scanner_init(&csv->scanner, &csv->form.dialect);
    check_functions(csv, csv->scanner.functions, &reading, expected);
#if defined(__x86_64__)
    check_functions(csv, &wh_csv_sse2_functions, &reading, expected);
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
    return 0;
}
