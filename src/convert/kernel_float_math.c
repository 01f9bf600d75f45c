/* SPDX-License-Identifier: Apache-2.0 */
/* Roots, powers of e, logarithms and angles of doubles: what the C library computes, within the
 * bounds that PostgreSQL's functions draw. */
#include <math.h>

#include "convert/kernel_number.h"

#define RADIANS_PER_DEGREE 0.0174532925199432957692
#define PI 3.14159265358979323846

typedef enum wh_fault compute(double value, double *ret);

static wh_code compute_rows(struct wh_call *call, compute *function)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  function(wh_float_at(&call->inputs[0], row), &call->result->values.floats[row]));
    return WH_OK;
}

#define FLOAT_MATH(name, function)                                                                 \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        return compute_rows(call, function);                                                       \
    }

/* A finite number's result that is infinite or, where it should not be, zero. */
static enum wh_fault check_finite(double value, double result, bool may_vanish)
{
    if (isinf(result) && !isinf(value))
        return WH_FAULT_RANGE;
    return result == 0.0 && !may_vanish ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

static enum wh_fault compute_sqrt(double value, double *ret)
{
    if (value < 0.0)
        return WH_FAULT_ARGUMENT;
    *ret = sqrt(value);
    return WH_FAULT_NONE;
}

static enum wh_fault compute_cbrt(double value, double *ret)
{
    *ret = cbrt(value);
    return WH_FAULT_NONE;
}

static enum wh_fault compute_exp(double value, double *ret)
{
    *ret = exp(value);
    return check_finite(value, *ret, isinf(value));
}

static enum wh_fault compute_ln(double value, double *ret)
{
    if (value <= 0.0)
        return WH_FAULT_ARGUMENT;
    *ret = log(value);
    return check_finite(value, *ret, value == 1.0);
}

static enum wh_fault compute_log10(double value, double *ret)
{
    if (value <= 0.0)
        return WH_FAULT_ARGUMENT;
    *ret = log10(value);
    return check_finite(value, *ret, value == 1.0);
}

FLOAT_MATH(wh_float_sqrt, compute_sqrt)
FLOAT_MATH(wh_float_cbrt, compute_cbrt)
FLOAT_MATH(wh_float_exp, compute_exp)
FLOAT_MATH(wh_float_ln, compute_ln)
FLOAT_MATH(wh_float_log10, compute_log10)

/* ---- angles ---------------------------------------------------------------------------------- */

static enum wh_fault to_degrees(double value, double *ret)
{
    *ret = value / RADIANS_PER_DEGREE;
    return check_finite(value, *ret, value == 0.0);
}

static enum wh_fault to_radians(double value, double *ret)
{
    *ret = value * RADIANS_PER_DEGREE;
    return check_finite(value, *ret, value == 0.0);
}

FLOAT_MATH(wh_float_degrees, to_degrees)
FLOAT_MATH(wh_float_radians, to_radians)

/* Functions of `value` that are out of range where the condition does not hold. */
#define ANGLE_MATH(name, within, result)                                                           \
    static enum wh_fault compute_##name(double value, double *ret)                                 \
    {                                                                                              \
        if (!(isnan(value) || (within)))                                                           \
            return WH_FAULT_RANGE;                                                                 \
        *ret = (result);                                                                           \
        return WH_FAULT_NONE;                                                                      \
    }                                                                                              \
    FLOAT_MATH(wh_float_##name, compute_##name)

ANGLE_MATH(sin, !isinf(value), sin(value))
ANGLE_MATH(cos, !isinf(value), cos(value))
ANGLE_MATH(tan, !isinf(value), tan(value))
ANGLE_MATH(cot, !isinf(value), 1.0 / tan(value))
ANGLE_MATH(asin, value >= -1.0 && value <= 1.0, asin(value))
ANGLE_MATH(acos, value >= -1.0 && value <= 1.0, acos(value))
ANGLE_MATH(atan, true, atan(value))
ANGLE_MATH(sinh, true, sinh(value))
ANGLE_MATH(cosh, true, cosh(value))
ANGLE_MATH(tanh, true, tanh(value))
ANGLE_MATH(asinh, true, asinh(value))
ANGLE_MATH(acosh, value >= 1.0, acosh(value))
ANGLE_MATH(atanh, value >= -1.0 && value <= 1.0, atanh(value))

wh_code wh_float_atan2(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.floats[row] =
        atan2(wh_float_at(&call->inputs[0], row), wh_float_at(&call->inputs[1], row));
    return WH_OK;
}

wh_code wh_float_pi(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.floats[row] = PI;
    return WH_OK;
}
