/* SPDX-License-Identifier: Apache-2.0 */
/** The dialect in words. */
#include <inttypes.h>

#include "base/error.h"
#include "format/csv_internal.h"

static wh_code explain_text(struct wh_buf *text, const char *name, struct wh_str bytes,
                            struct wh_error *err)
{
    WH_TRY(wh_buf_printf(text, err, "%s ", name));
    if (wh_str_is(bytes, "\t"))
        return wh_buf_printf(text, err, "'\\t', ");
    bool is_plain = true;
    for (size_t i = 0; i < bytes.len; i++)
        is_plain &= (unsigned char)bytes.ptr[i] >= ' ' && bytes.ptr[i] != 0x7F;
    if (is_plain)
        return wh_buf_printf(text, err, "'%.*s', ", WH_FMT(bytes));
    for (size_t i = 0; i < bytes.len; i++)
        WH_TRY(wh_buf_printf(text, err, "%s%02X", i == 0 ? "0x" : " ",
                             (unsigned)(unsigned char)bytes.ptr[i]));
    return wh_buf_printf(text, err, ", ");
}

/* What is unlike RFC 4180 is named only where it is. */
static wh_code explain_unusual(const struct wh_csv_form *form, struct wh_buf *text,
                               struct wh_error *err)
{
    const struct wh_csv_dialect *dialect = &form->dialect;
    if (dialect->has_escape)
        WH_TRY(explain_text(text, "escape", wh_str_make(&dialect->escape, 1), err));
    if (dialect->line_end != WH_CSV_LINES_STANDARD)
        WH_TRY(
            wh_buf_printf(text, err, "lines end with %s, ",
                          dialect->line_end == WH_CSV_LINES_LF ? "LF alone" : "LF, CR LF or CR"));
    if (dialect->may_space_quotes)
        WH_TRY(wh_buf_printf(text, err, "spaces around quotes are no text, "));
    if (dialect->comment_size > 0)
        WH_TRY(explain_text(text, "comments behind",
                            wh_str_make(dialect->comment, dialect->comment_size), err));
    if (form->pads)
        WH_TRY(wh_buf_printf(text, err, "short records are padded with NULL, "));
    return WH_OK;
}

static wh_code explain_header(const struct wh_csv_form *form, struct wh_buf *text,
                              struct wh_error *err)
{
    if (form->header_records == 0)
        return wh_buf_printf(text, err, "no header, ");
    if (form->header_records == 1)
        return wh_buf_printf(text, err, "header, ");
    return wh_buf_printf(text, err, "header of %" PRIu64 " records, ", form->header_records);
}

static wh_code explain_nulls(const struct wh_csv_form *form, struct wh_buf *text,
                             struct wh_error *err)
{
    const struct wh_option_list *nulls = &form->nulls;
    if (nulls->items == NULL && form->default_null.len == 0)
        return wh_buf_printf(text, err, "NULL is the empty cell");
    if (nulls->items == NULL)
        return wh_buf_printf(text, err, "NULL is '%.*s'", WH_FMT(form->default_null));
    if (nulls->count == 0)
        return wh_buf_printf(text, err, "no cell is NULL");
    WH_TRY(wh_buf_printf(text, err, "NULL is"));
    for (size_t i = 0; i < nulls->count; i++)
        WH_TRY(wh_buf_printf(text, err, "%s '%.*s'", i > 0 ? " or" : "", WH_FMT(nulls->items[i])));
    return WH_OK;
}

/* Names that look like a whole header in one give a wrong delimiter away. */
static wh_code explain_suspicion(const struct wh_csv *csv, struct wh_buf *text,
                                 struct wh_error *err)
{
    char likely = csv->column_count == 1 ? wh_csv_likely_delimiter(csv->names[0]) : 0;
    if (likely == 0)
        return WH_OK;
    char tab[] = "\\t";
    char other[] = {likely, '\0'};
    return wh_buf_printf(text, err, "; one column only: is the delimiter '%s'?",
                         likely == '\t' ? tab : other);
}

wh_code wh_csv_explain(const struct wh_csv *csv, struct wh_buf *text, struct wh_error *err)
{
    const struct wh_csv_form *form = &csv->form;
    const struct wh_csv_dialect *dialect = &form->dialect;
    WH_TRY(wh_buf_printf(text, err, "CSV, "));
    WH_TRY(explain_text(text, "delimiter",
                        wh_str_make(dialect->delimiter_bytes, dialect->delimiter_size), err));
    if (dialect->has_quote)
        WH_TRY(explain_text(text, "quote", wh_str_make(&dialect->quote, 1), err));
    else
        WH_TRY(wh_buf_printf(text, err, "no quote, "));
    WH_TRY(explain_unusual(form, text, err));
    WH_TRY(explain_header(form, text, err));
    WH_TRY(wh_buf_printf(text, err, "%zu column%s, ", csv->column_count,
                         csv->column_count == 1 ? "" : "s"));
    WH_TRY(explain_nulls(form, text, err));
    return explain_suspicion(csv, text, err);
}
