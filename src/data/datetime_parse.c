/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates, times and timestamps from text.
 *
 * The forms that systems write, ISO 8601's, are read directly; all others go through the scanner.
 */
#include "data/calendar.h"
#include "data/datetime_scan.h"
#include "data/digits.h"

/* ---- the usual forms ------------------------------------------------------------------------- */

/* A text being read from the front. The readers return false where it does not go on as asked. */
struct cursor {
    const char *at;
    const char *end;
};

static bool take_2_digits(struct cursor *cursor, int32_t *ret)
{
    if (cursor->end - cursor->at < 2)
        return false;
    unsigned high = (unsigned)cursor->at[0] - '0';
    unsigned low = (unsigned)cursor->at[1] - '0';
    if (high > 9 || low > 9)
        return false;
    *ret = (int32_t)(high * 10 + low);
    cursor->at += 2;
    return true;
}

static bool take_byte(struct cursor *cursor, char byte)
{
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

/* YYYY-MM-DD of a day that exists. */
static bool take_date(struct cursor *cursor, int32_t *ret)
{
    int32_t century;
    int32_t year;
    struct wh_civil civil;
    if (!take_2_digits(cursor, &century) || !take_2_digits(cursor, &year) ||
        !take_byte(cursor, '-') || !take_2_digits(cursor, &civil.month) ||
        !take_byte(cursor, '-') || !take_2_digits(cursor, &civil.day))
        return false;
    civil.year = century * 100 + year;
    if (civil.year == 0 || !wh_civil_exists(civil))
        return false;
    *ret = wh_days_from_civil(civil);
    return true;
}

static bool take_fraction(struct cursor *cursor, int32_t *ret)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && wh_is_digit(*cursor->at))
        cursor->at++;
    struct wh_str digits = wh_str_make(start, (size_t)(cursor->at - start));
    return digits.len > 0 && wh_fraction_read(digits, ret) == WH_FAULT_NONE;
}

/* HH:MM:SS, perhaps with a fraction; not 24:00:00, not a leap second. */
static bool take_time(struct cursor *cursor, int64_t *ret)
{
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t micros = 0;
    if (!take_2_digits(cursor, &hour) || !take_byte(cursor, ':') ||
        !take_2_digits(cursor, &minute) || !take_byte(cursor, ':') ||
        !take_2_digits(cursor, &second))
        return false;
    if (take_byte(cursor, '.') && !take_fraction(cursor, &micros))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret = ((hour * 60 + minute) * 60 + second) * WH_USECS_PER_SECOND + micros;
    return true;
}

/* Z, +HH, +HH:MM, or nothing. */
static bool take_zone(struct cursor *cursor, struct wh_datetime *ret)
{
    ret->has_zone = cursor->at < cursor->end;
    if (!ret->has_zone || take_byte(cursor, 'Z'))
        return true;
    bool is_west = *cursor->at == '-';
    int32_t hour;
    int32_t minute = 0;
    if ((!take_byte(cursor, '+') && !take_byte(cursor, '-')) || !take_2_digits(cursor, &hour))
        return false;
    if (take_byte(cursor, ':') && !take_2_digits(cursor, &minute))
        return false;
    int32_t seconds = (hour * 60 + minute) * 60;
    ret->zone_seconds = is_west ? -seconds : seconds;
    return hour <= 15 && minute <= 59;
}

static bool read_iso(struct wh_str text, struct wh_datetime *ret)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    *ret = (struct wh_datetime){.has_date = true};
    if (!take_date(&cursor, &ret->days))
        return false;
    if (cursor.at == cursor.end)
        return true;
    ret->has_time = true;
    return (take_byte(&cursor, ' ') || take_byte(&cursor, 'T')) &&
           take_time(&cursor, &ret->usecs) && take_zone(&cursor, ret) && cursor.at == cursor.end;
}

static enum wh_fault read_any(struct wh_str text, struct wh_datetime *ret)
{
    return read_iso(text, ret) ? WH_FAULT_NONE : wh_datetime_scan(text, ret);
}

/* ---- the types ------------------------------------------------------------------------------- */

/* 1970-01-01. */
#define EPOCH_DAY INT64_C(-10957)

/* What the words are that no calendar has, in the units of a type. */
struct special_values {
    int64_t infinity;
    int64_t minus_infinity;
    int64_t epoch;
};

