/* SPDX-License-Identifier: Apache-2.0 */
/** A worker whose group could not be committed, because a connection was lost or the server
 *  asks for another try. */
#ifndef WH_RUN_RECOVER_H
#define WH_RUN_RECOVER_H

#include "run/worker.h"

/**
 * After an error @p rc in *err that came of the worker's group: makes connections anew, looks at
 * the chunk's row to see how far it was committed, and puts the worker there. WH_OK: it goes on
 * with the chunk from there. Otherwise the error that remains: @p rc itself where nothing can be
 * done about it, WH_BUSY where another process has the chunk, WH_RETRY_RECONNECT where only a run
 * that begins again could go on.
 */
WH_MUST_CHECK wh_code wh_worker_recover(struct wh_worker *worker, wh_code rc, struct wh_error *err);

#endif
