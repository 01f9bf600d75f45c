/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/advice.h"

#include <inttypes.h>

#include "base/error.h"
#include "connect/postgres/running.h"
#include "connect/postgres/table.h"

/* Statements that are longer than this are not shown, but how to have them told. */
#define MAX_STATEMENTS "1200"

/** Advice on one table in the making. */
struct advising {
    struct wh_destination *destination;
    const struct wh_advice_request *request;
    struct wh_postgres_relation table;
    struct wh_advice *ret;
    struct wh_error *err;
};

/** The next sentence; more than there is room for take each other's place. */
static struct wh_str *next(const struct advising *advising)
{
    struct wh_advice *ret = advising->ret;
    if (ret->count < WH_COUNT_OF(ret->sentences))
        ret->count++;
    return &ret->sentences[ret->count - 1];
}

#define ADD(advising, ...)                                                                         \
    wh_arena_format((advising)->request->arena, next(advising), (advising)->err, __VA_ARGS__)

static wh_code ask(const struct advising *advising, const char *sql, PGresult **ret)
{
    return wh_postgres_query_about(advising->destination, sql, advising->table.oid, ret,
                                   advising->err);
}

/* ---- the server ------------------------------------------------------------------------------ */

static wh_code advise_on_server(struct advising *advising)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_is_in_recovery(), "
        "pg_catalog.current_setting('synchronous_standby_names'), "
        "pg_catalog.current_setting('synchronous_commit'), "
        "pg_catalog.current_setting('server_encoding'), (SELECT reset_val FROM "
        "pg_catalog.pg_settings WHERE name = 'default_transaction_read_only')";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    if (!advising->request->is_first)
        return WH_OK;
    WH_TRY(wh_postgres_query(advising->destination, sql, NULL, 0, &rows, advising->err));
    const char *standby = PQgetvalue(rows, 0, 1);
    struct wh_str commit = wh_postgres_text_at(rows, 0, 2);
    if (wh_postgres_is_true_at(rows, 0, 0))
        WH_TRY(ADD(advising, "the server is a standby, to which nothing can be written; name its "
                             "primary under 'destination'"));
    /* That of this session is its own. */
    else if (wh_str_is(wh_postgres_text_at(rows, 0, 4), "on"))
        WH_TRY(ADD(advising,
                   "whatever the role does there is read-only, and nothing can be written: "
                   "ALTER ROLE … SET default_transaction_read_only = off, or add "
                   "options=-cdefault_transaction_read_only=off to the URL"));
    struct wh_str encoding = wh_postgres_text_at(rows, 0, 3);
    if (!wh_str_is(encoding, "UTF8"))
        WH_TRY(ADD(advising,
                   "the database's encoding is %.*s: an item with a text for a column that holds a "
                   "character which it lacks is rejected; a database in UTF8 takes all",
                   WH_FMT(encoding)));
    if (standby[0] == '\0' || wh_str_is(commit, "off") || wh_str_is(commit, "local"))
        return WH_OK;
    return ADD(advising,
               "the end of each item type waits for a standby (synchronous_standby_names = '%s', "
               "synchronous_commit = %.*s), and where that is away, for ever; partial runs and "
               "deletions wait at each commit",
               standby, WH_FMT(commit));
}

/* ---- what the role may ----------------------------------------------------------------------- */

/* What a column needs: one a column of privileges_sql, behind the name. */
enum { PRIVILEGES = 3 };
static const char *const privileges[PRIVILEGES] = {"SELECT", "INSERT", "UPDATE"};

static const struct wh_advice_column *find_column(const struct advising *advising,
                                                  struct wh_str name)
{
    const struct wh_advice_request *request = advising->request;
    for (size_t i = 0; i < request->column_count; i++)
        if (wh_str_equal(request->columns[i].name, name))
            return &request->columns[i];
    return NULL;
}

