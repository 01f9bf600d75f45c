/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tables.h"

#include "base/buf.h"
#include "base/error.h"
#include "ledger/once.h"

/** Lists the ledger's tables, in the words of a system's catalogue. */
struct probe {
    const char *dialect;
    const char *before; /* a table's name there, for people: before NAME */
    const char *sql;    /* names without what stands before them; others may be among them */
    const char *drop;   /* what makes an end of the ledger and of nothing else, for people */
    const char *rows;   /* makes the table of plain rows, as its schema file does */
};

static const struct probe probes[] = {
    {"sqlite", "wherry_",
     "SELECT substr(name, 8) FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) = "
     "'wherry_'",
     "DROP TABLE for each that is left of the tables wherry_*",
     "CREATE TABLE wherry_row (run INTEGER NOT NULL, item TEXT NOT NULL, key TEXT, status TEXT NOT "
     "NULL, place TEXT, source TEXT, before_image TEXT, after_image TEXT)"},
    {"postgresql", "wherry.",
     "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'wherry'",
     "DROP SCHEMA wherry CASCADE, or DROP TABLE for each of its tables if anything else is in that "
     "schema",
     "CREATE TABLE wherry.row (run bigint NOT NULL, item text NOT NULL, key text, status text NOT "
     "NULL, place text, source text, before_image text, after_image text)"},
};

static const char *const names[WH_TABLE_COUNT] = {
    [WH_TABLE_LEDGER] = "ledger",   [WH_TABLE_RUN] = "run",
    [WH_TABLE_ITEM] = "item",       [WH_TABLE_CHUNK] = "chunk",
    [WH_TABLE_FILTER] = "filter",   [WH_TABLE_SEGMENT] = "segment",
    [WH_TABLE_STATE] = "state",     [WH_TABLE_STATE_MARK] = "state_mark",
    [WH_TABLE_FAILURE] = "failure", [WH_TABLE_RULE] = "rule",
    [WH_TABLE_ROW] = "row",
};

/* So many of these names are no chance, in a schema of this name. */
enum { SEVERAL = 3 };

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

const char *wh_ledger_drop(const struct wh_connection *connection)
{
    const struct probe *probe = find_probe(connection);
    return probe != NULL ? probe->drop : "";
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

/* True where they are what is left of a ledger; one or two without the first may be anybody's. */
static bool were_ledger(const struct wh_ledger_tables *tables)
{
    return tables->is_there[WH_TABLE_LEDGER] || tables->count >= SEVERAL;
}

/* "wherry.item, wherry.state": those that are there, or those that are not. */
static wh_code list(const struct wh_ledger_tables *tables, bool is_there, const char *before,
                    struct wh_buf *out, struct wh_error *err)
{
    for (size_t i = 0; i < WH_TABLE_COUNT; i++)
        if (tables->is_there[i] == is_there)
            WH_TRY(wh_buf_printf(out, err, "%s%s%s", out->len > 0 ? ", " : "", before, names[i]));
    return WH_OK;
}

static bool lacks_only(const struct wh_ledger_tables *tables, enum wh_ledger_table table)
{
    return tables->count == WH_TABLE_COUNT - 1 && !tables->is_there[table];
}

/* No run reads it; one with `log: rows` writes it. */
static wh_code refuse_lost_rows(const struct probe *probe, struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT,
                        "the ledger has lost its table %s%s, where `log: rows` keeps every item as "
                        "a plain row. Restore it from a backup, or make it again, empty: all else "
                        "of the log is there. %s",
                        probe->before, names[WH_TABLE_ROW], probe->rows);
}

static wh_code refuse_lost(const struct probe *probe, const struct wh_ledger_tables *tables,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf lost;
    wh_buf_init(&lost, WH_ERROR_MESSAGE_SIZE);
    if (lacks_only(tables, WH_TABLE_ROW))
        return refuse_lost_rows(probe, err);
    WH_TRY(list(tables, false, probe->before, &lost, err));
    return wh_error_set(
        err, WH_CORRUPT,
        "the ledger has lost its table%s %.*s; no run can go on without. Restore the destination "
        "from a backup that has the whole ledger, or give the ledger up (%s) and run "
        "again: " A_NEW_LEDGER,
        tables->count == WH_TABLE_COUNT - 1 ? "" : "s", WH_FMT(wh_buf_str(&lost)), probe->drop);
}

static wh_code refuse_others(const struct probe *probe, const struct wh_ledger_tables *tables,
                             struct wh_error *err)
{
    bool is_one = tables->count == 1;
    WH_CLEANUP(wh_buf_release) struct wh_buf others;
    wh_buf_init(&others, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(list(tables, true, probe->before, &others, err));
    return wh_error_set(err, WH_UNREACHABLE,
                        "the ledger needs the name%s of table%s %.*s, and no table %s%s says that "
                        "%s a ledger's. Rename %s if %s somebody else's, drop %s if a ledger left "
                        "%s behind, and run again",
                        is_one ? "" : "s", is_one ? "" : "s", WH_FMT(wh_buf_str(&others)),
                        probe->before, names[WH_TABLE_LEDGER], is_one ? "it is" : "they are",
                        is_one ? "it" : "them", is_one ? "it is" : "they are",
                        is_one ? "it" : "them", is_one ? "it" : "them");
}

wh_code wh_ledger_refuse_lost(const struct wh_connection *connection,
                              const struct wh_ledger_tables *tables, struct wh_error *err)
{
    if (tables->count == 0 || tables->count == WH_TABLE_COUNT)
        return WH_OK;
    const struct probe *probe = find_probe(connection);
    return were_ledger(tables) ? refuse_lost(probe, tables, err)
                               : refuse_others(probe, tables, err);
}

wh_code wh_ledger_look_again(const struct wh_connection *connection,
                             struct wh_ledger_tables *ret_left, struct wh_error *err)
{
    WH_TRY(wh_ledger_find_tables(connection, ret_left, err));
    if (ret_left->count == 0)
        return wh_error_set(err, WH_CORRUPT,
                            "all tables of the ledger were dropped while this run was under way; "
                            "run again: " A_NEW_LEDGER);
    return ret_left->count < WH_TABLE_COUNT ? refuse_lost(find_probe(connection), ret_left, err)
                                            : WH_OK;
}
