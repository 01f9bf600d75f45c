/* SPDX-License-Identifier: Apache-2.0 */
#include "run/worker.h"

#include <stdlib.h>

#include "base/crash.h"
#include "base/error.h"
#include "run/again.h"
#include "run/fill.h"
#include "run/guard.h"
#include "run/limit.h"
#include "run/opening.h"
#include "run/pace.h"
#include "run/recover.h"
#include "run/rest.h"
#include "run/trace.h"
#include "run/worker_connection.h"
#include "run/worker_lane.h"

/* ---- opening and closing --------------------------------------------------------------------- */

static wh_code dry_failure(void *ctx, const struct wh_failure_record *failure, struct wh_error *err)
{
    struct wh_crew *crew = ctx;
    pthread_mutex_lock(&crew->lock);
    wh_code rc = wh_reasons_add(&crew->reasons, failure, err);
    pthread_mutex_unlock(&crew->lock);
    return rc;
}

static wh_code dry_hits(void *ctx, const struct wh_rule_record *rule, struct wh_error *err)
{
    (void)err;
    struct wh_crew *crew = ctx;
    pthread_mutex_lock(&crew->lock);
    crew->hits[rule->ordinal] += rule->hits;
    pthread_mutex_unlock(&crew->lock);
    return WH_OK;
}

static wh_code open_writing(struct wh_worker *worker, struct wh_error *err)
{
    const struct wh_item_run *item = worker->crew->item;
    struct wh_writing_options options = wh_run_writing_options(item);
    options.connection = &worker->connection;
    options.ledger = worker->ledger;
    options.memory = worker->crew->group_memory;
    options.has_table = item->has_table;
    options.table_was_empty = item->table_was_empty;
    options.had_rows = item->had_rows;
    options.waits_for_disk = item->run->is_partial;
    options.shared = worker->crew->shared.connection != NULL ? &worker->crew->shared : NULL;
    options.most_sent = wh_worker_most_sent;
    options.most_sent_ctx = worker;
    options.dry_failure = dry_failure;
    options.dry_hits = dry_hits;
    options.dry_ctx = worker->crew;
    return wh_writing_open(&options, &worker->writing, err);
}

/* The versions of rows that are as earlier groups wrote them. */
static wh_code recall(struct wh_worker *worker, struct wh_written_versions *ret,
                      struct wh_error *err)
{
    const struct wh_item_run *item = worker->crew->item;
    int64_t *versions = NULL;
    if (item->mark_count == 0)
        return WH_OK;
    WH_TRY(worker->connection.functions->recall(worker->writing->writer, item->marks,
                                                item->mark_count, &worker->writing->arena,
                                                &versions, &ret->count, err));
    ret->versions = versions;
    return WH_OK;
}

static wh_code open_worker(struct wh_worker *worker, struct wh_error *err)
{
    const struct wh_item_run *item = worker->crew->item;
    WH_TRY(wh_worker_connect(worker, err));
    WH_TRY(open_writing(worker, err));
    struct wh_mapper_options options = wh_run_mapper_options(item, worker->writing);
    options.keys = worker->crew->follows_keys ? &worker->keys : NULL;
    options.filter = item->has_filter ? &item->filter : NULL;
    options.trust_state = item->trusts_state;
    options.keeps_history = item->run->options->dry_run || item->run->options->trace;
    WH_TRY(recall(worker, &options.written, err));
    WH_TRY(wh_mapper_open(&options, &worker->mapper, err));
    return item->item->source_functions->reader_open(item->item->source, &worker->reader, err);
}

void wh_worker_close_readers(struct wh_worker *worker)
{
    const struct wh_source_functions *source = worker->crew->item->item->source_functions;
    if (worker->reader != NULL)
        source->reader_close(worker->reader);
    if (worker->digester != NULL)
        source->reader_close(worker->digester);
    worker->reader = NULL;
    worker->digester = NULL;
}

