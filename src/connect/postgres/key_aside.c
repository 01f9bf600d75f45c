/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/key_aside.h"

#include "base/buf.h"
#include "base/error.h"
#include "data/text.h"
#include "sql/create_table.h"

/* Behind it stands the column's number. */
#define COMMENT                                                                                    \
    "wherry is filling this table. It has no primary key until it is filled; after a run that "    \
    "did "                                                                                         \
    "not end, the next one makes it: column "

/* A row that was just written is found again without the key, by where new rows are (fetch.c): with
 * scans over a range of row places, which this version was the first to have. */
#define LEAST_VERSION 140000

#define MAX_SQL 4096

/* ---- finding --------------------------------------------------------------------------------- */

static const char find_sql[] =
    "SELECT pg_catalog.substr(d.description, pg_catalog.length('" COMMENT "') + 1) "
    "FROM pg_catalog.pg_description d WHERE d.objoid = $1::oid AND d.objsubid = 0 "
    "AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "AND pg_catalog.starts_with(d.description, '" COMMENT "')";

wh_code wh_postgres_find_key_aside(struct wh_destination *destination, Oid table, int16_t *ret,
                                   struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    int64_t column = 0;
    *ret = 0;
    WH_TRY(wh_postgres_query_about(destination, find_sql, table, &rows, err));
    if (PQntuples(rows) == 1 &&
        wh_int_parse(wh_postgres_text_at(rows, 0, 0), &column) == WH_FAULT_NONE && column > 0 &&
        column <= INT16_MAX)
        *ret = (int16_t)column;
    return WH_OK;
}

/* ---- setting aside --------------------------------------------------------------------------- */

/* The name of a key that can be: of an ordinary table of the role's own, which nothing refers to,
 * beside which there is no other index, and to which nobody wrote a comment. */
static const char key_sql[] =
    "SELECT pg_catalog.quote_ident(k.conname) FROM pg_catalog.pg_constraint k "
    "JOIN pg_catalog.pg_class c ON c.oid = k.conrelid WHERE c.oid = $1::oid AND k.contype = 'p' "
    "AND c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass "
    "AND pg_catalog.pg_has_role(c.relowner, 'USAGE') "
    "AND pg_catalog.obj_description(c.oid, 'pg_class') IS NULL "
    "AND 1 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint f WHERE f.confrelid = c.oid "
    "AND f.contype = 'f')";

/** The column of a key of one whole number, of which no two values are equal to the server; NULL
 *  where the key is another one. */
static const struct wh_postgres_column *find_column(const struct wh_postgres_table *table)
{
    const struct wh_key_info *key = table->info.keys;
    if (table->info.key_count != 1 || !key->is_primary || key->column_count != 1)
        return NULL;
    const struct wh_postgres_column *column = &table->columns[key->columns[0]];
    bool is_number = column->is_readable && column->reading.type.kind == WH_KIND_INT;
    return is_number && column->is_filled ? column : NULL;
}

/** Both in one transaction, and all of it or nothing. */
static wh_code drop_key(struct wh_destination *destination, const struct wh_postgres_table *table,
                        const char *name, int16_t column, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_printf(
        &sql, err, "ALTER TABLE %.*s DROP CONSTRAINT %s; COMMENT ON TABLE %.*s IS '" COMMENT "%d'",
        WH_FMT(table->sql_name), name, WH_FMT(table->sql_name), column));
    const char *text = wh_buf_cstr(&sql);
    return text == NULL ? wh_error_no_memory(err, sql.len)
                        : wh_postgres_run(destination, text, err);
}

wh_code wh_postgres_set_key_aside(struct wh_destination *destination, struct wh_str table,
                                  bool *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *names WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_table read;
    *ret = false;
    wh_arena_init(&scratch);
    if (PQserverVersion(destination->conn) < LEAST_VERSION)
        return WH_OK;
    WH_TRY(wh_postgres_table_read(destination, table, &scratch, &read, err));
    const struct wh_postgres_column *column = find_column(&read);
    if (column == NULL)
        return WH_OK;
    WH_TRY(wh_postgres_query_about(destination, key_sql, read.oid, &names, err));
    if (PQntuples(names) != 1)
        return WH_OK;
    WH_TRY(drop_key(destination, &read, PQgetvalue(names, 0, 0), column->number, err));
    *ret = true;
    return WH_OK;
}

/* ---- putting back ---------------------------------------------------------------------------- */

static wh_code add_key(struct wh_destination *destination, const struct wh_postgres_table *table,
                       struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    const struct wh_key_info *key = table->info.keys;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_printf(&sql, err, "ALTER TABLE %.*s ADD PRIMARY KEY (", WH_FMT(table->sql_name)));
    WH_TRY(wh_sql_append_columns(&sql, &table->info, key->columns, key->column_count, err));
    WH_TRY(wh_buf_printf(&sql, err, "); COMMENT ON TABLE %.*s IS NULL", WH_FMT(table->sql_name)));
    const char *text = wh_buf_cstr(&sql);
    return text == NULL ? wh_error_no_memory(err, sql.len)
                        : wh_postgres_run(destination, text, err);
}

wh_code wh_postgres_put_key_back(struct wh_destination *destination, struct wh_str table,
                                 struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_postgres_table read;
    wh_arena_init(&scratch);
    WH_TRY(wh_postgres_table_read(destination, table, &scratch, &read, err));
    if (!read.info.key_is_aside)
        return WH_OK;
    wh_code rc = add_key(destination, &read, err);
    if (rc != WH_REFUSED)
        return rc;
    wh_error_prefix(err, rc,
                    "somebody else wrote to table '%.*s' while it had no primary key, which cannot "
                    "be made now; take out what was added, and run again",
                    WH_FMT(read.info.name));
    return WH_CONFLICT;
}
