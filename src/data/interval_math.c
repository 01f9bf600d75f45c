/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals taken apart, cut, evened out and multiplied, as PostgreSQL's timestamp.c does it. */
#include <math.h>

#include "base/macros.h"
#include "data/calendar.h"
#include "data/time_field.h"

enum { DAYS_PER_MONTH = 30, MONTHS_PER_YEAR = 12, SECONDS_PER_DAY = 86400 };

/* ---- fields ---------------------------------------------------------------------------------- */

/* Of a time of day, or of an interval's time, in microseconds of the field's unit; both may be
 * negative. */
static enum wh_fault extract_time(enum wh_time_field field, int64_t usecs, int64_t *ret)
{
    int64_t in_minute = usecs % (60 * WH_USECS_PER_SECOND);
    int64_t minutes = usecs / (60 * WH_USECS_PER_SECOND);
    int64_t factor = 1;
    int64_t value = in_minute;
    if (field == WH_FIELD_HOUR || field == WH_FIELD_MINUTE) {
        value = field == WH_FIELD_HOUR ? minutes / 60 : minutes % 60;
        factor = WH_USECS_PER_SECOND;
    } else if (field == WH_FIELD_MILLISECONDS) {
        factor = 1000;
    } else if (field == WH_FIELD_MICROSECONDS) {
        factor = WH_USECS_PER_SECOND;
    }
    return __builtin_mul_overflow(value, factor, ret) ? WH_FAULT_RANGE : WH_FAULT_NONE;
}

enum wh_fault wh_time_extract_field(struct wh_str field, int64_t usecs, int64_t *ret_units)
{
    enum wh_time_field wanted = wh_time_field_by_name(field);
    *ret_units = usecs;
    if (wanted == WH_FIELD_EPOCH)
        return WH_FAULT_NONE;
    return wanted <= WH_FIELD_HOUR ? extract_time(wanted, usecs, ret_units) : WH_FAULT_ARGUMENT;
}

wh_int128 wh_interval_epoch(const struct wh_interval *interval)
{
    int64_t quarter_days = (int64_t)1461 * (interval->months / MONTHS_PER_YEAR) +
                           (int64_t)4 * DAYS_PER_MONTH * (interval->months % MONTHS_PER_YEAR) +
                           (int64_t)4 * interval->days;
    return (wh_int128)quarter_days * (WH_USECS_PER_DAY / 4) + interval->microseconds;
}

static enum wh_fault extract_epoch(const struct wh_interval *interval, int64_t *ret)
{
    wh_int128 usecs = wh_interval_epoch(interval);
    *ret = (int64_t)usecs;
    return *ret == usecs ? WH_FAULT_NONE : WH_FAULT_RANGE;
}

enum wh_fault wh_interval_extract(struct wh_str field, const struct wh_interval *interval,
                                  int64_t *ret_units)
{
    enum wh_time_field wanted = wh_time_field_by_name(field);
    int32_t year = interval->months / MONTHS_PER_YEAR;
    int64_t value;
    if (wanted <= WH_FIELD_HOUR)
        return extract_time(wanted, interval->microseconds, ret_units);
    switch ((int)wanted) {
    case WH_FIELD_DAY:
        value = interval->days;
        break;
    case WH_FIELD_MONTH:
        value = interval->months % MONTHS_PER_YEAR;
        break;
    case WH_FIELD_QUARTER:
        value = interval->months % MONTHS_PER_YEAR / 3 + 1;
        break;
    case WH_FIELD_YEAR:
        value = year;
        break;
    case WH_FIELD_DECADE:
        value = year / 10;
        break;
    case WH_FIELD_CENTURY:
        value = year / 100;
        break;
    case WH_FIELD_MILLENNIUM:
        value = year / 1000;
        break;
    case WH_FIELD_EPOCH:
        return extract_epoch(interval, ret_units);
    default:
        return WH_FAULT_ARGUMENT;
    }
    *ret_units = value * WH_USECS_PER_SECOND;
    return WH_FAULT_NONE;
}

