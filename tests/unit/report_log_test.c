/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/log_report.h"
#include "report_sink.h"

static struct wh_str source_names[] = {{"CUST", 4}, {"email", 5}, {"first", 5}};
static struct wh_str target_names[] = {{"id", 2}, {"email", 5}, {"note", 4}};
static const size_t plain_sources[] = {0, SIZE_MAX, SIZE_MAX};

static const struct wh_segment_schema schema = {.item = {"customer", 8},
                                                .source_names = source_names,
                                                .source_count = 3,
                                                .target_names = target_names,
                                                .target_count = 3,
                                                .plain_sources = plain_sources};

static const struct wh_str source[] = {{"7", 1}, {"A@B.C\x1b[2J", 9}, {"NULL", 4}};
static const struct wh_str before[] = {{"7", 1}, {"old@b.c", 7}, {NULL, 0}};
static const struct wh_str after[] = {{"7", 1}, {"a@b.c", 5}, {"", 0}};

static const struct wh_failure_record failure = {.run = 2,
                                                 .item = {"customer", 8},
                                                 .status = WH_STATUS_REJECTED,
                                                 .key = {"7", 1},
                                                 .stage = {"map", 3},
                                                 .column = {"born", 4},
                                                 .message = {"'x' is not a date", 17},
                                                 .sqlstate = {"22008", 5},
                                                 .place = {"c.csv:8", 7},
                                                 .values = {"{\"CUST\":\"7\"}", 12},
                                                 .at = 849494784000000};

static struct wh_log_entry updated(void)
{
    return (struct wh_log_entry){.run = 2,
                                 .at = 849494784000000,
                                 .item = WH_STR("customer"),
                                 .logged = {.status = WH_STATUS_UPDATED,
                                            .key = WH_STR("7"),
                                            .source = source,
                                            .before = before,
                                            .after = after},
                                 .schema = &schema,
                                 .place = WH_STR("c.csv:8")};
}

/** What a printer prints of @p entry, or of the failure where that is NULL. */
static const char *printed(struct report_sink *sink, enum wh_log_form form,
                           const struct wh_log_entry *entry)
{
    WH_CLEANUP(wh_log_printer_release) struct wh_log_printer printer;
    wh_log_printer_init(&printer, form, entry == NULL, &sink->paper);
    if (entry != NULL)
        assert_int_equal(wh_log_printer_entry(&printer, entry, NULL), WH_OK);
    else
        assert_int_equal(wh_log_printer_failure(&printer, &failure, NULL), WH_OK);
    wh_log_printer_finish(&printer);
    assert_int_equal(printer.count, 1);
    return report_sink_text(sink);
}

static void a_history_shows_values_side_by_side_and_marks_changes(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    assert_string_equal(printed(&sink, WH_LOG_HISTORY, &entry),
                        "customer 7, run 2, 2026-12-02 02:46:24 UTC: updated, from c.csv:8\n"
                        "    column  source        before   after\n"
                        "    id      7             7        7\n"
                        " *  email   A@B.C\\x1b[2J  old@b.c  a@b.c\n"
                        " *  note                  NULL     ''\n"
                        "    first   'NULL'\n");
}

/** "a" stands beside "a" and "A" beside "A"; "B" beside nothing where "b" is another target's. */
static void columns_that_differ_in_letter_case_stand_beside_their_own(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    static struct wh_str names[] = {{"ID", 2}, {"A", 1}, {"a", 1}, {"b", 1}};
    static struct wh_str targets[] = {{"id", 2}, {"A", 1}, {"a", 1}, {"B", 1}, {"b", 1}};
    static const struct wh_str read[] = {{"1", 1}, {"BIG", 3}, {"small", 5}, {"2", 1}};
    static const struct wh_str written[] = {
        {"1", 1}, {"BIG", 3}, {"small", 5}, {"computed", 8}, {"2", 1}};
    struct wh_segment_schema folded = {.item = WH_STR("customer"),
                                       .source_names = names,
                                       .source_count = WH_COUNT_OF(names),
                                       .target_names = targets,
                                       .target_count = WH_COUNT_OF(targets)};
    struct wh_log_entry entry = updated();
    entry.schema = &folded;
    entry.logged.source = read;
    entry.logged.before = NULL;
    entry.logged.after = written;
    assert_string_equal(strchr(printed(&sink, WH_LOG_HISTORY, &entry), '\n') + 1,
                        "    column  source  after\n"
                        "    id      1       1\n"
                        "    A       BIG     BIG\n"
                        "    a       small   small\n"
                        "    B               computed\n"
                        "    b       2       2\n");
}

static void a_history_of_a_refusal_says_why(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    entry.logged.status = WH_STATUS_REJECTED;
    entry.logged.before = entry.logged.after = NULL;
    entry.failure = &failure;
    const char *text = printed(&sink, WH_LOG_HISTORY, &entry);
    assert_non_null(strstr(text, "rejected: column 'born'\n  'x' is not a date (SQLSTATE 22008)"));
    assert_null(strstr(text, "before"));
}

