/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Items that failed because another row had a unique value that they want, or because a row of the
 * same table that they refer to was not there, tried again in a group of their own: the other row
 * may have given the value up since, or have come, or is in this very group. They were read,
 * counted and logged before. So the group moves no chunk: it holds one against other
 * processes, and corrects the counts of those that its items are of.
 */
#ifndef WH_WRITE_AGAIN_H
#define WH_WRITE_AGAIN_H

#include "write/part.h"

/** Items of the part that failed in that way. */
uint64_t wh_count_contested(const struct wh_writing *writing, const struct wh_group *group,
                            const struct wh_group_part *part);

/** True where an item that waited, and is tried again, waits once more: the failure that was logged
 *  before stays as it is, however many passes it waits for, until something else becomes of the
 *  item. */
bool wh_keeps_failure(const struct wh_group_batch *batch, size_t item);

/** Puts what became of the part's items in the place of their failures: in the counts of their
 *  chunks and among the failure rows. In the group's transaction. */
WH_MUST_CHECK wh_code wh_replace_failures(const struct wh_writing *writing,
                                          const struct wh_group *group,
                                          const struct wh_group_part *part, struct wh_error *err);

#endif
