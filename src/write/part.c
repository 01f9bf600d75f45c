/* SPDX-License-Identifier: Apache-2.0 */
#include "write/part.h"

#include <string.h>

void wh_part_of_batch(const struct wh_group_batch *batch, const struct wh_group_part *part,
                      size_t *ret_first, size_t *ret_end)
{
    size_t begin = batch->first_item;
    size_t end = begin + batch->items.item_count;
    size_t first = WH_MAX(begin, part->first);
    size_t last = WH_MIN(end, part->end);
    *ret_first = first - begin;
    *ret_end = WH_MAX(first, last) - begin;
}

void wh_select_rows_of_part(const struct wh_group_batch *batch, const struct wh_group_part *part,
                            enum wh_action action, struct wh_selection *ret)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, part, &first, &end);
    ret->count = 0;
    for (size_t item = first; item < end; item++) {
        uint16_t row = batch->items.items[item].row;
        if (row != WH_NO_ROW && batch->actions[row] == action && !wh_group_is_put_off(batch, row))
            ret->rows[ret->count++] = row;
    }
}

enum wh_item_status wh_group_item_status(const struct wh_group_batch *batch, size_t item)
{
    const struct wh_batch_item *at = &batch->items.items[item];
    if (at->row != WH_NO_ROW)
        return (enum wh_item_status)batch->statuses[at->row];
    return batch->items.source.bad[at->bad].is_left_out ? WH_STATUS_SKIPPED : WH_STATUS_REJECTED;
}

void wh_count_part(const struct wh_group *group, const struct wh_group_part *part,
                   struct wh_counts *counts)
{
    uint64_t by_status[WH_STATUS_BYTES] = {0};
    for (size_t i = 0; i < group->batch_count; i++) {
        const struct wh_group_batch *batch = group->batches[i];
        size_t first;
        size_t end;
        wh_part_of_batch(batch, part, &first, &end);
        counts->read += end - first;
        for (size_t item = first; item < end; item++)
            by_status[wh_group_item_status(batch, item)]++;
    }
    wh_counts_count(counts, by_status);
}

uint64_t wh_count_marked_rows(const struct wh_group *group, const struct wh_group_part *part,
                              wh_row_marks *marks, size_t rule, uint8_t status)
{
    uint64_t count = 0;
    for (size_t i = 0; i < group->batch_count; i++) {
        const struct wh_group_batch *batch = group->batches[i];
        const uint8_t *marked = marks(batch, rule);
        size_t first;
        size_t end;
        /* Most batches have no row that is, which is seen faster than by their items. */
        if (memchr(marked, 1, batch->items.source.row_count) == NULL)
            continue;
        wh_part_of_batch(batch, part, &first, &end);
        for (size_t item = first; item < end; item++) {
            uint16_t row = batch->items.items[item].row;
            count += row != WH_NO_ROW && marked[row] == 1 &&
                     (status == 0 || batch->statuses[row] == status);
        }
    }
    return count;
}
