/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/question.h"

#include <stdio.h>

#include "base/error.h"
#include "sql/create_table.h"
#include "sql/quote.h"

#define MAX_SQL ((size_t)1 << 20)

/* Of so many keys each set of NULLs is searched for, where NULLs are equal;
 * the searches double with each. */
#define MAX_NULLABLE 4

/* Of larger sets of rows that may overlap each other nothing is asked:
 * each would be held against each. */
#define MOST_TOGETHER 128

/* What is looked up so is looked up for each row, in the index. As a join the server would read a
 * table whole for each of them where its statistics say that it is empty, as they do after a COPY
 * that was undone. */
static const char row_by_row[] = " OFFSET 0";

/* ---- questions ------------------------------------------------------------------------------- */

/** A question that is being written. */
struct asking {
    const struct wh_writer *writer;
    const struct wh_postgres_constraint *constraint;
    const struct wh_postgres_parts *parts;
    struct wh_buf *sql;
};

static wh_code append(const struct asking *asking, const char *text, struct wh_error *err)
{
    return wh_buf_append_str(asking->sql, wh_str_from(text), err);
}

/** ROWS FROM (unnest($1::bigint[]), …) WITH ORDINALITY AS s (v0, …, n) */
static wh_code append_arrays(const struct asking *asking, struct wh_error *err)
{
    const struct wh_postgres_constraint *constraint = asking->constraint;
    for (size_t i = 0; i < constraint->column_count; i++) {
        const struct wh_postgres_column *kind = asking->writer->kinds[constraint->columns[i]];
        struct wh_str type = kind->is_readable ? kind->sql_type : WH_STR("pg_catalog.text");
        WH_TRY(wh_buf_printf(asking->sql, err, "%spg_catalog.unnest($%zu::%.*s[])",
                             i == 0 ? "ROWS FROM (" : ", ", i + 1, WH_FMT(type)));
    }
    WH_TRY(append(asking, ") WITH ORDINALITY AS s (", err));
    for (size_t i = 0; i < constraint->column_count; i++)
        WH_TRY(wh_buf_printf(asking->sql, err, "v%zu, ", i));
    return append(asking, "n)", err);
}

/** The value as the column has it: of its type. */
static wh_code append_value(const struct asking *asking, size_t column, struct wh_error *err)
{
    const struct wh_postgres_column *kind =
        asking->writer->kinds[asking->constraint->columns[column]];
    WH_TRY(wh_buf_printf(asking->sql, err, "s.v%zu", column));
    if (kind->is_readable)
        return WH_OK;
    return wh_buf_printf(asking->sql, err, "::%.*s", WH_FMT(kind->sql_type));
}

/** The arrays as rows that look like the table's, under its name, each with its place. */
static wh_code append_rows(const struct asking *asking, struct wh_error *err)
{
    const struct wh_writer *writer = asking->writer;
    WH_TRY(append(asking, "(SELECT s.n AS wherry_place", err));
    for (size_t i = 0; i < asking->constraint->column_count; i++) {
        size_t column = writer->columns[asking->constraint->columns[i]];
        WH_TRY(append(asking, ", ", err));
        WH_TRY(append_value(asking, i, err));
        WH_TRY(wh_buf_printf(asking->sql, err, "%.*s AS ", WH_FMT(asking->parts->columns[i].more)));
        WH_TRY(wh_sql_append_columns(asking->sql, &writer->table.info, &column, 1, err));
    }
    WH_TRY(append(asking, " FROM ", err));
    WH_TRY(append_arrays(asking, err));
    WH_TRY(append(asking, ") AS ", err));
    return wh_sql_append_name(asking->sql, writer->table.relation, err);
}

static wh_code ask_check(const struct asking *asking, struct wh_error *err)
{
    WH_TRY(append(asking, "SELECT wherry_place FROM ", err));
    WH_TRY(append_rows(asking, err));
    return wh_buf_printf(asking->sql, err, " WHERE NOT (%.*s)",
                         WH_FMT(asking->parts->keys[0].text));
}

/** True where the keys of two rows stand against each other if they are equal. */
static bool is_equality(const struct wh_postgres_parts *parts, size_t key)
{
    const struct wh_postgres_part *part = &parts->operators[key];
    return part->text.ptr == NULL || wh_str_is(part->more, "equal");
}

static wh_code append_operator(const struct asking *asking, size_t key, struct wh_error *err)
{
    struct wh_str text = asking->parts->operators[key].text;
    return wh_buf_append_str(asking->sql, text.ptr != NULL ? text : WH_STR("="), err);
}

/** In @p format # is the key's name, @ what it is made of,
 *  ? the operator by which it stands against others. */
