/* SPDX-License-Identifier: Apache-2.0 */
/** Limits and helpers of the calendar that the datetime files share. Inside data/ only. */
#ifndef WH_DATA_CALENDAR_H
#define WH_DATA_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "data/datetime.h"

/** Julian day number of 2000-01-01. */
#define WH_JULIAN_2000 2451545

/** 4714-11-24 BC, Julian day 0, and the day behind 5874897-12-31. */
#define WH_DATE_MIN (-WH_JULIAN_2000)
#define WH_DATE_END 2145031949

/** 4714-11-24 BC 00:00, and the moment behind 294276-12-31 23:59:59.999999. */
#define WH_TIMESTAMP_MIN INT64_C(-211813488000000000)
#define WH_TIMESTAMP_END INT64_C(9223371331200000000)

bool wh_is_leap_year(int32_t year);

/** Day of the week: 0 is Sunday. */
int32_t wh_weekday(int32_t days);

/** The Monday that the ISO year begins with: the week of 4 January. */
int32_t wh_iso_year_start(int32_t year);

/** ISO 8601's year and week of a day. */
struct wh_iso_week {
    int32_t year;
    int32_t week; /* 1 to 53 */
};
struct wh_iso_week wh_iso_week_of(int32_t days);

static inline bool wh_date_is_finite_day(int32_t days)
{
    return days != WH_DATE_INFINITY && days != WH_DATE_MINUS_INFINITY;
}

static inline bool wh_timestamp_is_in_range(int64_t usecs)
{
    return usecs >= WH_TIMESTAMP_MIN && usecs < WH_TIMESTAMP_END;
}

/** A timestamp's day and the microseconds since its midnight. */
struct wh_day_time {
    int32_t days;
    int64_t usecs; /* from 0, below a day */
};

static inline struct wh_day_time wh_day_time_of(int64_t usecs)
{
    int64_t days = usecs / WH_USECS_PER_DAY;
    int64_t rest = usecs % WH_USECS_PER_DAY;
    if (rest < 0) {
        rest += WH_USECS_PER_DAY;
        days--;
    }
    return (struct wh_day_time){(int32_t)days, rest};
}

#endif
