/* SPDX-License-Identifier: Apache-2.0 */
#include "run/split.h"

#include "base/error.h"
#include "run/seek.h"

/*
 * A chunk is meant to be one group: then workers that take turns at a destination with one writer
 * never wait for more than one group of another's. Only the records count for that, and how many
 * bytes they have is known once the source was split: a source of short records is split again.
 */
enum { CHUNK_BYTES = 4 << 20, CHUNK_BYTES_MOST = 64 << 20, CHUNKS_MAX = 20000 };

/* Chunks that are looked at to tell in which order the records come; a smaller source is one group
 * or two in any order. */
enum { SAMPLED_CHUNKS = 3, LEAST_CHUNKS = 8 };

/* The rest of the run's memory is for what is known of keys and of earlier runs. */
enum { GROUPS_PART = 2 };

uint64_t wh_run_group_items(const struct wh_run_context *run, bool is_scattered)
{
    bool is_stated = run->request->migration->limits.group != 0;
    return is_scattered && !is_stated ? WH_SCATTERED_GROUP_ITEMS : wh_plan_group_items(run->plan);
}

size_t wh_run_group_memory(const struct wh_run_context *run)
{
    return run->budget.limit / GROUPS_PART;
}

/* Surveys some chunks: are records in order of their match values? The survey of all of them, which
 * comes later, decides; this is for the size of the chunks. */
static wh_code look_for_order(const struct wh_run_context *run, const struct wh_item_plan *item,
                              const struct wh_chunk_spec *specs, size_t count, bool *ret,
                              struct wh_error *err)
{
    *ret = false;
    if (count < LEAST_CHUNKS || run->request->migration->limits.group != 0 ||
        run->connection.functions == NULL ||
        (run->connection.functions->capabilities & WH_ONE_WRITER) == 0)
        return WH_OK;
    struct wh_budget budget;
    struct wh_chunk_spec sample[SAMPLED_CHUNKS];
    struct wh_survey *survey = NULL;
    wh_budget_init(&budget, (size_t)run->request->migration->limits.memory);
    for (size_t i = 0; i < SAMPLED_CHUNKS; i++)
        sample[i] = specs[i * (count - 1) / (SAMPLED_CHUNKS - 1)];
    struct wh_survey_options options = {.item = item,
                                        .chunks = sample,
                                        .chunk_count = SAMPLED_CHUNKS,
                                        .workers = 1,
                                        .budget = &budget,
                                        .cancel = run->request->cancel};
    WH_TRY(wh_survey_make(&options, &survey, err));
    *ret = wh_survey_is_scattered(survey);
    wh_survey_free(survey);
    return WH_OK;
}

static wh_code split(const struct wh_run_context *run, const struct wh_item_plan *item,
                     uint64_t target, struct wh_chunk_spec **ret, size_t *ret_count,
                     struct wh_error *err)
{
    return item->source_functions->split(item->source, target, run->arena, ret, ret_count, err);
}

/* The chunk size that makes a chunk one group, from what a first split found; 0: as it is. */
static uint64_t better_target(const struct wh_chunk_spec *specs, size_t count, uint64_t group)
{
    uint64_t records = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_known = specs[i].records != UINT64_MAX;
        records += is_known ? specs[i].records : specs[i].expected;
        bytes += specs[i].size;
        if (!is_known && specs[i].expected == 0)
            return 0;
    }
    if (records == 0 || bytes == 0)
        return 0;
    uint64_t wanted = bytes / records * group;
    if (bytes / CHUNKS_MAX > wanted)
        wanted = bytes / CHUNKS_MAX;
    bool fits = wanted >= CHUNK_BYTES - CHUNK_BYTES / 4;
    return fits && wanted <= CHUNK_BYTES + CHUNK_BYTES / 4 ? 0 : wanted;
}

/* --limit asks for the first records: where nobody knows how many a chunk has,
 * there must be one. */
static bool counts_in_vain(const struct wh_run_context *run, const struct wh_chunk_spec *specs,
                           size_t count)
{
    return run->options->limit != UINT64_MAX && count > 1 && specs[0].records == UINT64_MAX;
}

static wh_code split_all(const struct wh_run_context *run, const struct wh_item_plan *item,
                         struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err)
{
    WH_TRY(split(run, item, CHUNK_BYTES, ret, ret_count, err));
    bool is_scattered = false;
    WH_TRY(look_for_order(run, item, *ret, *ret_count, &is_scattered, err));
    uint64_t group = WH_MAX(wh_run_group_items(run, is_scattered), 1024);
    uint64_t most = is_scattered ? CHUNK_BYTES_MOST : UINT64_C(4) * CHUNK_BYTES;
    uint64_t target = better_target(*ret, *ret_count, group);
    if (target != 0 && *ret_count > 1)
        WH_TRY(split(run, item, WH_MIN(target, most), ret, ret_count, err));
    if (counts_in_vain(run, *ret, *ret_count))
        WH_TRY(split(run, item, UINT64_MAX, ret, ret_count, err));
    return WH_OK;
}

wh_code wh_split_source(const struct wh_run_context *run, const struct wh_item_plan *item,
                        struct wh_chunk_record **ret, size_t *ret_count, struct wh_error *err)
{
    struct wh_chunk_list sought;
    struct wh_chunk_spec *specs = NULL;
    size_t count = 0;
    bool is_found = false;
    WH_TRY(wh_run_seek(run, item, &sought, &is_found, err));
    if (is_found) {
        specs = sought.specs;
        count = sought.count;
    } else {
        WH_TRY(split_all(run, item, &specs, &count, err));
    }
    struct wh_chunk_record *chunks = wh_arena_array(run->arena, WH_MAX(count, 1), sizeof(*chunks));
    if (chunks == NULL)
        return wh_error_no_memory(err, count * sizeof(*chunks));
    for (size_t i = 0; i < count; i++)
        chunks[i] = (struct wh_chunk_record){
            .run = run->run, .item = item->definition->name, .spec = specs[i]};
    *ret = chunks;
    *ret_count = count;
    return WH_OK;
}
