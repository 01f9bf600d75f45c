/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/arrays.h"

#include "base/error.h"
#include "connect/postgres/wire.h"

/* The server takes no longer message. */
#define MAX_BYTES ((size_t)1 << 30)

#define HEADER_SIZE 20

wh_code wh_postgres_arrays_init(struct wh_postgres_arrays *arrays, size_t capacity,
                                struct wh_arena *arena, struct wh_error *err)
{
    *arrays = (struct wh_postgres_arrays){.capacity = capacity};
    wh_buf_init(&arrays->bytes, MAX_BYTES);
    arrays->ends = wh_arena_array(arena, capacity, sizeof(*arrays->ends));
    arrays->values = wh_arena_array(arena, capacity, sizeof(*arrays->values));
    arrays->lengths = wh_arena_array(arena, capacity, sizeof(*arrays->lengths));
    arrays->formats = wh_arena_array(arena, capacity, sizeof(*arrays->formats));
    if (arrays->ends == NULL || arrays->values == NULL || arrays->lengths == NULL ||
        arrays->formats == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*arrays->values));
    return WH_OK;
}

void wh_postgres_arrays_release(struct wh_postgres_arrays *arrays)
{
    wh_buf_release(&arrays->bytes);
}

void wh_postgres_arrays_reset(struct wh_postgres_arrays *arrays)
{
    wh_buf_reset_huge(&arrays->bytes);
    arrays->count = 0;
}

/** One dimension that starts at 1; an array without elements has none. */
static char *put_header(const struct wh_postgres_array *array, char *at)
{
    bool may_hold_null = array->column->validity != NULL;
    at = wh_wire_put32(at, array->count > 0 ? 1 : 0);
    at = wh_wire_put32(at, may_hold_null ? 1 : 0);
    at = wh_wire_put32(at, array->type);
    if (array->count == 0)
        return at;
    at = wh_wire_put32(at, (uint32_t)array->count);
    return wh_wire_put32(at, 1);
}

wh_code wh_postgres_arrays_add(struct wh_postgres_arrays *arrays,
                               const struct wh_postgres_array *array, struct wh_error *err)
{
    struct wh_buf *bytes = &arrays->bytes;
    WH_ASSERT(arrays->count < arrays->capacity, err);
    WH_TRY(wh_buf_reserve(bytes, HEADER_SIZE, err));
    bytes->len = (size_t)(put_header(array, bytes->ptr + bytes->len) - bytes->ptr);
    for (size_t i = 0; i < array->count; i++) {
        size_t row = array->rows[i];
        WH_TRY(wh_buf_reserve(bytes, wh_postgres_field_size(array->form, array->column, row), err));
        char *end = wh_postgres_put_field(array->form, array->column, row, bytes->ptr + bytes->len);
        bytes->len = (size_t)(end - bytes->ptr);
    }
    arrays->ends[arrays->count++] = bytes->len;
    return WH_OK;
}

struct wh_postgres_params wh_postgres_arrays_params(struct wh_postgres_arrays *arrays)
{
    size_t start = 0;
    for (size_t i = 0; i < arrays->count; i++) {
        arrays->values[i] = arrays->bytes.ptr + start;
        arrays->lengths[i] = (int)(arrays->ends[i] - start);
        arrays->formats[i] = 1;
        start = arrays->ends[i];
    }
    return (struct wh_postgres_params){.values = arrays->values,
                                       .lengths = arrays->lengths,
                                       .formats = arrays->formats,
                                       .count = (int)arrays->count};
}
