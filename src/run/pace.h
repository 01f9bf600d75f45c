/* SPDX-License-Identifier: Apache-2.0 */
/** `limits.rate`: all workers of a run together keep to so many items a second. */
#ifndef WH_RUN_PACE_H
#define WH_RUN_PACE_H

#include "run/context.h"

/** Waits, after @p items were committed, until as much time has passed as so many may take; not longer than
 *  until the run is to end: the user's wish, or @p stop. From any worker. */
void wh_run_pace(struct wh_run_context *run, uint64_t items, const atomic_bool *stop);

#endif
