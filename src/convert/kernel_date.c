/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "convert/cast.h"
#include "convert/functions.h"
#include "convert/kernel_time.h"
#include "data/datetime.h"

/* ---- making, reading, writing --------------------------------------------------------------- */

/* Years before Christ are negative, and there is no year 0. */
static enum wh_fault make_date(int64_t year, int64_t month, int64_t day, int32_t *ret)
{
    struct wh_civil civil = {.year = (int32_t)(year < 0 ? year + 1 : year),
                             .month = (int32_t)month,
                             .day = (int32_t)day};
    /* Julian day 0 is in 4714 BC; the last day of a date in 5874897. */
    if (year == 0 || year < -4714 || year > 5874897 || month < 1 || month > 12 || day < 1 ||
        !wh_civil_exists(civil))
        return WH_FAULT_DATE_RANGE;
    *ret = wh_days_from_civil(civil);
    return *ret >= WH_DATE_MIN && *ret < WH_DATE_END ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

wh_code wh_date_make(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  make_date(wh_int_at(&call->inputs[0], row), wh_int_at(&call->inputs[1], row),
                            wh_int_at(&call->inputs[2], row), &call->result->values.dates[row]));
    return WH_OK;
}

/* 24:00 is a time, and so is second 60; a second is rounded to microseconds. */
static enum wh_fault make_time(int64_t hour, int64_t minute, double second, int64_t *ret)
{
    double usecs = rint(second * 1e6);
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || isnan(usecs) || usecs < 0.0 ||
        usecs > 60e6)
        return WH_FAULT_DATE_RANGE;
    *ret = (hour * 60 + minute) * 60 * WH_USECS_PER_SECOND + (int64_t)usecs;
    return *ret <= WH_USECS_PER_DAY ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

wh_code wh_time_make(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  make_time(wh_int_at(&call->inputs[0], row), wh_int_at(&call->inputs[1], row),
                            wh_float_at(&call->inputs[2], row), &call->result->values.ints[row]));
    return WH_OK;
}

enum wh_fault wh_make_timestamp(const struct wh_operand *inputs, size_t row, int64_t *ret)
{
    int32_t day;
    int64_t time;
    enum wh_fault fault = make_date(wh_int_at(&inputs[0], row), wh_int_at(&inputs[1], row),
                                    wh_int_at(&inputs[2], row), &day);
    if (fault == WH_FAULT_NONE)
        fault = make_time(wh_int_at(&inputs[3], row), wh_int_at(&inputs[4], row),
                          wh_float_at(&inputs[5], row), &time);
    if (fault == WH_FAULT_NONE)
        fault = wh_date_to_timestamp(day, ret);
    if (fault != WH_FAULT_NONE)
        return fault;
    *ret += time;
    return *ret < WH_TIMESTAMP_END ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

wh_code wh_timestamp_make(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row, wh_make_timestamp(call->inputs, row, &call->result->values.ints[row]));
    return WH_OK;
}

wh_code wh_date_read(struct wh_call *call)
{
    int32_t *result = call->result->values.dates;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_date_format_read_date(call->node->state, wh_text_at(&call->inputs[0], row),
                                           &result[row]));
    return WH_OK;
}

wh_code wh_timestamp_read(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_date_format_read_timestamptz(call->node->state,
                                                  wh_text_at(&call->inputs[0], row), &result[row]));
    return WH_OK;
}

wh_code wh_timestamp_write(struct wh_call *call)
{
    /* No pattern prints more than this for each of its bytes: 'DAY' is 'WEDNESDAY', 'J' 2460000. */
    size_t most = wh_text_at(&call->inputs[1], 0).len * 8 + 32;
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_int_at(&call->inputs[0], row);
        if (!wh_timestamp_is_finite(usecs)) {
            wh_call_set_null(call, row);
            continue;
        }
        char *room = wh_call_room(call, row, most);
        size_t len = 0;
        if (room == NULL)
            continue;
        wh_call_check(call, row, wh_date_format_print(call->node->state, usecs, room, most, &len));
        call->result->values.texts[row] = wh_str_make(room, len);
    }
    return WH_OK;
}

