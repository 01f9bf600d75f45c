/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/source.h"

#include "base/error.h"
#include "connect/destination.h"
#include "format/options.h"

wh_code wh_source_keep_request(const struct wh_source_request *request, struct wh_arena *arena,
                               struct wh_destination_request *ret, struct wh_error *err)
{
    *ret = (struct wh_destination_request){
        .read_only = true, .budget = request->budget, .cancel = request->cancel};
    WH_TRY(wh_arena_copy(arena, request->url, &ret->url, err));
    return wh_arena_copy(arena, request->base_folder, &ret->base_folder, err);
}

wh_code wh_chunk_list_add(struct wh_chunk_list *list, struct wh_arena *arena,
                          struct wh_chunk_spec **ret, struct wh_error *err)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct wh_chunk_spec *specs = wh_arena_array(arena, capacity, sizeof(*specs));
        if (specs == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*specs));
        if (list->count > 0)
            memcpy(specs, list->specs, list->count * sizeof(*specs));
        list->specs = specs;
        list->capacity = capacity;
    }
    *ret = &list->specs[list->count++];
    **ret = (struct wh_chunk_spec){0};
    return WH_OK;
}

uint64_t wh_source_cell_limit(const struct wh_source_request *request)
{
    struct wh_format_options defaults;
    wh_format_options_init(&defaults);
    return request->format != NULL ? request->format->cell : defaults.cell;
}

size_t wh_source_batch_rows(const struct wh_source_request *request)
{
    return request->batch_rows > 0 ? WH_MIN(request->batch_rows, (size_t)WH_BATCH_ROWS)
                                   : WH_BATCH_ROWS;
}

wh_code wh_source_check_names(const struct wh_table_info *table, struct wh_error *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        struct wh_str name = table->columns[i].name;
        if (wh_table_find_column(table, name) != i)
            return wh_error_set(err, WH_INVALID,
                                "two of its columns are named '%.*s': give them names with AS",
                                WH_FMT(name));
    }
    return WH_OK;
}
