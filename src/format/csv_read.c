/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/size.h"
#include "data/text.h"
#include "format/csv_internal.h"

/* Cells that one batch has room for: bounds its memory where a table is very wide. */
#define MAX_BATCH_CELLS ((size_t)1 << 20)

/* Text is checked for UTF-8 in spans of whole lines of about so many bytes. */
#define UTF8_SPAN ((size_t)16 << 10)

/* One call of wh_csv_read(). */
struct pass {
    struct wh_csv_reader *reader;
    struct wh_format_text *text;
    struct wh_batch *batch;
    struct wh_csv_scan scan;
    uint64_t offset; /* of the text in its file */
    size_t rows;     /* found in this text, not yet in the batch */
    size_t used;     /* bytes of the text that are done with */
};

void wh_csv_init(struct wh_csv *csv, const struct wh_csv_form *form, const struct wh_str *names,
                 size_t column_count)
{
    *csv = (struct wh_csv){.form = *form, .names = names, .column_count = column_count};
    wh_csv_scanner_init(&csv->scanner, &form->dialect);
    const struct wh_option_list *nulls = &form->nulls;
    if (nulls->items == NULL) {
        csv->null_lengths = (uint64_t)1 << WH_MIN(form->default_null.len, (size_t)63);
        return;
    }
    for (size_t i = 0; i < nulls->count; i++)
        csv->null_lengths |= (uint64_t)1 << WH_MIN(nulls->items[i].len, (size_t)63);
}

wh_code wh_csv_reader_init(struct wh_csv_reader *reader, const struct wh_csv *csv,
                           struct wh_error *err)
{
    size_t rows = MAX_BATCH_CELLS / WH_MAX(csv->column_count, (size_t)1);
    *reader = (struct wh_csv_reader){.csv = csv, .row_capacity = WH_MIN(rows, WH_BATCH_ROWS)};
    size_t end_count = reader->row_capacity * csv->column_count + WH_CSV_ENDS_SLACK;
    reader->ends = malloc(end_count * sizeof(*reader->ends));
    reader->starts = malloc(reader->row_capacity * sizeof(*reader->starts));
    reader->doubled_rows = malloc(reader->row_capacity * sizeof(*reader->doubled_rows));
    if (csv->form.pads)
        reader->short_rows = malloc(reader->row_capacity * sizeof(*reader->short_rows));
    if (reader->ends == NULL || reader->starts == NULL || reader->doubled_rows == NULL ||
        (csv->form.pads && reader->short_rows == NULL)) {
        wh_csv_reader_release(reader);
        return wh_error_no_memory(err, end_count * sizeof(*reader->ends));
    }
    return WH_OK;
}

void wh_csv_reader_release(struct wh_csv_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->ends);
    free(reader->starts);
    free(reader->short_rows);
    free(reader->doubled_rows);
    *reader = (struct wh_csv_reader){0};
}

wh_code wh_csv_reader_begin(const struct wh_csv_reader *reader, struct wh_batch *batch,
                            struct wh_error *err)
{
    return wh_format_begin(batch, reader->csv->column_count, reader->row_capacity, err);
}

bool wh_csv_batch_is_full(const struct wh_csv_reader *reader, const struct wh_batch *batch)
{
    return wh_batch_is_full(batch, reader->row_capacity, batch->row_count + batch->bad_count,
                            batch->size);
}

static struct wh_position position_at(const struct pass *pass, size_t at)
{
    struct wh_position position = pass->text->position;
    position.offset = pass->offset + at;
    return position;
}

/* Puts text[start, next), with its line end, on record as bad. */
static wh_code add_bad(struct pass *pass, size_t start, size_t next, struct wh_str reason,
                       struct wh_error *err)
{
    struct wh_str raw = wh_csv_strip_line_end(&pass->scan.dialect,
                                              wh_str_make(pass->scan.text + start, next - start));
    struct wh_bad_record bad = {.position = position_at(pass, start),
                                .reason = reason,
                                .raw = wh_str_make(raw.ptr, WH_MIN(raw.len, WH_FORMAT_RAW_SIZE)),
                                .size = next - start,
                                .before_row = (uint32_t)(pass->batch->row_count + pass->rows)};
    return wh_batch_add_bad(pass->batch, &bad, err);
}