static wh_code append_key(const struct asking *asking, size_t key, const char *format,
                          struct wh_error *err)
{
    for (const char *at = format; *at != '\0'; at++)
        WH_TRY(*at == '#'   ? wh_buf_printf(asking->sql, err, "k%zu", key)
               : *at == '@' ? wh_buf_append_str(asking->sql, asking->parts->keys[key].text, err)
               : *at == '?' ? append_operator(asking, key, err)
                            : wh_buf_append_byte(asking->sql, *at, err));
    return WH_OK;
}

/** For each key a text, and what stands between. */
static wh_code append_keys(const struct asking *asking, const char *between, const char *format,
                           struct wh_error *err)
{
    for (size_t i = 0; i < asking->parts->key_count; i++) {
        WH_TRY(append(asking, i == 0 ? "" : between, err));
        WH_TRY(append_key(asking, i, format, err));
    }
    return WH_OK;
}

/** The same for those that are compared for equality, or for the others. */
static wh_code append_keys_that(const struct asking *asking, bool are_equal, const char *between,
                                const char *format, struct wh_error *err)
{
    bool any = false;
    for (size_t i = 0; i < asking->parts->key_count; i++) {
        if (is_equality(asking->parts, i) != are_equal)
            continue;
        WH_TRY(append(asking, any ? between : "", err));
        WH_TRY(append_key(asking, i, format, err));
        any = true;
    }
    return WH_OK;
}

static wh_code append_predicate(const struct asking *asking, const char *before,
                                struct wh_error *err)
{
    if (asking->parts->predicate.ptr == NULL)
        return WH_OK;
    return wh_buf_printf(asking->sql, err, "%s(%.*s)", before, WH_FMT(asking->parts->predicate));
}

/** Keys as k0, k1 … with their rows' places, without those that hold a NULL where
 *  that is equal to nothing. */
static wh_code append_keyed_rows(const struct asking *asking, struct wh_error *err)
{
    WH_TRY(append(asking, "(SELECT * FROM (SELECT wherry_place AS n", err));
    WH_TRY(append_keys(asking, "", ", @ AS #", err));
    WH_TRY(append(asking, " FROM ", err));
    WH_TRY(append_rows(asking, err));
    WH_TRY(append_predicate(asking, " WHERE ", err));
    WH_TRY(append(asking, ") AS wherry_key", err));
    if (!asking->parts->nulls_are_equal) {
        WH_TRY(append(asking, " WHERE ", err));
        WH_TRY(append_keys(asking, " AND ", "wherry_key.# IS NOT NULL", err));
    }
    return append(asking, ")", err);
}

/** Of the rows with one value the first may go in. */
static wh_code ask_repeated(const struct asking *asking, struct wh_error *err)
{
    WH_TRY(append(asking,
                  "SELECT s.n FROM (SELECT wherry_row.n, pg_catalog.row_number() OVER "
                  "(PARTITION BY ",
                  err));
    WH_TRY(append_keys(asking, ", ", "wherry_row.#", err));
    WH_TRY(append(asking, " ORDER BY wherry_row.n) AS nth FROM ", err));
    WH_TRY(append_keyed_rows(asking, err));
    return append(asking, " AS wherry_row) AS s WHERE s.nth > 1", err);
}

/** Keys that may be NULL and are equal then, as bits. */
static unsigned nullable_keys(const struct wh_postgres_parts *parts)
{
    unsigned nullable = 0;
    for (size_t i = 0; i < parts->key_count && parts->nulls_are_equal; i++)
        if (!wh_str_is(parts->keys[i].more, "not null"))
            nullable |= 1u << i;
    return nullable;
}

/** A row that is in the table may stand against itself, and is passed over then. */
static wh_code append_itself(const struct asking *asking, unsigned nulls, struct wh_error *err)
{
    WH_TRY(append(asking, " OFFSET (true", err));
    for (size_t i = 0; i < asking->parts->key_count; i++)
        if ((nulls >> i & 1) == 0)
            WH_TRY(append_key(asking, i, " AND wherry_row.# ? wherry_row.#", err));
    return append(asking, ")::pg_catalog.int4", err);
}

/** Rows whose keys in @p nulls are NULL, for which there is something in the table that
 *  stands against them. No index is searched for IS NOT DISTINCT FROM, so that each set of
 *  NULLs is a search of its own. */
