/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment is opened with all that finding an item takes: statuses, places, keys. The columns of
 * images are decompressed when the first item asks for them.
 */
#include "ledger/segment_decode.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "ledger/bits.h"
#include "ledger/column_reader.h"
#include "ledger/segment_format.h"
#include "ledger/segment_schema.h"
#include "ledger/state.h"

#define NO_PLACE UINT32_MAX

/* What a body takes when all of it is read, in lengths of its own: a rough figure, for which memory
 * is taken at once; a larger body takes more as it needs it. */
enum { EXPANSION = 6, MOST_EXPANDED = 1 << 20 };

/** Places in the source are stored as differences: they are read in the order of items. */
struct position_reader {
    struct wh_str files;
    struct wh_str numbers;
    struct wh_str lineless; /* bitmap; empty: all have a line */
    struct wh_cursor file_cursor;
    struct wh_cursor number_cursor;
    uint64_t file; /* of the item before the next */
    uint64_t number;
    size_t next; /* item */
};

struct wh_segment {
    struct wh_arena arena;
    struct wh_stream_reader streams;
    struct wh_segment_schema schema;
    size_t count;
    const uint8_t *statuses;
    const uint8_t *images;
    uint32_t *places[3]; /* of each item in the columns of source, after, before; NO_PLACE: none;
                          * NULL: all items have such an image or, where there are 0, none has */
    size_t place_counts[3];
    struct position_reader positions;
    struct wh_str hashes[3]; /* match, source, after; empty: not stored */
    const char **touched;    /* bitmaps by rule; NULL: none */
    struct wh_column_reader *columns;
    uint64_t *key_hashes;
    uint32_t *index; /* by hash of key: ordinal + 1, 0: free; NULL: not made yet */
    size_t index_mask;
    size_t next;             /* the item that is probably asked for next */
    struct wh_arena scratch; /* of one key that is looked at */
};

/* Kinds of images in the order of their columns. */
enum kind { SOURCE = 0, AFTER = 1, BEFORE = 2, KEY = 3 };
static const uint8_t image_of[] = {WH_IMAGE_SOURCE, WH_IMAGE_AFTER, WH_IMAGE_BEFORE};

static wh_code corrupt(struct wh_error *err, const char *what)
{
    return wh_error_set(err, WH_CORRUPT, "a segment does not read back: %s", what);
}

