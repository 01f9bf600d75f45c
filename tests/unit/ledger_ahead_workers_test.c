/* SPDX-License-Identifier: Apache-2.0 */
/* State that is written while groups are committed, by a connector that appends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/crew.h"
#include "base/error.h"
#include "connect/sqlite/sqlite.h"
#include "data/hash.h"
#include "ledger/state.h"
#include "ledger_fixture.h"

/* What is added in all may wait, so that nothing depends on who is faster. */
enum { GROUPS = 12, GROUP_ITEMS = 20000, LAYERS = 3, ITEMS = GROUPS * GROUP_ITEMS };

/* ---- a connector that appends ---------------------------------------------------------------- */

struct wh_append {
    const struct wh_destination_functions *functions;
    struct wh_statement *statement;
    bool fails;
};

struct fixture {
    struct ledger_fixture ledger;
    struct wh_destination_functions functions;
    struct wh_state *state;
};

static unsigned appends;        /* opened */
static unsigned failing_append; /* counted from 1; 0: none */

static wh_code append_open(struct wh_destination *destination, const char *table,
                           struct wh_append **ret, struct wh_error *err)
{
    char sql[256];
    struct wh_append *append = calloc(1, sizeof(*append));
    assert_non_null(append);
    append->functions = wh_sqlite_connector.destination;
    append->fails = ++appends == failing_append;
    (void)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES ($1, $2, $3, $4, $5)", table);
    *ret = append;
    return append->functions->prepare(destination, sql, &append->statement, err);
}

static wh_code append_row(struct wh_append *append, const struct wh_param *row, size_t count,
                          struct wh_error *err)
{
    if (append->fails)
        return wh_error_set(err, WH_IO, "the disk is full");
    return append->functions->execute(append->statement, row, count, err);
}

static wh_code append_close(struct wh_append *append, bool is_whole, struct wh_error *err)
{
    (void)is_whole;
    (void)err;
    append->functions->statement_free(append->statement);
    free(append);
    return WH_OK;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    appends = 0;
    failing_append = 0;
    ledger_fixture_make(&fixture->ledger);
    fixture->functions = *fixture->ledger.connection.functions;
    fixture->functions.append_open = append_open;
    fixture->functions.append_row = append_row;
    fixture->functions.append_close = append_close;
    fixture->ledger.connection.functions = &fixture->functions;
    ledger_fixture_open(&fixture->ledger);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ledger_fixture_remove(&fixture->ledger);
    free(fixture);
    return 0;
}

/* ---- states ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t value)
{
    return wh_hash_bytes(wh_str_make((const char *)&value, sizeof(value)), 9);
}

static struct wh_state *load(struct fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state *state = NULL;
    struct wh_state_options options = {
        .migration = WH_STR("shop"), .item = WH_STR("customer"), .budget = &fixture->ledger.budget};
    wh_code rc = wh_state_load(fixture->ledger.ledger, &options, &state, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
    return state;
}

static int64_t number(struct fixture *fixture, const char *sql)
{
    return ledger_fixture_number(&fixture->ledger, sql);
}

static int64_t count_pages(struct fixture *fixture)
{
    return number(fixture, "SELECT count(*) FROM wherry_state");
}

static void save(struct fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_state_save(fixture->state, fixture->ledger.ledger, &err), WH_OK);
}

struct sum {
    uint64_t count;
    uint64_t hash; /* of all, in their order */
};

static wh_code add_up(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    (void)err;
    struct sum *sum = ctx;
    sum->count++;
    sum->hash = mix(sum->hash ^ entry->hash ^ mix(entry->segment ^ entry->source_hash));
    sum->hash += entry->flags;
    return WH_OK;
}

static struct sum sum_of(struct wh_state *state)
{
    struct sum sum = {.count = 0};
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_state_each(state, add_up, &sum, &err), WH_OK);
    return sum;
}

