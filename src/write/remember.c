/* SPDX-License-Identifier: Apache-2.0 */
#include "write/remember.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"

static bool is_settled(enum wh_item_status status)
{
    return status != WH_STATUS_REJECTED && status != WH_STATUS_FAILED;
}

static uint64_t key_hash(const struct wh_item_batch *items, uint16_t row)
{
    return wh_hash_bytes(items->keys[row], WH_STATE_KEY_SEED);
}

/* Who is known by a key of its own, and not by its row's, owns the row. */
static uint64_t row_owner(const struct wh_item_plan *item, const struct wh_item_batch *items,
                          uint16_t row)
{
    return item->key_is_match || items->keys[row].ptr == NULL ? 0 : key_hash(items, row);
}

/* The entries that one item changes: at most its row's and that of its key. */
static size_t item_entries(const struct wh_writing *writing, const struct wh_group_batch *batch,
                           uint16_t row, struct wh_state_entry entries[2])
{
    const struct wh_item_batch *items = &batch->items;
    const struct wh_state *state = writing->options.state;
    enum wh_item_status status = (enum wh_item_status)batch->statuses[row];
    size_t count = 0;
    bool has_row = status == WH_STATUS_INSERTED || status == WH_STATUS_UPDATED ||
                   (status == WH_STATUS_UNCHANGED && !batch->is_known[row]);
    if (has_row)
        entries[count++] =
            (struct wh_state_entry){.hash = items->match_hashes[row],
                                    .source_hash = items->source_hashes[row],
                                    .owner = row_owner(writing->options.item, items, row)};
    /* Nearly always no item is open, and none becomes so. */
    bool was_open = batch->first_tries != NULL;
    if (items->keys[row].ptr == NULL ||
        (is_settled(status) && !was_open && wh_state_count(state, true) == 0))
        return count;
    struct wh_state_entry open = {.hash = key_hash(items, row), .flags = WH_STATE_OPEN};
    struct wh_state_entry known;
    if (is_settled(status) && !was_open && !wh_state_find(state, open.hash, true, &known))
        return count;
    if (is_settled(status))
        open.flags |= WH_STATE_GONE;
    else if (status == WH_STATUS_REJECTED)
        open.flags |= WH_STATE_REJECTED;
    entries[count++] = open;
    return count;
}

static wh_code need_entries(struct wh_writing *writing, size_t count, struct wh_error *err)
{
    if (count <= writing->entry_capacity)
        return WH_OK;
    free(writing->entries);
    writing->entry_capacity = 0;
    writing->entries = reallocarray(NULL, count + count / 4, sizeof(*writing->entries));
    if (writing->entries == NULL)
        return wh_error_no_memory(err, count * sizeof(*writing->entries));
    writing->entry_capacity = count + count / 4;
    return WH_OK;
}

wh_code wh_remember_part(struct wh_writing *writing, const struct wh_group *group,
                         const struct wh_group_part *part, int64_t segment, struct wh_error *err)
{
    WH_TRY(need_entries(writing, 2 * (part->end - part->first), err));
    struct wh_state_entry *entries = writing->entries;
    size_t count = 0;
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk))
        if (walk.row != WH_NO_ROW)
            count += item_entries(writing, walk.batch, walk.row, &entries[count]);
    for (size_t i = 0; i < count; i++)
        entries[i].segment = (uint32_t)segment;
    return wh_state_add(writing->options.state, entries, count, err);
}
