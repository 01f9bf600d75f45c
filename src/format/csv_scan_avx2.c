/* SPDX-License-Identifier: Apache-2.0 */
/** The block scanner with 32-byte registers and carry-less multiplication. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#define WH_CSV_NAME "avx2"
#define WH_CSV_FUNCTIONS wh_csv_avx2_functions
#define WH_CSV_TARGET __attribute__((target("avx2,pclmul,bmi,popcnt")))

struct block {
    __m256i low;
    __m256i high;
};

static inline __attribute__((always_inline)) WH_CSV_TARGET struct block load(const char *bytes)
{
    const __m256i *halves = (const __m256i *)(const void *)bytes;
    return (struct block){_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}

static inline __attribute__((always_inline)) WH_CSV_TARGET uint64_t equal(struct block block,
                                                                          char byte)
{
    __m256i wanted = _mm256_set1_epi8(byte);
    int low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(block.low, wanted));
    int high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(block.high, wanted));
    return (uint32_t)low | (uint64_t)(uint32_t)high << 32;
}

static inline __attribute__((always_inline)) WH_CSV_TARGET uint64_t prefix_xor(uint64_t bits)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

#include "format/csv_scan_blocks.h"

#else
typedef int wh_csv_no_avx2; /* ISO C wants a declaration in every file */
#endif
