/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a text said of a moment, field by field, and which day, time of day and zone that comes to:
 * do_to_timestamp() of PostgreSQL's formatting.c.
 */
#ifndef WH_DATA_DATE_FIELDS_H
#define WH_DATA_DATE_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "data/fault.h"

enum { WH_DATE_YEAR_MAX = 5874897 };

/** 0 is "not said", as in PostgreSQL, except where a bit says otherwise. */
struct wh_date_fields {
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t seconds_of_day;
    int32_t weekday; /* Sunday is 1 */
    int32_t day;
    int32_t day_of_year;
    int32_t month;
    int32_t week; /* of the year */
    int32_t week_of_month;
    int32_t year;
    int32_t year_digits;
    int32_t century;
    int32_t julian;
    int32_t millis;
    int32_t micros;
    int32_t zone_hour;
    int32_t zone_minute;
    int32_t zone_sign; /* 0: no zone */
    int32_t is_bc;
    int32_t is_pm;
    bool is_12_hours;
    bool has_rounded_fraction; /* FF1 to FF6 */
};

/** The time of day in microseconds. */
enum wh_fault wh_date_fields_time(const struct wh_date_fields *fields, int64_t *ret);

/** The day, counted as in dates; with @p is_iso the year is one of ISO weeks. */
enum wh_fault wh_date_fields_date(const struct wh_date_fields *fields, bool is_iso, int32_t *ret);

/** How far the zone is east of UTC; 0 where none was said. */
enum wh_fault wh_date_fields_zone(const struct wh_date_fields *fields, int64_t *ret_seconds);

#endif
