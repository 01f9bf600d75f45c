/* SPDX-License-Identifier: Apache-2.0 */
/* json and jsonb made of other values: to_json(), json_build_object(),
 * json_build_array() and the like. */
#include "convert/kernel_json.h"
#include "data/text.h"

/* ---- one value ------------------------------------------------------------------------------ */

static wh_code put(struct wh_json_work *work, const char *text)
{
    return wh_buf_append_str(&work->out, wh_str_from(text), work->call->err);
}

/* What a number is printed as is one of JSON's, too, but for NaN and infinity. */
static bool is_json_number(struct wh_str text)
{
    char last = text.len > 0 ? text.ptr[text.len - 1] : '\0';
    return last >= '0' && last <= '9';
}

/* ISO 8601: 'T' between day and time, minutes in the zone: 2020-01-01T10:00:00+00:00 */
static wh_code put_moment(struct wh_json_work *work, struct wh_str text)
{
    struct wh_error *err = work->call->err;
    bool has_zone = false;
    WH_TRY(put(work, "\""));
    for (size_t i = 0; i < text.len; i++) {
        bool is_gap = text.ptr[i] == ' ' && i + 1 < text.len && text.ptr[i + 1] != 'B';
        has_zone |= text.ptr[i] == '+';
        if (has_zone && text.ptr[i] == ' ')
            WH_TRY(put(work, ":00"));
        has_zone &= text.ptr[i] != ' ';
        WH_TRY(wh_buf_append_byte(&work->out, is_gap ? 'T' : text.ptr[i], err));
    }
    return put(work, has_zone ? ":00\"" : "\"");
}

static wh_code put_list(struct wh_json_work *work, struct wh_str text, struct wh_type type);

static wh_code put_text(struct wh_json_work *work, struct wh_str text, struct wh_type type)
{
    switch (type.kind) {
    case WH_KIND_BOOL:
        return put(work, wh_str_is(text, "t") ? "true" : "false");
    case WH_KIND_INT:
    case WH_KIND_FLOAT:
    case WH_KIND_NUMERIC:
        if (is_json_number(text))
            return wh_buf_append_str(&work->out, text, work->call->err);
        break;
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
        return put_moment(work, text);
    case WH_KIND_NULL:
    case WH_KIND_DATE:
    case WH_KIND_TIME:
    case WH_KIND_INTERVAL:
    case WH_KIND_BYTES:
        break;
    case WH_KIND_TEXT:
        if (type.form == WH_TEXT_JSON || type.form == WH_TEXT_JSONB)
            return wh_buf_append_str(&work->out, text, work->call->err);
        if (type.form == WH_TEXT_LIST)
            return put_list(work, text, type);
        break;
    }
    return wh_json_put_string(&work->out, text, work->call->err);
}

static wh_code put_list(struct wh_json_work *work, struct wh_str text, struct wh_type type)
{
    struct wh_list list;
    struct wh_type element = {.kind = (enum wh_kind)type.element, .bits = type.bits};
    if (wh_list_read(text, &work->tree, &list) != WH_FAULT_NONE)
        return wh_error_no_memory(work->call->err, text.len);
    WH_TRY(put(work, "["));
    for (size_t i = 0; i < list.count; i++) {
        WH_TRY(put(work, i > 0 ? "," : ""));
        if (list.items[i].is_null)
            WH_TRY(put(work, "null"));
        else
            WH_TRY(put_text(work, list.items[i].text, element));
    }
    return put(work, "]");
}

/* A value's text as its output function prints it. */
static enum wh_fault text_of(struct wh_json_work *work, size_t index, size_t row,
                             struct wh_str *ret)
{
    const struct wh_operand *input = &work->call->inputs[index];
    return wh_value_print(&input->column, row & input->mask, &work->tree, ret);
}

static enum wh_fault put_input(struct wh_json_work *work, size_t index, size_t row)
{
    const struct wh_operand *input = &work->call->inputs[index];
    struct wh_str text;
    if (wh_operand_is_null(input, row))
        return wh_json_put_fault(put(work, "null"));
    enum wh_fault fault = text_of(work, index, row, &text);
    if (fault != WH_FAULT_NONE)
        return fault;
    return wh_json_put_fault(put_text(work, text, input->column.type));
}

/* ---- whole values --------------------------------------------------------------------------- */

