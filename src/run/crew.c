/* SPDX-License-Identifier: Apache-2.0 */
#include "run/crew.h"

#include "base/crew.h"
#include "base/error.h"
#include "run/again.h"
#include "run/limit.h"
#include "run/split.h"
#include "run/tell.h"
#include "run/worker.h"
#include "run/worker_connection.h"

/* A group's source; more where it may have more items. */
enum { GROUP_BYTES = 16 << 20 };

/* A worker whose group would have to be smaller is left out: what it has beside it is as much. */
enum { LEAST_GROUP_MEMORY = 2 << 20 };

/* ---- what is shared -------------------------------------------------------------------------- */

static wh_code list_chunks(struct wh_crew *crew, struct wh_error *err)
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
static wh_code prepare_rules(struct wh_crew *crew, struct wh_error *err)
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

static wh_code copy_hits(const struct wh_crew *crew, struct wh_error *err)
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
static wh_code keep_dry_result(struct wh_crew *crew, struct wh_error *err)
{
    struct wh_item_result *result = crew->item->result;
    result->counts = crew->counts;
    result->sum_closes = wh_counts_close(&crew->counts) && crew->counts.read == crew->read;
    WH_TRY(copy_hits(crew, err));
    return wh_reasons_take(&crew->reasons, &result->reasons, &result->reason_count, err);
}

/* ---- how many -------------------------------------------------------------------------------- */

/* True where a single worker had better be two threads: one prepares while the other waits for
 * what the destination does in a process of its own. */
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

/* The run's own connection writes the state, unless the groups go through it. A partial run waits
 * for the disk. */
static bool begin_state_ahead(const struct wh_crew *crew)
{
    const struct wh_item_run *item = crew->item;
    const struct wh_run_context *run = item->run;
    bool can_be_free = !has_one_writer(run) && (!is_pair(run) || run->has_room_to_spare);
    return !run->options->dry_run && !run->options->rehearse && !run->is_partial && can_be_free &&
           wh_state_begin_ahead(item->state, run->ledger);
}

/* Of a pair. */
static wh_code free_own_connection(struct wh_crew *crew, struct wh_error *err)
{
    if (!crew->writes_ahead)
        return WH_OK;
    WH_TRY(wh_channel_connect(crew->item->run, &crew->channel, err));
    crew->writes_ahead = crew->channel.connection.destination != NULL;
    if (!crew->writes_ahead)
        wh_state_end_ahead(crew->item->state);
    return WH_OK;
}

/* Where only one transaction writes at a time, all groups are committed through one connection: the
 * run's own, unless that writes the state. */
static wh_code open_shared(struct wh_crew *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    struct wh_run_context *run = item->run;
    if (run->options->dry_run || run->options->rehearse || (!has_one_writer(run) && !is_pair(run)))
        return WH_OK;
    crew->takes_turns = true;
    WH_TRY(free_own_connection(crew, err));
    bool is_own = crew->channel.connection.destination == NULL;
    const struct wh_connection *connection = is_own ? &run->connection : &crew->channel.connection;
    WH_TRY(wh_item_writer_open(item->item, connection, &crew->shared.writer, err));
    crew->shared.connection = connection;
    crew->shared.ledger = is_own ? run->ledger : crew->channel.ledger;
    return WH_OK;
}

/* How many workers there is memory for; what the group of each may take is set. */
static unsigned share_memory(struct wh_crew *crew, size_t workers)
{
    size_t memory = wh_run_group_memory(crew->item->run);
    size_t most = WH_MAX(memory / LEAST_GROUP_MEMORY, (size_t)1);
    workers = WH_MIN(workers, most);
    crew->group_memory = memory / workers;
    return (unsigned)workers;
}

/* Rows in no order keep a single writer so busy that a second worker would only hold a second large
 * group in memory. */
