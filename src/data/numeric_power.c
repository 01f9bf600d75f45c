/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Powers, roots and logarithms. The scales that results and intermediate values are rounded to, and
 * the series, are those of PostgreSQL 15's numeric.c (sqrt_var, exp_var, ln_var, log_var,
 * power_var): so the last digit is its, too.
 */
#include <math.h>

#include "data/decimal.h"
#include "data/numeric_parts.h"

#define LOG10_E 0.434294481903252
#define LOG10_2 0.301029995663981
#define LN_10 2.302585092994046

enum {
    SIGNIFICANT_DIGITS = 16, /* a result has at least so many */
    MAX_SCALE = 1000,        /* of a result that is not exact */
    MAX_RESULT_SCALE = 2000,
    GROUP_DIGITS = 4,
    GUARD_DIGITS = 8,
    MAX_WEIGHT = 32767
};

typedef struct wh_decimal computes(struct wh_computation *work, const struct wh_numeric *const *a);

/* Runs a computation over finite numbers and takes what it gives. */
static enum wh_fault compute(computes *function, const struct wh_numeric *const *a,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    WH_CLEANUP(wh_computation_release) struct wh_computation work;
    wh_computation_init(&work);
    struct wh_decimal result = function(&work, a);
    return wh_decimal_to_numeric(&work, result, arena, ret);
}

static struct wh_decimal fail(struct wh_computation *work, enum wh_fault fault)
{
    if (work->fault == WH_FAULT_NONE)
        work->fault = fault;
    return (struct wh_decimal){.scale = 0};
}

/* A scale of at least SIGNIFICANT_DIGITS for a result below 10^place, and not below the inputs'. */
static long choose_scale(long place, long least)
{
    long scale = WH_MAX(SIGNIFICANT_DIGITS - place, least);
    return WH_MIN(WH_MAX(scale, 0), MAX_SCALE);
}

static enum wh_fault set_special(enum wh_numeric_form form, struct wh_numeric *ret)
{
    *ret = wh_numeric_special(form);
    return WH_FAULT_NONE;
}

static enum wh_fault set_int(int64_t value, struct wh_numeric *ret)
{
    *ret = wh_numeric_from_int(value);
    return WH_FAULT_NONE;
}

/* ---- square roots ---------------------------------------------------------------------------- */

static struct wh_decimal compute_sqrt(struct wh_computation *work,
                                      const struct wh_numeric *const *a)
{
    struct wh_decimal value = wh_decimal_from_numeric(work, a[0]);
    long place = wh_decimal_weight(value) * GROUP_DIGITS / 2 + 1;
    return wh_decimal_sqrt(work, value, choose_scale(place, a[0]->scale));
}

enum wh_fault wh_numeric_sqrt(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret)
{
    if (a->form == WH_NUMERIC_NAN)
        return set_special(WH_NUMERIC_NAN, ret);
    if (wh_numeric_sign(a) < 0)
        return WH_FAULT_ARGUMENT;
    if (!wh_numeric_is_finite(a))
        return set_special(WH_NUMERIC_INFINITY, ret);
    return compute(compute_sqrt, &a, arena, ret);
}

/* ---- e to a power ---------------------------------------------------------------------------- */

/* 1 + x + x²/2! + x³/3! + … */
static struct wh_decimal sum_exponential(struct wh_computation *work, struct wh_decimal x,
                                         long scale)
{
    struct wh_decimal sum = wh_decimal_add(work, wh_decimal_from_int(work, 1), x);
    struct wh_decimal term = x;
    for (uint64_t n = 2; !wh_decimal_is_zero(term); n++) {
        term = wh_decimal_multiply(work, term, x, scale);
        term = wh_decimal_divide(work, term, wh_decimal_from_int(work, n), scale);
        sum = wh_decimal_add(work, sum, term);
    }
    return sum;
}

