/* SPDX-License-Identifier: Apache-2.0 */
/** NDJSON and JSON arrays behind the format contract. */
#include "base/error.h"
#include "format/csv_dialect.h"
#include "format/json_internal.h"

static struct wh_json_reader *reader_from(struct wh_format_reader *reader)
{
    return (struct wh_json_reader *)reader;
}

static const struct wh_json *json_from(const struct wh_parser *parser)
{
    return (const struct wh_json *)parser;
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    if (options->unknown.ptr != NULL && !wh_str_is(options->unknown, "reject") &&
        !wh_str_is(options->unknown, "ignore"))
        return wh_error_set(err, WH_INVALID,
                            "option 'unknown' is 'reject' or 'ignore', and not '%.*s'",
                            WH_FMT(options->unknown));
    if (options->rest.len > 0 && wh_str_is(options->unknown, "ignore"))
        return wh_error_set(err, WH_INVALID,
                            "members that 'rest' keeps are not ignored; take 'unknown' away");
    return WH_OK;
}

static wh_code head_of_lines(const struct wh_format_head_request *request,
                             struct wh_format_head *ret, struct wh_error *err)
{
    return wh_json_head(request, false, ret, err);
}

static wh_code head_of_array(const struct wh_format_head_request *request,
                             struct wh_format_head *ret, struct wh_error *err)
{
    return wh_json_head(request, true, ret, err);
}

static wh_code open_json(const struct wh_format_options *options, const struct wh_table_info *table,
                         bool is_array, struct wh_arena *arena, struct wh_parser **ret,
                         struct wh_error *err)
{
    struct wh_json *json = WH_ARENA_NEW(arena, struct wh_json);
    struct wh_str *names = wh_arena_array(arena, table->column_count, sizeof(*names));
    if (json == NULL || names == NULL)
        return wh_error_no_memory(err, table->column_count * sizeof(*names));
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    WH_TRY(wh_json_init(json, options, names, table->column_count, arena, err));
    json->is_array = is_array;
    *ret = (struct wh_parser *)json;
    return WH_OK;
}

static wh_code open_lines(const struct wh_format_options *options,
                          const struct wh_table_info *table, struct wh_arena *arena,
                          struct wh_parser **ret, struct wh_error *err)
{
    return open_json(options, table, false, arena, ret, err);
}

static wh_code open_array(const struct wh_format_options *options,
                          const struct wh_table_info *table, struct wh_arena *arena,
                          struct wh_parser **ret, struct wh_error *err)
{
    return open_json(options, table, true, arena, ret, err);
}

/* ---- in words -------------------------------------------------------------------------------- */

static wh_code explain(const struct wh_parser *parser, struct wh_buf *text, struct wh_error *err)
{
    const struct wh_json *json = json_from(parser);
    WH_TRY(wh_buf_printf(text, err, "%s, %zu column%s, ", json->is_array ? "JSON array" : "NDJSON",
                         json->column_count, json->column_count == 1 ? "" : "s"));
    if (json->missing_column != WH_JSON_NO_COLUMN)
        WH_TRY(wh_buf_printf(text, err, "missing members are NULL and listed in '%.*s', ",
                             WH_FMT(json->names[json->missing_column])));
    else
        WH_TRY(wh_buf_printf(text, err, "missing members are NULL, as null is, "));
    if (json->rest_column != WH_JSON_NO_COLUMN)
        return wh_buf_printf(text, err, "members without a column are kept in '%.*s'",
                             WH_FMT(json->names[json->rest_column]));
    return wh_buf_printf(text, err, "%s",
                         json->ignores_unknown
                             ? "members without a column are ignored, and counted"
                             : "a record with a member that has no column is rejected");
}

