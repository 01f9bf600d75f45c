/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letter case. Text of ASCII alone, which most is, is folded eight bytes at a time; anything else
 * goes through Unicode's simple case mapping.
 */
#include "convert/kernel_text.h"
#include "data/text.h"

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))
#define HIGH_BITS EACH_BYTE(0x80)

/* The bit 0x20 in every byte of @p word that lies in @p first … @p first + 25, an ASCII letter. */
static uint64_t case_bits(uint64_t word, unsigned char first)
{
    uint64_t low = word & ~HIGH_BITS;
    uint64_t at_least_first = low + EACH_BYTE(0x80 - (uint64_t)first);
    uint64_t beyond_last = low + EACH_BYTE(0x80 - (uint64_t)first - 26);
    return (at_least_first & ~beyond_last & ~word & HIGH_BITS) >> 2;
}

/* Folds @p len bytes into @p to; *ret_changed says whether any is another. False where a byte is not
 * ASCII: then what was written means nothing. */
static bool fold_ascii(const char *from, size_t len, unsigned char first, char *to,
                       bool *ret_changed)
{
    uint64_t seen = 0;
    uint64_t changed = 0;
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, from + at, 8);
        uint64_t bits = case_bits(word, first);
        seen |= word;
        changed |= bits;
        word ^= bits;
        memcpy(to + at, &word, 8);
    }
    for (; at < len; at++) {
        uint64_t byte = (unsigned char)from[at];
        uint64_t bits = case_bits(byte, first) & 0xff;
        seen |= byte;
        changed |= bits;
        to[at] = (char)(byte ^ bits);
    }
    *ret_changed = changed != 0;
    return (seen & HIGH_BITS) == 0;
}

typedef struct wh_str fold_unicode(struct wh_str text, struct wh_arena *arena);

static wh_code fold_texts(struct wh_call *call, unsigned char first, fold_unicode *fold)
{
    const struct wh_operand *input = &call->inputs[0];
    size_t total = 0;
    char *room = NULL;
    WH_EACH_ROW(call, row)
    total += wh_text_at(input, row).len;
    WH_TRY(wh_call_bytes(call, total, &room));
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(input, row);
        bool has_changed = false;
        if (!fold_ascii(text.ptr, text.len, first, room, &has_changed)) {
            text = fold(text, call->arena);
            if (text.ptr == NULL && text.len > 0)
                wh_call_fault(call, row, WH_FAULT_NO_MEMORY);
        } else if (has_changed) {
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
