/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_rows.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "format/records.h"

/* Records are handed over in pieces of about so many bytes. */
#define PIECE ((size_t)1 << 20)

const char *wh_xlsx_letters(uint32_t column, char *room)
{
    char *at = room + WH_XLSX_LETTERS_SIZE - 1;
    *at = '\0';
    for (uint32_t left = column + 1; left > 0; left = (left - 1) / 26)
        *--at = (char)('A' + (left - 1) % 26);
    return at;
}

wh_code wh_xlsx_rows_init(struct wh_xlsx_rows *rows, const struct wh_convert_request *request,
                          struct wh_arena *arena, struct wh_error *err)
{
    const struct wh_format_options *options = request->options;
    *rows = (struct wh_xlsx_rows){.request = request, .arena = arena, .header_count = 1};
    wh_arena_init(&rows->scratch);
    rows->record_limit = wh_format_record_limit(options);
    wh_buf_init(&rows->buf, (size_t)rows->record_limit + 4 * PIECE);
    if (options->skip != WH_FORMAT_NOT_STATED)
        rows->skip = options->skip;
    if (options->header.ptr != NULL)
        WH_TRY(wh_format_read_header(options->header, &rows->header_count, err));
    rows->columns = wh_arena_array(arena, WH_XLSX_MAX_COLUMNS, sizeof(*rows->columns));
    rows->own = wh_arena_array(arena, WH_XLSX_MAX_COLUMNS, sizeof(*rows->own));
    if (rows->columns == NULL || rows->own == NULL)
        return wh_error_no_memory(err, WH_XLSX_MAX_COLUMNS * sizeof(*rows->columns));
    return WH_OK;
}

void wh_xlsx_rows_release(struct wh_xlsx_rows *rows)
{
    wh_buf_release(&rows->buf);
    wh_arena_release(&rows->scratch);
}

/* ---- a row ----------------------------------------------------------------------------------- */

static bool is_in_header(const struct wh_xlsx_rows *rows)
{
    return rows->header_seen < rows->header_count;
}

wh_code wh_xlsx_rows_begin(struct wh_xlsx_rows *rows, uint32_t row, struct wh_error *err)
{
    rows->row = row;
    rows->reason = WH_STR_NONE;
    rows->own_count = 0;
    wh_arena_reset(&rows->scratch, PIECE);
    return wh_record_begin(&rows->buf, row, &rows->start, err);
}

wh_code wh_xlsx_rows_reject(struct wh_xlsx_rows *rows, struct wh_error *err, const char *format,
                            ...)
{
    char text[1024];
    if (rows->reason.ptr != NULL)
        return WH_OK;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct wh_str whole = wh_str_from(text);
    whole.len = wh_str_utf8_cut(whole, whole.len == sizeof(text) - 1 ? whole.len - 4 : whole.len);
    return wh_arena_copy(&rows->scratch, whole, &rows->reason, err);
}

/* Several header rows: their texts with a space between. */
static wh_code add_name(struct wh_xlsx_rows *rows, uint32_t column,
                        const struct wh_xlsx_value *value, struct wh_error *err)
{
    struct wh_str *name = &rows->columns[column].name;
    /* A later name of several is copied with those before it. */
    rows->header_size += name->len + value->text.len + 1;
    if (rows->header_size > rows->record_limit)
        return wh_error_set(err, WH_LIMIT,
                            "the header up to row %" PRIu32 " is longer than a record may be "
                            "(%" PRIu64 " bytes; format option 'record')",
                            rows->row, rows->record_limit);
    if (value->type.kind != WH_KIND_TEXT && rows->odd_header == 0)
        rows->odd_header = column + 1;
    if (name->len == 0)
        return wh_arena_copy(rows->arena, value->text, name, err);
    return wh_arena_format(rows->arena, name, err, "%.*s %.*s", WH_FMT(*name), WH_FMT(value->text));
}

