/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which members of a record become which columns: a tree of names.
 *
 * A column is a member of the record (`name`) or, as a path, of an object inside it (`user.name`).
 * A member may be a column itself and the parent of others: then its whole text is the column's.
 */
#ifndef WH_FORMAT_JSON_SHAPE_H
#define WH_FORMAT_JSON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"

/** Names in one path. */
#define WH_JSON_MAX_PATH 32

/** A member that is a column or holds columns; the first node is the record itself. */
struct wh_json_node {
    struct wh_str name;   /* escapes undone */
    struct wh_str quoted; /* the name in quotes, as most files have it; ptr NULL where it cannot
                             stand in a file without an escape */
    uint32_t parent;
    uint32_t column;      /* UINT32_MAX: none */
    uint32_t next;        /* the parent's next node; UINT32_MAX: none */
    uint32_t first_child; /* UINT32_MAX: none */
};

#define WH_JSON_NO_NODE UINT32_MAX

struct wh_json_shape {
    struct wh_json_node *nodes; /* in the arena; node 0 is the record */
    size_t node_count;
    uint32_t *table;        /* nodes by hash of parent and name; WH_JSON_NO_NODE: empty */
    size_t table_size;      /* a power of two */
    uint32_t *column_nodes; /* the node of each column; WH_JSON_NO_NODE: it is no member */
    size_t column_count;
    size_t member_count; /* columns that are members */
};

/**
 * The shape of records with the columns @p names, in @p arena; names live as long. A name with ptr
 * NULL is a column that is no member. With @p are_paths
 * a dot in a name leads into an object, unless a backslash stands before it (`user\.name`).
 * WH_INVALID for a path with an empty name, WH_LIMIT for one that is too long.
 */
WH_MUST_CHECK wh_code wh_json_shape_make(struct wh_json_shape *shape, const struct wh_str *names,
                                         size_t count, bool are_paths, struct wh_arena *arena,
                                         struct wh_error *err);

/** The child of @p parent named @p name; WH_JSON_NO_NODE: there is none. */
uint32_t wh_json_shape_find(const struct wh_json_shape *shape, uint32_t parent, struct wh_str name);

#endif
