/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is out of place by no more than the pages that overlap have. So some entries are
 * sorted at a time, as soon as there are enough of them; what is below the hash of the next
 * page is settled by that.
 */
#include "ledger/state_layers.h"

#include <stdlib.h>

#include "base/error.h"
#include "ledger/state_changes.h"

enum { WORTH_SORTING = 1 << 16 };

void wh_state_layers_init(struct wh_state_layers *layers, struct wh_state_columns *columns)
{
    *layers = (struct wh_state_layers){.columns = columns, .enough = WORTH_SORTING};
}

/* Sorts the entries from @p first on by way of @p changes, which has room for them twice. */
static wh_code sort_with(struct wh_state_columns *columns, size_t first,
                         struct wh_state_change *changes, struct wh_error *err)
{
    size_t count = columns->count - first;
    struct wh_state_change *sorted = changes + count;
    for (size_t i = 0; i < count; i++) {
        struct wh_state_entry entry = wh_state_entry_at(columns, first + i);
        changes[i] = wh_state_change_of(&entry, 0);
    }
    WH_TRY(wh_state_changes_sort(changes, count, sorted, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct wh_state_entry entry = wh_state_change_entry(&sorted[i]);
        wh_state_entry_put(columns, first + i, &entry);
    }
    columns->count = first + count;
    return WH_OK;
}

static wh_code sort(struct wh_state_columns *columns, size_t first, struct wh_error *err)
{
    size_t count = columns->count - first;
    struct wh_state_change *changes = reallocarray(NULL, count, 2 * sizeof(*changes));
    if (changes == NULL)
        return wh_error_no_memory(err, count * 2 * sizeof(*changes));
    wh_code rc = sort_with(columns, first, changes, err);
    free(changes);
    return rc;
}

/* Sorts what is not settled, and settles what is below @p limit. */
static wh_code settle_below(struct wh_state_layers *layers, uint64_t limit, struct wh_error *err)
{
    struct wh_state_columns *columns = layers->columns;
    WH_TRY(sort(columns, layers->settled, err));
    while (layers->settled < columns->count && columns->hashes[layers->settled] < limit)
        layers->settled++;
    /* Where many pages overlap little was settled, and would be again. */
    size_t left = columns->count - layers->settled;
    layers->enough = WH_MAX((size_t)WORTH_SORTING, 2 * left);
    layers->is_mixed = left > 0;
    return WH_OK;
}

wh_code wh_state_layers_reach(struct wh_state_layers *layers, uint64_t first_hash,
                              struct wh_error *err)
{
    const struct wh_state_columns *columns = layers->columns;
    size_t count = columns->count;
    if (count == layers->settled)
        return WH_OK;
    if (!layers->is_mixed && columns->hashes[count - 1] < first_hash) {
        layers->settled = count;
        return WH_OK;
    }
    layers->is_mixed = true;
    layers->overlap = true;
    return count - layers->settled < layers->enough ? WH_OK : settle_below(layers, first_hash, err);
}

wh_code wh_state_layers_end(struct wh_state_layers *layers, struct wh_error *err)
{
    if (layers->is_mixed)
        WH_TRY(sort(layers->columns, layers->settled, err));
    layers->settled = layers->columns->count;
    return WH_OK;
}
