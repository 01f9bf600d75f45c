/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/remedy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

#define MOMENTS_A_SECOND (1000 / WH_POSTGRES_MOMENT_MILLISECONDS)
#define SECONDS_UNTIL_TOLD 10

/* The server's words stay, and so does what may be done about them. */
WH_PRINTF(2, 3)
static void add(struct wh_error *err, const char *format, ...)
{
    char remedy[WH_ERROR_MESSAGE_SIZE];
    struct wh_error said = *err;
    va_list args;
    va_start(args, format);
    vsnprintf(remedy, sizeof(remedy), format, args);
    va_end(args);
    wh_error_set(err, said.code, "%s%s", said.message, remedy);
    err->retry = said.retry;
    err->vendor_code = said.vendor_code;
    memcpy(err->sqlstate, said.sqlstate, sizeof(err->sqlstate));
}

/** A statement that was cancelled: for the user, or by somebody else. */
static wh_code tell_cancelled(const struct wh_destination *destination, struct wh_error *err)
{
    if (atomic_load(&destination->is_interrupted) ||
        wh_cancel_asked(destination->cancel, WH_CANCEL_NOW))
        return wh_error_cancelled(err);
    if (err == NULL)
        return WH_BUSY;
    err->code = WH_BUSY;
    err->retry = WH_RETRY_AGAIN;
    add(err,
        ": somebody cancelled it on the server (pg_cancel_backend), or a limit of role '%s' or of "
        "the database did (statement_timeout); raise the limit, or run again later",
        PQuser(destination->conn));
    return WH_BUSY;
}

static bool is_on(const struct wh_destination *destination, const char *setting)
{
    const char *value = PQparameterStatus(destination->conn, setting);
    return value != NULL && strcmp(value, "on") == 0;
}

static wh_code tell_read_only(const struct wh_destination *destination, struct wh_error *err)
{
    if (is_on(destination, "in_hot_standby"))
        add(err, ": the server is a standby; name its primary under 'destination', or all of them "
                 "and target_session_attrs=read-write");
    else
        add(err,
            ": whatever role '%s' does there is read-only (default_transaction_read_only, of the "
            "role, the database or the server); ALTER ROLE … SET default_transaction_read_only = "
            "off, or add options=-cdefault_transaction_read_only=off to the URL",
            PQuser(destination->conn));
    err->code = WH_UNREACHABLE;
    return WH_UNREACHABLE;
}

wh_code wh_postgres_add_remedy(struct wh_destination *destination, wh_code rc, struct wh_error *err)
{
    if (rc == WH_CANCELLED)
        return tell_cancelled(destination, err);
    if (err == NULL)
        return rc;
    if (strcmp(err->sqlstate, "25P03") == 0)
        add(err, "; raise idle_in_transaction_session_timeout of role '%s'",
            PQuser(destination->conn));
    bool is_read_only =
        is_on(destination, "in_hot_standby") || is_on(destination, "default_transaction_read_only");
    if (strcmp(err->sqlstate, "25006") == 0 && is_read_only && !destination->is_read_only)
        return tell_read_only(destination, err);
    return rc;
}

/* After 10 seconds, 20, 40 … */
void wh_postgres_tell_waiting(const struct wh_destination *destination, unsigned moments)
{
    const struct wh_listener *listener = destination->listener;
    char text[WH_ERROR_MESSAGE_SIZE];
    unsigned seconds = moments / MOMENTS_A_SECOND;
    unsigned times = seconds / SECONDS_UNTIL_TOLD;
    bool is_time = moments % (MOMENTS_A_SECOND * SECONDS_UNTIL_TOLD) == 0 && times > 0 &&
                   (times & (times - 1)) == 0;
    if (listener == NULL || !is_time || destination->backend == 0)
        return;
    snprintf(text, sizeof(text),
             "the server has not answered for %u seconds; if it waits for somebody's lock, this "
             "tells whose: SELECT pid, usename, state, query FROM pg_stat_activity WHERE pid = ANY "
             "(pg_blocking_pids(%" PRId64 "))",
             seconds, destination->backend);
    listener->tell(listener->ctx, wh_str_from(text));
}
