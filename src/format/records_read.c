/* SPDX-License-Identifier: Apache-2.0 */
/** Records of converted files behind the format contract: into batches. */
#include "base/error.h"
#include "data/text.h"
#include "format/records.h"

/* Values that the columns of a batch have room for, at least MIN_ROWS rows of them. */
#define BATCH_VALUES ((size_t)1 << 20)
#define MIN_ROWS ((size_t)16)

struct records {
    const struct wh_column_info *columns;
    size_t column_count;
    size_t row_capacity;
};

struct records_reader {
    const struct records *records;
    size_t row_capacity;
};

static const struct records *records_from(const struct wh_parser *parser)
{
    return (const struct records *)parser;
}

wh_code wh_records_open(const struct wh_format_options *options, const struct wh_table_info *table,
                        struct wh_arena *arena, struct wh_parser **ret, struct wh_error *err)
{
    (void)options;
    struct records *records = WH_ARENA_NEW(arena, struct records);
    if (records == NULL)
        return wh_error_no_memory(err, sizeof(*records));
    size_t rows = BATCH_VALUES / WH_MAX(table->column_count, (size_t)1);
    *records =
        (struct records){.columns = table->columns,
                         .column_count = table->column_count,
                         .row_capacity = WH_MIN(WH_MAX(rows, MIN_ROWS), (size_t)WH_BATCH_ROWS)};
    *ret = (struct wh_parser *)records;
    return WH_OK;
}

wh_code wh_records_explain(const struct wh_parser *parser, struct wh_buf *text,
                           struct wh_error *err)
{
    const struct records *records = records_from(parser);
    return wh_record_explain(records->columns, records->column_count, text, err);
}

/* Records say themselves which row they are. */
uint64_t wh_records_count_lines(const struct wh_parser *parser, char before, struct wh_str text)
{
    (void)parser;
    (void)before;
    (void)text;
    return 0;
}

/* ---- into batches ---------------------------------------------------------------------------- */

wh_code wh_records_reader_new(const struct wh_parser *parser, size_t batch_rows,
                              struct wh_format_reader **ret, struct wh_error *err)
{
    struct records_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->records = records_from(parser);
    reader->row_capacity = reader->records->row_capacity;
    if (batch_rows > 0)
        reader->row_capacity = WH_MIN(reader->row_capacity, batch_rows);
    *ret = (struct wh_format_reader *)reader;
    return WH_OK;
}

void wh_records_reader_free(struct wh_format_reader *reader)
{
    free(reader);
}

wh_code wh_records_begin(const struct wh_format_reader *opened, struct wh_batch *batch,
                         struct wh_error *err)
{
    const struct records_reader *reader = (const struct records_reader *)opened;
    size_t count = reader->records->column_count;
    size_t rows = WH_MIN(reader->row_capacity, batch->most_rows);
    wh_batch_reset(batch);
    batch->columns = wh_arena_array(&batch->arena, count, sizeof(*batch->columns));
    batch->positions = wh_arena_array(&batch->arena, rows, sizeof(*batch->positions));
    if (batch->columns == NULL || batch->positions == NULL)
        return wh_error_no_memory(err, rows * sizeof(*batch->positions));
    batch->column_count = count;
    for (size_t i = 0; i < count; i++) {
        struct wh_column *column = &batch->columns[i];
        WH_TRY(wh_column_init(column, reader->records->columns[i].type, rows, &batch->arena, err));
        WH_TRY(wh_column_need_validity(column, &batch->arena, err));
        memset(column->validity, 0, WH_BATCH_ROWS / 8);
    }
    return WH_OK;
}

bool wh_records_is_full(const struct wh_format_reader *opened, const struct wh_batch *batch)
{
    const struct records_reader *reader = (const struct records_reader *)opened;
    size_t items = batch->row_count + batch->bad_count;
    return wh_batch_is_full(batch, reader->row_capacity, items, batch->size);
}

/* True where @p bytes hold the whole record that they start with. */
static bool find_record(struct wh_str bytes, struct wh_record_head *ret)
{
    if (bytes.len < sizeof(*ret))
        return false;
    memcpy(ret, bytes.ptr, sizeof(*ret));
    return ret->size <= bytes.len;
}

/* A temporary file that somebody wrote to. */
static wh_code refuse_bytes(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "a temporary file does not read back as it was written");
}

