/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/table.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/key_aside.h"
#include "connect/postgres/privileges.h"
#include "connect/postgres/running.h"
#include "data/text.h"
#include "sql/create_table.h"

#define MAX_SQL (16u << 20)

/* NAMEDATALEN - 1, which servers are built with. */
enum { LONGEST_NAME = 63 };

/** A table's description in the making. */
struct reading {
    struct wh_destination *destination;
    struct wh_arena *arena;
    struct wh_postgres_table *table;
    struct wh_column_info *columns; /* table->info.columns, not yet const */
    struct wh_error *err;
};

static wh_code copy_text(const struct reading *reading, const PGresult *rows, int row, int column,
                         struct wh_str *ret)
{
    return wh_arena_copy(reading->arena, wh_postgres_text_at(rows, row, column), ret, reading->err);
}

/* ---- which table ----------------------------------------------------------------------------- */

/* A name on the search path comes before one with its schema.
 * Indexes and the like are no tables. */
static const char find_sql[] =
    "SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relname, "
    "CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname "
    "ELSE n.nspname || '.' || c.relname END, pg_catalog.quote_ident(n.nspname), current_user, "
    "c.relhassubclass, pg_catalog.row_security_active(c.oid), "
    "(SELECT pg_catalog.string_agg(DISTINCT t.tgname, ', ') FROM pg_catalog.pg_trigger t WHERE "
    "(t.tgrelid = c.oid OR t.tgrelid IN "
    "(SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)) "
    "AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')), "
    "pg_catalog.has_schema_privilege(n.oid, 'USAGE'), "
    "pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), "
    "pg_catalog.has_any_column_privilege(c.oid, 'INSERT'), "
    "(SELECT pg_catalog.string_agg(pg_catalog.format('DISABLE RULE %I', r.rulename), ', ' "
    "ORDER BY r.rulename) FROM pg_catalog.pg_rewrite r "
    "WHERE r.ev_class = c.oid AND r.ev_type <> '1' AND r.ev_enabled IN ('O', 'A')), "
    "c.relam = 2, EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' "
    "AND k.conrelid = c.oid AND k.confrelid = c.oid), pg_catalog.quote_ident(current_user) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND "
    "((c.relname = $1::pg_catalog.text AND pg_catalog.pg_table_is_visible(c.oid)) "
    "OR n.nspname || '.' || c.relname = $1::pg_catalog.text) "
    "ORDER BY c.relname = $1::pg_catalog.text DESC LIMIT 1";

enum {
    FIND_OID,
    FIND_KIND,
    FIND_SQL_NAME,
    FIND_RELATION,
    FIND_NAME,
    FIND_SCHEMA,
    FIND_ROLE,
    FIND_HAS_CHILDREN,
    FIND_HAS_POLICY,
    FIND_TRIGGERS,
    FIND_MAY_USE_SCHEMA,
    FIND_MAY_SELECT,
    FIND_MAY_INSERT,
    FIND_RULES,
    FIND_IS_HEAP,
    FIND_REFERS_TO_ITSELF,
    FIND_SQL_ROLE
};

