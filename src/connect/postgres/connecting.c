/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous connecting: https://www.postgresql.org/docs/15/libpq-connect.html,
 * "PQconnectStartParams". */
#include "connect/postgres/connecting.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/hosts.h"
#include "data/text.h"

#define MOMENT_MILLISECONDS 100
#define PATIENT_MOMENTS 5
#define SHORTEST_TIMEOUT 2 /* seconds, as libpq has it */

#define HOST_SIZE 256

#define NO_ANSWER "no answer from '%s' within %lld seconds (connect_timeout)"

struct attempt {
    PGconn *conn;
    const struct wh_cancel *cancel;
    struct wh_reached *reached; /* may be NULL */
    struct wh_postgres_hosts hosts;
    char host[HOST_SIZE]; /* that libpq is at, with its port */
    int64_t timeout;      /* seconds for each address; 0: as long as it takes */
    double until;
    unsigned idle;          /* moments in which nothing came */
    bool is_late;           /* the address that libpq was at last gave no answer */
    bool is_silent;         /* the host took the connection and gave none */
    char silent[HOST_SIZE]; /* the last such host that was passed by */
};

/* ---- what libpq was told --------------------------------------------------------------------- */

static int64_t read_timeout(const char *value)
{
    int64_t seconds = 0;
    if (value == NULL || wh_int_parse(wh_str_trim(wh_str_from(value)), &seconds) != WH_FAULT_NONE ||
        seconds <= 0)
        return 0;
    return WH_MAX(seconds, SHORTEST_TIMEOUT);
}

/** All that URL, environment and service file come to. */
static wh_code read_options(struct attempt *attempt, struct wh_error *err)
{
    wh_code rc = WH_OK;
    PQconninfoOption *options = PQconninfo(attempt->conn);
    if (options == NULL)
        return wh_error_no_memory(err, sizeof(*options));
    for (const PQconninfoOption *option = options; option->keyword != NULL && rc == WH_OK;
         option++) {
        if (strcmp(option->keyword, "connect_timeout") == 0)
            attempt->timeout = read_timeout(option->val);
        rc = wh_postgres_hosts_take(&attempt->hosts, option->keyword, option->val, err);
    }
    PQconninfoFree(options);
    return rc;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static wh_code too_late(const struct attempt *attempt, struct wh_error *err)
{
    wh_error_set(err, WH_UNREACHABLE, NO_ANSWER, attempt->host, (long long)attempt->timeout);
    if (err != NULL) {
        err->retry = WH_RETRY_RECONNECT;
        memcpy(err->sqlstate, WH_POSTGRES_NEVER_MADE, sizeof(WH_POSTGRES_NEVER_MADE));
    }
    return WH_UNREACHABLE;
}

/** An address that does not answer is given up as libpq would: the next one has its own time. */
static wh_code check_time(struct attempt *attempt, struct wh_error *err)
{
    if (attempt->timeout == 0 || wh_clock_seconds() < attempt->until)
        return WH_OK;
    attempt->is_silent = PQstatus(attempt->conn) != CONNECTION_STARTED;
    if (attempt->is_silent)
        return too_late(attempt, err);
    attempt->is_late = true;
    attempt->until = wh_clock_seconds() + (double)attempt->timeout;
    shutdown(PQsocket(attempt->conn), SHUT_RDWR);
    return WH_OK;
}

static bool must_stop(const struct attempt *attempt)
{
    return wh_cancel_asked(attempt->cancel, attempt->idle >= PATIENT_MOMENTS ? WH_CANCEL_AFTER_GROUP
                                                                             : WH_CANCEL_NOW);
}

static wh_code wait_for(struct attempt *attempt, short events, struct wh_error *err)
{
    struct pollfd ready = {.fd = PQsocket(attempt->conn), .events = events};
    while (poll(&ready, 1, MOMENT_MILLISECONDS) <= 0) {
        attempt->idle++;
        if (must_stop(attempt))
            return wh_error_set(err, WH_CANCELLED, "interrupted while connecting");
        WH_TRY(check_time(attempt, err));
    }
    return WH_OK;
}

/** Each host has its own time. */
static void notice_host(struct attempt *attempt)
{
    char host[HOST_SIZE];
    snprintf(host, sizeof(host), "%s:%s", PQhost(attempt->conn), PQport(attempt->conn));
    if (strcmp(host, attempt->host) == 0)
        return;
    memcpy(attempt->host, host, sizeof(host));
    attempt->is_late = false;
    attempt->until = wh_clock_seconds() + (double)attempt->timeout;
}

/** The socket may be another one after each step: of another address, or without TLS. */
static wh_code go_on(struct attempt *attempt, struct wh_error *err)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    attempt->host[0] = '\0';
    while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
        notice_host(attempt);
        WH_TRY(wait_for(attempt, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, err));
        next = PQconnectPoll(attempt->conn);
    }
    return WH_OK;
}

