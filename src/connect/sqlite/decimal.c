/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a double can stand for a decimal: every decimal of at most 15 significant digits is the
 * shortest one nearest to its double, so it comes back from it (DBL_DIG). Longer ones are tried.
 *
 * The fast ways use that coefficients below 10^15 and powers of ten up to 10^22 are exact doubles:
 * their quotient is then rounded once, and is the double nearest to the decimal.
 */
#include "connect/sqlite/decimal.h"

#include <math.h>

#include "data/text.h"

#define FAST_LIMIT INT64_C(1000000000000000) /* 10^15 */
#define FAST_SCALE 15
/* Scales that are tried for a REAL in a column without one, before it is printed. */
#define GUESSED_SCALE 6
/* 10^19 × any int64 stays below the 38 digits of a small numeric. */
#define MAX_SHIFT 19

static const double powers[FAST_SCALE + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* ---- storing --------------------------------------------------------------------------------- */

/** True where the shortest decimal that reads as @p real is @p value. */
static bool reads_back(double real, const struct wh_numeric *value)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_numeric back;
    wh_arena_init(&scratch);
    struct wh_type any = {.kind = WH_KIND_NUMERIC};
    return wh_sqlite_decimal_from_real(real, any, &scratch, &back) == WH_FAULT_NONE &&
           wh_numeric_compare(&back, value) == 0;
}

static enum wh_sqlite_decimal_form store_slowly(const struct wh_numeric *value, int64_t *ret_whole,
                                                double *ret_real)
{
    if (value->form == WH_NUMERIC_NAN)
        return WH_SQLITE_DECIMAL_INEXACT;
    if (value->form == WH_NUMERIC_INFINITY || value->form == WH_NUMERIC_MINUS_INFINITY) {
        *ret_real = value->form == WH_NUMERIC_INFINITY ? (double)INFINITY : -(double)INFINITY;
        return WH_SQLITE_DECIMAL_REAL;
    }
    if (wh_numeric_min_scale(value) == 0 && wh_numeric_to_int(value, ret_whole) == WH_FAULT_NONE)
        return WH_SQLITE_DECIMAL_INTEGER;
    if (wh_numeric_to_double(value, ret_real) != WH_FAULT_NONE || !reads_back(*ret_real, value))
        return WH_SQLITE_DECIMAL_INEXACT;
    return WH_SQLITE_DECIMAL_REAL;
}

enum wh_sqlite_decimal_form wh_sqlite_decimal_store(const struct wh_numeric *value,
                                                    int64_t *ret_whole, double *ret_real)
{
    if (value->form != WH_NUMERIC_SMALL || value->scale > FAST_SCALE ||
        value->value.coefficient >= FAST_LIMIT || value->value.coefficient <= -FAST_LIMIT)
        return store_slowly(value, ret_whole, ret_real);
    int64_t coefficient = (int64_t)value->value.coefficient;
    if (value->scale == 0) {
        *ret_whole = coefficient;
        return WH_SQLITE_DECIMAL_INTEGER;
    }
    *ret_real = (double)coefficient / powers[value->scale];
    return WH_SQLITE_DECIMAL_REAL;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum wh_fault wh_sqlite_decimal_from_integer(int64_t stored, struct wh_type type,
                                             struct wh_arena *arena, struct wh_numeric *ret)
{
    *ret = wh_numeric_from_int(stored);
    if (!type.has_scale || type.scale <= 0)
        return WH_FAULT_NONE;
    if (type.scale > MAX_SHIFT) {
        struct wh_numeric whole = *ret;
        return wh_numeric_round(&whole, type.scale, arena, ret);
    }
    for (int i = 0; i < type.scale; i++)
        ret->value.coefficient *= 10;
    ret->scale = (uint16_t)type.scale;
    return WH_FAULT_NONE;
}

/** The decimal of @p scale digits behind the point and at most 15 in all, if @p stored is one. */
static bool read_fast(double stored, int scale, struct wh_numeric *ret)
{
    double shifted = stored * powers[scale];
    if (!(fabs(shifted) < (double)FAST_LIMIT))
        return false;
    int64_t coefficient = llrint(shifted);
    if ((double)coefficient / powers[scale] != stored)
        return false;
    *ret = wh_numeric_from_int(coefficient);
    ret->scale = (uint16_t)scale;
    return true;
}

static enum wh_fault read_by_printing(double stored, struct wh_arena *arena, struct wh_numeric *ret)
{
    char room[WH_DOUBLE_SIZE];
    size_t len = wh_double_print(stored, room);
    return wh_numeric_parse(wh_str_make(room, len), arena, ret);
}

static enum wh_fault read_with_scale(double stored, struct wh_type type, struct wh_arena *arena,
                                     struct wh_numeric *ret)
{
    struct wh_numeric printed;
    if (type.scale >= 0 && type.scale <= FAST_SCALE && read_fast(stored, type.scale, ret))
        return WH_FAULT_NONE;
    if (!isfinite(stored))
        return WH_FAULT_SCALE;
    enum wh_fault fault = read_by_printing(stored, arena, &printed);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (wh_numeric_min_scale(&printed) > WH_MAX(type.scale, 0))
        return WH_FAULT_SCALE;
    return wh_numeric_round(&printed, WH_MAX(type.scale, 0), arena, ret);
}

enum wh_fault wh_sqlite_decimal_from_real(double stored, struct wh_type type,
                                          struct wh_arena *arena, struct wh_numeric *ret)
{
    if (type.has_scale)
        return read_with_scale(stored, type, arena, ret);
    for (int scale = 1; scale <= GUESSED_SCALE; scale++)
        if (read_fast(stored, scale, ret))
            return WH_FAULT_NONE;
    return read_by_printing(stored, arena, ret);
}
