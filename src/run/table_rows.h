/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How many rows the destination's table has, before and after. A server counts millions of rows in seconds; where it
 * writes in processes of its own, that is done on another connection while something else takes as long.
 */
#ifndef WH_RUN_TABLE_ROWS_H
#define WH_RUN_TABLE_ROWS_H

#include "run/context.h"

/** Fewer rows are counted faster than a connection is made. */
#define WH_LEAST_COUNTED_APART 50000

bool wh_run_can_count_apart(const struct wh_item_run *item);

/** Counts on a connection of its own, in the calling thread; false where that failed, and they are to be counted
 *  on the run's own. */
bool wh_run_count_apart(const struct wh_item_run *item, uint64_t *ret);

/** Counts what wh_run_look_at_table() will want to know, as far as it will. */
void wh_run_count_early(struct wh_item_run *item);

/** Whether the table is empty, and has at least the rows that wherry left there. The state is loaded. */
WH_MUST_CHECK wh_code wh_run_look_at_table(struct wh_item_run *item, struct wh_error *err);

/** The result's rows, after the run, where they are wanted. */
WH_MUST_CHECK wh_code wh_run_count_table(struct wh_item_run *item, struct wh_error *err);

#endif
