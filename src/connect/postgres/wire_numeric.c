/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/wire_numeric.h"

#include <string.h>

#include "base/error.h"
#include "connect/postgres/wire.h"

#define HEADER_SIZE 8
#define GROUP_BASE 10000
#define GROUP_DIGITS 4
#define GROUP_SIZE 2
#define SIGN_POSITIVE 0x0000
#define SIGN_NEGATIVE 0x4000
#define SIGN_NAN 0xC000
#define SIGN_INFINITY 0xD000
#define SIGN_MINUS_INFINITY 0xF000
/* What the server finds where others have their scale, and sends along. */
#define SCALE_OF_INFINITY 0x20

/* Coefficients of at most 18 digits and scales of at most 16 take no arithmetic beyond 64 bits. */
#define QUICK_COEFFICIENT INT64_C(1000000000000000000)
#define QUICK_SCALE 16
#define QUICK_GROUPS 9
/* Groups of a number of at most 36 digits, which no multiplication by its scale takes above 38. */
#define SMALL_DIGITS 38

static const uint64_t powers_of_10[] = {1,
                                        10,
                                        100,
                                        1000,
                                        10000,
                                        100000,
                                        1000000,
                                        10000000,
                                        100000000,
                                        1000000000,
                                        10000000000,
                                        100000000000,
                                        1000000000000,
                                        10000000000000,
                                        100000000000000,
                                        1000000000000000,
                                        10000000000000000};

static char *put_header(char *at, size_t groups, int weight, uint16_t sign, uint16_t scale)
{
    at = wh_wire_put16(at, (uint16_t)groups);
    at = wh_wire_put16(at, (uint16_t)(int16_t)weight);
    at = wh_wire_put16(at, sign);
    return wh_wire_put16(at, scale);
}

/** What stands before the groups of a number. */
struct number {
    int weight;
    uint16_t sign;
    uint16_t scale;
};

/** Puts the header before groups that end at @p end, as the server keeps them: without zeros at
 *  either side. A value is only known by its very bytes where they are the server's. */
static char *finish(const struct number *number, char *at, char *end)
{
    char *groups = at + HEADER_SIZE;
    char *first = groups;
    while (end > groups && wh_wire_get16(end - GROUP_SIZE) == 0)
        end -= GROUP_SIZE;
    while (first < end && wh_wire_get16(first) == 0)
        first += GROUP_SIZE;
    int zeros = (int)((first - groups) / GROUP_SIZE);
    size_t size = (size_t)(end - first);
    if (zeros > 0)
        memmove(groups, first, size);
    put_header(at, size / GROUP_SIZE, size > 0 ? number->weight - zeros : 0, number->sign,
               number->scale);
    return groups + size;
}

/* ---- writing: quick -------------------------------------------------------------------------- */

static bool is_quick(const struct wh_numeric *value)
{
    return value->form == WH_NUMERIC_SMALL && value->scale <= QUICK_SCALE &&
           value->value.coefficient < QUICK_COEFFICIENT &&
           value->value.coefficient > -QUICK_COEFFICIENT;
}

/** Groups of @p number, most significant first, behind each other; at least @p least of them. */
static char *put_groups(uint64_t number, size_t least, char *at)
{
    uint16_t groups[QUICK_GROUPS];
    size_t count = 0;
    while (number > 0 || count < least) {
        groups[count++] = (uint16_t)(number % GROUP_BASE);
        number /= GROUP_BASE;
    }
    while (count > 0)
        at = wh_wire_put16(at, groups[--count]);
    return at;
}

static char *put_quick(const struct wh_numeric *value, char *at)
{
    int64_t coefficient = (int64_t)value->value.coefficient;
    uint64_t magnitude = coefficient < 0 ? 0 - (uint64_t)coefficient : (uint64_t)coefficient;
    uint64_t whole = magnitude / powers_of_10[value->scale];
    uint64_t fraction = magnitude % powers_of_10[value->scale];
    size_t fraction_groups = ((size_t)value->scale + GROUP_DIGITS - 1) / GROUP_DIGITS;
    struct number number = {.sign = coefficient < 0 ? SIGN_NEGATIVE : SIGN_POSITIVE,
                            .scale = value->scale};
    char *groups = at + HEADER_SIZE;
    char *end = put_groups(whole, 0, groups);
    number.weight = (int)((end - groups) / GROUP_SIZE) - 1;
    fraction *= powers_of_10[fraction_groups * GROUP_DIGITS - value->scale];
    end = put_groups(fraction, fraction_groups, end);
    return finish(&number, at, end);
}

