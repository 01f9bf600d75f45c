/* SPDX-License-Identifier: Apache-2.0 */
/* AT TIME ZONE and its kin; the node's state is a struct wh_zone. */
#include "convert/cast.h"
#include "convert/functions.h"
#include "convert/kernel_time.h"
#include "data/datetime.h"
#include "data/zone.h"

/* Whole seconds, and what is left of one is not below zero. */
static int64_t seconds_of(int64_t usecs)
{
    int64_t seconds = usecs / WH_USECS_PER_SECOND;
    return usecs % WH_USECS_PER_SECOND < 0 ? seconds - 1 : seconds;
}

static enum wh_fault move(int64_t usecs, int64_t offset, int64_t *ret)
{
    *ret = usecs;
    if (!wh_timestamp_is_finite(usecs))
        return WH_FAULT_NONE;
    bool overflows = __builtin_add_overflow(usecs, offset * WH_USECS_PER_SECOND, ret);
    return overflows || *ret < WH_TIMESTAMP_MIN || *ret >= WH_TIMESTAMP_END ? WH_FAULT_DATE_RANGE
                                                                            : WH_FAULT_NONE;
}

static enum wh_fault to_local(const struct wh_zone *zone, int64_t usecs, int64_t *ret)
{
    return move(usecs, wh_zone_offset(zone, seconds_of(usecs)), ret);
}

static enum wh_fault from_local(const struct wh_zone *zone, int64_t usecs, int64_t *ret)
{
    return move(usecs, -wh_zone_offset_of_local(zone, seconds_of(usecs)), ret);
}

wh_code wh_timestamp_at_zone(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  from_local(call->node->state, wh_int_at(&call->inputs[1], row),
                             &call->result->values.ints[row]));
    return WH_OK;
}

wh_code wh_timestamptz_at_zone(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  to_local(call->node->state, wh_int_at(&call->inputs[1], row),
                           &call->result->values.ints[row]));
    return WH_OK;
}

/* An interval for a zone: hours and minutes east. */
static void move_by_interval(struct wh_call *call, size_t row, int sign)
{
    const struct wh_interval *zone = wh_interval_at(&call->inputs[0], row);
    int64_t offset = zone->microseconds / WH_USECS_PER_SECOND;
    int64_t usecs = wh_int_at(&call->inputs[1], row);
    if (wh_timestamp_is_finite(usecs) && (zone->months != 0 || zone->days != 0))
        wh_call_fault(call, row, WH_FAULT_ARGUMENT);
    else
        wh_call_check(call, row, move(usecs, sign * offset, &call->result->values.ints[row]));
}

wh_code wh_timestamp_at_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_by_interval(call, row, -1);
    return WH_OK;
}

wh_code wh_timestamptz_at_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    move_by_interval(call, row, 1);
    return WH_OK;
}

/* ---- in a zone ------------------------------------------------------------------------------- */

/* Parts of a day keep the offset that there is; a day and more begin with what the clocks show. */
static enum wh_fault truncate_in_zone(const struct wh_zone *zone, struct wh_str unit, int64_t usecs,
                                      int64_t *ret)
{
    int64_t local;
    int64_t start;
    enum wh_fault fault = to_local(zone, usecs, &local);
    if (fault == WH_FAULT_NONE)
        fault = wh_timestamp_truncate(unit, local, &start);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (wh_unit_is_date(unit))
        return from_local(zone, start, ret);
    return move(start, -wh_zone_offset(zone, seconds_of(usecs)), ret);
}

wh_code wh_timestamptz_trunc_zone(struct wh_call *call)
{
    char room[WH_FIELD_SIZE];
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_int_at(&call->inputs[1], row);
        int64_t *result = &call->result->values.ints[row];
        *result = usecs;
        if (wh_timestamp_is_finite(usecs))
            wh_call_check(call, row,
                          truncate_in_zone(call->node->state,
                                           wh_field_lower(wh_text_at(&call->inputs[0], row), room),
                                           usecs, result));
    }
    return WH_OK;
}

wh_code wh_timestamptz_make_zone(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t local;
        enum wh_fault fault = wh_make_timestamp(call->inputs, row, &local);
        if (fault == WH_FAULT_NONE)
            fault = from_local(call->node->state, local, &call->result->values.ints[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}
