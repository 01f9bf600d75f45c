/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "report/text.h"

static struct wh_arena arena;

static int set_up(void **state)
{
    (void)state;
    wh_arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wh_arena_release(&arena);
    return 0;
}

static void assert_shown(struct wh_str text, size_t width, const char *expected)
{
    struct wh_str shown;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_text_show(text, width, &arena, &shown, &err), WH_OK);
    assert_int_equal(shown.len, strlen(expected));
    assert_memory_equal(shown.ptr, expected, shown.len);
}

static void plain_text_is_not_copied(void **state)
{
    (void)state;
    struct wh_str text = WH_STR("Małgorzata, 17 €");
    struct wh_str shown;
    assert_int_equal(wh_text_show(text, SIZE_MAX, &arena, &shown, NULL), WH_OK);
    assert_ptr_equal(shown.ptr, text.ptr);
    assert_int_equal(shown.len, text.len);
}

static void control_characters_are_shown_not_done(void **state)
{
    (void)state;
    assert_shown(WH_STR("\x1b]0;title\x07"), SIZE_MAX, "\\x1b]0;title\\x07");
    assert_shown(WH_STR("a\r\n\tb"), SIZE_MAX, "a\\r\\n\\tb");
    assert_shown(wh_str_make("a\0b", 3), SIZE_MAX, "a\\x00b");
    assert_shown(WH_STR("\x7f"), SIZE_MAX, "\\x7f");
    assert_shown(WH_STR("\xc2\x9b"
                        "31m"),
                 SIZE_MAX, "\\u009b31m"); /* CSI in one character */
}

static void text_that_turns_direction_is_shown(void **state)
{
    (void)state;
    const char right_to_left[] = {'a', '\xe2', '\x80', '\xae', 'b'};
    const char tag[] = {'\xf3', '\xa0', '\x80', '\x81'};
    assert_shown(wh_str_make(right_to_left, sizeof right_to_left), SIZE_MAX, "a\\u202eb");
    assert_shown(wh_str_make(tag, sizeof tag), SIZE_MAX, "\\U000e0001");
    assert_shown(WH_STR("\xef\xbb\xbfx"), SIZE_MAX, "\\ufeffx");
    assert_shown(WH_STR("\xe2\x80\xa8"), SIZE_MAX, "\\u2028");
}

static void bytes_that_are_not_utf8_are_shown_one_by_one(void **state)
{
    (void)state;
    assert_shown(WH_STR("M\xfcller"), SIZE_MAX, "M\\xfcller");
    assert_shown(WH_STR("\xe2\x82"), SIZE_MAX, "\\xe2\\x82");          /* cut off */
    assert_shown(WH_STR("\xed\xa0\x80"), SIZE_MAX, "\\xed\\xa0\\x80"); /* a surrogate */
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    assert_shown(WH_STR("abcdef"), 6, "abcdef");
    assert_shown(WH_STR("abcdef"), 5, "abcd…");
    assert_shown(WH_STR("ééééé"), 4, "ééé…");
    assert_shown(WH_STR("abc"), 1, "…");
    assert_shown(WH_STR("abc"), 0, "");
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(wh_text_width(WH_STR("日本")), 4);
    assert_int_equal(wh_text_width(WH_STR("e\xcc\x81")), 1); /* combining */
    assert_shown(WH_STR("日本語"), 5, "日本…");
    assert_shown(WH_STR("日本語"), 4, "日…");
}

static void an_escape_is_never_cut_in_two(void **state)
{
    (void)state;
    assert_shown(WH_STR("ab\x1b"), 6, "ab\\x1b");
    assert_shown(WH_STR("ab\x1b"), 5, "ab…");
}

static void numbers_have_thousands_separators(void **state)
{
    (void)state;
    char room[WH_TEXT_SIZE];
    assert_string_equal(wh_text_count(0, room), "0");
    assert_string_equal(wh_text_count(999, room), "999");
    assert_string_equal(wh_text_count(1000, room), "1,000");
    assert_string_equal(wh_text_count(3000000, room), "3,000,000");
    assert_string_equal(wh_text_count(UINT64_MAX, room), "18,446,744,073,709,551,615");
}

static void durations_have_the_unit_that_fits(void **state)
{
    (void)state;
    char room[WH_TEXT_SIZE];
    assert_string_equal(wh_text_seconds(0.04, room), "0.0 s");
    assert_string_equal(wh_text_seconds(9.96, room), "10 s");
    assert_string_equal(wh_text_seconds(119.4, room), "119 s");
    assert_string_equal(wh_text_seconds(185, room), "3 min 05 s");
    assert_string_equal(wh_text_seconds(7620, room), "2 h 07 min");
    assert_string_equal(wh_text_seconds(-1, room), "0.0 s");
}

static void a_rate_needs_time(void **state)
{
    (void)state;
    char room[WH_TEXT_SIZE];
    assert_string_equal(wh_text_rate(500000, 2, room), "250,000/s");
    assert_string_equal(wh_text_rate(500000, 0, room), "–");
    assert_string_equal(wh_text_rate(4, 0.02, room), "–");
}

static void times_are_utc(void **state)
{
    (void)state;
    char room[WH_TEXT_SIZE];
    int64_t at = INT64_C(849494784000001); /* 2026-12-02 02:46:24.000001 */
    assert_string_equal(wh_text_time(at, room), "2026-12-02 02:46:24");
    assert_string_equal(wh_text_iso_time(at, room), "2026-12-02T02:46:24.000001Z");
    assert_string_equal(wh_text_time(0, room), "");
    assert_string_equal(wh_text_time(-1, room), "1999-12-31 23:59:59");
}

static void a_word_of_a_shell_stays_one_word(void **state)
{
    (void)state;
    struct wh_str word;
    assert_int_equal(wh_text_shell_word(WH_STR("a/shop-1.yaml"), &arena, &word, NULL), WH_OK);
    assert_string_equal(word.ptr, "a/shop-1.yaml");
    assert_int_equal(wh_text_shell_word(WH_STR("my shop.yaml"), &arena, &word, NULL), WH_OK);
    assert_string_equal(word.ptr, "'my shop.yaml'");
    assert_int_equal(wh_text_shell_word(WH_STR("it's; rm -rf $HOME"), &arena, &word, NULL), WH_OK);
    assert_string_equal(word.ptr, "'it'\\''s; rm -rf $HOME'");
    assert_int_equal(wh_text_shell_word(WH_STR(""), &arena, &word, NULL), WH_OK);
    assert_string_equal(word.ptr, "''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_not_copied),
        cmocka_unit_test(control_characters_are_shown_not_done),
        cmocka_unit_test(text_that_turns_direction_is_shown),
        cmocka_unit_test(bytes_that_are_not_utf8_are_shown_one_by_one),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(an_escape_is_never_cut_in_two),
        cmocka_unit_test(numbers_have_thousands_separators),
        cmocka_unit_test(durations_have_the_unit_that_fits),
        cmocka_unit_test(a_rate_needs_time),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(a_word_of_a_shell_stays_one_word),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
