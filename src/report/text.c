/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/datetime.h"

/* ---- data on a terminal ---------------------------------------------------------------------- */

enum { ESCAPE_SIZE = 11, LARGEST_SHOWN = 1 << 30 };

/** One character of a text as it is shown. */
struct glyph {
    size_t taken;      /* bytes of the text */
    size_t width;      /* columns */
    size_t escape_len; /* 0: shown as it is */
    char escape[ESCAPE_SIZE];
};

/** Controls, and what makes a text look like another one: direction marks, line separators. */
static bool is_dangerous(utf8proc_int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP)
        return true;
    /* Joiners and soft hyphens belong to words of several languages. */
    return category == UTF8PROC_CATEGORY_CF && code != 0x200c && code != 0x200d && code != 0xad;
}

static void escape(struct glyph *glyph, utf8proc_int32_t code)
{
    const char *name = code == '\n' ? "\\n" : code == '\t' ? "\\t" : code == '\r' ? "\\r" : NULL;
    int len;
    if (name != NULL)
        len = snprintf(glyph->escape, sizeof glyph->escape, "%s", name);
    else if (code < 0x80)
        len = snprintf(glyph->escape, sizeof glyph->escape, "\\x%02x", (unsigned)code);
    else if (code <= 0xffff)
        len = snprintf(glyph->escape, sizeof glyph->escape, "\\u%04x", (unsigned)code);
    else
        len = snprintf(glyph->escape, sizeof glyph->escape, "\\U%08x", (unsigned)code);
    glyph->escape_len = (size_t)len;
    glyph->width = glyph->escape_len;
}

static struct glyph glyph_at(struct wh_str text, size_t at)
{
    struct glyph glyph = {.taken = 1, .width = 1};
    unsigned char first = (unsigned char)text.ptr[at];
    if (first >= 0x20 && first < 0x7f)
        return glyph;
    utf8proc_int32_t code;
    size_t left = text.len - at;
    utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                              (utf8proc_ssize_t)WH_MIN(left, (size_t)4), &code);
    if (taken <= 0) {
        glyph.escape_len =
            (size_t)snprintf(glyph.escape, sizeof glyph.escape, "\\x%02x", (unsigned)first);
        glyph.width = glyph.escape_len;
        return glyph;
    }
    glyph.taken = (size_t)taken;
    if (is_dangerous(code))
        escape(&glyph, code);
    else
        glyph.width = (size_t)WH_MAX(utf8proc_charwidth(code), 0);
    return glyph;
}

size_t wh_text_width(struct wh_str text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len;) {
        struct glyph glyph = glyph_at(text, at);
        width += glyph.width;
        at += glyph.taken;
    }
    return width;
}

/** True where @p text can be shown as it is; otherwise *ret_fit is where it must be cut so that
 *  a '…' still fits, text.len where it need not be. */
static bool measure(struct wh_str text, size_t width, size_t *ret_fit)
{
    bool is_plain = true;
    size_t used = 0;
    *ret_fit = 0;
    for (size_t at = 0; at < text.len;) {
        struct glyph glyph = glyph_at(text, at);
        is_plain &= glyph.escape_len == 0;
        used += glyph.width;
        if (used > width)
            return false;
        at += glyph.taken;
        if (used + 1 <= width)
            *ret_fit = at;
    }
    *ret_fit = text.len;
    return is_plain;
}

wh_code wh_text_show(struct wh_str text, size_t width, struct wh_arena *arena, struct wh_str *ret,
                     struct wh_error *err)
{
    size_t fit;
    *ret = text;
    if (measure(text, width, &fit))
        return WH_OK;
    WH_CLEANUP(wh_buf_release) struct wh_buf shown;
    wh_buf_init(&shown, LARGEST_SHOWN);
    for (size_t at = 0; at < fit;) {
        struct glyph glyph = glyph_at(text, at);
        if (glyph.escape_len > 0)
            WH_TRY(wh_buf_append(&shown, glyph.escape, glyph.escape_len, err));
        else
            WH_TRY(wh_buf_append(&shown, text.ptr + at, glyph.taken, err));
        at += glyph.taken;
    }
    if (fit < text.len && width > 0)
        WH_TRY(wh_buf_append_str(&shown, WH_STR("…"), err));
    return wh_arena_copy(arena, wh_buf_str(&shown), ret, err);
}

