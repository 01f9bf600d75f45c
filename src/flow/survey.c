/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/survey.h"

#include <stdlib.h>

#include "base/crew.h"
#include "base/error.h"
#include "flow/mapper.h"
#include "flow/survey_state.h"

/* A source is scattered where one record in so many stands behind a larger one: sorted parts that
 * follow one another, like files of a month each, are not. */
enum { SCATTERED_SHARE = 16 };

/* The batches of all surveyors may take this part of the run's memory. */
enum { BATCH_PARTS = 4 };

/* ---- criteria -------------------------------------------------------------------------------- */

static wh_code add_criterion(struct wh_survey *survey, struct wh_criterion criterion,
                             struct wh_error *err)
{
    struct wh_criterion *added = &survey->criteria[survey->criterion_count];
    *added = criterion;
    struct wh_spill_options options = {.record_size = wh_criterion_entry_size(added),
                                       .budget = survey->budget};
    WH_TRY(wh_spill_set_new(&options, &added->entries, err));
    survey->criterion_count++;
    return WH_OK;
}

/* The order is that of the records' way: clean rules, key, checks. */
static wh_code add_criteria(struct wh_survey *survey, const struct wh_item_plan *item,
                            struct wh_error *err)
{
    size_t most = item->duplicate_rule_count + 1 + item->unique_expectation_count;
    survey->criteria = calloc(most, sizeof(*survey->criteria));
    if (survey->criteria == NULL)
        return wh_error_no_memory(err, most * sizeof(*survey->criteria));
    for (size_t i = 0; i < item->definition->clean_count; i++)
        if (item->clean[i].definition->action == WH_CLEAN_DUPLICATES)
            WH_TRY(add_criterion(survey,
                                 (struct wh_criterion){.kind = WH_CRITERION_DUPLICATES,
                                                       .ordinal = item->clean[i].duplicate_ordinal,
                                                       .keep = item->clean[i].definition->keep},
                                 err));
    WH_TRY(add_criterion(survey, (struct wh_criterion){.kind = WH_CRITERION_KEY}, err));
    for (size_t i = 0; i < item->definition->expect_count; i++)
        if (item->expectations[i].definition->kind == WH_EXPECT_UNIQUE)
            WH_TRY(add_criterion(
                survey,
                (struct wh_criterion){.kind = WH_CRITERION_UNIQUE,
                                      .ordinal = item->expectations[i].unique_ordinal,
                                      .only_warns = item->expectations[i].definition->is_warning},
                err));
    return WH_OK;
}