/** Which privilege is missing on a column at least: names in *ret, "": none. */
static wh_code list_missing(const struct advising *advising, const PGresult *rows,
                            struct wh_str *ret)
{
    bool is_missing[PRIVILEGES] = {false};
    *ret = WH_STR("");
    for (int i = 0; i < PQntuples(rows); i++) {
        const struct wh_advice_column *column =
            find_column(advising, wh_postgres_text_at(rows, i, 0));
        for (int p = 0; column != NULL && p < PRIVILEGES; p++)
            if (p < PRIVILEGES - 1 || (column->is_updated && advising->request->updates))
                is_missing[p] |= !wh_postgres_is_true_at(rows, i, 1 + p);
    }
    for (int p = 0; p < PRIVILEGES; p++)
        if (is_missing[p])
            WH_TRY(wh_arena_format(advising->request->arena, ret, advising->err, "%.*s%s%s",
                                   WH_FMT(*ret), ret->len > 0 ? ", " : "", privileges[p]));
    if (!advising->request->deletes || PQntuples(rows) == 0 ||
        wh_postgres_is_true_at(rows, 0, 1 + PRIVILEGES))
        return WH_OK;
    return wh_arena_format(advising->request->arena, ret, advising->err, "%.*s%sDELETE",
                           WH_FMT(*ret), ret->len > 0 ? ", " : "");
}

static wh_code advise_on_grants(struct advising *advising)
{
    static const char sql[] =
        "SELECT attname, pg_catalog.has_column_privilege(attrelid, attnum, 'SELECT'), "
        "pg_catalog.has_column_privilege(attrelid, attnum, 'INSERT'), "
        "pg_catalog.has_column_privilege(attrelid, attnum, 'UPDATE'), "
        "pg_catalog.has_table_privilege(attrelid, 'DELETE') FROM pg_catalog.pg_attribute "
        "WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str missing;
    WH_TRY(ask(advising, sql, &rows));
    WH_TRY(list_missing(advising, rows, &missing));
    if (missing.len == 0)
        return WH_OK;
    const struct wh_postgres_relation *table = &advising->table;
    return ADD(advising,
               "role '%.*s' lacks %.*s on %.*s, or on columns of it that are mapped: items that "
               "need it will fail, or stop the run; GRANT %.*s ON %.*s TO %.*s",
               WH_FMT(table->role), WH_FMT(missing), WH_FMT(table->sql_name), WH_FMT(missing),
               WH_FMT(table->sql_name), WH_FMT(table->sql_role));
}

/* ---- how the table is kept ------------------------------------------------------------------- */

static wh_code advise_on_logging(struct advising *advising)
{
    static const char sql[] = "SELECT relpersistence = 'u' FROM pg_catalog.pg_class WHERE oid = "
                              "$1::oid";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(ask(advising, sql, &rows));
    if (PQntuples(rows) == 0 || !wh_postgres_is_true_at(rows, 0, 0))
        return WH_OK;
    struct wh_str name = advising->table.sql_name;
    return ADD(advising,
               "%.*s is UNLOGGED: a crash of the server empties it, with no word to the ledger; "
               "when the migration is done: ALTER TABLE %.*s SET LOGGED",
               WH_FMT(name), WH_FMT(name));
}

