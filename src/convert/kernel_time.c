/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/kernel_time.h"

#include "convert/cast.h"
#include "data/datetime.h"

/* ---- dates ---------------------------------------------------------------------------------- */

static void set_date(struct wh_call *call, size_t row, int64_t days)
{
    if (days < WH_DATE_MIN || days >= WH_DATE_END)
        wh_call_fault(call, row, WH_FAULT_DATE_RANGE);
    else
        call->result->values.dates[row] = (int32_t)days;
}

static void move_date(struct wh_call *call, size_t row, int32_t date, int64_t days)
{
    if (wh_date_is_finite(date))
        set_date(call, row, date + days);
    else
        call->result->values.dates[row] = date;
}

wh_code wh_date_add_days(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_date(call, row, wh_date_at(&call->inputs[0], row), wh_int_at(&call->inputs[1], row));
    return WH_OK;
}

wh_code wh_days_add_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_date(call, row, wh_date_at(&call->inputs[1], row), wh_int_at(&call->inputs[0], row));
    return WH_OK;
}

wh_code wh_date_subtract_days(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_date(call, row, wh_date_at(&call->inputs[0], row), -wh_int_at(&call->inputs[1], row));
    return WH_OK;
}

wh_code wh_date_subtract_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int32_t a = wh_date_at(&call->inputs[0], row);
        int32_t b = wh_date_at(&call->inputs[1], row);
        if (wh_date_is_finite(a) && wh_date_is_finite(b))
            call->result->values.ints[row] = (int64_t)a - b;
        else
            wh_call_fault(call, row, WH_FAULT_DATE_RANGE);
    }
    return WH_OK;
}

/* ---- a date and a time ---------------------------------------------------------------------- */

static void join_date_and_time(struct wh_call *call, size_t row, int32_t date, int64_t time)
{
    int64_t usecs = 0;
    enum wh_fault fault = wh_date_to_timestamp(date, &usecs);
    if (fault == WH_FAULT_NONE && wh_timestamp_is_finite(usecs)) {
        usecs += time;
        if (usecs < WH_TIMESTAMP_MIN || usecs >= WH_TIMESTAMP_END)
            fault = WH_FAULT_DATE_RANGE;
    }
    call->result->values.ints[row] = usecs;
    wh_call_check(call, row, fault);
}

wh_code wh_date_add_time(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    join_date_and_time(call, row, wh_date_at(&call->inputs[0], row),
                       wh_int_at(&call->inputs[1], row));
    return WH_OK;
}

wh_code wh_time_add_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    join_date_and_time(call, row, wh_date_at(&call->inputs[1], row),
                       wh_int_at(&call->inputs[0], row));
    return WH_OK;
}

/* ---- timestamps and intervals --------------------------------------------------------------- */

static enum wh_fault negate(const struct wh_interval *interval, struct wh_interval *ret)
{
    if (interval->microseconds == INT64_MIN || interval->days == INT32_MIN ||
        interval->months == INT32_MIN)
        return WH_FAULT_RANGE;
    *ret = (struct wh_interval){.microseconds = -interval->microseconds,
                                .days = -interval->days,
                                .months = -interval->months};
    return WH_FAULT_NONE;
}

static void move_timestamp(struct wh_call *call, size_t row, int64_t usecs,
                           const struct wh_interval *interval)
{
    int64_t *result = &call->result->values.ints[row];
    if (wh_timestamp_is_finite(usecs))
        wh_call_check(call, row, wh_timestamp_add(usecs, interval, result));
    else
        *result = usecs;
}

static void move_back(struct wh_call *call, size_t row, int64_t usecs,
                      const struct wh_interval *interval)
{
    struct wh_interval back;
    enum wh_fault fault = negate(interval, &back);
    if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else
        move_timestamp(call, row, usecs, &back);
}

wh_code wh_timestamp_add_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_timestamp(call, row, wh_int_at(&call->inputs[0], row),
                   wh_interval_at(&call->inputs[1], row));
    return WH_OK;
}

wh_code wh_interval_add_timestamp(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_timestamp(call, row, wh_int_at(&call->inputs[1], row),
                   wh_interval_at(&call->inputs[0], row));
    return WH_OK;
}

wh_code wh_timestamp_subtract_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_back(call, row, wh_int_at(&call->inputs[0], row), wh_interval_at(&call->inputs[1], row));
    return WH_OK;
}

typedef void move_function(struct wh_call *call, size_t row, int64_t usecs,
                           const struct wh_interval *interval);

