/* SPDX-License-Identifier: Apache-2.0 */
/* Numerics rounded, and carried to and from integers and doubles. */
#include "data/numeric.h"

#include <math.h>
#include <stdio.h>

#include "data/digits.h"
#include "data/numeric_parts.h"
#include "data/text.h"

enum direction { HALF_AWAY, TOWARDS_ZERO, DOWN, UP };

/* ---- rounding -------------------------------------------------------------------------------- */

/* Whether the last digit kept goes up by one; @p dropped digits, at least one, go. */
static bool goes_up(struct wh_natural magnitude, bool is_negative, size_t dropped,
                    enum direction direction)
{
    if (direction == TOWARDS_ZERO || magnitude.count == 0)
        return false;
    if (direction == HALF_AWAY)
        return wh_natural_digit(magnitude, dropped - 1) >= 5;
    return is_negative == (direction == DOWN) && wh_natural_trailing_zeros(magnitude) < dropped;
}

/* Drops @p dropped digits of the magnitude, then puts @p zeros behind it. */
static enum wh_fault drop_digits(struct wh_natural magnitude, size_t dropped, bool is_up,
                                 size_t zeros, struct wh_arena *arena, struct wh_natural *ret)
{
    static const uint32_t one_limb[] = {1};
    const struct wh_natural one = {one_limb, 1};
    enum wh_fault fault = wh_natural_scale_down(magnitude, dropped, arena, ret);
    if (fault == WH_FAULT_NONE && is_up)
        fault = wh_natural_add(*ret, one, arena, ret);
    if (fault == WH_FAULT_NONE && zeros > 0)
        fault = wh_natural_scale_up(*ret, zeros, arena, ret);
    return fault;
}

static enum wh_fault round_big(const struct wh_numeric *a, int scale, enum direction direction,
                               struct wh_arena *arena, struct wh_numeric *ret)
{
    uint32_t room[WH_SMALL_LIMBS];
    struct wh_natural magnitude = wh_numeric_magnitude(a, room);
    bool is_negative = wh_numeric_sign(a) < 0;
    struct wh_natural rounded;
    enum wh_fault fault;
    if (scale >= a->scale) {
        fault = wh_natural_scale_up(magnitude, (size_t)(scale - a->scale), arena, &rounded);
    } else {
        size_t dropped = (size_t)(a->scale - scale);
        bool is_up = goes_up(magnitude, is_negative, dropped, direction);
        size_t zeros = scale < 0 ? (size_t)-scale : 0;
        fault = drop_digits(magnitude, dropped, is_up, zeros, arena, &rounded);
    }
    if (fault != WH_FAULT_NONE)
        return fault;
    return wh_numeric_make(is_negative, rounded, WH_MAX(scale, 0), ret);
}

/* Within 128 bits and to a scale from 0; false where that does not do. */
static bool round_small(const struct wh_numeric *a, int scale, enum direction direction,
                        struct wh_numeric *ret)
{
    if (!wh_numeric_is_small(a) || scale < 0)
        return false;
    bool is_negative = a->value.coefficient < 0;
    wh_uint128 magnitude = wh_numeric_small_magnitude(a);
    int digits = wh_uint_digits(magnitude);
    int change = scale - a->scale;
    if (change < -38 || digits + change > 38)
        return false;
    if (change >= 0) {
        magnitude = magnitude != 0 ? magnitude * wh_power_of_10(change) : 0;
    } else {
        wh_uint128 unit = wh_power_of_10(-change);
        wh_uint128 rest = magnitude % unit;
        magnitude /= unit;
        if (direction == HALF_AWAY)
            magnitude += rest >= unit / 2;
        else if (direction != TOWARDS_ZERO)
            magnitude += rest != 0 && is_negative == (direction == DOWN);
    }
    *ret = wh_numeric_make_small(is_negative, magnitude, scale);
    return true;
}

static enum wh_fault change_scale(const struct wh_numeric *a, int scale, enum direction direction,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    int bounded = WH_MIN(WH_MAX(scale, -WH_NUMERIC_MAX_INTEGER_DIGITS), WH_NUMERIC_MAX_SCALE);
    if (round_small(a, bounded, direction, ret))
        return WH_FAULT_NONE;
    if (!wh_numeric_is_finite(a)) {
        *ret = *a;
        return WH_FAULT_NONE;
    }
    return round_big(a, bounded, direction, arena, ret);
}

enum wh_fault wh_numeric_round(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                               struct wh_numeric *ret)
{
    return change_scale(a, scale, HALF_AWAY, arena, ret);
}

enum wh_fault wh_numeric_truncate(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                                  struct wh_numeric *ret)
{
    return change_scale(a, scale, TOWARDS_ZERO, arena, ret);
}

enum wh_fault wh_numeric_floor(const struct wh_numeric *a, struct wh_arena *arena,
                               struct wh_numeric *ret)
{
    return change_scale(a, 0, DOWN, arena, ret);
}

enum wh_fault wh_numeric_ceil(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret)
{
    return change_scale(a, 0, UP, arena, ret);
}

/* ---- integers -------------------------------------------------------------------------------- */

