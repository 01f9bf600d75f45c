/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "data/text.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t load_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* How many bytes at the front are ASCII and not NUL, in steps: what is left is looked at singly. */
static size_t skip_ascii_scalar(const char *at, size_t len)
{
    size_t done = 0;
    for (; len - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
        uint64_t word = load_word(at + done);
        /* Below 0x80 in every byte, so that the subtraction borrows only where a byte is 0. */
        if (((word | (word - EVERY_BYTE(1))) & EVERY_BYTE(0x80)) != 0)
            break;
    }
    return done;
}

#if defined(__SSE2__)
/* 64 bytes a step. A byte is 0 or above 0x7F exactly where it, or it less 1, has its high bit. */
static size_t skip_ascii(const char *at, size_t len)
{
    const __m128i one = _mm_set1_epi8(1);
    size_t done = 0;
    for (; len - done >= 64; done += 64) {
        const __m128i *block = (const __m128i *)(const void *)(at + done);
        __m128i a = _mm_loadu_si128(block);
        __m128i b = _mm_loadu_si128(block + 1);
        __m128i c = _mm_loadu_si128(block + 2);
        __m128i d = _mm_loadu_si128(block + 3);
        __m128i high = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
        __m128i lowest = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
        if (_mm_movemask_epi8(_mm_or_si128(high, _mm_sub_epi8(lowest, one))) != 0)
            break;
    }
    return done + skip_ascii_scalar(at + done, len - done);
}
#else
static size_t skip_ascii(const char *at, size_t len)
{
    return skip_ascii_scalar(at, len);
}
#endif

/* What bytes may follow a lead byte: how many, and the range of the first of them. */
struct lead {
    unsigned char length; /* 0: no lead byte */
    unsigned char low;
    unsigned char high;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return (struct lead){byte != 0, 0, 0};
    if (byte < 0xC2)
        return (struct lead){0, 0, 0};
    if (byte < 0xE0)
        return (struct lead){2, 0x80, 0xBF};
    if (byte < 0xF0)
        return (struct lead){3, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    if (byte < 0xF5)
        return (struct lead){4, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    return (struct lead){0, 0, 0};
}

/* The bytes at @p at that are a character, or begin one: *ret_is_whole says which. At least 1. */
static size_t take_character(const unsigned char *at, size_t len, bool *ret_is_whole)
{
    struct lead lead = lead_of(at[0]);
    size_t taken = 1;
    if (lead.length > 1 && len > 1 && at[1] >= lead.low && at[1] <= lead.high) {
        taken = 2;
        while (taken < lead.length && taken < len && (at[taken] & 0xC0) == 0x80)
            taken++;
    }
    *ret_is_whole = taken == lead.length;
    return taken;
}

size_t wh_utf8_find_bad(struct wh_str text, size_t *ret_length)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t done = 0;
    *ret_length = 0;
    while (done < text.len) {
        if (bytes[done] < 0x80)
            done += skip_ascii(text.ptr + done, text.len - done);
        if (done == text.len)
            break;
        bool is_whole;
        size_t taken = take_character(bytes + done, text.len - done, &is_whole);
        if (!is_whole) {
            *ret_length = taken;
            return done;
        }
        done += taken;
    }
    return text.len;
}

/* Continuation bytes (10xxxxxx) among eight. */
static size_t count_continuations(uint64_t word)
{
    uint64_t ones = (word >> 7) & ~(word >> 6) & EVERY_BYTE(1);
    return (size_t)((ones * EVERY_BYTE(1)) >> 56);
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t wh_utf8_length(struct wh_str text)
{
    size_t continuations = 0;
    size_t done = 0;
    for (; text.len - done >= sizeof(uint64_t); done += sizeof(uint64_t))
        continuations += count_continuations(load_word(text.ptr + done));
    for (; done < text.len; done++)
        continuations += is_continuation(text.ptr[done]);
    return text.len - continuations;
}

size_t wh_utf8_offset(struct wh_str text, size_t index)
{
    size_t left = index;
    size_t at = 0;
    while (text.len - at >= sizeof(uint64_t)) {
        size_t starts = sizeof(uint64_t) - count_continuations(load_word(text.ptr + at));
        if (starts > left)
            break;
        left -= starts;
        at += sizeof(uint64_t);
    }
    for (; at < text.len; at++) {
        if (is_continuation(text.ptr[at]))
            continue;
        if (left == 0)
            return at;
        left--;
    }
    return text.len;
}

/* ---- many characters of a text --------------------------------------------------------------- */

enum { BLOCK = 64 };

/* A bit for each continuation byte among BLOCK. */
#if defined(__SSE2__)
static uint64_t continuations_in(const char *block)
{
    const __m128i *from = (const __m128i *)(const void *)block;
    const __m128i first_lead = _mm_set1_epi8((char)0xC0); /* as signed bytes only they are below */
    uint64_t bits = 0;
    for (int i = 0; i < BLOCK / 16; i++) {
        int part = _mm_movemask_epi8(_mm_cmplt_epi8(_mm_loadu_si128(from + i), first_lead));
        bits |= (uint64_t)(uint32_t)part << (16 * i);
    }
    return bits;
}
#else
static uint64_t continuations_in(const char *block)
{
    uint64_t bits = 0;
    for (int i = 0; i < BLOCK; i++)
        bits |= (uint64_t)is_continuation(block[i]) << i;
    return bits;
}
#endif

/* The same for the @p len bytes at @p at; no byte behind the text is read. */
static uint64_t continuations_at(struct wh_str text, size_t at, size_t len)
{
    if (len == BLOCK)
        return continuations_in(text.ptr + at);
    if (at > 0)
        return continuations_in(text.ptr + at + len - BLOCK) >> (BLOCK - len);
    char block[BLOCK] = {0};
    memcpy(block, text.ptr, len);
    return continuations_in(block);
}

/* A continuation byte behind the starts of n characters moves all characters from
 * number n on by a byte. */
size_t wh_utf8_offsets(struct wh_str text, const uint32_t *indexes, size_t count, uint32_t *ret)
{
    size_t done = 0;
    size_t characters = 0;
    for (size_t at = 0; at < text.len; at += BLOCK) {
        size_t len = text.len - at < BLOCK ? text.len - at : BLOCK;
        uint64_t left = continuations_at(text, at, len);
        size_t until = characters + len - (size_t)__builtin_popcountll(left);
        size_t moved = 0;
        for (; done < count && indexes[done] < until; done++) {
            size_t index = indexes[done] - characters;
            for (; left != 0 && (size_t)__builtin_ctzll(left) - moved <= index; left &= left - 1)
                moved++;
            ret[done] = (uint32_t)(at + index + moved);
        }
        characters = until;
    }
    for (; done < count; done++)
        ret[done] = (uint32_t)text.len;
    return characters;
}

struct wh_str wh_utf8_pad(struct wh_str text, size_t length, struct wh_arena *arena)
{
    size_t characters = wh_utf8_length(text);
    if (characters >= length)
        return text;
    size_t missing = length - characters;
    char *room = wh_arena_bytes(arena, text.len + missing);
    if (room == NULL)
        return WH_STR_NONE;
    if (text.len > 0)
        memcpy(room, text.ptr, text.len);
    memset(room + text.len, ' ', missing);
    return wh_str_make(room, text.len + missing);
}
