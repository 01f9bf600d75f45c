/* SPDX-License-Identifier: Apache-2.0 */
/** The name of the file as a column behind those of its format. */
#include "base/error.h"
#include "connect/file/source.h"

wh_code wh_file_describe_name(struct wh_file_source *source, struct wh_error *err)
{
    struct wh_str name = source->options.file_column;
    if (name.len == 0)
        return WH_OK;
    size_t count = source->column_count;
    struct wh_column_info *columns = wh_arena_array(&source->arena, count + 1, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, (count + 1) * sizeof(*columns));
    for (size_t i = 0; i < count; i++) {
        if (wh_str_equal(source->columns[i].name, name))
            return wh_error_set(err, WH_INVALID,
                                "'%.*s' has a column '%.*s' already; state another 'file_column'",
                                WH_FMT(source->files[0].name), WH_FMT(name));
        columns[i] = source->columns[i];
    }
    columns[count] = wh_format_text_column(name);
    source->columns = columns;
    source->column_count = count + 1;
    return WH_OK;
}

wh_code wh_file_add_name(const struct wh_file_source *source, size_t file, struct wh_batch *batch,
                         struct wh_error *err)
{
    if (source->options.file_column.len == 0)
        return WH_OK;
    size_t count = batch->column_count;
    struct wh_column *columns = wh_arena_array(&batch->arena, count + 1, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, (count + 1) * sizeof(*columns));
    if (count > 0)
        memcpy(columns, batch->columns, count * sizeof(*columns));
    struct wh_str name;
    WH_TRY(wh_arena_copy(&batch->arena, source->files[file].name, &name, err));
    struct wh_type text = {.kind = WH_KIND_TEXT};
    WH_TRY(wh_column_init(&columns[count], text, WH_MAX(batch->row_count, (size_t)1), &batch->arena,
                          err));
    for (size_t row = 0; row < batch->row_count; row++)
        columns[count].values.texts[row] = name;
    batch->columns = columns;
    batch->column_count = count + 1;
    return WH_OK;
}
