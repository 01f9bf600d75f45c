/* SPDX-License-Identifier: Apache-2.0 */
/** Items that a commit would refuse (deferred foreign keys), found before it. */
#ifndef WH_WRITE_UNMET_H
#define WH_WRITE_UNMET_H

#include "write/part.h"

/**
 * Fails the items of @p part, as just written in the open transaction, whose rows break a
 * constraint that the commit enforces. Where *ret_failed is not 0, the writes are to be rolled
 * back and done again: other rows may be missing then. WH_REFUSED where something is broken and no
 * row of the part is found to be why, as where a trigger did it. Does nothing where the
 * destination cannot tell.
 */
WH_MUST_CHECK wh_code wh_fail_unmet(struct wh_writing *writing, struct wh_group *group,
                                    const struct wh_group_part *part, size_t *ret_failed,
                                    struct wh_error *err);

#endif
