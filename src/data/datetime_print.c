/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times as PostgreSQL prints them with DateStyle ISO, IntervalStyle postgres and UTC. */
#include "data/calendar.h"

#include <string.h>

#include "data/digits.h"

static size_t put_text(char *room, const char *text)
{
    size_t length = strlen(text);
    memcpy(room, text, length);
    return length;
}

/* Years before 1 are printed as years BC, at the end of all: the year 0 is 1 BC. */
static char *put_civil(char *at, struct wh_civil civil)
{
    uint32_t year = civil.year > 0 ? (uint32_t)civil.year : (uint32_t)(1 - (int64_t)civil.year);
    at = year < 10000 ? wh_put_4_digits(at, year) : wh_put_uint(at, year);
    *at++ = '-';
    at = wh_put_2_digits(at, (uint32_t)civil.month);
    *at++ = '-';
    return wh_put_2_digits(at, (uint32_t)civil.day);
}

static char *put_era(char *at, struct wh_civil civil)
{
    return civil.year > 0 ? at : at + put_text(at, " BC");
}

/* Nothing where there is no fraction, otherwise a point and at most six digits. */
static char *put_fraction(char *at, uint32_t micros)
{
    if (micros == 0)
        return at;
    *at++ = '.';
    at = wh_put_digits(at, micros, 6);
    while (at[-1] == '0')
        at--;
    return at;
}

static char *put_time(char *at, int64_t usecs)
{
    uint32_t seconds = (uint32_t)(usecs / WH_USECS_PER_SECOND);
    uint32_t micros = (uint32_t)(usecs % WH_USECS_PER_SECOND);
    at = wh_put_2_digits(at, seconds / 3600);
    *at++ = ':';
    at = wh_put_2_digits(at, seconds / 60 % 60);
    *at++ = ':';
    at = wh_put_2_digits(at, seconds % 60);
    return put_fraction(at, micros);
}

size_t wh_date_print(int32_t days, char *room)
{
    if (!wh_date_is_finite_day(days))
        return put_text(room, days == WH_DATE_INFINITY ? "infinity" : "-infinity");
    struct wh_civil civil = wh_civil_from_days(days);
    return (size_t)(put_era(put_civil(room, civil), civil) - room);
}

size_t wh_time_print(int64_t usecs, char *room)
{
    return (size_t)(put_time(room, usecs) - room);
}

static size_t print_timestamp(int64_t usecs, const char *zone, char *room)
{
    if (usecs == WH_TIMESTAMP_INFINITY || usecs == WH_TIMESTAMP_MINUS_INFINITY)
        return put_text(room, usecs == WH_TIMESTAMP_INFINITY ? "infinity" : "-infinity");
    struct wh_day_time split = wh_day_time_of(usecs);
    struct wh_civil civil = wh_civil_from_days(split.days);
    char *at = put_civil(room, civil);
    *at++ = ' ';
    at = put_time(at, split.usecs);
    at += put_text(at, zone);
    return (size_t)(put_era(at, civil) - room);
}

size_t wh_timestamp_print(int64_t usecs, char *room)
{
    return print_timestamp(usecs, "", room);
}

size_t wh_timestamptz_print(int64_t usecs, char *room)
{
    return print_timestamp(usecs, "+00", room);
}

/* ---- intervals ------------------------------------------------------------------------------- */

/* An interval being printed: each part says its sign only where the one before it was negative. */
struct interval_text {
    char *at;
    bool is_empty;
    bool was_negative;
};

static void put_part(struct interval_text *text, int32_t value, const char *unit)
{
    if (value == 0)
        return;
    if (!text->is_empty)
        *text->at++ = ' ';
    if (value < 0)
        *text->at++ = '-';
    else if (text->was_negative)
        *text->at++ = '+';
    text->at = wh_put_uint(text->at, (uint64_t)(value < 0 ? -(int64_t)value : value));
    *text->at++ = ' ';
    text->at += put_text(text->at, unit);
    if (value != 1)
        *text->at++ = 's';
    text->is_empty = false;
    text->was_negative = value < 0;
}

static void put_clock(struct interval_text *text, int64_t usecs)
{
    if (!text->is_empty)
        *text->at++ = ' ';
    if (usecs < 0)
        *text->at++ = '-';
    else if (text->was_negative)
        *text->at++ = '+';
    uint64_t magnitude = usecs < 0 ? 0 - (uint64_t)usecs : (uint64_t)usecs;
    uint64_t seconds = magnitude / (uint64_t)WH_USECS_PER_SECOND;
    uint64_t hours = seconds / 3600;
    char *at = text->at;
    at = hours < 100 ? wh_put_2_digits(at, (uint32_t)hours) : wh_put_uint(at, hours);
    *at++ = ':';
    at = wh_put_2_digits(at, (uint32_t)(seconds / 60 % 60));
    *at++ = ':';
    at = wh_put_2_digits(at, (uint32_t)(seconds % 60));
    text->at = put_fraction(at, (uint32_t)(magnitude % (uint64_t)WH_USECS_PER_SECOND));
}

size_t wh_interval_print(const struct wh_interval *interval, char *room)
{
    struct interval_text text = {.at = room, .is_empty = true};
    put_part(&text, interval->months / 12, "year");
    put_part(&text, interval->months % 12, "mon");
    put_part(&text, interval->days, "day");
    if (text.is_empty || interval->microseconds != 0)
        put_clock(&text, interval->microseconds);
    return (size_t)(text.at - room);
}
