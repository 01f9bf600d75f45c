/* SPDX-License-Identifier: Apache-2.0 */
/* Integers, truth values and bytes between text and value. */
#include "data/text.h"

#include "base/hex.h"
#include "data/digits.h"

/* ---- integers -------------------------------------------------------------------------------- */

/* As pg_strtoint64(): digits beyond the range are a fault before what follows them is looked at. */
enum wh_fault wh_int_parse(struct wh_str text, int64_t *ret)
{
    const char *at = text.ptr;
    const char *end = at + text.len;
    while (at < end && wh_is_space(*at))
        at++;
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    int64_t value = 0; /* negated: the range is larger there */
    for (; at < end && wh_is_digit(*at); at++) {
        int digit = *at - '0';
        if (at - digits < 18)
            value = value * 10 - digit;
        else if (__builtin_mul_overflow(value, 10, &value) ||
                 __builtin_sub_overflow(value, digit, &value))
            return WH_FAULT_RANGE;
    }
    if (at == digits)
        return WH_FAULT_SYNTAX;
    while (at < end && wh_is_space(*at))
        at++;
    if (at < end)
        return WH_FAULT_SYNTAX;
    if (!is_negative && value == INT64_MIN)
        return WH_FAULT_RANGE;
    *ret = is_negative ? value : -value;
    return WH_FAULT_NONE;
}

enum wh_fault wh_int_syntax_fault(struct wh_str text, int64_t min)
{
    size_t len = 0;
    int64_t value = 0;
    while (len < text.len && (wh_is_space(text.ptr[len]) || strchr("+-", text.ptr[len]) != NULL))
        len++;
    while (len < text.len && wh_is_digit(text.ptr[len]))
        len++;
    bool is_number = wh_int_parse(wh_str_make(text.ptr, len), &value) == WH_FAULT_NONE;
    /* As PostgreSQL counts, which is downwards: the range is larger there. */
    int64_t counted = value > 0 ? -value : value;
    return is_number && counted < min ? WH_FAULT_RANGE : WH_FAULT_SYNTAX;
}

size_t wh_int_print(int64_t value, char *room)
{
    char *at = room;
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    return (size_t)(wh_put_uint(at, magnitude) - room);
}

/* ---- truth values ---------------------------------------------------------------------------- */

/* True where @p text, of at least @p shortest letters, begins @p word. */
static bool begins_word(struct wh_str text, const char *word, size_t shortest)
{
    size_t length = strlen(word);
    return text.len >= shortest && text.len <= length &&
           wh_str_equal_ascii_fold(text, wh_str_make(word, text.len));
}

enum wh_fault wh_bool_parse(struct wh_str text, uint8_t *ret)
{
    static const struct {
        const char *word;
        size_t shortest;
        uint8_t value;
    } words[] = {
        {"true", 1, 1}, {"false", 1, 0}, {"yes", 1, 1}, {"no", 1, 0},
        {"on", 2, 1},   {"off", 2, 0},   {"1", 1, 1},   {"0", 1, 0},
    };
    struct wh_str word = wh_str_trim(text);
    for (size_t i = 0; i < WH_COUNT_OF(words); i++) {
        if (!begins_word(word, words[i].word, words[i].shortest))
            continue;
        *ret = words[i].value;
        return WH_FAULT_NONE;
    }
    return WH_FAULT_SYNTAX;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

enum wh_fault wh_bytes_print(struct wh_str bytes, struct wh_arena *arena, struct wh_str *ret)
{
    if (bytes.len > (SIZE_MAX - 2) / 2)
        return WH_FAULT_NO_MEMORY;
    char *room = wh_arena_bytes(arena, bytes.len * 2 + 2);
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    char *at = room;
    *at++ = '\\';
    *at++ = 'x';
    at = wh_put_hex(bytes.ptr, bytes.len, at);
    *ret = wh_str_make(room, (size_t)(at - room));
    return WH_FAULT_NONE;
}

static bool is_hex_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Pairs of hex digits, with white space between pairs. */
static enum wh_fault parse_hex(struct wh_str text, char *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_hex_space(text.ptr[i]))
            continue;
        int high = wh_hex_digit(text.ptr[i]);
        int low = ++i < text.len ? wh_hex_digit(text.ptr[i]) : -1;
        if (high < 0 || low < 0)
            return WH_FAULT_SYNTAX;
        room[len++] = (char)(unsigned char)(high << 4 | low);
    }
    *ret_len = len;
    return WH_FAULT_NONE;
}

static bool is_octal(char byte, char highest)
{
    return byte >= '0' && byte <= highest;
}

/* A backslash is doubled, or followed by three octal digits of a byte; all else means itself. */
static enum wh_fault parse_escapes(struct wh_str text, char *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.ptr + i;
        size_t left = text.len - i;
        if (*at != '\\') {
            room[len++] = *at;
        } else if (left >= 2 && at[1] == '\\') {
            room[len++] = '\\';
            i += 1;
        } else if (left >= 4 && is_octal(at[1], '3') && is_octal(at[2], '7') &&
                   is_octal(at[3], '7')) {
            int value = (at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0');
            room[len++] = (char)(unsigned char)value;
            i += 3;
        } else {
            return WH_FAULT_SYNTAX;
        }
    }
    *ret_len = len;
    return WH_FAULT_NONE;
}

enum wh_fault wh_bytes_parse(struct wh_str text, struct wh_arena *arena, struct wh_str *ret)
{
    char *room = wh_arena_bytes(arena, text.len);
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    bool is_hex = text.len >= 2 && text.ptr[0] == '\\' && text.ptr[1] == 'x';
    size_t len;
    enum wh_fault fault = is_hex ? parse_hex(wh_str_make(text.ptr + 2, text.len - 2), room, &len)
                                 : parse_escapes(text, room, &len);
    if (fault == WH_FAULT_NONE)
        *ret = wh_str_make(room, len);
    return fault;
}
