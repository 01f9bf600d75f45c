/* SPDX-License-Identifier: Apache-2.0 */
/** What the latest full run refused, for the filter of a run that is about that only. */
#ifndef WH_RUN_REFUSED_H
#define WH_RUN_REFUSED_H

#include "run/context.h"

/** Fills the filter's places: those of records that had no key. */
WH_MUST_CHECK wh_code wh_run_find_keyless(struct wh_item_run *item, struct wh_error *err);

/** Fills the filter's refused keys: those that were refused for being keys. */
WH_MUST_CHECK wh_code wh_run_find_refused_keys(struct wh_item_run *item, struct wh_error *err);

#endif
