/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/hash.h"
#include "ledger/state.h"
#include "ledger/state_page.h"
#include "ledger_fixture.h"

static uint64_t mix(uint64_t value)
{
    return wh_hash_bytes(wh_str_make((const char *)&value, sizeof(value)), 9);
}

static struct wh_state *load_as(struct ledger_fixture *fixture, int64_t run, bool owners)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state *state = NULL;
    struct wh_state_options options = {.migration = WH_STR("shop"),
                                       .item = WH_STR("customer"),
                                       .run = run,
                                       .owners = owners,
                                       .budget = &fixture->budget};
    wh_code rc = wh_state_load(fixture->ledger, &options, &state, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
    return state;
}

static struct wh_state *load(struct ledger_fixture *fixture)
{
    return load_as(fixture, 0, false);
}

static void add(struct wh_state *state, const struct wh_state_entry *entries, size_t count)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_state_add(state, entries, count, &err), WH_OK);
}

static void add_one(struct wh_state *state, uint64_t hash, uint32_t segment, uint8_t flags)
{
    struct wh_state_entry entry = {.hash = hash, .segment = segment, .flags = flags};
    if ((flags & WH_STATE_OPEN) == 0)
        entry.source_hash = mix(hash ^ segment);
    add(state, &entry, 1);
}

static void save(struct ledger_fixture *fixture, struct wh_state *state)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_state_save(state, fixture->ledger, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct listed {
    struct wh_state_entry *entries;
    size_t count;
    size_t capacity;
};

static wh_code list_entry(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    (void)err;
    struct listed *list = ctx;
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->entries = reallocarray(list->entries, list->capacity, sizeof(struct wh_state_entry));
        assert_non_null(list->entries);
    }
    list->entries[list->count++] = *entry;
    return WH_OK;
}

static struct listed list_state(struct wh_state *state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct listed list = {.count = 0};
    assert_int_equal(wh_state_each(state, list_entry, &list, &err), WH_OK);
    return list;
}

static void check_entry(const struct wh_state_entry *found, const struct wh_state_entry *expected)
{
    assert_int_equal(found->hash, expected->hash);
    assert_int_equal(found->source_hash, expected->source_hash);
    assert_int_equal(found->segment, expected->segment);
    assert_int_equal(found->flags, expected->flags);
    assert_int_equal(found->owner, expected->owner);
}

static void check_lists(const struct listed *found, const struct listed *expected)
{
    assert_int_equal(found->count, expected->count);
    for (size_t i = 0; i < found->count; i++)
        check_entry(&found->entries[i], &expected->entries[i]);
}

/* What the ledger holds is what @p state says is present; both count and find the same. */
static void check_saved(struct ledger_fixture *fixture, struct wh_state *state, bool owners)
{
    struct listed expected = list_state(state);
    struct wh_state *loaded = load_as(fixture, 0, owners);
    struct listed found = list_state(loaded);
    check_lists(&found, &expected);
    uint64_t open = 0;
    for (size_t i = 0; i < expected.count; i++) {
        struct wh_state_entry entry;
        bool is_open = (expected.entries[i].flags & WH_STATE_OPEN) != 0;
        open += is_open;
        assert_true(wh_state_find(loaded, expected.entries[i].hash, is_open, &entry));
        check_entry(&entry, &expected.entries[i]);
        assert_false(wh_state_find(loaded, mix(expected.entries[i].hash), is_open, &entry));
    }
    assert_int_equal(wh_state_count(loaded, true), open);
    assert_int_equal(wh_state_count(loaded, false), expected.count - open);
    wh_state_free(loaded);
    free(found.entries);
    free(expected.entries);
}

/* ---- saving and loading ---------------------------------------------------------------------- */

static void an_item_type_that_never_ran_has_no_state(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    struct wh_state_entry entry;
    assert_int_equal(wh_state_count(loaded, false), 0);
    assert_false(wh_state_find(loaded, 0, false, &entry));
    assert_false(wh_state_find(loaded, UINT64_MAX, true, &entry));
    save(fixture, loaded);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.state"), 0);
    wh_state_free(loaded);
}

