/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crew.h"
#include "base/error.h"
#include "ledger/page_queue.h"

enum { STEPS = 5000, FEW_STEPS = WH_PAGES_WORTH_WAKING / 2 };

struct both {
    struct wh_page_queue queue;
    uint64_t steps;
    uint64_t fails_at; /* the step that cannot be written */
    uint64_t written;
    wh_code made; /* what the maker came to */
};

static wh_code make(struct both *both, struct wh_error *err)
{
    for (uint64_t i = 0; i < both->steps; i++) {
        struct wh_str page = wh_str_make((const char *)&i, sizeof(i));
        if (i % 3 == 0)
            WH_TRY(wh_page_queue_remove(&both->queue, i, err));
        else
            WH_TRY(wh_page_queue_add(&both->queue, i, i + 1, page, err));
    }
    return WH_OK;
}

static wh_code write_all(struct both *both, struct wh_error *err)
{
    const struct wh_page_step *step;
    while ((step = wh_page_queue_next(&both->queue)) != NULL) {
        uint64_t i = both->written++;
        if (i == both->fails_at)
            return wh_error_set(err, WH_IO, "no room");
        WH_ASSERT(step->first_hash == i && step->removes == (i % 3 == 0), err);
        WH_ASSERT(step->removes || step->entries == i + 1, err);
        struct wh_str page = wh_str_make((const char *)&i, sizeof(i));
        WH_ASSERT(step->removes || wh_str_equal(wh_buf_str(&step->page), page), err);
        wh_page_queue_pass(&both->queue);
    }
    return WH_OK;
}

static wh_code make_or_write(void *ctx, unsigned worker, struct wh_error *err)
{
    struct both *both = ctx;
    if (worker == 1) {
        both->made = make(both, err);
        wh_page_queue_end(&both->queue);
        return both->made == WH_STOPPED ? WH_OK : both->made;
    }
    wh_code rc = write_all(both, err);
    if (rc != WH_OK)
        wh_page_queue_stop(&both->queue);
    return rc;
}

static void move(uint64_t steps)
{
    struct both both = {.steps = steps, .fails_at = steps};
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = WH_BUG;
    wh_page_queue_init(&both.queue);
    assert_true(wh_crew_run_pair(make_or_write, &both, &rc, &err));
    assert_int_equal(rc, WH_OK);
    assert_int_equal(both.written, steps);
    wh_page_queue_release(&both.queue);
}

static void steps_come_out_as_they_were_put_in(void **state)
{
    (void)state;
    move(STEPS);
}

static void fewer_steps_than_are_worth_waking_for_come_out_too(void **state)
{
    (void)state;
    move(0);
    move(1);
    move(FEW_STEPS);
}

static void a_writer_that_fails_ends_the_making(void **state)
{
    (void)state;
    struct both both = {.steps = STEPS, .fails_at = 7};
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = WH_BUG;
    wh_page_queue_init(&both.queue);
    assert_true(wh_crew_run_pair(make_or_write, &both, &rc, &err));
    assert_int_equal(rc, WH_IO);
    assert_string_equal(err.message, "no room");
    assert_int_equal(both.made, WH_STOPPED);
    wh_page_queue_release(&both.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_come_out_as_they_were_put_in),
        cmocka_unit_test(fewer_steps_than_are_worth_waking_for_come_out_too),
        cmocka_unit_test(a_writer_that_fails_ends_the_making),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
