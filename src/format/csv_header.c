/* SPDX-License-Identifier: Apache-2.0 */
/** What stands before the records: byte order mark, blank lines, header. */
#include <inttypes.h>

#include "base/error.h"
#include "data/text.h"
#include "format/csv_internal.h"

/* ---- the header ------------------------------------------------------------------------------ */

/* One call of wh_csv_header_read(). */
struct heading {
    const struct wh_csv *csv;
    struct wh_csv_scan scan;
    uint32_t *ends;
    struct wh_arena *arena;
    struct wh_csv_header *header;
};

/* A CR inside the text of an unquoted name: the file's lines end with CR alone. */
static wh_code check_name(const struct heading *heading, struct wh_str cell, size_t index,
                          struct wh_error *err)
{
    const struct wh_csv_dialect *dialect = &heading->csv->form.dialect;
    if (!wh_csv_cell_is_quoted(dialect, cell) && !dialect->has_escape && cell.len > 0 &&
        memchr(cell.ptr, '\r', cell.len) != NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the header's lines end with CR alone; state 'line_end: any'");
    if (!wh_utf8_is_valid(cell))
        return wh_error_set(err, WH_INVALID,
                            "the header's cell %zu is not UTF-8 without NUL; mend it, or state "
                            "names with 'columns'",
                            index + 1);
    return WH_OK;
}

/* Puts the cell's text behind the name that the header records before gave the column. */
static wh_code add_name(const struct heading *heading, struct wh_str cell, struct wh_str *name,
                        struct wh_error *err)
{
    struct wh_str text = wh_csv_cell_text(&heading->csv->form.dialect, cell, heading->arena);
    if (text.ptr == NULL)
        return wh_error_no_memory(err, cell.len);
    if (name->len == 0)
        return wh_arena_copy(heading->arena, text, name, err);
    if (text.len == 0)
        return WH_OK;
    size_t len = name->len + 1 + text.len;
    char *joined = wh_arena_bytes(heading->arena, len);
    if (joined == NULL)
        return wh_error_no_memory(err, len);
    memcpy(joined, name->ptr, name->len);
    joined[name->len] = ' ';
    memcpy(joined + name->len + 1, text.ptr, text.len);
    *name = wh_str_make(joined, len);
    return WH_OK;
}

static wh_code make_names(struct heading *heading, const struct wh_csv_record *record,
                          struct wh_error *err)
{
    struct wh_csv_header *header = heading->header;
    if (record->cells > WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "the header has %zu columns, above the limit of %d",
                            record->cells, WH_FORMAT_MAX_COLUMNS);
    if (header->names != NULL && header->count != record->cells)
        return wh_error_set(err, WH_INVALID,
                            "the header's records have %zu and %zu cells; state another 'header', "
                            "or 'skip' and 'columns'",
                            header->count, record->cells);
    if (header->names != NULL)
        return WH_OK;
    header->count = record->cells;
    header->names = wh_arena_array(heading->arena, record->cells, sizeof(*header->names));
    if (header->names == NULL)
        return wh_error_no_memory(err, record->cells * sizeof(*header->names));
    for (size_t i = 0; i < header->count; i++)
        header->names[i] = WH_STR_NONE;
    return WH_OK;
}

static wh_code take_names(struct heading *heading, const struct wh_csv_record *record,
                          struct wh_error *err)
{
    const struct wh_csv_dialect *dialect = &heading->csv->form.dialect;
    const char *text = heading->scan.text;
    WH_TRY(make_names(heading, record, err));
    heading->ends[record->cells - 1] = (uint32_t)wh_csv_record_text_end(dialect, text, record);
    size_t start = record->start;
    for (size_t i = 0; i < record->cells; i++) {
        struct wh_str cell = wh_str_make(text + start, heading->ends[i] - start);
        WH_TRY(check_name(heading, cell, i, err));
        WH_TRY(add_name(heading, cell, &heading->header->names[i], err));
        start = (size_t)heading->ends[i] + dialect->delimiter_size;
    }
    return WH_OK;
}

static wh_code refuse_malformed(const struct heading *heading, struct wh_error *err)
{
    const struct wh_csv_scan *scan = &heading->scan;
    struct wh_csv_machine machine;
    wh_csv_judge_init(heading->csv, &machine);
    size_t unused;
    struct wh_str text = wh_str_make(scan->text + scan->start, scan->len - scan->start);
    if (wh_csv_machine_run(&machine, text, NULL, 0, &unused) == WH_CSV_PARTIAL)
        WH_IGNORE(wh_csv_machine_finish(&machine), "what it finds is in the machine's fault");
    struct wh_str reason;
    WH_TRY(wh_csv_reason(heading->csv, &machine, heading->arena, &reason, err));
    return wh_error_set(err, WH_INVALID, "the header is malformed: %.*s", WH_FMT(reason));
}

/* Finds the next record that is neither blank nor a comment. */
static enum wh_csv_found find_record(struct heading *heading, struct wh_csv_record *record)
{
    const struct wh_csv *csv = heading->csv;
    struct wh_csv_scan *scan = &heading->scan;
    enum wh_csv_found found;
    do {
        found = csv->scanner.functions->next(scan, heading->ends, WH_FORMAT_MAX_COLUMNS, record);
    } while (
        found == WH_CSV_RECORD &&
        (record->is_comment || wh_csv_record_is_blank(&csv->form.dialect, scan->text, record)));
    return found;
}

static wh_code read_names(struct heading *heading, enum wh_csv_found *ret_found,
                          struct wh_error *err)
{
    for (uint64_t i = 0; i < heading->csv->form.header_records; i++) {
        struct wh_csv_record record;
        *ret_found = find_record(heading, &record);
        if (*ret_found == WH_CSV_MALFORMED)
            return refuse_malformed(heading, err);
        if (*ret_found != WH_CSV_RECORD)
            return WH_OK;
        WH_TRY(take_names(heading, &record, err));
        heading->header->size = record.next;
    }
    return WH_OK;
}

/* Passes over the lines before the header; false where the text does not hold them all. */
static bool pass_preamble(const struct wh_csv_form *form, struct wh_str text, bool is_last,
                          struct wh_csv_header *header)
{
    size_t start = header->size;
    bool has_end = true;
    for (uint64_t i = 0; i < form->skip && has_end; i++)
        header->size = wh_csv_line_next(&form->dialect, text, header->size, is_last, &has_end);
    header->preamble = wh_str_make(text.ptr + start, header->size - start);
    return has_end;
}

wh_code wh_csv_header_read(const struct wh_csv_form *form, struct wh_str text, bool is_last,
                           struct wh_arena *arena, struct wh_csv_header *ret,
                           enum wh_csv_found *ret_found, struct wh_error *err)
{
    *ret = (struct wh_csv_header){0};
    *ret_found = is_last ? WH_CSV_NOTHING : WH_CSV_PARTIAL;
    if (!pass_preamble(form, text, is_last, ret))
        return WH_OK;

