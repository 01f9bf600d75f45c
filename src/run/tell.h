/* SPDX-License-Identifier: Apache-2.0 */
/** What a run tells its user on the way, from any thread: the caller hears one voice at a time. */
#ifndef WH_RUN_TELL_H
#define WH_RUN_TELL_H

#include "run/context.h"

/** Something to know in mid-run. */
void wh_run_note_text(const struct wh_run_context *run, const char *format, ...) WH_PRINTF(2, 3);

/** A stage of the item type begins, of which so much was done before: bytes of the source,
 *  and items. */
void wh_run_begin_stage(struct wh_item_run *item, uint64_t done, uint64_t read);

/** How far the stage is: @p done of the source's bytes, and what was counted, both with what was
 *  done before. */
void wh_run_tell_stage(const struct wh_item_run *item, const char *stage, uint64_t done,
                       const struct wh_counts *counts);

#endif
