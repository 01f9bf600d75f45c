/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/quote.h"

#include "base/error.h"

static wh_code append_quoted(struct wh_buf *sql, char quote, struct wh_str s, struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(sql, quote, err));
    size_t start = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != quote)
            continue;
        /* Up to and with the quote; the next piece starts with it again, which doubles it. */
        WH_TRY(wh_buf_append(sql, s.ptr + start, i + 1 - start, err));
        start = i;
    }
    WH_TRY(wh_buf_append(sql, s.ptr + start, s.len - start, err));
    return wh_buf_append_byte(sql, quote, err);
}

static bool has_nul(struct wh_str s)
{
    return s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL;
}

wh_code wh_sql_append_name(struct wh_buf *sql, struct wh_str name, struct wh_error *err)
{
    if (name.len == 0)
        return wh_error_set(err, WH_INVALID, "a name of a table or column is empty");
    if (has_nul(name))
        return wh_error_set(err, WH_INVALID, "name '%.*s' holds a NUL byte", WH_FMT(name));
    return append_quoted(sql, '"', name, err);
}

wh_code wh_sql_append_text(struct wh_buf *sql, struct wh_str text, struct wh_error *err)
{
    if (has_nul(text))
        return wh_error_set(err, WH_INVALID, "text '%.*s' holds a NUL byte", WH_FMT(text));
    return append_quoted(sql, '\'', text, err);
}
