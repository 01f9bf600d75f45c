/* SPDX-License-Identifier: Apache-2.0 */
/** From JSON text to rows and bad records. */
#include "base/error.h"
#include "data/json_text.h"
#include "data/text.h"
#include "format/json_internal.h"

/* Cells that one batch has room for: bounds its memory where a table is very wide. */
#define MAX_BATCH_CELLS ((size_t)1 << 20)

/* Text is checked for UTF-8 in spans of about so many bytes. */
#define UTF8_SPAN ((size_t)16 << 10)

/* What the scratch arena keeps from record to record. */
#define KEPT_SCRATCH ((size_t)64 << 10)

/* One call of wh_json_read(). */
struct pass {
    struct wh_json_reader *reader;
    const struct wh_json *json;
    struct wh_format_text *text;
    struct wh_batch *batch;
    uint64_t offset; /* of the text in its file */
    size_t used;     /* bytes of the text that are done with */
};

/* ---- opening --------------------------------------------------------------------------------- */

/* Finds the column @p name, which is no member: it is taken out of @p members. */
static size_t take_extra(struct wh_str name, struct wh_str *members, size_t count)
{
    for (size_t i = 0; i < count && name.len > 0; i++) {
        if (!wh_str_equal(members[i], name))
            continue;
        members[i] = WH_STR_NONE;
        return i;
    }
    return WH_JSON_NO_COLUMN;
}

wh_code wh_json_init(struct wh_json *json, const struct wh_format_options *options,
                     const struct wh_str *names, size_t count, struct wh_arena *arena,
                     struct wh_error *err)
{
    *json = (struct wh_json){.functions = wh_json_functions_choose(),
                             .encoding = options->encoding,
                             .names = names,
                             .column_count = count,
                             .ignores_unknown = wh_str_is(options->unknown, "ignore"),
                             .cell_limit = options->cell,
                             .record_limit = wh_format_record_limit(options)};
    struct wh_str *members = wh_arena_array(arena, count, sizeof(*members));
    if (members == NULL)
        return wh_error_no_memory(err, count * sizeof(*members));
    memcpy(members, names, count * sizeof(*members));
    json->rest_column = take_extra(options->rest, members, count);
    json->missing_column = take_extra(options->missing, members, count);
    return wh_json_shape_make(&json->shape, members, count, options->columns.count > 0, arena, err);
}

wh_code wh_json_reader_init(struct wh_json_reader *reader, const struct wh_json *json,
                            struct wh_error *err)
{
    size_t rows = MAX_BATCH_CELLS / WH_MAX(json->column_count, (size_t)1);
    *reader = (struct wh_json_reader){.json = json, .row_capacity = WH_MIN(rows, WH_BATCH_ROWS)};
    reader->row =
        (struct wh_json_row){.shape = &json->shape, .ignores_unknown = json->ignores_unknown};
    wh_arena_init(&reader->scratch);
    wh_buf_init(&reader->rest, UINT32_MAX);
    wh_buf_init(&reader->missing, UINT32_MAX);
    reader->row.met = calloc(json->shape.node_count, sizeof(*reader->row.met));
    if (reader->row.met == NULL)
        return wh_error_no_memory(err, json->shape.node_count * sizeof(*reader->row.met));
    if (json->rest_column != WH_JSON_NO_COLUMN)
        reader->row.rest = &reader->rest;
    return WH_OK;
}

void wh_json_reader_release(struct wh_json_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->row.met);
    wh_json_names_release(&reader->names);
    wh_arena_release(&reader->scratch);
    wh_buf_release(&reader->rest);
    wh_buf_release(&reader->missing);
    *reader = (struct wh_json_reader){0};
}

wh_code wh_json_reader_begin(const struct wh_json_reader *reader, struct wh_batch *batch,
                             struct wh_error *err)
{
    return wh_format_begin(batch, reader->json->column_count, reader->row_capacity, err);
}

/* ---- records --------------------------------------------------------------------------------- */

static bool is_full(const struct wh_json_reader *reader, const struct wh_batch *batch,
                    uint64_t size)
{
    size_t items = batch->row_count + batch->bad_count;
    return wh_batch_is_full(batch, reader->row_capacity, items, size);
}

