/* SPDX-License-Identifier: Apache-2.0 */
/** What stands before the records: blank lines, header. */
#include <inttypes.h>

#include "base/error.h"
#include "data/text.h"
#include "format/csv_internal.h"

/* First bytes of files that are no UTF-8 text, and what to do about them. */
static const struct {
    struct wh_str bytes;
    const char *message;
} foreign_starts[] = {
    {{"\xFF\xFE", 2}, "the file is UTF-16; convert it: iconv -f UTF-16 -t UTF-8"},
    {{"\xFE\xFF", 2}, "the file is UTF-16; convert it: iconv -f UTF-16 -t UTF-8"},
    {{"\x1F\x8B", 2}, "the file is compressed with gzip; unpack it: gunzip"},
    {{"\x28\xB5\x2F\xFD", 4}, "the file is compressed with zstd; unpack it: unzstd"},
    {{"BZh", 3}, "the file is compressed with bzip2; unpack it: bunzip2"},
    {{"\xFD"
      "7zXZ",
      5},
     "the file is compressed with xz; unpack it: unxz"},
    {{"PK\x03\x04", 4}, "the file is a zip archive (a spreadsheet?); save it as CSV"},
};

static wh_code refuse_foreign(struct wh_str text, struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(foreign_starts); i++) {
        if (wh_str_starts_with(text, foreign_starts[i].bytes))
            return wh_error_set(err, WH_UNSUPPORTED, "%s", foreign_starts[i].message);
    }
    return WH_OK;
}

/* A CR inside the text of an unquoted name: the file's lines end with CR alone. */
static wh_code check_name(struct wh_str cell, char quote, size_t index, struct wh_error *err)
{
    bool is_quoted = cell.len > 0 && cell.ptr[0] == quote;
    if (!is_quoted && cell.len > 0 && memchr(cell.ptr, '\r', cell.len) != NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the header's lines end with CR alone; convert the file: tr '\\r' "
                            "'\\n'");
    if (!wh_utf8_is_valid(cell))
        return wh_error_set(err, WH_INVALID,
                            "the header's cell %zu is not UTF-8 without NUL; mend it, or state "
                            "names with 'columns'",
                            index + 1);
    return WH_OK;
}

static wh_code copy_name(struct wh_str cell, char quote, struct wh_arena *arena, struct wh_str *ret,
                         struct wh_error *err)
{
    if (cell.len == 0 || cell.ptr[0] != quote)
        return wh_arena_copy(arena, cell, ret, err);
    struct wh_str inner = wh_csv_unquote(cell, quote, arena);
    if (inner.ptr == NULL)
        return wh_error_no_memory(err, cell.len);
    return wh_arena_copy(arena, inner, ret, err);
}

static wh_code take_names(const struct wh_format_options *options, const char *text,
                          const struct wh_csv_record *record, uint32_t *ends,
                          struct wh_arena *arena, struct wh_csv_header *ret, struct wh_error *err)
{
    bool has_newline = record->next > record->end;
    if (has_newline && record->end > record->start && text[record->end - 1] == '\r')
        ends[record->cells - 1]--;
    ret->names = wh_arena_array(arena, record->cells, sizeof(*ret->names));
    if (ret->names == NULL)
        return wh_error_no_memory(err, record->cells * sizeof(*ret->names));
    size_t start = record->start;
    for (size_t i = 0; i < record->cells; i++) {
        struct wh_str cell = wh_str_make(text + start, ends[i] - start);
        WH_TRY(check_name(cell, options->quote, i, err));
        WH_TRY(copy_name(cell, options->quote, arena, &ret->names[i], err));
        start = (size_t)ends[i] + 1;
    }
    ret->count = record->cells;
    return WH_OK;
}

static wh_code refuse_malformed(const struct wh_format_options *options, struct wh_str text,
                                struct wh_arena *arena, struct wh_error *err)
{
    struct wh_csv csv;
    wh_csv_init(&csv, options, NULL, 0);
    struct wh_csv_machine machine;
    wh_csv_judge_init(&csv, &machine);
    size_t unused;
    if (wh_csv_machine_run(&machine, text, NULL, 0, &unused) == WH_CSV_PARTIAL)
        WH_IGNORE(wh_csv_machine_finish(&machine), "what it finds is in the machine's fault");
    struct wh_str reason;
    WH_TRY(wh_csv_reason(&csv, &machine, arena, &reason, err));
    return wh_error_set(err, WH_INVALID, "the header is malformed: %.*s", WH_FMT(reason));
}

