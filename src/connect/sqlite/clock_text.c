/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/clock_text.h"

#include "data/datetime.h"

#define DATE_LENGTH 10      /* 2020-01-31 */
#define DATE_TIME_LENGTH 19 /* 2020-01-31 12:34:56 */

/* ---- the usual forms ------------------------------------------------------------------------- */

/** Two digits as a number; above 99 where they are none. */
static unsigned two_digits(const char *at)
{
    unsigned high = (unsigned)(unsigned char)at[0] - '0';
    unsigned low = (unsigned)(unsigned char)at[1] - '0';
    return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

/** Reads 2020-01-31; false for another form, the year 0 and days that do not exist. */
static bool read_usual_date(const char *at, int32_t *ret)
{
    unsigned century = two_digits(at);
    unsigned year = two_digits(at + 2);
    unsigned month = two_digits(at + 5);
    unsigned day = two_digits(at + 8);
    if (century > 99 || year > 99 || month > 12 || day > 31 || at[4] != '-' || at[7] != '-')
        return false;
    struct wh_civil civil = {
        .year = (int32_t)(century * 100 + year), .month = (int32_t)month, .day = (int32_t)day};
    if (civil.year == 0 || !wh_civil_exists(civil))
        return false;
    *ret = wh_days_from_civil(civil);
    return true;
}

/** Reads 2020-01-31 12:34:56. */
static bool read_usual_timestamp(const char *at, int64_t *ret)
{
    int32_t days;
    unsigned hour = two_digits(at + 11);
    unsigned minute = two_digits(at + 14);
    unsigned second = two_digits(at + 17);
    if (!read_usual_date(at, &days) || at[10] != ' ' || at[13] != ':' || at[16] != ':' ||
        hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second;
    *ret = days * WH_USECS_PER_DAY + seconds * WH_USECS_PER_SECOND;
    return true;
}

static bool read_usual(struct wh_str text, struct wh_column *column, size_t row)
{
    enum wh_kind kind = column->type.kind;
    if (kind == WH_KIND_DATE)
        return text.len == DATE_LENGTH && read_usual_date(text.ptr, &column->values.dates[row]);
    if (kind == WH_KIND_TIMESTAMP)
        return text.len == DATE_TIME_LENGTH &&
               read_usual_timestamp(text.ptr, &column->values.ints[row]);
    return kind == WH_KIND_TIMESTAMPTZ && text.len == DATE_TIME_LENGTH + 3 &&
           memcmp(text.ptr + DATE_TIME_LENGTH, "+00", 3) == 0 &&
           read_usual_timestamp(text.ptr, &column->values.ints[row]);
}

/* ---- all forms ------------------------------------------------------------------------------- */

static enum wh_fault parse(struct wh_str text, struct wh_column *column, size_t row)
{
    enum wh_kind kind = column->type.kind;
    if (kind == WH_KIND_DATE)
        return wh_date_parse(text, &column->values.dates[row]);
    if (kind == WH_KIND_INTERVAL)
        return wh_interval_parse(text, &column->values.intervals[row]);
    if (kind == WH_KIND_TIME)
        return wh_time_parse(text, &column->values.ints[row]);
    if (kind == WH_KIND_TIMESTAMP)
        return wh_timestamp_parse(text, &column->values.ints[row]);
    return wh_timestamptz_parse(text, 0, &column->values.ints[row]);
}

size_t wh_sqlite_clock_print(const struct wh_column *column, size_t row, char *room)
{
    enum wh_kind kind = column->type.kind;
    if (kind == WH_KIND_DATE)
        return wh_date_print(column->values.dates[row], room);
    if (kind == WH_KIND_INTERVAL)
        return wh_interval_print(&column->values.intervals[row], room);
    if (kind == WH_KIND_TIME)
        return wh_time_print(column->values.ints[row], room);
    if (kind == WH_KIND_TIMESTAMP)
        return wh_timestamp_print(column->values.ints[row], room);
    return wh_timestamptz_print(column->values.ints[row], room);
}

bool wh_sqlite_clock_read(struct wh_str text, struct wh_column *column, size_t row)
{
    char room[WH_DATETIME_SIZE];
    if (read_usual(text, column, row))
        return true;
    if (text.len > WH_DATETIME_SIZE || parse(text, column, row) != WH_FAULT_NONE)
        return false;
    size_t len = wh_sqlite_clock_print(column, row, room);
    return wh_str_equal(text, wh_str_make(room, len));
}
