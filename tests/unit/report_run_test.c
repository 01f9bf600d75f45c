/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/run_report.h"
#include "report_sink.h"

static const struct wh_error no_error = WH_ERROR_NONE;

static struct wh_reason_count reasons[] = {
    {.status = WH_STATUS_REJECTED,
     .stage = {"clean", 5},
     .rule = {"an e-mail has an @", 18},
     .items = 20,
     .example_message = {"e-mail without @\x1b[2J", 20},
     .example_place = {"customers.csv:18", 16},
     .example_key = {"1017", 4}},
    {.status = WH_STATUS_FAILED,
     .stage = {"write", 5},
     .items = 3,
     .example_message = {"CHECK constraint failed", 23},
     .example_place = {"customers.csv:99", 16}},
};

static struct wh_rule_record rules[] = {
    {.kind = {"set", 3}, .name = {"no phone", 8}, .hits = 1200},
    {.kind = {"skip", 4}, .name = {"never used", 10}, .hits = 0},
    {.kind = {"warn", 4}, .name = {"a phone number", 14}, .hits = 7},
};

static struct wh_item_result items[2];

/** A run of two item types; 23 of 3,000 customers are refused, all products are well. */
static struct wh_run_result sample(void)
{
    items[0] = (struct wh_item_result){
        .name = WH_STR("customer"),
        .into = WH_STR("customers"),
        .counts = {.read = 3000, .inserted = 2970, .skipped = 7, .rejected = 20, .failed = 3},
        .rules = rules,
        .rule_count = WH_COUNT_OF(rules),
        .reasons = reasons,
        .reason_count = WH_COUNT_OF(reasons),
        .sum_closes = true,
        .seconds = 1.5};
    items[1] = (struct wh_item_result){.name = WH_STR("product"),
                                       .into = WH_STR("products"),
                                       .counts = {.read = 120, .unchanged = 120},
                                       .sum_closes = true};
    struct wh_run_result result = {
        .run = 3, .state = WH_RUN_DONE, .items = items, .item_count = 2, .seconds = 2};
    wh_counts_add(&result.total, &items[0].counts);
    wh_counts_add(&result.total, &items[1].counts);
    return result;
}

static struct wh_run_report about(const struct wh_run_result *result)
{
    return (struct wh_run_report){.result = result,
                                  .migration = WH_STR("shop"),
                                  .about = {.file = WH_STR("my shop.yaml")},
                                  .error = &no_error,
                                  .exit_code = 1};
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void a_summary_says_what_happened_and_what_to_do(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    struct wh_run_report report = about(&result);
    wh_report_run_text(&report, &sink.paper);
    const char *text = report_sink_text(&sink);
    assert_says(text, "Run 3 of shop finished: 23 items refused");
    assert_says(text, "the sum closes: 3,120 read = 2,970 inserted + 120 unchanged + 7 skipped + "
                      "20 rejected + 3 failed");
    assert_says(text, "rejected: rule 'an e-mail has an @'");
    assert_says(text, "customers.csv:18, key 1017: e-mail without @");
    assert_says(text, "failed: at the write");
    assert_says(text, "1,200  set");
    assert_says(text, "wherry log 'my shop.yaml' --rejected");
    assert_says(text, "wherry log 'my shop.yaml' --id KEY");
    assert_null(strstr(text, "never used"));
}

static void a_hint_names_an_item_type_where_there_are_several(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    struct wh_run_report report = about(&result);
    report.about.has_several_items = true;
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "wherry log 'my shop.yaml' ITEM --id KEY");
    report.about.item = WH_STR("open order");
    wh_buf_reset(&sink.text);
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "wherry log 'my shop.yaml' 'open order' --id KEY");
}

static void data_cannot_move_the_cursor(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, true, 80);
    struct wh_run_result result = sample();
    struct wh_run_report report = about(&result);
    wh_report_run_text(&report, &sink.paper);
    const char *text = report_sink_text(&sink);
    assert_null(strstr(text, "\x1b[2J"));
    assert_says(text, "\\x1b[2J");
}

static void a_sum_that_does_not_close_cannot_be_overlooked(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    result.total.inserted--;
    struct wh_run_report report = about(&result);
    assert_false(wh_report_sums_close(&result));
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "THE SUM DOES NOT CLOSE");
    struct wh_error differs = {.code = WH_DIFFERENT};
    report.error = &differs;
    wh_buf_reset(&sink.text);
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "THE SUM DOES NOT CLOSE");
}

static void what_was_committed_is_no_matter_of_a_dry_run(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    struct wh_run_result result = sample();
    struct wh_error lost = {.code = WH_UNREACHABLE};
    struct wh_run_report report = about(&result);
    report.error = &lost;
    items[1].sum_closes = false;
    report_sink_init(&sink, false, 0);
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "what was committed could not be counted");
    wh_buf_reset(&sink.text);
    result.is_dry_run = true;
    wh_report_run_text(&report, &sink.paper);
    assert_null(strstr(report_sink_text(&sink), "committed"));
    assert_says(report_sink_text(&sink), "Nothing was written.");
}

