/* SPDX-License-Identifier: Apache-2.0 */
/** `guard`: a run pauses while a query of the destination gives more than the migration file
 *  says. */
#ifndef WH_RUN_GUARD_H
#define WH_RUN_GUARD_H

#include "run/context.h"

/** Waits while there is reason to: all workers do, each before its next group. Asks once
 *  a second, through a connection of its own, and tells why. Ends where the run is to stop, see
 *  wh_run_must_stop(). */
WH_MUST_CHECK wh_code wh_run_guard(struct wh_run_context *run, const atomic_bool *stop,
                                   struct wh_error *err);

void wh_run_guard_close(struct wh_run_context *run);

#endif
