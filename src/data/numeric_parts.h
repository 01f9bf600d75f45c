/* SPDX-License-Identifier: Apache-2.0 */
/** What the numeric files share. Inside data/ only. */
#ifndef WH_DATA_NUMERIC_PARTS_H
#define WH_DATA_NUMERIC_PARTS_H

#include "data/digits.h"
#include "data/natural.h"
#include "data/numeric.h"

/** 10^exponent for exponents up to 38. */
static inline wh_uint128 wh_power_of_10(int exponent)
{
    return exponent < 20 ? wh_powers_of_10[exponent]
                         : (wh_uint128)wh_powers_of_10[exponent - 19] * wh_powers_of_10[19];
}

/** Digits of @p value: 0 for zero. */
static inline int wh_uint_digits(wh_uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);
    if (value == 0)
        return 0;
    int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)value);
    /* The logarithm of 2, a little too small: for up to 128 bits its whole part is right. */
    int least = bits * 1233 >> 12;
    return least + (value >= wh_power_of_10(least));
}

static inline bool wh_numeric_is_small(const struct wh_numeric *a)
{
    return a->form == WH_NUMERIC_SMALL;
}

/** |coefficient| of a small number. */
static inline wh_uint128 wh_numeric_small_magnitude(const struct wh_numeric *a)
{
    wh_int128 coefficient = a->value.coefficient;
    return coefficient < 0 ? 0 - (wh_uint128)coefficient : (wh_uint128)coefficient;
}

/** Whether one of two small numbers is below zero. */
static inline bool wh_numeric_signs_differ(const struct wh_numeric *a, const struct wh_numeric *b)
{
    return (a->value.coefficient < 0) != (b->value.coefficient < 0);
}

/** -1, 0 or 1; NaN has 1. */
int wh_numeric_sign(const struct wh_numeric *a);

/** The coefficient's limbs; those of a small number are written to @p room. */
struct wh_natural wh_numeric_magnitude(const struct wh_numeric *a, uint32_t room[WH_SMALL_LIMBS]);

/** The place of the leading digit: digits before the point, or minus the zeros behind it. 1.5 has
 *  1, 0.05 has -1. Not for zero. */
long wh_numeric_leading_place(const struct wh_numeric *a);

/** A number of @p magnitude × 10^-scale, in the form that it needs. RANGE beyond the limits. */
enum wh_fault wh_numeric_make(bool is_negative, struct wh_natural magnitude, long scale,
                              struct wh_numeric *ret);

/** The same for a magnitude below 10^38 and a scale that is within the limits. */
struct wh_numeric wh_numeric_make_small(bool is_negative, wh_uint128 magnitude, int scale);

/** Zero, NaN, infinities. */
struct wh_numeric wh_numeric_special(enum wh_numeric_form form);

#endif
