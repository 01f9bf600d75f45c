/* SPDX-License-Identifier: Apache-2.0 */
/** DBF files as sources: values of fields, deleted records, texts and their encodings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/file/file.h"
#include "connect_file_folder.h"
#include "connect_file_table.h"
#include "connect_source_conformance.h"
#include "dbf_file.h"

/* Records of one field of @p width places. */
static void write_column(void **state, const char *field, const char *const *values, int width)
{
    struct wh_buf records;
    char fields[64];
    wh_buf_init(&records, 1 << 20);
    for (size_t i = 0; values[i] != NULL; i++)
        assert_int_equal(wh_buf_printf(&records, NULL, " %2zu%-*s", i + 1, width, values[i]),
                         WH_OK);
    (void)snprintf(fields, sizeof(fields), "ID N 2, %s", field);
    const struct test_dbf file = {
        .fields = fields, .records = wh_buf_str(&records), .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "column.dbf", &file);
    wh_buf_release(&records);
}

/* ---- numbers, dates, truth ------------------------------------------------------------------- */

static void numbers_keep_their_digits(void **state)
{
    static const char *const values[] = {"12345678901234567890",
                                         " 0.10000000000000001",
                                         "-007",
                                         "+1.50",
                                         ".5",
                                         "-0",
                                         "",
                                         " 1.5e-3",
                                         "1.234567890e+15",
                                         "********************",
                                         "NaN",
                                         "1,50",
                                         "-",
                                         "1 2",
                                         "1e99999",
                                         "0x10",
                                         "1e",
                                         "1e400",
                                         "5.",
                                         NULL};
    write_column(state, "X N 20 2", values, 20);
    assert_table(*state, "column.dbf", NULL,
                 "ID bigint, X numeric\n"
                 "1: 1|12345678901234567890\n"
                 "2: 2|0.10000000000000001\n"
                 "3: 3|-7\n"
                 "4: 4|1.50\n"
                 "5: 5|0.5\n"
                 "6: 6|0\n"
                 "7: 7|-\n"
                 "8: 8|0.0015\n"
                 "9: 9|1234567890000000\n"
                 "10: bad: field 'X' holds '********************', which stands for a number that "
                 "was too large for the field < 10********************>\n"
                 "11: bad: field 'X' holds 'NaN                 ', which is no number < 11NaN      "
                 "           >\n"
                 "12: bad: field 'X' holds '1,50                ', which is no number < 121,50     "
                 "           >\n"
                 "13: bad: field 'X' holds '-                   ', which is no number < 13-        "
                 "           >\n"
                 "14: bad: field 'X' holds '1 2                 ', which is no number < 141 2      "
                 "           >\n"
                 "15: bad: field 'X' holds '1e99999             ', which is no number < 151e99999  "
                 "           >\n"
                 "16: bad: field 'X' holds '0x10                ', which is no number < 160x10     "
                 "           >\n"
                 "17: bad: field 'X' holds '1e                  ', which is no number < 171e       "
                 "           >\n"
                 "18: bad: field 'X' holds '1e400               ', which is no number < 181e400    "
                 "           >\n"
                 "19: 19|5\n");
}

static void whole_numbers_are_so_unless_a_value_is_not(void **state)
{
    static const char *const whole[] = {"999999999999999999", "-99999999999999999", NULL};
    static const char *const mixed[] = {"1", "2.5", NULL};
    write_column(state, "X N 18", whole, 18);
    assert_table(*state, "column.dbf", NULL,
                 "ID bigint, X bigint\n1: 1|999999999999999999\n2: 2|-99999999999999999\n");
    write_column(state, "X N 18", mixed, 18);
    assert_table(*state, "column.dbf", NULL, "ID bigint, X numeric\n1: 1|1\n2: 2|2.5\n");
    write_column(state, "X N 19", mixed, 19);
    assert_table(*state, "column.dbf", NULL, "ID bigint, X numeric\n1: 1|1\n2: 2|2.5\n");
}

static void days_that_never_were_are_rejected(void **state)
{
    static const char *const values[] = {"20200229", "",         "00000000", "20210229", "20201301",
                                         "00010101", "00000101", "2020-1-1", "9999123 ", NULL};
    write_column(state, "D D 8", values, 8);
    assert_table(*state, "column.dbf", NULL,
                 "ID bigint, D date\n"
                 "1: 1|2020-02-29\n"
                 "2: 2|-\n"
                 "3: 3|-\n"
                 "4: bad: field 'D' holds '20210229', which is no date <  420210229>\n"
                 "5: bad: field 'D' holds '20201301', which is no date <  520201301>\n"
                 "6: 6|0001-01-01\n"
                 "7: bad: field 'D' holds '00000101', which is no date <  700000101>\n"
                 "8: bad: field 'D' holds '2020-1-1', which is no date <  82020-1-1>\n"
                 "9: bad: field 'D' holds '9999123 ', which is no date <  99999123 >\n");
}

