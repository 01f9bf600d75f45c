/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void compares_bytes_not_letters(void **state)
{
    (void)state;
    assert_true(wh_str_compare(WH_STR("a"), WH_STR("b")) < 0);
    assert_true(wh_str_compare(WH_STR("a"), WH_STR("aa")) < 0);
    assert_true(wh_str_compare(WH_STR("Z"), WH_STR("a")) < 0);
    assert_true(wh_str_compare(WH_STR("z"), WH_STR("\xC3\xA4")) < 0);
    assert_true(wh_str_compare(WH_STR("a\0b"), WH_STR("a\0a")) > 0);
    assert_int_equal(wh_str_compare(WH_STR(""), WH_STR_NONE), 0);
}

static void folds_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(wh_str_equal_ascii_fold(WH_STR("HeLLo [x]"), WH_STR("hEllO [X]")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("["), WH_STR("{")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("@"), WH_STR("`")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("\xC3\x84"), WH_STR("\xC3\xA4")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("a"), WH_STR("ab")));
}

static void trims_ascii_space_at_both_ends(void **state)
{
    (void)state;
    assert_true(wh_str_is(wh_str_trim(WH_STR(" \t\n\v\f\r a b \r\n")), "a b"));
    assert_int_equal(wh_str_trim(WH_STR(" \t ")).len, 0);
    assert_int_equal(wh_str_trim(WH_STR_NONE).len, 0);
    assert_true(wh_str_is(wh_str_trim(WH_STR("\xC2\xA0x")), "\xC2\xA0x"));
}

static void finds_beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(wh_str_starts_with(WH_STR("abc"), WH_STR("ab")));
    assert_true(wh_str_starts_with(WH_STR("abc"), WH_STR("")));
    assert_false(wh_str_starts_with(WH_STR("ab"), WH_STR("abc")));
    assert_true(wh_str_ends_with(WH_STR("abc"), WH_STR("bc")));
    assert_false(wh_str_ends_with(WH_STR("bc"), WH_STR("abc")));
    assert_true(wh_str_ends_with(WH_STR_NONE, WH_STR_NONE));
}

static void splits_into_what_stood_between_separators(void **state)
{
    (void)state;
    struct wh_str rest = WH_STR("a,,b");
    assert_true(wh_str_is(wh_str_split(&rest, ','), "a"));
    assert_true(wh_str_is(wh_str_split(&rest, ','), ""));
    assert_non_null(rest.ptr);
    assert_true(wh_str_is(wh_str_split(&rest, ','), "b"));
    assert_null(rest.ptr);
    assert_int_equal(wh_str_split(&rest, ',').len, 0);
}

static void distance_counts_edits_and_swaps_as_one(void **state)
{
    (void)state;
    assert_int_equal(wh_str_distance(WH_STR("match"), WH_STR("match")), 0);
    assert_int_equal(wh_str_distance(WH_STR("macth"), WH_STR("match")), 1);
    assert_int_equal(wh_str_distance(WH_STR("mach"), WH_STR("match")), 1);
    assert_int_equal(wh_str_distance(WH_STR("mattch"), WH_STR("match")), 1);
    assert_int_equal(wh_str_distance(WH_STR("watch"), WH_STR("match")), 1);
    assert_int_equal(wh_str_distance(WH_STR("kitten"), WH_STR("sitting")), 3);
    assert_int_equal(wh_str_distance(WH_STR(""), WH_STR("abc")), 3);
    assert_int_equal(wh_str_distance(WH_STR_NONE, WH_STR_NONE), 0);
    char longest[65];
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(wh_str_distance(wh_str_make(longest, 64), WH_STR("")), 64);
    assert_true(wh_str_distance(wh_str_make(longest, 65), WH_STR("")) == SIZE_MAX);
}

static void cuts_where_a_character_ends(void **state)
{
    (void)state;
    struct wh_str text = WH_STR("a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80z"); /* 1 2 3 4 1 bytes */
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t limit = 0; limit < WH_COUNT_OF(ends); limit++)
        assert_int_equal(wh_str_utf8_cut(text, limit), ends[limit]);
    assert_int_equal(wh_str_utf8_cut(text, 1000), text.len);
    assert_int_equal(wh_str_utf8_cut(WH_STR_NONE, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_bytes_not_letters),
        cmocka_unit_test(folds_ascii_letters_only),
        cmocka_unit_test(trims_ascii_space_at_both_ends),
        cmocka_unit_test(finds_beginnings_and_ends),
        cmocka_unit_test(splits_into_what_stood_between_separators),
        cmocka_unit_test(distance_counts_edits_and_swaps_as_one),
        cmocka_unit_test(cuts_where_a_character_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
