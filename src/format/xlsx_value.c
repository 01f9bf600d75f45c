/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_value.h"

#include <math.h>

#include "data/datetime.h"
#include "data/digits.h"
#include "data/numeric.h"
#include "data/text.h"

#define MS_PER_DAY INT64_C(86400000)

/* Longer texts are read before they are believed. */
#define LONG_NUMBER ((size_t)100)

/* 9999-12-31 as both ways of counting have it. */
#define LAST_DAY_1900 INT64_C(2958465)
#define LAST_DAY_1904 INT64_C(2957003)

static bool refuse(struct wh_xlsx_value *ret, const char *why)
{
    ret->wrong = why;
    return false;
}

static bool give(struct wh_xlsx_value *ret, struct wh_type type, struct wh_arena *arena,
                 struct wh_str text)
{
    ret->type = type;
    ret->is_without_room = wh_arena_copy(arena, text, &ret->text, NULL) != WH_OK;
    return !ret->is_without_room;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* 123, -0.5: what a number prints as. */
static bool is_plain(struct wh_str text, bool *ret_is_whole)
{
    size_t at = text.len > 0 && text.ptr[0] == '-';
    size_t digits = at;
    while (at < text.len && wh_is_digit(text.ptr[at]))
        at++;
    if (at == digits || (text.ptr[digits] == '0' && at > digits + 1))
        return false;
    *ret_is_whole = at == text.len;
    if (*ret_is_whole)
        return !(text.ptr[0] == '-' && text.ptr[1] == '0');
    size_t fraction = ++at;
    while (at < text.len && wh_is_digit(text.ptr[at]))
        at++;
    return text.ptr[fraction - 1] == '.' && at == text.len && at > fraction;
}

/* Whether the text may be the print of a double with 17 digits. A whole number is what it says:
 * keys may have as many. */
static bool is_long_print(struct wh_str text)
{
    size_t digits = 0;
    size_t at = 0;
    bool is_whole = true;
    for (; at < text.len && text.ptr[at] != 'e' && text.ptr[at] != 'E'; at++) {
        digits += wh_is_digit(text.ptr[at]) && (digits > 0 || text.ptr[at] != '0');
        is_whole &= text.ptr[at] != '.';
    }
    return digits == 17 && (!is_whole || at < text.len);
}

/* The shortest text of the double, where the stored one is its print with 17 digits. */
static enum wh_fault shorten(double number, struct wh_arena *arena, struct wh_numeric *numeric)
{
    struct wh_numeric printed;
    char room[WH_DOUBLE_SIZE];
    enum wh_fault fault = wh_numeric_from_double(number, 17, arena, &printed);
    if (fault != WH_FAULT_NONE || wh_numeric_compare(&printed, numeric) != 0)
        return fault;
    return wh_numeric_parse(wh_str_make(room, wh_double_print(number, room)), arena, numeric);
}

static bool print_number(struct wh_str stored, double number, struct wh_arena *arena,
                         struct wh_xlsx_value *ret)
{
    struct wh_numeric numeric;
    enum wh_fault fault = wh_numeric_parse(stored, arena, &numeric);
    if (fault == WH_FAULT_NONE && is_long_print(stored))
        fault = shorten(number, arena, &numeric);
    ret->is_without_room = fault == WH_FAULT_NO_MEMORY;
    if (fault != WH_FAULT_NONE)
        return refuse(ret, "which is no number");
    char *room = wh_arena_bytes(arena, wh_numeric_print_size(&numeric));
    ret->is_without_room = room == NULL;
    if (room == NULL)
        return false;
    ret->text = wh_str_make(room, wh_numeric_print(&numeric, room));
    return true;
}

static bool read_double(struct wh_str stored, double *ret)
{
    bool is_number = stored.len > 0 && (wh_is_digit(stored.ptr[0]) || stored.ptr[0] == '-' ||
                                        stored.ptr[0] == '+' || stored.ptr[0] == '.');
    return is_number && wh_double_parse(stored, ret) == WH_FAULT_NONE && isfinite(*ret);
}

bool wh_xlsx_number(struct wh_str stored, struct wh_arena *arena, struct wh_xlsx_value *ret)
{
    double number;
    bool is_whole = false;
    int64_t whole;
    *ret = (struct wh_xlsx_value){.text = wh_str_trim(stored)};
    if (!read_double(ret->text, &number))
        return refuse(ret, "which is no number");
    bool is_sure =
        ret->text.len <= LONG_NUMBER && !is_long_print(ret->text) && is_plain(ret->text, &is_whole);
    if (!is_sure && !print_number(ret->text, number, arena, ret))
        return false;
    bool is_int = is_plain(ret->text, &is_whole) && is_whole &&
                  wh_int_parse(ret->text, &whole) == WH_FAULT_NONE;
    ret->type = is_int ? (struct wh_type){.kind = WH_KIND_INT, .bits = 64}
                       : (struct wh_type){.kind = WH_KIND_NUMERIC};
    return true;
}

/* ---- dates and times ------------------------------------------------------------------------- */

/* The day number @p day as a date; false with the reason where there is none. */
static bool find_day(int64_t day, bool counts_from_1904, int32_t *ret_days,
                     struct wh_xlsx_value *ret)
{
    if (day > (counts_from_1904 ? LAST_DAY_1904 : LAST_DAY_1900))
        return refuse(ret, "which as a date is behind the year 9999");
    if (!counts_from_1904 && day < 1)
        return refuse(ret, "which as a date is no day");
    if (!counts_from_1904 && day == 60)
        return refuse(ret, "which as a date is 29 February 1900, a day that never was");
    struct wh_civil origin = counts_from_1904 ? (struct wh_civil){1904, 1, 1}
                             : day < 60       ? (struct wh_civil){1899, 12, 31}
                                              : (struct wh_civil){1899, 12, 30};
    *ret_days = wh_days_from_civil(origin) + (int32_t)day;
    return true;
}

/* What a number of milliseconds is, under its meaning. */
static enum wh_kind kind_of(enum wh_xlsx_meaning meaning, int64_t ms)
{
    switch (meaning) {
    case WH_XLSX_DURATION:
        return WH_KIND_INTERVAL;
    case WH_XLSX_TIME:
        return ms < MS_PER_DAY ? WH_KIND_TIME : WH_KIND_TIMESTAMP;
    case WH_XLSX_DATE_OR_TIME:
        if (ms < MS_PER_DAY)
            return WH_KIND_TIME;
        return ms % MS_PER_DAY == 0 ? WH_KIND_DATE : WH_KIND_TIMESTAMP;
    case WH_XLSX_NUMBER:
    case WH_XLSX_DATE:
        return ms % MS_PER_DAY == 0 ? WH_KIND_DATE : WH_KIND_TIMESTAMP;
    case WH_XLSX_TIMESTAMP:
        break;
    }
    return WH_KIND_TIMESTAMP;
}

bool wh_xlsx_moment(struct wh_str stored, enum wh_xlsx_meaning meaning, bool counts_from_1904,
                    struct wh_arena *arena, struct wh_xlsx_value *ret)
{
    char room[WH_DATETIME_SIZE];
    double serial;
    size_t len;
    int32_t days;
    *ret = (struct wh_xlsx_value){.text = wh_str_trim(stored)};
    if (!read_double(ret->text, &serial))
        return refuse(ret, "which is no number");
    if (serial < 0)
        return refuse(ret, "which as a date or time is negative");
    if (serial > (double)LAST_DAY_1900 + 1)
        return refuse(ret, "which as a date is behind the year 9999");
    int64_t ms = llround(serial * (double)MS_PER_DAY);
    struct wh_type type = {.kind = kind_of(meaning, ms)};
    if (type.kind == WH_KIND_INTERVAL) {
        struct wh_interval interval = {.microseconds = ms * 1000};
        len = wh_interval_print(&interval, room);
    } else if (type.kind == WH_KIND_TIME) {
        len = wh_time_print(ms * 1000, room);
    } else if (!find_day(ms / MS_PER_DAY, counts_from_1904, &days, ret)) {
        return false;
    } else if (type.kind == WH_KIND_DATE) {
        len = wh_date_print(days, room);
    } else {
        len = wh_timestamp_print(days * WH_USECS_PER_DAY + ms % MS_PER_DAY * 1000, room);
    }
    return give(ret, type, arena, wh_str_make(room, len));
}

/* 2020-02-29, 10:11:12.5 or both with a T between, and no zone; all else that a text may mean as a
 * date ('epoch', 1/2/2003) is none here. */
static bool is_iso_moment(struct wh_str text)
{
    bool is_in_time = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        is_in_time |= c == 'T' || c == ':';
        bool is_mark = c == ':' || c == '.' || c == 'T' || (c == '-' && !is_in_time);
        if (!wh_is_digit(c) && (!is_mark || i == 0))
            return false;
    }
    return text.len > 0;
}

bool wh_xlsx_iso_moment(struct wh_str stored, struct wh_arena *arena, struct wh_xlsx_value *ret)
{
    char room[WH_DATETIME_SIZE];
    int32_t days;
    int64_t usecs;
    *ret = (struct wh_xlsx_value){.type = {.kind = WH_KIND_TEXT}, .text = wh_str_trim(stored)};
    if (!is_iso_moment(ret->text))
        return true;
    if (wh_date_parse(ret->text, &days) == WH_FAULT_NONE && ret->text.len <= 10)
        return give(ret, (struct wh_type){.kind = WH_KIND_DATE}, arena,
                    wh_str_make(room, wh_date_print(days, room)));
    if (wh_time_parse(ret->text, &usecs) == WH_FAULT_NONE)
        return give(ret, (struct wh_type){.kind = WH_KIND_TIME}, arena,
                    wh_str_make(room, wh_time_print(usecs, room)));
    if (wh_timestamp_parse(ret->text, &usecs) == WH_FAULT_NONE)
        return give(ret, (struct wh_type){.kind = WH_KIND_TIMESTAMP}, arena,
                    wh_str_make(room, wh_timestamp_print(usecs, room)));
    return true;
}
