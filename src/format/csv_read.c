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

void wh_csv_init(struct wh_csv *csv, const struct wh_format_options *options,
                 const struct wh_str *names, size_t column_count)
{
    *csv = (struct wh_csv){.names = names,
                           .column_count = column_count,
                           .nulls = &options->nulls,
                           .cell_limit = options->cell,
                           .record_limit = wh_format_record_limit(options)};
    wh_csv_scanner_init(&csv->scanner, (struct wh_csv_dialect){options->delimiter, options->quote});
    if (options->nulls.items == NULL) {
        csv->null_lengths = 1; /* the empty cell */
        return;
    }
    for (size_t i = 0; i < options->nulls.count; i++)
        csv->null_lengths |= (uint64_t)1 << WH_MIN(options->nulls.items[i].len, (size_t)63);
}

wh_code wh_csv_reader_init(struct wh_csv_reader *reader, const struct wh_csv *csv,
                           struct wh_error *err)
{
    size_t rows = MAX_BATCH_CELLS / WH_MAX(csv->column_count, (size_t)1);
    *reader = (struct wh_csv_reader){.csv = csv, .row_capacity = WH_MIN(rows, WH_BATCH_ROWS)};
    size_t end_count = reader->row_capacity * csv->column_count + WH_CSV_ENDS_SLACK;
    reader->ends = malloc(end_count * sizeof(*reader->ends));
    reader->starts = malloc(reader->row_capacity * sizeof(*reader->starts));
    if (reader->ends == NULL || reader->starts == NULL) {
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
    *reader = (struct wh_csv_reader){0};
}

wh_code wh_csv_reader_begin(const struct wh_csv_reader *reader, struct wh_batch *batch,
                            struct wh_error *err)
{
    wh_batch_reset(batch);
    size_t count = reader->csv->column_count;
    batch->columns = wh_arena_array(&batch->arena, count, sizeof(*batch->columns));
    batch->positions =
        wh_arena_array(&batch->arena, reader->row_capacity, sizeof(*batch->positions));
    if (batch->columns == NULL || batch->positions == NULL)
        return wh_error_no_memory(err, count * sizeof(*batch->columns));
    batch->column_count = count;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_column_init(&batch->columns[i], text, reader->row_capacity, &batch->arena, err));
    return WH_OK;
}

/* Whether a batch of so many rows, bad records and bytes is full. Rows and bad records fill it
 * together, since both become items. Bytes alone do not: a batch must have something in it, however
 * many blank lines stand before that. */
static bool is_full(const struct wh_csv_reader *reader, size_t rows, size_t bad, uint64_t size)
{
    return rows + bad >= reader->row_capacity || (rows + bad > 0 && size >= WH_BATCH_BYTES);
}

bool wh_csv_batch_is_full(const struct wh_csv_reader *reader, const struct wh_batch *batch)
{
    return is_full(reader, batch->row_count, batch->bad_count, batch->size);
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
    struct wh_str raw =
        wh_format_strip_line_end(wh_str_make(pass->scan.text + start, next - start));
    struct wh_bad_record bad = {.position = position_at(pass, start),
                                .reason = reason,
                                .raw = wh_str_make(raw.ptr, WH_MIN(raw.len, WH_FORMAT_RAW_SIZE)),
                                .size = next - start,
                                .before_row = (uint32_t)(pass->batch->row_count + pass->rows)};
    return wh_batch_add_bad(pass->batch, &bad, err);
}

/* Rejects the first line of the record at @p start; false where the text does not hold all of it. */
static wh_code reject_line(struct pass *pass, size_t start, bool *ret_is_whole,
                           struct wh_error *err)
{
    const char *text = pass->scan.text;
    size_t len = pass->scan.len;
    const char *newline = memchr(text + start, '\n', len - start);
    *ret_is_whole = newline != NULL || pass->text->is_last;
    if (!*ret_is_whole)
        return WH_OK;

    struct wh_csv_machine machine;
    wh_csv_judge_init(pass->reader->csv, &machine);
    size_t unused;
    struct wh_str record = wh_str_make(text + start, len - start);
    /* Where the text ends in the middle the record is above its limit, or broken before. */
    if (wh_csv_machine_run(&machine, record, NULL, 0, &unused) == WH_CSV_PARTIAL)
        WH_IGNORE(wh_csv_machine_finish(&machine), "what it finds is in the machine's fault");
    struct wh_str reason;
    WH_TRY(wh_csv_reason(pass->reader->csv, &machine, &pass->batch->arena, &reason, err));