static void what_was_added_is_there_after_a_save(void **state)
{
    struct ledger_fixture *fixture = *state;
    static const size_t counts[] = {1, 2, 100, 4096, 6145, 8192, 50000};
    for (size_t n = 0; n < WH_COUNT_OF(counts); n++) {
        struct wh_state *loaded = load(fixture);
        for (uint64_t i = 0; i < counts[n]; i++)
            add_one(loaded, mix(i + n), (uint32_t)(i / 500 + 1),
                    i % 10 == 3 ? WH_STATE_OPEN | WH_STATE_REJECTED : 0);
        save(fixture, loaded);
        check_saved(fixture, loaded, false);
        wh_state_free(loaded);
    }
    assert_int_equal(atomic_load(&fixture->budget.used), fixture->drawn);
}

static void this_runs_additions_are_not_found(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    struct wh_state_entry entry;
    add_one(loaded, 5, 1, 0);
    assert_false(wh_state_find(loaded, 5, false, &entry));
    assert_int_equal(wh_state_count(loaded, false), 0);
    struct listed list = list_state(loaded);
    assert_int_equal(list.count, 1);
    free(list.entries);
    wh_state_free(loaded);
}

static void a_row_and_an_open_item_may_have_one_hash(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    /* All in pairs: none may be cut apart between pages. */
    for (uint64_t i = 0; i < 9001; i++) {
        add_one(loaded, mix(i), 1, WH_STATE_OPEN);
        add_one(loaded, mix(i), 2, 0);
    }
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
    loaded = load(fixture);
    for (uint64_t i = 0; i < 9001; i += 3)
        add_one(loaded, mix(i), 3, i % 2 == 0 ? 0 : WH_STATE_OPEN | WH_STATE_GONE);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
}

static void extreme_hashes_are_kept(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    static const uint64_t hashes[] = {
        0, 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1};
    for (size_t i = 0; i < WH_COUNT_OF(hashes); i++)
        add_one(loaded, hashes[i], UINT32_MAX - (uint32_t)i, 0);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
}

static void owners_are_kept_where_they_are_asked_for(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load_as(fixture, 0, true);
    for (uint64_t i = 0; i < 5000; i++) {
        struct wh_state_entry entry = {
            .hash = mix(i), .source_hash = i, .owner = mix(i + 1), .segment = 1};
        add(loaded, &entry, 1);
    }
    save(fixture, loaded);
    check_saved(fixture, loaded, true);
    wh_state_free(loaded);
    loaded = load(fixture);
    struct wh_state_entry entry;
    assert_true(wh_state_find(loaded, mix(7), false, &entry));
    assert_int_equal(entry.owner, 0);
    assert_int_equal(entry.source_hash, 7);
    wh_state_free(loaded);
}

static void entries_replace_each_other_and_go(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    for (uint64_t i = 0; i < 20000; i++)
        add_one(loaded, mix(i), 1, 0);
    save(fixture, loaded);
    wh_state_free(loaded);
    loaded = load(fixture);
    add_one(loaded, mix(3), 2, 0);
    add_one(loaded, mix(3), 3, 0);
    add_one(loaded, mix(4), 2, WH_STATE_GONE);
    add_one(loaded, mix(5), 2, 0);
    add_one(loaded, mix(5), 3, WH_STATE_GONE);
    add_one(loaded, mix(99999), 2, WH_STATE_GONE);
    add_one(loaded, mix(30000), 2, 0);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
    loaded = load(fixture);
    struct wh_state_entry entry;
    assert_int_equal(wh_state_count(loaded, false), 20000 - 2 + 1);
    assert_true(wh_state_find(loaded, mix(3), false, &entry));
    assert_int_equal(entry.segment, 3);
    assert_false(wh_state_find(loaded, mix(4), false, &entry));
    assert_false(wh_state_find(loaded, mix(5), false, &entry));
    assert_true(wh_state_find(loaded, mix(30000), false, &entry));
    wh_state_free(loaded);
}

static void everything_may_go(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    for (uint64_t i = 0; i < 10000; i++)
        add_one(loaded, mix(i), 1, 0);
    save(fixture, loaded);
    wh_state_free(loaded);
    loaded = load(fixture);
    for (uint64_t i = 0; i < 10000; i++)
        add_one(loaded, mix(i), 2, WH_STATE_GONE);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.state"), 0);
}

