/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's schema is made and upgraded by the numbered files of src/ledger/schema/<dialect>,
 * one transaction each: it has one version or the next, never something between.
 */
#include "ledger/upgrade.h"

#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "ledger/clock_text.h"
#include "ledger/ledger.h"
#include "ledger/once.h"
#include "ledger/schema_files.h"
#include "sql/quote.h"

static const char newest_step[] =
    "SELECT version, destination FROM wherry.ledger ORDER BY version DESC LIMIT 1";

static const char record_step[] =
    "INSERT INTO wherry.ledger (version, destination, wherry, at) VALUES ($1, $2, $3, $4)";

/* ---- looking --------------------------------------------------------------------------------- */

static wh_code read_form(const struct wh_connection *connection, struct wh_arena *arena,
                         struct wh_ledger_form *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_once_release) struct wh_once once = {NULL, NULL};
    WH_TRY(wh_once_run(&once, connection, newest_step, NULL, 0, err));
    struct wh_param row[2];
    wh_code rc = connection->functions->next(once.statement, row, WH_COUNT_OF(row), err);
    if (rc != WH_OK && rc != WH_END)
        return rc;
    if (rc == WH_END || row[0].kind != WH_PARAM_INT || row[0].number < 1 ||
        row[0].number > INT32_MAX || row[1].kind != WH_PARAM_TEXT)
        return wh_error_set(err, WH_CORRUPT,
                            "table %sledger does not say which version the ledger has",
                            wh_ledger_table_prefix(connection));
    ret->version = (int)row[0].number;
    return wh_arena_copy(arena, row[1].bytes, &ret->destination, err);
}

wh_code wh_ledger_look(const struct wh_connection *connection, struct wh_arena *arena,
                       struct wh_ledger_form *ret, struct wh_error *err)
{
    *ret = (struct wh_ledger_form){.exists = false};
    WH_TRY(wh_ledger_find_tables(connection, &ret->tables, err));
    ret->exists = ret->tables.count > 0;
    if (!ret->exists)
        return WH_OK;
    /* Nothing says what the others are without it. */
    if (!ret->tables.is_there[WH_TABLE_LEDGER])
        return wh_ledger_refuse_lost(connection, &ret->tables, err);
    return read_form(connection, arena, ret, err);
}

/* A dump that was restored elsewhere, a database that was made from another one, a copied file. */
static wh_code refuse_copied(const struct wh_connection *connection, struct wh_str bound,
                             struct wh_str identity, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf adopt;
    wh_buf_init(&adopt, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(wh_buf_printf(&adopt, err,
                         "UPDATE %sledger SET destination = ", wh_ledger_table_prefix(connection)));
    WH_TRY(wh_sql_append_text(&adopt, identity, err));
    return wh_error_set(err, WH_CONFLICT,
                        "the ledger belongs to another destination, '%.*s': it was copied or "
                        "restored here. If all of the data came along with it, make it this one's: "
                        "%.*s; if not, give it up: %s",
                        WH_FMT(bound), WH_FMT(wh_buf_str(&adopt)), wh_ledger_drop(connection));
}

wh_code wh_ledger_check(const struct wh_connection *connection, const struct wh_ledger_form *form,
                        struct wh_arena *arena, struct wh_error *err)
{
    if (form->version > WH_LEDGER_VERSION)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the ledger has version %d, written by a newer wherry than this one "
                            "(%s knows version %d); use the newer one",
                            form->version, WH_VERSION, WH_LEDGER_VERSION);
    struct wh_str identity;
    WH_TRY(connection->functions->identity(connection->destination, arena, &identity, err));
    return wh_str_equal(identity, form->destination)
               ? WH_OK
               : refuse_copied(connection, form->destination, identity, err);
}

/* ---- upgrading ------------------------------------------------------------------------------- */

static wh_code record(const struct wh_connection *connection, int version, struct wh_str identity,
                      struct wh_error *err)
{
    char room[WH_CLOCK_TEXT_SIZE];
    struct wh_param params[] = {
        wh_param_int(version),
        wh_param_text(identity),
        wh_param_text(WH_STR(WH_VERSION)),
        wh_param_text(wh_clock_text(wh_clock_now(), room)),
    };
    WH_CLEANUP(wh_once_release) struct wh_once once = {NULL, NULL};
    return wh_once_run(&once, connection, record_step, params, WH_COUNT_OF(params), err);
}

static wh_code make_version(const struct wh_connection *connection,
                            const struct wh_ledger_schema_file *file, struct wh_str identity,
                            struct wh_error *err)
{
    WH_TRY(connection->functions->script(connection->destination, file->sql, err));
    return record(connection, file->number, identity, err);
}

static wh_code in_transaction(const struct wh_connection *connection,
                              const struct wh_ledger_schema_file *file, struct wh_str identity,
                              struct wh_error *err)
{
    const struct wh_destination_functions *functions = connection->functions;
    WH_TRY(functions->begin(connection->destination, err));
    wh_code rc = make_version(connection, file, identity, err);
    WH_CRASH_POINT("ledger.upgrade.before_commit");
    if (rc == WH_OK)
        rc = functions->commit(connection->destination, err);
    if (rc == WH_OK)
        return WH_OK;
    struct wh_error later = WH_ERROR_NONE;
    WH_IGNORE(functions->rollback(connection->destination, &later), "the first error counts");
    return rc;
}

static wh_code take_step(const struct wh_connection *connection,
                         const struct wh_ledger_schema_file *file, struct wh_str identity,
                         bool is_rehearsal, struct wh_error *err)
{
    wh_code rc = is_rehearsal ? make_version(connection, file, identity, err)
                              : in_transaction(connection, file, identity, err);
    if (rc == WH_OK)
        return WH_OK;
    wh_error_prefix(err, rc, "making version %d of the ledger", file->number);
    if (file->number > 1 && err != NULL && strcmp(err->sqlstate, "42501") == 0)
        wh_error_prefix(err, rc,
                        "the ledger's tables are upgraded by whoever owns them: let that role run "
                        "this migration once, or give the tables to the one that runs it");
    return rc;
}

wh_code wh_ledger_prepare(const struct wh_connection *connection, bool is_rehearsal,
                          struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_ledger_form form;
    WH_TRY(wh_ledger_look(connection, &arena, &form, err));
    if (form.exists)
        WH_TRY(wh_ledger_check(connection, &form, &arena, err));
    WH_TRY(wh_ledger_refuse_lost(connection, &form.tables, err));
    struct wh_str identity;
    WH_TRY(connection->functions->identity(connection->destination, &arena, &identity, err));
    struct wh_str dialect = wh_str_from(connection->functions->dialect);
    for (size_t i = 0; i < wh_ledger_schema_file_count; i++) {
        const struct wh_ledger_schema_file *file = &wh_ledger_schema_files[i];
        if (wh_str_is(dialect, file->dialect) && file->number > form.version)
            WH_TRY(take_step(connection, file, identity, is_rehearsal, err));
    }
    return WH_OK;
}
