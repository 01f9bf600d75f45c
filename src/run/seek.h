/* SPDX-License-Identifier: Apache-2.0 */
/** Single items (`--id`, `--where`), found in a source that need not be read through for them. */
#ifndef WH_RUN_SEEK_H
#define WH_RUN_SEEK_H

#include "run/context.h"

/** The chunks of the items that the run asks for, in the run's arena; false in
 *  *ret_found where it asks for others than such by their keys, or the source would have
 *  to be read through for them. */
WH_MUST_CHECK wh_code wh_run_seek(const struct wh_run_context *run, const struct wh_item_plan *item,
                                  struct wh_chunk_list *ret, bool *ret_found, struct wh_error *err);

/** Lets the source leave out records that are not asked for (`--where`),
 *  where it can and nothing compares records. */
WH_MUST_CHECK wh_code wh_run_leave_out(const struct wh_run_context *run,
                                       const struct wh_item_plan *item,
                                       const struct wh_program *condition, struct wh_error *err);

#endif
