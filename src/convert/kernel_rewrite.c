/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that write a text anew: its size is known before it is written. */
#include "convert/kernel_text.h"
#include "data/text.h"

wh_code wh_text_repeat(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        int64_t times = wh_int_at(&call->inputs[1], row);
        size_t size;
        if (times <= 0 || text.len == 0) {
            wh_call_set_text(call, row, text.ptr, 0);
            continue;
        }
        if (__builtin_mul_overflow(text.len, (size_t)times, &size))
            size = SIZE_MAX / 2;
        char *room = wh_call_room(call, row, size);
        if (room == NULL)
            continue;
        for (size_t at = 0; at < size; at += text.len)
            memcpy(room + at, text.ptr, text.len);
        wh_call_set_text(call, row, room, size);
    }
    return WH_OK;
}

/* ---- replace() ------------------------------------------------------------------------------ */

static size_t count_matches(struct wh_str text, struct wh_str from)
{
    size_t matches = 0;
    size_t at = wh_text_find(text, from, 0);
    for (; at != SIZE_MAX; at = wh_text_find(text, from, at + from.len))
        matches++;
    return matches;
}

static char *put(char *at, const char *bytes, size_t len)
{
    if (len > 0)
        memcpy(at, bytes, len);
    return at + len;
}

static void write_replaced(struct wh_str text, struct wh_str from, struct wh_str to, char *room)
{
    size_t start = 0;
    size_t at = wh_text_find(text, from, 0);
    while (at != SIZE_MAX) {
        room = put(room, text.ptr + start, at - start);
        room = put(room, to.ptr, to.len);
        start = at + from.len;
        at = wh_text_find(text, from, start);
    }
    put(room, text.ptr + start, text.len - start);
}

static void replace_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_str from = wh_text_at(&call->inputs[1], row);
    struct wh_str to = wh_text_at(&call->inputs[2], row);
    size_t matches = from.len > 0 ? count_matches(text, from) : 0;
    if (matches == 0) {
        call->result->values.texts[row] = text;
        return;
    }
    size_t added;
    if (__builtin_mul_overflow(matches, to.len, &added))
        added = SIZE_MAX / 2;
    size_t size = text.len - matches * from.len + added;
    char *room = wh_call_room(call, row, size);
    if (room == NULL)
        return;
    write_replaced(text, from, to, room);
    wh_call_set_text(call, row, room, size);
}

wh_code wh_text_replace(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    replace_row(call, row);
    return WH_OK;
}

/* ---- by character --------------------------------------------------------------------------- */

wh_code wh_text_reverse(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        char *room = wh_call_room(call, row, text.len);
        if (room == NULL)
            continue;
        for (size_t at = 0; at < text.len;) {
            size_t len = wh_character_bytes(text.ptr[at]);
            memcpy(room + text.len - at - len, text.ptr + at, len);
            at += len;
        }
        wh_call_set_text(call, row, room, text.len);
    }
    return WH_OK;
}

/* Where the character at @p character stands in @p set, in characters; SIZE_MAX: not there. */
static size_t index_in_set(const char *character, size_t len, struct wh_str set)
{
    size_t index = 0;
    for (size_t at = 0; at < set.len; at += wh_character_bytes(set.ptr[at]), index++) {
        if (at + len <= set.len && memcmp(set.ptr + at, character, len) == 0)
            return index;
    }
    return SIZE_MAX;
}

/* What translate() puts for one character: itself, its counterpart, or nothing. */
static struct wh_str translated(const char *character, size_t len, struct wh_str from,
                                struct wh_str to)
{
    size_t index = index_in_set(character, len, from);
    if (index == SIZE_MAX)
        return wh_str_make(character, len);
    size_t at = wh_utf8_offset(to, index);
    return at < to.len ? wh_str_make(to.ptr + at, wh_character_bytes(to.ptr[at])) : WH_STR_NONE;
}

/* Bytes that a byte of the text may become: those of the widest character it may turn into. */
static size_t widest_character(struct wh_str set)
{
    size_t widest = 1;
    for (size_t at = 0; at < set.len; at += wh_character_bytes(set.ptr[at]))
        widest = WH_MAX(widest, wh_character_bytes(set.ptr[at]));
    return widest;
}

static void translate_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_str from = wh_text_at(&call->inputs[1], row);
    struct wh_str to = wh_text_at(&call->inputs[2], row);
    char *room = wh_call_room(call, row, text.len * widest_character(to));
    if (room == NULL)
        return;
    char *end = room;
    for (size_t at = 0; at < text.len;) {
        size_t len = wh_character_bytes(text.ptr[at]);
        struct wh_str character = translated(text.ptr + at, len, from, to);
        end = put(end, character.ptr, character.len);
        at += len;
    }
    wh_call_set_text(call, row, room, (size_t)(end - room));
}

wh_code wh_text_translate(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    translate_row(call, row);
    return WH_OK;
}

/* ---- overlay() ------------------------------------------------------------------------------ */

/* What is replaced may lie beyond the text's end, and may have no length at all. */
static void overlay_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_str placed = wh_text_at(&call->inputs[1], row);
    int64_t from = wh_int_at(&call->inputs[2], row);
    int64_t count = call->node->input_count > 3 ? wh_int_at(&call->inputs[3], row)
                                                : (int64_t)wh_utf8_length(placed);
    if (from < 1 || from + count > INT32_MAX) {
        wh_call_fault(call, row, from < 1 ? WH_FAULT_ARGUMENT : WH_FAULT_RANGE);
        return;
    }
    size_t before = wh_utf8_offset(text, (size_t)from - 1);
    size_t behind = wh_utf8_offset(text, (size_t)WH_MAX(from + count - 1, 0));
    size_t size = before + placed.len + (text.len - behind);
    char *room = wh_call_room(call, row, size);
    if (room == NULL)
        return;
    char *end = put(room, text.ptr, before);
    end = put(end, placed.ptr, placed.len);
    put(end, text.ptr + behind, text.len - behind);
    wh_call_set_text(call, row, room, size);
}

wh_code wh_text_overlay(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    overlay_row(call, row);
    return WH_OK;
}
