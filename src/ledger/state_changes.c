/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/state_changes.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "spill/sort.h"

/* Changes are read once, at the end of a run: what a disk does for them is
 * memory for the groups. */
#define CHANGES_MEMORY ((size_t)24 << 20)

static unsigned flags_of(const struct wh_state_change *change)
{
    return change->run_and_flags & 0xff;
}

static uint32_t run_of(const struct wh_state_change *change)
{
    return change->run_and_flags >> 8;
}

/* How many of the highest bits all hashes have in common. */
static unsigned shared_bits(const struct wh_state_change *changes, size_t count)
{
    uint64_t differing = 0;
    for (size_t i = 1; i < count; i++)
        differing |= changes[i].hash ^ changes[0].hash;
    return differing == 0 ? 63 : (unsigned)__builtin_clzll(differing);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/*
 * The change that counts stands last of its hash and kind: that of the latest run; in
 * it an item that was rejected rather than anything else (its key repeats somewhere),
 * then that of the latest segment: an item that failed may have been tried again.
 */
static int compare_changes(const void *x, const void *y)
{
    const struct wh_state_change *a = x;
    const struct wh_state_change *b = y;
    unsigned a_flags = flags_of(a);
    unsigned b_flags = flags_of(b);
    int order = compare_numbers(a->hash, b->hash);
    if (order == 0)
        order = compare_numbers(a_flags & WH_STATE_OPEN, b_flags & WH_STATE_OPEN);
    if (order == 0)
        order = compare_numbers(run_of(a), run_of(b));
    if (order == 0)
        order = compare_numbers(a_flags & WH_STATE_REJECTED, b_flags & WH_STATE_REJECTED);
    if (order == 0)
        order = compare_numbers(a->segment, b->segment);
    if (order == 0)
        order = compare_numbers(a_flags, b_flags);
    return order != 0 ? order : compare_numbers(a->source_hash, b->source_hash);
}

struct wh_state_change wh_state_change_of(const struct wh_state_entry *entry, uint32_t run)
{
    return (struct wh_state_change){.hash = entry->hash,
                                    .source_hash = entry->source_hash,
                                    .segment = entry->segment,
                                    .run_and_flags = run << 8 | entry->flags,
                                    .owner = entry->owner};
}

struct wh_state_entry wh_state_change_entry(const struct wh_state_change *change)
{
    return (struct wh_state_entry){.hash = change->hash,
                                   .source_hash = change->source_hash,
                                   .owner = change->owner,
                                   .segment = change->segment,
                                   .flags = (uint8_t)flags_of(change)};
}

static bool are_of_one_place(const struct wh_state_change *a, const struct wh_state_change *b)
{
    return a->hash == b->hash && (flags_of(a) & WH_STATE_OPEN) == (flags_of(b) & WH_STATE_OPEN);
}

wh_code wh_state_changes_sort(struct wh_state_change *changes, size_t count,
                              struct wh_state_change *room, size_t *ret_count, struct wh_error *err)
{
    struct wh_spill_records records = {.bytes = (char *)changes,
                                       .count = count,
                                       .size = sizeof(*changes),
                                       .shared = shared_bits(changes, count),
                                       .compare = compare_changes};
    if (wh_spill_sort(&records, (char *)room) == NULL)
        return wh_error_no_memory(err, count * sizeof(*changes));
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        /* Of one place the last one counts. */
        bool is_followed = i + 1 < count && are_of_one_place(&room[i], &room[i + 1]);
        if (!is_followed)
            room[left++] = room[i];
    }
    *ret_count = left;
    return WH_OK;
}

/* ---- adding ---------------------------------------------------------------------------------- */

wh_code wh_state_changes_open(struct wh_state_changes *changes, bool owners,
                              struct wh_budget *budget, const char *folder, struct wh_error *err)
{
    *changes =
        (struct wh_state_changes){.record_size = owners ? sizeof(struct wh_state_change)
                                                        : offsetof(struct wh_state_change, owner)};
    struct wh_spill_options options = {.record_size = changes->record_size,
                                       .budget = budget,
                                       .memory = CHANGES_MEMORY,
                                       .folder = folder};
    return wh_spill_set_new(&options, &changes->set, err);
}

void wh_state_changes_close(struct wh_state_changes *changes)
{
    struct wh_error later = WH_ERROR_NONE;
    WH_IGNORE(wh_spill_filler_close(changes->filler, &later), "what it holds is not wanted");
    wh_spill_set_free(changes->set);
    *changes = (struct wh_state_changes){.count = 0};
}

wh_code wh_state_changes_add(struct wh_state_changes *changes, uint32_t run,
                             const struct wh_state_entry *entries, size_t count,
                             struct wh_error *err)
{
    if (count > 0 && changes->filler == NULL)
        WH_TRY(wh_spill_filler_open(changes->set, &changes->filler, err));
    for (size_t i = 0; i < count; i++) {
        struct wh_state_change change = wh_state_change_of(&entries[i], run);
        WH_TRY(wh_spill_filler_add(changes->filler, &change, 1, err));
    }
    changes->count += count;
    return WH_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

wh_code wh_state_changes_rewind(struct wh_state_changes *changes, struct wh_error *err)
{
    struct wh_spill_filler *filler = changes->filler;
    changes->filler = NULL;
    changes->partition = 0;
    changes->next = NULL;
    changes->end = NULL;
    return wh_spill_filler_close(filler, err);
}

/* Loads partitions until there is a change; WH_END behind the last one. */
static wh_code load(struct wh_state_changes *changes, struct wh_error *err)
{
    while (changes->next == changes->end) {
        void *records = NULL;
        size_t count = 0;
        if (changes->partition == wh_spill_partition_count(changes->set))
            return WH_END;
        WH_TRY(wh_spill_partition_load(changes->set, changes->partition++, compare_changes,
                                       &records, &count, err));
        changes->next = records;
        changes->end = count > 0 ? changes->next + count * changes->record_size : changes->next;
    }
    return WH_OK;
}

/* The change at @p at, whose record may be shorter than its struct. */
static struct wh_state_change change_at(const struct wh_state_changes *changes, const char *at)
{
    struct wh_state_change change = {.owner = 0};
    memcpy(&change, at, offsetof(struct wh_state_change, owner));
    if (changes->record_size == sizeof(change))
        memcpy(&change.owner, at + offsetof(struct wh_state_change, owner), sizeof(change.owner));
    return change;
}

/* True where the change at @p at is of the same hash and kind as @p change, which few are. */
static bool is_same_place(const struct wh_state_changes *changes, const char *at,
                          const struct wh_state_change *change)
{
    uint64_t hash;
    memcpy(&hash, at, sizeof(hash));
    if (hash != change->hash)
        return false;
    struct wh_state_change other = change_at(changes, at);
    return are_of_one_place(&other, change);
}

wh_code wh_state_changes_next(struct wh_state_changes *changes, struct wh_state_entry *ret,
                              uint32_t *ret_run, struct wh_error *err)
{
    WH_TRY(load(changes, err));
    struct wh_state_change change = change_at(changes, changes->next);
    changes->next += changes->record_size;
    /* Equal hashes are in one partition. */
    for (; changes->next != changes->end && is_same_place(changes, changes->next, &change);
         changes->next += changes->record_size)
        change = change_at(changes, changes->next);
    *ret = wh_state_change_entry(&change);
    *ret_run = run_of(&change);
    return WH_OK;
}
