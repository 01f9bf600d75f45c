/* SPDX-License-Identifier: Apache-2.0 */
/* jsonb compared, asked, and changed at its top. */
#include "convert/kernel_json.h"

/* ---- comparing ------------------------------------------------------------------------------ */

typedef bool compare_function(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                              const struct wh_json *b);

static enum wh_fault compare(struct wh_json_work *work, size_t row, compare_function *function,
                             bool is_swapped)
{
    struct wh_json *sides[2];
    struct wh_jsonb_comparison comparison = {.scratch = &work->tree};
    enum wh_fault fault = wh_json_input(work, 0, row, &sides[0]);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_input(work, 1, row, &sides[1]);
    if (fault != WH_FAULT_NONE)
        return fault;
    work->call->result->values.bools[row] =
        function(&comparison, sides[is_swapped], sides[!is_swapped]);
    return comparison.steps > WH_JSON_MAX_STEPS ? WH_FAULT_LIMIT : WH_FAULT_NONE;
}

static enum wh_fault equal_row(struct wh_json_work *work, size_t row)
{
    enum wh_fault fault = compare(work, row, wh_jsonb_equal, false);
    if (strcmp(work->call->node->operation->name, "<>") == 0)
        work->call->result->values.bools[row] ^= 1;
    return fault;
}

static bool is_in_order(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                        const struct wh_json *b)
{
    return wh_jsonb_order(comparison, a, b) < 0;
}

/* a > b is b < a; a <= b is not b < a. */
static enum wh_fault order_row(struct wh_json_work *work, size_t row)
{
    const char *operator= work->call->node->operation->name;
    bool or_equal = operator[1] == '=';
    bool is_swapped = (operator[0] == '>') != or_equal;
    enum wh_fault fault = compare(work, row, is_in_order, is_swapped);
    work->call->result->values.bools[row] ^= or_equal;
    return fault;
}

static enum wh_fault contains_row(struct wh_json_work *work, size_t row)
{
    return compare(work, row, wh_jsonb_contains, false);
}

static enum wh_fault contained_row(struct wh_json_work *work, size_t row)
{
    return compare(work, row, wh_jsonb_contains, true);
}

wh_code wh_jsonb_compare(struct wh_call *call)
{
    const char *operator= call->node->operation->name;
    bool is_equality = operator[0] == '=' || operator[1] == '>';
    return wh_json_each_row(call, is_equality ? equal_row : order_row);
}

wh_code wh_jsonb_contains_value(struct wh_call *call)
{
    return wh_json_each_row(call, contains_row);
}

wh_code wh_jsonb_is_contained(struct wh_call *call)
{
    return wh_json_each_row(call, contained_row);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* A member of that name, an element that is that text, or the text itself. */
static bool has_name(const struct wh_json *json, struct wh_str name)
{
    if (json->kind == WH_JSON_OBJECT)
        return wh_json_member(json, name) != NULL;
    if (json->kind == WH_JSON_STRING)
        return wh_str_equal(json->text, name);
    for (const struct wh_json *element = json->child; element != NULL; element = element->next) {
        if (element->kind == WH_JSON_STRING && wh_str_equal(element->text, name))
            return true;
    }
    return false;
}

static enum wh_fault name_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault == WH_FAULT_NONE)
        work->call->result->values.bools[row] =
            has_name(json, wh_text_at(&work->call->inputs[1], row));
    return fault;
}

/* NULL among the names is left out. */
static enum wh_fault names(struct wh_json_work *work, size_t row, bool asks_all)
{
    struct wh_json *json;
    struct wh_list list;
    bool has_null;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_path_input(work, 1, row, &list, &has_null);
    if (fault != WH_FAULT_NONE)
        return fault;
    size_t left = WH_JSON_MAX_STEPS / (json->count + 1);
    bool answer = asks_all;
    for (size_t i = 0; i < list.count && answer == asks_all; i++, left--) {
        if (left == 0)
            return WH_FAULT_LIMIT;
        if (!list.items[i].is_null)
            answer = has_name(json, list.items[i].text);
    }
    work->call->result->values.bools[row] = answer;
    return WH_FAULT_NONE;
}

static enum wh_fault any_row(struct wh_json_work *work, size_t row)
{
    return names(work, row, false);
}

static enum wh_fault all_row(struct wh_json_work *work, size_t row)
{
    return names(work, row, true);
}

wh_code wh_jsonb_has_name(struct wh_call *call)
{
    return wh_json_each_row(call, name_row);
}

wh_code wh_jsonb_has_any(struct wh_call *call)
{
    return wh_json_each_row(call, any_row);
}

wh_code wh_jsonb_has_all(struct wh_call *call)
{
    return wh_json_each_row(call, all_row);
}

/* ---- printing ------------------------------------------------------------------------------- */

typedef wh_code print_function(const struct wh_json *json, struct wh_buf *out,
                               struct wh_error *err);

static enum wh_fault give(struct wh_json_work *work, size_t row, const struct wh_json *json,
                          print_function *print)
{
    enum wh_fault fault = wh_json_put_fault(print(json, &work->out, work->call->err));
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

static enum wh_fault pretty_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    return fault == WH_FAULT_NONE ? give(work, row, json, wh_jsonb_print_pretty) : fault;
}

