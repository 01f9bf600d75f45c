/* SPDX-License-Identifier: Apache-2.0 */
/** Sheets of workbooks as sources: cells as typed, places, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect_file_folder.h"
#include "connect_file_table.h"
#include "connect_source_conformance.h"
#include "xlsx_book.h"

#define TEXT(cell, text) "<c r=\"" cell "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define NUMBER(cell, text) "<c r=\"" cell "\"><v>" text "</v></c>"
#define STYLED(cell, style, text) "<c r=\"" cell "\" s=\"" style "\"><v>" text "</v></c>"
#define ROW(number, cells) "<row r=\"" number "\">" cells "</row>"
#define HEADER(a, b) ROW("1", TEXT("A1", a) TEXT("B1", b))

static struct wh_format_options options_with(const char *sheet, const char *header)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    if (sheet != NULL)
        options.sheet = wh_str_from(sheet);
    if (header != NULL)
        options.header = wh_str_from(header);
    return options;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void cells_are_read_as_typed(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "name") ROW("2", NUMBER("A2", "1") "<c r=\"B2\" t=\"s\"><v>0</v></c>"
                                                                "<c r=\"D2\" t=\"b\"><v>1</v></c>")
            ROW("3", NUMBER("A3", "2.50") "<c r=\"B3\" t=\"s\"><v>1</v></c>")
                ROW("5", NUMBER("A5", "-7") "<c r=\"B5\" t=\"str\"><f>A1</f><v>x_x000A_y</v></c>"
                                            "<c r=\"C5\"/><c r=\"D5\" t=\"b\"><v>0</v></c>"),
        .strings = "<si><t xml:space=\"preserve\"> Ann &amp; Bob </t></si>"
                   "<si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r>"
                   "<rPh sb=\"0\" eb=\"1\"><t>spoken</t></rPh></si>"};
    struct wh_format_options options = options_with(NULL, "true");
    test_book_write(*state, "typed.xlsx", &book);
    assert_table(*state, "typed.xlsx", &options,
                 "id numeric, name text, C text, D boolean\n"
                 "2: 1| Ann & Bob |-|t\n"
                 "3: 2.50|rich|-|-\n"
                 "5: -7|x\ny|-|f\n");
}

static void numbers_keep_the_digits_that_the_file_has(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "n") ROW("2", NUMBER("A2", "1") NUMBER("B2", "0.1"))
            ROW("3", NUMBER("A3", "2") NUMBER("B3", "0.10000000000000001"))
                ROW("4", NUMBER("A4", "3") NUMBER("B4", "0.30000000000000004"))
                    ROW("5", NUMBER("A5", "4") NUMBER("B5", "1.50"))
                        ROW("6", NUMBER("A6", "5") NUMBER("B6", "1E-5"))
                            ROW("7", NUMBER("A7", "6") NUMBER("B7", "12345678901234561")) ROW(
                                "8", NUMBER("A8", "7") NUMBER("B8", "123456789012345678901234.5"))
                                ROW("9", NUMBER("A9", "8") NUMBER("B9", "1.2345678901234568E+16"))
                                    ROW("10", NUMBER("A10", "9") NUMBER("B10", "abc"))
                                        ROW("11", NUMBER("A11", "10") NUMBER("B11", "1E999"))};
    test_book_write(*state, "numbers.xlsx", &book);
    assert_table(*state, "numbers.xlsx", NULL,
                 "id bigint, n numeric\n"
                 "2: 1|0.1\n"
                 "3: 2|0.1\n"
                 "4: 3|0.30000000000000004\n"
                 "5: 4|1.50\n"
                 "6: 5|0.00001\n"
                 "7: 6|12345678901234561\n"
                 "8: 7|123456789012345678901234.5\n"
                 "9: 8|12345678901234568\n"
                 "10: bad: cell B10 holds 'abc', which is no number <9\tabc>\n"
                 "11: bad: cell B11 holds '1E999', which is no number <10\t1E999>\n");
}

static void whole_numbers_of_17_digits_stay_apart(void **state)
{
    const struct test_book book = {.rows = HEADER("id", "n")
                                       ROW("2", NUMBER("A2", "98765432109876544") NUMBER("B2", "1"))
                                           ROW("3", NUMBER("A3", "98765432109876540"))
                                               ROW("4", NUMBER("A4", "-98765432109876544"))};
    test_book_write(*state, "keys.xlsx", &book);
    assert_table(*state, "keys.xlsx", NULL,
                 "id bigint, n bigint\n"
                 "2: 98765432109876544|1\n"
                 "3: 98765432109876540|-\n"
                 "4: -98765432109876544|-\n");
}

#define STYLES                                                                                     \
    "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"20\"/>"         \
    "<xf numFmtId=\"46\"/>"
#define FORMATS "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm\"/>"

static void numbers_with_date_formats_are_dates(void **state)
{
    const struct test_book book = {
        .rows = ROW("1", TEXT("A1", "d") TEXT("B1", "ts") TEXT("C1", "t") TEXT("D1", "i"))
            ROW("2", STYLED("A2", "1", "1") STYLED("B2", "2", "43831.520833333336")
                         STYLED("C2", "3", "0.75") STYLED("D2", "4", "1.1041666666666667"))
                ROW("3", STYLED("A3", "1", "59") STYLED("B3", "2", "61"))
                    ROW("4", STYLED("A4", "1", "60")) ROW("5", STYLED("A5", "1", "61"))
                        ROW("6", STYLED("A6", "1", "0")) ROW("7", STYLED("A7", "1", "-1"))
                            ROW("8", STYLED("A8", "1", "2958465"))
                                ROW("9", STYLED("A9", "1", "2958466")),
        .styles = STYLES,
        .formats = FORMATS};
    test_book_write(*state, "dates.xlsx", &book);
    assert_table(
        *state, "dates.xlsx", NULL,
        "d date, ts timestamp, t time, i interval\n"
        "2: 1900-01-01|2020-01-01 12:30:00|18:00:00|26:30:00\n"
        "3: 1900-02-28|1900-03-01 00:00:00|-|-\n"
        "4: bad: cell A4 holds '60', which as a date is 29 February 1900, a day that never "
        "was <60>\n"
        "5: 1900-03-01|-|-|-\n"
        "6: bad: cell A6 holds '0', which as a date is no day <0>\n"
        "7: bad: cell A7 holds '-1', which as a date or time is negative <-1>\n"
        "8: 9999-12-31|-|-|-\n"
        "9: bad: cell A9 holds '2958466', which as a date is behind the year 9999 "
        "<2958466>\n");
}

static void numbers_with_a_style_that_is_not_there_are_rejected(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "d") ROW("2", NUMBER("A2", "1") STYLED("B2", "1", "43831"))
            ROW("3", NUMBER("A3", "2") STYLED("B3", "5", "43832"))
                ROW("4", STYLED("A4", "0", "3") "<c r=\"B4\" s=\"5\"/>"),
        .styles = STYLES};
    test_book_write(*state, "style.xlsx", &book);
    assert_table(*state, "style.xlsx", NULL,
                 "id bigint, d date\n"
                 "2: 1|2020-01-01\n"
                 "3: bad: cell B3 has style 5, which is not there <2\t43832>\n"
                 "4: 3|-\n");
}

#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define BOOK(inside)                                                                               \
    "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "               \
    "xmlns:r=\"" REL "\">" inside "</workbook>"
#define ONE_SHEET "<sheets><sheet name=\"Data\" r:id=\"r1\"/></sheets>"

static void a_workbook_may_count_from_1904(void **state)
{
    const struct test_book book = {.rows = HEADER("id", "d")
                                       ROW("2", NUMBER("A2", "1") STYLED("B2", "1", "0"))
                                           ROW("3", NUMBER("A3", "2") STYLED("B3", "1", "60.5")),
                                   .book = BOOK("<workbookPr date1904=\"1\"/>" ONE_SHEET),
                                   .styles = STYLES};
    test_book_write(*state, "mac.xlsx", &book);
    assert_table(*state, "mac.xlsx", NULL,
                 "id bigint, d timestamp\n"
                 "2: 1|1904-01-01 00:00:00\n"
                 "3: 2|1904-03-01 12:00:00\n");
}

static void dates_in_iso_form_are_dates(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "d")
            ROW("2", NUMBER("A2", "1") "<c r=\"B2\" t=\"d\"><v>2020-02-29</v></c>")
                ROW("3", NUMBER("A3", "2") "<c r=\"B3\" t=\"d\"><v>2020-02-29T10:11:12</v></c>")};
    test_book_write(*state, "iso.xlsx", &book);
    assert_table(*state, "iso.xlsx", NULL,
                 "id bigint, d timestamp\n"
                 "2: 1|2020-02-29 00:00:00\n"
                 "3: 2|2020-02-29 10:11:12\n");
}

#define MOMENT(cell, text) "<c r=\"" cell "\" t=\"d\"><v>" text "</v></c>"

static void texts_that_are_no_iso_dates_stay_as_they_are(void **state)
{
    static const char *const texts[] = {
        "2020-02-29T10:11:12+02:00",
        "2020-02-29T10:11:12-05:00",
        "2020-02-29T10:11:12Z",
        "2020-02-29T10:11:12-05",
        "10:11:12+02",
        "epoch",
        "infinity",
        "1/2/2003",
        "2020-02-30",
    };
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++) {
        char rows[1024];
        char expected[256];
        (void)snprintf(rows, sizeof(rows),
                       HEADER("id", "d") ROW("2", NUMBER("A2", "1") MOMENT("B2", "%s")), texts[i]);
        (void)snprintf(expected, sizeof(expected), "id bigint, d text\n2: 1|%s\n", texts[i]);
        const struct test_book book = {.rows = rows};
        test_book_write(*state, "noiso.xlsx", &book);
        assert_table(*state, "noiso.xlsx", NULL, expected);
    }
    const struct test_book time = {.rows = HEADER("id", "t")
                                       ROW("2", NUMBER("A2", "1") MOMENT("B2", "10:11:12.5"))};
    test_book_write(*state, "isotime.xlsx", &time);
    assert_table(*state, "isotime.xlsx", NULL, "id bigint, t time\n2: 1|10:11:12.5\n");
}

static void a_column_of_many_kinds_is_text(void **state)
{
    const struct test_book book = {.rows = HEADER("id", "x")
                                       ROW("2", NUMBER("A2", "1") NUMBER("B2", "1E3"))
                                           ROW("3", NUMBER("A3", "2") STYLED("B3", "1", "43831"))
                                               ROW("4", NUMBER("A4", "3") TEXT("B4", "n/a")),
                                   .styles = STYLES};
    test_book_write(*state, "mixed.xlsx", &book);
    assert_table(*state, "mixed.xlsx", NULL,
                 "id bigint, x text\n2: 1|1000\n3: 2|2020-01-01\n4: 3|n/a\n");
}

static void what_has_no_value_is_rejected_or_null(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "x") ROW("2", NUMBER("A2", "1") "<c r=\"B2\" t=\"e\"><v>#N/A</v></c>")
            ROW("3", NUMBER("A3", "2") "<c r=\"B3\" t=\"e\"><v>#DIV/0!</v></c>")
                ROW("4", NUMBER("A4", "3") "<c r=\"B4\"><f>A1</f></c>")
                    ROW("5", NUMBER("A5", "4") "<c r=\"B5\" t=\"str\"><f>A1</f><v></v></c>")
                        ROW("6", NUMBER("A6", "5") "<c r=\"B6\" t=\"s\"><v>9</v></c>")
                            ROW("7", NUMBER("A7", "6") "<c r=\"B7\" t=\"z\"><v>9</v></c>")
                                ROW("8", "<c r=\"B8\"/>")
                                    ROW("9", NUMBER("A9", "8") "<c r=\"B9\"><f>A1</f><v/></c>")
                                        ROW("10",
                                            NUMBER("A10", "9") "<c r=\"B10\"><f>A1</f><v></v></c>")
                                            ROW("11", NUMBER("A11", "10") "<c r=\"B11\"><v/></c>")};
    struct wh_str nulls[] = {WH_STR(""), WH_STR("#N/A")};
    struct wh_format_options options = options_with(NULL, NULL);
    options.nulls = (struct wh_option_list){.items = nulls, .count = 2};
    test_book_write(*state, "odd.xlsx", &book);
    assert_table(*state, "odd.xlsx", &options,
                 "id bigint, x text\n"
                 "2: 1|-\n"
                 "3: bad: cell B3 holds '#DIV/0!', an error and no value; add it to 'nulls' where "
                 "it means that there is none <2\t#DIV/0!>\n"
                 "4: bad: cell B4 holds a formula without its value; open the workbook in a "
                 "spreadsheet program and save it <3>\n"
                 "5: 4|-\n"
                 "6: bad: cell B6 holds '9', the number of a shared text that is not there <5>\n"
                 "7: bad: cell B7 has the type 'z', which is not known <6>\n"
                 "9: bad: cell B9 holds a formula without its value; open the workbook in a "
                 "spreadsheet program and save it <8>\n"
                 "10: bad: cell B10 holds a formula without its value; open the workbook in a "
                 "spreadsheet program and save it <9>\n"
                 "11: 10|-\n");
}

static void a_cell_above_the_limit_is_rejected(void **state)
{
    const struct test_book book = {.rows = HEADER("id", "x")
                                       ROW("2", NUMBER("A2", "1") TEXT("B2", "12345678901"))
                                           ROW("3", NUMBER("A3", "2") TEXT("B3", "1234567890"))};
    struct wh_format_options options = options_with(NULL, NULL);
    options.cell = 10;
    options.record = 1000;
    test_book_write(*state, "large.xlsx", &book);
    assert_table(*state, "large.xlsx", &options,
                 "id bigint, x text\n"
                 "2: bad: cell B2 has 11 bytes, above the limit of 10 (limits.cell) <1>\n"
                 "3: 2|1234567890\n");
}

/* ---- headers --------------------------------------------------------------------------------- */

