/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tables.h"

#include "base/buf.h"
#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/once.h"

/** Lists the ledger's tables, in the words of a system's catalogue. */
struct probe {
    const char *dialect;
    const char *before; /* a table's name there, for people: before NAME */
    const char *sql;    /* names without what stands before them; others may be among them */
    const char *drop;   /* what makes an end of the ledger, for people */
};

static const struct probe probes[] = {
    {"sqlite", "wherry_",
     "SELECT substr(name, 8) FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) = "
     "'wherry_'",
     "DROP TABLE for each that is left of the tables wherry_*"},
    {"postgresql", "wherry.",
     "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'wherry'",
     "DROP SCHEMA wherry CASCADE"},
};

static const char *const names[WH_TABLE_COUNT] = {
    [WH_TABLE_LEDGER] = "ledger",   [WH_TABLE_RUN] = "run",
    [WH_TABLE_ITEM] = "item",       [WH_TABLE_CHUNK] = "chunk",
    [WH_TABLE_FILTER] = "filter",   [WH_TABLE_SEGMENT] = "segment",
    [WH_TABLE_STATE] = "state",     [WH_TABLE_STATE_MARK] = "state_mark",
    [WH_TABLE_FAILURE] = "failure", [WH_TABLE_RULE] = "rule",
    [WH_TABLE_ROW] = "row",
};

/* What comes of a run without the ledger of those before it. */
#define A_NEW_LEDGER                                                                               \
    "that run makes a new one and compares every item with the rows that are there, so none is "   \
    "doubled. What was logged before is gone then, and a row that somebody edited since is "       \
    "overwritten like any other that differs"

/* NULL where the destination can hold no ledger. */
static const struct probe *find_probe(const struct wh_connection *connection)
{
    const char *dialect = connection->functions->dialect;
    for (size_t i = 0; dialect != NULL && i < WH_COUNT_OF(probes); i++)
        if (wh_str_is(wh_str_from(dialect), probes[i].dialect))
            return &probes[i];
    return NULL;
}

const char *wh_ledger_table_prefix(const struct wh_connection *connection)
{
    const struct probe *probe = find_probe(connection);
    return probe != NULL ? probe->before : "";
}

static void take_name(struct wh_ledger_tables *tables, struct wh_str name)
{
    for (size_t i = 0; i < WH_TABLE_COUNT; i++)
        if (wh_str_is(name, names[i]) && !tables->is_there[i]) {
            tables->is_there[i] = true;
            tables->count++;
        }
}

wh_code wh_ledger_find_tables(const struct wh_connection *connection, struct wh_ledger_tables *ret,
                              struct wh_error *err)
{
    *ret = (struct wh_ledger_tables){.count = 0};
    const struct probe *probe = find_probe(connection);
    if (probe == NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "this destination can hold no ledger; name another place for it: "
                            "`ledger: sqlite:.wherry/NAME.db`");
    WH_CLEANUP(wh_once_release) struct wh_once once = {NULL, NULL};
    WH_TRY(wh_once_run(&once, connection, probe->sql, NULL, 0, err));
    struct wh_param name;
    wh_code rc;
    while ((rc = connection->functions->next(once.statement, &name, 1, err)) == WH_OK)
        if (name.kind == WH_PARAM_TEXT)
            take_name(ret, name.bytes);
    return rc == WH_END ? WH_OK : rc;
}

/* "wherry.item, wherry.state" */
static wh_code list_lost(const struct wh_ledger_tables *tables, const char *before,
                         struct wh_buf *out, struct wh_error *err)
{
    for (size_t i = 0; i < WH_TABLE_COUNT; i++)
        if (!tables->is_there[i])
            WH_TRY(wh_buf_printf(out, err, "%s%s%s", out->len > 0 ? ", " : "", before, names[i]));
    return WH_OK;
}

static wh_code refuse_lost(const struct probe *probe, const struct wh_ledger_tables *tables,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf lost;
    wh_buf_init(&lost, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(list_lost(tables, probe->before, &lost, err));
    return wh_error_set(
        err, WH_CORRUPT,
        "the ledger has lost its table%s %.*s; no run can go on without. Restore the destination "
        "from a backup that has the whole ledger, or give the ledger up (%s) and run "
        "again: " A_NEW_LEDGER,
        tables->count == WH_TABLE_COUNT - 1 ? "" : "s", WH_FMT(wh_buf_str(&lost)), probe->drop);
}

wh_code wh_ledger_refuse_lost(const struct wh_connection *connection,
                              const struct wh_ledger_tables *tables, struct wh_error *err)
{
    if (tables->count == 0 || tables->count == WH_TABLE_COUNT)
        return WH_OK;
    return refuse_lost(find_probe(connection), tables, err);
}

wh_code wh_ledger_look_again(const struct wh_connection *connection, struct wh_error *err)
{
    struct wh_ledger_tables tables;
    WH_TRY(wh_ledger_find_tables(connection, &tables, err));
    if (tables.count == 0)
        return wh_error_set(err, WH_CORRUPT,
                            "all tables of the ledger were dropped while this run was under way; "
                            "run again: " A_NEW_LEDGER);
    return tables.count < WH_TABLE_COUNT ? refuse_lost(find_probe(connection), &tables, err)
                                         : WH_OK;
}
