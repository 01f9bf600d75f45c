/* SPDX-License-Identifier: Apache-2.0 */
/** The fields of one record of a DBF file into values. */
#include <inttypes.h>

#include "base/error.h"
#include "data/text.h"
#include "format/dbf_rows.h"
#include "format/dbf_value.h"
#include "format/records.h"

/* A record that is being read. */
struct reading {
    struct wh_dbf_rows *rows;
    struct wh_str bytes; /* with its flag */
    size_t start;        /* in rows->out */
    struct wh_str reason;
};

static struct wh_str bytes_of(const struct reading *reading, const struct wh_dbf_field *field)
{
    return wh_str_make(reading->bytes.ptr + field->start, field->length);
}

/* ---- reasons --------------------------------------------------------------------------------- */

static wh_code refuse_value(struct reading *reading, const struct wh_dbf_column *column,
                            const char *why, struct wh_error *err)
{
    char shown[WH_DBF_SHOWN_SIZE];
    return wh_arena_format(&reading->rows->scratch, &reading->reason, err,
                           "field '%.*s' holds '%s', %s", WH_FMT(column->name),
                           wh_dbf_show(bytes_of(reading, column->field), shown), why);
}

static wh_code refuse_text(struct reading *reading, const struct wh_dbf_column *column,
                           struct wh_str text, struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    struct wh_str name;
    WH_TRY(wh_arena_format(&rows->scratch, &name, err, "field '%.*s'", WH_FMT(column->name)));
    WH_TRY(wh_format_text_reason(name.ptr, text, wh_str_from(rows->text.encoding.name),
                                 &rows->scratch, &reading->reason, err));
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return WH_OK;
    rows->undecodable++;
    if (rows->text.is_stated || rows->text.is_told)
        return WH_OK;
    return wh_arena_format(&rows->scratch, &reading->reason, err,
                           "%.*s; the file does not say its encoding: state it in 'format': "
                           "encoding",
                           WH_FMT(reading->reason));
}

/* ---- values ---------------------------------------------------------------------------------- */

static wh_code add(struct reading *reading, const struct wh_dbf_column *column, struct wh_str text,
                   struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    if (text.len > rows->record_limit ||
        rows->out.len - reading->start > rows->record_limit - text.len)
        return wh_arena_format(&rows->scratch, &reading->reason, err,
                               "the record is longer than one may be (%" PRIu64
                               " bytes; format option 'record')",
                               rows->record_limit);
    return wh_record_add(&rows->out, (size_t)(column - rows->columns), text, err);
}

/* What stands for NULL: what is stated, or a text without a character; where a field has a bit that
 * tells NULL, that does. */
static bool is_null_text(const struct wh_dbf_rows *rows, const struct wh_dbf_field *field,
                         struct wh_str text)
{
    const struct wh_option_list *nulls = &rows->request->options->nulls;
    if (nulls->items == NULL)
        return text.len == 0 && !field->has_null_bit;
    for (size_t i = 0; i < nulls->count; i++)
        if (wh_str_equal(nulls->items[i], text))
            return true;
    return false;
}

/* Without what fills a field up: blanks, or NULs behind. */
static struct wh_str strip(const struct wh_format_options *options, struct wh_str text)
{
    bool strips_left = wh_str_is(options->trim, "both") || wh_str_is(options->trim, "left");
    bool strips_right = options->trim.ptr == NULL || wh_str_is(options->trim, "both") ||
                        wh_str_is(options->trim, "right");
    while (text.len > 0 &&
           (text.ptr[text.len - 1] == '\0' || (strips_right && text.ptr[text.len - 1] == ' ')))
        text.len--;
    while (text.len > 0 && strips_left && *text.ptr == ' ')
        text = wh_str_make(text.ptr + 1, text.len - 1);
    return text;
}

static wh_code add_bytes(struct reading *reading, const struct wh_dbf_column *column,
                         struct wh_str bytes, struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    struct wh_str text;
    if (bytes.len == 0 && is_null_text(rows, column->field, bytes))
        return WH_OK;
    if (bytes.len > rows->request->options->cell || bytes.len > rows->record_limit / 2)
        return wh_arena_format(&rows->scratch, &reading->reason, err,
                               "field '%.*s' has %zu bytes, above the limit (limits.cell, and half "
                               "of the format option 'record')",
                               WH_FMT(column->name), bytes.len);
    if (wh_bytes_print(bytes, &rows->scratch, &text) != WH_FAULT_NONE)
        return wh_error_no_memory(err, bytes.len);
    return add(reading, column, text, err);
}

