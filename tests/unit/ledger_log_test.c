/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/cap.h"
#include "ledger/log.h"
#include "ledger_fixture.h"

/* ---- a small history ------------------------------------------------------------------------- */

static struct wh_segment_schema make_schema(const char *item)
{
    static struct wh_str sources[] = {{"id", 2}, {"email", 5}};
    static struct wh_str targets[] = {{"id", 2}, {"mail", 4}};
    static struct wh_str rules[] = {{"small letters", 13}};
    static const size_t match[] = {0};
    return (struct wh_segment_schema){.item = wh_str_from(item),
                                      .source_names = sources,
                                      .source_count = 2,
                                      .target_names = targets,
                                      .target_count = 2,
                                      .match = match,
                                      .match_count = 1,
                                      .key_is_match = true,
                                      .has_images = true,
                                      .rule_names = rules,
                                      .rule_count = 1};
}

static wh_code try_segment(struct ledger_fixture *fixture, int64_t run, const char *type,
                           const struct fixture_item *items, size_t count, int64_t *ret_id,
                           struct wh_error *err)
{
    struct wh_segment_schema schema = make_schema(type);
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    assert_int_equal(wh_segment_encoder_new(&schema, &encoder, err), WH_OK);
    fixture_encode(encoder, &schema, items, count, &fixture->arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, err), WH_OK);
    wh_code rc = wh_ledger_add_segment(fixture->ledger, run, 1, schema.item, &blob, ret_id, err);
    wh_segment_encoder_free(encoder);
    return rc;
}

/* Adds a group as a worker does: its segment, then a failure for each refused item. */
static int64_t add_group(struct ledger_fixture *fixture, int64_t run, const char *type,
                         const struct fixture_item *items, size_t count)
{
    struct wh_error err = WH_ERROR_NONE;
    int64_t id = 0;
    assert_int_equal(try_segment(fixture, run, type, items, count, &id, &err), WH_OK);
    for (size_t i = 0; i < count; i++) {
        if (items[i].status != WH_STATUS_REJECTED && items[i].status != WH_STATUS_FAILED)
            continue;
        char room[64];
        (void)snprintf(room, sizeof(room), "reason %zu of segment %lld", i, (long long)id);
        struct wh_failure_record failure = {.run = run,
                                            .item = wh_str_from(type),
                                            .status = items[i].status,
                                            .key = wh_str_from(items[i].key),
                                            .stage = WH_STR("expect"),
                                            .rule = i % 2 == 0 ? WH_STR("even") : WH_STR_NONE,
                                            .message = wh_str_from(room),
                                            .place = WH_STR("people.csv:9"),
                                            .at = 7};
        assert_int_equal(wh_ledger_add_failures(fixture->ledger, &failure, 1, &err), WH_OK);
    }
    return id;
}

static const char *const row_1[] = {"1", "a@b"};
static const char *const row_2[] = {"2", "c@d"};
static const char *const row_2_old[] = {"2", "old"};

static struct fixture_item first_group[] = {
    {.status = WH_STATUS_INSERTED, .key = "1", .source = row_1, .after = row_1, .is_touched = true},
    {.status = WH_STATUS_REJECTED, .key = "2", .source = row_2},
    {.status = WH_STATUS_REJECTED, .key = NULL, .is_unreadable = true},
    {.status = WH_STATUS_REJECTED, .key = "2", .source = row_2},
};
static struct fixture_item second_group[] = {
    {.status = WH_STATUS_UNCHANGED, .key = "1"},
    {.status = WH_STATUS_UPDATED, .key = "2", .source = row_2, .before = row_2_old, .after = row_2},
    {.status = WH_STATUS_DELETED, .key = "3"},
};

