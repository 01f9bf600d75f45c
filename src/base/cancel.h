/* SPDX-License-Identifier: Apache-2.0 */
/** A flag by which a caller asks running work to stop.
 *  Safe in signal handlers and across threads. */
#ifndef WH_BASE_CANCEL_H
#define WH_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum wh_cancel_level {
    WH_CANCEL_NONE = 0,
    WH_CANCEL_AFTER_GROUP, /* finish the group in flight */
    WH_CANCEL_NOW          /* roll back what is not committed */
};

struct wh_cancel {
    atomic_int level; /* enum wh_cancel_level; only rises */
};

static inline void wh_cancel_raise(struct wh_cancel *cancel, enum wh_cancel_level level)
{
    int seen = atomic_load(&cancel->level);
    while (seen < (int)level && !atomic_compare_exchange_weak(&cancel->level, &seen, (int)level))
        ;
}

/** True where work should stop; @p cancel may be NULL. */
static inline bool wh_cancel_asked(const struct wh_cancel *cancel, enum wh_cancel_level level)
{
    return cancel != NULL &&
           atomic_load_explicit(&cancel->level, memory_order_relaxed) >= (int)level;
}

#endif
