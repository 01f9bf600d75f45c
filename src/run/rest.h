/* SPDX-License-Identifier: Apache-2.0 */
/** Waiting in mid-run, which ends early where the run is to end. */
#ifndef WH_RUN_REST_H
#define WH_RUN_REST_H

#include "run/context.h"

/** True where the run is to end before its next group: the user's wish, or *stop, which may be
 *  NULL. */
bool wh_run_must_stop(const struct wh_run_context *run, const atomic_bool *stop);

/** Waits until the moment @p until of wh_clock_seconds(), unless the run is to stop first. */
void wh_run_rest(const struct wh_run_context *run, double until, const atomic_bool *stop);

#endif
