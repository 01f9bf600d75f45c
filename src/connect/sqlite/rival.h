/* SPDX-License-Identifier: Apache-2.0 */
/** Which row has the unique value that another one was refused for. */
#ifndef WH_CONNECT_SQLITE_RIVAL_H
#define WH_CONNECT_SQLITE_RIVAL_H

#include "connect/sqlite/attempt.h"

/**
 * Appends to the message of a row that was just refused what stands in its way, where that is
 * known: the value, and what identifies the row that has it. Does nothing for other refusals.
 */
WH_MUST_CHECK wh_code wh_sqlite_name_rival(const struct wh_sqlite_attempt *attempt);

#endif
