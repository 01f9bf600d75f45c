/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/macros.h"
#include "flow/seen_keys.h"

enum { MANY = 50000 };

static struct wh_key_list list_of(int64_t *keys, size_t count)
{
    struct wh_key_list list = {.keys = keys, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct wh_key_range one = {.first = keys[i], .last = keys[i], .has_keys = true};
        wh_key_range_append(&list.range, &one);
    }
    return list;
}

static bool append(struct wh_seen_keys *seen, int64_t *keys, size_t count)
{
    struct wh_key_list list = list_of(keys, count);
    return wh_seen_keys_append(seen, &list);
}

/* None seen yet, with @p memory bytes to mark them in; 0: as many as it takes. */
static struct wh_seen_keys none_seen(struct wh_budget *budget, bool marks, size_t memory)
{
    struct wh_seen_keys seen;
    wh_budget_init(budget, memory);
    wh_seen_keys_init(&seen, marks, budget);
    return seen;
}

/* Each number below MANY once, from a full cycle of a linear congruence; moved by @p offset. */
static void shuffle(int64_t *keys, int64_t offset)
{
    uint64_t at = 7;
    for (size_t i = 0; i < MANY; i++) {
        do
            at = (at * 5 + 3) % 65536;
        while (at >= MANY);
        keys[i] = (int64_t)at + offset;
    }
}

static void keys_may_come_in_any_order(void **state)
{
    (void)state;
    static int64_t keys[MANY];
    struct wh_budget budget;
    struct wh_seen_keys seen = none_seen(&budget, true, 0);
    shuffle(keys, -MANY / 3);
    for (size_t i = 0; i < MANY; i += MANY / 10)
        assert_true(append(&seen, keys + i, MANY / 10));
    assert_true(append(&seen, (int64_t[]){INT64_MIN, INT64_MAX, MANY * INT64_C(100)}, 3));
    assert_false(append(&seen, &keys[MANY / 2], 1));
    wh_seen_keys_release(&seen);
    assert_int_equal(budget.used, 0);
}

static void a_key_that_repeats_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static int64_t keys[MANY];
    const int64_t edges[] = {INT64_MIN, INT64_MAX, -1, 0, -32768, 32767};
    struct wh_budget budget;
    wh_budget_init(&budget, 0);
    shuffle(keys, INT64_C(1) << 40);
    for (size_t i = 0; i < WH_COUNT_OF(edges); i++) {
        struct wh_seen_keys seen;
        int64_t twice[] = {edges[i], edges[i]};
        wh_seen_keys_init(&seen, true, &budget);
        assert_true(append(&seen, keys, MANY));
        assert_true(append(&seen, twice, 1));
        assert_true(append(&seen, (int64_t[]){5}, 1));
        assert_false(append(&seen, twice, 1));
        wh_seen_keys_release(&seen);
        wh_seen_keys_init(&seen, true, &budget);
        assert_false(append(&seen, twice, 2));
        wh_seen_keys_release(&seen);
    }
}

static void without_marks_keys_must_rise(void **state)
{
    (void)state;
    struct wh_budget budget;
    struct wh_seen_keys seen = none_seen(&budget, false, 0);
    assert_true(append(&seen, (int64_t[]){-5, 3}, 2));
    assert_true(append(&seen, NULL, 0));
    assert_true(append(&seen, (int64_t[]){4, 900}, 2));
    assert_false(append(&seen, (int64_t[]){899}, 1));
    wh_seen_keys_release(&seen);
}

/* Every key has a page of its own: soon none is marked any more,
 * and then only their order tells. */
static void keys_far_apart_are_told_apart_by_their_order_alone(void **state)
{
    (void)state;
    static int64_t keys[MANY];
    struct wh_budget budget;
    struct wh_seen_keys seen = none_seen(&budget, true, 0);
    for (int64_t i = 0; i < MANY; i++)
        keys[i] = i << 20;
    assert_true(append(&seen, keys, MANY));
    assert_int_equal(budget.used, 0);
    assert_true((size_t)budget.peak <= (size_t)8 << 20);
    assert_true(append(&seen, (int64_t[]){INT64_MAX}, 1));
    assert_false(append(&seen, (int64_t[]){1}, 1));
    wh_seen_keys_release(&seen);
}

static void without_memory_keys_must_rise(void **state)
{
    (void)state;
    static int64_t keys[MANY];
    struct wh_budget budget;
    struct wh_seen_keys seen = none_seen(&budget, true, (size_t)20 << 10);
    assert_true(append(&seen, (int64_t[]){2, 1}, 2));
    shuffle(keys, 0);
    assert_false(append(&seen, keys + 100, MANY - 100));
    assert_int_equal(budget.used, 0);
    wh_seen_keys_release(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_may_come_in_any_order),
        cmocka_unit_test(a_key_that_repeats_is_found_wherever_it_stands),
        cmocka_unit_test(without_marks_keys_must_rise),
        cmocka_unit_test(keys_far_apart_are_told_apart_by_their_order_alone),
        cmocka_unit_test(without_memory_keys_must_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
