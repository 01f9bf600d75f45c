/* SPDX-License-Identifier: Apache-2.0 */
/** Passing over records: where they start and how many there are, and no more. */
#include "format/csv_internal.h"

static void add_record(const struct wh_csv_scan *scan, const struct wh_csv_record *record,
                       struct wh_csv_count *count)
{
    count->records += !record->is_comment;
    count->blank += wh_csv_record_is_blank(&scan->dialect, scan->text, record);
    count->lines += wh_csv_record_lines(&scan->dialect, scan->text, record);
}

/* Passes over text[start, next), which is rejected. */
static void pass_rejected(const struct wh_csv *csv, struct wh_csv_scan *scan, size_t start,
                          size_t next, struct wh_csv_count *count)
{
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, &scan->dialect, wh_str_make(scan->text + start, next - start));
    count->records++;
    count->lines += lines.count;
    wh_csv_scan_start(scan, &csv->scanner, wh_str_make(scan->text, scan->len), scan->is_last, next);
}

/* Passes over what the malformed record at @p start costs, if the text holds it all. */
static bool pass_malformed(const struct wh_csv *csv, struct wh_csv_scan *scan, size_t start,
                           struct wh_csv_count *count)
{
    size_t next;
    bool is_whole = wh_csv_malformed_end(&scan->dialect, wh_str_make(scan->text, scan->len), start,
                                         scan->is_last, &next);
    if (is_whole)
        pass_rejected(csv, scan, start, next, count);
    else
        scan->start = start;
    return is_whole;
}

/* One record; false where the text holds no whole one. */
static bool pass_record(const struct wh_csv *csv, struct wh_csv_scan *scan,
                        struct wh_csv_count *count)
{
    uint32_t no_ends[WH_CSV_ENDS_SLACK];
    size_t start = scan->start;
    struct wh_csv_record record;
    enum wh_csv_found found = csv->scanner.functions->next(scan, no_ends, 0, &record);
    if (found == WH_CSV_NOTHING)
        return false;
    size_t size = (found == WH_CSV_RECORD ? record.end : scan->len) - start;
    bool is_too_long = found != WH_CSV_MALFORMED && size > csv->form.record_limit;
    bool joins_lines = wh_csv_dialect_joins_lines(&csv->form.dialect);
    if (found == WH_CSV_MALFORMED || (is_too_long && !joins_lines))
        return pass_malformed(csv, scan, start, count);
    if (found != WH_CSV_RECORD)
        return false;
    if (is_too_long)
        pass_rejected(csv, scan, start, record.next, count);
    else
        add_record(scan, &record, count);
    return true;
}

size_t wh_csv_count(const struct wh_csv *csv, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret)
{
    /* Where no record of the text can be above the limit, they need not be looked at one by one. */
    bool may_count = text->bytes.len <= csv->form.record_limit;
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &csv->scanner, text->bytes, text->is_last, 0);
    struct wh_csv_count count = {0};
    do {
        if (may_count)
            csv->scanner.functions->count(&scan, stop, &count);
    } while (scan.start < stop && pass_record(csv, &scan, &count));
    bool skips_blank = csv->column_count > 1;
    ret->records += count.records - (skips_blank ? count.blank : 0);
    ret->lines += count.lines;
    return scan.start;
}
