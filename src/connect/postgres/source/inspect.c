/* SPDX-License-Identifier: Apache-2.0 */
/* What a source reads: a table with its key and order, or a statement with its columns. */
#include "base/error.h"
#include "connect/postgres/source/source.h"
#include "data/text.h"
#include "sql/quote.h"

static wh_code make_room(struct wh_postgres_source *source, size_t count, struct wh_error *err)
{
    source->columns = wh_arena_array(&source->arena, count, sizeof(*source->columns));
    source->types = wh_arena_array(&source->arena, count, sizeof(*source->types));
    if (source->columns == NULL || source->types == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->columns));
    source->info.columns = source->columns;
    source->info.column_count = count;
    return WH_OK;
}

/** How the values of a column are read: what has no form of its own comes as its text. */
static void read_kind(struct wh_postgres_source *source, size_t column)
{
    struct wh_postgres_column *kind = &source->kinds[column];
    struct wh_postgres_type plain = kind->type;
    plain.modifier = -1;
    /* A modifier that no type of wherry's has only bounds what the server keeps. */
    kind->is_readable = wh_postgres_type_read(&kind->type, &kind->reading) ||
                        wh_postgres_type_read(&plain, &kind->reading);
    if (!kind->is_readable)
        kind->reading =
            (struct wh_postgres_reading){.type = {.kind = WH_KIND_TEXT}, .form = WH_FORM_BYTES};
    source->columns[column].type = kind->reading.type;
    source->types[column] = kind->reading.type;
    source->has_slices |= kind->reading.form == WH_FORM_BYTES;
}

/* ---- statements ------------------------------------------------------------------------------ */

static const char types_sql[] =
    "SELECT t.oid, c.modifier, t.typtype, t.typname, pg_catalog.format_type(t.oid, c.modifier), "
    "pg_catalog.format('%I.%I', n.nspname, t.typname), "
    "pg_catalog.format('%I.%I', pn.nspname, p.proname) "
    "FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), "
    "pg_catalog.unnest($2::pg_catalog.int4[])) WITH ORDINALITY AS c (type, modifier, number) "
    "JOIN pg_catalog.pg_type t ON t.oid = c.type "
    "JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
    "JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput "
    "JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace ORDER BY c.number";

enum { TYPE_OID, TYPE_MODIFIER, TYPE_KIND, TYPE_NAME, TYPE_DECLARED, TYPE_SQL_TYPE, TYPE_OUTPUT };

/** Types and modifiers of a statement's columns as two arrays in text: {23,25} and {-1,-1}. */
static wh_code list_types(const PGresult *described, struct wh_buf *types, struct wh_buf *modifiers,
                          struct wh_error *err)
{
    for (int i = 0; i < PQnfields(described); i++) {
        const char *mark = i == 0 ? "{" : ",";
        WH_TRY(wh_buf_printf(types, err, "%s%u", mark, PQftype(described, i)));
        WH_TRY(wh_buf_printf(modifiers, err, "%s%d", mark, PQfmod(described, i)));
    }
    WH_TRY(wh_buf_append_byte(types, '}', err));
    return wh_buf_append_byte(modifiers, '}', err);
}

static wh_code ask_types(const struct wh_postgres_source *source, const PGresult *described,
                         PGresult **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf types;
    WH_CLEANUP(wh_buf_release) struct wh_buf modifiers;
    wh_buf_init(&types, WH_POSTGRES_MAX_SQL);
    wh_buf_init(&modifiers, WH_POSTGRES_MAX_SQL);
    WH_TRY(list_types(described, &types, &modifiers, err));
    const char *params[] = {wh_buf_cstr(&types), wh_buf_cstr(&modifiers)};
    if (params[0] == NULL || params[1] == NULL)
        return wh_error_no_memory(err, types.len);
    return wh_postgres_query(source->connection, types_sql, params, 2, ret, err);
}

static wh_code copy_text(struct wh_postgres_source *source, const PGresult *rows, int row,
                         int column, struct wh_str *ret, struct wh_error *err)
{
    return wh_arena_copy(&source->arena, wh_postgres_text_at(rows, row, column), ret, err);
}