static void an_item_type_whose_sum_is_open_opens_the_whole(void **state)
{
    (void)state;
    struct wh_run_result result = sample();
    assert_true(wh_report_sums_close(&result));
    items[1].sum_closes = false;
    assert_false(wh_report_sums_close(&result));
}

static void what_the_ledger_does_not_count_is_told_of_the_last_session(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    items[0].put_back = 1500;
    items[1].ignored = 2;
    struct wh_run_report report = about(&result);
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "customer: 1,500 of the inserted rows had been there");
    assert_says(report_sink_text(&sink), "product: 2 members without a column were ignored");
    result.resumed = true;
    wh_buf_reset(&sink.text);
    wh_report_run_text(&report, &sink.paper);
    assert_says(report_sink_text(&sink), "customer: since the run went on, 1,500 of the inserted "
                                         "rows had been there");
    assert_says(report_sink_text(&sink), "product: since the run went on, 2 members without a "
                                         "column were ignored");
}

static void an_interrupted_run_says_how_to_go_on(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    result.state = WH_RUN_INTERRUPTED;
    struct wh_error cancelled = {.code = WH_CANCELLED};
    struct wh_run_report report = about(&result);
    report.error = &cancelled;
    wh_report_run_text(&report, &sink.paper);
    const char *text = report_sink_text(&sink);
    assert_says(text, "Run 3 of shop was interrupted");
    assert_says(text, "What was committed stays");
    assert_says(text, "wherry run 'my shop.yaml'");
}

static void a_dry_run_says_that_nothing_was_written(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    result.run = 0;
    result.is_dry_run = true;
    struct wh_run_report report = about(&result);
    wh_report_run_text(&report, &sink.paper);
    const char *text = report_sink_text(&sink);
    assert_says(text, "Dry run of shop");
    assert_says(text, "Nothing was written");
    assert_null(strstr(text, "wherry log"));
}

static void the_document_has_what_the_docs_say(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    struct wh_run_report report = about(&result);
    wh_report_run_json(&report, &sink.paper);
    json_t *document = json_loads(report_sink_text(&sink), 0, NULL);
    assert_non_null(document);
    int version, run, exit_code, rejected, hits;
    const char *state_name, *place, *stage;
    json_t *rule, *error;
    assert_int_equal(
        json_unpack(document,
                    "{s:i, s:i, s:s, s:i, s:o, s:[{s:{s:i}, s:[{s:s, s:o, s:{s:s}}], s:[{s:i}]}]}",
                    "wherry", &version, "run", &run, "state", &state_name, "exit_code", &exit_code,
                    "error", &error, "items", "counts", "rejected", &rejected, "reasons", "stage",
                    &stage, "rule", &rule, "example", "place", &place, "rules", "hits", &hits),
        0);
    assert_int_equal(version, 1);
    assert_int_equal(run, 3);
    assert_string_equal(state_name, "done");
    assert_int_equal(exit_code, 1);
    assert_int_equal(rejected, 20);
    assert_string_equal(stage, "clean");
    assert_string_equal(place, "customers.csv:18");
    assert_int_equal(hits, 1200);
    assert_true(json_is_null(error));
    json_decref(document);
}

static void bytes_that_are_not_utf8_do_not_break_the_document(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_run_result result = sample();
    struct wh_str message = reasons[0].example_message;
    reasons[0].example_message = wh_str_make("M\xfcller\0x", 8);
    struct wh_run_report report = about(&result);
    wh_report_run_json(&report, &sink.paper);
    reasons[0].example_message = message;
    json_t *document = json_loads(report_sink_text(&sink), JSON_ALLOW_NUL, NULL);
    assert_non_null(document);
    const char *text;
    size_t len;
    assert_int_equal(json_unpack(document, "{s:[{s:[{s:{s:s%}}]}]}", "items", "reasons", "example",
                                 "message", &text, &len),
                     0);
    assert_int_equal(len, 10);
    assert_memory_equal(text, "M\xef\xbf\xbdller\0x", 10);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_says_what_happened_and_what_to_do),
        cmocka_unit_test(a_hint_names_an_item_type_where_there_are_several),
        cmocka_unit_test(data_cannot_move_the_cursor),
        cmocka_unit_test(a_sum_that_does_not_close_cannot_be_overlooked),
        cmocka_unit_test(what_was_committed_is_no_matter_of_a_dry_run),
        cmocka_unit_test(an_item_type_whose_sum_is_open_opens_the_whole),
        cmocka_unit_test(what_the_ledger_does_not_count_is_told_of_the_last_session),
        cmocka_unit_test(an_interrupted_run_says_how_to_go_on),
        cmocka_unit_test(a_dry_run_says_that_nothing_was_written),
        cmocka_unit_test(the_document_has_what_the_docs_say),
        cmocka_unit_test(bytes_that_are_not_utf8_do_not_break_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