wh_code wh_jsonb_pretty(struct wh_call *call)
{
    return wh_json_each_row(call, pretty_row);
}

static void drop_nulls(struct wh_json *json)
{
    struct wh_json **last = &json->child;
    while (*last != NULL) {
        drop_nulls(*last);
        if (json->kind == WH_JSON_OBJECT && (*last)->kind == WH_JSON_NULL)
            *last = (*last)->next;
        else
            last = &(*last)->next;
    }
}

static enum wh_fault strip_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (work->call->node->type.form == WH_TEXT_JSON)
        return give(work, row, json, wh_json_print_without_nulls);
    drop_nulls(json);
    return give(work, row, json, wh_jsonb_print);
}

wh_code wh_json_strip_nulls(struct wh_call *call)
{
    return wh_json_each_row(call, strip_row);
}

/* ---- jsonb - … ------------------------------------------------------------------------------ */

/* Members of that name, or elements that are that text. */
static bool is_named(const struct wh_json *parent, const struct wh_json *child, struct wh_str name)
{
    if (parent->kind == WH_JSON_OBJECT)
        return wh_str_equal(child->name, name);
    return child->kind == WH_JSON_STRING && wh_str_equal(child->text, name);
}

static void remove_name(struct wh_json *json, struct wh_str name)
{
    struct wh_json **last = &json->child;
    while (*last != NULL) {
        if (is_named(json, *last, name))
            *last = (*last)->next;
        else
            last = &(*last)->next;
    }
}

static void remove_element(struct wh_json *json, int64_t index)
{
    const struct wh_json *element = wh_json_element(json, index);
    struct wh_json **last = &json->child;
    while (*last != NULL && *last != element)
        last = &(*last)->next;
    if (*last != NULL)
        *last = (*last)->next;
}

static enum wh_fault remove_names(struct wh_json_work *work, size_t row, struct wh_json *json)
{
    struct wh_list list;
    bool has_null;
    enum wh_fault fault = wh_json_path_input(work, 1, row, &list, &has_null);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (list.count > WH_JSON_MAX_STEPS / (json->count + 1))
        return WH_FAULT_LIMIT;
    for (size_t i = 0; i < list.count; i++) {
        if (!list.items[i].is_null)
            remove_name(json, list.items[i].text);
    }
    return WH_FAULT_NONE;
}

/* From a scalar nothing is taken, and from an object nothing by its number. */
static enum wh_fault remove_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *json;
    const struct wh_operand *what = &work->call->inputs[1];
    bool is_index = what->column.type.kind == WH_KIND_INT;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (json->kind < WH_JSON_ARRAY || (is_index && json->kind == WH_JSON_OBJECT))
        return WH_FAULT_ARGUMENT;
    if (is_index)
        remove_element(json, wh_int_at(what, row));
    else if (what->column.type.form == WH_TEXT_LIST)
        fault = remove_names(work, row, json);
    else
        remove_name(json, wh_text_at(what, row));
    return fault == WH_FAULT_NONE ? give(work, row, json, wh_jsonb_print) : fault;
}

wh_code wh_jsonb_remove(struct wh_call *call)
{
    return wh_json_each_row(call, remove_row);
}

/* ---- jsonb || jsonb ------------------------------------------------------------------------- */

static void append(struct wh_json *json, struct wh_json *children)
{
    struct wh_json **last = &json->child;
    while (*last != NULL)
        last = &(*last)->next;
    *last = children;
    for (; children != NULL; children = children->next)
        json->count++;
}

/* What is no array becomes one. */
static struct wh_json *as_array(struct wh_json_work *work, struct wh_json *json)
{
    if (json->kind == WH_JSON_ARRAY)
        return json;
    struct wh_json *array = WH_ARENA_NEW(&work->tree, struct wh_json);
    if (array == NULL)
        return NULL;
    array->kind = WH_JSON_ARRAY;
    array->child = json;
    array->count = 1;
    return array;
}

/* Two objects become one, in which the second's members win;
 * otherwise both are joined as arrays. */
static enum wh_fault join_row(struct wh_json_work *work, size_t row)
{
    struct wh_json *left;
    struct wh_json *right;
    enum wh_fault fault = wh_json_input(work, 0, row, &left);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_input(work, 1, row, &right);
    if (fault != WH_FAULT_NONE)
        return fault;
    bool are_objects = left->kind == WH_JSON_OBJECT && right->kind == WH_JSON_OBJECT;
    if (!are_objects) {
        left = as_array(work, left);
        right = as_array(work, right);
        if (left == NULL || right == NULL)
            return WH_FAULT_NO_MEMORY;
    }
    append(left, right->child);
    if (are_objects && !wh_json_sort_members(left, &work->tree))
        return WH_FAULT_NO_MEMORY;
    return give(work, row, left, wh_jsonb_print);
}

wh_code wh_jsonb_join(struct wh_call *call)
{
    return wh_json_each_row(call, join_row);
}