/* A text that is no date: one of those words, or @p fault. */
static enum wh_fault read_special(struct wh_str text, const struct special_values *values,
                                  enum wh_fault fault, int64_t *ret)
{
    struct wh_str word = wh_str_trim(text);
    if (wh_str_equal_ascii_fold(word, WH_STR("infinity")))
        *ret = values->infinity;
    else if (wh_str_equal_ascii_fold(word, WH_STR("-infinity")))
        *ret = values->minus_infinity;
    else if (wh_str_equal_ascii_fold(word, WH_STR("epoch")))
        *ret = values->epoch;
    else
        return fault;
    return WH_FAULT_NONE;
}

/* A zone that would have to be dropped is refused, unless it is UTC:
 * that is what is meant anyway. */
static enum wh_fault drop_zone(const struct wh_datetime *read)
{
    return read->zone_seconds == 0 ? WH_FAULT_NONE : WH_FAULT_TRAILING;
}

static enum wh_fault special_date(struct wh_str text, enum wh_fault fault, int32_t *ret)
{
    const struct special_values values = {
        .infinity = WH_DATE_INFINITY, .minus_infinity = WH_DATE_MINUS_INFINITY, .epoch = EPOCH_DAY};
    int64_t day = 0;
    fault = read_special(text, &values, fault, &day);
    if (fault == WH_FAULT_NONE)
        *ret = (int32_t)day;
    return fault;
}

enum wh_fault wh_date_parse(struct wh_str text, int32_t *ret)
{
    struct wh_datetime read;
    enum wh_fault fault = read_any(text, &read);
    if (fault != WH_FAULT_NONE)
        return special_date(text, fault, ret);
    *ret = read.days;
    return read.usecs == 0 ? drop_zone(&read) : WH_FAULT_TRAILING;
}

enum wh_fault wh_time_parse(struct wh_str text, int64_t *ret)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    if (take_time(&cursor, ret) && cursor.at == cursor.end)
        return WH_FAULT_NONE;
    struct wh_datetime read;
    enum wh_fault fault = wh_time_scan(text, &read);
    if (fault == WH_FAULT_NONE && !read.has_date) {
        *ret = read.usecs;
        return drop_zone(&read);
    }
    /* A date beside the time would have to be dropped. */
    bool has_date = fault == WH_FAULT_NONE || read_any(text, &read) == WH_FAULT_NONE;
    return has_date ? WH_FAULT_TRAILING : fault;
}

/* The moment that was read, less @p zone_seconds. */
static enum wh_fault to_timestamp(const struct wh_datetime *read, int32_t zone_seconds,
                                  int64_t *ret)
{
    int64_t moment;
    if (__builtin_mul_overflow((int64_t)read->days, WH_USECS_PER_DAY, &moment) ||
        __builtin_add_overflow(moment, read->usecs, &moment) ||
        __builtin_sub_overflow(moment, zone_seconds * WH_USECS_PER_SECOND, &moment) ||
        !wh_timestamp_is_in_range(moment))
        return WH_FAULT_DATE_RANGE;
    *ret = moment;
    return WH_FAULT_NONE;
}

static enum wh_fault special_timestamp(struct wh_str text, enum wh_fault fault, int64_t *ret)
{
    const struct special_values values = {.infinity = WH_TIMESTAMP_INFINITY,
                                          .minus_infinity = WH_TIMESTAMP_MINUS_INFINITY,
                                          .epoch = EPOCH_DAY * WH_USECS_PER_DAY};
    return read_special(text, &values, fault, ret);
}

enum wh_fault wh_timestamp_parse(struct wh_str text, int64_t *ret)
{
    struct wh_datetime read;
    enum wh_fault fault = read_any(text, &read);
    if (fault != WH_FAULT_NONE)
        return special_timestamp(text, fault, ret);
    fault = drop_zone(&read);
    return fault == WH_FAULT_NONE ? to_timestamp(&read, 0, ret) : fault;
}

enum wh_fault wh_timestamptz_parse(struct wh_str text, int32_t zone_offset, int64_t *ret)
{
    struct wh_datetime read;
    enum wh_fault fault = read_any(text, &read);
    if (fault != WH_FAULT_NONE)
        return special_timestamp(text, fault, ret);
    return to_timestamp(&read, read.has_zone ? read.zone_seconds : zone_offset, ret);
}
