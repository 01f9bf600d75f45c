/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What differs between the SQL of two systems, as data: the functions of this folder are given a
 * dialect and know none. Text only: nothing here talks to a server.
 */
#ifndef WH_SQL_DIALECT_H
#define WH_SQL_DIALECT_H

#include "base/buf.h"
#include "data/schema.h"
#include "data/type.h"

/** What the numbers in brackets behind a type name mean: NUMERIC(12,2), VARCHAR(40). */
enum wh_sql_arguments {
    WH_SQL_IGNORED = 0, /* nothing that bounds a value: INT(11) */
    WH_SQL_LENGTH,      /* at most so many characters */
    WH_SQL_PRECISION    /* digits, and how many of them behind the point */
};

/** A type name in lower case, its words one space apart, without brackets. */
struct wh_sql_type_name {
    const char *name;
    struct wh_type type;
    enum wh_sql_arguments arguments;
};

/** What types are called in CREATE TABLE. Through the dialect's type_names they mean the same type
 *  again, but for what the system does not have (nothing is padded in SQLite). */
struct wh_sql_kind_names {
    const char *plain[WH_KIND_COUNT]; /* of all kinds but the next two */
    const char *int16;
    const char *int32;
    const char *int64;
    const char *float32;
    const char *float64;
    const char *bounded; /* text of a length, … */
    const char *padded;  /* … filled up with spaces; … */
    const char *blank;   /* … and filled up to a length that nobody stated */
};

struct wh_sql_dialect {
    const char *name;          /* for messages: "SQLite" */
    char parameter_mark;       /* parameter 1 is ?1 or $1 */
    const char *ledger_before; /* ledger table NAME is written … */
    const char *ledger_after;  /* … ledger_before NAME ledger_after */
    /* The type of a primary key of one INT column, where that has a name of its own (SQLite's
     * INTEGER PRIMARY KEY is the row's number itself and needs no index). NULL: none. */
    const char *integer_key;
    bool has_schemas; /* what stands before the first point of a table's name is its schema */
    const struct wh_sql_type_name *type_names; /* ends with a NULL name */
    struct wh_sql_kind_names kind_names;
    /* Appends the type of a column of which PostgreSQL's words are known (made_as.h); @p is_key:
     * its values must be equal where their texts differ, as 1.5 and 1.50 do. */
    wh_code (*append_made_as)(struct wh_buf *sql, const struct wh_column_info *column, bool is_key,
                              struct wh_error *err);
};

extern const struct wh_sql_dialect wh_sql_sqlite;
extern const struct wh_sql_dialect wh_sql_postgres;

#endif
