/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/wanted.h"

#include <stdlib.h>

#include "base/error.h"

/* A row that a scan passes over costs about a quarter of one that is looked up. */
#define SCAN_SPREAD 4

static int compare(const void *a, const void *b)
{
    const struct wh_wanted *left = a;
    const struct wh_wanted *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

wh_code wh_wanted_list_make(const struct wh_column *keys, const struct wh_selection *selection,
                            struct wh_arena *arena, struct wh_wanted_list *ret,
                            struct wh_error *err)
{
    struct wh_wanted *items = wh_arena_array(arena, selection->count, sizeof(*items));
    if (items == NULL)
        return wh_error_no_memory(err, selection->count * sizeof(*items));
    size_t count = 0;
    bool is_sorted = true;
    for (size_t i = 0; i < selection->count; i++) {
        uint16_t row = selection->rows[i];
        if (wh_column_is_null(keys, row))
            continue;
        items[count] = (struct wh_wanted){.number = keys->values.ints[row], .row = row};
        is_sorted = is_sorted && (count == 0 || items[count - 1].number <= items[count].number);
        count++;
    }
    if (!is_sorted)
        qsort(items, count, sizeof(*items), compare);
    *ret = (struct wh_wanted_list){.items = items, .count = count};
    return WH_OK;
}

bool wh_wanted_list_is_dense(const struct wh_wanted_list *list)
{
    uint64_t span = (uint64_t)list->items[list->count - 1].number - (uint64_t)list->items[0].number;
    return span / SCAN_SPREAD < list->count;
}
