/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Arrays as PostgreSQL writes them: {a,"b c",NULL}. A value of an array type is such a text, in the
 * form in which PostgreSQL prints it; for an operation it is read as items. One dimension, counted
 * from 1. Form: https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
 */
#ifndef WH_CONVERT_LIST_H
#define WH_CONVERT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/fault.h"

/** Items of one array. */
#define WH_LIST_MAX_ITEMS 4000000

struct wh_list_item {
    struct wh_str text;
    bool is_null;
};

struct wh_list {
    struct wh_list_item *items;
    size_t count;
};

/** Reads an array; its texts are slices of @p text or lie in @p arena. SYNTAX; ARGUMENT: of several
 *  dimensions or with bounds, which wherry has not; LIMIT, NO_MEMORY. */
enum wh_fault wh_list_read(struct wh_str text, struct wh_arena *arena, struct wh_list *ret);

/** Appends one item as it stands in an array. */
WH_MUST_CHECK wh_code wh_list_print_item(const struct wh_list_item *item, struct wh_buf *out,
                                         struct wh_error *err);

/** Appends the array as PostgreSQL prints it. */
WH_MUST_CHECK wh_code wh_list_print(const struct wh_list *list, struct wh_buf *out,
                                    struct wh_error *err);

#endif