static struct wh_decimal exponential(struct wh_computation *work, struct wh_decimal x, long scale)
{
    double value = wh_decimal_to_double(work, x);
    if (fabs(value) >= MAX_RESULT_SCALE * 3) {
        if (value > 0)
            return fail(work, WH_FAULT_RANGE);
        return (struct wh_decimal){.scale = scale};
    }
    long place = (long)(value * LOG10_E);
    /* Halved until the series converges fast; squared as often at the end. */
    int halvings = 0;
    while (fabs(value) > 0.01) {
        value /= 2;
        halvings++;
    }
    if (halvings > 0)
        x = wh_decimal_divide(work, x, wh_decimal_from_int(work, UINT64_C(1) << halvings),
                              x.scale + halvings);
    long digits = 1 + place + scale + (long)(halvings * LOG10_2);
    digits = WH_MAX(digits, 0) + GUARD_DIGITS;
    struct wh_decimal sum = sum_exponential(work, x, digits - 1);
    for (; halvings > 0; halvings--) {
        long local = digits - wh_decimal_weight(sum) * 2 * GROUP_DIGITS;
        sum = wh_decimal_multiply(work, sum, sum, WH_MAX(local, 0));
    }
    return wh_decimal_round(work, sum, scale);
}

static struct wh_decimal compute_exp(struct wh_computation *work, const struct wh_numeric *const *a)
{
    struct wh_decimal x = wh_decimal_from_numeric(work, a[0]);
    double place = wh_decimal_to_double(work, x) * LOG10_E;
    place = fmin(fmax(place, -MAX_RESULT_SCALE), MAX_RESULT_SCALE);
    return exponential(work, x, choose_scale((long)place, a[0]->scale));
}

enum wh_fault wh_numeric_exp(const struct wh_numeric *a, struct wh_arena *arena,
                             struct wh_numeric *ret)
{
    if (a->form == WH_NUMERIC_MINUS_INFINITY)
        return set_int(0, ret);
    if (!wh_numeric_is_finite(a))
        return set_special((enum wh_numeric_form)a->form, ret);
    return compute(compute_exp, &a, arena, ret);
}

/* ---- natural logarithms ---------------------------------------------------------------------- */

static struct wh_decimal tenths(struct wh_computation *work, uint64_t count)
{
    struct wh_decimal ret = wh_decimal_from_int(work, count);
    ret.scale = 1;
    return ret;
}

static double first_groups(struct wh_decimal a, long most, long *ret_place)
{
    long groups = wh_decimal_groups(a);
    double value = wh_decimal_group(a, 0);
    *ret_place = wh_decimal_weight(a) * GROUP_DIGITS;
    for (long i = 1; i < groups && i < most; i++) {
        value = value * 10000 + wh_decimal_group(a, i);
        *ret_place -= GROUP_DIGITS;
    }
    return value;
}

/* The place of the logarithm's first digit, roughly. */
static long estimate_ln_place(struct wh_computation *work, struct wh_decimal a)
{
    if (wh_decimal_is_zero(a) || a.is_negative)
        return 0;
    long place;
    if (wh_decimal_compare(work, a, tenths(work, 9)) < 0 ||
        wh_decimal_compare(work, a, tenths(work, 11)) > 0) {
        double digits = first_groups(a, 2, &place);
        double ln = log(digits) + (double)place * LN_10;
        return (long)log10(fabs(ln));
    }
    struct wh_decimal x = wh_decimal_subtract(work, a, wh_decimal_from_int(work, 1));
    if (wh_decimal_is_zero(x))
        return 0;
    return wh_decimal_weight(x) * GROUP_DIGITS + (long)log10((double)wh_decimal_group(x, 0));
}

/* z + z³/3 + z⁵/5 + …, which is half of ln((1 + z) / (1 - z)). */
static struct wh_decimal sum_logarithm(struct wh_computation *work, struct wh_decimal z, long scale)
{
    struct wh_decimal sum = z;
    struct wh_decimal power = z;
    struct wh_decimal square = wh_decimal_multiply(work, z, z, scale);
    for (uint64_t n = 3;; n += 2) {
        power = wh_decimal_multiply(work, power, square, scale);
        struct wh_decimal term =
            wh_decimal_divide(work, power, wh_decimal_from_int(work, n), scale);
        if (wh_decimal_is_zero(term))
            return sum;
        sum = wh_decimal_add(work, sum, term);
        if (wh_decimal_weight(term) < wh_decimal_weight(sum) - scale * 2 / GROUP_DIGITS)
            return sum;
    }
}