static enum kind kind_of(const struct wh_segment *segment, size_t column)
{
    const struct wh_segment_schema *schema = &segment->schema;
    if (column < wh_column_of_after(schema, 0))
        return SOURCE;
    if (column < wh_column_of_before(schema, 0))
        return AFTER;
    return column < wh_column_of_key(schema) ? BEFORE : KEY;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The item's place in a column; NO_PLACE where it has none. */
static inline size_t place_of(const struct wh_segment *segment, enum kind kind, size_t item)
{
    if (kind == KEY)
        return item;
    if (segment->places[kind] != NULL)
        return segment->places[kind][item];
    return segment->place_counts[kind] > 0 ? item : NO_PLACE;
}

/* Every place that refers to another column must have a place there. */
static wh_code check_same(const struct wh_segment *segment, size_t column, struct wh_error *err)
{
    const struct wh_column_reader *reader = &segment->columns[column];
    enum kind kind = kind_of(segment, column);
    enum kind other = kind_of(segment, reader->plan.reference);
    for (size_t item = 0; item < segment->count; item++) {
        size_t place = place_of(segment, kind, item);
        if (place != NO_PLACE && wh_column_is_same(reader, place) &&
            place_of(segment, other, item) == NO_PLACE)
            return corrupt(err, "a value refers to an image that is not there");
    }
    return WH_OK;
}

static wh_code read_column(struct wh_segment *segment, size_t column, struct wh_error *err)
{
    struct wh_column_reader *reader = &segment->columns[column];
    enum kind kind = kind_of(segment, column);
    size_t count = kind == KEY ? segment->count : segment->place_counts[kind];
    size_t first = WH_STREAM_FIXED + segment->schema.rule_count + column * WH_COLUMN_STREAMS;
    WH_TRY(wh_column_read(reader, count, &segment->streams, first, err));
    if (reader->same != NULL && reader->plan.reference == SIZE_MAX)
        return corrupt(err, "a value refers to nothing");
    if (reader->same != NULL)
        WH_TRY(check_same(segment, column, err));
    reader->is_read = true;
    return WH_OK;
}

/* Reads a column and what it refers to. */
static wh_code need_column(struct wh_segment *segment, size_t column, struct wh_error *err)
{
    for (; column != SIZE_MAX; column = segment->columns[column].plan.reference) {
        struct wh_column_reader *reader = &segment->columns[column];
        if (reader->is_damaged)
            return corrupt(err, "a column is damaged");
        reader->is_damaged = true; /* until it is known not to be */
        if (!reader->is_read)
            WH_TRY(read_column(segment, column, err));
        reader->is_damaged = false;
        if (reader->same == NULL)
            break;
    }
    return WH_OK;
}

static wh_code derive(const struct wh_derivation *derivation, struct wh_str from,
                      struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = from;
    if (from.ptr == NULL || derivation->transform == WH_TRANSFORM_NONE)
        return WH_OK;
    size_t size = wh_derived_size(derivation, from);
    char *room = wh_arena_bytes(arena, size);
    if (room == NULL)
        return wh_error_no_memory(err, size);
    *ret = wh_str_make(room, wh_derive(derivation, from, room));
    return ret->len != SIZE_MAX ? WH_OK : corrupt(err, "a value cannot be derived");
}

/* The text of an item that has a place in the column, which was read. References go to images of a
 * kind before, so this ends. */
static wh_code read_value(const struct wh_segment *segment, size_t column, size_t item,
                          struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_column_reader *reader = &segment->columns[column];
    size_t place = place_of(segment, kind_of(segment, column), item);
    if (!wh_column_is_same(reader, place))
        return wh_column_value(reader, place, arena, ret, err);
    struct wh_str from;
    WH_TRY(read_value(segment, reader->plan.reference, item, arena, &from, err));
    return derive(&reader->plan.derivation, from, arena, ret, err);
}

static bool read_plan(struct wh_cursor *cursor, struct wh_column_plan *ret)
{
    uint64_t reference = wh_get_varint(cursor);
    struct wh_str codes = wh_get_bytes(cursor, 2);
    if (cursor->is_bad)
        return false;
    *ret = (struct wh_column_plan){.form = (uint8_t)codes.ptr[0],
                                   .reference = (size_t)reference - 1,
                                   .derivation = {.transform = (uint8_t)codes.ptr[1]}};
    if (ret->derivation.transform != WH_TRANSFORM_TEMPLATE)
        return wh_derivation_is_valid(&ret->derivation);
    struct wh_template *template = &ret->derivation.template;
    struct wh_str lengths = wh_get_bytes(cursor, 2);
    if (cursor->is_bad)
        return false;
    template->source_len = (uint8_t)lengths.ptr[0];
    template->target_len = (uint8_t)lengths.ptr[1];
    struct wh_str steps = wh_get_bytes(cursor, template->target_len);
    if (cursor->is_bad || steps.len > sizeof(template->steps))
        return false;
    memcpy(template->steps, steps.ptr, steps.len);
    return wh_derivation_is_valid(&ret->derivation);
}

static wh_code read_plans(struct wh_segment *segment, struct wh_error *err)
{
    struct wh_str bytes;
    size_t count = wh_column_of_key(&segment->schema) + 1;
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_PLANS, &bytes, err));
    struct wh_cursor cursor = wh_cursor_make(bytes);
    segment->columns = wh_arena_array(&segment->arena, count, sizeof(*segment->columns));
    if (segment->columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*segment->columns));
    for (size_t i = 0; i < count; i++) {
        struct wh_column_plan *plan = &segment->columns[i].plan;
        if (!read_plan(&cursor, plan))
            return corrupt(err, "a column's plan is wrong");
        if (plan->reference != SIZE_MAX &&
            (plan->reference >= i || kind_of(segment, plan->reference) >= kind_of(segment, i)))
            return corrupt(err, "a column refers to one that is not before it");
    }
    return wh_cursor_left(&cursor) == 0 ? WH_OK : corrupt(err, "there are too many columns");
}

/* ---- what every item has --------------------------------------------------------------------- */