static wh_code append_holders(const struct asking *asking, unsigned nulls, struct wh_error *err)
{
    WH_TRY(append(asking, "SELECT wherry_row.n FROM wherry_row WHERE ", err));
    for (size_t i = 0; i < asking->parts->key_count; i++)
        if (nulls >> i & 1)
            WH_TRY(append_key(asking, i, "wherry_row.# IS NULL AND ", err));
    WH_TRY(append(asking, "EXISTS (SELECT FROM ", err));
    WH_TRY(wh_buf_append_str(asking->sql, asking->writer->table.sql_name, err));
    WH_TRY(append(asking, " AS ", err));
    WH_TRY(wh_sql_append_name(asking->sql, asking->writer->table.relation, err));
    for (size_t i = 0; i < asking->parts->key_count; i++) {
        WH_TRY(append(asking, i == 0 ? " WHERE " : " AND ", err));
        WH_TRY(append_key(asking, i, nulls >> i & 1 ? "@ IS NULL" : "@ ? wherry_row.#", err));
    }
    WH_TRY(append_predicate(asking, " AND ", err));
    if (asking->constraint->kind == WH_POSTGRES_CLASHING ||
        asking->constraint->kind == WH_POSTGRES_CONFLICTING)
        WH_TRY(append_itself(asking, nulls, err));
    else
        WH_TRY(append(asking, row_by_row, err));
    return append(asking, ")", err);
}

static wh_code ask_holders(const struct asking *asking, struct wh_error *err)
{
    unsigned nullable = nullable_keys(asking->parts);
    unsigned nulls = 0;
    WH_TRY(append(asking, "WITH wherry_row AS ", err));
    WH_TRY(append_keyed_rows(asking, err));
    do {
        WH_TRY(append(asking, nulls == 0 ? " " : " UNION ALL ", err));
        WH_TRY(append_holders(asking, nulls, err));
        nulls = (nulls - nullable) & nullable; /* the next of the subsets */
    } while (nulls != 0);
    return WH_OK;
}

/* ---- exclusion constraints ------------------------------------------------------------------- */

/** The first key that is a range and stands against those that it overlaps;
 *  the count of keys where there is none. */
static size_t find_range(const struct wh_postgres_parts *parts)
{
    size_t key = 0;
    while (key < parts->key_count && !wh_str_is(parts->operators[key].more, "range"))
        key++;
    return key;
}

static size_t count_equalities(const struct wh_postgres_parts *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < parts->key_count; i++)
        count += is_equality(parts, i);
    return count;
}

static wh_code append_by_span(const struct asking *asking, struct wh_error *err)
{
    if (count_equalities(asking->parts) > 0)
        WH_TRY(append(asking, "PARTITION BY ", err));
    WH_TRY(append_keys_that(asking, true, ", ", "#", err));
    return append(asking, " ORDER BY pg_catalog.lower(span) NULLS FIRST, n", err);
}

/** Rows with the number of a cluster: by its start, a range that begins behind the reach of all
 *  before it begins a new one, and no range of a cluster overlaps one of another. */
static wh_code append_clusters(const struct asking *asking, size_t range, struct wh_error *err)
{
    WH_TRY(append(asking, "(SELECT *, pg_catalog.sum(is_apart) OVER (", err));
    WH_TRY(append_by_span(asking, err));
    WH_TRY(append(asking,
                  ") AS cluster FROM (SELECT *, coalesce(NOT is_endless AND "
                  "(pg_catalog.lower(span) > reach OR pg_catalog.lower(span) = reach "
                  "AND NOT (is_closed AND pg_catalog.lower_inc(span))), false)::pg_catalog.int4 "
                  "AS is_apart FROM (SELECT *, pg_catalog.max(pg_catalog.upper(span)) OVER before "
                  "AS reach, pg_catalog.bool_or(pg_catalog.upper_inf(span)) OVER before "
                  "AS is_endless, pg_catalog.bool_or(pg_catalog.upper_inc(span)) OVER before "
                  "AS is_closed FROM (SELECT *, ",
                  err));
    WH_TRY(append_key(asking, range, "# AS span FROM ", err));
    WH_TRY(append_keyed_rows(asking, err));
    WH_TRY(
        append(asking, " AS s) AS s WHERE NOT pg_catalog.isempty(span) WINDOW before AS (", err));
    WH_TRY(append_by_span(asking, err));
    return append(asking, " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS s) AS s)", err);
}

/** The arrays of a set of rows as rows again. */
static wh_code append_members(const struct asking *asking, const char *name, struct wh_error *err)
{
    WH_TRY(append(asking, ", ROWS FROM (pg_catalog.unnest(s.n)", err));
    WH_TRY(append_keys_that(asking, false, "", ", pg_catalog.unnest(s.#)", err));
    WH_TRY(wh_buf_printf(asking->sql, err, ") AS %s (n", name));
    WH_TRY(append_keys_that(asking, false, "", ", #", err));
    return append(asking, ")", err);
}