static void count_conversion(struct wh_worker *worker)
{
    struct wh_crew *crew = worker->crew;
    if (worker->mapper == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->conversion_seconds += wh_mapper_conversion_seconds(worker->mapper);
    pthread_mutex_unlock(&crew->lock);
}

static void close_worker(struct wh_worker *worker, bool is_sound)
{
    wh_group_release(&worker->group);
    wh_key_list_release(&worker->keys);
    wh_worker_close_readers(worker);
    count_conversion(worker);
    wh_mapper_close(worker->mapper);
    wh_writing_close(worker->writing);
    wh_worker_disconnect(worker, is_sound);
}

/* ---- writing a group ------------------------------------------------------------------------- */

static wh_code digest_until(void *ctx, uint64_t position, uint64_t *ret, struct wh_error *err)
{
    struct wh_worker *worker = ctx;
    const struct wh_item_plan *item = worker->crew->item->item;
    if (worker->digester == NULL)
        WH_TRY(item->source_functions->reader_open(item->source, &worker->digester, err));
    return item->source_functions->digest_until(worker->digester, worker->chunk->spec.text,
                                                position, ret, err);
}

uint64_t wh_crew_refused(const struct wh_crew *crew)
{
    uint64_t refused =
        crew->before.rejected + crew->before.failed + crew->counts.rejected + crew->counts.failed;
    return refused - WH_MIN(crew->contested, (uint64_t)WH_MOST_CONTESTED);
}

void wh_worker_count_group(struct wh_worker *worker)
{
    struct wh_crew *crew = worker->crew;
    pthread_mutex_lock(&crew->lock);
    wh_counts_add(&crew->counts, &worker->group.counts);
    crew->read += worker->group_read;
    crew->ignored += worker->group_ignored;
    crew->put_back += worker->group.put_back;
    if (wh_run_tries_again(crew->item))
        crew->contested += worker->group.contested;
    if (wh_run_passes_limit(crew->item, wh_crew_refused(crew))) {
        crew->reached_limit = true;
        atomic_store(&crew->must_stop, true);
    }
    pthread_mutex_unlock(&crew->lock);
    atomic_fetch_add(&crew->item->run->groups, 1);
    atomic_fetch_add(&crew->item->run->read, worker->group.counts.read);
    wh_patience_end(&worker->patience, crew->item->run);
}

/* Behind the last group of a chunk the next worker may write. */
static void pass_turn(struct wh_worker *worker)
{
    if (!worker->crew->takes_turns || worker->has_passed)
        return;
    worker->has_turn = false;
    worker->has_passed = true;
    wh_turn_pass(&worker->crew->turn);
}

/* Counted before anybody else writes: it may have been the last that the failure limit lets
 * pass. */
static void group_committed(void *ctx)
{
    struct wh_worker *worker = ctx;
    wh_worker_count_group(worker);
    if (worker->group.is_last)
        pass_turn(worker);
}

static wh_code write_group(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_commit_options options = {
        .digest = digest_until, .committed = group_committed, .ctx = worker};
    if (!worker->crew->item->run->options->dry_run) {
        wh_code rc = wh_group_commit(worker->writing, &worker->group, &options, err);
        wh_worker_leave_lane(worker);
        return rc;
    }
    WH_TRY(wh_group_dry_run(worker->writing, &worker->group, err));
    group_committed(worker);
    return WH_OK;
}

/* True where the run is to end before the next group. */
static bool must_stop(const struct wh_worker *worker)
{
    return wh_run_must_stop(worker->crew->item->run, &worker->crew->must_stop) ||
           atomic_load(&worker->crew->item->has_no_count);
}

static void start_group(struct wh_worker *worker)
{
    wh_group_reset(&worker->group);
    wh_key_list_reset(&worker->keys);
    worker->group_ordinal = worker->ordinal;
    worker->group_bytes = 0;
    worker->group_read = 0;
    worker->group_ignored = 0;
    worker->group.chunk = worker->chunk->id;
    worker->group.was_started = worker->was_started;
    worker->group.from = worker->from;
    worker->group.reached = worker->from;
    worker->group.to = worker->from;
}

/* Only a survey can say which of two records with one key is the item. Whoever finds that it is
 * needed keeps all from writing more: what was written before comes first in the source. */
static void ask_for_survey(struct wh_crew *crew)
{
    atomic_store(&crew->needs_survey, true);
    atomic_store(&crew->must_stop, true);
}

/* Without a survey a group is written once all that stands before it in the source was looked
 * at; false where it is not to be written. */
static bool follow_keys(struct wh_worker *worker, size_t turn)
{
    struct wh_crew *crew = worker->crew;
    if (!crew->follows_keys || worker->followed == WH_FOLLOWED_ALL)
        return true;
    if (!wh_turn_wait(&crew->key_turn, turn))
        return false;
    bool are_new = wh_seen_keys_append(&crew->keys, &worker->keys);
    worker->followed = worker->group.is_last ? WH_FOLLOWED_ALL : WH_FOLLOWED_PART;
    if (!are_new) {
        wh_worker_forget_progress(worker);
        ask_for_survey(crew);
        return false;
    }
    if (worker->group.is_last)
        wh_turn_pass(&crew->key_turn);
    return true;
}

/* A group that is read again was looked at, or was not: of a part of a chunk nobody knows. */
static bool can_follow_again(struct wh_worker *worker)
{
    if (!worker->crew->follows_keys || worker->followed != WH_FOLLOWED_PART)
        return true;
    wh_patience_end(&worker->patience, worker->crew->item->run);
    ask_for_survey(worker->crew);
    return false;
}

/* The next group of the worker's chunk; false in *ret_goes_on where it is not to be written. */
static wh_code work_on_group(struct wh_worker *worker, size_t turn, bool *ret_goes_on,
                             struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    struct wh_run_context *run = crew->item->run;
    *ret_goes_on = false;
    start_group(worker);
    wh_code rc = wh_run_guard(run, &crew->must_stop, err);
    if (rc == WH_OK)
        rc = wh_worker_fill_group(worker, err);
    if (rc == WH_CANCELLED && must_stop(worker))
        return WH_OK;
    WH_TRY(rc);
    if (!follow_keys(worker, turn))
        return WH_OK;
    double due = wh_run_pace(run, worker->group.item_count, &crew->must_stop);
    WH_TRY(wh_group_prepare(worker->writing, &worker->group, err));
    if (crew->takes_turns && !wh_turn_wait(&crew->turn, turn))
        return WH_OK;
    worker->has_turn = crew->takes_turns;
    if (must_stop(worker) || !wh_worker_enter_lane(worker))
        return WH_OK;
    WH_TRY(write_group(worker, err));
    wh_run_rest(run, due, &crew->must_stop);
    if (run->options->trace)
        WH_TRY(wh_trace_written(crew->item, &worker->group, err));
    worker->was_started = true;
    worker->from = worker->group.to;
    *ret_goes_on = true;
    return WH_OK;
}

/* Groups of the worker's chunk until it is done; false in *ret_done where it was stopped before. */
static wh_code work_on_chunk(struct wh_worker *worker, size_t turn, bool *ret_done,
                             struct wh_error *err)
{
    *ret_done = false;
    while (!worker->is_at_end) {
        bool goes_on = true;
        wh_code rc = work_on_group(worker, turn, &goes_on, err);
        if (rc != WH_OK) {
            WH_TRY(wh_worker_recover(worker, rc, err));
            goes_on = can_follow_again(worker);
        }
        if (!goes_on)
            return WH_OK;
    }
    WH_CRASH_POINT("chunk.done");
    *ret_done = true;
    return WH_OK;
}

static wh_code take_chunk(struct wh_worker *worker, size_t turn, bool *ret_done,
                          struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    size_t index = crew->open[turn];
    worker->chunk = &crew->item->chunks[index];
    worker->ordinal = crew->ordinals[index];
    worker->unread = worker->chunk->is_started ? UINT64_MAX : worker->chunk->spec.records;
    worker->was_started = worker->chunk->is_started;
    worker->from = worker->chunk->position;
    worker->is_at_end = false;
    worker->has_turn = false;
    worker->has_passed = false;
    worker->followed = WH_FOLLOWED_NONE;
    start_group(worker);
    worker->is_reading = true;
    wh_code rc = crew->item->item->source_functions->seek(
        worker->reader, worker->chunk->spec.text, worker->was_started ? worker->from : 0, err);
    if (rc != WH_OK)
        WH_TRY(wh_worker_recover(worker, rc, err));
    worker->is_reading = false;
    WH_TRY(work_on_chunk(worker, turn, ret_done, err));
    if (*ret_done)
        pass_turn(worker);
    return WH_OK;
}

static wh_code work(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    wh_code rc = open_worker(worker, err);
    if (wh_worker_can_leave(worker, rc, err))
        return WH_OK;
    WH_TRY(rc);
    bool is_done = true;
    while (is_done && !must_stop(worker)) {
        size_t turn = atomic_fetch_add(&crew->next, 1);
        if (turn >= crew->open_count)
            return WH_OK;
        WH_TRY(take_chunk(worker, turn, &is_done, err));
    }
    return WH_OK;
}

/* Whoever was trying again when another worker failed leaves it to that one to say why. */
static bool is_echo(const struct wh_worker *worker, wh_code rc, const struct wh_error *why)
{
    struct wh_crew *crew = worker->crew;
    if (rc == WH_OK || !atomic_exchange(&crew->has_failed, true))
        return false;
    return why != NULL && wh_is_worth_another_try(why) && !atomic_load(&crew->needs_survey);
}

wh_code wh_worker_main(struct wh_crew *crew, unsigned number, struct wh_error *err)
{
    struct wh_worker worker = {.crew = crew, .number = number};
    wh_group_init(&worker.group);
    wh_group_limit_memory(&worker.group, crew->item->item, crew->group_memory);
    wh_code rc = work(&worker, err);
    /* Whoever was trying again when the others stopped for a survey would have gone on. */
    if (rc != WH_OK && atomic_load(&crew->needs_survey) && err != NULL &&
        wh_is_worth_another_try(err))
        err->retry = WH_RETRY_RECONNECT;
    bool is_stopped = rc != WH_OK || must_stop(&worker);
    if (is_echo(&worker, rc, err))
        rc = WH_OK;
    if (is_stopped) {
        atomic_store(&crew->must_stop, true);
        wh_turn_end(&crew->turn);
        wh_turn_end(&crew->key_turn);
    }
    close_worker(&worker, !is_stopped);
    return rc;
}
