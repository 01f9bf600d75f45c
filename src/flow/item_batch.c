/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/item_batch.h"

#include "base/error.h"
#include "data/text.h"

/* A value has a place of 16 bytes as it was read; one of a target has others as it is mapped, as
 * its text, as it is there and as that one's text. */
enum { PLACE = 16, TARGET_PLACES = 4, ROW_BYTES = 128 };

/* A text of the source is in memory as it was read, in the segment, and on its way out. */
enum { TEXTS = 3 };

/* Smaller batches cost more than they save. */
enum { LEAST_ROWS = 64, LEAST_BYTES = 64 << 10 };

void wh_item_batch_init(struct wh_item_batch *batch)
{
    *batch = (struct wh_item_batch){.read = 0};
    wh_batch_init(&batch->source);
}

void wh_item_batch_release(struct wh_item_batch *batch)
{
    if (batch != NULL)
        wh_batch_release(&batch->source);
}

void wh_item_batch_reset(struct wh_item_batch *batch)
{
    struct wh_batch source = batch->source;
    wh_batch_reset(&source);
    *batch = (struct wh_item_batch){.source = source};
}

void wh_item_batch_limit(struct wh_item_batch *batch, const struct wh_item_plan *item,
                         size_t memory)
{
    size_t places = item->source_table.column_count + item->target_count * TARGET_PLACES;
    size_t rows = memory / 2 / (places * PLACE + ROW_BYTES);
    size_t bytes = memory / 2 / (TEXTS + 1);
    if (memory == 0)
        return;
    batch->source.most_rows = WH_MIN(WH_MAX(rows, (size_t)LEAST_ROWS), (size_t)WH_BATCH_ROWS);
    batch->source.most_bytes = WH_MIN(WH_MAX(bytes, (size_t)LEAST_BYTES), (size_t)WH_BATCH_BYTES);
}

size_t wh_item_batch_memory(const struct wh_item_batch *batch)
{
    return wh_arena_in_use(&batch->source.arena) + (size_t)batch->source.size * TEXTS;
}