/* |a| rounded half away from zero; the leading place is at most 19, so 128 bits hold it. */
static wh_uint128 rounded_magnitude(const struct wh_numeric *a)
{
    uint32_t room[WH_SMALL_LIMBS];
    struct wh_natural magnitude = wh_numeric_magnitude(a, room);
    size_t digits = wh_natural_digits(magnitude);
    wh_uint128 value = 0;
    for (size_t i = digits; i > a->scale; i--)
        value = value * 10 + wh_natural_digit(magnitude, i - 1);
    if (a->scale > 0)
        value += wh_natural_digit(magnitude, a->scale - 1u) >= 5;
    return value;
}

enum wh_fault wh_numeric_to_int(const struct wh_numeric *a, int64_t *ret)
{
    if (!wh_numeric_is_finite(a))
        return WH_FAULT_RANGE;
    int sign = wh_numeric_sign(a);
    if (sign == 0) {
        *ret = 0;
        return WH_FAULT_NONE;
    }
    if (wh_numeric_leading_place(a) > 19)
        return WH_FAULT_RANGE;
    bool is_plain = wh_numeric_is_small(a) && a->scale == 0;
    wh_uint128 magnitude = is_plain ? wh_numeric_small_magnitude(a) : rounded_magnitude(a);
    if (magnitude > (wh_uint128)INT64_MAX + (sign < 0))
        return WH_FAULT_RANGE;
    *ret = sign < 0 ? (int64_t)(0 - (uint64_t)magnitude) : (int64_t)magnitude;
    return WH_FAULT_NONE;
}

/* ---- doubles --------------------------------------------------------------------------------- */

/* More digits do not change which double is nearest, but whether there are any may. */
enum { DOUBLE_DIGITS = 800, DOUBLE_TEXT = DOUBLE_DIGITS + 32 };

/* The leading digits, a 1 for all others, and the exponent. */
static size_t write_for_double(const struct wh_numeric *a, char *room)
{
    uint32_t limb_room[WH_SMALL_LIMBS];
    struct wh_natural magnitude = wh_numeric_magnitude(a, limb_room);
    size_t digits = wh_natural_digits(magnitude);
    size_t written = WH_MIN(digits, (size_t)DOUBLE_DIGITS);
    char *at = room;
    if (wh_numeric_sign(a) < 0)
        *at++ = '-';
    for (size_t i = 0; i < written; i++)
        *at++ = (char)('0' + wh_natural_digit(magnitude, digits - 1 - i));
    long exponent = (long)(digits - written) - a->scale;
    if (wh_natural_trailing_zeros(magnitude) < digits - written) {
        *at++ = '1';
        exponent--;
    }
    *at++ = 'e';
    if (exponent < 0)
        *at++ = '-';
    at = wh_put_uint(at, (uint64_t)(exponent < 0 ? -exponent : exponent));
    return (size_t)(at - room);
}

static double special_double(const struct wh_numeric *a)
{
    if (a->form == WH_NUMERIC_NAN)
        return (double)NAN;
    return a->form == WH_NUMERIC_INFINITY ? (double)INFINITY : -(double)INFINITY;
}

enum wh_fault wh_numeric_to_double(const struct wh_numeric *a, double *ret)
{
    if (!wh_numeric_is_finite(a)) {
        *ret = special_double(a);
        return WH_FAULT_NONE;
    }
    if (wh_numeric_sign(a) == 0) {
        *ret = 0;
        return WH_FAULT_NONE;
    }
    char room[DOUBLE_TEXT];
    size_t length = write_for_double(a, room);
    return wh_double_parse(wh_str_make(room, length), ret);
}

/* What "%.*e" wrote: digits, of which all but the first stand behind a point of whatever bytes the
 * host program's locale says, and an exponent. Written again without the point. */
static size_t without_point(const char *printed, char *room)
{
    char *at = room;
    const char *from = printed;
    if (*from == '-')
        *at++ = *from++;
    size_t digits = 0;
    for (; *from != 'e'; from++) {
        if (!wh_is_digit(*from))
            continue;
        *at++ = *from;
        digits++;
        if (digits == 1)
            *at++ = '.';
    }
    while (at > room && at[-1] == '0')
        at--;
    size_t exponent = strlen(from);
    memcpy(at, from, exponent);
    return (size_t)(at + exponent - room);
}

enum wh_fault wh_numeric_from_double(double value, int digits, struct wh_arena *arena,
                                     struct wh_numeric *ret)
{
    if (isnan(value) || isinf(value)) {
        *ret = wh_numeric_special(isnan(value)  ? WH_NUMERIC_NAN
                                  : value < 0.0 ? WH_NUMERIC_MINUS_INFINITY
                                                : WH_NUMERIC_INFINITY);
        return WH_FAULT_NONE;
    }
    char printed[64];
    char plain[64];
    int length = snprintf(printed, sizeof(printed), "%.*e", digits - 1, value);
    if (length < 0 || (size_t)length >= sizeof(printed))
        return WH_FAULT_ARGUMENT;
    return wh_numeric_parse(wh_str_make(plain, without_point(printed, plain)), arena, ret);
}
