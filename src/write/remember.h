/* SPDX-License-Identifier: Apache-2.0 */
/** What a part of a group changes in the state. */
#ifndef WH_WRITE_REMEMBER_H
#define WH_WRITE_REMEMBER_H

#include "write/part.h"

/** Tells the state what the part, which was just committed, changed. */
WH_MUST_CHECK wh_code wh_remember_part(struct wh_writing *writing, const struct wh_group *group,
                                       const struct wh_group_part *part, int64_t segment,
                                       struct wh_error *err);

#endif
