/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/running.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/error.h"
#include "connect/postgres/copy_out.h"
#include "connect/postgres/remedy.h"
#include "data/text.h"

/* How long a statement may be silent once the user wants to stop, and once it was cancelled. */
#define PATIENT_MOMENTS 4
#define LAST_MOMENTS 15

/* ---- results --------------------------------------------------------------------------------- */

void wh_postgres_result_release(PGresult **result)
{
    PQclear(*result);
    *result = NULL;
}

int64_t wh_postgres_number_at(const PGresult *result, int row, int column)
{
    int64_t number = 0;
    struct wh_str text = wh_postgres_text_at(result, row, column);
    return wh_int_parse(text, &number) == WH_FAULT_NONE ? number : 0;
}

wh_code wh_postgres_take(struct wh_destination *destination, PGresult *result, PGresult **ret,
                         struct wh_error *err)
{
    *ret = NULL;
    if (result == NULL)
        return wh_postgres_connection_failure(destination->conn, err);
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
        *ret = result;
        return WH_OK;
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_COPY_BOTH:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
        break;
    }
    wh_code rc = wh_postgres_result_failure(result, err);
    wh_postgres_read_broken(result, &destination->broken);
    PQclear(result);
    return wh_postgres_add_remedy(destination, rc, err);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/** Whoever wants to stop after the group in hand waits no longer for a server that says nothing. */
static bool must_stop(const struct wh_destination *destination, unsigned idle)
{
    enum wh_cancel_level level = idle >= PATIENT_MOMENTS ? WH_CANCEL_AFTER_GROUP : WH_CANCEL_NOW;
    return idle > 0 && wh_cancel_asked(destination->cancel, level);
}

wh_code wh_postgres_wait(struct wh_destination *destination, short events, unsigned *idle,
                         struct wh_error *err)
{
    PGconn *conn = destination->conn;
    bool is_interrupted = atomic_load(&destination->is_interrupted);
    if (!is_interrupted && must_stop(destination, *idle)) {
        wh_postgres_interrupt(destination);
        *idle = 0;
    }
    /* A server that does not even answer that is not there. */
    if (is_interrupted && *idle > LAST_MOMENTS)
        shutdown(PQsocket(conn), SHUT_RDWR);
    struct pollfd ready = {.fd = PQsocket(conn), .events = events};
    if (poll(&ready, 1, WH_POSTGRES_MOMENT_MILLISECONDS) <= 0)
        wh_postgres_tell_waiting(destination, ++*idle);
    return PQconsumeInput(conn) != 0 ? WH_OK : wh_postgres_connection_failure(conn, err);
}

wh_code wh_postgres_next_result(struct wh_destination *destination, PGresult **ret,
                                struct wh_error *err)
{
    unsigned idle = 0;
    *ret = NULL;
    while (PQisBusy(destination->conn))
        WH_TRY(wh_postgres_wait(destination, POLLIN, &idle, err));
    *ret = PQgetResult(destination->conn);
    return WH_OK;
}

static bool is_failure(const PGresult *result)
{
    return result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR;
}

/** What a statement that was left in the middle of a COPY still has to say. */
static void clear_rest(PGconn *conn)
{
    PGresult *rest;
    while (PQstatus(conn) == CONNECTION_OK && (rest = PQgetResult(conn)) != NULL) {
        ExecStatusType status = PQresultStatus(rest);
        PQclear(rest);
        if (status == PGRES_COPY_OUT ||
            (status == PGRES_COPY_IN && PQputCopyEnd(conn, "left in the middle") != 1))
            return;
    }
}

wh_code wh_postgres_await(struct wh_destination *destination, int sent, PGresult **ret,
                          struct wh_error *err)
{
    PGresult *last = NULL;
    PGresult *next = NULL;
    wh_code rc = WH_OK;
    *ret = NULL;
    if (sent == 0)
        return wh_postgres_connection_failure(destination->conn, err);
    while ((rc = wh_postgres_next_result(destination, &next, err)) == WH_OK && next != NULL) {
        if (is_failure(last)) {
            PQclear(next);
            continue;
        }
        PQclear(last);
        last = next;
        if (PQresultStatus(last) == PGRES_COPY_IN || PQresultStatus(last) == PGRES_COPY_OUT)
            break;
    }
    /* Why the server closed the connection it said before. */
    if (rc == WH_OK || is_failure(last))
        return wh_postgres_take(destination, last, ret, err);
    PQclear(last);
    return rc;
}

/** Takes the rows of the statement that was sent ahead. Whatever went wrong,
 *  it is run once more. */
static void take_asked(struct wh_destination *destination)
{
    if (!destination->is_asked)
        return;
    destination->is_asked = false;
    PGresult *came = NULL;
    wh_postgres_result_release(&destination->came);
    wh_code rc = wh_postgres_await(destination, 1, &came, NULL);
    if (rc == WH_OK && PQresultStatus(came) == PGRES_COPY_OUT)
        rc = wh_postgres_copy_out_take(destination, NULL);
    if (rc != WH_OK)
        wh_postgres_result_release(&came);
    destination->came = came;
    destination->came_of = destination->ahead;
}

/** What cannot be trusted not to be cancelled for what came before it, is not begun:
 *  its connection is lost. */
static void start_statement(struct wh_destination *destination)
{
    take_asked(destination);
    if (PQstatus(destination->conn) == CONNECTION_OK &&
        !wh_postgres_cancelling_settle(&destination->cancelling))
        shutdown(PQsocket(destination->conn), SHUT_RDWR);
    atomic_store(&destination->is_interrupted, false);
    clear_rest(destination->conn);
}

