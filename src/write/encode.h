/* SPDX-License-Identifier: Apache-2.0 */
/** The segment of a part of a group: what its items were, became and left. */
#ifndef WH_WRITE_ENCODE_H
#define WH_WRITE_ENCODE_H

#include "write/part.h"

/** Makes the part's segment, with the statuses as they are now: writing->segment. */
WH_MUST_CHECK wh_code wh_encode_part(struct wh_writing *writing, struct wh_group *group,
                                     const struct wh_group_part *part, struct wh_error *err);

/** The segment of the whole group, as encoded before, with the statuses as they are now. */
WH_MUST_CHECK wh_code wh_encode_statuses(struct wh_writing *writing, struct wh_group *group,
                                         struct wh_error *err);

/** Whether the row was there when the group was compared, and stays as it was. */
bool wh_group_row_stays(const struct wh_group_batch *batch, uint16_t row);

#endif
