/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values and whole columns to canonical text, and back.
 *
 * The loops over a column are the hot ones: which printer is meant is decided before the loop, room
 * for all rows is taken from the arena at once, and what was not needed of it is given back.
 */
#include "data/text.h"

#include "base/error.h"
#include "data/datetime.h"

/* A small numeric of no larger scale needs at most this: sign, zero, point, 38 digits. */
enum { SMALL_NUMERIC_SIZE = 41, SMALL_NUMERIC_SCALE = 38 };

/* Bytes that one printed value of @p kind needs at most; 0 where it depends on the value. */
static size_t printed_size(enum wh_kind kind)
{
    static const size_t sizes[WH_KIND_COUNT] = {
        [WH_KIND_BOOL] = 1,
        [WH_KIND_INT] = WH_INT_SIZE,
        [WH_KIND_FLOAT] = WH_DOUBLE_SIZE,
        [WH_KIND_DATE] = WH_DATETIME_SIZE,
        [WH_KIND_TIME] = WH_DATETIME_SIZE,
        [WH_KIND_TIMESTAMP] = WH_DATETIME_SIZE,
        [WH_KIND_TIMESTAMPTZ] = WH_DATETIME_SIZE,
        [WH_KIND_INTERVAL] = WH_DATETIME_SIZE,
    };
    return sizes[kind];
}

static size_t numeric_room(const struct wh_numeric *value)
{
    if (value->form == WH_NUMERIC_SMALL && value->scale <= SMALL_NUMERIC_SCALE)
        return SMALL_NUMERIC_SIZE;
    return wh_numeric_print_size(value);
}

/* ---- printers -------------------------------------------------------------------------------- */

/* Prints one value into room that is large enough; returns the bytes written. */
typedef size_t print_cell(const struct wh_column *column, size_t row, char *room);

static size_t print_bool(const struct wh_column *column, size_t row, char *room)
{
    *room = column->values.bools[row] != 0 ? 't' : 'f';
    return 1;
}

static size_t print_int(const struct wh_column *column, size_t row, char *room)
{
    return wh_int_print(column->values.ints[row], room);
}

static size_t print_double(const struct wh_column *column, size_t row, char *room)
{
    return wh_double_print(column->values.floats[row], room);
}

static size_t print_float(const struct wh_column *column, size_t row, char *room)
{
    return wh_float_print(column->values.floats[row], room);
}

static size_t print_numeric(const struct wh_column *column, size_t row, char *room)
{
    return wh_numeric_print(&column->values.numerics[row], room);
}

static size_t print_date(const struct wh_column *column, size_t row, char *room)
{
    return wh_date_print(column->values.dates[row], room);
}

static size_t print_time(const struct wh_column *column, size_t row, char *room)
{
    return wh_time_print(column->values.ints[row], room);
}

static size_t print_timestamp(const struct wh_column *column, size_t row, char *room)
{
    return wh_timestamp_print(column->values.ints[row], room);
}

static size_t print_timestamptz(const struct wh_column *column, size_t row, char *room)
{
    return wh_timestamptz_print(column->values.ints[row], room);
}

static size_t print_interval(const struct wh_column *column, size_t row, char *room)
{
    return wh_interval_print(&column->values.intervals[row], room);
}

/* NULL for text and bytes, which are not printed into room of a known size. */
static print_cell *printer_of(struct wh_type type)
{
    static print_cell *const printers[WH_KIND_COUNT] = {
        [WH_KIND_BOOL] = print_bool,           [WH_KIND_INT] = print_int,
        [WH_KIND_FLOAT] = print_double,        [WH_KIND_NUMERIC] = print_numeric,
        [WH_KIND_DATE] = print_date,           [WH_KIND_TIME] = print_time,
        [WH_KIND_TIMESTAMP] = print_timestamp, [WH_KIND_TIMESTAMPTZ] = print_timestamptz,
        [WH_KIND_INTERVAL] = print_interval,
    };
    return type.kind == WH_KIND_FLOAT && type.bits == 32 ? print_float : printers[type.kind];
}

/* ---- one value ------------------------------------------------------------------------------- */

enum wh_fault wh_value_print(const struct wh_column *column, size_t row, struct wh_arena *arena,
                             struct wh_str *ret)
{
    if (column->type.kind == WH_KIND_TEXT) {
        *ret = column->values.texts[row];
        return WH_FAULT_NONE;
    }
    if (column->type.kind == WH_KIND_BYTES)
        return wh_bytes_print(column->values.texts[row], arena, ret);
    print_cell *print = printer_of(column->type);
    if (print == NULL)
        return WH_FAULT_NULL;
    size_t size = column->type.kind == WH_KIND_NUMERIC ? numeric_room(&column->values.numerics[row])
                                                       : printed_size(column->type.kind);
    char *room = wh_arena_bytes(arena, size);
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    *ret = wh_str_make(room, print(column, row, room));
    wh_arena_give_back(arena, room + ret->len);
    return WH_FAULT_NONE;
}

static enum wh_fault parse_int(struct wh_str text, uint8_t bits, int64_t *ret)
{
    enum wh_fault fault = wh_int_parse(text, ret);
    if (fault != WH_FAULT_NONE)
        return fault;
    if ((bits == 16 && *ret != (int16_t)*ret) || (bits == 32 && *ret != (int32_t)*ret))
        return WH_FAULT_RANGE;
    return WH_FAULT_NONE;
}

