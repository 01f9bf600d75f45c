/* SPDX-License-Identifier: Apache-2.0 */
/** From CSV text to rows and bad records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "format/csv.h"
#include "format_batch.h"

#define MAX_COLUMNS 8

/* A reader of a text with the columns a, b, c … and what it read. */
struct fixture {
    struct wh_format_options options;
    struct wh_str names[MAX_COLUMNS];
    struct wh_csv csv;
    struct wh_csv_reader reader;
    struct wh_format_text text;
    struct wh_batch batch;
    size_t used;
};

static void open_fixture(struct fixture *fixture, size_t columns)
{
    static const char *const names[MAX_COLUMNS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct wh_error err = WH_ERROR_NONE;
    for (size_t i = 0; i < columns; i++)
        fixture->names[i] = wh_str_from(names[i]);
    struct wh_csv_form form;
    if (wh_csv_form_make(&fixture->options, &form, &err) != WH_OK)
        fail_msg("%s", err.message);
    wh_csv_init(&fixture->csv, &form, fixture->names, columns);
    assert_int_equal(wh_csv_reader_init(&fixture->reader, &fixture->csv, &err), WH_OK);
    wh_batch_init(&fixture->batch);
    assert_int_equal(wh_csv_reader_begin(&fixture->reader, &fixture->batch, &err), WH_OK);
}

static void read_str(struct fixture *fixture, struct wh_str text, bool is_last)
{
    struct wh_error err = WH_ERROR_NONE;
    fixture->text =
        (struct wh_format_text){.bytes = text, .is_last = is_last, .position = {.line = 1}};
    assert_int_equal(
        wh_csv_read(&fixture->reader, &fixture->text, &fixture->batch, &fixture->used, &err),
        WH_OK);
}

static void read_all(struct fixture *fixture, size_t columns, struct wh_str text)
{
    wh_format_options_init(&fixture->options);
    open_fixture(fixture, columns);
    read_str(fixture, text, true);
    assert_int_equal(fixture->used, text.len);
}

static void close_fixture(struct fixture *fixture)
{
    wh_csv_reader_release(&fixture->reader);
    wh_batch_release(&fixture->batch);
}

static void reads_plain_and_quoted_cells(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 3, WH_STR("1,two,\"th,ree\"\r\n4,\"f\"\"i\"\"ve\",\" 6\n7\"\n\"\"\"\",x,y"));
    assert_int_equal(fixture.batch.row_count, 3);
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_cell(&fixture.batch, 0, 0, "1");
    assert_cell(&fixture.batch, 0, 1, "two");
    assert_cell(&fixture.batch, 0, 2, "th,ree");
    assert_cell(&fixture.batch, 1, 1, "f\"i\"ve");
    assert_cell(&fixture.batch, 1, 2, " 6\n7");
    assert_cell(&fixture.batch, 2, 0, "\"");
    assert_cell(&fixture.batch, 2, 2, "y");
    close_fixture(&fixture);
}

/* More rows than a word of validity has bits, with all that a quoted cell can
 * be next to each other. */
static void reads_quoted_cells_among_others_in_many_rows(void **state)
{
    (void)state;
    char text[8000];
    size_t len = 0;
    for (size_t i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
                                i % 5 == 0   ? "\"a\"\"b\",,\"\"\n"
                                : i % 5 == 1 ? "a,\"\"\"\",b\n"
                                : i % 5 == 2 ? ",\"\",\"\n\"\"\"\r\n"
                                : i % 5 == 3 ? "\"\",\",\",\n"
                                             : "a,b,c\n");
    struct fixture fixture;
    read_all(&fixture, 3, wh_str_make(text, len));
    assert_int_equal(fixture.batch.row_count, 200);
    static const char *const cells[5][3] = {
        {"a\"b", NULL, ""}, {"a", "\"", "b"}, {NULL, "", "\n\""}, {"", ",", NULL}, {"a", "b", "c"}};
    for (size_t row = 0; row < 200; row++)
        for (size_t column = 0; column < 3; column++)
            assert_cell(&fixture.batch, row, column, cells[row % 5][column]);
    close_fixture(&fixture);
}

