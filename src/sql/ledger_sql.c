/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lexer of four kinds of text: what is copied whole (literals, quoted names, comments), words,
 * parameters and single bytes. `wherry` is a schema only where it is a whole word that no point
 * stands before, so that x.wherry.y and mywherry.y stay.
 */
#include "sql/ledger_sql.h"

#include <stdbool.h>

#include "base/error.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t word_length(const char *at)
{
    size_t len = 0;
    while (is_word(at[len]))
        len++;
    return len;
}

/** Length of the comment or quoted text at @p at; 0 where there is none, SIZE_MAX without an end.
 *  A doubled quote reads as two texts side by side, which copies the same. */
static size_t copied_length(const char *at)
{
    const char *end = NULL;
    if (at[0] == '\'' || at[0] == '"') {
        end = strchr(at + 1, at[0]);
        return end != NULL ? (size_t)(end - at) + 1 : SIZE_MAX;
    }
    if (at[0] == '-' && at[1] == '-')
        return strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*') {
        end = strstr(at + 2, "*/");
        return end != NULL ? (size_t)(end - at) + 2 : SIZE_MAX;
    }
    return 0;
}

static wh_code append_table(struct wh_buf *out, const struct wh_sql_dialect *dialect,
                            struct wh_str name, struct wh_error *err)
{
    if (name.len == 0)
        return wh_error_set(err, WH_INVALID, "no table name follows 'wherry.'");
    WH_TRY(wh_buf_append_str(out, wh_str_from(dialect->ledger_before), err));
    WH_TRY(wh_buf_append_str(out, name, err));
    return wh_buf_append_str(out, wh_str_from(dialect->ledger_after), err);
}

/** Copies the word at *at, or writes a ledger table for it, and moves *at behind. */
static wh_code append_word(struct wh_buf *out, const struct wh_sql_dialect *dialect, bool is_part,
                           const char **at, struct wh_error *err)
{
    struct wh_str word = wh_str_make(*at, word_length(*at));
    *at += word.len;
    if (is_part || !wh_str_is(word, "wherry") || **at != '.')
        return wh_buf_append_str(out, word, err);
    struct wh_str name = wh_str_make(*at + 1, word_length(*at + 1));
    *at += 1 + name.len;
    return append_table(out, dialect, name, err);
}

static wh_code append_parameter(struct wh_buf *out, const struct wh_sql_dialect *dialect,
                                const char **at, struct wh_error *err)
{
    if (!is_digit((*at)[1]))
        return wh_error_set(err, WH_INVALID, "no parameter number follows '$' in '%.20s'", *at);
    (*at)++;
    return wh_buf_append_byte(out, dialect->parameter_mark, err);
}

wh_code wh_sql_append_ledger(struct wh_buf *out, const struct wh_sql_dialect *dialect,
                             const char *sql, struct wh_error *err)
{
    const char *at = sql;
    while (*at != '\0') {
        size_t copied = copied_length(at);
        if (copied == SIZE_MAX)
            return wh_error_set(err, WH_INVALID, "text without an end in SQL: '%.20s'", at);
        if (copied > 0) {
            WH_TRY(wh_buf_append(out, at, copied, err));
            at += copied;
        } else if (is_word(*at)) {
            bool is_part = at > sql && at[-1] == '.';
            WH_TRY(append_word(out, dialect, is_part, &at, err));
        } else if (*at == '$') {
            WH_TRY(append_parameter(out, dialect, &at, err));
        } else {
            WH_TRY(wh_buf_append_byte(out, *at++, err));
        }
    }
    return WH_OK;
}
