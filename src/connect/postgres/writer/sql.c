/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/sql.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "sql/create_table.h"

static wh_code append(struct wh_buf *sql, const char *text, struct wh_error *err)
{
    return wh_buf_append_str(sql, wh_str_from(text), err);
}

static wh_code append_column(const struct wh_writer *writer, struct wh_buf *sql, size_t column,
                             struct wh_error *err)
{
    return wh_sql_append_columns(sql, &writer->table.info, &writer->columns[column], 1, err);
}

/** The column of the table's row t, as its text where its type has no form of its own. */
static wh_code append_value(const struct wh_writer *writer, struct wh_buf *sql, size_t column,
                            struct wh_error *err)
{
    const struct wh_postgres_column *kind = writer->kinds[column];
    if (!kind->is_readable)
        WH_TRY(wh_buf_printf(sql, err, "pg_catalog.textin(%.*s(", WH_FMT(kind->output)));
    WH_TRY(append(sql, "t.", err));
    WH_TRY(append_column(writer, sql, column, err));
    return append(sql, kind->is_readable ? "" : "))", err);
}

/** A value that came in as text is cast to what the column holds: "::pg_catalog.inet". */
static wh_code append_cast(const struct wh_writer *writer, struct wh_buf *sql, size_t column,
                           struct wh_error *err)
{
    const struct wh_postgres_column *kind = writer->kinds[column];
    if (kind->is_readable)
        return WH_OK;
    return wh_buf_printf(sql, err, "::%.*s", WH_FMT(kind->sql_type));
}

static wh_code append_table(const struct wh_writer *writer, struct wh_buf *sql,
                            struct wh_error *err)
{
    return wh_buf_append_str(sql, writer->table.sql_name, err);
}

/* ---- arrays as rows -------------------------------------------------------------------------- */

/** Which columns become arrays, and the letter that their names start with: v3, b3. */
struct side {
    char letter;
    bool (*is_wanted)(const struct wh_writer *writer, size_t column);
};

static const struct side keys = {'k', wh_postgres_is_match};
static const struct side values = {'v', wh_postgres_is_any};
static const struct side values_changed = {'v', wh_postgres_is_changed};
static const struct side values_set = {'v', wh_postgres_is_set};
static const struct side values_before = {'b', wh_postgres_is_compared};

static wh_code append_parameters(const struct wh_writer *writer, const struct side *side,
                                 struct wh_buf *sql, size_t *parameter, struct wh_error *err)
{
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!side->is_wanted(writer, i))
            continue;
        const struct wh_postgres_column *kind = writer->kinds[i];
        struct wh_str type = kind->is_readable ? kind->sql_type : WH_STR("pg_catalog.text");
        WH_TRY(wh_buf_printf(sql, err, "%spg_catalog.unnest($%zu::%.*s[])",
                             *parameter > 0 ? ", " : "", *parameter + 1, WH_FMT(type)));
        (*parameter)++;
    }
    return WH_OK;
}

static wh_code append_names(const struct wh_writer *writer, const struct side *side,
                            struct wh_buf *sql, struct wh_error *err)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (side->is_wanted(writer, i))
            WH_TRY(wh_buf_printf(sql, err, "%c%zu, ", side->letter, i));
    return WH_OK;
}

/** ROWS FROM (unnest($1::bigint[]), …) WITH ORDINALITY AS s (v1, b0, b1, n) */
static wh_code append_rows(const struct wh_writer *writer, const struct side *first,
                           const struct side *second, struct wh_buf *sql, struct wh_error *err)
{
    size_t parameter = 0;
    WH_TRY(append(sql, "ROWS FROM (", err));
    WH_TRY(append_parameters(writer, first, sql, &parameter, err));
    if (second != NULL)
        WH_TRY(append_parameters(writer, second, sql, &parameter, err));
    WH_TRY(append(sql, ") WITH ORDINALITY AS s (", err));
    WH_TRY(append_names(writer, first, sql, err));
    if (second != NULL)
        WH_TRY(append_names(writer, second, sql, err));
    return append(sql, "n)", err);
}

/* ---- conditions ------------------------------------------------------------------------------ */

/** What was sent for a column, of the type of what the column holds. */
static wh_code append_given(const struct wh_writer *writer, char letter, size_t column,
                            struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(wh_buf_printf(sql, err, "s.%c%zu", letter, column));
    return append_cast(writer, sql, column, err);
}