static const char names_sql[] =
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname "
    "ELSE n.nspname || '.' || c.relname END AS name "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND n.nspname NOT IN ('pg_catalog', 'information_schema', "
    "'wherry') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY name LIMIT 10000";

static wh_code say_missing(struct wh_destination *destination, struct wh_str wanted,
                           struct wh_error *err)
{
    PGresult *names WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str nearest = WH_STR_NONE;
    size_t least = SIZE_MAX;
    WH_TRY(wh_postgres_query(destination, names_sql, NULL, 0, &names, err));
    for (int i = 0; i < PQntuples(names); i++) {
        struct wh_str name = wh_postgres_text_at(names, i, 0);
        size_t distance = wh_str_distance(name, wanted);
        if (distance >= least || (distance > 2 && distance > wanted.len / 3))
            continue;
        nearest = name;
        least = distance;
    }
    return wh_error_set(err, WH_INVALID, "database '%s' has no table '%.*s'%s%.*s%s",
                        PQdb(destination->conn), WH_FMT(wanted),
                        least < SIZE_MAX ? "; did you mean '" : "", WH_FMT(nearest),
                        least < SIZE_MAX ? "'" : "");
}

/* Tables of that name that only a missing privilege hides. The server's own list of the search path
 * leaves out what the role may not use. */
static const char hidden_sql[] =
    "SELECT pg_catalog.quote_ident(n.nspname), current_user, pg_catalog.quote_ident(current_user) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = $1::pg_catalog.text AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND ($2::pg_catalog.bool "
    "OR n.nspname::text IN (SELECT pg_catalog.replace(pg_catalog.btrim(s.name, '\" '), '$user', "
    "current_user::text) FROM pg_catalog.unnest(pg_catalog.string_to_array("
    "pg_catalog.current_setting('search_path'), ',')) AS s (name))) ORDER BY 1 LIMIT 1";

wh_code wh_postgres_say_hidden(struct wh_destination *destination, struct wh_str name,
                               enum wh_postgres_reach reach, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_error missing = err != NULL ? *err : (struct wh_error)WH_ERROR_NONE;
    struct wh_str wanted;
    wh_arena_init(&scratch);
    WH_TRY(wh_arena_copy(&scratch, name, &wanted, err));
    const char *params[] = {wanted.ptr, reach == WH_POSTGRES_ANYWHERE ? "t" : "f"};
    WH_TRY(wh_postgres_query(destination, hidden_sql, params, 2, &rows, err));
    if (PQntuples(rows) == 0) {
        if (err != NULL)
            *err = missing;
        return WH_INVALID;
    }
    const char *schema = PQgetvalue(rows, 0, 0);
    wh_error_set(err, WH_UNREACHABLE,
                 "there is a table '%.*s' in schema %s, which role '%s' may not use; GRANT USAGE "
                 "ON SCHEMA %s TO %s",
                 WH_FMT(name), schema, PQgetvalue(rows, 0, 1), schema, PQgetvalue(rows, 0, 2));
    if (err != NULL)
        memcpy(err->sqlstate, WH_TABLE_IS_HIDDEN, sizeof(WH_TABLE_IS_HIDDEN));
    return WH_UNREACHABLE;
}

static wh_code copy_names(const struct reading *reading, const PGresult *rows,
                          struct wh_postgres_relation *ret)
{
    WH_TRY(copy_text(reading, rows, 0, FIND_SQL_NAME, &ret->sql_name));
    WH_TRY(copy_text(reading, rows, 0, FIND_RELATION, &ret->relation));
    WH_TRY(copy_text(reading, rows, 0, FIND_NAME, &ret->name));
    WH_TRY(copy_text(reading, rows, 0, FIND_SCHEMA, &ret->schema));
    WH_TRY(copy_text(reading, rows, 0, FIND_TRIGGERS, &ret->triggers));
    WH_TRY(copy_text(reading, rows, 0, FIND_RULES, &ret->disable_rules));
    WH_TRY(copy_text(reading, rows, 0, FIND_SQL_ROLE, &ret->sql_role));
    return copy_text(reading, rows, 0, FIND_ROLE, &ret->role);
}

wh_code wh_postgres_relation_find(struct wh_destination *destination, struct wh_str name,
                                  struct wh_arena *arena, struct wh_postgres_relation *ret,
                                  struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct reading reading = {.destination = destination, .arena = arena, .err = err};
    struct wh_str wanted;
    wh_arena_init(&scratch);
    *ret = (struct wh_postgres_relation){.oid = 0};
    if (name.len > 0 && memchr(name.ptr, '\0', name.len) != NULL)
        return wh_error_set(err, WH_INVALID, "the name of a table holds a NUL byte");
    WH_TRY(wh_arena_copy(&scratch, name, &wanted, err));
    WH_TRY(wh_postgres_ask(destination, WH_POSTGRES_FIND, find_sql, wanted.ptr, &rows, err));
    if (PQntuples(rows) == 0)
        return say_missing(destination, name, err);
    *ret = (struct wh_postgres_relation){
        .oid = (Oid)wh_postgres_number_at(rows, 0, FIND_OID),
        .kind = PQgetvalue(rows, 0, FIND_KIND)[0],
        .has_children = wh_postgres_is_true_at(rows, 0, FIND_HAS_CHILDREN),
        .has_policy = wh_postgres_is_true_at(rows, 0, FIND_HAS_POLICY),
        .is_heap = wh_postgres_is_true_at(rows, 0, FIND_IS_HEAP),
        .refers_to_itself = wh_postgres_is_true_at(rows, 0, FIND_REFERS_TO_ITSELF),
        .may_use_schema = wh_postgres_is_true_at(rows, 0, FIND_MAY_USE_SCHEMA),
        .may_select = wh_postgres_is_true_at(rows, 0, FIND_MAY_SELECT),
        .may_insert = wh_postgres_is_true_at(rows, 0, FIND_MAY_INSERT)};
    return copy_names(&reading, rows, ret);
}

static const char *kind_name(char kind)
{
    switch (kind) {
    case 'v':
        return "a view";
    case 'm':
        return "a materialized view";
    default:
        return "a foreign table";
    }
}

/** Refuses what is no table that rows are simply kept in, or not this role's to fill. */
static wh_code check_found(const struct wh_postgres_relation *found, struct wh_error *err)
{
    if (found->kind != 'r' && found->kind != 'p')
        return wh_error_set(err, WH_UNSUPPORTED,
                            "%.*s is %s; rows are written to ordinary and partitioned tables only",
                            WH_FMT(found->sql_name), kind_name(found->kind));
    if (found->has_policy)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "row security hides rows of %.*s from role '%.*s'; migrate as the "
                            "table's owner or as a role with BYPASSRLS",
                            WH_FMT(found->sql_name), WH_FMT(found->role));
    if (found->disable_rules.len > 0)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "rules of %.*s would put something else in the place of what is "
                            "written, and COPY passes them by; for the time of the migration: "
                            "ALTER TABLE %.*s %.*s",
                            WH_FMT(found->sql_name), WH_FMT(found->sql_name),
                            WH_FMT(found->disable_rules));
    if (!found->may_use_schema)
        return wh_error_set(
            err, WH_UNREACHABLE,
            "role '%.*s' may not use schema %.*s; GRANT USAGE ON SCHEMA %.*s TO %.*s",
            WH_FMT(found->role), WH_FMT(found->schema), WH_FMT(found->schema),
            WH_FMT(found->sql_role));
    if (found->may_select && found->may_insert)
        return WH_OK;
    return wh_error_set(err, WH_UNREACHABLE,
                        "role '%.*s' may not read and add rows of %.*s; GRANT SELECT, INSERT, "
                        "UPDATE ON %.*s TO %.*s",
                        WH_FMT(found->role), WH_FMT(found->sql_name), WH_FMT(found->sql_name),
                        WH_FMT(found->sql_role));
}