wh_code wh_xlsx_rows_add(struct wh_xlsx_rows *rows, uint32_t column,
                         const struct wh_xlsx_value *value, struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    if (rows->row <= rows->skip)
        return WH_OK;
    if (is_in_header(rows)) {
        rows->own_count++;
        return add_name(rows, column, value, err);
    }
    if (column < rows->first)
        return wh_xlsx_rows_reject(rows, err,
                                   "cell %s%" PRIu32 " stands left of the header; state 'skip' or "
                                   "'header' if that is another row",
                                   wh_xlsx_letters(column, room), rows->row);
    if (rows->buf.len - rows->start + value->text.len > rows->record_limit)
        return wh_xlsx_rows_reject(rows, err,
                                   "the row is longer than a record may be (%" PRIu64
                                   " bytes; format option 'record')",
                                   rows->record_limit);
    rows->own[rows->own_count++] = column;
    rows->columns[column].own_type = value->type;
    return wh_record_add(&rows->buf, column - rows->first, value->text, err);
}

static wh_code end_header(struct wh_xlsx_rows *rows, struct wh_error *err)
{
    if (rows->reason.ptr != NULL)
        return wh_error_set(err, WH_INVALID,
                            "the header in row %" PRIu32 ": %.*s; name the columns with 'columns' "
                            "and pass over it with 'skip' and 'header: false'",
                            rows->row, WH_FMT(rows->reason));
    if (rows->header_seen == 0)
        rows->header_row = rows->row;
    rows->header_seen++;
    while (!is_in_header(rows) && rows->first < WH_XLSX_MAX_COLUMNS &&
           rows->columns[rows->first].name.len == 0)
        rows->first++;
    return WH_OK;
}

static wh_code hand_over(struct wh_xlsx_rows *rows, struct wh_error *err)
{
    WH_TRY(rows->request->put(rows->request->put_ctx, wh_buf_str(&rows->buf), err));
    rows->buf.len = 0;
    return WH_OK;
}

wh_code wh_xlsx_rows_end(struct wh_xlsx_rows *rows, struct wh_error *err)
{
    bool is_blank = rows->own_count == 0 && rows->reason.ptr == NULL;
    if (is_blank || rows->row <= rows->skip || is_in_header(rows)) {
        rows->buf.len = rows->start;
        return is_blank || rows->row <= rows->skip ? WH_OK : end_header(rows, err);
    }
    rows->record_count++;
    if (rows->reason.ptr != NULL) {
        WH_TRY(wh_record_reject(&rows->buf, rows->start, rows->reason, err));
    } else {
        for (size_t i = 0; i < rows->own_count; i++) {
            struct wh_xlsx_column *column = &rows->columns[rows->own[i]];
            column->type = wh_record_type_join(column->type, column->own_type);
        }
        WH_TRY(wh_record_end(&rows->buf, rows->start, err));
    }
    return rows->buf.len >= PIECE ? hand_over(rows, err) : WH_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Behind the last column that has a name or a value. */
static uint32_t find_end(const struct wh_xlsx_rows *rows)
{
    uint32_t end = WH_XLSX_MAX_COLUMNS;
    while (end > rows->first && rows->columns[end - 1].name.len == 0 &&
           rows->columns[end - 1].type.kind == WH_KIND_NULL)
        end--;
    return end;
}

/* The first names of the header, for people. */
static wh_code print_header(const struct wh_xlsx_rows *rows, uint32_t end, struct wh_str *ret,
                            struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, PIECE);
    uint32_t shown = 0;
    for (uint32_t i = rows->first; i < end && shown < 3; i++) {
        struct wh_str name = rows->columns[i].name;
        if (name.len == 0)
            continue;
        name.len = wh_str_utf8_cut(name, 40);
        WH_TRY(wh_buf_printf(&text, err, "%s'%.*s'", shown++ > 0 ? ", " : "", WH_FMT(name)));
    }
    return wh_arena_copy(rows->arena, wh_buf_str(&text), ret, err);
}

static wh_code ask(const struct wh_xlsx_rows *rows, uint32_t end, const char *why,
                   struct wh_error *err)
{
    struct wh_str header;
    WH_TRY(print_header(rows, end, &header, err));
    return wh_error_set(err, WH_INVALID,
                        "cannot tell for certain whether row %" PRIu32
                        " (%.*s) names the columns: %s; state it in 'format': header: true, or "
                        "header: false, or with skip: … the rows before it",
                        rows->header_row, WH_FMT(header), why);
}

static bool has_name(const struct wh_xlsx_rows *rows, uint32_t end, struct wh_str name)
{
    for (uint32_t i = rows->first; i < end; i++)
        if (wh_str_equal(rows->columns[i].name, name))
            return true;
    return false;
}

