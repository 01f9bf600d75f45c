/* SPDX-License-Identifier: Apache-2.0 */
/** Hexadecimal digits, two a byte. */
#ifndef WH_BASE_HEX_H
#define WH_BASE_HEX_H

#include <stddef.h>

/** The value of a digit, in upper or lower case; -1 for any other character. */
static inline int wh_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** Writes @p len bytes in lower case to @p room; returns where the next one goes. */
static inline char *wh_put_hex(const void *bytes, size_t len, char *room)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++) {
        *room++ = digits[byte[i] >> 4];
        *room++ = digits[byte[i] & 15];
    }
    return room;
}

#endif