/** A published table whose rows cannot be told apart refuses updates and deletes. */
static wh_code advise_on_publication(struct advising *advising)
{
    static const char sql[] =
        "SELECT pg_catalog.string_agg(DISTINCT p.pubname, ', '), pg_catalog.bool_or(p.pubupdate), "
        "pg_catalog.bool_or(p.pubdelete), c.relreplident, EXISTS (SELECT 1 FROM "
        "pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid) "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_catalog.pg_publication_tables t ON t.schemaname = n.nspname AND t.tablename = "
        "c.relname JOIN pg_catalog.pg_publication p ON p.pubname = t.pubname "
        "WHERE c.oid = $1::oid GROUP BY c.oid, c.relreplident";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(ask(advising, sql, &rows));
    if (PQntuples(rows) == 0)
        return WH_OK;
    const struct wh_advice_request *request = advising->request;
    struct wh_str name = advising->table.sql_name;
    char identity = PQgetvalue(rows, 0, 3)[0];
    bool has_key = wh_postgres_is_true_at(rows, 0, 4);
    bool is_used = (request->updates && wh_postgres_is_true_at(rows, 0, 1)) ||
                   (request->deletes && wh_postgres_is_true_at(rows, 0, 2));
    if (is_used && (identity == 'n' || (identity == 'd' && !has_key)))
        return ADD(advising,
                   "%.*s is published (%s) without a replica identity: the server refuses to "
                   "update or delete rows of it; ALTER TABLE %.*s REPLICA IDENTITY %s",
                   WH_FMT(name), PQgetvalue(rows, 0, 0), WH_FMT(name),
                   has_key ? "DEFAULT"
                           : "USING INDEX, with a unique index over columns that are "
                             "NOT NULL");
    if (!is_used || identity != 'f' || !has_key)
        return WH_OK;
    return ADD(advising,
               "%.*s is published (%s) with REPLICA IDENTITY FULL: each changed row is logged "
               "whole, and a subscriber looks for it by all its columns; ALTER TABLE %.*s REPLICA "
               "IDENTITY DEFAULT",
               WH_FMT(name), PQgetvalue(rows, 0, 0), WH_FMT(name));
}

/* ---- a first load ---------------------------------------------------------------------------- */

/** Indexes that no key needs: rows are entered faster when all are there. */
static wh_code advise_on_indexes(struct advising *advising)
{
    /* The definition of a partitioned table's says ONLY, which would make one without parts. */
    static const char sql[] =
        "WITH found AS (SELECT x.relname, pg_catalog.format('%I.%I', n.nspname, x.relname) AS "
        "name, "
        "CASE x.relkind WHEN 'I' THEN pg_catalog.replace(pg_catalog.pg_get_indexdef(x.oid), "
        "' ON ONLY ', ' ON ') ELSE pg_catalog.pg_get_indexdef(x.oid) END AS definition "
        "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid "
        "JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace WHERE i.indrelid = $1::oid "
        "AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident AND i.indislive) "
        "SELECT pg_catalog.count(*), pg_catalog.string_agg(relname, ', ' ORDER BY relname), "
        "pg_catalog.string_agg(name, ', ' ORDER BY relname), "
        "pg_catalog.string_agg(definition, '; ' ORDER BY relname), "
        "pg_catalog.sum(pg_catalog.length(definition)) <= " MAX_STATEMENTS " FROM found";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(ask(advising, sql, &rows));
    int64_t count = wh_postgres_number_at(rows, 0, 0);
    if (count == 0)
        return WH_OK;
    bool is_shown = wh_postgres_is_true_at(rows, 0, 4);
    return ADD(advising,
               "table '%.*s' is empty and has %" PRId64 " index%s that no key needs (%s): each new "
               "row is entered there, too, one by one; make %s when the rows are there. Before the "
               "first run%s: DROP INDEX %s; behind it: %s",
               WH_FMT(advising->table.name), count, count == 1 ? "" : "es", PQgetvalue(rows, 0, 1),
               count == 1 ? "it" : "them",
               is_shown ? "" : ", with pg_dump --section=post-data at hand", PQgetvalue(rows, 0, 2),
               is_shown ? PQgetvalue(rows, 0, 3) : "CREATE INDEX …");
}

