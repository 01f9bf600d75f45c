/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums, products and quotients, with the scales that PostgreSQL gives its results.
 *
 * Each has a path for 38 digits, in place, and one for any size, in the arena; the first one steps
 * aside where its room does not do.
 */
#include "data/numeric.h"

#include "data/numeric_parts.h"
#include "data/wide.h"

enum { SMALL_DIGITS = 38, MIN_SIGNIFICANT_DIGITS = 16, MAX_DIVISION_SCALE = 1000 };

/* ---- sums ------------------------------------------------------------------------------------ */

/* The coefficient at a scale not below its own; false where 38 digits do not hold it. */
static bool scale_small(const struct wh_numeric *a, int scale, wh_int128 *ret)
{
    wh_uint128 magnitude = wh_numeric_small_magnitude(a);
    int extra = scale - a->scale;
    if (extra > 0 && magnitude != 0 && wh_uint_digits(magnitude) + extra > SMALL_DIGITS)
        return false;
    *ret = extra > 0 && magnitude != 0 ? a->value.coefficient * (wh_int128)wh_power_of_10(extra)
                                       : a->value.coefficient;
    return true;
}

static bool add_small(const struct wh_numeric *a, const struct wh_numeric *b, bool is_minus,
                      struct wh_numeric *ret)
{
    if (!wh_numeric_is_small(a) || !wh_numeric_is_small(b))
        return false;
    int scale = WH_MAX(a->scale, b->scale);
    wh_int128 left;
    wh_int128 right;
    wh_int128 sum;
    if (!scale_small(a, scale, &left) || !scale_small(b, scale, &right) ||
        __builtin_add_overflow(left, is_minus ? -right : right, &sum))
        return false;
    wh_uint128 magnitude = sum < 0 ? 0 - (wh_uint128)sum : (wh_uint128)sum;
    if (magnitude >= wh_power_of_10(SMALL_DIGITS))
        return false;
    *ret = wh_numeric_make_small(sum < 0, magnitude, scale);
    return true;
}

/* A finite number's parts at a scale not below its own. */
struct scaled {
    struct wh_natural magnitude;
    bool is_negative;
    uint32_t room[WH_SMALL_LIMBS];
};

static enum wh_fault scale_big(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                               struct scaled *ret)
{
    ret->is_negative = wh_numeric_sign(a) < 0;
    ret->magnitude = wh_numeric_magnitude(a, ret->room);
    if (scale == a->scale)
        return WH_FAULT_NONE;
    return wh_natural_scale_up(ret->magnitude, (size_t)(scale - a->scale), arena, &ret->magnitude);
}

static enum wh_fault add_scaled(const struct scaled *a, const struct scaled *b, int scale,
                                struct wh_arena *arena, struct wh_numeric *ret)
{
    struct wh_natural sum;
    enum wh_fault fault;
    bool is_negative = a->is_negative;
    if (a->is_negative == b->is_negative) {
        fault = wh_natural_add(a->magnitude, b->magnitude, arena, &sum);
    } else if (wh_natural_compare(a->magnitude, b->magnitude) >= 0) {
        fault = wh_natural_subtract(a->magnitude, b->magnitude, arena, &sum);
    } else {
        fault = wh_natural_subtract(b->magnitude, a->magnitude, arena, &sum);
        is_negative = b->is_negative;
    }
    return fault == WH_FAULT_NONE ? wh_numeric_make(is_negative, sum, scale, ret) : fault;
}

static enum wh_fault add_big(const struct wh_numeric *a, const struct wh_numeric *b, bool is_minus,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    int scale = WH_MAX(a->scale, b->scale);
    struct scaled left;
    struct scaled right;
    enum wh_fault fault = scale_big(a, scale, arena, &left);
    if (fault == WH_FAULT_NONE)
        fault = scale_big(b, scale, arena, &right);
    if (fault != WH_FAULT_NONE)
        return fault;
    right.is_negative ^= is_minus;
    return add_scaled(&left, &right, scale, arena, ret);
}

static enum wh_numeric_form opposite(enum wh_numeric_form form)
{
    if (form == WH_NUMERIC_INFINITY)
        return WH_NUMERIC_MINUS_INFINITY;
    return form == WH_NUMERIC_MINUS_INFINITY ? WH_NUMERIC_INFINITY : form;
}

