/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "base/budget.h"
#include "base/crew.h"
#include "base/error.h"

struct shared {
    atomic_uint seen[WH_CREW_MAX];
    atomic_uint total;
    unsigned fails_from;
    struct wh_budget *budget;
};

static wh_code count_up(void *ctx, unsigned worker, struct wh_error *err)
{
    struct shared *shared = ctx;
    atomic_fetch_add(&shared->seen[worker], 1);
    for (unsigned i = 0; i < 1000; i++)
        atomic_fetch_add(&shared->total, 1);
    if (worker >= shared->fails_from)
        return wh_error_set(err, WH_IO, "worker %u", worker);
    return WH_OK;
}

static void each_worker_does_its_part_once(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 7, WH_CREW_MAX};
    for (size_t i = 0; i < WH_COUNT_OF(counts); i++) {
        struct shared shared = {.fails_from = WH_CREW_MAX};
        assert_int_equal(wh_crew_run(counts[i], count_up, &shared, NULL), WH_OK);
        assert_int_equal(shared.total, counts[i] * 1000);
        for (unsigned worker = 0; worker < WH_CREW_MAX; worker++)
            assert_int_equal(shared.seen[worker], worker < counts[i]);
    }
}

static void the_error_of_one_worker_is_the_crews(void **state)
{
    (void)state;
    struct shared shared = {.fails_from = 3};
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_crew_run(4, count_up, &shared, &err), WH_IO);
    assert_string_equal(err.message, "worker 3");
    assert_int_equal(shared.total, 4000);
}

static wh_code take_and_give(void *ctx, unsigned worker, struct wh_error *err)
{
    struct shared *shared = ctx;
    for (size_t i = 0; i < 20000; i++) {
        size_t size = (i + worker) % 7 + 1;
        if (!wh_budget_take(shared->budget, size))
            continue;
        if (shared->budget->used > 10)
            return wh_error_set(err, WH_LIMIT, "above the limit");
        wh_budget_give(shared->budget, size);
    }
    return WH_OK;
}

static void a_budget_holds_among_threads(void **state)
{
    (void)state;
    struct wh_budget budget;
    wh_budget_init(&budget, 10);
    struct shared shared = {.budget = &budget};
    assert_int_equal(wh_crew_run(4, take_and_give, &shared, NULL), WH_OK);
    assert_int_equal(budget.used, 0);
    assert_true(budget.peak <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_does_its_part_once),
        cmocka_unit_test(the_error_of_one_worker_is_the_crews),
        cmocka_unit_test(a_budget_holds_among_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
