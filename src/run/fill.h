/* SPDX-License-Identifier: Apache-2.0 */
/** Reading a group: batches of the worker's chunk, mapped, until it is full. */
#ifndef WH_RUN_FILL_H
#define WH_RUN_FILL_H

#include "run/worker.h"

/** Reads and maps the next group of the worker's chunk; WH_CANCELLED where that was asked. */
WH_MUST_CHECK wh_code wh_worker_fill_group(struct wh_worker *worker, struct wh_error *err);

/** Takes back what progress was told of a group that will be read again. */
void wh_worker_forget_progress(struct wh_worker *worker);

#endif
