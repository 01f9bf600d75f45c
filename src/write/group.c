/* SPDX-License-Identifier: Apache-2.0 */
#include "write/group.h"

#include <stdlib.h>

#include "base/error.h"
#include "write/diff.h"
#include "write/encode.h"
#include "write/insert_together.h"

void wh_group_init(struct wh_group *group)
{
    *group = (struct wh_group){.batch_count = 0};
}

void wh_group_release(struct wh_group *group)
{
    if (group == NULL)
        return;
    for (size_t i = 0; i < group->batch_capacity; i++) {
        wh_item_batch_release(&group->batches[i]->items);
        free(group->batches[i]);
    }
    free(group->batches);
    wh_insert_order_release(&group->inserts);
    wh_group_init(group);
}

void wh_group_limit_memory(struct wh_group *group, const struct wh_item_plan *item, size_t memory)
{
    group->item = item;
    group->most_memory = memory;
}

bool wh_group_is_large(const struct wh_group *group)
{
    size_t memory = 0;
    if (group->most_memory == 0)
        return false;
    for (size_t i = 0; i < group->batch_count; i++)
        memory += wh_item_batch_memory(&group->batches[i]->items);
    return memory >= group->most_memory;
}

/* Each batch keeps some memory, and there may be many that were large once. */
static void give_memory_back(struct wh_group *group)
{
    size_t kept = 0;
    for (size_t i = 0; i < group->batch_capacity && group->most_memory != 0; i++) {
        struct wh_item_batch *items = &group->batches[i]->items;
        kept += items->source.arena.allocated;
        if (kept > group->most_memory)
            wh_item_batch_release(items);
    }
}

void wh_group_reset(struct wh_group *group)
{
    for (size_t i = 0; i < group->batch_count; i++)
        wh_item_batch_reset(&group->batches[i]->items);
    give_memory_back(group);
    group->inserts.count = 0;
    group->inserts.in_order = 0;
    *group = (struct wh_group){.batches = group->batches,
                               .batch_capacity = group->batch_capacity,
                               .inserts = group->inserts,
                               .item = group->item,
                               .most_memory = group->most_memory};
}

static wh_code add_room(struct wh_group *group, struct wh_error *err)
{
    size_t capacity = group->batch_capacity + 1;
    struct wh_group_batch **grown = reallocarray(group->batches, capacity, sizeof(*grown));
    if (grown == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*grown));
    group->batches = grown;
    struct wh_group_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL)
        return wh_error_no_memory(err, sizeof(*batch));
    wh_item_batch_init(&batch->items);
    group->batches[group->batch_capacity++] = batch;
    return WH_OK;
}

wh_code wh_group_next_batch(struct wh_group *group, struct wh_item_batch **ret,
                            struct wh_error *err)
{
    if (group->batch_count == group->batch_capacity)
        WH_TRY(add_room(group, err));
    group->batches[group->batch_count]->first_tries = NULL;
    *ret = &group->batches[group->batch_count]->items;
    wh_item_batch_reset(*ret);
    if (group->item != NULL)
        wh_item_batch_limit(*ret, group->item, group->most_memory);
    return WH_OK;
}

void wh_group_added(struct wh_group *group)
{
    struct wh_group_batch *batch = group->batches[group->batch_count++];
    batch->first_item = group->item_count;
    group->item_count += batch->items.item_count;
    group->bytes += batch->items.source.size;
}

/* ---- what becomes of a row ------------------------------------------------------------------- */

wh_code wh_group_batch_fail(struct wh_group_batch *batch, uint16_t row,
                            const struct wh_row_failure *failure, struct wh_error *err)
{
    struct wh_row_failure *kept = WH_ARENA_NEW(&batch->items.source.arena, struct wh_row_failure);
    if (kept == NULL)
        return wh_error_no_memory(err, sizeof(*kept));
    *kept = *failure;
    batch->failures[row] = kept;
    batch->actions[row] = WH_ACTION_NONE;
    batch->statuses[row] = WH_STATUS_FAILED;
    return WH_OK;
}

static wh_code copy_name(struct wh_arena *arena, struct wh_str name, struct wh_str *ret,
                         struct wh_error *err)
{
    *ret = WH_STR_NONE;
    return name.len > 0 ? wh_arena_copy(arena, name, ret, err) : WH_OK;
}

wh_code wh_group_batch_refuse(struct wh_group_batch *batch, uint16_t row,
                              const struct wh_error *refused, struct wh_error *err)
{
    struct wh_arena *arena = &batch->items.source.arena;
    struct wh_row_failure failure = {.waits = false};
    struct wh_str sqlstate;
    WH_TRY(wh_arena_copy(arena, wh_str_from(refused->message), &failure.detail, err));
    WH_TRY(wh_arena_copy(arena, wh_str_from(refused->sqlstate), &sqlstate, err));
    failure.sqlstate = sqlstate.ptr;
    WH_TRY(copy_name(arena, wh_str_from(refused->constraint), &failure.cause, err));
    WH_TRY(copy_name(arena, wh_str_from(refused->refused_column), &failure.column, err));
    return wh_group_batch_fail(batch, row, &failure, err);
}

