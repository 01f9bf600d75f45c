/* SPDX-License-Identifier: Apache-2.0 */
/** How a run begins: an interrupted one is gone on with, or abandoned with a word why. */
#ifndef WH_RUN_RESUME_H
#define WH_RUN_RESUME_H

#include "run/context.h"

/** Goes on with an interrupted run where that is possible, otherwise begins a new one: sets run,
 *  is_resumed and the ledger's records. */
WH_MUST_CHECK wh_code wh_run_begin(struct wh_run_context *run, struct wh_error *err);

#endif
