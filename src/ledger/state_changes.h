/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Changes to state: what groups add, kept in a spill set, and read back in order of hash with one
 * change for each hash and kind.
 */
#ifndef WH_LEDGER_STATE_CHANGES_H
#define WH_LEDGER_STATE_CHANGES_H

#include "base/budget.h"
#include "ledger/state.h"
#include "spill/set.h"

/** Runs that changes can tell apart. */
#define WH_CHANGE_RUNS (1u << 24)

/** One change as it lies in the set; without owners it ends before `owner`. */
struct wh_state_change {
    uint64_t hash;
    uint64_t source_hash;
    uint32_t segment;
    uint32_t run_and_flags; /* ordinal of the run << 8 | enum wh_state_flag */
    uint64_t owner;
};

struct wh_state_changes {
    struct wh_spill_set *set;
    struct wh_spill_filler *filler; /* NULL while the set is read */
    size_t record_size;
    uint64_t count;
    /* While reading: */
    size_t partition; /* the next to be loaded */
    const char *next;
    const char *end;
};

WH_MUST_CHECK wh_code wh_state_changes_open(struct wh_state_changes *changes, bool owners,
                                            struct wh_budget *budget, const char *folder,
                                            struct wh_error *err);
void wh_state_changes_close(struct wh_state_changes *changes);

/** Adds entries of the run with that ordinal; later runs have higher ones. One thread at a time. */
WH_MUST_CHECK wh_code wh_state_changes_add(struct wh_state_changes *changes, uint32_t run,
                                           const struct wh_state_entry *entries, size_t count,
                                           struct wh_error *err);

/** The change that an entry of the run with that ordinal is. */
struct wh_state_change wh_state_change_of(const struct wh_state_entry *entry, uint32_t run);
struct wh_state_entry wh_state_change_entry(const struct wh_state_change *change);

/** Sorts @p count changes into @p room, which holds as many, and leaves one of each hash and kind:
 *  the one that counts. *ret_count of them are left. */
WH_MUST_CHECK wh_code wh_state_changes_sort(struct wh_state_change *changes, size_t count,
                                            struct wh_state_change *room, size_t *ret_count,
                                            struct wh_error *err);

/** Starts reading from the lowest hash. */
WH_MUST_CHECK wh_code wh_state_changes_rewind(struct wh_state_changes *changes,
                                              struct wh_error *err);

/** The next change, WH_END behind the last. *ret_run is its run's ordinal. */
WH_MUST_CHECK wh_code wh_state_changes_next(struct wh_state_changes *changes,
                                            struct wh_state_entry *ret, uint32_t *ret_run,
                                            struct wh_error *err);

#endif
