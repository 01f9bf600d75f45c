/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259: an object a row, with every column, NULL as null. Booleans are true and false; whole
 * numbers, decimals and doubles are numbers, to the digit; NaN and the infinities, which JSON has
 * not, and all other kinds are strings of their canonical text.
 */
#include "data/json_text.h"
#include "format/write_internal.h"

static bool is_number(enum wh_kind kind, struct wh_str text)
{
    bool may_be = kind == WH_KIND_INT || kind == WH_KIND_NUMERIC || kind == WH_KIND_FLOAT;
    char last = text.len > 0 ? text.ptr[text.len - 1] : '\0';
    return may_be && last >= '0' && last <= '9';
}

static wh_code append_value(enum wh_kind kind, struct wh_str text, struct wh_buf *out,
                            struct wh_error *err)
{
    if (kind == WH_KIND_BOOL)
        return wh_buf_append_str(out, wh_str_is(text, "t") ? WH_STR("true") : WH_STR("false"), err);
    if (is_number(kind, text))
        return wh_buf_append_str(out, text, err);
    return wh_json_append_text(out, text, err);
}

static wh_code append_object(const struct wh_write_place *place, struct wh_error *err)
{
    const struct wh_write_form *form = place->form;
    for (size_t i = 0; i < form->column_count; i++) {
        WH_TRY(wh_buf_append_byte(place->out, i > 0 ? ',' : '{', err));
        WH_TRY(wh_json_append_text(place->out, form->columns[i].name, err));
        WH_TRY(wh_buf_append_byte(place->out, ':', err));
        if (wh_column_is_null(&place->texts[i], place->row))
            WH_TRY(wh_buf_append_str(place->out, WH_STR("null"), err));
        else
            WH_TRY(append_value(form->columns[i].type.kind,
                                place->texts[i].values.texts[place->row], place->out, err));
    }
    return wh_buf_append_byte(place->out, '}', err);
}

/* ---- one object a line ----------------------------------------------------------------------- */

static wh_code begin_lines(const struct wh_write_form *form, struct wh_buf *out,
                           struct wh_error *err)
{
    (void)form;
    (void)out;
    (void)err;
    return WH_OK;
}

static wh_code append_line(const struct wh_write_place *place, struct wh_error *err)
{
    WH_TRY(append_object(place, err));
    return wh_buf_append_byte(place->out, '\n', err);
}

static wh_code end_lines(const struct wh_write_form *form, bool is_empty, struct wh_buf *out,
                         struct wh_error *err)
{
    (void)is_empty;
    return begin_lines(form, out, err);
}

const struct wh_write_format wh_write_ndjson = {.name = "ndjson",
                                                .title = "NDJSON",
                                                .begin = begin_lines,
                                                .row = append_line,
                                                .end = end_lines};

/* ---- one array ------------------------------------------------------------------------------- */

static wh_code begin_array(const struct wh_write_form *form, struct wh_buf *out,
                           struct wh_error *err)
{
    (void)form;
    return wh_buf_append_byte(out, '[', err);
}

static wh_code append_element(const struct wh_write_place *place, struct wh_error *err)
{
    WH_TRY(wh_buf_append_str(place->out, place->is_first ? WH_STR("\n") : WH_STR(",\n"), err));
    return append_object(place, err);
}

static wh_code end_array(const struct wh_write_form *form, bool is_empty, struct wh_buf *out,
                         struct wh_error *err)
{
    (void)form;
    return wh_buf_append_str(out, is_empty ? WH_STR("]\n") : WH_STR("\n]\n"), err);
}

const struct wh_write_format wh_write_json = {.name = "json",
                                              .title = "a JSON array",
                                              .begin = begin_array,
                                              .row = append_element,
                                              .end = end_array};
