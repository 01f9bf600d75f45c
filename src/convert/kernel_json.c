/* SPDX-License-Identifier: Apache-2.0 */
/* json and jsonb: casts, members, elements and paths. */
#include "convert/kernel_json.h"

#include "convert/cast.h"
#include "data/text.h"

#define TREE_KEPT ((size_t)1 << 20)

/* ---- for each row --------------------------------------------------------------------------- */

wh_code wh_json_each_row(struct wh_call *call, wh_json_row *function)
{
    struct wh_json_work work = {.call = call};
    wh_arena_init(&work.tree);
    wh_buf_init(&work.out, WH_TEXT_MAX_BYTES);
    WH_EACH_ROW(call, row)
    {
        wh_arena_reset(&work.tree, TREE_KEPT);
        wh_buf_reset(&work.out);
        wh_call_check(call, row, function(&work, row));
    }
    wh_arena_release(&work.tree);
    wh_buf_release(&work.out);
    return WH_OK;
}

enum wh_fault wh_json_input(struct wh_json_work *work, size_t index, size_t row,
                            struct wh_json **ret)
{
    return wh_json_tree_read(wh_text_at(&work->call->inputs[index], row), WH_JSON_TEXT, &work->tree,
                             ret);
}

enum wh_fault wh_json_put_fault(wh_code code)
{
    if (code == WH_OK)
        return WH_FAULT_NONE;
    return code == WH_NO_MEMORY ? WH_FAULT_NO_MEMORY : WH_FAULT_LIMIT;
}

/* Whether @p text lies in the bytes of input 0, which outlive the call. */
static bool is_of_input(const struct wh_call *call, size_t row, struct wh_str text)
{
    if (wh_operand_is_null(&call->inputs[0], row))
        return false;
    struct wh_str input = wh_text_at(&call->inputs[0], row);
    return text.ptr >= input.ptr && text.ptr + text.len <= input.ptr + input.len;
}

void wh_json_give(struct wh_json_work *work, size_t row, struct wh_str text)
{
    struct wh_call *call = work->call;
    if (is_of_input(call, row, text)) {
        call->result->values.texts[row] = text;
        return;
    }
    char *room = wh_call_room(call, row, text.len);
    if (room == NULL)
        return;
    if (text.len > 0)
        memcpy(room, text.ptr, text.len);
    call->result->values.texts[row] = wh_str_make(room, text.len);
}

/* ---- casts ---------------------------------------------------------------------------------- */

static enum wh_fault check_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    struct wh_str text = wh_text_at(&work->call->inputs[0], row);
    work->call->result->values.texts[row] = text;
    return wh_json_tree_read(text, WH_JSON_CHECK, &work->tree, &json);
}

wh_code wh_cast_text_json(struct wh_call *call)
{
    return wh_json_each_row(call, check_row);
}

static enum wh_fault canonical_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_tree_read(wh_text_at(&work->call->inputs[0], row), WH_JSON_BINARY,
                                            &work->tree, &json);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_put_fault(wh_jsonb_print(json, &work->out, work->call->err));
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

wh_code wh_cast_text_jsonb(struct wh_call *call)
{
    return wh_json_each_row(call, canonical_row);
}

static enum wh_fault give_int(struct wh_call *call, size_t row, const struct wh_numeric *value)
{
    int64_t *result = &call->result->values.ints[row];
    enum wh_fault fault = wh_numeric_to_int(value, result);
    return fault == WH_FAULT_NONE && !wh_int_fits(*result, call->node->type) ? WH_FAULT_RANGE
                                                                             : fault;
}

static enum wh_fault give_number(struct wh_json_work *work, size_t row, struct wh_str text)
{
    struct wh_call *call = work->call;
    struct wh_numeric value;
    enum wh_fault fault = wh_numeric_parse(text, call->arena, &value);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (call->node->type.kind == WH_KIND_INT)
        return give_int(call, row, &value);
    if (call->node->type.kind == WH_KIND_NUMERIC)
        call->result->values.numerics[row] = value;
    else if (call->node->type.bits == 32)
        return wh_numeric_to_real(&value, &work->tree, &call->result->values.floats[row]);
    else
        return wh_numeric_to_double(&value, &call->result->values.floats[row]);
    return WH_FAULT_NONE;
}

