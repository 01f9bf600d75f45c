/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One connection to a server: opening, its settings, transactions, running SQL. Used by one thread
 * at a time, but for wh_postgres_interrupt().
 */
#ifndef WH_CONNECT_POSTGRES_CONNECTION_H
#define WH_CONNECT_POSTGRES_CONNECTION_H

#include <stdatomic.h>

#include "base/buf.h"
#include "connect/connector.h"
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
    struct wh_buf copied;             /* the rows of the last COPY out that was taken whole */
    struct wh_postgres_broken broken; /* what the last statement that failed told of why */
    unsigned enforced; /* how often deferred constraints were enforced so far, see deferred.h … */
    bool is_enforcing; /* … and that they may be in this transaction */
};

wh_code wh_postgres_open(const struct wh_destination_request *request, struct wh_destination **ret,
                         struct wh_error *err);
/** The same, with the settings of a source; the request is a read-only one. */
wh_code wh_postgres_open_source(const struct wh_destination_request *request,
                                struct wh_destination **ret, struct wh_error *err);
void wh_postgres_close(struct wh_destination *destination);

wh_code wh_postgres_reopen(struct wh_destination *destination, bool *ret_was_lost,
                           struct wh_error *err);

void wh_postgres_interrupt(struct wh_destination *destination);

/** True inside a transaction, whoever began it. */
bool wh_postgres_is_in_transaction(const struct wh_destination *destination);

/** Runs statements that give no rows that matter. */
WH_MUST_CHECK wh_code wh_postgres_run(struct wh_destination *destination, const char *sql,
                                      struct wh_error *err);

/** Runs one statement with texts as its parameters; *ret, which the caller clears,
 *  holds its rows as texts. */
WH_MUST_CHECK wh_code wh_postgres_query(struct wh_destination *destination, const char *sql,
                                        const char *const *params, int count, PGresult **ret,
                                        struct wh_error *err);

/** As wh_postgres_query(), with one parameter, for @p sql that is always the same for a
 *  @p question: it is prepared once a session. */
WH_MUST_CHECK wh_code wh_postgres_ask(struct wh_destination *destination,
                                      enum wh_postgres_question question, const char *sql,
                                      const char *param, PGresult **ret, struct wh_error *err);

/** The parameters of a prepared statement: binary, but for formats of 0. */
struct wh_postgres_params {
    const char *const *values;
    const int *lengths;
    const int *formats;
    int count;
};

/** As wh_postgres_query(), with such parameters. */
WH_MUST_CHECK wh_code wh_postgres_query_binary(struct wh_destination *destination, const char *sql,
                                               const struct wh_postgres_params *params,
                                               PGresult **ret, struct wh_error *err);

/** Prepares @p sql, whose parameters have the types that the server infers, under a new name, which
 *  is written to @p name. */
#define WH_POSTGRES_NAME_SIZE 24
WH_MUST_CHECK wh_code wh_postgres_prepare_named(struct wh_destination *destination, const char *sql,
                                                char name[WH_POSTGRES_NAME_SIZE],
                                                struct wh_error *err);

/** Sends a prepared statement whose rows are asked for later. Other statements may be run
 *  meanwhile: they wait for it, and its rows are kept, those of the last one that was done. Gives
 *  its number; 0: it could not be sent. */
unsigned wh_postgres_send_ahead(struct wh_destination *destination, const char *name,
                                const struct wh_postgres_params *params);

/** The same with a COPY out, whose rows are in destination->copied once they were taken. */
unsigned wh_postgres_send_copy_ahead(struct wh_destination *destination, const char *sql);

/** Takes in what the server has sent of the rows that were asked for:
 *  a socket does not hold many. */
void wh_postgres_let_come(struct wh_destination *destination);

/** The rows of the statement of that number, in binary, which the caller clears (of a COPY
 *  the result with which it began); NULL where there are none to be had any more, for
 *  whatever reason: run it. */
PGresult *wh_postgres_take_ahead(struct wh_destination *destination, unsigned number);

/** Runs a prepared statement; *ret, which the caller clears, holds its rows in binary. */
WH_MUST_CHECK wh_code wh_postgres_run_prepared(struct wh_destination *destination, const char *name,
                                               const struct wh_postgres_params *params,
                                               PGresult **ret, struct wh_error *err);

/** Runs statements; *ret, which the caller clears, is the result of the last one,
 *  or of that which failed. */
WH_MUST_CHECK wh_code wh_postgres_exec(struct wh_destination *destination, const char *sql,
                                       PGresult **ret, struct wh_error *err);

/** What is known of a prepared statement. */
WH_MUST_CHECK wh_code wh_postgres_describe_prepared(struct wh_destination *destination,
                                                    const char *name, PGresult **ret,
                                                    struct wh_error *err);

/**
 * Waits a moment for the server (POLLIN, POLLOUT). A user who wants to stop cancels the
 * statement: at once with WH_CANCEL_NOW, and with WH_CANCEL_AFTER_GROUP where nothing came for
 * half a second; how it ends the server tells as ever. @p idle counts the moments in which
 * nothing came; it starts as 0.
 */
WH_MUST_CHECK wh_code wh_postgres_wait(struct wh_destination *destination, short events,
                                       unsigned *idle, struct wh_error *err);

/** The next result of what was sent, waiting as above; NULL behind the last. */
WH_MUST_CHECK wh_code wh_postgres_next_result(struct wh_destination *destination, PGresult **ret,
                                              struct wh_error *err);

/** Takes the last result of what was sent (@p sent: libpq's answer to that), or the first that
 *  failed, waiting as above; where a COPY begins, that result. */
WH_MUST_CHECK wh_code wh_postgres_await(struct wh_destination *destination, int sent,
                                        PGresult **ret, struct wh_error *err);

/** What a result came to: takes it, clears it and fills @p err where it failed, hands it on
 *  otherwise. */
WH_MUST_CHECK wh_code wh_postgres_take(struct wh_destination *destination, PGresult *result,
                                       PGresult **ret, struct wh_error *err);

/** For WH_CLEANUP. */
void wh_postgres_result_release(PGresult **result);

/** A value of a result of texts, borrowed from it; ptr NULL for NULL. */
static inline struct wh_str wh_postgres_text_at(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return WH_STR_NONE;
    return wh_str_make(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

/** A number in a result of texts; 0 for what is none. */
int64_t wh_postgres_number_at(const PGresult *result, int row, int column);

#endif