/* ---- writing: by the digits ------------------------------------------------------------------ */

static char *put_special(const struct wh_numeric *value, char *at)
{
    if (value->form == WH_NUMERIC_INFINITY)
        return put_header(at, 0, 0, SIGN_INFINITY, SCALE_OF_INFINITY);
    if (value->form == WH_NUMERIC_MINUS_INFINITY)
        return put_header(at, 0, 0, SIGN_MINUS_INFINITY, SCALE_OF_INFINITY);
    return put_header(at, 0, 0, SIGN_NAN, 0);
}

/** The digit of the decimal text @p whole "." @p fraction at @p place: 0 is the one before the
 *  point, 1 the one before that, -1 the first behind it. */
static unsigned digit_at(struct wh_str whole, struct wh_str fraction, long place)
{
    if (place >= 0)
        return (size_t)place < whole.len
                   ? (unsigned)(whole.ptr[whole.len - 1 - (size_t)place] - '0')
                   : 0;
    size_t behind = (size_t)(-place) - 1;
    return behind < fraction.len ? (unsigned)(fraction.ptr[behind] - '0') : 0;
}

/** Prints the number behind the room of its groups, and makes them of its digits. */
static char *put_printed(const struct wh_numeric *value, char *at)
{
    size_t room = wh_wire_numeric_size(value) - wh_numeric_print_size(value);
    struct wh_str whole = wh_str_make(at + room, wh_numeric_print(value, at + room));
    bool is_negative = whole.len > 0 && whole.ptr[0] == '-';
    whole = wh_str_make(whole.ptr + is_negative, whole.len - is_negative);
    struct wh_str fraction = whole;
    whole = wh_str_split(&fraction, '.');
    long weight = (long)((whole.len + GROUP_DIGITS - 1) / GROUP_DIGITS) - 1;
    long last = -(long)((fraction.len + GROUP_DIGITS - 1) / GROUP_DIGITS);
    char *end = at + HEADER_SIZE;
    for (long group = weight; group >= last; group--) {
        unsigned digits = 0;
        for (long i = GROUP_DIGITS - 1; i >= 0; i--)
            digits = digits * 10 + digit_at(whole, fraction, group * GROUP_DIGITS + i);
        end = wh_wire_put16(end, (uint16_t)digits);
    }
    struct number number = {.weight = (int)weight,
                            .sign = is_negative ? SIGN_NEGATIVE : SIGN_POSITIVE,
                            .scale = value->scale};
    return finish(&number, at, end);
}

size_t wh_wire_numeric_size(const struct wh_numeric *value)
{
    if (is_quick(value))
        return HEADER_SIZE + 2 * QUICK_GROUPS;
    if (value->form > WH_NUMERIC_BIG)
        return HEADER_SIZE;
    size_t text = wh_numeric_print_size(value);
    return HEADER_SIZE + 2 * (text / GROUP_DIGITS + 2) + text;
}

/* Inlined it would make whoever puts other values save registers for it. */
__attribute__((noinline)) char *wh_wire_put_numeric(const struct wh_numeric *value, char *at)
{
    if (WH_LIKELY(is_quick(value)))
        return put_quick(value, at);
    return value->form > WH_NUMERIC_BIG ? put_special(value, at) : put_printed(value, at);
}

/* ---- reading --------------------------------------------------------------------------------- */

/** A numeric taken apart. */
struct parts {
    size_t groups;
    int weight;
    uint16_t sign;
    uint16_t scale;
    const char *digits;
};

static wh_code say_corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "the server sent a numeric that is none");
}

static unsigned group_at(const struct parts *parts, size_t i)
{
    return wh_wire_get16(parts->digits + 2 * i);
}

/** All digits of the number fit 38, and none of its groups stands behind the scale. */
static bool is_small(const struct parts *parts)
{
    int whole = parts->weight < 0 ? 0 : (parts->weight + 1) * GROUP_DIGITS;
    return whole + parts->scale <= SMALL_DIGITS;
}