static void a_filter_is_there_once_however_new_and_old_ones_take_turns(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    for (size_t i = 0; i < 3; i++) {
        add_group(fixture, run, "customer", first_group, WH_COUNT_OF(first_group));
        add_group(fixture, run, "customer", first_group, WH_COUNT_OF(first_group));
        add_group(fixture, run, "customer", second_group, WH_COUNT_OF(second_group) - i);
    }
    assert_string_equal(ledger_fixture_text(fixture,
                                            "SELECT group_concat(filter) FROM "
                                            "(SELECT filter FROM wherry.segment ORDER BY id)"),
                        "1,1,2,1,1,3,1,1,4");
    assert_string_equal(ledger_fixture_text(fixture, "SELECT 'n' || count(*) FROM wherry.filter"),
                        "n4");
}

static void a_filter_that_is_neither_found_nor_added_is_an_error(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    ledger_fixture_run(fixture, "CREATE TRIGGER keep_out BEFORE INSERT ON wherry_filter "
                                "BEGIN SELECT RAISE(IGNORE); END");
    for (size_t i = 0; i < 2; i++) {
        struct wh_error err = WH_ERROR_NONE;
        int64_t id;
        assert_int_equal(try_segment(fixture, run, "customer", first_group, 1, &id, &err),
                         WH_CORRUPT);
        assert_non_null(strstr(err.message, "wherry_filter"));
    }
    ledger_fixture_run(fixture, "DROP TRIGGER keep_out");
    add_group(fixture, run, "customer", first_group, 1);
}

