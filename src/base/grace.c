/* SPDX-License-Identifier: Apache-2.0 */
#include "base/grace.h"

#include "base/clock.h"

static bool is_over(struct wh_grace *grace)
{
    if (wh_cancel_asked(grace->cancel, WH_CANCEL_NOW))
        return true;
    double now = wh_clock_seconds();
    if (grace->began == 0)
        grace->began = now;
    return now - grace->began > WH_GRACE_SECONDS;
}

wh_code wh_grace_check(struct wh_grace *grace, enum wh_cancel_level level, struct wh_error *err)
{
    if (grace == NULL || !wh_cancel_asked(grace->cancel, level) || !is_over(grace))
        return WH_OK;
    return wh_error_set(err, WH_CANCELLED,
                        "interrupted, with the group in hand rolled back; run again to go on");
}