static wh_code read_statuses(struct wh_segment *segment, struct wh_str blob, size_t limit,
                             struct wh_error *err)
{
    struct wh_str statuses;
    WH_TRY(wh_stream_reader_open(&segment->streams, blob, limit, &segment->arena, err));
    WH_TRY(wh_stream_read(&segment->streams, 0, &statuses, err));
    if (statuses.len != segment->count)
        return corrupt(err, "there are more or fewer statuses than items");
    segment->statuses = (const uint8_t *)statuses.ptr;
    for (size_t i = 0; i < segment->count; i++)
        if (segment->statuses[i] < WH_STATUS_INSERTED || segment->statuses[i] > WH_STATUS_MISSING)
            return corrupt(err, "a status is not known");
    return WH_OK;
}

static wh_code number_places(struct wh_segment *segment, size_t kind, struct wh_error *err)
{
    size_t *count = &segment->place_counts[kind];
    for (size_t i = 0; i < segment->count; i++)
        *count += (segment->images[i] & image_of[kind]) != 0;
    if (*count == 0 || *count == segment->count)
        return WH_OK;
    uint32_t *places = wh_arena_alloc(&segment->arena, segment->count * sizeof(*places));
    if (places == NULL)
        return wh_error_no_memory(err, segment->count * sizeof(*places));
    uint32_t place = 0;
    for (size_t i = 0; i < segment->count; i++)
        places[i] = (segment->images[i] & image_of[kind]) != 0 ? place++ : NO_PLACE;
    segment->places[kind] = places;
    return WH_OK;
}

static wh_code read_images(struct wh_segment *segment, struct wh_error *err)
{
    struct wh_str images;
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_IMAGES, &images, err));
    if (images.len != segment->count)
        return corrupt(err, "it is not known which images items have");
    segment->images = (const uint8_t *)images.ptr;
    for (size_t kind = 0; kind < WH_COUNT_OF(image_of); kind++)
        WH_TRY(number_places(segment, kind, err));
    return WH_OK;
}

static void restart_positions(struct position_reader *positions)
{
    positions->file_cursor = wh_cursor_make(positions->files);
    positions->number_cursor = wh_cursor_make(positions->numbers);
    positions->file = 0;
    positions->number = 0;
    positions->next = 0;
}

static wh_code open_positions(struct wh_segment *segment, struct wh_error *err)
{
    struct position_reader *positions = &segment->positions;
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_FILES, &positions->files, err));
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_NUMBERS, &positions->numbers, err));
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_LINELESS, &positions->lineless, err));
    size_t len = positions->lineless.len;
    if (len != 0 && len != wh_bits_size(segment->count))
        return corrupt(err, "places are missing");
    restart_positions(positions);
    return WH_OK;
}

wh_code wh_segment_position(struct wh_segment *segment, size_t ordinal, struct wh_position *ret,
                            struct wh_error *err)
{
    struct position_reader *positions = &segment->positions;
    WH_ASSERT(ordinal < segment->count, err);
    if (ordinal < positions->next)
        restart_positions(positions);
    for (; positions->next <= ordinal; positions->next++) {
        positions->file += wh_unzigzag(wh_get_varint(&positions->file_cursor));
        positions->number += wh_unzigzag(wh_get_varint(&positions->number_cursor)) + 1;
    }
    if (positions->file_cursor.is_bad || positions->number_cursor.is_bad)
        return corrupt(err, "places are missing");
    bool has_line = positions->lineless.len == 0 || !wh_get_bit(positions->lineless.ptr, ordinal);
    *ret = (struct wh_position){.file = (uint32_t)positions->file};
    if (has_line)
        ret->line = positions->number;
    else
        ret->offset = positions->number;
    return WH_OK;
}

static wh_code read_hashes(struct wh_segment *segment, struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(segment->hashes); i++) {
        struct wh_str *hashes = &segment->hashes[i];
        WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_MATCH_HASHES + i, hashes, err));
        if (hashes->len != 0 && hashes->len != segment->count * sizeof(uint64_t))
            return corrupt(err, "hashes are missing");
    }
    return WH_OK;
}

