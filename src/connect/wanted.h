/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows that are looked for by a whole number each, in the order of these: one scan over their range
 * meets them one after the other.
 */
#ifndef WH_CONNECT_WANTED_H
#define WH_CONNECT_WANTED_H

#include "base/arena.h"
#include "data/column.h"

/** A number that is looked for, and the row of the batch that asks for it. */
struct wh_wanted {
    int64_t number;
    uint16_t row;
};

struct wh_wanted_list {
    struct wh_wanted *items; /* ascending; a number may stand more than once */
    size_t count;
};

/** The numbers in @p keys of the rows of @p selection, without those that are NULL, in @p arena. */
WH_MUST_CHECK wh_code wh_wanted_list_make(const struct wh_column *keys,
                                          const struct wh_selection *selection,
                                          struct wh_arena *arena, struct wh_wanted_list *ret,
                                          struct wh_error *err);

/** True where the range from the first to the last, of at least one, holds so few numbers that
 *  scanning it costs less than looking each of them up. */
bool wh_wanted_list_is_dense(const struct wh_wanted_list *list);

#endif