enum wh_fault wh_interval_truncate(struct wh_str unit, const struct wh_interval *interval,
                                   struct wh_interval *ret)
{
    static const int64_t usecs[] = {1, 1000, WH_USECS_PER_SECOND, 60 * WH_USECS_PER_SECOND,
                                    3600 * WH_USECS_PER_SECOND};
    enum wh_time_field field = wh_time_field_by_name(unit);
    int32_t months = 1;
    if (field > WH_FIELD_MILLENNIUM || field == WH_FIELD_WEEK)
        return WH_FAULT_ARGUMENT;
    *ret = *interval;
    if (field <= WH_FIELD_HOUR) {
        ret->microseconds -= ret->microseconds % usecs[field];
        return WH_FAULT_NONE;
    }
    ret->microseconds = 0;
    if (field == WH_FIELD_DAY)
        return WH_FAULT_NONE;
    ret->days = 0;
    if (field == WH_FIELD_QUARTER)
        months = 3;
    else if (field != WH_FIELD_MONTH)
        months = MONTHS_PER_YEAR * (field == WH_FIELD_DECADE       ? 10
                                    : field == WH_FIELD_CENTURY    ? 100
                                    : field == WH_FIELD_MILLENNIUM ? 1000
                                                                   : 1);
    ret->months -= ret->months % months;
    return WH_FAULT_NONE;
}

/* ---- evening out ----------------------------------------------------------------------------- */

static enum wh_fault carry_days(struct wh_interval *interval)
{
    int32_t months = interval->days / DAYS_PER_MONTH;
    interval->days -= months * DAYS_PER_MONTH;
    return __builtin_add_overflow(interval->months, months, &interval->months) ? WH_FAULT_DATE_RANGE
                                                                               : WH_FAULT_NONE;
}

static enum wh_fault carry_time(struct wh_interval *interval)
{
    int32_t days = (int32_t)(interval->microseconds / WH_USECS_PER_DAY);
    interval->microseconds %= WH_USECS_PER_DAY;
    return __builtin_add_overflow(interval->days, days, &interval->days) ? WH_FAULT_DATE_RANGE
                                                                         : WH_FAULT_NONE;
}

/* Days, then hours, of the sign of what is above them. */
static void align_days(struct wh_interval *interval, int64_t below)
{
    bool is_negative = interval->days < 0 || (interval->days == 0 && below < 0);
    bool is_positive = interval->days > 0 || (interval->days == 0 && below > 0);
    if (interval->months > 0 && is_negative) {
        interval->days += DAYS_PER_MONTH;
        interval->months--;
    } else if (interval->months < 0 && is_positive) {
        interval->days -= DAYS_PER_MONTH;
        interval->months++;
    }
}

static void align_time(struct wh_interval *interval)
{
    if (interval->days > 0 && interval->microseconds < 0) {
        interval->microseconds += WH_USECS_PER_DAY;
        interval->days--;
    } else if (interval->days < 0 && interval->microseconds > 0) {
        interval->microseconds -= WH_USECS_PER_DAY;
        interval->days++;
    }
}

enum wh_fault wh_interval_justify_days(const struct wh_interval *interval, struct wh_interval *ret)
{
    *ret = *interval;
    enum wh_fault fault = carry_days(ret);
    align_days(ret, 0);
    return fault;
}

enum wh_fault wh_interval_justify_hours(const struct wh_interval *interval, struct wh_interval *ret)
{
    *ret = *interval;
    enum wh_fault fault = carry_time(ret);
    align_time(ret);
    return fault;
}

