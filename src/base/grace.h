/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How long the work in hand may go on once the user wants to stop behind it. What is clean is
 * finished. Where rows are refused, and what comes behind may be thousands of tries, it is given up
 * after a moment, since somebody waits.
 */
#ifndef WH_BASE_GRACE_H
#define WH_BASE_GRACE_H

#include "base/cancel.h"
#include "base/error.h"

#define WH_GRACE_SECONDS 0.4

/** Of one thread. It begins when the work first asks behind a refusal, not when the user did. */
struct wh_grace {
    const struct wh_cancel *cancel; /* borrowed; may be NULL */
    double began;                   /* 0: not yet */
};

/**
 * WH_CANCELLED where the work in hand is to be given up and rolled back. WH_CANCEL_NOW: only where
 * the user wants to stop at once. WH_CANCEL_AFTER_GROUP, behind a refusal: also once the grace is
 * over. A @p grace of NULL is never over.
 */
WH_MUST_CHECK wh_code wh_grace_check(struct wh_grace *grace, enum wh_cancel_level level,
                                     struct wh_error *err);

#endif