/* Takes roots until the value is between 0.9 and 1.1; returns how often. */
static int reduce(struct wh_computation *work, struct wh_decimal *x, long scale)
{
    int roots = 0;
    struct wh_decimal low = tenths(work, 9);
    struct wh_decimal high = tenths(work, 11);
    while (work->fault == WH_FAULT_NONE &&
           (wh_decimal_compare(work, *x, low) <= 0 || wh_decimal_compare(work, *x, high) >= 0)) {
        long local = scale - wh_decimal_weight(*x) * GROUP_DIGITS / 2 + GUARD_DIGITS;
        *x = wh_decimal_sqrt(work, *x, local);
        roots++;
    }
    return roots;
}

/* Of a value above zero. */
static struct wh_decimal logarithm(struct wh_computation *work, struct wh_decimal x, long scale)
{
    int roots = reduce(work, &x, scale);
    long local = scale + (long)((roots + 1) * LOG10_2) + GUARD_DIGITS;
    struct wh_decimal one = wh_decimal_from_int(work, 1);
    struct wh_decimal z = wh_decimal_divide(work, wh_decimal_subtract(work, x, one),
                                            wh_decimal_add(work, x, one), local);
    if (work->fault != WH_FAULT_NONE)
        return z;
    struct wh_decimal sum = sum_logarithm(work, z, local);
    struct wh_decimal factor = wh_decimal_from_int(work, UINT64_C(2) << roots);
    return wh_decimal_multiply(work, sum, factor, scale);
}

static struct wh_decimal compute_ln(struct wh_computation *work, const struct wh_numeric *const *a)
{
    struct wh_decimal x = wh_decimal_from_numeric(work, a[0]);
    return logarithm(work, x, choose_scale(estimate_ln_place(work, x), a[0]->scale));
}

enum wh_fault wh_numeric_ln(const struct wh_numeric *a, struct wh_arena *arena,
                            struct wh_numeric *ret)
{
    if (a->form == WH_NUMERIC_NAN)
        return set_special(WH_NUMERIC_NAN, ret);
    if (wh_numeric_sign(a) <= 0)
        return WH_FAULT_ARGUMENT;
    if (!wh_numeric_is_finite(a))
        return set_special(WH_NUMERIC_INFINITY, ret);
    return compute(compute_ln, &a, arena, ret);
}

/* ---- logarithms to a base -------------------------------------------------------------------- */

static struct wh_decimal compute_log(struct wh_computation *work, const struct wh_numeric *const *a)
{
    struct wh_decimal base = wh_decimal_from_numeric(work, a[0]);
    struct wh_decimal value = wh_decimal_from_numeric(work, a[1]);
    long base_place = estimate_ln_place(work, base);
    long value_place = estimate_ln_place(work, value);
    long place = value_place - base_place;
    long scale = choose_scale(place, WH_MAX(a[0]->scale, a[1]->scale));
    long base_scale = scale + place - base_place + GUARD_DIGITS;
    long value_scale = scale + place - value_place + GUARD_DIGITS;
    struct wh_decimal ln_base = logarithm(work, base, WH_MAX(base_scale, 0));
    struct wh_decimal ln_value = logarithm(work, value, WH_MAX(value_scale, 0));
    return wh_decimal_divide(work, ln_value, ln_base, scale);
}

enum wh_fault wh_numeric_log(const struct wh_numeric *base, const struct wh_numeric *a,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    if (base->form == WH_NUMERIC_NAN || a->form == WH_NUMERIC_NAN)
        return set_special(WH_NUMERIC_NAN, ret);
    if (wh_numeric_sign(base) <= 0 || wh_numeric_sign(a) <= 0)
        return WH_FAULT_ARGUMENT;
    if (!wh_numeric_is_finite(base))
        return wh_numeric_is_finite(a) ? set_int(0, ret) : set_special(WH_NUMERIC_NAN, ret);
    if (!wh_numeric_is_finite(a))
        return set_special(WH_NUMERIC_INFINITY, ret);
    const struct wh_numeric *const both[] = {base, a};
    return compute(compute_log, both, arena, ret);
}

/* ---- powers with whole exponents ------------------------------------------------------------- */

