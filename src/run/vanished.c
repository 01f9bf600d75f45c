/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/error.h"
#include "run/context.h"

/* Hashes of the rows that the state has, ascending. */
struct owned_rows {
    uint64_t *hashes;
    size_t count;
    size_t capacity;
};

static wh_code add_row(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    struct owned_rows *rows = ctx;
    if ((entry->flags & WH_STATE_OPEN) != 0)
        return WH_OK;
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 4096;
        uint64_t *grown = reallocarray(rows->hashes, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        rows->hashes = grown;
        rows->capacity = capacity;
    }
    rows->hashes[rows->count++] = entry->hash;
    return WH_OK;
}

static wh_code count_vanished(void *ctx, size_t index, struct wh_error *err)
{
    (void)index;
    (void)err;
    struct wh_item_run *item = ctx;
    item->result->vanished++;
    return WH_OK;
}

static wh_code find_vanished(struct wh_item_run *item, struct owned_rows *rows,
                             struct wh_error *err)
{
    WH_TRY(wh_state_each(item->state, add_row, rows, err));
    return wh_survey_absent(item->survey, rows->hashes, rows->count, count_vanished, item, err);
}

wh_code wh_run_vanished(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (item->item->definition->missing == WH_MISSING_KEEP || run->is_partial)
        return WH_OK;
    uint64_t unplaced = wh_survey_unplaced(item->survey);
    if (unplaced > 0) {
        wh_run_note_text(run,
                         "vanished items of '%.*s' are not told: the keys of %llu refused records "
                         "cannot be read",
                         WH_FMT(item->result->name), (unsigned long long)unplaced);
        return WH_OK;
    }
    struct owned_rows rows = {.count = 0};
    wh_code rc = find_vanished(item, &rows, err);
    free(rows.hashes);
    return rc;
}
