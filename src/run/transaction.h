/* SPDX-License-Identifier: Apache-2.0 */
/** Transactions on the run's own connection; none in a rehearsal, which is one as a whole. */
#ifndef WH_RUN_TRANSACTION_H
#define WH_RUN_TRANSACTION_H

#include "run/context.h"

WH_MUST_CHECK wh_code wh_run_transaction_begin(const struct wh_run_context *run,
                                               struct wh_error *err);

/** Ends it after @p rc in *err: commits where that is WH_OK, otherwise takes all back and gives
 *  @p rc. */
WH_MUST_CHECK wh_code wh_run_transaction_end(const struct wh_run_context *run, wh_code rc,
                                             struct wh_error *err);

#endif
