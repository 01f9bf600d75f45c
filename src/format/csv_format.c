/* SPDX-License-Identifier: Apache-2.0 */
/** CSV behind the format contract. */
#include "base/error.h"
#include "format/csv_detect.h"
#include "format/csv_internal.h"

/* The parser is a struct wh_csv. */
static const struct wh_csv *csv_from(const struct wh_parser *parser)
{
    return (const struct wh_csv *)parser;
}

struct wh_csv *wh_csv_from(struct wh_parser *parser)
{
    return (struct wh_csv *)parser;
}

static struct wh_csv_reader *reader_from(struct wh_format_reader *reader)
{
    return (struct wh_csv_reader *)reader;
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    struct wh_csv_form form;
    return wh_csv_form_make(options, &form, err);
}

static wh_code columns_of_names(const struct wh_csv_header *header, struct wh_arena *arena,
                                struct wh_format_head *ret, struct wh_error *err)
{
    struct wh_column_info *columns = wh_arena_array(arena, header->count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, header->count * sizeof(*columns));
    for (size_t i = 0; i < header->count; i++)
        columns[i] = wh_format_text_column(header->names[i]);
    ret->columns = columns;
    ret->column_count = header->count;
    return WH_OK;
}

static wh_code head(const struct wh_format_head_request *request, struct wh_format_head *ret,
                    struct wh_error *err)
{
    struct wh_csv_header header;
    enum wh_csv_found found;
    struct wh_csv_form form;
    WH_TRY(wh_csv_form_make(request->options, &form, err));
    WH_TRY(wh_csv_header_read(&form, request->text, request->is_last, request->arena, &header,
                              &found, err));
    *ret = (struct wh_format_head){
        .size = header.size, .lines = header.lines, .left_out = header.preamble};
    if (found == WH_CSV_PARTIAL)
        ret->found = WH_FORMAT_PARTIAL;
    else if (found == WH_CSV_NOTHING)
        ret->found = WH_FORMAT_EMPTY;
    else
        ret->found = WH_FORMAT_WHOLE;
    return columns_of_names(&header, request->arena, ret, err);
}

static wh_code open_parser(const struct wh_format_options *options,
                           const struct wh_table_info *table, struct wh_arena *arena,
                           struct wh_parser **ret, struct wh_error *err)
{
    struct wh_csv *csv = WH_ARENA_NEW(arena, struct wh_csv);
    struct wh_str *names = wh_arena_array(arena, table->column_count, sizeof(*names));
    if (csv == NULL || names == NULL)
        return wh_error_no_memory(err, table->column_count * sizeof(*names));
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    struct wh_csv_form form;
    WH_TRY(wh_csv_form_make(options, &form, err));
    wh_csv_init(csv, &form, names, table->column_count);
    *ret = (struct wh_parser *)csv;
    return WH_OK;
}

static wh_code detect(struct wh_format_options *options,
                      const struct wh_format_head_request *request, struct wh_str *ret_why,
                      struct wh_error *err)
{
    struct wh_csv_detect_request sample = {.text = request->text,
                                           .is_last = request->is_last,
                                           .expected = request->expected,
                                           .arena = request->arena};
    return wh_csv_detect(options, &sample, ret_why, err);
}

static bool footer(const struct wh_format_options *options, struct wh_str text, bool is_all,
                   size_t *ret)
{
    struct wh_csv_form form;
    if (wh_csv_form_make(options, &form, NULL) != WH_OK)
        return false;
    return wh_csv_footer_start(&form, text, is_all, ret);
}

static wh_code explain(const struct wh_parser *parser, struct wh_buf *text, struct wh_error *err)
{
    return wh_csv_explain(csv_from(parser), text, err);
}

static uint64_t count_lines(const struct wh_parser *parser, char before, struct wh_str text)
{
    const struct wh_csv_dialect *dialect = &csv_from(parser)->form.dialect;
    struct wh_csv_lines lines = {.follows_return = before == '\r'};
    wh_csv_lines_add(&lines, dialect, text);
    return lines.count;
}