static void unquoted_empty_cells_are_null_and_quoted_ones_text(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 3, WH_STR(",\"\",x\r\n\"\",,\r\n"));
    assert_cell(&fixture.batch, 0, 0, NULL);
    assert_cell(&fixture.batch, 0, 1, "");
    assert_cell(&fixture.batch, 0, 2, "x");
    assert_cell(&fixture.batch, 1, 0, "");
    assert_cell(&fixture.batch, 1, 1, NULL);
    assert_cell(&fixture.batch, 1, 2, NULL);
    close_fixture(&fixture);
}

static void null_tokens_replace_the_empty_cell(void **state)
{
    (void)state;
    struct wh_str tokens[] = {WH_STR("\\N"), WH_STR("NULL")};
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    fixture.options.nulls = (struct wh_option_list){tokens, 2};
    open_fixture(&fixture, 4);
    read_str(&fixture, WH_STR("\\N,NULL,\"NULL\",\nnull,\\n,\"\\N\",NULLS\n"), true);
    assert_cell(&fixture.batch, 0, 0, NULL);
    assert_cell(&fixture.batch, 0, 1, NULL);
    assert_cell(&fixture.batch, 0, 2, "NULL");
    assert_cell(&fixture.batch, 0, 3, "");
    assert_cell(&fixture.batch, 1, 0, "null");
    assert_cell(&fixture.batch, 1, 1, "\\n");
    assert_cell(&fixture.batch, 1, 2, "\\N");
    assert_cell(&fixture.batch, 1, 3, "NULLS");
    close_fixture(&fixture);
}

static void an_empty_list_of_tokens_makes_nothing_null(void **state)
{
    (void)state;
    struct wh_str nothing[1];
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    fixture.options.nulls = (struct wh_option_list){nothing, 0};
    open_fixture(&fixture, 2);
    read_str(&fixture, WH_STR(",\n"), true);
    assert_cell(&fixture.batch, 0, 0, "");
    assert_cell(&fixture.batch, 0, 1, "");
    close_fixture(&fixture);
}

static void null_tokens_of_more_than_63_bytes_work(void **state)
{
    (void)state;
    struct wh_str tokens[] = {
        WH_STR("0123456789012345678901234567890123456789012345678901234567890123456789")};
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    fixture.options.nulls = (struct wh_option_list){tokens, 1};
    open_fixture(&fixture, 1);
    read_str(&fixture,
             WH_STR("0123456789012345678901234567890123456789012345678901234567890123456789\n"
                    "x123456789012345678901234567890123456789012345678901234567890123456789\n"),
             true);
    assert_cell(&fixture.batch, 0, 0, NULL);
    assert_cell(&fixture.batch, 1, 0,
                "x123456789012345678901234567890123456789012345678901234567890123456789");
    close_fixture(&fixture);
}

static void blank_lines_are_no_records_in_files_of_several_columns(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("\n\r\n1,2\n\n\r\n3,4\n\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_int_equal(fixture.batch.positions[0].line, 3);
    assert_int_equal(fixture.batch.positions[1].line, 6);
    assert_int_equal(fixture.batch.positions[1].offset, 10);
    close_fixture(&fixture);
}

static void blank_lines_are_records_in_files_of_one_column(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 1, WH_STR("x\n\n\r\n\"\"\n"));
    assert_int_equal(fixture.batch.row_count, 4);
    assert_cell(&fixture.batch, 0, 0, "x");
    assert_cell(&fixture.batch, 1, 0, NULL);
    assert_cell(&fixture.batch, 2, 0, NULL);
    assert_cell(&fixture.batch, 3, 0, "");
    close_fixture(&fixture);
}