/* log10 of the result, roughly. */
static double estimate_power_place(struct wh_decimal base, int64_t exponent)
{
    long place;
    double digits = first_groups(base, SIGNIFICANT_DIGITS / GROUP_DIGITS, &place);
    return (double)exponent * (log10(digits) + (double)place);
}

/* By repeated squaring, with as many digits as the result needs. */
static struct wh_decimal multiply_up(struct wh_computation *work, struct wh_decimal base,
                                     int64_t exponent, long digits)
{
    uint64_t bits = (uint64_t)(exponent < 0 ? -exponent : exponent);
    struct wh_decimal square = base;
    struct wh_decimal ret = (bits & 1) != 0 ? base : wh_decimal_from_int(work, 1);
    while ((bits >>= 1) > 0 && work->fault == WH_FAULT_NONE) {
        long local = digits - 2 * wh_decimal_weight(square) * GROUP_DIGITS;
        local = WH_MAX(WH_MIN(local, 2 * square.scale), 0);
        square = wh_decimal_multiply(work, square, square, local);
        if ((bits & 1) != 0) {
            local = digits - (wh_decimal_weight(square) + wh_decimal_weight(ret)) * GROUP_DIGITS;
            local = WH_MAX(WH_MIN(local, square.scale + ret.scale), 0);
            ret = wh_decimal_multiply(work, square, ret, local);
        }
        if (wh_decimal_weight(square) > MAX_WEIGHT || wh_decimal_weight(ret) > MAX_WEIGHT)
            return exponent < 0 ? (struct wh_decimal){.scale = 0} : fail(work, WH_FAULT_RANGE);
    }
    return ret;
}

static struct wh_decimal raise_to_whole(struct wh_computation *work, struct wh_decimal base,
                                        int64_t exponent, long scale)
{
    struct wh_decimal one = wh_decimal_from_int(work, 1);
    if (exponent == 0)
        return wh_decimal_round(work, one, scale);
    if (exponent == 1)
        return wh_decimal_round(work, base, scale);
    if (exponent == -1)
        return wh_decimal_divide(work, one, base, scale);
    if (exponent == 2)
        return wh_decimal_multiply(work, base, base, scale);
    struct wh_decimal zero = {.scale = scale};
    if (wh_decimal_is_zero(base))
        return exponent < 0 ? fail(work, WH_FAULT_ZERO_DIVISION) : zero;
    double place = estimate_power_place(base, exponent);
    if (place > (MAX_WEIGHT + 1.0) * GROUP_DIGITS + 1)
        return fail(work, WH_FAULT_RANGE);
    if (place + 1 < (double)-scale)
        return zero;
    long digits = 1 + scale + (long)place;
    digits += (long)log(fabs((double)exponent)) + GUARD_DIGITS;
    struct wh_decimal power = multiply_up(work, base, exponent, digits);
    if (exponent > 0)
        return wh_decimal_round(work, power, scale);
    return wh_decimal_is_zero(power) ? zero : wh_decimal_divide(work, one, power, scale);
}

/* ---- powers ---------------------------------------------------------------------------------- */

static bool is_whole(const struct wh_numeric *a)
{
    return !wh_numeric_is_finite(a) || wh_numeric_min_scale(a) == 0;
}

static bool is_odd(const struct wh_numeric *a)
{
    uint32_t room[WH_SMALL_LIMBS];
    return wh_numeric_is_finite(a) && is_whole(a) &&
           wh_natural_digit(wh_numeric_magnitude(a, room), a->scale) % 2 == 1;
}

/* e to the power of (exponent × ln base), for a base above zero. */
static struct wh_decimal raise(struct wh_computation *work, struct wh_decimal base,
                               struct wh_decimal exponent)
{
    long ln_place = estimate_ln_place(work, base);
    long local = WH_MAX(GUARD_DIGITS - ln_place, 0);
    struct wh_decimal ln = logarithm(work, base, local);
    struct wh_decimal product = wh_decimal_multiply(work, ln, exponent, local);
    double estimate = wh_decimal_to_double(work, product);
    if (fabs(estimate) > MAX_RESULT_SCALE * 3.01) {
        if (estimate > 0)
            return fail(work, WH_FAULT_RANGE);
        return (struct wh_decimal){.scale = MAX_SCALE};
    }
    long place = (long)(estimate * LOG10_E);
    long scale = choose_scale(place, WH_MAX(base.scale, exponent.scale));
    long digits = WH_MAX(scale + place, 0);
    local = WH_MAX(digits - ln_place + GUARD_DIGITS, 0);
    ln = logarithm(work, base, local);
    product = wh_decimal_multiply(work, ln, exponent, local);
    return exponential(work, product, scale);
}