/* Another process finds what this one knows. */
static void check_saved(struct fixture *fixture)
{
    struct wh_state *loaded = load(fixture);
    struct sum found = sum_of(loaded);
    struct sum expected = sum_of(fixture->state);
    assert_int_equal(found.count, expected.count);
    assert_int_equal(found.hash, expected.hash);
    wh_state_free(loaded);
}

/* Of a thousand items one has the key of another one, in most cases in another layer. */
static uint64_t hash_of(uint64_t item)
{
    return mix(item % 1000 == 7 ? item % (ITEMS / 4) : item);
}

static wh_code add_group(struct wh_state *state, uint64_t group, struct wh_error *err)
{
    static struct wh_state_entry entries[GROUP_ITEMS];
    for (uint64_t i = 0; i < GROUP_ITEMS; i++) {
        uint64_t item = group * GROUP_ITEMS + i;
        bool is_open = item % 97 == 0;
        entries[i] = (struct wh_state_entry){.hash = hash_of(item),
                                             .source_hash = is_open ? 0 : mix(item),
                                             .segment = (uint32_t)group + 1,
                                             .flags = is_open ? WH_STATE_OPEN : 0};
    }
    return wh_state_add(state, entries, GROUP_ITEMS, err);
}

static void write_layer(struct fixture *fixture, uint64_t layer)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_true(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    for (uint64_t group = 0; group < GROUPS / LAYERS; group++)
        assert_int_equal(add_group(fixture->state, layer * GROUPS / LAYERS + group, &err), WH_OK);
    wh_state_end_ahead(fixture->state);
    wh_state_write_ahead(fixture->state, fixture->ledger.ledger);
}

static void write_layers(struct fixture *fixture)
{
    for (uint64_t layer = 0; layer < LAYERS; layer++)
        write_layer(fixture, layer);
}

