/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing and reading the rows of one table.
 *
 * New rows go through COPY in binary, up to a group in one statement under a savepoint. Where the
 * server refuses one, it is asked which rows break the same constraint (doubt.h); what it cannot
 * tell, the line that it names or halving finds, and the rows before it are written. Where that
 * would be many, an INSERT goes around them (around.h). Rows to be read, updated and deleted are
 * found by one statement for the whole batch, which is given their values as arrays (arrays.h).
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_WRITER_H
#define WH_CONNECT_POSTGRES_WRITER_WRITER_H

#include "connect/destination.h"
#include "connect/postgres/running.h"
#include "connect/postgres/table.h"
#include "connect/postgres/writer/arrays.h"

/** Statements that are prepared when first needed; the name of each is "" until then. */
enum wh_postgres_writer_statement {
    WH_POSTGRES_FETCH = 0,
    WH_POSTGRES_VERSIONS, /* of rows, and nothing else of them */
    WH_POSTGRES_PROBE,    /* which keys are there */
    WH_POSTGRES_UPDATE,   /* of rows as they were, by their values … */
    WH_POSTGRES_CHANGE,   /* … and by their versions */
    WH_POSTGRES_DELETE,
    WH_POSTGRES_WRITTEN, /* which rows are as they were written */
    WH_POSTGRES_ALTERED, /* which columns of a row are */
    WH_POSTGRES_AROUND,  /* an INSERT that leaves out what some constraint is against */
    WH_POSTGRES_STATEMENTS
};

/** What is still to be said of the savepoint of the last COPY: the next one's message begins with
 *  it, as each message of its own would cost a way there and back. */
enum wh_postgres_savepoint {
    WH_POSTGRES_SETTLED = 0,
    WH_POSTGRES_TO_RELEASE,
    WH_POSTGRES_TO_TAKE_BACK,
    WH_POSTGRES_SAVEPOINTS
};

/** Whether a COPY sends the row at a place in the selection. */
enum wh_postgres_place {
    WH_POSTGRES_SENT = 0,
    WH_POSTGRES_THERE,   /* its key is known to be there */
    WH_POSTGRES_PUT_OFF, /* tried behind the others; or it was decided in an earlier write */
    WH_POSTGRES_WAITS    /* refers to a row that is not there, and is left to be tried again */
};

/** What was asked for ahead of its fetch. */
struct wh_postgres_asked_rows {
    const struct wh_column *columns; /* NULL: nothing */
    const uint16_t *rows;
    size_t count;
    unsigned number;  /* of the statement that was sent … */
    unsigned session; /* … in this session */
};

/** COPY out of a range of rows. */
struct wh_postgres_scan {
    struct wh_str start; /* as far as the range; "" until it is needed */
    struct wh_str end;   /* and behind it */
};

struct wh_postgres_absent;
struct wh_postgres_doubts;
struct wh_postgres_deferred;

struct wh_writer {
    struct wh_destination *destination; /* borrowed */
    struct wh_arena arena;              /* what lives as long as the writer */
    struct wh_postgres_table table;
    size_t column_count;
    const struct wh_postgres_column **kinds; /* one a writer column, as is all that follows */
    enum wh_postgres_form *copy_in_forms;
    size_t *columns; /* its index in the table */
    bool *is_match;
    bool *is_insert_only;
    /* CHANGE, as it is prepared, sets it: those that some row was to change yet. */
    bool *is_changed;
    size_t *match; /* the match columns, as indexes of writer columns */
    size_t match_count;
    char names[WH_POSTGRES_STATEMENTS][WH_POSTGRES_NAME_SIZE];
    unsigned session; /* of the connection, in which they were prepared */
    /* SAVEPOINT and COPY, behind what is to be said of the last savepoint;
     * "" until they are needed. */
    struct wh_str copy[WH_POSTGRES_SAVEPOINTS];
    enum wh_postgres_savepoint savepoint;
    struct wh_postgres_scan scan; /* of the writer's columns, and the version where it is told … */
    struct wh_postgres_scan versions; /* … and of the key and the version alone */
    bool copies_text; /* some column's values travel as text: COPY takes all of them as text */
    struct wh_postgres_arrays arrays;
    struct wh_postgres_asked_rows asked[2]; /* the newer one first */
    const struct wh_write_request *insert;  /* that is being written … */
    const struct wh_column *values;         /* … its columns … */
    const struct wh_selection *inserts;     /* … and its rows */
    struct wh_buf rows;                     /* as COPY takes them, as far as they were sent … */
    size_t encoded;                         /* … so many … */
    size_t *starts;                         /* … and where each starts: WH_INSERT_ROWS + 1 */
    uint8_t *places;                        /* enum wh_postgres_place, one a row of the selection */
    uint8_t *is_as;   /* by place: the table holds the row's very values; in tables with triggers */
    size_t together;  /* rows that are tried together at most: fewer where many were refused */
    size_t passed;    /* so many of them went in since */
    bool goes_around; /* see around.h … */
    bool cannot_go_around;             /* … and the table is not one to write so */
    struct wh_postgres_absent *absent; /* keys that rows referred to in vain, see refusal.h */
    /* Owned; constraints that were learnt, see doubt.h; NULL: none. */
    struct wh_postgres_doubts *doubts;
    struct wh_postgres_deferred *deferred; /* likewise, deferred ones, see deferred.h */
    /* What marks of versions begin with, see marks.h; ptr NULL until they are needed,
     * "" where there are none … */
    struct wh_str mark_scope;
    /* … and a transaction's number that is not above those of rows to come; 0: unknown */
    int64_t mark_base;
    /* Of a table whose key is aside: rows that are inserted from now on stand in this block or
     * behind it. */
    int64_t newest_from;
};

wh_code wh_postgres_writer_open(struct wh_destination *destination,
                                const struct wh_writer_request *request, struct wh_writer **ret,
                                struct wh_error *err);
void wh_postgres_writer_close(struct wh_writer *writer);
wh_code wh_postgres_is_empty(struct wh_writer *writer, bool *ret, struct wh_error *err);
wh_code wh_postgres_fetch(struct wh_writer *writer, const struct wh_column *columns,
                          const struct wh_selection *selection, struct wh_arena *arena,
                          struct wh_found *found, struct wh_error *err);
void wh_postgres_fetch_ahead(struct wh_writer *writer, const struct wh_column *columns,
                             const struct wh_selection *selection);
wh_code wh_postgres_write(struct wh_writer *writer, struct wh_write_request *request,
                          struct wh_error *err);
wh_code wh_postgres_writer_check(struct wh_writer *writer, size_t column,
                                 const struct wh_column *values,
                                 const struct wh_selection *selection, uint8_t *faults,
                                 struct wh_error *err);

/** Adds the array of a writer column's values in @p columns at the given rows. */
WH_MUST_CHECK wh_code wh_postgres_add_array(struct wh_writer *writer,
                                            const struct wh_column *columns, size_t column,
                                            const struct wh_selection *rows, struct wh_error *err);

#endif