/* Adds the line ends of text[start, end) to the place reached. */
static void pass_lines(struct pass *pass, size_t start, size_t end)
{
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, &pass->scan.dialect,
                     wh_str_make(pass->scan.text + start, end - start));
    pass->text->position.line += lines.count;
}

/* Rejects text[start, next): the record at @p start is malformed or above the limit. */
static wh_code reject_until(struct pass *pass, size_t start, size_t next, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    struct wh_csv_machine machine;
    wh_csv_judge_init(csv, &machine);
    size_t unused;
    struct wh_str record = wh_str_make(pass->scan.text + start, pass->scan.len - start);
    /* Where the text ends in the middle the record is above its limit, or broken before. */
    if (wh_csv_machine_run(&machine, record, NULL, 0, &unused) == WH_CSV_PARTIAL)
        WH_IGNORE(wh_csv_machine_finish(&machine), "what it finds is in the machine's fault");
    struct wh_str reason;
    WH_TRY(wh_csv_reason(csv, &machine, &pass->batch->arena, &reason, err));
    WH_TRY(add_bad(pass, start, next, reason, err));
    pass_lines(pass, start, next);
    pass->used = next;
    wh_csv_scan_start(&pass->scan, &csv->scanner, pass->text->bytes, pass->text->is_last, next);
    return WH_OK;
}

/* Rejects what a malformed record at @p start costs;
 * false where the text does not hold all of it. */
static wh_code reject_malformed(struct pass *pass, size_t start, bool *ret_is_whole,
                                struct wh_error *err)
{
    size_t next;
    *ret_is_whole = wh_csv_malformed_end(&pass->scan.dialect, pass->text->bytes, start,
                                         pass->text->is_last, &next);
    return *ret_is_whole ? reject_until(pass, start, next, err) : WH_OK;
}

/*
 * Whether text[start, end), whole lines, is UTF-8 without NUL. Lines are checked many at a time; a
 * span with something wrong in it is checked line by line. A line's end is ASCII, so no character
 * is cut.
 */
static bool is_utf8(struct wh_csv_reader *reader, struct wh_str text, size_t start, size_t end)
{
    if (end <= reader->valid_until)
        return true;
    if (end > reader->doubted_until) {
        size_t reach = text.len - start < UTF8_SPAN ? text.len - start : UTF8_SPAN;
        const char *newline = memrchr(text.ptr + start, '\n', reach);
        size_t until = newline != NULL ? (size_t)(newline - text.ptr) : end;
        until = WH_MAX(until, end);
        if (wh_utf8_is_valid(wh_str_make(text.ptr + start, until - start))) {
            reader->valid_until = until;
            return true;
        }
        reader->doubted_until = until;
    }
    return wh_utf8_is_valid(wh_str_make(text.ptr + start, end - start));
}

/* The cell of the row in hand with the index @p index. */
static struct wh_str cell_of(const struct pass *pass, const struct wh_csv_record *record,
                             const uint32_t *ends, size_t index)
{
    size_t size = pass->scan.dialect.delimiter_size;
    size_t start = index == 0 ? record->start : (size_t)ends[index - 1] + size;
    return wh_str_make(pass->scan.text + start, ends[index] - start);
}

/* The reason for a cell that, with its escapes undone, is not UTF-8;
 * ptr NULL where there is none. */
static wh_code check_cells(const struct pass *pass, const struct wh_csv_record *record,
                           const uint32_t *ends, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    struct wh_arena *arena = &pass->batch->arena;
    for (size_t i = 0; i < csv->column_count; i++) {
        struct wh_str cell = cell_of(pass, record, ends, i);
        bool is_fine = wh_utf8_is_valid(cell);
        if (is_fine && !wh_csv_escapes_may_break_text(&csv->form.dialect, cell))
            continue;
        if (csv->form.dialect.has_escape)
            cell = wh_csv_cell_text(&csv->form.dialect, cell, arena);
        if (cell.ptr == NULL)
            return wh_error_no_memory(err, record->end - record->start);
        if (!wh_utf8_is_valid(cell))
            return wh_csv_utf8_reason(csv, i, cell, arena, ret, err);
    }
    return WH_OK;
}

