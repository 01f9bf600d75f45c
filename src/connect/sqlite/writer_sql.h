/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The statements of a writer. Parameters are numbered by writer column: a new value of column i is
 * parameter i + 1, a value before is parameter column_count + i + 1. Those that read differ.
 */
#ifndef WH_CONNECT_SQLITE_WRITER_SQL_H
#define WH_CONNECT_SQLITE_WRITER_SQL_H

#include "connect/sqlite/writer.h"

/* Keys looked up in one step of a statement: starting one costs as much as finding a row. */
#define WH_SQLITE_LOOKUP_SLOTS 16

enum wh_sqlite_writer_statement {
    WH_SQLITE_INSERT, /* nothing where the match is there already */
    /* Several rows, or an error and none: column i of row r is parameter r ×
     * column_count + i + 1. */
    WH_SQLITE_INSERT_TOGETHER,
    WH_SQLITE_DELETE, /* where the row is as it was */
    /* All columns, and behind them a slot, of the rows whose match is in one of the slots: match
     * column i of slot s is parameter s × match_count + i + 1. A slot with a NULL finds nothing. */
    WH_SQLITE_LOOKUP,
    WH_SQLITE_SCAN,         /* all columns by row numbers from ?1 to ?2, ascending */
    WH_SQLITE_PROBE,        /* a row if the match of the new values is there */
    WH_SQLITE_PROBE_BEFORE, /* a row if the row is as it was */
    WH_SQLITE_TAKE_OUT,     /* deletes the row with the match of the new values */
    /* Puts what no row has into each column for which writer->set_aside is true and parameter i + 1
     * is, where the row is as it was. */
    WH_SQLITE_SET_ASIDE,
    WH_SQLITE_PLACE, /* sets all columns but insert-only ones of the row with the match */
    WH_SQLITE_IS_EMPTY
};

/** Compiles the statement if *at is NULL. */
WH_MUST_CHECK wh_code wh_sqlite_writer_need(struct wh_writer *writer,
                                            enum wh_sqlite_writer_statement which,
                                            sqlite3_stmt **at, struct wh_error *err);

/** Compiles UPDATE of the columns in @p is_set where the row is as it was. */
WH_MUST_CHECK wh_code wh_sqlite_writer_compile_update(struct wh_writer *writer, const bool *is_set,
                                                      sqlite3_stmt **ret, struct wh_error *err);

/**
 * Compiles a query for the row whose values the new ones of a row repeat in @p key,
 * all of whose columns are written: those values, then what identifies it, as literals
 * of SQL that are cut short.
 */
WH_MUST_CHECK wh_code wh_sqlite_writer_compile_rival(struct wh_writer *writer,
                                                     const struct wh_key_info *key,
                                                     sqlite3_stmt **ret, struct wh_error *err);

/** A foreign key of the writer's table, or, with is_inward, one of another table's to it. */
struct wh_sqlite_reference {
    bool is_inward;
    struct wh_str table; /* the other one */
    size_t count;        /* of the columns that it is made of */
    struct wh_str *from; /* in the table that refers */
    struct wh_str *to;   /* in the table that is referred to */
    size_t *own;         /* those of the writer's table, as its columns; SIZE_MAX: not written */
    sqlite3_stmt *query; /* NULL until it is needed */
};

/**
 * Compiles a query for one row of the writer's that gives a row where the reference is broken. The
 * row is named by the match of its new values; for an inward reference, the value before of the
 * i-th column that it is made of is parameter i + 1.
 */
WH_MUST_CHECK wh_code wh_sqlite_writer_compile_broken(struct wh_writer *writer,
                                                      const struct wh_sqlite_reference *reference,
                                                      sqlite3_stmt **ret, struct wh_error *err);

#endif
