/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The order in which a group's new rows are inserted: by the values that identify them. Rows of a
 * source in any order then go into the destination's index side by side, and a group touches each
 * page of it once. Which group a row belongs to stays with the source's order.
 */
#ifndef WH_WRITE_INSERT_ORDER_H
#define WH_WRITE_INSERT_ORDER_H

#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

struct wh_group;
struct wh_item_plan;

struct wh_insert_row {
    union {
        int64_t number;
        struct wh_str text;
    } key; /* of the first match column */
    uint32_t batch;
    uint16_t row;
};

struct wh_insert_order {
    struct wh_insert_row *rows;
    struct wh_insert_row *spare; /* as much room to sort in, once that is needed */
    size_t count;                /* 0: the group's rows are in order as they are … */
    size_t in_order;             /* … and so many; 0: they are not */
    size_t capacity;
};

void wh_insert_order_release(struct wh_insert_order *order);

/** Finds the order of the rows that the group is to insert, as decided. */
WH_MUST_CHECK wh_code wh_insert_order_make(const struct wh_item_plan *item, struct wh_group *group,
                                           struct wh_error *err);

#endif
