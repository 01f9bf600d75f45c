/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tables.h"

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

/* Every ledger has these, whatever its version. The first says which version that is. */
static const char *const names[] = {"ledger", "run",        "item",    "chunk", "filter", "segment",
                                    "state",  "state_mark", "failure", "rule",  "row"};

/* What comes of a run without the ledger of those before it. */
#define A_NEW_LEDGER                                                                               \
    "that run makes a new one and compares every item with the rows that are there, so none is "   \
    "doubled. What was logged before is gone then, and a row that somebody edited since is "       \
    "overwritten like any other that differs"

enum { NAME_COUNT = WH_COUNT_OF(names) };

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

static wh_code read_names(const struct wh_connection *connection, const struct probe *probe,
                          bool is_there[NAME_COUNT], struct wh_error *err)
{
    WH_CLEANUP(wh_once_release) struct wh_once once = {NULL, NULL};
    WH_TRY(wh_once_run(&once, connection, probe->sql, NULL, 0, err));
    struct wh_param name;
    wh_code rc;
    while ((rc = connection->functions->next(once.statement, &name, 1, err)) == WH_OK)
        for (size_t i = 0; i < NAME_COUNT && name.kind == WH_PARAM_TEXT; i++)
            is_there[i] |= wh_str_is(name.bytes, names[i]);
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_ledger_find_tables(const struct wh_connection *connection, struct wh_arena *arena,
                              struct wh_ledger_tables *ret, struct wh_error *err)
{
    *ret = (struct wh_ledger_tables){.lost = WH_STR("")};
    const struct probe *probe = find_probe(connection);
    if (probe == NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "this destination can hold no ledger; name another place for it: "
                            "`ledger: sqlite:.wherry/NAME.db`");
    bool is_there[NAME_COUNT] = {false};
    WH_TRY(read_names(connection, probe, is_there, err));
    ret->has_ledger = is_there[0];
    for (size_t i = 0; i < NAME_COUNT; i++) {
        ret->has_any |= is_there[i];
        if (is_there[i])
            continue;
        WH_TRY(wh_arena_format(arena, &ret->lost, err, "%.*s%s%s%s", WH_FMT(ret->lost),
                               ret->lost_count > 0 ? ", " : "", probe->before, names[i]));
        ret->lost_count++;
    }
    return WH_OK;
}

wh_code wh_ledger_refuse_lost(const struct wh_connection *connection,
                              const struct wh_ledger_tables *tables, struct wh_error *err)
{
    if (!tables->has_any || tables->lost_count == 0)
        return WH_OK;
    return wh_error_set(
        err, WH_CORRUPT,
        "the ledger has lost its table%s %.*s; no run can go on without. Restore the destination "
        "from a backup that has the whole ledger, or give the ledger up (%s) and run "
        "again: " A_NEW_LEDGER,
        tables->lost_count == 1 ? "" : "s", WH_FMT(tables->lost), find_probe(connection)->drop);
}

wh_code wh_ledger_check_tables(const struct wh_connection *connection, bool was_there,
                               struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_ledger_tables tables;
    WH_TRY(wh_ledger_find_tables(connection, &arena, &tables, err));
    if (was_there && !tables.has_any)
        return wh_error_set(err, WH_CORRUPT,
                            "all tables of the ledger were dropped while this run was under way; "
                            "run again: " A_NEW_LEDGER);
    return wh_ledger_refuse_lost(connection, &tables, err);
}
