/* SPDX-License-Identifier: Apache-2.0 */
/** Which rows nobody has touched since wherry wrote them,
 *  as their versions in the destination tell. */
#ifndef WH_FLOW_UNTOUCHED_H
#define WH_FLOW_UNTOUCHED_H

#include "connect/destination.h"
#include "flow/item_batch.h"

/** Versions of rows that groups of the item type wrote: a row that has one is as it was written. */
struct wh_written_versions {
    const int64_t *versions; /* ascending; see `recall` of the destination */
    size_t count;            /* 0: none is known, and nothing is asked */
};

/** Leaves in @p rows of the batch those that stand in the destination in a version that was
 *  written. Their match values are mapped. */
WH_MUST_CHECK wh_code wh_keep_untouched(const struct wh_written_versions *written,
                                        const struct wh_connection *connection,
                                        struct wh_writer *writer, struct wh_item_batch *batch,
                                        struct wh_selection *rows, struct wh_error *err);

#endif
