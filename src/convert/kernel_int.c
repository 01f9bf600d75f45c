/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cast.h"
#include "convert/kernel_number.h"

/* A kernel over two whole numbers: @p compute sets `value` from `a` and `b`, and gives true where it
 * does not fit 64 bits. */
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
