/* SPDX-License-Identifier: Apache-2.0 */
/** Names of states as they stand in the ledger's tables, read back. */
#ifndef WH_LEDGER_NAMES_H
#define WH_LEDGER_NAMES_H

#include "ledger/ledger.h"

/** The status or state of that name; 0 where there is none. */
enum wh_item_status wh_item_status_from(struct wh_str name);
enum wh_run_state wh_run_state_from(struct wh_str name);

#endif
