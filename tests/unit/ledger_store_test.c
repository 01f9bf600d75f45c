/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, item types, chunks, failures and rules, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/cap.h"
#include "ledger/clock_text.h"
#include "ledger/log.h"
#include "ledger_fixture.h"

#define IS(str, text) assert_true(wh_str_is((str), (text)))

/* ---- versions -------------------------------------------------------------------------------- */

static void a_database_without_a_ledger_says_so(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_ledger *ledger = NULL;
    assert_int_equal(wh_ledger_open(&fixture->connection, true, &ledger, &err), WH_END);
    assert_null(ledger);
}

static void preparing_twice_changes_nothing(void **state)
{
    struct ledger_fixture *fixture = *state;
    ledger_fixture_open(fixture);
    ledger_fixture_add_run(fixture, "shop", "customer");
    ledger_fixture_reopen(fixture);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.ledger"),
                     WH_LEDGER_VERSION);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT max(version) FROM wherry.ledger"),
                     WH_LEDGER_VERSION);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.run"), 1);
}

static void refuse(struct ledger_fixture *fixture, wh_code code, const char *part)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_ledger *ledger = NULL;
    assert_int_equal(wh_ledger_prepare(&fixture->connection, false, &err), code);
    assert_non_null(strstr(err.message, part));
    err = (struct wh_error)WH_ERROR_NONE;
    assert_int_equal(wh_ledger_open(&fixture->connection, true, &ledger, &err), code);
    assert_non_null(strstr(err.message, part));
    assert_null(ledger);
}

static void a_newer_ledger_is_refused(void **state)
{
    struct ledger_fixture *fixture = *state;
    ledger_fixture_open(fixture);
    ledger_fixture_run(fixture, "INSERT INTO wherry_ledger SELECT 99, destination, '9.9', at "
                                "FROM wherry_ledger WHERE version = 1");
    refuse(fixture, WH_UNSUPPORTED, "version 99");
}

static void a_ledger_of_another_destination_is_refused(void **state)
{
    struct ledger_fixture *fixture = *state;
    ledger_fixture_open(fixture);
    ledger_fixture_run(fixture, "UPDATE wherry_ledger SET destination = 'elsewhere'");
    refuse(fixture, WH_CONFLICT, "'elsewhere'");
}

