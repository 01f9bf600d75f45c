/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "base/crew.h"
#include "base/error.h"
#include "run/turn.h"

enum { TURNS = 400, WORKERS = 4 };

struct work {
    struct wh_turn turn;
    atomic_size_t next;
    size_t order[TURNS]; /* written by whoever has the turn */
    size_t count;
    size_t fail_at; /* the turn that fails; TURNS: none */
};

static wh_code take_turns(void *ctx, unsigned worker, struct wh_error *err)
{
    struct work *work = ctx;
    for (;;) {
        size_t mine = atomic_fetch_add(&work->next, 1);
        if (mine >= TURNS || !wh_turn_wait(&work->turn, mine))
            return WH_OK;
        if (mine == work->fail_at) {
            wh_turn_end(&work->turn);
            return wh_error_set(err, WH_IO, "worker %u failed at %zu", worker, mine);
        }
        work->order[work->count++] = mine;
        wh_turn_pass(&work->turn);
    }
}

static void turns_come_in_order_whoever_takes_them(void **state)
{
    (void)state;
    struct work work = {.fail_at = TURNS};
    struct wh_error err = WH_ERROR_NONE;
    wh_turn_init(&work.turn);
    assert_int_equal(wh_crew_run(WORKERS, take_turns, &work, &err), WH_OK);
    assert_int_equal(work.count, TURNS);
    for (size_t i = 0; i < TURNS; i++)
        assert_int_equal(work.order[i], i);
    wh_turn_release(&work.turn);
}

static void a_failure_ends_all_waiting_and_is_told(void **state)
{
    (void)state;
    struct work work = {.fail_at = 100};
    struct wh_error err = WH_ERROR_NONE;
    wh_turn_init(&work.turn);
    assert_int_equal(wh_crew_run(WORKERS, take_turns, &work, &err), WH_IO);
    assert_int_equal(err.code, WH_IO);
    assert_non_null(strstr(err.message, "failed at 100"));
    assert_int_equal(work.count, 100);
    wh_turn_release(&work.turn);
}

static wh_code count_worker(void *ctx, unsigned worker, struct wh_error *err)
{
    (void)err;
    atomic_uint *seen = ctx;
    atomic_fetch_or(seen, 1u << worker);
    return WH_OK;
}

static void every_worker_works_once(void **state)
{
    (void)state;
    atomic_uint seen = 0;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_crew_run(7, count_worker, &seen, &err), WH_OK);
    assert_int_equal(atomic_load(&seen), (1u << 7) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_come_in_order_whoever_takes_them),
        cmocka_unit_test(a_failure_ends_all_waiting_and_is_told),
        cmocka_unit_test(every_worker_works_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
