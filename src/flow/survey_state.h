/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of a survey share: survey.c and survey_collect.c. */
#ifndef WH_FLOW_SURVEY_STATE_H
#define WH_FLOW_SURVEY_STATE_H

#include <stdatomic.h>

#include "flow/criterion.h"
#include "flow/key_range.h"
#include "flow/survey.h"

struct wh_survey {
    const struct wh_survey_options *options; /* while surveying */
    struct wh_budget *budget;
    struct wh_criterion *criteria; /* in the order of decision */
    size_t criterion_count;
    struct wh_spill_set *present; /* match hashes of all records, for vanished items */
    /* One a chunk: a key that only rises repeats nowhere, and while it does, no entry is made.
     * NULL: they are. */
    struct wh_key_range *ranges;
    atomic_bool is_unordered; /* the key does not only rise: survey again, with entries */
    atomic_bool has_failed;
    atomic_size_t next_chunk;
    atomic_uint_fast64_t bytes;
    atomic_uint_fast64_t records;
    atomic_uint_fast64_t unplaced;
    atomic_uint_fast64_t conversion_nanoseconds;
    atomic_uint_fast64_t falls; /* records whose match value is below that of the one before */
};

/** One worker's part of a survey. */
struct wh_survey_collector {
    struct wh_survey *survey;
    const struct wh_item_plan *item;
    struct wh_spill_filler **fillers; /* one a criterion */
    struct wh_spill_filler *present;
    const struct wh_item_batch *batch;
    struct wh_eval *eval;
    struct wh_key_range range; /* of the chunk being read */
};

/** The criterion of a rule, the key or a check; NULL where there is none. */
struct wh_criterion *wh_survey_find_criterion(const struct wh_survey *survey,
                                              enum wh_criterion_kind kind, size_t ordinal);

#endif