#define EPOCH_SECONDS 946684800.0 /* from 1970-01-01 to 2000-01-01 */

static enum wh_fault from_epoch(double seconds, int64_t *ret)
{
    if (isnan(seconds))
        return WH_FAULT_DATE_RANGE;
    if (isinf(seconds)) {
        *ret = seconds > 0.0 ? WH_TIMESTAMP_INFINITY : WH_TIMESTAMP_MINUS_INFINITY;
        return WH_FAULT_NONE;
    }
    double usecs = rint((seconds - EPOCH_SECONDS) * 1e6);
    if (usecs < (double)WH_TIMESTAMP_MIN || usecs >= (double)WH_TIMESTAMP_END)
        return WH_FAULT_DATE_RANGE;
    *ret = (int64_t)usecs;
    return WH_FAULT_NONE;
}

wh_code wh_timestamp_from_epoch(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  from_epoch(wh_float_at(&call->inputs[0], row), &call->result->values.ints[row]));
    return WH_OK;
}

wh_code wh_timestamp_trunc(struct wh_call *call)
{
    char room[WH_FIELD_SIZE];
    WH_EACH_ROW(call, row)
    {
        struct wh_str unit = wh_field_lower(wh_text_at(&call->inputs[0], row), room);
        int64_t usecs = wh_int_at(&call->inputs[1], row);
        int64_t *result = &call->result->values.ints[row];
        *result = usecs;
        if (wh_timestamp_is_finite(usecs))
            wh_call_check(call, row, wh_timestamp_truncate(unit, usecs, result));
    }
    return WH_OK;
}

/* ---- extract() and date_part() -------------------------------------------------------------- */

