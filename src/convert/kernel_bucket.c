/* SPDX-License-Identifier: Apache-2.0 */
/* width_bucket(): which of `count` equal parts between two bounds a number falls into. */
#include <math.h>

#include "convert/kernel_number.h"

enum { OPERAND, LOW, HIGH, COUNT };

/* Below the first bound is part 0, at or beyond the second one `count` + 1. */
static enum wh_fault set_outside(bool is_below, int64_t count, int64_t *ret)
{
    *ret = is_below ? 0 : count + 1;
    return *ret > INT32_MAX ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

static enum wh_fault find_float(double value, double low, double high, int64_t count, int64_t *ret)
{
    if (count <= 0 || isnan(value) || isnan(low) || isnan(high) || isinf(low) || isinf(high) ||
        low == high)
        return WH_FAULT_ARGUMENT;
    if (low > high) {
        /* The same from the other end. */
        value = -value;
        low = -low;
        high = -high;
    }
    if (value < low || value >= high)
        return set_outside(value < low, count, ret);
    /* PostgreSQL's formula; where it overflows, PostgreSQL gives a number
     * that is no part at all. */
    double bucket = (double)count * (value - low) / (high - low) + 1;
    if (!(bucket <= INT32_MAX))
        return WH_FAULT_RANGE;
    *ret = (int64_t)bucket;
    return WH_FAULT_NONE;
}

wh_code wh_float_width_bucket(struct wh_call *call)
{
    const struct wh_operand *in = call->inputs;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  find_float(wh_float_at(&in[OPERAND], row), wh_float_at(&in[LOW], row),
                             wh_float_at(&in[HIGH], row), wh_int_at(&in[COUNT], row),
                             &call->result->values.ints[row]));
    return WH_OK;
}

/* (value - low) × count / (high - low), cut. The quotient is rounded to a division's scale first,
 * so a value just below the second bound may land beyond it: PostgreSQL 15's answer. */
static enum wh_fault find_part(const struct wh_numeric *above, const struct wh_numeric *width,
                               int64_t count, struct wh_arena *scratch, int64_t *ret)
{
    struct wh_numeric parts = wh_numeric_from_int(count);
    struct wh_numeric value;
    enum wh_fault fault = wh_numeric_multiply(above, &parts, scratch, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_divide(&value, width, scratch, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_floor(&value, scratch, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_to_int(&value, ret);
    if (fault == WH_FAULT_NONE)
        ++*ret;
    return fault;
}

static enum wh_fault find_numeric(const struct wh_numeric *const bounds[3], int64_t count,
                                  struct wh_arena *scratch, int64_t *ret)
{
    const struct wh_numeric *value = bounds[OPERAND];
    int order = wh_numeric_compare(bounds[LOW], bounds[HIGH]);
    if (count <= 0 || value->form == WH_NUMERIC_NAN || !wh_numeric_is_finite(bounds[LOW]) ||
        !wh_numeric_is_finite(bounds[HIGH]) || order == 0)
        return WH_FAULT_ARGUMENT;
    bool is_rising = order < 0;
    int from_low = wh_numeric_compare(value, bounds[LOW]);
    int from_high = wh_numeric_compare(value, bounds[HIGH]);
    bool is_below = is_rising ? from_low < 0 : from_low > 0;
    if (is_below || (is_rising ? from_high >= 0 : from_high <= 0))
        return set_outside(is_below, count, ret);
    struct wh_numeric above;
    struct wh_numeric width;
    const struct wh_numeric *low = bounds[LOW];
    enum wh_fault fault =
        wh_numeric_subtract(is_rising ? value : low, is_rising ? low : value, scratch, &above);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_subtract(is_rising ? bounds[HIGH] : low, is_rising ? low : bounds[HIGH],
                                    scratch, &width);
    return fault == WH_FAULT_NONE ? find_part(&above, &width, count, scratch, ret) : fault;
}

wh_code wh_numeric_kernel_width_bucket(struct wh_call *call)
{
    const struct wh_operand *in = call->inputs;
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *const bounds[] = {wh_numeric_at(&in[OPERAND], row),
                                                   wh_numeric_at(&in[LOW], row),
                                                   wh_numeric_at(&in[HIGH], row)};
        wh_call_check(call, row,
                      find_numeric(bounds, wh_int_at(&in[COUNT], row), call->scratch,
                                   &call->result->values.ints[row]));
    }
    return WH_OK;
}