/** By plain equality the server would go through the index in its order, and hold each key against
 *  each row, where the table's statistics say that there is none, as they do after a COPY that was
 *  undone. An order is of no use for ANY, nor for the ends of a range. Of an array ANY would take
 *  the elements. And a domain has not the operators of all that it may be made of (an enum): a
 *  column is cast to that, which an index over the column takes for the column itself. */
static wh_code append_is_given(const struct wh_writer *writer, char letter, size_t column,
                               struct wh_buf *sql, struct wh_error *err)
{
    const struct wh_postgres_column *kind = writer->kinds[column];
    WH_TRY(append(sql, "t.", err));
    WH_TRY(append_column(writer, sql, column, err));
    WH_TRY(wh_buf_printf(sql, err, "::%.*s", WH_FMT(kind->sql_type)));
    WH_TRY(append(sql, kind->is_array ? " BETWEEN " : " = ANY (ARRAY[", err));
    WH_TRY(append_given(writer, letter, column, sql, err));
    if (!kind->is_array)
        return append(sql, "])", err);
    WH_TRY(append(sql, " AND ", err));
    return append_given(writer, letter, column, sql, err);
}

static wh_code append_match(const struct wh_writer *writer, char letter, struct wh_buf *sql,
                            struct wh_error *err)
{
    for (size_t i = 0; i < writer->match_count; i++) {
        WH_TRY(append(sql, i == 0 ? "" : " AND ", err));
        WH_TRY(append_is_given(writer, letter, writer->match[i], sql, err));
    }
    return WH_OK;
}

/** How the values of a column are told apart to the byte: what stands behind each side. */
static const char *exactly(const struct wh_postgres_column *kind)
{
    if (!kind->is_readable)
        return " COLLATE pg_catalog.\"C\"";
    if (kind->reading.compares_as_text)
        return "::pg_catalog.text COLLATE pg_catalog.\"C\"";
    bool is_text = kind->reading.type.kind == WH_KIND_TEXT && kind->type.oid != WH_OID_UUID;
    return is_text ? " COLLATE pg_catalog.\"C\"" : "";
}

/** Appends what is true where a column holds the very value that was sent for it. */
static wh_code append_is_as(const struct wh_writer *writer, size_t column, struct wh_buf *sql,
                            struct wh_error *err)
{
    const char *how = exactly(writer->kinds[column]);
    WH_TRY(append_value(writer, sql, column, err));
    return wh_buf_printf(sql, err, "%s IS NOT DISTINCT FROM s.%c%zu%s", how, values_before.letter,
                         column, how);
}

/** The row is found by its match, and every compared column still holds what was read. */
static wh_code append_as_before(const struct wh_writer *writer, struct wh_buf *sql,
                                struct wh_error *err)
{
    WH_TRY(append(sql, " WHERE ", err));
    WH_TRY(append_match(writer, values_before.letter, sql, err));
    for (size_t i = 0; i < writer->column_count; i++) {
        const char *how = exactly(writer->kinds[i]);
        if (!wh_postgres_is_compared(writer, i) || (writer->is_match[i] && how[0] == '\0'))
            continue;
        WH_TRY(append(sql, " AND ", err));
        WH_TRY(append_is_as(writer, i, sql, err));
    }
    return WH_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

/** The rows that are found by their match among what is given of @p side. */
static wh_code append_found(const struct wh_writer *writer, const struct side *side,
                            struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_rows(writer, side, NULL, sql, err));
    WH_TRY(append(sql, " JOIN ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t ON ", err));
    return append_match(writer, side->letter, sql, err);
}

static wh_code append_fetch(const struct wh_writer *writer, enum wh_postgres_writer_statement which,
                            struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT s.n", err));
    for (size_t i = 0; which == WH_POSTGRES_FETCH && i < writer->column_count; i++) {
        WH_TRY(append(sql, ", ", err));
        WH_TRY(append_value(writer, sql, i, err));
    }
    if (which != WH_POSTGRES_PROBE && writer->table.tells_versions)
        WH_TRY(append(sql, ", t.xmin", err));
    return append_found(writer, &keys, sql, err);
}

/** Where there is nothing to set, the row is written as it is:
 *  its outcome is asked for all the same. */
static wh_code append_settings(const struct wh_writer *writer, const struct side *side,
                               struct wh_buf *sql, struct wh_error *err)
{
    bool any = false;
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!side->is_wanted(writer, i))
            continue;
        WH_TRY(append(sql, any ? ", " : "", err));
        WH_TRY(append_column(writer, sql, i, err));
        WH_TRY(wh_buf_printf(sql, err, " = s.%c%zu", side->letter, i));
        WH_TRY(append_cast(writer, sql, i, err));
        any = true;
    }
    if (any)
        return WH_OK;
    WH_TRY(append_column(writer, sql, writer->match[0], err));
    WH_TRY(append(sql, " = t.", err));
    return append_column(writer, sql, writer->match[0], err);
}