struct wh_str wh_field_lower(struct wh_str field, char *room)
{
    size_t len = WH_MIN(field.len, WH_FIELD_SIZE);
    for (size_t i = 0; i < len; i++) {
        char c = field.ptr[i];
        room[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return wh_str_make(room, len);
}

static bool is_one_of(struct wh_str field, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (wh_str_is(field, *names))
            return true;
    }
    return false;
}

static const char *const seconds[] = {"second", "seconds", "sec", "secs", "s", NULL};
static const char *const milliseconds[] = {"milliseconds", "millisecond", "msec", "msecs",
                                           "msecond",      "mseconds",    "ms",   NULL};

/* Digits behind the point that PostgreSQL shows for a field. */
static uint16_t field_scale(struct wh_str field)
{
    if (is_one_of(field, seconds) || wh_str_is(field, "epoch"))
        return 6;
    return is_one_of(field, milliseconds) ? 3 : 0;
}

static struct wh_numeric numeric_field(struct wh_str field, int64_t units)
{
    static const int64_t dividers[] = {1000000, 0, 0, 1000, 0, 0, 1};
    uint16_t scale = field_scale(field);
    struct wh_numeric value = wh_numeric_from_int(units / dividers[scale]);
    value.scale = scale;
    return value;
}

/* Whole and fractional seconds are added as doubles, in PostgreSQL's order,
 * for the same last bit. */
static double float_field(struct wh_str field, int64_t units)
{
    if (is_one_of(field, seconds)) {
        int64_t whole = units / 1000000;
        return (double)whole + (double)(units % 1000000) / 1e6;
    }
    if (is_one_of(field, milliseconds)) {
        int64_t usecs = units / 1000;
        int64_t whole = usecs / 1000000;
        return (double)whole * 1e3 + (double)(usecs % 1000000) / 1e3;
    }
    return (double)units / 1e6;
}

/* Infinity has an infinite year, and no month at all. */
static void set_infinite_field(struct wh_call *call, size_t row, struct wh_str field,
                               bool is_negative)
{
    static const char *const monotonic[] = {
        "year", "years",      "yr",        "yrs",     "y",       "decade",    "decades",
        "dec",  "decs",       "c",         "cent",    "century", "centuries", "mil",
        "mils", "millennium", "millennia", "isoyear", "epoch",   "julian",    NULL};
    if (!is_one_of(field, monotonic))
        wh_call_set_null(call, row);
    else if (call->node->type.kind == WH_KIND_FLOAT)
        call->result->values.floats[row] = is_negative ? -HUGE_VAL : HUGE_VAL;
    else
        call->result->values.numerics[row] = (struct wh_numeric){
            .form = is_negative ? WH_NUMERIC_MINUS_INFINITY : WH_NUMERIC_INFINITY};
}

static void set_field(struct wh_call *call, size_t row, struct wh_str field, int64_t units)
{
    if (call->node->type.kind == WH_KIND_FLOAT)
        call->result->values.floats[row] = float_field(field, units);
    else
        call->result->values.numerics[row] = numeric_field(field, units);
}

/* As a double, an interval's epoch is summed up in PostgreSQL's order, for the same last bit. */
static double float_epoch(const struct wh_interval *interval)
{
    double sum = (double)interval->microseconds / 1e6;
    int32_t years = interval->months / 12;
    sum += 365.25 * 86400.0 * years;
    sum += 30.0 * 86400.0 * (interval->months % 12);
    return sum + 86400.0 * interval->days;
}

/* Of an interval or a time of day. */
static void extract_span(struct wh_call *call, size_t row, struct wh_str field)
{
    const struct wh_operand *input = &call->inputs[1];
    bool is_interval = input->column.type.kind == WH_KIND_INTERVAL;
    int64_t units;
    if (is_interval && call->node->type.kind == WH_KIND_FLOAT && wh_str_is(field, "epoch")) {
        call->result->values.floats[row] = float_epoch(wh_interval_at(input, row));
        return;
    }
    enum wh_fault fault = is_interval
                              ? wh_interval_extract(field, wh_interval_at(input, row), &units)
                              : wh_time_extract_field(field, wh_int_at(input, row), &units);
    if (fault == WH_FAULT_RANGE && wh_str_is(field, "epoch"))
        call->result->values.numerics[row] =
            (struct wh_numeric){.value.coefficient = wh_interval_epoch(wh_interval_at(input, row)),
                                .scale = field_scale(field)};
    else if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else
        set_field(call, row, field, units);
}

wh_code wh_span_extract(struct wh_call *call)
{
    char room[WH_FIELD_SIZE];
    WH_EACH_ROW(call, row)
    extract_span(call, row, wh_field_lower(wh_text_at(&call->inputs[0], row), room));
    return WH_OK;
}

/* extract() from a date, which need not be a timestamp. */
static void extract_from_date(struct wh_call *call, size_t row, struct wh_str field)
{
    int32_t days = wh_date_at(&call->inputs[1], row);
    int64_t value = 0;
    if (days == WH_DATE_INFINITY || days == WH_DATE_MINUS_INFINITY) {
        set_infinite_field(call, row, field, days < 0);
        return;
    }
    wh_call_check(call, row, wh_date_extract(field, days, &value));
    call->result->values.numerics[row] = wh_numeric_from_int(value);
}

/* Seconds since 1970 of a moment so late that they do not fit as microseconds. */
static void set_far_epoch(struct wh_call *call, size_t row, int64_t usecs)
{
    const int64_t from_1970 = INT64_C(946684800) * WH_USECS_PER_SECOND;
    if (call->node->type.kind == WH_KIND_FLOAT) {
        call->result->values.floats[row] = ((double)usecs + (double)from_1970) / 1e6;
        return;
    }
    struct wh_numeric *value = &call->result->values.numerics[row];
    struct wh_numeric million = wh_numeric_from_int(WH_USECS_PER_SECOND);
    struct wh_numeric units = wh_numeric_from_int(0);
    units.value.coefficient = (wh_int128)usecs + from_1970;
    /* PostgreSQL divides, too, and the quotient has fewer digits than the microseconds want. */
    enum wh_fault fault = wh_numeric_divide(&units, &million, call->arena, &units);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_round(&units, 6, call->arena, value);
    wh_call_check(call, row, fault);
}

/* Days since 4714 BC, with the part of a day as PostgreSQL divides it. */
static void set_julian(struct wh_call *call, size_t row, int64_t usecs)
{
    int32_t date = wh_timestamp_to_date(usecs);
    int64_t of_day = usecs - date * WH_USECS_PER_DAY;
    int64_t days = 0;
    wh_call_check(call, row, wh_date_extract(WH_STR("julian"), date, &days));
    if (call->node->type.kind == WH_KIND_FLOAT) {
        int64_t whole_seconds = of_day / WH_USECS_PER_SECOND;
        double seconds_of_day =
            (double)whole_seconds + (double)(of_day % WH_USECS_PER_SECOND) / 1e6;
        call->result->values.floats[row] = (double)days + seconds_of_day / 86400.0;
        return;
    }
    struct wh_numeric whole = wh_numeric_from_int(days);
    struct wh_numeric part = wh_numeric_from_int(of_day);
    struct wh_numeric day = wh_numeric_from_int(WH_USECS_PER_DAY);
    enum wh_fault fault = wh_numeric_divide(&part, &day, call->arena, &part);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_add(&whole, &part, call->arena, &call->result->values.numerics[row]);
    wh_call_check(call, row, fault);
}

static void extract_row(struct wh_call *call, size_t row, struct wh_str field)
{
    const struct wh_operand *input = &call->inputs[1];
    int64_t usecs;
    int64_t units;
    enum wh_fault fault = WH_FAULT_NONE;
    if (input->column.type.kind == WH_KIND_DATE)
        fault = wh_date_to_timestamp(wh_date_at(input, row), &usecs);
    else
        usecs = wh_int_at(input, row);
    if (fault == WH_FAULT_NONE && !wh_timestamp_is_finite(usecs)) {
        set_infinite_field(call, row, field, usecs < 0);
        return;
    }
    if (fault == WH_FAULT_NONE && wh_str_is(field, "julian")) {
        set_julian(call, row, usecs);
        return;
    }
    if (fault == WH_FAULT_NONE)
        fault = wh_timestamp_extract(field, usecs, &units);
    if (fault == WH_FAULT_RANGE && wh_str_is(field, "epoch")) {
        set_far_epoch(call, row, usecs);
        return;
    }
    if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else
        set_field(call, row, field, units);
}

wh_code wh_time_extract(struct wh_call *call)
{
    char room[WH_FIELD_SIZE];
    bool is_of_date = call->inputs[1].column.type.kind == WH_KIND_DATE &&
                      call->node->type.kind == WH_KIND_NUMERIC;
    WH_EACH_ROW(call, row)
    {
        struct wh_str field = wh_field_lower(wh_text_at(&call->inputs[0], row), room);
        if (is_of_date)
            extract_from_date(call, row, field);
        else
            extract_row(call, row, field);
    }
    return WH_OK;
}

/* ---- now ------------------------------------------------------------------------------------ */

wh_code wh_time_now(struct wh_call *call)
{
    int64_t now = call->now;
    int32_t today = wh_timestamp_to_date(now);
    WH_EACH_ROW(call, row)
    {
        if (call->node->type.kind == WH_KIND_DATE)
            call->result->values.dates[row] = today;
        else if (call->node->type.kind == WH_KIND_TIME)
            call->result->values.ints[row] = now - today * WH_USECS_PER_DAY;
        else
            call->result->values.ints[row] = now;
    }
    return WH_OK;
}