bool wh_json_batch_is_full(const struct wh_json_reader *reader, const struct wh_batch *batch)
{
    return is_full(reader, batch, batch->size);
}

static bool has_room(const struct pass *pass)
{
    return !is_full(pass->reader, pass->batch, pass->batch->size + pass->used);
}

static struct wh_position position_at(const struct pass *pass, size_t at)
{
    struct wh_position position = pass->text->position;
    position.offset = pass->offset + at;
    return position;
}

/* Puts the record on record as bad. */
static wh_code add_bad(struct pass *pass, const struct wh_json_record *record, struct wh_str reason,
                       struct wh_error *err)
{
    struct wh_str raw = wh_str_trim(
        wh_str_make(pass->text->bytes.ptr + record->start, record->end - record->start));
    struct wh_bad_record bad = {.position = position_at(pass, record->start),
                                .reason = reason,
                                .raw = wh_str_make(raw.ptr, WH_MIN(raw.len, WH_FORMAT_RAW_SIZE)),
                                .size = record->next - record->start,
                                .before_row = (uint32_t)pass->batch->row_count};
    return wh_batch_add_bad(pass->batch, &bad, err);
}

static struct wh_json_place place_at(const struct pass *pass, size_t start, size_t at)
{
    uint64_t lines = 0;
    for (size_t i = start; i < at; i++)
        lines += pass->text->bytes.ptr[i] == '\n';
    return (struct wh_json_place){.byte = at - start + 1,
                                  .line = lines > 0 ? pass->text->position.line + lines : 0};
}

/* Whether text[start, end), whole characters, is UTF-8 without NUL. Many records are checked at a
 * time; a span with something wrong in it is checked record by record. */
static bool is_utf8(struct wh_json_reader *reader, struct wh_str text, size_t start, size_t end)
{
    if (end <= reader->valid_until)
        return true;
    if (end > reader->doubted_until) {
        size_t until = WH_MAX(end, text.len - start < UTF8_SPAN ? text.len : start + UTF8_SPAN);
        while (until > end && (text.ptr[until - 1] & 0x80) != 0)
            until--;
        if (wh_utf8_is_valid(wh_str_make(text.ptr + start, until - start))) {
            reader->valid_until = until;
            return true;
        }
        reader->doubted_until = until;
    }
    return wh_utf8_is_valid(wh_str_make(text.ptr + start, end - start));
}

static wh_code utf8_reason(const struct pass *pass, const struct wh_json_record *record,
                           struct wh_str *ret, struct wh_error *err)
{
    struct wh_str bytes =
        wh_str_make(pass->text->bytes.ptr + record->start, record->end - record->start);
    return wh_format_text_reason(NULL, bytes, pass->json->encoding, &pass->batch->arena, ret, err);
}

/* Scans the object that starts the text [start, end) into the next row. */
static bool scan_record(struct pass *pass, size_t start, size_t end, struct wh_json_scan *ret)
{
    struct wh_json_reader *reader = pass->reader;
    reader->names.count = 0;
    wh_arena_reset(&reader->scratch, KEPT_SCRATCH);
    struct wh_str text = wh_str_make(pass->text->bytes.ptr + start, end - start);
    *ret = wh_json_scan_make(text, &reader->names, &reader->scratch);
    struct wh_json_row *row = &reader->row;
    row->columns = pass->batch->columns;
    row->arena = &pass->batch->arena;
    row->row = pass->batch->row_count;
    row->record++;
    row->ignored = 0;
    if (row->rest != NULL) {
        wh_buf_reset(row->rest);
        if (wh_buf_append_byte(row->rest, '{', NULL) != WH_OK)
            return wh_json_fail(ret, WH_JSON_FAULT_MEMORY, ret->at);
    }
    return pass->json->functions->record(ret, row);
}

/* ---- what is not in the record --------------------------------------------------------------- */

static wh_code put_null(struct pass *pass, size_t column, struct wh_error *err)
{
    struct wh_column *values = &pass->batch->columns[column];
    WH_TRY(wh_column_need_validity(values, &pass->batch->arena, err));
    wh_column_set_null(values, pass->batch->row_count);
    return WH_OK;
}

