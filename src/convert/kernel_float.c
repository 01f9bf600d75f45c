/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A result that overflows to infinity, or vanishes to zero, is out of range, as in PostgreSQL. A
 * real's operation is done in double and rounded: that is exact, a double has more than twice the
 * digits of a real.
 */
#include <math.h>

#include "convert/cast.h"
#include "convert/kernel_number.h"

static double rounded_to(struct wh_type type, double value)
{
    return type.bits == 32 ? (double)(float)value : value;
}

static enum wh_fault add(double a, double b, double *ret)
{
    *ret = a + b;
    return isinf(*ret) && !isinf(a) && !isinf(b) ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

static enum wh_fault subtract(double a, double b, double *ret)
{
    return add(a, -b, ret);
}

static enum wh_fault multiply(double a, double b, double *ret)
{
    *ret = a * b;
    if (isinf(*ret) && !isinf(a) && !isinf(b))
        return WH_FAULT_RANGE;
    return *ret == 0.0 && a != 0.0 && b != 0.0 ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

static enum wh_fault divide(double a, double b, double *ret)
{
    if (b == 0.0 && !isnan(a))
        return WH_FAULT_ZERO_DIVISION;
    *ret = a / b;
    if (isinf(*ret) && !isinf(a))
        return WH_FAULT_RANGE;
    return *ret == 0.0 && a != 0.0 && !isinf(b) ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

/* PostgreSQL's dpow(), on a C library that follows POSIX. */
static enum wh_fault power(double a, double b, double *ret)
{
    if (a == 0.0 && b < 0.0)
        return WH_FAULT_ARGUMENT;
    if (a < 0.0 && floor(b) != b && !isnan(b))
        return WH_FAULT_ARGUMENT;
    *ret = pow(a, b);
    if (isnan(a) || isnan(b) || isinf(a) || isinf(b))
        return WH_FAULT_NONE;
    if (isinf(*ret) || (*ret == 0.0 && a != 0.0))
        return WH_FAULT_RANGE;
    return WH_FAULT_NONE;
}

/* What a double held may overflow or vanish when it becomes a real. */
static enum wh_fault round_result(struct wh_type type, double *value)
{
    double exact = *value;
    *value = rounded_to(type, exact);
    if (isinf(*value) && !isinf(exact))
        return WH_FAULT_RANGE;
    return *value == 0.0 && exact != 0.0 ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

#define FLOAT_KERNEL(name, compute)                                                                \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        double *result = call->result->values.floats;                                              \
        WH_EACH_ROW(call, row)                                                                     \
        {                                                                                          \
            enum wh_fault fault = compute(wh_float_at(&call->inputs[0], row),                      \
                                          wh_float_at(&call->inputs[1], row), &result[row]);       \
            if (fault == WH_FAULT_NONE)                                                            \
                fault = round_result(call->node->type, &result[row]);                              \
            wh_call_check(call, row, fault);                                                       \
        }                                                                                          \
        return WH_OK;                                                                              \
    }

FLOAT_KERNEL(wh_float_add, add)
FLOAT_KERNEL(wh_float_subtract, subtract)
FLOAT_KERNEL(wh_float_multiply, multiply)
FLOAT_KERNEL(wh_float_divide, divide)
FLOAT_KERNEL(wh_float_power, power)

/* Functions of one number that cannot fail. */
#define FLOAT_FUNCTION(name, compute)                                                              \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        WH_EACH_ROW(call, row)                                                                     \
        {                                                                                          \
            double value = wh_float_at(&call->inputs[0], row);                                     \
            call->result->values.floats[row] = (compute);                                          \
        }                                                                                          \
        return WH_OK;                                                                              \
    }

FLOAT_FUNCTION(wh_float_negate, -value)
FLOAT_FUNCTION(wh_float_abs, fabs(value))
FLOAT_FUNCTION(wh_float_sign, (value > 0.0) - (value < 0.0))
FLOAT_FUNCTION(wh_float_round, rint(value))
FLOAT_FUNCTION(wh_float_trunc, trunc(value))
FLOAT_FUNCTION(wh_float_ceil, ceil(value))
FLOAT_FUNCTION(wh_float_floor, floor(value))
