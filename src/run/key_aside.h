/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The primary key of a table that the run made: it is made when all rows are in, where the
 * destination fills a table faster without (docs/decisions/0023).
 */
#ifndef WH_RUN_KEY_ASIDE_H
#define WH_RUN_KEY_ASIDE_H

#include "run/context.h"

/** Before an item type's first group: sets the key aside where that pays and nobody needs it: no
 *  row has to be looked up in a table that was empty, and no key repeats. */
WH_MUST_CHECK wh_code wh_run_set_key_aside(struct wh_item_run *item, struct wh_error *err);

/** Puts the key back that was set aside. */
WH_MUST_CHECK wh_code wh_run_put_key_back(struct wh_item_run *item, struct wh_error *err);

/** Tells the user of a key that stays aside, since the run ends early. */
void wh_run_tell_key_aside(const struct wh_item_run *item);

/** At a run's start: puts back what earlier runs left aside, where a kill or an error ended them. A
 *  dry run leaves it, and says so. */
WH_MUST_CHECK wh_code wh_run_put_keys_back(const struct wh_run_context *run, struct wh_error *err);

#endif