static void a_header_is_told_or_asked_for(void **state)
{
    const struct test_book texts = {.rows = HEADER("Anna", "Smith")
                                        ROW("2", TEXT("A2", "Bob") TEXT("B2", "Kay"))};
    const struct test_book title = {.rows = ROW("1", TEXT("A1", "Report"))
                                        ROW("3", TEXT("A3", "id") TEXT("B3", "n"))
                                            ROW("4", NUMBER("A4", "1") NUMBER("B4", "2"))};
    const struct test_book none = {.rows = ROW("1", NUMBER("A1", "1") NUMBER("B1", "2"))};
    struct wh_format_options with = options_with(NULL, "true");
    struct wh_format_options without = options_with(NULL, "false");
    struct wh_format_options skipping = options_with(NULL, NULL);
    skipping.skip = 2;
    test_book_write(*state, "texts.xlsx", &texts);
    test_book_write(*state, "title.xlsx", &title);
    test_book_write(*state, "none.xlsx", &none);
    assert_table_refused(*state, "texts.xlsx", NULL, WH_INVALID,
                         "whether row 1 ('Anna', 'Smith') names the columns: all values are texts");
    assert_table(*state, "texts.xlsx", &with, "Anna text, Smith text\n2: Bob|Kay\n");
    assert_table(*state, "texts.xlsx", &without, "A text, B text\n1: Anna|Smith\n2: Bob|Kay\n");
    assert_table_refused(*state, "title.xlsx", NULL, WH_INVALID,
                         "('Report') names the columns: a column with values has no name in it");
    assert_table(*state, "title.xlsx", &skipping, "id bigint, n bigint\n4: 1|2\n");
    assert_table_refused(*state, "none.xlsx", NULL, WH_INVALID, "cell A1 is no text");
    assert_table(*state, "none.xlsx", &without, "A bigint, B bigint\n1: 1|2\n");
}

