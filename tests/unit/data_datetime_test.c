/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "data/datetime.h"

static void days_and_civil_dates_are_one_to_one(void **state)
{
    (void)state;
    struct wh_civil civil = {-4713, 11, 24};
    static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    /* Counted day by day, from Julian day 0 for 8,000 years. */
    for (int32_t days = -2451545; days < 500000; days++) {
        assert_int_equal(wh_days_from_civil(civil), days);
        struct wh_civil back = wh_civil_from_days(days);
        assert_true(back.year == civil.year && back.month == civil.month && back.day == civil.day);
        bool is_leap = civil.year % 4 == 0 && (civil.year % 100 != 0 || civil.year % 400 == 0);
        int32_t length = lengths[civil.month - 1] + (civil.month == 2 && is_leap);
        assert_true(wh_civil_exists(civil));
        if (++civil.day <= length)
            continue;
        assert_false(wh_civil_exists(civil));
        civil.day = 1;
        if (++civil.month <= 12)
            continue;
        civil.month = 1;
        civil.year++;
    }
}

static void rejects_days_that_do_not_exist(void **state)
{
    (void)state;
    static const struct wh_civil none[] = {
        {2020, 2, 30}, {2021, 2, 29}, {1900, 2, 29}, {2020, 4, 31}, {2020, 0, 1},
        {2020, 13, 1}, {2020, 1, 0},  {2020, 1, 32}, {2020, -1, 1}, {2020, 1, -1},
    };
    for (size_t i = 0; i < WH_COUNT_OF(none); i++)
        assert_false(wh_civil_exists(none[i]));
    assert_true(wh_civil_exists((struct wh_civil){2000, 2, 29}));
    assert_true(wh_civil_exists((struct wh_civil){0, 2, 29}));
    assert_true(wh_civil_exists((struct wh_civil){-4, 2, 29}));
}

static int64_t spread(int64_t i, int64_t low, int64_t high)
{
    uint64_t x = (uint64_t)(i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x ^= x >> 29;
    return low + (int64_t)(x % (uint64_t)(high - low));
}

static void printed_moments_read_back_as_the_same(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 300000; i++) {
        char room[WH_DATETIME_SIZE];
        int32_t days = (int32_t)spread(i, -2451545, 2145031949);
        int32_t days_back;
        struct wh_str text = wh_str_make(room, wh_date_print(days, room));
        assert_int_equal(wh_date_parse(text, &days_back), WH_FAULT_NONE);
        assert_int_equal(days_back, days);

        int64_t usecs = spread(i, INT64_C(-211813488000000000), INT64_C(9223371331200000000) / 2);
        if (i % 3 == 0)
            usecs -= usecs % 1000000;
        int64_t back;
        text = wh_str_make(room, wh_timestamp_print(usecs, room));
        assert_int_equal(wh_timestamp_parse(text, &back), WH_FAULT_NONE);
        assert_true(back == usecs);
        text = wh_str_make(room, wh_timestamptz_print(usecs, room));
        assert_int_equal(wh_timestamptz_parse(text, 7200, &back), WH_FAULT_NONE);
        assert_true(back == usecs);

        int64_t time = spread(i, 0, WH_USECS_PER_DAY + 1);
        text = wh_str_make(room, wh_time_print(time, room));
        assert_int_equal(wh_time_parse(text, &back), WH_FAULT_NONE);
        assert_true(back == time);
    }
}

static void printed_intervals_read_back_as_the_same(void **state)
{
    (void)state;
    static const int64_t edges[] = {0, 1, -1, 11, -12, 13, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < 512; i++) {
        struct wh_interval interval = {.microseconds = edges[i % 8] == INT32_MIN ? INT64_MIN + 1
                                                       : edges[i % 8] == INT32_MAX
                                                           ? INT64_MAX
                                                           : edges[i % 8] * 1000001,
                                       .days = (int32_t)edges[i / 8 % 8],
                                       .months = (int32_t)edges[i / 64]};
        char room[WH_DATETIME_SIZE];
        size_t length = wh_interval_print(&interval, room);
        assert_true(length <= WH_DATETIME_SIZE);
        struct wh_interval back;
        assert_int_equal(wh_interval_parse(wh_str_make(room, length), &back), WH_FAULT_NONE);
        assert_true(back.microseconds == interval.microseconds && back.days == interval.days &&
                    back.months == interval.months);
    }
}

