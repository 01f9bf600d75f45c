/* SPDX-License-Identifier: Apache-2.0 */
#include "format/encoding_guess.h"

#include "data/text.h"

/* Bytes of a character, at most: what the sample's end may cut. */
#define MAX_CHARACTER 4

/* Text of Latin script has its zeros in one half of the bytes only. */
static const char *guess_utf16(struct wh_str sample)
{
    size_t zeros[2] = {0};
    for (size_t i = 0; i < sample.len; i++)
        zeros[i & 1] += sample.ptr[i] == '\0';
    size_t pairs = sample.len / 2;
    if (pairs < 4)
        return NULL;
    if (zeros[1] * 10 > pairs * 4 && zeros[0] * 20 < pairs)
        return "UTF-16LE";
    return zeros[0] * 10 > pairs * 4 && zeros[1] * 20 < pairs ? "UTF-16BE" : NULL;
}

static bool is_undefined_in_1252(char byte)
{
    static const unsigned char undefined[] = {0x81, 0x8D, 0x8F, 0x90, 0x9D};
    return memchr(undefined, (unsigned char)byte, sizeof(undefined)) != NULL;
}

static bool is_ascii(struct wh_str line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.ptr[i] >= 0x80)
            return false;
    return true;
}

static void note_byte(char byte, bool *is_1252, bool *has_printable_controls)
{
    *is_1252 &= !is_undefined_in_1252(byte);
    *has_printable_controls |= (unsigned char)byte >= 0x80 && (unsigned char)byte < 0xA0;
}

/* A line at the sample's end may lack the end of a character. */
static bool is_line_utf8(struct wh_str line, bool may_be_cut)
{
    size_t bad_len;
    size_t bad = wh_utf8_find_bad(line, &bad_len);
    if (bad == line.len || line.ptr[bad] == '\0')
        return true;
    unsigned char lead = (unsigned char)line.ptr[bad];
    bool is_lead = lead >= 0xC2 && lead <= 0xF4;
    return may_be_cut && is_lead && line.len - bad < MAX_CHARACTER && bad + bad_len == line.len;
}

struct wh_encoding_guess wh_encoding_guess(struct wh_str sample)
{
    struct wh_encoding_guess guess = {.name = guess_utf16(sample)};
    guess.is_utf16 = guess.name != NULL;
    if (guess.is_utf16)
        return guess;
    bool is_1252 = true;
    struct wh_str rest = sample;
    while (rest.len > 0) {
        struct wh_str line = wh_str_split(&rest, '\n');
        guess.lines++;
        if (is_line_utf8(line, rest.ptr == NULL)) {
            guess.wide_lines += !is_ascii(line);
            continue;
        }
        guess.odd = guess.odd_lines++ == 0 ? line : guess.odd;
        for (size_t i = 0; i < line.len; i++)
            note_byte(line.ptr[i], &is_1252, &guess.has_printable_controls);
    }
    if (guess.odd_lines == 0)
        guess.name = "UTF-8";
    else
        guess.name = is_1252 ? "cp1252" : NULL;
    return guess;
}
