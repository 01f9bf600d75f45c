/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous connecting: https://www.postgresql.org/docs/15/libpq-connect.html, "PQconnectStartParams". */
#include "connect/postgres/connecting.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "connect/postgres/failure.h"
#include "data/text.h"

#define MOMENT_MILLISECONDS 100
#define PATIENT_MOMENTS 5
#define SHORTEST_TIMEOUT 2 /* seconds, as libpq has it */

struct attempt {
    PGconn *conn;
    const struct wh_cancel *cancel;
    int64_t timeout; /* seconds for each address; 0: as long as it takes */
    double until;
    unsigned idle; /* moments in which nothing came */
    bool is_late;
};

/* ---- what libpq was told ---------------------------------------------------------------------------- */

static bool has_several(const char *value)
{
    return value != NULL && strchr(value, ',') != NULL;
}

static int64_t read_timeout(const char *value)
{
    int64_t seconds = 0;
    if (value == NULL || wh_int_parse(wh_str_trim(wh_str_from(value)), &seconds) != WH_FAULT_NONE ||
        seconds <= 0)
        return 0;
    return WH_MAX(seconds, SHORTEST_TIMEOUT);
}

/* All that URL, environment and service file come to. */
static wh_code read_options(struct attempt *attempt, bool *ret_several, struct wh_error *err)
{
    *ret_several = false;
    PQconninfoOption *options = PQconninfo(attempt->conn);
    if (options == NULL)
        return wh_error_no_memory(err, sizeof(*options));
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "host") == 0 || strcmp(option->keyword, "hostaddr") == 0)
            *ret_several |= has_several(option->val);
        else if (strcmp(option->keyword, "connect_timeout") == 0)
            attempt->timeout = read_timeout(option->val);
    }
    PQconninfoFree(options);
    return WH_OK;
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

static wh_code too_late(const struct attempt *attempt, struct wh_error *err)
{
    wh_error_set(err, WH_UNREACHABLE,
                 "the server gave no answer within %lld seconds "
                 "(connect_timeout)",
                 (long long)attempt->timeout);
    if (err != NULL)
        err->retry = WH_RETRY_RECONNECT;
    return WH_UNREACHABLE;
}

/* An address that does not answer is given up as libpq would: the next one has its own time. */
static wh_code check_time(struct attempt *attempt, struct wh_error *err)
{
    if (attempt->timeout == 0 || wh_clock_seconds() < attempt->until)
        return WH_OK;
    if (PQstatus(attempt->conn) != CONNECTION_STARTED)
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

static wh_code go_on(struct attempt *attempt, struct wh_error *err)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    attempt->until = wh_clock_seconds() + (double)attempt->timeout;
    while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
        WH_TRY(wait_for(attempt, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, err));
        next = PQconnectPoll(attempt->conn);
    }
    return WH_OK;
}

/* ---- an attempt ---------------------------------------------------------------------------------------- */

wh_code wh_postgres_connect(const struct wh_postgres_location *location,
                            const struct wh_cancel *cancel, PGconn **ret, struct wh_error *err)
{
    struct attempt attempt = {.cancel = cancel};
    bool has_several_hosts = false;
    *ret = attempt.conn = PQconnectStartParams(location->keywords, location->values, 0);
    if (attempt.conn == NULL)
        return wh_error_no_memory(err, sizeof(void *));
    /* Only so libpq tells the SQLSTATE of a server's no. */
    PQsetErrorVerbosity(attempt.conn, PQERRORS_VERBOSE);
    if (PQstatus(attempt.conn) != CONNECTION_BAD) {
        WH_TRY(read_options(&attempt, &has_several_hosts, err));
        if (!has_several_hosts)
            WH_TRY(go_on(&attempt, err));
    }
    if (has_several_hosts) {
        PQfinish(attempt.conn);
        *ret = attempt.conn = PQconnectdbParams(location->keywords, location->values, 0);
        if (attempt.conn == NULL)
            return wh_error_no_memory(err, sizeof(void *));
    }
    PQsetErrorVerbosity(attempt.conn, PQERRORS_DEFAULT);
    if (PQstatus(attempt.conn) == CONNECTION_OK)
        return WH_OK;
    return attempt.is_late ? too_late(&attempt, err)
                           : wh_postgres_connecting_failure(attempt.conn, err);
}
