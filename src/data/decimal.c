/* SPDX-License-Identifier: Apache-2.0 */
#include "data/decimal.h"

#include <math.h>

#include "data/numeric_parts.h"

enum { GROUP_DIGITS = 4 };

void wh_computation_init(struct wh_computation *work)
{
    *work = (struct wh_computation){.fault = WH_FAULT_NONE};
    wh_arena_init(&work->arena);
}

void wh_computation_release(struct wh_computation *work)
{
    if (work != NULL)
        wh_arena_release(&work->arena);
}

/* The value, or zero once anything was at fault. */
static struct wh_decimal settle(struct wh_computation *work, enum wh_fault fault,
                                struct wh_decimal value)
{
    if (work->fault == WH_FAULT_NONE)
        work->fault = fault;
    if (work->fault != WH_FAULT_NONE)
        return (struct wh_decimal){.scale = 0};
    value.is_negative &= value.magnitude.count > 0;
    return value;
}

/* ---- from and to other numbers --------------------------------------------------------------- */

static struct wh_decimal from_uint(struct wh_computation *work, wh_uint128 value)
{
    struct wh_decimal ret = {.scale = 0};
    uint32_t *room = wh_arena_array(&work->arena, WH_SMALL_LIMBS, sizeof(*room));
    if (room == NULL)
        return settle(work, WH_FAULT_NO_MEMORY, ret);
    ret.magnitude = wh_natural_from_uint(value, room);
    return ret;
}

struct wh_decimal wh_decimal_from_int(struct wh_computation *work, uint64_t value)
{
    return from_uint(work, value);
}

struct wh_decimal wh_decimal_from_numeric(struct wh_computation *work, const struct wh_numeric *a)
{
    struct wh_decimal ret = {.scale = 0};
    if (wh_numeric_is_small(a))
        ret = from_uint(work, wh_numeric_small_magnitude(a));
    else
        ret.magnitude = wh_numeric_magnitude(a, NULL);
    ret.scale = a->scale;
    ret.is_negative = wh_numeric_sign(a) < 0;
    return ret;
}

enum wh_fault wh_decimal_to_numeric(struct wh_computation *work, struct wh_decimal a,
                                    struct wh_arena *arena, struct wh_numeric *ret)
{
    struct wh_numeric value;
    a = wh_decimal_round(work, a, WH_MIN(WH_MAX(a.scale, 0), WH_NUMERIC_MAX_SCALE));
    if (work->fault != WH_FAULT_NONE)
        return work->fault;
    enum wh_fault fault = wh_numeric_make(a.is_negative, a.magnitude, a.scale, &value);
    return fault == WH_FAULT_NONE ? wh_numeric_copy(&value, arena, ret) : fault;
}

