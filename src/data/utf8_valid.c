/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a text is UTF-8: by tables, 32 bytes at a time, with no branch on what they are.
 *
 * Whether two neighbouring bytes can stand together shows in three of their nibbles. For each
 * there is a table of the errors that it allows, one bit each; an error is one that all three
 * allow. What is left is whether a third or fourth byte of a character is where its lead byte
 * wants one. (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte",
 * Software: Practice and Experience, 2021.)
 */
#include "data/text.h"

#include <string.h>

/* Below it, plain text is looked for first, eight bytes at a time. */
enum { SHORT = 64 };

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum { BLOCK = 32 };

/* What can be wrong with two neighbouring bytes. The last bit is no error where
 * a lead byte wants it. */
enum {
    TOO_SHORT = 0x01,     /* a lead byte, and no continuation */
    TOO_LONG = 0x02,      /* ASCII, and a continuation */
    OVERLONG_3 = 0x04,    /* E0, and below A0 */
    TOO_LARGE = 0x08,     /* F4 or above, and 90 or above */
    SURROGATE = 0x10,     /* ED, and above 9F */
    OVERLONG_2 = 0x20,    /* C0 or C1, and a continuation */
    OVERLONG_4 = 0x40,    /* F0, and below 90 */
    FAR_TOO_LARGE = 0x40, /* F5 or above, and below 90 */
    TWO_FOLLOW = 0x80,    /* two continuations */
};

/* The low nibble of the first byte tells nothing of these. */
#define ANY_LOW (TOO_SHORT | TOO_LONG | TWO_FOLLOW)
/* The same nibble of F5 and above. */
#define ABOVE_F4 (ANY_LOW | TOO_LARGE | FAR_TOO_LARGE)
/* What a continuation as the second byte can mean. */
#define FOLLOWS (TOO_LONG | OVERLONG_2 | TWO_FOLLOW)

/* By the first byte's high nibble, its low nibble, and the second byte's high nibble. */
static const unsigned char first_high[16] = {TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TOO_LONG,
                                             TWO_FOLLOW,
                                             TWO_FOLLOW,
                                             TWO_FOLLOW,
                                             TWO_FOLLOW,
                                             TOO_SHORT | OVERLONG_2,
                                             TOO_SHORT,
                                             TOO_SHORT | OVERLONG_3 | SURROGATE,
                                             TOO_SHORT | TOO_LARGE | FAR_TOO_LARGE | OVERLONG_4};
static const unsigned char first_low[16] = {ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
                                            ANY_LOW | OVERLONG_2,
                                            ANY_LOW,
                                            ANY_LOW,
                                            ANY_LOW | TOO_LARGE,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4,
                                            ABOVE_F4 | SURROGATE,
                                            ABOVE_F4,
                                            ABOVE_F4};
static const unsigned char second_high[16] = {TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              FOLLOWS | OVERLONG_3 | OVERLONG_4 | FAR_TOO_LARGE,
                                              FOLLOWS | OVERLONG_3 | TOO_LARGE,
                                              FOLLOWS | SURROGATE | TOO_LARGE,
                                              FOLLOWS | SURROGATE | TOO_LARGE,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT,
                                              TOO_SHORT};

static inline AVX2 __m256i load(const void *bytes)
{
    return _mm256_loadu_si256(bytes);
}

static inline AVX2 __m256i look_up(const unsigned char table[16], __m256i nibbles)
{
    __m128i half = _mm_loadu_si128((const __m128i *)(const void *)table);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(half), nibbles);
}

static inline AVX2 __m256i high_nibbles(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

/* Bytes that are not 0 where something is wrong with @p block or, in its first bytes,
 * @p before it. */
static inline AVX2 __m256i wrong(__m256i block, __m256i before)
{
    /* The block moved up by one to three bytes, those before it moving in. */
    __m256i middle = _mm256_permute2x128_si256(before, block, 0x21);
    __m256i back_1 = _mm256_alignr_epi8(block, middle, 15);
    __m256i back_2 = _mm256_alignr_epi8(block, middle, 14);
    __m256i back_3 = _mm256_alignr_epi8(block, middle, 13);

    __m256i low = _mm256_and_si256(back_1, _mm256_set1_epi8(0x0F));
    __m256i pairs = _mm256_and_si256(
        look_up(first_high, high_nibbles(back_1)),
        _mm256_and_si256(look_up(first_low, low), look_up(second_high, high_nibbles(block))));
    /* Bit 7: two bytes back stands E0 or above, or three bytes back F0 or above. */
    __m256i third = _mm256_subs_epu8(back_2, _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(back_3, _mm256_set1_epi8(0xF0 - 0x80));
    __m256i wanted =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)TWO_FOLLOW));
    __m256i is_nul = _mm256_cmpeq_epi8(block, _mm256_setzero_si256());
    return _mm256_or_si256(_mm256_xor_si256(wanted, pairs), is_nul);
}

static AVX2 bool is_valid_avx2(struct wh_str text)
{
    __m256i before = _mm256_setzero_si256();
    __m256i found = _mm256_setzero_si256();
    size_t done = 0;
    for (; text.len - done >= BLOCK; done += BLOCK) {
        __m256i block = load(text.ptr + done);
        found = _mm256_or_si256(found, wrong(block, before));
        before = block;
    }
    /* What is left, with blanks behind it: a character that the text cuts is
     * too short before them. */
    char rest[BLOCK];
    memset(rest, ' ', sizeof(rest));
    memcpy(rest, text.ptr + done, text.len - done);
    found = _mm256_or_si256(found, wrong(load(rest), before));
    return _mm256_testz_si256(found, found) != 0;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
#else
static bool is_valid_avx2(struct wh_str text)
{
    (void)text;
    return false;
}

static bool has_avx2(void)
{
    return false;
}
#endif

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 where a byte of @p word is none from 1 to 127:
 * taking 1 from each reaches the high bit of a 0. */
static uint64_t not_plain(uint64_t word)
{
    return (word | (word - EVERY_BYTE(1))) & EVERY_BYTE(0x80);
}

/* Up to 7 bytes, some of them more than once. */
static uint64_t load_short(struct wh_str text)
{
    uint64_t word = EVERY_BYTE('x');
    if (text.len >= 4) {
        memcpy(&word, text.ptr, 4);
        memcpy((char *)&word + 4, text.ptr + text.len - 4, 4);
    } else if (text.len > 0) {
        memcpy(&word, text.ptr, 1);
        memcpy((char *)&word + 1, text.ptr + text.len / 2, 1);
        memcpy((char *)&word + 2, text.ptr + text.len - 1, 1);
    }
    return word;
}

/* True where there is nothing but bytes from 1 to 127, as in most short texts. */
static bool is_plain(struct wh_str text)
{
    uint64_t word;
    uint64_t found = 0;
    if (text.len < sizeof(word))
        return not_plain(load_short(text)) == 0;
    for (size_t done = 0; done < text.len - sizeof(word); done += sizeof(word)) {
        memcpy(&word, text.ptr + done, sizeof(word));
        found |= not_plain(word);
    }
    memcpy(&word, text.ptr + text.len - sizeof(word), sizeof(word));
    return (found | not_plain(word)) == 0;
}

bool wh_utf8_is_valid(struct wh_str text)
{
    if (text.len < SHORT && is_plain(text))
        return true;
    if (has_avx2())
        return is_valid_avx2(text);
    size_t length;
    return wh_utf8_find_bad(text, &length) == text.len;
}
