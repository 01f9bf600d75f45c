/* SPDX-License-Identifier: Apache-2.0 */
/** What somebody changed at the destination, or at the source, while a run was under way. */
#ifndef WH_RUN_CHANGED_H
#define WH_RUN_CHANGED_H

#include "run/context.h"

/**
 * After @p rc in *err ended a run that had begun: plans it once more, and where that is refused, or
 * a table has other columns now, tells so in the place of what the system said of the statement
 * that came upon it (WH_CONFLICT). Otherwise @p rc, with *err as it was.
 */
wh_code wh_run_explain_change(struct wh_run_context *run, wh_code rc, struct wh_error *err);

#endif