static wh_code append_update(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "UPDATE ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t SET ", err));
    WH_TRY(append_settings(writer, &values_set, sql, err));
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_rows(writer, &values_set, &values_before, sql, err));
    WH_TRY(append_as_before(writer, sql, err));
    return append(sql, " RETURNING s.n", err);
}

/** As append_rows(), with the versions behind them: … AS s (v1, k0, x, n) */
static wh_code append_versions(const struct wh_writer *writer, struct wh_buf *sql,
                               struct wh_error *err)
{
    size_t parameter = 0;
    WH_TRY(append(sql, "ROWS FROM (", err));
    WH_TRY(append_parameters(writer, &values_changed, sql, &parameter, err));
    WH_TRY(append_parameters(writer, &keys, sql, &parameter, err));
    WH_TRY(wh_buf_printf(sql, err,
                         ", pg_catalog.unnest($%zu::pg_catalog.xid[])) WITH ORDINALITY AS s (",
                         parameter + 1));
    WH_TRY(append_names(writer, &values_changed, sql, err));
    WH_TRY(append_names(writer, &keys, sql, err));
    return append(sql, "x, n)", err);
}

static wh_code append_change(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "UPDATE ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t SET ", err));
    WH_TRY(append_settings(writer, &values_changed, sql, err));
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_versions(writer, sql, err));
    WH_TRY(append(sql, " WHERE ", err));
    WH_TRY(append_match(writer, keys.letter, sql, err));
    return append(sql, " AND t.xmin OPERATOR(pg_catalog.=) s.x RETURNING s.n", err);
}

static wh_code append_delete(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "DELETE FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t USING ", err));
    WH_TRY(append_rows(writer, &values_before, NULL, sql, err));
    WH_TRY(append_as_before(writer, sql, err));
    return append(sql, " RETURNING s.n", err);
}

static wh_code append_written(const struct wh_writer *writer, struct wh_buf *sql,
                              struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT s.n FROM ", err));
    WH_TRY(append_rows(writer, &values_before, NULL, sql, err));
    WH_TRY(append(sql, " CROSS JOIN ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t", err));
    return append_as_before(writer, sql, err);
}

/** For rows that are found by their match: of each compared column whether it is as it was sent. */
static wh_code append_altered(const struct wh_writer *writer, struct wh_buf *sql,
                              struct wh_error *err)
{
    bool any = false;
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!wh_postgres_is_compared(writer, i))
            continue;
        WH_TRY(append(sql, any ? ", " : "SELECT ", err));
        WH_TRY(append_is_as(writer, i, sql, err));
        any = true;
    }
    return append_found(writer, &values_before, sql, err);
}

/** "v0::pg_catalog.inet, v1", or with @p match_only those of the match. */
static wh_code append_sent(const struct wh_writer *writer, bool match_only, const char *between,
                           struct wh_buf *sql, struct wh_error *err)
{
    bool any = false;
    for (size_t i = 0; i < writer->column_count; i++) {
        if (match_only && !writer->is_match[i])
            continue;
        WH_TRY(wh_buf_printf(sql, err, "%s%c%zu", any ? between : "", values.letter, i));
        WH_TRY(append_cast(writer, sql, i, err));
        any = true;
    }
    return WH_OK;
}

/** Of what was sent, rows that no other one has the match of: RETURNING tells no more of those that
 *  were written than what stands in the table. */