double wh_decimal_to_double(struct wh_computation *work, struct wh_decimal a)
{
    struct wh_numeric value;
    double ret = 0.0;
    enum wh_fault fault = wh_decimal_to_numeric(work, a, &work->arena, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_to_double(&value, &ret);
    if (fault == WH_FAULT_NONE)
        return ret;
    bool is_large = wh_decimal_weight(a) > 0;
    return !is_large ? 0.0 : a.is_negative ? -HUGE_VAL : HUGE_VAL;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static enum wh_fault drop_digits(struct wh_computation *work, struct wh_natural a, size_t dropped,
                                 struct wh_natural *ret)
{
    static const uint32_t one_limb[] = {1};
    const struct wh_natural one = {one_limb, 1};
    bool is_up = wh_natural_digit(a, dropped - 1) >= 5;
    enum wh_fault fault = wh_natural_scale_down(a, dropped, &work->arena, ret);
    if (fault == WH_FAULT_NONE && is_up)
        fault = wh_natural_add(*ret, one, &work->arena, ret);
    return fault;
}

struct wh_decimal wh_decimal_round(struct wh_computation *work, struct wh_decimal a, long scale)
{
    struct wh_decimal ret = {.scale = scale, .is_negative = a.is_negative};
    enum wh_fault fault;
    if (scale == a.scale || wh_decimal_is_zero(a)) {
        ret.magnitude = a.magnitude;
        return settle(work, WH_FAULT_NONE, ret);
    }
    if (scale > a.scale)
        fault = wh_natural_scale_up(a.magnitude, (size_t)(scale - a.scale), &work->arena,
                                    &ret.magnitude);
    else
        fault = drop_digits(work, a.magnitude, (size_t)(a.scale - scale), &ret.magnitude);
    return settle(work, fault, ret);
}

struct wh_decimal wh_decimal_add(struct wh_computation *work, struct wh_decimal a,
                                 struct wh_decimal b)
{
    long scale = WH_MAX(a.scale, b.scale);
    struct wh_decimal left = wh_decimal_round(work, a, scale);
    struct wh_decimal right = wh_decimal_round(work, b, scale);
    struct wh_decimal ret = {.scale = scale, .is_negative = left.is_negative};
    enum wh_fault fault;
    if (left.is_negative == right.is_negative) {
        fault = wh_natural_add(left.magnitude, right.magnitude, &work->arena, &ret.magnitude);
    } else if (wh_natural_compare(left.magnitude, right.magnitude) >= 0) {
        fault = wh_natural_subtract(left.magnitude, right.magnitude, &work->arena, &ret.magnitude);
    } else {
        fault = wh_natural_subtract(right.magnitude, left.magnitude, &work->arena, &ret.magnitude);
        ret.is_negative = right.is_negative;
    }
    return settle(work, fault, ret);
}

struct wh_decimal wh_decimal_subtract(struct wh_computation *work, struct wh_decimal a,
                                      struct wh_decimal b)
{
    b.is_negative = !b.is_negative && !wh_decimal_is_zero(b);
    return wh_decimal_add(work, a, b);
}

struct wh_decimal wh_decimal_multiply(struct wh_computation *work, struct wh_decimal a,
                                      struct wh_decimal b, long scale)
{
    struct wh_decimal ret = {.scale = a.scale + b.scale,
                             .is_negative = a.is_negative != b.is_negative};
    enum wh_fault fault =
        wh_natural_multiply(a.magnitude, b.magnitude, &work->arena, &ret.magnitude);
    return wh_decimal_round(work, settle(work, fault, ret), scale);
}

struct wh_decimal wh_decimal_divide(struct wh_computation *work, struct wh_decimal a,
                                    struct wh_decimal b, long scale)
{
    /* One digit more than is asked for decides how it is rounded. */
    long shift = scale + 1 - a.scale + b.scale;
    struct wh_decimal ret = {.scale = scale + 1, .is_negative = a.is_negative != b.is_negative};
    struct wh_quotient division = {{NULL, 0}, {NULL, 0}};
    enum wh_fault fault = wh_decimal_is_zero(b) ? WH_FAULT_ZERO_DIVISION : work->fault;
    if (fault == WH_FAULT_NONE && shift >= 0)
        fault = wh_natural_scale_up(a.magnitude, (size_t)shift, &work->arena, &a.magnitude);
    else if (fault == WH_FAULT_NONE)
        fault = wh_natural_scale_up(b.magnitude, (size_t)-shift, &work->arena, &b.magnitude);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_divide(a.magnitude, b.magnitude, &work->arena, &division);
    ret.magnitude = division.quotient;
    return wh_decimal_round(work, settle(work, fault, ret), scale);
}

struct wh_decimal wh_decimal_sqrt(struct wh_computation *work, struct wh_decimal a, long scale)
{
    struct wh_decimal ret = {.scale = scale + 1};
    long shift = 2 * ret.scale - a.scale;
    enum wh_fault fault = WH_FAULT_NONE;
    if (shift >= 0)
        fault = wh_natural_scale_up(a.magnitude, (size_t)shift, &work->arena, &a.magnitude);
    else
        fault = wh_natural_scale_down(a.magnitude, (size_t)-shift, &work->arena, &a.magnitude);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_sqrt(a.magnitude, &work->arena, &ret.magnitude);
    return wh_decimal_round(work, settle(work, fault, ret), scale);
}

int wh_decimal_compare(struct wh_computation *work, struct wh_decimal a, struct wh_decimal b)
{
    struct wh_decimal difference = wh_decimal_subtract(work, a, b);
    if (wh_decimal_is_zero(difference))
        return 0;
    return difference.is_negative ? -1 : 1;
}

/* ---- base 10000 ------------------------------------------------------------------------------ */

/* The group that the power of ten @p place stands in. */
static long group_of(long place)
{
    return place >= 0 ? place / GROUP_DIGITS : -((GROUP_DIGITS - 1 - place) / GROUP_DIGITS);
}

long wh_decimal_weight(struct wh_decimal a)
{
    return wh_decimal_is_zero(a) ? 0 : group_of((long)wh_natural_digits(a.magnitude) - a.scale - 1);
}

long wh_decimal_groups(struct wh_decimal a)
{
    if (wh_decimal_is_zero(a))
        return 0;
    long last = group_of((long)wh_natural_trailing_zeros(a.magnitude) - a.scale);
    return wh_decimal_weight(a) - last + 1;
}

unsigned wh_decimal_group(struct wh_decimal a, long index)
{
    long lowest = (wh_decimal_weight(a) - index) * GROUP_DIGITS + a.scale;
    unsigned group = 0;
    for (long position = lowest + GROUP_DIGITS - 1; position >= lowest; position--)
        group = group * 10 + (position >= 0 ? wh_natural_digit(a.magnitude, (size_t)position) : 0);
    return group;
}
