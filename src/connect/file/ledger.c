/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of a file destination is another destination's: its functions are handed on, and a
 * transaction takes the outputs along. */
#include <stdlib.h>

#include "base/crash.h"
#include "base/error.h"
#include "connect/file/destination.h"

static const struct wh_connection *ledger_of(struct wh_destination *opened)
{
    return &wh_file_destination_from(opened)->ledger;
}

/* ---- transactions ---------------------------------------------------------------------------- */

wh_code wh_file_ledger_begin(struct wh_destination *opened, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->begin(ledger->destination, err);
}

wh_code wh_file_ledger_begin_reading(struct wh_destination *opened, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->begin_reading(ledger->destination, err);
}

wh_code wh_file_ledger_commit(struct wh_destination *opened, struct wh_error *err)
{
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    const struct wh_connection *ledger = &destination->ledger;
    WH_TRY(wh_file_outputs_sync(destination, err));
    WH_CRASH_POINT("output.synced");
    WH_TRY(ledger->functions->commit(ledger->destination, err));
    wh_file_outputs_settle(destination);
    return WH_OK;
}

wh_code wh_file_ledger_rollback(struct wh_destination *opened, struct wh_error *err)
{
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    const struct wh_connection *ledger = &destination->ledger;
    wh_code cut = wh_file_outputs_cut(destination, err);
    wh_code rc = ledger->functions->rollback(ledger->destination, cut == WH_OK ? err : NULL);
    return cut != WH_OK ? cut : rc;
}

/* A rehearsal is one transaction whose groups are savepoints, and its files are removed at the end:
 * what a group that was taken back left in them is of no account. */
wh_code wh_file_ledger_savepoint(struct wh_destination *opened, int depth, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->savepoint(ledger->destination, depth, err);
}

wh_code wh_file_ledger_release(struct wh_destination *opened, int depth, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->release(ledger->destination, depth, err);
}

wh_code wh_file_ledger_rollback_to(struct wh_destination *opened, int depth, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->rollback_to(ledger->destination, depth, err);
}

/* ---- locks, identity ------------------------------------------------------------------------- */

wh_code wh_file_ledger_lock(struct wh_destination *opened, struct wh_str name, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->lock(ledger->destination, name, err);
}

wh_code wh_file_ledger_unlock(struct wh_destination *opened, struct wh_str name,
                              struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->unlock(ledger->destination, name, err);
}

wh_code wh_file_ledger_holder(struct wh_destination *opened, struct wh_str name,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->holder(ledger->destination, name, arena, ret, err);
}

wh_code wh_file_ledger_identity(struct wh_destination *opened, struct wh_arena *arena,
                                struct wh_str *ret, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->identity(ledger->destination, arena, ret, err);
}

void wh_file_ledger_interrupt(struct wh_destination *opened)
{
    const struct wh_connection *ledger = ledger_of(opened);
    ledger->functions->interrupt(ledger->destination);
}

/* ---- statements ------------------------------------------------------------------------------ */

/** A statement of the ledger's, with the functions that it is used through. */
struct file_statement {
    const struct wh_destination_functions *functions;
    struct wh_statement *inner;
};

static struct file_statement *statement_from(struct wh_statement *statement)
{
    return (struct file_statement *)statement;
}

wh_code wh_file_ledger_prepare(struct wh_destination *opened, const char *sql,
                               struct wh_statement **ret, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    struct file_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL)
        return wh_error_no_memory(err, sizeof(*statement));
    statement->functions = ledger->functions;
    wh_code rc = ledger->functions->prepare(ledger->destination, sql, &statement->inner, err);
    if (rc != WH_OK) {
        free(statement);
        return rc;
    }
    *ret = (struct wh_statement *)statement;
    return WH_OK;
}

wh_code wh_file_ledger_execute(struct wh_statement *statement, const struct wh_param *params,
                               size_t count, struct wh_error *err)
{
    const struct file_statement *own = statement_from(statement);
    return own->functions->execute(own->inner, params, count, err);
}

wh_code wh_file_ledger_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                            struct wh_error *err)
{
    const struct file_statement *own = statement_from(statement);
    return own->functions->next(own->inner, row, count, err);
}

void wh_file_ledger_statement_free(struct wh_statement *statement)
{
    if (statement == NULL)
        return;
    struct file_statement *own = statement_from(statement);
    own->functions->statement_free(own->inner);
    free(own);
}

wh_code wh_file_ledger_script(struct wh_destination *opened, const char *sql, struct wh_error *err)
{
    const struct wh_connection *ledger = ledger_of(opened);
    return ledger->functions->script(ledger->destination, sql, err);
}
