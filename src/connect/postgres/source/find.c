/* SPDX-License-Identifier: Apache-2.0 */
/* Records by their keys. */
#include "base/error.h"
#include "connect/postgres/source/chunk.h"
#include "connect/postgres/wire.h"
#include "data/text.h"

/** True where the server finds just the rows whose value has this very text. */
static bool is_found(const struct wh_postgres_source *source, size_t column, struct wh_str text)
{
    const struct wh_postgres_column *kind = &source->kinds[column];
    int64_t number;
    if (!kind->is_readable)
        return false;
    if (kind->reading.type.kind == WH_KIND_INT)
        return wh_int_parse(text, &number) == WH_FAULT_NONE;
    if (kind->reading.form == WH_FORM_UUID)
        return wh_postgres_uuid_is_canonical(text);
    return (kind->type.oid == WH_OID_TEXT || kind->type.oid == WH_OID_VARCHAR) &&
           wh_postgres_source_takes(source, text);
}

/** The key's part for a column; ptr NULL: none. */
static struct wh_str part_of(const struct wh_sought_keys *keys, size_t index, size_t column)
{
    for (size_t i = 0; i < keys->column_count; i++)
        if (keys->columns[i] == column)
            return keys->values[index * keys->column_count + i];
    return WH_STR_NONE;
}

/** As many of the order's first columns as the key has values for,
 *  by which an index leads to its row. */
static void seek_by_index(const struct wh_postgres_source *source,
                          const struct wh_sought_keys *keys, size_t index,
                          struct wh_postgres_chunk *chunk)
{
    size_t most = WH_MIN(source->info.order_count, (size_t)WH_POSTGRES_KEY_COLUMNS);
    for (size_t i = 0; i < most; i++) {
        size_t column = source->info.order[i];
        struct wh_str part = part_of(keys, index, column);
        if (part.ptr == NULL || !is_found(source, column, part))
            return;
        chunk->same[chunk->same_count++] = part;
    }
}

wh_code wh_postgres_source_find(struct wh_source *opened, const struct wh_sought_keys *keys,
                                struct wh_arena *arena, struct wh_chunk_list *ret, bool *ret_found,
                                struct wh_error *err)
{
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    *ret = (struct wh_chunk_list){.count = 0};
    *ret_found = false;
    if ((source->order != WH_POSTGRES_BY_NUMBER && source->order != WH_POSTGRES_BY_KEY) ||
        keys->count > WH_POSTGRES_MAX_CHUNKS)
        return WH_OK;
    for (size_t i = 0; i < keys->count; i++) {
        struct wh_postgres_chunk chunk = {.ordinal = i};
        struct wh_chunk_spec *spec;
        seek_by_index(source, keys, i, &chunk);
        /* A part of the key only would find rows of other keys, too, and those once for each. */
        if (chunk.same_count < source->info.order_count || chunk.same_count < keys->column_count)
            return WH_OK;
        WH_TRY(wh_chunk_list_add(ret, arena, &spec, err));
        spec->records = UINT64_MAX;
        spec->expected = 1;
        WH_TRY(wh_postgres_chunk_print(source, &chunk, arena, &spec->text, err));
    }
    *ret_found = true;
    return WH_OK;
}
