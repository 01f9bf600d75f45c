/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters without their marks, and names for addresses made of text. The marks are
 * Unicode's: a Latin or Greek letter is decomposed (UAX 15) and its nonspacing marks are
 * left out. In other scripts they make another letter (й is no и), so there they stay. A
 * table has what is not decomposed.
 */
#include <stdlib.h>
#include <utf8proc.h>

#include "convert/kernel_text.h"
#include "data/text.h"

/* ---- one character -------------------------------------------------------------------------- */

struct special {
    uint32_t character;
    const char *plain;
};

/* Sorted by character. */
static const struct special specials[] = {
    {0x00ab, "<<"}, {0x00bb, ">>"}, {0x00c6, "AE"}, {0x00d0, "D"},  {0x00d8, "O"},  {0x00de, "TH"},
    {0x00df, "ss"}, {0x00e6, "ae"}, {0x00f0, "d"},  {0x00f8, "o"},  {0x00fe, "th"}, {0x0110, "D"},
    {0x0111, "d"},  {0x0126, "H"},  {0x0127, "h"},  {0x0131, "i"},  {0x0138, "q"},  {0x013f, "L"},
    {0x0140, "l"},  {0x0141, "L"},  {0x0142, "l"},  {0x0149, "'n"}, {0x014a, "N"},  {0x014b, "n"},
    {0x0152, "OE"}, {0x0153, "oe"}, {0x0166, "T"},  {0x0167, "t"},  {0x0192, "f"},  {0x0401, "Е"},
    {0x0451, "е"},  {0x1e9e, "SS"}, {0x2010, "-"},  {0x2011, "-"},  {0x2012, "-"},  {0x2013, "-"},
    {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},  {0x2019, "'"},  {0x201a, ","},  {0x201b, "'"},
    {0x201c, "\""}, {0x201d, "\""}, {0x201e, ",,"}, {0x201f, "\""}, {0x2032, "'"},  {0x2033, "\""},
    {0x2039, "<"},  {0x203a, ">"},  {0x2212, "-"},
};

static int compare_special(const void *key, const void *special)
{
    uint32_t character = *(const uint32_t *)key;
    uint32_t other = ((const struct special *)special)->character;
    return (character > other) - (character < other);
}

static const char *find_special(uint32_t character)
{
    const struct special *found =
        bsearch(&character, specials, WH_COUNT_OF(specials), sizeof(specials[0]), compare_special);
    return found != NULL ? found->plain : NULL;
}

static bool is_ascii_letter(uint32_t character)
{
    return (character | 0x20) >= 'a' && (character | 0x20) <= 'z';
}

/* Latin or Greek, without marks. */
static bool is_plain_letter(uint32_t character)
{
    return is_ascii_letter(character) || (character >= 0x391 && character <= 0x3a9) ||
           (character >= 0x3b1 && character <= 0x3c9) || find_special(character) != NULL;
}

static bool is_mark(uint32_t character)
{
    return utf8proc_category((utf8proc_int32_t)character) == UTF8PROC_CATEGORY_MN;
}

enum { MAX_PARTS = 20, MAX_PLAIN = 4 * MAX_PARTS };

static size_t put_plain(uint32_t character, char *room)
{
    const char *special = find_special(character);
    if (special == NULL)
        return wh_put_character(character, room);
    memcpy(room, special, strlen(special));
    return strlen(special);
}

/* Writes what stands for @p character without marks, at most MAX_PLAIN bytes;
 * 0 where it is kept. */
static size_t unaccent_character(uint32_t character, char *room)
{
    utf8proc_int32_t parts[MAX_PARTS];
    int last_boundclass = 0;
    size_t len = 0;
    if (find_special(character) != NULL)
        return put_plain(character, room);
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)character, parts, MAX_PARTS,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE, &last_boundclass);
    if (count < 1 || count > MAX_PARTS || (uint32_t)parts[0] == character ||
        !is_plain_letter((uint32_t)parts[0]))
        return 0;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        uint32_t part = (uint32_t)parts[i];
        if (i > 0 && is_mark(part))
            continue;
        if (!is_plain_letter(part))
            return 0;
        len += put_plain(part, room + len);
    }
    return len;
}

