/* SPDX-License-Identifier: Apache-2.0 */
/** `limits.rate`: all workers of a run together keep to so many items a second. */
#ifndef WH_RUN_PACE_H
#define WH_RUN_PACE_H

#include "run/context.h"

/** Waits, before @p items are written, until those that others write meanwhile have had their time;
 *  not longer than until the run is to end: the user's wish, or @p stop. Returns until when these
 *  have theirs, for wh_run_rest(). From any worker. */
uint64_t wh_run_pace(struct wh_run_context *run, uint64_t items, const atomic_bool *stop);

/** Waits, once they are committed, until that moment (microseconds of wh_clock_seconds()),
 *  likewise; 0: does not wait. */
void wh_run_rest(const struct wh_run_context *run, uint64_t until, const atomic_bool *stop);

#endif
