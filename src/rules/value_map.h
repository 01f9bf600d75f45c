/* SPDX-License-Identifier: Apache-2.0 */
/** `map_values` over columns of text: what values become, text for text, looked up by hash. */
#ifndef WH_RULES_VALUE_MAP_H
#define WH_RULES_VALUE_MAP_H

#include "base/arena.h"
#include "data/column.h"
#include "rules/definition.h"

/** Pairs that one column may have. */
#define WH_VALUE_MAP_MAX (1u << 20)

/** Immutable; lives in the arena that it was made in. */
struct wh_value_map {
    const struct wh_value_pair *pairs; /* borrowed */
    size_t count;
    uint32_t *slots;   /* index of a pair + 1; 0: free */
    size_t slot_count; /* a power of two, more than twice `count` */
    enum wh_unmatched unmatched;
};

/** Makes a map of @p count pairs, which live as long as it does. WH_INVALID where two of them are
 *  of one value and differ in what it becomes; the message names the value and both places. */
WH_MUST_CHECK wh_code wh_value_map_make(const struct wh_value_pair *pairs, size_t count,
                                        enum wh_unmatched unmatched, struct wh_arena *arena,
                                        struct wh_value_map **ret, struct wh_error *err);

/**
 * What the values of @p values, texts, become at @p rows, in *ret, a new column. NULL stays NULL.
 * @p unmatched gets a 1 at each row whose value has no pair and must be rejected.
 */
WH_MUST_CHECK wh_code wh_value_map_apply(const struct wh_value_map *map,
                                         const struct wh_column *values,
                                         const struct wh_selection *rows, struct wh_arena *arena,
                                         struct wh_column *ret, uint8_t *unmatched,
                                         struct wh_error *err);

#endif
