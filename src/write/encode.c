/* SPDX-License-Identifier: Apache-2.0 */
#include "write/encode.h"

#include <string.h>

#include "base/error.h"
#include "data/hash.h"
#include "write/images.h"

bool wh_group_row_stays(const struct wh_group_batch *batch, uint16_t row)
{
    bool is_left =
        batch->statuses[row] == WH_STATUS_FAILED || batch->statuses[row] == WH_STATUS_SKIPPED;
    /* Rows that a rule left out were not looked for, and may stand behind the last that was. */
    return is_left && batch->items.rules.fates[row] == WH_ROW_LIVE && batch->before != NULL &&
           batch->found.columns != NULL && batch->found.is_there[row] != WH_FOUND_NOTHING;
}

/* Which images an item leaves in the segment. */
static uint8_t item_images(const struct wh_group_batch *batch, uint16_t row)
{
    if (row == WH_NO_ROW)
        return 0;
    switch ((enum wh_item_status)batch->statuses[row]) {
    case WH_STATUS_INSERTED:
        return WH_IMAGE_SOURCE | WH_IMAGE_AFTER;
    case WH_STATUS_FAILED:
        return WH_IMAGE_SOURCE | WH_IMAGE_AFTER |
               (wh_group_row_stays(batch, row) ? WH_IMAGE_BEFORE : 0);
    case WH_STATUS_UPDATED:
        return WH_IMAGE_SOURCE | WH_IMAGE_BEFORE | WH_IMAGE_AFTER;
    case WH_STATUS_UNCHANGED:
        /* An earlier segment has its images, unless the row is new to wherry. */
        return batch->is_known[row] ? 0 : WH_IMAGE_SOURCE | WH_IMAGE_AFTER;
    case WH_STATUS_SKIPPED:
        return WH_IMAGE_SOURCE |
               (wh_group_row_stays(batch, row) ? WH_IMAGE_BEFORE | WH_IMAGE_AFTER : 0);
    case WH_STATUS_REJECTED:
        return WH_IMAGE_SOURCE;
    case WH_STATUS_DELETED:
    case WH_STATUS_MISSING:
        return 0;
    }
    return 0;
}

static uint8_t logged_images(const struct wh_writing *writing, const struct wh_group_batch *batch,
                             uint16_t row)
{
    return writing->schema.has_images ? item_images(batch, row) : 0;
}

/* ---- redaction ------------------------------------------------------------------------------- */

/* Stands for a value that may not reach the ledger: equal values of one run have equal marks. */
static wh_code redacted_text(const struct wh_writing *writing, struct wh_str value,
                             struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    uint64_t hash = wh_hash_bytes(value, writing->options.redaction_seed);
    return wh_arena_format(arena, ret, err, "redacted:%016llx", (unsigned long long)hash);
}

/* Columns of one kind of image. */
struct image_columns {
    enum wh_image image;
    const struct wh_column *columns; /* NULL: there is no such image */
    size_t count;
};

/* Rows without this image hold anything, so that they are not looked at. */
static wh_code redact_column(struct wh_writing *writing, const struct wh_group_batch *batch,
                             enum wh_image image, struct wh_column *column, struct wh_error *err)
{
    struct wh_arena *arena = &writing->images;
    size_t rows = WH_MAX(batch->items.source.row_count, 1);
    struct wh_column marks;
    WH_TRY(wh_column_init(&marks, column->type, rows, arena, err));
    marks.validity = column->validity;
    for (size_t i = 0; i < batch->items.item_count; i++) {
        uint16_t row = batch->items.items[i].row;
        if ((item_images(batch, row) & image) == 0 || wh_column_is_null(column, row))
            continue;
        WH_TRY(redacted_text(writing, column->values.texts[row], arena, &marks.values.texts[row],
                             err));
    }
    *column = marks;
    return WH_OK;
}

/* Columns for the segment: the given ones, but marks in the place of redacted values. */
static wh_code hide_redacted(struct wh_writing *writing, const struct wh_group_batch *batch,
                             const struct image_columns *image, const struct wh_column **ret,
                             struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    struct wh_arena *arena = &writing->images;
    *ret = image->columns;
    if (image->columns == NULL || item->definition->redact_count == 0)
        return WH_OK;
    struct wh_column *hidden = wh_arena_array(arena, WH_MAX(image->count, 1), sizeof(*hidden));
    if (hidden == NULL)
        return wh_error_no_memory(err, image->count * sizeof(*hidden));
    memcpy(hidden, image->columns, image->count * sizeof(*hidden));
    for (size_t i = 0; i < image->count; i++) {
        bool is_redacted = image->image == WH_IMAGE_SOURCE ? item->redacted_sources[i]
                                                           : item->targets[i].is_redacted;
        /* A target that no row of the batch came to has no values at all. */
        if (is_redacted && hidden[i].values.any != NULL)
            WH_TRY(redact_column(writing, batch, image->image, &hidden[i], err));
    }
    *ret = hidden;
    return WH_OK;
}

