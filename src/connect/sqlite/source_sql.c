/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that read a source. */
#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/source.h"
#include "sql/quote.h"

static wh_code append(struct wh_buf *sql, const char *text, struct wh_error *err)
{
    return wh_buf_append_str(sql, wh_str_from(text), err);
}

/** "a", "b": the key's columns. */
static wh_code append_key(const struct wh_sqlite_source *source, struct wh_buf *sql,
                          struct wh_error *err)
{
    for (size_t i = 0; i < source->key_count; i++) {
        if (i > 0)
            WH_TRY(append(sql, ", ", err));
        WH_TRY(wh_sql_append_name(sql, source->columns[source->key[i]].name, err));
    }
    return WH_OK;
}

static wh_code append_from(const struct wh_sqlite_source *source, struct wh_buf *sql,
                           struct wh_error *err)
{
    WH_TRY(append(sql, " FROM ", err));
    return wh_sql_append_name(sql, source->info.name, err);
}

/** … WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid */
static wh_code append_rowids(const struct wh_sqlite_source *source, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append(sql, " WHERE ", err));
    WH_TRY(wh_buf_append_str(sql, source->rowid, err));
    WH_TRY(append(sql, " BETWEEN ?1 AND ?2 ORDER BY ", err));
    return wh_buf_append_str(sql, source->rowid, err);
}

static wh_code select_by_rowid(const struct wh_sqlite_source *source, struct wh_buf *sql,
                               struct wh_error *err)
{
    WH_TRY(append(sql, ", ", err));
    WH_TRY(wh_buf_append_str(sql, source->rowid, err));
    WH_TRY(append_from(source, sql, err));
    return append_rowids(source, sql, err);
}

/** Through the table itself: sorted afterwards, the calls would come in another order. */
wh_code wh_sqlite_source_select_calls(const struct wh_sqlite_source *source, struct wh_buf *sql,
                                      struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT " WH_SQLITE_ROW_FUNCTION "(", err));
    WH_TRY(wh_buf_append_str(sql, source->rowid, err));
    WH_TRY(append(sql, ", ", err));
    WH_TRY(wh_buf_append_str(sql, source->list, err));
    WH_TRY(append(sql, ")", err));
    WH_TRY(append_from(source, sql, err));
    WH_TRY(append(sql, " NOT INDEXED", err));
    return append_rowids(source, sql, err);
}

/** … WHERE ("a", "b") >= (?1, ?2) ORDER BY "a", "b" LIMIT ?3 */
static wh_code select_by_key(const struct wh_sqlite_source *source, struct wh_buf *sql,
                             struct wh_error *err)
{
    WH_TRY(append_from(source, sql, err));
    WH_TRY(append(sql, " WHERE (", err));
    WH_TRY(append_key(source, sql, err));
    WH_TRY(append(sql, ") >= (", err));
    for (size_t i = 0; i < source->key_count; i++)
        WH_TRY(wh_buf_printf(sql, err, "%s?%zu", i > 0 ? ", " : "", i + 1));
    WH_TRY(append(sql, ") ORDER BY ", err));
    WH_TRY(append_key(source, sql, err));
    return wh_buf_printf(sql, err, " LIMIT ?%zu", source->key_count + 1);
}

wh_code wh_sqlite_source_select(const struct wh_sqlite_source *source, struct wh_buf *sql,
                                struct wh_error *err)
{
    if (source->order == WH_SQLITE_AS_SCANNED)
        return wh_buf_append_str(sql, source->list, err);
    WH_TRY(append(sql, "SELECT ", err));
    WH_TRY(wh_buf_append_str(sql, source->list, err));
    return source->order == WH_SQLITE_BY_ROWID ? select_by_rowid(source, sql, err)
                                               : select_by_key(source, sql, err);
}

wh_code wh_sqlite_source_walk(const struct wh_sqlite_source *source, struct wh_buf *sql,
                              struct wh_error *err)
{
    if (source->order == WH_SQLITE_AS_SCANNED)
        return wh_buf_append_str(sql, source->list, err);
    WH_TRY(append(sql, "SELECT ", err));
    if (source->order == WH_SQLITE_BY_ROWID) {
        WH_TRY(wh_buf_append_str(sql, source->rowid, err));
        WH_TRY(append_from(source, sql, err));
        WH_TRY(append(sql, " ORDER BY ", err));
        return wh_buf_append_str(sql, source->rowid, err);
    }
    WH_TRY(append_key(source, sql, err));
    WH_TRY(append_from(source, sql, err));
    WH_TRY(append(sql, " ORDER BY ", err));
    return append_key(source, sql, err);
}

wh_code wh_sqlite_source_count(const struct wh_sqlite_source *source, struct wh_buf *sql,
                               struct wh_error *err)
{
    if (source->order == WH_SQLITE_AS_SCANNED)
        return wh_buf_append_str(sql, source->list, err);
    WH_TRY(append(sql, "SELECT count(*)", err));
    return append_from(source, sql, err);
}
