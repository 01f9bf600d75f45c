/* SPDX-License-Identifier: Apache-2.0 */
/* Numerics: made, looked at, compared. */
#include "data/numeric.h"

#include <string.h>

#include "data/numeric_parts.h"

/* ---- making ---------------------------------------------------------------------------------- */

struct wh_numeric wh_numeric_make_small(bool is_negative, wh_uint128 magnitude, int scale)
{
    wh_int128 coefficient = (wh_int128)magnitude;
    return (struct wh_numeric){.value.coefficient = is_negative ? -coefficient : coefficient,
                               .scale = (uint16_t)scale,
                               .form = WH_NUMERIC_SMALL};
}

struct wh_numeric wh_numeric_special(enum wh_numeric_form form)
{
    return (struct wh_numeric){.value.coefficient = 0, .form = (uint8_t)form};
}

struct wh_numeric wh_numeric_from_int(int64_t value)
{
    return (struct wh_numeric){.value.coefficient = value};
}

enum wh_fault wh_numeric_make(bool is_negative, struct wh_natural magnitude, long scale,
                              struct wh_numeric *ret)
{
    if (scale > WH_NUMERIC_MAX_SCALE ||
        (long)wh_natural_digits(magnitude) - scale > WH_NUMERIC_MAX_INTEGER_DIGITS)
        return WH_FAULT_RANGE;
    wh_uint128 small;
    if (wh_natural_to_uint(magnitude, &small)) {
        *ret = wh_numeric_make_small(is_negative, small, (int)scale);
        return WH_FAULT_NONE;
    }
    *ret =
        (struct wh_numeric){.value.big = {.limbs = magnitude.limbs, .limb_count = magnitude.count},
                            .scale = (uint16_t)scale,
                            .form = WH_NUMERIC_BIG,
                            .is_negative = is_negative};
    return WH_FAULT_NONE;
}

enum wh_fault wh_numeric_copy(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret)
{
    if (a->form == WH_NUMERIC_BIG) {
        size_t size = a->value.big.limb_count * sizeof(uint32_t);
        uint32_t *limbs = wh_arena_alloc(arena, size);
        if (limbs == NULL)
            return WH_FAULT_NO_MEMORY;
        memcpy(limbs, a->value.big.limbs, size);
        *ret = *a;
        ret->value.big.limbs = limbs;
        return WH_FAULT_NONE;
    }
    *ret = *a;
    return WH_FAULT_NONE;
}

/* ---- looking --------------------------------------------------------------------------------- */

int wh_numeric_sign(const struct wh_numeric *a)
{
    switch ((enum wh_numeric_form)a->form) {
    case WH_NUMERIC_SMALL:
        return (a->value.coefficient > 0) - (a->value.coefficient < 0);
    case WH_NUMERIC_BIG:
        return a->is_negative ? -1 : 1;
    case WH_NUMERIC_MINUS_INFINITY:
        return -1;
    case WH_NUMERIC_NAN:
    case WH_NUMERIC_INFINITY:
        break;
    }
    return 1;
}

struct wh_natural wh_numeric_magnitude(const struct wh_numeric *a, uint32_t room[WH_SMALL_LIMBS])
{
    if (a->form == WH_NUMERIC_BIG)
        return (struct wh_natural){a->value.big.limbs, a->value.big.limb_count};
    return wh_natural_from_uint(wh_numeric_small_magnitude(a), room);
}

long wh_numeric_leading_place(const struct wh_numeric *a)
{
    uint32_t room[WH_SMALL_LIMBS];
    long digits = wh_numeric_is_small(a) ? wh_uint_digits(wh_numeric_small_magnitude(a))
                                         : (long)wh_natural_digits(wh_numeric_magnitude(a, room));
    return digits - a->scale;
}

int wh_numeric_min_scale(const struct wh_numeric *a)
{
    if (!wh_numeric_is_finite(a) || wh_numeric_sign(a) == 0)
        return 0;
    uint32_t room[WH_SMALL_LIMBS];
    size_t zeros = wh_natural_trailing_zeros(wh_numeric_magnitude(a, room));
    return zeros >= a->scale ? 0 : a->scale - (int)zeros;
}