/* A copy of @p text in an extra column; NULL where it holds no more than its opening bracket. */
static wh_code put_extra(struct pass *pass, size_t column, struct wh_buf *text, char closing,
                         struct wh_error *err)
{
    if (text->len <= 1)
        return put_null(pass, column, err);
    WH_TRY(wh_buf_append_byte(text, closing, err));
    struct wh_column *values = &pass->batch->columns[column];
    if (values->validity != NULL)
        wh_column_set_valid(values, pass->batch->row_count);
    return wh_arena_copy(&pass->batch->arena, wh_buf_str(text),
                         &values->values.texts[pass->batch->row_count], err);
}

/* Columns that the record has no value for are NULL, and listed where that is asked for. */
static wh_code put_missing(struct pass *pass, struct wh_error *err)
{
    const struct wh_json_row *row = &pass->reader->row;
    const struct wh_json_shape *shape = &pass->json->shape;
    struct wh_buf *list = &pass->reader->missing;
    bool is_listed = pass->json->missing_column != WH_JSON_NO_COLUMN;
    wh_buf_reset(list);
    for (size_t i = 0; i < shape->column_count && row->met_columns < shape->member_count; i++) {
        uint32_t node = shape->column_nodes[i];
        if (node == WH_JSON_NO_NODE || row->met[node] == row->record)
            continue;
        WH_TRY(put_null(pass, i, err));
        if (!is_listed)
            continue;
        WH_TRY(wh_buf_append_byte(list, list->len == 0 ? '[' : ',', err));
        WH_TRY(wh_json_append_text(list, pass->json->names[i], err));
    }
    if (is_listed)
        return put_extra(pass, pass->json->missing_column, list, ']', err);
    return WH_OK;
}

/* The reason for a value above the limit; ptr NULL where there is none. */
static wh_code check_cells(const struct pass *pass, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_batch *batch = pass->batch;
    for (size_t i = 0; i < batch->column_count; i++) {
        const struct wh_column *column = &batch->columns[i];
        if (wh_column_is_null(column, batch->row_count))
            continue;
        size_t len = column->values.texts[batch->row_count].len;
        if (len > pass->json->cell_limit)
            return wh_arena_format(
                &pass->batch->arena, ret, err,
                "column '%.*s': the value has %zu bytes, above the limit of %zu (limits.cell)",
                (int)wh_str_utf8_cut(pass->json->names[i], 200), pass->json->names[i].ptr, len,
                (size_t)pass->json->cell_limit);
    }
    return WH_OK;
}

/* The record was scanned into the next row, which is finished here; *@p ret_reason: or why not. */
static wh_code finish_row(struct pass *pass, const struct wh_json_record *record,
                          struct wh_str *ret_reason, struct wh_error *err)
{
    if (WH_UNLIKELY(pass->reader->row.met_columns < pass->json->shape.member_count ||
                    pass->json->missing_column != WH_JSON_NO_COLUMN))
        WH_TRY(put_missing(pass, err));
    if (pass->reader->row.rest != NULL)
        WH_TRY(put_extra(pass, pass->json->rest_column, pass->reader->row.rest, '}', err));
    if (WH_UNLIKELY(record->end - record->start > pass->json->cell_limit))
        WH_TRY(check_cells(pass, ret_reason, err));
    if (ret_reason->ptr == NULL) {
        struct wh_batch *batch = pass->batch;
        batch->positions[batch->row_count++] = position_at(pass, record->start);
        batch->ignored += pass->reader->row.ignored;
    }
    return WH_OK;
}

/* ---- taking records -------------------------------------------------------------------------- */

static wh_code broken_reason(const struct pass *pass, const struct wh_json_record *record,
                             struct wh_str *ret, struct wh_error *err)
{
    size_t at = record->start + (size_t)record->cause_at;
    at = WH_MIN(at, pass->text->bytes.len);
    return wh_json_break_reason(record->cause, place_at(pass, record->start, at),
                                pass->json->record_limit, &pass->batch->arena, ret, err);
}

static wh_code fault_reason(const struct pass *pass, const struct wh_json_record *record,
                            const struct wh_json_scan *scan, struct wh_str *ret,
                            struct wh_error *err)
{
    size_t at = (size_t)(scan->fault_at - pass->text->bytes.ptr);
    return wh_json_fault_reason(scan, &pass->reader->row, place_at(pass, record->start, at),
                                &pass->batch->arena, ret, err);
}

