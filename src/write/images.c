/* SPDX-License-Identifier: Apache-2.0 */
#include "write/images.h"

#include "base/error.h"
#include "data/hash.h"
#include "data/numeric.h"

/* What the texts of some batches take: kept from one to the next. */
#define IMAGES_KEPT ((size_t)4 << 20)

/* Texts of which equal values have one: the destination need not keep the zeros of a number. */
static wh_code texts_to_hash(struct wh_writing *writing, const struct wh_group_batch *batch,
                             size_t target, const struct wh_column **ret, struct wh_error *err)
{
    struct wh_arena *arena = &writing->images;
    const struct wh_selection *live = &batch->items.rules.live;
    const struct wh_column *texts = &batch->items.texts[target];
    *ret = texts;
    if (batch->items.targets[target].type.kind != WH_KIND_NUMERIC)
        return WH_OK;
    struct wh_column *shortest = WH_ARENA_NEW(arena, struct wh_column);
    if (shortest == NULL)
        return wh_error_no_memory(err, sizeof(*shortest));
    WH_TRY(wh_column_init(shortest, texts->type, WH_MAX(batch->items.source.row_count, 1), arena,
                          err));
    shortest->validity = texts->validity;
    for (size_t i = 0; i < live->count; i++) {
        uint16_t row = live->rows[i];
        if (!wh_column_is_null(texts, row))
            shortest->values.texts[row] = wh_numeric_shortest(texts->values.texts[row]);
    }
    *ret = shortest;
    return WH_OK;
}

/* Hashes of the values that are compared, for segments without images. */
static wh_code hash_after(struct wh_writing *writing, const struct wh_group_batch *batch,
                          struct wh_error *err)
{
    struct wh_arena *arena = &writing->images;
    if (!writing->schema.has_hashes)
        return WH_OK;
    const struct wh_column **columns =
        wh_arena_array(arena, WH_MAX(writing->compared_count, 1), sizeof(*columns));
    writing->after_hashes = wh_arena_array(arena, WH_MAX(batch->items.source.row_count, 1),
                                           sizeof(*writing->after_hashes));
    if (columns == NULL || writing->after_hashes == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count * sizeof(uint64_t));
    for (size_t i = 0; i < writing->compared_count; i++)
        WH_TRY(texts_to_hash(writing, batch, writing->compared[i], &columns[i], err));
    wh_hash_rows(columns, writing->compared_count, &batch->items.rules.live, 0,
                 writing->after_hashes);
    return WH_OK;
}

bool wh_images_show_unchanged(const struct wh_writing *writing, const struct wh_group_batch *batch,
                              uint16_t row)
{
    return !batch->is_known[row] || writing->options.item->definition->log == WH_LOG_ROWS;
}

/* The rows whose after images are logged: most often none of those that are unchanged. */
static wh_code select_logged(struct wh_writing *writing, const struct wh_group_batch *batch,
                             struct wh_selection *ret, struct wh_error *err)
{
    const struct wh_selection *live = &batch->items.rules.live;
    bool all = writing->schema.has_hashes;
    ret->count = 0;
    ret->rows = wh_arena_array(&writing->images, WH_MAX(live->count, 1), sizeof(uint16_t));
    if (ret->rows == NULL)
        return wh_error_no_memory(err, live->count * sizeof(uint16_t));
    for (size_t i = 0; i < live->count; i++) {
        uint16_t row = live->rows[i];
        ret->rows[ret->count] = row;
        ret->count += all || batch->statuses[row] != WH_STATUS_UNCHANGED ||
                      wh_images_show_unchanged(writing, batch, row);
    }
    return WH_OK;
}

/* Texts of the image's own: others may be the source's, too, and are what a row has that is
 * inserted after all. */
static wh_code own_texts(struct wh_writing *writing, const struct wh_group_batch *batch,
                         struct wh_column *texts, struct wh_error *err)
{
    struct wh_arena *arena = &writing->images;
    size_t rows = batch->items.source.row_count;
    struct wh_column own;
    WH_TRY(wh_column_init(&own, texts->type, WH_MAX(rows, 1), arena, err));
    WH_TRY(wh_column_need_validity(&own, arena, err));
    for (size_t row = 0; row < rows; row++) {
        own.values.texts[row] = texts->values.texts[row];
        if (wh_column_is_null(texts, row))
            wh_column_set_null(&own, row);
    }
    *texts = own;
    return WH_OK;
}

/* True where the row was there, and what is set on insert only stays as it was. */
static bool keeps_values(const struct wh_writing *writing, const struct wh_group_batch *batch,
                         uint16_t row)
{
    return batch->statuses[row] == WH_STATUS_UPDATED ||
           (batch->statuses[row] == WH_STATUS_UNCHANGED &&
            wh_images_show_unchanged(writing, batch, row));
}

/* Rows that nobody looked at are not live, and have no image. */
static wh_code keep_insert_only(struct wh_writing *writing, struct wh_group_batch *batch,
                                struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    const struct wh_selection *live = &batch->items.rules.live;
    for (size_t i = 0; i < item->target_count && batch->before != NULL; i++) {
        struct wh_column *after = &batch->items.texts[i];
        if (!item->targets[i].insert_only || after->values.any == NULL)
            continue;
        WH_TRY(own_texts(writing, batch, after, err));
        for (size_t at = 0; at < live->count; at++) {
            uint16_t row = live->rows[at];
            if (!keeps_values(writing, batch, row))
                continue;
            after->values.texts[row] = batch->before[i].values.texts[row];
            if (wh_column_is_null(&batch->before[i], row))
                wh_column_set_null(after, row);
            else
                wh_column_set_valid(after, row);
        }
    }
    return WH_OK;
}

wh_code wh_images_print(struct wh_writing *writing, struct wh_group_batch *batch,
                        struct wh_error *err)
{
    struct wh_selection logged;
    writing->after_hashes = NULL;
    WH_TRY(select_logged(writing, batch, &logged, err));
    for (size_t i = 0; i < writing->options.item->target_count; i++) {
        writing->texts[i] = batch->items.texts[i];
        if (logged.count > 0 && batch->items.texts[i].values.any == NULL)
            WH_TRY(wh_item_batch_print(&batch->items, i, &logged, &writing->images, err));
    }
    WH_TRY(keep_insert_only(writing, batch, err));
    return hash_after(writing, batch, err);
}

void wh_images_forget(struct wh_writing *writing, struct wh_group_batch *batch)
{
    for (size_t i = 0; i < writing->options.item->target_count; i++)
        batch->items.texts[i] = writing->texts[i];
    writing->after_hashes = NULL;
    wh_arena_reset(&writing->images, IMAGES_KEPT);
}