static void columns_can_be_named(void **state)
{
    const struct test_book book = {.rows = ROW("1", NUMBER("A1", "1") NUMBER("B1", "2"))};
    struct wh_str names[] = {WH_STR("x"), WH_STR("y"), WH_STR("z")};
    struct wh_format_options options = options_with(NULL, "false");
    options.columns = (struct wh_option_list){.items = names, .count = 2};
    test_book_write(*state, "named.xlsx", &book);
    assert_table(*state, "named.xlsx", &options, "x bigint, y bigint\n1: 1|2\n");
    options.columns.count = 3;
    assert_table_refused(*state, "named.xlsx", &options, WH_INVALID,
                         "the sheet has 2 columns and 'columns' states 3 names");
    options = options_with(NULL, NULL);
    options.columns = (struct wh_option_list){.items = names, .count = 2};
    assert_table_refused(*state, "named.xlsx", &options, WH_INVALID, "not what 'columns' states");
}

static void a_table_begins_where_its_header_does(void **state)
{
    const struct test_book book = {.rows = ROW("3", TEXT("C3", "id") TEXT("D3", "n"))
                                       ROW("4", NUMBER("C4", "1") NUMBER("D4", "5"))
                                           ROW("5", NUMBER("A5", "9") NUMBER("C5", "2")),
                                   .behind = "<mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>"};
    test_book_write(*state, "inside.xlsx", &book);
    assert_table(*state, "inside.xlsx", NULL,
                 "id bigint, n bigint\n4: 1|5\n"
                 "5: bad: cell A5 stands left of the header; state 'skip' or 'header' if that is "
                 "another row <2>\n");
}

