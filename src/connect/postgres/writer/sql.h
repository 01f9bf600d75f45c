/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The statements of a writer. Arrays come in as parameters in this order: of the match columns for
 * FETCH, VERSIONS and PROBE; for UPDATE of the columns that are set, in the writer's order, then,
 * as for DELETE, WRITTEN and ALTERED, of the columns that are compared; for CHANGE of the columns that it
 * sets, the match columns and the versions; for AROUND of all columns.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_SQL_H
#define WH_CONNECT_POSTGRES_WRITER_SQL_H

#include "connect/postgres/writer/writer.h"

#define WH_POSTGRES_MAX_WRITER_SQL (16u << 20)

/** True for columns that an update sets: neither match nor insert-only. */
static inline bool wh_postgres_is_set(const struct wh_writer *writer, size_t column)
{
    return !writer->is_match[column] && !writer->is_insert_only[column];
}

/** True for columns whose values, as they were read, are a condition of an update or delete. */
static inline bool wh_postgres_is_compared(const struct wh_writer *writer, size_t column)
{
    return writer->is_match[column] || !writer->is_insert_only[column];
}

/** True for columns that CHANGE, as it is prepared, sets. */
static inline bool wh_postgres_is_changed(const struct wh_writer *writer, size_t column)
{
    return wh_postgres_is_set(writer, column) && writer->is_changed[column];
}

static inline bool wh_postgres_is_match(const struct wh_writer *writer, size_t column)
{
    return writer->is_match[column];
}

static inline bool wh_postgres_is_any(const struct wh_writer *writer, size_t column)
{
    (void)writer;
    (void)column;
    return true;
}

/** Prepares the statement where that was not done yet. FETCH gives the row's place in the arrays
 *  (from 1), the writer's columns and the row's version where the table tells it; VERSIONS the
 *  place and the version; ALTERED a boolean for each column that is compared; the others give the
 *  place. */
WH_MUST_CHECK wh_code wh_postgres_writer_need(struct wh_writer *writer,
                                              enum wh_postgres_writer_statement which,
                                              struct wh_error *err);

/** Prepares CHANGE such that it sets at least @p columns; NULL: all that an update sets. */
WH_MUST_CHECK wh_code wh_postgres_writer_need_change(struct wh_writer *writer, const bool *columns,
                                                     struct wh_error *err);

/** Rows whose match is one whole number. */
struct wh_postgres_range {
    int64_t first; /* matches … */
    int64_t last;
    int64_t from_block; /* … of rows in this block of the table and behind it */
};

/** Appends COPY out of the rows of a range, ascending: the writer's columns, or with
 *  @p only_versions the match, and the row's version where the table tells it. */
WH_MUST_CHECK wh_code wh_postgres_append_scan(struct wh_writer *writer, bool only_versions,
                                              const struct wh_postgres_range *range,
                                              struct wh_buf *sql, struct wh_error *err);

/** What is to be said of the last savepoint; "" where nothing is. */
const char *wh_postgres_savepoint_sql(enum wh_postgres_savepoint savepoint);

/** That of writer->savepoint, SAVEPOINT wherry_row, and COPY of the writer's columns. */
WH_MUST_CHECK wh_code wh_postgres_writer_need_copy(struct wh_writer *writer, struct wh_error *err);

#endif
