/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/key_range.h"

bool wh_key_range_is_enough(const struct wh_item_plan *item)
{
    return item->duplicate_rule_count == 0 && item->unique_expectation_count == 0 &&
           item->match_count == 1 && item->targets[item->match[0]].type.kind == WH_KIND_INT;
}

void wh_key_range_add(struct wh_key_range *range, const struct wh_item_plan *item,
                      const struct wh_item_batch *batch)
{
    const int64_t *keys = batch->targets[item->match[0]].values.ints;
    const struct wh_selection *live = &batch->rules.live;
    for (size_t i = 0; i < live->count; i++) {
        int64_t key = keys[live->rows[i]];
        range->has_fallen |= range->has_keys && key <= range->last;
        if (!range->has_keys)
            range->first = key;
        range->has_keys = true;
        range->last = key;
    }
}

void wh_key_range_append(struct wh_key_range *range, const struct wh_key_range *next)
{
    range->has_fallen |= next->has_fallen;
    if (!next->has_keys)
        return;
    range->has_fallen |= range->has_keys && next->first <= range->last;
    if (!range->has_keys)
        range->first = next->first;
    range->has_keys = true;
    range->last = next->last;
}
