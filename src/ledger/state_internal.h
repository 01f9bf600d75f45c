/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of state share. */
#ifndef WH_LEDGER_STATE_INTERNAL_H
#define WH_LEDGER_STATE_INTERNAL_H

#include <pthread.h>

#include "ledger/state_changes.h"
#include "ledger/state_page.h"

/** A page as it is saved, by what it has of `base`. */
struct wh_state_page {
    size_t first;
    size_t end;
    uint64_t first_hash;
};

/** What is written before the run's end, see wh_state_begin_ahead();
 *  guarded by the state's lock. */
struct wh_state_ahead {
    bool is_open; /* what is added is to be written */
    bool is_vain; /* some of it cannot be: all is written at the end */
    struct wh_state_change *waiting;
    size_t waiting_count;
    size_t room;
    uint64_t written; /* changes that are committed */
    pthread_cond_t changed;
};

struct wh_state {
    struct wh_arena arena; /* names, pages, runs; lives as long as the state */
    struct wh_state_options options;
    struct wh_state_columns base; /* what earlier runs left, sorted */
    uint32_t *directory;          /* where in `base` each value of the hash's highest bits starts */
    unsigned directory_bits;
    struct wh_spill_room directory_room;
    uint64_t counts[2];
    struct wh_state_page *pages; /* as saved */
    size_t page_count;
    bool pages_are_stale; /* they do not stand for `base`: all are written anew */
    bool is_dirty;        /* there are changes that no page has */
    int64_t mark;         /* segments up to this one are in the saved pages */
    /* The runs that changes are of: those that were replayed, then the one that adds. First
     * segments tell whether an entry is of the same run as a change. */
    uint32_t *first_segments;
    size_t run_count;
    pthread_mutex_t lock; /* of changes being added */
    struct wh_state_changes changes;
    struct wh_state_ahead ahead;
};

/** Is given one entry after another. */
typedef wh_code wh_state_visit(void *ctx, const struct wh_state_entry *entry, struct wh_error *err);

/** Base and changes becoming one, in order of hash; the next change is held between calls. */
struct wh_state_merge {
    struct wh_state *state;
    struct wh_state_entry change;
    uint32_t change_run;
    bool has_change;
    wh_state_visit *visit;
    void *ctx;
};
WH_MUST_CHECK wh_code wh_state_merge_begin(struct wh_state_merge *merge, struct wh_error *err);
/** Merges base entries @p first to @p end - 1 with the changes whose hash is below *@p limit, or
 *  all that are left where it is NULL. */
WH_MUST_CHECK wh_code wh_state_merge_range(struct wh_state_merge *merge, size_t first, size_t end,
                                           const uint64_t *limit, struct wh_error *err);

/** What `base` and its directory are taken from. */
static inline struct wh_spill_ground wh_state_ground(const struct wh_state *state)
{
    return (struct wh_spill_ground){.budget = state->options.budget,
                                    .folder = state->options.folder};
}

/** Replaces `base` by @p columns, which are moved, and makes what finding takes. */
WH_MUST_CHECK wh_code wh_state_take_base(struct wh_state *state, struct wh_state_columns *columns,
                                         struct wh_error *err);

/** Changes are of @p run from here on; runs are begun in their order. */
WH_MUST_CHECK wh_code wh_state_begin_run(struct wh_state *state, struct wh_ledger *ledger,
                                         int64_t run, struct wh_error *err);

/** Hands entries that were added to whoever writes ahead, if anybody does;
 *  under the state's lock. */
void wh_state_tell_ahead(struct wh_state *state, const struct wh_state_entry *entries,
                         size_t count);

/** True where the saved pages have all changes already. */
bool wh_state_is_written_ahead(const struct wh_state *state);

void wh_state_ahead_release(struct wh_state *state);

/** Adds pages of a sorted run of changes, none of them the end of an entry,
 *  in the open transaction. */
WH_MUST_CHECK wh_code wh_state_append_layer(struct wh_state *state, struct wh_ledger *ledger,
                                            const struct wh_state_change *changes, size_t count,
                                            struct wh_error *err);

/** Adds to the changes what segments say that no saved page has. */
WH_MUST_CHECK wh_code wh_state_replay(struct wh_state *state, struct wh_ledger *ledger,
                                      struct wh_error *err);

#endif