static struct wh_str strip_line_end(const struct wh_parser *parser, struct wh_str bytes)
{
    return wh_csv_strip_line_end(&csv_from(parser)->form.dialect, bytes);
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code reader_new(const struct wh_parser *parser, size_t batch_rows,
                          struct wh_format_reader **ret, struct wh_error *err)
{
    struct wh_csv_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    wh_code rc = wh_csv_reader_init(reader, csv_from(parser), err);
    if (rc != WH_OK) {
        free(reader);
        return rc;
    }
    if (batch_rows > 0)
        reader->row_capacity = WH_MIN(reader->row_capacity, batch_rows);
    *ret = (struct wh_format_reader *)reader;
    return WH_OK;
}

static void reader_free(struct wh_format_reader *reader)
{
    wh_csv_reader_release(reader_from(reader));
    free(reader);
}

static wh_code begin(const struct wh_format_reader *reader, struct wh_batch *batch,
                     struct wh_error *err)
{
    return wh_csv_reader_begin((const struct wh_csv_reader *)reader, batch, err);
}

static bool is_full(const struct wh_format_reader *reader, const struct wh_batch *batch)
{
    return wh_csv_batch_is_full((const struct wh_csv_reader *)reader, batch);
}

static wh_code read_text(struct wh_format_reader *reader, struct wh_format_text *text,
                         struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    return wh_csv_read(reader_from(reader), text, batch, ret_used, err);
}

static size_t count(const struct wh_parser *parser, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret)
{
    return wh_csv_count(csv_from(parser), text, stop, ret);
}

/* ---- records larger than the room for them --------------------------------------------------- */

struct csv_judge {
    const struct wh_csv *csv;
    struct wh_csv_machine machine;
    enum wh_csv_found found; /* by the machine */
    uint64_t taken;          /* bytes given */
    uint64_t line_size;      /* of the first line, with its end; 0: it goes on */
    bool follows_return;     /* the last piece ended with a CR that may be half of a line end */
};

static wh_code judge_new(const struct wh_parser *parser, struct wh_arena *arena,
                         struct wh_judge **ret, struct wh_error *err)
{
    struct csv_judge *judge = WH_ARENA_NEW(arena, struct csv_judge);
    if (judge == NULL)
        return wh_error_no_memory(err, sizeof(*judge));
    judge->csv = csv_from(parser);
    judge->found = WH_CSV_PARTIAL;
    wh_csv_judge_init(judge->csv, &judge->machine);
    *ret = (struct wh_judge *)judge;
    return WH_OK;
}

/* Looks for the end of the first line in the next piece. */
static void find_line_end(struct csv_judge *judge, struct wh_str piece, bool is_last)
{
    const struct wh_csv_dialect *dialect = &judge->csv->form.dialect;
    bool has_end;
    size_t next = wh_csv_line_next(dialect, piece, 0, is_last, &has_end);
    if (judge->follows_return && (piece.len > 0 || is_last))
        judge->line_size = judge->taken + (piece.len > 0 && piece.ptr[0] == '\n');
    else if (has_end)
        judge->line_size = judge->taken + next;
    judge->follows_return =
        dialect->line_end == WH_CSV_LINES_ANY && piece.len > 0 && piece.ptr[piece.len - 1] == '\r';
}

static struct wh_verdict whole_record(enum wh_verdict_kind kind, const struct csv_judge *judge)
{
    return (struct wh_verdict){kind, judge->machine.size, judge->machine.lines};
}

static struct wh_verdict judge_piece(struct wh_judge *opened, const struct wh_format_text *text)
{
    struct csv_judge *judge = (struct csv_judge *)opened;
    struct wh_str piece = text->bytes;
    if (judge->line_size == 0)
        find_line_end(judge, piece, text->is_last);
    judge->taken += piece.len;
    size_t unused;
    if (judge->found == WH_CSV_PARTIAL)
        judge->found = wh_csv_machine_run(&judge->machine, piece, NULL, 0, &unused);
    if (judge->found == WH_CSV_PARTIAL && text->is_last)
        judge->found = wh_csv_machine_finish(&judge->machine);

    struct wh_verdict verdict = {.kind = WH_VERDICT_UNDECIDED};
    switch (wh_csv_judge(&judge->machine, judge->found)) {
    case WH_CSV_READABLE:
        verdict = whole_record(WH_VERDICT_READABLE, judge);
        /* And a byte more: behind a CR it shows whether the record is over. */
        verdict.size += judge->csv->form.dialect.line_end == WH_CSV_LINES_ANY;
        break;
    case WH_CSV_BAD_RECORD:
        return whole_record(WH_VERDICT_BAD, judge);
    case WH_CSV_BAD_LINE:
        if (judge->line_size > 0)
            return (struct wh_verdict){WH_VERDICT_BAD, judge->line_size, 1};
        if (text->is_last)
            return (struct wh_verdict){WH_VERDICT_BAD, judge->taken, 0};
        break;
    case WH_CSV_UNDECIDED:
        break;
    }
    return verdict;
}

static wh_code reason(const struct wh_judge *opened, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err)
{
    const struct csv_judge *judge = (const struct csv_judge *)opened;
    return wh_csv_reason(judge->csv, &judge->machine, arena, ret, err);
}

/* ---- the format ------------------------------------------------------------------------------ */

const struct wh_format wh_csv_format = {
    .name = "csv",
    .help = "cells between delimiters, a record a line; quotes protect both",
    .suffixes = (const char *const[]){".csv", ".tsv", ".tab", NULL},
    .options = (const char *const[]){"dialect", "delimiter", "quote", "escape", "line_end",
                                     "quote_spaces", "comment", "skip", "skip_end", "header",
                                     "ragged", "columns", "nulls", NULL},
    .empty = "the file is empty; a header was expected (or 'header: false' and 'columns')",
    .no_columns =
        "there is no header: state the names of the columns in 'format': columns: [id, name]",
    .check = check,
    .detect = detect,
    .head = head,
    .footer = footer,
    .open = open_parser,
    .explain = explain,
    .count_lines = count_lines,
    .strip_line_end = strip_line_end,
    .reader_new = reader_new,
    .reader_free = reader_free,
    .begin = begin,
    .is_full = is_full,
    .read = read_text,
    .count = count,
    .judge_new = judge_new,
    .judge = judge_piece,
    .reason = reason,
};
