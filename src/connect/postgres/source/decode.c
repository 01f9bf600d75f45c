/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/source/decode.h"

#include <inttypes.h>

#include "base/error.h"
#include "connect/postgres/wire.h"
#include "data/text.h"
#include "format/format.h"

/* ---- rows that cannot be carried ------------------------------------------------------------- */

static bool is_sound(const struct wh_postgres_source *source, size_t column, struct wh_str field)
{
    if (field.len > source->cell ||
        wh_postgres_is_infinite(source->kinds[column].reading.form, field))
        return false;
    bool is_text = source->types[column].kind == WH_KIND_TEXT &&
                   source->kinds[column].reading.form == WH_FORM_BYTES;
    return !is_text || wh_utf8_is_valid(field);
}

/** The first column whose value cannot be carried; the count of them where all can. */
static size_t find_bad(const struct wh_postgres_source *source, const struct wh_postgres_row *row)
{
    size_t i = 0;
    while (i < source->info.column_count &&
           (row->fields[i].ptr == NULL || is_sound(source, i, row->fields[i])))
        i++;
    return i;
}

static wh_code say_why(const struct wh_postgres_source *source, size_t column, struct wh_str field,
                       struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    struct wh_str name = source->columns[column].name;
    if (field.len > source->cell)
        return wh_arena_format(arena, ret, err,
                               "column '%.*s' holds %zu bytes, more than limits.cell allows "
                               "(%" PRIu64 ")",
                               WH_FMT(name), field.len, source->cell);
    if (wh_postgres_is_infinite(source->kinds[column].reading.form, field))
        return wh_arena_format(arena, ret, err,
                               "column '%.*s' holds an infinite interval, which has no form here",
                               WH_FMT(name));
    size_t length = 0;
    size_t bad = wh_utf8_find_bad(field, &length);
    return wh_arena_format(arena, ret, err,
                           "column '%.*s' holds text that is not UTF-8 (0x%02X at byte %zu)",
                           WH_FMT(name), (unsigned)(unsigned char)field.ptr[bad], bad + 1);
}

/** Where the place does not tell which row it is, its key does. */
static wh_code say_key(const struct wh_postgres_source *source, const struct wh_postgres_row *row,
                       struct wh_arena *arena, struct wh_str *reason, struct wh_error *err)
{
    if (source->order != WH_POSTGRES_BY_KEY)
        return WH_OK;
    bool has_begun = false;
    for (size_t i = 0; i < source->info.order_count; i++) {
        size_t column = source->info.order[i];
        if (!is_sound(source, column, row->fields[column]))
            continue;
        struct wh_column value;
        struct wh_str text;
        WH_TRY(wh_column_init(&value, source->types[column], 1, arena, err));
        WH_TRY(wh_postgres_read_field(source->kinds[column].reading.form, row->fields[column],
                                      arena, &value, 0, err));
        if (wh_value_print(&value, 0, arena, &text) != WH_FAULT_NONE)
            return wh_error_no_memory(err, WH_DOUBLE_SIZE);
        WH_TRY(wh_arena_format(arena, reason, err, "%.*s%s%.*s '%.*s'", WH_FMT(*reason),
                               has_begun ? ", " : ", in the row with ",
                               WH_FMT(source->columns[column].name), WH_FMT(text)));
        has_begun = true;
    }
    return WH_OK;
}

static wh_code add_bad(const struct wh_postgres_source *source, const struct wh_postgres_row *row,
                       struct wh_bad_record *bad, size_t column, struct wh_batch *batch,
                       struct wh_error *err)
{
    struct wh_str field = row->fields[column];
    WH_TRY(say_why(source, column, field, &batch->arena, &bad->reason, err));
    WH_TRY(say_key(source, row, &batch->arena, &bad->reason, err));
    bad->shows_values = source->order == WH_POSTGRES_BY_KEY;
    field.len = WH_MIN(field.len, (size_t)WH_FORMAT_RAW_SIZE);
    WH_TRY(wh_arena_copy(&batch->arena, field, &bad->raw, err));
    return wh_batch_add_bad(batch, bad, err);
}

/* ---- values ---------------------------------------------------------------------------------- */

static wh_code read_field(const struct wh_postgres_source *source, size_t index,
                          struct wh_str field, struct wh_batch *batch, struct wh_error *err)
{
    struct wh_column *column = &batch->columns[index];
    size_t row = batch->row_count;
    enum wh_postgres_form form = source->kinds[index].reading.form;
    if (field.ptr == NULL) {
        WH_TRY(wh_column_need_validity(column, &batch->arena, err));
        wh_column_set_null(column, row);
        return WH_OK;
    }
    if (form == WH_FORM_BYTES) {
        column->values.texts[row] = field;
        return WH_OK;
    }
    return wh_postgres_read_field(form, field, &batch->arena, column, row, err);
}

static wh_code add_good(const struct wh_postgres_source *source, const struct wh_postgres_row *row,
                        struct wh_batch *batch, struct wh_error *err)
{
    const char *from = row->bytes.ptr;
    const char *to = from;
    if (source->has_slices) {
        char *copy = wh_arena_bytes(&batch->arena, row->bytes.len);
        if (copy == NULL)
            return wh_error_no_memory(err, row->bytes.len);
        memcpy(copy, from, row->bytes.len);
        to = copy;
    }
    for (size_t i = 0; i < source->info.column_count; i++) {
        struct wh_str field = row->fields[i];
        if (field.ptr != NULL)
            field.ptr = to + (field.ptr - from);
        WH_TRY(read_field(source, i, field, batch, err));
    }
    return WH_OK;
}

wh_code wh_postgres_row_add(const struct wh_postgres_source *source,
                            const struct wh_postgres_row *row, struct wh_position position,
                            struct wh_batch *batch, struct wh_error *err)
{
    size_t bad_column = find_bad(source, row);
    batch->size += row->bytes.len;
    if (bad_column < source->info.column_count) {
        struct wh_bad_record bad = {
            .position = position, .size = row->bytes.len, .before_row = (uint32_t)batch->row_count};
        return add_bad(source, row, &bad, bad_column, batch, err);
    }
    WH_TRY(add_good(source, row, batch, err));
    batch->positions[batch->row_count++] = position;
    return WH_OK;
}
