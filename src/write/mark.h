/* SPDX-License-Identifier: Apache-2.0 */
/** What the destination calls the versions of the rows that a group wrote,
 *  for the next run to know them by. */
#ifndef WH_WRITE_MARK_H
#define WH_WRITE_MARK_H

#include "write/part.h"

/** Sets the mark of writing->segment: of the part's rows as they were just written in
 *  the open transaction. */
WH_MUST_CHECK wh_code wh_mark_part(struct wh_writing *writing, struct wh_group *group,
                                   const struct wh_group_part *part, const struct wh_counts *counts,
                                   struct wh_error *err);

#endif
