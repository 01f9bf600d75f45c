/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing and reading the rows of one table.
 *
 * A writer keeps a statement for each thing it does. Inserts try some rows in one statement, which
 * takes a quarter off their price; SQLite undoes such a statement whole where a row is in its way,
 * and the rows then go one by one, so that the outcome of each is known exactly. Updates set only
 * what differs (an index on another column is then not touched), so they have a statement for each
 * set of columns; the last few are kept.
 */
#ifndef WH_CONNECT_SQLITE_WRITER_H
#define WH_CONNECT_SQLITE_WRITER_H

#include <sqlite3.h>

#include "base/buf.h"
#include "connect/destination.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/table.h"

/* Sets of changed columns for which an update is kept compiled. */
#define WH_SQLITE_UPDATES 16

/* Rows that are inserted by one statement, and the most columns a table has for that. */
#define WH_SQLITE_TOGETHER 32
#define WH_SQLITE_TOGETHER_COLUMNS 64

struct wh_sqlite_references; /* unmet.c */

/** An update of one set of columns. */
struct wh_sqlite_update {
    sqlite3_stmt *statement;
    bool *is_set;       /* one a writer column */
    uint64_t last_used; /* for dropping the one that was used longest ago */
};

struct wh_writer {
    struct wh_destination *destination; /* borrowed */
    struct wh_arena arena;              /* what lives as long as the writer */
    struct wh_sqlite_table table;
    size_t column_count;
    struct wh_sqlite_storage *storages; /* one a writer column, as is all that follows */
    size_t *columns;                    /* its index in the table */
    bool *is_match;
    bool *is_insert_only;
    size_t *match; /* the match columns, as indexes of writer columns */
    size_t match_count;
    bool is_row_number; /* the match is the row's number alone */
    char *rooms;        /* 2 × WH_DATETIME_SIZE bytes a column: new value, value before */
    char *insert_rooms; /* WH_DATETIME_SIZE bytes a column and row that are inserted together; NULL
                         * where rows go one by one */
    char *lookup_rooms; /* WH_DATETIME_SIZE bytes a parameter of the lookup */

    sqlite3_stmt *insert;
    sqlite3_stmt *insert_together;
    sqlite3_stmt *remove;
    sqlite3_stmt *lookup;       /* by match */
    sqlite3_stmt *scan;         /* a range of row numbers */
    sqlite3_stmt *probe;        /* is there a row with the match? */
    sqlite3_stmt *probe_before; /* is the row still as it was? */
    sqlite3_stmt **rivals; /* one a key of the table; made when the first is needed (rival.c) */
    bool *set_aside;       /* columns that an exchange sets aside; made likewise (exchange.c) */
    bool *is_referred_to;  /* unique columns that it may not, for foreign keys refer to them */
    sqlite3_stmt *put_aside;
    sqlite3_stmt *place;
    struct wh_sqlite_update updates[WH_SQLITE_UPDATES];
    struct wh_sqlite_references *references; /* read when they are first asked for */
    uint64_t uses;
    bool *changed; /* scratch: which columns the row in hand changes */
};

/** The writer's column of a column of the table, SIZE_MAX where it writes none. */
size_t wh_sqlite_writer_column(const struct wh_writer *writer, size_t table_column);

wh_code wh_sqlite_writer_open(struct wh_destination *destination,
                              const struct wh_writer_request *request, struct wh_writer **ret,
                              struct wh_error *err);
void wh_sqlite_writer_close(struct wh_writer *writer);
wh_code wh_sqlite_is_empty(struct wh_writer *writer, bool *ret, struct wh_error *err);
wh_code wh_sqlite_fetch(struct wh_writer *writer, const struct wh_column *columns,
                        const struct wh_selection *selection, struct wh_arena *arena,
                        struct wh_found *found, struct wh_error *err);
wh_code wh_sqlite_write(struct wh_writer *writer, struct wh_write_request *request,
                        struct wh_error *err);
wh_code wh_sqlite_writer_check(struct wh_writer *writer, size_t column,
                               const struct wh_column *values, const struct wh_selection *selection,
                               uint8_t *faults, struct wh_error *err);

#endif
