/* SPDX-License-Identifier: Apache-2.0 */
/** Whether a key of the source's own decides what a survey would be made for. */
#ifndef WH_FLOW_DISTINCT_H
#define WH_FLOW_DISTINCT_H

#include <stdbool.h>

#include "plan/item.h"

/**
 * True where no two records can be the same item and no rule or check compares records: the match
 * values are those of a key that the source enforces, as it has them, and the records come in the
 * order of the first of them.
 */
bool wh_items_are_distinct(const struct wh_item_plan *item);

/** True where the items' keys are the source's own values: a record's key tells which values its
 *  key columns have, since no rule changes them and what differs there differs in the key. */
bool wh_keys_are_of_source(const struct wh_item_plan *item);

#endif
