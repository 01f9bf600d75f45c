/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/crew.h"
#include "base/error.h"
#include "run/again.h"
#include "run/guard.h"
#include "run/limit.h"
#include "run/pace.h"
#include "run/recover.h"
#include "run/trace.h"

/* A group's source; more where it may have more items. */
enum { GROUP_BYTES = 16 << 20 };

/* ---- opening and closing --------------------------------------------------------------------- */

static wh_code dry_failure(void *ctx, const struct wh_failure_record *failure, struct wh_error *err)
{
    struct crew_work *crew = ctx;
    pthread_mutex_lock(&crew->lock);
    wh_code rc = wh_reasons_add(&crew->reasons, failure, err);
    pthread_mutex_unlock(&crew->lock);
    return rc;
}

static wh_code dry_hits(void *ctx, const struct wh_rule_record *rule, struct wh_error *err)
{
    (void)err;
    struct crew_work *crew = ctx;
    pthread_mutex_lock(&crew->lock);
    crew->hits[rule->ordinal] += rule->hits;
    pthread_mutex_unlock(&crew->lock);
    return WH_OK;
}

static wh_code open_writing(struct wh_worker *worker, struct wh_error *err)
{
    const struct wh_item_run *item = worker->crew->item;
    const struct wh_run_context *run = item->run;
    struct wh_writing_options options = {
        .item = item->item,
        .connection = &worker->connection,
        .ledger = worker->ledger,
        .run = run->run,
        .owner = run->owner,
        .state = item->state,
        .others = item->others,
        .other_count = item->other_count,
        .has_table = item->has_table,
        .table_was_empty = item->table_was_empty,
        .had_rows = item->had_rows,
        .is_dry_run = run->options->dry_run,
        .waits_for_disk = run->is_partial,
        .is_rehearsal = run->options->rehearse,
        .shared = worker->crew->shared.connection != NULL ? &worker->crew->shared : NULL,
        .redaction_seed = run->redaction_seed,
        .cancel = run->request->cancel,
        .most_sent = wh_worker_most_sent,
        .most_sent_ctx = worker,
        .dry_failure = dry_failure,
        .dry_hits = dry_hits,
        .dry_ctx = worker->crew,
    };
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
    struct wh_item_run *item = worker->crew->item;
    WH_TRY(wh_worker_connect(worker, err));
    WH_TRY(open_writing(worker, err));
    struct wh_mapper_options options = {
        .item = item->item,
        .survey = item->survey,
        .keys = worker->crew->follows_keys ? &worker->keys : NULL,
        .filter = item->has_filter ? &item->filter : NULL,
        .state = item->state,
        .trust_state = item->trusts_state,
        .connection = &worker->connection,
        .writer = worker->writing->writer,
        .keeps_history = item->run->options->dry_run || item->run->options->trace,
        .now = item->run->now,
        .cancel = item->run->request->cancel,
    };
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
    struct crew_work *crew = worker->crew;
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

/* Refused items of the item type. Those that are to be tried again are not refused yet. */
static uint64_t count_refused(const struct crew_work *crew)
{
    uint64_t refused =
        crew->before.rejected + crew->before.failed + crew->counts.rejected + crew->counts.failed;
    return refused - WH_MIN(crew->contested, (uint64_t)WH_MOST_CONTESTED);
}

void wh_worker_count_group(struct wh_worker *worker)
{
    struct crew_work *crew = worker->crew;
    pthread_mutex_lock(&crew->lock);
    wh_counts_add(&crew->counts, &worker->group.counts);
    crew->read += worker->group_read;
    crew->ignored += worker->group_ignored;
    crew->put_back += worker->group.put_back;
    if (wh_run_tries_again(crew->item))
        crew->contested += worker->group.contested;
    if (wh_run_passes_limit(crew->item, count_refused(crew))) {
        crew->reached_limit = true;
        atomic_store(&crew->must_stop, true);
    }
    pthread_mutex_unlock(&crew->lock);
    atomic_fetch_add(&crew->item->run->groups, 1);
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
    const struct wh_cancel *cancel = worker->crew->item->run->request->cancel;
    return atomic_load(&worker->crew->must_stop) ||
           atomic_load(&worker->crew->item->has_no_count) ||
           wh_cancel_asked(cancel, WH_CANCEL_AFTER_GROUP);
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
static void ask_for_survey(struct crew_work *crew)
{
    atomic_store(&crew->needs_survey, true);
    atomic_store(&crew->must_stop, true);
}

/* Without a survey a group is written once all that stands before it in the source was looked
 * at; false where it is not to be written. */
static bool follow_keys(struct wh_worker *worker, size_t turn)
{
    struct crew_work *crew = worker->crew;
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
    struct crew_work *crew = worker->crew;
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
    uint64_t due = wh_run_pace(run, worker->group.item_count, &crew->must_stop);
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
    struct crew_work *crew = worker->crew;
    worker->chunk_index = crew->open[turn];
    worker->chunk = &crew->item->chunks[worker->chunk_index];
    worker->ordinal = crew->ordinals[worker->chunk_index];
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
    struct crew_work *crew = worker->crew;
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
    struct crew_work *crew = worker->crew;
    if (rc == WH_OK || !atomic_exchange(&crew->has_failed, true))
        return false;
    return why != NULL && wh_is_worth_another_try(why) && !atomic_load(&crew->needs_survey);
}

static wh_code worker_main(void *ctx, unsigned number, struct wh_error *err)
{
    struct crew_work *crew = ctx;
    struct wh_worker worker = {.crew = crew, .number = number};
    wh_group_init(&worker.group);
    wh_code rc = work(&worker, err);
    /* Whoever was trying again when the others stopped for a survey would have gone on. */
    if (rc != WH_OK && atomic_load(&crew->needs_survey) && err != NULL &&
        wh_is_worth_another_try(err))
        err->retry = WH_RETRY_RECONNECT;
    if (is_echo(&worker, rc, err))
        rc = WH_OK;
    bool is_stopped = rc != WH_OK || must_stop(&worker);
    if (is_stopped) {
        atomic_store(&crew->must_stop, true);
        wh_turn_end(&crew->turn);
        wh_turn_end(&crew->key_turn);
    }
    close_worker(&worker, !is_stopped);
    return rc;
}

/* ---- the crew -------------------------------------------------------------------------------- */

static wh_code list_chunks(struct crew_work *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    struct wh_arena *arena = item->run->arena;
    size_t count = WH_MAX(item->chunk_count, 1);
    crew->open = wh_arena_array(arena, count, sizeof(*crew->open));
    crew->ordinals = wh_arena_array(arena, count, sizeof(*crew->ordinals));
    if (crew->open == NULL || crew->ordinals == NULL)
        return wh_error_no_memory(err, count * sizeof(*crew->open));
    uint64_t before = 0;
    for (size_t i = 0; i < item->chunk_count; i++) {
        crew->ordinals[i] = before;
        /* Of the last chunk nothing needs to be known: no record stands behind it. */
        if (item->chunks[i].spec.records == UINT64_MAX && i + 1 < item->chunk_count &&
            item->run->options->limit != UINT64_MAX)
            return wh_error_set(err, WH_UNSUPPORTED,
                                "--limit needs a source whose records can be counted");
        if (!item->chunks[i].is_done && before < item->run->options->limit)
            crew->open[crew->open_count++] = i;
        if (item->chunks[i].spec.records != UINT64_MAX)
            before += item->chunks[i].spec.records;
        crew->bytes += item->chunks[i].is_done ? item->chunks[i].spec.size : 0;
        wh_counts_add(&crew->before, &item->chunks[i].counts);
    }
    return WH_OK;
}

static size_t count_rules(const struct wh_item_plan *item)
{
    return item->definition->clean_count + item->definition->expect_count;
}

/* What a dry run tells of the rules. */
static wh_code prepare_rules(struct crew_work *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    size_t count = WH_MAX(count_rules(item->item), 1);
    if (!item->run->options->dry_run)
        return WH_OK;
    crew->hits = wh_arena_array(item->run->arena, count, sizeof(*crew->hits));
    crew->samples = wh_arena_array(item->run->arena, count, sizeof(*crew->samples));
    if (crew->hits == NULL || crew->samples == NULL)
        return wh_error_no_memory(err, count * sizeof(*crew->samples));
    return WH_OK;
}

static wh_code copy_hits(const struct crew_work *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    size_t count = count_rules(item->item);
    struct wh_item_result *result = item->result;
    result->rules = wh_arena_array(item->run->arena, WH_MAX(count, 1), sizeof(*result->rules));
    if (result->rules == NULL)
        return wh_error_no_memory(err, count * sizeof(*result->rules));
    for (size_t i = 0; i < count; i++) {
        result->rules[i] = wh_item_rule(item->item, i);
        result->rules[i].hits = crew->hits[i];
    }
    result->rule_count = count;
    result->samples = crew->samples;
    return WH_OK;
}

/* What a dry run found is kept nowhere but here. */
static wh_code keep_dry_result(struct crew_work *crew, struct wh_error *err)
{
    struct wh_item_result *result = crew->item->result;
    result->counts = crew->counts;
    result->sum_closes = wh_counts_close(&crew->counts) && crew->counts.read == crew->read;
    WH_TRY(copy_hits(crew, err));
    return wh_reasons_take(&crew->reasons, &result->reasons, &result->reason_count, err);
}

/* True where a single worker is better two threads: one prepares while the other waits for what the
 * destination does in a process of its own. */
static bool is_pair(const struct wh_run_context *run)
{
    return run->workers == 1 && !run->options->trace && !run->options->rehearse &&
           !run->options->dry_run && run->connection.functions != NULL &&
           (run->connection.functions->capabilities & WH_WRITES_APART) != 0;
}

unsigned wh_run_threads(const struct wh_run_context *run)
{
    return is_pair(run) ? 2 : run->workers;
}

static bool has_one_writer(const struct wh_run_context *run)
{
    return (run->connection.functions->capabilities & WH_ONE_WRITER) != 0;
}

/* Where only one transaction writes at a time, all groups are committed through the run's own
 * connection. */
static wh_code open_shared(struct crew_work *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    struct wh_run_context *run = item->run;
    if (run->options->dry_run || run->options->rehearse || (!has_one_writer(run) && !is_pair(run)))
        return WH_OK;
    crew->takes_turns = true;
    WH_TRY(wh_item_writer_open(item->item, &run->connection, &crew->shared.writer, err));
    crew->shared.connection = &run->connection;
    crew->shared.ledger = run->ledger;
    return WH_OK;
}

/* Rows in no order keep a single writer so busy that a second worker would only hold a second large
 * group in memory. */
static unsigned size_groups(struct crew_work *crew)
{
    const struct wh_item_run *item = crew->item;
    bool is_scattered = has_one_writer(item->run) && crew->takes_turns && item->survey != NULL &&
                        wh_survey_is_scattered(item->survey);
    crew->group_items = wh_run_group_items(item->run, is_scattered);
    bool is_large = crew->group_items > wh_run_group_items(item->run, false);
    crew->group_bytes = is_large ? (uint64_t)GROUP_BYTES * 3 : GROUP_BYTES;
    size_t threads = wh_run_threads(item->run);
    return is_large ? 1 : (unsigned)WH_MIN(threads, WH_MAX(crew->open_count, 1));
}

/* The run's own connection writes the state, unless the groups go through it. A partial run
 * waits for the disk. */
static bool begin_state_ahead(const struct crew_work *crew)
{
    const struct wh_item_run *item = crew->item;
    const struct wh_run_context *run = item->run;
    return crew->shared.connection == NULL && !run->options->dry_run && !run->options->rehearse &&
           !run->is_partial && wh_state_begin_ahead(item->state, run->ledger);
}

static wh_code work_or_write_state(void *ctx, unsigned number, struct wh_error *err)
{
    struct crew_work *crew = ctx;
    const struct wh_item_run *item = crew->item;
    if (number == crew->workers) {
        wh_state_write_ahead(item->state, item->run->ledger);
        return WH_OK;
    }
    wh_code rc = worker_main(crew, number, err);
    if (atomic_fetch_sub(&crew->at_work, 1) == 1)
        wh_state_end_ahead(item->state);
    return rc;
}

static wh_code run_workers(struct crew_work *crew, struct wh_error *err)
{
    bool was_lost = false;
    if (crew->open_count == 0)
        return WH_OK;
    WH_TRY(open_shared(crew, err));
    crew->workers = size_groups(crew);
    atomic_store(&crew->at_work, crew->workers);
    unsigned threads = crew->workers + begin_state_ahead(crew);
    wh_lanes_init(&crew->lanes, crew->workers);
    wh_code rc = wh_crew_run(threads, work_or_write_state, crew, err);
    wh_lanes_release(&crew->lanes);
    if (crew->shared.writer != NULL)
        crew->shared.connection->functions->writer_close(crew->shared.writer);
    if (rc == WH_OK)
        rc = wh_run_reopen(crew->item->run, &was_lost, err);
    if (was_lost)
        wh_state_forget_ahead(crew->item->state);
    return rc;
}

/* Of what earlier groups of the run left. */
static wh_code count_contested(struct crew_work *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    if (crew->before.failed == 0 || !wh_run_tries_again(item))
        return WH_OK;
    return wh_ledger_count_contested(item->run->ledger, item->run->run,
                                     item->item->definition->name, &crew->contested, err);
}

static wh_code run_crew(struct crew_work *crew, struct wh_error *err)
{
    struct wh_item_run *item = crew->item;
    WH_TRY(list_chunks(crew, err));
    WH_TRY(prepare_rules(crew, err));
    WH_TRY(count_contested(crew, err));
    crew->reached_limit = wh_run_passes_limit(item, count_refused(crew));
    if (!crew->reached_limit)
        WH_TRY(run_workers(crew, err));
    if (item->run->options->dry_run)
        WH_TRY(keep_dry_result(crew, err));
    item->read_now += crew->read;
    item->result->ignored += crew->ignored;
    item->result->left_alone = crew->left_alone;
    item->result->left_alone_example = crew->left_alone_key;
    item->result->put_back += crew->put_back;
    item->result->conversion_seconds += crew->conversion_seconds;
    if (item->counted_now.read == 0)
        item->counted_before = crew->before;
    wh_counts_add(&item->counted_now, &crew->counts);
    if (crew->reached_limit)
        return wh_run_stop_at_limit(count_refused(crew), crew->before.read + crew->counts.read,
                                    err);
    if (wh_cancel_asked(item->run->request->cancel, WH_CANCEL_AFTER_GROUP))
        return wh_error_cancelled(err);
    return WH_OK;
}

wh_code wh_run_chunks(struct wh_item_run *item, bool *ret_needs_survey, struct wh_error *err)
{
    struct crew_work crew = {
        .item = item, .lock = PTHREAD_MUTEX_INITIALIZER, .follows_keys = item->follows_keys};
    /* One writer is given larger groups where keys come in any order, and a survey says whether
     * they do. */
    bool marks_keys = item->follows_keys && !has_one_writer(item->run);
    wh_seen_keys_init(&crew.keys, marks_keys, &item->run->budget);
    wh_turn_init(&crew.turn);
    wh_turn_init(&crew.key_turn);
    wh_reasons_init(&crew.reasons, item->run->arena);
    wh_code rc = run_crew(&crew, err);
    wh_reasons_release(&crew.reasons);
    wh_turn_release(&crew.key_turn);
    wh_turn_release(&crew.turn);
    wh_seen_keys_release(&crew.keys);
    *ret_needs_survey = rc == WH_OK && atomic_load(&crew.needs_survey);
    return rc;
}
