/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/key_aside.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/transaction.h"
#include "sql/create_table.h"

/* Behind it stands the column's name. */
#define COMMENT                                                                                    \
    "wherry is filling this table and makes its primary key behind the last row, or with the "     \
    "next run: column "

/* A row that was just written is found again without the key, by where new rows are (fetch.c): with
 * scans over a range of row places, which this version was the first to have. */
#define LEAST_VERSION 140000

#define MAX_SQL 4096

/* ---- finding --------------------------------------------------------------------------------- */

wh_code wh_postgres_find_key_aside(struct wh_destination *destination, Oid table,
                                   struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.substr(d.description, pg_catalog.length('" COMMENT "') + 1) "
        "FROM pg_catalog.pg_description d WHERE d.objoid = $1::oid AND d.objsubid = 0 "
        "AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass "
        "AND pg_catalog.starts_with(d.description, '" COMMENT "')";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    *ret = WH_STR_NONE;
    WH_TRY(wh_postgres_query_about(destination, sql, table, &rows, err));
    if (PQntuples(rows) == 0)
        return WH_OK;
    return wh_arena_copy(arena, wh_postgres_text_at(rows, 0, 0), ret, err);
}

bool wh_postgres_can_be_aside(const struct wh_postgres_column *column)
{
    return column->is_readable && column->reading.type.kind == WH_KIND_INT && column->is_filled;
}

/* ---- setting aside --------------------------------------------------------------------------- */

/* The name of a key that can be, and the comment: of an ordinary table of the role's own, which
 * nothing refers to, beside which there is no other index, and which has no comment. */
static const char key_sql[] =
    "SELECT pg_catalog.quote_ident(k.conname), pg_catalog.quote_literal('" COMMENT
    "' || a.attname) FROM pg_catalog.pg_constraint k "
    "JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] "
    "WHERE c.oid = $1::oid AND k.contype = 'p' "
    "AND c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass "
    "AND pg_catalog.pg_has_role(c.relowner, 'USAGE') "
    "AND pg_catalog.obj_description(c.oid, 'pg_class') IS NULL "
    "AND 1 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint f WHERE f.confrelid = c.oid "
    "AND f.contype = 'f')";

/** A key of one whole number, of which no two values are equal to the server. */
static bool is_one_number(const struct wh_postgres_table *table)
{
    const struct wh_key_info *key = table->info.keys;
    return table->info.key_count == 1 && key->is_primary && key->column_count == 1 &&
           wh_postgres_can_be_aside(&table->columns[key->columns[0]]);
}

/** Both in one transaction, and all of it or nothing. */
static wh_code drop_key(struct wh_destination *destination, const struct wh_postgres_table *table,
                        const PGresult *key, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_printf(&sql, err,
                         "ALTER TABLE %.*s DROP CONSTRAINT %s; COMMENT ON TABLE %.*s IS %s",
                         WH_FMT(table->sql_name), PQgetvalue(key, 0, 0), WH_FMT(table->sql_name),
                         PQgetvalue(key, 0, 1)));
    const char *text = wh_buf_cstr(&sql);
    return text == NULL ? wh_error_no_memory(err, sql.len)
                        : wh_postgres_run(destination, text, err);
}

wh_code wh_postgres_set_key_aside(struct wh_destination *destination, struct wh_str table,
                                  bool *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *key WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_table read;
    *ret = false;
    wh_arena_init(&scratch);
    if (PQserverVersion(destination->conn) < LEAST_VERSION)
        return WH_OK;
    WH_TRY(wh_postgres_table_read(destination, table, &scratch, &read, err));
    if (!is_one_number(&read) || read.info.key_is_aside)
        return WH_OK;
    WH_TRY(wh_postgres_query_about(destination, key_sql, read.oid, &key, err));
    if (PQntuples(key) != 1)
        return WH_OK;
    WH_TRY(drop_key(destination, &read, key, err));
    *ret = true;
    return WH_OK;
}

/* ---- putting back ---------------------------------------------------------------------------- */

static wh_code write_statement(const struct wh_postgres_table *now,
                               const struct wh_table_info *table, struct wh_buf *sql,
                               struct wh_error *err)
{
    const struct wh_key_info *key = table->keys;
    WH_TRY(wh_buf_printf(sql, err, "ALTER TABLE %.*s ADD PRIMARY KEY (", WH_FMT(now->sql_name)));
    WH_TRY(wh_sql_append_columns(sql, table, key->columns, key->column_count, err));
    return wh_buf_append_str(sql, WH_STR(")"), err);
}

/** Somebody else's comment stays. */
static wh_code drop_comment(struct wh_destination *destination, const struct wh_postgres_table *now,
                            struct wh_arena *scratch, struct wh_error *err)
{
    struct wh_str column;
    struct wh_str sql;
    WH_TRY(wh_postgres_find_key_aside(destination, now->oid, scratch, &column, err));
    if (column.ptr == NULL)
        return WH_OK;
    WH_TRY(wh_arena_format(scratch, &sql, err, "COMMENT ON TABLE %.*s IS NULL",
                           WH_FMT(now->sql_name)));
    return wh_postgres_run(destination, sql.ptr, err);
}

/** However long the key takes, and others are in its way: it is one statement, and the last. */
static wh_code add_key(struct wh_destination *destination, const char *statement,
                       struct wh_error *err)
{
    WH_TRY(wh_postgres_run(destination,
                           "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0", err));
    return wh_postgres_run(destination, statement, err);
}

static wh_code explain(wh_code rc, const struct wh_postgres_table *now, const char *statement,
                       struct wh_error *err)
{
    bool is_double = rc == WH_REFUSED && err != NULL && strcmp(err->sqlstate, "23505") == 0;
    if (!is_double)
        return wh_error_prefix(err, rc, "the primary key of table '%.*s' cannot be made (%s)",
                               WH_FMT(now->info.name), statement);
    wh_error_prefix(err, rc,
                    "somebody else wrote to table '%.*s' while it had no primary key, which cannot "
                    "be made now; take out what was added, and run again",
                    WH_FMT(now->info.name));
    return WH_CONFLICT;
}

wh_code wh_postgres_put_key_back(struct wh_destination *destination,
                                 const struct wh_table_info *table, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    struct wh_postgres_table now;
    struct wh_error unused = WH_ERROR_NONE;
    wh_arena_init(&scratch);
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_postgres_table_read(destination, table->name, &scratch, &now, err));
    if (now.info.key_count > 0 && now.info.keys[0].is_primary && !now.info.key_is_aside)
        return drop_comment(destination, &now, &scratch, err);
    WH_TRY(write_statement(&now, table, &sql, err));
    const char *statement = wh_buf_cstr(&sql);
    if (statement == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_begin(destination, err));
    wh_code rc = add_key(destination, statement, err);
    if (rc == WH_OK)
        rc = drop_comment(destination, &now, &scratch, err);
    if (rc == WH_OK)
        return wh_postgres_commit(destination, err);
    WH_IGNORE(wh_postgres_rollback(destination, &unused), "the first error is the one to hear of");
    return explain(rc, &now, statement, err);
}