/* ---- files ----------------------------------------------------------------------------------- */

static void a_sheet_is_chosen_by_name_or_number(void **state)
{
    const struct test_book book = {
        .rows = HEADER("id", "n") ROW("2", NUMBER("A2", "1") NUMBER("B2", "2")),
        .book = BOOK("<sheets><sheet name=\"Other\" r:id=\"r9\"/><sheet name=\"Data\" r:id=\"r1\"/>"
                     "<sheet name=\"Secret\" state=\"hidden\" r:id=\"r1\"/></sheets>")};
    struct wh_format_options by_name = options_with("Data", NULL);
    struct wh_format_options by_number = options_with("2", NULL);
    struct wh_format_options outside = options_with("Other", NULL);
    struct wh_format_options missing = options_with("Date", NULL);
    test_book_write(*state, "many.xlsx", &book);
    assert_table(*state, "many.xlsx", &by_name, "id bigint, n bigint\n2: 1|2\n");
    assert_table(*state, "many.xlsx", &by_number, "id bigint, n bigint\n2: 1|2\n");
    assert_table_refused(*state, "many.xlsx", NULL, WH_INVALID,
                         "several sheets; state 'format: { sheet: … }', one of 'Other', 'Data', "
                         "'Secret' (hidden)");
    assert_table_refused(*state, "many.xlsx", &missing, WH_INVALID, "has no sheet 'Date'; state");
    assert_table_refused(*state, "many.xlsx", &outside, WH_UNSUPPORTED, "outside of the file");
}

