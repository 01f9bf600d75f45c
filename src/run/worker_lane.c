/* SPDX-License-Identifier: Apache-2.0 */
#include "run/worker_lane.h"

#include "base/clock.h"

/* Rows that come in order go where those of other workers go. Of few rows the ways there and back
 * cost more than what they meet with. */
static bool needs_lane(const struct wh_worker *worker)
{
    const struct wh_crew *crew = worker->crew;
    return !crew->takes_turns && !crew->item->run->options->dry_run &&
           (atomic_load(&crew->lanes.is_single) || worker->group.inserts.in_order >= WH_BATCH_ROWS);
}

bool wh_worker_enter_lane(struct wh_worker *worker)
{
    struct wh_crew *crew = worker->crew;
    if (!needs_lane(worker))
        return true;
    worker->has_lane =
        wh_lanes_enter(&crew->lanes, crew->item->run->request->cancel, &crew->must_stop);
    return worker->has_lane;
}

void wh_worker_most_sent(void *ctx)
{
    struct wh_worker *worker = ctx;
    if (!atomic_load(&worker->crew->lanes.is_single))
        wh_worker_leave_lane(worker);
}

void wh_worker_leave_lane(struct wh_worker *worker)
{
    if (!worker->has_lane)
        return;
    worker->has_lane = false;
    wh_lanes_leave(&worker->crew->lanes, worker->group.inserts.in_order, wh_clock_seconds());
}
