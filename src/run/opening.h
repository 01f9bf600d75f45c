/* SPDX-License-Identifier: Apache-2.0 */
/** What several parts of a run open in nearly the same way: each begins with what is the same for
 *  all, and sets the rest. */
#ifndef WH_RUN_OPENING_H
#define WH_RUN_OPENING_H

#include "run/context.h"

/** A request to plan the run's migration once more, or to open its destination: read-only. */
struct wh_plan_request wh_run_plan_request(struct wh_run_context *run);

/** One more connection to the destination, which the caller closes. */
WH_MUST_CHECK wh_code wh_run_open_another(const struct wh_plan_request *request,
                                          struct wh_connection *ret, struct wh_error *err);

/** Options for writing the item type through the run's own connection, with commits that wait for
 *  the disk. */
struct wh_writing_options wh_run_writing_options(const struct wh_item_run *item);

/** Options for mapping records that are written with @p writing. */
struct wh_mapper_options wh_run_mapper_options(const struct wh_item_run *item,
                                               const struct wh_writing *writing);

#endif