static void truth_has_four_letters(void **state)
{
    static const char *const values[] = {"T", "t", "Y", "y", "F", "f",
                                         "N", "n", "?", " ", "1", NULL};
    write_column(state, "L L 1", values, 1);
    assert_table(*state, "column.dbf", NULL,
                 "ID bigint, L boolean\n1: 1|t\n2: 2|t\n3: 3|t\n4: 4|t\n5: 5|f\n6: 6|f\n7: 7|f\n"
                 "8: 8|f\n9: 9|-\n10: 10|-\n"
                 "11: bad: field 'L' holds '1', which is neither true nor false < 111>\n");
}

/* ---- texts ----------------------------------------------------------------------------------- */

static void texts_lose_what_fills_them_up(void **state)
{
    const struct test_dbf file = {.fields = "ID N 1, C C 6",
                                  .records = BYTES(" 1 a b  "
                                                   " 2ab\0\0\0\0"
                                                   " 3ab \0 \0"
                                                   " 4      "
                                                   " 5a\0b   "
                                                   " 6N/A   "),
                                  .count = TEST_DBF_COUNT};
    struct wh_format_options options = test_format_options();
    test_dbf_write(*state, "texts.dbf", &file);
    assert_table(*state, "texts.dbf", &options,
                 "ID bigint, C text\n1: 1| a b\n2: 2|ab\n3: 3|ab\n4: 4|-\n"
                 "5: bad: field 'C': a NUL at byte 2 < 5a>\n6: 6|N/A\n");
    struct wh_str nulls[] = {WH_STR("N/A")};
    options.nulls = (struct wh_option_list){nulls, 1};
    options.trim = WH_STR("both");
    assert_table(*state, "texts.dbf", &options,
                 "ID bigint, C text\n1: 1|a b\n2: 2|ab\n3: 3|ab\n4: 4|\n"
                 "5: bad: field 'C': a NUL at byte 2 < 5a>\n6: 6|-\n");
    options.trim = WH_STR("none");
    assert_table(*state, "texts.dbf", &options,
                 "ID bigint, C text\n1: 1| a b  \n2: 2|ab\n"
                 "3: bad: field 'C': a NUL at byte 4 < 3ab >\n4: 4|      \n"
                 "5: bad: field 'C': a NUL at byte 2 < 5a>\n6: 6|N/A   \n");
}

static void the_language_driver_tells_the_encoding(void **state)
{
    static const struct {
        int driver;
        const char *text; /* of the bytes 84 E1 */
    } cases[] = {{0x01, "\xC3\xA4\xC3\x9F"},     {0x02, "\xC3\xA4\xC3\x9F"},
                 {0x03, "\xE2\x80\x9E\xC3\xA1"}, {0x26, "\xD0\x94\xD1\x81"},
                 {0xC8, "\xE2\x80\x9E\xC3\xA1"}, {0xC9, "\xE2\x80\x9E\xD0\xB1"}};
    struct test_dbf file = {
        .fields = "ID N 1, C C 2", .records = BYTES(" 1\x84\xE1"), .count = TEST_DBF_COUNT};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        char expected[64];
        file.driver = cases[i].driver;
        test_dbf_write(*state, "driver.dbf", &file);
        (void)snprintf(expected, sizeof(expected), "ID bigint, C text\n1: 1|%s\n", cases[i].text);
        assert_table(*state, "driver.dbf", NULL, expected);
    }
    struct wh_format_options options = test_format_options();
    options.encoding = WH_STR("CP850");
    assert_table(*state, "driver.dbf", &options, "ID bigint, C text\n1: 1|\xC3\xA4\xC3\x9F\n");
    file.driver = 0x68;
    test_dbf_write(*state, "driver.dbf", &file);
    assert_table_refused(*state, "driver.dbf", NULL, WH_UNSUPPORTED, "language driver 0x68");
    assert_table(*state, "driver.dbf", &options, "ID bigint, C text\n1: 1|\xC3\xA4\xC3\x9F\n");
    options.encoding = WH_STR("UTF-16LE");
    assert_table_refused(*state, "driver.dbf", &options, WH_INVALID, "not in UTF-16LE");
}

