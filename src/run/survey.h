/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is known of a source before its first record is written: all of a survey, or, where the
 * source tells its keys apart or the workers can see that none repeats, how many records it has.
 */
#ifndef WH_RUN_SURVEY_H
#define WH_RUN_SURVEY_H

#include "run/context.h"

/** Decides which of them: sets follows_keys and is_surveyed. */
void wh_run_choose_survey(struct wh_item_run *item);

/** Surveys @p chunks, or counts, or leaves that to a count beside the workers: sets survey, records
 *  and is_counted_meanwhile. WH_STOPPED where *stop, which may be NULL. */
WH_MUST_CHECK wh_code wh_run_survey(struct wh_item_run *item, const struct wh_chunk_spec *chunks,
                                    const atomic_bool *stop, struct wh_error *err);

#endif
