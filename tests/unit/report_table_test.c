/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "report/table.h"
#include "report_sink.h"

static const struct wh_table_column columns[] = {{.title = "name"},
                                                 {.title = "count", .is_right = true},
                                                 {.title = "note", .may_shrink = true},
                                                 {.title = NULL}};

static void add(struct wh_table *table, struct wh_str name, struct wh_str count, struct wh_str note)
{
    wh_table_add(table, (struct wh_cell[]){{.text = name}, {.text = count}, {.text = note}});
}

static void columns_are_aligned(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, false, 0);
    wh_table_init(&table, columns, 2);
    add(&table, WH_STR("é"), WH_STR("1,000"), WH_STR("x"));
    add(&table, WH_STR("日本語"), WH_STR("7"), WH_STR(""));
    wh_table_print(&table, &sink.paper);
    assert_string_equal(report_sink_text(&sink), "  name    count  note\n"
                                                 "  é       1,000  x\n"
                                                 "  日本語      7\n");
}

static void what_is_too_wide_is_cut_where_it_may_shrink(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, false, 30);
    wh_table_init(&table, columns, 0);
    add(&table, WH_STR("a name"), WH_STR("12"), WH_STR("a note that is far too long for this"));
    wh_table_print(&table, &sink.paper);
    assert_string_equal(report_sink_text(&sink), "name    count  note\n"
                                                 "a name     12  a note that is…\n");
}

static void columns_of_zeros_vanish_only_where_there_is_no_room(void **state)
{
    (void)state;
    static const struct wh_table_column counts[] = {
        {.title = "item"},
        {.title = "inserted", .is_right = true, .may_vanish = true},
        {.title = "updated", .is_right = true, .may_vanish = true},
        {.title = "failed", .is_right = true, .may_vanish = true},
        {.title = NULL}};
    static const char *const expected[] = {"item    inserted  updated  failed\n"
                                           "person         7        0       0\n",
                                           "item    inserted  failed\n"
                                           "person         7       0\n"};
    for (unsigned narrow = 0; narrow < 2; narrow++) {
        WH_CLEANUP(report_sink_release) struct report_sink sink;
        WH_CLEANUP(wh_table_release) struct wh_table table;
        report_sink_init(&sink, false, narrow == 0 ? 40 : 30);
        wh_table_init(&table, counts, 0);
        wh_table_add(&table, (struct wh_cell[]){{.text = WH_STR("person")},
                                                {.text = WH_STR("7")},
                                                {.text = WH_STR("0")},
                                                {.text = WH_STR("0")}});
        wh_table_print(&table, &sink.paper);
        assert_string_equal(report_sink_text(&sink), expected[narrow]);
    }
}

static void nothing_is_cut_without_a_width(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, false, 0);
    wh_table_init(&table, columns, 0);
    char note[1000];
    memset(note, 'x', sizeof note);
    add(&table, WH_STR("a"), WH_STR("1"), wh_str_make(note, sizeof note));
    wh_table_print(&table, &sink.paper);
    report_sink_text(&sink);
    assert_true(sink.text.len > sizeof note);
}

static void a_stream_keeps_its_widths_and_has_one_head(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, false, 0);
    wh_table_init(&table, columns, 0);
    add(&table, WH_STR("abcd"), WH_STR("1"), WH_STR("n"));
    wh_table_print(&table, &sink.paper);
    add(&table, WH_STR("a"), WH_STR("2"), WH_STR("longer than before"));
    wh_table_print(&table, &sink.paper);
    assert_string_equal(report_sink_text(&sink), "name  count  note\n"
                                                 "abcd      1  n\n"
                                                 "a         2  longer than before\n");
}

static void a_table_without_rows_prints_nothing(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, false, 0);
    wh_table_init(&table, columns, 0);
    wh_table_print(&table, &sink.paper);
    assert_string_equal(report_sink_text(&sink), "");
}

static void cells_cannot_break_a_row(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    report_sink_init(&sink, true, 0);
    wh_table_init(&table, columns, 0);
    add(&table, WH_STR("a\nb"), WH_STR("1"), WH_STR("\x1b[2J"));
    wh_table_print(&table, &sink.paper);
    const char *text = report_sink_text(&sink);
    assert_non_null(strstr(text, "a\\nb"));
    assert_non_null(strstr(text, "\\x1b[2J"));
    assert_null(strstr(text, "\x1b[2J"));
}

/* ---- paper ----------------------------------------------------------------------------------- */

static void a_sink_that_takes_no_more_ends_the_printing(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    sink.refuses_after = 1;
    struct wh_error err = WH_ERROR_NONE;
    size_t lines = 0;
    while (wh_paper_check(&sink.paper, &err) == WH_OK && lines < 1000000) {
        wh_paper_printf(&sink.paper, "line %zu\n", lines);
        lines++;
    }
    assert_int_equal(err.code, WH_IO);
    assert_true(sink.paper.sink_failed);
    assert_true(lines < 100000);
    assert_int_equal(sink.calls, 2);
}

static void colours_are_printed_only_where_they_are_wanted(void **state)
{
    (void)state;
    for (int use_colour = 0; use_colour < 2; use_colour++) {
        WH_CLEANUP(report_sink_release) struct report_sink sink;
        report_sink_init(&sink, use_colour == 1, 0);
        wh_paper_line(&sink.paper, WH_INK_BAD, "%d items", 3);
        assert_string_equal(report_sink_text(&sink),
                            use_colour == 1 ? "\x1b[31m3 items\x1b[0m\n" : "3 items\n");
    }
}

static void text_longer_than_any_room_is_printed_whole(void **state)
{
    (void)state;
    WH_CLEANUP(report_sink_release) struct report_sink sink;
    report_sink_init(&sink, false, 0);
    static char text[100001];
    memset(text, 'y', sizeof text - 1);
    wh_paper_printf(&sink.paper, "<%s>", text);
    report_sink_text(&sink);
    assert_int_equal(sink.text.len, sizeof text + 1);
    assert_int_equal(sink.text.ptr[sink.text.len - 1], '>');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(what_is_too_wide_is_cut_where_it_may_shrink),
        cmocka_unit_test(columns_of_zeros_vanish_only_where_there_is_no_room),
        cmocka_unit_test(nothing_is_cut_without_a_width),
        cmocka_unit_test(a_stream_keeps_its_widths_and_has_one_head),
        cmocka_unit_test(a_table_without_rows_prints_nothing),
        cmocka_unit_test(cells_cannot_break_a_row),
        cmocka_unit_test(a_sink_that_takes_no_more_ends_the_printing),
        cmocka_unit_test(colours_are_printed_only_where_they_are_wanted),
        cmocka_unit_test(text_longer_than_any_room_is_printed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