static wh_code add_text(struct reading *reading, const struct wh_dbf_column *column,
                        struct wh_str bytes, struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    struct wh_str text;
    if (column->field->values.kind == WH_KIND_BYTES)
        return add_bytes(reading, column, bytes, err);
    WH_TRY(wh_dbf_text_decode(&rows->text, bytes, &rows->scratch, &text, err));
    if (!wh_utf8_is_valid(text))
        return refuse_text(reading, column, text, err);
    if (is_null_text(rows, column->field, text))
        return WH_OK;
    if (text.len > rows->request->options->cell)
        return wh_arena_format(&rows->scratch, &reading->reason, err,
                               "field '%.*s' has %zu bytes, above the limit of %" PRIu64
                               " (limits.cell)",
                               WH_FMT(column->name), text.len, rows->request->options->cell);
    return add(reading, column, text, err);
}

static wh_code add_memo(struct reading *reading, const struct wh_dbf_column *column,
                        struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    uint32_t number;
    struct wh_str memo;
    if (!wh_dbf_memo_number(bytes_of(reading, column->field), &number))
        return refuse_value(reading, column, "which is no number of a memo", err);
    if (number == 0)
        return add_text(reading, column, WH_STR(""), err);
    if (!rows->memo.is_there)
        return wh_error_set(
            err, WH_UNREACHABLE,
            "field '%.*s' of record %" PRIu64 " is in the memo file, which has the "
            "same name and the ending '%s' and is not there; put it beside the file, "
            "or leave its fields out: format: { memo: ignore }",
            WH_FMT(column->name), rows->seen, wh_dbf_memo_suffix(&rows->table));
    struct wh_str why;
    WH_TRY(wh_dbf_memo_read(&rows->memo, number, rows->request->options->cell, &rows->scratch,
                            &memo, &why, err));
    if (why.ptr != NULL)
        return wh_arena_format(&rows->scratch, &reading->reason, err, "field '%.*s': %.*s",
                               WH_FMT(column->name), WH_FMT(why));
    return add_text(reading, column, memo, err);
}

static wh_code add_value(struct reading *reading, struct wh_dbf_column *column,
                         struct wh_error *err)
{
    struct wh_dbf_rows *rows = reading->rows;
    struct wh_dbf_value value;
    if (!wh_dbf_value_read(&rows->table, column->field, bytes_of(reading, column->field),
                           &rows->scratch, &value)) {
        if (value.is_without_room)
            return wh_error_no_memory(err, column->field->length);
        return refuse_value(reading, column, value.wrong, err);
    }
    if (value.text.ptr == NULL)
        return WH_OK;
    if (value.is_fraction && column->type.kind == WH_KIND_INT)
        column->type = (struct wh_type){.kind = WH_KIND_NUMERIC};
    return add(reading, column, value.text, err);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool has_bit(const struct reading *reading, uint32_t bit)
{
    struct wh_str flags = bytes_of(reading, reading->rows->table.null_flags);
    return ((unsigned char)flags.ptr[bit / 8] >> bit % 8 & 1) != 0;
}

/* A field whose last byte may tell how many of the others are its value. */
static wh_code add_varying(struct reading *reading, const struct wh_dbf_column *column,
                           struct wh_error *err)
{
    struct wh_str bytes = bytes_of(reading, column->field);
    if (!has_bit(reading, column->field->length_bit))
        return add_text(reading, column, bytes, err);
    size_t len = (unsigned char)bytes.ptr[bytes.len - 1];
    if (len >= bytes.len)
        return refuse_value(reading, column, "whose length is larger than its field", err);
    return add_text(reading, column, wh_str_make(bytes.ptr, len), err);
}

static wh_code add_field(struct reading *reading, struct wh_dbf_column *column,
                         struct wh_error *err)
{
    const struct wh_dbf_field *field = column->field;
    if (field == NULL)
        return add(reading, column, reading->bytes.ptr[0] == '*' ? WH_STR("t") : WH_STR("f"), err);
    if (field->has_null_bit && has_bit(reading, field->null_bit))
        return WH_OK;
    if (field->is_in_memo)
        return add_memo(reading, column, err);
    if (field->has_length_bit)
        return add_varying(reading, column, err);
    if (field->type != 'C')
        return add_value(reading, column, err);
    struct wh_str bytes = bytes_of(reading, field);
    if (field->values.kind == WH_KIND_TEXT)
        bytes = strip(reading->rows->request->options, bytes);
    return add_text(reading, column, bytes, err);
}

wh_code wh_dbf_record_read(struct wh_dbf_rows *rows, struct wh_str record, size_t start,
                           struct wh_str *ret_reason, struct wh_error *err)
{
    struct reading reading = {.rows = rows, .bytes = record, .start = start, .reason = WH_STR_NONE};
    for (size_t i = 0; i < rows->column_count && reading.reason.ptr == NULL; i++)
        WH_TRY(add_field(&reading, &rows->columns[i], err));
    *ret_reason = reading.reason;
    return WH_OK;
}