static void a_text_without_a_zone_means_the_given_one(void **state)
{
    (void)state;
    int64_t utc;
    int64_t berlin;
    int64_t stated;
    struct wh_str text = WH_STR("2015-03-01 12:34:56");
    assert_int_equal(wh_timestamptz_parse(text, 0, &utc), WH_FAULT_NONE);
    assert_int_equal(wh_timestamptz_parse(text, 3600, &berlin), WH_FAULT_NONE);
    assert_true(utc - berlin == 3600 * WH_USECS_PER_SECOND);
    assert_int_equal(wh_timestamptz_parse(WH_STR("2015-03-01T12:34:56Z"), 3600, &stated),
                     WH_FAULT_NONE);
    assert_true(stated == utc);
}

static void names_the_part_of_a_template_that_it_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        const char *bad;
    } cases[] = {
        {"YYYY-MM-DD TZ", "TZ"}, {"YYYY RM", "RM"}, {"TMMonth", "TM"},    {"DD of MM", "of"},
        {"HH24:MI OF", "OF"},    {"DDSP", "SP"},    {"MonthTH", "Month"},
    };
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_str bad = WH_STR_NONE;
        struct wh_str format = wh_str_from(cases[i].format);
        assert_null(wh_date_format_compile(format, &arena, &bad));
        assert_true(wh_str_is(bad, cases[i].bad));
        assert_true(bad.ptr >= format.ptr && bad.ptr + bad.len <= format.ptr + format.len);
    }
    wh_arena_release(&arena);
}

static void a_template_outlives_its_text_and_prints_within_its_room(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    char text[] = "YYYY\"-year\"";
    struct wh_str bad;
    const struct wh_date_format *format = wh_date_format_compile(wh_str_from(text), &arena, &bad);
    assert_non_null(format);
    memset(text, 'x', sizeof(text));
    char room[9];
    size_t length = 0;
    for (size_t size = 0; size < 9; size++)
        assert_int_equal(wh_date_format_print(format, 0, room, size, &length), WH_FAULT_LIMIT);
    assert_int_equal(wh_date_format_print(format, 0, room, 9, &length), WH_FAULT_NONE);
    assert_true(wh_str_is(wh_str_make(room, length), "2000-year"));
    wh_arena_release(&arena);
}

/* The fast path gives what the template does, and leaves to it what it does not understand. */
static void the_fast_path_agrees_with_the_template(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str bad;
    const struct wh_date_format *fast = wh_date_format_compile(WH_STR("DD/MM/YYYY"), &arena, &bad);
    const struct wh_date_format *slow =
        wh_date_format_compile(WH_STR("FMDD/FMMM/FMYYYY"), &arena, &bad);
    assert_non_null(fast);
    assert_non_null(slow);
    static const char bytes[] = "0123456789/ -x";
    for (int64_t i = 0; i < 300000; i++) {
        char text[11] = "";
        snprintf(text, sizeof(text), "%02d/%02d/%04d", (int)spread(i, 0, 33),
                 (int)spread(i * 7, 0, 14), (int)spread(i * 13, 0, 10000));
        if (i % 4 == 0)
            text[spread(i, 0, 10)] = bytes[spread(i * 3, 0, 14)];
        int32_t a = 0;
        int32_t b = 0;
        struct wh_str s = wh_str_make(text, 10);
        enum wh_fault fault = wh_date_format_read_date(slow, s, &b);
        assert_int_equal(wh_date_format_read_date(fast, s, &a), fault);
        assert_int_equal(a, b);
    }
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_civil_dates_are_one_to_one),
        cmocka_unit_test(rejects_days_that_do_not_exist),
        cmocka_unit_test(printed_moments_read_back_as_the_same),
        cmocka_unit_test(printed_intervals_read_back_as_the_same),
        cmocka_unit_test(a_text_without_a_zone_means_the_given_one),
        cmocka_unit_test(names_the_part_of_a_template_that_it_does_not_know),
        cmocka_unit_test(a_template_outlives_its_text_and_prints_within_its_room),
        cmocka_unit_test(the_fast_path_agrees_with_the_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