static void texts_that_are_none_in_their_encoding_are_rejected(void **state)
{
    struct test_dbf file = {.fields = "ID N 1, C C 2",
                            .records = BYTES(" 1\xC3\xA4"
                                             " 2\xE4 "
                                             " 3ab"),
                            .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "odd.dbf", &file);
    assert_table(
        *state, "odd.dbf", NULL,
        "ID bigint, C text\n1: 1|\xC3\xA4\n"
        "2: bad: field 'C': not UTF-8 at byte 1 (0xE4); the file does not say its encoding: "
        "state it in 'format': encoding < 2\xE4 >\n3: 3|ab\n");
    file.driver = 0x03;
    file.records = BYTES(" 1\x81 "
                         " 2\xE4 ");
    test_dbf_write(*state, "odd.dbf", &file);
    assert_table(*state, "odd.dbf", NULL,
                 "ID bigint, C text\n"
                 "1: bad: field 'C': not cp1252 at character 1 (0x81) < 1\x81 >\n2: 2|\xC3\xA4\n");
}

static void long_texts_have_a_high_byte_where_others_have_decimals(void **state)
{
    struct wh_buf records;
    wh_buf_init(&records, 1 << 20);
    assert_int_equal(wh_buf_printf(&records, NULL, " 1%-300s", "begin"), WH_OK);
    memcpy(records.ptr + records.len - 3, "end", 3);
    struct test_dbf file = {
        .fields = "ID N 1, C C 300", .records = wh_buf_str(&records), .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "long.dbf", &file);
    char expected[512];
    (void)snprintf(expected, sizeof(expected), "ID bigint, C text\n1: 1|%-297send\n", "begin");
    assert_table(*state, "long.dbf", NULL, expected);
    wh_buf_release(&records);
    /* What stands there without such a length means nothing. */
    file = (struct test_dbf){
        .fields = "ID N 1, C C 3 7", .records = BYTES(" 1abc"), .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "long.dbf", &file);
    assert_table(*state, "long.dbf", NULL, "ID bigint, C text\n1: 1|abc\n");
}

/* ---- deleted records ------------------------------------------------------------------------- */

static void deleted_records_are_left_out_or_read(void **state)
{
    const struct test_dbf file = {.fields = "ID N 1",
                                  .records = BYTES(" 1"
                                                   "*x"
                                                   "*3"),
                                  .count = TEST_DBF_COUNT};
    struct wh_format_options options = test_format_options();
    test_dbf_write(*state, "deleted.dbf", &file);
    assert_table(*state, "deleted.dbf", NULL, "ID bigint\n1: 1\n2: left out\n3: left out\n");
    options.deleted = WH_STR("read");
    assert_table(*state, "deleted.dbf", &options,
                 "ID bigint\n1: 1\n2: bad: field 'ID' holds 'x', which is no number <*x>\n3: 3\n");
    options.deleted_column = WH_STR("gone");
    options.deleted = WH_STR_NONE;
    assert_table(*state, "deleted.dbf", &options,
                 "ID bigint, gone boolean\n1: 1|f\n"
                 "2: bad: field 'ID' holds 'x', which is no number <*x>\n3: 3|t\n");
    options.deleted = WH_STR("skip");
    assert_table_refused(*state, "deleted.dbf", &options, WH_INVALID, "'deleted_column' tells");
    options.deleted = WH_STR("maybe");
    assert_table_refused(*state, "deleted.dbf", &options, WH_INVALID, "'deleted' is one of");
}

/* ---- as sources ------------------------------------------------------------------------------ */

static void columns_can_be_named(void **state)
{
    struct test_dbf file = {
        .fields = "ID N 1, ID C 1, - C 1", .records = BYTES(" 1ab"), .count = TEST_DBF_COUNT};
    struct wh_str names[] = {WH_STR("a"), WH_STR("b"), WH_STR("c")};
    struct wh_format_options options = test_format_options();
    test_dbf_write(*state, "names.dbf", &file);
    assert_table_refused(*state, "names.dbf", NULL, WH_INVALID, "column 3 has no name");
    options.columns = (struct wh_option_list){names, 3};
    assert_table(*state, "names.dbf", &options, "a bigint, b text, c text\n1: 1|a|b\n");
    options.columns.count = 2;
    assert_table_refused(*state, "names.dbf", &options, WH_INVALID, "'columns' states 2 names");
    file.fields = "ID N 1, ID C 1, X C 1";
    test_dbf_write(*state, "names.dbf", &file);
    assert_table_refused(*state, "names.dbf", NULL, WH_INVALID, "both named 'ID'");
}