/** A table that rows may be written to. */
static wh_code find_table(struct wh_destination *destination, struct wh_str name,
                          struct wh_arena *arena, struct wh_postgres_relation *ret,
                          struct wh_error *err)
{
    WH_TRY(wh_postgres_relation_find(destination, name, arena, ret, err));
    return check_found(ret, err);
}

/* ---- columns --------------------------------------------------------------------------------- */

/* A domain is followed to the type below it; each on the way may add a modifier and NOT NULL. */
static const char columns_sql[] =
    "WITH RECURSIVE base (number, type, modifier, is_not_null) AS ("
    "SELECT a.attnum, a.atttypid, a.atttypmod, a.attnotnull FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped UNION ALL "
    "SELECT b.number, d.typbasetype, d.typtypmod, b.is_not_null OR d.typnotnull "
    "FROM base b JOIN pg_catalog.pg_type d ON d.oid = b.type WHERE d.typtype = 'd') "
    "SELECT a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.oid, "
    "b.modifier, t.typtype, t.typname, pg_catalog.format('%I.%I', n.nspname, t.typname), "
    "b.is_not_null, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', "
    "pg_catalog.format('%I.%I', pn.nspname, p.proname), "
    "pg_catalog.format_type(t.oid, b.modifier), a.attnotnull AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' "
    "AND NOT k.convalidated AND a.attnum = ANY (k.conkey)), t.typcategory = 'A' "
    "FROM base b JOIN pg_catalog.pg_attribute a ON a.attrelid = $1::oid AND a.attnum = b.number "
    "JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd' "
    "JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
    "JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput "
    "JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace ORDER BY a.attnum";

enum {
    COLUMN_NUMBER,
    COLUMN_NAME,
    COLUMN_DECLARED,
    COLUMN_TYPE,
    COLUMN_MODIFIER,
    COLUMN_TYPE_KIND,
    COLUMN_TYPE_NAME,
    COLUMN_SQL_TYPE,
    COLUMN_NOT_NULL,
    COLUMN_HAS_DEFAULT,
    COLUMN_GENERATED,
    COLUMN_OUTPUT,
    COLUMN_BASE_DECLARED,
    COLUMN_IS_FILLED,
    COLUMN_IS_ARRAY
};

