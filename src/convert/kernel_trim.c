/* SPDX-License-Identifier: Apache-2.0 */
/* Trimming, which only moves a slice's ends, and padding, its counterpart. */
#include "convert/kernel_text.h"
#include "data/text.h"

enum { LEFT = 1, RIGHT = 2 };

static struct wh_str trim_spaces(struct wh_str text, int ends)
{
    while ((ends & LEFT) != 0 && text.len > 0 && text.ptr[0] == ' ') {
        text.ptr++;
        text.len--;
    }
    while ((ends & RIGHT) != 0 && text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* Whether the character of @p len bytes at @p character is one of @p set's. */
static bool is_in_set(const char *character, size_t len, struct wh_str set)
{
    for (size_t at = 0; at < set.len; at += wh_character_bytes(set.ptr[at])) {
        if (at + len <= set.len && memcmp(set.ptr + at, character, len) == 0)
            return true;
    }
    return false;
}

static size_t last_character(struct wh_str text)
{
    size_t at = text.len - 1;
    while (at > 0 && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static struct wh_str trim_set(struct wh_str text, struct wh_str set, int ends)
{
    while ((ends & LEFT) != 0 && text.len > 0) {
        size_t len = wh_character_bytes(text.ptr[0]);
        if (!is_in_set(text.ptr, len, set))
            break;
        text.ptr += len;
        text.len -= len;
    }
    while ((ends & RIGHT) != 0 && text.len > 0) {
        size_t at = last_character(text);
        if (!is_in_set(text.ptr + at, text.len - at, set))
            break;
        text.len = at;
    }
    return text;
}

static wh_code trim(struct wh_call *call, int ends)
{
    struct wh_str *result = call->result->values.texts;
    if (call->node->input_count == 1) {
        WH_EACH_ROW(call, row)
        result[row] = trim_spaces(wh_text_at(&call->inputs[0], row), ends);
        return WH_OK;
    }
    WH_EACH_ROW(call, row)
    result[row] =
        trim_set(wh_text_at(&call->inputs[0], row), wh_text_at(&call->inputs[1], row), ends);
    return WH_OK;
}

wh_code wh_text_trim_both(struct wh_call *call)
{
    return trim(call, LEFT | RIGHT);
}

wh_code wh_text_trim_left(struct wh_call *call)
{
    return trim(call, LEFT);
}

wh_code wh_text_trim_right(struct wh_call *call)
{
    return trim(call, RIGHT);
}

/* ---- padding -------------------------------------------------------------------------------- */

/* How many bytes the first @p characters of @p fill, repeated, take up. */
static size_t fill_bytes(struct wh_str fill, size_t characters)
{
    size_t in_fill = wh_utf8_length(fill);
    size_t part = wh_utf8_offset(fill, characters % in_fill);
    size_t whole;
    if (__builtin_mul_overflow(characters / in_fill, fill.len, &whole))
        return SIZE_MAX / 2;
    return whole + part;
}

static void write_fill(char *room, size_t size, struct wh_str fill)
{
    for (size_t at = 0; at < size; at += fill.len)
        memcpy(room + at, fill.ptr, WH_MIN(fill.len, size - at));
}

static void pad_row(struct wh_call *call, size_t row, bool is_left)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    int64_t asked = wh_int_at(&call->inputs[1], row);
    struct wh_str fill =
        call->node->input_count > 2 ? wh_text_at(&call->inputs[2], row) : WH_STR(" ");
    size_t length = asked > 0 ? (size_t)asked : 0;
    size_t characters = wh_utf8_length(text);
    if (characters >= length || fill.len == 0) {
        wh_call_set_text(call, row, text.ptr, wh_utf8_offset(text, length));
        return;
    }
    size_t size = fill_bytes(fill, length - characters);
    char *room = wh_call_room(call, row, text.len + size);
    if (room == NULL)
        return;
    write_fill(is_left ? room : room + text.len, size, fill);
    if (text.len > 0)
        memcpy(is_left ? room + size : room, text.ptr, text.len);
    wh_call_set_text(call, row, room, text.len + size);
}

wh_code wh_text_pad_left(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    pad_row(call, row, true);
    return WH_OK;
}

wh_code wh_text_pad_right(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    pad_row(call, row, false);
    return WH_OK;
}
