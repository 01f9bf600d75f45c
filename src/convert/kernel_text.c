/* SPDX-License-Identifier: Apache-2.0 */
/* Measures, positions and parts of texts. Lengths and positions count characters, from 1. */
#include "convert/kernel_text.h"

#include "data/text.h"

size_t wh_text_find(struct wh_str text, struct wh_str needle, size_t from)
{
    if (needle.len == 0)
        return from <= text.len ? from : SIZE_MAX;
    if (text.len < needle.len || from > text.len - needle.len)
        return SIZE_MAX;
    const char *found = memmem(text.ptr + from, text.len - from, needle.ptr, needle.len);
    return found != NULL ? (size_t)(found - text.ptr) : SIZE_MAX;
}

/* ---- measures and positions ----------------------------------------------------------------- */

wh_code wh_text_length(struct wh_call *call)
{
    bool is_bytes = call->inputs[0].column.type.kind == WH_KIND_BYTES;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        call->result->values.ints[row] = (int64_t)(is_bytes ? text.len : wh_utf8_length(text));
    }
    return WH_OK;
}

wh_code wh_text_octet_length(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = (int64_t)wh_text_at(&call->inputs[0], row).len;
    return WH_OK;
}

wh_code wh_text_bit_length(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t bits = 8 * (int64_t)wh_text_at(&call->inputs[0], row).len;
        call->result->values.ints[row] = bits;
        if (bits > INT32_MAX)
            wh_call_fault(call, row, WH_FAULT_RANGE);
    }
    return WH_OK;
}

/* A needle of one byte, constant, is the common case: position('@' in email). */
static void find_byte(struct wh_call *call, char byte)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        const char *found = text.len > 0 ? memchr(text.ptr, byte, text.len) : NULL;
        size_t before = found != NULL ? (size_t)(found - text.ptr) : 0;
        call->result->values.ints[row] =
            found != NULL ? (int64_t)wh_utf8_length(wh_str_make(text.ptr, before)) + 1 : 0;
    }
}

wh_code wh_text_position(struct wh_call *call)
{
    const struct wh_operand *needles = &call->inputs[1];
    if (needles->mask == 0 && call->selection.count > 0 && wh_text_at(needles, 0).len == 1) {
        find_byte(call, wh_text_at(needles, 0).ptr[0]);
        return WH_OK;
    }
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        size_t found = wh_text_find(text, wh_text_at(needles, row), 0);
        call->result->values.ints[row] =
            found != SIZE_MAX ? (int64_t)wh_utf8_length(wh_str_make(text.ptr, found)) + 1 : 0;
    }
    return WH_OK;
}

wh_code wh_text_starts_with(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] =
        wh_str_starts_with(wh_text_at(&call->inputs[0], row), wh_text_at(&call->inputs[1], row));
    return WH_OK;
}

/* ---- characters and their numbers ----------------------------------------------------------- */

wh_code wh_text_ascii(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        call->result->values.ints[row] = text.len > 0 ? wh_character_value(text.ptr) : 0;
    }
    return WH_OK;
}

size_t wh_put_character(uint32_t value, char *room)
{
    static const unsigned char leads[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    size_t len = 1U + (value > 0x7f) + (value > 0x7ff) + (value > 0xffff);
    for (size_t i = len; i-- > 1; value >>= 6)
        room[i] = (char)(0x80 | (value & 0x3f));
    room[0] = (char)(leads[len] | value);
    return len;
}

wh_code wh_text_chr(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * 4, &room));
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        if (value < 1 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
            continue;
        }
        size_t len = wh_put_character((uint32_t)value, room);
        wh_call_set_text(call, row, room, len);
        room += len;
    }
    return WH_OK;
}

/* ---- parts ---------------------------------------------------------------------------------- */

/* Characters @p first (from 0) up to, not including, @p end. */
static struct wh_str slice(struct wh_str text, size_t first, size_t end)
{
    size_t start = wh_utf8_offset(text, first);
    struct wh_str rest = wh_str_make(text.ptr + start, text.len - start);
    if (end - first < rest.len)
        rest.len = wh_utf8_offset(rest, end - first);
    return rest;
}

/* Positions before the first character count, too: substring('abc', -1, 3) is 'a'. */
wh_code wh_text_substring(struct wh_call *call)
{
    bool has_length = call->node->input_count > 2;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        int64_t first = wh_int_at(&call->inputs[1], row);
        int64_t length = has_length ? wh_int_at(&call->inputs[2], row) : 0;
        int64_t end = has_length ? first + length : INT64_MAX;
        if (length < 0)
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
        else if (end <= 1 || text.len == 0)
            wh_call_set_text(call, row, text.ptr, 0);
        else
            call->result->values.texts[row] =
                slice(text, first > 1 ? (size_t)first - 1 : 0, (size_t)end - 1);
    }
    return WH_OK;
}

/* A negative count leaves so many characters out at the other end. */
static size_t count_characters(struct wh_str text, int64_t count)
{
    if (count >= 0)
        return (size_t)count;
    int64_t left = (int64_t)wh_utf8_length(text) + count;
    return left > 0 ? (size_t)left : 0;
}

wh_code wh_text_left(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        size_t count = count_characters(text, wh_int_at(&call->inputs[1], row));
        wh_call_set_text(call, row, text.ptr, wh_utf8_offset(text, count));
    }
    return WH_OK;
}

wh_code wh_text_right(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        size_t count = count_characters(text, wh_int_at(&call->inputs[1], row));
        size_t length = wh_utf8_length(text);
        size_t start = count < length ? wh_utf8_offset(text, length - count) : 0;
        wh_call_set_text(call, row, text.ptr + start, text.len - start);
    }
    return WH_OK;
}

/* Part @p wanted from the front, from 1. */
static struct wh_str part_from_front(struct wh_str text, struct wh_str separator, int64_t wanted)
{
    size_t start = 0;
    size_t end = wh_text_find(text, separator, 0);
    for (int64_t part = 1; part < wanted; part++) {
        if (end == SIZE_MAX)
            return wh_str_make(text.ptr, 0);
        start = end + separator.len;
        end = wh_text_find(text, separator, start);
    }
    return wh_str_make(text.ptr + start, (end == SIZE_MAX ? text.len : end) - start);
}

static int64_t count_parts(struct wh_str text, struct wh_str separator)
{
    int64_t parts = 1;
    size_t at = wh_text_find(text, separator, 0);
    for (; at != SIZE_MAX; at = wh_text_find(text, separator, at + separator.len))
        parts++;
    return parts;
}

static struct wh_str split_part(struct wh_str text, struct wh_str separator, int64_t wanted)
{
    struct wh_str nothing = wh_str_make(text.ptr, 0);
    if (text.len == 0)
        return nothing;
    if (separator.len == 0)
        return wanted == 1 || wanted == -1 ? text : nothing;
    if (wanted < 0)
        wanted += count_parts(text, separator) + 1;
    return wanted > 0 ? part_from_front(text, separator, wanted) : nothing;
}

wh_code wh_text_split_part(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t wanted = wh_int_at(&call->inputs[2], row);
        if (wanted == 0)
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
        else
            call->result->values.texts[row] = split_part(wh_text_at(&call->inputs[0], row),
                                                         wh_text_at(&call->inputs[1], row), wanted);
    }
    return WH_OK;
}