static wh_code read_column(struct reading *reading, const PGresult *rows, int row)
{
    struct wh_column_info *info = &reading->columns[row];
    struct wh_postgres_column *column = &reading->table->columns[row];
    WH_TRY(copy_text(reading, rows, row, COLUMN_NAME, &info->name));
    WH_TRY(copy_text(reading, rows, row, COLUMN_DECLARED, &info->declared));
    WH_TRY(copy_text(reading, rows, row, COLUMN_TYPE_NAME, &column->type.name));
    WH_TRY(copy_text(reading, rows, row, COLUMN_SQL_TYPE, &column->sql_type));
    WH_TRY(copy_text(reading, rows, row, COLUMN_OUTPUT, &column->output));
    WH_TRY(copy_text(reading, rows, row, COLUMN_BASE_DECLARED, &column->declared));
    column->type.oid = (Oid)wh_postgres_number_at(rows, row, COLUMN_TYPE);
    column->type.modifier = (int)wh_postgres_number_at(rows, row, COLUMN_MODIFIER);
    column->type.kind = PQgetvalue(rows, row, COLUMN_TYPE_KIND)[0];
    column->is_filled = wh_postgres_is_true_at(rows, row, COLUMN_IS_FILLED);
    column->is_array = wh_postgres_is_true_at(rows, row, COLUMN_IS_ARRAY);
    column->is_readable = wh_postgres_type_read(&column->type, &column->reading);
    if (!column->is_readable)
        column->reading = (struct wh_postgres_reading){
            .type = {.kind = WH_KIND_TEXT}, .form = WH_FORM_BYTES, .compares_as_text = true};
    info->type = column->reading.type;
    info->is_not_null = wh_postgres_is_true_at(rows, row, COLUMN_NOT_NULL);
    info->is_generated = wh_postgres_is_true_at(rows, row, COLUMN_GENERATED);
    info->has_default =
        wh_postgres_is_true_at(rows, row, COLUMN_HAS_DEFAULT) && !info->is_generated;
    info->is_exact_text =
        column->reading.is_exact && !wh_postgres_may_lack(reading->destination, column);
    column->number = (int16_t)wh_postgres_number_at(rows, row, COLUMN_NUMBER);
    return WH_OK;
}

static wh_code read_columns(struct reading *reading)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_table *table = reading->table;
    WH_TRY(wh_postgres_ask_about(reading->destination, WH_POSTGRES_COLUMNS, columns_sql, table->oid,
                                 &rows, reading->err));
    size_t count = (size_t)PQntuples(rows);
    reading->columns = wh_arena_array(reading->arena, count, sizeof(*reading->columns));
    table->columns = wh_arena_array(reading->arena, count, sizeof(*table->columns));
    if (reading->columns == NULL || table->columns == NULL)
        return wh_error_no_memory(reading->err, count * sizeof(*table->columns));
    table->info.columns = reading->columns;
    table->info.column_count = count;
    for (int i = 0; i < PQntuples(rows); i++)
        WH_TRY(read_column(reading, rows, i));
    return WH_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Most are usual, in all their columns: of the column's collation, and of the type's own class. */
static const char keys_sql[] =
    "SELECT i.indisprimary, pg_catalog.array_to_string("
    "(i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1], ' '), i.indexrelid, NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n JOIN pg_catalog.pg_attribute a "
    "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n] JOIN pg_catalog.pg_opclass o "
    "ON o.oid = i.indclass[n] WHERE i.indcollation[n] <> a.attcollation OR NOT o.opcdefault "
    "OR o.opcintype <> a.atttypid) FROM pg_catalog.pg_index i "
    "WHERE i.indrelid = $1::oid AND i.indisunique AND i.indimmediate AND i.indisvalid "
    "AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY NOT i.indisprimary, i.indexrelid";

enum { KEY_IS_PRIMARY, KEY_COLUMNS, KEY_INDEX, KEY_IS_USUAL };

/* Columns of an index by which values are not unique as = has it for the column: of another
 * collation, or of a class whose equality is not that of the class which the server would choose
 * for the type (the type's own, else one that it is cast to without a change, a preferred type
 * first). Nobody would find rows by another collation's index, even where both take the same texts
 * for equal. 403: B-trees, no others are unique. */