wh_code wh_postgres_exec(struct wh_destination *destination, const char *sql, PGresult **ret,
                         struct wh_error *err)
{
    start_statement(destination);
    return wh_postgres_await(destination, PQsendQuery(destination->conn, sql), ret, err);
}

/* ---- running --------------------------------------------------------------------------------- */

wh_code wh_postgres_run(struct wh_destination *destination, const char *sql, struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    return wh_postgres_exec(destination, sql, &result, err);
}

wh_code wh_postgres_query(struct wh_destination *destination, const char *sql,
                          const char *const *params, int count, PGresult **ret,
                          struct wh_error *err)
{
    start_statement(destination);
    int sent = PQsendQueryParams(destination->conn, sql, count, NULL, params, NULL, NULL, 0);
    return wh_postgres_await(destination, sent, ret, err);
}

/* A table's number as a parameter. */
#define OID_SIZE 16

wh_code wh_postgres_query_about(struct wh_destination *destination, const char *sql, Oid table,
                                PGresult **ret, struct wh_error *err)
{
    char oid[OID_SIZE];
    const char *param = oid;
    snprintf(oid, sizeof(oid), "%u", table);
    return wh_postgres_query(destination, sql, &param, 1, ret, err);
}

static wh_code prepare_question(struct wh_destination *destination,
                                enum wh_postgres_question question, const char *sql,
                                const char *name, struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    if (destination->asked[question] == destination->session + 1)
        return WH_OK;
    start_statement(destination);
    WH_TRY(wh_postgres_await(destination, PQsendPrepare(destination->conn, name, sql, 0, NULL),
                             &result, err));
    destination->asked[question] = destination->session + 1;
    return WH_OK;
}

wh_code wh_postgres_ask(struct wh_destination *destination, enum wh_postgres_question question,
                        const char *sql, const char *param, PGresult **ret, struct wh_error *err)
{
    char name[WH_POSTGRES_NAME_SIZE];
    snprintf(name, sizeof(name), "wherry_question_%d", (int)question);
    WH_TRY(prepare_question(destination, question, sql, name, err));
    start_statement(destination);
    int sent = PQsendQueryPrepared(destination->conn, name, 1, &param, NULL, NULL, 0);
    return wh_postgres_await(destination, sent, ret, err);
}

wh_code wh_postgres_ask_about(struct wh_destination *destination,
                              enum wh_postgres_question question, const char *sql, Oid table,
                              PGresult **ret, struct wh_error *err)
{
    char oid[OID_SIZE];
    snprintf(oid, sizeof(oid), "%u", table);
    return wh_postgres_ask(destination, question, sql, oid, ret, err);
}

wh_code wh_postgres_query_binary(struct wh_destination *destination, const char *sql,
                                 const struct wh_postgres_params *params, PGresult **ret,
                                 struct wh_error *err)
{
    start_statement(destination);
    int sent = PQsendQueryParams(destination->conn, sql, params->count, NULL, params->values,
                                 params->lengths, params->formats, 0);
    return wh_postgres_await(destination, sent, ret, err);
}

wh_code wh_postgres_prepare_named(struct wh_destination *destination, const char *sql,
                                  char name[WH_POSTGRES_NAME_SIZE], struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    snprintf(name, WH_POSTGRES_NAME_SIZE, "wherry_%u", ++destination->names);
    start_statement(destination);
    return wh_postgres_await(destination, PQsendPrepare(destination->conn, name, sql, 0, NULL),
                             &result, err);
}

wh_code wh_postgres_describe_prepared(struct wh_destination *destination, const char *name,
                                      PGresult **ret, struct wh_error *err)
{
    start_statement(destination);
    return wh_postgres_await(destination, PQsendDescribePrepared(destination->conn, name), ret,
                             err);
}

wh_code wh_postgres_run_prepared(struct wh_destination *destination, const char *name,
                                 const struct wh_postgres_params *params, PGresult **ret,
                                 struct wh_error *err)
{
    start_statement(destination);
    int sent = PQsendQueryPrepared(destination->conn, name, params->count, params->values,
                                   params->lengths, params->formats, 1);
    return wh_postgres_await(destination, sent, ret, err);
}

static unsigned number_of_sent(struct wh_destination *destination, int sent)
{
    destination->is_asked = sent != 0;
    if (!destination->is_asked)
        return 0;
    if (++destination->ahead == 0)
        destination->ahead = 1;
    return destination->ahead;
}

unsigned wh_postgres_send_ahead(struct wh_destination *destination, const char *name,
                                const struct wh_postgres_params *params)
{
    start_statement(destination);
    int sent = PQsendQueryPrepared(destination->conn, name, params->count, params->values,
                                   params->lengths, params->formats, 1);
    return number_of_sent(destination, sent);
}

unsigned wh_postgres_send_copy_ahead(struct wh_destination *destination, const char *sql)
{
    start_statement(destination);
    return number_of_sent(destination, PQsendQuery(destination->conn, sql));
}

void wh_postgres_let_come(struct wh_destination *destination)
{
    if (destination->is_asked && PQconsumeInput(destination->conn) == 0)
        return; /* who takes the rows hears of it */
}

PGresult *wh_postgres_take_ahead(struct wh_destination *destination, unsigned number)
{
    if (destination->is_asked && destination->ahead == number)
        take_asked(destination);
    if (number == 0 || destination->came == NULL || destination->came_of != number)
        return NULL;
    PGresult *rows = destination->came;
    destination->came = NULL;
    return rows;
}

bool wh_postgres_is_in_transaction(const struct wh_destination *destination)
{
    PGTransactionStatusType status = PQtransactionStatus(destination->conn);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

void wh_postgres_interrupt(struct wh_destination *destination)
{
    atomic_store(&destination->is_interrupted, true);
    wh_postgres_cancelling_begin(&destination->cancelling, destination->conn);
}