static void a_ledger_without_a_version_is_corrupt(void **state)
{
    struct ledger_fixture *fixture = *state;
    ledger_fixture_open(fixture);
    ledger_fixture_run(fixture, "DELETE FROM wherry_ledger");
    refuse(fixture, WH_CORRUPT, "wherry_ledger");
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void a_run_comes_back_as_it_was_added(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_run_record run = {.migration = WH_STR("shop"),
                                .is_partial = true,
                                .options = WH_STR("{\"limit\": 5}"),
                                .text = WH_STR("wherry: 1\nname: shop\n"),
                                .version = WH_STR("0.1.0"),
                                .who = WH_STR("ann@host, 17"),
                                .started_at = INT64_C(836400123456)};
    assert_int_equal(wh_ledger_add_run(fixture->ledger, &run, &err), WH_OK);
    assert_int_equal(run.id, 1);
    assert_int_equal(run.state, WH_RUN_RUNNING);
    struct wh_run_record other = {.migration = WH_STR("crm")};
    struct wh_run_record next = {.migration = WH_STR("shop")};
    assert_int_equal(wh_ledger_add_run(fixture->ledger, &other, &err), WH_OK);
    assert_int_equal(wh_ledger_add_run(fixture->ledger, &next, &err), WH_OK);
    struct wh_run_record *runs = NULL;
    size_t count = 0;
    assert_int_equal(
        wh_ledger_runs(fixture->ledger, WH_STR("shop"), 0, &fixture->arena, &runs, &count, &err),
        WH_OK);
    assert_int_equal(count, 2);
    assert_int_equal(runs[0].id, next.id);
    assert_true(runs[0].started_at > INT64_C(800000000000000));
    IS(runs[1].migration, "shop");
    IS(runs[1].options, "{\"limit\": 5}");
    IS(runs[1].text, "wherry: 1\nname: shop\n");
    IS(runs[1].version, "0.1.0");
    IS(runs[1].who, "ann@host, 17");
    assert_null(runs[1].reason.ptr);
    assert_true(runs[1].is_partial);
    assert_int_equal(runs[1].state, WH_RUN_RUNNING);
    assert_int_equal(runs[1].started_at, INT64_C(836400123456));
    assert_int_equal(runs[1].finished_at, 0);
    assert_int_equal(
        wh_ledger_runs(fixture->ledger, WH_STR("shop"), 1, &fixture->arena, &runs, &count, &err),
        WH_OK);
    assert_int_equal(count, 1);
}

static void a_run_that_ends_has_a_state_and_a_reason(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t id = ledger_fixture_add_run(fixture, "shop", "customer");
    assert_int_equal(wh_ledger_set_run_state(fixture->ledger, id, WH_RUN_ABANDONED,
                                             WH_STR("the source changed"), &err),
                     WH_OK);
    struct wh_run_record *runs = NULL;
    size_t count = 0;
    assert_int_equal(
        wh_ledger_runs(fixture->ledger, WH_STR("shop"), 0, &fixture->arena, &runs, &count, &err),
        WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(runs[0].state, WH_RUN_ABANDONED);
    IS(runs[0].reason, "the source changed");
    assert_true(runs[0].finished_at >= runs[0].started_at);
    assert_string_equal(ledger_fixture_text(fixture, "SELECT state FROM wherry.run"), "abandoned");
    /* A run that is gone on with is running again. */
    assert_int_equal(
        wh_ledger_set_run_state(fixture->ledger, id, WH_RUN_RUNNING, WH_STR_NONE, &err), WH_OK);
    assert_int_equal(
        ledger_fixture_number(fixture, "SELECT count(*) FROM wherry.run WHERE finished_at IS NULL"),
        1);
}

/* Adds chunks, and gives them the ids under which the ledger has them: the last ones,
 * in their order. */
static void add_chunks(struct ledger_fixture *fixture, struct wh_chunk_record *chunks, size_t count)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_ledger_add_chunks(fixture->ledger, chunks, count, &err), WH_OK);
    int64_t last = ledger_fixture_number(fixture, "SELECT max(id) FROM wherry.chunk");
    for (size_t i = 0; i < count; i++)
        chunks[i].id = last - (int64_t)(count - 1 - i);
}

static void item_types_keep_their_order_and_sum_their_chunks(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "zebra");
    struct wh_item_record item = {.run = run,
                                  .name = WH_STR("apple"),
                                  .into = WH_STR("apples"),
                                  .fingerprint = UINT64_MAX - 1,
                                  .source_identity = WH_STR("a.csv 5 2020"),
                                  .records = 12};
    assert_int_equal(wh_ledger_add_item(fixture->ledger, &item, &err), WH_OK);
    struct wh_chunk_record chunks[2] = {{.run = run, .item = WH_STR("apple")},
                                        {.run = run, .item = WH_STR("apple")}};
    add_chunks(fixture, chunks, 2);
    assert_int_equal(wh_ledger_own_chunks(fixture->ledger, run, WH_STR("me"), &err), WH_OK);
    for (size_t i = 0; i < 2; i++) {
        struct wh_chunk_move move = {.chunk = chunks[i].id,
                                     .owner = WH_STR("me"),
                                     .to = 10,
                                     .is_done = true,
                                     .counts = {10, 1, 2, 3, 2, 1, 1, 5}};
        assert_int_equal(wh_ledger_move_chunk(fixture->ledger, &move, &err), WH_OK);
    }
    assert_int_equal(wh_ledger_finish_item(fixture->ledger, run, WH_STR("apple"), &err), WH_OK);
    struct wh_item_record *items = NULL;
    size_t count = 0;
    assert_int_equal(wh_ledger_items(fixture->ledger, run, &fixture->arena, &items, &count, &err),
                     WH_OK);
    assert_int_equal(count, 2);
    IS(items[0].name, "zebra");
    assert_false(items[0].is_done);
    assert_int_equal(items[0].records, UINT64_MAX);
    assert_int_equal(items[0].counts.read, 0);
    IS(items[1].name, "apple");
    IS(items[1].into, "apples");
    IS(items[1].source_identity, "a.csv 5 2020");
    assert_int_equal(items[1].run, run);
    assert_int_equal(items[1].fingerprint, UINT64_MAX - 1);
    assert_int_equal(items[1].records, 12);
    assert_true(items[1].is_done);
    struct wh_counts expected = {20, 2, 4, 6, 4, 2, 2, 10};
    assert_memory_equal(&items[1].counts, &expected, sizeof(expected));
    assert_true(wh_counts_close(&items[1].counts));
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static wh_code move(struct ledger_fixture *fixture, int64_t chunk, const char *owner, bool started,
                    uint64_t from, uint64_t to)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_chunk_move request = {.chunk = chunk,
                                    .owner = wh_str_from(owner),
                                    .was_started = started,
                                    .from = from,
                                    .to = to,
                                    .digest = UINT64_MAX - to,
                                    .counts = {.read = 1, .inserted = 1}};
    return wh_ledger_move_chunk(fixture->ledger, &request, &err);
}