static void rejects_records_with_too_few_and_too_many_cells(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 3, WH_STR("1,2\n1,2,3\n1,2,3,4\r\nx\n1,2,3"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_int_equal(fixture.batch.bad_count, 3);
    assert_bad(&fixture.batch, 0, "the record has 2 cells where there are 3 columns", "1,2", 1);
    assert_bad(&fixture.batch, 1, "the record has 4 cells where there are 3 columns", "1,2,3,4", 3);
    assert_bad(&fixture.batch, 2, "the record has 1 cell where there are 3 columns", "x", 4);
    assert_int_equal(fixture.batch.bad[0].before_row, 0);
    assert_int_equal(fixture.batch.bad[1].before_row, 1);
    assert_int_equal(fixture.batch.bad[1].size, 9);
    close_fixture(&fixture);
}

static void rejects_several_cells_in_files_of_one_column(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 1, WH_STR("a\nb,\n"));
    assert_int_equal(fixture.batch.row_count, 1);
    assert_bad(&fixture.batch, 0, "the record has 2 cells where there is 1 column", "b,", 2);
    close_fixture(&fixture);
}

static void rejects_a_stray_quote(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("1,ab\"c\n2,x\n 3\",\"y\"\n"));
    assert_int_equal(fixture.batch.row_count, 1);
    assert_cell(&fixture.batch, 0, 0, "2");
    assert_bad(&fixture.batch, 0, "column 'b': a quote inside an unquoted cell, at byte 3",
               "1,ab\"c", 1);
    assert_bad(&fixture.batch, 1, "column 'a': a quote inside an unquoted cell, at byte 3",
               " 3\",\"y\"", 3);
    close_fixture(&fixture);
}

static void rejects_text_behind_a_closing_quote(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("\"1\" ,x\n1,\"ab\"c\r\n1,\"\"\rx\n1,2,\"3\"4\n5,6\n"));
    assert_int_equal(fixture.batch.row_count, 1);
    assert_bad(&fixture.batch, 0, "column 'a': text behind the closing quote, at byte 4",
               "\"1\" ,x", 1);
    assert_bad(&fixture.batch, 1, "column 'b': text behind the closing quote, at byte 5",
               "1,\"ab\"c", 2);
    assert_bad(&fixture.batch, 2, "column 'b': text behind the closing quote, at byte 3",
               "1,\"\"\rx", 3);
    assert_bad(&fixture.batch, 3, "cell 3: text behind the closing quote, at byte 4", "1,2,\"3\"4",
               4);
    close_fixture(&fixture);
}

static const char unclosed[] =
    "column 'b': the quote is not closed in this line, nor rightly behind it";

static void an_unclosed_quote_costs_its_line_only(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("1,\"open\n2,two\n3,three\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_cell(&fixture.batch, 0, 1, "two");
    assert_int_equal(fixture.batch.positions[1].line, 3);
    assert_int_equal(fixture.batch.bad_count, 1);
    assert_bad(&fixture.batch, 0, unclosed, "1,\"open", 1);
    close_fixture(&fixture);
}

static void a_quote_closed_wrongly_lines_later_costs_its_line_only(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("1,\"open\n2,two\n3,\"three\"\n4,\"fo\nur\"\n"));
    assert_int_equal(fixture.batch.row_count, 3);
    assert_int_equal(fixture.batch.bad_count, 1);
    assert_bad(&fixture.batch, 0, unclosed, "1,\"open", 1);
    assert_cell(&fixture.batch, 1, 1, "three");
    assert_cell(&fixture.batch, 2, 1, "fo\nur");
    assert_int_equal(fixture.batch.positions[2].line, 4);
    close_fixture(&fixture);
}

static void a_record_above_its_limit_costs_its_line_only(void **state)
{
    (void)state;
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    fixture.options.record = 16;
    fixture.options.cell = 16;
    open_fixture(&fixture, 2);
    read_str(&fixture,
             WH_STR("1,\"a\nb\nc\nd\ne\nf\ng\"\n1,\"345678901234\"\n1,\"3456789012345\"\n"), true);
    assert_int_equal(fixture.batch.bad_count, 8);
    assert_bad(&fixture.batch, 0, unclosed, "1,\"a", 1);
    assert_bad(&fixture.batch, 1, "the record has 1 cell where there are 2 columns", "b", 2);
    assert_bad(&fixture.batch, 6, "column 'a': a quote inside an unquoted cell, at byte 2", "g\"",
               7);
    assert_bad(&fixture.batch, 7,
               "the line is longer than a record may be (16 bytes; format option 'record')",
               "1,\"3456789012345\"", 9);
    assert_int_equal(fixture.batch.row_count, 1);
    assert_cell(&fixture.batch, 0, 1, "345678901234");
    close_fixture(&fixture);
}

