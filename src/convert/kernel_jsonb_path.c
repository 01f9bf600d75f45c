/* SPDX-License-Identifier: Apache-2.0 */
/* jsonb changed at a path: jsonb_set(), jsonb_insert(), jsonb #- text[]. */
#include "convert/kernel_json.h"

/* What happens at the end of the path. */
enum change {
    REPLACE, /* where there is something */
    CREATE,  /* also where there is nothing */
    BEFORE,  /* inserts; in an object only where there is nothing */
    AFTER,
    REMOVE
};

struct changing {
    enum change change;
    const struct wh_list *path;
    const struct wh_json *value; /* not for REMOVE */
    struct wh_arena *arena;
};

static enum wh_fault change_at(const struct changing *changing, struct wh_json *json, size_t level);

static bool creates(const struct changing *changing)
{
    return changing->change == CREATE || changing->change == BEFORE || changing->change == AFTER;
}

/* The new value, as a child of its own. */
static struct wh_json *new_child(const struct changing *changing, struct wh_str name)
{
    struct wh_json *child = WH_ARENA_NEW(changing->arena, struct wh_json);
    if (child == NULL)
        return NULL;
    *child = *changing->value;
    child->name = name;
    child->next = NULL;
    return child;
}

static enum wh_fault put(const struct changing *changing, struct wh_json *parent,
                         struct wh_json **place, struct wh_str name)
{
    struct wh_json *child = new_child(changing, name);
    if (child == NULL)
        return WH_FAULT_NO_MEMORY;
    child->next = *place;
    *place = child;
    parent->count++;
    return WH_FAULT_NONE;
}

/* ---- objects -------------------------------------------------------------------------------- */

static enum wh_fault change_member(const struct changing *changing, struct wh_json *object,
                                   struct wh_json **place, struct wh_str name)
{
    if (changing->change == BEFORE || changing->change == AFTER)
        return WH_FAULT_ARGUMENT; /* the member is there */
    *place = (*place)->next;
    object->count--;
    return changing->change == REMOVE ? WH_FAULT_NONE : put(changing, object, place, name);
}

static enum wh_fault change_object(const struct changing *changing, struct wh_json *object,
                                   size_t level)
{
    bool is_last = level + 1 == changing->path->count;
    struct wh_str name = changing->path->items[level].text;
    struct wh_json **place = &object->child;
    while (*place != NULL && !wh_str_equal((*place)->name, name))
        place = &(*place)->next;
    if (*place != NULL && is_last)
        return change_member(changing, object, place, name);
    if (*place != NULL)
        return change_at(changing, *place, level + 1);
    if (!is_last || !creates(changing))
        return WH_FAULT_NONE;
    enum wh_fault fault = put(changing, object, place, name);
    if (fault == WH_FAULT_NONE && !wh_json_sort_members(object, changing->arena))
        fault = WH_FAULT_NO_MEMORY;
    return fault;
}

/* ---- arrays --------------------------------------------------------------------------------- */

static enum wh_fault change_element(const struct changing *changing, struct wh_json *array,
                                    struct wh_json **place)
{
    if (changing->change == BEFORE)
        return put(changing, array, place, WH_STR_NONE);
    if (changing->change == AFTER)
        return put(changing, array, &(*place)->next, WH_STR_NONE);
    *place = (*place)->next;
    array->count--;
    return changing->change == REMOVE ? WH_FAULT_NONE : put(changing, array, place, WH_STR_NONE);
}

/* Beyond its ends an array grows by one element, at that end. */
static enum wh_fault change_array(const struct changing *changing, struct wh_json *array,
                                  size_t level)
{
    bool is_last = level + 1 == changing->path->count;
    int64_t index;
    if (!wh_json_index(changing->path->items[level].text, &index))
        return WH_FAULT_SYNTAX;
    bool is_before = index < 0 && -index > (int64_t)array->count;
    if (index < 0)
        index += (int64_t)array->count;
    struct wh_json **place = &array->child;
    for (int64_t i = 0; i < index && *place != NULL; i++)
        place = &(*place)->next;
    bool is_there = !is_before && *place != NULL;
    if (is_there && !is_last)
        return change_at(changing, *place, level + 1);
    if (is_there)
        return change_element(changing, array, place);
    return is_last && creates(changing) ? put(changing, array, place, WH_STR_NONE) : WH_FAULT_NONE;
}

/* ---- paths ---------------------------------------------------------------------------------- */

static enum wh_fault change_at(const struct changing *changing, struct wh_json *json, size_t level)
{
    if (changing->path->items[level].is_null)
        return WH_FAULT_ARGUMENT;
    if (json->kind == WH_JSON_OBJECT)
        return change_object(changing, json, level);
    if (json->kind == WH_JSON_ARRAY)
        return change_array(changing, json, level);
    return WH_FAULT_NONE;
}

static enum wh_fault change_row(struct wh_json_work *work, size_t row, enum change change)
{
    struct wh_json *json = NULL;
    struct wh_json *value = NULL;
    struct wh_list path = {.items = NULL};
    bool has_null;
    enum wh_fault fault = wh_json_input(work, 0, row, &json);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_path_input(work, 1, row, &path, &has_null);
    if (fault == WH_FAULT_NONE && change != REMOVE)
        fault = wh_json_input(work, 2, row, &value);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (json->kind < WH_JSON_ARRAY)
        return WH_FAULT_ARGUMENT;
    bool is_untouched =
        path.count == 0 || (json->count == 0 && (change == REMOVE || change == REPLACE));
    struct changing changing = {
        .change = change, .path = &path, .value = value, .arena = &work->tree};
    if (!is_untouched)
        fault = change_at(&changing, json, 0);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_put_fault(wh_jsonb_print(json, &work->out, work->call->err));
    if (fault == WH_FAULT_NONE)
        wh_json_give(work, row, wh_buf_str(&work->out));
    return fault;
}

/* The fourth argument, where there is one. */
static bool flag_at(const struct wh_json_work *work, size_t row, bool otherwise)
{
    const struct wh_call *call = work->call;
    return call->node->input_count > 3 ? wh_bool_at(&call->inputs[3], row) : otherwise;
}

static enum wh_fault set_row(struct wh_json_work *work, size_t row)
{
    return change_row(work, row, flag_at(work, row, true) ? CREATE : REPLACE);
}

static enum wh_fault insert_row(struct wh_json_work *work, size_t row)
{
    return change_row(work, row, flag_at(work, row, false) ? AFTER : BEFORE);
}

static enum wh_fault remove_row(struct wh_json_work *work, size_t row)
{
    return change_row(work, row, REMOVE);
}

wh_code wh_jsonb_set(struct wh_call *call)
{
    return wh_json_each_row(call, set_row);
}

wh_code wh_jsonb_insert(struct wh_call *call)
{
    return wh_json_each_row(call, insert_row);
}

wh_code wh_jsonb_remove_path(struct wh_call *call)
{
    return wh_json_each_row(call, remove_row);
}
