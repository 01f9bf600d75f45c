/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_rows.h"

#include <inttypes.h>

#include "base/error.h"
#include "data/text.h"
#include "format/records.h"

/* Records are handed over in pieces of about so many bytes. */
#define PIECE ((size_t)1 << 20)

#define MAX_NOTES ((size_t)64 << 10)

#define DELETED '*'
#define END_MARK '\x1A'

/* FoxPro: the database that a table belongs to, at the end of its header. */
#define BACKLINK_SIZE 263

void wh_dbf_rows_init(struct wh_dbf_rows *rows, const struct wh_convert_request *request,
                      struct wh_arena *arena)
{
    *rows = (struct wh_dbf_rows){.request = request, .arena = arena, .text = WH_DBF_TEXT_NONE};
    wh_arena_init(&rows->scratch);
    rows->record_limit = wh_format_record_limit(request->options);
    rows->header_size = WH_DBF_START;
    wh_buf_init(&rows->header, WH_DBF_MAX_HEADER);
    wh_buf_init(&rows->rest, UINT16_MAX);
    wh_buf_init(&rows->out, (size_t)rows->record_limit + 4 * PIECE);
}

void wh_dbf_rows_release(struct wh_dbf_rows *rows)
{
    if (rows == NULL)
        return;
    wh_dbf_text_release(&rows->text);
    wh_buf_release(&rows->header);
    wh_buf_release(&rows->rest);
    wh_buf_release(&rows->out);
    wh_arena_release(&rows->scratch);
}

static bool skips_deleted(const struct wh_dbf_rows *rows)
{
    const struct wh_format_options *options = rows->request->options;
    return options->deleted_column.ptr == NULL && !wh_str_is(options->deleted, "read");
}