static void rejects_a_cell_above_the_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    fixture.options.cell = 4;
    fixture.options.record = 100;
    open_fixture(&fixture, 2);
    read_str(&fixture, WH_STR("1,12345\r\n1,1234\r\n1,\"123\"\n12345\n"), true);
    assert_int_equal(fixture.batch.row_count, 1);
    assert_bad(&fixture.batch, 0,
               "column 'b': the cell has 5 bytes, above the limit of 4 (limits.cell)", "1,12345",
               1);
    assert_bad(&fixture.batch, 2,
               "column 'a': the cell has 5 bytes, above the limit of 4 (limits.cell)", "12345", 4);
    close_fixture(&fixture);
}

static void rejects_what_is_not_utf8_with_its_place(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2,
             WH_STR("1,Zo\xC3\xAB\n2,a\xFF\n3,\"\xC3\"\n4,\xED\xA0\x80\n5,\xF0\x9F\x98\x80\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_cell(&fixture.batch, 0, 1, "Zo\xC3\xAB");
    assert_cell(&fixture.batch, 1, 1, "\xF0\x9F\x98\x80");
    assert_bad(&fixture.batch, 0, "column 'b': not UTF-8 at byte 2 (0xFF)", "2,a\xFF", 2);
    assert_bad(&fixture.batch, 1, "column 'b': not UTF-8 at byte 2 (0xC3)", "3,\"\xC3\"", 3);
    assert_bad(&fixture.batch, 2, "column 'b': not UTF-8 at byte 1 (0xED)", "4,\xED\xA0\x80", 4);
    assert_int_equal(fixture.batch.bad[0].before_row, 1);
    close_fixture(&fixture);
}

static void rejects_nul_bytes(void **state)
{
    (void)state;
    struct fixture fixture;
    struct wh_str text = WH_STR("1,a\0b\n2,\"\0\"\n3,c\n");
    read_all(&fixture, 2, text);
    assert_int_equal(fixture.batch.row_count, 1);
    assert_int_equal(fixture.batch.bad_count, 2);
    assert_true(wh_str_is(fixture.batch.bad[0].reason, "column 'b': a NUL at byte 2"));
    assert_int_equal(fixture.batch.bad[0].raw.len, 5);
    assert_true(wh_str_is(fixture.batch.bad[1].reason, "column 'b': a NUL at byte 2"));
    close_fixture(&fixture);
}

/* Lines are checked for UTF-8 many at a time: the bad ones among thousands
 * are still the only ones. */
static void finds_the_bad_lines_among_thousands(void **state)
{
    (void)state;
    enum { LINES = 4000 };
    char *text = malloc((size_t)LINES * 16);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < LINES; i++) {
        int n = snprintf(text + len, 16, "%06d,\xC3\xA9%s\n", i, i % 97 == 0 ? "\xA9" : "x");
        len += (size_t)n;
    }
    struct fixture fixture;
    read_all(&fixture, 2, wh_str_make(text, len));
    assert_int_equal(fixture.batch.bad_count, (LINES + 96) / 97);
    assert_int_equal(fixture.batch.row_count + fixture.batch.bad_count, LINES);
    for (size_t i = 0; i < fixture.batch.bad_count; i++)
        assert_int_equal(fixture.batch.bad[i].position.line, 97 * i + 1);
    close_fixture(&fixture);
    free(text);
}

static void a_return_alone_is_text(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("a\rb,\rc\r\r\n1,\"x\ry\"\r\n2,z\r"));
    assert_int_equal(fixture.batch.row_count, 3);
    assert_cell(&fixture.batch, 0, 0, "a\rb");
    assert_cell(&fixture.batch, 0, 1, "\rc\r");
    assert_cell(&fixture.batch, 1, 1, "x\ry");
    assert_cell(&fixture.batch, 2, 1, "z\r");
    close_fixture(&fixture);
}

