/* SPDX-License-Identifier: Apache-2.0 */
/** Refused items of a dry run, which has no ledger to count them, by why. */
#ifndef WH_RUN_REASONS_H
#define WH_RUN_REASONS_H

#include "ledger/reasons.h"

struct wh_reasons {
    struct wh_arena *arena; /* of the texts */
    struct wh_reason_count *items;
    size_t count;
    size_t capacity;
};

void wh_reasons_init(struct wh_reasons *reasons, struct wh_arena *arena);
void wh_reasons_release(struct wh_reasons *reasons);

/** Counts one refused item; the first of a kind is its example. */
WH_MUST_CHECK wh_code wh_reasons_add(struct wh_reasons *reasons,
                                     const struct wh_failure_record *failure, struct wh_error *err);

/** The counts, sorted, in the arena. */
WH_MUST_CHECK wh_code wh_reasons_take(struct wh_reasons *reasons, struct wh_reason_count **ret,
                                      size_t *ret_count, struct wh_error *err);

#endif