static wh_code read_type(struct wh_postgres_source *source, const PGresult *rows, int row,
                         struct wh_error *err)
{
    struct wh_postgres_column *kind = &source->kinds[row];
    struct wh_column_info *info = &source->columns[row];
    kind->type.oid = (Oid)wh_postgres_number_at(rows, row, TYPE_OID);
    kind->type.modifier = (int)wh_postgres_number_at(rows, row, TYPE_MODIFIER);
    kind->type.kind = PQgetvalue(rows, row, TYPE_KIND)[0];
    WH_TRY(copy_text(source, rows, row, TYPE_NAME, &kind->type.name, err));
    WH_TRY(copy_text(source, rows, row, TYPE_DECLARED, &info->declared, err));
    WH_TRY(copy_text(source, rows, row, TYPE_SQL_TYPE, &kind->sql_type, err));
    return copy_text(source, rows, row, TYPE_OUTPUT, &kind->output, err);
}

static wh_code read_statement(struct wh_postgres_source *source, const PGresult *described,
                              struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    size_t count = (size_t)PQnfields(described);
    WH_TRY(make_room(source, count, err));
    source->kinds = wh_arena_array(&source->arena, count, sizeof(*source->kinds));
    if (source->kinds == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->kinds));
    WH_TRY(ask_types(source, described, &rows, err));
    WH_ASSERT((size_t)PQntuples(rows) == count, err);
    for (size_t i = 0; i < count; i++) {
        struct wh_column_info *info = &source->columns[i];
        info->is_exact_text = true;
        WH_TRY(wh_arena_copy(&source->arena, wh_str_from(PQfname(described, (int)i)), &info->name,
                             err));
        WH_TRY(read_type(source, rows, (int)i, err));
        info->made_as = info->declared;
        read_kind(source, i);
    }
    return wh_source_check_names(&source->info, err);
}

/** What the server has read as a statement can be no more than one; and until the transaction ends
 *  nobody changes the form of the tables that it names, or moves their rows. */
static wh_code prepare_query(struct wh_postgres_source *source, PGresult **ret,
                             struct wh_error *err)
{
    char name[WH_POSTGRES_NAME_SIZE];
    if (memchr(source->query.ptr, '\0', source->query.len) != NULL)
        return wh_error_set(err, WH_INVALID, "it holds a NUL byte");
    if (source->query.len > WH_POSTGRES_MAX_SQL / 2)
        return wh_error_set(err, WH_LIMIT, "it is longer than 8 MiB");
    WH_TRY(wh_postgres_prepare_named(source->connection, source->query.ptr, name, err));
    return wh_postgres_describe_prepared(source->connection, name, ret, err);
}

static wh_code read_query(struct wh_postgres_source *source, struct wh_error *err)
{
    PGresult *described WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(prepare_query(source, &described, err));
    if (PQnparams(described) > 0)
        return wh_error_set(err, WH_INVALID,
                            "it has a parameter ($1); write the value, or ${NAME} for one from the "
                            "environment");
    if (PQnfields(described) == 0)
        return wh_error_set(err, WH_INVALID, "it reads no rows: write a SELECT");
    WH_TRY(read_statement(source, described, err));
    return wh_postgres_source_make_body(source, err);
}

/** "Seq Scan on t  (cost=0.00..155.00 rows=10000 width=4)":
 *  the rows that the plan's first line tells. */
static wh_code estimate_rows(struct wh_postgres_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("EXPLAIN "), err));
    WH_TRY(wh_buf_append_str(&sql, source->body, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_query(source->connection, text, NULL, 0, &rows, err));
    const char *at = PQntuples(rows) > 0 ? strstr(PQgetvalue(rows, 0, 0), " rows=") : NULL;
    int64_t number = -1;
    if (at != NULL) {
        struct wh_str digits = wh_str_from(at + strlen(" rows="));
        if (wh_int_parse(wh_str_split(&digits, ' '), &number) != WH_FAULT_NONE)
            number = -1;
    }
    source->rows = number >= 0 ? (uint64_t)number : UINT64_MAX;
    return WH_OK;
}

