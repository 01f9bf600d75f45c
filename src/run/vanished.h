/* SPDX-License-Identifier: Apache-2.0 */
/** Rows whose items the source no longer has (`missing`). */
#ifndef WH_RUN_VANISHED_H
#define WH_RUN_VANISHED_H

#include "run/context.h"

/** Deletes or counts rows whose items the source no longer has. */
WH_MUST_CHECK wh_code wh_run_vanished(struct wh_item_run *item, struct wh_error *err);

#endif