static void files_of_a_pattern_may_have_other_lengths_and_encodings(void **state)
{
    struct test_dbf file = {.fields = "ID N 1, C C 1",
                            .records = BYTES(" 1\xE4"),
                            .count = TEST_DBF_COUNT,
                            .driver = 3};
    test_dbf_write(*state, "part-1.dbf", &file);
    file = (struct test_dbf){.fields = "ID N 4 1, C C 3",
                             .records = BYTES("  2.5\x84  "),
                             .count = TEST_DBF_COUNT,
                             .driver = 2};
    test_dbf_write(*state, "part-2.DBF", &file);
    assert_table(*state, "part-*", NULL, "ID numeric, C text\n1: 1|\xC3\xA4\n1: 2.5|\xC3\xA4\n");
}

static void explanation_tells_what_is_not_seen_in_rows(void **state)
{
    const struct test_dbf file = {.version = 0x30,
                                  .fields = "ID N 1, NOTE M 4",
                                  .driver = 3,
                                  .record_size = 8,
                                  .records = BYTES(" 1\0\0\0\0xx"
                                                   "*2\0\0\0\0xx"
                                                   "\x1A junk"),
                                  .count = 2};
    struct wh_format_options options = test_format_options();
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_str text;
    struct wh_position position = {.line = 2};
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    options.memo = WH_STR("ignore");
    test_dbf_write(*state, "told.dbf", &file);
    assert_int_equal(test_folder_open(*state, "told.dbf", &options, &source, &err), WH_OK);
    assert_int_equal(functions->explain(source, &arena, &text, &err), WH_OK);
    assert_non_null(strstr(text.ptr,
                           "DBF (Visual FoxPro), 2 records, texts in cp1252 (language driver "
                           "0x03; to pin it: format: { encoding: cp1252 }), 1 column: "
                           "ID bigint; 1 record marked as deleted left out (deleted: skip); "
                           "1 memo field left out (memo: ignore); 2 bytes at the end of each "
                           "record in no field; 5 bytes behind the end of the records left "
                           "out"));
    assert_int_equal(functions->place(source, &position, &arena, &text, &err), WH_OK);
    assert_string_equal(text.ptr, "told.dbf:2");
    functions->close(source);
}

static void tables_hold_what_sources_hold(void **state)
{
    struct wh_buf records;
    wh_buf_init(&records, 1 << 20);
    for (int i = 1; i <= 300; i++)
        assert_int_equal(wh_buf_printf(&records, NULL, "%c%4d%-20.*s%c", i % 40 == 3 ? '*' : ' ', i,
                                       i % 20, "abcdefghijklmnopqrstuvwxyz",
                                       i % 50 == 7 ? '9' : 'T'),
                         WH_OK);
    struct test_dbf file = {.fields = "ID N 4, NAME C 20, L L 1",
                            .records = wh_buf_str(&records),
                            .count = TEST_DBF_COUNT};
    const struct test_folder *folder = *state;
    test_dbf_write(folder, "some.dbf", &file);
    wh_buf_release(&records);
    struct wh_source_request request = {.url = wh_str_from(folder->path),
                                        .from = WH_STR("some.dbf")};
    assert_int_equal(source_conformance(&wh_file_connector, &request), 300);
    file.records = BYTES("\x1A");
    file.count = 0;
    test_dbf_write(folder, "none.dbf", &file);
    request.from = WH_STR("none.dbf");
    assert_int_equal(source_conformance(&wh_file_connector, &request), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(whole_numbers_are_so_unless_a_value_is_not),
        cmocka_unit_test(days_that_never_were_are_rejected),
        cmocka_unit_test(truth_has_four_letters),
        cmocka_unit_test(texts_lose_what_fills_them_up),
        cmocka_unit_test(the_language_driver_tells_the_encoding),
        cmocka_unit_test(texts_that_are_none_in_their_encoding_are_rejected),
        cmocka_unit_test(long_texts_have_a_high_byte_where_others_have_decimals),
        cmocka_unit_test(deleted_records_are_left_out_or_read),
        cmocka_unit_test(columns_can_be_named),
        cmocka_unit_test(files_of_a_pattern_may_have_other_lengths_and_encodings),
        cmocka_unit_test(explanation_tells_what_is_not_seen_in_rows),
        cmocka_unit_test(tables_hold_what_sources_hold),
    };
    return cmocka_run_group_tests_name("connect/file dbf values", tests, test_folder_setup,
                                       test_folder_teardown);
}
