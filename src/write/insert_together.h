/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Inserts of rows of several batches: brought together in columns of their own, as many as the
 * destination takes at once, in the group's order.
 */
#ifndef WH_WRITE_INSERT_TOGETHER_H
#define WH_WRITE_INSERT_TOGETHER_H

#include "write/part.h"

/** True where the group's new rows are brought together: where that is faster, or where they are to
 *  go in in another order than they came in. Otherwise they go in as they come, batch by batch. */
bool wh_insert_brings_together(const struct wh_writing *writing, const struct wh_group *group);

/** Brings the rows of a group together that is to be committed next, if the destination takes all
 *  of them at once: while this is done another group is written. */
WH_MUST_CHECK wh_code wh_insert_gather(struct wh_writing *writing, struct wh_group *group,
                                       struct wh_error *err);

/** Inserts the part's rows that are to be inserted. */
WH_MUST_CHECK wh_code wh_insert_together(struct wh_writing *writing, struct wh_group *group,
                                         const struct wh_group_part *part, struct wh_error *err);

/** Room for gathered rows, kept from group to group; NULL: none was needed yet. */
struct wh_gathering;

void wh_gathering_free(struct wh_gathering *gathering);

#endif
