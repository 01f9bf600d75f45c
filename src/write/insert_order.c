/* SPDX-License-Identifier: Apache-2.0 */
#include "write/insert_order.h"

#include <stdlib.h>

#include "base/error.h"
#include "write/group.h"

void wh_insert_order_release(struct wh_insert_order *order)
{
    free(order->rows);
    *order = (struct wh_insert_order){.rows = NULL};
}

static int compare_numbers(const void *a, const void *b)
{
    const struct wh_insert_row *x = a;
    const struct wh_insert_row *y = b;
    return (x->key.number > y->key.number) - (x->key.number < y->key.number);
}

static int compare_texts(const void *a, const void *b)
{
    const struct wh_insert_row *x = a;
    const struct wh_insert_row *y = b;
    int order = wh_str_compare(x->key.text, y->key.text);
    if (order == 0)
        order = (x->batch > y->batch) - (x->batch < y->batch);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static wh_code need_room(struct wh_insert_order *order, size_t count, struct wh_error *err)
{
    if (count <= order->capacity)
        return WH_OK;
    struct wh_insert_row *grown = reallocarray(order->rows, count, sizeof(*grown));
    if (grown == NULL)
        return wh_error_no_memory(err, count * sizeof(*grown));
    order->rows = grown;
    order->capacity = count;
    return WH_OK;
}

/* Adds the rows of one batch; false where they do not come in ascending order. */
static bool add_batch(struct wh_group *group, size_t index, size_t target, bool is_number)
{
    struct wh_insert_order *order = &group->inserts;
    const struct wh_group_batch *batch = group->batches[index];
    const struct wh_selection *live = &batch->items.rules.live;
    bool ascends = true;
    for (size_t i = 0; i < live->count; i++) {
        uint16_t row = live->rows[i];
        if (batch->actions[row] != WH_ACTION_INSERT)
            continue;
        struct wh_insert_row *added = &order->rows[order->count];
        *added = (struct wh_insert_row){.batch = (uint32_t)index, .row = row};
        if (is_number)
            added->key.number = batch->items.targets[target].values.ints[row];
        else
            added->key.text = batch->items.texts[target].values.texts[row];
        if (order->count > 0)
            ascends &= (is_number ? compare_numbers(added - 1, added)
                                  : compare_texts(added - 1, added)) < 0;
        order->count++;
    }
    return ascends;
}

wh_code wh_insert_order_make(const struct wh_item_plan *item, struct wh_group *group,
                             struct wh_error *err)
{
    struct wh_insert_order *order = &group->inserts;
    size_t target = item->match[0];
    bool is_number = item->targets[target].type.kind == WH_KIND_INT;
    bool ascends = true;
    order->count = 0;
    WH_TRY(need_room(order, group->item_count, err));
    for (size_t i = 0; i < group->batch_count; i++)
        ascends &= add_batch(group, i, target, is_number);
    if (ascends)
        order->count = 0;
    else
        qsort(order->rows, order->count, sizeof(*order->rows),
              is_number ? compare_numbers : compare_texts);
    return WH_OK;
}
