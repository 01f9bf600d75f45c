/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix_mojibake(): UTF-8 that was read as Windows-1252 or Latin-1 and written as UTF-8 again,
 * perhaps more than once. A text is mended as a whole or left as it is: each of its characters
 * beyond ASCII has to be a byte of those encodings, the bytes have to be UTF-8, and one of the
 * sequences has to be such as nobody writes (a bare 'É…' could be meant).
 */
#include <utf8proc.h>

#include "convert/kernel_text.h"
#include "data/text.h"

enum { MOST_ROUNDS = 4 };

/* Windows-1252's characters for the bytes 0x80 to 0x9f; 0: none,
 * and the byte is read as Latin-1. */
static const uint16_t cp1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* The byte that was read as @p character; false where none was. */
static bool byte_of(uint32_t character, unsigned char *ret)
{
    *ret = (unsigned char)character;
    if (character <= 0xff)
        return true;
    for (size_t i = 0; i < WH_COUNT_OF(cp1252); i++) {
        *ret = (unsigned char)(0x80 + i);
        if (cp1252[i] == character)
            return true;
    }
    return false;
}

/* The bytes that @p text was read from; 0 where a character is none. */
static size_t undo_reading(struct wh_str text, char *room)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += wh_character_bytes(text.ptr[at])) {
        unsigned char byte;
        if (!byte_of(wh_character_value(text.ptr + at), &byte))
            return 0;
        room[len++] = (char)byte;
    }
    return len;
}

static bool is_lower(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || byte >= 0xdf || byte == 0x83 || byte == 0x9a ||
           byte == 0x9c || byte == 0x9e;
}

static bool is_letter(unsigned char byte)
{
    return is_lower(byte) || (byte >= 'A' && byte <= 'Z') || byte >= 0xc0;
}

static bool is_one_of(unsigned char byte, const char *bytes)
{
    return byte != 0 && strchr(bytes, (char)byte) != NULL;
}

/* What two characters, the first of them a capital, say: as bytes of Windows-1252. */
#define NEVER_BEHIND_LETTERS "\x80\x82\x83\x84\x88\x89\x98" /* € ‚ ƒ „ ˆ ‰ ˜ */
#define LETTERS "\x8a\x8c\x8e\x9a\x9c\x9e\x9f"              /* Š Œ Ž š œ ž Ÿ */
#define BETWEEN_LETTERS "\x85\x91\x92\x96\x97"              /* … ‘ ’ – — */
#define A_TILDE 0xc3 /* stands before no such letter, and alone it is no word */

/* Whether the two bytes at @p at, read as characters, are nothing that people write. */
static bool is_telling_pair(struct wh_str bytes, size_t at)
{
    const unsigned char *byte = (const unsigned char *)bytes.ptr + at;
    bool may_follow_capital = byte[1] <= 0xa0 || byte[1] == 0xab || byte[1] == 0xbb;
    bool starts_word = at == 0 || !is_letter(byte[-1]);
    bool goes_on = at + 2 < bytes.len && is_letter(byte[2]);
    if (!may_follow_capital || (at > 0 && is_lower(byte[-1])) ||
        is_one_of(byte[1], NEVER_BEHIND_LETTERS))
        return true;
    if (byte[0] == A_TILDE && is_one_of(byte[1], LETTERS))
        return true;
    return starts_word && goes_on && byte[1] < 0xa0 &&
           (byte[0] == A_TILDE || !is_one_of(byte[1], BETWEEN_LETTERS LETTERS));
}

static bool is_assigned(uint32_t character)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)character);
    return category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_CO;
}

/* Whether @p bytes, which are UTF-8, were meant as such; @p is_told: there is a sign of it. */
static bool is_convincing(struct wh_str bytes, bool is_told)
{
    for (size_t at = 0; at < bytes.len; at += wh_character_bytes(bytes.ptr[at])) {
        if ((unsigned char)bytes.ptr[at] < 0x80)
            continue;
        if (!is_assigned(wh_character_value(bytes.ptr + at)))
            return false;
        is_told |= wh_character_bytes(bytes.ptr[at]) > 2 || is_telling_pair(bytes, at);
    }
    return is_told;
}

/* C1 controls: nobody writes them, so a text that has them is halfway. */
static bool has_control(struct wh_str text)
{
    for (size_t at = 0; at + 1 < text.len; at++) {
        if ((unsigned char)text.ptr[at] == 0xc2 && (unsigned char)text.ptr[at + 1] < 0xa0)
            return true;
    }
    return false;
}

static bool is_ascii(struct wh_str text)
{
    for (size_t at = 0; at < text.len; at++) {
        if ((unsigned char)text.ptr[at] >= 0x80)
            return false;
    }
    return true;
}

/* The text in @p room becomes what it was before it was read wrongly, once or several times. */
static struct wh_str mend(struct wh_str text, char *room)
{
    struct wh_str best = text;
    struct wh_str at_hand = text;
    for (size_t round = 0; round < MOST_ROUNDS; round++) {
        char *next = room + round * text.len;
        struct wh_str bytes = wh_str_make(next, undo_reading(at_hand, next));
        if (bytes.len == 0 || !wh_utf8_is_valid(bytes) ||
            !is_convincing(bytes, has_control(at_hand)))
            break;
        at_hand = bytes;
        if (!has_control(bytes))
            best = bytes;
    }
    return best;
}

wh_code wh_text_fix_mojibake(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        call->result->values.texts[row] = text;
        if (is_ascii(text))
            continue;
        char *room = text.len <= WH_TEXT_MAX_BYTES
                         ? wh_arena_bytes(call->scratch, MOST_ROUNDS * text.len)
                         : NULL;
        if (room == NULL) {
            wh_call_fault(call, row,
                          text.len > WH_TEXT_MAX_BYTES ? WH_FAULT_LIMIT : WH_FAULT_NO_MEMORY);
            continue;
        }
        struct wh_str mended = mend(text, room);
        if (mended.ptr == text.ptr)
            continue;
        char *kept = wh_call_room(call, row, mended.len);
        if (kept == NULL)
            continue;
        memcpy(kept, mended.ptr, mended.len);
        wh_call_set_text(call, row, kept, mended.len);
    }
    return WH_OK;
}
