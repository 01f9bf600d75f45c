/* SPDX-License-Identifier: Apache-2.0 */
/** A source cut into chunks of about one group. */
#ifndef WH_RUN_SPLIT_H
#define WH_RUN_SPLIT_H

#include "run/context.h"

/** The chunks of an item type's source, in the run's arena. Chunks are of such a size that one is
 *  about a group: workers take turns without waiting for each other. */
WH_MUST_CHECK wh_code wh_split_source(const struct wh_run_context *run,
                                      const struct wh_item_plan *item, struct wh_chunk_record **ret,
                                      size_t *ret_count, struct wh_error *err);

/** Items that a group has at most. Rows that come in no order of their keys are written in an order
 *  within their group: the larger it is, the more of them fall on one page of the destination. */
uint64_t wh_run_group_items(const struct wh_run_context *run, bool is_scattered);

/** Bytes that all groups in hand may take of the run's memory. */
size_t wh_run_group_memory(const struct wh_run_context *run);

#endif
