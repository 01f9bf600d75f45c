/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of timestamps, and timestamps that intervals are added to. */
#include "data/datetime.h"

#include "base/macros.h"
#include "data/calendar.h"
#include "data/time_field.h"

#define DAYS_FROM_1970 INT64_C(10957)
#define EPOCH_1970 (DAYS_FROM_1970 * WH_USECS_PER_DAY)

/* ---- fields ---------------------------------------------------------------------------------- */

enum wh_time_field wh_time_field_by_name(struct wh_str name)
{
    static const struct {
        const char *name;
        enum wh_time_field field;
    } names[] = {
        {"year", WH_FIELD_YEAR},
        {"years", WH_FIELD_YEAR},
        {"month", WH_FIELD_MONTH},
        {"months", WH_FIELD_MONTH},
        {"day", WH_FIELD_DAY},
        {"days", WH_FIELD_DAY},
        {"hour", WH_FIELD_HOUR},
        {"hours", WH_FIELD_HOUR},
        {"minute", WH_FIELD_MINUTE},
        {"minutes", WH_FIELD_MINUTE},
        {"second", WH_FIELD_SECOND},
        {"seconds", WH_FIELD_SECOND},
        {"millisecond", WH_FIELD_MILLISECONDS},
        {"milliseconds", WH_FIELD_MILLISECONDS},
        {"microsecond", WH_FIELD_MICROSECONDS},
        {"microseconds", WH_FIELD_MICROSECONDS},
        {"week", WH_FIELD_WEEK},
        {"weeks", WH_FIELD_WEEK},
        {"quarter", WH_FIELD_QUARTER},
        {"decade", WH_FIELD_DECADE},
        {"decades", WH_FIELD_DECADE},
        {"century", WH_FIELD_CENTURY},
        {"centuries", WH_FIELD_CENTURY},
        {"millennium", WH_FIELD_MILLENNIUM},
        {"millennia", WH_FIELD_MILLENNIUM},
        {"isoyear", WH_FIELD_ISOYEAR},
        {"dow", WH_FIELD_DOW},
        {"isodow", WH_FIELD_ISODOW},
        {"doy", WH_FIELD_DOY},
        {"epoch", WH_FIELD_EPOCH},
        {"julian", WH_FIELD_JULIAN},
    };
    for (size_t i = 0; i < WH_COUNT_OF(names); i++)
        if (wh_str_is(name, names[i].name))
            return names[i].field;
    return WH_FIELD_UNKNOWN;
}

static bool is_finite(int64_t usecs)
{
    return usecs != WH_TIMESTAMP_INFINITY && usecs != WH_TIMESTAMP_MINUS_INFINITY;
}

/* ---- extract --------------------------------------------------------------------------------- */

/* Periods of @p length years are counted from 1, and backwards from -1: there is no century 0. */
static int64_t period_of_year(int64_t year, int64_t length)
{
    return year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length);
}

/* Fields of the time of day, in microseconds of their unit. */
static int64_t extract_time(enum wh_time_field field, int64_t usecs)
{
    int64_t in_minute = usecs % (60 * WH_USECS_PER_SECOND);
    int64_t minutes = usecs / (60 * WH_USECS_PER_SECOND);
    if (field == WH_FIELD_HOUR)
        return minutes / 60 * WH_USECS_PER_SECOND;
    if (field == WH_FIELD_MINUTE)
        return minutes % 60 * WH_USECS_PER_SECOND;
    if (field == WH_FIELD_MILLISECONDS)
        return in_minute * 1000;
    return field == WH_FIELD_MICROSECONDS ? in_minute * WH_USECS_PER_SECOND : in_minute;
}

static int64_t day_of_year(int32_t days, int32_t year)
{
    return days - wh_days_from_civil((struct wh_civil){year, 1, 1}) + 1;
}

/* There is no year 0 to count in: 1 BC is -1. */
static int64_t without_year_0(int32_t year)
{
    return year > 0 ? year : year - 1;
}

static int64_t extract_years(enum wh_time_field field, int64_t year)
{
    if (field == WH_FIELD_MILLENNIUM)
        return period_of_year(year, 1000);
    if (field == WH_FIELD_CENTURY)
        return period_of_year(year, 100);
    if (field == WH_FIELD_DECADE)
        return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
    return without_year_0((int32_t)year);
}

static int64_t extract_date(enum wh_time_field field, int32_t days)
{
    struct wh_civil civil = wh_civil_from_days(days);
    int32_t weekday = wh_weekday(days);
    switch ((int)field) {
    case WH_FIELD_DAY:
        return civil.day;
    case WH_FIELD_MONTH:
        return civil.month;
    case WH_FIELD_QUARTER:
        return (civil.month - 1) / 3 + 1;
    case WH_FIELD_WEEK:
        return wh_iso_week_of(days).week;
    case WH_FIELD_ISOYEAR:
        return without_year_0(wh_iso_week_of(days).year);
    case WH_FIELD_DOW:
        return weekday;
    case WH_FIELD_ISODOW:
        return weekday == 0 ? 7 : weekday;
    case WH_FIELD_DOY:
        return day_of_year(days, civil.year);
    case WH_FIELD_JULIAN:
        return (int64_t)days + WH_JULIAN_2000;
    default:
        return extract_years(field, civil.year);
    }
}

enum wh_fault wh_timestamp_extract(struct wh_str field, int64_t usecs, int64_t *ret_units)
{
    enum wh_time_field wanted = wh_time_field_by_name(field);
    if (wanted == WH_FIELD_UNKNOWN || wanted == WH_FIELD_JULIAN)
        return WH_FAULT_ARGUMENT;
    if (!is_finite(usecs))
        return WH_FAULT_RANGE;
    if (wanted == WH_FIELD_EPOCH)
        return __builtin_add_overflow(usecs, EPOCH_1970, ret_units) ? WH_FAULT_RANGE
                                                                    : WH_FAULT_NONE;
    struct wh_day_time split = wh_day_time_of(usecs);
    *ret_units = wanted <= WH_FIELD_HOUR ? extract_time(wanted, split.usecs)
                                         : extract_date(wanted, split.days) * WH_USECS_PER_SECOND;
    return WH_FAULT_NONE;
}