static void files_of_a_pattern_have_types_for_all(void **state)
{
    const struct test_book first = {.rows = HEADER("id", "n")
                                        ROW("2", NUMBER("A2", "1") NUMBER("B2", "2"))};
    const struct test_book second = {.rows = HEADER("id", "n")
                                         ROW("2", NUMBER("A2", "2") NUMBER("B2", "2.5"))};
    const struct test_book other = {.rows = HEADER("id", "m")
                                        ROW("2", NUMBER("A2", "1") NUMBER("B2", "2"))};
    test_book_write(*state, "p1.xlsx", &first);
    test_book_write(*state, "p2.xlsx", &second);
    assert_table(*state, "p*.xlsx", NULL, "id bigint, n numeric\n2: 1|2\n2: 2|2.5\n");
    test_book_write(*state, "p3.xlsx", &other);
    assert_table_refused(*state, "p*.xlsx", NULL, WH_INVALID, "column 2 is 'm' and in 'p1.xlsx'");
}

static void a_column_without_values_takes_the_type_of_the_other_files(void **state)
{
    const struct test_book empty = {.rows = HEADER("id", "n") ROW("2", NUMBER("A2", "1"))};
    const struct test_book full = {.rows = HEADER("id", "n")
                                       ROW("2", NUMBER("A2", "2") NUMBER("B2", "7"))};
    struct wh_format_options options = options_with(NULL, "true");
    test_book_write(*state, "e1.xlsx", &empty);
    test_book_write(*state, "e2.xlsx", &full);
    test_book_write(*state, "e3.xlsx", &empty);
    assert_table(*state, "e*.xlsx", &options, "id bigint, n bigint\n2: 1|-\n2: 2|7\n2: 1|-\n");
    assert_table(*state, "e1.xlsx", &options, "id bigint, n text\n2: 1|-\n");
}

