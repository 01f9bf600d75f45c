/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "convert/cast.h"
#include "convert/functions.h"
#include "convert/kernel_time.h"
#include "data/datetime.h"

/* ---- evening out ----------------------------------------------------------------------------- */

typedef enum wh_fault justify(const struct wh_interval *interval, struct wh_interval *ret);

static wh_code justify_rows(struct wh_call *call, justify *function)
{
    WH_EACH_ROW(call, row)
    wh_call_check(
        call, row,
        function(wh_interval_at(&call->inputs[0], row), &call->result->values.intervals[row]));
    return WH_OK;
}

wh_code wh_interval_kernel_justify_days(struct wh_call *call)
{
    return justify_rows(call, wh_interval_justify_days);
}

wh_code wh_interval_kernel_justify_hours(struct wh_call *call)
{
    return justify_rows(call, wh_interval_justify_hours);
}

wh_code wh_interval_kernel_justify(struct wh_call *call)
{
    return justify_rows(call, wh_interval_justify);
}

/* ---- multiplying ----------------------------------------------------------------------------- */

static void multiply_row(struct wh_call *call, size_t row, size_t interval, size_t factor)
{
    wh_call_check(call, row,
                  wh_interval_multiply(wh_interval_at(&call->inputs[interval], row),
                                       wh_float_at(&call->inputs[factor], row),
                                       &call->result->values.intervals[row]));
}

wh_code wh_interval_multiply_float(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    multiply_row(call, row, 0, 1);
    return WH_OK;
}

wh_code wh_float_multiply_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    multiply_row(call, row, 1, 0);
    return WH_OK;
}

wh_code wh_interval_divide_float(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_interval_divide(wh_interval_at(&call->inputs[0], row),
                                     wh_float_at(&call->inputs[1], row),
                                     &call->result->values.intervals[row]));
    return WH_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

enum { YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES, SECONDS, PARTS };

static enum wh_fault add_part(int64_t value, int64_t unit, int64_t most, int64_t *sum)
{
    int64_t part;
    if (__builtin_mul_overflow(value, unit, &part) || __builtin_add_overflow(*sum, part, sum) ||
        *sum > most || *sum < -most - 1)
        return WH_FAULT_DATE_RANGE;
    return WH_FAULT_NONE;
}

static enum wh_fault make_interval(const int64_t parts[PARTS], double seconds,
                                   struct wh_interval *ret)
{
    int64_t months = 0;
    int64_t days = 0;
    int64_t usecs = 0;
    double rounded = rint(seconds * 1e6);
    if (!(rounded >= -0x1p63 && rounded < 0x1p63) ||
        add_part(parts[YEARS], 12, INT32_MAX, &months) != WH_FAULT_NONE ||
        add_part(parts[MONTHS], 1, INT32_MAX, &months) != WH_FAULT_NONE ||
        add_part(parts[WEEKS], 7, INT32_MAX, &days) != WH_FAULT_NONE ||
        add_part(parts[DAYS], 1, INT32_MAX, &days) != WH_FAULT_NONE ||
        add_part(parts[HOURS], 3600 * WH_USECS_PER_SECOND, INT64_MAX, &usecs) != WH_FAULT_NONE ||
        add_part(parts[MINUTES], 60 * WH_USECS_PER_SECOND, INT64_MAX, &usecs) != WH_FAULT_NONE ||
        add_part((int64_t)rounded, 1, INT64_MAX, &usecs) != WH_FAULT_NONE)
        return WH_FAULT_DATE_RANGE;
    *ret = (struct wh_interval){
        .months = (int32_t)months, .days = (int32_t)days, .microseconds = usecs};
    return WH_FAULT_NONE;
}

wh_code wh_interval_make(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t parts[PARTS] = {0};
        size_t count = call->node->input_count;
        for (size_t i = 0; i < count && i < SECONDS; i++)
            parts[i] = wh_int_at(&call->inputs[i], row);
        double seconds = count > SECONDS ? wh_float_at(&call->inputs[SECONDS], row) : 0.0;
        wh_call_check(call, row,
                      make_interval(parts, seconds, &call->result->values.intervals[row]));
    }
    return WH_OK;
}

/* ---- cutting --------------------------------------------------------------------------------- */

wh_code wh_interval_trunc(struct wh_call *call)
{
    char room[WH_FIELD_SIZE];
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_interval_truncate(wh_field_lower(wh_text_at(&call->inputs[0], row), room),
                                       wh_interval_at(&call->inputs[1], row),
                                       &call->result->values.intervals[row]));
    return WH_OK;
}

wh_code wh_timestamp_kernel_bin(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_int_at(&call->inputs[1], row);
        int64_t *result = &call->result->values.ints[row];
        *result = usecs;
        if (wh_timestamp_is_finite(usecs))
            wh_call_check(call, row,
                          wh_timestamp_bin(wh_interval_at(&call->inputs[0], row), usecs,
                                           wh_int_at(&call->inputs[2], row), result));
    }
    return WH_OK;
}

wh_code wh_interval_isfinite(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = 1;
    return WH_OK;
}