/* A whole record: scans it, checks what is behind its value. */
static wh_code read_record(struct pass *pass, const struct wh_json_record *record,
                           struct wh_str *ret_reason, struct wh_error *err)
{
    struct wh_str text = pass->text->bytes;
    if (WH_UNLIKELY(!is_utf8(pass->reader, text, record->start, record->end)))
        return utf8_reason(pass, record, ret_reason, err);
    const char *end = text.ptr + record->end;
    const char *first = wh_json_skip_space(text.ptr + record->start, end);
    struct wh_json_scan scan;
    bool is_sound = scan_record(pass, (size_t)(first - text.ptr), record->end, &scan);
    if (is_sound && WH_UNLIKELY(scan.at != end)) {
        const char *behind = wh_json_skip_space(scan.at, end);
        is_sound = behind == end || wh_json_fail(&scan, WH_JSON_FAULT_BEHIND, behind);
    }
    return is_sound ? finish_row(pass, record, ret_reason, err)
                    : fault_reason(pass, record, &scan, ret_reason, err);
}

/* Moves behind the record, which gave a row or is bad for @p reason. */
static wh_code pass_record(struct pass *pass, const struct wh_json_record *record,
                           struct wh_str reason, struct wh_error *err)
{
    if (reason.ptr != NULL)
        WH_TRY(add_bad(pass, record, reason, err));
    pass->used = record->next;
    pass->text->position.line += record->lines;
    return WH_OK;
}

static wh_code take_record(struct pass *pass, const struct wh_json_record *record,
                           struct wh_error *err)
{
    struct wh_str reason = WH_STR_NONE;
    if (record->kind == WH_JSON_ELEMENT_BROKEN)
        WH_TRY(broken_reason(pass, record, &reason, err));
    else if (record->kind == WH_JSON_ELEMENT_WHOLE)
        WH_TRY(read_record(pass, record, &reason, err));
    return pass_record(pass, record, reason, err);
}

static wh_code take_lines(struct pass *pass, struct wh_error *err)
{
    while (pass->used < pass->text->bytes.len && has_room(pass)) {
        struct wh_json_record record = wh_json_find_line(pass->json, pass->text, pass->used);
        if (record.kind == WH_JSON_ELEMENT_PARTIAL)
            break;
        WH_TRY(take_record(pass, &record, err));
    }
    return WH_OK;
}

/* The next element, where it is sound: one pass over it. False: it is to be looked at again. */
static bool take_sound_element(struct pass *pass, struct wh_json_record *ret)
{
    struct wh_str text = pass->text->bytes;
    struct wh_json_scan scan;
    return text.ptr[pass->used] == '{' && scan_record(pass, pass->used, text.len, &scan) &&
           wh_json_find_behind(pass->json, pass->text, pass->used, (size_t)(scan.at - text.ptr),
                               ret) &&
           is_utf8(pass->reader, text, ret->start, ret->end);
}

static wh_code take_elements(struct pass *pass, struct wh_error *err)
{
    while (pass->used < pass->text->bytes.len && has_room(pass)) {
        struct wh_json_record record;
        if (WH_LIKELY(take_sound_element(pass, &record))) {
            struct wh_str reason = WH_STR_NONE;
            WH_TRY(finish_row(pass, &record, &reason, err));
            WH_TRY(pass_record(pass, &record, reason, err));
            continue;
        }
        record = wh_json_find_element(pass->json, pass->text, pass->used);
        if (record.kind == WH_JSON_ELEMENT_PARTIAL)
            break;
        WH_TRY(take_record(pass, &record, err));
    }
    return WH_OK;
}

wh_code wh_json_read(struct wh_json_reader *reader, struct wh_format_text *text,
                     struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    struct pass pass = {.reader = reader,
                        .json = reader->json,
                        .text = text,
                        .batch = batch,
                        .offset = text->position.offset};
    reader->valid_until = 0;
    reader->doubted_until = 0;
    WH_TRY(pass.json->is_array ? take_elements(&pass, err) : take_lines(&pass, err));
    text->position.offset = pass.offset + pass.used;
    batch->size += pass.used;
    *ret_used = pass.used;
    return WH_OK;
}
