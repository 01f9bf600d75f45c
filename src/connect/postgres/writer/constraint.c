/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/constraint.h"

#include <stdio.h>

#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/question.h"
#include "data/hash.h"

/* Of a key that takes more bytes nothing is known. */
#define MAX_KEY_SIZE 1024

#define KEY_SEED 23

/* Each gives parts of the constraint: what it is, a text, and what goes with that. $1 is the
 * writer's table, $2 and $3 are the schema and name of the one that the error told, which may be a
 * partition, or '' where that is not known, $4 the constraint. */

#define TOLD                                                                                       \
    "WITH RECURSIVE told AS (SELECT c.oid FROM pg_catalog.pg_class c "                             \
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname = $2 "              \
    "AND c.relname = $3) OR ($3 = '' AND c.oid = $1::pg_catalog.oid)), "

/* Behind a column's name: its collation, where its type would have another one. */
#define COLUMN                                                                                     \
    "'column', a.attname::pg_catalog.text, CASE WHEN a.attcollation = t.typcollation THEN '' "     \
    "ELSE (SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, c.collname) "                     \
    "FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace "    \
    "WHERE c.oid = a.attcollation) END"

#define COLUMNS "pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"

/* A CHECK has the same name in all partitions. One that may do something when it
 * is asked is left alone. */
static const char check_sql[] = TOLD
    "k AS (SELECT k.* FROM pg_catalog.pg_constraint k, told WHERE k.conrelid = $1::pg_catalog.oid "
    "AND k.contype = 'c' AND k.conname = $4 AND (told.oid = k.conrelid OR k.conrelid IN "
    "(SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_ancestors(told.oid) p)) "
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p "
    "ON p.oid = d.refobjid WHERE d.objid = k.oid "
    "AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass "
    "AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.provolatile = 'v')) "
    "SELECT 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid), '' FROM k "
    "UNION ALL SELECT " COLUMN " FROM k JOIN " COLUMNS
    " ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)";

/* The nth key of the index x: a column or an expression,
 * and the collation by which values are the same. */
#define KEY                                                                                        \
    "pg_catalog.pg_get_indexdef(x.indexrelid, n, false) || "                                       \
    "coalesce((SELECT pg_catalog.format(' COLLATE %I.%I', s.nspname, c.collname) "                 \
    "FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace s ON s.oid = c.collnamespace "    \
    "WHERE c.oid = x.indcollation[n - 1]), '')"

/* Parts of the index x. */
#define INDEX_PARTS                                                                                \
    "SELECT CASE WHEN x.indkey[n - 1] = 0 THEN 'expression' ELSE 'key' END, " KEY                  \
    ", CASE WHEN a.attnotnull THEN 'not null' ELSE '' END "                                        \
    "FROM x CROSS JOIN pg_catalog.generate_series(1, x.indnkeyatts) AS n "                         \
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid "                              \
    "AND a.attnum = x.indkey[n - 1] UNION ALL SELECT 'nulls are equal', '', '' FROM x "            \
    "WHERE (pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::pg_catalog.bool UNION ALL "         \
    "SELECT 'predicate', pg_catalog.pg_get_expr(x.indpred, x.indrelid), '' FROM x "                \
    "WHERE x.indpred IS NOT NULL UNION ALL SELECT " COLUMN " FROM x JOIN " COLUMNS                 \
    " ON a.attrelid = x.indrelid "                                                                 \
    "AND (a.attnum = ANY ((x.indkey::pg_catalog.int2[])[0:x.indnkeyatts - 1]) OR a.attnum IN "     \
    "(SELECT d.refobjsubid FROM pg_catalog.pg_depend d WHERE d.objid = x.indexrelid "              \
    "AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = x.indrelid "      \
    "AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0))"

/* The index that the error told, or the one that it is a part of. */
static const char unique_sql[] = TOLD
    "broken AS (SELECT i.indexrelid FROM pg_catalog.pg_index i JOIN told ON told.oid = i.indrelid "
    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE c.relname = $4), "
    "x AS (SELECT i.* FROM pg_catalog.pg_index i WHERE i.indrelid = $1::pg_catalog.oid "
    "AND i.indexrelid IN (SELECT indexrelid FROM broken UNION ALL SELECT p.relid::pg_catalog.oid "
    "FROM broken, pg_catalog.pg_partition_ancestors(broken.indexrelid) p)) " INDEX_PARTS;