static struct wh_decimal compute_power(struct wh_computation *work,
                                       const struct wh_numeric *const *a)
{
    struct wh_decimal base = wh_decimal_from_numeric(work, a[0]);
    struct wh_decimal exponent = wh_decimal_from_numeric(work, a[1]);
    int64_t whole;
    if (is_whole(a[1]) && wh_numeric_to_int(a[1], &whole) == WH_FAULT_NONE && whole >= INT32_MIN &&
        whole <= INT32_MAX)
        return raise_to_whole(work, base, whole, choose_scale(0, base.scale));
    if (wh_decimal_is_zero(base))
        return (struct wh_decimal){.scale = SIGNIFICANT_DIGITS};
    bool is_negative = base.is_negative && is_odd(a[1]);
    base.is_negative = false;
    struct wh_decimal ret = raise(work, base, exponent);
    ret.is_negative = is_negative && !wh_decimal_is_zero(ret);
    return ret;
}

static bool is_one(const struct wh_numeric *a, int64_t one)
{
    struct wh_numeric other = wh_numeric_from_int(one);
    return wh_numeric_compare(a, &other) == 0;
}

/* An infinite exponent: the result is infinite where |base| and the exponent point the same way. */
static enum wh_fault power_to_infinity(const struct wh_numeric *base, bool is_up,
                                       struct wh_numeric *ret)
{
    struct wh_numeric one = wh_numeric_from_int(1);
    struct wh_numeric minus_one = wh_numeric_from_int(-1);
    if (is_one(base, -1))
        return set_int(1, ret);
    bool is_above_one =
        wh_numeric_compare(base, &one) > 0 || wh_numeric_compare(base, &minus_one) < 0;
    return is_above_one == is_up ? set_special(WH_NUMERIC_INFINITY, ret) : set_int(0, ret);
}

/* At least one of them is no finite number: what POSIX says of pow(). */
static enum wh_fault power_special(const struct wh_numeric *base, const struct wh_numeric *exponent,
                                   struct wh_numeric *ret)
{
    if (is_one(base, 1) || wh_numeric_sign(exponent) == 0)
        return set_int(1, ret);
    if (base->form == WH_NUMERIC_NAN || exponent->form == WH_NUMERIC_NAN)
        return set_special(WH_NUMERIC_NAN, ret);
    bool is_up = wh_numeric_sign(exponent) > 0;
    if (wh_numeric_sign(base) == 0)
        return set_int(0, ret);
    if (!wh_numeric_is_finite(exponent))
        return power_to_infinity(base, is_up, ret);
    if (!is_up)
        return set_int(0, ret);
    bool is_minus = base->form == WH_NUMERIC_MINUS_INFINITY && is_odd(exponent);
    return set_special(is_minus ? WH_NUMERIC_MINUS_INFINITY : WH_NUMERIC_INFINITY, ret);
}

enum wh_fault wh_numeric_power(const struct wh_numeric *base, const struct wh_numeric *exponent,
                               struct wh_arena *arena, struct wh_numeric *ret)
{
    bool has_nan = base->form == WH_NUMERIC_NAN || exponent->form == WH_NUMERIC_NAN;
    if (!has_nan && wh_numeric_sign(base) == 0 && wh_numeric_sign(exponent) < 0)
        return WH_FAULT_ARGUMENT;
    if (!has_nan && wh_numeric_sign(base) < 0 && !is_whole(exponent))
        return WH_FAULT_ARGUMENT;
    if (!wh_numeric_is_finite(base) || !wh_numeric_is_finite(exponent))
        return power_special(base, exponent, ret);
    const struct wh_numeric *const both[] = {base, exponent};
    return compute(compute_power, both, arena, ret);
}
