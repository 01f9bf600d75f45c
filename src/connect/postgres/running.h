/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Running SQL in a session, and waiting for it so that a user can stop it. Used by one thread at a
 * time, but for wh_postgres_interrupt().
 */
#ifndef WH_CONNECT_POSTGRES_RUNNING_H
#define WH_CONNECT_POSTGRES_RUNNING_H

#include "connect/postgres/session.h"

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

/** As wh_postgres_query(), with the number of a table as the one parameter. */
WH_MUST_CHECK wh_code wh_postgres_query_about(struct wh_destination *destination, const char *sql,
                                              Oid table, PGresult **ret, struct wh_error *err);

/** As wh_postgres_query(), with one parameter, for @p sql that is always the same for a
 *  @p question: it is prepared once a session. */
WH_MUST_CHECK wh_code wh_postgres_ask(struct wh_destination *destination,
                                      enum wh_postgres_question question, const char *sql,
                                      const char *param, PGresult **ret, struct wh_error *err);

/** The same with the number of a table. */
WH_MUST_CHECK wh_code wh_postgres_ask_about(struct wh_destination *destination,
                                            enum wh_postgres_question question, const char *sql,
                                            Oid table, PGresult **ret, struct wh_error *err);

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

/** The same with a COPY out, whose rows are in destination->copied_out once they were taken. */
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

/** A boolean in a result of texts; false for NULL. */
static inline bool wh_postgres_is_true_at(const PGresult *result, int row, int column)
{
    return wh_str_is(wh_postgres_text_at(result, row, column), "t");
}

/** Asks the server to cancel what the session is doing, and notes that the user wants it. From any
 *  thread, while the session is open. */
void wh_postgres_interrupt(struct wh_destination *destination);

#endif
