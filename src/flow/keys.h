/* SPDX-License-Identifier: Apache-2.0 */
/** Keys of items: made for every record that has one, also for those that a rule left out. */
#ifndef WH_FLOW_KEYS_H
#define WH_FLOW_KEYS_H

#include "flow/mapper.h"

/**
 * Makes the canonical key of every row, and the match hash of every live one. The match
 * targets of live rows are mapped. Live rows without a key or with a NULL among their
 * match values are dropped.
 */
WH_MUST_CHECK wh_code wh_mapper_make_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                          struct wh_error *err);

/** Rows that the filter's keys or --only do not ask for become unasked. */
void wh_mapper_apply_key_filter(const struct wh_mapper *mapper, struct wh_item_batch *batch);

#endif
