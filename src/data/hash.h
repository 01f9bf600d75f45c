/* SPDX-License-Identifier: Apache-2.0 */
/** Hashes of keys and images: XXH3. The results are stored in ledgers, so they never change. */
#ifndef WH_DATA_HASH_H
#define WH_DATA_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "data/column.h"

struct wh_hash128 {
    uint64_t low;
    uint64_t high;
};

uint64_t wh_hash_bytes(struct wh_str bytes, uint64_t seed);
struct wh_hash128 wh_hash128_bytes(struct wh_str bytes);

/** A running hash over a stream of bytes: the digest of the finished part of a file. Its value
 *  after the same bytes is the same however they were cut. */
struct wh_hash_stream;
struct wh_hash_stream *wh_hash_stream_new(void); /* NULL when memory is out */
void wh_hash_stream_free(struct wh_hash_stream *stream);
void wh_hash_stream_reset(struct wh_hash_stream *stream);
void wh_hash_stream_add(struct wh_hash_stream *stream, struct wh_str bytes);
uint64_t wh_hash_stream_value(const struct wh_hash_stream *stream);

/**
 * Row hashes over text columns (canonical text): hashes[row] for every row of @p selection; other
 * elements are not touched. ('a', 'bc') and ('ab', 'c') differ, and so do NULL and ''.
 *
 * Definition: each value gives a word, XXH3-64 of its bytes with the seed (seed xor its length), or
 * 0x9E3779B97F4A7C15 xor seed for NULL. The row's hash is XXH3-64, with the seed, of its words in
 * the machine's order, little-endian. Before a 65th word the 64 words are replaced by one, XXH3-64
 * of them with the seed; and so on.
 *
 * The 128-bit hash is the same with XXH3-128 and no seed but each value's length.
 */
void wh_hash_rows(const struct wh_column *const *texts, size_t column_count,
                  const struct wh_selection *selection, uint64_t seed, uint64_t *hashes);
void wh_hash128_rows(const struct wh_column *const *texts, size_t column_count,
                     const struct wh_selection *selection, struct wh_hash128 *hashes);

/** Hash of one row given as texts; ptr NULL is NULL. Equals wh_hash_rows() of the same values. */
uint64_t wh_hash_values(const struct wh_str *values, size_t count, uint64_t seed);

#endif
