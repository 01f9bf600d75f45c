/* SPDX-License-Identifier: Apache-2.0 */
/** Workbooks behind the format contract. */
#include <inttypes.h>

#include "base/error.h"
#include "format/records.h"
#include "format/xlsx_book.h"
#include "format/xlsx_sheet.h"

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    uint64_t header;
    if (options->encoding.ptr != NULL)
        return wh_error_set(err, WH_INVALID,
                            "option 'encoding' means nothing to the format xlsx, whose parts say "
                            "it themselves; take it away");
    return options->header.ptr != NULL ? wh_format_read_header(options->header, &header, err)
                                       : WH_OK;
}

/* Reads a part that has to be there if it is named. */
static wh_code require(wh_code rc, struct wh_str part, struct wh_error *err)
{
    if (rc == WH_END)
        return wh_error_set(err, WH_INVALID, "the workbook's part '%.*s' is missing", WH_FMT(part));
    return rc;
}

/* What is to be known of its cells. */
static wh_code describe_cells(const struct wh_xlsx_book *book, const struct wh_xlsx_sheet *sheet,
                              struct wh_buf *text, struct wh_error *err)
{
    uint64_t merged = sheet->merged_count;
    uint64_t formulas = sheet->formula_count;
    if (merged > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "%" PRIu64 " merged range%s (the value is in the first cell), ",
                             merged, merged == 1 ? "" : "s"));
    if (book->is_uncalculated && formulas > 0)
        WH_TRY(wh_buf_printf(text, err,
                             "%" PRIu64 " formula%s whose stored values may be old (the workbook "
                             "asks to be calculated when it is opened), ",
                             formulas, formulas == 1 ? "" : "s"));
    return WH_OK;
}

static wh_code describe_sheet(const struct wh_xlsx_book *book,
                              const struct wh_xlsx_sheet_entry *entry,
                              const struct wh_xlsx_sheet *sheet, struct wh_arena *arena,
                              struct wh_converted *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, (size_t)1 << 20);
    WH_TRY(wh_buf_printf(&text, err, "XLSX, sheet '%.*s'", WH_FMT(entry->name)));
    if (book->sheet_count > 1)
        WH_TRY(wh_buf_printf(&text, err, " (%zu of %zu)", (size_t)(entry - book->sheets) + 1,
                             book->sheet_count));
    WH_TRY(wh_buf_printf(&text, err, ", %.*s, ", WH_FMT(ret->found)));
    WH_TRY(describe_cells(book, sheet, &text, err));
    return wh_arena_copy(arena, wh_buf_str(&text), &ret->found, err);
}

static wh_code read_sheet(const struct wh_convert_request *request, struct wh_xlsx_sheet *sheet,
                          const struct wh_xlsx_book *book, struct wh_arena *scratch,
                          struct wh_converted *ret, struct wh_error *err)
{
    const struct wh_xlsx_sheet_entry *entry;
    WH_TRY(wh_xlsx_book_choose(book, request->options->sheet, &entry, err));
    WH_TRY(wh_arena_copy(request->arena, entry->name, &ret->table, err));
    struct wh_xlsx_rows rows;
    wh_code rc = wh_xlsx_rows_init(&rows, request, scratch, err);
    sheet->rows = &rows;
    if (rc == WH_OK)
        rc = require(wh_xlsx_sheet_read(sheet, request->parts, entry->part, err), entry->part, err);
    if (rc == WH_OK)
        rc = wh_xlsx_rows_finish(&rows, ret, err);
    wh_xlsx_rows_release(&rows);
    sheet->rows = NULL;
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "sheet '%.*s'", WH_FMT(entry->name));
    return describe_sheet(book, entry, sheet, request->arena, ret, err);
}

static wh_code read_parts(const struct wh_convert_request *request, struct wh_xlsx_strings *strings,
                          struct wh_arena *scratch, struct wh_converted *ret, struct wh_error *err)
{
    struct wh_xlsx_book book;
    struct wh_xlsx_styles styles = {.count = 0};
    WH_TRY(wh_xlsx_book_read(request->parts, scratch, &book, err));
    if (book.strings.ptr != NULL)
        WH_TRY(require(wh_xlsx_strings_read(strings, request->parts, book.strings, err),
                       book.strings, err));
    if (book.styles.ptr != NULL)
        WH_TRY(require(wh_xlsx_styles_read(request->parts, book.styles, scratch, &styles, err),
                       book.styles, err));
    struct wh_xlsx_sheet sheet = {.options = request->options,
                                  .strings = strings,
                                  .styles = &styles,
                                  .counts_from_1904 = book.counts_from_1904};
    return read_sheet(request, &sheet, &book, scratch, ret, err);
}

static wh_code convert(const struct wh_convert_request *request, struct wh_converted *ret,
                       struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    WH_CLEANUP(wh_xlsx_strings_release) struct wh_xlsx_strings strings;
    wh_arena_init(&scratch);
    wh_xlsx_strings_init(&strings, request->budget);
    *ret = (struct wh_converted){.table = WH_STR_NONE};
    return read_parts(request, &strings, &scratch, ret, err);
}

const struct wh_format wh_xlsx_format = {
    .name = "xlsx",
    .help = "a sheet of a workbook",
    .suffixes = (const char *const[]){".xlsx", ".xlsm", NULL},
    .options = (const char *const[]){"sheet", "skip", "header", "columns", "nulls", NULL},
    .check = check,
    .convert = convert,
    .is_archive = true,
    .members = (const char *const[]){"[Content_Types].xml", "xl/workbook.xml", NULL},
    WH_RECORDS_FUNCTIONS,
};