/* Whether all records of the file count, whatever the header says. */
static bool counts_file(const struct wh_dbf_rows *rows)
{
    return wh_str_is(rows->request->options->records, "file");
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The fields' names, where none are stated. */
static wh_code name_column(struct wh_dbf_rows *rows, struct wh_dbf_column *column,
                           struct wh_error *err)
{
    const struct wh_option_list *stated = &rows->request->options->columns;
    size_t index = (size_t)(column - rows->columns);
    if (stated->count > 0) {
        column->name = stated->items[WH_MIN(index, stated->count - 1)];
        return WH_OK;
    }
    WH_TRY(wh_dbf_text_decode(&rows->text, column->field->name, rows->arena, &column->name, err));
    if (!wh_utf8_is_valid(column->name))
        return wh_error_set(
            err, WH_INVALID,
            "the name of field %zu is no text in %s; state 'encoding', or names with "
            "'columns'",
            (size_t)(column->field - rows->table.fields) + 1, rows->text.encoding.name);
    return wh_arena_copy(rows->arena, column->name, &column->name, err);
}

static wh_code check_stated(const struct wh_dbf_rows *rows, struct wh_error *err)
{
    size_t stated = rows->request->options->columns.count;
    if (rows->column_count == 0)
        return wh_error_set(err, WH_INVALID, "the file has no fields but those that are left out");
    if (stated == 0 || stated == rows->column_count)
        return WH_OK;
    return wh_error_set(
        err, WH_INVALID, "the file has %zu column%s and 'columns' states %zu name%s",
        rows->column_count, rows->column_count == 1 ? "" : "s", stated, stated == 1 ? "" : "s");
}

static wh_code list_columns(struct wh_dbf_rows *rows, struct wh_error *err)
{
    const struct wh_format_options *options = rows->request->options;
    const struct wh_dbf_table *table = &rows->table;
    bool ignores_memos = wh_str_is(options->memo, "ignore");
    rows->columns = wh_arena_array(rows->arena, table->field_count + 1, sizeof(*rows->columns));
    if (rows->columns == NULL)
        return wh_error_no_memory(err, (table->field_count + 1) * sizeof(*rows->columns));
    for (size_t i = 0; i < table->field_count; i++) {
        const struct wh_dbf_field *field = &table->fields[i];
        bool is_ignored = ignores_memos && field->is_in_memo;
        rows->memos_ignored += is_ignored;
        if (field->is_hidden || is_ignored)
            continue;
        struct wh_dbf_column *column = &rows->columns[rows->column_count++];
        *column = (struct wh_dbf_column){.field = field, .type = field->values};
        WH_TRY(name_column(rows, column, err));
    }
    WH_TRY(check_stated(rows, err));
    if (options->deleted_column.ptr != NULL)
        rows->columns[rows->column_count++] =
            (struct wh_dbf_column){.name = options->deleted_column, .type = {.kind = WH_KIND_BOOL}};
    return WH_OK;
}

/* ---- the header ------------------------------------------------------------------------------ */

static bool has_memos(const struct wh_dbf_rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if (rows->columns[i].field != NULL && rows->columns[i].field->is_in_memo)
            return true;
    return false;
}

static wh_code open_table(struct wh_dbf_rows *rows, struct wh_error *err)
{
    WH_TRY(wh_dbf_header_read(wh_buf_str(&rows->header), rows->arena, &rows->table, err));
    WH_TRY(wh_dbf_text_open(&rows->text, &rows->table, rows->request->options, err));
    WH_TRY(list_columns(rows, err));
    return has_memos(rows)
               ? wh_dbf_memo_open(&rows->memo, &rows->table, rows->request->parts, rows->arena, err)
               : WH_OK;
}

/* Takes what the header needs of @p bytes. */
static wh_code take_header(struct wh_dbf_rows *rows, struct wh_str *bytes, struct wh_error *err)
{
    while (rows->columns == NULL && bytes->len > 0) {
        size_t taken = WH_MIN(bytes->len, rows->header_size - rows->header.len);
        WH_TRY(wh_buf_append(&rows->header, bytes->ptr, taken, err));
        *bytes = wh_str_make(bytes->ptr + taken, bytes->len - taken);
        if (rows->header.len < rows->header_size)
            return WH_OK;
        if (rows->header_size == WH_DBF_START)
            WH_TRY(wh_dbf_header_size(wh_buf_str(&rows->header), &rows->header_size, err));
        else
            WH_TRY(open_table(rows, err));
    }
    return WH_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static wh_code hand_over(struct wh_dbf_rows *rows, struct wh_error *err)
{
    WH_TRY(rows->request->put(rows->request->put_ctx, wh_buf_str(&rows->out), err));
    rows->out.len = 0;
    return WH_OK;
}

static wh_code begin_record(struct wh_dbf_rows *rows, size_t *ret_start, struct wh_error *err)
{
    wh_arena_reset(&rows->scratch, PIECE);
    rows->seen++;
    if (rows->seen > UINT32_MAX)
        return wh_error_set(err, WH_LIMIT, "the file has more than %" PRIu32 " records",
                            UINT32_MAX);
    return wh_record_begin(&rows->out, (uint32_t)rows->seen, ret_start, err);
}

static wh_code reject(struct wh_dbf_rows *rows, struct wh_str reason, struct wh_str raw,
                      struct wh_error *err)
{
    size_t start;
    WH_TRY(begin_record(rows, &start, err));
    return wh_record_refuse(&rows->out, start, WH_RECORD_BAD, reason, raw, err);
}

static wh_code reject_flag(struct wh_dbf_rows *rows, struct wh_str record, struct wh_error *err)
{
    char reason[128];
    int len = snprintf(reason, sizeof(reason),
                       "the record begins with 0x%02X, and not with a blank, or * where it is "
                       "deleted",
                       (unsigned)(unsigned char)record.ptr[0]);
    return reject(rows, wh_str_make(reason, (size_t)len), record, err);
}

static wh_code read_record(struct wh_dbf_rows *rows, struct wh_str record, struct wh_error *err)
{
    size_t start;
    struct wh_str reason;
    WH_TRY(begin_record(rows, &start, err));
    if (record.ptr[0] == DELETED && skips_deleted(rows)) {
        rows->deleted++;
        return wh_record_refuse(&rows->out, start, WH_RECORD_LEFT_OUT,
                                WH_STR("the record is marked as deleted"), WH_STR(""), err);
    }
    WH_TRY(wh_dbf_record_read(rows, record, start, &reason, err));
    if (reason.ptr != NULL)
        return wh_record_refuse(&rows->out, start, WH_RECORD_BAD, reason, record, err);
    return wh_record_end(&rows->out, start, err);
}

static bool is_flag(char byte)
{
    return byte == ' ' || byte == DELETED;
}

/* Behind the records that the header counts there may be whole ones: somebody added them, and did
 * not come to count them. */
static wh_code reject_uncounted(struct wh_dbf_rows *rows, struct wh_str record,
                                struct wh_error *err)
{
    char reason[160];
    int len =
        snprintf(reason, sizeof(reason),
                 "the record stands behind the %" PRIu32 " that the header counts; to have it "
                 "read: format: { records: file }",
                 rows->table.record_count);
    return reject(rows, wh_str_make(reason, (size_t)len), record, err);
}

static wh_code take_record(struct wh_dbf_rows *rows, struct wh_str record, struct wh_error *err)
{
    bool is_counted = counts_file(rows) || rows->seen < rows->table.record_count;
    if (!is_flag(record.ptr[0]))
        WH_TRY(reject_flag(rows, record, err));
    else if (is_counted)
        WH_TRY(read_record(rows, record, err));
    else
        WH_TRY(reject_uncounted(rows, record, err));
    return rows->out.len >= PIECE ? hand_over(rows, err) : WH_OK;
}

/* Whether the records are over where a byte begins the next one: at an end mark, or at zeros that
 * fill a block up. Inside of what the header counts, they are not: it would be a broken record. */
static bool ends_records(const struct wh_dbf_rows *rows, char byte)
{
    if (counts_file(rows))
        return byte == END_MARK;
    return rows->seen >= rows->table.record_count && (byte == END_MARK || byte == '\0');
}

static wh_code take_records(struct wh_dbf_rows *rows, struct wh_str bytes, struct wh_error *err)
{
    size_t size = rows->table.record_size;
    while (bytes.len > 0) {
        if (rows->rest.len == 0 && !rows->is_over && ends_records(rows, bytes.ptr[0])) {
            rows->is_over = true;
            bytes = wh_str_make(bytes.ptr + 1, bytes.len - 1);
        }
        if (rows->is_over) {
            rows->behind += bytes.len;
            return WH_OK;
        }
        if (rows->rest.len == 0 && bytes.len >= size) {
            WH_TRY(take_record(rows, wh_str_make(bytes.ptr, size), err));
            bytes = wh_str_make(bytes.ptr + size, bytes.len - size);
            continue;
        }
        size_t taken = WH_MIN(bytes.len, size - rows->rest.len);
        WH_TRY(wh_buf_append(&rows->rest, bytes.ptr, taken, err));
        bytes = wh_str_make(bytes.ptr + taken, bytes.len - taken);
        if (rows->rest.len < size)
            return WH_OK;
        WH_TRY(take_record(rows, wh_buf_str(&rows->rest), err));
        rows->rest.len = 0;
    }
    return WH_OK;
}

wh_code wh_dbf_rows_take(void *ctx, struct wh_str bytes, struct wh_error *err)
{
    struct wh_dbf_rows *rows = ctx;
    WH_TRY(take_header(rows, &bytes, err));
    return take_records(rows, bytes, err);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* A record that the file ends in, and records that the header counts and the file does not have. */
static wh_code reject_missing(struct wh_dbf_rows *rows, struct wh_error *err)
{
    char reason[128];
    struct wh_str rest = wh_buf_str(&rows->rest);
    bool is_mark = rest.len > 0 && rest.ptr[0] == END_MARK;
    if (rest.len > 0 && !is_mark) {
        int len = snprintf(reason, sizeof(reason),
                           "the file ends inside the record: behind %zu of its %" PRIu32 " bytes",
                           rest.len, rows->table.record_size);
        WH_TRY(reject(rows, wh_str_make(reason, (size_t)len), rest, err));
    } else if (is_mark) {
        rows->behind += rest.len - 1;
    }
    uint64_t seen = rows->seen;
    if (counts_file(rows) || seen >= rows->table.record_count)
        return WH_OK;
    int len = snprintf(reason, sizeof(reason),
                       "the header counts %" PRIu32 " records, and the file ends behind %" PRIu64,
                       rows->table.record_count, seen);
    WH_TRY(reject(rows, wh_str_make(reason, (size_t)len), WH_STR(""), err));
    rows->seen = seen;
    return WH_OK;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static wh_code print_found(const struct wh_dbf_rows *rows, struct wh_buf *text,
                           struct wh_error *err)
{
    WH_TRY(wh_buf_printf(text, err, "DBF (%s), %" PRIu64 " record%s, texts in %s",
                         rows->table.version->name, rows->seen, plural(rows->seen),
                         rows->text.encoding.name));
    if (rows->text.is_stated)
        WH_TRY(wh_buf_printf(text, err, ", "));
    else if (rows->text.is_told)
        WH_TRY(wh_buf_printf(text, err,
                             " (language driver 0x%02X; to pin it: format: { encoding: %s }), ",
                             rows->table.driver, rows->text.encoding.name));
    else
        WH_TRY(wh_buf_printf(text, err, " (the file does not say its encoding), "));
    if (rows->memo.is_there)
        WH_TRY(wh_buf_printf(text, err, "memos in '%.*s', ", WH_FMT(rows->memo.file.name)));
    return WH_OK;
}

static struct wh_str database_of(const struct wh_dbf_rows *rows)
{
    struct wh_str header = wh_buf_str(&rows->header);
    if (rows->table.version->family != WH_DBF_VISUAL_FOXPRO || header.len <= BACKLINK_SIZE)
        return WH_STR_NONE;
    const char *link = header.ptr + header.len - BACKLINK_SIZE;
    const char *end = memchr(link, '\0', BACKLINK_SIZE);
    struct wh_str name = wh_str_make(link, end != NULL ? (size_t)(end - link) : 0);
    return name.len > 0 && wh_utf8_is_valid(name) ? name : WH_STR_NONE;
}

static wh_code print_notes(const struct wh_dbf_rows *rows, struct wh_buf *text,
                           struct wh_error *err)
{
    struct wh_str database = database_of(rows);
    if (rows->deleted > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "; %" PRIu64 " record%s marked as deleted left out (deleted: skip)",
                             rows->deleted, plural(rows->deleted)));
    if (rows->memos_ignored > 0)
        WH_TRY(wh_buf_printf(text, err, "; %" PRIu64 " memo field%s left out (memo: ignore)",
                             rows->memos_ignored, plural(rows->memos_ignored)));
    if (rows->undecodable > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "; %" PRIu64 " record%s not in %s rejected: state 'encoding' "
                             "if it is another",
                             rows->undecodable, plural(rows->undecodable),
                             rows->text.encoding.name));
    if (rows->table.spare > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "; %" PRIu32 " byte%s at the end of each record in no field",
                             rows->table.spare, plural(rows->table.spare)));
    if (rows->behind > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "; %" PRIu64 " byte%s behind the end of the records left out",
                             rows->behind, plural(rows->behind)));
    if (database.len > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "; a table of the database '%.*s', whose longer names of columns are "
                             "not read",
                             WH_FMT(database)));
    return WH_OK;
}