static void a_few_changes_rewrite_few_pages(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    for (uint64_t i = 0; i < 100000; i++)
        add_one(loaded, mix(i), 1, 0);
    save(fixture, loaded);
    wh_state_free(loaded);
    /* In PostgreSQL a page stands in one block of the table's, and is not cut in pieces. */
    assert_in_range(
        ledger_fixture_number(fixture, "SELECT sum(length(page)) / count(*) FROM wherry.state"),
        6000, 8000);
    ledger_fixture_run(fixture, "CREATE TEMP TABLE before AS SELECT rowid AS id FROM wherry_state");
    loaded = load(fixture);
    add_one(loaded, mix(1), 2, 0);
    add_one(loaded, mix(2), 2, WH_STATE_GONE);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    assert_in_range(ledger_fixture_number(fixture,
                                          "SELECT count(*) FROM temp.before WHERE id NOT IN "
                                          "(SELECT rowid FROM wherry_state)"),
                    1, 2);
    /* And again from the same state, whose pages are no longer those it loaded. */
    add_one(loaded, mix(3), 3, 0);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
}

static void nothing_added_writes_nothing(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state *loaded = load(fixture);
    add_one(loaded, 1, 1, 0);
    save(fixture, loaded);
    int64_t before = ledger_fixture_number(fixture, "SELECT total_changes()");
    save(fixture, loaded);
    wh_state_free(loaded);
    loaded = load(fixture);
    save(fixture, loaded);
    wh_state_free(loaded);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT total_changes()"), before);
}

static void two_migrations_have_states_of_their_own(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state *loaded = load(fixture);
    add_one(loaded, 1, 1, 0);
    save(fixture, loaded);
    wh_state_free(loaded);
    struct wh_state_options options = {
        .migration = WH_STR("crm"), .item = WH_STR("customer"), .budget = &fixture->budget};
    assert_int_equal(wh_state_load(fixture->ledger, &options, &loaded, &err), WH_OK);
    assert_int_equal(wh_state_count(loaded, false), 0);
    wh_state_free(loaded);
}

static void what_passes_the_budget_goes_to_disk(void **state)
{
    struct ledger_fixture *fixture = *state;
    wh_budget_init(&fixture->budget, 1 << 20);
    fixture->drawn = 0;
    struct wh_state *loaded = load(fixture);
    for (uint64_t i = 0; i < 200000; i++)
        add_one(loaded, mix(i % 150000), (uint32_t)(i / 1000), 0);
    assert_true(atomic_load(&fixture->budget.used) < (3 << 19));
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
    /* 150,000 entries take more than 3 MB, wherever they are. */
    loaded = load(fixture);
    assert_int_equal(wh_state_count(loaded, false), 150000);
    assert_true(atomic_load(&fixture->budget.used) < (1 << 20));
    wh_state_free(loaded);
    assert_int_equal(atomic_load(&fixture->budget.used), fixture->drawn);
}

/* ---- repeated keys --------------------------------------------------------------------------- */

static void a_repeated_key_that_was_refused_stays_open(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_state_entry entry;
    for (size_t order = 0; order < 2; order++) {
        struct wh_state *loaded = load(fixture);
        uint64_t hash = mix(order);
        uint8_t first =
            order == 0 ? WH_STATE_OPEN | WH_STATE_REJECTED : WH_STATE_OPEN | WH_STATE_GONE;
        uint8_t second =
            order == 0 ? WH_STATE_OPEN | WH_STATE_GONE : WH_STATE_OPEN | WH_STATE_REJECTED;
        add_one(loaded, hash, 1, first);
        add_one(loaded, hash, 2, second);
        save(fixture, loaded);
        wh_state_free(loaded);
        loaded = load(fixture);
        assert_true(wh_state_find(loaded, hash, true, &entry));
        assert_int_equal(entry.flags, WH_STATE_OPEN | WH_STATE_REJECTED);
        /* A later run settles it. */
        add_one(loaded, hash, 3, WH_STATE_OPEN | WH_STATE_GONE);
        save(fixture, loaded);
        wh_state_free(loaded);
        loaded = load(fixture);
        assert_false(wh_state_find(loaded, hash, true, &entry));
        wh_state_free(loaded);
    }
}

/* ---- segments that no save followed ---------------------------------------------------------- */

static const char *const keys[] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};

/* A value of each key, as an image of one column or of key and value. */
static const char *const images[][2] = {{"k0", "a"}, {"k1", "b"}, {"k2", "c"}, {"k3", "d"},
                                        {"k4", "e"}, {"k5", "f"}, {"k6", "g"}, {"k7", "h"}};

