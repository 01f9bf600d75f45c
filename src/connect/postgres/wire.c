/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/wire.h"

#include "base/copy.h"
#include "base/error.h"
#include "base/hex.h"
#include "connect/postgres/wire_numeric.h"

#define LENGTH_SIZE 4
#define UUID_SIZE 16
#define UUID_TEXT_SIZE 36
#define INTERVAL_SIZE 16

/* Of values other than texts: any but a numeric of very many digits. */
#define COMPARED_SIZE 64

/* Bytes of the values of each form that all have the same; 0: they differ. */
static const uint8_t fixed_sizes[] = {
    [WH_FORM_BOOL] = 1,    [WH_FORM_INT2] = 2,     [WH_FORM_INT4] = 4,
    [WH_FORM_INT8] = 8,    [WH_FORM_FLOAT4] = 4,   [WH_FORM_FLOAT8] = 8,
    [WH_FORM_NUMERIC] = 0, [WH_FORM_DATE] = 4,     [WH_FORM_INTERVAL] = INTERVAL_SIZE,
    [WH_FORM_BYTES] = 0,   [WH_FORM_UNPADDED] = 0, [WH_FORM_UUID] = UUID_SIZE,
};

/* ---- UUIDs ----------------------------------------------------------------------------------- */

static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

/** In lower case only: other digits are no canonical ones. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wh_postgres_uuid_is_canonical(struct wh_str text)
{
    if (text.len != UUID_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < UUID_TEXT_SIZE; i++)
        if (is_hyphen_place(i) ? text.ptr[i] != '-' : hex_digit(text.ptr[i]) < 0)
            return false;
    return true;
}

/** What is no canonical UUID was faulted before; here it only must not do harm. */
static char *put_uuid(struct wh_str text, char *at)
{
    memset(at, 0, UUID_SIZE);
    char *byte = at;
    for (size_t i = 0; text.len == UUID_TEXT_SIZE && i + 1 < text.len; i += 2) {
        if (is_hyphen_place(i))
            i++;
        *byte++ =
            (char)((unsigned)hex_digit(text.ptr[i]) << 4 | (unsigned)hex_digit(text.ptr[i + 1]));
    }
    return at + UUID_SIZE;
}

static bool read_uuid(struct wh_str bytes, struct wh_arena *arena, struct wh_str *ret)
{
    char *room = wh_arena_bytes(arena, UUID_TEXT_SIZE);
    if (room == NULL)
        return false;
    char *at = room;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (is_hyphen_place((size_t)(at - room)))
            *at++ = '-';
        at = wh_put_hex(bytes.ptr + i, 1, at);
    }
    *ret = wh_str_make(room, UUID_TEXT_SIZE);
    return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

size_t wh_postgres_field_size(enum wh_postgres_form form, const struct wh_column *column,
                              size_t row)
{
    if (wh_column_is_null(column, row))
        return LENGTH_SIZE;
    if (form == WH_FORM_BYTES || form == WH_FORM_UNPADDED)
        return LENGTH_SIZE + column->values.texts[row].len;
    if (form == WH_FORM_NUMERIC)
        return LENGTH_SIZE + wh_wire_numeric_size(&column->values.numerics[row]);
    return LENGTH_SIZE + fixed_sizes[form];
}

static char *put_float4(double value, char *at)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof(bits));
    return wh_wire_put32(at, bits);
}

static char *put_float8(double value, char *at)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return wh_wire_put64(at, bits);
}

static char *put_interval(const struct wh_interval *interval, char *at)
{
    at = wh_wire_put64(at, (uint64_t)interval->microseconds);
    at = wh_wire_put32(at, (uint32_t)interval->days);
    return wh_wire_put32(at, (uint32_t)interval->months);
}

static char *put_bytes(struct wh_str bytes, char *at)
{
    return wh_copy_value(at, bytes.ptr, bytes.len);
}

static struct wh_str without_padding(struct wh_str text)
{
    static const char spaces[] = "        ";
    while (text.len >= sizeof(spaces) - 1 &&
           memcmp(text.ptr + text.len - (sizeof(spaces) - 1), spaces, sizeof(spaces) - 1) == 0)
        text.len -= sizeof(spaces) - 1;
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static char *put_value(enum wh_postgres_form form, const struct wh_column *column, size_t row,
                       char *at)
{
    switch (form) {
    case WH_FORM_BOOL:
        *at = (char)column->values.bools[row];
        return at + 1;
    case WH_FORM_INT2:
        return wh_wire_put16(at, (uint16_t)column->values.ints[row]);
    case WH_FORM_INT4:
        return wh_wire_put32(at, (uint32_t)column->values.ints[row]);
    case WH_FORM_INT8:
        return wh_wire_put64(at, (uint64_t)column->values.ints[row]);
    case WH_FORM_FLOAT4:
        return put_float4(column->values.floats[row], at);
    case WH_FORM_FLOAT8:
        return put_float8(column->values.floats[row], at);
    case WH_FORM_NUMERIC:
        return wh_wire_put_numeric(&column->values.numerics[row], at);
    case WH_FORM_DATE:
        return wh_wire_put32(at, (uint32_t)column->values.dates[row]);
    case WH_FORM_INTERVAL:
        return put_interval(&column->values.intervals[row], at);
    case WH_FORM_BYTES:
        return put_bytes(column->values.texts[row], at);
    case WH_FORM_UNPADDED:
        return put_bytes(without_padding(column->values.texts[row]), at);
    case WH_FORM_UUID:
        break;
    }
    return put_uuid(column->values.texts[row], at);
}

char *wh_postgres_put_field(enum wh_postgres_form form, const struct wh_column *column, size_t row,
                            char *at)
{
    if (wh_column_is_null(column, row))
        return wh_wire_put32(at, UINT32_MAX);
    if (form == WH_FORM_BYTES) { /* most are: the length is known before */
        struct wh_str bytes = column->values.texts[row];
        return put_bytes(bytes, wh_wire_put32(at, (uint32_t)bytes.len));
    }
    char *value = at + LENGTH_SIZE;
    char *end = put_value(form, column, row, value);
    wh_wire_put32(at, (uint32_t)(end - value));
    return end;
}

bool wh_postgres_field_is(enum wh_postgres_form form, const struct wh_column *column, size_t row,
                          struct wh_str field)
{
    char room[COMPARED_SIZE];
    if (wh_column_is_null(column, row) || field.ptr == NULL)
        return wh_column_is_null(column, row) && field.ptr == NULL;
    if (form == WH_FORM_BYTES)
        return wh_str_equal(column->values.texts[row], field);
    if (wh_postgres_field_size(form, column, row) > sizeof(room))
        return false;
    const char *end = put_value(form, column, row, room);
    return wh_str_equal(wh_str_make(room, (size_t)(end - room)), field);
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code say_corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "the server sent a value that is none of its type");
}