void wh_group_batch_revive(struct wh_group_batch *batch, uint16_t row, enum wh_action action)
{
    batch->actions[row] = (uint8_t)action;
    batch->statuses[row] = action == WH_ACTION_INSERT ? WH_STATUS_INSERTED : WH_STATUS_UPDATED;
    batch->failures[row] = NULL;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static wh_code make_row_arrays(struct wh_group_batch *batch, struct wh_error *err)
{
    struct wh_arena *arena = &batch->items.source.arena;
    size_t rows = WH_MAX(batch->items.source.row_count, 1);
    batch->actions = wh_arena_array(arena, rows, 1);
    batch->statuses = wh_arena_array(arena, rows, 1);
    batch->is_known = wh_arena_array(arena, rows, 1);
    batch->is_put_back = wh_arena_array(arena, rows, 1);
    batch->failures = wh_arena_array(arena, rows, sizeof(*batch->failures));
    batch->item_of_row = wh_arena_array(arena, rows, sizeof(*batch->item_of_row));
    batch->missed = (struct wh_selection){.rows = NULL};
    batch->contested = (struct wh_selection){.rows = NULL};
    batch->found = (struct wh_found){.columns = NULL};
    batch->before = NULL;
    batch->put_off = NULL;
    batch->has_clashes = false;
    if (batch->actions == NULL || batch->statuses == NULL || batch->is_known == NULL ||
        batch->is_put_back == NULL || batch->failures == NULL || batch->item_of_row == NULL)
        return wh_error_no_memory(err, rows * sizeof(*batch->failures));
    for (size_t item = 0; item < batch->items.item_count; item++)
        if (batch->items.items[item].row != WH_NO_ROW)
            batch->item_of_row[batch->items.items[item].row] = (uint16_t)item;
    return WH_OK;
}

/* What is already known of rows that will not be written. */
static void settle_dropped(struct wh_group_batch *batch)
{
    for (size_t row = 0; row < batch->items.source.row_count; row++) {
        switch ((enum wh_row_fate)batch->items.rules.fates[row]) {
        case WH_ROW_SKIPPED:
            batch->statuses[row] = WH_STATUS_SKIPPED;
            break;
        case WH_ROW_REJECTED:
            batch->statuses[row] = WH_STATUS_REJECTED;
            break;
        case WH_ROW_TRUSTED:
            batch->statuses[row] = WH_STATUS_UNCHANGED;
            batch->is_known[row] = 1;
            break;
        case WH_ROW_LIVE:
        case WH_ROW_UNASKED:
            break;
        }
    }
}

static void insert_all(const struct wh_writing *writing, struct wh_group_batch *batch)
{
    const struct wh_selection *live = &batch->items.rules.live;
    const struct wh_state *state = writing->options.state;
    bool had_rows = writing->options.had_rows;
    if (had_rows)
        wh_state_prefetch(state, batch->items.match_hashes, live);
    for (size_t i = 0; i < live->count; i++) {
        struct wh_state_entry entry;
        uint16_t row = live->rows[i];
        batch->actions[row] = WH_ACTION_INSERT;
        batch->statuses[row] = WH_STATUS_INSERTED;
        batch->is_put_back[row] =
            had_rows && wh_state_find(state, batch->items.match_hashes[row], false, &entry);
    }
}

static wh_code prepare_batch(struct wh_writing *writing, struct wh_group_batch *batch,
                             struct wh_error *err)
{
    WH_TRY(make_row_arrays(batch, err));
    settle_dropped(batch);
    const struct wh_selection *live = &batch->items.rules.live;
    if (live->count == 0)
        return WH_OK;
    if (writing->options.table_was_empty) {
        insert_all(writing, batch);
        return WH_OK;
    }
    struct wh_channel own = {.connection = writing->options.connection,
                             .ledger = writing->options.ledger,
                             .writer = writing->writer};
    return wh_diff_rows(writing, &own, batch, live, &batch->found, err);
}

static wh_code prepare_until(struct wh_writing *writing, struct wh_group *group, size_t end,
                             struct wh_error *err)
{
    for (; group->prepared < end; group->prepared++)
        WH_TRY(prepare_batch(writing, group->batches[group->prepared], err));
    return WH_OK;
}

wh_code wh_group_look_ahead(struct wh_writing *writing, struct wh_group *group,
                            struct wh_error *err)
{
    const struct wh_writing_options *options = &writing->options;
    const struct wh_destination_functions *functions = options->connection->functions;
    if (!options->has_table || options->table_was_empty || functions->fetch_ahead == NULL)
        return WH_OK;
    const struct wh_item_batch *items = &group->batches[group->batch_count - 1]->items;
    functions->fetch_ahead(writing->writer, items->targets, &items->rules.live);
    return prepare_until(writing, group, group->batch_count - 1, err);
}

wh_code wh_group_prepare(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    WH_TRY(prepare_until(writing, group, group->batch_count, err));
    group->prepared = 0;
    if (writing->options.is_dry_run)
        return WH_OK;
    /* A file has the order of its source. */
    if (writing->options.connection->functions->commit_kind != WH_COMMIT_WHOLE)
        WH_TRY(wh_insert_order_make(writing->options.item, group, err));
    struct wh_group_part all = {.first = 0, .end = group->item_count};
    WH_TRY(wh_encode_part(writing, group, &all, err));
    return wh_insert_gather(writing, group, err);
}
