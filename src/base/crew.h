/* SPDX-License-Identifier: Apache-2.0 */
/** A crew: the same work done by several threads at once, the calling thread among them. */
#ifndef WH_BASE_CREW_H
#define WH_BASE_CREW_H

#include <stdbool.h>

#include <wherry/error.h>

/** At most so many workers. */
#define WH_CREW_MAX 64

/** One worker's part. @p worker counts from 0, which is the calling thread. */
typedef wh_code wh_crew_work(void *ctx, unsigned worker, struct wh_error *err);

/**
 * Runs @p work in @p workers threads and returns when all have ended: WH_OK where all did well,
 * otherwise the error of the worker that failed first. A worker that fails has to make the others
 * stop by itself, through @p ctx.
 */
WH_MUST_CHECK wh_code wh_crew_run(unsigned workers, wh_crew_work *work, void *ctx,
                                  struct wh_error *err);

/**
 * The same for two workers of whom one waits for the other: false, and nothing was done, where the
 * system refuses the second thread. Otherwise *ret is what wh_crew_run() would have given.
 */
bool wh_crew_run_pair(wh_crew_work *work, void *ctx, wh_code *ret, struct wh_error *err);

#endif
