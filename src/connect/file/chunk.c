/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/error.h"
#include "connect/file/source.h"

wh_code wh_file_chunk_print(const struct wh_file_source *source, const struct wh_file_chunk *chunk,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    return wh_arena_format(arena, ret, err, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %.*s",
                           chunk->start, chunk->end, chunk->line,
                           WH_FMT(source->files[chunk->file].name));
}

static int compare_name(const void *key, const void *item)
{
    return wh_str_compare(*(const struct wh_str *)key, ((const struct wh_source_file *)item)->name);
}

/* Files stand in the order of their names. */
static bool find_file(const struct wh_file_source *source, struct wh_str name, size_t *ret)
{
    const struct wh_source_file *found =
        bsearch(&name, source->files, source->file_count, sizeof(*source->files), compare_name);
    if (found != NULL)
        *ret = (size_t)(found - source->files);
    return found != NULL;
}

wh_code wh_file_chunk_parse(const struct wh_file_source *source, struct wh_str text,
                            struct wh_file_chunk *ret, struct wh_error *err)
{
    struct wh_str rest = text;
    uint64_t *numbers[] = {&ret->start, &ret->end, &ret->line};
    for (size_t i = 0; i < WH_COUNT_OF(numbers); i++) {
        if (wh_count_parse(wh_str_split(&rest, ' '), numbers[i], err) != WH_OK)
            return wh_error_prefix(err, WH_CORRUPT, "chunk '%.*s'", WH_FMT(text));
    }
    if (!find_file(source, rest, &ret->file))
        return wh_error_set(err, WH_CORRUPT, "chunk '%.*s': the source has no such file",
                            WH_FMT(text));
    const struct wh_source_file *file = &source->files[ret->file];
    if (ret->start < file->data_start || ret->start > ret->end || ret->end > file->data_end)
        return wh_error_set(err, WH_CORRUPT, "chunk '%.*s' is not inside its file", WH_FMT(text));
    return WH_OK;
}