static const char other_sql[] =
    "WITH RECURSIVE key (type, class, is_usual) AS ("
    "SELECT a.atttypid, i.indclass[n], i.indcollation[n] = a.attcollation "
    "FROM pg_catalog.pg_index i, pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n, "
    "pg_catalog.pg_attribute a WHERE i.indexrelid = $1::oid AND a.attrelid = i.indrelid "
    "AND a.attnum = i.indkey[n] UNION ALL SELECT d.typbasetype, k.class, k.is_usual "
    "FROM key k JOIN pg_catalog.pg_type d ON d.oid = k.type WHERE d.typtype = 'd'), "
    "class (oid, type, is_default, equality) AS ("
    "SELECT o.oid, o.opcintype, o.opcdefault, p.amopopr "
    "FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_amop p ON p.amopfamily = o.opcfamily "
    "AND p.amoplefttype = o.opcintype AND p.amoprighttype = o.opcintype AND p.amopstrategy = 3 "
    "WHERE o.opcmethod = 403) "
    "SELECT 1 FROM key k JOIN pg_catalog.pg_type t ON t.oid = k.type AND t.typtype <> 'd' "
    "WHERE NOT k.is_usual "
    "OR (SELECT c.equality FROM class c WHERE c.oid = k.class) IS DISTINCT FROM "
    "(SELECT c.equality FROM class c JOIN pg_catalog.pg_type y ON y.oid = c.type "
    "WHERE c.is_default AND (y.oid = t.oid OR y.oid = CASE t.typtype "
    "WHEN 'e' THEN 'pg_catalog.anyenum'::pg_catalog.regtype "
    "WHEN 'r' THEN 'pg_catalog.anyrange'::pg_catalog.regtype "
    "WHEN 'm' THEN 'pg_catalog.anymultirange'::pg_catalog.regtype "
    "WHEN 'c' THEN 'pg_catalog.record'::pg_catalog.regtype "
    "WHEN 'b' THEN CASE WHEN t.typsubscript = "
    "'pg_catalog.array_subscript_handler'::pg_catalog.regproc "
    "THEN 'pg_catalog.anyarray'::pg_catalog.regtype END END "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast x WHERE x.castsource = t.oid "
    "AND x.casttarget = y.oid AND x.castmethod = 'b' AND x.castcontext = 'i')) "
    "ORDER BY y.oid = t.oid DESC, y.typispreferred DESC LIMIT 1)";

/** Rows are found by what = means for their columns, so a unique index is a key only where that is
 *  what its values are unique by. */
static wh_code is_unique_as_compared(const struct reading *reading, const PGresult *keys, int row,
                                     bool *ret)
{
    PGresult *others WH_CLEANUP(wh_postgres_result_release) = NULL;
    Oid index = (Oid)wh_postgres_number_at(keys, row, KEY_INDEX);
    *ret = wh_postgres_is_true_at(keys, row, KEY_IS_USUAL);
    if (*ret)
        return WH_OK;
    WH_TRY(wh_postgres_query_about(reading->destination, other_sql, index, &others, reading->err));
    *ret = PQntuples(others) == 0;
    return WH_OK;
}

static size_t find_number(const struct reading *reading, int64_t number)
{
    size_t i = 0;
    while (i < reading->table->info.column_count && reading->table->columns[i].number != number)
        i++;
    return i;
}

/** Reads "1 3" as columns; a number that is none of theirs makes no key. */
static wh_code read_key(struct reading *reading, struct wh_str numbers, struct wh_key_info *key)
{
    size_t *columns =
        wh_arena_array(reading->arena, reading->table->info.column_count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(reading->err, sizeof(*columns));
    key->columns = columns;
    key->column_count = 0;
    while (numbers.len > 0) {
        int64_t number = 0;
        enum wh_fault fault = wh_int_parse(wh_str_split(&numbers, ' '), &number);
        size_t column = find_number(reading, number);
        if (fault != WH_FAULT_NONE || column == reading->table->info.column_count ||
            key->column_count == reading->table->info.column_count) {
            key->column_count = 0;
            return WH_OK;
        }
        columns[key->column_count++] = column;
    }
    return WH_OK;
}

static wh_code read_keys(struct reading *reading)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_table_info *info = &reading->table->info;
    WH_TRY(wh_postgres_ask_about(reading->destination, WH_POSTGRES_KEYS, keys_sql,
                                 reading->table->oid, &rows, reading->err));
    size_t most = (size_t)PQntuples(rows);
    struct wh_key_info *keys = wh_arena_array(reading->arena, most, sizeof(*keys));
    if (keys == NULL)
        return wh_error_no_memory(reading->err, most * sizeof(*keys));
    info->keys = keys;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct wh_key_info *key = &keys[info->key_count];
        bool is_key;
        key->is_primary = wh_postgres_is_true_at(rows, i, KEY_IS_PRIMARY);
        WH_TRY(is_unique_as_compared(reading, rows, i, &is_key));
        WH_TRY(read_key(reading, wh_postgres_text_at(rows, i, KEY_COLUMNS), key));
        info->key_count += is_key && key->column_count > 0;
    }
    return WH_OK;
}

