/* SPDX-License-Identifier: Apache-2.0 */
#include "run/worker_connection.h"

#include "base/error.h"
#include "run/opening.h"
#include "run/tell.h"

/* True where the worker's own connection is for looking only. */
static bool only_reads(const struct wh_worker *worker)
{
    return worker->crew->item->run->options->dry_run || worker->crew->shared.connection != NULL;
}

/* The server could be reached when the run began. */
static wh_code expect_server(wh_code rc, struct wh_error *err)
{
    if (rc == WH_UNREACHABLE && wh_is_worth_another_try(err))
        err->retry = WH_RETRY_RECONNECT;
    return rc;
}

static wh_code open_new(struct wh_run_context *run, bool only_reads, struct wh_kept_connection *ret,
                        struct wh_error *err)
{
    struct wh_plan_request request = wh_run_plan_request(run);
    request.read_only = only_reads;
    request.listener = &run->listener;
    ret->only_reads = only_reads;
    WH_TRY(expect_server(wh_run_open_another(&request, &ret->connection, err), err));
    return run->ledger != NULL ? wh_ledger_open(&ret->connection, only_reads, &ret->ledger, err)
                               : WH_OK;
}

/* The one that an item type before this one left in the place of that number, or a new one. After
 * an error *ret may have what is to be closed. */
static wh_code take(struct wh_run_context *run, unsigned number, bool only_reads,
                    struct wh_kept_connection *ret, struct wh_error *err)
{
    WH_ASSERT(number < WH_COUNT_OF(run->kept), err);
    struct wh_kept_connection *kept = &run->kept[number];
    if (kept->connection.destination == NULL || kept->only_reads != only_reads)
        return open_new(run, only_reads, ret, err);
    /* It was not looked at for as long as others worked. */
    bool was_lost = false;
    WH_TRY(expect_server(
        kept->connection.functions->reopen(kept->connection.destination, &was_lost, err), err));
    *ret = *kept;
    *kept = (struct wh_kept_connection){.ledger = NULL};
    return WH_OK;
}

static bool keep(struct wh_run_context *run, unsigned number,
                 const struct wh_kept_connection *connection)
{
    struct wh_kept_connection *kept = &run->kept[number];
    if (connection->connection.functions->reopen == NULL || kept->connection.destination != NULL)
        return false;
    *kept = *connection;
    return true;
}

static void close_connection(struct wh_kept_connection *closed)
{
    if (closed->connection.destination == NULL)
        return;
    wh_ledger_close(closed->ledger);
    closed->connection.functions->close(closed->connection.destination);
    *closed = (struct wh_kept_connection){.ledger = NULL};
}

/* A rehearsal has one transaction, so one connection: the run's own. */
wh_code wh_worker_connect(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_run_context *run = worker->crew->item->run;
    if (run->options->rehearse) {
        worker->connection = run->connection;
        worker->ledger = run->ledger;
        return WH_OK;
    }
    /* A dry run may plan a database that is still to be made. */
    if (run->connection.destination == NULL)
        return WH_OK;
    struct wh_kept_connection taken = {.ledger = NULL};
    wh_code rc = take(run, worker->number, only_reads(worker), &taken, err);
    worker->connection = taken.connection;
    worker->ledger = taken.ledger;
    worker->owns_connection = taken.connection.destination != NULL;
    return rc;
}

/* Each item type finds the same: it is told once. */
static void tell_fewer(struct wh_run_context *run, unsigned workers, const struct wh_error *why)
{
    if (run->told_workers != 0 && workers >= run->told_workers)
        return;
    run->told_workers = workers;
    if (run->workers == 1)
        wh_run_note_text(run, "%s; the worker goes on in one thread", why->message);
    else
        wh_run_note_text(run, "%s; going on with %u worker%s", why->message, workers,
                         workers == 1 ? "" : "s");
}

bool wh_worker_can_leave(struct wh_worker *worker, wh_code rc, const struct wh_error *why)
{
    struct wh_crew *crew = worker->crew;
    if (rc == WH_OK || why == NULL || !wh_has_no_room(why))
        return false;
    pthread_mutex_lock(&crew->lock);
    unsigned others = crew->workers - ++crew->left;
    if (others > 0)
        tell_fewer(crew->item->run, others, why);
    pthread_mutex_unlock(&crew->lock);
    return others > 0;
}

/* One that was lost and not made anew may hold what others want. */
static void end_lost_session(struct wh_worker *worker)
{
    struct wh_error unused = WH_ERROR_NONE;
    bool was_lost = false;
    if (worker->patience.until > 0 && worker->connection.functions->reopen != NULL)
        WH_IGNORE(worker->connection.functions->reopen(worker->connection.destination, &was_lost,
                                                       &unused),
                  "where the server is not there, the session is not either");
}

void wh_worker_disconnect(struct wh_worker *worker, bool is_sound)
{
    struct wh_run_context *run = worker->crew->item->run;
    if (!worker->owns_connection)
        return;
    struct wh_kept_connection left = {.connection = worker->connection,
                                      .ledger = worker->ledger,
                                      .only_reads = only_reads(worker)};
    /* Only what could be lost is far away. */
    if (is_sound && worker->patience.until <= 0 && keep(run, worker->number, &left))
        return;
    wh_ledger_close(left.ledger);
    left.ledger = NULL;
    end_lost_session(worker);
    close_connection(&left);
}

/* ---- what a pair commits through ---------------------------------------------------------------- */

wh_code wh_channel_connect(struct wh_run_context *run, struct wh_kept_connection *ret,
                           struct wh_error *err)
{
    wh_code rc = take(run, WH_MAX_WORKERS, false, ret, err);
    if (rc == WH_OK)
        return WH_OK;
    close_connection(ret);
    if (!wh_has_no_room(err))
        return rc;
    wh_error_reset(err);
    return WH_OK;
}

void wh_channel_disconnect(struct wh_run_context *run, struct wh_kept_connection *channel,
                           bool is_sound)
{
    if (channel->connection.destination == NULL)
        return;
    if (is_sound && keep(run, WH_MAX_WORKERS, channel))
        *channel = (struct wh_kept_connection){.ledger = NULL};
    close_connection(channel);
}

void wh_run_close_kept(struct wh_run_context *run)
{
    for (size_t i = 0; i < WH_COUNT_OF(run->kept); i++)
        close_connection(&run->kept[i]);
}
