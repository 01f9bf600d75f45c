/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of text: counted, searched, compared with a value, changed. */
#include "convert/kernel_json.h"
#include "convert/kernel_list.h"

static struct wh_list_item item_input(const struct wh_json_work *work, size_t index, size_t row)
{
    struct wh_list_item item = {.is_null = wh_operand_is_null(&work->call->inputs[index], row)};
    if (!item.is_null)
        item.text = wh_text_at(&work->call->inputs[index], row);
    return item;
}

/* NULL is no other than NULL. */
static bool is_same(struct wh_list_item a, struct wh_list_item b)
{
    return a.is_null || b.is_null ? a.is_null == b.is_null : wh_str_equal(a.text, b.text);
}

static bool set_null_where(struct wh_json_work *work, size_t row, bool is_null)
{
    if (is_null)
        wh_call_set_null(work->call, row);
    return is_null;
}

static bool is_null_input(const struct wh_json_work *work, size_t index, size_t row)
{
    return wh_operand_is_null(&work->call->inputs[index], row);
}

/* ---- how many, and where -------------------------------------------------------------------- */

static enum wh_fault count_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    work->call->result->values.ints[row] = (int64_t)list.count;
    return fault;
}

wh_code wh_list_count(struct wh_call *call)
{
    return wh_json_each_row(call, count_row);
}

/* An array without items has no dimension. */
static enum wh_fault length_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    if (fault == WH_FAULT_NONE)
        (void)set_null_where(work, row,
                             list.count == 0 || wh_int_at(&work->call->inputs[1], row) != 1);
    work->call->result->values.ints[row] = (int64_t)list.count;
    return fault;
}

wh_code wh_list_length(struct wh_call *call)
{
    return wh_json_each_row(call, length_row);
}

static enum wh_fault position_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    struct wh_list_item wanted = item_input(work, 1, row);
    if (set_null_where(work, row, is_null_input(work, 0, row)))
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    size_t at = 0;
    while (fault == WH_FAULT_NONE && at < list.count && !is_same(list.items[at], wanted))
        at++;
    if (fault == WH_FAULT_NONE)
        (void)set_null_where(work, row, at == list.count);
    work->call->result->values.ints[row] = (int64_t)at + 1;
    return fault;
}

wh_code wh_list_position(struct wh_call *call)
{
    return wh_json_each_row(call, position_row);
}

/* ---- changed -------------------------------------------------------------------------------- */

/* The items of both, in a new array. */
static enum wh_fault give_joined(struct wh_json_work *work, size_t row, const struct wh_list *a,
                                 const struct wh_list *b)
{
    struct wh_list both = {.count = a->count + b->count};
    both.items = wh_arena_array(&work->tree, both.count + 1, sizeof(*both.items));
    if (both.items == NULL)
        return WH_FAULT_NO_MEMORY;
    for (size_t i = 0; i < both.count; i++)
        both.items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    return wh_list_give(work, row, &both);
}

static enum wh_fault append_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    struct wh_list_item item = item_input(work, 1, row);
    struct wh_list one = {.items = &item, .count = 1};
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    return fault == WH_FAULT_NONE ? give_joined(work, row, &list, &one) : fault;
}

static enum wh_fault prepend_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    struct wh_list_item item = item_input(work, 0, row);
    struct wh_list one = {.items = &item, .count = 1};
    enum wh_fault fault = wh_list_input(work, 1, row, &list);
    return fault == WH_FAULT_NONE ? give_joined(work, row, &one, &list) : fault;
}

static enum wh_fault concat_row(struct wh_json_work *work, size_t row)
{
    struct wh_list lists[2];
    if (set_null_where(work, row, is_null_input(work, 0, row) && is_null_input(work, 1, row)))
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_list_input(work, 0, row, &lists[0]);
    if (fault == WH_FAULT_NONE)
        fault = wh_list_input(work, 1, row, &lists[1]);
    return fault == WH_FAULT_NONE ? give_joined(work, row, &lists[0], &lists[1]) : fault;
}

wh_code wh_list_append(struct wh_call *call)
{
    return wh_json_each_row(call, append_row);
}

wh_code wh_list_prepend(struct wh_call *call)
{
    return wh_json_each_row(call, prepend_row);
}

wh_code wh_list_concat(struct wh_call *call)
{
    return wh_json_each_row(call, concat_row);
}

