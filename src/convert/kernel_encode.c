/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes written as text, and read back: PostgreSQL's hex, base64 and escape. */
#include "convert/kernel_encode.h"

#include "base/hex.h"
#include "data/text.h"

typedef size_t encoded_size(struct wh_str bytes);
typedef void encode_function(struct wh_str bytes, char *room);
typedef enum wh_fault decode_function(struct wh_str text, uint8_t *room, size_t *ret_len);

/* ---- hexadecimal ---------------------------------------------------------------------------- */

static size_t hex_size(struct wh_str bytes)
{
    return 2 * bytes.len;
}

static void hex_encode(struct wh_str bytes, char *room)
{
    wh_put_hex(bytes.ptr, bytes.len, room);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* White space may stand between bytes, not within one. */
static enum wh_fault hex_decode(struct wh_str text, uint8_t *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.ptr[i]))
            continue;
        int high = wh_hex_digit(text.ptr[i]);
        int low = i + 1 < text.len ? wh_hex_digit(text.ptr[i + 1]) : -1;
        if (high < 0 || low < 0)
            return WH_FAULT_ARGUMENT;
        room[len++] = (uint8_t)(high << 4 | low);
        i++;
    }
    *ret_len = len;
    return WH_FAULT_NONE;
}

/* ---- base64: RFC 2045, a line feed behind 76 characters -------------------------------------- */

enum { LINE_LENGTH = 76 };

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t base64_size(struct wh_str bytes)
{
    size_t digits = (bytes.len + 2) / 3 * 4;
    return digits + digits / LINE_LENGTH;
}

static void base64_encode(struct wh_str bytes, char *room)
{
    size_t on_line = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = WH_MIN(bytes.len - i, 3);
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < have ? (unsigned char)bytes.ptr[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            *room++ = k <= have ? base64_digits[group >> (18 - 6 * k) & 63] : '=';
        on_line += 4;
        if (on_line == LINE_LENGTH) {
            *room++ = '\n';
            on_line = 0;
        }
    }
}

static int base64_digit(char c)
{
    const char *found = c != '\0' ? strchr(base64_digits, c) : NULL;
    return found != NULL ? (int)(found - base64_digits) : -1;
}

/* Four digits are three bytes; at the end '=' stands for digits that are not there. */
static enum wh_fault base64_decode(struct wh_str text, uint8_t *room, size_t *ret_len)
{
    uint32_t group = 0;
    size_t digits = 0;
    size_t bytes = 3; /* of a group, as the first '=' has it */
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.ptr[i]))
            continue;
        int digit = base64_digit(text.ptr[i]);
        if (text.ptr[i] == '=' && bytes == 3) {
            if (digits < 2)
                return WH_FAULT_ARGUMENT;
            bytes = digits - 1;
        }
        if (digit < 0 && text.ptr[i] != '=')
            return WH_FAULT_ARGUMENT;
        group = group << 6 | (digit < 0 ? 0 : (uint32_t)digit);
        if (++digits < 4)
            continue;
        for (size_t k = 0; k < bytes; k++)
            room[len++] = (uint8_t)(group >> (16 - 8 * k));
        group = 0;
        digits = 0;
    }
    *ret_len = len;
    return digits == 0 ? WH_FAULT_NONE : WH_FAULT_ARGUMENT;
}

/* ---- escape --------------------------------------------------------------------------------- */

static bool is_octal(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte == 0 || byte >= 0x80;
}

static size_t escape_size(struct wh_str bytes)
{
    size_t size = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (is_octal(bytes.ptr[i]))
            size += 4;
        else
            size += bytes.ptr[i] == '\\' ? 2 : 1;
    }
    return size;
}

