/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cast.h"
#include "convert/kernel_number.h"

/* A kernel over two whole numbers: @p compute sets `value` from `a` and `b`, and gives true where
 * it does not fit 64 bits. */
#define INT_KERNEL(name, compute)                                                                  \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        int64_t *result = call->result->values.ints;                                               \
        int64_t min = wh_int_min(call->node->type);                                                \
        int64_t max = wh_int_max(call->node->type);                                                \
        WH_EACH_ROW(call, row)                                                                     \
        {                                                                                          \
            int64_t a = wh_int_at(&call->inputs[0], row);                                          \
            int64_t b = wh_int_at(&call->inputs[1], row);                                          \
            int64_t value;                                                                         \
            bool overflows = (compute);                                                            \
            result[row] = value;                                                                   \
            if (WH_UNLIKELY(overflows || value < min || value > max))                              \
                wh_call_fault(call, row, WH_FAULT_RANGE);                                          \
        }                                                                                          \
        return WH_OK;                                                                              \
    }

INT_KERNEL(wh_int_add, __builtin_add_overflow(a, b, &value))
INT_KERNEL(wh_int_subtract, __builtin_sub_overflow(a, b, &value))
INT_KERNEL(wh_int_multiply, __builtin_mul_overflow(a, b, &value))

wh_code wh_int_divide(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t a = wh_int_at(&call->inputs[0], row);
        int64_t b = wh_int_at(&call->inputs[1], row);
        if (b == 0)
            wh_call_fault(call, row, WH_FAULT_ZERO_DIVISION);
        else if (b == -1 && a == wh_int_min(call->node->type))
            wh_call_fault(call, row, WH_FAULT_RANGE);
        else
            call->result->values.ints[row] = a / b;
    }
    return WH_OK;
}

wh_code wh_int_remainder(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t a = wh_int_at(&call->inputs[0], row);
        int64_t b = wh_int_at(&call->inputs[1], row);
        if (b == 0)
            wh_call_fault(call, row, WH_FAULT_ZERO_DIVISION);
        else
            call->result->values.ints[row] = b == -1 ? 0 : a % b;
    }
    return WH_OK;
}

wh_code wh_int_negate(struct wh_call *call)
{
    int64_t min = wh_int_min(call->node->type);
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        if (value == min)
            wh_call_fault(call, row, WH_FAULT_RANGE);
        else
            call->result->values.ints[row] = -value;
    }
    return WH_OK;
}

wh_code wh_int_abs(struct wh_call *call)
{
    int64_t min = wh_int_min(call->node->type);
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        if (value == min)
            wh_call_fault(call, row, WH_FAULT_RANGE);
        else
            call->result->values.ints[row] = value < 0 ? -value : value;
    }
    return WH_OK;
}

/* ---- bits: those of a narrow type are its sign's beyond its width, and stay so --------------- */

#define BIT_KERNEL(name, operator)                                                                 \
    wh_code name(struct wh_call *call)                                                             \
    {                                                                                              \
        WH_EACH_ROW(call, row)                                                                     \
        call->result->values.ints[row] =                                                           \
            wh_int_at(&call->inputs[0], row) operator wh_int_at(&call->inputs[1], row);            \
        return WH_OK;                                                                              \
    }

BIT_KERNEL(wh_int_bit_and, &)
BIT_KERNEL(wh_int_bit_or, |)
BIT_KERNEL(wh_int_bit_xor, ^)

wh_code wh_int_bit_not(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = ~wh_int_at(&call->inputs[0], row);
    return WH_OK;
}

/* ---- shifts: by as many bits as the processor that PostgreSQL runs on takes of the number ---- */

static unsigned shift_at(const struct wh_call *call, size_t row)
{
    unsigned most = call->node->type.bits == 64 ? 63 : 31;
    return (unsigned)wh_int_at(&call->inputs[1], row) & most;
}

/* The value that the low bits of a type hold. */
static int64_t narrowed(uint64_t bits, struct wh_type type)
{
    if (type.bits == 16)
        return (int16_t)bits;
    return type.bits == 32 ? (int32_t)bits : (int64_t)bits;
}

wh_code wh_int_shift_left(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = narrowed(
        (uint64_t)wh_int_at(&call->inputs[0], row) << shift_at(call, row), call->node->type);
    return WH_OK;
}

wh_code wh_int_shift_right(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = wh_int_at(&call->inputs[0], row) >> shift_at(call, row);
    return WH_OK;
}

/* ---- divisors and multiples ------------------------------------------------------------------ */

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t divisor_of(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

wh_code wh_int_gcd(struct wh_call *call)
{
    uint64_t max = (uint64_t)wh_int_max(call->node->type);
    WH_EACH_ROW(call, row)
    {
        uint64_t divisor = divisor_of(magnitude(wh_int_at(&call->inputs[0], row)),
                                      magnitude(wh_int_at(&call->inputs[1], row)));
        if (divisor > max)
            wh_call_fault(call, row, WH_FAULT_RANGE);
        else
            call->result->values.ints[row] = (int64_t)divisor;
    }
    return WH_OK;
}

wh_code wh_int_lcm(struct wh_call *call)
{
    uint64_t max = (uint64_t)wh_int_max(call->node->type);
    WH_EACH_ROW(call, row)
    {
        uint64_t a = magnitude(wh_int_at(&call->inputs[0], row));
        uint64_t b = magnitude(wh_int_at(&call->inputs[1], row));
        uint64_t multiple = 0;
        bool overflows =
            a != 0 && b != 0 && __builtin_mul_overflow(a / divisor_of(a, b), b, &multiple);
        if (overflows || multiple > max)
            wh_call_fault(call, row, WH_FAULT_RANGE);
        else
            call->result->values.ints[row] = (int64_t)multiple;
    }
    return WH_OK;
}
