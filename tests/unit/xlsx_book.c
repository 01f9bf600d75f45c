/* SPDX-License-Identifier: Apache-2.0 */
#include "xlsx_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "stream_pack.h"

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\""
#define MAX_PART ((size_t)256 << 20)

static const char package_relations[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships " PACKAGE
    "><Relationship Id=\"r1\" Type=\"" REL
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char content_types[] =
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
static const char usual_book[] =
    "<workbook " MAIN " xmlns:r=\"" REL
    "\"><sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static void print(struct wh_buf *out, const char *before, const char *inside, const char *after)
{
    wh_buf_init(out, MAX_PART);
    const char *parts[] = {before, or_empty(inside), after};
    for (size_t i = 0; i < WH_COUNT_OF(parts); i++)
        assert_int_equal(wh_buf_append_str(out, wh_str_from(parts[i]), NULL), WH_OK);
}

static void make_relations(const struct test_book *book, struct wh_buf *out)
{
    print(out,
          "<Relationships " PACKAGE "><Relationship Id=\"r1\" Type=\"" REL
          "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"" REL
          "/styles\" Target=\"/xl/styles.xml\"/>",
          book->strings != NULL ? "<Relationship Id=\"r3\" Type=\"" REL
                                  "/sharedStrings\" Target=\"../xl/strings.xml\"/>"
                                : "",
          "</Relationships>");
    if (book->relations == NULL)
        return;
    wh_buf_release(out);
    print(out, book->relations, "", "");
}

static void make_sheet(const struct test_book *book, struct wh_buf *out)
{
    print(out, "<worksheet " MAIN "><sheetData>", book->rows, "</sheetData>");
    assert_int_equal(wh_buf_printf(out, NULL, "%s</worksheet>", or_empty(book->behind)), WH_OK);
    if (book->sheet == NULL)
        return;
    wh_buf_release(out);
    print(out, book->sheet, "", "");
}

static void make_styles(const struct test_book *book, struct wh_buf *out)
{
    print(out, "<styleSheet " MAIN "><numFmts>", book->formats, "</numFmts><cellXfs>");
    assert_int_equal(wh_buf_printf(out, NULL, "%s</cellXfs></styleSheet>", or_empty(book->styles)),
                     WH_OK);
}

void test_book_write(const struct test_folder *folder, const char *name,
                     const struct test_book *book)
{
    struct wh_buf parts[4];
    char path[512];
    make_relations(book, &parts[0]);
    make_sheet(book, &parts[1]);
    make_styles(book, &parts[2]);
    print(&parts[3], "<sst " MAIN ">", book->strings, "</sst>");
    const struct test_member members[] = {
        {"[Content_Types].xml", wh_str_from(content_types), false},
        {"_rels/.rels", wh_str_from(package_relations), false},
        {"xl/workbook.xml", wh_str_from(book->book != NULL ? book->book : usual_book), false},
        {"xl/_rels/workbook.xml.rels", wh_buf_str(&parts[0]), true},
        {"xl/worksheets/sheet1.xml", wh_buf_str(&parts[1]), false},
        {"xl/styles.xml", wh_buf_str(&parts[2]), false},
        {"xl/strings.xml", wh_buf_str(&parts[3]), false},
    };
    test_pack_archive(test_folder_path(folder, name, path), members,
                      WH_COUNT_OF(members) - (book->strings == NULL));
    for (size_t i = 0; i < WH_COUNT_OF(parts); i++)
        wh_buf_release(&parts[i]);
}
