/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdint.h>

int wh_str_compare(struct wh_str a, struct wh_str b)
{
    size_t common = WH_MIN(a.len, b.len);
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int wh_str_order(const void *a, const void *b)
{
    return wh_str_compare(*(const struct wh_str *)a, *(const struct wh_str *)b);
}

static char ascii_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool wh_str_equal_ascii_fold(struct wh_str a, struct wh_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    return true;
}

bool wh_str_starts_with(struct wh_str s, struct wh_str prefix)
{
    return s.len >= prefix.len && wh_str_equal(wh_str_make(s.ptr, prefix.len), prefix);
}

bool wh_str_ends_with(struct wh_str s, struct wh_str suffix)
{
    return s.len >= suffix.len &&
           wh_str_equal(wh_str_make(s.ptr + (s.len - suffix.len), suffix.len), suffix);
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct wh_str wh_str_trim(struct wh_str s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct wh_str wh_str_split(struct wh_str *s, char separator)
{
    struct wh_str head = *s;
    const char *found = s->len > 0 ? memchr(s->ptr, separator, s->len) : NULL;
    if (found == NULL) {
        *s = WH_STR_NONE;
        return head;
    }
    head.len = (size_t)(found - s->ptr);
    s->ptr += head.len + 1;
    s->len -= head.len + 1;
    return head;
}

enum { DISTANCE_MAX = 64 };

size_t wh_str_distance(struct wh_str a, struct wh_str b)
{
    if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
        return SIZE_MAX;
    /* Three rows of the usual table: swapping neighbours looks two rows back. */
    uint8_t rows[3][DISTANCE_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (uint8_t)j;
    for (size_t i = 1; i <= a.len; i++) {
        uint8_t *row = rows[i % 3];
        const uint8_t *above = rows[(i + 2) % 3];
        const uint8_t *before = rows[(i + 1) % 3];
        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned best = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1] ? 1u : 0u);
            best = WH_MIN(best, above[j] + 1u);
            best = WH_MIN(best, row[j - 1] + 1u);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                best = WH_MIN(best, before[j - 2] + 1u);
            row[j] = (uint8_t)best;
        }
    }
    return rows[a.len % 3][b.len];
}

size_t wh_str_utf8_cut(struct wh_str s, size_t limit)
{
    if (s.len < limit)
        return s.len;
    /* Back over at most three continuation bytes to the start of the last sequence. */
    size_t start = limit;
    while (start > 0 && limit - start < 3 && ((unsigned char)s.ptr[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return limit;
    unsigned char lead = (unsigned char)s.ptr[start - 1];
    size_t needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return limit - (start - 1) >= needed ? limit : start - 1;
}
