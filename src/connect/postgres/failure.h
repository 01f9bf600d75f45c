/* SPDX-License-Identifier: Apache-2.0 */
/** The server's and libpq's errors as wherry's. */
#ifndef WH_CONNECT_POSTGRES_FAILURE_H
#define WH_CONNECT_POSTGRES_FAILURE_H

#include <stdbool.h>

#include <wherry/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "connect/postgres/libpq.h"

/** SQLSTATE of a connection that never came to be, where the server said none. */
#define WH_POSTGRES_NEVER_MADE "08001"

/** What the code of an error says of what may be done about it. */
struct wh_postgres_meaning {
    wh_code code;
    enum wh_retry retry;
};

#define WH_POSTGRES_TOLD_SIZE 128

/** What a refusal told of itself; "" where it did not, or names are too long. */
struct wh_postgres_broken {
    char sqlstate[6];
    char schema[WH_POSTGRES_TOLD_SIZE];
    char table[WH_POSTGRES_TOLD_SIZE];
    char constraint[WH_POSTGRES_TOLD_SIZE];
};

/** Reads it from a result that failed. */
void wh_postgres_read_broken(const PGresult *result, struct wh_postgres_broken *ret);

/** True for errors that a statement is usually to blame for, and that a row may be, whose trigger,
 *  CHECK or function raised them. */
bool wh_postgres_may_be_a_rows(wh_code code, const char *sqlstate);

/**
 * Fills @p err from a result that failed: code, retry class, SQLSTATE, the server's number for it,
 * the server's message and, where it says more than the row's values, its detail. Returns the code;
 * never WH_OK.
 */
wh_code wh_postgres_result_failure(const PGresult *result, struct wh_error *err);

/** The same for a failure that only the connection knows of: most often it is lost. */
wh_code wh_postgres_connection_failure(const PGconn *connection, struct wh_error *err);

/** The same for a connection that never came to be, with errors in PQERRORS_VERBOSE: a server's no
 *  is told from a server that is not there. */
wh_code wh_postgres_connecting_failure(const PGconn *connection, struct wh_error *err);

#endif