/* At least one of them is no finite number. */
static enum wh_fault add_special(const struct wh_numeric *a, const struct wh_numeric *b,
                                 bool is_minus, struct wh_numeric *ret)
{
    enum wh_numeric_form left = a->form;
    enum wh_numeric_form right = is_minus ? opposite(b->form) : b->form;
    enum wh_numeric_form sum = wh_numeric_is_finite(a) ? right : left;
    if (left == WH_NUMERIC_NAN || right == WH_NUMERIC_NAN ||
        (!wh_numeric_is_finite(a) && !wh_numeric_is_finite(b) && left != right))
        sum = WH_NUMERIC_NAN;
    *ret = wh_numeric_special(sum);
    return WH_FAULT_NONE;
}

static enum wh_fault add(const struct wh_numeric *a, const struct wh_numeric *b, bool is_minus,
                         struct wh_arena *arena, struct wh_numeric *ret)
{
    if (add_small(a, b, is_minus, ret))
        return WH_FAULT_NONE;
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b))
        return add_special(a, b, is_minus, ret);
    return add_big(a, b, is_minus, arena, ret);
}

enum wh_fault wh_numeric_add(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    return add(a, b, false, arena, ret);
}

enum wh_fault wh_numeric_subtract(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    return add(a, b, true, arena, ret);
}

enum wh_fault wh_numeric_negate(const struct wh_numeric *a, struct wh_arena *arena,
                                struct wh_numeric *ret)
{
    enum wh_fault fault = wh_numeric_copy(a, arena, ret);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (wh_numeric_is_small(ret))
        ret->value.coefficient = -ret->value.coefficient;
    else if (ret->form == WH_NUMERIC_BIG)
        ret->is_negative = !ret->is_negative;
    else
        ret->form = (uint8_t)opposite(ret->form);
    return WH_FAULT_NONE;
}

/* ---- products -------------------------------------------------------------------------------- */

static bool multiply_small(const struct wh_numeric *a, const struct wh_numeric *b,
                           struct wh_numeric *ret)
{
    if (!wh_numeric_is_small(a) || !wh_numeric_is_small(b))
        return false;
    wh_uint128 left = wh_numeric_small_magnitude(a);
    wh_uint128 right = wh_numeric_small_magnitude(b);
    int scale = a->scale + b->scale;
    if (scale > WH_NUMERIC_MAX_SCALE || wh_uint_digits(left) + wh_uint_digits(right) > SMALL_DIGITS)
        return false;
    *ret = wh_numeric_make_small(wh_numeric_signs_differ(a, b), left * right, scale);
    return true;
}

static enum wh_fault multiply_special(const struct wh_numeric *a, const struct wh_numeric *b,
                                      struct wh_numeric *ret)
{
    int sign = wh_numeric_sign(a) * wh_numeric_sign(b);
    enum wh_numeric_form product = sign < 0 ? WH_NUMERIC_MINUS_INFINITY : WH_NUMERIC_INFINITY;
    if (sign == 0 || a->form == WH_NUMERIC_NAN || b->form == WH_NUMERIC_NAN)
        product = WH_NUMERIC_NAN;
    *ret = wh_numeric_special(product);
    return WH_FAULT_NONE;
}

/* The number rounded where its scale is more than there may be. */
static enum wh_fault make_within_scale(bool is_negative, struct wh_natural magnitude, long scale,
                                       struct wh_arena *arena, struct wh_numeric *ret)
{
    if (scale > WH_NUMERIC_MAX_SCALE) {
        static const uint32_t one_limb[] = {1};
        const struct wh_natural one = {one_limb, 1};
        size_t dropped = (size_t)(scale - WH_NUMERIC_MAX_SCALE);
        bool rounds_up = wh_natural_digit(magnitude, dropped - 1) >= 5;
        enum wh_fault fault = wh_natural_scale_down(magnitude, dropped, arena, &magnitude);
        if (fault == WH_FAULT_NONE && rounds_up)
            fault = wh_natural_add(magnitude, one, arena, &magnitude);
        if (fault != WH_FAULT_NONE)
            return fault;
        scale = WH_NUMERIC_MAX_SCALE;
    }
    return wh_numeric_make(is_negative, magnitude, scale, ret);
}

enum wh_fault wh_numeric_multiply(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    if (multiply_small(a, b, ret))
        return WH_FAULT_NONE;
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b))
        return multiply_special(a, b, ret);
    bool is_negative = wh_numeric_sign(a) * wh_numeric_sign(b) < 0;
    long scale = (long)a->scale + b->scale;
    uint32_t room_a[WH_SMALL_LIMBS];
    uint32_t room_b[WH_SMALL_LIMBS];
    struct wh_natural left = wh_numeric_magnitude(a, room_a);
    struct wh_natural right = wh_numeric_magnitude(b, room_b);
    /* Before the work is done: the product has at most one digit less than both together. */
    long digits = (long)(wh_natural_digits(left) + wh_natural_digits(right));
    if (digits - 1 - scale > WH_NUMERIC_MAX_INTEGER_DIGITS)
        return WH_FAULT_RANGE;
    struct wh_natural product;
    enum wh_fault fault = wh_natural_multiply(left, right, arena, &product);
    if (fault != WH_FAULT_NONE)
        return fault;
    return make_within_scale(is_negative, product, scale, arena, ret);
}