static enum wh_fault remove_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    struct wh_list_item unwanted = item_input(work, 1, row);
    size_t kept = 0;
    if (set_null_where(work, row, is_null_input(work, 0, row)))
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    for (size_t i = 0; fault == WH_FAULT_NONE && i < list.count; i++) {
        if (!is_same(list.items[i], unwanted))
            list.items[kept++] = list.items[i];
    }
    list.count = kept;
    return fault == WH_FAULT_NONE ? wh_list_give(work, row, &list) : fault;
}

static enum wh_fault replace_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    struct wh_list_item from = item_input(work, 1, row);
    struct wh_list_item to = item_input(work, 2, row);
    if (set_null_where(work, row, is_null_input(work, 0, row)))
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    for (size_t i = 0; fault == WH_FAULT_NONE && i < list.count; i++) {
        if (is_same(list.items[i], from))
            list.items[i] = to;
    }
    return fault == WH_FAULT_NONE ? wh_list_give(work, row, &list) : fault;
}

wh_code wh_list_remove(struct wh_call *call)
{
    return wh_json_each_row(call, remove_row);
}

wh_code wh_list_replace(struct wh_call *call)
{
    return wh_json_each_row(call, replace_row);
}

/* ---- comparing, ANY, ALL -------------------------------------------------------------------- */

static bool answers(const char *operator, int order)
{
    switch (operator[0]) {
    case '=':
        return order == 0;
    case '<':
        return operator[1] == '>' ? order != 0 : order<0 ||(operator[1] == '=' && order == 0);
    default:
        return order > 0 || (operator[1] == '=' && order == 0);
    }
}

/* NULL is greater than every text, and equal to itself. */
static int order_items(const struct wh_list_item *a, const struct wh_list_item *b)
{
    if (a->is_null || b->is_null)
        return a->is_null - b->is_null;
    return wh_str_compare(a->text, b->text);
}

static enum wh_fault compare_row(struct wh_json_work *work, size_t row)
{
    struct wh_list sides[2];
    int order = 0;
    enum wh_fault fault = wh_list_input(work, 0, row, &sides[0]);
    if (fault == WH_FAULT_NONE)
        fault = wh_list_input(work, 1, row, &sides[1]);
    if (fault != WH_FAULT_NONE)
        return fault;
    size_t both = WH_MIN(sides[0].count, sides[1].count);
    for (size_t i = 0; i < both && order == 0; i++)
        order = order_items(&sides[0].items[i], &sides[1].items[i]);
    if (order == 0)
        order = (sides[0].count > sides[1].count) - (sides[0].count < sides[1].count);
    work->call->result->values.bools[row] = answers(work->call->node->operation->name, order);
    return WH_FAULT_NONE;
}

wh_code wh_list_compare(struct wh_call *call)
{
    return wh_json_each_row(call, compare_row);
}

/* One item decides where it answers as it must not, or may; if none does,
 * NULL among them is NULL. */
static enum wh_fault quantify(struct wh_json_work *work, size_t row, bool asks_all)
{
    struct wh_list list;
    const struct wh_operand *inputs = work->call->inputs;
    struct wh_str value = wh_text_at(&inputs[0], row);
    bool is_unknown = wh_operand_is_null(&inputs[0], row);
    bool has_null = wh_operand_is_null(&inputs[1], row);
    bool is_decided = false;
    enum wh_fault fault = wh_list_input(work, 1, row, &list);
    for (size_t i = 0; fault == WH_FAULT_NONE && i < list.count && !is_decided; i++) {
        bool is_null = is_unknown || list.items[i].is_null;
        has_null |= is_null;
        is_decided = !is_null && answers(work->call->node->operation->name,
                                         wh_str_compare(value, list.items[i].text)) != asks_all;
    }
    work->call->result->values.bools[row] = is_decided != asks_all;
    if (fault == WH_FAULT_NONE)
        (void)set_null_where(work, row, !is_decided && has_null);
    return fault;
}

static enum wh_fault any_row(struct wh_json_work *work, size_t row)
{
    return quantify(work, row, false);
}

static enum wh_fault all_row(struct wh_json_work *work, size_t row)
{
    return quantify(work, row, true);
}

wh_code wh_list_any(struct wh_call *call)
{
    return wh_json_each_row(call, any_row);
}

wh_code wh_list_all(struct wh_call *call)
{
    return wh_json_each_row(call, all_row);
}
