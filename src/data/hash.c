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

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hashes of rows are stored: they are defined for little-endian machines"
#endif

uint64_t wh_hash_bytes(struct wh_str bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.len > 0 ? bytes.ptr : "", bytes.len, seed);
}

struct wh_hash128 wh_hash128_bytes(struct wh_str bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes.len > 0 ? bytes.ptr : "", bytes.len);
    return (struct wh_hash128){.low = hash.low64, .high = hash.high64};
}

/* ---- streams --------------------------------------------------------------------------------- */

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

/* ---- rows ------------------------------------------------------------------------------------ */

/* Words are gathered on the stack; more columns than fit are folded into the first one. */
enum { WORDS_AT_ONCE = 64 };

#define NULL_WORD UINT64_C(0x9E3779B97F4A7C15)

static uint64_t value_word(struct wh_str value, uint64_t seed)
{
    return wh_hash_bytes(value, seed ^ (uint64_t)value.len);
}

static size_t fold(uint64_t *words, size_t count, uint64_t seed)
{
    if (count < WORDS_AT_ONCE)
        return count;
    words[0] = XXH3_64bits_withSeed(words, count * sizeof(*words), seed);
    return 1;
}

void wh_hash_rows(const struct wh_column *const *texts, size_t column_count,
                  const struct wh_selection *selection, uint64_t seed, uint64_t *hashes)
{
    uint64_t words[WORDS_AT_ONCE];
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        size_t count = 0;
        for (size_t k = 0; k < column_count; k++) {
            count = fold(words, count, seed);
            words[count++] = wh_column_is_null(texts[k], row)
                                 ? NULL_WORD ^ seed
                                 : value_word(texts[k]->values.texts[row], seed);
        }
        hashes[row] = XXH3_64bits_withSeed(words, count * sizeof(*words), seed);
    }
}

uint64_t wh_hash_values(const struct wh_str *values, size_t count, uint64_t seed)
{
    uint64_t words[WORDS_AT_ONCE];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used = fold(words, used, seed);
        words[used++] = values[i].ptr == NULL ? NULL_WORD ^ seed : value_word(values[i], seed);
    }
    return XXH3_64bits_withSeed(words, used * sizeof(*words), seed);
}

static XXH128_hash_t value_words(struct wh_str value)
{
    return XXH3_128bits_withSeed(value.len > 0 ? value.ptr : "", value.len, (uint64_t)value.len);
}

static size_t fold_wide(XXH128_hash_t *words, size_t count)
{
    if (count < WORDS_AT_ONCE)
        return count;
    words[0] = XXH3_128bits(words, count * sizeof(*words));
    return 1;
}

void wh_hash128_rows(const struct wh_column *const *texts, size_t column_count,
                     const struct wh_selection *selection, struct wh_hash128 *hashes)
{
    static const XXH128_hash_t null_words = {.low64 = NULL_WORD, .high64 = NULL_WORD};
    XXH128_hash_t words[WORDS_AT_ONCE];
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        size_t count = 0;
        for (size_t k = 0; k < column_count; k++) {
            count = fold_wide(words, count);
            words[count++] = wh_column_is_null(texts[k], row)
                                 ? null_words
                                 : value_words(texts[k]->values.texts[row]);
        }
        XXH128_hash_t hash = XXH3_128bits(words, count * sizeof(*words));
        hashes[row] = (struct wh_hash128){.low = hash.low64, .high = hash.high64};
    }
}