/* ---- whether the role may -------------------------------------------------------------------- */

static const char unreadable_sql[] =
    "SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "AND NOT pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') "
    "ORDER BY a.attnum LIMIT 1";

static wh_code check_columns(const struct wh_postgres_source *source, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    const struct wh_postgres_relation *relation = &source->relation;
    WH_TRY(wh_postgres_query_about(source->connection, unreadable_sql, relation->oid, &rows, err));
    if (PQntuples(rows) == 0)
        return WH_OK;
    return wh_error_set(
        err, WH_UNREACHABLE,
        "role '%.*s' may not read column %s of %.*s; GRANT SELECT ON %.*s TO %.*s, or "
        "write a 'query' that leaves the column out",
        WH_FMT(relation->role), PQgetvalue(rows, 0, 0), WH_FMT(relation->sql_name),
        WH_FMT(relation->sql_name), WH_FMT(relation->sql_role));
}

static wh_code check_role(const struct wh_postgres_source *source, struct wh_error *err)
{
    const struct wh_postgres_relation *relation = &source->relation;
    if (!relation->may_use_schema)
        return wh_error_set(
            err, WH_UNREACHABLE,
            "role '%.*s' may not use schema %.*s; GRANT USAGE ON SCHEMA %.*s TO %.*s",
            WH_FMT(relation->role), WH_FMT(relation->schema), WH_FMT(relation->schema),
            WH_FMT(relation->sql_role));
    if (!relation->may_select)
        return wh_error_set(err, WH_UNREACHABLE,
                            "role '%.*s' may not read %.*s; GRANT SELECT ON %.*s TO %.*s",
                            WH_FMT(relation->role), WH_FMT(relation->sql_name),
                            WH_FMT(relation->sql_name), WH_FMT(relation->sql_role));
    if (relation->has_policy)
        return wh_error_set(
            err, WH_UNSUPPORTED,
            "row security hides rows of %.*s from role '%.*s'; read as the table's "
            "owner or as a role with BYPASSRLS, or write a 'query' over a view that "
            "says which rows are meant",
            WH_FMT(relation->sql_name), WH_FMT(relation->role));
    return check_columns(source, err);
}

/* ---- tables ---------------------------------------------------------------------------------- */

/** A key's rows have one order where none of its columns can be NULL. */
static bool orders_rows(const struct wh_postgres_source *source, const struct wh_key_info *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!source->kinds[key->columns[i]].is_filled)
            return false;
    return true;
}

/** Whether all keys can be offsets. */
static wh_code measure_numbers(struct wh_postgres_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str name = source->columns[source->info.order[0]].name;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("SELECT pg_catalog.min("), err));
    WH_TRY(wh_sql_append_name(&sql, name, err));
    WH_TRY(wh_buf_append_str(&sql, WH_STR("), pg_catalog.max("), err));
    WH_TRY(wh_sql_append_name(&sql, name, err));
    WH_TRY(wh_buf_printf(&sql, err, ") FROM %.*s", WH_FMT(source->relation.sql_name)));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_query(source->connection, text, NULL, 0, &rows, err));
    int64_t least = wh_postgres_number_at(rows, 0, 0);
    int64_t greatest = wh_postgres_number_at(rows, 0, 1);
    if (least < 0 || greatest > WH_POSTGRES_MAX_OFFSET)
        return WH_OK;
    source->order = WH_POSTGRES_BY_NUMBER;
    source->least = (uint64_t)least;
    source->greatest = (uint64_t)greatest;
    return WH_OK;
}