static void read_small(const struct parts *parts, struct wh_numeric *ret)
{
    wh_int128 coefficient = 0;
    /* The digits to take of each group: what stands behind the scale is zeros. */
    int left = (parts->weight + 1) * GROUP_DIGITS + parts->scale;
    for (size_t i = 0; left > 0; i++, left -= GROUP_DIGITS) {
        unsigned group = i < parts->groups ? group_at(parts, i) : 0;
        int taken = left < GROUP_DIGITS ? left : GROUP_DIGITS;
        coefficient = coefficient * (int64_t)powers_of_10[taken] +
                      (int64_t)(group / powers_of_10[GROUP_DIGITS - taken]);
    }
    *ret = (struct wh_numeric){.value.coefficient =
                                   parts->sign == SIGN_NEGATIVE ? -coefficient : coefficient,
                               .scale = parts->scale,
                               .form = WH_NUMERIC_SMALL};
}

/** As decimal text, which the parser makes a number of. */
static wh_code read_printed(const struct parts *parts, struct wh_arena *arena,
                            struct wh_numeric *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    long whole_groups = parts->weight < 0 ? 0 : parts->weight + 1;
    size_t size = (size_t)whole_groups * GROUP_DIGITS + parts->scale + GROUP_DIGITS + 3;
    char *text = wh_arena_bytes(&scratch, size);
    if (text == NULL)
        return wh_error_no_memory(err, size);
    size_t len = 0;
    if (parts->sign == SIGN_NEGATIVE)
        text[len++] = '-';
    text[len++] = '0';
    for (long place = whole_groups * GROUP_DIGITS - 1; place >= -(long)parts->scale; place--) {
        if (place == -1)
            text[len++] = '.';
        long group = place >= 0 ? place / GROUP_DIGITS : -((-place - 1) / GROUP_DIGITS) - 1;
        long index = parts->weight - group;
        unsigned digits =
            index >= 0 && (size_t)index < parts->groups ? group_at(parts, (size_t)index) : 0;
        long in_group = place - group * GROUP_DIGITS;
        text[len++] = (char)('0' + digits / powers_of_10[in_group] % 10);
    }
    enum wh_fault fault = wh_numeric_parse(wh_str_make(text, len), arena, ret);
    if (fault == WH_FAULT_NO_MEMORY)
        return wh_error_no_memory(err, len);
    return fault == WH_FAULT_NONE ? WH_OK : say_corrupt(err);
}

static wh_code read_special(uint16_t sign, struct wh_numeric *ret, struct wh_error *err)
{
    *ret = (struct wh_numeric){.form = WH_NUMERIC_NAN};
    if (sign == SIGN_INFINITY)
        ret->form = WH_NUMERIC_INFINITY;
    else if (sign == SIGN_MINUS_INFINITY)
        ret->form = WH_NUMERIC_MINUS_INFINITY;
    else if (sign != SIGN_NAN)
        return say_corrupt(err);
    return WH_OK;
}

static bool take_apart(struct wh_str bytes, struct parts *parts)
{
    if (bytes.len < HEADER_SIZE)
        return false;
    *parts = (struct parts){.groups = wh_wire_get16(bytes.ptr),
                            .weight = (int16_t)wh_wire_get16(bytes.ptr + 2),
                            .sign = wh_wire_get16(bytes.ptr + 4),
                            .scale = wh_wire_get16(bytes.ptr + 6),
                            .digits = bytes.ptr + HEADER_SIZE};
    if (bytes.len != HEADER_SIZE + 2 * parts->groups || parts->scale > WH_NUMERIC_MAX_SCALE)
        return false;
    for (size_t i = 0; i < parts->groups; i++)
        if (group_at(parts, i) >= GROUP_BASE)
            return false;
    return true;
}

wh_code wh_wire_read_numeric(struct wh_str bytes, struct wh_arena *arena, struct wh_numeric *ret,
                             struct wh_error *err)
{
    struct parts parts;
    if (!take_apart(bytes, &parts))
        return say_corrupt(err);
    if (parts.sign != SIGN_POSITIVE && parts.sign != SIGN_NEGATIVE)
        return read_special(parts.sign, ret, err);
    if (!is_small(&parts))
        return read_printed(&parts, arena, ret, err);
    read_small(&parts, ret);
    return WH_OK;
}
