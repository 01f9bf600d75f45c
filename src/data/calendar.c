/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proleptic Gregorian calendar.
 *
 * Years are counted from March, so that the leap day is the last of its year, and in eras of 400
 * years, which all have the same days: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms" (2014).
 */
#include "data/calendar.h"

enum { DAYS_PER_ERA = 146097 };

/* Days from 0000-03-01 to 2000-01-01. */
#define EPOCH_FROM_MARCH_0 730425

/* Added to a year of 32 bits, they make it positive. */
#define ERAS_BEFORE INT64_C(5368711)

bool wh_is_leap_year(int32_t year)
{
    return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t wh_days_in_month(int32_t year, int32_t month)
{
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && wh_is_leap_year(year) ? 29 : days[month - 1];
}

bool wh_civil_exists(struct wh_civil civil)
{
    return civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
           civil.day <= wh_days_in_month(civil.year, civil.month);
}

int32_t wh_days_from_civil(struct wh_civil civil)
{
    int64_t year = (int64_t)civil.year - (civil.month <= 2) + ERAS_BEFORE * 400;
    uint64_t centuries = (uint64_t)year / 100;
    int32_t month = civil.month + (civil.month > 2 ? -3 : 9); /* March is 0 */
    int64_t leap_days = (int64_t)((uint64_t)year / 4 - centuries + centuries / 4);
    int64_t days = year * 365 + leap_days + (153 * month + 2) / 5 + civil.day - 1;
    return (int32_t)(days - ERAS_BEFORE * DAYS_PER_ERA - EPOCH_FROM_MARCH_0);
}

struct wh_civil wh_civil_from_days(int32_t days)
{
    int64_t shifted = (int64_t)days + EPOCH_FROM_MARCH_0;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    uint32_t day_of_era = (uint32_t)(shifted - era * DAYS_PER_ERA);
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month = (5 * day_of_year + 2) / 153; /* March is 0 */
    return (struct wh_civil){
        .year = (int32_t)(era * 400 + year_of_era + (month >= 10)),
        .month = (int32_t)(month < 10 ? month + 3 : month - 9),
        .day = (int32_t)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

/* ---- weeks ----------------------------------------------------------------------------------- */

/* 2000-01-01 was a Saturday. */
int32_t wh_weekday(int32_t days)
{
    int64_t day = ((int64_t)days + 6) % 7;
    return (int32_t)(day < 0 ? day + 7 : day);
}

int32_t wh_iso_year_start(int32_t year)
{
    int32_t fourth = wh_days_from_civil((struct wh_civil){year, 1, 4});
    return fourth - (wh_weekday(fourth) + 6) % 7;
}

struct wh_iso_week wh_iso_week_of(int32_t days)
{
    /* The year of the week's Thursday. */
    int32_t thursday = days - (wh_weekday(days) + 6) % 7 + 3;
    int32_t year = wh_civil_from_days(thursday).year;
    return (struct wh_iso_week){year, (days - wh_iso_year_start(year)) / 7 + 1};
}