/* ---- the segment ----------------------------------------------------------------------------- */

/* What the encoder is given by item. */
struct item_arrays {
    uint8_t *statuses;
    uint8_t *images;
    uint16_t *rows;
    struct wh_str *keys;
    struct wh_position *positions;
};

static wh_code make_item_arrays(struct wh_writing *writing, const struct wh_group_batch *batch,
                                size_t first, size_t end, struct item_arrays *ret,
                                struct wh_error *err)
{
    struct wh_arena *arena = &writing->images;
    size_t count = end - first;
    *ret = (struct item_arrays){
        .statuses = wh_arena_array(arena, count, 1),
        .images = wh_arena_array(arena, count, 1),
        .rows = wh_arena_array(arena, count, sizeof(uint16_t)),
        .keys = wh_arena_array(arena, count, sizeof(struct wh_str)),
        .positions = wh_arena_array(arena, count, sizeof(struct wh_position)),
    };
    if (ret->statuses == NULL || ret->images == NULL || ret->rows == NULL || ret->keys == NULL ||
        ret->positions == NULL)
        return wh_error_no_memory(err, count * sizeof(struct wh_position));
    for (size_t i = 0; i < count; i++) {
        uint16_t row = batch->items.items[first + i].row;
        ret->statuses[i] = (uint8_t)wh_group_item_status(batch, first + i);
        ret->images[i] = logged_images(writing, batch, row);
        ret->rows[i] = row;
        ret->keys[i] = row == WH_NO_ROW ? WH_STR_NONE : batch->items.keys[row];
        ret->positions[i] = *wh_item_position(&batch->items, first + i);
    }
    return WH_OK;
}

static wh_code encode_batch(struct wh_writing *writing, struct wh_group_batch *batch, size_t first,
                            size_t end, struct wh_error *err)
{
    struct item_arrays arrays;
    WH_TRY(wh_images_print(writing, batch, err));
    WH_TRY(make_item_arrays(writing, batch, first, end, &arrays, err));
    struct wh_segment_rows rows = {
        .count = end - first,
        .statuses = arrays.statuses,
        .images = arrays.images,
        .rows = arrays.rows,
        .keys = arrays.keys,
        .positions = arrays.positions,
        .match_hashes = batch->items.match_hashes,
        .source_hashes = batch->items.source_hashes,
        .after_hashes = writing->after_hashes,
        .touched = batch->items.touched,
    };
    size_t targets = writing->schema.target_count;
    struct image_columns source = {WH_IMAGE_SOURCE, batch->items.source_texts,
                                   writing->schema.source_count};
    struct image_columns after = {WH_IMAGE_AFTER, batch->items.texts, targets};
    struct image_columns before = {WH_IMAGE_BEFORE, batch->before, targets};
    WH_TRY(hide_redacted(writing, batch, &source, &rows.source, err));
    WH_TRY(hide_redacted(writing, batch, &after, &rows.after, err));
    WH_TRY(hide_redacted(writing, batch, &before, &rows.before, err));
    WH_TRY(wh_segment_encoder_add(writing->encoder, &rows, err));
    wh_images_forget(writing, batch);
    return WH_OK;
}

wh_code wh_encode_part(struct wh_writing *writing, struct wh_group *group,
                       const struct wh_group_part *part, struct wh_error *err)
{
    wh_segment_encoder_reset(writing->encoder);
    for (size_t i = 0; i < group->batch_count; i++) {
        size_t first;
        size_t end;
        wh_part_of_batch(group->batches[i], part, &first, &end);
        if (first < end)
            WH_TRY(encode_batch(writing, group->batches[i], first, end, err));
    }
    return wh_segment_encoder_finish(writing->encoder, &writing->segment, err);
}

/* False where an item leaves other images now than it did. */
static bool change_statuses(const struct wh_writing *writing, const struct wh_group *group)
{
    bool is_same = true;
    size_t ordinal = 0;
    for (size_t i = 0; i < group->batch_count; i++) {
        const struct wh_group_batch *batch = group->batches[i];
        for (size_t item = 0; item < batch->items.item_count; item++) {
            uint8_t images = logged_images(writing, batch, batch->items.items[item].row);
            uint8_t status = (uint8_t)wh_group_item_status(batch, item);
            is_same &= wh_segment_encoder_change(writing->encoder, ordinal++, status, images);
        }
    }
    return is_same;
}

wh_code wh_encode_statuses(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    struct wh_group_part all = {.first = 0, .end = group->item_count};
    if (!change_statuses(writing, group))
        return wh_encode_part(writing, group, &all, err);
    return wh_segment_encoder_finish_changes(writing->encoder, &writing->segment, err);
}
