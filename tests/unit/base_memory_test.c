/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/buf.h"

static void what_an_arena_hands_out_is_aligned_and_apart(void **state)
{
    (void)state;
    struct wh_arena arena;
    char *blocks[200];
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_COUNT_OF(blocks); i++) {
        size_t size = i * 97 % 5000;
        blocks[i] = wh_arena_alloc(&arena, size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < WH_COUNT_OF(blocks); i++)
        for (size_t j = 0; j < i * 97 % 5000; j++)
            assert_int_equal((unsigned char)blocks[i][j], i);
    wh_arena_release(&arena);
}

static void an_arena_can_be_used_again_and_keeps_no_more_than_asked(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(wh_arena_alloc(&arena, 3000));
        wh_arena_reset(&arena, 64 << 10);
        assert_true(arena.allocated <= 64 << 10);
    }
    wh_arena_release(&arena);
    wh_arena_release(&arena);
}

static void an_array_too_large_for_memory_is_refused(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    assert_null(wh_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(wh_arena_alloc(&arena, SIZE_MAX - 8));
    const char *zeros = wh_arena_array(&arena, 1000, 1);
    assert_non_null(zeros);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(zeros[i], 0);
    wh_arena_release(&arena);
}

static void a_buffer_stops_at_its_maximum_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct wh_buf buf;
    struct wh_error err = WH_ERROR_NONE;
    wh_buf_init(&buf, 10);
    assert_int_equal(wh_buf_append_str(&buf, WH_STR("12345678"), &err), WH_OK);
    assert_int_equal(wh_buf_append_str(&buf, WH_STR("9ab"), &err), WH_LIMIT);
    assert_true(wh_str_is(wh_buf_str(&buf), "12345678"));
    assert_int_equal(wh_buf_printf(&buf, &err, "%d", 90), WH_OK);
    assert_int_equal(wh_buf_printf(&buf, &err, "x"), WH_LIMIT);
    assert_string_equal(wh_buf_cstr(&buf), "1234567890");
    wh_buf_release(&buf);
}

static void varints_take_as_many_bytes_as_they_need(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t bytes;
    } cases[] = {{0, 1}, {127, 1}, {128, 2}, {UINT32_MAX, 5}, {UINT64_MAX, 10}};
    struct wh_error err = WH_ERROR_NONE;
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_buf buf;
        uint64_t value = 0;
        wh_buf_init(&buf, 100);
        assert_int_equal(wh_buf_append_varint(&buf, cases[i].value, &err), WH_OK);
        assert_int_equal(buf.len, cases[i].bytes);
        for (size_t j = buf.len; j-- > 0;)
            value = value << 7 | ((unsigned char)buf.ptr[j] & 0x7f);
        assert_true(value == cases[i].value);
        wh_buf_release(&buf);
    }
}

static void a_budget_gives_no_more_than_it_has_unless_forced(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, 100);
    assert_true(wh_budget_take(&budget, 60));
    assert_false(wh_budget_take(&budget, 41));
    assert_false(wh_budget_take(&budget, SIZE_MAX));
    wh_budget_force(&budget, 50);
    assert_false(wh_budget_take(&budget, 1));
    wh_budget_give(&budget, 110);
    assert_true(wh_budget_take(&budget, 100));
    assert_int_equal(atomic_load(&budget.peak), 110);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_arena_hands_out_is_aligned_and_apart),
        cmocka_unit_test(an_arena_can_be_used_again_and_keeps_no_more_than_asked),
        cmocka_unit_test(an_array_too_large_for_memory_is_refused),
        cmocka_unit_test(a_buffer_stops_at_its_maximum_and_keeps_what_it_has),
        cmocka_unit_test(varints_take_as_many_bytes_as_they_need),
        cmocka_unit_test(a_budget_gives_no_more_than_it_has_unless_forced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