static enum wh_fault scalar_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    bool is_bool = work->call->node->type.kind == WH_KIND_BOOL;
    if (fault != WH_FAULT_NONE)
        return fault;
    if (json->kind != (is_bool ? WH_JSON_BOOL : WH_JSON_NUMBER))
        return WH_FAULT_ARGUMENT;
    if (!is_bool)
        return give_number(work, row, json->text);
    work->call->result->values.bools[row] = json->flag;
    return WH_FAULT_NONE;
}

wh_code wh_cast_jsonb_value(struct wh_call *call)
{
    return wh_json_each_row(call, scalar_row);
}

/* ---- members and elements ------------------------------------------------------------------- */

/* What was asked for, as json or, a text undone and null as NULL, as text. */
static void give_value(struct wh_json_work *work, size_t row, const struct wh_json *json,
                       bool as_text)
{
    if (json == NULL || (as_text && json->kind == WH_JSON_NULL))
        wh_call_set_null(work->call, row);
    else
        wh_json_give(work, row,
                     as_text && json->kind == WH_JSON_STRING ? json->text : json->source);
}

/* A jsonb that is a scalar counts as an array of one element for ->. */
static bool is_lone_element(const struct wh_json_work *work, const struct wh_json *json,
                            int64_t index)
{
    bool is_binary = work->call->inputs[0].column.type.form == WH_TEXT_JSONB;
    return is_binary && json->kind < WH_JSON_ARRAY && (index == 0 || index == -1);
}

static enum wh_fault get(struct wh_json_work *work, size_t row, bool as_text)
{
    struct wh_json *json;
    const struct wh_operand *key = &work->call->inputs[1];
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    bool is_index = key->column.type.kind == WH_KIND_INT;
    const struct wh_json *found = NULL;
    if (is_index && is_lone_element(work, json, wh_int_at(key, row)))
        found = json;
    else if (is_index && json->kind == WH_JSON_ARRAY)
        found = wh_json_element(json, wh_int_at(key, row));
    else if (!is_index && json->kind == WH_JSON_OBJECT)
        found = wh_json_member(json, wh_text_at(key, row));
    give_value(work, row, found, as_text);
    return WH_FAULT_NONE;
}

/* jsonb[n]: an element, or the member whose name that number is. */
static enum wh_fault at_number_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    char name[WH_INT_SIZE];
    int64_t number = wh_int_at(&work->call->inputs[1], row);
    const struct wh_json *found = NULL;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (json->kind == WH_JSON_ARRAY)
        found = wh_json_element(json, number);
    else if (json->kind == WH_JSON_OBJECT)
        found = wh_json_member(json, wh_str_make(name, wh_int_print(number, name)));
    give_value(work, row, found, false);
    return WH_FAULT_NONE;
}

wh_code wh_jsonb_at_number(struct wh_call *call)
{
    return wh_json_each_row(call, at_number_row);
}

static enum wh_fault get_row(struct wh_json_work *work, size_t row)
{
    return get(work, row, false);
}

static enum wh_fault get_text_row(struct wh_json_work *work, size_t row)
{
    return get(work, row, true);
}

wh_code wh_json_get(struct wh_call *call)
{
    return wh_json_each_row(call, get_row);
}

wh_code wh_json_get_text(struct wh_call *call)
{
    return wh_json_each_row(call, get_text_row);
}

/* ---- paths ---------------------------------------------------------------------------------- */

