/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/made_as.h"

#include "base/error.h"
#include "sql/type_name.h"

enum { MAX_WORDS = 256, REAL_DIGITS = 15 /* DBL_DIG */ };

bool wh_sql_declared_words(struct wh_str declared, char *room, size_t size, struct wh_str *ret)
{
    static const char before[] = "TEXT \"";
    size_t start = sizeof(before) - 1;
    if (!wh_str_starts_with(declared, WH_STR("TEXT \"")) || declared.len <= start + 1 ||
        declared.ptr[declared.len - 1] != '"')
        return false;
    size_t len = 0;
    for (size_t i = start; i < declared.len - 1; i++) {
        if (len == size)
            return false;
        room[len++] = declared.ptr[i];
        if (declared.ptr[i] != '"')
            continue;
        /* A quote within is doubled; one that is not ends the name. */
        if (declared.ptr[++i] != '"' || i == declared.len - 1)
            return false;
    }
    *ret = wh_str_make(room, len);
    return true;
}

bool wh_sql_words_parse(struct wh_str words, struct wh_type *ret)
{
    return wh_sql_type_parse(&wh_sql_postgres, words, ret);
}

bool wh_sql_real_keeps(struct wh_type type)
{
    return type.kind != WH_KIND_NUMERIC || (type.has_scale && type.precision <= REAL_DIGITS);
}

wh_code wh_sql_declared_made_as(struct wh_str declared, struct wh_arena *arena, struct wh_str *ret,
                                struct wh_error *err)
{
    char room[MAX_WORDS];
    struct wh_str words;
    struct wh_type type;
    *ret = WH_STR_NONE;
    if (wh_sql_declared_words(declared, room, sizeof(room), &words))
        return wh_arena_copy(arena, words, ret, err);
    if (!wh_sql_type_parse(&wh_sql_sqlite, declared, &type) || !wh_sql_real_keeps(type))
        return WH_OK;
    /* SQLite pads nothing, but whoever declares char(n) means it;
     * without a length it bounds nothing. */
    struct wh_type padded;
    if (type.length > 0 && wh_sql_words_parse(declared, &padded))
        type = padded;
    return wh_arena_copy(arena, wh_str_from(wh_sql_type_declare(&wh_sql_postgres, type, room)), ret,
                         err);
}