/** Foreign keys into a large table. */
static wh_code advise_on_lookups(struct advising *advising)
{
    static const char sql[] =
        "SELECT pg_catalog.quote_ident(k.conname), k.confrelid::pg_catalog.regclass, "
        "c.reltuples::pg_catalog.int8, pg_catalog.pg_get_constraintdef(k.oid) "
        "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.confrelid "
        "WHERE k.conrelid = $1::oid AND k.contype = 'f' AND k.conparentid = 0 "
        "AND k.confrelid <> k.conrelid AND c.reltuples >= 1000000 ORDER BY k.conname";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(ask(advising, sql, &rows));
    struct wh_str name = advising->table.sql_name;
    for (int i = 0; i < PQntuples(rows); i++) {
        const char *key = PQgetvalue(rows, i, 0);
        WH_TRY(ADD(advising,
                   "foreign key %s looks each new row up in %s (about %" PRId64 " rows). Where "
                   "nothing can be missing there, drop it for the first run: ALTER TABLE %.*s DROP "
                   "CONSTRAINT %s; behind it: ALTER TABLE %.*s ADD CONSTRAINT %s %s",
                   key, PQgetvalue(rows, i, 1), wh_postgres_number_at(rows, i, 2), WH_FMT(name),
                   key, WH_FMT(name), key, PQgetvalue(rows, i, 3)));
    }
    return WH_OK;
}

static wh_code advise_on_first_load(struct advising *advising)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str sql;
    wh_arena_init(&scratch);
    if (!advising->request->is_large)
        return WH_OK;
    WH_TRY(wh_arena_format(&scratch, &sql, advising->err, "SELECT EXISTS (SELECT FROM %.*s)",
                           WH_FMT(advising->table.sql_name)));
    WH_TRY(wh_postgres_query(advising->destination, sql.ptr, NULL, 0, &rows, advising->err));
    if (wh_postgres_is_true_at(rows, 0, 0))
        return WH_OK;
    WH_TRY(advise_on_indexes(advising));
    return advise_on_lookups(advising);
}

/* ---- deletes --------------------------------------------------------------------------------- */

/** Tables that are read from end to end for each row that is deleted. */
static wh_code advise_on_deletes(struct advising *advising)
{
    static const char sql[] =
        "SELECT k.conrelid::pg_catalog.regclass, pg_catalog.quote_ident(k.conname), "
        "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.place) "
        "FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, place) "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number) "
        "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
        "WHERE k.confrelid = $1::oid AND k.contype = 'f' AND k.conparentid = 0 "
        /* A few blocks are read in no time; of a new table and one in parts nothing is known. */
        "AND (c.relpages > 16 OR c.reltuples < 0 OR c.relkind = 'p') "
        "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = k.conrelid "
        "AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= "
        "pg_catalog.cardinality(k.conkey) AND k.conkey @> "
        "(i.indkey::pg_catalog.int2[])[0:pg_catalog.cardinality(k.conkey) - 1] AND k.conkey <@ "
        "(i.indkey::pg_catalog.int2[])[0:pg_catalog.cardinality(k.conkey) - 1]) "
        "ORDER BY 1, 2";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    if (!advising->request->deletes)
        return WH_OK;
    WH_TRY(ask(advising, sql, &rows));
    for (int i = 0; i < PQntuples(rows); i++) {
        const char *table = PQgetvalue(rows, i, 0);
        WH_TRY(ADD(advising,
                   "each row that is deleted costs a pass over all of %s, whose foreign key %s has "
                   "no index: CREATE INDEX ON %s (%s)",
                   table, PQgetvalue(rows, i, 1), table, PQgetvalue(rows, i, 2)));
    }
    return WH_OK;
}

wh_code wh_postgres_advise(struct wh_destination *destination,
                           const struct wh_advice_request *request, struct wh_advice *ret,
                           struct wh_error *err)
{
    static wh_code (*const subjects[])(struct advising *) = {
        advise_on_server,      advise_on_grants,     advise_on_logging,
        advise_on_publication, advise_on_first_load, advise_on_deletes,
    };
    struct advising advising = {
        .destination = destination, .request = request, .ret = ret, .err = err};
    ret->count = 0;
    WH_TRY(wh_postgres_relation_find(destination, request->table, request->arena, &advising.table,
                                     err));
    for (size_t i = 0; i < WH_COUNT_OF(subjects); i++)
        WH_TRY(subjects[i](&advising));
    return WH_OK;
}
