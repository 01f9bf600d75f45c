/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#define XXH_STATIC_LINKING_ONLY
#if defined(WH_DEBUG)
/* gcc at -Og cannot inline what xxHash insists on. */
#define XXH_NO_INLINE_HINTS 1
#endif
#include <xxhash.h>

#include "data/hash.h"

#include <stdlib.h>
#include <string.h>

uint64_t wh_hash_bytes(struct wh_str bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.len > 0 ? bytes.ptr : "", bytes.len, seed);
}

struct wh_hash128 wh_hash128_bytes(struct wh_str bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes.len > 0 ? bytes.ptr : "", bytes.len);
    return (struct wh_hash128){.low = hash.low64, .high = hash.high64};
}

/* ---- streams ---------------------------------------------------------------------------------- */

struct wh_hash_stream {
    XXH3_state_t state;
};

struct wh_hash_stream *wh_hash_stream_new(void)
{
    struct wh_hash_stream *stream = aligned_alloc(_Alignof(struct wh_hash_stream), sizeof(*stream));
    if (stream != NULL)
        wh_hash_stream_reset(stream);
    return stream;
}

void wh_hash_stream_free(struct wh_hash_stream *stream)
{
    free(stream);
}

void wh_hash_stream_reset(struct wh_hash_stream *stream)
{
    XXH3_64bits_reset(&stream->state);
}

void wh_hash_stream_add(struct wh_hash_stream *stream, struct wh_str bytes)
{
    if (bytes.len > 0)
        XXH3_64bits_update(&stream->state, bytes.ptr, bytes.len);
}

uint64_t wh_hash_stream_value(const struct wh_hash_stream *stream)
{
    return XXH3_64bits_digest(&stream->state);
}

/* ---- rows ------------------------------------------------------------------------------------- */

/*
 * A row's hash is that of its values' hashes, one word each: XXH3 of the value's bytes, seeded with
 * the value's length and the caller's seed, or a constant for NULL. So no row is ever copied together.
 */
enum { COLUMNS_AT_ONCE = 64 };

#define NULL_WORD UINT64_C(0x9E3779B97F4A7C15)

static uint64_t value_word(bool is_null, struct wh_str value, uint64_t seed)
{
    return is_null ? NULL_WORD ^ seed : wh_hash_bytes(value, seed ^ (uint64_t)value.len);
}

/* Words of more columns than fit at once are folded into the first one. */
static size_t fold(uint64_t *words, size_t count, uint64_t seed)
{
    if (count < COLUMNS_AT_ONCE)
        return count;
    words[0] = XXH3_64bits_withSeed(words, count * sizeof(*words), seed);
    return 1;
}

static size_t row_words(const struct wh_column *const *texts, size_t column_count, size_t row,
                        uint64_t seed, uint64_t words[COLUMNS_AT_ONCE])
{
    size_t count = 0;
    for (size_t i = 0; i < column_count; i++) {
        count = fold(words, count, seed);
        words[count++] =
            value_word(wh_column_is_null(texts[i], row), texts[i]->values.texts[row], seed);
    }
    return count;
}

void wh_hash_rows(const struct wh_column *const *texts, size_t column_count,
                  const struct wh_selection *selection, uint64_t seed, uint64_t *hashes)
{
    uint64_t words[COLUMNS_AT_ONCE];
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        size_t count = row_words(texts, column_count, row, seed, words);
        hashes[row] = XXH3_64bits_withSeed(words, count * sizeof(*words), seed);
    }
}

uint64_t wh_hash_values(const struct wh_str *values, size_t count, uint64_t seed)
{
    uint64_t words[COLUMNS_AT_ONCE];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used = fold(words, used, seed);
        words[used++] = value_word(values[i].ptr == NULL, values[i], seed);
    }
    return XXH3_64bits_withSeed(words, used * sizeof(*words), seed);
}

void wh_hash128_rows(const struct wh_column *const *texts, size_t column_count,
                     const struct wh_selection *selection, struct wh_hash128 *hashes)
{
    /* Two runs of 64 bits under different seeds, so that the value words differ, too. */
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        uint64_t words[COLUMNS_AT_ONCE];
        size_t count = row_words(texts, column_count, row, 0, words);
        hashes[row].low = XXH3_64bits(words, count * sizeof(*words));
        count = row_words(texts, column_count, row, UINT64_C(0xD1B54A32D192ED03), words);
        hashes[row].high = XXH3_64bits(words, count * sizeof(*words));
    }
}
