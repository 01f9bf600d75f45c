/* SPDX-License-Identifier: Apache-2.0 */
/** The keys that --id asks for, and which of them the source has. */
#ifndef WH_RUN_ASKED_H
#define WH_RUN_ASKED_H

#include "base/arena.h"
#include "flow/item_batch.h"
#include "plan/item.h"

/** Arrays are by key: canonical, sorted by bytes, each once. */
struct wh_asked_keys {
    struct wh_str *keys;
    struct wh_str *typed;
    bool *are_found;
    size_t count;
};

/** Reads @p count keys as they were typed, which are borrowed.
 *  WH_INVALID where one is no key of the item type. */
WH_MUST_CHECK wh_code wh_asked_read(const struct wh_item_plan *item, const struct wh_str *typed,
                                    size_t count, struct wh_arena *arena, struct wh_asked_keys *ret,
                                    struct wh_error *err);

/** Notes the keys of the items in @p batch, which was just mapped with these keys as its filter. */
void wh_asked_note(struct wh_asked_keys *asked, const struct wh_item_batch *batch);

/** The keys that no batch had, as they were typed, in @p arena. */
WH_MUST_CHECK wh_code wh_asked_missing(const struct wh_asked_keys *asked, struct wh_arena *arena,
                                       struct wh_str **ret, size_t *ret_count,
                                       struct wh_error *err);

#endif