static struct wh_segment_schema make_schema(bool has_images)
{
    static struct wh_str names[] = {{"id", 2}, {"value", 5}};
    static const size_t plain[] = {0, 1};
    static const size_t match[] = {0};
    return (struct wh_segment_schema){.item = WH_STR("customer"),
                                      .source_names = names,
                                      .source_count = 2,
                                      .target_names = names,
                                      .target_count = 2,
                                      .plain_sources = plain,
                                      .match = match,
                                      .match_count = 1,
                                      .key_is_match = true,
                                      .fingerprint = 42,
                                      .has_hashes = !has_images,
                                      .has_images = has_images};
}

static int64_t add_segment(struct ledger_fixture *fixture, int64_t run,
                           const struct wh_segment_schema *schema, const struct fixture_item *items,
                           size_t count)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    int64_t id = 0;
    assert_int_equal(wh_segment_encoder_new(schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, schema, items, count, &fixture->arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    assert_int_equal(
        wh_ledger_add_segment(fixture->ledger, run, 0, WH_STR("customer"), &blob, &id, &err),
        WH_OK);
    wh_segment_encoder_free(encoder);
    return id;
}

static uint64_t row_hash(size_t key)
{
    struct wh_str value = wh_str_from(keys[key]);
    return wh_hash_values(&value, 1, WH_STATE_ROW_SEED);
}

static uint64_t key_hash(size_t key)
{
    return wh_hash_bytes(wh_str_from(keys[key]), WH_STATE_KEY_SEED);
}

static struct fixture_item make_item(enum wh_item_status status, size_t key)
{
    return (struct fixture_item){.status = status, .key = keys[key]};
}

/* What a worker adds to state for an item: the rule that replaying has to follow. */
static void add_as_worker(struct wh_state *state, const struct fixture_item *item, size_t key,
                          uint32_t segment)
{
    struct wh_str source[2] = {wh_str_from(images[key][0]), wh_str_from(images[key][1])};
    bool is_written = item->status == WH_STATUS_INSERTED || item->status == WH_STATUS_UPDATED ||
                      (item->status == WH_STATUS_UNCHANGED && item->after != NULL);
    if (is_written || item->status == WH_STATUS_DELETED) {
        struct wh_state_entry entry = {.hash = row_hash(key),
                                       .source_hash =
                                           is_written ? wh_hash_values(source, 2, 42) : 0,
                                       .segment = segment,
                                       .flags = is_written ? 0 : WH_STATE_GONE};
        add(state, &entry, 1);
    }
    uint8_t flags = WH_STATE_OPEN;
    if (item->status == WH_STATUS_REJECTED)
        flags |= WH_STATE_REJECTED;
    else if (item->status != WH_STATUS_FAILED)
        flags |= WH_STATE_GONE;
    add_one(state, key_hash(key), segment, flags);
}

/* Two groups, in two runs, with every kind of item. */
static size_t make_groups(struct fixture_item groups[2][8])
{
    static const enum wh_item_status first[] = {
        WH_STATUS_INSERTED, WH_STATUS_INSERTED, WH_STATUS_INSERTED, WH_STATUS_REJECTED,
        WH_STATUS_FAILED,   WH_STATUS_REJECTED, WH_STATUS_SKIPPED,  WH_STATUS_UNCHANGED};
    static const enum wh_item_status second[] = {
        WH_STATUS_UPDATED, WH_STATUS_DELETED,   WH_STATUS_REJECTED, WH_STATUS_INSERTED,
        WH_STATUS_SKIPPED, WH_STATUS_UNCHANGED, WH_STATUS_FAILED,   WH_STATUS_UNCHANGED};
    for (size_t i = 0; i < 8; i++) {
        groups[0][i] = make_item(first[i], i);
        groups[1][i] = make_item(second[i], i);
        groups[0][i].source = images[i];
        groups[1][i].source = images[i];
        if (first[i] <= WH_STATUS_UNCHANGED || first[i] == WH_STATUS_FAILED)
            groups[0][i].after = images[i];
        if (second[i] <= WH_STATUS_UPDATED || second[i] == WH_STATUS_FAILED)
            groups[1][i].after = images[i];
    }
    /* Known since the first group: no images. */
    groups[1][7].source = NULL;
    groups[1][5].source = NULL;
    groups[1][1].source = NULL;
    groups[1][0].before = images[0];
    return 8;
}

static void segments_without_a_save_give_the_same_state(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct fixture_item groups[2][8];
    struct wh_segment_schema schema = make_schema(true);
    size_t count = make_groups(groups);
    int64_t segments[2];
    for (size_t n = 0; n < 2; n++) {
        int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
        segments[n] = add_segment(fixture, run, &schema, groups[n], count);
    }
    struct wh_state *replayed = load(fixture);
    struct listed found = list_state(replayed);
    wh_state_free(replayed);

    /* The same, added by workers and saved after each run. */
    ledger_fixture_run(fixture, "CREATE TEMP TABLE kept AS SELECT * FROM wherry_segment; "
                                "DELETE FROM wherry_segment;");
    for (size_t n = 0; n < 2; n++) {
        struct wh_state *loaded = load(fixture);
        for (size_t i = 0; i < count; i++)
            add_as_worker(loaded, &groups[n][i], i, (uint32_t)segments[n]);
        save(fixture, loaded);
        wh_state_free(loaded);
    }
    struct wh_state *saved = load(fixture);
    struct listed expected = list_state(saved);
    check_lists(&found, &expected);
    assert_in_range(found.count, 6, 8);
    wh_state_free(saved);
    free(found.entries);
    free(expected.entries);
}

static void a_saved_state_replays_only_newer_segments(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct fixture_item groups[2][8];
    struct wh_segment_schema schema = make_schema(true);
    size_t count = make_groups(groups);
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    add_segment(fixture, run, &schema, groups[0], count);
    struct wh_state *loaded = load(fixture);
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    wh_state_free(loaded);
    /* What was saved is not read again: it could not be. */
    ledger_fixture_run(fixture, "UPDATE wherry_segment SET body = x'00'");
    int64_t next = ledger_fixture_add_run(fixture, "shop", "customer");
    int64_t segment = add_segment(fixture, next, &schema, groups[1], count);
    loaded = load(fixture);
    struct wh_state_entry entry;
    assert_true(wh_state_find(loaded, row_hash(0), false, &entry));
    assert_int_equal(entry.segment, segment);
    assert_false(wh_state_find(loaded, row_hash(1), false, &entry));
    assert_false(wh_state_find(loaded, key_hash(3), true, &entry));
    assert_true(wh_state_find(loaded, key_hash(2), true, &entry));
    save(fixture, loaded);
    check_saved(fixture, loaded, false);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT segment FROM wherry.state_mark"),
                     segment);
    wh_state_free(loaded);
}

