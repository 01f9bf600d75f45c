/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One piece of memory that is filled once and then looked up in any order. Where the budget has no
 * room for it, it is a temporary file without a name, mapped: the system keeps as much of it in
 * memory as it can spare.
 */
#ifndef WH_SPILL_ROOM_H
#define WH_SPILL_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include <wherry/error.h>

#include "base/budget.h"

/** What a room is taken from. */
struct wh_spill_ground {
    struct wh_budget *budget; /* NULL: memory, of no budget */
    const char *folder;       /* for the temporary file; NULL: TMPDIR or /tmp */
};

struct wh_spill_room {
    char *bytes; /* NULL: none is taken. aligned as malloc() does */
    size_t size;
    struct wh_budget *budget; /* drawn on, unless it is mapped */
    bool is_mapped;
};

/**
 * Takes @p size bytes, at least 1, whose values are not set. A room takes no more than half of the
 * budget's limit: the rest of a run has to work beside it. WH_NO_MEMORY, WH_IO where the disk has
 * no room either: then all of it is reserved beforehand, so that using it cannot fail later.
 */
WH_MUST_CHECK wh_code wh_spill_room_take(struct wh_spill_room *room,
                                         const struct wh_spill_ground *ground, size_t size,
                                         struct wh_error *err);
void wh_spill_room_release(struct wh_spill_room *room);

#endif