static wh_code read_touched(struct wh_segment *segment, struct wh_error *err)
{
    size_t rules = segment->schema.rule_count;
    segment->touched = wh_arena_array(&segment->arena, WH_MAX(rules, 1), sizeof(char *));
    if (segment->touched == NULL)
        return wh_error_no_memory(err, rules * sizeof(char *));
    for (size_t i = 0; i < rules; i++) {
        struct wh_str bits;
        WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_FIXED + i, &bits, err));
        if (bits.len != 0 && bits.len != wh_bits_size(segment->count))
            return corrupt(err, "rules' hits are missing");
        segment->touched[i] = bits.len > 0 ? bits.ptr : NULL;
    }
    return WH_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code read_segment(struct wh_segment *segment, const struct wh_segment_blob *blob,
                            size_t limit, struct wh_error *err)
{
    struct wh_str body;
    struct wh_str schema;
    struct wh_str statuses;
    size_t expected = WH_MIN(blob->body.len, MOST_EXPANDED) * EXPANSION;
    if (!wh_arena_expect(&segment->arena, expected))
        return wh_error_no_memory(err, expected);
    WH_TRY(wh_arena_copy(&segment->arena, blob->body, &body, err));
    WH_TRY(wh_arena_copy(&segment->arena, blob->statuses, &statuses, err));
    if (blob->item_count > limit)
        return corrupt(err, "it has too many items");
    segment->count = blob->item_count;
    WH_TRY(read_statuses(segment, statuses, limit, err));
    WH_TRY(wh_stream_reader_open(&segment->streams, body, limit, &segment->arena, err));
    WH_TRY(wh_stream_read(&segment->streams, WH_STREAM_SCHEMA, &schema, err));
    WH_TRY(wh_segment_schema_read(schema, &segment->arena, &segment->schema, err));
    size_t columns = wh_column_of_key(&segment->schema) + 1;
    if (segment->streams.count !=
        WH_STREAM_FIXED + segment->schema.rule_count + columns * WH_COLUMN_STREAMS)
        return corrupt(err, "it has another number of columns than its schema");
    WH_TRY(read_plans(segment, err));
    WH_TRY(read_images(segment, err));
    WH_TRY(open_positions(segment, err));
    WH_TRY(read_hashes(segment, err));
    WH_TRY(read_touched(segment, err));
    return need_column(segment, columns - 1, err);
}

wh_code wh_segment_decode_within(const struct wh_segment_blob *blob, size_t limit,
                                 struct wh_segment **ret, struct wh_error *err)
{
    struct wh_segment *segment = calloc(1, sizeof(*segment));
    if (segment == NULL)
        return wh_error_no_memory(err, sizeof(*segment));
    wh_code rc = read_segment(segment, blob, limit, err);
    if (rc != WH_OK) {
        wh_segment_free(segment);
        return rc;
    }
    *ret = segment;
    return WH_OK;
}

wh_code wh_segment_decode(const struct wh_segment_blob *blob, struct wh_segment **ret,
                          struct wh_error *err)
{
    return wh_segment_decode_within(blob, WH_STREAMS_LIMIT, ret, err);
}

void wh_segment_free(struct wh_segment *segment)
{
    if (segment == NULL)
        return;
    wh_stream_reader_release(&segment->streams);
    wh_arena_release(&segment->arena);
    wh_arena_release(&segment->scratch);
    free(segment);
}

size_t wh_segment_memory(const struct wh_segment *segment)
{
    return segment->arena.allocated + segment->scratch.allocated;
}

size_t wh_segment_count(const struct wh_segment *segment)
{
    return segment->count;
}

const struct wh_segment_schema *wh_segment_schema(const struct wh_segment *segment)
{
    return &segment->schema;
}

bool wh_segment_touched(const struct wh_segment *segment, size_t rule, size_t ordinal)
{
    return rule < segment->schema.rule_count && segment->touched[rule] != NULL &&
           wh_get_bit(segment->touched[rule], ordinal);
}

/* ---- finding --------------------------------------------------------------------------------- */

static wh_code read_key(const struct wh_segment *segment, size_t item, struct wh_arena *arena,
                        struct wh_str *ret, struct wh_error *err)
{
    return read_value(segment, wh_column_of_key(&segment->schema), item, arena, ret, err);
}

/* A key to be looked at until the next one is; ptr NULL where there is none,
 * or no memory for it. */
