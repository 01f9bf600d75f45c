/* SPDX-License-Identifier: Apache-2.0 */
/** The scanner with strings 16 bytes at a time. */
#if defined(__SSE2__)
#include <emmintrin.h>
#include <stddef.h>

#define WH_JSON_NAME "sse2"
#define WH_JSON_FUNCTIONS wh_json_sse2_functions

static inline const char *find_special(const char *at, const char *end)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i special =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        /* Unsigned: not above the last control character. */
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
        int mask = _mm_movemask_epi8(_mm_or_si128(special, control));
        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

#include "format/json_scan_value.h"

#else
typedef int wh_json_no_sse2; /* ISO C wants a declaration in every file */
#endif
