/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Items that failed because another row had a unique value that they want are tried again behind
 * all others: that row may have given the value up since, or wants a value of theirs. So are those
 * that refer to a row of the same table which was not there: it may have come since.
 */
#ifndef WH_RUN_AGAIN_H
#define WH_RUN_AGAIN_H

#include "run/context.h"

/** Whether such items may be tried again. In a table that was empty nobody gives up what he just
 *  got; but rows come that others refer to. */
bool wh_run_tries_again(const struct wh_item_run *item);

/** What the ledger is asked for them by. */
struct wh_contest_query wh_run_contest(const struct wh_item_run *item);

/** Tries them again, as long as some go in, once all else of the item type is written. What goes
 *  in counts as if it had never failed; WH_STOPPED where what still fails is more than the limit
 *  of failures lets pass. */
WH_MUST_CHECK wh_code wh_run_again(struct wh_item_run *item, struct wh_error *err);

#endif
