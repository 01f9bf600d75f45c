/* SPDX-License-Identifier: Apache-2.0 */
#include "run/survey.h"

#include "base/clock.h"
#include "base/crash.h"
#include "flow/distinct.h"
#include "flow/key_range.h"
#include "run/crew.h"
#include "run/limit.h"
#include "run/tell.h"

/* ---- how much must be known ------------------------------------------------------------------ */

/* Which items are there is asked behind the last chunk. */
static bool wants_present(const struct wh_item_run *item)
{
    return item->item->definition->missing != WH_MISSING_KEEP && !item->run->is_partial;
}

/* A source whose own key makes all items distinct is not read for that: its records are counted. */
static bool can_count(const struct wh_item_run *item)
{
    return !wants_present(item) && item->item->source_functions->count != NULL &&
           wh_items_are_distinct(item->item);
}

/* Records of the source, counted when it was split; UINT64_MAX where that was not done. */
static uint64_t sum_records(const struct wh_item_run *item)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < item->chunk_count; i++) {
        if (item->chunks[i].spec.records == UINT64_MAX)
            return UINT64_MAX;
        sum += item->chunks[i].spec.records;
    }
    return sum;
}

/* How many records a source has was found by its split, or can be: in an order that is the
 * source's own the same records are there however often they are read. */
static bool has_records_to_sum(const struct wh_item_run *item)
{
    bool can_be_counted =
        item->item->source_functions->count != NULL && item->item->source_table.order_count > 0;
    return can_be_counted || sum_records(item) != UINT64_MAX;
}

/*
 * In most sources no key repeats, and then reading all of it before a part of it is written finds
 * nothing: the workers look whether one does, and the survey is made where that happens. That takes
 * a run that begins at the source's first record, reads all of it, and sees each record once.
 * Workers wait for the chunk before theirs to be read, which is soon where a chunk is one group.
 */
static bool can_follow_keys(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    const struct wh_run_options *options = run->options;
    bool is_whole_run = !run->is_partial && !run->is_resumed && !options->dry_run &&
                        !options->rehearse && !options->trace && options->limit == UINT64_MAX &&
                        (run->workers == 1 || run->request->migration->limits.group == 0) &&
                        run->connection.functions->commit_kind == WH_COMMIT_WITH_LEDGER;
    return is_whole_run && item->item->definition->missing == WH_MISSING_KEEP &&
           wh_key_range_is_enough(item->item) && has_records_to_sum(item);
}

void wh_run_choose_survey(struct wh_item_run *item)
{
    item->follows_keys = !can_count(item) && can_follow_keys(item);
    item->is_surveyed = !item->follows_keys && !can_count(item) && !item->is_sought;
}

/* ---- surveying ------------------------------------------------------------------------------- */

static void tell_survey(void *ctx, uint64_t bytes)
{
    wh_run_tell_stage(ctx, "survey", bytes, &(struct wh_counts){.read = 0});
}

/* Where nothing is surveyed, and the split did not count: the source does. */
static bool needs_count(const struct wh_item_run *item)
{
    return can_count(item) || (item->follows_keys && sum_records(item) == UINT64_MAX);
}

static wh_code make_survey(struct wh_item_run *item, const struct wh_chunk_spec *chunks,
                           const atomic_bool *stop, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_survey_options options = {
        .item = item->item,
        .chunks = chunks,
        .chunk_count = item->chunk_count,
        .workers = wh_run_threads(run),
        .wants_present = wants_present(item),
        .budget = &run->budget,
        .cancel = run->request->cancel,
        .stop = stop,
        .progress = tell_survey,
        .progress_ctx = item,
    };
    WH_TRY(wh_survey_make(&options, &item->survey, err));
    item->records = wh_survey_records(item->survey);
    item->result->conversion_seconds += wh_survey_conversion_seconds(item->survey);
    return WH_OK;
}

/* Such a limit has to know how many records there are before the first of them is refused. */
static bool limits_by_percent(const struct wh_item_run *item)
{
    const struct wh_bound *bound = wh_run_failure_bound(item->run);
    return bound->is_set && bound->is_percent;
}

/* The sum of a complete run is closed with what the source counts; parts of it and dry runs have
 * no such sum. */
static bool is_count_wanted(const struct wh_item_run *item)
{
    return limits_by_percent(item) || (!item->run->is_partial && !item->run->options->dry_run);
}

wh_code wh_run_survey(struct wh_item_run *item, const struct wh_chunk_spec *chunks,
                      const atomic_bool *stop, struct wh_error *err)
{
    wh_run_begin_stage(item, 0, 0);
    /* How many records there are beside those that are asked for, nobody needs to know. */
    item->records = UINT64_MAX;
    if (item->is_sought || (can_count(item) && !is_count_wanted(item)))
        return WH_OK;
    item->is_counted_meanwhile = needs_count(item) && !limits_by_percent(item);
    if (item->is_counted_meanwhile)
        return WH_OK;
    if (needs_count(item))
        WH_TRY(item->item->source_functions->count(item->item->source, &item->records, err));
    else if (item->follows_keys)
        item->records = sum_records(item);
    else
        WH_TRY(make_survey(item, chunks, stop, err));
    item->result->survey_seconds = wh_clock_seconds() - item->stage_started;
    wh_run_tell_stage(item, "survey", item->result->source_bytes,
                      &(struct wh_counts){.read = item->records});
    WH_CRASH_POINT("survey.done");
    return WH_OK;
}
