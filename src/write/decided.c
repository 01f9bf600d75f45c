/* SPDX-License-Identifier: Apache-2.0 */
#include "write/decided.h"

#include <string.h>

#include "base/error.h"
#include "write/contested.h"

wh_code wh_keep_decided(struct wh_group *group, struct wh_error *err)
{
    for (size_t i = 0; i < group->batch_count; i++) {
        struct wh_group_batch *batch = group->batches[i];
        size_t rows = batch->items.source.row_count;
        batch->decided = wh_arena_array(&batch->items.source.arena, WH_MAX(rows, 1), 1);
        if (batch->decided == NULL)
            return wh_error_no_memory(err, rows);
        memcpy(batch->decided, batch->actions, rows);
    }
    return WH_OK;
}

/* Whether it failed for what it holds (data exceptions, NOT NULL, CHECK), whatever others do. */
static bool is_its_own_fault(const struct wh_row_failure *failure)
{
    return strncmp(failure->sqlstate, "22", 2) == 0 || strcmp(failure->sqlstate, "23502") == 0 ||
           strcmp(failure->sqlstate, "23514") == 0;
}

static bool has_failed(const struct wh_group_batch *batch, uint16_t row)
{
    return batch->decided[row] != WH_ACTION_NONE && batch->statuses[row] == WH_STATUS_FAILED;
}

/* What waits has its turn behind all others. */
bool wh_may_go_in_yet(const struct wh_group_batch *batch, uint16_t row)
{
    return has_failed(batch, row) && !batch->failures[row]->waits &&
           !is_its_own_fault(batch->failures[row]);
}

void wh_restore_decided(const struct wh_group *group, const struct wh_group_part *part)
{
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk)) {
        if (walk.row == WH_NO_ROW || walk.batch->decided[walk.row] == WH_ACTION_NONE ||
            has_failed(walk.batch, walk.row))
            continue;
        wh_group_batch_revive(walk.batch, walk.row, (enum wh_action)walk.batch->decided[walk.row]);
    }
}

void wh_revive_contested(const struct wh_group *group, const struct wh_group_part *part)
{
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk)) {
        if (walk.row == WH_NO_ROW || !has_failed(walk.batch, walk.row) ||
            !wh_is_contest(walk.batch->failures[walk.row]->sqlstate))
            continue;
        wh_group_batch_revive(walk.batch, walk.row, (enum wh_action)walk.batch->decided[walk.row]);
    }
}
