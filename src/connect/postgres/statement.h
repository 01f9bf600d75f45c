/* SPDX-License-Identifier: Apache-2.0 */
/** The ledger's statements: prepared on the server,
 *  their rows held whole until the next execution. */
#ifndef WH_CONNECT_POSTGRES_STATEMENT_H
#define WH_CONNECT_POSTGRES_STATEMENT_H

#include "connect/destination.h"

wh_code wh_postgres_prepare(struct wh_destination *destination, const char *sql,
                            struct wh_statement **ret, struct wh_error *err);
wh_code wh_postgres_execute(struct wh_statement *statement, const struct wh_param *params,
                            size_t count, struct wh_error *err);
wh_code wh_postgres_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                         struct wh_error *err);
void wh_postgres_statement_free(struct wh_statement *statement);
wh_code wh_postgres_script(struct wh_destination *destination, const char *sql,
                           struct wh_error *err);

/** Tells all statements that their connection is gone: before it closes. */
void wh_postgres_statements_forget(struct wh_destination *destination);

#endif
