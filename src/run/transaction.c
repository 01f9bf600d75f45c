/* SPDX-License-Identifier: Apache-2.0 */
#include "run/transaction.h"

#include "base/error.h"

wh_code wh_run_transaction_begin(const struct wh_run_context *run, struct wh_error *err)
{
    if (run->options->rehearse)
        return WH_OK;
    return run->connection.functions->begin(run->connection.destination, err);
}

wh_code wh_run_transaction_end(const struct wh_run_context *run, wh_code rc, struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    if (run->options->rehearse)
        return rc;
    if (rc == WH_OK)
        return connection->functions->commit(connection->destination, err);
    struct wh_error unused = WH_ERROR_NONE;
    WH_IGNORE(connection->functions->rollback(connection->destination, &unused),
              "the first error is told");
    return rc;
}