static void leaves_a_record_that_is_not_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    open_fixture(&fixture, 2);
    read_str(&fixture, WH_STR("1,a\n2,\"b\n"), false);
    assert_int_equal(fixture.batch.row_count, 1);
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_int_equal(fixture.used, 4);
    assert_int_equal(fixture.text.position.offset, 4);
    assert_int_equal(fixture.text.position.line, 2);
    close_fixture(&fixture);
}

/* A stray quote is certain before the end of its line is in hand. */
static void leaves_a_malformed_line_that_is_not_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    open_fixture(&fixture, 2);
    read_str(&fixture, WH_STR("1,a\n2,b\"b"), false);
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_int_equal(fixture.used, 4);
    close_fixture(&fixture);
}

static void a_batch_takes_no_more_rows_than_it_has_room_for(void **state)
{
    (void)state;
    size_t lines = WH_BATCH_ROWS + 100;
    char *text = malloc(2 * lines);
    assert_non_null(text);
    for (size_t i = 0; i < lines; i++) {
        text[2 * i] = 'x';
        text[2 * i + 1] = '\n';
    }
    struct fixture fixture;
    wh_format_options_init(&fixture.options);
    open_fixture(&fixture, 1);
    read_str(&fixture, wh_str_make(text, 2 * lines), true);
    assert_int_equal(fixture.batch.row_count, WH_BATCH_ROWS);
    assert_int_equal(fixture.used, 2 * WH_BATCH_ROWS);
    assert_true(wh_csv_batch_is_full(&fixture.reader, &fixture.batch));
    close_fixture(&fixture);
    free(text);
}

static void line_numbers_count_line_ends_inside_quotes(void **state)
{
    (void)state;
    struct fixture fixture;
    read_all(&fixture, 2, WH_STR("1,\"a\nb\r\nc\"\n2,x\n3,\"\n\"\n4,y\n"));
    assert_int_equal(fixture.batch.row_count, 4);
    assert_int_equal(fixture.batch.positions[0].line, 1);
    assert_int_equal(fixture.batch.positions[1].line, 4);
    assert_int_equal(fixture.batch.positions[2].line, 5);
    assert_int_equal(fixture.batch.positions[3].line, 7);
    assert_int_equal(fixture.text.position.line, 8);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_and_quoted_cells),
        cmocka_unit_test(reads_quoted_cells_among_others_in_many_rows),
        cmocka_unit_test(unquoted_empty_cells_are_null_and_quoted_ones_text),
        cmocka_unit_test(null_tokens_replace_the_empty_cell),
        cmocka_unit_test(an_empty_list_of_tokens_makes_nothing_null),
        cmocka_unit_test(null_tokens_of_more_than_63_bytes_work),
        cmocka_unit_test(blank_lines_are_no_records_in_files_of_several_columns),
        cmocka_unit_test(blank_lines_are_records_in_files_of_one_column),
        cmocka_unit_test(rejects_records_with_too_few_and_too_many_cells),
        cmocka_unit_test(rejects_several_cells_in_files_of_one_column),
        cmocka_unit_test(rejects_a_stray_quote),
        cmocka_unit_test(rejects_text_behind_a_closing_quote),
        cmocka_unit_test(an_unclosed_quote_costs_its_line_only),
        cmocka_unit_test(a_quote_closed_wrongly_lines_later_costs_its_line_only),
        cmocka_unit_test(a_record_above_its_limit_costs_its_line_only),
        cmocka_unit_test(rejects_a_cell_above_the_limit),
        cmocka_unit_test(rejects_what_is_not_utf8_with_its_place),
        cmocka_unit_test(rejects_nul_bytes),
        cmocka_unit_test(finds_the_bad_lines_among_thousands),
        cmocka_unit_test(a_return_alone_is_text),
        cmocka_unit_test(leaves_a_record_that_is_not_whole),
        cmocka_unit_test(leaves_a_malformed_line_that_is_not_whole),
        cmocka_unit_test(a_batch_takes_no_more_rows_than_it_has_room_for),
        cmocka_unit_test(line_numbers_count_line_ends_inside_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
