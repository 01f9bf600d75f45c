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

/** Marks @p row as failed; of @p failure a copy is kept, its texts live as long as the batch. */
WH_MUST_CHECK wh_code wh_group_batch_fail(struct wh_group_batch *batch, uint16_t row,
                                          const struct wh_row_failure *failure,
                                          struct wh_error *err);

/** The same for a row that the destination refused, with its own words. */
WH_MUST_CHECK wh_code wh_group_batch_refuse(struct wh_group_batch *batch, uint16_t row,
                                            const struct wh_error *refused, struct wh_error *err);

/** Undoes that: the row is to be written after all. */
void wh_group_batch_revive(struct wh_group_batch *batch, uint16_t row, enum wh_action action);

#endif