static void places_name_sheet_and_row(void **state)
{
    const struct test_book book = {.rows = HEADER("id", "n")
                                       ROW("70", NUMBER("A70", "1") NUMBER("B70", "2"))};
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_str text;
    struct wh_source_identity identity;
    struct wh_position position = {.line = 70};
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    test_book_write(*state, "places.xlsx", &book);
    assert_int_equal(test_folder_open(*state, "places.xlsx", NULL, &source, &err), WH_OK);
    assert_int_equal(functions->place(source, &position, &arena, &text, &err), WH_OK);
    assert_string_equal(text.ptr, "places.xlsx/Data:70");
    assert_int_equal(functions->identity(source, &arena, &identity, &err), WH_OK);
    struct wh_str *names;
    size_t count;
    assert_int_equal(functions->files_then(identity.text, &arena, &names, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    assert_string_equal(names[0].ptr, "places.xlsx/Data");
    assert_int_equal(functions->explain(source, &arena, &text, &err), WH_OK);
    assert_non_null(strstr(text.ptr, ": XLSX, sheet 'Data', header in row 1 (texts above other "
                                     "values), 2 columns: id bigint, n bigint"));
    functions->close(source);
}

static void sheets_hold_what_sources_hold(void **state)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf rows;
    wh_buf_init(&rows, 1 << 20);
    assert_int_equal(wh_buf_printf(&rows, NULL, "%s", HEADER("id", "n")), WH_OK);
    for (unsigned i = 2; i < 902; i++)
        assert_int_equal(
            wh_buf_printf(&rows, NULL,
                          "<row r=\"%u\"><c><v>%u</v></c><c t=\"%s\"><v>%.*s</v></c></row>", 2 * i,
                          i, i % 50 == 7 ? "e" : "str", (int)(i % 30),
                          "abcdefghijklmnopqrstuvwxyzabcdef"),
            WH_OK);
    const struct test_book book = {.rows = wh_buf_cstr(&rows)};
    const struct test_folder *folder = *state;
    test_book_write(folder, "some.xlsx", &book);
    struct wh_source_request request = {.url = wh_str_from(folder->path),
                                        .from = WH_STR("some.xlsx")};
    assert_int_equal(source_conformance(&wh_file_connector, &request), 900);
    const struct test_book empty = {.rows = HEADER("id", "n")};
    struct wh_format_options with = options_with(NULL, "true");
    test_book_write(folder, "empty.xlsx", &empty);
    request.from = WH_STR("empty.xlsx");
    request.format = &with;
    assert_int_equal(source_conformance(&wh_file_connector, &request), 0);
}

/* ---- hostile files --------------------------------------------------------------------------- */

static void what_no_sheet_has_is_refused(void **state)
{
    static const struct {
        const char *rows;
        const char *message;
    } cases[] = {
        {ROW("2", "") ROW("2", ""), "row '2' behind row 2"},
        {ROW("0", ""), "row '0' behind row 0"},
        {ROW("1048577", ""), "row '1048577'"},
        {ROW("1", NUMBER("XFE1", "1")), "cell 'XFE1' in row 1"},
        {ROW("1", NUMBER("A2", "1")), "cell 'A2' in row 1"},
        {ROW("1", NUMBER("B1", "1") NUMBER("A1", "1")), "cell 'A1' in row 1"},
        {ROW("1", NUMBER("A99999999999999999999", "1")), "cell 'A9999"},
        {"<row><c><v>1</c></row>", "no well-formed XML in line 1: mismatched tag"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        const struct test_book book = {.rows = cases[i].rows};
        test_book_write(*state, "no.xlsx", &book);
        assert_table_refused(*state, "no.xlsx", NULL, WH_INVALID, cases[i].message);
    }
}

static void document_types_are_refused(void **state)
{
    const struct test_book book = {
        .sheet = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
                 "<worksheet><sheetData>&b;</sheetData></worksheet>"};
    test_book_write(*state, "entity.xlsx", &book);
    assert_table_refused(*state, "entity.xlsx", NULL, WH_UNSUPPORTED, "a document type (DTD)");
}

static void depth_and_size_of_tags_have_limits(void **state)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, 1 << 23);
    for (int i = 0; i < 100; i++)
        assert_int_equal(wh_buf_printf(&text, NULL, "<a>"), WH_OK);
    struct test_book book = {.rows = wh_buf_cstr(&text)};
    test_book_write(*state, "deep.xlsx", &book);
    assert_table_refused(*state, "deep.xlsx", NULL, WH_LIMIT, "nest deeper than 64");
    text.len = 0;
    assert_int_equal(wh_buf_printf(&text, NULL, "<a b=\""), WH_OK);
    for (int i = 0; i < 1 << 18; i++)
        assert_int_equal(wh_buf_append_str(&text, WH_STR("aaaaaaaaaa"), NULL), WH_OK);
    book.rows = wh_buf_cstr(&text);
    test_book_write(*state, "wide.xlsx", &book);
    assert_table_refused(*state, "wide.xlsx", NULL, WH_LIMIT, "a tag or comment has more than");
}