/* What was built is given as it is, or, as a jsonb, in its form. */
static enum wh_fault give(struct wh_json_work *work, size_t row)
{
    struct wh_call *call = work->call;
    struct wh_json *json;
    struct wh_str built = wh_buf_str(&work->out);
    char *room = NULL;
    if (call->node->type.form == WH_TEXT_JSONB) {
        char *text = wh_arena_bytes(&work->tree, built.len);
        if (text == NULL)
            return WH_FAULT_NO_MEMORY;
        memcpy(text, built.ptr, built.len);
        enum wh_fault fault =
            wh_json_tree_read(wh_str_make(text, built.len), WH_JSON_BINARY, &work->tree, &json);
        wh_buf_reset(&work->out);
        if (fault == WH_FAULT_NONE)
            fault = wh_json_put_fault(wh_jsonb_print(json, &work->out, call->err));
        if (fault != WH_FAULT_NONE)
            return fault;
        built = wh_buf_str(&work->out);
    }
    room = wh_call_room(call, row, built.len);
    if (room == NULL)
        return WH_FAULT_NONE; /* it has its fault */
    memcpy(room, built.ptr, built.len);
    call->result->values.texts[row] = wh_str_make(room, built.len);
    return WH_FAULT_NONE;
}

static enum wh_fault from_row(struct wh_json_work *work, size_t row)
{
    enum wh_fault fault = put_input(work, 0, row);
    return fault == WH_FAULT_NONE ? give(work, row) : fault;
}

wh_code wh_json_from(struct wh_call *call)
{
    return wh_json_each_row(call, from_row);
}

static enum wh_fault array_row(struct wh_json_work *work, size_t row)
{
    enum wh_fault fault = wh_json_put_fault(put(work, "["));
    for (size_t i = 0; fault == WH_FAULT_NONE && i < work->call->node->input_count; i++) {
        fault = wh_json_put_fault(put(work, i > 0 ? ", " : ""));
        if (fault == WH_FAULT_NONE)
            fault = put_input(work, i, row);
    }
    if (fault == WH_FAULT_NONE)
        fault = wh_json_put_fault(put(work, "]"));
    return fault == WH_FAULT_NONE ? give(work, row) : fault;
}

wh_code wh_json_build_array(struct wh_call *call)
{
    return wh_json_each_row(call, array_row);
}

/* A name is any value that is no json, no array and not NULL, as text. */
static enum wh_fault put_name(struct wh_json_work *work, size_t index, size_t row)
{
    const struct wh_operand *input = &work->call->inputs[index];
    struct wh_str text;
    if (wh_operand_is_null(input, row) ||
        (input->column.type.kind == WH_KIND_TEXT && input->column.type.form >= WH_TEXT_JSON))
        return WH_FAULT_ARGUMENT;
    enum wh_fault fault = text_of(work, index, row, &text);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (input->column.type.kind == WH_KIND_TIMESTAMP ||
        input->column.type.kind == WH_KIND_TIMESTAMPTZ)
        return wh_json_put_fault(put_moment(work, text));
    if (input->column.type.kind == WH_KIND_BOOL)
        text = wh_str_is(text, "t") ? WH_STR("true") : WH_STR("false");
    return wh_json_put_fault(wh_json_put_string(&work->out, text, work->call->err));
}

static enum wh_fault object_row(struct wh_json_work *work, size_t row)
{
    size_t count = work->call->node->input_count;
    if (count % 2 != 0)
        return WH_FAULT_ARGUMENT;
    enum wh_fault fault = wh_json_put_fault(put(work, "{"));
    for (size_t i = 0; fault == WH_FAULT_NONE && i < count; i += 2) {
        fault = wh_json_put_fault(put(work, i > 0 ? ", " : ""));
        if (fault == WH_FAULT_NONE)
            fault = put_name(work, i, row);
        if (fault == WH_FAULT_NONE)
            fault = wh_json_put_fault(put(work, " : "));
        if (fault == WH_FAULT_NONE)
            fault = put_input(work, i + 1, row);
    }
    if (fault == WH_FAULT_NONE)
        fault = wh_json_put_fault(put(work, "}"));
    return fault == WH_FAULT_NONE ? give(work, row) : fault;
}

wh_code wh_json_build_object(struct wh_call *call)
{
    return wh_json_each_row(call, object_row);
}
