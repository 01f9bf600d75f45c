/* SPDX-License-Identifier: Apache-2.0 */
/** "did you mean": the name nearest to one that was mistyped, found while walking over any set. */
#ifndef WH_PLAN_NEAREST_H
#define WH_PLAN_NEAREST_H

#include <stdint.h>

#include "base/str.h"

struct wh_nearest {
    struct wh_str wanted;
    struct wh_str best; /* borrowed from the offer; ptr NULL: none is near */
    size_t distance;
};

/** Starts a search; offer it every name of the set. */
static inline struct wh_nearest wh_nearest_to(struct wh_str wanted)
{
    return (struct wh_nearest){.wanted = wanted, .best = WH_STR_NONE, .distance = SIZE_MAX};
}

void wh_nearest_offer(struct wh_nearest *search, struct wh_str name);

/** The three arguments for "%s%.*s%s": "; did you mean 'name'?", or nothing. */
#define WH_NEAREST_FORMAT "%s%.*s%s"
#define WH_NEAREST(search)                                                                         \
    ((search).best.ptr != NULL ? "; did you mean '" : ""), WH_FMT((search).best),                  \
        ((search).best.ptr != NULL ? "'?" : "")

#endif
