/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/error.h"
#include "ledger/state_internal.h"

/* Entries of `base` that a step of the directory stands for. */
enum { ENTRIES_A_STEP = 2 };

void wh_state_free(struct wh_state *state)
{
    if (state == NULL)
        return;
    wh_state_ahead_release(state);
    wh_state_changes_close(&state->changes);
    wh_state_columns_release(&state->base);
    wh_spill_room_release(&state->directory_room);
    pthread_mutex_destroy(&state->lock);
    wh_arena_release(&state->arena);
    free(state);
}

/* ---- finding --------------------------------------------------------------------------------- */

/* directory[d] is where hashes begin whose highest bits are d; one more element ends the last. */
static wh_code make_directory(struct wh_state *state, struct wh_error *err)
{
    const struct wh_state_columns *base = &state->base;
    unsigned bits = 1;
    while (bits < 30 && ((size_t)ENTRIES_A_STEP << bits) < base->count)
        bits++;
    size_t steps = (size_t)1 << bits;
    struct wh_spill_ground ground = wh_state_ground(state);
    wh_spill_room_release(&state->directory_room);
    WH_TRY(wh_spill_room_take(&state->directory_room, &ground,
                              (steps + 1) * sizeof(*state->directory), err));
    state->directory = (uint32_t *)(void *)state->directory_room.bytes;
    state->directory_bits = bits;
    size_t step = 0;
    for (size_t i = 0; i < base->count; i++)
        while (step <= base->hashes[i] >> (64 - bits))
            state->directory[step++] = (uint32_t)i;
    while (step <= steps)
        state->directory[step++] = (uint32_t)base->count;
    return WH_OK;
}

wh_code wh_state_take_base(struct wh_state *state, struct wh_state_columns *columns,
                           struct wh_error *err)
{
    wh_state_columns_release(&state->base);
    state->base = *columns;
    *columns = (struct wh_state_columns){.count = 0};
    WH_TRY(make_directory(state, err));
    state->counts[0] = 0;
    state->counts[1] = 0;
    for (size_t i = 0; i < state->base.count; i++)
        state->counts[(state->base.flags[i] & WH_STATE_OPEN) != 0]++;
    return WH_OK;
}

bool wh_state_find(const struct wh_state *state, uint64_t hash, bool is_open,
                   struct wh_state_entry *ret)
{
    const struct wh_state_columns *base = &state->base;
    size_t step = (size_t)(hash >> (64 - state->directory_bits));
    size_t end = state->directory[step + 1];
    for (size_t i = state->directory[step]; i < end && base->hashes[i] <= hash; i++) {
        if (base->hashes[i] == hash && ((base->flags[i] & WH_STATE_OPEN) != 0) == is_open) {
            *ret = wh_state_entry_at(base, i);
            return true;
        }
    }
    return false;
}

void wh_state_prefetch(const struct wh_state *state, const uint64_t *hashes,
                       const struct wh_selection *rows)
{
    unsigned shift = 64 - state->directory_bits;
    for (size_t i = 0; i < rows->count; i++)
        __builtin_prefetch(&state->directory[hashes[rows->rows[i]] >> shift]);
    for (size_t i = 0; i < rows->count; i++) {
        size_t first = state->directory[hashes[rows->rows[i]] >> shift];
        __builtin_prefetch(&state->base.hashes[first]);
        __builtin_prefetch(&state->base.source_hashes[first]);
        __builtin_prefetch(&state->base.flags[first]);
    }
}

uint64_t wh_state_count(const struct wh_state *state, bool is_open)
{
    return state->counts[is_open];
}

uint64_t wh_state_count_since_run(const struct wh_state *state)
{
    const struct wh_state_columns *base = &state->base;
    uint32_t first = state->first_segments[state->run_count - 1];
    uint64_t count = 0;
    for (size_t i = 0; i < base->count; i++)
        count += base->segments[i] >= first && (base->flags[i] & WH_STATE_OPEN) == 0;
    return count;
}

/* ---- adding ---------------------------------------------------------------------------------- */

wh_code wh_state_add(struct wh_state *state, const struct wh_state_entry *entries, size_t count,
                     struct wh_error *err)
{
    pthread_mutex_lock(&state->lock);
    wh_code rc =
        wh_state_changes_add(&state->changes, (uint32_t)state->run_count - 1, entries, count, err);
    state->is_dirty |= count > 0;
    if (rc == WH_OK)
        wh_state_tell_ahead(state, entries, count);
    pthread_mutex_unlock(&state->lock);
    return rc;
}

/* ---- merging --------------------------------------------------------------------------------- */

static wh_code next_change(struct wh_state_merge *merge, struct wh_error *err)
{
    wh_code rc =
        wh_state_changes_next(&merge->state->changes, &merge->change, &merge->change_run, err);
    merge->has_change = rc == WH_OK;
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_state_merge_begin(struct wh_state_merge *merge, struct wh_error *err)
{
    WH_TRY(wh_state_changes_rewind(&merge->state->changes, err));
    return next_change(merge, err);
}

/* Order of a change and a base entry: by hash, then ROW before OPEN. */
static int compare_place(const struct wh_state_entry *change, const struct wh_state_columns *base,
                         size_t index)
{
    uint64_t hash = base->hashes[index];
    if (change->hash != hash)
        return change->hash < hash ? -1 : 1;
    return (int)(change->flags & WH_STATE_OPEN) - (int)(base->flags[index] & WH_STATE_OPEN);
}

/* Gives the current change, which comes after @p old (NULL: after nothing), to the visitor. */
static wh_code visit_change(struct wh_state_merge *merge, const struct wh_state_entry *old,
                            struct wh_error *err)
{
    struct wh_state_entry change = merge->change;
    uint32_t run = merge->change_run;
    WH_TRY(next_change(merge, err));
    if ((change.flags & WH_STATE_GONE) == 0)
        return merge->visit(merge->ctx, &change, err);
    /* An item that the same run rejected elsewhere stays open. */
    bool stays = old != NULL && (old->flags & WH_STATE_REJECTED) != 0 &&
                 old->segment >= merge->state->first_segments[run];
    return stays ? merge->visit(merge->ctx, old, err) : WH_OK;
}

static bool is_due(const struct wh_state_merge *merge, const uint64_t *limit)
{
    return merge->has_change && (limit == NULL || merge->change.hash < *limit);
}

wh_code wh_state_merge_range(struct wh_state_merge *merge, size_t first, size_t end,
                             const uint64_t *limit, struct wh_error *err)
{
    const struct wh_state_columns *base = &merge->state->base;
    for (size_t i = first; i < end; i++) {
        struct wh_state_entry old = wh_state_entry_at(base, i);
        int order = -1;
        while (is_due(merge, limit) && (order = compare_place(&merge->change, base, i)) < 0)
            WH_TRY(visit_change(merge, NULL, err));
        if (is_due(merge, limit) && order == 0)
            WH_TRY(visit_change(merge, &old, err));
        else
            WH_TRY(merge->visit(merge->ctx, &old, err));
    }
    while (is_due(merge, limit))
        WH_TRY(visit_change(merge, NULL, err));
    return WH_OK;
}

wh_code wh_state_each(struct wh_state *state, wh_state_visit *visit, void *ctx,
                      struct wh_error *err)
{
    struct wh_state_merge merge = {.state = state, .visit = visit, .ctx = ctx};
    WH_TRY(wh_state_merge_begin(&merge, err));
    return wh_state_merge_range(&merge, 0, state->base.count, NULL, err);
}