static void a_chunk_moves_only_from_where_it_is(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_chunk_record added[2] = {
        {.run = run,
         .item = WH_STR("customer"),
         .spec = {.text = WH_STR("a\xff\0b"), .records = 5, .size = UINT64_MAX / 2}},
        {.run = run, .item = WH_STR("customer"), .spec = {.records = UINT64_MAX}}};
    add_chunks(fixture, added, 2);
    assert_int_equal(move(fixture, added[0].id, "me", false, 0, 100), WH_CONFLICT);
    assert_int_equal(wh_ledger_own_chunks(fixture->ledger, run, WH_STR("me"), &err), WH_OK);
    assert_int_equal(move(fixture, added[0].id, "you", false, 0, 100), WH_CONFLICT);
    assert_int_equal(move(fixture, added[0].id, "me", true, 0, 100), WH_CONFLICT);
    assert_int_equal(move(fixture, added[0].id, "me", false, 0, 100), WH_OK);
    assert_int_equal(move(fixture, added[0].id, "me", false, 0, 100), WH_CONFLICT);
    assert_int_equal(move(fixture, added[0].id, "me", true, 99, 200), WH_CONFLICT);
    assert_int_equal(move(fixture, added[0].id, "me", true, 100, UINT64_MAX - 9), WH_OK);
    struct wh_chunk_record *chunks = NULL;
    size_t count = 0;
    assert_int_equal(wh_ledger_chunks(fixture->ledger, run, WH_STR("customer"), &fixture->arena,
                                      &chunks, &count, &err),
                     WH_OK);
    assert_int_equal(count, 2);
    assert_true(wh_str_equal(chunks[0].spec.text, WH_STR("a\xff\0b")));
    assert_int_equal(chunks[0].spec.records, 5);
    assert_int_equal(chunks[0].spec.size, UINT64_MAX / 2);
    assert_true(chunks[0].is_started);
    assert_false(chunks[0].is_done);
    assert_int_equal(chunks[0].position, UINT64_MAX - 9);
    assert_int_equal(chunks[0].digest, 9);
    assert_int_equal(chunks[0].counts.inserted, 2);
    assert_int_equal(chunks[1].spec.records, UINT64_MAX);
    assert_false(chunks[1].is_started);
    IS(chunks[1].item, "customer");
}

/** The only chunk of a new run: mine, and not started. */
static struct wh_chunk_record add_own_chunk(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_chunk_record chunk = {.run = run, .item = WH_STR("customer")};
    add_chunks(fixture, &chunk, 1);
    assert_int_equal(wh_ledger_own_chunks(fixture->ledger, run, WH_STR("me"), &err), WH_OK);
    return chunk;
}

