/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dates, times and timestamps as PostgreSQL 15 reads and prints them with UTC, ISO dates and
 * DateStyle MDY not consulted: a date that could be read in two ways is AMBIGUOUS, never guessed.
 *
 * Units are those of enum wh_kind: days and microseconds since 2000-01-01. The calendar is the
 * proleptic Gregorian one.
 */
#ifndef WH_DATA_DATETIME_H
#define WH_DATA_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"
#include "data/fault.h"
#include "data/type.h"

#define WH_USECS_PER_SECOND INT64_C(1000000)
#define WH_USECS_PER_DAY INT64_C(86400000000)

/** Room for any printed date, time, timestamp or interval, without NUL. */
#define WH_DATETIME_SIZE 80

/** Broken-down date: year 0 is 1 BC. */
struct wh_civil {
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
};

/** Days since 2000-01-01 of a day that exists; the caller checked it. */
int32_t wh_days_from_civil(struct wh_civil civil);
struct wh_civil wh_civil_from_days(int32_t days);
bool wh_civil_exists(struct wh_civil civil);
int32_t wh_days_in_month(int32_t year, int32_t month);

/**
 * What the types' input functions read: SYNTAX, DATE_RANGE, ARGUMENT (a zone name that is not
 * known). They are stricter than PostgreSQL's where something would be guessed or lost:
 * - AMBIGUOUS: years of two digits, 01/02/2020, 12:34.5 (minutes and seconds to PostgreSQL);
 * - SYNTAX: 'today', 'now' and their like, which mean another day tomorrow;
 * - TRAILING: a time of day but midnight in a date, a date in a time, a zone but UTC in a type
 *   without zone;
 * - SCALE: a second with digits behind the sixth, other than zeros.
 * For timestamptz a text without a zone means @p zone_offset seconds east of UTC.
 */
enum wh_fault wh_date_parse(struct wh_str text, int32_t *ret);
enum wh_fault wh_time_parse(struct wh_str text, int64_t *ret);
enum wh_fault wh_timestamp_parse(struct wh_str text, int64_t *ret);
enum wh_fault wh_timestamptz_parse(struct wh_str text, int32_t zone_offset, int64_t *ret);
enum wh_fault wh_interval_parse(struct wh_str text, struct wh_interval *ret);

/** ISO output as PostgreSQL prints it: '2020-01-31', '0044-03-15 BC', 'infinity',
 *  '2020-01-31 12:34:56.5+00'. Room of WH_DATETIME_SIZE bytes; returns the bytes written. */
size_t wh_date_print(int32_t days, char *room);
size_t wh_time_print(int64_t usecs, char *room);
size_t wh_timestamp_print(int64_t usecs, char *room);
size_t wh_timestamptz_print(int64_t usecs, char *room);
size_t wh_interval_print(const struct wh_interval *interval, char *room);

/** A compiled template of to_date, to_timestamp and to_char for dates. */
struct wh_date_format;

/** Compiles @p format into @p arena. On a pattern that is not supported returns NULL and sets
 *  *ret_bad to the part of @p format that is at fault. */
struct wh_arena;
const struct wh_date_format *wh_date_format_compile(struct wh_str format, struct wh_arena *arena,
                                                    struct wh_str *ret_bad);

/** False for a template that only prints: fields of ISO weeks beside those
 *  of the other calendar. */
bool wh_date_format_reads(const struct wh_date_format *format);

/**
 * to_date and to_timestamp: PostgreSQL's answers, but what it lets pass is refused: EMPTY text,
 * TRAILING text, a literal of the template that is not there, fields that are missing, a year of
 * fewer digits than YYYY (SYNTAX), a year, month or day 0 (DATE_RANGE), a thing that is said twice
 * (ARGUMENT), digits that FF3 would round away (SCALE). Fast paths: DD/MM/YYYY and YYYY-MM-DD.
 */
enum wh_fault wh_date_format_read_date(const struct wh_date_format *format, struct wh_str text,
                                       int32_t *ret);
enum wh_fault wh_date_format_read_timestamptz(const struct wh_date_format *format,
                                              struct wh_str text, int64_t *ret);

/** to_char of a timestamp (microseconds since 2000-01-01). Appends to @p room at most @p size
 *  bytes; LIMIT where that is too little. */
enum wh_fault wh_date_format_print(const struct wh_date_format *format, int64_t usecs, char *room,
                                   size_t size, size_t *ret_len);

/** extract() / date_part() field of a timestamp, by lower-case name ('year', 'dow', 'epoch' …). The
 *  result is ret_units / 10^6. ARGUMENT for a name that is not known. */
enum wh_fault wh_timestamp_extract(struct wh_str field, int64_t usecs, int64_t *ret_units);
/** The same of a day, in whole units; 'julian', too; ARGUMENT for the fields of a time of day. */
enum wh_fault wh_date_extract(struct wh_str field, int32_t days, int64_t *ret);

/** date_trunc() of a timestamp. ARGUMENT for a unit that is not known. */
enum wh_fault wh_timestamp_truncate(struct wh_str unit, int64_t usecs, int64_t *ret);

/** Whether a unit of date_trunc() is a day or longer. */
bool wh_unit_is_date(struct wh_str unit);

/** extract() of a time of day and of an interval; ARGUMENT for a field that they have not. */
enum wh_fault wh_time_extract_field(struct wh_str field, int64_t usecs, int64_t *ret_units);
enum wh_fault wh_interval_extract(struct wh_str field, const struct wh_interval *interval,
                                  int64_t *ret_units);

/** The microseconds of an interval, with years of 365.25 days and months of 30: the epoch that
 *  wh_interval_extract() gives, also where int64_t does not hold it. */
wh_int128 wh_interval_epoch(const struct wh_interval *interval);

/** date_trunc() of an interval. ARGUMENT for a unit that it cannot be cut to. */
enum wh_fault wh_interval_truncate(struct wh_str unit, const struct wh_interval *interval,
                                   struct wh_interval *ret);

/** justify_days(), justify_hours() and justify_interval(). DATE_RANGE. */
enum wh_fault wh_interval_justify_days(const struct wh_interval *interval, struct wh_interval *ret);
enum wh_fault wh_interval_justify_hours(const struct wh_interval *interval,
                                        struct wh_interval *ret);
enum wh_fault wh_interval_justify(const struct wh_interval *interval, struct wh_interval *ret);

/** What is left of whole months becomes days, what is left of days becomes time. DATE_RANGE,
 *  ZERO_DIVISION. */
enum wh_fault wh_interval_multiply(const struct wh_interval *interval, double factor,
                                   struct wh_interval *ret);
enum wh_fault wh_interval_divide(const struct wh_interval *interval, double divisor,
                                 struct wh_interval *ret);

/** date_bin(): the start of the stride, counted from @p origin, that a finite timestamp lies in.
 *  DATE_RANGE; RANGE for a stride with months. */
enum wh_fault wh_timestamp_bin(const struct wh_interval *stride, int64_t usecs, int64_t origin,
                               int64_t *ret);

/** timestamp + interval: months first (day clipped to the month's end), then days, then time. */
enum wh_fault wh_timestamp_add(int64_t usecs, const struct wh_interval *interval, int64_t *ret);

#endif