bool wh_json_index(struct wh_str text, int64_t *ret)
{
    bool ends_in_space =
        text.len > 0 && (text.ptr[text.len - 1] == ' ' ||
                         (text.ptr[text.len - 1] >= '\t' && text.ptr[text.len - 1] <= '\r'));
    return !ends_in_space && wh_int_parse(text, ret) == WH_FAULT_NONE && *ret >= INT32_MIN &&
           *ret <= INT32_MAX;
}

enum wh_fault wh_json_path_input(struct wh_json_work *work, size_t index, size_t row,
                                 struct wh_list *ret, bool *ret_has_null)
{
    enum wh_fault fault =
        wh_list_read(wh_text_at(&work->call->inputs[index], row), &work->tree, ret);
    *ret_has_null = false;
    for (size_t i = 0; fault == WH_FAULT_NONE && i < ret->count; i++)
        *ret_has_null |= ret->items[i].is_null;
    return fault;
}

static const struct wh_json *step(const struct wh_json *json, struct wh_str name)
{
    int64_t index;
    if (json->kind == WH_JSON_OBJECT)
        return wh_json_member(json, name);
    if (json->kind == WH_JSON_ARRAY && wh_json_index(name, &index))
        return wh_json_element(json, index);
    return NULL;
}

static enum wh_fault walk(struct wh_json_work *work, size_t row, bool as_text)
{
    struct wh_json *json;
    struct wh_list path;
    bool has_null;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_path_input(work, 1, row, &path, &has_null);
    if (fault != WH_FAULT_NONE)
        return fault;
    const struct wh_json *found = has_null ? NULL : json;
    for (size_t i = 0; i < path.count && found != NULL; i++)
        found = step(found, path.items[i].text);
    give_value(work, row, found, as_text);
    return WH_FAULT_NONE;
}

static enum wh_fault walk_row(struct wh_json_work *work, size_t row)
{
    return walk(work, row, false);
}

static enum wh_fault walk_text_row(struct wh_json_work *work, size_t row)
{
    return walk(work, row, true);
}

wh_code wh_json_path(struct wh_call *call)
{
    return wh_json_each_row(call, walk_row);
}

wh_code wh_json_path_text(struct wh_call *call)
{
    return wh_json_each_row(call, walk_text_row);
}

static enum wh_fault extract(struct wh_json_work *work, size_t row, bool as_text)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    const struct wh_json *found = json;
    for (size_t i = 1; i < work->call->node->input_count && found != NULL; i++)
        found = step(found, wh_text_at(&work->call->inputs[i], row));
    give_value(work, row, found, as_text);
    return WH_FAULT_NONE;
}

static enum wh_fault extract_row(struct wh_json_work *work, size_t row)
{
    return extract(work, row, false);
}

static enum wh_fault extract_text_row(struct wh_json_work *work, size_t row)
{
    return extract(work, row, true);
}

wh_code wh_json_extract(struct wh_call *call)
{
    return wh_json_each_row(call, extract_row);
}

wh_code wh_json_extract_text(struct wh_call *call)
{
    return wh_json_each_row(call, extract_text_row);
}

/* ---- what a value is ------------------------------------------------------------------------ */

static enum wh_fault type_row(struct wh_json_work *work, size_t row)
{
    static const char *const names[] = {
        [WH_JSON_NULL] = "null",     [WH_JSON_BOOL] = "boolean", [WH_JSON_NUMBER] = "number",
        [WH_JSON_STRING] = "string", [WH_JSON_ARRAY] = "array",  [WH_JSON_OBJECT] = "object",
    };
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault == WH_FAULT_NONE)
        work->call->result->values.texts[row] = wh_str_from(names[json->kind]);
    return fault;
}

wh_code wh_json_type(struct wh_call *call)
{
    return wh_json_each_row(call, type_row);
}

static enum wh_fault length_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    work->call->result->values.ints[row] = (int64_t)json->count;
    return json->kind == WH_JSON_ARRAY ? WH_FAULT_NONE : WH_FAULT_ARGUMENT;
}

wh_code wh_json_length(struct wh_call *call)
{
    return wh_json_each_row(call, length_row);
}
