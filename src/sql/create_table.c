/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/create_table.h"

#include "base/error.h"
#include "sql/quote.h"
#include "sql/type_name.h"

/** True where @p column alone is the primary key and an integer. */
static bool is_integer_key(const struct wh_table_info *table, size_t column)
{
    if (table->columns[column].type.kind != WH_KIND_INT)
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct wh_key_info *key = &table->keys[i];
        if (key->is_primary && key->column_count == 1 && key->columns[0] == column)
            return true;
    }
    return false;
}

static bool is_in_key(const struct wh_table_info *table, size_t column)
{
    for (size_t i = 0; i < table->key_count; i++)
        for (size_t j = 0; j < table->keys[i].column_count; j++)
            if (table->keys[i].columns[j] == column)
                return true;
    return false;
}

static wh_code append_type(struct wh_buf *sql, const struct wh_sql_dialect *dialect,
                           const struct wh_table_info *table, size_t index, struct wh_error *err)
{
    const struct wh_column_info *column = &table->columns[index];
    char room[WH_TYPE_NAME_SIZE];
    if (dialect->integer_key != NULL && is_integer_key(table, index))
        return wh_buf_append_str(sql, wh_str_from(dialect->integer_key), err);
    if (column->made_as.ptr != NULL)
        return dialect->append_made_as(sql, column, is_in_key(table, index), err);
    return wh_buf_append_str(sql, wh_str_from(wh_sql_type_declare(dialect, column->type, room)),
                             err);
}

static wh_code append_column(struct wh_buf *sql, const struct wh_sql_dialect *dialect,
                             const struct wh_table_info *table, size_t index, struct wh_error *err)
{
    const struct wh_column_info *column = &table->columns[index];
    if (column->is_generated)
        return wh_error_set(err, WH_INVALID, "generated column '%.*s' cannot be made",
                            WH_FMT(column->name));
    WH_TRY(wh_sql_append_name(sql, column->name, err));
    WH_TRY(wh_buf_append_byte(sql, ' ', err));
    WH_TRY(append_type(sql, dialect, table, index, err));
    return wh_buf_append_str(sql, column->is_not_null ? WH_STR(" NOT NULL") : WH_STR(""), err);
}

static wh_code append_key(struct wh_buf *sql, const struct wh_table_info *table,
                          const struct wh_key_info *key, struct wh_error *err)
{
    WH_TRY(wh_buf_printf(sql, err, "%s (", key->is_primary ? "PRIMARY KEY" : "UNIQUE"));
    WH_TRY(wh_sql_append_columns(sql, table, key->columns, key->column_count, err));
    return wh_buf_append_byte(sql, ')', err);
}

struct wh_str wh_sql_split_schema(const struct wh_sql_dialect *dialect, struct wh_str *name)
{
    struct wh_str rest = *name;
    struct wh_str schema = wh_str_split(&rest, '.');
    if (!dialect->has_schemas || rest.len == 0)
        return WH_STR_NONE;
    *name = rest;
    return schema;
}

/** "schema"."table" where the dialect has schemas and the name names one. */
static wh_code append_table_name(struct wh_buf *sql, const struct wh_sql_dialect *dialect,
                                 struct wh_str name, struct wh_error *err)
{
    struct wh_str schema = wh_sql_split_schema(dialect, &name);
    if (schema.ptr == NULL)
        return wh_sql_append_name(sql, name, err);
    WH_TRY(wh_sql_append_name(sql, schema, err));
    WH_TRY(wh_buf_append_byte(sql, '.', err));
    return wh_sql_append_name(sql, name, err);
}

wh_code wh_sql_append_create_table(struct wh_buf *sql, const struct wh_sql_dialect *dialect,
                                   const struct wh_table_info *table, struct wh_error *err)
{
    if (table->column_count == 0)
        return wh_error_set(err, WH_INVALID, "table '%.*s' would have no columns",
                            WH_FMT(table->name));
    WH_TRY(wh_buf_append_str(sql, WH_STR("CREATE TABLE "), err));
    WH_TRY(append_table_name(sql, dialect, table->name, err));
    for (size_t i = 0; i < table->column_count; i++) {
        WH_TRY(wh_buf_append_str(sql, i == 0 ? WH_STR(" (\n    ") : WH_STR(",\n    "), err));
        WH_TRY(append_column(sql, dialect, table, i, err));
    }
    for (size_t i = 0; i < table->key_count; i++) {
        WH_TRY(wh_buf_append_str(sql, WH_STR(",\n    "), err));
        WH_TRY(append_key(sql, table, &table->keys[i], err));
    }
    return wh_buf_append_str(sql, WH_STR("\n)"), err);
}

wh_code wh_sql_append_columns(struct wh_buf *sql, const struct wh_table_info *table,
                              const size_t *columns, size_t count, struct wh_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_str(sql, WH_STR(", "), err));
        WH_TRY(wh_sql_append_name(sql, table->columns[columns[i]].name, err));
    }
    return WH_OK;
}
