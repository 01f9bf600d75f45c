/* SPDX-License-Identifier: Apache-2.0 */
/** One item type of a run: what is known before, the workers, what comes behind the last chunk. */
#ifndef WH_RUN_ITEM_H
#define WH_RUN_ITEM_H

#include "run/context.h"

/** Migrates one item type, from survey to its result. */
WH_MUST_CHECK wh_code wh_run_item(struct wh_run_context *run, const struct wh_item_plan *item,
                                  struct wh_item_result *result, struct wh_error *err);

#endif