    struct wh_csv csv;
    wh_csv_init(&csv, form, NULL, 0);
    struct heading heading = {.csv = &csv, .arena = arena, .header = ret};
    heading.ends =
        wh_arena_alloc(arena, (WH_FORMAT_MAX_COLUMNS + WH_CSV_ENDS_SLACK) * sizeof(uint32_t));
    if (heading.ends == NULL)
        return wh_error_no_memory(err, WH_FORMAT_MAX_COLUMNS * sizeof(uint32_t));
    wh_csv_scan_start(&heading.scan, &csv.scanner, text, is_last, ret->size);
    *ret_found = WH_CSV_RECORD;
    WH_TRY(read_names(&heading, ret_found, err));
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, &form->dialect, wh_str_make(text.ptr, ret->size));
    ret->lines = lines.count;
    return WH_OK;
}

/* ---- the end of a file ----------------------------------------------------------------------- */

/* The offset before the last line of text[0, end). */
static size_t before_line(const struct wh_csv_dialect *dialect, struct wh_str text, size_t end)
{
    bool takes_return = dialect->line_end == WH_CSV_LINES_ANY;
    size_t at = wh_csv_strip_line_end(dialect, wh_str_make(text.ptr, end)).len;
    while (at > 0 && text.ptr[at - 1] != '\n' && !(takes_return && text.ptr[at - 1] == '\r'))
        at--;
    return at;
}

bool wh_csv_footer_start(const struct wh_csv_form *form, struct wh_str text, bool is_all,
                         size_t *ret)
{
    size_t at = text.len;
    for (uint64_t i = 0; i < form->skip_end; i++) {
        if (at == 0)
            return false;
        at = before_line(&form->dialect, text, at);
    }
    *ret = at;
    /* At the start of a part of a file a line may have begun before it. */
    return at > 0 || is_all;
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
