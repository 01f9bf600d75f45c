/* SPDX-License-Identifier: Apache-2.0 */
/** The ledger's statements: its SQL in SQLite's words, prepared once. */
#ifndef WH_CONNECT_SQLITE_STATEMENT_H
#define WH_CONNECT_SQLITE_STATEMENT_H

#include "connect/destination.h"

/* See struct wh_destination_functions. Rows of a statement end with begin, commit and rollback. */
wh_code wh_sqlite_prepare(struct wh_destination *destination, const char *sql,
                          struct wh_statement **ret, struct wh_error *err);
wh_code wh_sqlite_execute(struct wh_statement *statement, const struct wh_param *params,
                          size_t count, struct wh_error *err);
wh_code wh_sqlite_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                       struct wh_error *err);
void wh_sqlite_statement_free(struct wh_statement *statement);
wh_code wh_sqlite_script(struct wh_destination *destination, const char *sql, struct wh_error *err);

/** Ends what all statements of the connection are reading. */
void wh_sqlite_statements_end(struct wh_destination *destination);

/** Takes the connection from its statements, which their owners free later. */
void wh_sqlite_statements_forget(struct wh_destination *destination);

#endif