static uint64_t count_lines(const struct wh_parser *parser, char before, struct wh_str text)
{
    (void)parser;
    (void)before;
    return wh_csv_count_lines(text);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void reader_free(struct wh_format_reader *reader)
{
    wh_json_reader_release(reader_from(reader));
    free(reader);
}

static wh_code reader_new(const struct wh_parser *parser, size_t batch_rows,
                          struct wh_format_reader **ret, struct wh_error *err)
{
    struct wh_json_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    wh_code rc = wh_json_reader_init(reader, json_from(parser), err);
    if (rc != WH_OK) {
        reader_free((struct wh_format_reader *)reader);
        return rc;
    }
    if (batch_rows > 0)
        reader->row_capacity = WH_MIN(reader->row_capacity, batch_rows);
    *ret = (struct wh_format_reader *)reader;
    return WH_OK;
}

static wh_code begin(const struct wh_format_reader *reader, struct wh_batch *batch,
                     struct wh_error *err)
{
    return wh_json_reader_begin((const struct wh_json_reader *)reader, batch, err);
}

static bool is_full(const struct wh_format_reader *reader, const struct wh_batch *batch)
{
    return wh_json_batch_is_full((const struct wh_json_reader *)reader, batch);
}

static wh_code read_text(struct wh_format_reader *reader, struct wh_format_text *text,
                         struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    return wh_json_read(reader_from(reader), text, batch, ret_used, err);
}

static size_t count(const struct wh_parser *parser, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret)
{
    return wh_json_count_records(json_from(parser), text, stop, ret);
}

/* ---- records larger than the room for them --------------------------------------------------- */

struct json_judge {
    const struct wh_json *json;
    struct wh_json_element element; /* of an array */
    uint64_t taken;                 /* NDJSON: bytes of the line so far */
};

static wh_code judge_new(const struct wh_parser *parser, struct wh_arena *arena,
                         struct wh_judge **ret, struct wh_error *err)
{
    struct json_judge *judge = WH_ARENA_NEW(arena, struct json_judge);
    if (judge == NULL)
        return wh_error_no_memory(err, sizeof(*judge));
    judge->json = json_from(parser);
    wh_json_element_init(&judge->element, judge->json->record_limit);
    *ret = (struct wh_judge *)judge;
    return WH_OK;
}

static struct wh_verdict judge_line(struct json_judge *judge, const struct wh_format_text *text)
{
    struct wh_str piece = text->bytes;
    const char *newline = piece.len > 0 ? memchr(piece.ptr, '\n', piece.len) : NULL;
    uint64_t len = judge->taken + (newline != NULL ? (uint64_t)(newline - piece.ptr) : piece.len);
    judge->taken += piece.len;
    if (newline == NULL && !text->is_last)
        return (struct wh_verdict){.kind = WH_VERDICT_UNDECIDED};
    uint64_t lines = newline != NULL;
    bool is_bad = len > judge->json->record_limit;
    return (struct wh_verdict){.kind = is_bad ? WH_VERDICT_BAD : WH_VERDICT_READABLE,
                               .size = len + lines,
                               .lines = is_bad ? lines : 0};
}

static struct wh_verdict judge_element(struct json_judge *judge, const struct wh_format_text *text)
{
    struct wh_json_element *element = &judge->element;
    switch (wh_json_element_take(element, text->bytes, text->is_last, text->is_file_end)) {
    case WH_JSON_ELEMENT_WHOLE:
    case WH_JSON_ELEMENT_CLOSING:
        return (struct wh_verdict){.kind = WH_VERDICT_READABLE, .size = element->needed};
    case WH_JSON_ELEMENT_BROKEN:
        return (struct wh_verdict){
            .kind = WH_VERDICT_BAD, .size = element->size, .lines = element->size_lines};
    case WH_JSON_ELEMENT_PARTIAL:
        break;
    }
    return (struct wh_verdict){.kind = WH_VERDICT_UNDECIDED};
}

static struct wh_verdict judge_piece(struct wh_judge *opened, const struct wh_format_text *text)
{
    struct json_judge *judge = (struct json_judge *)opened;
    return judge->json->is_array ? judge_element(judge, text) : judge_line(judge, text);
}

static wh_code reason(const struct wh_judge *opened, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err)
{
    const struct json_judge *judge = (const struct json_judge *)opened;
    const struct wh_json_element *element = &judge->element;
    enum wh_json_break cause = judge->json->is_array ? element->cause : WH_JSON_BREAK_SIZE;
    struct wh_json_place place = {.byte = element->cause_at + 1};
    return wh_json_break_reason(cause, place, judge->json->record_limit, arena, ret, err);
}

/* ---- the formats ----------------------------------------------------------------------------- */

/* What the two have in common. */
#define JSON_FUNCTIONS                                                                             \
    .options = json_options, .chooses_columns = true, .check = check, .explain = explain,          \
    .count_lines = count_lines, .reader_new = reader_new, .reader_free = reader_free,              \
    .begin = begin, .is_full = is_full, .read = read_text, .count = count, .judge_new = judge_new, \
    .judge = judge_piece, .reason = reason

static const char *const json_options[] = {"columns", "unknown", "rest", "missing", NULL};

const struct wh_format wh_ndjson_format = {
    .name = "ndjson",
    .help = "JSON objects, one a line",
    .suffixes = (const char *const[]){".ndjson", ".jsonl", NULL},
    .empty = "the file has no records",
    .no_columns = "the first records are no JSON objects with members; is it an array "
                  "('type: json')? Otherwise state 'columns'",
    .head = head_of_lines,
    .open = open_lines,
    JSON_FUNCTIONS,
};

const struct wh_format wh_json_format = {
    .name = "json",
    .help = "one array of JSON objects",
    .suffixes = (const char *const[]){".json", NULL},
    .empty = "the file is empty; an array was expected",
    .no_columns = "the first elements are no JSON objects with members; state 'columns'",
    .head = head_of_array,
    .open = open_array,
    JSON_FUNCTIONS,
};
