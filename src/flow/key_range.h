/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys that only rise, the usual case of an export: a run of records is known by its first key and
 * its last, and none of them repeats.
 */
#ifndef WH_FLOW_KEY_RANGE_H
#define WH_FLOW_KEY_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/item_batch.h"
#include "plan/item.h"

/** Of records that follow one another; one of zero bytes is of none. */
struct wh_key_range {
    int64_t first;
    int64_t last;
    bool has_keys;
    bool has_fallen; /* a key was not larger than the one before it */
};

/** True where the items' match value is one integer and nothing else compares records. */
bool wh_key_range_is_enough(const struct wh_item_plan *item);

/** Adds the live rows of a batch, whose match values are known. */
void wh_key_range_add(struct wh_key_range *range, const struct wh_item_plan *item,
                      const struct wh_item_batch *batch);

/** Adds the records that follow those of @p range. */
void wh_key_range_append(struct wh_key_range *range, const struct wh_key_range *next);

#endif