/* ---- quotients ------------------------------------------------------------------------------- */

/* The first digit, not 0, of a number written in base 10000, and the power of 10000 it stands for:
 * what PostgreSQL chooses the scale of a quotient by. */
struct head {
    long weight;
    unsigned digit;
};

static long weight_of(long place)
{
    return place >= 0 ? place / 4 : -((3 - place) / 4);
}

static struct head head_of_small(wh_uint128 magnitude, int scale)
{
    if (magnitude == 0)
        return (struct head){0, 0};
    int digits = wh_uint_digits(magnitude);
    long place = digits - 1 - scale;
    long weight = weight_of(place);
    int extra = digits - 1 - (int)(place - weight * 4);
    if (extra < 0)
        return (struct head){weight, (unsigned)(magnitude * wh_power_of_10(-extra))};
    if (magnitude <= UINT64_MAX)
        return (struct head){weight, (unsigned)((uint64_t)magnitude / wh_powers_of_10[extra])};
    return (struct head){weight, (unsigned)(magnitude / wh_power_of_10(extra))};
}

static struct head head_of(const struct wh_numeric *a)
{
    if (wh_numeric_is_small(a))
        return head_of_small(wh_numeric_small_magnitude(a), a->scale);
    struct wh_natural magnitude = wh_numeric_magnitude(a, NULL);
    long place = wh_numeric_leading_place(a) - 1; /* the power of 10 of the leading digit */
    long weight = weight_of(place);
    long position = (long)wh_natural_digits(magnitude) - 1;
    unsigned digit = 0;
    for (long power = place; power >= weight * 4; power--, position--)
        digit = digit * 10 + (position >= 0 ? wh_natural_digit(magnitude, (size_t)position) : 0);
    return (struct head){weight, digit};
}

/* select_div_scale() in PostgreSQL's numeric.c. */
static int division_scale(struct head left, struct head right, int least)
{
    long weight = left.weight - right.weight - (left.digit <= right.digit);
    long scale = WH_MAX(MIN_SIGNIFICANT_DIGITS - weight * 4, least);
    return (int)WH_MIN(WH_MAX(scale, 0), MAX_DIVISION_SCALE);
}

/* At least one of them is no finite number. */
static enum wh_fault divide_special(const struct wh_numeric *a, const struct wh_numeric *b,
                                    struct wh_numeric *ret)
{
    if (a->form == WH_NUMERIC_NAN || b->form == WH_NUMERIC_NAN) {
        *ret = wh_numeric_special(WH_NUMERIC_NAN);
    } else if (!wh_numeric_is_finite(a)) {
        int sign = wh_numeric_sign(a) * wh_numeric_sign(b);
        if (sign == 0)
            return WH_FAULT_ZERO_DIVISION;
        *ret = wh_numeric_special(!wh_numeric_is_finite(b) ? WH_NUMERIC_NAN
                                  : sign < 0               ? WH_NUMERIC_MINUS_INFINITY
                                                           : WH_NUMERIC_INFINITY);
    } else {
        *ret = wh_numeric_from_int(0);
    }
    return WH_FAULT_NONE;
}

/* a × 10^shift / b, half away from zero, where the quotient has at most 38 digits;
 * false where not. */
static bool divide_small(const struct wh_numeric *a, const struct wh_numeric *b,
                         struct wh_numeric *ret)
{
    if (!wh_numeric_is_small(a) || !wh_numeric_is_small(b))
        return false;
    wh_uint128 left = wh_numeric_small_magnitude(a);
    wh_uint128 right = wh_numeric_small_magnitude(b);
    int scale = division_scale(head_of_small(left, a->scale), head_of_small(right, b->scale),
                               WH_MAX(a->scale, b->scale));
    int shift = scale - a->scale + b->scale;
    if (shift > SMALL_DIGITS)
        return false;
    struct wh_uint256 scaled = wh_wide_multiply(left, wh_power_of_10(shift));
    if (scaled.high >= right)
        return false;
    wh_uint128 rest;
    wh_uint128 quotient = wh_wide_divide(scaled, right, &rest);
    quotient += rest >= right - rest;
    if (quotient >= wh_power_of_10(SMALL_DIGITS))
        return false;
    *ret = wh_numeric_make_small(wh_numeric_signs_differ(a, b), quotient, scale);
    return true;
}