static wh_code find_order(struct wh_postgres_source *source, struct wh_error *err)
{
    const struct wh_table_info *info = &source->info;
    char kind = source->relation.kind;
    if (kind == 'r' && source->relation.has_children) {
        /* Rows of its children are read with it, and no key holds over all of them. */
        source->info.key_count = 0;
        return WH_OK;
    }
    const struct wh_key_info *key = NULL;
    for (size_t i = 0; i < info->key_count && key == NULL && (kind == 'r' || kind == 'p'); i++)
        if (orders_rows(source, &info->keys[i]))
            key = &info->keys[i];
    if (key == NULL) {
        source->order = kind == 'r' || kind == 'm' ? WH_POSTGRES_BY_CTID : WH_POSTGRES_AS_GIVEN;
        return WH_OK;
    }
    source->order = WH_POSTGRES_BY_KEY;
    source->info.order = key->columns;
    source->info.order_count = key->column_count;
    bool is_number = key->column_count == 1 && source->types[key->columns[0]].kind == WH_KIND_INT;
    return is_number ? measure_numbers(source, err) : WH_OK;
}

/** Until the transaction ends nobody changes the form of the table, or moves its rows. */
static wh_code hold(const struct wh_postgres_source *source, struct wh_error *err)
{
    char name[WH_POSTGRES_NAME_SIZE];
    return wh_postgres_prepare_named(source->connection, source->body.ptr, name, err);
}

/* What a table takes on disk, and its rows: of a partitioned one the sums over its partitions. */
static const char size_sql[] =
    "SELECT pg_catalog.sum(pg_catalog.pg_relation_size(c.oid))::pg_catalog.int8, "
    "pg_catalog.sum(c.reltuples)::pg_catalog.int8, pg_catalog.bool_or(c.reltuples < 0) "
    "FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm') AND (c.oid = $1::pg_catalog.oid "
    "OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid) p))";

static wh_code measure_table(struct wh_postgres_source *source, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query_about(source->connection, size_sql, source->relation.oid, &rows, err));
    source->bytes = (uint64_t)wh_postgres_number_at(rows, 0, 0);
    bool is_known = wh_str_is(wh_postgres_text_at(rows, 0, 2), "f");
    source->rows = is_known ? (uint64_t)wh_postgres_number_at(rows, 0, 1) : UINT64_MAX;
    return WH_OK;
}

static wh_code read_table(struct wh_postgres_source *source, struct wh_error *err)
{
    struct wh_postgres_table table;
    WH_TRY(wh_postgres_relation_read(source->connection, &source->relation, &source->arena, &table,
                                     err));
    if (table.info.column_count == 0)
        return wh_error_set(err, WH_INVALID, "'%.*s' has no columns",
                            WH_FMT(source->relation.name));
    WH_TRY(make_room(source, table.info.column_count, err));
    source->kinds = table.columns;
    source->info.keys = table.info.keys;
    source->info.key_count = table.info.key_count;
    for (size_t i = 0; i < table.info.column_count; i++) {
        const struct wh_column_info *info = &table.info.columns[i];
        source->columns[i] = (struct wh_column_info){.name = info->name,
                                                     .declared = info->declared,
                                                     .made_as = info->declared,
                                                     .made_of = table.columns[i].declared,
                                                     .is_not_null = info->is_not_null,
                                                     .is_exact_text = true,
                                                     .is_told_apart = table.columns[i].is_readable};
        read_kind(source, i);
    }
    WH_TRY(find_order(source, err));
    WH_TRY(wh_postgres_source_make_body(source, err));
    WH_TRY(hold(source, err));
    return source->relation.kind == 'v' || source->relation.kind == 'f'
               ? estimate_rows(source, err)
               : measure_table(source, err);
}

wh_code wh_postgres_source_inspect(struct wh_postgres_source *source, struct wh_str from,
                                   struct wh_error *err)
{
    if (source->query.ptr != NULL) {
        source->info.name = WH_STR("the query");
        wh_code rc = read_query(source, err);
        if (rc == WH_OK)
            rc = estimate_rows(source, err);
        return rc == WH_OK ? WH_OK : wh_error_prefix(err, rc, "the query cannot be used");
    }
    wh_code rc =
        wh_postgres_relation_find(source->connection, from, &source->arena, &source->relation, err);
    if (rc != WH_OK)
        return rc == WH_INVALID
                   ? wh_postgres_say_hidden(source->connection, from, WH_POSTGRES_ANYWHERE, err)
                   : rc;
    source->info.name = source->relation.name;
    WH_TRY(check_role(source, err));
    return read_table(source, err);
}
