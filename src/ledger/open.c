/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/error.h"
#include "ledger/statements.h"
#include "ledger/upgrade.h"

static wh_code check(const struct wh_connection *connection, bool read_only,
                     struct wh_ledger_tables *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_ledger_form form;
    WH_TRY(wh_ledger_look(connection, &arena, &form, err));
    if (!form.exists)
        return WH_END;
    WH_TRY(wh_ledger_check(connection, &form, &arena, err));
    if (!read_only && form.version < WH_LEDGER_VERSION)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the ledger has version %d and is written by this wherry from version "
                            "%d on; `wherry run` upgrades it",
                            form.version, WH_LEDGER_VERSION);
    *ret = form.tables;
    return WH_OK;
}

wh_code wh_ledger_open(const struct wh_connection *connection, bool read_only,
                       struct wh_ledger **ret, struct wh_error *err)
{
    struct wh_ledger_tables tables;
    WH_TRY(check(connection, read_only, &tables, err));
    struct wh_ledger *ledger = calloc(1, sizeof(*ledger));
    if (ledger == NULL)
        return wh_error_no_memory(err, sizeof(*ledger));
    ledger->connection = *connection;
    ledger->tables = tables;
    *ret = ledger;
    return WH_OK;
}

void wh_ledger_close(struct wh_ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (size_t i = 0; i < WH_SQL_COUNT; i++)
        if (ledger->statements[i] != NULL)
            ledger->connection.functions->statement_free(ledger->statements[i]);
    free(ledger);
}

wh_code wh_ledger_begin_reading(struct wh_ledger *ledger, struct wh_error *err)
{
    return ledger->connection.functions->begin_reading(ledger->connection.destination, err);
}

void wh_ledger_end_reading(struct wh_ledger *ledger)
{
    struct wh_error unused = WH_ERROR_NONE;
    WH_IGNORE(ledger->connection.functions->rollback(ledger->connection.destination, &unused),
              "nothing was written, and whoever reads on hears of a connection that was lost");
}

bool wh_ledger_has(const struct wh_ledger *ledger, enum wh_ledger_table table)
{
    return ledger->tables.is_there[table];
}

wh_code wh_ledger_check_whole(const struct wh_ledger *ledger, struct wh_error *err)
{
    return wh_ledger_refuse_lost(&ledger->connection, &ledger->tables, err);
}
