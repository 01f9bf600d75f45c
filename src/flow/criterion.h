/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One thing that the survey decides: which records are the same, and which of them wins.
 *
 * Each record that takes part leaves one entry of fixed size: a hash of 128 bits of the values that
 * make records the same, the record's number and, for `keep: min(…)` and `max(…)`, the value's
 * order as bytes. Entries of equal hash are the same record: at 10^9 records two different ones
 * share a hash with a probability below 10^-20.
 */
#ifndef WH_FLOW_CRITERION_H
#define WH_FLOW_CRITERION_H

#include "data/hash.h"
#include "flow/survey.h"
#include "spill/set.h"

/** Bytes of a value's order. A value that needs more is refused by name, never cut. */
#define WH_ORDER_SIZE 64

struct wh_survey_entry {
    struct wh_hash128 hash;       /* its first 8 bytes are what the spill set sorts by */
    uint64_t record;              /* wh_record_number() */
    uint8_t order[WH_ORDER_SIZE]; /* MIN, MAX only: compared as bytes, the smallest wins */
};

#define WH_ENTRY_SIZE_PLAIN offsetof(struct wh_survey_entry, order)

struct wh_loser {
    uint64_t record;
    uint64_t winner;
};

struct wh_criterion {
    enum wh_criterion_kind kind;
    size_t ordinal;
    enum wh_survivor keep;
    bool only_warns;              /* its losers go on and take part in later decisions */
    struct wh_spill_set *entries; /* NULL once decided */
    struct wh_loser *losers;      /* sorted by record */
    size_t loser_count;
    size_t loser_capacity;
};

/** Bytes of an entry of this criterion. */
size_t wh_criterion_entry_size(const struct wh_criterion *criterion);

/** Decides @p criterion from its entries; those of records that lost one of the @p earlier_count
 *  criteria before it do not take part. The entries are given back. */
WH_MUST_CHECK wh_code wh_criterion_decide(struct wh_criterion *criterion,
                                          const struct wh_criterion *earlier, size_t earlier_count,
                                          struct wh_budget *budget, struct wh_error *err);

/** The loser's entry for @p record, NULL where it did not lose. */
const struct wh_loser *wh_criterion_find(const struct wh_criterion *criterion, uint64_t record);

void wh_criterion_release(struct wh_criterion *criterion, struct wh_budget *budget);

/**
 * Writes the order of a value as WH_ORDER_SIZE bytes, such that memcmp() orders as wherry
 * does, with NULL last; @p largest_first turns the order round (NULL stays last). False where
 * the value needs more bytes.
 */
bool wh_order_encode(const struct wh_column *column, size_t row, bool largest_first,
                     uint8_t order[WH_ORDER_SIZE]);

#endif
