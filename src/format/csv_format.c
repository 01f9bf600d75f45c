/* SPDX-License-Identifier: Apache-2.0 */
/** CSV behind the format contract. */
#include "base/error.h"
#include "format/csv_internal.h"

/* The parser is the struct wh_csv, and what explains it. */
struct csv_parser {
    struct wh_csv csv;
    const struct wh_format_options *options;
};

static const struct wh_csv *csv_from(const struct wh_parser *parser)
{
    return &((const struct csv_parser *)parser)->csv;
}

struct wh_csv *wh_csv_from(struct wh_parser *parser)
{
    return &((struct csv_parser *)parser)->csv;
}

static struct wh_csv_reader *reader_from(struct wh_format_reader *reader)
{
    return (struct wh_csv_reader *)reader;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* A byte that shapes the file must be one character of its own, and no part of a line end. */
static wh_code check_byte(const char *name, char byte, struct wh_error *err)
{
    if (byte == '\n' || byte == '\r' || byte == '\0')
        return wh_error_set(err, WH_INVALID,
                            "the %s cannot be a line end or NUL; state another byte", name);
    if ((unsigned char)byte >= 0x80)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the %s 0x%02X is no ASCII character; state one of those", name,
                            (unsigned)(unsigned char)byte);
    return WH_OK;
}

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    WH_TRY(check_byte("delimiter", options->delimiter, err));
    WH_TRY(check_byte("quote", options->quote, err));
    if (options->delimiter == options->quote)
        return wh_error_set(err, WH_INVALID, "delimiter and quote are both '%c'; state two bytes",
                            options->quote);
    return WH_OK;
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
    WH_TRY(wh_csv_header_read(request->options, request->text, request->is_last, request->arena,
                              &header, &found, err));
    *ret = (struct wh_format_head){.size = header.size, .lines = header.lines};
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
    struct csv_parser *parser = WH_ARENA_NEW(arena, struct csv_parser);
    struct wh_str *names = wh_arena_array(arena, table->column_count, sizeof(*names));
    if (parser == NULL || names == NULL)
        return wh_error_no_memory(err, table->column_count * sizeof(*names));
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    parser->options = options;
    wh_csv_init(&parser->csv, options, names, table->column_count);
    *ret = (struct wh_parser *)parser;
    return WH_OK;
}

/* ---- in words -------------------------------------------------------------------------------- */

static wh_code explain_byte(struct wh_buf *text, const char *name, char byte, struct wh_error *err)
{
    if (byte == '\t')
        return wh_buf_printf(text, err, "%s '\\t', ", name);
    if (byte < ' ' || byte == 0x7F)
        return wh_buf_printf(text, err, "%s 0x%02X, ", name, (unsigned)byte);
    return wh_buf_printf(text, err, "%s '%c', ", name, byte);
}

static wh_code explain_nulls(const struct wh_option_list *nulls, struct wh_buf *text,
                             struct wh_error *err)
{
    if (nulls->items == NULL)
        return wh_buf_printf(text, err, "NULL is the empty cell");
    if (nulls->count == 0)
        return wh_buf_printf(text, err, "no cell is NULL");
    WH_TRY(wh_buf_printf(text, err, "NULL is"));
    for (size_t i = 0; i < nulls->count; i++)
        WH_TRY(wh_buf_printf(text, err, "%s '%.*s'", i > 0 ? " or" : "", WH_FMT(nulls->items[i])));
    return WH_OK;
}

/* Names that look like a whole header in one give a wrong delimiter away. */
static wh_code explain_suspicion(const struct wh_csv *csv, struct wh_buf *text,
                                 struct wh_error *err)
{
    char likely = csv->column_count == 1 ? wh_csv_likely_delimiter(csv->names[0]) : 0;
    if (likely == 0)
        return WH_OK;
    char tab[] = "\\t";
    char other[] = {likely, '\0'};
    return wh_buf_printf(text, err, "; one column only: is the delimiter '%s'?",
                         likely == '\t' ? tab : other);
}

static wh_code explain(const struct wh_parser *parser, struct wh_buf *text, struct wh_error *err)
{
    const struct wh_csv *csv = csv_from(parser);
    const struct wh_format_options *options = ((const struct csv_parser *)parser)->options;
    WH_TRY(wh_buf_printf(text, err, "CSV, "));
    WH_TRY(explain_byte(text, "delimiter", options->delimiter, err));
    WH_TRY(explain_byte(text, "quote", options->quote, err));
    WH_TRY(wh_buf_printf(text, err, "%s, ", options->has_header ? "header" : "no header"));
    WH_TRY(wh_buf_printf(text, err, "%zu column%s, ", csv->column_count,
                         csv->column_count == 1 ? "" : "s"));
    WH_TRY(explain_nulls(&options->nulls, text, err));
    return explain_suspicion(csv, text, err);
}

static uint64_t count_lines(const struct wh_parser *parser, char before, struct wh_str text)
{
    (void)parser;
    (void)before;
    return wh_csv_count_lines(text);
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

/* Lines in a whole record, with the one that ends it. */
static struct wh_verdict whole_record(enum wh_verdict_kind kind, const struct csv_judge *judge,
                                      bool has_newline)
{
    return (struct wh_verdict){kind, judge->machine.size,
                               judge->machine.inner_lines + (has_newline ? 1 : 0)};
}

static struct wh_verdict judge_piece(struct wh_judge *opened, struct wh_str piece, bool is_last)
{
    struct csv_judge *judge = (struct csv_judge *)opened;
    if (judge->line_size == 0) {
        const char *newline = piece.len > 0 ? memchr(piece.ptr, '\n', piece.len) : NULL;
        if (newline != NULL)
            judge->line_size = judge->taken + (uint64_t)(newline - piece.ptr) + 1;
    }
    judge->taken += piece.len;
    size_t unused;
    if (judge->found == WH_CSV_PARTIAL)
        judge->found = wh_csv_machine_run(&judge->machine, piece, NULL, 0, &unused);
    bool has_newline = judge->found == WH_CSV_RECORD;
    if (judge->found == WH_CSV_PARTIAL && is_last)
        judge->found = wh_csv_machine_finish(&judge->machine);

    switch (wh_csv_judge(&judge->machine, judge->found)) {
    case WH_CSV_READABLE:
        return whole_record(WH_VERDICT_READABLE, judge, has_newline);
    case WH_CSV_BAD_RECORD:
        return whole_record(WH_VERDICT_BAD, judge, has_newline);
    case WH_CSV_BAD_LINE:
        if (judge->line_size > 0)
            return (struct wh_verdict){WH_VERDICT_BAD, judge->line_size, 1};
        if (is_last)
            return (struct wh_verdict){WH_VERDICT_BAD, judge->taken, 0};
        break;
    case WH_CSV_UNDECIDED:
        break;
    }
    return (struct wh_verdict){.kind = WH_VERDICT_UNDECIDED};
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
    .options = (const char *const[]){"delimiter", "quote", "header", "columns", "nulls", NULL},
    .empty = "the file is empty; a header was expected (or 'header: false' and 'columns')",
    .no_columns = "there is no header: state the names of the columns with 'columns'",
    .check = check,
    .head = head,
    .open = open_parser,
    .explain = explain,
    .count_lines = count_lines,
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
