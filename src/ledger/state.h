/* SPDX-License-Identifier: Apache-2.0 */
/**
 * State: the latest of every item of an item type, what drift, --trust-ledger, ownership, vanished
 * items and --only read. In memory one sorted array of what earlier runs left and a list of what
 * this run adds; in the ledger pages sorted by hash, written by wh_state_save() at a run's end. A
 * run that was killed did not save: the next load makes the missing entries from the segments that
 * are newer than the saved pages.
 *
 * Two kinds of entries: a ROW entry says which item wrote a destination row (found by the hash
 * of the row's match values), an OPEN entry that an item is rejected or failed at present (found
 * by the hash of its key).
 */
#ifndef WH_LEDGER_STATE_H
#define WH_LEDGER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "ledger/ledger.h"
#include "ledger/segment.h"

enum wh_state_flag {
    WH_STATE_OPEN = 1,     /* an OPEN entry; otherwise a ROW entry */
    WH_STATE_REJECTED = 2, /* OPEN: rejected; otherwise failed */
    WH_STATE_GONE = 4      /* the entry is no more (deleted, or no longer open); never saved */
};

/** Seeds of the two hash spaces: wh_hash_values(match texts, WH_STATE_ROW_SEED) finds ROW entries,
 *  wh_hash_bytes(key text, WH_STATE_KEY_SEED) OPEN ones and `owner`. */
#define WH_STATE_ROW_SEED UINT64_C(0x77686572727900)
#define WH_STATE_KEY_SEED UINT64_C(0x77686572727901)

struct wh_state_entry {
    uint64_t hash;
    /* ROW: of the source record that gave the row, seeded with the fingerprint. */
    uint64_t source_hash;
    /* ROW: hash of the key, where it does not follow from the match values; otherwise 0. */
    uint64_t owner;
    uint32_t segment; /* the one that holds the item's latest images */
    uint8_t flags;    /* enum wh_state_flag */
};

struct wh_state;

struct wh_state_options {
    struct wh_str migration; /* item types of two migrations may have the same name */
    struct wh_str item;
    int64_t run; /* the one that will add; 0: none */
    bool owners; /* keep `owner`: where the key does not follow from the match values */
    /* What is loaded and added is drawn from it; beyond it goes to disk. */
    struct wh_budget *budget;
    const char *folder; /* for what goes to disk; NULL: TMPDIR or /tmp */
};

/**
 * Loads what earlier runs left, and the first part of a run that is gone on with. It takes 21 to 29
 * bytes an entry and up to 4 for finding it, of memory or, where the budget does not have them, of
 * disk (spill/room.h). @p ledger may be NULL where there is none yet (a dry run): then nothing is
 * known, and nothing can be added or saved. Errors do not name the item type.
 */
WH_MUST_CHECK wh_code wh_state_load(struct wh_ledger *ledger,
                                    const struct wh_state_options *options, struct wh_state **ret,
                                    struct wh_error *err);
void wh_state_free(struct wh_state *state);

/** What earlier runs left under @p hash (and, loaded as open, of that kind): thread-safe, this
 *  run's additions are not seen. */
bool wh_state_find(const struct wh_state *state, uint64_t hash, bool is_open,
                   struct wh_state_entry *ret);

/** Says that the hashes of @p rows will be looked for next: on the way through a batch most of the
 *  time would go into waiting for memory. Thread-safe. */
void wh_state_prefetch(const struct wh_state *state, const uint64_t *hashes,
                       const struct wh_selection *rows);

/** Entries that earlier runs left: ROW, OPEN. */
uint64_t wh_state_count(const struct wh_state *state, bool is_open);

/** ROW entries that were made since the run that will add began: where it is gone on with. */
uint64_t wh_state_count_since_run(const struct wh_state *state);

/**
 * Adds what a committed group changed. Thread-safe. An entry replaces the one with its hash and
 * kind; of several the one with the highest segment counts. But a repeated key that was rejected
 * anywhere in a run stays open, whatever became of the others: workers may commit in any order.
 */
WH_MUST_CHECK wh_code wh_state_add(struct wh_state *state, const struct wh_state_entry *entries,
                                   size_t count, struct wh_error *err);

/**
 * Merges what was added and writes the pages that it changes, in a transaction of its own. All that
 * the item type's segments hold must have been added: after an error in between do not save, the
 * next load makes the entries from the segments. No page is written where nothing was added.
 */
WH_MUST_CHECK wh_code wh_state_save(struct wh_state *state, struct wh_ledger *ledger,
                                    struct wh_error *err);

/**
 * Writing ahead: a run before which nothing was known may write its pages while it copies, so that
 * little is left to do at its end. wh_state_write_ahead() does it, in a thread of its own that has
 * @p ledger to itself, until wh_state_end_ahead(): whenever enough was added a layer of pages,
 * which overlap with those of others, in a transaction of its own. Nothing rests on that: what was
 * added is kept as ever; until wh_state_save() has set the mark a load makes the entries from the
 * segments; and where not all could be written ahead, all is written at the end, which is also when
 * an error that stands in the way is told.
 *
 * wh_state_begin_ahead() is false, and nothing is done, where earlier runs left entries, or a
 * page takes a statement. A caller whose connection was lost since says so: a server that crashed
 * may lack the last layers.
 */
bool wh_state_begin_ahead(struct wh_state *state, const struct wh_ledger *ledger);
void wh_state_write_ahead(struct wh_state *state, struct wh_ledger *ledger);
void wh_state_end_ahead(struct wh_state *state);
void wh_state_forget_ahead(struct wh_state *state);

/** Visits all present entries in order of hash, this run's included; stops where @p visit fails. */
WH_MUST_CHECK wh_code wh_state_each(struct wh_state *state,
                                    wh_code (*visit)(void *ctx, const struct wh_state_entry *entry,
                                                     struct wh_error *err),
                                    void *ctx, struct wh_error *err);

#endif
