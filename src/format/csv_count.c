/* SPDX-License-Identifier: Apache-2.0 */
/** Passing over records: where they start and how many there are, and no more. */
#include "format/csv_internal.h"

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
static bool pass_line(const struct wh_csv *csv, struct wh_csv_scan *scan,
                      struct wh_csv_count *count)
{
    const char *newline = memchr(scan->text + scan->start, '\n', scan->len - scan->start);
    if (newline == NULL && !scan->is_last)
        return false;
    size_t next = newline != NULL ? (size_t)(newline - scan->text) + 1 : scan->len;
    count->records++;
    count->lines += newline != NULL;
    wh_csv_scan_start(scan, &csv->scanner, wh_str_make(scan->text, scan->len), scan->is_last, next);
    return true;
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
    if (found == WH_CSV_MALFORMED || size > csv->record_limit) {
        scan->start = start;
        return pass_line(csv, scan, count);
    }
    if (found == WH_CSV_RECORD)
        add_record(scan, &record, count);
    return found == WH_CSV_RECORD;
}

size_t wh_csv_count(const struct wh_csv *csv, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret)
{
    /* Where no record of the text can be above the limit, they need not be looked at one by one. */
    bool may_count = text->bytes.len <= csv->record_limit;
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