static double read_float4(const char *at)
{
    uint32_t bits = wh_wire_get32(at);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return (double)value;
}

static double read_float8(const char *at)
{
    uint64_t bits = wh_wire_get64(at);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static wh_code read_text(enum wh_postgres_form form, struct wh_str bytes, struct wh_arena *arena,
                         struct wh_str *ret, struct wh_error *err)
{
    if (form == WH_FORM_UUID)
        return read_uuid(bytes, arena, ret) ? WH_OK : wh_error_no_memory(err, UUID_TEXT_SIZE);
    char *room = wh_arena_bytes(arena, bytes.len);
    if (room == NULL)
        return wh_error_no_memory(err, bytes.len);
    put_bytes(bytes, room);
    *ret = wh_str_make(room, bytes.len);
    return WH_OK;
}

static struct wh_interval read_interval(const char *bytes)
{
    return (struct wh_interval){.microseconds = (int64_t)wh_wire_get64(bytes),
                                .days = (int32_t)wh_wire_get32(bytes + 8),
                                .months = (int32_t)wh_wire_get32(bytes + 12)};
}

bool wh_postgres_is_infinite(enum wh_postgres_form form, struct wh_str bytes)
{
    if (form != WH_FORM_INTERVAL || bytes.len != fixed_sizes[form])
        return false;
    struct wh_interval value = read_interval(bytes.ptr);
    return (value.microseconds == INT64_MAX && value.days == INT32_MAX &&
            value.months == INT32_MAX) ||
           (value.microseconds == INT64_MIN && value.days == INT32_MIN &&
            value.months == INT32_MIN);
}

wh_code wh_postgres_read_field(enum wh_postgres_form form, struct wh_str bytes,
                               struct wh_arena *arena, struct wh_column *column, size_t row,
                               struct wh_error *err)
{
    if (fixed_sizes[form] != 0 && bytes.len != fixed_sizes[form])
        return say_corrupt(err);
    switch (form) {
    case WH_FORM_BOOL:
        column->values.bools[row] = bytes.ptr[0] != 0;
        return WH_OK;
    case WH_FORM_INT2:
        column->values.ints[row] = (int16_t)wh_wire_get16(bytes.ptr);
        return WH_OK;
    case WH_FORM_INT4:
        column->values.ints[row] = (int32_t)wh_wire_get32(bytes.ptr);
        return WH_OK;
    case WH_FORM_INT8:
        column->values.ints[row] = (int64_t)wh_wire_get64(bytes.ptr);
        return WH_OK;
    case WH_FORM_FLOAT4:
        column->values.floats[row] = read_float4(bytes.ptr);
        return WH_OK;
    case WH_FORM_FLOAT8:
        column->values.floats[row] = read_float8(bytes.ptr);
        return WH_OK;
    case WH_FORM_NUMERIC:
        return wh_wire_read_numeric(bytes, arena, &column->values.numerics[row], err);
    case WH_FORM_DATE:
        column->values.dates[row] = (int32_t)wh_wire_get32(bytes.ptr);
        return WH_OK;
    case WH_FORM_INTERVAL:
        column->values.intervals[row] = read_interval(bytes.ptr);
        return WH_OK;
    case WH_FORM_BYTES:
    case WH_FORM_UNPADDED:
    case WH_FORM_UUID:
        break;
    }
    return read_text(form, bytes, arena, &column->values.texts[row], err);
}

static wh_code read_whole_numeric(struct wh_str bytes, int64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_numeric value;
    wh_arena_init(&scratch);
    WH_TRY(wh_wire_read_numeric(bytes, &scratch, &value, err));
    return wh_numeric_to_int(&value, ret) == WH_FAULT_NONE ? WH_OK : say_corrupt(err);
}

wh_code wh_postgres_read_int(Oid type, struct wh_str bytes, int64_t *ret, struct wh_error *err)
{
    if (type == WH_OID_NUMERIC)
        return read_whole_numeric(bytes, ret, err);
    if (type == WH_OID_INT2 && bytes.len == 2)
        *ret = (int16_t)wh_wire_get16(bytes.ptr);
    else if (type == WH_OID_INT4 && bytes.len == 4)
        *ret = (int32_t)wh_wire_get32(bytes.ptr);
    else if (type == WH_OID_INT8 && bytes.len == 8)
        *ret = (int64_t)wh_wire_get64(bytes.ptr);
    else
        return say_corrupt(err);
    return WH_OK;
}