static void a_run_without_changes_moves_the_mark(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_segment_schema schema = make_schema(true);
    struct fixture_item item = make_item(WH_STATUS_UNCHANGED, 0);
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_state *loaded = load(fixture);
    int64_t segment = add_segment(fixture, run, &schema, &item, 1);
    save(fixture, loaded);
    wh_state_free(loaded);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT segment FROM wherry.state_mark"),
                     segment);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.state"), 0);
}

static void segments_without_images_are_replayed_from_hashes(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_segment_schema schema = make_schema(false);
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct fixture_item items[3];
    for (size_t i = 0; i < 3; i++) {
        items[i] = make_item(i == 2 ? WH_STATUS_UNCHANGED : WH_STATUS_INSERTED, i);
        items[i].hashes[0] = row_hash(i);
        items[i].hashes[1] = 100 + i;
        items[i].hashes[2] = 200 + i;
    }
    int64_t first = add_segment(fixture, run, &schema, items, 3);
    struct wh_state *loaded = load(fixture);
    struct wh_state_entry entry;
    for (size_t i = 0; i < 3; i++) {
        assert_true(wh_state_find(loaded, row_hash(i), false, &entry));
        assert_int_equal(entry.source_hash, 100 + i);
        assert_int_equal(entry.segment, first);
    }
    save(fixture, loaded);
    wh_state_free(loaded);
    /* Unchanged and known: nothing is new. Unchanged from another source: that is. */
    for (size_t i = 0; i < 3; i++)
        items[i].status = WH_STATUS_UNCHANGED;
    items[1].hashes[1] = 999;
    int64_t second = add_segment(fixture, run, &schema, items, 3);
    loaded = load(fixture);
    assert_true(wh_state_find(loaded, row_hash(0), false, &entry));
    assert_int_equal(entry.segment, first);
    assert_true(wh_state_find(loaded, row_hash(1), false, &entry));
    assert_int_equal(entry.segment, second);
    assert_int_equal(entry.source_hash, 999);
    wh_state_free(loaded);
}

