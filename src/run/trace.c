/* SPDX-License-Identifier: Apache-2.0 */
#include "run/trace.h"

#include "write/log_group.h"

wh_code wh_trace_mapped(struct wh_item_run *item, struct wh_mapper *mapper,
                        struct wh_item_batch *batch, struct wh_error *err)
{
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].row != WH_NO_ROW)
            WH_TRY(wh_mapper_trace(mapper, batch, batch->items[i].row, &item->run->result->trace,
                                   err));
    return WH_OK;
}

/* "update: row found, and 2 columns differ" with the columns' values. */
static wh_code trace_changes(struct wh_item_run *item, struct wh_group_batch *batch, uint16_t row,
                             struct wh_error *err)
{
    struct wh_buf *out = &item->run->result->trace;
    if (batch->statuses[row] != WH_STATUS_UPDATED || batch->before == NULL)
        return WH_OK;
    for (size_t i = 0; i < item->item->target_count; i++) {
        const struct wh_column *before = &batch->before[i];
        const struct wh_column *after = &batch->items.texts[i];
        if (item->item->targets[i].insert_only)
            continue;
        WH_TRY(wh_item_batch_print(&batch->items, i, &batch->items.rules.live,
                                   batch->items.rules.arena, err));
        bool was_null = wh_column_is_null(before, row);
        bool is_null = wh_column_is_null(after, row);
        struct wh_str was = was_null ? WH_STR("null") : before->values.texts[row];
        struct wh_str is = is_null ? WH_STR("null") : after->values.texts[row];
        if (was_null == is_null && wh_str_equal(was, is))
            continue;
        if (item->item->targets[i].is_redacted)
            was = is = WH_STR("redacted");
        WH_TRY(wh_buf_printf(out, err, "  changes %.*s: %.*s -> %.*s\n",
                             WH_FMT(item->item->targets[i].name), WH_FMT(was), WH_FMT(is)));
    }
    return WH_OK;
}

wh_code wh_trace_written(struct wh_item_run *item, const struct wh_group *group,
                         struct wh_error *err)
{
    struct wh_buf *out = &item->run->result->trace;
    for (size_t i = 0; i < group->batch_count; i++) {
        struct wh_group_batch *batch = group->batches[i];
        for (size_t j = 0; j < batch->items.item_count; j++) {
            uint16_t row = batch->items.items[j].row;
            if (row == WH_NO_ROW)
                continue;
            const char *status = wh_item_status_name((enum wh_item_status)batch->statuses[row]);
            WH_TRY(
                wh_buf_printf(out, err, "item %.*s: %s\n", WH_FMT(batch->items.keys[row]), status));
            WH_TRY(trace_changes(item, batch, row, err));
            struct wh_str refusal = wh_group_refusal(item->item, batch, row);
            if (refusal.ptr != NULL)
                WH_TRY(wh_buf_printf(out, err, "  %.*s\n", WH_FMT(refusal)));
        }
    }
    return WH_OK;
}