static void end_entry(struct fixture *fixture, uint64_t item)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state_entry gone = {.hash = mix(item), .segment = GROUPS + 1, .flags = WH_STATE_GONE};
    assert_int_equal(wh_state_add(fixture->state, &gone, 1, &err), WH_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void layers_are_loaded_as_one_state(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layers(fixture);
    assert_int_equal(appends, LAYERS);
    int64_t pages = count_pages(fixture);
    save(fixture);
    assert_int_equal(appends, LAYERS);
    assert_int_equal(count_pages(fixture), pages);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

static void the_next_change_makes_one_layer_of_them(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layers(fixture);
    save(fixture);
    wh_state_free(fixture->state);
    fixture->state = load(fixture);
    assert_false(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    uint64_t entries = sum_of(fixture->state).count;
    assert_in_range(entries, ITEMS - ITEMS / 1000, ITEMS - 1);
    assert_int_not_equal(number(fixture, "SELECT sum(entries) FROM wherry_state"), entries);
    end_entry(fixture, 1);
    save(fixture);
    assert_int_equal(number(fixture, "SELECT sum(entries) FROM wherry_state"), entries - 1);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

/* One adds, the other writes. */
static wh_code add_or_write(void *ctx, unsigned worker, struct wh_error *err)
{
    struct fixture *fixture = ctx;
    wh_code rc = WH_OK;
    if (worker == 1) {
        wh_state_write_ahead(fixture->state, fixture->ledger.ledger);
        return WH_OK;
    }
    for (uint64_t group = 0; group < GROUPS && rc == WH_OK; group++)
        rc = add_group(fixture->state, group, err);
    wh_state_end_ahead(fixture->state);
    return rc;
}

static void what_others_add_meanwhile_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    fixture->state = load(fixture);
    assert_true(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    assert_int_equal(wh_crew_run(2, add_or_write, fixture, &err), WH_OK);
    int64_t pages = count_pages(fixture);
    assert_true(pages > 0);
    save(fixture);
    assert_int_equal(count_pages(fixture), pages);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

static void a_small_run_is_written_at_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    fixture->state = load(fixture);
    assert_true(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    assert_int_equal(add_group(fixture->state, 0, &err), WH_OK);
    wh_state_end_ahead(fixture->state);
    wh_state_write_ahead(fixture->state, fixture->ledger.ledger);
    assert_int_equal(appends, 0);
    save(fixture);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

/* All is written once more at the end: pages cannot say that something is no more. */
static void an_entry_that_ends_behind_the_layers_is_gone(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layers(fixture);
    end_entry(fixture, 1);
    save(fixture);
    assert_int_equal(appends, LAYERS + 1);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

static void an_entry_that_ends_among_the_layers_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    fixture->state = load(fixture);
    write_layer(fixture, 0);
    assert_true(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    end_entry(fixture, 1);
    assert_int_equal(add_group(fixture->state, GROUPS - 1, &err), WH_OK);
    wh_state_end_ahead(fixture->state);
    wh_state_write_ahead(fixture->state, fixture->ledger.ledger);
    assert_false(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    save(fixture);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

static void a_layer_that_fails_is_made_good_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    failing_append = 2;
    fixture->state = load(fixture);
    write_layer(fixture, 0);
    int64_t pages = count_pages(fixture);
    write_layer(fixture, 1);
    assert_int_equal(count_pages(fixture), pages);
    assert_false(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    save(fixture);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

/* Whatever keeps the ledger from taking a layer: here pages that begin with the same hash. */
static void a_layer_that_is_refused_is_made_good_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layer(fixture, 0);
    write_layer(fixture, 0);
    assert_int_equal(appends, 2);
    assert_false(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    save(fixture);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

/* As a server that crashed and came back may have it. */
static void layers_that_were_lost_are_made_good_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layers(fixture);
    ledger_fixture_run(&fixture->ledger, "DELETE FROM wherry_state WHERE first_hash % 2 = 0");
    wh_state_forget_ahead(fixture->state);
    save(fixture);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

/* A killed run's pages stand for nothing; its segments, which this one has none of,
 * say all again. */
static void layers_of_a_killed_run_are_replaced(void **state)
{
    struct fixture *fixture = *state;
    fixture->state = load(fixture);
    write_layers(fixture);
    wh_state_free(fixture->state);
    assert_int_equal(number(fixture, "SELECT count(*) FROM wherry_state_mark"), 0);
    fixture->state = load(fixture);
    assert_false(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    struct wh_error err = WH_ERROR_NONE;
    for (uint64_t group = 0; group < GROUPS; group++)
        assert_int_equal(add_group(fixture->state, group, &err), WH_OK);
    save(fixture);
    assert_int_equal(number(fixture, "SELECT sum(entries) FROM wherry_state"),
                     sum_of(fixture->state).count);
    check_saved(fixture);
    wh_state_free(fixture->state);
}

static void what_waits_in_vain_is_freed(void **state)
{
    struct fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    fixture->state = load(fixture);
    assert_true(wh_state_begin_ahead(fixture->state, fixture->ledger.ledger));
    assert_int_equal(add_group(fixture->state, 0, &err), WH_OK);
    wh_state_free(fixture->state);
    assert_int_equal(atomic_load(&fixture->ledger.budget.used), fixture->ledger.drawn);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(layers_are_loaded_as_one_state),
        WITH_FIXTURE(the_next_change_makes_one_layer_of_them),
        WITH_FIXTURE(what_others_add_meanwhile_is_written),
        WITH_FIXTURE(a_small_run_is_written_at_its_end),
        WITH_FIXTURE(an_entry_that_ends_behind_the_layers_is_gone),
        WITH_FIXTURE(an_entry_that_ends_among_the_layers_is_gone),
        WITH_FIXTURE(a_layer_that_fails_is_made_good_at_the_end),
        WITH_FIXTURE(a_layer_that_is_refused_is_made_good_at_the_end),
        WITH_FIXTURE(layers_that_were_lost_are_made_good_at_the_end),
        WITH_FIXTURE(layers_of_a_killed_run_are_replaced),
        WITH_FIXTURE(what_waits_in_vain_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
