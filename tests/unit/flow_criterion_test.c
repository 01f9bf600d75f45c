/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <string.h>

#include "flow/criterion.h"

/* A criterion that is being decided from hand-made entries. */
struct fixture {
    struct wh_budget budget;
    struct wh_criterion criterion;
    struct wh_spill_filler *filler;
    struct wh_error err;
};

static void open_fixture(struct fixture *fixture, enum wh_survivor keep)
{
    *fixture = (struct fixture){.criterion = {.keep = keep}, .err = WH_ERROR_NONE};
    wh_budget_init(&fixture->budget, 64 << 20);
    struct wh_spill_options options = {.record_size = wh_criterion_entry_size(&fixture->criterion),
                                       .budget = &fixture->budget};
    assert_int_equal(wh_spill_set_new(&options, &fixture->criterion.entries, &fixture->err), WH_OK);
    assert_int_equal(
        wh_spill_filler_open(fixture->criterion.entries, &fixture->filler, &fixture->err), WH_OK);
}

/* A record with a value that makes it the same as others, and one that orders it among them. */
static void add(struct fixture *fixture, uint64_t record, const char *same, int order)
{
    struct wh_survey_entry entry = {.hash = wh_hash128_bytes(wh_str_from(same)), .record = record};
    entry.order[0] = (uint8_t)order;
    assert_int_equal(wh_spill_filler_add(fixture->filler, &entry, 1, &fixture->err), WH_OK);
}

static void decide(struct fixture *fixture, const struct wh_criterion *earlier, size_t count)
{
    assert_int_equal(wh_spill_filler_close(fixture->filler, &fixture->err), WH_OK);
    assert_int_equal(
        wh_criterion_decide(&fixture->criterion, earlier, count, &fixture->budget, &fixture->err),
        WH_OK);
}

static void assert_lost(const struct fixture *fixture, uint64_t record, uint64_t winner)
{
    const struct wh_loser *loser = wh_criterion_find(&fixture->criterion, record);
    assert_non_null(loser);
    assert_int_equal(loser->winner, winner);
}

static void assert_won(const struct fixture *fixture, uint64_t record)
{
    assert_null(wh_criterion_find(&fixture->criterion, record));
}

static void close_fixture(struct fixture *fixture)
{
    wh_criterion_release(&fixture->criterion, &fixture->budget);
    assert_int_equal(atomic_load(&fixture->budget.used), 0);
}

static void the_first_wins_whatever_the_order_of_arrival(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, WH_SURVIVOR_FIRST);
    add(&fixture, 9, "a", 0);
    add(&fixture, 3, "a", 0);
    add(&fixture, 5, "a", 0);
    add(&fixture, 4, "b", 0);
    decide(&fixture, NULL, 0);
    assert_won(&fixture, 3);
    assert_won(&fixture, 4);
    assert_lost(&fixture, 5, 3);
    assert_lost(&fixture, 9, 3);
    close_fixture(&fixture);
}

static void the_last_can_be_the_one_to_keep(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, WH_SURVIVOR_LAST);
    add(&fixture, 3, "a", 0);
    add(&fixture, 9, "a", 0);
    decide(&fixture, NULL, 0);
    assert_won(&fixture, 9);
    assert_lost(&fixture, 3, 9);
    close_fixture(&fixture);
}

static void the_smallest_order_wins_and_the_first_among_equals(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, WH_SURVIVOR_MIN);
    add(&fixture, 1, "a", 7);
    add(&fixture, 2, "a", 3);
    add(&fixture, 3, "a", 3);
    decide(&fixture, NULL, 0);
    assert_won(&fixture, 2);
    assert_lost(&fixture, 1, 2);
    assert_lost(&fixture, 3, 2);
    close_fixture(&fixture);
}

static void losers_of_an_earlier_decision_take_no_part(void **state)
{
    (void)state;
    struct fixture first;
    struct fixture second;
    open_fixture(&first, WH_SURVIVOR_FIRST);
    add(&first, 1, "a", 0);
    add(&first, 2, "a", 0);
    decide(&first, NULL, 0);
    open_fixture(&second, WH_SURVIVOR_FIRST);
    add(&second, 2, "b", 0);
    add(&second, 3, "b", 0);
    decide(&second, &first.criterion, 1);
    assert_won(&second, 3);
    close_fixture(&second);
    close_fixture(&first);
}

static void those_that_only_warned_do(void **state)
{
    (void)state;
    struct fixture first;
    struct fixture second;
    open_fixture(&first, WH_SURVIVOR_FIRST);
    first.criterion.only_warns = true;
    add(&first, 1, "a", 0);
    add(&first, 2, "a", 0);
    decide(&first, NULL, 0);
    open_fixture(&second, WH_SURVIVOR_FIRST);
    add(&second, 2, "b", 0);
    add(&second, 3, "b", 0);
    decide(&second, &first.criterion, 1);
    assert_lost(&second, 3, 2);
    close_fixture(&second);
    close_fixture(&first);
}

static void many_entries_are_decided_exactly(void **state)
{
    (void)state;
    enum { VALUES = 20000, EACH = 3 };
    struct fixture fixture;
    char text[32];
    open_fixture(&fixture, WH_SURVIVOR_FIRST);
    for (uint64_t record = VALUES * EACH; record > 0; record--) {
        snprintf(text, sizeof(text), "value %llu", (unsigned long long)(record % VALUES));
        add(&fixture, record, text, 0);
    }
    decide(&fixture, NULL, 0);
    assert_int_equal(fixture.criterion.loser_count, VALUES * (EACH - 1));
    for (uint64_t record = 1; record <= VALUES; record++)
        assert_won(&fixture, record);
    assert_lost(&fixture, VALUES + 1, 1);
    assert_lost(&fixture, 2 * VALUES + 7, 7);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_wins_whatever_the_order_of_arrival),
        cmocka_unit_test(the_last_can_be_the_one_to_keep),
        cmocka_unit_test(the_smallest_order_wins_and_the_first_among_equals),
        cmocka_unit_test(losers_of_an_earlier_decision_take_no_part),
        cmocka_unit_test(those_that_only_warned_do),
        cmocka_unit_test(many_entries_are_decided_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
