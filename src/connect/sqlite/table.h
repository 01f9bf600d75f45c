/* SPDX-License-Identifier: Apache-2.0 */
/** What a database says of one of its tables. */
#ifndef WH_CONNECT_SQLITE_TABLE_H
#define WH_CONNECT_SQLITE_TABLE_H

#include "connect/destination.h"
#include "connect/sqlite/storage.h"

struct wh_sqlite_table {
    struct wh_table_info info;
    enum wh_sqlite_affinity *affinities; /* one a column */
    size_t row_number;  /* the column that is the row's number (INTEGER PRIMARY KEY), or SIZE_MAX */
    struct wh_str kind; /* table, shadow, view, virtual */
    bool has_no_rowid;  /* WITHOUT ROWID */
    bool is_strict;
    bool references_itself;        /* a foreign key of its own rows to each other */
    bool has_several_foreign_keys; /* of which one may be deferred, and another not */
};

/**
 * Reads columns, keys and triggers of table @p name (letter case of ASCII does not matter, as in
 * SQL) into @p arena. Keys that SQLite enforces but that a comparison of the columns does not
 * decide are left out: unique indexes over expressions, over part of the rows, with another
 * collation than the column's, or over decimals that are kept as text. WH_INVALID where there is no
 * such table, with near names; WH_UNSUPPORTED for views, virtual tables and SQLite's own tables.
 */
WH_MUST_CHECK wh_code wh_sqlite_table_read(struct wh_destination *destination, struct wh_str name,
                                           struct wh_arena *arena, struct wh_sqlite_table *ret,
                                           struct wh_error *err);

/** Finds a table, view or virtual table of any name to read it: its name as the database has it,
 *  `kind`, has_no_rowid and is_strict, nothing else. WH_INVALID, with near names. */
WH_MUST_CHECK wh_code wh_sqlite_relation_find(struct wh_destination *destination,
                                              struct wh_str name, struct wh_arena *arena,
                                              struct wh_sqlite_table *ret, struct wh_error *err);

/** Reads columns and keys of the table that was found. */
WH_MUST_CHECK wh_code wh_sqlite_relation_read(struct wh_destination *destination,
                                              struct wh_arena *arena, struct wh_sqlite_table *table,
                                              struct wh_error *err);

/* See struct wh_destination_functions. */
wh_code wh_sqlite_describe(struct wh_destination *destination, struct wh_str table,
                           struct wh_arena *arena, struct wh_table_info *ret, struct wh_error *err);
wh_code wh_sqlite_create(struct wh_destination *destination, const struct wh_table_info *table,
                         bool run, struct wh_arena *arena, struct wh_str *ret,
                         struct wh_error *err);
wh_code wh_sqlite_count(struct wh_destination *destination, struct wh_str table, uint64_t at_most,
                        uint64_t *ret, struct wh_error *err);
wh_code wh_sqlite_analyze(struct wh_destination *destination, struct wh_str table,
                          struct wh_arena *arena, struct wh_str *ret_why_not, struct wh_error *err);

#endif
