/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letter case. ASCII is folded eight bytes at a time, characters of two bytes (Latin, Greek,
 * Cyrillic …) through a table that is made when the expression is compiled, those of scripts
 * without case are copied. A text with any other character goes through Unicode's tables.
 */
#include "base/error.h"
#include "convert/functions.h"
#include "convert/kernel_text.h"
#include "data/text.h"

#include <endian.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))
#define HIGH_BITS EACH_BYTE(0x80)

enum { TWO_BYTE_END = 0x800 };

typedef struct wh_str fold_unicode(struct wh_str text, struct wh_arena *arena);

/** The counterparts of the characters of two bytes that have two bytes, too; 0 for the others. */
struct case_table {
    uint16_t counterpart[TWO_BYTE_END];
};

/* ---- the table ------------------------------------------------------------------------------ */

static void put_two_bytes(uint16_t character, char *room)
{
    room[0] = (char)(0xc0 | character >> 6);
    room[1] = (char)(0x80 | (character & 0x3f));
}

static uint16_t read_two_bytes(const char *text)
{
    return (uint16_t)(((unsigned char)text[0] & 0x1f) << 6 | ((unsigned char)text[1] & 0x3f));
}

static wh_code make_table(struct wh_compile *compile, fold_unicode *fold, const void **ret)
{
    struct case_table *table = WH_ARENA_NEW(compile->arena, struct case_table);
    if (table == NULL)
        return wh_error_no_memory(compile->err, sizeof(*table));
    for (uint32_t character = 0x80; character < TWO_BYTE_END; character++) {
        char room[2];
        put_two_bytes((uint16_t)character, room);
        struct wh_str folded = fold(wh_str_make(room, 2), compile->arena);
        if (folded.ptr == NULL)
            return wh_error_no_memory(compile->err, 2);
        if (folded.len == 2)
            table->counterpart[character] = read_two_bytes(folded.ptr);
    }
    *ret = table;
    return WH_OK;
}

wh_code wh_prepare_lower(struct wh_compile *compile, struct wh_call_parts *parts)
{
    WH_TRY(wh_node_check_case(compile, parts->inputs, parts->input_count, "lower()"));
    return make_table(compile, wh_utf8_lower, &parts->state);
}

wh_code wh_prepare_upper(struct wh_compile *compile, struct wh_call_parts *parts)
{
    WH_TRY(wh_node_check_case(compile, parts->inputs, parts->input_count, "upper()"));
    return make_table(compile, wh_utf8_upper, &parts->state);
}

wh_code wh_prepare_initcap(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return wh_node_check_case(compile, parts->inputs, parts->input_count, "initcap()");
}

/* ---- one text ------------------------------------------------------------------------------- */

/* The bit 0x20 in every byte of @p word that lies in @p first … @p first + 25, an ASCII letter. */
static uint64_t case_bits(uint64_t word, unsigned char first)
{
    uint64_t low = word & ~HIGH_BITS;
    uint64_t at_least_first = low + EACH_BYTE(0x80 - (uint64_t)first);
    uint64_t beyond_last = low + EACH_BYTE(0x80 - (uint64_t)first - 26);
    return (at_least_first & ~beyond_last & ~word & HIGH_BITS) >> 2;
}

/* From CJK's radicals to the Yi syllables, and Hangul: no character there has case. */
static bool has_no_case(const char *text)
{
    unsigned lead = (unsigned char)text[0];
    unsigned next = (unsigned char)text[1];
    unsigned start = lead << 8 | next; /* its first two bytes */
    return (start >= 0xe2ba && start < 0xea99) || (start >= 0xeab0 && start < 0xed9f);
}

struct folding {
    const struct case_table *table;
    unsigned char first; /* the first letter that is changed: 'A' or 'a' */
    bool has_changed;
};

/* Folds the character at @p from; returns its bytes, 0 where it takes more than the table. */
static size_t fold_character(struct folding *folding, const char *from, char *to)
{
    unsigned char byte = (unsigned char)from[0];
    if (byte < 0x80) {
        uint64_t bits = case_bits(byte, folding->first) & 0xff;
        to[0] = (char)(byte ^ bits);
        folding->has_changed |= bits != 0;
        return 1;
    }
    if (byte < 0xe0) {
        uint16_t character = read_two_bytes(from);
        uint16_t counterpart = folding->table->counterpart[character];
        put_two_bytes(counterpart, to);
        folding->has_changed |= counterpart != character;
        return counterpart != 0 ? 2 : 0;
    }
    if (byte >= 0xf0 || !has_no_case(from))
        return 0;
    memcpy(to, from, 3);
    return 3;
}

/* Folds eight bytes; returns how many of them stand before the first that is not ASCII. */
static size_t fold_word(struct folding *folding, const char *from, char *to)
{
    uint64_t word;
    memcpy(&word, from, 8);
    uint64_t bits = case_bits(word, folding->first);
    uint64_t high = word & HIGH_BITS;
    word ^= bits;
    memcpy(to, &word, 8);
    folding->has_changed |= bits != 0;
    return high == 0 ? 8 : (size_t)__builtin_ctzll(htole64(high)) / 8;
}

/* Writes the folded text to @p to; false where it takes more than the table. */
static bool fold_fast(struct folding *folding, struct wh_str text, char *to)
{
    size_t at = 0;
    folding->has_changed = false;
    while (at < text.len) {
        if (at + 8 <= text.len) {
            size_t ascii = fold_word(folding, text.ptr + at, to + at);
            at += ascii;
            if (ascii == 8)
                continue;
        }
        size_t len = fold_character(folding, text.ptr + at, to + at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

/* ---- kernels -------------------------------------------------------------------------------- */

static wh_code fold_texts(struct wh_call *call, unsigned char first, fold_unicode *fold)
{
    const struct wh_operand *input = &call->inputs[0];
    struct folding folding = {.table = call->node->state, .first = first};
    size_t total = 0;
    char *room = NULL;
    WH_EACH_ROW(call, row)
    total += wh_text_at(input, row).len;
    WH_TRY(wh_call_bytes(call, total, &room));
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(input, row);
        if (!fold_fast(&folding, text, room)) {
            text = fold(text, call->arena);
            if (text.ptr == NULL && text.len > 0)
                wh_call_fault(call, row, WH_FAULT_NO_MEMORY);
        } else if (folding.has_changed) {
            text.ptr = room;
            room += text.len;
        }
        call->result->values.texts[row] = text;
    }
    return WH_OK;
}

wh_code wh_text_lower(struct wh_call *call)
{
    return fold_texts(call, 'A', wh_utf8_lower);
}

wh_code wh_text_upper(struct wh_call *call)
{
    return fold_texts(call, 'a', wh_utf8_upper);
}

wh_code wh_text_initcap(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_utf8_initcap(wh_text_at(&call->inputs[0], row), call->arena);
        if (text.ptr == NULL && text.len > 0)
            wh_call_fault(call, row, WH_FAULT_NO_MEMORY);
        call->result->values.texts[row] = text;
    }
    return WH_OK;
}
