/* SPDX-License-Identifier: Apache-2.0 */
/** What --trace tells of the items that were asked for: every step of their way, and its end. */
#ifndef WH_RUN_TRACE_H
#define WH_RUN_TRACE_H

#include "run/context.h"

/** Appends the way of each asked row of a batch that was just mapped to the result's trace. */
WH_MUST_CHECK wh_code wh_trace_mapped(struct wh_item_run *item, struct wh_mapper *mapper,
                                      struct wh_item_batch *batch, struct wh_error *err);

/** Appends what became of each item of a group. */
WH_MUST_CHECK wh_code wh_trace_written(struct wh_item_run *item, const struct wh_group *group,
                                       struct wh_error *err);

#endif
