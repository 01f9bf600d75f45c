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

/** The same for a run that stops at a limit: where it cannot be, that is told. */
void wh_run_put_key_back_at_stop(struct wh_item_run *item);

/** Tells the user of a key that is still aside when the run ends. */
void wh_run_tell_key_aside(const struct wh_run_context *run);

/** At a run's start: puts back what earlier runs of its item types left aside. WH_CONFLICT for what
 *  is to leave no trace: a dry run would look for rows without an index, and a rehearsal keep
 *  everybody out of the table until its end; and where the run itself reads such a table, since it
 *  would wait for its own source. */
WH_MUST_CHECK wh_code wh_run_put_keys_back(struct wh_run_context *run, struct wh_error *err);

#endif