static void a_chunk_that_is_done_moves_no_more(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_chunk_record chunk = add_own_chunk(fixture);
    struct wh_chunk_move last = {.chunk = chunk.id, .owner = WH_STR("me"), .is_done = true};
    assert_int_equal(wh_ledger_move_chunk(fixture->ledger, &last, &err), WH_OK);
    assert_int_equal(move(fixture, chunk.id, "me", true, 0, 5), WH_CONFLICT);
    assert_int_equal(wh_ledger_hold_chunk(fixture->ledger, chunk.id, WH_STR("me"), &err), WH_OK);
    /* Another process takes the run over: it may hold what is done, and nobody else may. */
    assert_int_equal(wh_ledger_own_chunks(fixture->ledger, chunk.run, WH_STR("you"), &err), WH_OK);
    assert_int_equal(move(fixture, chunk.id, "you", true, 0, 5), WH_CONFLICT);
    assert_int_equal(wh_ledger_hold_chunk(fixture->ledger, chunk.id, WH_STR("me"), &err),
                     WH_CONFLICT);
    assert_int_equal(wh_ledger_hold_chunk(fixture->ledger, chunk.id, WH_STR("you"), &err), WH_OK);
}

static void counts_of_a_done_chunk_change_by_the_difference(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_chunk_record chunk = add_own_chunk(fixture);
    const struct wh_counts decided = {20, 9, 2, 3, 2, 3, 1, 0};
    const struct wh_counts became = {20, 4, 5, 1, 1, 2, 7, 6};
    struct wh_chunk_move last = {
        .chunk = chunk.id, .owner = WH_STR("me"), .is_done = true, .counts = decided};
    assert_int_equal(wh_ledger_move_chunk(fixture->ledger, &last, &err), WH_OK);
    assert_int_equal(wh_ledger_change_counts(fixture->ledger, chunk.id, &decided, &became, &err),
                     WH_OK);
    struct wh_chunk_record *chunks = NULL;
    size_t count = 0;
    assert_int_equal(wh_ledger_chunks(fixture->ledger, chunk.run, WH_STR("customer"),
                                      &fixture->arena, &chunks, &count, &err),
                     WH_OK);
    assert_int_equal(count, 1);
    assert_true(wh_counts_equal(&chunks[0].counts, &became));
    assert_true(chunks[0].is_done);
}

/* ---- failures -------------------------------------------------------------------------------- */

static void add_failure(struct ledger_fixture *fixture, const struct wh_failure_record *failure)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_ledger_add_failures(fixture->ledger, failure, 1, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
}

struct seen_failures {
    struct wh_arena *arena;
    struct wh_failure_record last;
    size_t count;
};

static wh_code see_failure(void *ctx, const struct wh_failure_record *failure, struct wh_error *err)
{
    struct seen_failures *seen = ctx;
    seen->last = *failure;
    seen->count++;
    if (failure->key.ptr != NULL)
        assert_int_equal(wh_arena_copy(seen->arena, failure->key, &seen->last.key, err), WH_OK);
    return wh_arena_copy(seen->arena, failure->message, &seen->last.message, err);
}

static size_t ask_failures(struct ledger_fixture *fixture, struct wh_log_query query,
                           enum wh_item_status status, struct seen_failures *seen)
{
    struct wh_error err = WH_ERROR_NONE;
    uint64_t count = 0;
    *seen = (struct seen_failures){.arena = &fixture->arena};
    query.migration = WH_STR("shop");
    assert_int_equal(
        wh_log_failures(fixture->ledger, &query, status, see_failure, seen, &count, &err), WH_OK);
    assert_int_equal(count, seen->count);
    return seen->count;
}

