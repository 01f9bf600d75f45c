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
#include "connect/file/file.h"
#include "data/text.h"
#include "stream_pack.h"

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\""
#define MAX_PART ((size_t)256 << 20)

static const char package_relations[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships " PACKAGE
    "><Relationship Id=\"r1\" Type=\"" REL
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
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

/* ---- reading --------------------------------------------------------------------------------- */

static void say(struct wh_buf *out, struct wh_str text)
{
    assert_int_equal(wh_buf_append_str(out, text, NULL), WH_OK);
}

static void print_row(const struct wh_batch *batch, size_t row, struct wh_arena *arena,
                      struct wh_buf *out)
{
    assert_int_equal(wh_buf_printf(out, NULL, "%" PRIu64 ": ", batch->positions[row].line), WH_OK);
    for (size_t i = 0; i < batch->column_count; i++) {
        struct wh_str text = WH_STR("-");
        if (!wh_column_is_null(&batch->columns[i], row))
            assert_int_equal(wh_value_print(&batch->columns[i], row, arena, &text), WH_FAULT_NONE);
        say(out, i == 0 ? WH_STR("") : WH_STR("|"));
        say(out, text);
    }
    say(out, WH_STR("\n"));
}

static void print_batch(struct wh_batch *batch, struct wh_buf *out)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row <= row; bad++)
            assert_int_equal(wh_buf_printf(out, NULL, "%" PRIu64 ": bad: %.*s <%.*s>\n",
                                           batch->bad[bad].position.line,
                                           WH_FMT(batch->bad[bad].reason),
                                           WH_FMT(batch->bad[bad].raw)),
                             WH_OK);
        if (row < batch->row_count)
            print_row(batch, row, &batch->arena, out);
    }
}

static void print_columns(struct wh_source *source, struct wh_buf *out)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_table_info table;
    assert_int_equal(wh_file_connector.source->describe(source, &table, &err), WH_OK);
    for (size_t i = 0; i < table.column_count; i++)
        assert_int_equal(wh_buf_printf(out, NULL, "%s%.*s %.*s", i == 0 ? "" : ", ",
                                       WH_FMT(table.columns[i].name),
                                       WH_FMT(table.columns[i].declared)),
                         WH_OK);
    say(out, WH_STR("\n"));
}

void test_table_print(struct wh_source *source, struct wh_buf *out)
{
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_reader *reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    print_columns(source, out);
    assert_int_equal(functions->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(functions->reader_open(source, &reader, &err), WH_OK);
    for (size_t i = 0; i < count; i++) {
        wh_code rc;
        assert_int_equal(functions->seek(reader, chunks[i].text, 0, &err), WH_OK);
        while ((rc = functions->read(reader, &batch, &err)) == WH_OK)
            print_batch(&batch, out);
        if (rc != WH_END)
            fail_msg("%s", err.message);
    }
    functions->reader_close(reader);
    wh_batch_release(&batch);
}

void assert_table(const struct test_folder *folder, const char *from,
                  const struct wh_format_options *format, const char *expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, MAX_PART);
    if (test_folder_open(folder, from, format, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    test_table_print(source, &out);
    wh_file_connector.source->close(source);
    assert_string_equal(wh_buf_cstr(&out), expected);
}

void assert_table_refused(const struct test_folder *folder, const char *from,
                          const struct wh_format_options *format, wh_code code, const char *message)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    wh_code rc = test_folder_open(folder, from, format, &source, &err);
    wh_file_connector.source->close(source);
    if (rc != code || strstr(err.message, message) == NULL)
        fail_msg("%d: %s", (int)rc, err.message);
}
