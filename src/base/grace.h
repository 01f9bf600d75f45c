/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How long the work in hand may go on once the user wants to stop behind it. Nearly all of it is done sooner, and is
 * kept; what takes longer, row by row, is given up, since somebody waits.
 */
#ifndef WH_BASE_GRACE_H
#define WH_BASE_GRACE_H

#include "base/cancel.h"
#include "base/clock.h"

#define WH_GRACE_SECONDS 0.4

/** Of one piece of work, in one thread. It begins when the work first asks, not when the user did. */
struct wh_grace {
    const struct wh_cancel *cancel; /* borrowed; may be NULL */
    double began;                   /* 0: not yet */
};

static inline bool wh_grace_is_over(struct wh_grace *grace)
{
    if (!wh_cancel_asked(grace->cancel, WH_CANCEL_AFTER_GROUP))
        return false;
    double now = wh_clock_seconds();
    if (grace->began == 0)
        grace->began = now;
    return wh_cancel_asked(grace->cancel, WH_CANCEL_NOW) || now - grace->began > WH_GRACE_SECONDS;
}

#endif
