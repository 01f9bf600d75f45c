/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What was decided about a group's rows before it was written: what a try is repeated from that was
 * rolled back, and what rows are tried for once more that stood in each other's way.
 */
#ifndef WH_WRITE_DECIDED_H
#define WH_WRITE_DECIDED_H

#include "write/part.h"

/** Keeps what is to be done with the group's rows, before the first try. */
WH_MUST_CHECK wh_code wh_keep_decided(struct wh_group *group, struct wh_error *err);

/** True where the row failed when it was written, and may go in when other rows of the group did,
 *  or did not. */
bool wh_may_go_in_yet(const struct wh_group_batch *batch, uint16_t row);

/** After a rollback: rows of the part that did not fail are to be written as decided. */
void wh_restore_decided(const struct wh_group *group, const struct wh_group_part *part);

/** Likewise rows of the part that another row stood against. */
void wh_revive_contested(const struct wh_group *group, const struct wh_group_part *part);

#endif
