/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The survey: a pass over the whole source of an item type for what one chunk cannot know. It
 * decides, in this order, the `duplicates` rules, repeated keys and `unique` checks, and says for
 * every record whether it lost one of them and to which record.
 *
 * A record takes part in a decision if it came so far: it was not left out, or refused, or
 * made to lose before. The first in source order wins, or the survivor that the rule names.
 * The survey looks at the whole source also for partial runs, so that a run of one item
 * decides as a full run does.
 */
#ifndef WH_FLOW_SURVEY_H
#define WH_FLOW_SURVEY_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "flow/item_batch.h"

struct wh_survey;

struct wh_survey_options {
    const struct wh_item_plan *item;
    const struct wh_chunk_spec *chunks; /* all of the source, in its order */
    size_t chunk_count;
    unsigned workers;
    bool wants_present; /* keep the match hashes of all records, for vanished items */
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    /** Set by another thread where the survey is of no use any more: WH_STOPPED; may be NULL. */
    const atomic_bool *stop;
    /** Called now and then from the calling thread with the bytes surveyed so far; may be NULL. */
    void (*progress)(void *ctx, uint64_t bytes);
    void *progress_ctx;
};

/** Surveys the source. Opens readers of its own; the source is read by options->workers threads. */
WH_MUST_CHECK wh_code wh_survey_make(const struct wh_survey_options *options,
                                     struct wh_survey **ret, struct wh_error *err);
void wh_survey_free(struct wh_survey *survey);

/** Records in the source. */
uint64_t wh_survey_records(const struct wh_survey *survey);

/** Refused records of which it is not known which destination row they stand for, unreadable ones
 *  among them: while there are any, no item can be said to have vanished. */
uint64_t wh_survey_unplaced(const struct wh_survey *survey);

/** Seconds of processor time that its expressions took, in all threads. */
double wh_survey_conversion_seconds(const struct wh_survey *survey);

/** True where the records stand in hardly any order of their match values, so that each of a few is
 *  written at a place of its own in the destination's index. */
bool wh_survey_is_scattered(const struct wh_survey *survey);

enum wh_criterion_kind { WH_CRITERION_DUPLICATES = 0, WH_CRITERION_KEY, WH_CRITERION_UNIQUE };

/** True where the record at @p position lost; *ret_winner is the record that won. Thread-safe. */
bool wh_survey_lost(const struct wh_survey *survey, enum wh_criterion_kind kind, size_t ordinal,
                    const struct wh_position *position, struct wh_position *ret_winner);

/** True where no record at all lost, so that rows need not be asked for. */
bool wh_survey_all_won(const struct wh_survey *survey, enum wh_criterion_kind kind, size_t ordinal);

/**
 * Calls @p visit with each of @p count hashes, ascending, that no record of the source has as its
 * match hash. The survey was made with wants_present.
 */
WH_MUST_CHECK wh_code wh_survey_absent(struct wh_survey *survey, const uint64_t *hashes,
                                       size_t count,
                                       wh_code (*visit)(void *ctx, size_t index,
                                                        struct wh_error *err),
                                       void *ctx, struct wh_error *err);

#endif
