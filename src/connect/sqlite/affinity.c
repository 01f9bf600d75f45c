/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/storage.h"

#include "sql/made_as.h"
#include "sql/type_name.h"

static bool contains_fold(struct wh_str text, struct wh_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (wh_str_equal_ascii_fold(wh_str_make(text.ptr + i, part.len), part))
            return true;
    return false;
}

/* The rules of https://www.sqlite.org/datatype3.html#determination_of_column_affinity, in order. */
enum wh_sqlite_affinity wh_sqlite_affinity_of(struct wh_str declared, bool is_strict)
{
    if (is_strict && wh_str_equal_ascii_fold(declared, WH_STR("ANY")))
        return WH_SQLITE_NO_AFFINITY;
    if (contains_fold(declared, WH_STR("INT")))
        return WH_SQLITE_INTEGER;
    if (contains_fold(declared, WH_STR("CHAR")) || contains_fold(declared, WH_STR("CLOB")) ||
        contains_fold(declared, WH_STR("TEXT")))
        return WH_SQLITE_TEXT;
    if (declared.len == 0 || contains_fold(declared, WH_STR("BLOB")))
        return WH_SQLITE_NO_AFFINITY;
    if (contains_fold(declared, WH_STR("REAL")) || contains_fold(declared, WH_STR("FLOA")) ||
        contains_fold(declared, WH_STR("DOUB")))
        return WH_SQLITE_REAL;
    return WH_SQLITE_NUMERIC;
}

struct wh_type wh_sqlite_type_of(struct wh_str declared, enum wh_sqlite_affinity affinity)
{
    struct wh_type type;
    char room[WH_TYPE_NAME_SIZE];
    struct wh_str words;
    if (wh_sql_declared_words(declared, room, sizeof(room), &words))
        return wh_sql_words_parse(words, &type) && type.kind == WH_KIND_NUMERIC
                   ? type
                   : (struct wh_type){.kind = WH_KIND_TEXT};
    if (wh_sql_type_parse(&wh_sql_sqlite, declared, &type))
        return type;
    if (affinity == WH_SQLITE_INTEGER)
        return (struct wh_type){.kind = WH_KIND_INT, .bits = 64};
    if (affinity == WH_SQLITE_REAL)
        return (struct wh_type){.kind = WH_KIND_FLOAT, .bits = 64};
    if (affinity == WH_SQLITE_NO_AFFINITY && contains_fold(declared, WH_STR("BLOB")))
        return (struct wh_type){.kind = WH_KIND_BYTES};
    return (struct wh_type){.kind = WH_KIND_TEXT};
}
