/* SPDX-License-Identifier: Apache-2.0 */
/** What is to be done with each mapped row, from what the destination and the state have. */
#ifndef WH_WRITE_DIFF_H
#define WH_WRITE_DIFF_H

#include "write/group.h"

/**
 * Reads the destination's rows for @p selection of the batch through @p channel and decides about
 * each: insert, update, unchanged, or failed because it drifted or belongs to another item. Sets
 * actions, statuses and details of these rows; *found is what was read, in the batch's arena.
 */
WH_MUST_CHECK wh_code wh_diff_rows(struct wh_writing *writing, const struct wh_channel *channel,
                                   struct wh_group_batch *batch,
                                   const struct wh_selection *selection, struct wh_found *found,
                                   struct wh_error *err);

#endif