wh_code wh_text_shell_word(struct wh_str text, struct wh_arena *arena, struct wh_str *ret,
                           struct wh_error *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,@%+";
    size_t at = 0;
    while (at < text.len && text.ptr[at] != '\0' && strchr(plain, text.ptr[at]) != NULL)
        at++;
    if (at == text.len && at > 0 && text.ptr[0] != '-')
        return wh_arena_copy(arena, text, ret, err);
    WH_CLEANUP(wh_buf_release) struct wh_buf quoted;
    wh_buf_init(&quoted, LARGEST_SHOWN);
    WH_TRY(wh_buf_append_byte(&quoted, '\'', err));
    for (at = 0; at < text.len; at++) {
        if (text.ptr[at] == '\'')
            WH_TRY(wh_buf_append_str(&quoted, WH_STR("'\\'"), err));
        WH_TRY(wh_buf_append_byte(&quoted, text.ptr[at], err));
    }
    WH_TRY(wh_buf_append_byte(&quoted, '\'', err));
    return wh_arena_copy(arena, wh_buf_str(&quoted), ret, err);
}

/* ---- numbers --------------------------------------------------------------------------------- */

const char *wh_text_count(uint64_t count, char *room)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *out = room;
    for (int at = 0; at < len; at++) {
        if (at > 0 && (len - at) % 3 == 0)
            *out++ = ',';
        *out++ = digits[at];
    }
    *out = '\0';
    return room;
}

const char *wh_text_seconds(double seconds, char *room)
{
    if (!(seconds >= 0))
        seconds = 0;
    if (seconds < 9.95) {
        snprintf(room, WH_TEXT_SIZE, "%.1f s", seconds);
        return room;
    }
    unsigned long long whole = seconds < 1e15 ? (unsigned long long)llround(seconds) : 0;
    if (whole < 120)
        snprintf(room, WH_TEXT_SIZE, "%llu s", whole);
    else if (whole < 7200)
        snprintf(room, WH_TEXT_SIZE, "%llu min %02llu s", whole / 60, whole % 60);
    else
        snprintf(room, WH_TEXT_SIZE, "%llu h %02llu min", whole / 3600, whole / 60 % 60);
    return room;
}

/* The rate of a moment says nothing about an hour. */
#define SHORTEST_RATED 0.1

const char *wh_text_rate(uint64_t count, double seconds, char *room)
{
    if (count == 0 || !(seconds >= SHORTEST_RATED)) {
        snprintf(room, WH_TEXT_SIZE, "–");
        return room;
    }
    wh_text_count((uint64_t)((double)count / seconds), room);
    size_t len = strlen(room);
    snprintf(room + len, WH_TEXT_SIZE - len, "/s");
    return room;
}

const char *wh_text_time(int64_t microseconds, char *room)
{
    room[0] = '\0';
    if (microseconds == 0)
        return room;
    char printed[WH_DATETIME_SIZE];
    int64_t part = microseconds % WH_USECS_PER_SECOND;
    size_t len =
        wh_timestamp_print(microseconds - (part < 0 ? part + WH_USECS_PER_SECOND : part), printed);
    snprintf(room, WH_TEXT_SIZE, "%.*s", (int)len, printed);
    return room;
}

const char *wh_text_iso_time(int64_t microseconds, char *room)
{
    char printed[WH_DATETIME_SIZE];
    size_t len = wh_timestamp_print(microseconds, printed);
    snprintf(room, WH_TEXT_SIZE, "%.*sZ", (int)len, printed);
    char *gap = strchr(room, ' ');
    if (gap != NULL)
        *gap = 'T';
    return room;
}

const char *wh_text_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
