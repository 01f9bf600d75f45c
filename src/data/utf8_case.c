/* SPDX-License-Identifier: Apache-2.0 */
/* Simple case mapping: one character to one character, as C.UTF-8 has it. */
#include "data/text.h"

#include <string.h>
#include <utf8proc.h>

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* A mapped character is at most half as long again: two bytes may become three (U+0250, U+2C6F). */
static size_t mapped_room(size_t len)
{
    return len + len / 2 + 4;
}

static const struct wh_str no_memory = {.ptr = NULL, .len = SIZE_MAX};

/* The high bit of each byte that lies between @p first and @p last; all bytes are ASCII. */
static uint64_t bytes_between(uint64_t word, char first, char last)
{
    uint64_t from = word + EVERY_BYTE((uint64_t)(0x80 - first));
    uint64_t beyond = word + EVERY_BYTE((uint64_t)(0x80 - last - 1));
    return from & ~beyond & EVERY_BYTE(0x80);
}

/* Letters between first and last change their case bit; the rest stays. */
struct ascii_range {
    char first;
    char last;
};

/* Offset of the first byte that changes or is not ASCII. */
static size_t find_change(struct wh_str text, struct ascii_range range)
{
    size_t at = 0;
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.ptr + at, sizeof(word));
        if ((word & EVERY_BYTE(0x80)) != 0 || bytes_between(word, range.first, range.last) != 0)
            break;
    }
    while (at < text.len && (unsigned char)text.ptr[at] < 0x80 &&
           !(text.ptr[at] >= range.first && text.ptr[at] <= range.last))
        at++;
    return at;
}

/* Maps ASCII from @p at on into @p room; returns the offset of the first byte that is not. */
static size_t map_ascii(struct wh_str text, size_t at, struct ascii_range range, char *room)
{
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.ptr + at, sizeof(word));
        if ((word & EVERY_BYTE(0x80)) != 0)
            break;
        word ^= bytes_between(word, range.first, range.last) >> 2;
        memcpy(room + at, &word, sizeof(word));
    }
    for (; at < text.len && (unsigned char)text.ptr[at] < 0x80; at++) {
        char byte = text.ptr[at];
        room[at] = byte >= range.first && byte <= range.last ? (char)(byte ^ 0x20) : byte;
    }
    return at;
}

typedef utf8proc_int32_t map_character(utf8proc_int32_t character);

/* Maps one character of @p text at @p *at; returns the bytes written to @p room. */
static size_t map_one(struct wh_str text, size_t *at, map_character *map, char *room)
{
    utf8proc_int32_t character;
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + *at,
                                               (utf8proc_ssize_t)(text.len - *at), &character);
    if (length <= 0) { /* not UTF-8: the byte is kept */
        room[0] = text.ptr[(*at)++];
        return 1;
    }
    *at += (size_t)length;
    return (size_t)utf8proc_encode_char(map(character), (utf8proc_uint8_t *)room);
}

static struct wh_str map_case(struct wh_str text, struct ascii_range range, map_character *map,
                              struct wh_arena *arena)
{
    size_t at = find_change(text, range);
    if (at == text.len)
        return text;
    char *room = wh_arena_bytes(arena, mapped_room(text.len));
    if (room == NULL)
        return no_memory;
    memcpy(room, text.ptr, at);
    at = map_ascii(text, at, range, room);
    size_t used = at;
    while (at < text.len)
        used += map_one(text, &at, map, room + used);
    struct wh_str mapped = wh_str_make(room, used);
    return wh_str_equal(mapped, text) ? text : mapped;
}

/* ß has a capital letter, but simple case mapping does not go there. */
static utf8proc_int32_t to_upper(utf8proc_int32_t character)
{
    return character == 0xDF ? character : utf8proc_toupper(character);
}

struct wh_str wh_utf8_lower(struct wh_str text, struct wh_arena *arena)
{
    return map_case(text, (struct ascii_range){'A', 'Z'}, utf8proc_tolower, arena);
}

struct wh_str wh_utf8_upper(struct wh_str text, struct wh_arena *arena)
{
    return map_case(text, (struct ascii_range){'a', 'z'}, to_upper, arena);
}

/* ---- words ----------------------------------------------------------------------------------- */

struct range {
    utf8proc_int32_t first;
    utf8proc_int32_t last;
};

/* Marks and symbols that are letters all the same: Unicode 14's Other_Alphabetic. Code points that
 * are no marks or symbols may lie within a range. */
