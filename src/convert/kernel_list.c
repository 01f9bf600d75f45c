/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of text: read, made of parts, taken apart. */
#include "convert/kernel_list.h"

#include "convert/kernel_json.h"
#include "convert/kernel_text.h"

enum wh_fault wh_list_input(struct wh_json_work *work, size_t index, size_t row,
                            struct wh_list *ret)
{
    *ret = (struct wh_list){.count = 0};
    if (wh_operand_is_null(&work->call->inputs[index], row))
        return WH_FAULT_NONE;
    return wh_list_read(wh_text_at(&work->call->inputs[index], row), &work->tree, ret);
}

enum wh_fault wh_list_give(struct wh_json_work *work, size_t row, const struct wh_list *list)
{
    enum wh_fault fault = wh_json_put_fault(wh_list_print(list, &work->out, work->call->err));
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

static enum wh_fault read_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    return fault == WH_FAULT_NONE ? wh_list_give(work, row, &list) : fault;
}

wh_code wh_cast_text_list(struct wh_call *call)
{
    return wh_json_each_row(call, read_row);
}

static enum wh_fault new_list(struct wh_json_work *work, size_t count, struct wh_list *ret)
{
    ret->count = count;
    ret->items = wh_arena_array(&work->tree, count + 1, sizeof(*ret->items));
    return ret->items != NULL ? WH_FAULT_NONE : WH_FAULT_NO_MEMORY;
}

/* ---- ARRAY[…] ------------------------------------------------------------------------------- */

static enum wh_fault make_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    enum wh_fault fault = new_list(work, work->call->node->input_count, &list);
    for (size_t i = 0; fault == WH_FAULT_NONE && i < list.count; i++) {
        list.items[i].is_null = wh_operand_is_null(&work->call->inputs[i], row);
        if (!list.items[i].is_null)
            list.items[i].text = wh_text_at(&work->call->inputs[i], row);
    }
    return fault == WH_FAULT_NONE ? wh_list_give(work, row, &list) : fault;
}

wh_code wh_list_make(struct wh_call *call)
{
    return wh_json_each_row(call, make_row);
}

/* ---- string_to_array() ---------------------------------------------------------------------- */

/* The end of the part at @p at: without a separator each character is one. */
static size_t part_end(struct wh_str text, size_t at, const struct wh_str *separator)
{
    if (separator == NULL)
        return at + wh_character_bytes(text.ptr[at]);
    size_t found = separator->len > 0 ? wh_text_find(text, *separator, at) : SIZE_MAX;
    return found != SIZE_MAX ? found : text.len;
}

static enum wh_fault split(struct wh_json_work *work, struct wh_str text,
                           const struct wh_str *separator, const struct wh_str *null_text)
{
    struct wh_error *err = work->call->err;
    size_t count = 0;
    size_t skip = separator != NULL ? separator->len : 0;
    wh_code rc = wh_buf_append_byte(&work->out, '{', err);
    for (size_t at = 0; text.len > 0 && rc == WH_OK; count++) {
        size_t end = part_end(text, at, separator);
        struct wh_list_item item = {.text = wh_str_make(text.ptr + at, end - at)};
        item.is_null = null_text != NULL && wh_str_equal(item.text, *null_text);
        if (count > 0)
            rc = wh_buf_append_byte(&work->out, ',', err);
        if (rc == WH_OK)
            rc = wh_list_print_item(&item, &work->out, err);
        at = end + skip;
        if (end == text.len)
            break;
    }
    if (rc == WH_OK)
        rc = wh_buf_append_byte(&work->out, '}', err);
    return wh_json_put_fault(rc);
}

/* NULL as the separator splits into characters; NULL as the third argument is none. */
static enum wh_fault split_row(struct wh_json_work *work, size_t row)
{
    const struct wh_operand *inputs = work->call->inputs;
    bool has_null_text = work->call->node->input_count > 2 && !wh_operand_is_null(&inputs[2], row);
    bool has_separator = !wh_operand_is_null(&inputs[1], row);
    struct wh_str separator = has_separator ? wh_text_at(&inputs[1], row) : WH_STR_NONE;
    struct wh_str null_text = has_null_text ? wh_text_at(&inputs[2], row) : WH_STR_NONE;
    if (wh_operand_is_null(&inputs[0], row)) {
        wh_call_set_null(work->call, row);
        return WH_FAULT_NONE;
    }
    enum wh_fault fault =
        split(work, wh_text_at(&inputs[0], row), has_separator ? &separator : NULL,
              has_null_text ? &null_text : NULL);
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

wh_code wh_list_split(struct wh_call *call)
{
    return wh_json_each_row(call, split_row);
}

/* ---- array_to_string() ---------------------------------------------------------------------- */

static enum wh_fault join(struct wh_json_work *work, const struct wh_list *list,
                          struct wh_str separator, const struct wh_str *null_text)
{
    struct wh_error *err = work->call->err;
    bool is_first = true;
    wh_code rc = WH_OK;
    for (size_t i = 0; i < list->count && rc == WH_OK; i++) {
        const struct wh_list_item *item = &list->items[i];
        if (item->is_null && null_text == NULL)
            continue;
        if (!is_first)
            rc = wh_buf_append_str(&work->out, separator, err);
        if (rc == WH_OK)
            rc = wh_buf_append_str(&work->out, item->is_null ? *null_text : item->text, err);
        is_first = false;
    }
    return wh_json_put_fault(rc);
}

static enum wh_fault join_row(struct wh_json_work *work, size_t row)
{
    const struct wh_operand *inputs = work->call->inputs;
    struct wh_list list;
    bool has_null_text = work->call->node->input_count > 2 && !wh_operand_is_null(&inputs[2], row);
    struct wh_str null_text = has_null_text ? wh_text_at(&inputs[2], row) : WH_STR_NONE;
    if (wh_operand_is_null(&inputs[0], row) || wh_operand_is_null(&inputs[1], row)) {
        wh_call_set_null(work->call, row);
        return WH_FAULT_NONE;
    }
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    if (fault == WH_FAULT_NONE)
        fault = join(work, &list, wh_text_at(&inputs[1], row), has_null_text ? &null_text : NULL);
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

wh_code wh_list_join(struct wh_call *call)
{
    return wh_json_each_row(call, join_row);
}

/* ---- subscripts ----------------------------------------------------------------------------- */

static enum wh_fault item_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    int64_t index = wh_int_at(&work->call->inputs[1], row);
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (index < 1 || index > (int64_t)list.count || list.items[index - 1].is_null)
        wh_call_set_null(work->call, row);
    else
        wh_json_give(work, row, list.items[index - 1].text);
    return WH_FAULT_NONE;
}

wh_code wh_list_item_at(struct wh_call *call)
{
    return wh_json_each_row(call, item_row);
}

/* What lies outside is left out; the parts are counted from 1 again. */
static enum wh_fault slice_row(struct wh_json_work *work, size_t row)
{
    struct wh_list list;
    enum wh_fault fault = wh_list_input(work, 0, row, &list);
    if (fault != WH_FAULT_NONE)
        return fault;
    int64_t first = WH_MAX(wh_int_at(&work->call->inputs[1], row), 1);
    int64_t last = WH_MIN(wh_int_at(&work->call->inputs[2], row), (int64_t)list.count);
    list.items += WH_MIN((size_t)first - 1, list.count);
    list.count = last >= first ? (size_t)(last - first + 1) : 0;
    return wh_list_give(work, row, &list);
}

wh_code wh_list_slice(struct wh_call *call)
{
    return wh_json_each_row(call, slice_row);
}
