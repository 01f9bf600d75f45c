/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static void hands_out_aligned_memory_that_does_not_overlap(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    unsigned char *pieces[300];
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = wh_arena_alloc(&arena, i * 7);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xFF), i * 7);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(pieces[i][k], i & 0xFF);
    wh_arena_release(&arena);
}

static void zero_bytes_are_an_empty_arena(void **state)
{
    (void)state;
    struct wh_arena arena = {0};
    assert_non_null(wh_arena_alloc(&arena, 0));
    assert_non_null(wh_arena_bytes(&arena, 0));
    wh_arena_release(&arena);
    wh_arena_release(&arena);
    wh_arena_release(NULL);
}

static void arrays_are_zeroed_also_in_used_memory(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    memset(wh_arena_alloc(&arena, 3000), 0xAA, 3000);
    wh_arena_reset(&arena, 1 << 20);
    const uint64_t *array = wh_arena_array(&arena, 300, sizeof(*array));
    assert_non_null(array);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(array[i], 0);
    wh_arena_release(&arena);
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    assert_null(wh_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(wh_arena_alloc(&arena, SIZE_MAX));
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str copy;
    assert_int_equal(wh_arena_copy(&arena, wh_str_make("", SIZE_MAX), &copy, &err), WH_NO_MEMORY);
    assert_non_null(wh_arena_alloc(&arena, 10));
    wh_arena_release(&arena);
}

static void reset_keeps_as_much_as_it_was_told(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < 100; i++)
        assert_non_null(wh_arena_alloc(&arena, 100000));
    assert_true(arena.allocated >= 100 * 100000);
    wh_arena_reset(&arena, 2 << 20);
    assert_true(arena.allocated <= 2 << 20);
    assert_true(arena.allocated > 0);
    wh_arena_reset(&arena, 0);
    assert_int_equal(arena.allocated, 0);
    wh_arena_release(&arena);
}

static void used_memory_does_not_grow_over_resets(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    size_t after_first = 0;
    for (size_t round = 0; round < 50; round++) {
        for (size_t i = 0; i < 200; i++)
            assert_non_null(wh_arena_alloc(&arena, 997 * (i % 7 + 1)));
        if (round == 1)
            after_first = arena.allocated;
        wh_arena_reset(&arena, 64 << 20);
    }
    assert_true(arena.allocated <= after_first * 2);
    wh_arena_release(&arena);
}

static void bytes_given_back_are_handed_out_again(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    char *first = wh_arena_bytes(&arena, 1000);
    assert_non_null(first);
    wh_arena_give_back(&arena, first + 10);
    char *second = wh_arena_bytes(&arena, 5);
    assert_ptr_equal(second, first + 10);
    wh_arena_release(&arena);
}

static void copies_and_formats_end_with_a_nul_that_is_not_counted(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str copy;
    assert_int_equal(wh_arena_copy(&arena, wh_str_make("abcdef", 3), &copy, &err), WH_OK);
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.ptr, "abc");
    assert_int_equal(wh_arena_copy(&arena, WH_STR_NONE, &copy, &err), WH_OK);
    assert_string_equal(copy.ptr, "");
    assert_int_equal(wh_arena_format(&arena, &copy, &err, "%s-%d", "x", 42), WH_OK);
    assert_int_equal(copy.len, 4);
    assert_string_equal(copy.ptr, "x-42");
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_aligned_memory_that_does_not_overlap),
        cmocka_unit_test(zero_bytes_are_an_empty_arena),
        cmocka_unit_test(arrays_are_zeroed_also_in_used_memory),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(reset_keeps_as_much_as_it_was_told),
        cmocka_unit_test(used_memory_does_not_grow_over_resets),
        cmocka_unit_test(bytes_given_back_are_handed_out_again),
        cmocka_unit_test(copies_and_formats_end_with_a_nul_that_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