static void escape_encode(struct wh_str bytes, char *room)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        if (is_octal(bytes.ptr[i])) {
            *room++ = '\\';
            *room++ = (char)('0' + (byte >> 6));
            *room++ = (char)('0' + (byte >> 3 & 7));
            *room++ = (char)('0' + (byte & 7));
            continue;
        }
        if (byte == '\\')
            *room++ = '\\';
        *room++ = (char)byte;
    }
}

/* \ooo at @p at: its byte, and -1 where it is none. */
static int octal_byte(struct wh_str text, size_t at)
{
    int value = 0;
    if (text.len - at < 4)
        return -1;
    for (size_t i = 1; i < 4; i++) {
        char c = text.ptr[at + i];
        if (c < '0' || c > (i == 1 ? '3' : '7'))
            return -1;
        value = value << 3 | (c - '0');
    }
    return value;
}

static enum wh_fault escape_decode(struct wh_str text, uint8_t *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int octal = text.ptr[i] == '\\' ? octal_byte(text, i) : -1;
        if (text.ptr[i] != '\\') {
            room[len++] = (uint8_t)text.ptr[i];
        } else if (octal >= 0) {
            room[len++] = (uint8_t)octal;
            i += 3;
        } else if (i + 1 < text.len && text.ptr[i + 1] == '\\') {
            room[len++] = '\\';
            i++;
        } else {
            return WH_FAULT_SYNTAX;
        }
    }
    *ret_len = len;
    return WH_FAULT_NONE;
}

/* ---- encode(), decode() --------------------------------------------------------------------- */

static const struct form {
    const char *name;
    encoded_size *size;
    encode_function *encode;
    decode_function *decode;
} forms[] = {
    {"hex", hex_size, hex_encode, hex_decode},
    {"base64", base64_size, base64_encode, base64_decode},
    {"escape", escape_size, escape_encode, escape_decode},
};

static const struct form *find_form(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(forms); i++) {
        if (wh_str_equal_ascii_fold(name, wh_str_from(forms[i].name)))
            return &forms[i];
    }
    return NULL;
}

wh_code wh_bytes_encode(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        const struct form *form = find_form(wh_text_at(&call->inputs[1], row));
        if (form == NULL) {
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
            continue;
        }
        size_t size = form->size(bytes);
        char *room = wh_call_room(call, row, size);
        if (room == NULL)
            continue;
        form->encode(bytes, room);
        call->result->values.texts[row] = wh_str_make(room, size);
    }
    return WH_OK;
}

wh_code wh_bytes_decode(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        const struct form *form = find_form(wh_text_at(&call->inputs[1], row));
        size_t len = 0;
        if (form == NULL) {
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
            continue;
        }
        char *room = wh_call_room(call, row, text.len);
        if (room == NULL)
            continue;
        wh_call_check(call, row, form->decode(text, (uint8_t *)room, &len));
        call->result->values.texts[row] = wh_str_make(room, len);
    }
    return WH_OK;
}

/* ---- others --------------------------------------------------------------------------------- */

wh_code wh_int_to_hex(struct wh_call *call)
{
    enum { MOST = 16 };
    bool is_long = call->inputs[0].column.type.bits == 64;
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * MOST, &room));
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        uint64_t left = is_long ? (uint64_t)value : (uint32_t)value;
        size_t digits = 1;
        while (digits < MOST && left >> (4 * digits) != 0)
            digits++;
        for (size_t i = digits; i-- > 0; left >>= 4)
            room[i] = "0123456789abcdef"[left & 15];
        call->result->values.texts[row] = wh_str_make(room, digits);
        room += digits;
    }
    return WH_OK;
}

wh_code wh_text_convert_to(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.texts[row] = wh_text_at(&call->inputs[0], row);
    return WH_OK;
}

wh_code wh_bytes_convert_from(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str bytes = wh_text_at(&call->inputs[0], row);
        call->result->values.texts[row] = bytes;
        if (!wh_utf8_is_valid(bytes))
            wh_call_fault(call, row, WH_FAULT_UTF8);
    }
    return WH_OK;
}