static struct wh_str glance_at_key(struct wh_segment *segment, size_t item)
{
    struct wh_str key;
    struct wh_error err = WH_ERROR_NONE;
    wh_arena_reset(&segment->scratch, SIZE_MAX);
    return read_key(segment, item, &segment->scratch, &key, &err) == WH_OK ? key : WH_STR_NONE;
}

static bool has_key(struct wh_segment *segment, size_t item, struct wh_str key)
{
    struct wh_str own = glance_at_key(segment, item);
    return own.ptr != NULL && wh_str_equal(own, key);
}

/* True for the one item of a repeated key that a destination row comes from. */
static bool has_row(const struct wh_segment *segment, size_t item)
{
    return segment->statuses[item] <= WH_STATUS_UNCHANGED;
}

/* has_key() without making a text of what is stored in another form, where it is stored at all. */
static bool has_sought_key(struct wh_segment *segment, size_t item, const struct wh_sought *sought)
{
    size_t column = wh_column_of_key(&segment->schema);
    size_t place = item;
    const struct wh_column_reader *reader = &segment->columns[column];
    while (wh_column_is_same(reader, place)) {
        if (reader->plan.derivation.transform != WH_TRANSFORM_NONE)
            return has_key(segment, item, sought->text);
        column = reader->plan.reference;
        place = place_of(segment, kind_of(segment, column), item);
        reader = &segment->columns[column];
    }
    return wh_column_has(reader, place, sought);
}

size_t wh_segment_find_next(struct wh_segment *segment, struct wh_str key, size_t from)
{
    struct wh_sought sought = wh_sought_make(key);
    for (size_t item = from; item < segment->count; item++)
        if (has_sought_key(segment, item, &sought))
            return item;
    return SIZE_MAX;
}

/* Puts an item where its key is looked for; of a repeated key the one that has a row,
 * or the first. */
static void add_to_index(struct wh_segment *segment, uint32_t item)
{
    const uint64_t *hashes = segment->key_hashes;
    size_t slot = (size_t)hashes[item] & segment->index_mask;
    for (; segment->index[slot] != 0; slot = (slot + 1) & segment->index_mask) {
        size_t other = segment->index[slot] - 1;
        if (hashes[other] != hashes[item])
            continue;
        if (has_row(segment, other) || !has_row(segment, item))
            return;
        break;
    }
    segment->index[slot] = item + 1;
}

static bool make_index(struct wh_segment *segment)
{
    size_t slots = 16;
    while (slots < segment->count * 2)
        slots *= 2;
    segment->key_hashes =
        wh_arena_alloc(&segment->arena, WH_MAX(segment->count, 1) * sizeof(*segment->key_hashes));
    uint32_t *index = wh_arena_array(&segment->arena, slots, sizeof(*index));
    if (segment->key_hashes == NULL || index == NULL)
        return false;
    segment->index = index;
    segment->index_mask = slots - 1;
    for (uint32_t i = 0; i < segment->count; i++) {
        struct wh_str key = glance_at_key(segment, i);
        segment->key_hashes[i] = wh_hash_bytes(key, 0);
        if (key.ptr != NULL)
            add_to_index(segment, i);
    }
    return true;
}

/* Without memory for an index, or for two keys of one hash: the same answer, item by item. */
static size_t find_slowly(struct wh_segment *segment, struct wh_str key)
{
    size_t first = wh_segment_find_next(segment, key, 0);
    for (size_t item = first; item != SIZE_MAX; item = wh_segment_find_next(segment, key, item + 1))
        if (has_row(segment, item))
            return item;
    return first;
}

size_t wh_segment_find(struct wh_segment *segment, struct wh_str key)
{
    size_t next = segment->next;
    if (next < segment->count && has_row(segment, next) && has_key(segment, next, key)) {
        segment->next++;
        return next;
    }
    if (segment->index == NULL && !make_index(segment))
        return find_slowly(segment, key);
    uint64_t hash = wh_hash_bytes(key, 0);
    size_t slot = (size_t)hash & segment->index_mask;
    for (; segment->index[slot] != 0; slot = (slot + 1) & segment->index_mask) {
        size_t item = segment->index[slot] - 1;
        if (segment->key_hashes[item] != hash)
            continue;
        if (!has_key(segment, item, key))
            return find_slowly(segment, key);
        segment->next = item + 1;
        return item;
    }
    return SIZE_MAX;
}

