/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Updates that were refused because another row has a unique value that they want. Where that row
 * is one of the group's that gives the value up, the order of the rows decides, or, where rows hand
 * their values on in a circle, no order will do.
 */
#ifndef WH_WRITE_CONTESTED_H
#define WH_WRITE_CONTESTED_H

#include "write/group.h"

/** True for what is said where another row has what one wants, or stands against it: unique keys,
 *  exclusion constraints. */
bool wh_is_contest(const char *sqlstate);

/** Tries the contested updates of the group again, in the open transaction, as long as some
 *  succeed, then what is left together. Those that cannot be written stay failed. */
WH_MUST_CHECK wh_code wh_write_contested(struct wh_writing *writing, struct wh_group *group,
                                         struct wh_error *err);

#endif