static void many_failures_are_added_at_once_and_in_order(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_failure_record failures[35];
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    for (size_t i = 0; i < WH_COUNT_OF(failures); i++) {
        failures[i] = (struct wh_failure_record){.run = run,
                                                 .item = WH_STR("customer"),
                                                 .status = WH_STATUS_FAILED,
                                                 .stage = WH_STR("write"),
                                                 .message = WH_STR("no"),
                                                 .at = (int64_t)i};
        assert_int_equal(wh_arena_format(&fixture->arena, &failures[i].key, &err, "%zu", i), WH_OK);
        if (i % 3 != 0)
            failures[i].sqlstate = WH_STR("23514");
    }
    assert_int_equal(wh_ledger_add_failures(fixture->ledger, failures, WH_COUNT_OF(failures), &err),
                     WH_OK);
    for (size_t i = 0; i < WH_COUNT_OF(failures); i++) {
        char sql[128];
        (void)snprintf(sql, sizeof(sql),
                       "SELECT key || coalesce(sqlstate, '-') FROM wherry.failure ORDER BY id "
                       "LIMIT 1 OFFSET %zu",
                       i);
        char expected[32];
        (void)snprintf(expected, sizeof(expected), "%zu%s", i, i % 3 != 0 ? "23514" : "-");
        assert_string_equal(ledger_fixture_text(fixture, sql), expected);
    }
}

static void failures_are_found_by_run_status_key_and_rule(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t old_run = ledger_fixture_add_run(fixture, "shop", "customer");
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_failure_record failure = {.run = old_run,
                                        .item = WH_STR("customer"),
                                        .status = WH_STATUS_REJECTED,
                                        .key = WH_STR("1"),
                                        .stage = WH_STR("map"),
                                        .message = WH_STR("old"),
                                        .at = 5};
    add_failure(fixture, &failure);
    failure.run = run;
    failure.message = WH_STR("new");
    failure.rule = WH_STR("no e-mail");
    failure.column = WH_STR("email");
    failure.place = WH_STR("people.csv:7");
    failure.values = WH_STR("{\"email\":null}");
    add_failure(fixture, &failure);
    failure.status = WH_STATUS_FAILED;
    failure.key = WH_STR("2");
    failure.rule = WH_STR_NONE;
    failure.sqlstate = WH_STR("23503");
    add_failure(fixture, &failure);
    struct seen_failures seen;
    assert_int_equal(ask_failures(fixture, (struct wh_log_query){.run = 0}, 0, &seen), 2);
    assert_int_equal(ask_failures(fixture, (struct wh_log_query){.run = old_run}, 0, &seen), 1);
    IS(seen.last.message, "old");
    assert_int_equal(
        ask_failures(fixture, (struct wh_log_query){.run = 0}, WH_STATUS_FAILED, &seen), 1);
    IS(seen.last.key, "2");
    assert_int_equal(seen.last.at, 5);
    assert_int_equal(ask_failures(fixture, (struct wh_log_query){.key = WH_STR("1")}, 0, &seen), 1);
    IS(seen.last.message, "new");
    assert_int_equal(
        ask_failures(fixture, (struct wh_log_query){.rule = WH_STR("no e-mail")}, 0, &seen), 1);
    assert_int_equal(
        ask_failures(fixture, (struct wh_log_query){.item = WH_STR("order")}, 0, &seen), 0);
    assert_string_equal(ledger_fixture_text(fixture, "SELECT at FROM wherry.failure WHERE id = 1"),
                        "2000-01-01 00:00:00.000005Z");
}

static void long_texts_are_cut_with_their_length_and_hash_beside(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    size_t len = 100000;
    char *large = malloc(len + 1);
    assert_non_null(large);
    /* Three bytes a character: 16384 is inside of one. */
    for (size_t i = 0; i < len; i++)
        large[i] = "\xe2\x82\xac"[i % 3];
    struct wh_str text = wh_str_make(large, len - len % 3);
    struct wh_failure_record failure = {.run = run,
                                        .item = WH_STR("customer"),
                                        .status = WH_STATUS_REJECTED,
                                        .key = text,
                                        .stage = WH_STR("read"),
                                        .message = text,
                                        .bytes = text};
    add_failure(fixture, &failure);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT length(CAST(message AS BLOB)) "
                                                    "FROM wherry.failure"),
                     16383);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT message_length FROM wherry.failure"),
                     99999);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT length(message_hash) "
                                                    "FROM wherry.failure"),
                     16);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT length(raw) FROM wherry.failure"),
                     (16384 + 2) / 3 * 4);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT raw_length FROM wherry.failure"),
                     99999);
    struct seen_failures seen;
    assert_int_equal(ask_failures(fixture, (struct wh_log_query){.key = text}, 0, &seen), 1);
    free(large);
}