/* True where the digits from the leading one down to @p last are nines, and the next rounds up. */
static bool rounds_up_to_next_place(const struct wh_numeric *a, size_t last)
{
    uint32_t room[WH_SMALL_LIMBS];
    struct wh_natural magnitude = wh_numeric_magnitude(a, room);
    if (wh_natural_digit(magnitude, last - 1) < 5)
        return false;
    size_t digits = wh_natural_digits(magnitude);
    for (size_t i = last; i < digits; i++)
        if (wh_natural_digit(magnitude, i) != 9)
            return false;
    return true;
}

bool wh_numeric_fits(const struct wh_numeric *a, int precision, int scale)
{
    if (!wh_numeric_is_finite(a))
        return a->form == WH_NUMERIC_NAN;
    if (wh_numeric_sign(a) == 0)
        return true;
    long place = wh_numeric_leading_place(a);
    long allowed = precision - scale;
    if (place != allowed || a->scale <= scale)
        return place <= allowed;
    return !rounds_up_to_next_place(a, (size_t)(a->scale - scale));
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* NaN is above all, then the infinities. */
static int rank(const struct wh_numeric *a)
{
    static const int ranks[] = {
        [WH_NUMERIC_SMALL] = 0,
        [WH_NUMERIC_BIG] = 0,
        [WH_NUMERIC_NAN] = 2,
        [WH_NUMERIC_INFINITY] = 1,
        [WH_NUMERIC_MINUS_INFINITY] = -1,
    };
    return ranks[a->form];
}

/* Digit by digit; the leading digits stand in the same place. */
static int compare_digits(const struct wh_numeric *a, const struct wh_numeric *b)
{
    uint32_t room_a[WH_SMALL_LIMBS];
    uint32_t room_b[WH_SMALL_LIMBS];
    struct wh_natural left = wh_numeric_magnitude(a, room_a);
    struct wh_natural right = wh_numeric_magnitude(b, room_b);
    if (a->scale == b->scale)
        return wh_natural_compare(left, right);
    size_t left_digits = wh_natural_digits(left);
    size_t right_digits = wh_natural_digits(right);
    size_t places = WH_MAX(left_digits, right_digits);
    for (size_t i = 1; i <= places; i++) {
        unsigned x = i <= left_digits ? wh_natural_digit(left, left_digits - i) : 0;
        unsigned y = i <= right_digits ? wh_natural_digit(right, right_digits - i) : 0;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Both small, not zero, their leading digits in the same place: one more scale fits 38 digits. */
static int compare_small(const struct wh_numeric *a, const struct wh_numeric *b)
{
    wh_uint128 left = wh_numeric_small_magnitude(a);
    wh_uint128 right = wh_numeric_small_magnitude(b);
    if (a->scale < b->scale)
        left *= wh_power_of_10(b->scale - a->scale);
    else
        right *= wh_power_of_10(a->scale - b->scale);
    return (left > right) - (left < right);
}

/* |a| against |b|, both finite and not zero. */
static int compare_magnitudes(const struct wh_numeric *a, const struct wh_numeric *b)
{
    long left = wh_numeric_leading_place(a);
    long right = wh_numeric_leading_place(b);
    if (left != right)
        return left < right ? -1 : 1;
    if (wh_numeric_is_small(a) && wh_numeric_is_small(b))
        return compare_small(a, b);
    return compare_digits(a, b);
}

int wh_numeric_compare(const struct wh_numeric *a, const struct wh_numeric *b)
{
    if (wh_numeric_is_small(a) && wh_numeric_is_small(b) && a->scale == b->scale)
        return (a->value.coefficient > b->value.coefficient) -
               (a->value.coefficient < b->value.coefficient);
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b))
        return (rank(a) > rank(b)) - (rank(a) < rank(b));
    int left = wh_numeric_sign(a);
    int right = wh_numeric_sign(b);
    if (left != right)
        return left < right ? -1 : 1;
    return left == 0 ? 0 : left * compare_magnitudes(a, b);
}
