/* SPDX-License-Identifier: Apache-2.0 */
/** What the numeric files share. Inside data/ only. */
#ifndef WH_DATA_NUMERIC_PARTS_H
#define WH_DATA_NUMERIC_PARTS_H

#include "data/natural.h"
#include "data/numeric.h"

/** 10^exponent for exponents up to 38. */
wh_uint128 wh_power_of_10(int exponent);

/** Digits of @p value: 0 for zero. */
int wh_uint_digits(wh_uint128 value);

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
