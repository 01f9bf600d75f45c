/* SPDX-License-Identifier: Apache-2.0 */
/** All workers of one item type: the chunks they share, how many there are, and what became of
 *  it. */
#ifndef WH_RUN_CREW_H
#define WH_RUN_CREW_H

#include "run/context.h"

/** Threads that prepare items: the workers, or two where one worker mostly waits for the
 *  destination. */
unsigned wh_run_threads(const struct wh_run_context *run);

/** Lets the workers migrate all chunks that are not done. Where they follow keys of which one
 *  repeats, or may, *ret_needs_survey is true, and what was committed until then is as a survey
 *  would have had it. */
WH_MUST_CHECK wh_code wh_run_chunks(struct wh_item_run *item, bool *ret_needs_survey,
                                    struct wh_error *err);

#endif
