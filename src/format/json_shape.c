/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json_shape.h"

#include "base/error.h"
#include "data/hash.h"

/* What one call of wh_json_shape_make() works on. */
struct making {
    struct wh_json_shape *shape;
    uint32_t *last_child; /* one a node: so that children stand in the order of the columns */
    struct wh_arena *arena;
};

static size_t slot_of(const struct wh_json_shape *shape, uint32_t parent, struct wh_str name)
{
    return (size_t)wh_hash_bytes(name, parent) & (shape->table_size - 1);
}

uint32_t wh_json_shape_find(const struct wh_json_shape *shape, uint32_t parent, struct wh_str name)
{
    size_t slot = slot_of(shape, parent, name);
    for (;;) {
        uint32_t index = shape->table[slot];
        if (index == WH_JSON_NO_NODE)
            return index;
        const struct wh_json_node *node = &shape->nodes[index];
        if (node->parent == parent && wh_str_equal(node->name, name))
            return index;
        slot = (slot + 1) & (shape->table_size - 1);
    }
}

static bool needs_escape(struct wh_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == '"' || name.ptr[i] == '\\')
            return true;
    }
    return false;
}

static wh_code quote_name(struct wh_json_node *node, struct wh_arena *arena, struct wh_error *err)
{
    if (needs_escape(node->name))
        return WH_OK;
    size_t len = node->name.len;
    char *quoted = wh_arena_bytes(arena, len + 2);
    if (quoted == NULL)
        return wh_error_no_memory(err, len + 2);
    if (len > 0)
        memcpy(quoted + 1, node->name.ptr, len);
    quoted[0] = '"';
    quoted[len + 1] = '"';
    node->quoted = wh_str_make(quoted, len + 2);
    return WH_OK;
}

static wh_code add_node(struct making *making, uint32_t parent, struct wh_str name, uint32_t *ret,
                        struct wh_error *err)
{
    struct wh_json_shape *shape = making->shape;
    uint32_t index = (uint32_t)shape->node_count++;
    struct wh_json_node *node = &shape->nodes[index];
    *node = (struct wh_json_node){.name = name,
                                  .parent = parent,
                                  .column = WH_JSON_NO_NODE,
                                  .next = WH_JSON_NO_NODE,
                                  .first_child = WH_JSON_NO_NODE};
    WH_TRY(quote_name(node, making->arena, err));
    if (shape->nodes[parent].first_child == WH_JSON_NO_NODE)
        shape->nodes[parent].first_child = index;
    else
        shape->nodes[making->last_child[parent]].next = index;
    making->last_child[parent] = index;

    size_t slot = slot_of(shape, parent, name);
    while (shape->table[slot] != WH_JSON_NO_NODE)
        slot = (slot + 1) & (shape->table_size - 1);
    shape->table[slot] = index;
    *ret = index;
    return WH_OK;
}

/* Takes the first name of *@p path, in the arena where a backslash had to be undone, and moves
 * behind its dot; false: it was the last. */
static wh_code take_name(struct wh_str *path, struct wh_arena *arena, struct wh_str *ret,
                         bool *ret_has_more, struct wh_error *err)
{
    char *copy = wh_arena_bytes(arena, path->len);
    if (copy == NULL)
        return wh_error_no_memory(err, path->len);
    size_t at = 0;
    size_t len = 0;
    while (at < path->len && path->ptr[at] != '.') {
        bool is_escape = path->ptr[at] == '\\' && at + 1 < path->len &&
                         (path->ptr[at + 1] == '.' || path->ptr[at + 1] == '\\');
        at += is_escape;
        copy[len++] = path->ptr[at++];
    }
    *ret_has_more = at < path->len;
    *path = wh_str_make(path->ptr + at + *ret_has_more, path->len - at - *ret_has_more);
    *ret = wh_str_make(copy, len);
    return WH_OK;
}

static wh_code add_column(struct making *making, size_t column, struct wh_str name, bool is_path,
                          struct wh_error *err)
{
    struct wh_json_shape *shape = making->shape;
    struct wh_str rest = name;
    uint32_t index = 0;
    bool has_more = true;
    for (size_t length = 0; has_more; length++) {
        if (length == WH_JSON_MAX_PATH)
            return wh_error_set(err, WH_LIMIT, "the path '%.*s' has more than %d names",
                                WH_FMT(name), WH_JSON_MAX_PATH);
        struct wh_str part = rest;
        has_more = false;
        if (is_path)
            WH_TRY(take_name(&rest, making->arena, &part, &has_more, err));
        if (is_path && part.len == 0)
            return wh_error_set(err, WH_INVALID,
                                "the path '%.*s' has an empty name; write \\. for a dot that is "
                                "part of a name",
                                WH_FMT(name));
        uint32_t child = wh_json_shape_find(shape, index, part);
        if (child == WH_JSON_NO_NODE)
            WH_TRY(add_node(making, index, part, &child, err));
        index = child;
    }
    if (shape->nodes[index].column != WH_JSON_NO_NODE)
        return wh_error_set(err, WH_INVALID, "two columns are the member '%.*s'", WH_FMT(name));
    shape->nodes[index].column = (uint32_t)column;
    shape->column_nodes[column] = index;
    shape->member_count++;
    return WH_OK;
}

/* Nodes that the columns may need: one for each name of each path, and the record. */
static size_t count_nodes(const struct wh_str *names, size_t count, bool are_paths)
{
    size_t nodes = 1 + count;
    for (size_t i = 0; i < count && are_paths; i++) {
        for (size_t k = 0; k < names[i].len; k++)
            nodes += names[i].ptr[k] == '.';
    }
    return nodes;
}

wh_code wh_json_shape_make(struct wh_json_shape *shape, const struct wh_str *names, size_t count,
                           bool are_paths, struct wh_arena *arena, struct wh_error *err)
{
    size_t nodes = count_nodes(names, count, are_paths);
    *shape = (struct wh_json_shape){.table_size = 2};
    while (shape->table_size < 2 * nodes)
        shape->table_size *= 2;
    shape->nodes = wh_arena_array(arena, nodes, sizeof(*shape->nodes));
    shape->table = wh_arena_array(arena, shape->table_size, sizeof(*shape->table));
    shape->column_nodes = wh_arena_array(arena, count + 1, sizeof(*shape->column_nodes));
    struct making making = {shape, wh_arena_array(arena, nodes, sizeof(uint32_t)), arena};
    if (shape->nodes == NULL || shape->table == NULL || shape->column_nodes == NULL ||
        making.last_child == NULL)
        return wh_error_no_memory(err, nodes * sizeof(*shape->nodes));
    memset(shape->table, 0xFF, shape->table_size * sizeof(*shape->table));
    shape->nodes[0] = (struct wh_json_node){
        .column = WH_JSON_NO_NODE, .next = WH_JSON_NO_NODE, .first_child = WH_JSON_NO_NODE};
    shape->node_count = 1;
    shape->column_count = count;
    for (size_t i = 0; i < count; i++) {
        shape->column_nodes[i] = WH_JSON_NO_NODE;
        if (names[i].ptr != NULL)
            WH_TRY(add_column(&making, i, names[i], are_paths, err));
    }
    return WH_OK;
}
