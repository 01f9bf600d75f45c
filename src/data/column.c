/* SPDX-License-Identifier: Apache-2.0 */
#include "data/column.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/large.h"
#include "base/size.h"

/* Enough for the arrays of a batch of a few dozen columns. */
enum { KEPT_BYTES = 8 << 20, FIRST_CAPACITY = 16 };

static int compare_rows(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

void wh_selection_sort(struct wh_selection *selection)
{
    qsort(selection->rows, selection->count, sizeof(*selection->rows), compare_rows);
}

wh_code wh_column_init(struct wh_column *column, struct wh_type type, size_t rows,
                       struct wh_arena *arena, struct wh_error *err)
{
    *column = (struct wh_column){.type = type};
    size_t size;
    if (!wh_size_mul(rows, wh_kind_size(type.kind), &size))
        return wh_error_no_memory(err, SIZE_MAX);
    column->values.any = wh_arena_alloc(arena, size);
    if (column->values.any == NULL)
        return wh_error_no_memory(err, size);
    return WH_OK;
}

wh_code wh_column_need_validity(struct wh_column *column, struct wh_arena *arena,
                                struct wh_error *err)
{
    return wh_column_need_long_validity(column, WH_BATCH_ROWS, arena, err);
}

wh_code wh_column_need_long_validity(struct wh_column *column, size_t rows, struct wh_arena *arena,
                                     struct wh_error *err)
{
    if (column->validity != NULL)
        return WH_OK;
    size_t size = (rows / 64 + 1) * sizeof(*column->validity);
    column->validity = wh_arena_alloc(arena, size);
    if (column->validity == NULL)
        return wh_error_no_memory(err, size);
    memset(column->validity, 0xFF, size);
    return WH_OK;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

struct wh_input {
    atomic_size_t references;
    size_t capacity;
    char bytes[];
};

struct wh_input *wh_input_new(size_t capacity)
{
    size_t size;
    if (!wh_size_add(capacity, sizeof(struct wh_input), &size))
        return NULL;
    struct wh_input *input = wh_large_alloc(size);
    if (input == NULL)
        return NULL;
    atomic_init(&input->references, 1);
    input->capacity = capacity;
    return input;
}

char *wh_input_bytes(struct wh_input *input)
{
    return input->bytes;
}

size_t wh_input_capacity(const struct wh_input *input)
{
    return input->capacity;
}

struct wh_input *wh_input_hold(struct wh_input *input)
{
    atomic_fetch_add_explicit(&input->references, 1, memory_order_relaxed);
    return input;
}

void wh_input_free(struct wh_input *input)
{
    if (input != NULL &&
        atomic_fetch_sub_explicit(&input->references, 1, memory_order_acq_rel) == 1)
        free(input);
}

/* ---- batches --------------------------------------------------------------------------------- */

void wh_batch_init(struct wh_batch *batch)
{
    *batch = (struct wh_batch){.most_rows = WH_BATCH_ROWS, .most_bytes = WH_BATCH_BYTES};
    wh_arena_init(&batch->arena);
}

static void give_inputs_back(struct wh_batch *batch)
{
    for (size_t i = 0; i < batch->input_count; i++)
        wh_input_free(batch->inputs[i]);
    batch->input_count = 0;
}

void wh_batch_release(struct wh_batch *batch)
{
    if (batch == NULL)
        return;
    give_inputs_back(batch);
    free(batch->inputs);
    free(batch->bad);
    wh_arena_release(&batch->arena);
    wh_batch_init(batch);
}

void wh_batch_reset(struct wh_batch *batch)
{
    give_inputs_back(batch);
    wh_arena_reset(&batch->arena, KEPT_BYTES);
    *batch = (struct wh_batch){.arena = batch->arena,
                               .bad = batch->bad,
                               .bad_capacity = batch->bad_capacity,
                               .inputs = batch->inputs,
                               .input_capacity = batch->input_capacity,
                               .most_rows = batch->most_rows,
                               .most_bytes = batch->most_bytes};
}

wh_code wh_batch_open(struct wh_batch *batch, const struct wh_type *types, size_t column_count,
                      struct wh_error *err)
{
    batch->columns =
        wh_arena_array(&batch->arena, WH_MAX(column_count, 1), sizeof(*batch->columns));
    batch->positions = wh_arena_array(&batch->arena, batch->most_rows, sizeof(*batch->positions));
    if (batch->columns == NULL || batch->positions == NULL)
        return wh_error_no_memory(err, batch->most_rows * sizeof(*batch->positions));
    for (size_t i = 0; i < column_count; i++)
        WH_TRY(wh_column_init(&batch->columns[i], types[i], batch->most_rows, &batch->arena, err));
    batch->column_count = column_count;
    return WH_OK;
}

/* What of a value stands outside its column; counted as the batch's. */
static wh_code copy_apart(struct wh_batch *batch, struct wh_column *column, size_t row,
                          struct wh_error *err)
{
    if (column->type.kind == WH_KIND_TEXT || column->type.kind == WH_KIND_BYTES) {
        struct wh_str *text = &column->values.texts[row];
        batch->size += text->len;
        return wh_arena_copy(&batch->arena, *text, text, err);
    }
    struct wh_numeric *number = &column->values.numerics[row];
    if (column->type.kind != WH_KIND_NUMERIC || number->form != WH_NUMERIC_BIG)
        return WH_OK;
    size_t size = number->value.big.limb_count * sizeof(*number->value.big.limbs);
    uint32_t *limbs = wh_arena_alloc(&batch->arena, size);
    if (limbs == NULL)
        return wh_error_no_memory(err, size);
    memcpy(limbs, number->value.big.limbs, size);
    number->value.big.limbs = limbs;
    return WH_OK;
}

static wh_code append_value(struct wh_batch *batch, size_t index, const struct wh_column *from,
                            size_t row, struct wh_error *err)
{
    struct wh_column *column = &batch->columns[index];
    size_t at = batch->row_count;
    size_t size = wh_kind_size(column->type.kind);
    if (wh_column_is_null(from, row)) {
        WH_TRY(wh_column_need_validity(column, &batch->arena, err));
        wh_column_set_null(column, at);
        return WH_OK;
    }
    batch->size += size;
    memcpy((char *)column->values.any + at * size, (const char *)from->values.any + row * size,
           size);
    return copy_apart(batch, column, at, err);
}

wh_code wh_batch_append_rows(struct wh_batch *batch, const struct wh_batch *from,
                             const struct wh_selection *rows, struct wh_error *err)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = rows->rows[i];
        for (size_t column = 0; column < batch->column_count; column++)
            WH_TRY(append_value(batch, column, &from->columns[column], row, err));
        batch->positions[batch->row_count++] = from->positions[row];
    }
    return WH_OK;
}

