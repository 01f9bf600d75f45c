/* SPDX-License-Identifier: Apache-2.0 */
/** A part of a group: which items it has, and what became of them. Most often it is all of it. */
#ifndef WH_WRITE_PART_H
#define WH_WRITE_PART_H

#include "write/group.h"

/** Some of a group's items, by their ordinals in it. */
struct wh_group_part {
    size_t first;
    size_t end;
};

/** The items of @p batch that are in @p part, by their ordinals in the batch: from *ret_first to
 *  before *ret_end. */
void wh_part_of_batch(const struct wh_group_batch *batch, const struct wh_group_part *part,
                      size_t *ret_first, size_t *ret_end);

/** A walk over the items of a part, in their order: begins with group and part, and each step gives
 *  the rest. */
struct wh_part_walk {
    const struct wh_group *group;
    const struct wh_group_part *part;
    struct wh_group_batch *batch; /* that the item is in … */
    size_t item;                  /* … its ordinal there … */
    uint16_t row;                 /* … and its row; WH_NO_ROW: it has none */
    size_t batches;               /* begun so far */
    size_t next;                  /* item of the batch … */
    size_t end;                   /* … before which the part ends */
};

/** The next item; false behind the last one. */
static inline bool wh_part_walk_on(struct wh_part_walk *walk)
{
    while (walk->next == walk->end) {
        if (walk->batches == walk->group->batch_count)
            return false;
        walk->batch = walk->group->batches[walk->batches++];
        wh_part_of_batch(walk->batch, walk->part, &walk->next, &walk->end);
    }
    walk->item = walk->next++;
    walk->row = walk->batch->items.items[walk->item].row;
    return true;
}

/** Puts the rows of the part that are to be written with @p action, and not behind all others, into
 *  ret->rows, which has room for all of the part's. */
void wh_select_rows_of_part(const struct wh_group_batch *batch, const struct wh_group_part *part,
                            enum wh_action action, struct wh_selection *ret);

/** What became of an item of the batch: a row, or a record that the reader gave none for. */
enum wh_item_status wh_group_item_status(const struct wh_group_batch *batch, size_t item);

/** Counts the part's items by status; `read` is their number. */
void wh_count_part(const struct wh_group *group, const struct wh_group_part *part,
                   struct wh_counts *counts);

/** Counts the part's rows that are marked with 1 in the array by row that @p marks gives, of any
 *  status where @p status is 0. */
typedef const uint8_t *wh_row_marks(const struct wh_group_batch *batch, size_t rule);
uint64_t wh_count_marked_rows(const struct wh_group *group, const struct wh_group_part *part,
                              wh_row_marks *marks, size_t rule, uint8_t status);

#endif
