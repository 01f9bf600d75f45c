/* SPDX-License-Identifier: Apache-2.0 */
#include "run/asked.h"

#include <stdlib.h>

#include "base/error.h"

struct asked_key {
    struct wh_str key;
    struct wh_str typed;
};

static int compare_asked(const void *a, const void *b)
{
    return wh_str_compare(((const struct asked_key *)a)->key, ((const struct asked_key *)b)->key);
}

/* The sorted keys without those that were typed twice, in whatever form. */
static wh_code take_each_once(const struct asked_key *sorted, size_t count, struct wh_arena *arena,
                              struct wh_asked_keys *ret, struct wh_error *err)
{
    *ret = (struct wh_asked_keys){.keys = wh_arena_array(arena, count, sizeof(*ret->keys)),
                                  .typed = wh_arena_array(arena, count, sizeof(*ret->typed)),
                                  .are_found = wh_arena_array(arena, count, sizeof(bool))};
    if (ret->keys == NULL || ret->typed == NULL || ret->are_found == NULL)
        return wh_error_no_memory(err, count * sizeof(*ret->keys));
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && wh_str_equal(sorted[i].key, sorted[i - 1].key))
            continue;
        ret->keys[ret->count] = sorted[i].key;
        ret->typed[ret->count++] = sorted[i].typed;
    }
    return WH_OK;
}

wh_code wh_asked_read(const struct wh_item_plan *item, const struct wh_str *typed, size_t count,
                      struct wh_arena *arena, struct wh_asked_keys *ret, struct wh_error *err)
{
    *ret = (struct wh_asked_keys){.count = 0};
    if (count == 0)
        return WH_OK;
    struct asked_key *asked = wh_arena_array(arena, count, sizeof(*asked));
    if (asked == NULL)
        return wh_error_no_memory(err, count * sizeof(*asked));
    for (size_t i = 0; i < count; i++) {
        asked[i].typed = typed[i];
        WH_TRY(wh_key_parse(item, typed[i], arena, &asked[i].key, err));
    }
    qsort(asked, count, sizeof(*asked), compare_asked);
    return take_each_once(asked, count, arena, ret, err);
}

void wh_asked_note(struct wh_asked_keys *asked, const struct wh_item_batch *batch)
{
    for (size_t i = 0; i < batch->item_count && asked->count > 0; i++) {
        uint16_t row = batch->items[i].row;
        if (row == WH_NO_ROW || batch->keys[row].ptr == NULL)
            continue;
        const struct wh_str *key = bsearch(&batch->keys[row], asked->keys, asked->count,
                                           sizeof(*asked->keys), wh_str_order);
        if (key != NULL)
            asked->are_found[key - asked->keys] = true;
    }
}

wh_code wh_asked_missing(const struct wh_asked_keys *asked, struct wh_arena *arena,
                         struct wh_str **ret, size_t *ret_count, struct wh_error *err)
{
    *ret_count = 0;
    *ret = wh_arena_array(arena, WH_MAX(asked->count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, asked->count * sizeof(**ret));
    for (size_t i = 0; i < asked->count; i++)
        if (!asked->are_found[i])
            (*ret)[(*ret_count)++] = asked->typed[i];
    return WH_OK;
}
