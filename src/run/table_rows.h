/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How many rows the destination's table has before a run: any, or, where the ledger is to be
 * trusted, as many as it says. A server counts millions of rows in seconds; where it writes in
 * processes of its own, that is done on another connection while the state is loaded. Behind a run
 * nothing is counted (docs/decisions/0016).
 */
#ifndef WH_RUN_TABLE_ROWS_H
#define WH_RUN_TABLE_ROWS_H

#include "run/context.h"

/** Counts what wh_run_look_at_table() will want to know, as far as it will. */
void wh_run_count_early(struct wh_item_run *item);

/** Whether the table is empty, and has at least the rows that wherry left there.
 *  The state is loaded. */
WH_MUST_CHECK wh_code wh_run_look_at_table(struct wh_item_run *item, struct wh_error *err);

#endif