/* ---- items ----------------------------------------------------------------------------------- */

/* The values of one image of an item; *ret is NULL where it has none. */
static wh_code read_image(struct wh_segment *segment, enum kind kind, size_t item,
                          struct wh_arena *arena, const struct wh_str **ret, struct wh_error *err)
{
    const struct wh_segment_schema *schema = &segment->schema;
    const size_t firsts[] = {0, wh_column_of_after(schema, 0), wh_column_of_before(schema, 0)};
    size_t count = kind == SOURCE ? schema->source_count : schema->target_count;
    *ret = NULL;
    if (place_of(segment, kind, item) == NO_PLACE)
        return WH_OK;
    struct wh_str *values = wh_arena_alloc(arena, WH_MAX(count, 1) * sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, count * sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(need_column(segment, firsts[kind] + i, err));
        WH_TRY(read_value(segment, firsts[kind] + i, item, arena, &values[i], err));
    }
    *ret = values;
    return WH_OK;
}

static uint64_t stored_hash(const struct wh_segment *segment, size_t which, size_t item)
{
    const struct wh_str *hashes = &segment->hashes[which];
    return hashes->len > 0 ? wh_get_u64(hashes->ptr + item * sizeof(uint64_t)) : 0;
}

/* The hash of the values that identify the item's row, from an image or, where the key is the one
 * such value, from the key. */
static wh_code match_hash(const struct wh_segment *segment, const struct wh_segment_item *item,
                          struct wh_arena *arena, uint64_t *ret, struct wh_error *err)
{
    const struct wh_segment_schema *schema = &segment->schema;
    const struct wh_str *image = item->after != NULL ? item->after : item->before;
    *ret = 0;
    if (item->status == WH_STATUS_REJECTED || item->status == WH_STATUS_SKIPPED)
        return WH_OK;
    if (image == NULL && schema->key_is_match && schema->match_count == 1 && item->key.ptr != NULL)
        *ret = wh_hash_values(&item->key, 1, WH_STATE_ROW_SEED);
    if (image == NULL)
        return WH_OK;
    struct wh_str *values = wh_arena_alloc(arena, WH_MAX(schema->match_count, 1) * sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, schema->match_count * sizeof(*values));
    for (size_t i = 0; i < schema->match_count; i++)
        values[i] = image[schema->match[i]];
    *ret = wh_hash_values(values, schema->match_count, WH_STATE_ROW_SEED);
    return WH_OK;
}

static wh_code compute_hashes(const struct wh_segment *segment, struct wh_arena *arena,
                              struct wh_segment_item *item, struct wh_error *err)
{
    const struct wh_segment_schema *schema = &segment->schema;
    if (item->source != NULL)
        item->source_hash = wh_hash_values(item->source, schema->source_count, schema->fingerprint);
    if (item->after != NULL)
        item->after_hash = wh_hash_values(item->after, schema->target_count, 0);
    return match_hash(segment, item, arena, &item->match_hash, err);
}

wh_code wh_segment_item(struct wh_segment *segment, size_t ordinal, struct wh_arena *arena,
                        struct wh_segment_item *ret, struct wh_error *err)
{
    WH_ASSERT(ordinal < segment->count, err);
    *ret = (struct wh_segment_item){.status = (enum wh_item_status)segment->statuses[ordinal],
                                    .images = segment->images[ordinal]};
    WH_TRY(read_key(segment, ordinal, arena, &ret->key, err));
    WH_TRY(read_image(segment, SOURCE, ordinal, arena, &ret->source, err));
    WH_TRY(read_image(segment, AFTER, ordinal, arena, &ret->after, err));
    WH_TRY(read_image(segment, BEFORE, ordinal, arena, &ret->before, err));
    if (!segment->schema.has_hashes)
        return compute_hashes(segment, arena, ret, err);
    ret->match_hash = stored_hash(segment, 0, ordinal);
    ret->source_hash = stored_hash(segment, 1, ordinal);
    ret->after_hash = stored_hash(segment, 2, ordinal);
    return WH_OK;
}
