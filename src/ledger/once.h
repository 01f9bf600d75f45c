/* SPDX-License-Identifier: Apache-2.0 */
/** A statement that is used once, and freed with its functions. */
#ifndef WH_LEDGER_ONCE_H
#define WH_LEDGER_ONCE_H

#include "connect/destination.h"

struct wh_once {
    const struct wh_destination_functions *functions;
    struct wh_statement *statement;
};

static inline void wh_once_release(struct wh_once *once)
{
    if (once->statement != NULL)
        once->functions->statement_free(once->statement);
}

/** Prepares and starts it; its rows are asked for with `functions->next`. */
WH_MUST_CHECK static inline wh_code wh_once_run(struct wh_once *once,
                                                const struct wh_connection *connection,
                                                const char *sql, const struct wh_param *params,
                                                size_t count, struct wh_error *err)
{
    once->functions = connection->functions;
    wh_code rc =
        connection->functions->prepare(connection->destination, sql, &once->statement, err);
    return rc == WH_OK ? connection->functions->execute(once->statement, params, count, err) : rc;
}

#endif
