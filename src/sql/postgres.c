/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's type names (https://www.postgresql.org/docs/15/datatype.html), as far as they are
 * understood here. */
#include "sql/dialect.h"

#include "base/error.h"
#include "sql/type_rows.h"

static const struct wh_sql_type_name type_names[] = {
    {"bigint", INT_TYPE(64), WH_SQL_IGNORED},
    {"int8", INT_TYPE(64), WH_SQL_IGNORED},
    {"integer", INT_TYPE(32), WH_SQL_IGNORED},
    {"int", INT_TYPE(32), WH_SQL_IGNORED},
    {"int4", INT_TYPE(32), WH_SQL_IGNORED},
    {"smallint", INT_TYPE(16), WH_SQL_IGNORED},
    {"int2", INT_TYPE(16), WH_SQL_IGNORED},
    {"bigserial", INT_TYPE(64), WH_SQL_IGNORED},
    {"serial", INT_TYPE(32), WH_SQL_IGNORED},
    {"smallserial", INT_TYPE(16), WH_SQL_IGNORED},
    {"double precision", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"float8", FLOAT_TYPE(64), WH_SQL_IGNORED},
    {"real", FLOAT_TYPE(32), WH_SQL_IGNORED},
    {"float4", FLOAT_TYPE(32), WH_SQL_IGNORED},
    {"numeric", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"decimal", PLAIN(WH_KIND_NUMERIC), WH_SQL_PRECISION},
    {"boolean", PLAIN(WH_KIND_BOOL), WH_SQL_IGNORED},
    {"bool", PLAIN(WH_KIND_BOOL), WH_SQL_IGNORED},
    {"date", PLAIN(WH_KIND_DATE), WH_SQL_IGNORED},
    {"time", PLAIN(WH_KIND_TIME), WH_SQL_IGNORED},
    {"time without time zone", PLAIN(WH_KIND_TIME), WH_SQL_IGNORED},
    {"timestamp", PLAIN(WH_KIND_TIMESTAMP), WH_SQL_IGNORED},
    {"timestamp without time zone", PLAIN(WH_KIND_TIMESTAMP), WH_SQL_IGNORED},
    {"timestamptz", PLAIN(WH_KIND_TIMESTAMPTZ), WH_SQL_IGNORED},
    {"timestamp with time zone", PLAIN(WH_KIND_TIMESTAMPTZ), WH_SQL_IGNORED},
    {"interval", PLAIN(WH_KIND_INTERVAL), WH_SQL_IGNORED},
    {"text", PLAIN(WH_KIND_TEXT), WH_SQL_IGNORED},
    {"character varying", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"varchar", PLAIN(WH_KIND_TEXT), WH_SQL_LENGTH},
    {"character", PADDED(1), WH_SQL_LENGTH},
    {"char", PADDED(1), WH_SQL_LENGTH},
    {"bpchar", PADDED(0), WH_SQL_LENGTH},
    {"bytea", PLAIN(WH_KIND_BYTES), WH_SQL_IGNORED},
    {NULL, PLAIN(WH_KIND_NULL), WH_SQL_IGNORED},
};

/** Nothing that could hide what stands behind it; that it is a type's name, the server says. */
static wh_code append_made_as(struct wh_buf *sql, const struct wh_column_info *column, bool is_key,
                              struct wh_error *err)
{
    struct wh_str words = column->made_as;
    (void)is_key;
    for (size_t i = 0; i < words.len; i++) {
        struct wh_str rest = wh_str_make(words.ptr + i, words.len - i);
        if (words.ptr[i] == '\0' || words.ptr[i] == ';' || wh_str_starts_with(rest, WH_STR("--")) ||
            wh_str_starts_with(rest, WH_STR("/*")))
            return wh_error_set(err, WH_INVALID, "'%.*s' is no type's name", WH_FMT(words));
    }
    return wh_buf_append_str(sql, words, err);
}

const struct wh_sql_dialect wh_sql_postgres = {
    .name = "PostgreSQL",
    .parameter_mark = '$',
    .ledger_before = "wherry.\"",
    .ledger_after = "\"",
    .has_schemas = true,
    .type_names = type_names,
    .kind_names =
        {
            .plain = {[WH_KIND_NULL] = "text",
                      [WH_KIND_BOOL] = "boolean",
                      [WH_KIND_NUMERIC] = "numeric",
                      [WH_KIND_DATE] = "date",
                      [WH_KIND_TIME] = "time",
                      [WH_KIND_TIMESTAMP] = "timestamp",
                      [WH_KIND_TIMESTAMPTZ] = "timestamptz",
                      [WH_KIND_INTERVAL] = "interval",
                      [WH_KIND_TEXT] = "text",
                      [WH_KIND_BYTES] = "bytea"},
            .int16 = "smallint",
            .int32 = "integer",
            .int64 = "bigint",
            .float32 = "real",
            .float64 = "double precision",
            .bounded = "varchar",
            .padded = "char",
            .blank = "bpchar",
        },
    .append_made_as = append_made_as,
};
