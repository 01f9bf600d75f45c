/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A large set of small records of fixed size, hashed into partitions, kept in memory while the
 * budget allows and in an unlinked temporary file beyond it. Filled by several threads, then read
 * partition by partition, each sorted.
 */
#ifndef WH_SPILL_SET_H
#define WH_SPILL_SET_H

#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/budget.h"

struct wh_spill_set;
struct wh_spill_filler; /* one thread's way into a set */

struct wh_spill_options {
    size_t record_size;       /* bytes of a record, 8 to 4096; its first 8 are a uniform hash
                                 (native order) */
    struct wh_budget *budget; /* drawn on for blocks in memory */
    size_t memory;            /* bytes of blocks at most; 0: as many as the budget gives */
    const char *folder;       /* for the temporary file; NULL: TMPDIR or /tmp */
};

WH_MUST_CHECK wh_code wh_spill_set_new(const struct wh_spill_options *options,
                                       struct wh_spill_set **ret, struct wh_error *err);
void wh_spill_set_free(struct wh_spill_set *set);

/** Records added so far; exact once all fillers are closed. */
uint64_t wh_spill_set_count(const struct wh_spill_set *set);

/** A filler for the calling thread; fillers of one set run in parallel. */
WH_MUST_CHECK wh_code wh_spill_filler_open(struct wh_spill_set *set, struct wh_spill_filler **ret,
                                           struct wh_error *err);
/** Adds @p count records lying one behind the other. WH_IO when the disk is full. */
WH_MUST_CHECK wh_code wh_spill_filler_add(struct wh_spill_filler *filler, const void *records,
                                          size_t count, struct wh_error *err);
/** Hands what is left over to the set and frees the filler. */
WH_MUST_CHECK wh_code wh_spill_filler_close(struct wh_spill_filler *filler, struct wh_error *err);

/** Partitions, by the hash's highest bits: every record of partition n sorts before those of n+1
 *  by hash. */
size_t wh_spill_partition_count(const struct wh_spill_set *set);

/**
 * Loads one partition, sorted as given by @p compare, which must sort by hash first. All fillers
 * are closed; partitions can be loaded in any order and again. *ret_records is valid until the next
 * load or free, and is the caller's to overwrite. One thread at a time.
 *
 * A load takes twice the bytes of the partition, a 128th of the set's, beyond the budget if need
 * be: records with equal hashes are in one partition, so a set of nothing else is loaded whole.
 */
WH_MUST_CHECK wh_code wh_spill_partition_load(struct wh_spill_set *set, size_t partition,
                                              int (*compare)(const void *, const void *),
                                              void **ret_records, size_t *ret_count,
                                              struct wh_error *err);

#endif
