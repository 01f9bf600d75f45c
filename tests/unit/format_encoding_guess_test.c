/* SPDX-License-Identifier: Apache-2.0 */
/** What bytes that are no UTF-8 may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/encoding_guess.h"

static void assert_guess(struct wh_str sample, const char *name, size_t odd_lines)
{
    struct wh_encoding_guess guess = wh_encoding_guess(sample);
    if (name == NULL)
        assert_null(guess.name);
    else
        assert_string_equal(guess.name, name);
    assert_int_equal(guess.odd_lines, odd_lines);
}

static void ascii_and_utf8_are_utf8(void **state)
{
    (void)state;
    assert_guess(WH_STR(""), "UTF-8", 0);
    assert_guess(WH_STR("id,name\n1,Anna\n"), "UTF-8", 0);
    assert_guess(WH_STR("1,J\xC3\xBCrgen\n2,\xE2\x82\xAC\n"), "UTF-8", 0);
    assert_guess(WH_STR("1,a\0b\n"), "UTF-8", 0); /* a NUL is another fault */
}

static void a_character_that_the_end_cuts_is_no_fault(void **state)
{
    (void)state;
    assert_guess(WH_STR("1,\xE2\x82"), "UTF-8", 0);
    assert_guess(WH_STR("1,\xF0\x9F\x98"), "UTF-8", 0);
    assert_guess(WH_STR("1,\xE2\x82\n"), "cp1252", 1);
}

static void bytes_of_western_europe_may_be_windows_1252(void **state)
{
    (void)state;
    struct wh_encoding_guess guess =
        wh_encoding_guess(WH_STR("id,name\n1,M\xFCller\n2,a\n3,5 \x80\n"));
    assert_string_equal(guess.name, "cp1252");
    assert_int_equal(guess.lines, 4);
    assert_int_equal(guess.odd_lines, 2);
    assert_true(wh_str_is(guess.odd, "1,M\xFCller"));
}

static void bytes_that_windows_1252_does_not_have_are_not_guessed(void **state)
{
    (void)state;
    assert_guess(WH_STR("1,\x81\xFF\n"), NULL, 1);
}

static void lines_are_told_apart_by_what_they_hold(void **state)
{
    (void)state;
    struct wh_encoding_guess guess =
        wh_encoding_guess(WH_STR("id\nJ\xC3\xBCrgen\nM\xFCller\n5 \x80\n"));
    assert_int_equal(guess.wide_lines, 1);
    assert_int_equal(guess.odd_lines, 2);
    assert_true(guess.has_printable_controls);
    assert_false(wh_encoding_guess(WH_STR("M\xFCller\n")).has_printable_controls);
    assert_true(wh_encoding_guess(WH_STR("i\0d\0,\0n\0\n\0")).is_utf16);
    assert_false(guess.is_utf16);
}

static void zeros_in_one_half_of_the_bytes_are_utf_16(void **state)
{
    (void)state;
    assert_guess(WH_STR("i\0d\0,\0n\0\n\0"), "UTF-16LE", 0);
    assert_guess(WH_STR("\0i\0d\0,\0n\0\n"), "UTF-16BE", 0);
    assert_guess(WH_STR("\0\0\0\0\0\0\0\0\0\0"), "UTF-8", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_and_utf8_are_utf8),
        cmocka_unit_test(a_character_that_the_end_cuts_is_no_fault),
        cmocka_unit_test(bytes_of_western_europe_may_be_windows_1252),
        cmocka_unit_test(bytes_that_windows_1252_does_not_have_are_not_guessed),
        cmocka_unit_test(lines_are_told_apart_by_what_they_hold),
        cmocka_unit_test(zeros_in_one_half_of_the_bytes_are_utf_16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
