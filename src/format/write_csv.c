/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 4180 with LF, unless CR LF is asked for. NULL is the unquoted null text; what would be taken
 * for it, or for anything but its characters, is quoted.
 */
#include "format/write_internal.h"

/* What a spreadsheet takes for the beginning of a formula. */
static bool begins_formula(struct wh_str text)
{
    return text.len > 0 && text.ptr[0] != '\0' && strchr("=+-@\t\r", text.ptr[0]) != NULL;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* What ends lines, escapes, or is a delimiter in other files: who reads this one with nothing
 * stated must not take it for one. */
static bool is_telling(char byte)
{
    switch (byte) {
    case '\n':
    case '\r':
    case '\\':
    case ',':
    case ';':
    case '\t':
    case '|':
        return true;
    default:
        return false;
    }
}

static bool needs_quotes(const struct wh_write_options *options, struct wh_str text)
{
    if (text.len == 0 || wh_str_equal(text, options->null) || is_space(text.ptr[0]) ||
        is_space(text.ptr[text.len - 1]))
        return true;
    /* A byte order mark would be taken off at the start of a file, a # for a comment there, and a '
     * or " for a quote where many cells have it. */
    if (wh_str_starts_with(text, WH_STR("\xEF\xBB\xBF")) || strchr("#'\"", text.ptr[0]) != NULL)
        return true;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte == options->delimiter || byte == options->quote || is_telling(byte))
            return true;
    }
    return false;
}

static wh_code append_quoted(const struct wh_write_options *options, struct wh_str text,
                             struct wh_buf *out, struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(out, options->quote, err));
    while (text.ptr != NULL && text.len > 0) {
        const char *quote = memchr(text.ptr, options->quote, text.len);
        size_t len = quote != NULL ? (size_t)(quote - text.ptr) + 1 : text.len;
        WH_TRY(wh_buf_append(out, text.ptr, len, err));
        if (quote != NULL)
            WH_TRY(wh_buf_append_byte(out, options->quote, err));
        text = wh_str_make(text.ptr + len, text.len - len);
    }
    return wh_buf_append_byte(out, options->quote, err);
}

static wh_code append_cell(const struct wh_write_options *options, struct wh_str text,
                           struct wh_buf *out, struct wh_error *err)
{
    if (needs_quotes(options, text))
        return append_quoted(options, text, out, err);
    return wh_buf_append_str(out, text, err);
}

static wh_code append_text(const struct wh_write_form *form, size_t column, struct wh_str text,
                           struct wh_buf *out, struct wh_error *err)
{
    const struct wh_write_options *options = &form->options;
    bool is_text = form->columns[column].type.kind == WH_KIND_TEXT;
    if (!options->guard_formulas || !is_text || !begins_formula(text))
        return append_cell(options, text, out, err);
    WH_CLEANUP(wh_buf_release) struct wh_buf guarded;
    wh_buf_init(&guarded, text.len + 1);
    WH_TRY(wh_buf_append_byte(&guarded, '\'', err));
    WH_TRY(wh_buf_append_str(&guarded, text, err));
    return append_cell(options, wh_buf_str(&guarded), out, err);
}

static wh_code end_line(const struct wh_write_form *form, struct wh_buf *out, struct wh_error *err)
{
    return wh_buf_append_str(out, form->options.is_crlf ? WH_STR("\r\n") : WH_STR("\n"), err);
}

static wh_code begin(const struct wh_write_form *form, struct wh_buf *out, struct wh_error *err)
{
    if (!form->options.has_header)
        return WH_OK;
    for (size_t i = 0; i < form->column_count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_byte(out, form->options.delimiter, err));
        WH_TRY(append_cell(&form->options, form->columns[i].name, out, err));
    }
    return end_line(form, out, err);
}

static wh_code append_row(const struct wh_write_place *place, struct wh_error *err)
{
    const struct wh_write_form *form = place->form;
    for (size_t i = 0; i < form->column_count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_byte(place->out, form->options.delimiter, err));
        if (wh_column_is_null(&place->texts[i], place->row))
            WH_TRY(wh_buf_append_str(place->out, form->options.null, err));
        else
            WH_TRY(append_text(form, i, place->texts[i].values.texts[place->row], place->out, err));
    }
    return end_line(form, place->out, err);
}

static wh_code end(const struct wh_write_form *form, bool is_empty, struct wh_buf *out,
                   struct wh_error *err)
{
    (void)form;
    (void)is_empty;
    (void)out;
    (void)err;
    return WH_OK;
}

const struct wh_write_format wh_write_csv = {
    .name = "csv", .title = "CSV", .begin = begin, .row = append_row, .end = end};