wh_code wh_postgres_relation_read(struct wh_destination *destination,
                                  const struct wh_postgres_relation *relation,
                                  struct wh_arena *arena, struct wh_postgres_table *ret,
                                  struct wh_error *err)
{
    struct reading reading = {.destination = destination, .arena = arena, .table = ret, .err = err};
    *ret = (struct wh_postgres_table){
        .oid = relation->oid, .sql_name = relation->sql_name, .relation = relation->relation};
    ret->info.name = relation->name;
    ret->info.number = relation->oid;
    ret->info.has_triggers = relation->triggers.len > 0;
    ret->info.triggers = relation->triggers;
    ret->refers_to_itself = relation->refers_to_itself;
    /* A trigger may touch rows that a group is still to write. */
    ret->tells_versions = relation->is_heap && !relation->has_children && !ret->info.has_triggers;
    WH_TRY(read_columns(&reading));
    return read_keys(&reading);
}

/** A table whose key was set aside is described as with it: it will have it again. Where somebody
 *  wrote such a comment on a column that is no such key, it is nothing but that. */
static wh_code read_key_aside(struct wh_destination *destination, struct wh_arena *arena,
                              struct wh_postgres_table *table, struct wh_error *err)
{
    struct wh_table_info *info = &table->info;
    struct wh_str name;
    if (info->key_count > 0 && info->keys[0].is_primary)
        return WH_OK;
    WH_TRY(wh_postgres_find_key_aside(destination, table->oid, arena, &name, err));
    size_t index = name.ptr != NULL ? wh_table_find_column(info, name) : SIZE_MAX;
    if (index == SIZE_MAX || !wh_postgres_can_be_aside(&table->columns[index]))
        return WH_OK;
    size_t *column = WH_ARENA_NEW(arena, size_t);
    struct wh_key_info *keys = wh_arena_array(arena, info->key_count + 1, sizeof(*keys));
    if (column == NULL || keys == NULL)
        return wh_error_no_memory(err, (info->key_count + 1) * sizeof(*keys));
    *column = index;
    keys[0] = (struct wh_key_info){.columns = column, .column_count = 1, .is_primary = true};
    for (size_t i = 0; i < info->key_count; i++)
        keys[i + 1] = info->keys[i];
    info->keys = keys;
    info->key_count++;
    info->key_is_aside = true;
    return WH_OK;
}

wh_code wh_postgres_table_read(struct wh_destination *destination, struct wh_str name,
                               struct wh_arena *arena, struct wh_postgres_table *ret,
                               struct wh_error *err)
{
    struct wh_postgres_relation found;
    WH_TRY(find_table(destination, name, arena, &found, err));
    WH_TRY(wh_postgres_relation_read(destination, &found, arena, ret, err));
    return read_key_aside(destination, arena, ret, err);
}

/* ---- the contract's functions ---------------------------------------------------------------- */

wh_code wh_postgres_describe(struct wh_destination *destination, struct wh_str table,
                             struct wh_arena *arena, struct wh_table_info *ret,
                             struct wh_error *err)
{
    struct wh_postgres_table read;
    wh_code rc = wh_postgres_table_read(destination, table, arena, &read, err);
    if (rc != WH_OK)
        return rc == WH_INVALID
                   ? wh_postgres_say_hidden(destination, table, WH_POSTGRES_ON_SEARCH_PATH, err)
                   : rc;
    WH_TRY(wh_postgres_check_ledger(destination, err));
    *ret = read.info;
    return WH_OK;
}

static wh_code check_name(const char *what, struct wh_str name, struct wh_error *err)
{
    if (name.len <= LONGEST_NAME)
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "the name of %s '%.*s' has %zu bytes, of which PostgreSQL would keep %d; "
                        "choose a shorter one",
                        what, WH_FMT(name), name.len, LONGEST_NAME);
}