static void move_day(struct wh_call *call, size_t row, const struct wh_operand *date,
                     const struct wh_operand *interval, move_function *move)
{
    int64_t usecs;
    enum wh_fault fault = wh_date_to_timestamp(wh_date_at(date, row), &usecs);
    if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else
        move(call, row, usecs, wh_interval_at(interval, row));
}

wh_code wh_date_add_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_day(call, row, &call->inputs[0], &call->inputs[1], move_timestamp);
    return WH_OK;
}

wh_code wh_interval_add_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_day(call, row, &call->inputs[1], &call->inputs[0], move_timestamp);
    return WH_OK;
}

wh_code wh_date_subtract_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_day(call, row, &call->inputs[0], &call->inputs[1], move_back);
    return WH_OK;
}

/* Days and the time that is left, as PostgreSQL takes a difference apart. */
wh_code wh_timestamp_subtract_timestamp(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t a = wh_int_at(&call->inputs[0], row);
        int64_t b = wh_int_at(&call->inputs[1], row);
        int64_t difference;
        if (!wh_timestamp_is_finite(a) || !wh_timestamp_is_finite(b) ||
            __builtin_sub_overflow(a, b, &difference)) {
            wh_call_fault(call, row, WH_FAULT_DATE_RANGE);
            continue;
        }
        call->result->values.intervals[row] =
            (struct wh_interval){.days = (int32_t)(difference / WH_USECS_PER_DAY),
                                 .microseconds = difference % WH_USECS_PER_DAY};
    }
    return WH_OK;
}

/* ---- times of day --------------------------------------------------------------------------- */

/* A time of day goes round midnight; days and months of an interval do not touch it. */
int64_t wh_time_move(int64_t time, int64_t usecs)
{
    int64_t moved = (time + usecs % WH_USECS_PER_DAY) % WH_USECS_PER_DAY;
    return moved < 0 ? moved + WH_USECS_PER_DAY : moved;
}

wh_code wh_time_add_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = wh_time_move(
        wh_int_at(&call->inputs[0], row), wh_interval_at(&call->inputs[1], row)->microseconds);
    return WH_OK;
}

wh_code wh_interval_add_time(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = wh_time_move(
        wh_int_at(&call->inputs[1], row), wh_interval_at(&call->inputs[0], row)->microseconds);
    return WH_OK;
}

wh_code wh_time_subtract_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_interval_at(&call->inputs[1], row)->microseconds % WH_USECS_PER_DAY;
        call->result->values.ints[row] = wh_time_move(wh_int_at(&call->inputs[0], row), -usecs);
    }
    return WH_OK;
}

wh_code wh_time_subtract_time(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.intervals[row] = (struct wh_interval){
        .microseconds = wh_int_at(&call->inputs[0], row) - wh_int_at(&call->inputs[1], row)};
    return WH_OK;
}

/* ---- intervals ------------------------------------------------------------------------------ */

wh_code wh_interval_negate(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(
        call, row,
        negate(wh_interval_at(&call->inputs[0], row), &call->result->values.intervals[row]));
    return WH_OK;
}

static enum wh_fault add_intervals(const struct wh_interval *a, const struct wh_interval *b,
                                   struct wh_interval *ret)
{
    bool overflows = __builtin_add_overflow(a->microseconds, b->microseconds, &ret->microseconds);
    overflows |= __builtin_add_overflow(a->days, b->days, &ret->days);
    overflows |= __builtin_add_overflow(a->months, b->months, &ret->months);
    return overflows ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

static enum wh_fault subtract_intervals(const struct wh_interval *a, const struct wh_interval *b,
                                        struct wh_interval *ret)
{
    bool overflows = __builtin_sub_overflow(a->microseconds, b->microseconds, &ret->microseconds);
    overflows |= __builtin_sub_overflow(a->days, b->days, &ret->days);
    overflows |= __builtin_sub_overflow(a->months, b->months, &ret->months);
    return overflows ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

wh_code wh_interval_add_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  add_intervals(wh_interval_at(&call->inputs[0], row),
                                wh_interval_at(&call->inputs[1], row),
                                &call->result->values.intervals[row]));
    return WH_OK;
}

wh_code wh_interval_subtract_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  subtract_intervals(wh_interval_at(&call->inputs[0], row),
                                     wh_interval_at(&call->inputs[1], row),
                                     &call->result->values.intervals[row]));
    return WH_OK;
}
