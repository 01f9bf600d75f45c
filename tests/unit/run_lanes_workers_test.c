/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/clock.h"
#include "base/crew.h"
#include "base/error.h"
#include "base/macros.h"
#include "run/lanes.h"

/* ---- what is measured ------------------------------------------------------------------------ */

enum { ROWS = 10000 };

/* Writers of a destination that @p useful of them keep busy: more are no faster. */
struct simulation {
    struct wh_lanes lanes;
    unsigned useful;
    double now;
    unsigned most_open;
};

static void write_groups(struct simulation *simulation, unsigned count)
{
    struct wh_lanes *lanes = &simulation->lanes;
    const atomic_bool stop = false;
    for (unsigned i = 0; i < count; i++) {
        assert_true(wh_lanes_enter(lanes, NULL, &stop));
        simulation->now += 0.1 / WH_MIN(lanes->open, simulation->useful);
        wh_lanes_leave(lanes, ROWS, simulation->now);
        simulation->most_open = WH_MAX(simulation->most_open, lanes->open);
    }
}

static void one_lane_stays_where_two_are_no_faster(void **state)
{
    (void)state;
    struct simulation simulation = {.useful = 1};
    wh_lanes_init(&simulation.lanes, 2);
    write_groups(&simulation, 100);
    assert_int_equal(simulation.most_open, 2);
    assert_int_equal(simulation.lanes.open, 1);
    wh_lanes_release(&simulation.lanes);
}

static void as_many_lanes_are_opened_as_make_it_faster(void **state)
{
    (void)state;
    struct simulation simulation = {.useful = 4};
    wh_lanes_init(&simulation.lanes, 16);
    write_groups(&simulation, 300);
    assert_int_equal(simulation.most_open, 8);
    assert_int_equal(simulation.lanes.open, 4);
    wh_lanes_release(&simulation.lanes);
}

static void lanes_are_closed_again_once_they_are_no_use(void **state)
{
    (void)state;
    struct simulation simulation = {.useful = 2};
    wh_lanes_init(&simulation.lanes, 2);
    write_groups(&simulation, 50);
    assert_int_equal(simulation.lanes.open, 2);
    simulation.useful = 1;
    write_groups(&simulation, 400);
    assert_int_equal(simulation.lanes.open, 1);
    wh_lanes_release(&simulation.lanes);
}

static void a_single_lane_stays_single_however_fast_more_were(void **state)
{
    (void)state;
    struct simulation simulation = {.useful = 4};
    wh_lanes_init(&simulation.lanes, 16);
    write_groups(&simulation, 300);
    assert_int_equal(simulation.lanes.open, 4);
    simulation.most_open = 0;
    wh_lanes_make_single(&simulation.lanes);
    write_groups(&simulation, 300);
    assert_int_equal(simulation.most_open, 1);
    wh_lanes_release(&simulation.lanes);
}

/* ---- who waits ------------------------------------------------------------------------------- */

enum { WORKERS = 4, ENTRIES = 500 };

struct work {
    struct wh_lanes lanes;
    struct wh_cancel cancel;
    atomic_bool stop;
    atomic_uint inside;
    atomic_uint most_inside;
    double waited;
    bool has_entered;
};

static wh_code pass_through(void *ctx, unsigned worker, struct wh_error *err)
{
    struct work *work = ctx;
    (void)worker;
    (void)err;
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!wh_lanes_enter(&work->lanes, NULL, &work->stop))
            return WH_OK;
        unsigned inside = atomic_fetch_add(&work->inside, 1) + 1;
        if (inside > atomic_load(&work->most_inside))
            atomic_store(&work->most_inside, inside);
        atomic_fetch_sub(&work->inside, 1);
        /* No time passes: nothing is measured. */
        wh_lanes_leave(&work->lanes, 1, 0);
    }
    return WH_OK;
}

