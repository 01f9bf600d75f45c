/* SPDX-License-Identifier: Apache-2.0 */
#include "write/again.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "write/contested.h"

/* ---- which items ----------------------------------------------------------------------------- */

/* So is one that names nothing: a row that waits, or all that SQLite says of a key that is not
 * deferred. */
static bool is_of_own_key(const struct wh_item_plan *item, const struct wh_row_failure *failure)
{
    if (!item->refers_to_itself || strcmp(failure->sqlstate, "23503") != 0)
        return false;
    for (size_t i = 0; i < item->references->own_key_count; i++)
        if (wh_str_equal(item->references->own_keys[i], failure->cause))
            return true;
    return failure->cause.len == 0;
}

/* What wherry itself refuses with such an SQLSTATE stays refused; the ledger leaves it out, too. */
static bool is_contested(const struct wh_item_plan *item, const struct wh_row_failure *failure)
{
    if (failure == NULL || wh_str_is(failure->cause, "mode") || wh_str_is(failure->cause, "match"))
        return false;
    return wh_is_contest(failure->sqlstate) || is_of_own_key(item, failure);
}

uint64_t wh_count_contested(const struct wh_writing *writing, const struct wh_group *group,
                            const struct wh_group_part *part)
{
    uint64_t count = 0;
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk))
        count += walk.row != WH_NO_ROW && walk.batch->statuses[walk.row] == WH_STATUS_FAILED &&
                 is_contested(writing->options.item, walk.batch->failures[walk.row]);
    return count;
}

/* ---- counts ---------------------------------------------------------------------------------- */

static const struct wh_first_try *first_try(const struct wh_group_batch *batch, size_t item)
{
    return &batch->first_tries[batch->items.items[item].row];
}

/* Items from @p first on that are of one chunk; *ret_end stands behind them. */
static wh_code recount_chunk(const struct wh_writing *writing, const struct wh_group_batch *batch,
                             size_t first, size_t end, size_t *ret_end, struct wh_error *err)
{
    uint64_t by_status[WH_STATUS_BYTES] = {0};
    struct wh_counts now = {.read = 0};
    int64_t chunk = first_try(batch, first)->chunk;
    size_t item = first;
    for (; item < end && first_try(batch, item)->chunk == chunk; item++)
        by_status[wh_group_item_status(batch, item)]++;
    struct wh_counts before = {.failed = item - first};
    wh_counts_count(&now, by_status);
    *ret_end = item;
    return wh_counts_equal(&before, &now)
               ? WH_OK
               : wh_ledger_change_counts(writing->commit.ledger, chunk, &before, &now, err);
}

static wh_code recount_batch(const struct wh_writing *writing, const struct wh_group_batch *batch,
                             const struct wh_group_part *part, struct wh_error *err)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, part, &first, &end);
    while (first < end)
        WH_TRY(recount_chunk(writing, batch, first, end, &first, err));
    return WH_OK;
}

/* ---- failure rows ---------------------------------------------------------------------------- */

bool wh_keeps_failure(const struct wh_group_batch *batch, size_t item)
{
    uint16_t row = batch->items.items[item].row;
    return batch->first_tries != NULL && row != WH_NO_ROW && batch->first_tries[row].waited &&
           batch->statuses[row] == WH_STATUS_FAILED && batch->failures[row] != NULL &&
           batch->failures[row]->waits;
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static wh_code remove_failures(const struct wh_writing *writing, const struct wh_group *group,
                               const struct wh_group_part *part, struct wh_error *err)
{
    struct wh_arena *arena = &group->batches[0]->items.source.arena;
    int64_t *failures = wh_arena_array(arena, part->end - part->first, sizeof(*failures));
    size_t count = 0;
    if (failures == NULL)
        return wh_error_no_memory(err, (part->end - part->first) * sizeof(*failures));
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk))
        if (!wh_keeps_failure(walk.batch, walk.item))
            failures[count++] = first_try(walk.batch, walk.item)->failure;
    qsort(failures, count, sizeof(*failures), compare_numbers);
    return wh_ledger_remove_failures(writing->commit.ledger, failures, count, err);
}

wh_code wh_replace_failures(const struct wh_writing *writing, const struct wh_group *group,
                            const struct wh_group_part *part, struct wh_error *err)
{
    for (size_t i = 0; i < group->batch_count; i++)
        WH_TRY(recount_batch(writing, group->batches[i], part, err));
    return remove_failures(writing, group, part, err);
}