static void short_texts_have_no_length_beside(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_failure_record failure = {.run = run,
                                        .item = WH_STR("customer"),
                                        .status = WH_STATUS_REJECTED,
                                        .stage = WH_STR("read"),
                                        .message = WH_STR("m"),
                                        .bytes = WH_STR("\xff\xfe,\n")};
    add_failure(fixture, &failure);
    assert_int_equal(ledger_fixture_number(
                         fixture, "SELECT count(*) FROM wherry.failure WHERE key IS NULL "
                                  "AND key_length IS NULL AND message_length IS NULL AND "
                                  "message_hash IS NULL AND raw_length IS NULL AND source IS NULL"),
                     1);
    assert_string_equal(ledger_fixture_text(fixture, "SELECT raw FROM wherry.failure"), "//4sCg==");
}

static void a_cut_object_is_still_json(void **state)
{
    struct ledger_fixture *fixture = *state;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_buf object;
    struct wh_error err = WH_ERROR_NONE;
    wh_buf_init(&object, 1 << 22);
    assert_int_equal(wh_buf_append_str(&object, WH_STR("{\"id\": \"7\", \"note\": \""), &err),
                     WH_OK);
    for (size_t i = 0; i < 9000; i++)
        assert_int_equal(wh_buf_append_str(&object, WH_STR("\\u00e9\\\"\xe2\x82\xac"), &err),
                         WH_OK);
    assert_int_equal(wh_buf_append_str(&object, WH_STR("\", \"last\": null}"), &err), WH_OK);
    struct wh_failure_record failure = {.run = run,
                                        .item = WH_STR("customer"),
                                        .status = WH_STATUS_REJECTED,
                                        .stage = WH_STR("map"),
                                        .message = WH_STR("m"),
                                        .values = wh_buf_str(&object)};
    add_failure(fixture, &failure);
    assert_int_equal(
        ledger_fixture_number(fixture, "SELECT json_valid(source) FROM wherry.failure"), 1);
    assert_string_equal(
        ledger_fixture_text(fixture, "SELECT json_extract(source, '$.id') FROM wherry.failure"),
        "7");
    assert_int_equal(ledger_fixture_number(fixture, "SELECT json_extract(source, '$.note') LIKE "
                                                    "'%…' FROM wherry.failure"),
                     1);
    assert_int_equal(ledger_fixture_number(fixture, "SELECT source_length FROM wherry.failure"),
                     (int64_t)object.len);
    assert_in_range(ledger_fixture_number(fixture, "SELECT length(CAST(source AS BLOB)) "
                                                   "FROM wherry.failure"),
                    4000, WH_CAP_BYTES);
    wh_buf_release(&object);
}

/* ---- rules and rows -------------------------------------------------------------------------- */

static void hits_of_a_rule_add_up(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    int64_t run = ledger_fixture_add_run(fixture, "shop", "customer");
    struct wh_rule_record check = {.run = run,
                                   .item = WH_STR("customer"),
                                   .kind = WH_STR("warn"),
                                   .name = WH_STR("balance"),
                                   .ordinal = 4,
                                   .hits = 3};
    struct wh_rule_record rule = check;
    rule.kind = WH_STR("set");
    rule.name = WH_STR("phones");
    rule.ordinal = 0;
    assert_int_equal(wh_ledger_add_hits(fixture->ledger, &check, &err), WH_OK);
    assert_int_equal(wh_ledger_add_hits(fixture->ledger, &rule, &err), WH_OK);
    assert_int_equal(wh_ledger_add_hits(fixture->ledger, &check, &err), WH_OK);
    struct wh_rule_record *rules = NULL;
    size_t count = 0;
    assert_int_equal(wh_ledger_rules(fixture->ledger, run, &fixture->arena, &rules, &count, &err),
                     WH_OK);
    assert_int_equal(count, 2);
    IS(rules[0].name, "phones");
    IS(rules[0].kind, "set");
    assert_int_equal(rules[0].hits, 3);
    IS(rules[1].name, "balance");
    IS(rules[1].item, "customer");
    assert_int_equal(rules[1].ordinal, 4);
    assert_int_equal(rules[1].hits, 6);
}

