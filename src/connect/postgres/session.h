/* SPDX-License-Identifier: Apache-2.0 */
/** One session with a server: what its connection, its statements and what is known of it share. */
#ifndef WH_CONNECT_POSTGRES_SESSION_H
#define WH_CONNECT_POSTGRES_SESSION_H

#include <stdatomic.h>

#include "base/buf.h"
#include "connect/destination.h"
#include "connect/postgres/cancelling.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/libpq.h"
#include "connect/postgres/location.h"
#include "connect/postgres/repertoire.h"

/** The server cuts longer application names. */
#define WH_POSTGRES_SELF_SIZE 64

/** Questions to the catalogue that are asked for each table:
 *  planning one takes longer than its answer. */
enum wh_postgres_question {
    WH_POSTGRES_FIND = 0,
    WH_POSTGRES_COLUMNS,
    WH_POSTGRES_KEYS,
    WH_POSTGRES_REFERS,
    WH_POSTGRES_SEQUENCES,
    WH_POSTGRES_ALONE,
    WH_POSTGRES_UNCHANGED,
    WH_POSTGRES_SIZE,
    WH_POSTGRES_QUESTIONS
};

struct wh_destination {
    PGconn *conn;                         /* NULL: it was lost, and could not be made anew yet */
    struct wh_postgres_location location; /* how it is made anew */
    unsigned session;                     /* how often it was: what is prepared is the session's */
    char self[WH_POSTGRES_SELF_SIZE];     /* what the session calls itself; "": it only reads */
    int64_t backend;                      /* the server's number of it; 0: it only reads */
    bool is_source; /* reads statements of a user's, in snapshots (source.h) */
    bool is_read_only;
    struct wh_postgres_repertoire *repertoire; /* owned; NULL: the database has all characters */
    struct wh_reached *reached;                /* borrowed; may be NULL */
    const struct wh_cancel *cancel;            /* borrowed; may be NULL */
    const struct wh_listener *listener;        /* likewise */
    atomic_bool is_interrupted;                /* asked for since the last statement began */
    wh_postgres_cancelling_slot cancelling;    /* what is on its way to the server */
    unsigned names;                  /* prepared statements so far: each has a name of its own */
    struct wh_statement *statements; /* the ledger's, newest first */
    unsigned asked[WH_POSTGRES_QUESTIONS]; /* prepared in session number … - 1; 0: in none */
    unsigned ahead; /* statements that were sent ahead so far: their numbers */
    bool is_asked;  /* the last of them is under way */
    /* The rows of one that gave way to another statement, or with which a COPY begins,
     * and its number. */
    PGresult *came;
    unsigned came_of;
    struct wh_buf copied_out;         /* the rows of the last COPY out that was taken whole */
    struct wh_postgres_broken broken; /* what the last statement that failed told of why */
    unsigned enforced; /* how often deferred constraints were enforced so far, see deferred.h … */
    bool is_enforcing; /* … and that they may be in this transaction */
};

#endif
