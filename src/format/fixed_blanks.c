/* SPDX-License-Identifier: Apache-2.0 */
#include "format/fixed_blanks.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static void find_from(struct wh_str text, size_t from, uint64_t *bits)
{
    for (size_t i = from; i < text.len; i++)
        if (text.ptr[i] != ' ')
            bits[i / 64] |= (uint64_t)1 << i % 64;
}

void wh_fixed_find_text_scalar(struct wh_str text, uint64_t *bits)
{
    memset(bits, 0, wh_fixed_words(text.len) * sizeof(*bits));
    find_from(text, 0, bits);
}

static bool is_plain_scalar(struct wh_str text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++)
        is_plain &= (signed char)text.ptr[i] > 0;
    return is_plain;
}

#if defined(__SSE2__)
bool wh_fixed_is_plain(struct wh_str text)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i positive = _mm_cmpeq_epi8(zero, zero);
    size_t at = 0;
    for (; at + 16 <= text.len; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at));
        positive = _mm_and_si128(positive, _mm_cmpgt_epi8(bytes, zero));
    }
    return _mm_movemask_epi8(positive) == 0xFFFF &&
           is_plain_scalar(wh_str_make(text.ptr + at, text.len - at));
}

static uint64_t spaces_of(const char *bytes)
{
    __m128i found =
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)bytes), _mm_set1_epi8(' '));
    return (uint64_t)(uint32_t)_mm_movemask_epi8(found);
}

void wh_fixed_find_text(struct wh_str text, uint64_t *bits)
{
    size_t whole = text.len / 64;
    for (size_t i = 0; i < whole; i++) {
        const char *at = text.ptr + 64 * i;
        bits[i] = ~(spaces_of(at) | spaces_of(at + 16) << 16 | spaces_of(at + 32) << 32 |
                    spaces_of(at + 48) << 48);
    }
    memset(bits + whole, 0, (wh_fixed_words(text.len) - whole) * sizeof(*bits));
    find_from(text, 64 * whole, bits);
}
#else
bool wh_fixed_is_plain(struct wh_str text)
{
    return is_plain_scalar(text);
}

void wh_fixed_find_text(struct wh_str text, uint64_t *bits)
{
    wh_fixed_find_text_scalar(text, bits);
}
#endif
