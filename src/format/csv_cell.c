/* SPDX-License-Identifier: Apache-2.0 */
/** What a cell says: without its quotes and with escapes undone. */
#include "base/hex.h"
#include "format/csv_internal.h"

/* @p cell without the spaces around its quotes. */
static struct wh_str trim_spaces(const struct wh_csv_dialect *dialect, struct wh_str cell)
{
    if (!dialect->may_space_quotes)
        return cell;
    struct wh_str inner = cell;
    while (inner.len > 0 && (inner.ptr[0] == ' ' || inner.ptr[0] == '\t')) {
        inner.ptr++;
        inner.len--;
    }
    if (inner.len == 0 || inner.ptr[0] != dialect->quote)
        return cell;
    while (inner.ptr[inner.len - 1] == ' ' || inner.ptr[inner.len - 1] == '\t')
        inner.len--;
    return inner;
}

bool wh_csv_cell_is_quoted(const struct wh_csv_dialect *dialect, struct wh_str cell)
{
    struct wh_str inner = trim_spaces(dialect, cell);
    return dialect->has_quote && inner.len > 0 && inner.ptr[0] == dialect->quote;
}

/* ---- escapes --------------------------------------------------------------------------------- */

static bool is_octal(char byte)
{
    return byte >= '0' && byte <= '7';
}

/* The byte for which @p letter stands behind an escape: itself where it has no meaning. */
static char meaning_of(char letter, const char *letters, const char *bytes)
{
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;
    return at != NULL ? bytes[at - letters] : letter;
}

/* One to three octal digits. */
static size_t undo_octal(struct wh_str rest, char *ret)
{
    unsigned value = 0;
    size_t used = 0;
    for (; used < 3 && used < rest.len && is_octal(rest.ptr[used]); used++)
        value = value * 8 + (unsigned)(rest.ptr[used] - '0');
    *ret = (char)(value & 0xFF);
    return used;
}

/* An x and one or two hex digits; an x without any is itself. */
static size_t undo_hex(struct wh_str rest, char *ret)
{
    unsigned value = 0;
    size_t used = 1;
    for (; used < 3 && used < rest.len && wh_hex_digit(rest.ptr[used]) >= 0; used++)
        value = value * 16 + (unsigned)wh_hex_digit(rest.ptr[used]);
    *ret = used > 1 ? (char)value : 'x';
    return used;
}

/* What the bytes behind an escape stand for; how many there were of them. */
static size_t undo_escape(const struct wh_csv_dialect *dialect, struct wh_str rest, char *ret)
{
    if (dialect->escapes == WH_CSV_ESCAPES_MYSQL) {
        *ret = rest.ptr[0] == '0' ? '\0' : meaning_of(rest.ptr[0], "bnrtZ", "\b\n\r\t\x1A");
        return 1;
    }
    if (dialect->escapes == WH_CSV_ESCAPES_POSTGRES) {
        if (is_octal(rest.ptr[0]))
            return undo_octal(rest, ret);
        if (rest.ptr[0] == 'x')
            return undo_hex(rest, ret);
        *ret = meaning_of(rest.ptr[0], "bfnrtv", "\b\f\n\r\t\v");
        return 1;
    }
    *ret = rest.ptr[0];
    return 1;
}

/* True where the byte behind a plain escape loses a meaning by it. Where there are quotes, the
 * escape counts before them, itself and the delimiter only: otherwise both bytes are text. */
static bool counts_before(const struct wh_csv_dialect *dialect, bool is_quoted, char byte)
{
    if (dialect->escapes != WH_CSV_ESCAPES_PLAIN || !dialect->has_quote)
        return true;
    return byte == dialect->quote || byte == dialect->escape ||
           (byte == dialect->delimiter && !is_quoted);
}

/* Copies @p cell with its escapes undone to @p to, which has as much room; the bytes written. */
static size_t undo_all(const struct wh_csv_dialect *dialect, struct wh_str cell, bool is_quoted,
                       char *to)
{
    size_t len = 0;
    for (size_t at = 0; at < cell.len;) {
        char byte = cell.ptr[at++];
        bool is_escape = dialect->has_escape && byte == dialect->escape && at < cell.len &&
                         counts_before(dialect, is_quoted, cell.ptr[at]);
        bool is_doubled = is_quoted && byte == dialect->quote && at < cell.len;
        if (is_escape)
            at += undo_escape(dialect, wh_str_make(cell.ptr + at, cell.len - at), &byte);
        else if (is_doubled)
            at++;
        to[len++] = byte;
    }
    return len;
}

/* Where quotes are doubled and nothing else: many bytes at a time. */
static struct wh_str undo_doubling(struct wh_str inner, char quote, struct wh_arena *arena)
{
    const char *doubled = inner.len > 0 ? memchr(inner.ptr, quote, inner.len) : NULL;
    if (doubled == NULL)
        return inner;
    char *copy = wh_arena_bytes(arena, inner.len - 1);
    if (copy == NULL)
        return WH_STR_NONE;
    const char *from = inner.ptr;
    const char *end = inner.ptr + inner.len;
    char *to = copy;
    while (doubled != NULL) {
        size_t len = (size_t)(doubled - from) + 1; /* with one quote of the two */
        memcpy(to, from, len);
        to += len;
        from = doubled + 2;
        doubled = memchr(from, quote, (size_t)(end - from));
    }
    memcpy(to, from, (size_t)(end - from));
    to += end - from;
    return wh_str_make(copy, (size_t)(to - copy));
}

static bool has_byte(struct wh_str text, bool is_there, char byte)
{
    return is_there && text.len > 0 && memchr(text.ptr, byte, text.len) != NULL;
}

struct wh_str wh_csv_cell_text(const struct wh_csv_dialect *dialect, struct wh_str cell,
                               struct wh_arena *arena)
{
    bool is_quoted = wh_csv_cell_is_quoted(dialect, cell);
    struct wh_str inner = cell;
    if (is_quoted) {
        inner = trim_spaces(dialect, cell);
        inner = wh_str_make(inner.ptr + 1, inner.len - 2);
    }
    if (!dialect->has_escape)
        return is_quoted ? undo_doubling(inner, dialect->quote, arena) : inner;
    if (!has_byte(inner, is_quoted, dialect->quote) && !has_byte(inner, true, dialect->escape))
        return inner;
    char *copy = wh_arena_bytes(arena, inner.len);
    if (copy == NULL)
        return WH_STR_NONE;
    return wh_str_make(copy, undo_all(dialect, inner, is_quoted, copy));
}

/* ---- bytes that escapes make ----------------------------------------------------------------- */

bool wh_csv_escapes_may_break_text(const struct wh_csv_dialect *dialect, struct wh_str text)
{
    if (!dialect->has_escape || dialect->escapes == WH_CSV_ESCAPES_PLAIN)
        return false;
    const char *end = text.ptr + text.len;
    const char *at = memchr(text.ptr, dialect->escape, text.len);
    while (at != NULL && at + 1 < end) {
        if (is_octal(at[1]) || at[1] == 'x')
            return true;
        at += 2;
        at = memchr(at, dialect->escape, (size_t)(end - at));
    }
    return false;
}
