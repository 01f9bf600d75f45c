/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/clock_text.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/error.h"
#include "data/datetime.h"

/* 0001-01-01 and 9999-12-31 in days since 2000-01-01. */
#define FIRST_DAY INT64_C(-730119)
#define LAST_DAY INT64_C(2921939)

/* "2026-01-31 12:34:56.123456Z": 0 stands for any digit, the rest for itself. */
static const char form[] = "0000-00-00 00:00:00.000000Z";

struct wh_str wh_clock_text(int64_t usecs, char room[WH_CLOCK_TEXT_SIZE])
{
    int64_t rest = usecs % WH_USECS_PER_DAY;
    int64_t day = usecs / WH_USECS_PER_DAY - (rest < 0);
    rest += rest < 0 ? WH_USECS_PER_DAY : 0;
    if (day < FIRST_DAY || day > LAST_DAY) {
        day = day < FIRST_DAY ? FIRST_DAY : LAST_DAY;
        rest = 0;
    }
    struct wh_civil civil = wh_civil_from_days((int32_t)day);
    int64_t seconds = rest / WH_USECS_PER_SECOND;
    int len = snprintf(room, WH_CLOCK_TEXT_SIZE,
                       "%04d-%02d-%02d %02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%06" PRId64 "Z",
                       (int)civil.year, (int)civil.month, (int)civil.day, seconds / 3600,
                       seconds / 60 % 60, seconds % 60, rest % WH_USECS_PER_SECOND);
    return wh_str_make(room, (size_t)len);
}

static bool has_form(struct wh_str text)
{
    if (text.len != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (form[i] == '0' ? !is_digit : text.ptr[i] != form[i])
            return false;
    }
    return true;
}

static int32_t digits(struct wh_str text, size_t at, size_t count)
{
    int32_t value = 0;
    for (size_t i = at; i < at + count; i++)
        value = value * 10 + (text.ptr[i] - '0');
    return value;
}

wh_code wh_clock_text_read(struct wh_str text, int64_t *ret, struct wh_error *err)
{
    bool is_right = has_form(text);
    if (is_right) {
        struct wh_civil civil = {digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)};
        int32_t hour = digits(text, 11, 2);
        int32_t minute = digits(text, 14, 2);
        int32_t second = digits(text, 17, 2);
        is_right = wh_civil_exists(civil) && hour < 24 && minute < 60 && second < 60;
        if (is_right)
            *ret = wh_days_from_civil(civil) * WH_USECS_PER_DAY +
                   ((hour * 60 + minute) * 60 + second) * WH_USECS_PER_SECOND + digits(text, 20, 6);
    }
    if (!is_right)
        return wh_error_set(err, WH_CORRUPT, "'%.*s' in the ledger is no time", WH_FMT(text));
    return WH_OK;
}
