/* SPDX-License-Identifier: Apache-2.0 */
#include "data/date_fields.h"

#include "base/macros.h"
#include "data/calendar.h"

enum { ZONE_HOURS_MAX = 15 };

enum wh_fault wh_date_fields_time(const struct wh_date_fields *fields, int64_t *ret)
{
    int32_t hour = fields->hour;
    int32_t minute = fields->minute;
    int32_t second = fields->second;
    if (fields->seconds_of_day != 0) {
        hour = hour != 0 ? hour : fields->seconds_of_day / 3600;
        minute = minute != 0 ? minute : fields->seconds_of_day / 60 % 60;
        second = second != 0 ? second : fields->seconds_of_day % 60;
    }
    if (fields->is_12_hours) {
        if (hour < 1 || hour > 12)
            return WH_FAULT_DATE_RANGE;
        hour = hour % 12 + (fields->is_pm != 0 ? 12 : 0);
    }
    int64_t micros = fields->millis * INT64_C(1000) + fields->micros;
    if (hour > 23 || minute > 59 || second > 59 || micros >= WH_USECS_PER_SECOND)
        return WH_FAULT_DATE_RANGE;
    *ret = ((hour * 60 + minute) * 60 + second) * WH_USECS_PER_SECOND + micros;
    return WH_FAULT_NONE;
}

enum wh_fault wh_date_fields_zone(const struct wh_date_fields *fields, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (fields->zone_sign == 0)
        return WH_FAULT_NONE;
    if (fields->zone_hour > ZONE_HOURS_MAX || fields->zone_minute > 59)
        return WH_FAULT_DATE_RANGE;
    *ret_seconds = fields->zone_sign * (fields->zone_hour * 60 + fields->zone_minute) * 60;
    return WH_FAULT_NONE;
}

/* ---- the day --------------------------------------------------------------------------------- */

/* The year meant by a century and perhaps the last two digits in it: the 21st has 2001 to 2100. */
static int64_t year_in_century(const struct wh_date_fields *fields)
{
    int64_t century = fields->is_bc != 0 ? -(int64_t)fields->century : fields->century;
    int64_t year = fields->year % 100;
    if (fields->year == 0)
        return century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    if (year == 0)
        return century * 100 + (century >= 0 ? 0 : 1);
    return century >= 0 ? year + (century - 1) * 100 : (century + 1) * 100 - year + 1;
}

/* Year 0 is 1 BC. Without any year it is that one, as in PostgreSQL. */
static int64_t year_of(const struct wh_date_fields *fields)
{
    if (fields->century != 0 && (fields->year == 0 || fields->year_digits <= 2))
        return year_in_century(fields);
    if (fields->year == 0 || fields->is_bc == 0)
        return fields->year;
    return 1 - (int64_t)fields->year;
}

static bool is_in_range(int64_t days)
{
    return days >= WH_DATE_MIN && days < WH_DATE_END;
}

static enum wh_fault set_days(int64_t days, int32_t *ret)
{
    *ret = (int32_t)days;
    return is_in_range(days) ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

/* A week and perhaps a day of it, or a day, of an ISO year. */
static enum wh_fault iso_days(const struct wh_date_fields *fields, int32_t year, int32_t *ret)
{
    int64_t start = wh_iso_year_start(year);
    if (fields->week != 0) {
        int32_t weekday = fields->weekday != 0 ? (fields->weekday + 5) % 7 : 0; /* Monday is 0 */
        int64_t days = start + (fields->week - INT64_C(1)) * 7 + weekday;
        if (fields->week > 53 || wh_iso_week_of((int32_t)days).year != year)
            return WH_FAULT_DATE_RANGE;
        return set_days(days, ret);
    }
    if (fields->day_of_year == 0)
        return WH_FAULT_ARGUMENT; /* an ISO year alone is no day */
    int64_t days = start + fields->day_of_year - 1;
    if (fields->day_of_year > 371 || wh_iso_week_of((int32_t)days).year != year)
        return WH_FAULT_DATE_RANGE;
    return set_days(days, ret);
}

/* A day of the year; weeks of it begin on its first day. */
static enum wh_fault day_of_year(int32_t day, int32_t year, int32_t *ret)
{
    if (day > 365 + wh_is_leap_year(year))
        return WH_FAULT_DATE_RANGE;
    return set_days((int64_t)wh_days_from_civil((struct wh_civil){year, 1, 1}) + day - 1, ret);
}

/* Fields that say the day in two ways at once: PostgreSQL takes parts of both. */
static bool is_said_twice(const struct wh_date_fields *fields)
{
    bool has_month_or_day = fields->month != 0 || fields->day != 0 || fields->week_of_month != 0;
    bool has_ordinal = fields->week != 0 || fields->day_of_year != 0;
    if (fields->julian != 0)
        return has_month_or_day || has_ordinal || fields->year != 0 || fields->century != 0;
    return (has_month_or_day && has_ordinal) || (fields->week != 0 && fields->day_of_year != 0) ||
           (fields->week_of_month != 0 && fields->day != 0);
}

enum wh_fault wh_date_fields_date(const struct wh_date_fields *fields, bool is_iso, int32_t *ret)
{
    if (is_said_twice(fields))
        return WH_FAULT_ARGUMENT;
    if (fields->julian != 0)
        return set_days((int64_t)fields->julian - WH_JULIAN_2000, ret);
    int64_t year = year_of(fields);
    bool has_year = fields->year != 0 || fields->century != 0;
    if (year < -4713 || year > WH_DATE_YEAR_MAX)
        return WH_FAULT_DATE_RANGE;
    if (is_iso)
        return has_year ? iso_days(fields, (int32_t)year, ret) : WH_FAULT_ARGUMENT;
    if (fields->week > 53 || fields->week_of_month > 5)
        return WH_FAULT_DATE_RANGE;
    int32_t ordinal = fields->week != 0 ? (fields->week - 1) * 7 + 1 : fields->day_of_year;
    if (ordinal != 0)
        return has_year ? day_of_year(ordinal, (int32_t)year, ret) : WH_FAULT_ARGUMENT;
    int32_t day = fields->week_of_month != 0 ? (fields->week_of_month - 1) * 7 + 1 : fields->day;
    struct wh_civil civil = {(int32_t)year, WH_MAX(fields->month, 1), WH_MAX(day, 1)};
    if (!wh_civil_exists(civil))
        return WH_FAULT_DATE_RANGE;
    return set_days(wh_days_from_civil(civil), ret);
}
