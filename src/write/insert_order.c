/* SPDX-License-Identifier: Apache-2.0 */
#include "write/insert_order.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/large.h"
#include "write/group.h"

void wh_insert_order_release(struct wh_insert_order *order)
{
    free(order->rows);
    free(order->spare);
    *order = (struct wh_insert_order){.rows = NULL};
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
    wh_insert_order_release(order);
    order->rows = wh_large_array(count, sizeof(*order->rows));
    if (order->rows == NULL)
        return wh_error_no_memory(err, count * sizeof(*order->rows));
    order->capacity = count;
    return WH_OK;
}

/* ---- sorting by number ----------------------------------------------------------------------- */

/* The numbers as they are sorted: negative ones come first. */
static uint64_t sorted_form(const struct wh_insert_row *row)
{
    return (uint64_t)row->key.number ^ (UINT64_C(1) << 63);
}

/* Puts the rows into the order of one byte of their numbers,
 * and leaves those that have the same byte in theirs. */
static void sort_by_byte(struct wh_insert_order *order, unsigned shift)
{
    size_t ends[256] = {0};
    for (size_t i = 0; i < order->count; i++)
        ends[(uint8_t)(sorted_form(&order->rows[i]) >> shift)]++;
    for (size_t i = 1; i < WH_COUNT_OF(ends); i++)
        ends[i] += ends[i - 1];
    for (size_t i = order->count; i-- > 0;)
        order->spare[--ends[(uint8_t)(sorted_form(&order->rows[i]) >> shift)]] = order->rows[i];
    struct wh_insert_row *sorted = order->spare;
    order->spare = order->rows;
    order->rows = sorted;
}

/* From the lowest byte to the highest; of most keys the higher ones are all the same. */
static wh_code sort_by_number(struct wh_insert_order *order, struct wh_error *err)
{
    uint64_t differing = 0;
    if (order->spare == NULL)
        order->spare = wh_large_array(order->capacity, sizeof(*order->spare));
    if (order->spare == NULL)
        return wh_error_no_memory(err, order->capacity * sizeof(*order->spare));
    for (size_t i = 1; i < order->count; i++)
        differing |= sorted_form(&order->rows[i]) ^ sorted_form(&order->rows[0]);
    for (unsigned shift = 0; shift < 64; shift += 8)
        if ((uint8_t)(differing >> shift) != 0)
            sort_by_byte(order, shift);
    return WH_OK;
}

/* ---- the order ------------------------------------------------------------------------------- */

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
            ascends &= is_number ? added[-1].key.number < added->key.number
                                 : compare_texts(added - 1, added) < 0;
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
    order->in_order = 0;
    WH_TRY(need_room(order, group->item_count, err));
    for (size_t i = 0; i < group->batch_count; i++)
        ascends &= add_batch(group, i, target, is_number);
    if (ascends) {
        order->in_order = order->count;
        order->count = 0;
        return WH_OK;
    }
    if (is_number)
        return sort_by_number(order, err);
    qsort(order->rows, order->count, sizeof(*order->rows), compare_texts);
    return WH_OK;
}