static unsigned size_groups(struct wh_crew *crew)
{
    const struct wh_item_run *item = crew->item;
    bool is_scattered = has_one_writer(item->run) && crew->takes_turns && item->survey != NULL &&
                        wh_survey_is_scattered(item->survey);
    crew->group_items = wh_run_group_items(item->run, is_scattered);
    bool is_large = crew->group_items > wh_run_group_items(item->run, false);
    crew->group_bytes = is_large ? (uint64_t)GROUP_BYTES * 3 : GROUP_BYTES;
    size_t threads = wh_run_threads(item->run);
    return share_memory(crew, is_large ? 1 : WH_MIN(threads, WH_MAX(crew->open_count, 1)));
}

/* ---- at work --------------------------------------------------------------------------------- */

static wh_code work_or_write_state(void *ctx, unsigned number, struct wh_error *err)
{
    struct wh_crew *crew = ctx;
    const struct wh_item_run *item = crew->item;
    if (number == crew->workers) {
        wh_state_write_ahead(item->state, item->run->ledger);
        return WH_OK;
    }
    wh_code rc = wh_worker_main(crew, number, err);
    if (atomic_fetch_sub(&crew->at_work, 1) == 1)
        wh_state_end_ahead(item->state);
    return rc;
}

/* They have what they commit through. */
static wh_code set_to_work(struct wh_crew *crew, struct wh_error *err)
{
    crew->workers = size_groups(crew);
    size_t memory = crew->group_memory * crew->workers;
    wh_budget_force(&crew->item->run->budget, memory);
    atomic_store(&crew->at_work, crew->workers);
    unsigned threads = crew->workers + crew->writes_ahead;
    wh_lanes_init(&crew->lanes, crew->workers);
    wh_code rc = wh_crew_run(threads, work_or_write_state, crew, err);
    wh_lanes_release(&crew->lanes);
    wh_budget_give(&crew->item->run->budget, memory);
    return rc;
}

static wh_code run_workers(struct wh_crew *crew, struct wh_error *err)
{
    bool was_lost = false;
    if (crew->open_count == 0)
        return WH_OK;
    crew->writes_ahead = begin_state_ahead(crew);
    wh_code rc = open_shared(crew, err);
    if (rc == WH_OK)
        rc = set_to_work(crew, err);
    if (crew->shared.writer != NULL)
        crew->shared.connection->functions->writer_close(crew->shared.writer);
    wh_channel_disconnect(crew->item->run, &crew->channel, rc == WH_OK);
    if (rc == WH_OK)
        rc = wh_run_reopen(crew->item->run, &was_lost, err);
    if (was_lost)
        wh_state_forget_ahead(crew->item->state);
    return rc;
}

/* Of what earlier groups of the run left. */
static wh_code count_contested(struct wh_crew *crew, struct wh_error *err)
{
    const struct wh_item_run *item = crew->item;
    if (crew->before.failed == 0 || !wh_run_tries_again(item))
        return WH_OK;
    struct wh_contest_query query = wh_run_contest(item);
    return wh_ledger_count_contested(item->run->ledger, &query, &crew->contested, err);
}

static wh_code run_crew(struct wh_crew *crew, struct wh_error *err)
{
    struct wh_item_run *item = crew->item;
    WH_TRY(list_chunks(crew, err));
    wh_run_begin_stage(item, crew->bytes, crew->before.read);
    WH_TRY(prepare_rules(crew, err));
    WH_TRY(count_contested(crew, err));
    crew->reached_limit = wh_run_passes_limit(item, wh_crew_refused(crew));
    wh_code rc = crew->reached_limit ? WH_OK : run_workers(crew, err);
    item->stage_done = crew->bytes;
    item->has_worked = true;
    WH_TRY(rc);
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
        return wh_run_stop_at_limit(wh_crew_refused(crew), crew->before.read + crew->counts.read,
                                    err);
    if (wh_cancel_asked(item->run->request->cancel, WH_CANCEL_AFTER_GROUP))
        return wh_error_cancelled(err);
    return WH_OK;
}

wh_code wh_run_chunks(struct wh_item_run *item, bool *ret_needs_survey, struct wh_error *err)
{
    struct wh_crew crew = {
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