static wh_code append_alone(const struct wh_writer *writer, struct wh_buf *sql,
                            struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT s.*, pg_catalog.count(*) OVER (PARTITION BY ", err));
    WH_TRY(append_sent(writer, true, ", ", sql, err));
    WH_TRY(append(sql, ") AS same FROM ", err));
    WH_TRY(append_rows(writer, &values, NULL, sql, err));
    return WH_OK;
}

static wh_code append_insert_around(const struct wh_writer *writer, struct wh_buf *sql,
                                    struct wh_error *err)
{
    size_t columns = writer->column_count;
    WH_TRY(append(sql, "INSERT INTO ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " (", err));
    WH_TRY(wh_sql_append_columns(sql, &writer->table.info, writer->columns, columns, err));
    WH_TRY(append(sql, ") OVERRIDING SYSTEM VALUE SELECT ", err));
    WH_TRY(append_sent(writer, false, ", ", sql, err));
    WH_TRY(append(sql, " FROM s WHERE s.same OPERATOR(pg_catalog.=) 1 AND ", err));
    WH_TRY(append_sent(writer, true, " IS NOT NULL AND ", sql, err));
    WH_TRY(append(sql, " IS NOT NULL ORDER BY s.n ON CONFLICT DO NOTHING RETURNING ", err));
    for (size_t i = 0; i < writer->match_count; i++) {
        WH_TRY(append(sql, i == 0 ? "" : ", ", err));
        WH_TRY(append_column(writer, sql, writer->match[i], err));
    }
    return WH_OK;
}

/** Told apart to the byte: what a match takes for equal may be two rows, of which one was
 *  written. */
static wh_code append_same_match(const struct wh_writer *writer, struct wh_buf *sql,
                                 struct wh_error *err)
{
    for (size_t i = 0; i < writer->match_count; i++) {
        size_t column = writer->match[i];
        const char *how = exactly(writer->kinds[column]);
        WH_TRY(append(sql, i == 0 ? "" : " AND ", err));
        WH_TRY(append_value(writer, sql, column, err));
        WH_TRY(wh_buf_printf(sql, err, "%s = s.%c%zu%s", how, values.letter, column, how));
    }
    return WH_OK;
}

/** Gives a row for each that was sent, with its place and the number of the row that was written
 *  where there is one; and one for each that was written and is not found among those that were
 *  sent. A full join, which is never done row against row. */
static wh_code append_around(const struct wh_writer *writer, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, "WITH s AS (", err));
    WH_TRY(append_alone(writer, sql, err));
    WH_TRY(append(sql, "), w AS (", err));
    WH_TRY(append_insert_around(writer, sql, err));
    WH_TRY(append(sql,
                  ") SELECT s.n, t.r FROM (SELECT *, pg_catalog.row_number() OVER () AS r "
                  "FROM w) AS t FULL JOIN s ON ",
                  err));
    return append_same_match(writer, sql, err);
}

static wh_code append_statement(const struct wh_writer *writer,
                                enum wh_postgres_writer_statement which, struct wh_buf *sql,
                                struct wh_error *err)
{
    switch (which) {
    case WH_POSTGRES_FETCH:
    case WH_POSTGRES_VERSIONS:
    case WH_POSTGRES_PROBE:
        return append_fetch(writer, which, sql, err);
    case WH_POSTGRES_UPDATE:
        return append_update(writer, sql, err);
    case WH_POSTGRES_CHANGE:
        return append_change(writer, sql, err);
    case WH_POSTGRES_WRITTEN:
        return append_written(writer, sql, err);
    case WH_POSTGRES_ALTERED:
        return append_altered(writer, sql, err);
    case WH_POSTGRES_AROUND:
        return append_around(writer, sql, err);
    case WH_POSTGRES_DELETE:
    case WH_POSTGRES_STATEMENTS:
        break;
    }
    return append_delete(writer, sql, err);
}

wh_code wh_postgres_writer_need(struct wh_writer *writer, enum wh_postgres_writer_statement which,
                                struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_POSTGRES_MAX_WRITER_SQL);
    if (writer->session != writer->destination->session) {
        memset(writer->names, 0, sizeof(writer->names));
        writer->session = writer->destination->session;
    }
    if (writer->names[which][0] != '\0')
        return WH_OK;
    WH_TRY(append_statement(writer, which, &sql, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    wh_code rc = wh_postgres_prepare_named(writer->destination, text, writer->names[which], err);
    if (rc != WH_OK)
        writer->names[which][0] = '\0';
    return rc;
}

static wh_code drop_change(struct wh_writer *writer, struct wh_error *err)
{
    char sql[WH_POSTGRES_NAME_SIZE + 16];
    char *name = writer->names[WH_POSTGRES_CHANGE];
    if (writer->session != writer->destination->session || name[0] == '\0')
        return WH_OK;
    snprintf(sql, sizeof(sql), "DEALLOCATE %s", name);
    name[0] = '\0';
    return wh_postgres_run(writer->destination, sql, err);
}

/** Columns are only ever added, so that batches that change different ones do not
 *  prepare it each time. */
wh_code wh_postgres_writer_need_change(struct wh_writer *writer, const bool *columns,
                                       struct wh_error *err)
{
    bool is_wider = false;
    for (size_t i = 0; i < writer->column_count; i++) {
        bool is_added = !writer->is_changed[i] && (columns == NULL || columns[i]);
        writer->is_changed[i] |= is_added;
        is_wider |= is_added;
    }
    if (is_wider)
        WH_TRY(drop_change(writer, err));
    return wh_postgres_writer_need(writer, WH_POSTGRES_CHANGE, err);
}

const char *wh_postgres_savepoint_sql(enum wh_postgres_savepoint savepoint)
{
    static const char *const texts[] = {
        [WH_POSTGRES_SETTLED] = "",
        [WH_POSTGRES_TO_RELEASE] = "RELEASE wherry_row; ",
        [WH_POSTGRES_TO_TAKE_BACK] = "ROLLBACK TO wherry_row; RELEASE wherry_row; ",
    };
    return texts[savepoint];
}

static wh_code append_copy(const struct wh_writer *writer, struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, "SAVEPOINT wherry_row; COPY ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " (", err));
    WH_TRY(wh_sql_append_columns(sql, &writer->table.info, writer->columns, writer->column_count,
                                 err));
    WH_TRY(append(sql, ") FROM STDIN", err));
    return writer->copies_text ? WH_OK : append(sql, " (FORMAT binary)", err);
}

wh_code wh_postgres_writer_need_copy(struct wh_writer *writer, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_POSTGRES_MAX_WRITER_SQL);
    struct wh_str *text = &writer->copy[writer->savepoint];
    if (text->len > 0)
        return WH_OK;
    WH_TRY(append(&sql, wh_postgres_savepoint_sql(writer->savepoint), err));
    WH_TRY(append_copy(writer, &sql, err));
    return wh_arena_copy(&writer->arena, wh_buf_str(&sql), text, err);
}

/* ---- rows of a range ------------------------------------------------------------------------- */

static wh_code append_scan_columns(const struct wh_writer *writer, bool only_versions,
                                   struct wh_buf *sql, struct wh_error *err)
{
    if (only_versions)
        return append_value(writer, sql, writer->match[0], err);
    for (size_t i = 0; i < writer->column_count; i++) {
        WH_TRY(append(sql, i == 0 ? "" : ", ", err));
        WH_TRY(append_value(writer, sql, i, err));
    }
    return WH_OK;
}

static wh_code append_scan_start(const struct wh_writer *writer, bool only_versions,
                                 struct wh_buf *sql, struct wh_error *err)
{
    WH_TRY(append(sql, "COPY (SELECT ", err));
    WH_TRY(append_scan_columns(writer, only_versions, sql, err));
    if (writer->table.tells_versions)
        WH_TRY(append(sql, ", t.xmin", err));
    WH_TRY(append(sql, " FROM ", err));
    WH_TRY(append_table(writer, sql, err));
    WH_TRY(append(sql, " AS t WHERE t.", err));
    WH_TRY(append_column(writer, sql, writer->match[0], err));
    return append(sql, " BETWEEN ", err);
}

static wh_code append_scan_end(const struct wh_writer *writer, struct wh_buf *sql,
                               struct wh_error *err)
{
    WH_TRY(append(sql, " ORDER BY t.", err));
    WH_TRY(append_column(writer, sql, writer->match[0], err));
    return append(sql, ") TO STDOUT (FORMAT binary)", err);
}

static wh_code need_scan(struct wh_writer *writer, bool only_versions, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    struct wh_postgres_scan *scan = only_versions ? &writer->versions : &writer->scan;
    wh_buf_init(&sql, WH_POSTGRES_MAX_WRITER_SQL);
    if (scan->start.len > 0)
        return WH_OK;
    WH_TRY(append_scan_end(writer, &sql, err));
    WH_TRY(wh_arena_copy(&writer->arena, wh_buf_str(&sql), &scan->end, err));
    wh_buf_reset(&sql);
    WH_TRY(append_scan_start(writer, only_versions, &sql, err));
    return wh_arena_copy(&writer->arena, wh_buf_str(&sql), &scan->start, err);
}

wh_code wh_postgres_append_scan(struct wh_writer *writer, bool only_versions,
                                const struct wh_postgres_range *range, struct wh_buf *sql,
                                struct wh_error *err)
{
    const struct wh_postgres_scan *scan = only_versions ? &writer->versions : &writer->scan;
    WH_TRY(need_scan(writer, only_versions, err));
    WH_TRY(wh_buf_printf(sql, err,
                         "%.*s'%" PRIi64 "'::pg_catalog.int8 AND '%" PRIi64 "'::pg_catalog.int8",
                         WH_FMT(scan->start), range->first, range->last));
    if (range->from_block > 0)
        WH_TRY(wh_buf_printf(sql, err,
                             " AND t.ctid OPERATOR(pg_catalog.>=) '(%" PRIi64 ",0)'"
                             "::pg_catalog.tid",
                             range->from_block));
    return wh_buf_append_str(sql, scan->end, err);
}
