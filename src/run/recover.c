/* SPDX-License-Identifier: Apache-2.0 */
#include "run/recover.h"

#include "base/error.h"
#include "run/fill.h"

/* Who lost a claim looks at who has it; all else is what may be tried again. */
static bool can_recover(const struct wh_worker *worker, wh_code rc, const struct wh_error *why)
{
    const struct wh_run_context *run = worker->crew->item->run;
    if (run->options->dry_run || run->options->rehearse ||
        run->connection.functions->reopen == NULL)
        return false;
    /* A source that is busy has been waited for. */
    if (worker->is_reading && why->retry != WH_RETRY_RECONNECT)
        return false;
    return rc == WH_CONFLICT || wh_is_worth_another_try(why);
}

/* ---- where the chunk stands ------------------------------------------------------------------ */

static bool is_at(const struct wh_chunk_claim *claim, bool is_started, uint64_t position)
{
    return claim->is_started == is_started && (!is_started || claim->position == position);
}

/* Counts what was committed of the group. The reader's own count stands for all of it; of a part
 * the part's must do. */
static void count_committed(struct wh_worker *worker, bool is_whole)
{
    if (!is_whole) {
        worker->group_read = worker->group.counts.read;
        worker->group_ignored = 0;
    }
    if (worker->group.counts.read > 0 || is_whole)
        wh_worker_count_group(worker);
}

static wh_code settle_group(struct wh_worker *worker, const struct wh_chunk_claim *claim,
                            struct wh_error *err)
{
    struct wh_group *group = &worker->group;
    const struct wh_group_doubt *doubt = &group->doubt;
    if (doubt->is_set && is_at(claim, true, doubt->to))
        WH_TRY(wh_group_confirm(worker->writing, group, err));
    if (!is_at(claim, group->has_moved || group->was_started, group->reached))
        return wh_run_begin_again("the chunk is not where this process left it", err);
    bool is_whole = group->has_moved && group->reached == group->to;
    bool is_part = group->has_moved && !is_whole;
    if (is_part && worker->crew->item->run->options->limit != UINT64_MAX)
        return wh_error_set(err, WH_UNREACHABLE,
                            "the connection was lost in the middle of what --limit asks for; run "
                            "again");
    worker->ordinal = is_whole ? worker->ordinal : worker->group_ordinal;
    count_committed(worker, is_whole);
    worker->was_started = claim->is_started;
    worker->from = claim->position;
    worker->is_at_end = claim->is_done;
    return WH_OK;
}

/* ---- the source ------------------------------------------------------------------------------ */

/* The chunk's finished part must still be what it was: a source may be read in a new snapshot. */
static wh_code seek(struct wh_worker *worker, const struct wh_chunk_claim *claim,
                    struct wh_error *err)
{
    const struct wh_item_plan *item = worker->crew->item->item;
    uint64_t digest = 0;
    wh_worker_close_readers(worker);
    WH_TRY(item->source_functions->reader_open(item->source, &worker->reader, err));
    WH_TRY(item->source_functions->seek(worker->reader, worker->chunk->spec.text,
                                        claim->is_started ? claim->position : 0, err));
    worker->unread = claim->is_started ? UINT64_MAX : worker->chunk->spec.records;
    if (!claim->is_started)
        return WH_OK;
    WH_TRY(item->source_functions->digest(worker->reader, &digest, err));
    return digest == claim->digest
               ? WH_OK
               : wh_run_begin_again("the source changed in the part that was done", err);
}

/* ---- one attempt ----------------------------------------------------------------------------- */

static wh_code reopen(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_run_context *run = worker->crew->item->run;
    const struct wh_connection *own = &worker->connection;
    const struct wh_connection *shared = worker->crew->shared.connection;
    bool was_lost = false;
    WH_TRY(own->functions->reopen(own->destination, &was_lost, err));
    if (shared == NULL || !worker->has_turn)
        return WH_OK;
    return shared == &run->connection
               ? wh_run_reopen(run, &was_lost, err)
               : shared->functions->reopen(shared->destination, &was_lost, err);
}

static wh_code try_again(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_run_context *run = worker->crew->item->run;
    struct wh_chunk_claim claim;
    WH_TRY(reopen(worker, err));
    WH_TRY(wh_ledger_claim(worker->ledger, worker->chunk->id, run->owner, &claim, err));
    if (!claim.is_mine)
        return wh_run_taken_over(err);
    if (!worker->is_settled)
        WH_TRY(settle_group(worker, &claim, err));
    worker->is_settled = true;
    if (claim.is_done)
        return WH_OK;
    wh_code rc = seek(worker, &claim, err);
    /* What other readers share (a snapshot) is not one worker's to make anew. */
    return rc != WH_OK && err->retry == WH_RETRY_RECONNECT ? WH_CONFLICT : rc;
}

/* Who works no more keeps a connection for the next item type: a run that begins again gives all of
 * them back. */
static bool must_make_room(const struct wh_worker *worker, struct wh_error *why)
{
    struct wh_crew *crew = worker->crew;
    if (why == NULL || !wh_has_no_room(why) || crew->workers == 1 ||
        atomic_load(&crew->at_work) > 1)
        return false;
    why->retry = WH_RETRY_RECONNECT;
    return true;
}

wh_code wh_worker_recover(struct wh_worker *worker, wh_code rc, struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    worker->is_settled = false;
    wh_worker_forget_progress(worker);
    /* It may be this run's other groups that were in the way. */
    if (rc != WH_OK && err->retry == WH_RETRY_AGAIN)
        wh_lanes_make_single(&crew->lanes);
    while (rc != WH_OK && can_recover(worker, rc, err)) {
        /* Who lost the claim only looks. */
        if (rc != WH_CONFLICT)
            WH_TRY(
                wh_patience_wait(&worker->patience, crew->item->run, &crew->must_stop, err, err));
        worker->is_reading = false;
        rc = try_again(worker, err);
        if (rc == WH_CONFLICT)
            break;
        if (rc != WH_OK && must_make_room(worker, err))
            return WH_UNREACHABLE;
    }
    return rc;
}
