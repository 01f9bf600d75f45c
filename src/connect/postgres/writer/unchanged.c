/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/unchanged.h"

#include <string.h>

#include "base/error.h"

/* Types as the description of a table has them: of a domain the one below it. */
static const char unchanged_sql[] =
    "WITH RECURSIVE base (number, type, modifier) AS ("
    "SELECT a.attnum, a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped UNION ALL "
    "SELECT b.number, d.typbasetype, d.typtypmod FROM base b "
    "JOIN pg_catalog.pg_type d ON d.oid = b.type WHERE d.typtype = 'd') "
    "SELECT b.number, b.type, b.modifier, c.relhasrules AND EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1' "
    "AND r.ev_enabled IN ('O', 'A')) FROM base b "
    "JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd' "
    "JOIN pg_catalog.pg_class c ON c.oid = $1::oid";

enum { NUMBER, TYPE, MODIFIER, HAS_RULES };

static bool is_there(const PGresult *rows, const struct wh_postgres_column *column)
{
    for (int row = 0; row < PQntuples(rows); row++)
        if (wh_postgres_number_at(rows, row, NUMBER) == column->number)
            return wh_postgres_number_at(rows, row, TYPE) == (int64_t)column->type.oid &&
                   wh_postgres_number_at(rows, row, MODIFIER) == column->type.modifier;
    return false;
}

static wh_code say_other_column(const struct wh_writer *writer, size_t column, struct wh_error *err)
{
    const struct wh_table_info *info = &writer->table.info;
    wh_error_set(err, WH_INVALID,
                 "column '%.*s' of '%.*s' is not what it was when the run was planned",
                 WH_FMT(info->columns[writer->columns[column]].name), WH_FMT(info->name));
    if (err != NULL)
        memcpy(err->sqlstate, WH_TABLE_IS_ANOTHER, sizeof(WH_TABLE_IS_ANOTHER));
    return WH_INVALID;
}

wh_code wh_postgres_expect_unchanged(const struct wh_writer *writer, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_ask_about(writer->destination, WH_POSTGRES_UNCHANGED, unchanged_sql,
                                 writer->table.oid, &rows, err));
    if (PQntuples(rows) > 0 && wh_str_is(wh_postgres_text_at(rows, 0, HAS_RULES), "t"))
        return wh_error_set(err, WH_INVALID, "table '%.*s' has rules now",
                            WH_FMT(writer->table.info.name));
    for (size_t i = 0; i < writer->column_count; i++)
        if (!is_there(rows, writer->kinds[i]))
            return say_other_column(writer, i, err);
    return WH_OK;
}