    size_t next = newline != NULL ? (size_t)(newline - text) + 1 : len;
    WH_TRY(add_bad(pass, start, next, reason, err));
    pass->text->position.line += newline != NULL;
    pass->used = next;
    wh_csv_scan_start(&pass->scan, &pass->reader->csv->scanner, pass->text->bytes,
                      pass->text->is_last, next);
    return WH_OK;
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
    size_t start = index == 0 ? record->start : (size_t)ends[index - 1] + 1;
    return wh_str_make(pass->scan.text + start, ends[index] - start);
}

/* The reason for a cell that is not UTF-8; ptr NULL where there is none. */
static wh_code check_cells(const struct pass *pass, const struct wh_csv_record *record,
                           const uint32_t *ends, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    for (size_t i = 0; i < csv->column_count; i++) {
        struct wh_str cell = cell_of(pass, record, ends, i);
        if (!wh_utf8_is_valid(cell))
            return wh_csv_utf8_reason(csv, i, cell, &pass->batch->arena, ret, err);
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

/* What keeps a whole record from being a row; ptr NULL: nothing. */
static wh_code check_record(const struct pass *pass, const struct wh_csv_record *record,
                            const uint32_t *ends, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    *ret = WH_STR_NONE;
    if (WH_UNLIKELY(record->end - record->start > csv->cell_limit)) {
        WH_TRY(check_cell_sizes(pass, record, ret, err));
        if (ret->ptr != NULL)
            return WH_OK;
    }
    if (WH_UNLIKELY(record->cells != csv->column_count))
        return wh_arena_format(
            &pass->batch->arena, ret, err, "the record has %zu cell%s where there %s %zu column%s",
            record->cells, record->cells == 1 ? "" : "s", csv->column_count == 1 ? "is" : "are",
            csv->column_count, csv->column_count == 1 ? "" : "s");
    if (WH_LIKELY(is_utf8(pass->reader, pass->text->bytes, record->start, record->end)))
        return WH_OK;
    return check_cells(pass, record, ends, ret, err);
}

/* A whole record becomes a row, a bad record or, being blank, nothing. */
static wh_code take_record(struct pass *pass, const struct wh_csv_record *record, uint32_t *ends,
                           struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    const char *text = pass->scan.text;
    pass->used = record->next;
    if (WH_UNLIKELY(csv->column_count > 1 && wh_csv_record_is_blank(text, record))) {
        pass->text->position.line++;
        return WH_OK;
    }
    /* The CR of a CR LF belongs to the line end, not to the last cell. */
    bool has_newline = record->next > record->end;
    bool has_return = has_newline && record->end > record->start && text[record->end - 1] == '\r';
    if (has_return && record->cells <= csv->column_count)
        ends[record->cells - 1]--;

    struct wh_str reason;
    WH_TRY(check_record(pass, record, ends, &reason, err));
    if (WH_UNLIKELY(reason.ptr != NULL)) {
        WH_TRY(add_bad(pass, record->start, record->next, reason, err));
    } else {
        size_t row = pass->batch->row_count + pass->rows;
        pass->batch->positions[row] = position_at(pass, record->start);
        pass->reader->starts[pass->rows] = (uint32_t)record->start;
        pass->rows++;
    }
    pass->text->position.line += has_newline;
    if (WH_UNLIKELY(record->may_span_lines))
        pass->text->position.line +=
            wh_csv_count_lines(wh_str_make(text + record->start, record->end - record->start));
    return WH_OK;
}

static bool has_room(const struct pass *pass)
{
    const struct wh_batch *batch = pass->batch;
    return !is_full(pass->reader, batch->row_count + pass->rows, batch->bad_count,
                    batch->size + pass->used);
}

/* Takes records until the batch is full or the text has no whole one left. */
static wh_code take_records(struct pass *pass, struct wh_error *err)
{
    const struct wh_csv *csv = pass->reader->csv;
    bool is_whole = true;
    while (is_whole && has_room(pass)) {
        uint32_t *ends = pass->reader->ends + pass->rows * csv->column_count;
        size_t start = pass->scan.start;
        struct wh_csv_record record;
        enum wh_csv_found found =
            csv->scanner.functions->next(&pass->scan, ends, csv->column_count, &record);
        if (found == WH_CSV_NOTHING)
            break;
        size_t size = (found == WH_CSV_RECORD ? record.end : pass->scan.len) - start;
        bool is_too_long = found != WH_CSV_MALFORMED && size > csv->record_limit;
        if (found == WH_CSV_MALFORMED || WH_UNLIKELY(is_too_long))
            WH_TRY(reject_line(pass, start, &is_whole, err));
        else if (found == WH_CSV_PARTIAL)
            break;
        else
            WH_TRY(take_record(pass, &record, ends, err));
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

    WH_TRY(take_records(&pass, err));
    WH_TRY(wh_csv_fill(reader, text->bytes.ptr, pass.rows, batch, err));
    text->position.offset = pass.offset + pass.used;
    batch->size += pass.used;
    *ret_used = pass.used;
    return WH_OK;
}
