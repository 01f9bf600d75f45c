/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"

static void refuses_to_grow_above_its_maximum_and_keeps_its_contents(void **state)
{
    (void)state;
    WH_CLEANUP(wh_buf_release) struct wh_buf buf;
    struct wh_error err = WH_ERROR_NONE;
    wh_buf_init(&buf, 10);
    assert_int_equal(wh_buf_append(&buf, "0123456", 7, &err), WH_OK);
    assert_int_equal(wh_buf_append(&buf, "abcd", 4, &err), WH_LIMIT);
    assert_int_equal(wh_buf_printf(&buf, &err, "%d", 1234), WH_LIMIT);
    assert_int_equal(wh_buf_reserve(&buf, SIZE_MAX, &err), WH_LIMIT);
    assert_true(wh_str_is(wh_buf_str(&buf), "0123456"));
    assert_int_equal(wh_buf_printf(&buf, &err, "%d", 789), WH_OK);
    assert_int_equal(wh_buf_append(&buf, NULL, 0, &err), WH_OK);
    assert_true(wh_str_is(wh_buf_str(&buf), "0123456789"));
    assert_string_equal(wh_buf_cstr(&buf), "0123456789");
    assert_int_equal(wh_buf_append_byte(&buf, 'x', &err), WH_LIMIT);
}

static void an_empty_buffer_has_an_empty_text(void **state)
{
    (void)state;
    WH_CLEANUP(wh_buf_release) struct wh_buf buf;
    wh_buf_init(&buf, 0);
    assert_int_equal(wh_buf_str(&buf).len, 0);
    assert_string_equal(wh_buf_cstr(&buf), "");
    wh_buf_reset(&buf);
    wh_buf_release(NULL);
}

static void varints_take_seven_bits_a_byte(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t length;
        unsigned char last;
    } cases[] = {
        {0, 1, 0},     {127, 1, 127},       {128, 2, 1},         {16383, 2, 127},
        {16384, 3, 1}, {UINT32_MAX, 5, 15}, {INT64_MAX, 9, 127}, {UINT64_MAX, 10, 1},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(wh_buf_release) struct wh_buf buf;
        wh_buf_init(&buf, 100);
        assert_int_equal(wh_buf_append_varint(&buf, cases[i].value, NULL), WH_OK);
        assert_int_equal(buf.len, cases[i].length);
        assert_int_equal((unsigned char)buf.ptr[buf.len - 1], cases[i].last);
        for (size_t k = 0; k + 1 < buf.len; k++)
            assert_true(((unsigned char)buf.ptr[k] & 0x80) != 0);
    }
}

static void a_budget_gives_no_more_than_its_limit(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, 100);
    assert_true(wh_budget_take(&budget, 60));
    assert_false(wh_budget_take(&budget, 41));
    assert_true(wh_budget_take(&budget, 40));
    assert_false(wh_budget_take(&budget, 1));
    wh_budget_force(&budget, 50);
    assert_false(wh_budget_take(&budget, SIZE_MAX));
    assert_int_equal(budget.used, 150);
    assert_int_equal(budget.peak, 150);
    wh_budget_give(&budget, 150);
    assert_true(wh_budget_take(&budget, 100));
    assert_true(wh_budget_take(NULL, SIZE_MAX));
    wh_budget_init(&budget, 0);
    assert_true(wh_budget_take(&budget, (size_t)1 << 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_to_grow_above_its_maximum_and_keeps_its_contents),
        cmocka_unit_test(an_empty_buffer_has_an_empty_text),
        cmocka_unit_test(varints_take_seven_bits_a_byte),
        cmocka_unit_test(a_budget_gives_no_more_than_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
