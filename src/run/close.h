/* SPDX-License-Identifier: Apache-2.0 */
/** The end of an item type: its result, and the sum that closes. */
#ifndef WH_RUN_CLOSE_H
#define WH_RUN_CLOSE_H

#include "run/context.h"

/** Fills the item type's result from the ledger and closes the sum. */
WH_MUST_CHECK wh_code wh_run_close_item(struct wh_item_run *item, struct wh_error *err);

#endif