enum wh_fault wh_value_parse(struct wh_str text, struct wh_arena *arena, struct wh_column *column,
                             size_t row)
{
    switch (column->type.kind) {
    case WH_KIND_NULL:
        return WH_FAULT_SYNTAX;
    case WH_KIND_BOOL:
        return wh_bool_parse(text, &column->values.bools[row]);
    case WH_KIND_INT:
        return parse_int(text, column->type.bits, &column->values.ints[row]);
    case WH_KIND_FLOAT:
        return column->type.bits == 32 ? wh_float_parse(text, &column->values.floats[row])
                                       : wh_double_parse(text, &column->values.floats[row]);
    case WH_KIND_NUMERIC:
        return wh_numeric_parse(text, arena, &column->values.numerics[row]);
    case WH_KIND_DATE:
        return wh_date_parse(text, &column->values.dates[row]);
    case WH_KIND_TIME:
        return wh_time_parse(text, &column->values.ints[row]);
    case WH_KIND_TIMESTAMP:
        return wh_timestamp_parse(text, &column->values.ints[row]);
    case WH_KIND_TIMESTAMPTZ:
        return wh_timestamptz_parse(text, 0, &column->values.ints[row]);
    case WH_KIND_INTERVAL:
        return wh_interval_parse(text, &column->values.intervals[row]);
    case WH_KIND_TEXT:
        column->values.texts[row] = text;
        return WH_FAULT_NONE;
    case WH_KIND_BYTES:
        return wh_bytes_parse(text, arena, &column->values.texts[row]);
    }
    return WH_FAULT_SYNTAX;
}

/* ---- whole columns --------------------------------------------------------------------------- */

/* The rows that are meant: those of an array, or all from 0 on. */
struct rows {
    const uint16_t *numbers; /* NULL: 0 to count - 1 */
    size_t count;
};

static size_t row_at(const struct rows *rows, size_t i)
{
    return rows->numbers != NULL ? rows->numbers[i] : i;
}

static size_t room_for_numerics(const struct wh_column *column, const struct rows *rows)
{
    size_t size = 0;
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = row_at(rows, i);
        if (!wh_column_is_null(column, row))
            size += numeric_room(&column->values.numerics[row]);
    }
    return size;
}

/* Compiled into each caller, so that the printer is called, not looked up. */
__attribute__((always_inline)) static inline char *print_rows(const struct wh_column *column,
                                                              const struct rows *rows,
                                                              print_cell *print, char *room,
                                                              struct wh_str *texts)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = row_at(rows, i);
        if (wh_column_is_null(column, row))
            continue;
        size_t length = print(column, row, room);
        texts[row] = wh_str_make(room, length);
        room += length;
    }
    return room;
}

/* The two kinds of which there are most get loops of their own. */
static char *print_all(const struct wh_column *column, const struct rows *rows, char *room,
                       struct wh_str *texts)
{
    if (column->type.kind == WH_KIND_INT)
        return print_rows(column, rows, print_int, room, texts);
    if (column->type.kind == WH_KIND_DATE)
        return print_rows(column, rows, print_date, room, texts);
    return print_rows(column, rows, printer_of(column->type), room, texts);
}

static wh_code print_into_room(const struct wh_column *column, const struct rows *rows,
                               struct wh_arena *arena, struct wh_column *texts,
                               struct wh_error *err)
{
    size_t size = column->type.kind == WH_KIND_NUMERIC
                      ? room_for_numerics(column, rows)
                      : rows->count * printed_size(column->type.kind);
    char *room = wh_arena_bytes(arena, size);
    if (room == NULL)
        return wh_error_no_memory(err, size);
    wh_arena_give_back(arena, print_all(column, rows, room, texts->values.texts));
    return WH_OK;
}

static wh_code print_bytes(const struct wh_column *column, const struct rows *rows,
                           struct wh_arena *arena, struct wh_column *texts, struct wh_error *err)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = row_at(rows, i);
        struct wh_str value = column->values.texts[row];
        if (!wh_column_is_null(column, row) &&
            wh_bytes_print(value, arena, &texts->values.texts[row]) != WH_FAULT_NONE)
            return wh_error_no_memory(err, value.len);
    }
    return WH_OK;
}

static void share_texts(const struct wh_column *column, const struct rows *rows,
                        struct wh_column *texts)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = row_at(rows, i);
        texts->values.texts[row] = column->values.texts[row];
    }
}

static wh_code copy_validity(const struct wh_column *column, struct wh_arena *arena,
                             struct wh_column *texts, struct wh_error *err)
{
    if (column->validity == NULL) {
        texts->validity = NULL;
        return WH_OK;
    }
    WH_TRY(wh_column_need_validity(texts, arena, err));
    memcpy(texts->validity, column->validity, WH_BATCH_ROWS / 8);
    return WH_OK;
}

/* A column of the type NULL has no values at all. */
static wh_code print_nulls(const struct rows *rows, struct wh_arena *arena, struct wh_column *texts,
                           struct wh_error *err)
{
    WH_TRY(wh_column_need_validity(texts, arena, err));
    for (size_t i = 0; i < rows->count; i++)
        wh_column_set_null(texts, row_at(rows, i));
    return WH_OK;
}

wh_code wh_column_print(const struct wh_column *column, const struct wh_selection *selection,
                        size_t row_count, struct wh_arena *arena, struct wh_column *texts,
                        struct wh_error *err)
{
    struct rows rows = {.count = row_count};
    if (selection != NULL)
        rows = (struct rows){.numbers = selection->rows, .count = selection->count};
    if (column->type.kind == WH_KIND_NULL)
        return print_nulls(&rows, arena, texts, err);
    WH_TRY(copy_validity(column, arena, texts, err));
    if (column->type.kind == WH_KIND_BYTES)
        return print_bytes(column, &rows, arena, texts, err);
    if (column->type.kind != WH_KIND_TEXT)
        return print_into_room(column, &rows, arena, texts, err);
    share_texts(column, &rows, texts);
    return WH_OK;
}