static wh_code read_values(const struct records *records, struct wh_str values,
                           struct wh_batch *batch, struct wh_error *err)
{
    size_t row = batch->row_count;
    while (values.len > 0) {
        struct wh_record_value value;
        if (values.len < sizeof(value))
            return refuse_bytes(err);
        memcpy(&value, values.ptr, sizeof(value));
        values = wh_str_make(values.ptr + sizeof(value), values.len - sizeof(value));
        if (value.len > values.len || value.column >= records->column_count)
            return refuse_bytes(err);
        struct wh_column *column = &batch->columns[value.column];
        enum wh_fault fault =
            wh_value_parse(wh_str_make(values.ptr, value.len), &batch->arena, column, row);
        if (fault == WH_FAULT_NO_MEMORY)
            return wh_error_no_memory(err, value.len);
        if (fault != WH_FAULT_NONE)
            return refuse_bytes(err);
        wh_column_set_valid(column, row);
        values = wh_str_make(values.ptr + value.len, values.len - value.len);
    }
    batch->row_count++;
    return WH_OK;
}

/* A record that is no row. */
static wh_code read_refused(struct wh_str bytes, struct wh_position position,
                            const struct wh_record_head *head, struct wh_batch *batch,
                            struct wh_error *err)
{
    uint32_t len;
    if (bytes.len < sizeof(len))
        return refuse_bytes(err);
    memcpy(&len, bytes.ptr, sizeof(len));
    bytes = wh_str_make(bytes.ptr + sizeof(len), bytes.len - sizeof(len));
    if (len > bytes.len)
        return refuse_bytes(err);
    struct wh_bad_record bad = {.position = position,
                                .reason = wh_str_make(bytes.ptr, len),
                                .is_left_out = head->kind == WH_RECORD_LEFT_OUT,
                                .shows_values = true,
                                .raw = wh_str_make(bytes.ptr + len, bytes.len - len),
                                .size = head->size,
                                .before_row = (uint32_t)batch->row_count};
    return wh_batch_add_bad(batch, &bad, err);
}

wh_code wh_records_read(struct wh_format_reader *opened, struct wh_format_text *text,
                        struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    const struct records_reader *reader = (const struct records_reader *)opened;
    size_t used = 0;
    struct wh_record_head head;
    while (!wh_records_is_full(opened, batch) &&
           find_record(wh_str_make(text->bytes.ptr + used, text->bytes.len - used), &head)) {
        if (head.size < sizeof(head))
            return refuse_bytes(err);
        struct wh_str body =
            wh_str_make(text->bytes.ptr + used + sizeof(head), head.size - sizeof(head));
        struct wh_position position = text->position;
        position.line = head.line;
        if (head.kind == WH_RECORD_ROW) {
            batch->positions[batch->row_count] = position;
            WH_TRY(read_values(reader->records, body, batch, err));
        } else {
            WH_TRY(read_refused(body, position, &head, batch, err));
        }
        used += head.size;
        text->position.offset += head.size;
        text->position.line = head.line;
        batch->size += head.size;
    }
    *ret_used = used;
    if (text->is_last && used < text->bytes.len && !wh_records_is_full(opened, batch))
        return refuse_bytes(err);
    return WH_OK;
}

/* ---- passing over ---------------------------------------------------------------------------- */

size_t wh_records_count(const struct wh_parser *parser, const struct wh_format_text *text,
                        size_t stop, struct wh_format_count *count)
{
    (void)parser;
    size_t used = 0;
    struct wh_record_head head;
    while (used < stop &&
           find_record(wh_str_make(text->bytes.ptr + used, text->bytes.len - used), &head) &&
           head.size >= sizeof(head)) {
        used += head.size;
        count->records++;
    }
    return used;
}

/* Every record is readable: its size is all there is to know. */
wh_code wh_records_judge_new(const struct wh_parser *parser, struct wh_arena *arena,
                             struct wh_judge **ret, struct wh_error *err)
{
    (void)parser;
    struct wh_verdict *judge = WH_ARENA_NEW(arena, struct wh_verdict);
    if (judge == NULL)
        return wh_error_no_memory(err, sizeof(*judge));
    *ret = (struct wh_judge *)judge;
    return WH_OK;
}

struct wh_verdict wh_records_judge(struct wh_judge *judge, const struct wh_format_text *piece)
{
    struct wh_verdict *verdict = (struct wh_verdict *)judge;
    if (piece->bytes.len >= sizeof(struct wh_record_head)) {
        struct wh_record_head head;
        memcpy(&head, piece->bytes.ptr, sizeof(head));
        *verdict = (struct wh_verdict){.kind = WH_VERDICT_READABLE, .size = head.size};
    }
    return *verdict;
}

wh_code wh_records_reason(const struct wh_judge *judge, struct wh_arena *arena, struct wh_str *ret,
                          struct wh_error *err)
{
    (void)judge;
    (void)arena;
    (void)ret;
    return wh_error_set(err, WH_BUG, "bug in wherry: a converted record has no reason");
}
