/* SPDX-License-Identifier: Apache-2.0 */
/** The ledger's SQL, written once, in the words of each dialect. */
#ifndef WH_SQL_LEDGER_SQL_H
#define WH_SQL_LEDGER_SQL_H

#include "base/buf.h"
#include "sql/dialect.h"

/**
 * Appends @p sql with its ledger tables (wherry.run) and parameters ($1) as @p dialect writes them:
 * "wherry_run" and ?1 in SQLite. What stands in string literals, quoted names and comments is
 * copied as it is. WH_INVALID for a literal, name or comment that does not end, `wherry.` without a
 * name, and `$` without a number (dollar quotes are not read).
 */
WH_MUST_CHECK wh_code wh_sql_append_ledger(struct wh_buf *out, const struct wh_sql_dialect *dialect,
                                           const char *sql, struct wh_error *err);

#endif
