/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Integer keys in the order of their records, for as long as it can be told that none of them
 * repeats: since each is larger than all before it, or since all are marked in a bitmap, which is
 * small where most numbers are used.
 */
#ifndef WH_FLOW_SEEN_KEYS_H
#define WH_FLOW_SEEN_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/budget.h"
#include "flow/item_batch.h"
#include "flow/key_range.h"

/** Keys of records that follow one another. One of zero bytes is of none. */
struct wh_key_list {
    struct wh_key_range range;
    int64_t *keys;
    size_t count;
    size_t capacity;
};

/** Forgets the keys, keeps the memory. */
void wh_key_list_reset(struct wh_key_list *list);
void wh_key_list_release(struct wh_key_list *list);

/** Adds the live rows of a batch, whose match values are known (wh_key_range_is_enough()). */
WH_MUST_CHECK wh_code wh_key_list_add(struct wh_key_list *list, const struct wh_item_plan *item,
                                      const struct wh_item_batch *batch, struct wh_error *err);

struct wh_key_page;

struct wh_seen_keys {
    struct wh_key_range range;
    struct wh_key_page *pages; /* ascending */
    size_t count;
    size_t capacity;
    uint64_t keys; /* that the pages hold */
    bool is_marked;
    struct wh_budget *budget;
};

/** None yet. With @p marks, keys may come in any order while their bitmap is small and has room in
 *  @p budget; without, they must rise. */
void wh_seen_keys_init(struct wh_seen_keys *seen, bool marks, struct wh_budget *budget);
void wh_seen_keys_release(struct wh_seen_keys *seen);

/** Adds the records that follow. False where a key repeats, or where that can no longer be told:
 *  then nothing may be added any more. One thread at a time. */
bool wh_seen_keys_append(struct wh_seen_keys *seen, const struct wh_key_list *next);

#endif
