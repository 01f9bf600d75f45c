/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "spill/room.h"

enum { LIMIT = 1 << 20, HALF = LIMIT / 2 };

static struct wh_spill_room take(struct wh_budget *budget, size_t size)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_spill_ground ground = {.budget = budget};
    struct wh_spill_room room;
    assert_int_equal(wh_spill_room_take(&room, &ground, size, &err), WH_OK);
    assert_non_null(room.bytes);
    assert_int_equal((uintptr_t)room.bytes % 16, 0);
    return room;
}

static wh_code refuse(const char *folder, struct wh_error *err)
{
    struct wh_budget budget;
    struct wh_spill_room room;
    struct wh_spill_ground ground = {.budget = &budget, .folder = folder};
    wh_budget_init(&budget, LIMIT);
    wh_code rc = wh_spill_room_take(&room, &ground, HALF + 1, err);
    assert_null(room.bytes);
    assert_int_equal(atomic_load(&budget.used), 0);
    wh_spill_room_release(&room);
    return rc;
}

static void half_of_the_budget_is_memory(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, LIMIT);
    struct wh_spill_room room = take(&budget, HALF);
    assert_false(room.is_mapped);
    assert_int_equal(atomic_load(&budget.used), HALF);
    memset(room.bytes, 1, HALF);
    wh_spill_room_release(&room);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void more_than_half_is_mapped(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, LIMIT);
    struct wh_spill_room one = take(&budget, HALF + 1);
    struct wh_spill_room other = take(&budget, 8 * LIMIT);
    assert_true(one.is_mapped && other.is_mapped);
    assert_int_equal(atomic_load(&budget.used), 0);
    memset(one.bytes, 1, one.size);
    memset(other.bytes, 2, other.size);
    assert_int_equal(one.bytes[HALF], 1);
    assert_int_equal(other.bytes[8 * LIMIT - 1], 2);
    wh_spill_room_release(&one);
    wh_spill_room_release(&other);
    assert_null(other.bytes);
}

static void what_others_have_drawn_is_not_there(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, LIMIT);
    assert_true(wh_budget_take(&budget, LIMIT - HALF + 1));
    struct wh_spill_room room = take(&budget, HALF);
    assert_true(room.is_mapped);
    wh_spill_room_release(&room);
    assert_int_equal(atomic_load(&budget.used), LIMIT - HALF + 1);
}

static void little_is_always_memory(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, 1);
    struct wh_spill_room room = take(&budget, 1000);
    assert_false(room.is_mapped);
    assert_int_equal(atomic_load(&budget.used), 1000);
    wh_spill_room_release(&room);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void without_a_limit_all_is_memory(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, 0);
    struct wh_spill_room of_budget = take(&budget, 4 * LIMIT);
    struct wh_spill_room of_none = take(NULL, 4 * LIMIT);
    assert_false(of_budget.is_mapped || of_none.is_mapped);
    wh_spill_room_release(&of_budget);
    wh_spill_room_release(&of_none);
}

static void a_folder_that_is_missing_is_named(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(refuse("/nowhere/at/all", &err), WH_IO);
    assert_non_null(strstr(err.message, "/nowhere/at/all"));
}

static void a_full_disk_is_told_before_the_room_is_used(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = HALF, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    wh_code rc = refuse(NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(rc, WH_IO);
    assert_non_null(strstr(err.message, "cannot grow"));
    assert_non_null(strstr(err.message, "TMPDIR, or raise limits.memory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_the_budget_is_memory),
        cmocka_unit_test(more_than_half_is_mapped),
        cmocka_unit_test(what_others_have_drawn_is_not_there),
        cmocka_unit_test(little_is_always_memory),
        cmocka_unit_test(without_a_limit_all_is_memory),
        cmocka_unit_test(a_folder_that_is_missing_is_named),
        cmocka_unit_test(a_full_disk_is_told_before_the_room_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
