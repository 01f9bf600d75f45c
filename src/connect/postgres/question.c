/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/question.h"

#include <stdio.h>

#include "base/error.h"
#include "sql/create_table.h"
#include "sql/quote.h"

#define MAX_SQL ((size_t)1 << 20)

/* Of so many keys each set of NULLs is searched for, where NULLs are equal; the searches double with each. */
#define MAX_NULLABLE 4

/* ---- questions ------------------------------------------------------------------------------------- */

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

/** For each key a text, and what stands between: in @p format # is the key's name, @ what it is made of. */
static wh_code append_keys(const struct asking *asking, const char *between, const char *format,
                           struct wh_error *err)
{
    for (size_t i = 0; i < asking->parts->key_count; i++) {
        char name[24];
        WH_TRY(append(asking, i == 0 ? "" : between, err));
        snprintf(name, sizeof(name), "k%zu", i);
        for (const char *at = format; *at != '\0'; at++)
            WH_TRY(*at == '#'   ? append(asking, name, err)
                   : *at == '@' ? wh_buf_append_str(asking->sql, asking->parts->keys[i].text, err)
                                : wh_buf_append_byte(asking->sql, *at, err));
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

/** Keys as k0, k1 … with their rows' places, without those that hold a NULL where that is equal to nothing. */
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

/** Rows whose keys in @p nulls are NULL, for which there is something in the table that has their value; @p end ends
 *  its search. No index is searched for IS NOT DISTINCT FROM, so that each set of NULLs is a search of its own. */
static wh_code append_holders(const struct asking *asking, unsigned nulls, const char *end,
                              struct wh_error *err)
{
    WH_TRY(append(asking, "SELECT wherry_row.n FROM wherry_row WHERE ", err));
    for (size_t i = 0; i < asking->parts->key_count; i++)
        if (nulls >> i & 1)
            WH_TRY(wh_buf_printf(asking->sql, err, "wherry_row.k%zu IS NULL AND ", i));
    WH_TRY(append(asking, "EXISTS (SELECT FROM ", err));
    WH_TRY(wh_buf_append_str(asking->sql, asking->writer->table.sql_name, err));
    WH_TRY(append(asking, " AS ", err));
    WH_TRY(wh_sql_append_name(asking->sql, asking->writer->table.relation, err));
    for (size_t i = 0; i < asking->parts->key_count; i++) {
        WH_TRY(append(asking, i == 0 ? " WHERE " : " AND ", err));
        WH_TRY(wh_buf_append_str(asking->sql, asking->parts->keys[i].text, err));
        WH_TRY(nulls >> i & 1 ? append(asking, " IS NULL", err)
                              : wh_buf_printf(asking->sql, err, " = wherry_row.k%zu", i));
    }
    WH_TRY(append_predicate(asking, " AND ", err));
    return append(asking, end, err);
}

static wh_code append_all_holders(const struct asking *asking, const char *end,
                                  struct wh_error *err)
{
    unsigned nullable = nullable_keys(asking->parts);
    unsigned nulls = 0;
    WH_TRY(append(asking, "WITH wherry_row AS ", err));
    WH_TRY(append_keyed_rows(asking, err));
    do {
        WH_TRY(append(asking, nulls == 0 ? " " : " UNION ALL ", err));
        WH_TRY(append_holders(asking, nulls, end, err));
        nulls = (nulls - nullable) & nullable; /* the next of the subsets */
    } while (nulls != 0);
    return WH_OK;
}

static wh_code ask_unique(const struct asking *asking, struct wh_error *err)
{
    return append_all_holders(asking, ")", err);
}

/** The row itself is in the table: is there another one? */
static wh_code ask_clashing(const struct asking *asking, struct wh_error *err)
{
    return append_all_holders(asking, " OFFSET 1)", err);
}

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
    return append(asking, ")", err);
}

static wh_code (*const write_of_kind[])(const struct asking *asking, struct wh_error *err) = {
    [WH_POSTGRES_CHECK] = ask_check,
    [WH_POSTGRES_REPEATED] = ask_repeated,
    [WH_POSTGRES_UNIQUE] = ask_unique,
    [WH_POSTGRES_CLASHING] = ask_clashing,
    [WH_POSTGRES_FOREIGN_KEY] = ask_foreign_key,
};

bool wh_postgres_question_can(const struct wh_postgres_parts *parts)
{
    return parts->key_count > 0 && __builtin_popcount(nullable_keys(parts)) <= MAX_NULLABLE;
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