struct wh_criterion *wh_survey_find_criterion(const struct wh_survey *survey,
                                              enum wh_criterion_kind kind, size_t ordinal)
{
    for (size_t i = 0; i < survey->criterion_count; i++)
        if (survey->criteria[i].kind == kind && survey->criteria[i].ordinal == ordinal)
            return &survey->criteria[i];
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code open_fillers(struct wh_survey_collector *collector, struct wh_error *err)
{
    struct wh_survey *survey = collector->survey;
    collector->fillers = calloc(survey->criterion_count, sizeof(*collector->fillers));
    if (collector->fillers == NULL)
        return wh_error_no_memory(err, survey->criterion_count * sizeof(*collector->fillers));
    for (size_t i = 0; i < survey->criterion_count; i++)
        WH_TRY(wh_spill_filler_open(survey->criteria[i].entries, &collector->fillers[i], err));
    if (survey->present == NULL)
        return WH_OK;
    return wh_spill_filler_open(survey->present, &collector->present, err);
}

/* Closes what open_fillers() opened; keeps the first error. */
static wh_code close_fillers(struct wh_survey_collector *collector, wh_code rc,
                             struct wh_error *err)
{
    struct wh_error later = WH_ERROR_NONE;
    for (size_t i = 0; collector->fillers != NULL && i < collector->survey->criterion_count; i++) {
        if (collector->fillers[i] == NULL)
            continue;
        wh_code closed = wh_spill_filler_close(collector->fillers[i], rc == WH_OK ? err : &later);
        rc = rc == WH_OK ? closed : rc;
    }
    free(collector->fillers);
    if (collector->present == NULL)
        return rc;
    wh_code closed = wh_spill_filler_close(collector->present, rc == WH_OK ? err : &later);
    return rc == WH_OK ? closed : rc;
}

/* A worker's own: what reads, maps and collects. */
struct surveyor {
    struct wh_survey_collector collector;
    struct wh_reader *reader;
    struct wh_mapper *mapper;
    struct wh_item_batch batch;
    bool tells_progress;
};

static bool must_stop(const struct wh_survey *survey)
{
    return atomic_load(&survey->is_unordered) || atomic_load(&survey->has_failed);
}

static wh_code survey_batch(struct surveyor *surveyor, struct wh_error *err)
{
    struct wh_survey *survey = surveyor->collector.survey;
    const struct wh_survey_options *options = survey->options;
    if (options->stop != NULL && atomic_load(options->stop))
        return wh_error_set(err, WH_STOPPED, "stopped");
    WH_TRY(wh_mapper_run(surveyor->mapper, &surveyor->batch, err));
    const struct wh_batch *source = &surveyor->batch.source;
    atomic_fetch_add(&survey->records, source->row_count + source->bad_count);
    uint64_t bytes = atomic_fetch_add(&survey->bytes, source->size) + source->size;
    if (surveyor->tells_progress && options->progress != NULL)
        options->progress(options->progress_ctx, bytes);
    if (wh_cancel_asked(options->cancel, WH_CANCEL_AFTER_GROUP))
        return wh_error_cancelled(err);
    return WH_OK;
}

static wh_code survey_chunk(struct surveyor *surveyor, size_t chunk, struct wh_error *err)
{
    struct wh_survey *survey = surveyor->collector.survey;
    const struct wh_item_plan *item = survey->options->item;
    surveyor->collector.range = (struct wh_key_range){.has_keys = false};
    WH_TRY(item->source_functions->seek(surveyor->reader, survey->options->chunks[chunk].text, 0,
                                        err));
    while (!must_stop(survey)) {
        wh_item_batch_reset(&surveyor->batch);
        wh_code rc = item->source_functions->read(surveyor->reader, &surveyor->batch.source, err);
        if (rc == WH_END)
            break;
        if (rc != WH_OK)
            return rc;
        WH_TRY(survey_batch(surveyor, err));
    }
    if (survey->ranges != NULL)
        survey->ranges[chunk] = surveyor->collector.range;
    return WH_OK;
}

static wh_code survey_chunks(struct surveyor *surveyor, struct wh_error *err)
{
    struct wh_survey *survey = surveyor->collector.survey;
    for (;;) {
        size_t chunk = atomic_fetch_add(&survey->next_chunk, 1);
        if (chunk >= survey->options->chunk_count || must_stop(survey))
            return WH_OK;
        WH_TRY(survey_chunk(surveyor, chunk, err));
    }
}

static wh_code surveyor_work(struct surveyor *surveyor, struct wh_error *err)
{
    const struct wh_item_plan *item = surveyor->collector.item;
    struct wh_mapper_options options = {.item = item,
                                        .collector = &surveyor->collector,
                                        .cancel = surveyor->collector.survey->options->cancel};
    WH_TRY(open_fillers(&surveyor->collector, err));
    WH_TRY(wh_mapper_open(&options, &surveyor->mapper, err));
    WH_TRY(item->source_functions->reader_open(item->source, &surveyor->reader, err));
    return survey_chunks(surveyor, err);
}

/* What each surveyor may take for its batch: nothing is made of it but keys. */
static size_t batch_memory(const struct wh_survey_options *options)
{
    return options->budget->limit / BATCH_PARTS / WH_MAX(options->workers, 1U);
}

static wh_code surveyor_main(void *ctx, unsigned worker, struct wh_error *err)
{
    struct wh_survey *survey = ctx;
    struct surveyor surveyor = {
        .collector = {.survey = survey, .item = survey->options->item},
        .tells_progress = worker == 0,
    };
    wh_item_batch_init(&surveyor.batch);
    wh_item_batch_limit(&surveyor.batch, survey->options->item, batch_memory(survey->options));
    wh_code rc = surveyor_work(&surveyor, err);
    if (surveyor.reader != NULL)
        surveyor.collector.item->source_functions->reader_close(surveyor.reader);
    if (surveyor.mapper != NULL)
        atomic_fetch_add(&survey->conversion_nanoseconds,
                         (uint64_t)(wh_mapper_conversion_seconds(surveyor.mapper) * 1e9));
    wh_mapper_close(surveyor.mapper);
    wh_item_batch_release(&surveyor.batch);
    rc = close_fillers(&surveyor.collector, rc, err);
    if (rc != WH_OK)
        atomic_store(&survey->has_failed, true);
    return rc;
}

static wh_code survey_source(struct wh_survey *survey, struct wh_error *err)
{
    atomic_store(&survey->next_chunk, 0);
    atomic_store(&survey->bytes, 0);
    atomic_store(&survey->records, 0);
    atomic_store(&survey->unplaced, 0);
    atomic_store(&survey->falls, 0);
    size_t workers = WH_MIN(survey->options->workers, WH_MAX(survey->options->chunk_count, 1));
    return wh_crew_run((unsigned)workers, surveyor_main, survey, err);
}

/* ---- a survey -------------------------------------------------------------------------------- */

static bool ranges_rise(const struct wh_key_range *ranges, size_t count)
{
    struct wh_key_range all = {.has_keys = false};
    for (size_t i = 0; i < count; i++)
        wh_key_range_append(&all, &ranges[i]);
    return !all.has_fallen;
}

/* True where the survey needs nothing but the key, and that is one integer that only rises. */
static wh_code survey_rising_key(struct wh_survey *survey, bool *ret, struct wh_error *err)
{
    const struct wh_survey_options *options = survey->options;
    const struct wh_item_plan *item = options->item;
    *ret = false;
    if (survey->present != NULL || !wh_key_range_is_enough(item))
        return WH_OK;
    survey->ranges = calloc(WH_MAX(options->chunk_count, 1), sizeof(*survey->ranges));
    if (survey->ranges == NULL)
        return wh_error_no_memory(err, options->chunk_count * sizeof(*survey->ranges));
    WH_TRY(survey_source(survey, err));
    *ret = !atomic_load(&survey->is_unordered) && ranges_rise(survey->ranges, options->chunk_count);
    free(survey->ranges);
    survey->ranges = NULL;
    atomic_store(&survey->is_unordered, false);
    return WH_OK;
}

static wh_code make_survey(struct wh_survey *survey, struct wh_error *err)
{
    const struct wh_survey_options *options = survey->options;
    WH_TRY(add_criteria(survey, options->item, err));
    if (options->wants_present) {
        struct wh_spill_options spill = {.record_size = sizeof(uint64_t),
                                         .budget = options->budget};
        WH_TRY(wh_spill_set_new(&spill, &survey->present, err));
    }
    bool rises = false;
    WH_TRY(survey_rising_key(survey, &rises, err));
    if (rises)
        return WH_OK;
    WH_TRY(survey_source(survey, err));
    for (size_t i = 0; i < survey->criterion_count; i++)
        WH_TRY(wh_criterion_decide(&survey->criteria[i], survey->criteria, i, survey->budget, err));
    return WH_OK;
}

wh_code wh_survey_make(const struct wh_survey_options *options, struct wh_survey **ret,
                       struct wh_error *err)
{
    struct wh_survey *survey = calloc(1, sizeof(*survey));
    if (survey == NULL)
        return wh_error_no_memory(err, sizeof(*survey));
    survey->options = options;
    survey->budget = options->budget;
    wh_code rc = make_survey(survey, err);
    survey->options = NULL;
    if (rc != WH_OK) {
        wh_survey_free(survey);
        return wh_error_prefix(err, rc, "survey of item type '%.*s'",
                               WH_FMT(options->item->definition->name));
    }
    *ret = survey;
    return WH_OK;
}

void wh_survey_free(struct wh_survey *survey)
{
    if (survey == NULL)
        return;
    for (size_t i = 0; i < survey->criterion_count; i++)
        wh_criterion_release(&survey->criteria[i], survey->budget);
    free(survey->criteria);
    wh_spill_set_free(survey->present);
    free(survey->ranges);
    free(survey);
}

uint64_t wh_survey_records(const struct wh_survey *survey)
{
    return atomic_load(&survey->records);
}

double wh_survey_conversion_seconds(const struct wh_survey *survey)
{
    return (double)atomic_load(&survey->conversion_nanoseconds) / 1e9;
}

uint64_t wh_survey_unplaced(const struct wh_survey *survey)
{
    return atomic_load(&survey->unplaced);
}

bool wh_survey_is_scattered(const struct wh_survey *survey)
{
    return atomic_load(&survey->falls) > atomic_load(&survey->records) / SCATTERED_SHARE;
}

bool wh_survey_all_won(const struct wh_survey *survey, enum wh_criterion_kind kind, size_t ordinal)
{
    const struct wh_criterion *criterion = wh_survey_find_criterion(survey, kind, ordinal);
    return criterion == NULL || criterion->loser_count == 0;
}

bool wh_survey_lost(const struct wh_survey *survey, enum wh_criterion_kind kind, size_t ordinal,
                    const struct wh_position *position, struct wh_position *ret_winner)
{
    const struct wh_criterion *criterion = wh_survey_find_criterion(survey, kind, ordinal);
    const struct wh_loser *loser =
        criterion != NULL ? wh_criterion_find(criterion, wh_record_number(position)) : NULL;
    if (loser == NULL)
        return false;
    *ret_winner = wh_record_position(loser->winner);
    return true;
}

/* ---- vanished items -------------------------------------------------------------------------- */

static int compare_present(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

wh_code wh_survey_absent(struct wh_survey *survey, const uint64_t *hashes, size_t count,
                         wh_code (*visit)(void *ctx, size_t index, struct wh_error *err), void *ctx,
                         struct wh_error *err)
{
    size_t partitions = wh_spill_partition_count(survey->present);
    size_t next = 0;
    for (size_t i = 0; i < partitions; i++) {
        void *loaded = NULL;
        size_t present_count = 0;
        WH_TRY(wh_spill_partition_load(survey->present, i, compare_present, &loaded, &present_count,
                                       err));
        const uint64_t *present = loaded;
        bool is_last = i + 1 == partitions;
        for (size_t j = 0; j < present_count && next < count; j++)
            for (; next < count && hashes[next] <= present[j]; next++)
                if (hashes[next] < present[j])
                    WH_TRY(visit(ctx, next, err));
        for (; is_last && next < count; next++)
            WH_TRY(visit(ctx, next, err));
    }
    return WH_OK;
}
