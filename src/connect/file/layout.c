/* SPDX-License-Identifier: Apache-2.0 */
/** The layout file that an option names: read whole, for formats do no I/O. */
#include "base/error.h"
#include "connect/file/source.h"

#define MAX_LAYOUT ((size_t)4 << 20)

static wh_code read_layout(struct wh_file_source *source, const struct wh_file *file,
                           struct wh_error *err)
{
    if (file->stamp.size > MAX_LAYOUT)
        return wh_error_set(err, WH_LIMIT, "the layout file '%s' is larger than 4 MiB", file->path);
    size_t size = (size_t)file->stamp.size;
    char *bytes = wh_arena_bytes(&source->arena, size);
    if (bytes == NULL)
        return wh_error_no_memory(err, size);
    size_t got;
    WH_TRY(wh_file_read_at(file, 0, bytes, size, &got, err));
    source->options.layout_text = wh_str_make(bytes, got);
    return wh_file_expect(file, file->stamp, err);
}

wh_code wh_file_source_read_layout(struct wh_file_source *source, struct wh_str base_folder,
                                   struct wh_error *err)
{
    if (source->options.layout.ptr == NULL)
        return WH_OK;
    struct wh_str path;
    WH_TRY(wh_path_join(base_folder, source->options.layout, &source->arena, &path, err));
    WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
    wh_code rc = wh_file_open(&file, path.ptr, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "option 'layout'");
    return read_layout(source, &file, err);
}
