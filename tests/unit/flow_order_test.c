/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "data/column.h"
#include "data/text.h"
#include "flow/criterion.h"

/* Makes a column of texts parsed as @p type and checks that their orders ascend strictly. */
static void assert_ascending(struct wh_type type, const char *const *texts, size_t count)
{
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column column;
    wh_arena_init(&arena);
    assert_int_equal(wh_column_init(&column, type, count, &arena, &err), WH_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(wh_value_parse(wh_str_from(texts[i]), &arena, &column, i), WH_FAULT_NONE);
    for (size_t i = 0; i + 1 < count; i++) {
        uint8_t a[WH_ORDER_SIZE];
        uint8_t b[WH_ORDER_SIZE];
        assert_true(wh_order_encode(&column, i, false, a));
        assert_true(wh_order_encode(&column, i + 1, false, b));
        if (memcmp(a, b, WH_ORDER_SIZE) >= 0)
            fail_msg("'%s' should come before '%s'", texts[i], texts[i + 1]);
        assert_true(wh_order_encode(&column, i, true, a));
        assert_true(wh_order_encode(&column, i + 1, true, b));
        if (memcmp(a, b, WH_ORDER_SIZE) <= 0)
            fail_msg("turned round, '%s' should come behind '%s'", texts[i], texts[i + 1]);
    }
    wh_arena_release(&arena);
}

static void integers_sort_by_value(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "-9223372036854775808", "-256", "-1", "0", "1", "255", "256", "9223372036854775807"};
    assert_ascending((struct wh_type){.kind = WH_KIND_INT, .bits = 64}, texts, WH_COUNT_OF(texts));
}

static void doubles_sort_by_value_and_nan_is_largest(void **state)
{
    (void)state;
    static const char *const texts[] = {"-Infinity", "-1e300", "-1", "-1e-300",  "0",
                                        "1e-300",    "1",      "2",  "Infinity", "NaN"};
    assert_ascending((struct wh_type){.kind = WH_KIND_FLOAT, .bits = 64}, texts,
                     WH_COUNT_OF(texts));
}

static void numerics_sort_by_value_whatever_their_scale(void **state)
{
    (void)state;
    static const char *const texts[] = {"-Infinity",
                                        "-123456789012345678901234567890",
                                        "-10",
                                        "-9.99",
                                        "-9.9",
                                        "-1.5",
                                        "-0.05",
                                        "0.000",
                                        "0.0004",
                                        "0.04",
                                        "0.5",
                                        "1",
                                        "1.05",
                                        "9.99",
                                        "10",
                                        "10.000001",
                                        "99999999999999999999999999999.5",
                                        "1e30",
                                        "Infinity",
                                        "NaN"};
    assert_ascending((struct wh_type){.kind = WH_KIND_NUMERIC}, texts, WH_COUNT_OF(texts));
}

static void texts_sort_by_bytes_and_prefixes_first(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "A", "Aa", "B", "a", "ab", "b", "\xc3\xa9"};
    assert_ascending((struct wh_type){.kind = WH_KIND_TEXT}, texts, WH_COUNT_OF(texts));
}

static void dates_sort_by_day(void **state)
{
    (void)state;
    static const char *const texts[] = {"-infinity",  "0044-03-15 BC", "1999-12-31",
                                        "2000-01-01", "2024-02-29",    "infinity"};
    assert_ascending((struct wh_type){.kind = WH_KIND_DATE}, texts, WH_COUNT_OF(texts));
}

static void numerics_that_are_equal_are_the_same(void **state)
{
    (void)state;
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column column;
    struct wh_type type = {.kind = WH_KIND_NUMERIC};
    uint8_t a[WH_ORDER_SIZE];
    uint8_t b[WH_ORDER_SIZE];
    wh_arena_init(&arena);
    assert_int_equal(wh_column_init(&column, type, 2, &arena, &err), WH_OK);
    assert_int_equal(wh_value_parse(WH_STR("1.500"), &arena, &column, 0), WH_FAULT_NONE);
    assert_int_equal(wh_value_parse(WH_STR("1.5"), &arena, &column, 1), WH_FAULT_NONE);
    assert_true(wh_order_encode(&column, 0, false, a));
    assert_true(wh_order_encode(&column, 1, false, b));
    assert_memory_equal(a, b, WH_ORDER_SIZE);
    wh_arena_release(&arena);
}

static void null_comes_last_in_both_directions(void **state)
{
    (void)state;
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column column;
    struct wh_type type = {.kind = WH_KIND_INT, .bits = 64};
    uint8_t value[WH_ORDER_SIZE];
    uint8_t null[WH_ORDER_SIZE];
    wh_arena_init(&arena);
    assert_int_equal(wh_column_init(&column, type, 2, &arena, &err), WH_OK);
    assert_int_equal(wh_column_need_validity(&column, &arena, &err), WH_OK);
    column.values.ints[0] = INT64_MAX;
    wh_column_set_null(&column, 1);
    for (int largest_first = 0; largest_first < 2; largest_first++) {
        assert_true(wh_order_encode(&column, 0, largest_first != 0, value));
        assert_true(wh_order_encode(&column, 1, largest_first != 0, null));
        assert_true(memcmp(value, null, WH_ORDER_SIZE) < 0);
    }
    wh_arena_release(&arena);
}

static void a_text_that_is_too_long_is_refused_not_cut(void **state)
{
    (void)state;
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column column;
    struct wh_type type = {.kind = WH_KIND_TEXT};
    char text[WH_ORDER_SIZE];
    uint8_t order[WH_ORDER_SIZE];
    memset(text, 'x', sizeof(text));
    wh_arena_init(&arena);
    assert_int_equal(wh_column_init(&column, type, 1, &arena, &err), WH_OK);
    column.values.texts[0] = wh_str_make(text, WH_ORDER_SIZE - 1);
    assert_true(wh_order_encode(&column, 0, false, order));
    column.values.texts[0] = wh_str_make(text, WH_ORDER_SIZE);
    assert_false(wh_order_encode(&column, 0, false, order));
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_sort_by_value),
        cmocka_unit_test(doubles_sort_by_value_and_nan_is_largest),
        cmocka_unit_test(numerics_sort_by_value_whatever_their_scale),
        cmocka_unit_test(texts_sort_by_bytes_and_prefixes_first),
        cmocka_unit_test(dates_sort_by_day),
        cmocka_unit_test(numerics_that_are_equal_are_the_same),
        cmocka_unit_test(null_comes_last_in_both_directions),
        cmocka_unit_test(a_text_that_is_too_long_is_refused_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
