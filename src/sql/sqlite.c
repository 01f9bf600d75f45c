/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite takes any words as a type and keeps them. These are the names that are understood here;
 * what a column of another name is follows from its affinity and is the connector's to say
 * (https://www.sqlite.org/datatype3.html).
 *
 * INTEGER, INT and REAL mean what SQLite stores under them: 64 bits.
 */
#include "sql/dialect.h"

#include "sql/made_as.h"
#include "sql/quote.h"
#include "sql/type_name.h"
#include "sql/type_rows.h"

static const struct wh_sql_type_name type_names[] = {
    {"integer", INT_TYPE(64), WH_SQL_IGNORED},
    {"int", INT_TYPE(64), WH_SQL_IGNORED},
    {"bigint", INT_TYPE(64), WH_SQL_IGNORED},
    {"int8", INT_TYPE(64), WH_SQL_IGNORED},
    {"int4", INT_TYPE(32), WH_SQL_IGNORED},
    {"mediumint", INT_TYPE(32), WH_SQL_IGNORED},
    {"smallint", INT_TYPE(16), WH_SQL_IGNORED},
    {"int2", INT_TYPE(16), WH_SQL_IGNORED},
    {"tinyint", INT_TYPE(16), WH_SQL_IGNORED},
    {"integer unsigned", INT_TYPE(64), WH_SQL_IGNORED},
    {"int unsigned", INT_TYPE(64), WH_SQL_IGNORED},
    {"bigint unsigned", INT_TYPE(64), WH_SQL_IGNORED},
    {"smallserial", INT_TYPE(16), WH_SQL_IGNORED},
    {"serial", INT_TYPE(32), WH_SQL_IGNORED},
    {"bigserial", INT_TYPE(64), WH_SQL_IGNORED},
    {"real", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"double", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"double precision", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"float", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"float8", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"float4", FLOAT_TYPE(32), WH_SQL_IGNORED},
    {"numeric", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"decimal", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"dec", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"number", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"money", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"boolean", PLAIN(WH_KIND_BOOL), WH_SQL_IGNORED},
    {"bool", PLAIN(WH_KIND_BOOL), WH_SQL_IGNORED},
    {"date", PLAIN(WH_KIND_DATE), WH_SQL_IGNORED},
    {"time", PLAIN(WH_KIND_TIME), WH_SQL_IGNORED},
    {"time without time zone", PLAIN(WH_KIND_TIME), WH_SQL_IGNORED},
    {"timestamp", PLAIN(WH_KIND_TIMESTAMP), WH_SQL_IGNORED},
    {"timestamp without time zone", PLAIN(WH_KIND_TIMESTAMP), WH_SQL_IGNORED},
    {"datetime", PLAIN(WH_KIND_TIMESTAMP), WH_SQL_IGNORED},
    {"timestamptz", PLAIN(WH_KIND_TIMESTAMPTZ), WH_SQL_IGNORED},
    {"timestamp with time zone", PLAIN(WH_KIND_TIMESTAMPTZ), WH_SQL_IGNORED},
    {"interval", PLAIN(WH_KIND_INTERVAL), WH_SQL_IGNORED},
    {"text", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"clob", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"varchar", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"character varying", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"varying character", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"nvarchar", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"varchar2", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"char", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"character", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"nchar", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"native character", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"blob", PLAIN(WH_KIND_BYTES), WH_SQL_IGNORED},
    {"bytea", PLAIN(WH_KIND_BYTES), WH_SQL_IGNORED},
    {"binary", PLAIN(WH_KIND_BYTES), WH_SQL_IGNORED},
    {"varbinary", PLAIN(WH_KIND_BYTES), WH_SQL_IGNORED},
    {NULL, PLAIN(WH_KIND_NULL), WH_SQL_IGNORED},
};

static wh_code append_made_as(struct wh_buf *sql, const struct wh_column_info *column, bool is_key,
                              struct wh_error *err)
{
    char room[WH_TYPE_NAME_SIZE];
    struct wh_type type;
    struct wh_str words = column->made_of.ptr != NULL ? column->made_of : column->made_as;
    /* A key's decimals must be compared as numbers. */
    if (wh_sql_words_parse(words, &type) && (is_key || wh_sql_real_keeps(type)))
        return wh_buf_append_str(sql, wh_str_from(wh_sql_type_declare(&wh_sql_sqlite, type, room)),
                                 err);
    WH_TRY(wh_buf_append_str(sql, WH_STR("TEXT "), err));
    return wh_sql_append_name(sql, words, err);
}

const struct wh_sql_dialect wh_sql_sqlite = {
    .name = "SQLite",
    .parameter_mark = '?',
    .ledger_before = "\"wherry_",
    .ledger_after = "\"",
    .integer_key = "INTEGER",
    .type_names = type_names,
    .kind_names =
        {
            /* A column that only ever holds NULL is text, as in PostgreSQL. */
            .plain = {[WH_KIND_NULL] = "TEXT",
                      [WH_KIND_BOOL] = "BOOLEAN",
                      [WH_KIND_NUMERIC] = "NUMERIC",
                      [WH_KIND_DATE] = "DATE",
                      [WH_KIND_TIME] = "TIME",
                      [WH_KIND_TIMESTAMP] = "TIMESTAMP",
                      [WH_KIND_TIMESTAMPTZ] = "TIMESTAMPTZ",
                      [WH_KIND_INTERVAL] = "INTERVAL",
                      [WH_KIND_TEXT] = "TEXT",
                      [WH_KIND_BYTES] = "BLOB"},
            .int16 = "SMALLINT",
            .int32 = "INT4",
            .int64 = "INTEGER",
            .float32 = "FLOAT4",
            .float64 = "REAL",
            .bounded = "VARCHAR",
            .padded = "CHAR",
            .blank = "TEXT",
        },
    .append_made_as = append_made_as,
};
