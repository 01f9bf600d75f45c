/* SPDX-License-Identifier: Apache-2.0 */
/** The log of a part of a group: its segment, failure rows and rule hits, in the ledger. */
#ifndef WH_WRITE_LOG_GROUP_H
#define WH_WRITE_LOG_GROUP_H

#include "write/part.h"

/** Why the row was not written, as it may be shown where values are redacted; ptr NULL: it was. */
struct wh_str wh_group_refusal(const struct wh_item_plan *item, const struct wh_group_batch *batch,
                               uint16_t row);

/** Writes segment, failure rows, plain rows and rule hits in the open transaction.
 *  @p counts are the part's. */
WH_MUST_CHECK wh_code wh_log_part(struct wh_writing *writing, struct wh_group *group,
                                  const struct wh_group_part *part, const struct wh_counts *counts,
                                  int64_t *ret_segment, struct wh_error *err);

#endif