/* The columns that rules may replace: copies of the structs, sharing the values. */
static wh_code copy_columns(struct wh_item_batch *batch, struct wh_column **ret,
                            struct wh_error *err)
{
    const struct wh_batch *source = &batch->source;
    size_t count = source->column_count;
    struct wh_column *columns =
        wh_arena_array(&batch->source.arena, WH_MAX(count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    for (size_t i = 0; i < count; i++)
        columns[i] = source->columns[i];
    *ret = columns;
    return WH_OK;
}

static wh_code prepare_touched(struct wh_item_batch *batch, size_t rules, struct wh_error *err)
{
    struct wh_arena *arena = &batch->source.arena;
    size_t rows = WH_MAX(batch->source.row_count, 1);
    batch->touched = wh_arena_array(arena, WH_MAX(rules, 1), sizeof(*batch->touched));
    if (batch->touched == NULL)
        return wh_error_no_memory(err, rules * sizeof(*batch->touched));
    for (size_t i = 0; i < rules; i++) {
        batch->touched[i] = wh_arena_array(arena, rows, 1);
        if (batch->touched[i] == NULL)
            return wh_error_no_memory(err, rows);
    }
    return WH_OK;
}

wh_code wh_item_batch_prepare(struct wh_item_batch *batch, const struct wh_item_plan *item,
                              struct wh_error *err)
{
    struct wh_arena *arena = &batch->source.arena;
    size_t rows = WH_MAX(batch->source.row_count, 1);
    size_t targets = WH_MAX(item->target_count, 1);
    struct wh_column *columns = NULL;
    WH_TRY(copy_columns(batch, &columns, err));
    WH_TRY(wh_rule_batch_init(&batch->rules, columns, batch->source.column_count,
                              batch->source.row_count, arena, err));
    WH_TRY(prepare_touched(batch, item->definition->clean_count + item->definition->expect_count,
                           err));
    batch->target_count = item->target_count;
    batch->targets = wh_arena_array(arena, targets, sizeof(*batch->targets));
    batch->texts = wh_arena_array(arena, targets, sizeof(*batch->texts));
    batch->keys = wh_arena_array(arena, rows, sizeof(*batch->keys));
    batch->match_hashes = wh_arena_array(arena, rows, sizeof(*batch->match_hashes));
    batch->source_hashes = wh_arena_array(arena, rows, sizeof(*batch->source_hashes));
    if (batch->targets == NULL || batch->texts == NULL || batch->keys == NULL ||
        batch->match_hashes == NULL || batch->source_hashes == NULL)
        return wh_error_no_memory(err, rows * sizeof(*batch->keys));
    return WH_OK;
}

wh_code wh_item_batch_list(struct wh_item_batch *batch, struct wh_error *err)
{
    size_t most = batch->source.row_count + batch->source.bad_count;
    batch->items = wh_arena_array(&batch->source.arena, WH_MAX(most, 1), sizeof(*batch->items));
    if (batch->items == NULL)
        return wh_error_no_memory(err, most * sizeof(*batch->items));
    size_t bad = 0;
    batch->item_count = 0;
    for (size_t row = 0; row <= batch->source.row_count; row++) {
        while (bad < batch->source.bad_count && batch->source.bad[bad].before_row <= row)
            batch->items[batch->item_count++] =
                (struct wh_batch_item){.row = WH_NO_ROW, .bad = (uint16_t)bad++};
        if (row < batch->source.row_count && batch->rules.fates[row] != WH_ROW_UNASKED)
            batch->items[batch->item_count++] = (struct wh_batch_item){.row = (uint16_t)row};
    }
    batch->read = batch->item_count;
    return WH_OK;
}

/* Only floats of another size print in another way. */
static bool is_same_column(const struct wh_column *a, const struct wh_column *b)
{
    return a->values.any == b->values.any && a->validity == b->validity &&
           a->type.kind == b->type.kind &&
           (a->type.kind != WH_KIND_FLOAT || a->type.bits == b->type.bits);
}

/* The texts of a target that is a column as it was read, once that was printed; NULL otherwise. */
static const struct wh_column *find_printed(const struct wh_item_batch *batch,
                                            const struct wh_column *target)
{
    const struct wh_batch *source = &batch->source;
    for (size_t i = 0; batch->source_texts != NULL && i < source->column_count; i++)
        if (is_same_column(&source->columns[i], target))
            return &batch->source_texts[i];
    return NULL;
}

wh_code wh_item_batch_print(struct wh_item_batch *batch, size_t target,
                            const struct wh_selection *rows, struct wh_arena *arena,
                            struct wh_error *err)
{
    size_t row_count = batch->rules.row_count;
    struct wh_column *texts = &batch->texts[target];
    if (texts->values.any != NULL)
        return WH_OK;
    const struct wh_column *printed = find_printed(batch, &batch->targets[target]);
    if (printed != NULL) {
        *texts = *printed;
        texts->type = (struct wh_type){.kind = WH_KIND_TEXT};
        return WH_OK;
    }
    WH_TRY(wh_column_init(texts, (struct wh_type){.kind = WH_KIND_TEXT}, row_count, arena, err));
    return wh_column_print(&batch->targets[target], rows, row_count, arena, texts, err);
}

/* The texts of a target that is the column as it was read, where those of all rows were printed, as
 * they are for a key; NULL otherwise. */
static const struct wh_column *find_target_texts(const struct wh_item_batch *batch, size_t column)
{
    bool all = batch->rules.live.count == batch->source.row_count;
    for (size_t i = 0; all && i < batch->target_count; i++)
        if (batch->texts[i].values.any != NULL &&
            is_same_column(&batch->source.columns[column], &batch->targets[i]))
            return &batch->texts[i];
    return NULL;
}

/* True where a column's texts are there: its own, those that the reader had, or a target's. */
static bool has_texts(const struct wh_item_batch *batch, size_t column, struct wh_column *texts)
{
    const struct wh_batch *source = &batch->source;
    const struct wh_column *values = &source->columns[column];
    *texts = *values;
    if (values->type.kind == WH_KIND_TEXT)
        return true;
    if (source->texts != NULL && source->texts[column].values.any != NULL) {
        *texts = source->texts[column];
        texts->validity = values->validity;
        return true;
    }
    const struct wh_column *printed = find_target_texts(batch, column);
    if (printed != NULL)
        *texts = *printed;
    return printed != NULL;
}

wh_code wh_item_batch_print_sources(struct wh_item_batch *batch, struct wh_error *err)
{
    struct wh_batch *source = &batch->source;
    size_t count = source->column_count;
    if (batch->source_texts != NULL)
        return WH_OK;
    struct wh_column *texts = wh_arena_array(&source->arena, WH_MAX(count, 1), sizeof(*texts));
    if (texts == NULL)
        return wh_error_no_memory(err, count * sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        if (has_texts(batch, i, &texts[i]))
            continue;
        WH_TRY(wh_column_init(&texts[i], (struct wh_type){.kind = WH_KIND_TEXT},
                              WH_MAX(source->row_count, 1), &source->arena, err));
        WH_TRY(wh_column_print(&source->columns[i], NULL, source->row_count, &source->arena,
                               &texts[i], err));
    }
    batch->source_texts = texts;
    return WH_OK;
}

const struct wh_position *wh_item_position(const struct wh_item_batch *batch, size_t item)
{
    const struct wh_batch_item *at = &batch->items[item];
    return at->row == WH_NO_ROW ? &batch->source.bad[at->bad].position
                                : &batch->source.positions[at->row];
}

const struct wh_row_reason *wh_item_batch_reason(const struct wh_item_batch *batch, size_t row)
{
    uint8_t fate = batch->rules.fates[row];
    if (fate != WH_ROW_SKIPPED && fate != WH_ROW_REJECTED)
        return NULL;
    return &batch->rules.reasons.items[batch->rules.reasons.by_row[row]];
}
