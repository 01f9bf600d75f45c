/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Exact decimal numbers of any precision, meaning what PostgreSQL's numeric means.
 *
 * A value is coefficient × 10^-scale. While the coefficient fits 38 digits it is stored in place;
 * larger ones are limbs in an arena. `scale` is the display scale: 1.50 has scale 2 and equals 1.5.
 */
#ifndef WH_DATA_NUMERIC_H
#define WH_DATA_NUMERIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"
#include "data/fault.h"

enum wh_numeric_form {
    WH_NUMERIC_SMALL = 0, /* small.coefficient, |coefficient| < 10^38 */
    WH_NUMERIC_BIG,       /* big.limbs, only where SMALL cannot hold it */
    WH_NUMERIC_NAN,
    WH_NUMERIC_INFINITY,
    WH_NUMERIC_MINUS_INFINITY
};

struct wh_numeric {
    union {
        wh_int128 coefficient;
        struct {
            const uint32_t *limbs; /* base 10^9, least significant first, in an arena */
            size_t limb_count;     /* no leading zero limb */
        } big;
    } value;
    uint16_t scale;   /* 0 to 16383 */
    uint8_t form;     /* enum wh_numeric_form */
    bool is_negative; /* BIG only */
};

/** PostgreSQL's limits: 131072 digits before the point, 16383 behind it. */
#define WH_NUMERIC_MAX_INTEGER_DIGITS 131072
#define WH_NUMERIC_MAX_SCALE 16383

/** Neither NaN nor an infinity. */
static inline bool wh_numeric_is_finite(const struct wh_numeric *a)
{
    return a->form <= WH_NUMERIC_BIG;
}

struct wh_numeric wh_numeric_from_int(int64_t value);

/** Reads what numeric_in reads: optional white space, sign, digits, point, exponent, NaN, Infinity.
 *  Limbs, if needed, go to @p arena. SYNTAX, RANGE, NO_MEMORY. */
enum wh_fault wh_numeric_parse(struct wh_str text, struct wh_arena *arena, struct wh_numeric *ret);

/** Room that wh_numeric_print() needs for @p value. */
size_t wh_numeric_print_size(const struct wh_numeric *value);

/** Writes the value as PostgreSQL prints it, without NUL; returns the bytes written. */
size_t wh_numeric_print(const struct wh_numeric *value, char *room);

/** A printed value without the zeros that its fraction ends in: one text for equal values ("1.50",
 *  "1.5"; "2.00", "2"). A part of @p printed. */
struct wh_str wh_numeric_shortest(struct wh_str printed);

/** Negative, zero, positive by value: 1.50 equals 1.5; -Infinity < numbers < Infinity < NaN,
 *  NaN = NaN. */
int wh_numeric_compare(const struct wh_numeric *a, const struct wh_numeric *b);

/** Arithmetic with PostgreSQL's result scales. RANGE, ZERO_DIVISION, NO_MEMORY. */
enum wh_fault wh_numeric_add(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_subtract(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_multiply(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_divide(const struct wh_numeric *a, const struct wh_numeric *b,
                                struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_remainder(const struct wh_numeric *a, const struct wh_numeric *b,
                                   struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_negate(const struct wh_numeric *a, struct wh_arena *arena,
                                struct wh_numeric *ret);

/** To @p scale digits behind the point (negative: before it), half away from zero. */
enum wh_fault wh_numeric_round(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                               struct wh_numeric *ret);
/** The same towards zero. */
enum wh_fault wh_numeric_truncate(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                                  struct wh_numeric *ret);
enum wh_fault wh_numeric_floor(const struct wh_numeric *a, struct wh_arena *arena,
                               struct wh_numeric *ret);
enum wh_fault wh_numeric_ceil(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret);

/**
 * Powers, roots and logarithms with PostgreSQL's result scales and digits. ARGUMENT for what has no
 * result, RANGE, ZERO_DIVISION, NO_MEMORY.
 */
enum wh_fault wh_numeric_sqrt(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret);
enum wh_fault wh_numeric_exp(const struct wh_numeric *a, struct wh_arena *arena,
                             struct wh_numeric *ret);
enum wh_fault wh_numeric_ln(const struct wh_numeric *a, struct wh_arena *arena,
                            struct wh_numeric *ret);
enum wh_fault wh_numeric_log(const struct wh_numeric *base, const struct wh_numeric *a,
                             struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_power(const struct wh_numeric *base, const struct wh_numeric *exponent,
                               struct wh_arena *arena, struct wh_numeric *ret);

/** The whole part of a / b. */
enum wh_fault wh_numeric_quotient(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret);
/** The greatest common divisor and the least common multiple, not negative. */
enum wh_fault wh_numeric_gcd(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_lcm(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret);
enum wh_fault wh_numeric_factorial(int64_t n, struct wh_arena *arena, struct wh_numeric *ret);

/** Digits behind the point that are not trailing zeros: 1.500 has 1. 0 for NaN and infinities. */
int wh_numeric_min_scale(const struct wh_numeric *a);

/** True where the value, rounded to @p scale, has at most precision - scale
 *  digits before the point. */
bool wh_numeric_fits(const struct wh_numeric *a, int precision, int scale);

/** Rounds half away from zero to a whole number; RANGE outside int64, NaN and infinities. */
enum wh_fault wh_numeric_to_int(const struct wh_numeric *a, int64_t *ret);

/** The nearest double; RANGE where it would overflow. */
enum wh_fault wh_numeric_to_double(const struct wh_numeric *a, double *ret);

/** As PostgreSQL's float8::numeric: 15 significant digits; float4::numeric: 6 (@p digits). */
enum wh_fault wh_numeric_from_double(double value, int digits, struct wh_arena *arena,
                                     struct wh_numeric *ret);

/** Copies limbs into @p arena, so that the value outlives the arena it came from. */
enum wh_fault wh_numeric_copy(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret);

#endif
