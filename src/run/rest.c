/* SPDX-License-Identifier: Apache-2.0 */
#include "run/rest.h"

#include "base/clock.h"

/* Between two looks at whether the run is to stop. */
#define NAP_SECONDS 0.02

bool wh_run_must_stop(const struct wh_run_context *run, const atomic_bool *stop)
{
    return wh_cancel_asked(run->request->cancel, WH_CANCEL_AFTER_GROUP) ||
           (stop != NULL && atomic_load(stop));
}

void wh_run_rest(const struct wh_run_context *run, double until, const atomic_bool *stop)
{
    while (wh_clock_seconds() < until && !wh_run_must_stop(run, stop))
        wh_clock_nap(NAP_SECONDS);
}
