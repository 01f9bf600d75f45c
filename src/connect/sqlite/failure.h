/* SPDX-License-Identifier: Apache-2.0 */
/** SQLite's result codes as wherry's errors. */
#ifndef WH_CONNECT_SQLITE_FAILURE_H
#define WH_CONNECT_SQLITE_FAILURE_H

#include <sqlite3.h>

#include <wherry/error.h>

#include "base/macros.h"

/**
 * Fills @p err from the failed call that @p db has just returned @p rc from: code, retry class,
 * SQLSTATE as PostgreSQL names the same refusal, SQLite's extended code, and the message behind
 * "context: " (no context where @p format is ""). Returns the code; never WH_OK.
 */
wh_code wh_sqlite_failure(sqlite3 *db, int rc, struct wh_error *err, const char *format, ...)
    WH_PRINTF(4, 5);

#endif