/* ---- unaccent() ----------------------------------------------------------------------------- */

static size_t ascii_bytes(struct wh_str text, size_t from)
{
    size_t at = from;
    while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
        at++;
    return at - from;
}

/* Marks of their own follow a letter that they would be left out of. */
static bool is_dropped_mark(uint32_t character, bool follows_letter)
{
    return follows_letter && character >= 0x300 && character <= 0x36f;
}

/* Writes @p text without marks to @p room, where there is one; returns its bytes. */
static size_t unaccent(struct wh_str text, char *room)
{
    size_t len = 0;
    bool follows_letter = false;
    char plain[MAX_PLAIN];
    for (size_t at = 0; at < text.len;) {
        size_t ascii = ascii_bytes(text, at);
        if (ascii > 0) {
            if (room != NULL)
                memcpy(room + len, text.ptr + at, ascii);
            len += ascii;
            at += ascii;
            follows_letter = is_ascii_letter((unsigned char)text.ptr[at - 1]);
            continue;
        }
        uint32_t character = wh_character_value(text.ptr + at);
        size_t size = wh_character_bytes(text.ptr[at]);
        const char *from = text.ptr + at;
        at += size;
        if (is_dropped_mark(character, follows_letter))
            continue;
        size_t changed = unaccent_character(character, plain);
        follows_letter = changed > 0 || is_plain_letter(character);
        if (changed > 0) {
            from = plain;
            size = changed;
        }
        if (room != NULL)
            memcpy(room + len, from, size);
        len += size;
    }
    return len;
}

/* A copy of @p text without marks, or itself; false where memory or the limits are passed. */
static bool unaccent_text(struct wh_call *call, size_t row, struct wh_str *text)
{
    if (ascii_bytes(*text, 0) == text->len)
        return true;
    char *room = wh_call_room(call, row, unaccent(*text, NULL));
    if (room == NULL)
        return false;
    *text = wh_str_make(room, unaccent(*text, room));
    return true;
}

wh_code wh_text_unaccent(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        if (unaccent_text(call, row, &text))
            call->result->values.texts[row] = text;
    }
    return WH_OK;
}

/* ---- slug() --------------------------------------------------------------------------------- */

/* Letters, digits, and the marks that make other letters of them. */
static bool is_word_character(uint32_t character)
{
    if (character < 0x80)
        return is_ascii_letter(character) || (character >= '0' && character <= '9');
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)character);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ND) ||
           category == UTF8PROC_CATEGORY_NL || category == UTF8PROC_CATEGORY_NO;
}

/* Lower case, with one hyphen for whatever stands between words;
 * @p room has space for all of it. */
static size_t write_slug(struct wh_str text, char *room)
{
    size_t len = 0;
    bool is_between = false;
    for (size_t at = 0; at < text.len;) {
        uint32_t character = wh_character_value(text.ptr + at);
        size_t size = wh_character_bytes(text.ptr[at]);
        if (is_word_character(character)) {
            if (is_between && len > 0)
                room[len++] = '-';
            memcpy(room + len, text.ptr + at, size);
            len += size;
        }
        is_between = !is_word_character(character);
        at += size;
    }
    return len;
}

wh_code wh_text_slug(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        if (!unaccent_text(call, row, &text))
            continue;
        char *room = wh_call_room(call, row, text.len);
        if (room == NULL)
            continue;
        struct wh_str slug = wh_utf8_lower(wh_str_make(room, write_slug(text, room)), call->arena);
        if (slug.ptr == NULL && slug.len > 0)
            return wh_error_no_memory(call->err, text.len);
        call->result->values.texts[row] = slug;
    }
    return WH_OK;
}