/* The loser of a repeated key was logged before the kill, the winner comes after it. */
static void a_run_that_is_gone_on_with_remembers_its_refusals(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_segment_schema schema = make_schema(true);
    struct fixture_item refused = make_item(WH_STATUS_REJECTED, 0);
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    int64_t segment = add_segment(fixture, run, &schema, &refused, 1);
    struct wh_state *loaded = load_as(fixture, run, false);
    struct wh_state_entry entry;
    assert_true(wh_state_find(loaded, key_hash(0), true, &entry));
    add_one(loaded, key_hash(0), (uint32_t)segment + 1, WH_STATE_OPEN | WH_STATE_GONE);
    save(fixture, loaded);
    wh_state_free(loaded);
    int64_t next = ledger_fixture_add_run(fixture, "shop", "customer");
    loaded = load_as(fixture, next, false);
    assert_true(wh_state_find(loaded, key_hash(0), true, &entry));
    add_one(loaded, key_hash(0), (uint32_t)segment + 2, WH_STATE_OPEN | WH_STATE_GONE);
    save(fixture, loaded);
    wh_state_free(loaded);
    loaded = load(fixture);
    assert_false(wh_state_find(loaded, key_hash(0), true, &entry));
    wh_state_free(loaded);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static wh_code try_load(struct ledger_fixture *fixture, struct wh_error *err)
{
    struct wh_state *loaded = NULL;
    struct wh_state_options options = {
        .migration = WH_STR("shop"), .item = WH_STR("customer"), .budget = &fixture->budget};
    wh_code rc = wh_state_load(fixture->ledger, &options, &loaded, err);
    if (rc == WH_OK)
        wh_state_free(loaded);
    return rc;
}

static void damaged_pages_are_refused(void **state)
{
    struct ledger_fixture *fixture = *state;
    static const char *const damages[] = {
        "UPDATE wherry_state SET entries = entries + 1",
        "UPDATE wherry_state SET entries = -1",
        "UPDATE wherry_state SET entries = 4000000000",
        "UPDATE wherry_state SET first_hash = first_hash + 1",
        "UPDATE wherry_state SET page = x''",
        "UPDATE wherry_state SET page = substr(page, 1, length(page) - 1)",
        ("INSERT INTO wherry_state SELECT migration, item, first_hash - 1, entries, page "
         "FROM wherry_state LIMIT 1"),
    };
    for (size_t i = 0; i < WH_COUNT_OF(damages); i++) {
        struct wh_error err = WH_ERROR_NONE;
        ledger_fixture_run(fixture, "DELETE FROM wherry_state");
        struct wh_state *loaded = load(fixture);
        for (uint64_t n = 0; n < 10000; n++)
            add_one(loaded, mix(n), 1, 0);
        save(fixture, loaded);
        wh_state_free(loaded);
        ledger_fixture_run(fixture, damages[i]);
        assert_int_equal(try_load(fixture, &err), WH_CORRUPT);
        assert_non_null(strstr(err.message, "its state in the ledger: "));
        assert_int_equal(atomic_load(&fixture->budget.used), fixture->drawn);
    }
}

/* Hashes that rise by steps of up to @p most; false where so many of them do not fit. */
static bool put_rising(struct wh_state_columns *columns, size_t count, uint64_t most)
{
    uint64_t hash = mix(most) % 1000;
    for (size_t i = 0; i < count; i++) {
        struct wh_state_entry entry = {.hash = hash, .source_hash = mix(i)};
        wh_state_entry_put(columns, i, &entry);
        uint64_t step = 1 + mix(hash ^ i) % most;
        if (i + 1 < count && step > UINT64_MAX - hash)
            return false;
        hash += step;
    }
    return true;
}

static const struct wh_spill_ground memory = {.budget = NULL};

static void hashes_are_kept_however_far_apart(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state_columns columns;
    struct wh_state_columns read;
    struct wh_page_encoder encoder;
    enum { COUNT = 200 };
    size_t tried = 0;
    assert_int_equal(wh_state_columns_init(&columns, COUNT, false, &memory, &err), WH_OK);
    assert_int_equal(wh_state_columns_init(&read, COUNT, false, &memory, &err), WH_OK);
    assert_int_equal(wh_page_encoder_init(&encoder, &err), WH_OK);
    for (unsigned width = 0; width < 64; width++) {
        for (size_t count = 1; count <= COUNT; count += count < 4 ? 1 : 49) {
            WH_CLEANUP(wh_page_decoder_release)
            struct wh_page_decoder decoder = {.scratch = {.block = NULL}};
            struct wh_str page;
            if (!put_rising(&columns, count, UINT64_C(1) << width))
                continue;
            assert_int_equal(wh_page_encode(&encoder, &columns, 0, count, &page, &err), WH_OK);
            read.count = 0;
            assert_int_equal(wh_page_decode(&decoder, page, count, &read, &err), WH_OK);
            assert_memory_equal(read.hashes, columns.hashes, count * sizeof(*read.hashes));
            tried++;
        }
    }
    assert_true(tried > 400);
    wh_page_encoder_release(&encoder);
    wh_state_columns_release(&read);
    wh_state_columns_release(&columns);
}

static void random_bytes_are_no_page(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_state_columns columns;
    struct wh_page_encoder encoder;
    struct wh_str page;
    enum { COUNT = 300 };
    assert_int_equal(wh_state_columns_init(&columns, COUNT, true, &memory, &err), WH_OK);
    for (size_t i = 0; i < COUNT; i++) {
        struct wh_state_entry entry = {.hash = UINT64_MAX / COUNT * i + mix(i) % 1000,
                                       .source_hash = mix(i),
                                       .segment = (uint32_t)i,
                                       .owner = i};
        wh_state_entry_put(&columns, i, &entry);
    }
    assert_int_equal(wh_page_encoder_init(&encoder, &err), WH_OK);
    assert_int_equal(wh_page_encode(&encoder, &columns, 0, COUNT, &page, &err), WH_OK);
    for (uint64_t turn = 0; turn < 3000; turn++) {
        WH_CLEANUP(wh_page_decoder_release)
        struct wh_page_decoder decoder = {.scratch = {.block = NULL}};
        size_t len = turn % 3 == 0 ? (size_t)(mix(turn) % page.len) : page.len;
        char *bytes = malloc(len + 1);
        assert_non_null(bytes);
        memcpy(bytes, page.ptr, len);
        for (uint64_t n = 0; len > 0 && n < turn % 4; n++)
            bytes[mix(turn * 7 + n) % WH_MIN(len, turn % 2 == 0 ? 60 : len)] = (char)mix(turn + n);
        columns.count = 0;
        wh_code rc = wh_page_decode(&decoder, wh_str_make(bytes, len), COUNT, &columns, &err);
        assert_true(rc == WH_OK || rc == WH_CORRUPT);
        free(bytes);
    }
    wh_page_encoder_release(&encoder);
    wh_state_columns_release(&columns);
}

#define WITH_LEDGER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, ledger_fixture_set_up_open, ledger_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LEDGER(an_item_type_that_never_ran_has_no_state),
        WITH_LEDGER(what_was_added_is_there_after_a_save),
        WITH_LEDGER(this_runs_additions_are_not_found),
        WITH_LEDGER(a_row_and_an_open_item_may_have_one_hash),
        WITH_LEDGER(extreme_hashes_are_kept),
        WITH_LEDGER(owners_are_kept_where_they_are_asked_for),
        WITH_LEDGER(entries_replace_each_other_and_go),
        WITH_LEDGER(everything_may_go),
        WITH_LEDGER(a_few_changes_rewrite_few_pages),
        WITH_LEDGER(nothing_added_writes_nothing),
        WITH_LEDGER(two_migrations_have_states_of_their_own),
        WITH_LEDGER(what_passes_the_budget_goes_to_disk),
        WITH_LEDGER(a_repeated_key_that_was_refused_stays_open),
        WITH_LEDGER(segments_without_a_save_give_the_same_state),
        WITH_LEDGER(a_saved_state_replays_only_newer_segments),
        WITH_LEDGER(a_run_without_changes_moves_the_mark),
        WITH_LEDGER(segments_without_images_are_replayed_from_hashes),
        WITH_LEDGER(a_run_that_is_gone_on_with_remembers_its_refusals),
        WITH_LEDGER(damaged_pages_are_refused),
        cmocka_unit_test(hashes_are_kept_however_far_apart),
        cmocka_unit_test(random_bytes_are_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
