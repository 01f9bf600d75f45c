/* SPDX-License-Identifier: Apache-2.0 */
/** Which groups need a lane: those of which others want to write at the same place. */
#ifndef WH_RUN_WORKER_LANE_H
#define WH_RUN_WORKER_LANE_H

#include "run/worker.h"

/** Before the group's transaction: waits for a lane where it needs one. False where the run is to
 *  end first. */
bool wh_worker_enter_lane(struct wh_worker *worker);

/** Others may write, where the worker still has a lane. */
void wh_worker_leave_lane(struct wh_worker *worker);

/** The same for wh_writing_options.most_sent, unless groups must not meet: @p ctx is the worker. */
void wh_worker_most_sent(void *ctx);

#endif
