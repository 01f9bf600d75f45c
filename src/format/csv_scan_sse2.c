/* SPDX-License-Identifier: Apache-2.0 */
/** The block scanner with what every x86-64 has. */
#if defined(__x86_64__)
#include <emmintrin.h>
#include <stdint.h>

#define WH_CSV_NAME "sse2"
#define WH_CSV_FUNCTIONS wh_csv_sse2_functions
#define WH_CSV_TARGET

struct block {
    __m128i quarters[4];
};

static inline struct block load(const char *bytes)
{
    const __m128i *from = (const __m128i *)(const void *)bytes;
    return (struct block){{_mm_loadu_si128(from), _mm_loadu_si128(from + 1),
                           _mm_loadu_si128(from + 2), _mm_loadu_si128(from + 3)}};
}

static inline uint64_t equal(struct block block, char byte)
{
    __m128i wanted = _mm_set1_epi8(byte);
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        int quarter = _mm_movemask_epi8(_mm_cmpeq_epi8(block.quarters[i], wanted));
        bits |= (uint64_t)(uint32_t)quarter << (16 * i);
    }
    return bits;
}

static inline uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

#include "format/csv_scan_blocks.h"

#else
typedef int wh_csv_no_sse2; /* ISO C wants a declaration in every file */
#endif