/* Room for one more element in a heap array that doubles. */
static wh_code need_room(void **array, size_t count, size_t *capacity, size_t size,
                         struct wh_error *err)
{
    if (count < *capacity)
        return WH_OK;
    size_t wanted = *capacity > 0 ? *capacity * 2 : FIRST_CAPACITY;
    void *grown = reallocarray(*array, wanted, size);
    if (grown == NULL)
        return wh_error_no_memory(err, wanted * size);
    *array = grown;
    *capacity = wanted;
    return WH_OK;
}

wh_code wh_batch_hold(struct wh_batch *batch, struct wh_input *input, struct wh_error *err)
{
    if (batch->input_count > 0 && batch->inputs[batch->input_count - 1] == input)
        return WH_OK;
    void *inputs = batch->inputs;
    WH_TRY(need_room(&inputs, batch->input_count, &batch->input_capacity, sizeof(*batch->inputs),
                     err));
    batch->inputs = inputs;
    batch->inputs[batch->input_count++] = wh_input_hold(input);
    return WH_OK;
}

wh_code wh_batch_add_bad(struct wh_batch *batch, const struct wh_bad_record *bad,
                         struct wh_error *err)
{
    void *records = batch->bad;
    WH_TRY(need_room(&records, batch->bad_count, &batch->bad_capacity, sizeof(*batch->bad), err));
    batch->bad = records;
    batch->bad[batch->bad_count++] = *bad;
    return WH_OK;
}
