/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/kernel_number.h"

/* ---- two numbers ---------------------------------------------------------------------------- */

#define NUMERIC_KERNEL(name, compute)                                                              \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        struct wh_numeric *result = call->result->values.numerics;                                 \
        WH_EACH_DEAR_ROW(call, row)                                                                \
        wh_call_check(call, row,                                                                   \
                      compute(wh_numeric_at(&call->inputs[0], row),                                \
                              wh_numeric_at(&call->inputs[1], row), call->arena, &result[row]));   \
        return WH_OK;                                                                              \
    }

NUMERIC_KERNEL(wh_numeric_kernel_add, wh_numeric_add)
NUMERIC_KERNEL(wh_numeric_kernel_subtract, wh_numeric_subtract)
NUMERIC_KERNEL(wh_numeric_kernel_multiply, wh_numeric_multiply)
NUMERIC_KERNEL(wh_numeric_kernel_divide, wh_numeric_divide)
NUMERIC_KERNEL(wh_numeric_kernel_remainder, wh_numeric_remainder)
NUMERIC_KERNEL(wh_numeric_kernel_quotient, wh_numeric_quotient)
NUMERIC_KERNEL(wh_numeric_kernel_gcd, wh_numeric_gcd)
NUMERIC_KERNEL(wh_numeric_kernel_lcm, wh_numeric_lcm)
NUMERIC_KERNEL(wh_numeric_kernel_power, wh_numeric_power)
NUMERIC_KERNEL(wh_numeric_kernel_log, wh_numeric_log)

/* ---- one number ----------------------------------------------------------------------------- */

#define NUMERIC_FUNCTION(name, compute)                                                            \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        struct wh_numeric *result = call->result->values.numerics;                                 \
        WH_EACH_DEAR_ROW(call, row)                                                                \
        wh_call_check(call, row,                                                                   \
                      compute(wh_numeric_at(&call->inputs[0], row), call->arena, &result[row]));   \
        return WH_OK;                                                                              \
    }

NUMERIC_FUNCTION(wh_numeric_kernel_negate, wh_numeric_negate)
NUMERIC_FUNCTION(wh_numeric_kernel_ceil, wh_numeric_ceil)
NUMERIC_FUNCTION(wh_numeric_kernel_floor, wh_numeric_floor)
NUMERIC_FUNCTION(wh_numeric_kernel_sqrt, wh_numeric_sqrt)
NUMERIC_FUNCTION(wh_numeric_kernel_exp, wh_numeric_exp)
NUMERIC_FUNCTION(wh_numeric_kernel_ln, wh_numeric_ln)

static int sign_of(const struct wh_numeric *value)
{
    struct wh_numeric zero = wh_numeric_from_int(0);
    int order = wh_numeric_compare(value, &zero);
    return (order > 0) - (order < 0);
}

static enum wh_fault absolute(const struct wh_numeric *value, struct wh_arena *arena,
                              struct wh_numeric *ret)
{
    *ret = *value;
    return sign_of(value) < 0 ? wh_numeric_negate(value, arena, ret) : WH_FAULT_NONE;
}

static enum wh_fault sign(const struct wh_numeric *value, struct wh_arena *arena,
                          struct wh_numeric *ret)
{
    (void)arena;
    *ret = value->form == WH_NUMERIC_NAN ? *value : wh_numeric_from_int(sign_of(value));
    return WH_FAULT_NONE;
}

static enum wh_fault log_of_10(const struct wh_numeric *value, struct wh_arena *arena,
                               struct wh_numeric *ret)
{
    struct wh_numeric ten = wh_numeric_from_int(10);
    return wh_numeric_log(&ten, value, arena, ret);
}

static enum wh_fault trim(const struct wh_numeric *value, struct wh_arena *arena,
                          struct wh_numeric *ret)
{
    return wh_numeric_truncate(value, wh_numeric_min_scale(value), arena, ret);
}

NUMERIC_FUNCTION(wh_numeric_kernel_abs, absolute)
NUMERIC_FUNCTION(wh_numeric_kernel_sign, sign)
NUMERIC_FUNCTION(wh_numeric_kernel_log10, log_of_10)
NUMERIC_FUNCTION(wh_numeric_kernel_trim_scale, trim)

wh_code wh_numeric_kernel_factorial(struct wh_call *call)
{
    WH_EACH_DEAR_ROW(call, row)
    wh_call_check(call, row,
                  wh_numeric_factorial(wh_int_at(&call->inputs[0], row), call->arena,
                                       &call->result->values.numerics[row]));
    return WH_OK;
}

/* ---- scales: NULL for what has none ---------------------------------------------------------- */

wh_code wh_numeric_kernel_scale(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *value = wh_numeric_at(&call->inputs[0], row);
        call->result->values.ints[row] = value->scale;
        if (!wh_numeric_is_finite(value))
            wh_call_set_null(call, row);
    }
    return WH_OK;
}

wh_code wh_numeric_kernel_min_scale(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *value = wh_numeric_at(&call->inputs[0], row);
        call->result->values.ints[row] = wh_numeric_min_scale(value);
        if (!wh_numeric_is_finite(value))
            wh_call_set_null(call, row);
    }
    return WH_OK;
}

/* ---- digits --------------------------------------------------------------------------------- */

typedef enum wh_fault change_scale(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                                   struct wh_numeric *ret);

/* PostgreSQL, too, takes a number of digits beyond what numeric can have for the most it can. */
static int digits_at(const struct wh_call *call, size_t row)
{
    if (call->node->input_count < 2)
        return 0;
    int64_t digits = wh_int_at(&call->inputs[1], row);
    if (digits > WH_NUMERIC_MAX_SCALE)
        return WH_NUMERIC_MAX_SCALE;
    if (digits < -WH_NUMERIC_MAX_INTEGER_DIGITS)
        return -WH_NUMERIC_MAX_INTEGER_DIGITS;
    return (int)digits;
}

static wh_code change_scales(struct wh_call *call, change_scale *change)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_DEAR_ROW(call, row)
    wh_call_check(call, row,
                  change(wh_numeric_at(&call->inputs[0], row), digits_at(call, row), call->arena,
                         &result[row]));
    return WH_OK;
}

wh_code wh_numeric_kernel_round(struct wh_call *call)
{
    return change_scales(call, wh_numeric_round);
}

wh_code wh_numeric_kernel_trunc(struct wh_call *call)
{
    return change_scales(call, wh_numeric_truncate);
}