static void plain_rows_are_there_for_sql(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_plain_record record = {.run = 1,
                                     .item = WH_STR("customer"),
                                     .key = WH_STR("1"),
                                     .status = WH_STATUS_UPDATED,
                                     .place = WH_STR("a.csv:2"),
                                     .source = WH_STR("{\"a\":\"1\"}"),
                                     .after = WH_STR("{\"b\":\"2\"}")};
    assert_int_equal(wh_ledger_add_plain(fixture->ledger, &record, &err), WH_OK);
    assert_string_equal(ledger_fixture_text(fixture,
                                            "SELECT status || json_extract(after_image, '$.b') || "
                                            "coalesce(before_image, 'none') FROM wherry.row"),
                        "updated2none");
}

/* ---- times ----------------------------------------------------------------------------------- */

static void times_read_back(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, -1, INT64_C(836400123456), INT64_C(-63082281600000000)};
    for (size_t i = 0; i < WH_COUNT_OF(times); i++) {
        struct wh_error err = WH_ERROR_NONE;
        char room[WH_CLOCK_TEXT_SIZE];
        int64_t back = 0;
        assert_int_equal(wh_clock_text_read(wh_clock_text(times[i], room), &back, &err), WH_OK);
        assert_int_equal(back, times[i]);
    }
    char room[WH_CLOCK_TEXT_SIZE];
    IS(wh_clock_text(-1, room), "1999-12-31 23:59:59.999999Z");
    IS(wh_clock_text(INT64_MAX, room), "9999-12-31 00:00:00.000000Z");
    IS(wh_clock_text(INT64_MIN, room), "0001-01-01 00:00:00.000000Z");
}

static void what_is_no_time_is_corrupt(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "2026-01-31",
                                        "2026-01-31 12:34:56.12345Z",
                                        "2026-01-31 12:34:56.1234567Z",
                                        "2026-02-30 12:34:56.123456Z",
                                        "2026-01-31 24:34:56.123456Z",
                                        "2026-01-31T12:34:56.123456Z",
                                        "2026-01-31 12:34:56.12345xZ"};
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++) {
        struct wh_error err = WH_ERROR_NONE;
        int64_t back = 0;
        assert_int_equal(wh_clock_text_read(wh_str_from(texts[i]), &back, &err), WH_CORRUPT);
    }
}

#define WITH_DATABASE(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, ledger_fixture_set_up, ledger_fixture_tear_down)
#define WITH_LEDGER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, ledger_fixture_set_up_open, ledger_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE(a_database_without_a_ledger_says_so),
        WITH_DATABASE(preparing_twice_changes_nothing),
        WITH_DATABASE(a_newer_ledger_is_refused),
        WITH_DATABASE(a_ledger_of_another_destination_is_refused),
        WITH_DATABASE(a_ledger_without_a_version_is_corrupt),
        WITH_LEDGER(a_run_comes_back_as_it_was_added),
        WITH_LEDGER(a_run_that_ends_has_a_state_and_a_reason),
        WITH_LEDGER(item_types_keep_their_order_and_sum_their_chunks),
        WITH_LEDGER(a_chunk_moves_only_from_where_it_is),
        WITH_LEDGER(a_chunk_that_is_done_moves_no_more),
        WITH_LEDGER(counts_of_a_done_chunk_change_by_the_difference),
        WITH_LEDGER(many_failures_are_added_at_once_and_in_order),
        WITH_LEDGER(failures_are_found_by_run_status_key_and_rule),
        WITH_LEDGER(long_texts_are_cut_with_their_length_and_hash_beside),
        WITH_LEDGER(short_texts_have_no_length_beside),
        WITH_LEDGER(a_cut_object_is_still_json),
        WITH_LEDGER(hits_of_a_rule_add_up),
        WITH_LEDGER(plain_rows_are_there_for_sql),
        cmocka_unit_test(times_read_back),
        cmocka_unit_test(what_is_no_time_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
