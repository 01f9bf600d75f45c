/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item type's name; a byte of flags; the fingerprint (8 bytes); then lists, each led by its
 * varint count: names of source columns, of targets, of rules, and the match targets' indexes.
 * Names have a varint length before them. What only the encoder needs (plain_sources) is left out.
 */
#include "ledger/segment_schema.h"

#include "base/error.h"
#include "ledger/bits.h"

enum { KEY_IS_MATCH = 1, HAS_HASHES = 2, HAS_IMAGES = 4 };

/* ---- writing --------------------------------------------------------------------------------- */

static wh_code append_name(struct wh_buf *out, struct wh_str name, struct wh_error *err)
{
    WH_TRY(wh_buf_append_varint(out, name.len, err));
    return wh_buf_append_str(out, name, err);
}

static wh_code append_names(struct wh_buf *out, const struct wh_str *names, size_t count,
                            struct wh_error *err)
{
    if (count > WH_SEGMENT_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "an item type has more than %d columns or rules",
                            WH_SEGMENT_COLUMNS);
    WH_TRY(wh_buf_append_varint(out, count, err));
    for (size_t i = 0; i < count; i++)
        WH_TRY(append_name(out, names[i], err));
    return WH_OK;
}

wh_code wh_segment_schema_append(struct wh_buf *out, const struct wh_segment_schema *schema,
                                 struct wh_error *err)
{
    char fingerprint[8];
    int flags = (schema->key_is_match ? KEY_IS_MATCH : 0) | (schema->has_hashes ? HAS_HASHES : 0) |
                (schema->has_images ? HAS_IMAGES : 0);
    wh_put_u64(fingerprint, schema->fingerprint);
    WH_TRY(append_name(out, schema->item, err));
    WH_TRY(wh_buf_append_byte(out, (char)flags, err));
    WH_TRY(wh_buf_append(out, fingerprint, sizeof(fingerprint), err));
    WH_TRY(append_names(out, schema->source_names, schema->source_count, err));
    WH_TRY(append_names(out, schema->target_names, schema->target_count, err));
    WH_TRY(append_names(out, schema->rule_names, schema->rule_count, err));
    WH_TRY(wh_buf_append_varint(out, schema->match_count, err));
    for (size_t i = 0; i < schema->match_count; i++)
        WH_TRY(wh_buf_append_varint(out, schema->match[i], err));
    return WH_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "a segment's schema does not read back");
}

/* A count of things that take a byte each at least. */
static bool read_count(struct wh_cursor *cursor, size_t *ret)
{
    uint64_t count = wh_get_varint(cursor);
    *ret = (size_t)count;
    return !cursor->is_bad && count <= WH_SEGMENT_COLUMNS && count <= wh_cursor_left(cursor);
}

static wh_code read_names(struct wh_cursor *cursor, struct wh_arena *arena, struct wh_str **ret,
                          size_t *ret_count, struct wh_error *err)
{
    if (!read_count(cursor, ret_count))
        return corrupt(err);
    *ret = wh_arena_array(arena, WH_MAX(*ret_count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, *ret_count * sizeof(**ret));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret)[i] = wh_get_bytes(cursor, wh_get_varint(cursor));
    return cursor->is_bad ? corrupt(err) : WH_OK;
}

static wh_code read_match(struct wh_cursor *cursor, struct wh_arena *arena,
                          struct wh_segment_schema *schema, struct wh_error *err)
{
    if (!read_count(cursor, &schema->match_count))
        return corrupt(err);
    size_t *match = wh_arena_array(arena, WH_MAX(schema->match_count, 1), sizeof(*match));
    if (match == NULL)
        return wh_error_no_memory(err, schema->match_count * sizeof(*match));
    for (size_t i = 0; i < schema->match_count; i++) {
        match[i] = (size_t)wh_get_varint(cursor);
        if (match[i] >= schema->target_count)
            return corrupt(err);
    }
    schema->match = match;
    return cursor->is_bad ? corrupt(err) : WH_OK;
}

wh_code wh_segment_schema_read(struct wh_str bytes, struct wh_arena *arena,
                               struct wh_segment_schema *ret, struct wh_error *err)
{
    struct wh_cursor cursor = wh_cursor_make(bytes);
    *ret = (struct wh_segment_schema){.item = wh_get_bytes(&cursor, wh_get_varint(&cursor))};
    struct wh_str flags = wh_get_bytes(&cursor, 1);
    struct wh_str fingerprint = wh_get_bytes(&cursor, 8);
    if (cursor.is_bad)
        return corrupt(err);
    ret->key_is_match = (flags.ptr[0] & KEY_IS_MATCH) != 0;
    ret->has_hashes = (flags.ptr[0] & HAS_HASHES) != 0;
    ret->has_images = (flags.ptr[0] & HAS_IMAGES) != 0;
    ret->fingerprint = wh_get_u64(fingerprint.ptr);
    WH_TRY(read_names(&cursor, arena, &ret->source_names, &ret->source_count, err));
    WH_TRY(read_names(&cursor, arena, &ret->target_names, &ret->target_count, err));
    WH_TRY(read_names(&cursor, arena, &ret->rule_names, &ret->rule_count, err));
    WH_TRY(read_match(&cursor, arena, ret, err));
    return wh_cursor_left(&cursor) == 0 ? WH_OK : corrupt(err);
}

size_t wh_segment_schema_find(const struct wh_segment_schema *schema, struct wh_str name)
{
    for (size_t i = 0; i < schema->target_count; i++)
        if (wh_str_equal(schema->target_names[i], name))
            return i;
    return SIZE_MAX;
}