static bool names_all(const struct wh_xlsx_rows *rows, uint32_t end,
                      const struct wh_option_list *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!has_name(rows, end, names->items[i]))
            return false;
    return names->count > 0;
}

/* Nothing is stated: a header is what names the key or stands, as texts,
 * above values that are none. */
static wh_code check_header(const struct wh_xlsx_rows *rows, uint32_t end, const char **ret_why,
                            struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    bool is_above_values = false;
    const struct wh_format_options *options = rows->request->options;
    if (rows->header_row == 0)
        return wh_error_set(err, WH_INVALID,
                            "the sheet is empty; a header was expected (option 'header')");
    *ret_why = "as 'columns' says";
    if (options->columns.count > 0)
        return names_all(rows, end, &options->columns)
                   ? WH_OK
                   : ask(rows, end, "it is not what 'columns' states", err);
    if (rows->odd_header != 0)
        return wh_error_set(
            err, WH_INVALID,
            "cannot tell for certain whether row %" PRIu32 " names the columns: cell %s%" PRIu32
            " is no text; state it in 'format': header: true, or header: false",
            rows->header_row, wh_xlsx_letters(rows->odd_header - 1, room), rows->header_row);
    for (uint32_t i = rows->first; i < end; i++) {
        enum wh_kind kind = rows->columns[i].type.kind;
        if (rows->columns[i].name.len == 0 && kind != WH_KIND_NULL)
            return ask(rows, end, "a column with values has no name in it", err);
        is_above_values |= kind != WH_KIND_NULL && kind != WH_KIND_TEXT;
    }
    *ret_why = "it names the key";
    if (names_all(rows, end, &rows->request->expected))
        return WH_OK;
    *ret_why = "texts above other values";
    return is_above_values ? WH_OK : ask(rows, end, "all values are texts", err);
}

/* Columns without a name are called by their letters. */
static wh_code list_columns(const struct wh_xlsx_rows *rows, uint32_t end, struct wh_converted *ret,
                            struct wh_error *err)
{
    const struct wh_option_list *stated = &rows->request->options->columns;
    struct wh_arena *arena = rows->request->arena;
    size_t count = end - rows->first;
    if (count == 0)
        return wh_error_set(err, WH_INVALID, "the sheet has no cells");
    if (stated->count > 0 && stated->count != count)
        return wh_error_set(err, WH_INVALID,
                            "the sheet has %zu column%s and 'columns' states %zu name%s", count,
                            count == 1 ? "" : "s", stated->count, stated->count == 1 ? "" : "s");
    struct wh_column_info *columns = wh_arena_array(arena, count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    for (size_t i = 0; i < count; i++) {
        char room[WH_XLSX_LETTERS_SIZE];
        const struct wh_xlsx_column *column = &rows->columns[rows->first + i];
        struct wh_str name = stated->count > 0 ? stated->items[i] : column->name;
        if (name.len == 0)
            name = wh_str_from(wh_xlsx_letters(rows->first + (uint32_t)i, room));
        WH_TRY(wh_arena_copy(arena, name, &name, err));
        columns[i] = (struct wh_column_info){.name = name, .type = column->type};
    }
    ret->columns = columns;
    ret->column_count = count;
    return WH_OK;
}

wh_code wh_xlsx_rows_finish(struct wh_xlsx_rows *rows, struct wh_converted *ret,
                            struct wh_error *err)
{
    uint32_t end = find_end(rows);
    const char *why = "as stated";
    WH_TRY(hand_over(rows, err));
    if (rows->header_count > 0 && rows->header_seen < rows->header_count && rows->header_seen > 0)
        return wh_error_set(err, WH_INVALID, "the sheet ends before its header");
    if (rows->request->options->header.ptr == NULL)
        WH_TRY(check_header(rows, end, &why, err));
    WH_TRY(list_columns(rows, end, ret, err));
    if (rows->header_row == 0)
        return wh_arena_copy(rows->request->arena, WH_STR("no header"), &ret->found, err);
    return wh_arena_format(rows->request->arena, &ret->found, err, "header in row %" PRIu32 " (%s)",
                           rows->header_row, why);
}
