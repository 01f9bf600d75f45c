/* SPDX-License-Identifier: Apache-2.0 */
/** What a mapper gives the survey, in the survey's own threads. */
#ifndef WH_FLOW_SURVEY_COLLECT_H
#define WH_FLOW_SURVEY_COLLECT_H

#include "flow/survey.h"
#include "rules/clean.h"
#include "rules/expect.h"

struct wh_survey_collector;

/** The batch that the next calls are about, and the room to evaluate in. */
void wh_survey_collector_begin(struct wh_survey_collector *collector,
                               const struct wh_item_batch *batch, struct wh_eval *eval);

/** A duplicates rule came by, with the rows that it chose as the batch's live ones. */
wh_code wh_survey_collect_duplicates(void *ctx, const struct wh_clean_rule *rule,
                                     struct wh_rule_batch *rules, struct wh_error *err);

/** The match values of the live rows are known, and the hashes by which states know them. */
WH_MUST_CHECK wh_code wh_survey_collect_keys(struct wh_survey_collector *collector,
                                             struct wh_error *err);

/** A unique check came by. */
wh_code wh_survey_collect_unique(void *ctx, const struct wh_expectation *expectation,
                                 struct wh_rule_batch *rules, struct wh_error *err);

/** True where rows must be mapped and checked, too (a unique check), not only cleaned and keyed. */
bool wh_survey_collects_unique(const struct wh_survey_collector *collector);

#endif