/**
 * Rows that rows before them stand against, with the first and the last of these. Only rows whose
 * equal keys are equal, and whose ranges are of one cluster, are held against each other, set by
 * set: so the work is bounded whatever plan the server makes of rows whose number it does not know.
 */
static wh_code ask_overlapping(const struct asking *asking, struct wh_error *err)
{
    const struct wh_postgres_parts *parts = asking->parts;
    size_t range = find_range(parts);
    bool has_range = range < parts->key_count;
    size_t equalities = count_equalities(parts);
    if (equalities == parts->key_count)
        return ask_repeated(asking, err);
    WH_TRY(append(asking,
                  "SELECT b.n, pg_catalog.min(a.n), pg_catalog.max(a.n) FROM "
                  "(SELECT pg_catalog.array_agg(wherry_row.n) AS n",
                  err));
    WH_TRY(append_keys_that(asking, false, "", ", pg_catalog.array_agg(wherry_row.#) AS #", err));
    WH_TRY(append(asking, " FROM ", err));
    WH_TRY(has_range ? append_clusters(asking, range, err) : append_keyed_rows(asking, err));
    WH_TRY(append(asking, " AS wherry_row GROUP BY ", err));
    WH_TRY(append_keys_that(asking, true, ", ", "wherry_row.#", err));
    WH_TRY(append(asking, has_range && equalities > 0 ? ", " : "", err));
    WH_TRY(append(asking, has_range ? "wherry_row.cluster" : "", err));
    WH_TRY(wh_buf_printf(asking->sql, err, " HAVING pg_catalog.count(*) BETWEEN 2 AND %d) AS s",
                         MOST_TOGETHER));
    WH_TRY(append_members(asking, "a", err));
    WH_TRY(append_members(asking, "b", err));
    WH_TRY(append(asking, " WHERE a.n < b.n AND ", err));
    WH_TRY(append_keys_that(asking, false, " AND ", "b.# ? a.#", err));
    return append(asking, " GROUP BY b.n ORDER BY b.n", err);
}

/* ---- others ---------------------------------------------------------------------------------- */

static wh_code ask_foreign_key(const struct asking *asking, struct wh_error *err)
{
    const struct wh_postgres_parts *parts = asking->parts;
    WH_TRY(append(asking, "SELECT s.n FROM ", err));
    WH_TRY(append_arrays(asking, err));
    WH_TRY(wh_buf_printf(asking->sql, err, " WHERE NOT EXISTS (SELECT FROM %.*s AS t WHERE ",
                         WH_FMT(parts->table.text)));
    for (size_t i = 0; i < parts->key_count; i++) {
        WH_TRY(wh_buf_printf(asking->sql, err, "%st.%.*s %.*s ", i == 0 ? "" : " AND ",
                             WH_FMT(parts->keys[i].text), WH_FMT(parts->keys[i].more)));
        WH_TRY(append_value(asking, i, err));
    }
    WH_TRY(append(asking, row_by_row, err));
    return append(asking, ")", err);
}

static wh_code (*const write_of_kind[])(const struct asking *asking, struct wh_error *err) = {
    [WH_POSTGRES_CHECK] = ask_check,         [WH_POSTGRES_REPEATED] = ask_repeated,
    [WH_POSTGRES_UNIQUE] = ask_holders,      [WH_POSTGRES_CLASHING] = ask_holders,
    [WH_POSTGRES_EXCLUDED] = ask_holders,    [WH_POSTGRES_OVERLAPPING] = ask_overlapping,
    [WH_POSTGRES_CONFLICTING] = ask_holders, [WH_POSTGRES_FOREIGN_KEY] = ask_foreign_key,
};

bool wh_postgres_question_can(const struct wh_postgres_parts *parts,
                              enum wh_postgres_constraint_kind kind)
{
    bool has_sets = count_equalities(parts) > 0 || find_range(parts) < parts->key_count;
    return parts->key_count > 0 && __builtin_popcount(nullable_keys(parts)) <= MAX_NULLABLE &&
           (kind != WH_POSTGRES_OVERLAPPING || has_sets);
}

wh_code wh_postgres_question_write(const struct wh_writer *writer,
                                   const struct wh_postgres_parts *parts,
                                   struct wh_postgres_constraint *constraint,
                                   struct wh_arena *arena, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    struct asking asking = {
        .writer = writer, .constraint = constraint, .parts = parts, .sql = &sql};
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(write_of_kind[constraint->kind](&asking, err));
    return wh_arena_copy(arena, wh_buf_str(&sql), &constraint->question, err);
}
