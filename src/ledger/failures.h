/* SPDX-License-Identifier: Apache-2.0 */
/** Failure rows as they are read back. */
#ifndef WH_LEDGER_FAILURES_H
#define WH_LEDGER_FAILURES_H

#include "ledger/ledger.h"

#define WH_FAILURE_COLUMNS 15

/** Makes a record of a row; its texts are the row's. `bytes` stays base64. */
WH_MUST_CHECK wh_code wh_failure_read(const struct wh_param row[WH_FAILURE_COLUMNS],
                                      struct wh_failure_record *ret, struct wh_error *err);

#endif
