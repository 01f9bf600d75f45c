/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/crew.h"
#include "data/hash.h"
#include "ledger/state.h"
#include "ledger_fixture.h"

enum { WORKERS = 4, GROUPS = 40, GROUP_ITEMS = 500 };

static uint64_t mix(uint64_t value)
{
    return wh_hash_bytes(wh_str_make((const char *)&value, sizeof(value)), 9);
}

static struct wh_state *load(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state *state = NULL;
    struct wh_state_options options = {
        .migration = WH_STR("shop"), .item = WH_STR("customer"), .budget = &fixture->budget};
    assert_int_equal(wh_state_load(fixture->ledger, &options, &state, &err), WH_OK);
    return state;
}

/* Adds groups of its own, and looks for what an earlier run left at the same time. */
static wh_code add_groups(void *ctx, unsigned worker, struct wh_error *err)
{
    struct wh_state *state = ctx;
    struct wh_state_entry entries[GROUP_ITEMS];
    struct wh_state_entry found;
    for (uint64_t group = 0; group < GROUPS; group++) {
        uint64_t first = (worker * GROUPS + group) * GROUP_ITEMS;
        for (uint64_t i = 0; i < GROUP_ITEMS; i++)
            entries[i] =
                (struct wh_state_entry){.hash = mix(first + i), .segment = (uint32_t)first + 2};
        wh_code rc = wh_state_add(state, entries, GROUP_ITEMS, err);
        if (rc != WH_OK)
            return rc;
        if (!wh_state_find(state, mix(UINT64_MAX), false, &found) ||
            wh_state_find(state, entries[0].hash, false, &found))
            return WH_BUG;
    }
    return WH_OK;
}

static wh_code count_entry(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    (void)entry;
    (void)err;
    (*(size_t *)ctx)++;
    return WH_OK;
}

static void workers_add_while_others_find(void **unused)
{
    (void)unused;
    struct ledger_fixture fixture;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state_entry earlier = {.hash = mix(UINT64_MAX), .segment = 1};
    ledger_fixture_make(&fixture);
    ledger_fixture_open(&fixture);
    struct wh_state *state = load(&fixture);
    assert_int_equal(wh_state_add(state, &earlier, 1, &err), WH_OK);
    assert_int_equal(wh_state_save(state, fixture.ledger, &err), WH_OK);
    wh_state_free(state);
    state = load(&fixture);
    assert_int_equal(wh_crew_run(WORKERS, add_groups, state, &err), WH_OK);
    assert_int_equal(wh_state_save(state, fixture.ledger, &err), WH_OK);
    size_t count = 0;
    assert_int_equal(wh_state_each(state, count_entry, &count, &err), WH_OK);
    assert_int_equal(count, WORKERS * GROUPS * GROUP_ITEMS + 1);
    wh_state_free(state);
    state = load(&fixture);
    assert_int_equal(wh_state_count(state, false), count);
    wh_state_free(state);
    ledger_fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(workers_add_while_others_find)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
