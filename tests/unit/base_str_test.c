/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static void a_prefix_sorts_first_and_bytes_count(void **state)
{
    (void)state;
    assert_true(wh_str_compare(WH_STR("ab"), WH_STR("abc")) < 0);
    assert_true(wh_str_compare(WH_STR("b"), WH_STR("abc")) > 0);
    assert_true(wh_str_compare(WH_STR("\xc3\xa9"), WH_STR("z")) > 0);
    assert_int_equal(wh_str_compare(WH_STR_NONE, WH_STR("")), 0);
}

static void folding_touches_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(wh_str_equal_ascii_fold(WH_STR("Cust_ID"), WH_STR("cust_id")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("\xc3\x89"), WH_STR("\xc3\xa9")));
    assert_false(wh_str_equal_ascii_fold(WH_STR("["), WH_STR("{")));
}

static void trimming_leaves_white_space_inside(void **state)
{
    (void)state;
    assert_true(wh_str_is(wh_str_trim(WH_STR(" \t\r\n a b \v\f")), "a b"));
    assert_int_equal(wh_str_trim(WH_STR("  \n")).len, 0);
}

static void splitting_gives_every_part_and_then_none(void **state)
{
    (void)state;
    struct wh_str rest = WH_STR("a,,b");
    assert_true(wh_str_is(wh_str_split(&rest, ','), "a"));
    assert_true(wh_str_is(wh_str_split(&rest, ','), ""));
    assert_non_null(rest.ptr);
    assert_true(wh_str_is(wh_str_split(&rest, ','), "b"));
    assert_null(rest.ptr);
}

static void distance_counts_swapped_neighbours_once(void **state)
{
    (void)state;
    assert_int_equal(wh_str_distance(WH_STR("delimiter"), WH_STR("delimiter")), 0);
    assert_int_equal(wh_str_distance(WH_STR("delimeter"), WH_STR("delimiter")), 1);
    assert_int_equal(wh_str_distance(WH_STR("nulsl"), WH_STR("nulls")), 1);
    assert_int_equal(wh_str_distance(WH_STR(""), WH_STR("abc")), 3);
    assert_int_equal(wh_str_distance(WH_STR("kitten"), WH_STR("sitting")), 3);
}

static void distance_of_long_names_is_beyond_all(void **state)
{
    (void)state;
    char name[65];
    memset(name, 'x', sizeof(name));
    assert_int_equal(wh_str_distance(wh_str_make(name, 64), WH_STR("")), 64);
    assert_true(wh_str_distance(wh_str_make(name, 65), WH_STR("")) == SIZE_MAX);
}

static void cutting_never_splits_a_character(void **state)
{
    (void)state;
    struct wh_str text = WH_STR("a\xe2\x82\xac\xf0\x9f\x9a\xa3z"); /* a, 3 bytes, 4 bytes, z */
    static const size_t expected[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 9};
    for (size_t limit = 0; limit < WH_COUNT_OF(expected); limit++)
        assert_int_equal(wh_str_utf8_cut(text, limit), expected[limit]);
    assert_int_equal(wh_str_utf8_cut(text, 100), text.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_sorts_first_and_bytes_count),
        cmocka_unit_test(folding_touches_ascii_letters_only),
        cmocka_unit_test(trimming_leaves_white_space_inside),
        cmocka_unit_test(splitting_gives_every_part_and_then_none),
        cmocka_unit_test(distance_counts_swapped_neighbours_once),
        cmocka_unit_test(distance_of_long_names_is_beyond_all),
        cmocka_unit_test(cutting_never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