/* The same of an exclusion constraint, with an operator for each of its keys. */
static const char exclusion_sql[] = TOLD
    "x AS (SELECT i.*, k.conexclop FROM pg_catalog.pg_constraint k JOIN told "
    "ON told.oid = k.conrelid JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid "
    "WHERE k.conrelid = $1::pg_catalog.oid AND k.contype = 'x' AND k.conname = $4) " INDEX_PARTS
    " UNION ALL (SELECT 'operator', pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname), "
    "CASE WHEN o.oprcanhash OR o.oprcanmerge THEN 'equal' "
    "WHEN o.oprcode = 'pg_catalog.range_overlaps'::pg_catalog.regproc THEN 'range' ELSE '' END "
    "FROM x CROSS JOIN pg_catalog.unnest(x.conexclop) WITH ORDINALITY AS u (number, n) "
    "JOIN pg_catalog.pg_operator o ON o.oid = u.number "
    "JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace ORDER BY u.n)";

/* Columns and, each by its place, what they refer to. */
static const char foreign_key_sql[] = TOLD
    "k AS (SELECT k.* FROM pg_catalog.pg_constraint k JOIN told ON told.oid = k.conrelid "
    "WHERE k.contype = 'f' AND k.conname = $4 "
    "UNION ALL SELECT p.* FROM pg_catalog.pg_constraint p JOIN k ON p.oid = k.conparentid), "
    "f AS (SELECT * FROM k WHERE k.conrelid = $1::pg_catalog.oid) "
    "SELECT 'table', pg_catalog.format('%s%I.%I', CASE WHEN c.relkind = 'p' THEN '' ELSE 'ONLY ' "
    "END, n.nspname, c.relname), f.confmatchtype::pg_catalog.text FROM f JOIN pg_catalog.pg_class "
    "c ON c.oid = f.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "UNION ALL (SELECT " COLUMN " FROM f, pg_catalog.unnest(f.conkey) WITH ORDINALITY AS "
    "u (number, n) JOIN " COLUMNS " ON a.attnum = u.number WHERE a.attrelid = f.conrelid "
    "ORDER BY u.n) UNION ALL (SELECT 'key', pg_catalog.format('%I', a.attname), "
    "pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM f, "
    "ROWS FROM (pg_catalog.unnest(f.confkey), pg_catalog.unnest(f.conpfeqop)) "
    "WITH ORDINALITY AS u (number, operator, n) JOIN pg_catalog.pg_attribute a "
    "ON a.attnum = u.number JOIN pg_catalog.pg_operator o ON o.oid = u.operator "
    "JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE a.attrelid = f.confrelid "
    "ORDER BY u.n) UNION ALL (SELECT 'own', a.attname::pg_catalog.text, '' FROM f, "
    "pg_catalog.unnest(f.confkey) "
    "WITH ORDINALITY AS u (number, n) JOIN pg_catalog.pg_attribute a ON a.attnum = u.number "
    "WHERE f.confrelid = f.conrelid AND a.attrelid = f.confrelid ORDER BY u.n)";

static const char *const parts_sql[] = {
    [WH_POSTGRES_CHECK] = check_sql,           [WH_POSTGRES_REPEATED] = unique_sql,
    [WH_POSTGRES_UNIQUE] = unique_sql,         [WH_POSTGRES_CLASHING] = unique_sql,
    [WH_POSTGRES_EXCLUDED] = exclusion_sql,    [WH_POSTGRES_OVERLAPPING] = exclusion_sql,
    [WH_POSTGRES_CONFLICTING] = exclusion_sql, [WH_POSTGRES_FOREIGN_KEY] = foreign_key_sql,
};

enum wh_postgres_constraint_kind wh_postgres_constraint_kind_of(const char *sqlstate)
{
    static const struct {
        char sqlstate[6];
        enum wh_postgres_constraint_kind kind;
    } kinds[] = {{"23514", WH_POSTGRES_CHECK},
                 {"23505", WH_POSTGRES_REPEATED},
                 {"23P01", WH_POSTGRES_EXCLUDED},
                 {"23503", WH_POSTGRES_FOREIGN_KEY}};
    for (size_t i = 0; i < WH_COUNT_OF(kinds); i++)
        if (strcmp(sqlstate, kinds[i].sqlstate) == 0)
            return kinds[i].kind;
    return WH_POSTGRES_NO_CONSTRAINT;
}

enum wh_postgres_constraint_kind wh_postgres_constraint_other(enum wh_postgres_constraint_kind kind)
{
    if (kind == WH_POSTGRES_REPEATED)
        return WH_POSTGRES_UNIQUE;
    return kind == WH_POSTGRES_EXCLUDED ? WH_POSTGRES_OVERLAPPING : WH_POSTGRES_NO_CONSTRAINT;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static bool add_part(struct wh_str what, const struct wh_postgres_part *part,
                     struct wh_postgres_parts *parts)
{
    if (wh_str_is(what, "table")) {
        parts->table = *part;
        return true;
    }
    if (wh_str_is(what, "nulls are equal")) {
        parts->nulls_are_equal = true;
        return true;
    }
    if (wh_str_is(what, "predicate")) {
        parts->predicate = part->text;
        return true;
    }
    if (wh_str_is(what, "operator") && parts->operator_count < WH_POSTGRES_CONSTRAINT_COLUMNS) {
        parts->operators[parts->operator_count++] = *part;
        return true;
    }
    if (wh_str_is(what, "own") && parts->own_count < WH_POSTGRES_CONSTRAINT_COLUMNS) {
        parts->own[parts->own_count++] = part->text;
        return true;
    }
    bool is_column = wh_str_is(what, "column");
    size_t *count = is_column ? &parts->column_count : &parts->key_count;
    if (*count == WH_POSTGRES_CONSTRAINT_COLUMNS)
        return false;
    parts->has_expressions |= wh_str_is(what, "expression");
    (is_column ? parts->columns : parts->keys)[(*count)++] = *part;
    return true;
}

/** The writer's column of that name; its count of columns where it writes none. */
static size_t find_column(const struct wh_writer *writer, struct wh_str name)
{
    size_t column = 0;
    while (column < writer->column_count &&
           !wh_str_equal(writer->table.info.columns[writer->columns[column]].name, name))
        column++;
    return column;
}

static bool find_columns(const struct wh_writer *writer, const struct wh_postgres_parts *parts,
                         struct wh_postgres_constraint *ret)
{
    for (size_t i = 0; i < parts->column_count; i++) {
        size_t column = find_column(writer, parts->columns[i].text);
        if (column == writer->column_count)
            return false;
        ret->columns[ret->column_count++] = column;
    }
    return ret->column_count > 0;
}

static void find_keys(const struct wh_writer *writer, const struct wh_postgres_parts *parts,
                      struct wh_postgres_constraint *ret)
{
    for (size_t i = 0; i < parts->own_count; i++) {
        size_t column = find_column(writer, parts->own[i]);
        if (column == writer->column_count) {
            ret->key_count = 0;
            return;
        }
        ret->keys[ret->key_count++] = column;
    }
}

/** Rows that are there under their match are looked for in their own way, and are not refused. */
static bool is_match(const struct wh_writer *writer, const struct wh_postgres_parts *parts,
                     const struct wh_postgres_constraint *constraint)
{
    bool is_plain = !parts->has_expressions && parts->predicate.ptr == NULL;
    bool is_unique =
        constraint->kind == WH_POSTGRES_UNIQUE || constraint->kind == WH_POSTGRES_REPEATED;
    if (!is_unique || !is_plain || constraint->column_count != writer->match_count)
        return false;
    for (size_t i = 0; i < constraint->column_count; i++)
        if (!writer->is_match[constraint->columns[i]])
            return false;
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code read_parts(struct wh_writer *writer, const struct wh_postgres_broken *broken,
                          struct wh_postgres_constraint *constraint, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_parts parts = {.column_count = 0};
    char oid[16];
    const char *params[] = {oid, broken->schema, broken->table, broken->constraint};
    snprintf(oid, sizeof(oid), "%u", writer->table.oid);
    WH_TRY(wh_postgres_query(writer->destination, parts_sql[constraint->kind], params,
                             WH_COUNT_OF(params), &rows, err));
    bool can = PQntuples(rows) > 0;
    for (int i = 0; i < PQntuples(rows) && can; i++) {
        struct wh_postgres_part part = {.text = wh_postgres_text_at(rows, i, 1),
                                        .more = wh_postgres_text_at(rows, i, 2)};
        can = add_part(wh_postgres_text_at(rows, i, 0), &part, &parts);
    }
    constraint->cannot = !can || !wh_postgres_question_can(&parts, constraint->kind) ||
                         !find_columns(writer, &parts, constraint) ||
                         is_match(writer, &parts, constraint);
    if (constraint->cannot)
        return WH_OK;
    constraint->is_to_itself = parts.own_count > 0;
    find_keys(writer, &parts, constraint);
    constraint->is_partial = parts.predicate.ptr != NULL;
    constraint->is_full = wh_str_is(parts.table.more, "f");
    return wh_postgres_question_write(writer, &parts, constraint, &writer->arena, err);
}

wh_code wh_postgres_constraint_read(struct wh_writer *writer,
                                    const struct wh_postgres_broken *broken,
                                    enum wh_postgres_constraint_kind kind,
                                    struct wh_postgres_constraint **ret, struct wh_error *err)
{
    struct wh_postgres_constraint *constraint =
        WH_ARENA_NEW(&writer->arena, struct wh_postgres_constraint);
    if (constraint == NULL)
        return wh_error_no_memory(err, sizeof(*constraint));
    constraint->kind = kind;
    *ret = constraint;
    WH_TRY(wh_arena_copy(&writer->arena, wh_str_from(broken->constraint), &constraint->name, err));
    return read_parts(writer, broken, constraint, err);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/** A lost connection, a cancelled statement or a deadlock is no answer. */
static bool is_answer(const struct wh_writer *writer, wh_code rc, const struct wh_error *err)
{
    bool is_refusal = err->retry == WH_RETRY_NEVER || err->retry == WH_RETRY_ITEM;
    return rc == WH_OK || (is_refusal && rc != WH_CANCELLED &&
                           PQtransactionStatus(writer->destination->conn) == PQTRANS_INERROR);
}

static wh_code run_question(struct wh_writer *writer, const struct wh_postgres_asked *asked,
                            PGresult **ret, struct wh_error *err)
{
    const struct wh_postgres_constraint *constraint = asked->constraint;
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < constraint->column_count; i++)
        WH_TRY(wh_postgres_add_array(writer, asked->columns, constraint->columns[i], &asked->rows,
                                     err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    return wh_postgres_query_binary(writer->destination, constraint->question.ptr, &params, ret,
                                    err);
}

wh_code wh_postgres_constraint_ask(struct wh_writer *writer, const struct wh_postgres_asked *asked,
                                   PGresult **ret, struct wh_error *err)
{
    struct wh_destination *destination = writer->destination;
    struct wh_error failed = WH_ERROR_NONE;
    *ret = NULL;
    WH_TRY(wh_postgres_run(destination, "SAVEPOINT wherry_doubt", err));
    wh_code rc = run_question(writer, asked, ret, &failed);
    if (!is_answer(writer, rc, &failed)) {
        if (err != NULL)
            *err = failed;
        return rc;
    }
    return wh_postgres_run(destination,
                           rc == WH_OK ? "RELEASE wherry_doubt"
                                       : "ROLLBACK TO wherry_doubt; RELEASE wherry_doubt",
                           err);
}

wh_code wh_postgres_constraint_answer(const PGresult *answer, int at, int field, size_t count,
                                      size_t *ret, struct wh_error *err)
{
    int64_t place = wh_postgres_number_at(answer, at, field);
    WH_ASSERT(place >= 1 && (size_t)place <= count, err);
    *ret = (size_t)place - 1;
    return WH_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

bool wh_postgres_constraint_is_mixed(const struct wh_postgres_constraint *constraint,
                                     const struct wh_column *columns, size_t row)
{
    size_t nulls = 0;
    for (size_t i = 0; i < constraint->column_count; i++)
        nulls += wh_column_is_null(&columns[constraint->columns[i]], row);
    return constraint->is_full && nulls > 0 && nulls < constraint->column_count;
}

enum wh_postgres_form wh_postgres_constraint_form(const struct wh_writer *writer, size_t column)
{
    enum wh_postgres_form form = writer->kinds[column]->reading.form;
    return form == WH_FORM_INT2 || form == WH_FORM_INT4 ? WH_FORM_INT8 : form;
}

uint64_t wh_postgres_constraint_hash(const struct wh_writer *writer, const size_t *of, size_t count,
                                     const struct wh_column *columns, size_t row)
{
    char bytes[MAX_KEY_SIZE];
    char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        const struct wh_column *values = &columns[of[i]];
        enum wh_postgres_form form = wh_postgres_constraint_form(writer, of[i]);
        if (wh_column_is_null(values, row) ||
            wh_postgres_field_size(form, values, row) > MAX_KEY_SIZE - (size_t)(at - bytes))
            return 0;
        at = wh_postgres_put_field(form, values, row, at);
    }
    return wh_hash_bytes(wh_str_make(bytes, (size_t)(at - bytes)), KEY_SEED);
}