/** The server cuts longer names without an error. */
static wh_code check_names(const struct wh_table_info *table, struct wh_error *err)
{
    struct wh_str name = table->name;
    struct wh_str schema = wh_sql_split_schema(&wh_sql_postgres, &name);
    WH_TRY(check_name("schema", schema, err));
    WH_TRY(check_name("table", name, err));
    for (size_t i = 0; i < table->column_count; i++)
        WH_TRY(check_name("column", table->columns[i].name, err));
    return WH_OK;
}

/** Refuses types that this database does not have; what it finds to be a type's name is one. */
static wh_code check_types(struct wh_destination *destination, const struct wh_table_info *table,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct wh_column_info *column = &table->columns[i];
        PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
        struct wh_str words;
        if (column->made_as.ptr == NULL)
            continue;
        WH_TRY(wh_arena_copy(&scratch, column->made_as, &words, err));
        wh_code rc = wh_postgres_query(destination, "SELECT pg_catalog.to_regtype($1) IS NOT NULL",
                                       &words.ptr, 1, &rows, err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "column '%.*s'", WH_FMT(column->name));
        if (!wh_postgres_is_true_at(rows, 0, 0))
            return wh_error_set(err, WH_INVALID,
                                "column '%.*s' would be of type %.*s, which database '%s' does not "
                                "have; make the type there first (CREATE TYPE, DOMAIN, EXTENSION), "
                                "or map the column as text: %.*s: %.*s::text",
                                WH_FMT(column->name), WH_FMT(words), PQdb(destination->conn),
                                WH_FMT(column->name), WH_FMT(column->name));
    }
    return WH_OK;
}

wh_code wh_postgres_create(struct wh_destination *destination, const struct wh_table_info *table,
                           bool run, struct wh_arena *arena, struct wh_str *ret,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(check_names(table, err));
    if (destination != NULL)
        WH_TRY(check_types(destination, table, err));
    WH_TRY(wh_sql_append_create_table(&sql, &wh_sql_postgres, table, err));
    WH_TRY(wh_arena_copy(arena, wh_buf_str(&sql), ret, err));
    if (destination != NULL) {
        WH_TRY(wh_postgres_check_new_table(destination, table->name, err));
        WH_TRY(wh_postgres_check_ledger(destination, err));
    }
    if (!run)
        return WH_OK;
    wh_code rc = wh_postgres_run(destination, ret->ptr, err);
    return rc == WH_OK
               ? WH_OK
               : wh_error_prefix(err, rc, "table '%.*s' cannot be made", WH_FMT(table->name));
}

/** A limit would keep the server from counting with several processes. */
static wh_code make_count(const struct wh_postgres_relation *found, uint64_t at_most,
                          struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    if (at_most > INT64_MAX)
        return wh_arena_format(arena, ret, err, "SELECT count(*) FROM %.*s",
                               WH_FMT(found->sql_name));
    return wh_arena_format(arena, ret, err,
                           "SELECT count(*) FROM (SELECT FROM %.*s LIMIT %" PRIu64 ") AS t",
                           WH_FMT(found->sql_name), at_most);
}

wh_code wh_postgres_count(struct wh_destination *destination, struct wh_str table, uint64_t at_most,
                          uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_relation found;
    struct wh_str sql;
    wh_arena_init(&scratch);
    WH_TRY(find_table(destination, table, &scratch, &found, err));
    WH_TRY(make_count(&found, at_most, &scratch, &sql, err));
    WH_TRY(wh_postgres_run(destination, "SET enable_seqscan = on", err));
    wh_code rc = wh_postgres_query(destination, sql.ptr, NULL, 0, &rows, err);
    wh_code reset =
        wh_postgres_run(destination, "SET enable_seqscan = off", rc == WH_OK ? err : NULL);
    if (rc != WH_OK || reset != WH_OK)
        return rc != WH_OK ? rc : reset;
    *ret = (uint64_t)wh_postgres_number_at(rows, 0, 0);
    return WH_OK;
}

