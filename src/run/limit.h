/* SPDX-License-Identifier: Apache-2.0 */
/** `limits.failures`: how many refused items end a run. */
#ifndef WH_RUN_LIMIT_H
#define WH_RUN_LIMIT_H

#include "run/context.h"

/** The limit that holds: what the command line says, or else the migration file. */
const struct wh_bound *wh_run_failure_bound(const struct wh_run_context *run);

/** True where the item type has more refused items than the limit lets pass: in percent of its
 *  own records, otherwise together with those of the item types before it. */
bool wh_run_passes_limit(const struct wh_item_run *item, uint64_t refused);

/** WH_STOPPED, with what the user is told. */
wh_code wh_run_stop_at_limit(uint64_t refused, uint64_t read, struct wh_error *err);

#endif