static void a_lane_holds_one_worker_at_a_time(void **state)
{
    (void)state;
    struct work work = {.inside = 0};
    struct wh_error err = WH_ERROR_NONE;
    wh_lanes_init(&work.lanes, WORKERS);
    assert_int_equal(wh_crew_run(WORKERS, pass_through, &work, &err), WH_OK);
    assert_int_equal(atomic_load(&work.most_inside), 1);
    assert_int_equal(work.lanes.taken, 0);
    wh_lanes_release(&work.lanes);
}

static void await_and_note(struct work *work)
{
    double began = wh_clock_seconds();
    work->has_entered = wh_lanes_enter(&work->lanes, &work->cancel, &work->stop);
    work->waited = wh_clock_seconds() - began;
}

static void a_lane_that_is_held_for_long_is_not_waited_for(void **state)
{
    (void)state;
    struct work work = {.inside = 0};
    wh_lanes_init(&work.lanes, 2);
    assert_true(wh_lanes_enter(&work.lanes, NULL, &work.stop));
    await_and_note(&work);
    assert_true(work.has_entered);
    assert_true(work.waited >= WH_LANES_LONGEST_WAIT);
    /* And from then on nobody waits. */
    wh_lanes_leave(&work.lanes, 1, 0);
    await_and_note(&work);
    assert_true(work.has_entered);
    assert_true(work.waited < WH_LANES_LONGEST_WAIT / 2);
    wh_lanes_release(&work.lanes);
}

static wh_code wait_or_stop(void *ctx, unsigned worker, struct wh_error *err)
{
    static const struct timespec moment = {.tv_nsec = 50000000L};
    struct work *work = ctx;
    (void)err;
    if (worker == 0) {
        await_and_note(work);
        return WH_OK;
    }
    nanosleep(&moment, NULL);
    wh_cancel_raise(&work->cancel, WH_CANCEL_AFTER_GROUP);
    return WH_OK;
}

static void who_wants_to_stop_is_heard_while_a_worker_waits(void **state)
{
    (void)state;
    struct work work = {.inside = 0};
    struct wh_error err = WH_ERROR_NONE;
    wh_lanes_init(&work.lanes, 2);
    assert_true(wh_lanes_enter(&work.lanes, NULL, &work.stop));
    assert_int_equal(wh_crew_run(2, wait_or_stop, &work, &err), WH_OK);
    assert_false(work.has_entered);
    assert_true(work.waited < WH_LANES_LONGEST_WAIT);
    assert_int_equal(work.lanes.taken, 1);
    wh_lanes_release(&work.lanes);
}

static wh_code wait_or_stop_late(void *ctx, unsigned worker, struct wh_error *err)
{
    static const struct timespec long_wait = {.tv_sec = 1, .tv_nsec = 300000000L};
    if (worker != 0)
        nanosleep(&long_wait, NULL);
    return wait_or_stop(ctx, worker, err);
}

static void a_single_lane_is_waited_for_however_long_it_is_held(void **state)
{
    (void)state;
    struct work work = {.inside = 0};
    struct wh_error err = WH_ERROR_NONE;
    wh_lanes_init(&work.lanes, 2);
    wh_lanes_make_single(&work.lanes);
    assert_true(wh_lanes_enter(&work.lanes, NULL, &work.stop));
    assert_int_equal(wh_crew_run(2, wait_or_stop_late, &work, &err), WH_OK);
    assert_false(work.has_entered);
    assert_true(work.waited >= WH_LANES_LONGEST_WAIT);
    wh_lanes_release(&work.lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_lane_stays_where_two_are_no_faster),
        cmocka_unit_test(as_many_lanes_are_opened_as_make_it_faster),
        cmocka_unit_test(lanes_are_closed_again_once_they_are_no_use),
        cmocka_unit_test(a_single_lane_stays_single_however_fast_more_were),
        cmocka_unit_test(a_lane_holds_one_worker_at_a_time),
        cmocka_unit_test(a_lane_that_is_held_for_long_is_not_waited_for),
        cmocka_unit_test(who_wants_to_stop_is_heard_while_a_worker_waits),
        cmocka_unit_test(a_single_lane_is_waited_for_however_long_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
