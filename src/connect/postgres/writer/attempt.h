/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A write on its way, as write.c does it: which of its rows are tried next, and how many of them
 * together. A row is named by its place in the request's selection.
 *
 * A row that is bad costs those that were tried with it another try. So fewer are tried together
 * where many are refused, and more again where all go in.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_ATTEMPT_H
#define WH_CONNECT_POSTGRES_WRITER_ATTEMPT_H

#include "connect/postgres/writer/writer.h"

struct wh_attempt {
    struct wh_writer *writer;
    struct wh_write_request *request;
    size_t at;         /* the first row that is not decided */
    size_t end;        /* the next try ends before it */
    size_t bad_place;  /* of the row that the server named; SIZE_MAX: none */
    size_t misses;     /* rows found to be there already */
    size_t unforeseen; /* rows that a constraint was against though none was known to be */
    bool is_new;       /* an insert of which nothing was written yet */
    bool is_cut;       /* the try ends before a row that will be refused */
    bool was_refused;  /* the last try */
    bool is_asked;     /* of an UPDATE: which rows want values of others */
    bool is_parted;    /* … and some do: it ends, so that the others go in without them */
    struct wh_error *err;
};

static inline bool wh_attempt_is_insert(const struct wh_attempt *attempt)
{
    return attempt->request->kind == WH_WRITE_INSERT;
}

static inline size_t wh_attempt_row_count(const struct wh_attempt *attempt)
{
    return attempt->request->selection->count;
}

static inline struct wh_selection wh_attempt_rows(const struct wh_attempt *attempt)
{
    return (struct wh_selection){.rows = attempt->request->selection->rows + attempt->at,
                                 .count = attempt->end - attempt->at};
}

static inline uint8_t *wh_attempt_result(const struct wh_attempt *attempt, size_t place)
{
    return &attempt->request->results[attempt->request->selection->rows[place]];
}

/* ---- how many rows are tried ----------------------------------------------------------------- */

/** At the beginning; after a row that was decided alone, or rows before one to be tried alone. */
void wh_attempt_begin(struct wh_attempt *attempt);

/** After rows that were refused together: to before the one that was named, or half way. */
void wh_attempt_shorten(struct wh_attempt *attempt);

/** After @p tried rows that went in: the named row alone, or twice as many. */
void wh_attempt_lengthen(struct wh_attempt *attempt, size_t tried);

/** Ends before a row that will be refused for what was refused before: it is tried alone. */
void wh_attempt_cut(struct wh_attempt *attempt);

/** Learns from a try how many rows of this table are best tried together: it follows from how many
 *  came through before one was refused. */
void wh_attempt_learn(const struct wh_attempt *attempt, size_t tried, bool was_refused);

#endif