/* ---- an attempt ------------------------------------------------------------------------------ */

static wh_code start_anew(struct attempt *attempt, const struct wh_postgres_location *location,
                          struct wh_error *err)
{
    PQfinish(attempt->conn);
    return wh_postgres_hosts_start(&attempt->hosts, location, &attempt->conn, err);
}

/** Only once libpq has begun it tells which servers there are. */
static wh_code go_where_others_went(struct attempt *attempt,
                                    const struct wh_postgres_location *location,
                                    struct wh_error *err)
{
    unsigned number = attempt->reached != NULL ? atomic_load(&attempt->reached->number) : 0;
    if (number <= 1)
        return WH_OK;
    WH_TRY(wh_postgres_hosts_prefer(&attempt->hosts, number, err));
    return start_anew(attempt, location, err);
}

static void remember_host(const struct attempt *attempt)
{
    if (attempt->reached != NULL)
        atomic_store(&attempt->reached->number,
                     wh_postgres_hosts_find(&attempt->hosts, attempt->conn));
}

/** Goes the way that libpq has begun. From a host that took the connection and says nothing it
 *  would never go on to the next one: the others are tried anew without it. */
static wh_code go_all_the_way(struct attempt *attempt, const struct wh_postgres_location *location,
                              struct wh_error *err)
{
    WH_TRY(read_options(attempt, err));
    WH_TRY(go_where_others_went(attempt, location, err));
    for (;;) {
        bool is_left = false;
        /* Only so libpq tells the SQLSTATE of a server's no. */
        PQsetErrorVerbosity(attempt->conn, PQERRORS_VERBOSE);
        wh_code rc = PQstatus(attempt->conn) != CONNECTION_BAD ? go_on(attempt, err) : WH_OK;
        if (rc == WH_OK || !attempt->is_silent)
            return rc;
        WH_TRY(wh_postgres_hosts_drop(&attempt->hosts, attempt->conn, &is_left, err));
        if (!is_left)
            return rc;
        wh_error_reset(err);
        attempt->is_silent = false;
        memcpy(attempt->silent, attempt->host, sizeof(attempt->silent));
        WH_TRY(start_anew(attempt, location, err));
    }
}

/** libpq does not know of the hosts that it was not given again. */
static wh_code tell_silent(const struct attempt *attempt, wh_code rc, struct wh_error *err)
{
    if (attempt->silent[0] == '\0' || rc == WH_CANCELLED || err == NULL)
        return rc;
    struct wh_error others = *err;
    wh_error_set(err, rc, NO_ANSWER "; %s", attempt->silent, (long long)attempt->timeout,
                 others.message);
    err->retry = others.retry;
    memcpy(err->sqlstate, others.sqlstate, sizeof(err->sqlstate));
    return rc;
}

static wh_code connect_to_any(struct attempt *attempt, const struct wh_postgres_location *location,
                              struct wh_error *err)
{
    attempt->conn = PQconnectStartParams(location->keywords, location->values, 0);
    if (attempt->conn == NULL)
        return wh_error_no_memory(err, sizeof(void *));
    wh_code rc = WH_OK;
    if (PQstatus(attempt->conn) != CONNECTION_BAD)
        rc = go_all_the_way(attempt, location, err);
    if (rc != WH_OK)
        return tell_silent(attempt, rc, err);
    PQsetErrorVerbosity(attempt->conn, PQERRORS_DEFAULT);
    if (PQstatus(attempt->conn) == CONNECTION_OK) {
        remember_host(attempt);
        return WH_OK;
    }
    rc = attempt->is_late ? too_late(attempt, err)
                          : wh_postgres_connecting_failure(attempt->conn, err);
    return tell_silent(attempt, rc, err);
}

wh_code wh_postgres_connect(const struct wh_postgres_location *location, struct wh_reached *reached,
                            const struct wh_cancel *cancel, PGconn **ret, struct wh_error *err)
{
    struct attempt attempt = {.cancel = cancel, .reached = reached};
    wh_postgres_hosts_init(&attempt.hosts);
    wh_code rc = connect_to_any(&attempt, location, err);
    wh_postgres_hosts_release(&attempt.hosts);
    *ret = attempt.conn;
    return rc;
}
