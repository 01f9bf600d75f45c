/* SPDX-License-Identifier: Apache-2.0 */
#include "run/guard.h"

#include "base/clock.h"
#include "base/error.h"
#include "run/opening.h"
#include "run/rest.h"
#include "run/tell.h"

#define SECONDS_BETWEEN 1.0

/* ---- asking ---------------------------------------------------------------------------------- */

static wh_code open_connection(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_connection *connection = &run->guard.connection;
    struct wh_plan_request request = wh_run_plan_request(run);
    bool was_lost = false;
    if (connection->destination == NULL)
        return wh_run_open_another(&request, connection, err);
    if (run->guard.must_reopen)
        WH_TRY(connection->functions->reopen(connection->destination, &was_lost, err));
    run->guard.must_reopen = false;
    return WH_OK;
}

static wh_code measure(struct wh_run_context *run, double *ret, struct wh_error *err)
{
    const struct wh_connection *connection = &run->guard.connection;
    wh_code rc = open_connection(run, err);
    if (rc == WH_OK)
        rc = connection->functions->gauge(connection->destination,
                                          run->request->migration->guard.query.text, ret, err);
    run->guard.must_reopen = rc != WH_OK;
    /* What could not be asked is asked again before the next group. */
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "the query of 'guard'");
    run->guard.looked = wh_clock_seconds();
    return WH_OK;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static wh_code hold_back(struct wh_run_context *run, const atomic_bool *stop, double found,
                         struct wh_error *err)
{
    double above = run->request->migration->guard.above;
    double started = wh_clock_seconds();
    wh_code rc = WH_OK;
    wh_run_note_text(run, "pausing: the query of 'guard' gives %g, above %g", found, above);
    while (rc == WH_OK && found > above && !wh_run_must_stop(run, stop)) {
        wh_run_rest(run, wh_clock_seconds() + SECONDS_BETWEEN, stop);
        if (!wh_run_must_stop(run, stop))
            rc = measure(run, &found, err);
    }
    double paused = wh_clock_seconds() - started;
    run->guard.paused += paused;
    run->result->paused_seconds = run->guard.paused;
    if (rc == WH_OK && !wh_run_must_stop(run, stop))
        wh_run_note_text(run, "going on after a pause of %.0f seconds", paused);
    return rc;
}

static wh_code look(struct wh_run_context *run, const atomic_bool *stop, struct wh_error *err)
{
    double found = 0;
    if (wh_clock_seconds() - run->guard.looked < SECONDS_BETWEEN)
        return WH_OK;
    WH_TRY(measure(run, &found, err));
    if (found <= run->request->migration->guard.above)
        return WH_OK;
    return hold_back(run, stop, found, err);
}

wh_code wh_run_guard(struct wh_run_context *run, const atomic_bool *stop, struct wh_error *err)
{
    /* A dry run may plan a database that is still to be made. */
    if (run->request->migration->guard.query.text.ptr == NULL ||
        run->connection.destination == NULL)
        return WH_OK;
    pthread_mutex_lock(&run->guard.lock);
    wh_code rc = wh_run_must_stop(run, stop) ? WH_OK : look(run, stop, err);
    pthread_mutex_unlock(&run->guard.lock);
    return rc;
}

void wh_run_guard_close(struct wh_run_context *run)
{
    struct wh_connection *connection = &run->guard.connection;
    if (connection->destination != NULL)
        connection->functions->close(connection->destination);
    *connection = (struct wh_connection){.destination = NULL};
}