enum wh_fault wh_interval_justify(const struct wh_interval *interval, struct wh_interval *ret)
{
    *ret = *interval;
    enum wh_fault fault = WH_FAULT_NONE;
    if ((ret->days > 0 && ret->microseconds > 0) || (ret->days < 0 && ret->microseconds < 0))
        fault = carry_days(ret);
    if (fault == WH_FAULT_NONE)
        fault = carry_time(ret);
    if (fault == WH_FAULT_NONE)
        fault = carry_days(ret);
    align_days(ret, ret->microseconds);
    align_time(ret);
    return fault;
}

/* ---- multiplying ----------------------------------------------------------------------------- */

/* To a microsecond, which takes off what doubles add. */
static double rounded(double seconds)
{
    return rint(seconds * 1e6) / 1e6;
}

static enum wh_fault to_int(double value, int32_t *ret)
{
    if (!(value >= INT32_MIN && value <= INT32_MAX))
        return WH_FAULT_DATE_RANGE;
    *ret = (int32_t)value;
    return WH_FAULT_NONE;
}

/* An interval's three parts, multiplied. */
struct product {
    double months;
    double days;
    double usecs;
};

/* What is left of whole months goes to the days, what is left of days to the time. */
static enum wh_fault cascade(const struct product *product, struct wh_interval *ret)
{
    enum wh_fault fault = to_int(product->months, &ret->months);
    if (fault == WH_FAULT_NONE)
        fault = to_int(product->days, &ret->days);
    if (fault != WH_FAULT_NONE)
        return fault;
    double days = rounded((product->months - ret->months) * DAYS_PER_MONTH);
    int32_t whole = (int32_t)days;
    double seconds = rounded((product->days - ret->days + days - whole) * SECONDS_PER_DAY);
    bool overflows = false;
    if (fabs(seconds) >= SECONDS_PER_DAY) {
        int32_t more = (int32_t)(seconds / SECONDS_PER_DAY);
        overflows = __builtin_add_overflow(ret->days, more, &ret->days);
        seconds -= more * SECONDS_PER_DAY;
    }
    overflows |= __builtin_add_overflow(ret->days, whole, &ret->days);
    double usecs = rint(product->usecs + seconds * 1e6);
    if (overflows || !(usecs >= -0x1p63 && usecs < 0x1p63))
        return WH_FAULT_DATE_RANGE;
    ret->microseconds = (int64_t)usecs;
    return WH_FAULT_NONE;
}

enum wh_fault wh_interval_multiply(const struct wh_interval *interval, double factor,
                                   struct wh_interval *ret)
{
    struct product product = {interval->months * factor, interval->days * factor,
                              (double)interval->microseconds * factor};
    return cascade(&product, ret);
}

enum wh_fault wh_interval_divide(const struct wh_interval *interval, double divisor,
                                 struct wh_interval *ret)
{
    if (divisor == 0.0)
        return WH_FAULT_ZERO_DIVISION;
    struct product product = {interval->months / divisor, interval->days / divisor,
                              (double)interval->microseconds / divisor};
    return cascade(&product, ret);
}

/* ---- bins ------------------------------------------------------------------------------------ */

enum wh_fault wh_timestamp_bin(const struct wh_interval *stride, int64_t usecs, int64_t origin,
                               int64_t *ret)
{
    int64_t width;
    int64_t difference;
    bool overflows = __builtin_mul_overflow((int64_t)stride->days, WH_USECS_PER_DAY, &width);
    overflows |= __builtin_add_overflow(width, stride->microseconds, &width);
    if (stride->months != 0)
        return WH_FAULT_RANGE;
    overflows |= __builtin_sub_overflow(usecs, origin, &difference);
    if (overflows || width <= 0 || origin == WH_TIMESTAMP_INFINITY ||
        origin == WH_TIMESTAMP_MINUS_INFINITY)
        return WH_FAULT_DATE_RANGE;
    int64_t rest = difference % width;
    *ret = usecs - (rest < 0 ? rest + width : rest);
    return wh_timestamp_is_in_range(*ret) ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}