static enum wh_fault round_quotient(const struct wh_quotient *division, struct wh_natural divisor,
                                    struct wh_arena *arena, struct wh_natural *ret)
{
    static const uint32_t one_limb[] = {1};
    const struct wh_natural one = {one_limb, 1};
    struct wh_natural doubled;
    enum wh_fault fault = wh_natural_add(division->remainder, division->remainder, arena, &doubled);
    if (fault != WH_FAULT_NONE)
        return fault;
    *ret = division->quotient;
    if (wh_natural_compare(doubled, divisor) < 0)
        return WH_FAULT_NONE;
    return wh_natural_add(division->quotient, one, arena, ret);
}

static enum wh_fault divide_big(const struct wh_numeric *a, const struct wh_numeric *b, int scale,
                                struct wh_arena *arena, struct wh_numeric *ret)
{
    uint32_t room_a[WH_SMALL_LIMBS];
    uint32_t room_b[WH_SMALL_LIMBS];
    struct wh_natural left = wh_numeric_magnitude(a, room_a);
    struct wh_natural right = wh_numeric_magnitude(b, room_b);
    long shift = (long)scale - a->scale + b->scale;
    enum wh_fault fault = shift >= 0 ? wh_natural_scale_up(left, (size_t)shift, arena, &left)
                                     : wh_natural_scale_up(right, (size_t)-shift, arena, &right);
    struct wh_quotient division;
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_divide(left, right, arena, &division);
    struct wh_natural quotient;
    if (fault == WH_FAULT_NONE)
        fault = round_quotient(&division, right, arena, &quotient);
    if (fault != WH_FAULT_NONE)
        return fault;
    bool is_negative = wh_numeric_sign(a) * wh_numeric_sign(b) < 0;
    return wh_numeric_make(is_negative, quotient, scale, ret);
}

enum wh_fault wh_numeric_divide(const struct wh_numeric *a, const struct wh_numeric *b,
                                struct wh_arena *arena, struct wh_numeric *ret)
{
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b))
        return divide_special(a, b, ret);
    if (wh_numeric_sign(b) == 0)
        return WH_FAULT_ZERO_DIVISION;
    if (divide_small(a, b, ret))
        return WH_FAULT_NONE;
    int scale = division_scale(head_of(a), head_of(b), WH_MAX(a->scale, b->scale));
    return divide_big(a, b, scale, arena, ret);
}

/* At least one of them is no finite number. */
static enum wh_fault remainder_special(const struct wh_numeric *a, const struct wh_numeric *b,
                                       struct wh_arena *arena, struct wh_numeric *ret)
{
    bool has_nan = a->form == WH_NUMERIC_NAN || b->form == WH_NUMERIC_NAN;
    if (!has_nan && wh_numeric_sign(b) == 0)
        return WH_FAULT_ZERO_DIVISION;
    if (!has_nan && wh_numeric_is_finite(a))
        return wh_numeric_copy(a, arena, ret);
    *ret = wh_numeric_special(WH_NUMERIC_NAN);
    return WH_FAULT_NONE;
}

enum wh_fault wh_numeric_remainder(const struct wh_numeric *a, const struct wh_numeric *b,
                                   struct wh_arena *arena, struct wh_numeric *ret)
{
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b))
        return remainder_special(a, b, arena, ret);
    if (wh_numeric_sign(b) == 0)
        return WH_FAULT_ZERO_DIVISION;
    int scale = WH_MAX(a->scale, b->scale);
    wh_int128 left;
    wh_int128 right;
    if (wh_numeric_is_small(a) && wh_numeric_is_small(b) && scale_small(a, scale, &left) &&
        scale_small(b, scale, &right)) {
        *ret = (struct wh_numeric){.value.coefficient = left % right, .scale = (uint16_t)scale};
        return WH_FAULT_NONE;
    }
    struct scaled dividend;
    struct scaled divisor;
    struct wh_quotient division;
    enum wh_fault fault = scale_big(a, scale, arena, &dividend);
    if (fault == WH_FAULT_NONE)
        fault = scale_big(b, scale, arena, &divisor);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_divide(dividend.magnitude, divisor.magnitude, arena, &division);
    if (fault != WH_FAULT_NONE)
        return fault;
    struct wh_numeric remainder;
    fault = wh_numeric_make(dividend.is_negative, division.remainder, scale, &remainder);
    /* It may be the dividend itself, with the limbs of another arena. */
    return fault == WH_FAULT_NONE ? wh_numeric_copy(&remainder, arena, ret) : fault;
}
