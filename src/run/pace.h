/* SPDX-License-Identifier: Apache-2.0 */
/** `limits.rate`: all workers of a run together keep to so many items a second. */
#ifndef WH_RUN_PACE_H
#define WH_RUN_PACE_H

#include "run/context.h"

/** Waits, before @p items are written, until those that others write meanwhile have had their time;
 *  not longer than wh_run_rest() does. Returns until when these have theirs, which is to be rested
 *  for once they are committed; 0 where there is no limit. From any worker. */
double wh_run_pace(struct wh_run_context *run, uint64_t items, const atomic_bool *stop);

#endif
