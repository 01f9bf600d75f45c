/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keys of records that a rule left out before a later rule mended their key. Which item it was
 * is the same question whatever became of the record: rules that set what a key is made of are
 * applied to it all the same, unseen by the log and without refusing it once more.
 */
#ifndef WH_FLOW_MEND_H
#define WH_FLOW_MEND_H

#include "flow/mapper.h"

/** Finds the rules that it is about; the mapper is being opened. */
WH_MUST_CHECK wh_code wh_mapper_find_mending(struct wh_mapper *mapper, struct wh_error *err);

/** Applies to each of @p left, rows that left the batch,
 *  those of the rules that it did not come to. */
WH_MUST_CHECK wh_code wh_mapper_mend_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                          const struct wh_selection *left, struct wh_error *err);

#endif
