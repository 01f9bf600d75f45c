/* SPDX-License-Identifier: Apache-2.0 */
#include "write/transaction.h"

#include "base/error.h"

/* Savepoints of a rehearsal are nested by nothing else. */
enum { REHEARSAL_DEPTH = 1 };

wh_code wh_transaction_begin(const struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_connection *connection = writing->commit.connection;
    if (writing->options.is_rehearsal)
        return connection->functions->savepoint(connection->destination, REHEARSAL_DEPTH, err);
    if (writing->options.waits_for_disk || connection->functions->begin_unsynced == NULL)
        return connection->functions->begin(connection->destination, err);
    return connection->functions->begin_unsynced(connection->destination, err);
}

wh_code wh_transaction_end(const struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_connection *connection = writing->commit.connection;
    if (!writing->options.is_rehearsal)
        return connection->functions->commit(connection->destination, err);
    /* What a commit would refuse: a trigger of the destination's may have
     * deferred constraints again. */
    if ((connection->functions->capabilities & WH_ENFORCES_EARLY) != 0)
        WH_TRY(connection->functions->enforce(connection->destination, err));
    return connection->functions->release(connection->destination, REHEARSAL_DEPTH, err);
}

void wh_transaction_undo(const struct wh_writing *writing)
{
    const struct wh_connection *connection = writing->commit.connection;
    struct wh_error unused = WH_ERROR_NONE;
    if (!writing->options.is_rehearsal) {
        WH_IGNORE(connection->functions->rollback(connection->destination, &unused),
                  "the first error is told");
        return;
    }
    WH_IGNORE(connection->functions->rollback_to(connection->destination, REHEARSAL_DEPTH, &unused),
              "the first error is told");
    WH_IGNORE(connection->functions->release(connection->destination, REHEARSAL_DEPTH, &unused),
              "the first error is told");
}
