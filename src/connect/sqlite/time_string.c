/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/time_string.h"

#include <stdio.h>

#include "connect/sqlite/clock_text.h"
#include "data/datetime.h"

#define DATE_LENGTH 10
#define MICROSECOND_DIGITS 6
#define MAX_ZONE_MINUTES (14 * 60)

/** The parts of a time string; slices of it. */
struct parts {
    struct wh_str date;     /* 2020-01-31; ptr NULL: none */
    struct wh_str time;     /* 12:34 or 12:34:56; ptr NULL: none */
    struct wh_str fraction; /* digits without zeros at the end, at most 6 */
    bool has_zone;
    int zone_minutes;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/** True where @p text begins with @p form, in which 9 is any digit. */
static bool has_form(struct wh_str text, const char *form)
{
    size_t len = strlen(form);
    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (form[i] == '9' ? !is_digit(text.ptr[i]) : text.ptr[i] != form[i])
            return false;
    return true;
}

static struct wh_str take(struct wh_str *rest, size_t len)
{
    struct wh_str taken = wh_str_make(rest->ptr, len);
    *rest = wh_str_make(rest->ptr + len, rest->len - len);
    return taken;
}

static bool cut_fraction(struct wh_str *rest, struct parts *parts)
{
    size_t len = 1;
    while (len < rest->len && is_digit(rest->ptr[len]))
        len++;
    struct wh_str digits = take(rest, len);
    digits = wh_str_make(digits.ptr + 1, digits.len - 1);
    if (digits.len == 0)
        return false;
    while (digits.len > 0 && digits.ptr[digits.len - 1] == '0')
        digits.len--;
    parts->fraction = digits;
    return digits.len <= MICROSECOND_DIGITS;
}

static bool cut_zone(struct wh_str *rest, struct parts *parts)
{
    parts->has_zone = true;
    if (wh_str_is(*rest, "Z") || wh_str_is(*rest, "z"))
        return true;
    if (rest->len != 6 || !(has_form(*rest, "+99:99") || has_form(*rest, "-99:99")))
        return false;
    const char *at = rest->ptr;
    int hours = (at[1] - '0') * 10 + at[2] - '0';
    int minutes = (at[4] - '0') * 10 + at[5] - '0';
    parts->zone_minutes = (hours * 60 + minutes) * (at[0] == '-' ? -1 : 1);
    return minutes < 60 && hours * 60 + minutes <= MAX_ZONE_MINUTES;
}

static bool cut_time(struct wh_str *rest, struct parts *parts)
{
    if (!has_form(*rest, "99:99"))
        return false;
    parts->time = take(rest, has_form(*rest, "99:99:99") ? 8 : 5);
    if (parts->time.len == 8 && rest->len > 0 && rest->ptr[0] == '.' && !cut_fraction(rest, parts))
        return false;
    return rest->len == 0 || cut_zone(rest, parts);
}

static bool cut(struct wh_str text, struct parts *parts)
{
    *parts = (struct parts){.zone_minutes = 0};
    if (!has_form(text, "9999-99-99"))
        return cut_time(&text, parts);
    parts->date = take(&text, DATE_LENGTH);
    if (text.len == 0)
        return true;
    if (text.ptr[0] != ' ' && text.ptr[0] != 'T')
        return false;
    take(&text, 1);
    return cut_time(&text, parts);
}

static bool is_midnight(const struct parts *parts)
{
    return parts->time.ptr == NULL ||
           ((wh_str_is(parts->time, "00:00") || wh_str_is(parts->time, "00:00:00")) &&
            parts->fraction.len == 0);
}

/** The time of day as it is stored by wherry: with seconds, without needless zeros. */
static size_t print_time(const struct parts *parts, char *room)
{
    struct wh_str time = parts->time.ptr != NULL ? parts->time : WH_STR("00:00");
    return (size_t)snprintf(room, WH_DATETIME_SIZE, "%.*s%s%s%.*s", WH_FMT(time),
                            time.len == 5 ? ":00" : "", parts->fraction.len > 0 ? "." : "",
                            WH_FMT(parts->fraction));
}

/** Reads date and time of day, as if there were no zone, into @p ret. */
static bool read_timestamp(const struct parts *parts, int64_t *ret)
{
    char room[DATE_LENGTH + 1 + WH_DATETIME_SIZE];
    struct wh_column column = {.type = {.kind = WH_KIND_TIMESTAMP}, .values = {.ints = ret}};
    memcpy(room, parts->date.ptr, DATE_LENGTH);
    room[DATE_LENGTH] = ' ';
    size_t len = DATE_LENGTH + 1 + print_time(parts, room + DATE_LENGTH + 1);
    return wh_sqlite_clock_read(wh_str_make(room, len), &column, 0);
}

static bool read_point_in_time(const struct parts *parts, int64_t *ret)
{
    int64_t local = 0;
    if (!read_timestamp(parts, &local))
        return false;
    *ret = local - (int64_t)parts->zone_minutes * 60 * WH_USECS_PER_SECOND;
    return true;
}

static bool read_time(const struct parts *parts, struct wh_column *column, size_t row)
{
    char room[WH_DATETIME_SIZE];
    size_t len = print_time(parts, room);
    return wh_sqlite_clock_read(wh_str_make(room, len), column, row);
}

bool wh_sqlite_time_string_read(struct wh_str text, struct wh_column *column, size_t row)
{
    struct parts parts;
    enum wh_kind kind = column->type.kind;
    if (text.len >= WH_DATETIME_SIZE || !cut(text, &parts))
        return false;
    if (kind == WH_KIND_TIME)
        return parts.date.ptr == NULL && !parts.has_zone && read_time(&parts, column, row);
    if (parts.date.ptr == NULL)
        return false;
    if (kind == WH_KIND_DATE)
        return is_midnight(&parts) && !parts.has_zone &&
               wh_sqlite_clock_read(parts.date, column, row);
    if (kind == WH_KIND_TIMESTAMP)
        return !parts.has_zone && read_timestamp(&parts, &column->values.ints[row]);
    return kind == WH_KIND_TIMESTAMPTZ && read_point_in_time(&parts, &column->values.ints[row]);
}
