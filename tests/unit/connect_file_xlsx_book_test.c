/* SPDX-License-Identifier: Apache-2.0 */
/** What a workbook as a whole says: that it is one, that its formulas may be old,
 *  how many names it has. */
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
#include "format/xlsx_names.h"
#include "stream_pack.h"
#include "xlsx_book.h"

#define ROWS                                                                                       \
    "<row><c t=\"inlineStr\"><is><t>id</t></is></c><c t=\"inlineStr\"><is><t>n</t></is></c></row>" \
    "<row><c><v>1</v></c><c><f>A2+1</f><v>2</v></c></row>"
#define TABLE "id bigint, n bigint\n2: 1|2\n"
#define BOOK(calculation)                                                                          \
    "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "               \
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>"     \
    "<sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/></sheets>" calculation "</workbook>"

/** What `wherry plan` says of the file holds @p text, or does not. */
static void assert_explained(const struct test_folder *folder, const char *from, const char *text,
                             bool is_there)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    struct wh_arena arena;
    struct wh_str found;
    wh_arena_init(&arena);
    if (test_folder_open(folder, from, NULL, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &found, &err), WH_OK);
    bool has_text = memmem(found.ptr, found.len, text, strlen(text)) != NULL;
    if (has_text != is_there)
        fail_msg("'%.*s'", WH_FMT(found));
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

/* ---- which file is a workbook ---------------------------------------------------------------- */

static void a_workbook_is_known_whatever_its_name(void **state)
{
    static const char *const names[] = {"export", "export.bin", "export.csv", "export.zip"};
    const struct test_book book = {.rows = ROWS};
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        test_book_write(*state, names[i], &book);
        assert_table(*state, names[i], NULL, TABLE);
        assert_explained(*state, names[i],
                         "it has the parts of one; to pin it: format: { type: xlsx }", true);
    }
    test_book_write(*state, "named.xlsx", &book);
    assert_explained(*state, "named.xlsx", "to pin it", false);
}

static void files_of_a_pattern_are_all_workbooks_or_none(void **state)
{
    const struct test_book book = {.rows = ROWS};
    test_book_write(*state, "all-1", &book);
    test_book_write(*state, "all-2", &book);
    assert_table(*state, "all-*", NULL, TABLE "2: 1|2\n");
    test_folder_write(*state, "some-1.csv", WH_STR("id,n\n1,2\n"));
    test_book_write(*state, "some-2.csv", &book);
    assert_table_refused(*state, "some-*", NULL, WH_INVALID, "is named like");
}

static void other_archives_are_none(void **state)
{
    static const struct test_member documents[] = {
        {"[Content_Types].xml", {"<Types/>", 8}, false},
        {"word/document.xml", {"<document/>", 11}, false},
    };
    char path[512];
    struct wh_format_options csv;
    const struct test_book book = {.rows = ROWS};
    test_pack_archive(test_folder_path(*state, "letter.docx", path), documents,
                      WH_COUNT_OF(documents));
    assert_table_refused(*state, "letter.docx", NULL, WH_INVALID, "holds 2 files");
    wh_format_options_init(&csv);
    csv.type = WH_STR("csv");
    test_book_write(*state, "stated", &book);
    assert_table_refused(*state, "stated", &csv, WH_INVALID, "files; name one with");
}

/* ---- what it says of itself ------------------------------------------------------------------ */

static void formulas_that_want_to_be_calculated_are_told(void **state)
{
    const struct test_book old = {.rows = ROWS, .book = BOOK("<calcPr fullCalcOnLoad=\"1\"/>")};
    const struct test_book fresh = {.rows = ROWS, .book = BOOK("<calcPr calcId=\"191029\"/>")};
    const struct test_book plain = {.rows = "<row><c t=\"inlineStr\"><is><t>id</t></is></c></row>"
                                            "<row><c><v>1</v></c></row>",
                                    .book = BOOK("<calcPr fullCalcOnLoad=\"true\"/>")};
    static const char note[] = "1 formula whose stored values may be old (the workbook asks to be "
                               "calculated when it is opened)";
    test_book_write(*state, "old.xlsx", &old);
    test_book_write(*state, "fresh.xlsx", &fresh);
    test_book_write(*state, "plain.xlsx", &plain);
    assert_explained(*state, "old.xlsx", note, true);
    assert_table(*state, "old.xlsx", NULL, TABLE);
    assert_explained(*state, "fresh.xlsx", "may be old", false);
    assert_explained(*state, "plain.xlsx", "may be old", false);
}

/* ---- names ----------------------------------------------------------------------------------- */

/** A sheet with @p count elements more, each of a number between @p before and @p after. */
static void write_numbered(const struct test_folder *folder, const char *name, const char *before,
                           const char *after, int count)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf rows;
    wh_buf_init(&rows, 1 << 23);
    assert_int_equal(wh_buf_append_str(&rows, WH_STR(ROWS), NULL), WH_OK);
    for (int i = 0; i < count; i++)
        assert_int_equal(wh_buf_printf(&rows, NULL, "%s%d%s", before, i, after), WH_OK);
    const struct test_book book = {.rows = wh_buf_cstr(&rows)};
    test_book_write(folder, name, &book);
}

static void names_of_elements_attributes_and_prefixes_have_a_limit(void **state)
{
    static const struct {
        const char *before;
        const char *after;
    } forms[] = {{"<n", "/>"}, {"<n a", "=\"1\"/>"}, {"<n xmlns:p", "=\"urn:x\"/>"}};
    for (size_t i = 0; i < WH_COUNT_OF(forms); i++) {
        write_numbered(*state, "some.xlsx", forms[i].before, forms[i].after,
                       WH_XLSX_MAX_NAMES - 100);
        assert_table(*state, "some.xlsx", NULL, TABLE);
        write_numbered(*state, "many.xlsx", forms[i].before, forms[i].after, WH_XLSX_MAX_NAMES + 1);
        assert_table_refused(*state, "many.xlsx", NULL, WH_LIMIT,
                             "more than 2048 different names of elements and attributes");
    }
}

static void so_have_their_bytes(void **state)
{
    char after[2048];
    memset(after, 'x', sizeof(after));
    memcpy(after + sizeof(after) - 3, "/>", 3);
    write_numbered(*state, "long.xlsx", "<n", after, 600);
    assert_table_refused(*state, "long.xlsx", NULL, WH_LIMIT, "or more than 1048576 bytes of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workbook_is_known_whatever_its_name),
        cmocka_unit_test(files_of_a_pattern_are_all_workbooks_or_none),
        cmocka_unit_test(other_archives_are_none),
        cmocka_unit_test(formulas_that_want_to_be_calculated_are_told),
        cmocka_unit_test(names_of_elements_attributes_and_prefixes_have_a_limit),
        cmocka_unit_test(so_have_their_bytes),
    };
    return cmocka_run_group_tests_name("connect/file xlsx book", tests, test_folder_setup,
                                       test_folder_teardown);
}
