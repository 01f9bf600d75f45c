/* SPDX-License-Identifier: Apache-2.0 */
#include "run/fill.h"

#include "base/clock.h"
#include "base/error.h"
#include "run/tell.h"
#include "run/trace.h"

#define PROGRESS_SECONDS 0.1

/* Cuts what was read behind the records that --limit asks for. */
static void apply_limit(struct wh_worker *worker, struct wh_batch *batch)
{
    uint64_t limit = worker->crew->item->run->options->limit;
    uint64_t records = batch->row_count + batch->bad_count;
    uint64_t left = limit > worker->ordinal ? limit - worker->ordinal : 0;
    worker->ordinal += records;
    if (records <= left)
        return;
    worker->is_at_end = true;
    size_t bad = 0;
    size_t rows = 0;
    while (rows + bad < left) {
        if (bad < batch->bad_count && batch->bad[bad].before_row <= rows)
            bad++;
        else
            rows++;
    }
    batch->row_count = rows;
    batch->bad_count = bad;
}

static void tell_progress(struct wh_worker *worker, const struct wh_batch *batch)
{
    struct wh_crew *crew = worker->crew;
    worker->group_bytes += batch->size;
    pthread_mutex_lock(&crew->lock);
    crew->bytes += batch->size;
    uint64_t done = crew->bytes;
    struct wh_counts counts = crew->before;
    wh_counts_add(&counts, &crew->counts);
    pthread_mutex_unlock(&crew->lock);
    double now = wh_clock_seconds();
    if (worker->number != 0 || now - worker->told_progress < PROGRESS_SECONDS)
        return;
    worker->told_progress = now;
    wh_run_tell_stage(crew->item, "migrate", done, &counts);
}

void wh_worker_forget_progress(struct wh_worker *worker)
{
    struct wh_crew *crew = worker->crew;
    pthread_mutex_lock(&crew->lock);
    crew->bytes -= worker->group_bytes;
    pthread_mutex_unlock(&crew->lock);
    worker->group_bytes = 0;
}

static wh_code take_samples(struct wh_worker *worker, struct wh_item_batch *items,
                            struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    if (crew->samples == NULL)
        return WH_OK;
    pthread_mutex_lock(&crew->lock);
    wh_code rc =
        wh_samples_add(crew->samples, crew->item->item, items, crew->item->run->arena, err);
    pthread_mutex_unlock(&crew->lock);
    return rc;
}

/* What an extract has that is not asked for is somebody's slip, and told. */
static wh_code count_left_alone(struct wh_worker *worker, const struct wh_item_batch *items,
                                struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    wh_code rc = WH_OK;
    if (crew->item->run->options->from.ptr == NULL)
        return WH_OK;
    pthread_mutex_lock(&crew->lock);
    for (size_t row = 0; row < items->source.row_count && rc == WH_OK; row++) {
        uint64_t record = wh_record_number(&items->source.positions[row]);
        if (items->rules.fates[row] != WH_ROW_UNASKED)
            continue;
        if (crew->left_alone++ > 0 && crew->left_alone_record < record)
            continue;
        crew->left_alone_record = record;
        rc = wh_arena_copy(crew->item->run->arena, items->keys[row], &crew->left_alone_key, err);
    }
    pthread_mutex_unlock(&crew->lock);
    return rc;
}

static void note_asked(struct wh_worker *worker, const struct wh_item_batch *items)
{
    struct wh_crew *crew = worker->crew;
    pthread_mutex_lock(&crew->lock);
    wh_asked_note(&crew->item->asked, items);
    pthread_mutex_unlock(&crew->lock);
}

/* Reads and maps one batch into the group. WH_END: there is no more in the chunk. */
static wh_code add_batch(struct wh_worker *worker, struct wh_error *err)
{
    struct wh_crew *crew = worker->crew;
    struct wh_item_batch *items = NULL;
    WH_TRY(wh_group_next_batch(&worker->group, &items, err));
    worker->is_reading = true;
    wh_code rc = crew->item->item->source_functions->read(worker->reader, &items->source, err);
    worker->is_reading = rc != WH_OK && rc != WH_END;
    if (rc != WH_OK)
        return rc;
    uint64_t records = items->source.row_count + items->source.bad_count;
    uint64_t end = items->source.end_offset;
    apply_limit(worker, &items->source);
    /* Counted as the reader gave them; only a filter can say which were not asked for. */
    uint64_t read = items->source.row_count + items->source.bad_count;
    WH_TRY(wh_mapper_run(worker->mapper, items, err));
    worker->group_read += crew->item->has_filter ? items->item_count : read;
    worker->group_ignored += items->source.ignored;
    if (worker->unread != UINT64_MAX)
        worker->unread -= WH_MIN(records, worker->unread);
    worker->group.to = end;
    tell_progress(worker, &items->source);
    if (crew->item->run->options->trace)
        WH_TRY(wh_trace_mapped(crew->item, worker->mapper, items, err));
    WH_TRY(take_samples(worker, items, err));
    WH_TRY(count_left_alone(worker, items, err));
    note_asked(worker, items);
    wh_group_added(&worker->group);
    return WH_OK;
}

/* A chunk is one group, or several of nearly the same size. One without records (blank lines, the
 * end of an array) has to be read to its end, too. */
static uint64_t group_target(const struct wh_worker *worker)
{
    uint64_t limit = worker->crew->group_items;
    uint64_t records = worker->chunk->spec.records;
    /* A chunk may be a little larger than it was meant to be, and is one group all the same. */
    uint64_t most = limit + limit / 4;
    if (limit < WH_BATCH_ROWS)
        return limit;
    if (records == UINT64_MAX)
        return most;
    uint64_t groups = WH_MAX((records + most - 1) / most, 1);
    return WH_MAX((records + groups - 1) / groups, 1);
}

/* Whether the chunk ends where the split counted its last record is looked at where no
 * survey has counted them. */
static bool must_see_end(const struct wh_worker *worker)
{
    return worker->crew->follows_keys && worker->unread == 0;
}

static bool is_full(const struct wh_worker *worker, uint64_t target)
{
    const struct wh_group *group = &worker->group;
    return group->item_count >= target || group->bytes >= worker->crew->group_bytes ||
           wh_group_is_large(group);
}

wh_code wh_worker_fill_group(struct wh_worker *worker, struct wh_error *err)
{
    uint64_t target = group_target(worker);
    struct wh_group *group = &worker->group;
    while (!worker->is_at_end && (!is_full(worker, target) || must_see_end(worker))) {
        wh_code rc = add_batch(worker, err);
        if (rc == WH_END)
            worker->is_at_end = true;
        else if (rc != WH_OK)
            return rc;
        else
            WH_TRY(wh_group_look_ahead(worker->writing, group, err));
        if (worker->unread == 0 && !must_see_end(worker))
            worker->is_at_end = true;
    }
    group->is_last = worker->is_at_end;
    return worker->crew->item->item->source_functions->digest(worker->reader, &group->digest, err);
}