/** Of a table that is somebody else's the server says with a warning that it leaves it out. */
wh_code wh_postgres_analyze(struct wh_destination *destination, struct wh_str table,
                            struct wh_arena *arena, struct wh_str *ret_why_not,
                            struct wh_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') OR "
        "pg_catalog.pg_has_role(d.datdba, 'USAGE') FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_database d "
        "ON d.datname = pg_catalog.current_database() WHERE c.oid = $1::oid";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_relation found;
    struct wh_str statement;
    *ret_why_not = WH_STR("");
    WH_TRY(find_table(destination, table, arena, &found, err));
    WH_TRY(wh_postgres_query_about(destination, sql, found.oid, &rows, err));
    if (PQntuples(rows) == 0 || !wh_postgres_is_true_at(rows, 0, 0))
        return wh_arena_format(arena, ret_why_not, err,
                               "only its owner may; run ANALYZE %.*s as the owner, or make role "
                               "'%.*s' a member of the owning role",
                               WH_FMT(found.sql_name), WH_FMT(found.role));
    WH_TRY(wh_arena_format(arena, &statement, err, "ANALYZE %.*s", WH_FMT(found.sql_name)));
    return wh_postgres_run(destination, statement.ptr, err);
}

wh_code wh_postgres_delete_reaches(struct wh_destination *destination, struct wh_str table,
                                   struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    static const char sql[] =
        "SELECT c.conrelid::pg_catalog.regclass FROM pg_catalog.pg_constraint c "
        "WHERE c.contype = 'f' AND c.confrelid = $1::oid AND c.confdeltype IN ('c', 'n', 'd') "
        "ORDER BY 1 LIMIT 1";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_relation found;
    *ret = WH_STR_NONE;
    WH_TRY(find_table(destination, table, arena, &found, err));
    WH_TRY(wh_postgres_query_about(destination, sql, found.oid, &rows, err));
    if (PQntuples(rows) == 0)
        return WH_OK;
    return wh_arena_copy(arena, wh_postgres_text_at(rows, 0, 0), ret, err);
}

/* The names of one place, see below, from row @p *first on. */
static wh_code copy_place(const PGresult *rows, int64_t place, int *first, struct wh_arena *arena,
                          struct wh_str **ret, size_t *ret_count, struct wh_error *err)
{
    size_t most = (size_t)(PQntuples(rows) - *first);
    *ret_count = 0;
    *ret = wh_arena_array(arena, WH_MAX(most, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, most * sizeof(**ret));
    for (; *first < PQntuples(rows) && wh_postgres_number_at(rows, *first, 0) <= place; ++*first)
        WH_TRY(wh_arena_copy(arena, wh_postgres_text_at(rows, *first, 1), &(*ret)[(*ret_count)++],
                             err));
    return WH_OK;
}

wh_code wh_postgres_refers_to(struct wh_destination *destination, struct wh_str table,
                              struct wh_arena *arena, struct wh_references *ret,
                              struct wh_error *err)
{
    /* The name that find_sql finds (place 0); those that foreign keys name (1); foreign keys of
     * the table to itself (2), where an error may name one of a partition. */
    static const char sql[] =
        "WITH RECURSIVE found AS (SELECT c.oid FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') "
        "AND "
        "((c.relname = $1::pg_catalog.text AND pg_catalog.pg_table_is_visible(c.oid)) "
        "OR n.nspname || '.' || c.relname = $1::pg_catalog.text) "
        "ORDER BY c.relname = $1::pg_catalog.text DESC LIMIT 1), "
        "own AS (SELECT oid FROM found UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i "
        "JOIN own ON i.inhparent = own.oid) "
        "SELECT place, CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname "
        "ELSE n.nspname || '.' || c.relname END AS name "
        "FROM (SELECT oid, 0 AS place FROM found UNION SELECT k.confrelid, 1 "
        "FROM pg_catalog.pg_constraint k JOIN found f ON k.conrelid = f.oid "
        "WHERE k.contype = 'f') AS named "
        "JOIN pg_catalog.pg_class c ON c.oid = named.oid "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "UNION SELECT 2, k.conname FROM pg_catalog.pg_constraint k "
        "JOIN own a ON a.oid = k.conrelid JOIN own b ON b.oid = k.confrelid "
        "WHERE k.contype = 'f' ORDER BY place, name";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str wanted;
    int row = 0;
    *ret = (struct wh_references){.table_count = 0};
    /* No table has such a name; who describes it says so. */
    if (table.len > 0 && memchr(table.ptr, '\0', table.len) != NULL)
        return WH_OK;
    WH_TRY(wh_arena_copy(arena, table, &wanted, err));
    WH_TRY(wh_postgres_ask(destination, WH_POSTGRES_REFERS, sql, wanted.ptr, &rows, err));
    WH_TRY(copy_place(rows, 1, &row, arena, &ret->tables, &ret->table_count, err));
    return copy_place(rows, 2, &row, arena, &ret->own_keys, &ret->own_key_count, err);
}