static void parts_that_are_missing_are_named(void **state)
{
    static const char outside[] =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        "<Relationship Id=\"r1\" Type=\"" REL "/worksheet\" Target=\"%s\"%s/></Relationships>";
    static const struct {
        const char *target;
        const char *mode;
        wh_code code;
        const char *message;
    } cases[] = {
        {"worksheets/sheet9.xml", "", WH_INVALID, "part 'xl/worksheets/sheet9.xml' is missing"},
        {"../../etc/passwd", "", WH_UNSUPPORTED, "lies outside of the file"},
        {"http://example.com/a", " TargetMode=\"External\"", WH_UNSUPPORTED, "lies outside"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        char relations[1024];
        (void)snprintf(relations, sizeof(relations), outside, cases[i].target, cases[i].mode);
        const struct test_book book = {.relations = relations};
        test_book_write(*state, "missing.xlsx", &book);
        assert_table_refused(*state, "missing.xlsx", NULL, cases[i].code, cases[i].message);
    }
}

static void other_files_are_refused(void **state)
{
    test_folder_write(*state, "old.xlsx", WH_STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"));
    test_folder_write(*state, "text.xlsx", WH_STR("id,name\n"));
    assert_table_refused(*state, "old.xlsx", NULL, WH_UNSUPPORTED, "is an old workbook (.xls)");
    assert_table_refused(*state, "text.xlsx", NULL, WH_INVALID, "cannot be read as a zip archive");
    struct wh_format_options options = options_with(NULL, NULL);
    options.encoding = WH_STR("UTF-8");
    options.type = WH_STR("xlsx");
    assert_table_refused(*state, "text.xlsx", &options, WH_INVALID, "'encoding' means nothing");
}

static void a_bomb_is_refused(void **state)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sheet;
    wh_buf_init(&sheet, (size_t)2 << 20);
    /* A text of a MiB that many rows name: 300 MiB of records out of some kB. */
    assert_int_equal(wh_buf_printf(&sheet, NULL, "<si><t>"), WH_OK);
    for (int i = 0; i < 1 << 16; i++)
        assert_int_equal(wh_buf_append_str(&sheet, WH_STR("aaaaaaaaaaaaaaaa"), NULL), WH_OK);
    assert_int_equal(wh_buf_printf(&sheet, NULL, "</t></si>"), WH_OK);
    struct wh_buf rows;
    wh_buf_init(&rows, 1 << 20);
    assert_int_equal(wh_buf_printf(&rows, NULL, "%s", HEADER("id", "n")), WH_OK);
    for (int i = 0; i < 300; i++)
        assert_int_equal(
            wh_buf_printf(&rows, NULL, "<row><c><v>%d</v></c><c t=\"s\"><v>0</v></c></row>", i),
            WH_OK);
    const struct test_book book = {.rows = wh_buf_cstr(&rows), .strings = wh_buf_cstr(&sheet)};
    test_book_write(*state, "bomb.xlsx", &book);
    assert_table_refused(*state, "bomb.xlsx", NULL, WH_LIMIT, "that is no table");
    wh_buf_release(&rows);
}

static void a_header_above_the_limit_is_refused(void **state)
{
    static const char name[] = "<c t=\"s\"><v>0</v></c>";
    char rows[1024];
    (void)snprintf(rows, sizeof(rows),
                   ROW("1", "%s%s%s") ROW("2", NUMBER("A2", "1") NUMBER("B2", "2")), name, name,
                   name);
    const struct test_book book = {.rows = rows, .strings = "<si><t>1234567890</t></si>"};
    struct wh_format_options options = options_with(NULL, "true");
    options.cell = 10;
    options.record = 32;
    test_book_write(*state, "header.xlsx", &book);
    assert_table_refused(*state, "header.xlsx", &options, WH_LIMIT,
                         "the header up to row 1 is longer than a record may be (32 bytes");
}

static void shared_texts_keep_to_the_budget(void **state)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf strings;
    wh_buf_init(&strings, 1 << 24);
    assert_int_equal(wh_buf_printf(&strings, NULL, "<si><t>"), WH_OK);
    for (int i = 0; i < 1 << 18; i++)
        assert_int_equal(wh_buf_append_str(&strings, WH_STR("aaaaaaaaaaaaaaaa"), NULL), WH_OK);
    assert_int_equal(wh_buf_printf(&strings, NULL, "</t></si>"), WH_OK);
    const struct test_book book = {.rows = HEADER("id", "n"), .strings = wh_buf_cstr(&strings)};
    const struct test_folder *folder = *state;
    struct wh_budget budget;
    wh_budget_init(&budget, 2 << 20);
    test_book_write(folder, "budget.xlsx", &book);
    struct wh_source_request request = {
        .url = wh_str_from(folder->path), .from = WH_STR("budget.xlsx"), .budget = &budget};
    struct wh_source *source = NULL;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_file_connector.source->open(&request, &source, &err), WH_LIMIT);
    assert_non_null(strstr(err.message, "limits.memory"));
    assert_int_equal(atomic_load(&budget.used), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_read_as_typed),
        cmocka_unit_test(numbers_keep_the_digits_that_the_file_has),
        cmocka_unit_test(whole_numbers_of_17_digits_stay_apart),
        cmocka_unit_test(numbers_with_date_formats_are_dates),
        cmocka_unit_test(numbers_with_a_style_that_is_not_there_are_rejected),
        cmocka_unit_test(a_workbook_may_count_from_1904),
        cmocka_unit_test(dates_in_iso_form_are_dates),
        cmocka_unit_test(texts_that_are_no_iso_dates_stay_as_they_are),
        cmocka_unit_test(a_column_of_many_kinds_is_text),
        cmocka_unit_test(what_has_no_value_is_rejected_or_null),
        cmocka_unit_test(a_cell_above_the_limit_is_rejected),
        cmocka_unit_test(a_header_is_told_or_asked_for),
        cmocka_unit_test(columns_can_be_named),
        cmocka_unit_test(a_table_begins_where_its_header_does),
        cmocka_unit_test(a_sheet_is_chosen_by_name_or_number),
        cmocka_unit_test(files_of_a_pattern_have_types_for_all),
        cmocka_unit_test(a_column_without_values_takes_the_type_of_the_other_files),
        cmocka_unit_test(places_name_sheet_and_row),
        cmocka_unit_test(sheets_hold_what_sources_hold),
        cmocka_unit_test(what_no_sheet_has_is_refused),
        cmocka_unit_test(document_types_are_refused),
        cmocka_unit_test(depth_and_size_of_tags_have_limits),
        cmocka_unit_test(parts_that_are_missing_are_named),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(a_header_above_the_limit_is_refused),
        cmocka_unit_test(shared_texts_keep_to_the_budget),
    };
    return cmocka_run_group_tests_name("connect/file xlsx", tests, test_folder_setup,
                                       test_folder_teardown);
}