static const struct range alphabetic_marks[] = {
    {0x0345, 0x0345},   {0x05B0, 0x05C7},   {0x0610, 0x0657},   {0x0659, 0x06DC},
    {0x06E1, 0x06E8},   {0x06ED, 0x06ED},   {0x0711, 0x073F},   {0x07A6, 0x07B0},
    {0x0816, 0x0817},   {0x081B, 0x082C},   {0x08D4, 0x08DF},   {0x08E3, 0x08E9},
    {0x08F0, 0x093B},   {0x093E, 0x094C},   {0x094E, 0x094F},   {0x0955, 0x0983},
    {0x09BE, 0x09CC},   {0x09D7, 0x09E3},   {0x0A01, 0x0A03},   {0x0A3E, 0x0A4C},
    {0x0A51, 0x0A83},   {0x0ABE, 0x0ACC},   {0x0AE2, 0x0AFC},   {0x0B01, 0x0B03},
    {0x0B3E, 0x0B4C},   {0x0B56, 0x0B63},   {0x0B82, 0x0BCC},   {0x0BD7, 0x0BD7},
    {0x0C00, 0x0C03},   {0x0C3E, 0x0C4C},   {0x0C55, 0x0C63},   {0x0C81, 0x0C83},
    {0x0CBE, 0x0CCC},   {0x0CD5, 0x0CE3},   {0x0D00, 0x0D03},   {0x0D3E, 0x0D4C},
    {0x0D57, 0x0D63},   {0x0D81, 0x0D83},   {0x0DCF, 0x0E3A},   {0x0E4D, 0x0E4D},
    {0x0EB1, 0x0EB9},   {0x0EBB, 0x0EBC},   {0x0ECD, 0x0ECD},   {0x0F71, 0x0F81},
    {0x0F8D, 0x0FBC},   {0x102B, 0x1036},   {0x1038, 0x1038},   {0x103B, 0x109D},
    {0x1712, 0x1713},   {0x1732, 0x1733},   {0x1752, 0x1773},   {0x17B6, 0x17C8},
    {0x1885, 0x1938},   {0x1A17, 0x1A5E},   {0x1A61, 0x1A74},   {0x1ABF, 0x1AC0},
    {0x1ACC, 0x1B04},   {0x1B35, 0x1B43},   {0x1B80, 0x1BA9},   {0x1BAC, 0x1BAD},
    {0x1BE7, 0x1BF1},   {0x1C24, 0x1C36},   {0x1DE7, 0x1DF4},   {0x24B6, 0x24E9},
    {0x2DE0, 0x2DFF},   {0xA674, 0xA67B},   {0xA69E, 0xA69F},   {0xA802, 0xA802},
    {0xA80B, 0xA827},   {0xA880, 0xA8C3},   {0xA8C5, 0xA8C5},   {0xA8FF, 0xA92A},
    {0xA947, 0xA952},   {0xA980, 0xA983},   {0xA9B4, 0xA9BF},   {0xA9E5, 0xAA4D},
    {0xAA7B, 0xAABE},   {0xAAEB, 0xAAF5},   {0xABE3, 0xABEA},   {0xFB1E, 0xFB1E},
    {0x10376, 0x1037A}, {0x10A01, 0x10A0F}, {0x10D24, 0x10EAC}, {0x11000, 0x11045},
    {0x11073, 0x11074}, {0x11082, 0x110B8}, {0x110C2, 0x11132}, {0x11145, 0x11146},
    {0x11180, 0x111BF}, {0x111CE, 0x11234}, {0x11237, 0x1123E}, {0x112DF, 0x112E8},
    {0x11300, 0x11303}, {0x1133E, 0x1134C}, {0x11357, 0x11363}, {0x11435, 0x11441},
    {0x11443, 0x11445}, {0x114B0, 0x114C1}, {0x115AF, 0x115BE}, {0x115DC, 0x1163E},
    {0x11640, 0x116B5}, {0x1171D, 0x1172A}, {0x1182C, 0x11838}, {0x11930, 0x1193C},
    {0x11940, 0x11942}, {0x119D1, 0x119DF}, {0x119E4, 0x11A0A}, {0x11A35, 0x11A3E},
    {0x11A51, 0x11A97}, {0x11C2F, 0x11C3E}, {0x11C92, 0x11D41}, {0x11D43, 0x11D43},
    {0x11D47, 0x11D96}, {0x11EF3, 0x11EF6}, {0x16F4F, 0x16F92}, {0x16FF0, 0x16FF1},
    {0x1BC9E, 0x1BC9E}, {0x1E000, 0x1E02A}, {0x1E947, 0x1E947}, {0x1F130, 0x1F149},
    {0x1F150, 0x1F169}, {0x1F170, 0x1F189},
};

static bool is_alphabetic_mark(utf8proc_int32_t character)
{
    size_t low = 0;
    size_t high = WH_COUNT_OF(alphabetic_marks);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (alphabetic_marks[middle].last < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < WH_COUNT_OF(alphabetic_marks) && alphabetic_marks[low].first <= character;
}

#define CATEGORY(name) (1u << UTF8PROC_CATEGORY_##name)

/* What iswalnum() says in C.UTF-8. */
static bool is_alnum(utf8proc_int32_t character)
{
    const unsigned letters = CATEGORY(LU) | CATEGORY(LL) | CATEGORY(LT) | CATEGORY(LM) |
                             CATEGORY(LO) | CATEGORY(ND) | CATEGORY(NL);
    const unsigned marks = CATEGORY(MN) | CATEGORY(MC) | CATEGORY(SO);
    unsigned category = 1u << utf8proc_category(character);
    return (category & letters) != 0 || ((category & marks) != 0 && is_alphabetic_mark(character));
}

struct wh_str wh_utf8_initcap(struct wh_str text, struct wh_arena *arena)
{
    char *room = wh_arena_bytes(arena, mapped_room(text.len));
    if (room == NULL)
        return no_memory;
    bool is_in_word = false;
    size_t used = 0;
    for (size_t at = 0; at < text.len;) {
        utf8proc_int32_t character = (unsigned char)text.ptr[at];
        if (character >= 0x80)
            utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                             (utf8proc_ssize_t)(text.len - at), &character);
        used += map_one(text, &at, is_in_word ? utf8proc_tolower : to_upper, room + used);
        is_in_word = is_alnum(character);
    }
    struct wh_str mapped = wh_str_make(room, used);
    return wh_str_equal(mapped, text) ? text : mapped;
}