/* Two runs of one migration, and one of another with the same keys. */
static void make_history(struct ledger_fixture *fixture, int64_t runs[3], int64_t segments[4])
{
    runs[0] = ledger_fixture_add_run(fixture, "shop", "customer");
    segments[0] = add_group(fixture, runs[0], "customer", first_group, WH_COUNT_OF(first_group));
    runs[1] = ledger_fixture_add_run(fixture, "crm", "customer");
    segments[1] = add_group(fixture, runs[1], "customer", first_group, WH_COUNT_OF(first_group));
    runs[2] = ledger_fixture_add_run(fixture, "shop", "customer");
    segments[2] = add_group(fixture, runs[2], "customer", second_group, WH_COUNT_OF(second_group));
    segments[3] = add_group(fixture, runs[2], "order", first_group, 1);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* What a visit was given, as text: "run:item:key:status:message". */
struct seen {
    char lines[16][128];
    size_t count;
    size_t stop_at;
};

static wh_code see(void *ctx, const struct wh_log_entry *entry, struct wh_error *err)
{
    struct seen *seen = ctx;
    (void)err;
    if (seen->count == seen->stop_at)
        return WH_CANCELLED;
    assert_true(seen->count < WH_COUNT_OF(seen->lines));
    assert_true(entry->at > INT64_C(800000000000000));
    struct wh_str message = entry->failure != NULL ? entry->failure->message : WH_STR("-");
    struct wh_str key = entry->logged.key.ptr != NULL ? entry->logged.key : WH_STR("none");
    (void)snprintf(seen->lines[seen->count++], sizeof(seen->lines[0]), "%lld:%.*s:%.*s:%s:%.*s",
                   (long long)entry->run, WH_FMT(entry->item), WH_FMT(key),
                   wh_item_status_name(entry->logged.status), WH_FMT(message));
    return WH_OK;
}

static struct seen ask(struct ledger_fixture *fixture, struct wh_log_query query)
{
    struct wh_error err = WH_ERROR_NONE;
    struct seen seen = {.stop_at = SIZE_MAX};
    uint64_t count = 0;
    query.migration = WH_STR("shop");
    wh_code rc = wh_log_items(fixture->ledger, &query, see, &seen, &count, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
    assert_int_equal(count, seen.count);
    return seen;
}

static void expect_lines(const struct seen *seen, const char *const *lines, size_t count)
{
    assert_int_equal(seen->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(seen->lines[i], lines[i]);
}

#define EXPECT(seen, ...)                                                                          \
    do {                                                                                           \
        const char *const lines_[] = {__VA_ARGS__};                                                \
        expect_lines((seen), lines_, WH_COUNT_OF(lines_));                                         \
    } while (0)

static void a_keys_history_is_told_newest_first(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    struct seen seen = ask(fixture, (struct wh_log_query){.key = WH_STR("2")});
    EXPECT(&seen, "3:customer:2:updated:-", "1:customer:2:rejected:reason 1 of segment 1",
           "1:customer:2:rejected:reason 3 of segment 1");
    seen = ask(fixture, (struct wh_log_query){.key = WH_STR("1")});
    EXPECT(&seen, "3:order:1:inserted:-", "3:customer:1:unchanged:-", "1:customer:1:inserted:-");
    seen = ask(fixture,
               (struct wh_log_query){.key = WH_STR("1"), .item = WH_STR("customer"), .run = 1});
    EXPECT(&seen, "1:customer:1:inserted:-");
    seen = ask(fixture, (struct wh_log_query){.key = WH_STR("99")});
    assert_int_equal(seen.count, 0);
}

static void a_run_is_told_in_its_order(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    struct seen seen = ask(fixture, (struct wh_log_query){.run = runs[0]});
    EXPECT(&seen, "1:customer:1:inserted:-", "1:customer:2:rejected:reason 1 of segment 1",
           "1:customer:none:rejected:reason 2 of segment 1",
           "1:customer:2:rejected:reason 3 of segment 1");
    /* Without a run the latest. */
    seen = ask(fixture, (struct wh_log_query){.item = WH_STR("customer")});
    EXPECT(&seen, "3:customer:1:unchanged:-", "3:customer:2:updated:-", "3:customer:3:deleted:-");
}

static void a_rule_finds_what_it_touched_or_refused(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    struct seen seen =
        ask(fixture, (struct wh_log_query){.run = runs[0], .rule = WH_STR("small letters")});
    EXPECT(&seen, "1:customer:1:inserted:-");
    seen = ask(fixture, (struct wh_log_query){.run = runs[0], .rule = WH_STR("even")});
    EXPECT(&seen, "1:customer:none:rejected:reason 2 of segment 1");
    seen = ask(fixture, (struct wh_log_query){.run = runs[0], .rule = WH_STR("no such rule")});
    assert_int_equal(seen.count, 0);
}

static wh_code see_images(void *ctx, const struct wh_log_entry *entry, struct wh_error *err)
{
    (void)err;
    *(bool *)ctx = true;
    assert_true(wh_str_is(entry->schema->source_names[1], "email"));
    assert_true(wh_str_is(entry->schema->target_names[1], "mail"));
    assert_true(wh_str_is(entry->logged.source[1], "c@d"));
    assert_true(wh_str_is(entry->logged.before[1], "old"));
    assert_true(wh_str_is(entry->logged.after[1], "c@d"));
    return WH_OK;
}

static void an_updated_item_shows_before_and_after(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    struct wh_log_query query = {.migration = WH_STR("shop"), .key = WH_STR("2"), .run = runs[2]};
    bool is_seen = false;
    uint64_t count = 0;
    assert_int_equal(wh_log_items(fixture->ledger, &query, see_images, &is_seen, &count, &err),
                     WH_OK);
    assert_true(is_seen);
}

static wh_code see_message(void *ctx, const struct wh_log_entry *entry, struct wh_error *err)
{
    struct seen *seen = ctx;
    (void)err;
    assert_true(seen->count < WH_COUNT_OF(seen->lines));
    assert_int_equal(entry->was_tried_again, entry->failure == NULL);
    struct wh_str message = entry->failure != NULL ? entry->failure->message : WH_STR("-");
    (void)snprintf(seen->lines[seen->count++], sizeof(seen->lines[0]), "%.*s", WH_FMT(message));
    return WH_OK;
}

enum { LONG_KEY = WH_CAP_BYTES + 2 };

/* Two keys that are cut to the same text. */
static void fill_cut_alike(char one[static LONG_KEY], char other[static LONG_KEY])
{
    memset(one, 'k', LONG_KEY - 1);
    memset(other, 'k', LONG_KEY - 1);
    other[LONG_KEY - 2] = 'o';
    one[LONG_KEY - 1] = other[LONG_KEY - 1] = '\0';
}

/* What failed waits for others, and is tried again until so many passes are done. */
static void add_passes(struct ledger_fixture *fixture, int64_t run,
                       const struct fixture_item *items, size_t count, size_t passes)
{
    for (size_t i = 0; i < passes; i++)
        add_group(fixture, run, "customer", items, count);
    ledger_fixture_run(fixture, "UPDATE wherry_segment SET chunk = NULL WHERE id > 1");
    ledger_fixture_run(fixture, "UPDATE wherry_failure SET stage = 'write', sqlstate = '23503'");
}

/* "1" failed for something else in the end. */
static void what_waits_on_has_the_failure_that_was_logged_first(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    char one[LONG_KEY];
    char other[LONG_KEY];
    fill_cut_alike(one, other);
    const struct fixture_item items[] = {
        {.status = WH_STATUS_FAILED, .key = "1", .source = row_1},
        {.status = WH_STATUS_FAILED, .key = one, .source = row_2},
        {.status = WH_STATUS_FAILED, .key = other, .source = row_2},
    };
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    add_passes(fixture, run, items, WH_COUNT_OF(items), 3);
    ledger_fixture_run(fixture, "DELETE FROM wherry_failure WHERE segment <> "
                                "CASE WHEN key = '1' THEN 3 ELSE 1 END");
    struct seen seen = {.count = 0};
    uint64_t count = 0;
    struct wh_log_query query = {.migration = WH_STR("shop"), .run = run};
    assert_int_equal(wh_log_items(fixture->ledger, &query, see_message, &seen, &count, &err),
                     WH_OK);
    EXPECT(&seen, "-", "reason 1 of segment 1", "reason 2 of segment 1", "-",
           "reason 1 of segment 1", "reason 2 of segment 1", "reason 0 of segment 3",
           "reason 1 of segment 1", "reason 2 of segment 1");
}

static void keys_that_are_cut_alike_have_their_own_failures(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    char one[LONG_KEY];
    char other[LONG_KEY];
    fill_cut_alike(one, other);
    const struct fixture_item items[] = {
        {.status = WH_STATUS_FAILED, .key = one, .source = row_1},
        {.status = WH_STATUS_FAILED, .key = other, .source = row_2},
    };
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    add_group(fixture, run, "customer", items, WH_COUNT_OF(items));
    struct seen seen = {.count = 0};
    for (size_t i = 0; i < WH_COUNT_OF(items); i++) {
        uint64_t count = 0;
        struct wh_log_query query = {
            .migration = WH_STR("shop"), .run = run, .key = wh_str_from(items[i].key)};
        assert_int_equal(wh_log_items(fixture->ledger, &query, see_message, &seen, &count, &err),
                         WH_OK);
    }
    EXPECT(&seen, "reason 0 of segment 1", "reason 1 of segment 1");
}

/* A key that was not cut is what longer ones are cut to. */
static void what_failed_is_not_told_of_a_key_that_is_cut_alike(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    char one[LONG_KEY];
    char other[LONG_KEY];
    char whole[LONG_KEY];
    fill_cut_alike(one, other);
    memcpy(whole, one, LONG_KEY);
    whole[WH_CAP_BYTES] = '\0';
    const struct fixture_item items[] = {
        {.status = WH_STATUS_FAILED, .key = whole, .source = row_1},
        {.status = WH_STATUS_FAILED, .key = one, .source = row_1},
        {.status = WH_STATUS_FAILED, .key = other, .source = row_2},
    };
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    add_passes(fixture, run, items, WH_COUNT_OF(items), 2);
    ledger_fixture_run(fixture, "DELETE FROM wherry_failure WHERE message NOT LIKE 'reason 2%'");
    struct seen seen = {.count = 0};
    uint64_t count = 0;
    struct wh_log_query query = {.migration = WH_STR("shop"), .run = run};
    assert_int_equal(wh_log_items(fixture->ledger, &query, see_message, &seen, &count, &err),
                     WH_OK);
    EXPECT(&seen, "-", "-", "reason 2 of segment 1", "-", "-", "reason 2 of segment 2");
    seen.count = 0;
    query.key = wh_str_from(whole);
    assert_int_equal(wh_log_items(fixture->ledger, &query, see_message, &seen, &count, &err),
                     WH_OK);
    EXPECT(&seen, "-", "-");
}

static void a_visitor_may_stop(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    struct seen seen = {.stop_at = 2};
    struct wh_log_query query = {.migration = WH_STR("shop"), .run = runs[0]};
    uint64_t count = 0;
    assert_int_equal(wh_log_items(fixture->ledger, &query, see, &seen, &count, &err), WH_CANCELLED);
    assert_int_equal(seen.count, 2);
}

static void a_migration_that_never_ran_has_no_log(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct seen seen = ask(fixture, (struct wh_log_query){.run = 0});
    assert_int_equal(seen.count, 0);
    seen = ask(fixture, (struct wh_log_query){.key = WH_STR("1")});
    assert_int_equal(seen.count, 0);
}

/* ---- many failures --------------------------------------------------------------------------- */

/* Failures that were told: each once, in their order. */
struct told {
    int64_t run;
    int64_t last;
    uint64_t count;
};

static wh_code hear(void *ctx, const struct wh_failure_record *failure, struct wh_error *err)
{
    struct told *told = ctx;
    (void)err;
    assert_int_equal(failure->run, told->run);
    assert_true(failure->id > told->last);
    told->last = failure->id;
    told->count++;
    return WH_OK;
}

static void expect_failures(struct ledger_fixture *fixture, struct wh_log_query query,
                            enum wh_item_status status, uint64_t expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct told told = {.run = query.run};
    uint64_t count = 0;
    query.migration = WH_STR("shop");
    assert_int_equal(wh_log_failures(fixture->ledger, &query, status, hear, &told, &count, &err),
                     WH_OK);
    assert_int_equal(count, expected);
    assert_int_equal(told.count, expected);
}

/* One in three failed; one in ten has a key of its own. */
static int64_t add_many_failures(struct ledger_fixture *fixture, int count)
{
    char sql[768];
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    (void)snprintf(sql, sizeof(sql),
                   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                   "INSERT INTO wherry_failure (run, item, status, key, stage, message, at) "
                   "SELECT %lld, 'customer', CASE WHEN i %% 3 = 0 THEN 'failed' ELSE 'rejected' "
                   "END, CASE WHEN i %% 10 = 0 THEN 'own' || i ELSE 'shared' END, 'key', 'no', "
                   "'2026-01-31 12:34:56.123456Z' FROM n WHERE i <= %d",
                   count, (long long)run, count);
    ledger_fixture_run(fixture, sql);
    return run;
}

static void failures_of_many_pages_are_told_once(void **state)
{
    struct ledger_fixture *fixture = *state;
    const int counts[] = {3000, 1501, 499, 500, 0};
    int64_t runs[WH_COUNT_OF(counts)];
    for (size_t i = 0; i < WH_COUNT_OF(counts); i++)
        runs[i] = add_many_failures(fixture, counts[i]);
    for (size_t i = 0; i < WH_COUNT_OF(counts); i++) {
        struct wh_log_query query = {.run = runs[i]};
        uint64_t all = (uint64_t)counts[i];
        expect_failures(fixture, query, 0, all);
        expect_failures(fixture, query, WH_STATUS_FAILED, all / 3);
        query.key = WH_STR("shared");
        expect_failures(fixture, query, 0, all - all / 10);
        query.key = WH_STR("own10");
        expect_failures(fixture, query, 0, all > 0 ? 1 : 0);
    }
}

static void failures_of_keys_that_are_cut_alike_are_told_apart(void **state)
{
    struct ledger_fixture *fixture = *state;
    char one[LONG_KEY];
    char other[LONG_KEY];
    fill_cut_alike(one, other);
    const struct fixture_item items[] = {
        {.status = WH_STATUS_FAILED, .key = one, .source = row_1},
        {.status = WH_STATUS_FAILED, .key = other, .source = row_2},
        {.status = WH_STATUS_REJECTED, .key = other, .source = row_2},
    };
    struct wh_log_query query = {.run = ledger_fixture_add_run(fixture, "shop", "customer")};
    add_group(fixture, query.run, "customer", items, WH_COUNT_OF(items));
    expect_failures(fixture, query, 0, 3);
    query.key = wh_str_from(one);
    expect_failures(fixture, query, 0, 1);
    query.key = wh_str_from(other);
    expect_failures(fixture, query, 0, 2);
    query.key = wh_str_make(one, WH_CAP_BYTES);
    expect_failures(fixture, query, 0, 0);
}

/* ---- counting -------------------------------------------------------------------------------- */

static void items_are_counted_again_from_segments(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    add_group(fixture, runs[2], "customer", first_group, WH_COUNT_OF(first_group));
    struct wh_counts counts;
    assert_int_equal(wh_log_recount(fixture->ledger, runs[2], WH_STR("customer"), &counts, &err),
                     WH_OK);
    struct wh_counts expected = {
        .read = 6, .inserted = 1, .updated = 1, .unchanged = 1, .rejected = 3, .deleted = 1};
    assert_memory_equal(&counts, &expected, sizeof(counts));
    assert_true(wh_counts_close(&counts));
}

static void a_count_that_differs_from_its_segment_is_corrupt(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t runs[3];
    int64_t segments[4];
    make_history(fixture, runs, segments);
    ledger_fixture_run(fixture, "UPDATE wherry_segment SET items = items + 1");
    struct wh_counts counts;
    assert_int_equal(wh_log_recount(fixture->ledger, runs[2], WH_STR("customer"), &counts, &err),
                     WH_CORRUPT);
}

static void a_segment_that_is_gone_or_damaged_is_named(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t runs[3];
    int64_t segments[4];
    struct wh_segment *segment = NULL;
    make_history(fixture, runs, segments);
    assert_int_equal(wh_ledger_load_segment(fixture->ledger, 99, &segment, &err), WH_CORRUPT);
    assert_non_null(strstr(err.message, "99"));
    ledger_fixture_run(fixture, "UPDATE wherry_segment SET body = substr(body, 1, 40) "
                                "WHERE id = 3");
    assert_int_equal(wh_ledger_load_segment(fixture->ledger, 3, &segment, &err), WH_CORRUPT);
    assert_non_null(strstr(err.message, "segment 3"));
    assert_null(segment);
}

static void segments_have_rising_numbers_that_are_not_used_again(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    int64_t first = add_group(fixture, run, "customer", first_group, 1);
    ledger_fixture_run(fixture, "DELETE FROM wherry_failure; DELETE FROM wherry_segment;");
    assert_true(add_group(fixture, run, "customer", first_group, 1) > first);
}

#define WITH_LEDGER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, ledger_fixture_set_up_open, ledger_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LEDGER(a_filter_is_there_once_however_new_and_old_ones_take_turns),
        WITH_LEDGER(a_filter_that_is_neither_found_nor_added_is_an_error),
        WITH_LEDGER(a_keys_history_is_told_newest_first),
        WITH_LEDGER(a_run_is_told_in_its_order),
        WITH_LEDGER(a_rule_finds_what_it_touched_or_refused),
        WITH_LEDGER(an_updated_item_shows_before_and_after),
        WITH_LEDGER(what_waits_on_has_the_failure_that_was_logged_first),
        WITH_LEDGER(keys_that_are_cut_alike_have_their_own_failures),
        WITH_LEDGER(what_failed_is_not_told_of_a_key_that_is_cut_alike),
        WITH_LEDGER(a_visitor_may_stop),
        WITH_LEDGER(a_migration_that_never_ran_has_no_log),
        WITH_LEDGER(failures_of_many_pages_are_told_once),
        WITH_LEDGER(failures_of_keys_that_are_cut_alike_are_told_apart),
        WITH_LEDGER(items_are_counted_again_from_segments),
        WITH_LEDGER(a_count_that_differs_from_its_segment_is_corrupt),
        WITH_LEDGER(a_segment_that_is_gone_or_damaged_is_named),
        WITH_LEDGER(segments_have_rising_numbers_that_are_not_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