/* The reason for a cell above the limit; ptr NULL where there is none. */
static wh_code check_cell_sizes(const struct pass *pass, const struct wh_csv_record *record,
                                struct wh_str *ret, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    struct wh_csv_machine machine;
    wh_csv_judge_init(csv, &machine);
    size_t unused;
    struct wh_str text = wh_str_make(pass->scan.text + record->start, record->next - record->start);
    enum wh_csv_found found = wh_csv_machine_run(&machine, text, NULL, 0, &unused);
    if (found == WH_CSV_PARTIAL)
        found = wh_csv_machine_finish(&machine);
    if (wh_csv_judge(&machine, found) == WH_CSV_READABLE)
        return WH_OK;
    return wh_csv_reason(csv, &machine, &pass->batch->arena, ret, err);
}

/* Whether the cells behind the last column are empty. */
static bool is_empty_behind(const struct pass *pass, const struct wh_csv_record *record,
                            const uint32_t *ends)
{
    const struct wh_csv_dialect *dialect = &pass->scan.dialect;
    struct wh_str mark = wh_str_make(dialect->delimiter_bytes, dialect->delimiter_size);
    size_t end = wh_csv_record_text_end(dialect, pass->scan.text, record);
    size_t at = ends[pass->reader->csv->column_count - 1];
    while (at < end && wh_str_starts_with(wh_str_make(pass->scan.text + at, end - at), mark))
        at += mark.len;
    return at == end;
}

/* Makes a record of another number of cells a row; false where that would lose something. */
static bool pad(struct pass *pass, const struct wh_csv_record *record, uint32_t *ends)
{
    struct wh_csv_reader *reader = pass->reader;
    size_t count = reader->csv->column_count;
    if (!reader->csv->form.pads)
        return false;
    if (record->cells > count)
        return is_empty_behind(pass, record, ends);
    for (size_t i = record->cells; i < count; i++)
        ends[i] = ends[i - 1] + pass->scan.dialect.delimiter_size;
    reader->short_rows[reader->short_count] =
        (struct wh_csv_short_row){(uint32_t)pass->rows, (uint32_t)record->cells};
    return true;
}

/* What keeps a whole record from being a row; ptr NULL: nothing. */
static wh_code check_record(struct pass *pass, const struct wh_csv_record *record, uint32_t *ends,
                            struct wh_str *ret, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    *ret = WH_STR_NONE;
    if (WH_UNLIKELY(record->end - record->start > csv->form.cell_limit)) {
        WH_TRY(check_cell_sizes(pass, record, ret, err));
        if (ret->ptr != NULL)
            return WH_OK;
    }
    if (WH_UNLIKELY(record->cells != csv->column_count) && !pad(pass, record, ends))
        return wh_arena_format(
            &pass->batch->arena, ret, err, "the record has %zu cell%s where there %s %zu column%s",
            record->cells, record->cells == 1 ? "" : "s", csv->column_count == 1 ? "is" : "are",
            csv->column_count, csv->column_count == 1 ? "" : "s");
    if (WH_LIKELY(is_utf8(pass->reader, pass->text->bytes, record->start, record->end)) &&
        WH_LIKELY(!csv->form.dialect.has_escape))
        return WH_OK;
    return check_cells(pass, record, ends, ret, err);
}

/* A record becomes a row. */
static void add_row(struct pass *pass, const struct wh_csv_record *record)
{
    struct wh_csv_reader *reader = pass->reader;
    pass->batch->positions[pass->batch->row_count + pass->rows] = position_at(pass, record->start);
    reader->starts[pass->rows] = (uint32_t)record->start;
    reader->short_count += record->cells < reader->csv->column_count;
    reader->doubled_rows[reader->doubled_count] =
        (struct wh_csv_doubled_row){(uint32_t)pass->rows, record->may_double};
    reader->doubled_count += record->may_double != 0;
    pass->rows++;
}

