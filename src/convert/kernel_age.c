/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cast.h"
#include "convert/kernel_time.h"
#include "data/datetime.h"

/* Midnight before, and what is left of the day. */
static int64_t day_of(int64_t usecs, int64_t *ret_time)
{
    int32_t day = wh_timestamp_to_date(usecs);
    *ret_time = usecs - day * WH_USECS_PER_DAY;
    return day;
}

/* From the earlier to the later: years and months, then days of the earlier's month, then time. */
static struct wh_interval age(int64_t later, int64_t earlier)
{
    int64_t later_time;
    int64_t earlier_time;
    struct wh_civil to = wh_civil_from_days((int32_t)day_of(later, &later_time));
    struct wh_civil from = wh_civil_from_days((int32_t)day_of(earlier, &earlier_time));
    struct wh_interval ret = {
        .microseconds = later_time - earlier_time,
        .days = to.day - from.day,
        .months = (to.year - from.year) * 12 + to.month - from.month,
    };
    if (ret.microseconds < 0) {
        ret.microseconds += WH_USECS_PER_DAY;
        ret.days--;
    }
    for (; ret.days < 0; ret.months--)
        ret.days += wh_days_in_month(from.year, from.month);
    return ret;
}

static void age_row(struct wh_call *call, size_t row)
{
    /* Of one timestamp: its age at the day's beginning. */
    bool is_of_one = call->node->input_count == 1;
    int64_t today = wh_timestamp_to_date(call->now) * WH_USECS_PER_DAY;
    int64_t a = is_of_one ? today : wh_int_at(&call->inputs[0], row);
    int64_t b = wh_int_at(&call->inputs[is_of_one ? 0 : 1], row);
    if (!wh_timestamp_is_finite(a) || !wh_timestamp_is_finite(b)) {
        wh_call_fault(call, row, WH_FAULT_DATE_RANGE);
        return;
    }
    struct wh_interval between = age(WH_MAX(a, b), WH_MIN(a, b));
    if (a < b)
        between = (struct wh_interval){.microseconds = -between.microseconds,
                                       .days = -between.days,
                                       .months = -between.months};
    call->result->values.intervals[row] = between;
}

wh_code wh_timestamp_age(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    age_row(call, row);
    return WH_OK;
}

wh_code wh_date_isfinite(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = wh_date_is_finite(wh_date_at(&call->inputs[0], row));
    return WH_OK;
}

wh_code wh_timestamp_isfinite(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = wh_timestamp_is_finite(wh_int_at(&call->inputs[0], row));
    return WH_OK;
}
