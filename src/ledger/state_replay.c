/* SPDX-License-Identifier: Apache-2.0 */
/* A run that was killed did not save what it changed; its segments say it again. */
#include "base/error.h"
#include "data/hash.h"
#include "ledger/state_internal.h"
#include "ledger/statements.h"

/* A segment that is newer than the saved pages. */
struct unsaved {
    int64_t id;
    int64_t run;
};

static wh_code list_unsaved(struct wh_state *state, struct wh_ledger *ledger,
                            struct wh_arena *arena, struct unsaved **ret, size_t *ret_count,
                            struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(state->options.migration),
                                wh_param_text(state->options.item), wh_param_int(state->mark)};
    struct wh_param row[2];
    struct unsaved *list = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_SEGMENTS_SINCE, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_SEGMENTS_SINCE, row, WH_COUNT_OF(row), err)) ==
           WH_OK) {
        list = wh_grow_array(arena, list, count, sizeof(*list));
        if (list == NULL)
            return wh_error_no_memory(err, count * sizeof(*list));
        list[count++] = (struct unsaved){.id = row[0].number, .run = row[1].number};
    }
    *ret = list;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}

/* What an item of a segment changes. */
struct replay {
    struct wh_state *state;
    const struct wh_segment_schema *schema;
    uint32_t segment;
    uint32_t run;
};

/* True for an unchanged item that wherry did not know, or not with this source: with its images, or
 * where segments have none, with hashes that the state has not. */
static bool is_news(const struct replay *replay, const struct wh_segment_item *item)
{
    if (replay->schema->has_images || item->match_hash == 0)
        return item->images != 0;
    struct wh_state_entry known;
    return !wh_state_find(replay->state, item->match_hash, false, &known) ||
           known.source_hash != item->source_hash;
}

static bool is_refused(enum wh_item_status status)
{
    return status == WH_STATUS_REJECTED || status == WH_STATUS_FAILED;
}

/* The entry of the destination row that the item wrote or deleted. */
static bool row_entry(const struct replay *replay, const struct wh_segment_item *item,
                      struct wh_state_entry *ret)
{
    bool is_written = item->status == WH_STATUS_INSERTED || item->status == WH_STATUS_UPDATED ||
                      (item->status == WH_STATUS_UNCHANGED && is_news(replay, item));
    bool is_deleted = item->status == WH_STATUS_DELETED;
    if ((!is_written && !is_deleted) || item->match_hash == 0)
        return false;
    bool has_owner = !replay->schema->key_is_match && item->key.ptr != NULL;
    *ret = (struct wh_state_entry){.hash = item->match_hash,
                                   .source_hash = is_deleted ? 0 : item->source_hash,
                                   .owner =
                                       has_owner ? wh_hash_bytes(item->key, WH_STATE_KEY_SEED) : 0,
                                   .segment = replay->segment,
                                   .flags = is_deleted ? WH_STATE_GONE : 0};
    return true;
}

static struct wh_state_entry open_entry(const struct replay *replay,
                                        const struct wh_segment_item *item)
{
    uint8_t flags = WH_STATE_OPEN;
    if (item->status == WH_STATUS_REJECTED)
        flags |= WH_STATE_REJECTED;
    if (!is_refused(item->status))
        flags |= WH_STATE_GONE;
    return (struct wh_state_entry){.hash = wh_hash_bytes(item->key, WH_STATE_KEY_SEED),
                                   .segment = replay->segment,
                                   .flags = flags};
}

static wh_code replay_item(const struct replay *replay, const struct wh_segment_item *item,
                           struct wh_error *err)
{
    struct wh_state_entry entries[2];
    size_t count = 0;
    if (row_entry(replay, item, &entries[count]))
        count++;
    if (item->key.ptr != NULL)
        entries[count++] = open_entry(replay, item);
    return wh_state_changes_add(&replay->state->changes, replay->run, entries, count, err);
}

static wh_code replay_items(struct replay *replay, struct wh_segment *segment, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    replay->schema = wh_segment_schema(segment);
    for (size_t i = 0; i < wh_segment_count(segment); i++) {
        struct wh_segment_item item;
        wh_arena_reset(&arena, SIZE_MAX);
        WH_TRY(wh_segment_item(segment, i, &arena, &item, err));
        WH_TRY(replay_item(replay, &item, err));
    }
    return WH_OK;
}

static wh_code replay_segment(struct wh_state *state, struct wh_ledger *ledger, int64_t id,
                              struct wh_error *err)
{
    struct wh_segment *segment = NULL;
    WH_TRY(wh_ledger_load_segment(ledger, id, &segment, err));
    struct replay replay = {
        .state = state, .segment = (uint32_t)id, .run = (uint32_t)state->run_count - 1};
    wh_code rc = replay_items(&replay, segment, err);
    wh_segment_free(segment);
    return rc;
}

wh_code wh_state_begin_run(struct wh_state *state, struct wh_ledger *ledger, int64_t run,
                           struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(run), wh_param_text(state->options.item)};
    int64_t first;
    if (state->run_count == WH_CHANGE_RUNS)
        return wh_error_set(err, WH_LIMIT, "more than %u runs ended without saving their state",
                            WH_CHANGE_RUNS);
    WH_TRY(wh_ledger_ask(ledger, WH_SQL_FIRST_SEGMENT, params, WH_COUNT_OF(params), &first, err));
    state->first_segments = wh_grow_array(&state->arena, state->first_segments, state->run_count,
                                          sizeof(*state->first_segments));
    if (state->first_segments == NULL)
        return wh_error_no_memory(err, state->run_count * sizeof(*state->first_segments));
    /* A run without segments left nothing that its changes could meet. */
    state->first_segments[state->run_count++] = first > 0 ? (uint32_t)first : UINT32_MAX;
    return WH_OK;
}

wh_code wh_state_replay(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct unsaved *list = NULL;
    size_t count = 0;
    WH_TRY(list_unsaved(state, ledger, &arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || list[i].run != list[i - 1].run)
            WH_TRY(wh_state_begin_run(state, ledger, list[i].run, err));
        WH_TRY(replay_segment(state, ledger, list[i].id, err));
    }
    return WH_OK;
}