enum wh_fault wh_date_extract(struct wh_str field, int32_t days, int64_t *ret)
{
    enum wh_time_field wanted = wh_time_field_by_name(field);
    if (wanted <= WH_FIELD_HOUR || wanted == WH_FIELD_UNKNOWN)
        return WH_FAULT_ARGUMENT;
    *ret = wanted == WH_FIELD_EPOCH ? ((int64_t)days + DAYS_FROM_1970) * 86400
                                    : extract_date(wanted, days);
    return WH_FAULT_NONE;
}

/* ---- date_trunc ------------------------------------------------------------------------------ */

/* The first year of the period that @p year lies in. */
static int32_t period_start(int32_t year, int32_t length)
{
    return year > 0 ? (year + length - 1) / length * length - (length - 1)
                    : -((length - 1 - (year - 1)) / length) * length + 1;
}

static int32_t truncate_year(enum wh_time_field field, int32_t year)
{
    if (field == WH_FIELD_MILLENNIUM)
        return period_start(year, 1000);
    if (field == WH_FIELD_CENTURY)
        return period_start(year, 100);
    if (field == WH_FIELD_DECADE)
        return year > 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10;
    return year;
}

static int32_t truncate_date(enum wh_time_field field, int32_t days)
{
    if (field == WH_FIELD_DAY)
        return days;
    if (field == WH_FIELD_WEEK)
        return days - (wh_weekday(days) + 6) % 7;
    struct wh_civil civil = wh_civil_from_days(days);
    civil.day = 1;
    if (field == WH_FIELD_QUARTER)
        civil.month = (civil.month - 1) / 3 * 3 + 1;
    else if (field != WH_FIELD_MONTH)
        civil.month = 1;
    civil.year = truncate_year(field, civil.year);
    return wh_days_from_civil(civil);
}

static int64_t truncate_time(enum wh_time_field field, int64_t usecs)
{
    static const int64_t units[] = {
        [WH_FIELD_MICROSECONDS] = 1,
        [WH_FIELD_MILLISECONDS] = 1000,
        [WH_FIELD_SECOND] = WH_USECS_PER_SECOND,
        [WH_FIELD_MINUTE] = 60 * WH_USECS_PER_SECOND,
        [WH_FIELD_HOUR] = 3600 * WH_USECS_PER_SECOND,
    };
    return usecs - usecs % units[field];
}

static enum wh_fault to_moment(int64_t days, int64_t usecs, int64_t *ret)
{
    int64_t moment;
    if (__builtin_mul_overflow(days, WH_USECS_PER_DAY, &moment) ||
        __builtin_add_overflow(moment, usecs, &moment) || !wh_timestamp_is_in_range(moment))
        return WH_FAULT_DATE_RANGE;
    *ret = moment;
    return WH_FAULT_NONE;
}

enum wh_fault wh_timestamp_truncate(struct wh_str unit, int64_t usecs, int64_t *ret)
{
    enum wh_time_field field = wh_time_field_by_name(unit);
    if (field > WH_FIELD_MILLENNIUM)
        return WH_FAULT_ARGUMENT;
    if (!is_finite(usecs)) {
        *ret = usecs;
        return WH_FAULT_NONE;
    }
    struct wh_day_time split = wh_day_time_of(usecs);
    if (field <= WH_FIELD_HOUR)
        return to_moment(split.days, truncate_time(field, split.usecs), ret);
    return to_moment(truncate_date(field, split.days), 0, ret);
}

bool wh_unit_is_date(struct wh_str unit)
{
    return wh_time_field_by_name(unit) >= WH_FIELD_DAY;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static enum wh_fault add_months(int64_t usecs, int32_t months, int64_t *ret)
{
    struct wh_day_time split = wh_day_time_of(usecs);
    struct wh_civil civil = wh_civil_from_days(split.days);
    int64_t month = (int64_t)civil.year * 12 + civil.month - 1 + months;
    int64_t year = (month >= 0 ? month : month - 11) / 12;
    /* Beyond the range anyway, and perhaps beyond what days of 32 bits can count. */
    if (year < -5000 || year > 300000)
        return WH_FAULT_DATE_RANGE;
    civil.year = (int32_t)year;
    civil.month = (int32_t)(month - year * 12) + 1;
    civil.day = WH_MIN(civil.day, wh_days_in_month(civil.year, civil.month));
    return to_moment(wh_days_from_civil(civil), split.usecs, ret);
}

enum wh_fault wh_timestamp_add(int64_t usecs, const struct wh_interval *interval, int64_t *ret)
{
    int64_t moment = usecs;
    enum wh_fault fault = WH_FAULT_NONE;
    if (is_finite(usecs)) {
        if (interval->months != 0)
            fault = add_months(moment, interval->months, &moment);
        if (fault == WH_FAULT_NONE && interval->days != 0) {
            struct wh_day_time split = wh_day_time_of(moment);
            fault = to_moment((int64_t)split.days + interval->days, split.usecs, &moment);
        }
        if (fault == WH_FAULT_NONE && interval->microseconds != 0)
            fault = __builtin_add_overflow(moment, interval->microseconds, &moment)
                        ? WH_FAULT_DATE_RANGE
                        : to_moment(0, moment, &moment);
    }
    if (fault == WH_FAULT_NONE)
        *ret = moment;
    return fault;
}
