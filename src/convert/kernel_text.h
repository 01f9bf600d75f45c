/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of the functions on text. */
#ifndef WH_CONVERT_KERNEL_TEXT_H
#define WH_CONVERT_KERNEL_TEXT_H

#include "convert/kernel.h"

/* Letter case (kernel_case.c). */
wh_kernel wh_text_lower;
wh_kernel wh_text_upper;
wh_kernel wh_text_initcap;

/* Both ends (kernel_trim.c). One input: spaces; two: the characters of the second. */
wh_kernel wh_text_trim_both;
wh_kernel wh_text_trim_left;
wh_kernel wh_text_trim_right;
wh_kernel wh_text_pad_left;
wh_kernel wh_text_pad_right;

/* Joining (kernel_concat.c). */
wh_kernel wh_text_concat;           /* strict: a || b || c */
wh_kernel wh_text_concat_skip_null; /* concat() */
wh_kernel wh_text_concat_ws;

/* Measures and positions (kernel_text.c). */
wh_kernel wh_text_length;
wh_kernel wh_text_octet_length;
wh_kernel wh_text_bit_length;
wh_kernel wh_text_position;
wh_kernel wh_text_starts_with;
wh_kernel wh_text_ascii;
wh_kernel wh_text_chr;

/* Parts (kernel_text.c). */
wh_kernel wh_text_substring; /* from, and length where there is a third input */
wh_kernel wh_text_left;
wh_kernel wh_text_right;
wh_kernel wh_text_split_part;

/* Rewriting (kernel_rewrite.c). */
wh_kernel wh_text_repeat;
wh_kernel wh_text_replace;
wh_kernel wh_text_reverse;
wh_kernel wh_text_translate;
wh_kernel wh_text_overlay;

/* What a program would read (kernel_quote.c, kernel_format.c). */
wh_kernel wh_text_quote_ident;
wh_kernel wh_text_quote_literal;
wh_kernel wh_text_quote_nullable;
wh_kernel wh_bool_quote; /* both of a truth value */
wh_kernel wh_text_format;

/* Unicode (kernel_unicode.c, kernel_unaccent.c). */
wh_kernel wh_text_normalize; /* the second input, where there is one, is the form */
wh_kernel wh_text_is_normalized;
wh_kernel wh_text_unistr;
wh_kernel wh_text_unaccent; /* wherry's own, as the next */
wh_kernel wh_text_slug;

/* wherry's own (kernel_clean.c). */
wh_kernel wh_text_strip_control;
wh_kernel wh_text_parse_number;
wh_kernel wh_text_parse_date;
wh_kernel wh_text_fix_mojibake; /* kernel_mojibake.c */

/* Of any types (kernel_concat.c). */
wh_kernel wh_count_nulls;
wh_kernel wh_count_nonnulls;

/** Bytes of the character that begins with @p lead, in valid UTF-8. */
static inline size_t wh_character_bytes(char lead)
{
    unsigned char byte = (unsigned char)lead;
    if (byte < 0x80)
        return 1;
    if (byte < 0xe0)
        return 2;
    return byte < 0xf0 ? 3 : 4;
}

/** The code point of the character at @p text, which is valid UTF-8. */
static inline uint32_t wh_character_value(const char *text)
{
    static const unsigned char lead_masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t len = wh_character_bytes(text[0]);
    uint32_t value = (unsigned char)text[0] & lead_masks[len];
    for (size_t i = 1; i < len; i++)
        value = value << 6 | ((unsigned char)text[i] & 0x3f);
    return value;
}

/** Writes the character, at most four bytes; returns how many. */
size_t wh_put_character(uint32_t value, char *room);

/** Offset of the first @p needle in @p text at or behind @p from; SIZE_MAX where there is none. */
size_t wh_text_find(struct wh_str text, struct wh_str needle, size_t from);

static inline void wh_call_set_text(struct wh_call *call, size_t row, const char *ptr, size_t len)
{
    call->result->values.texts[row] = wh_str_make(ptr, len);
}

#endif