static wh_code describe(const struct wh_dbf_rows *rows, struct wh_converted *ret,
                        struct wh_error *err)
{
    struct wh_arena *arena = rows->request->arena;
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_NOTES);
    WH_TRY(print_found(rows, &text, err));
    WH_TRY(wh_arena_copy(arena, wh_buf_str(&text), &ret->found, err));
    text.len = 0;
    WH_TRY(print_notes(rows, &text, err));
    WH_TRY(wh_arena_copy(arena, wh_buf_str(&text), &ret->notes, err));
    struct wh_column_info *columns = wh_arena_array(arena, rows->column_count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, rows->column_count * sizeof(*columns));
    for (size_t i = 0; i < rows->column_count; i++) {
        columns[i].type = rows->columns[i].type;
        WH_TRY(wh_arena_copy(arena, rows->columns[i].name, &columns[i].name, err));
    }
    ret->columns = columns;
    ret->column_count = rows->column_count;
    return WH_OK;
}

wh_code wh_dbf_rows_finish(struct wh_dbf_rows *rows, struct wh_converted *ret, struct wh_error *err)
{
    if (rows->columns == NULL && rows->header_size == WH_DBF_START)
        return wh_error_set(err, WH_INVALID, "the file is too short for a DBF file: %zu bytes",
                            rows->header.len);
    if (rows->columns == NULL)
        return wh_error_set(err, WH_INVALID,
                            "the file ends inside its header: behind %zu of its %zu bytes",
                            rows->header.len, rows->header_size);
    WH_TRY(reject_missing(rows, err));
    WH_TRY(hand_over(rows, err));
    return describe(rows, ret, err);
}
