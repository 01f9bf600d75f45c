/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "flow/criterion.h"

/* The first byte tells values from NULL; the rest is the value's. */
enum { HAS_VALUE = 1, IS_NULL = 2 };

static void put_uint64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static void put_int64(uint8_t *at, int64_t value)
{
    put_uint64(at, (uint64_t)value ^ (UINT64_C(1) << 63));
}

/* IEEE 754 order as unsigned integers: negative numbers turned round; -0 as 0, NaN largest. */
static void put_double(uint8_t *at, double value)
{
    uint64_t bits = 0;
    double plain = value == 0 ? 0.0 : value;
    memcpy(&bits, &plain, sizeof(bits));
    if (plain != plain)
        bits = UINT64_MAX >> 1;
    put_uint64(at, (bits >> 63) != 0 ? ~bits : bits | UINT64_C(1) << 63);
}

/* Text sorts by bytes, a prefix first: zero bytes fill up, which no text has. */
static bool put_text(uint8_t *at, size_t room, struct wh_str text)
{
    if (text.len > room)
        return false;
    if (text.len > 0)
        memcpy(at, text.ptr, text.len);
    return true;
}

/* A printed number taken apart: digits without point, leading and trailing zeros. */
struct digits {
    const char *first;
    size_t count;
    int32_t exponent; /* of the first digit: 0.1 has 0, 1 has 1, 10 has 2 */
};

static void numeric_digits(char *text, size_t len, struct digits *ret)
{
    size_t kept = 0;
    int32_t point = -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.')
            point = (int32_t)kept;
        else
            text[kept++] = text[i];
    }
    int32_t exponent = point >= 0 ? point : (int32_t)kept;
    size_t first = 0;
    while (first < kept && text[first] == '0')
        first++;
    while (kept > first && text[kept - 1] == '0')
        kept--;
    *ret = (struct digits){
        .first = text + first, .count = kept - first, .exponent = exponent - (int32_t)first};
}

enum numeric_class { MINUS_INFINITY, NEGATIVE, ZERO, POSITIVE, INFINITE, NOT_A_NUMBER };

/* Class, exponent, digits; all of it turned round below zero. */
static bool put_numeric(uint8_t *at, size_t room, const struct wh_numeric *value)
{
    static const uint8_t special[] = {[WH_NUMERIC_NAN] = NOT_A_NUMBER,
                                      [WH_NUMERIC_INFINITY] = INFINITE,
                                      [WH_NUMERIC_MINUS_INFINITY] = MINUS_INFINITY};
    if (value->form != WH_NUMERIC_SMALL && value->form != WH_NUMERIC_BIG) {
        at[0] = special[value->form];
        return true;
    }
    char text[256];
    if (wh_numeric_print_size(value) > sizeof(text))
        return false;
    size_t len = wh_numeric_print(value, text);
    bool is_negative = len > 0 && text[0] == '-';
    struct digits digits;
    numeric_digits(text + is_negative, len - is_negative, &digits);
    if (digits.count == 0) {
        at[0] = ZERO;
        return true;
    }
    if (digits.count + 5 > room)
        return false;
    at[0] = is_negative ? NEGATIVE : POSITIVE;
    uint8_t ordered[8];
    put_int64(ordered, digits.exponent);
    memcpy(at + 1, ordered + 4, 4);
    at[1] ^= 0x80; /* the sign bit of 64 went with the upper half */
    memcpy(at + 5, digits.first, digits.count);
    for (size_t i = 1; is_negative && i < room; i++)
        at[i] = (uint8_t)~at[i];
    return true;
}

static bool put_interval(uint8_t *at, const struct wh_interval *interval)
{
    /* As PostgreSQL compares them: a month is 30 days, a day 24 hours. */
    wh_int128 span = (wh_int128)interval->months * 30 + interval->days;
    span = span * INT64_C(86400000000) + interval->microseconds;
    put_int64(at, (int64_t)(span >> 64));
    put_uint64(at + 8, (uint64_t)span);
    return true;
}

static bool put_value(const struct wh_column *column, size_t row, uint8_t *at, size_t room)
{
    switch (column->type.kind) {
    case WH_KIND_NULL:
        return true;
    case WH_KIND_BOOL:
        at[0] = column->values.bools[row];
        return true;
    case WH_KIND_INT:
    case WH_KIND_TIME:
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
        put_int64(at, column->values.ints[row]);
        return true;
    case WH_KIND_DATE:
        put_int64(at, column->values.dates[row]);
        return true;
    case WH_KIND_FLOAT:
        put_double(at, column->values.floats[row]);
        return true;
    case WH_KIND_NUMERIC:
        return put_numeric(at, room, &column->values.numerics[row]);
    case WH_KIND_INTERVAL:
        return put_interval(at, &column->values.intervals[row]);
    case WH_KIND_TEXT:
    case WH_KIND_BYTES:
        return put_text(at, room, column->values.texts[row]);
    }
    return false;
}

bool wh_order_encode(const struct wh_column *column, size_t row, bool largest_first,
                     uint8_t order[WH_ORDER_SIZE])
{
    memset(order, 0, WH_ORDER_SIZE);
    if (wh_column_is_null(column, row)) {
        order[0] = IS_NULL;
        return true;
    }
    order[0] = HAS_VALUE;
    if (!put_value(column, row, order + 1, WH_ORDER_SIZE - 1))
        return false;
    for (size_t i = 1; largest_first && i < WH_ORDER_SIZE; i++)
        order[i] = (uint8_t)~order[i];
    return true;
}