/* Finds the first record that is not blank. */
static enum wh_csv_found find_header(struct wh_csv_scan *scan, uint32_t *ends,
                                     const struct wh_csv *csv, struct wh_csv_record *record)
{
    enum wh_csv_found found;
    do {
        found = csv->scanner.functions->next(scan, ends, WH_FORMAT_MAX_COLUMNS, record);
    } while (found == WH_CSV_RECORD && wh_csv_record_is_blank(scan->text, record));
    return found;
}

static wh_code read_names(const struct wh_format_options *options, struct wh_csv_scan *scan,
                          uint32_t *ends, struct wh_arena *arena, struct wh_csv_header *ret,
                          enum wh_csv_found *ret_found, struct wh_error *err)
{
    struct wh_csv csv;
    wh_csv_init(&csv, options, NULL, 0);
    struct wh_csv_record record;
    *ret_found = find_header(scan, ends, &csv, &record);
    if (*ret_found == WH_CSV_MALFORMED)
        return refuse_malformed(
            options, wh_str_make(scan->text + scan->start, scan->len - scan->start), arena, err);
    if (*ret_found != WH_CSV_RECORD)
        return WH_OK;
    if (record.cells > WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "the header has %zu columns, above the limit of %d",
                            record.cells, WH_FORMAT_MAX_COLUMNS);
    ret->size = record.next;
    ret->lines = wh_csv_count_lines(wh_str_make(scan->text, record.next));
    return take_names(options, scan->text, &record, ends, arena, ret, err);
}

wh_code wh_csv_header_read(const struct wh_format_options *options, struct wh_str text,
                           bool is_last, struct wh_arena *arena, struct wh_csv_header *ret,
                           enum wh_csv_found *ret_found, struct wh_error *err)
{
    *ret = (struct wh_csv_header){0};
    WH_TRY(refuse_foreign(text, err));
    if (!options->has_header) {
        *ret_found = WH_CSV_RECORD;
        return WH_OK;
    }
    uint32_t *ends =
        wh_arena_alloc(arena, (WH_FORMAT_MAX_COLUMNS + WH_CSV_ENDS_SLACK) * sizeof(*ends));
    if (ends == NULL)
        return wh_error_no_memory(err, WH_FORMAT_MAX_COLUMNS * sizeof(*ends));
    struct wh_csv csv;
    wh_csv_init(&csv, options, NULL, 0);
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &csv.scanner, text, is_last, 0);
    return read_names(options, &scan, ends, arena, ret, ret_found, err);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct ranked_name {
    struct wh_str name;
    size_t index;
};

static int compare_names(const void *a, const void *b)
{
    const struct ranked_name *left = a;
    const struct ranked_name *right = b;
    int order = wh_str_compare(left->name, right->name);
    if (order != 0)
        return order;
    return left->index < right->index ? -1 : left->index > right->index;
}

static wh_code refuse_repeats(const struct ranked_name *sorted, size_t count, struct wh_error *err)
{
    for (size_t i = 1; i < count; i++) {
        if (wh_str_equal(sorted[i - 1].name, sorted[i].name))
            return wh_error_set(err, WH_INVALID,
                                "columns %zu and %zu are both named '%.*s'; state names with "
                                "'columns'",
                                sorted[i - 1].index + 1, sorted[i].index + 1,
                                WH_FMT(sorted[i].name));
    }
    return WH_OK;
}

wh_code wh_csv_names_check(const struct wh_str *names, size_t count, struct wh_error *err)
{
    if (count > WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "there are %zu columns, above the limit of %d", count,
                            WH_FORMAT_MAX_COLUMNS);
    struct ranked_name *sorted = calloc(count > 0 ? count : 1, sizeof(*sorted));
    if (sorted == NULL)
        return wh_error_no_memory(err, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct ranked_name){names[i], i};
        if (names[i].len == 0) {
            free(sorted);
            return wh_error_set(err, WH_INVALID,
                                "column %zu has no name; state names with 'columns'", i + 1);
        }
    }
    qsort(sorted, count, sizeof(*sorted), compare_names);
    wh_code rc = refuse_repeats(sorted, count, err);
    free(sorted);
    return rc;
}

char wh_csv_likely_delimiter(struct wh_str name)
{
    static const char candidates[] = {';', ',', '\t', '|'};
    char likely = 0;
    size_t most = 0;
    for (size_t i = 0; i < WH_COUNT_OF(candidates); i++) {
        size_t seen = 0;
        for (size_t k = 0; k < name.len; k++)
            seen += name.ptr[k] == candidates[i];
        if (seen > most) {
            most = seen;
            likely = candidates[i];
        }
    }
    return likely;
}
