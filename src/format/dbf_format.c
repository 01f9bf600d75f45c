/* SPDX-License-Identifier: Apache-2.0 */
/** DBF files (dBASE, FoxPro, Clipper) behind the format contract. */
#include "base/error.h"
#include "format/dbf_rows.h"
#include "format/records.h"

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    struct wh_encoding encoding;
    WH_TRY(wh_format_check_word("trim", options->trim, "both, left, right, none", err));
    WH_TRY(wh_format_check_word("deleted", options->deleted, "skip, read", err));
    WH_TRY(wh_format_check_word("memo", options->memo, "read, ignore", err));
    WH_TRY(wh_format_check_word("records", options->records, "header, file", err));
    if (options->deleted_column.ptr != NULL && wh_str_is(options->deleted, "skip"))
        return wh_error_set(
            err, WH_INVALID,
            "'deleted_column' tells of records that 'deleted: skip' leaves out; take "
            "one of them away");
    bool is_known = options->encoding.ptr != NULL && wh_encoding_find(options->encoding, &encoding);
    if (is_known && (encoding.kind == WH_ENCODING_UTF16 || encoding.kind == WH_ENCODING_UTF16LE ||
                     encoding.kind == WH_ENCODING_UTF16BE))
        return wh_error_set(err, WH_INVALID, "texts of DBF files are not in %s; state a code page",
                            encoding.name);
    return WH_OK;
}

static wh_code convert(const struct wh_convert_request *request, struct wh_converted *ret,
                       struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    struct wh_dbf_rows rows;
    wh_arena_init(&arena);
    *ret = (struct wh_converted){.table = WH_STR_NONE};
    wh_dbf_rows_init(&rows, request, &arena);
    wh_code rc = request->parts->read_all(request->parts->ctx, wh_dbf_rows_take, &rows, err);
    if (rc == WH_OK)
        rc = wh_dbf_rows_finish(&rows, ret, err);
    wh_dbf_rows_release(&rows);
    return rc;
}

const struct wh_format wh_dbf_format = {
    .name = "dbf",
    .help = "a table of dBASE, FoxPro or Clipper",
    .suffixes = (const char *const[]){".dbf", NULL},
    .options = (const char *const[]){"columns", "nulls", "trim", "deleted", "deleted_column",
                                     "memo", "records", NULL},
    .empty = "the file is empty",
    .no_columns = "the file has no fields",
    .check = check,
    .starts = wh_dbf_starts,
    .convert = convert,
    WH_RECORDS_FUNCTIONS,
};
