/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of bytes, single bytes and bits. Positions count from 1,
 * the numbers of bytes and bits from 0. */
#include "convert/kernel_encode.h"
#include "convert/kernel_text.h"

/* As of text: positions before the first byte count, too. */
wh_code wh_bytes_substring(struct wh_call *call)
{
    bool has_length = call->node->input_count > 2;
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        int64_t size = (int64_t)bytes.len;
        int64_t first = wh_int_at(&call->inputs[1], row);
        int64_t length = has_length ? wh_int_at(&call->inputs[2], row) : size;
        int64_t end = has_length ? WH_MIN(first + length, size + 1) : size + 1;
        first = WH_MAX(first, 1);
        if (length < 0)
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
        else if (end <= first)
            call->result->values.texts[row] = wh_str_make(bytes.ptr, 0);
        else
            call->result->values.texts[row] =
                wh_str_make(bytes.ptr + first - 1, (size_t)(end - first));
    }
    return WH_OK;
}

/* ---- trimming ------------------------------------------------------------------------------- */

enum { LEFT = 1, RIGHT = 2 };

static bool has_byte(struct wh_str set, char byte)
{
    return set.len > 0 && memchr(set.ptr, byte, set.len) != NULL;
}

static wh_code trim(struct wh_call *call, int ends)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        struct wh_str set = wh_text_at(&call->inputs[1], row);
        while ((ends & LEFT) != 0 && bytes.len > 0 && has_byte(set, bytes.ptr[0])) {
            bytes.ptr++;
            bytes.len--;
        }
        while ((ends & RIGHT) != 0 && bytes.len > 0 && has_byte(set, bytes.ptr[bytes.len - 1]))
            bytes.len--;
        call->result->values.texts[row] = bytes;
    }
    return WH_OK;
}

wh_code wh_bytes_trim_both(struct wh_call *call)
{
    return trim(call, LEFT | RIGHT);
}

wh_code wh_bytes_trim_left(struct wh_call *call)
{
    return trim(call, LEFT);
}

wh_code wh_bytes_trim_right(struct wh_call *call)
{
    return trim(call, RIGHT);
}

/* ---- position(), overlay() ------------------------------------------------------------------ */

wh_code wh_bytes_position(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        size_t found =
            wh_text_find(wh_text_at(&call->inputs[0], row), wh_text_at(&call->inputs[1], row), 0);
        call->result->values.ints[row] = found != SIZE_MAX ? (int64_t)found + 1 : 0;
    }
    return WH_OK;
}

static void copy(char *to, const char *from, size_t len)
{
    if (len > 0)
        memcpy(to, from, len);
}

static void overlay_row(struct wh_call *call, size_t row)
{
    struct wh_str bytes = wh_text_at(&call->inputs[0], row);
    struct wh_str placed = wh_text_at(&call->inputs[1], row);
    int64_t from = wh_int_at(&call->inputs[2], row);
    int64_t count =
        call->node->input_count > 3 ? wh_int_at(&call->inputs[3], row) : (int64_t)placed.len;
    if (from < 1 || from + count > INT32_MAX) {
        wh_call_fault(call, row, from < 1 ? WH_FAULT_ARGUMENT : WH_FAULT_RANGE);
        return;
    }
    size_t before = WH_MIN((size_t)from - 1, bytes.len);
    size_t behind = WH_MIN((size_t)WH_MAX(from + count - 1, 0), bytes.len);
    size_t size = before + placed.len + (bytes.len - behind);
    char *room = wh_call_room(call, row, size);
    if (room == NULL)
        return;
    copy(room, bytes.ptr, before);
    copy(room + before, placed.ptr, placed.len);
    copy(room + before + placed.len, bytes.ptr + behind, bytes.len - behind);
    wh_call_set_text(call, row, room, size);
}

wh_code wh_bytes_overlay(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    overlay_row(call, row);
    return WH_OK;
}

/* ---- bytes and bits by number --------------------------------------------------------------- */

/* Bit 0 is the lowest of the first byte. */
static wh_code get(struct wh_call *call, int64_t bits_each)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        int64_t index = wh_int_at(&call->inputs[1], row);
        if (index < 0 || index / bits_each >= (int64_t)bytes.len) {
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
            continue;
        }
        unsigned char byte = (unsigned char)bytes.ptr[index / bits_each];
        call->result->values.ints[row] = bits_each == 1 ? byte : byte >> (index % 8) & 1;
    }
    return WH_OK;
}

wh_code wh_bytes_get_byte(struct wh_call *call)
{
    return get(call, 1);
}

wh_code wh_bytes_get_bit(struct wh_call *call)
{
    return get(call, 8);
}

static void set_row(struct wh_call *call, size_t row, int64_t bits_each)
{
    struct wh_str bytes = wh_text_at(&call->inputs[0], row);
    int64_t index = wh_int_at(&call->inputs[1], row);
    int64_t value = wh_int_at(&call->inputs[2], row);
    if (index < 0 || index / bits_each >= (int64_t)bytes.len ||
        (bits_each == 8 && value != 0 && value != 1)) {
        wh_call_fault(call, row, WH_FAULT_ARGUMENT);
        return;
    }
    char *room = wh_call_room(call, row, bytes.len);
    if (room == NULL)
        return;
    copy(room, bytes.ptr, bytes.len);
    unsigned char byte = (unsigned char)room[index / bits_each];
    if (bits_each == 1)
        byte = (unsigned char)value;
    else
        byte = (unsigned char)((byte & ~(1U << (index % 8))) | (unsigned)value << (index % 8));
    room[index / bits_each] = (char)byte;
    wh_call_set_text(call, row, room, bytes.len);
}

wh_code wh_bytes_set_byte(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    set_row(call, row, 1);
    return WH_OK;
}

wh_code wh_bytes_set_bit(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    set_row(call, row, 8);
    return WH_OK;
}

wh_code wh_bytes_bit_count(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        int64_t count = 0;
        for (size_t i = 0; i < bytes.len; i++)
            count += __builtin_popcount((unsigned char)bytes.ptr[i]);
        call->result->values.ints[row] = count;
    }
    return WH_OK;
}