static void a_history_says_that_an_item_was_tried_again(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    entry.logged.status = WH_STATUS_FAILED;
    entry.was_tried_again = true;
    assert_non_null(strstr(printed(&sink, WH_LOG_HISTORY, &entry),
                           "\n  another row had what it wants, or the row that it refers to was "
                           "not there yet; it was tried again later in the run\n"));
}

static void a_line_of_json_has_all_images(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    const char *text = printed(&sink, WH_LOG_NDJSON, &entry);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    const char *email, *old, *at;
    json_t *note, *why;
    assert_int_equal(json_unpack(line, "{s:s, s:o, s:{s:s}, s:{s:s}, s:{s:o}}", "at", &at,
                                 "failure", &why, "source", "email", &email, "before", "email",
                                 &old, "before", "note", &note),
                     0);
    assert_string_equal(email, "A@B.C\x1b[2J");
    assert_string_equal(old, "old@b.c");
    assert_string_equal(at, "2026-12-02T02:46:24Z");
    assert_true(json_is_null(note) && json_is_null(why));
    json_decref(line);
}

static void csv_tells_null_from_empty_and_quotes_what_needs_it(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    entry.logged.key = WH_STR("a \"b\", c");
    entry.logged.source = entry.logged.before = NULL;
    entry.place = WH_STR_NONE;
    assert_string_equal(
        printed(&sink, WH_LOG_CSV, &entry),
        "run,at,item,key,status,place,stage,rule,column,message,sqlstate,source,before,after,"
        "wanted\r\n"
        "2,2026-12-02T02:46:24Z,customer,\"a \"\"b\"\", c\",updated,,,,,,,,,"
        "\"{\"\"id\"\":\"\"7\"\",\"\"email\"\":\"\"a@b.c\"\",\"\"note\"\":\"\"\"\"}\",\r\n");
}

static void csv_of_a_failure_has_as_many_cells_as_its_head(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    const char *text = printed(&sink, WH_LOG_CSV, NULL);
    const char *second = strchr(text, '\n') + 1;
    assert_string_equal(second, "2,2026-12-02T02:46:24Z,customer,7,rejected,c.csv:8,map,,born,"
                                "'x' is not a date,22008,\"{\"\"CUST\"\":\"\"7\"\"}\",,,\r\n");
}

static void values_of_a_failure_are_an_object_or_their_text(void **state)
{
    (void)state;
    for (int is_capped = 0; is_capped < 2; is_capped++) {
        WH_CLEANUP(report_sink_release) struct report_sink sink;
        report_sink_init(&sink, false, 0);
        struct wh_failure_record record = failure;
        record.values.len -= is_capped == 1 ? 3 : 0;
        WH_CLEANUP(wh_log_printer_release) struct wh_log_printer printer;
        wh_log_printer_init(&printer, WH_LOG_NDJSON, true, &sink.paper);
        assert_int_equal(wh_log_printer_failure(&printer, &record, NULL), WH_OK);
        json_t *line = json_loads(report_sink_text(&sink), 0, NULL);
        assert_int_equal(json_is_object(json_object_get(line, "source")), is_capped == 0);
        assert_int_equal(json_is_string(json_object_get(line, "source")), is_capped == 1);
        json_decref(line);
    }
}

static void a_table_has_a_line_an_item(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    struct wh_log_entry entry = updated();
    assert_string_equal(printed(&sink, WH_LOG_TABLE, &entry),
                        "item      key  status   at       message\n"
                        "customer  7    updated  c.csv:8\n");
    report_sink_release(&sink);
    report_sink_init(&sink, false, 0);
    assert_string_equal(printed(&sink, WH_LOG_TABLE, NULL),
                        "item      key  at       refused               reason\n"
                        "customer  7    c.csv:8  rejected (map: born)  'x' is not a date\n");
}

static void a_reader_that_takes_no_more_ends_the_visit(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    sink.refuses_after = 1;
    WH_CLEANUP(wh_log_printer_release) struct wh_log_printer printer;
    wh_log_printer_init(&printer, WH_LOG_NDJSON, false, &sink.paper);
    struct wh_log_entry entry = updated();
    size_t visits = 0;
    while (wh_log_printer_entry(&printer, &entry, NULL) == WH_OK && visits < 100000)
        visits++;
    assert_in_range(visits, 1, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_shows_values_side_by_side_and_marks_changes),
        cmocka_unit_test(columns_that_differ_in_letter_case_stand_beside_their_own),
        cmocka_unit_test(a_history_of_a_refusal_says_why),
        cmocka_unit_test(a_history_says_that_an_item_was_tried_again),
        cmocka_unit_test(a_line_of_json_has_all_images),
        cmocka_unit_test(csv_tells_null_from_empty_and_quotes_what_needs_it),
        cmocka_unit_test(csv_of_a_failure_has_as_many_cells_as_its_head),
        cmocka_unit_test(values_of_a_failure_are_an_object_or_their_text),
        cmocka_unit_test(a_table_has_a_line_an_item),
        cmocka_unit_test(a_reader_that_takes_no_more_ends_the_visit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