/* A whole record becomes a row, a bad record or, being blank or a comment, nothing. */
static wh_code take_record(struct pass *pass, const struct wh_csv_record *record, uint32_t *ends,
                           struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    const struct wh_csv_dialect *dialect = &pass->scan.dialect;
    const char *text = pass->scan.text;
    pass->used = record->next;
    bool is_nothing = csv->column_count > 1 && wh_csv_record_is_blank(dialect, text, record);
    if (WH_UNLIKELY(is_nothing || record->is_comment)) {
        pass->text->position.line += record->next > record->end;
        return WH_OK;
    }
    size_t end = wh_csv_record_text_end(dialect, text, record);
    if (record->cells <= csv->column_count)
        ends[record->cells - 1] = (uint32_t)end;

    struct wh_str reason;
    WH_TRY(check_record(pass, record, ends, &reason, err));
    if (WH_UNLIKELY(reason.ptr != NULL))
        WH_TRY(add_bad(pass, record->start, record->next, reason, err));
    else
        add_row(pass, record);
    pass->text->position.line += wh_csv_record_lines(dialect, text, record);
    return WH_OK;
}

static bool has_room(const struct pass *pass)
{
    const struct wh_batch *batch = pass->batch;
    size_t items = batch->row_count + pass->rows + batch->bad_count;
    return !wh_batch_is_full(batch, pass->reader->row_capacity, items, batch->size + pass->used);
}

/* Deals with what the scanner found at record->start;
 * *ret_goes_on is false where it is not whole. */
static wh_code take_found(struct pass *pass, enum wh_csv_found found,
                          const struct wh_csv_record *record, bool *ret_goes_on,
                          struct wh_error *err)
{
    size_t start = record->start;
    const struct wh_csv_form *form = &pass->reader->csv->form;
    uint32_t *ends = pass->reader->ends + pass->rows * pass->reader->csv->column_count;
    size_t size = (found == WH_CSV_RECORD ? record->end : pass->scan.len) - start;
    bool is_too_long = found != WH_CSV_MALFORMED && size > form->record_limit;
    bool is_whole = found == WH_CSV_RECORD;
    *ret_goes_on = is_whole;
    if (WH_UNLIKELY(is_too_long && is_whole && wh_csv_dialect_joins_lines(&form->dialect)))
        return reject_until(pass, start, record->next, err);
    if (WH_UNLIKELY(is_too_long && !wh_csv_dialect_joins_lines(&form->dialect)) ||
        found == WH_CSV_MALFORMED)
        return reject_malformed(pass, start, ret_goes_on, err);
    return is_whole ? take_record(pass, record, ends, err) : WH_OK;
}

/* Takes records until the batch is full or the text has no whole one left. */
static wh_code take_records(struct pass *pass, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    bool goes_on = true;
    while (goes_on && has_room(pass)) {
        uint32_t *ends = pass->reader->ends + pass->rows * csv->column_count;
        size_t start = pass->scan.start;
        struct wh_csv_record record;
        enum wh_csv_found found =
            csv->scanner.functions->next(&pass->scan, ends, csv->column_count, &record);
        if (found == WH_CSV_NOTHING)
            break;
        if (found != WH_CSV_RECORD)
            record = (struct wh_csv_record){.start = start};
        WH_TRY(take_found(pass, found, &record, &goes_on, err));
    }
    return WH_OK;
}

wh_code wh_csv_read(struct wh_csv_reader *reader, struct wh_format_text *text,
                    struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    struct pass pass = {
        .reader = reader, .text = text, .batch = batch, .offset = text->position.offset};
    wh_csv_scan_start(&pass.scan, &reader->csv->scanner, text->bytes, text->is_last, 0);
    reader->valid_until = 0;
    reader->doubted_until = 0;
    reader->short_count = 0;
    reader->doubled_count = 0;

    WH_TRY(take_records(&pass, err));
    WH_TRY(wh_csv_fill(reader, text->bytes.ptr, pass.rows, batch, err));
    text->position.offset = pass.offset + pass.used;
    batch->size += pass.used;
    *ret_used = pass.used;
    return WH_OK;
}
