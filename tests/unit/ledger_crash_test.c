/* SPDX-License-Identifier: Apache-2.0 */
/* A process that is killed in the middle leaves a ledger that the next one goes on with. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/hash.h"
#include "ledger/state.h"
#include "ledger_fixture.h"

#if defined(WH_CRASH_POINTS)

enum { ITEMS = 100 };

/* Runs @p work in a process of its own that is killed at @p point. */
static void crash(struct ledger_fixture *fixture, const char *point,
                  void (*work)(struct ledger_fixture *))
{
    /* A connection does not outlive a fork. */
    ledger_fixture_close(fixture);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setenv("WHERRY_CRASH_AT", point, 1);
        work(fixture);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* ---- upgrades -------------------------------------------------------------------------------- */

static void prepare(struct ledger_fixture *fixture)
{
    ledger_fixture_reopen(fixture);
}

static void a_ledger_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    struct ledger_fixture fixture;
    ledger_fixture_make(&fixture);
    crash(&fixture, "ledger.upgrade.before_commit", prepare);
    ledger_fixture_reopen(&fixture);
    assert_int_equal(ledger_fixture_number(&fixture, "SELECT count(*) FROM wherry.ledger"),
                     WH_LEDGER_VERSION);
    assert_int_equal(ledger_fixture_number(&fixture, "SELECT count(*) FROM wherry.run"), 0);
    ledger_fixture_remove(&fixture);
}

/* ---- state ----------------------------------------------------------------------------------- */

static struct wh_segment_schema make_schema(void)
{
    static struct wh_str names[] = {{"id", 2}};
    static const size_t zero[] = {0};
    return (struct wh_segment_schema){.item = WH_STR("customer"),
                                      .source_names = names,
                                      .source_count = 1,
                                      .target_names = names,
                                      .target_count = 1,
                                      .plain_sources = zero,
                                      .match = zero,
                                      .match_count = 1,
                                      .key_is_match = true,
                                      .fingerprint = 3,
                                      .has_images = true};
}

static struct wh_state *load(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state *loaded = NULL;
    struct wh_state_options options = {
        .migration = WH_STR("shop"), .item = WH_STR("customer"), .budget = &fixture->budget};
    assert_int_equal(wh_state_load(fixture->ledger, &options, &loaded, &err), WH_OK);
    return loaded;
}

/* Item number @p i of run @p run: its status, and whether that leaves a row. */
static enum wh_item_status status_of(int64_t run, size_t i)
{
    return (i + (size_t)run) % 3 == 0 ? WH_STATUS_REJECTED : WH_STATUS_INSERTED;
}

/* One run: a group is logged, its changes are added to state, the state is saved. */
static void migrate(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment_schema schema = make_schema();
    struct fixture_item items[ITEMS];
    struct wh_state_entry entries[ITEMS];
    const char *images[ITEMS][1];
    char keys[ITEMS][8];
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    int64_t segment = 0;
    if (fixture->ledger == NULL)
        ledger_fixture_reopen(fixture);
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_state *loaded = load(fixture);
    for (size_t i = 0; i < ITEMS; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "%zu", i);
        images[i][0] = keys[i];
        items[i] = (struct fixture_item){
            .status = status_of(run, i), .key = keys[i], .source = images[i], .after = images[i]};
    }
    assert_int_equal(wh_segment_encoder_new(&schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, &schema, items, ITEMS, &fixture->arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    assert_int_equal(
        wh_ledger_add_segment(fixture->ledger, run, 0, schema.item, &blob, &segment, &err), WH_OK);
    wh_segment_encoder_free(encoder);
    for (size_t i = 0; i < ITEMS; i++) {
        struct wh_str key = wh_str_from(keys[i]);
        bool is_open = items[i].status == WH_STATUS_REJECTED;
        entries[i] = (struct wh_state_entry){.segment = (uint32_t)segment};
        entries[i].hash = is_open ? wh_hash_bytes(key, WH_STATE_KEY_SEED)
                                  : wh_hash_values(&key, 1, WH_STATE_ROW_SEED);
        entries[i].source_hash = is_open ? 0 : wh_hash_values(&key, 1, 3);
        entries[i].flags = is_open ? WH_STATE_OPEN | WH_STATE_REJECTED : 0;
        if (is_open)
            continue;
        struct wh_state_entry settled = {.hash = wh_hash_bytes(key, WH_STATE_KEY_SEED),
                                         .segment = (uint32_t)segment,
                                         .flags = WH_STATE_OPEN | WH_STATE_GONE};
        assert_int_equal(wh_state_add(loaded, &settled, 1, &err), WH_OK);
    }
    assert_int_equal(wh_state_add(loaded, entries, ITEMS, &err), WH_OK);
    assert_int_equal(wh_state_save(loaded, fixture->ledger, &err), WH_OK);
    wh_state_free(loaded);
}

static wh_code add_up(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    (void)err;
    uint64_t *sum = ctx;
    *sum = wh_hash_bytes(
        wh_str_make((const char *)entry, offsetof(struct wh_state_entry, flags) + 1), *sum);
    return WH_OK;
}

/* A hash over all entries of the state as the next run finds it. */
static uint64_t digest(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    uint64_t sum = 0;
    struct wh_state *loaded = load(fixture);
    assert_int_equal(wh_state_each(loaded, add_up, &sum, &err), WH_OK);
    wh_state_free(loaded);
    return sum;
}

static void a_kill_while_saving_loses_nothing(void **state)
{
    (void)state;
    static const char *const points[] = {"state.save.begin", "state.save.before_commit",
                                         "state.save.after_commit"};
    struct ledger_fixture undisturbed;
    ledger_fixture_make(&undisturbed);
    ledger_fixture_open(&undisturbed);
    migrate(&undisturbed);
    migrate(&undisturbed);
    uint64_t expected = digest(&undisturbed);
    ledger_fixture_remove(&undisturbed);
    for (size_t i = 0; i < WH_COUNT_OF(points); i++) {
        struct ledger_fixture fixture;
        ledger_fixture_make(&fixture);
        ledger_fixture_open(&fixture);
        migrate(&fixture);
        crash(&fixture, points[i], migrate);
        ledger_fixture_reopen(&fixture);
        assert_int_equal(digest(&fixture), expected);
        /* And saved after all by whoever comes next. */
        struct wh_error err = WH_ERROR_NONE;
        struct wh_state *loaded = load(&fixture);
        assert_int_equal(wh_state_save(loaded, fixture.ledger, &err), WH_OK);
        wh_state_free(loaded);
        ledger_fixture_run(&fixture, "UPDATE wherry_segment SET body = x''");
        assert_int_equal(digest(&fixture), expected);
        ledger_fixture_remove(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_kill_while_saving_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* A build without crash points skips this. */
int main(void)
{
    return 77;
}

#endif
