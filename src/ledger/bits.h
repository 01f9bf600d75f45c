/* SPDX-License-Identifier: Apache-2.0 */
/** Small numbers and bits, as segments and state pages store them: little-endian, base-128. */
#ifndef WH_LEDGER_BITS_H
#define WH_LEDGER_BITS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

/** Most bytes of one varint. */
#define WH_VARINT_SIZE 10

/** Writes @p value in base 128, low bits first, where there is room; returns the place behind. */
static inline char *wh_put_varint(char *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    return at;
}

/** A place in bytes that may be hostile. Reading behind the end sets `is_bad` and gives 0. */
struct wh_cursor {
    const unsigned char *at;
    const unsigned char *end;
    bool is_bad;
};

static inline struct wh_cursor wh_cursor_make(struct wh_str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    return (struct wh_cursor){.at = at, .end = bytes.len > 0 ? at + bytes.len : at};
}

static inline size_t wh_cursor_left(const struct wh_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static inline uint64_t wh_get_varint_slow(struct wh_cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint64_t byte = *cursor->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    cursor->is_bad = true;
    cursor->at = cursor->end;
    return 0;
}

static inline uint64_t wh_get_varint(struct wh_cursor *cursor)
{
    if (WH_LIKELY(cursor->at < cursor->end && *cursor->at < 0x80))
        return *cursor->at++;
    return wh_get_varint_slow(cursor);
}

/** A slice of @p len bytes of what is left. */
static inline struct wh_str wh_get_bytes(struct wh_cursor *cursor, uint64_t len)
{
    if (len > wh_cursor_left(cursor)) {
        cursor->is_bad = true;
        cursor->at = cursor->end;
        return WH_STR("");
    }
    struct wh_str bytes = wh_str_make((const char *)cursor->at, (size_t)len);
    cursor->at = len > 0 ? cursor->at + len : cursor->at;
    return bytes;
}

/** Signed differences as unsigned numbers that are small where they are small: 0, -1, 1, -2 … */
static inline uint64_t wh_zigzag(uint64_t difference)
{
    return difference << 1 ^ (0 - (difference >> 63));
}
static inline uint64_t wh_unzigzag(uint64_t value)
{
    return value >> 1 ^ (0 - (value & 1));
}

static inline void wh_put_u64(char *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}
static inline uint64_t wh_get_u64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

static inline size_t wh_bits_size(size_t count)
{
    return count / 8 + (count % 8 != 0);
}
static inline bool wh_get_bit(const char *bits, size_t index)
{
    return ((unsigned char)bits[index / 8] >> (index % 8) & 1) != 0;
}

#endif
