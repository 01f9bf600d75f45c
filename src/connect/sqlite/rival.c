/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/rival.h"

#include "base/error.h"
#include "connect/sqlite/writer_sql.h"

#define MAX_TEXT (1u << 20)

static bool is_unique_refusal(const struct wh_error *err)
{
    return err != NULL && (err->vendor_code == SQLITE_CONSTRAINT_UNIQUE ||
                           err->vendor_code == SQLITE_CONSTRAINT_PRIMARYKEY);
}

static bool is_written(const struct wh_writer *writer, const struct wh_key_info *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (wh_sqlite_writer_column(writer, key->columns[i]) == SIZE_MAX)
            return false;
    return true;
}

/** SQLite's message names the key by its columns: "UNIQUE constraint failed: t.a, t.b". */
static wh_code is_meant(const struct wh_sqlite_attempt *attempt, const struct wh_key_info *key,
                        bool *ret)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    const struct wh_table_info *info = &attempt->writer->table.info;
    wh_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < key->column_count; i++)
        WH_TRY(wh_buf_printf(&text, attempt->err, "%s%.*s.%.*s",
                             i == 0 ? "UNIQUE constraint failed: " : ", ", WH_FMT(info->name),
                             WH_FMT(info->columns[key->columns[i]].name)));
    *ret = wh_str_equal(wh_buf_str(&text), wh_str_from(attempt->err->message));
    return WH_OK;
}

static struct wh_str literal_at(sqlite3_stmt *query, size_t at)
{
    const char *text = (const char *)sqlite3_column_text(query, (int)at);
    return wh_str_from(text != NULL ? text : "NULL");
}

static void append_message(struct wh_error *err, struct wh_str text)
{
    struct wh_error refused = *err;
    wh_error_set(err, refused.code, "%.*s", WH_FMT(text));
    wh_error_prefix(err, refused.code, "%s", refused.message);
    memcpy(refused.message, err->message, sizeof(refused.message));
    *err = refused;
}

/** 'b' is that of the row with id = 2 */
static wh_code describe(const struct wh_sqlite_attempt *attempt, const struct wh_key_info *key,
                        sqlite3_stmt *query, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    const struct wh_writer *writer = attempt->writer;
    bool is_list = key->column_count > 1;
    wh_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < key->column_count; i++)
        WH_TRY(wh_buf_printf(&text, err, "%s%.*s",
                             i > 0     ? ", "
                             : is_list ? "("
                                       : "",
                             WH_FMT(literal_at(query, i))));
    WH_TRY(wh_buf_printf(&text, err, "%s is that of the row with ", is_list ? ")" : ""));
    for (size_t i = 0; i < writer->match_count; i++) {
        struct wh_str name = writer->table.info.columns[writer->columns[writer->match[i]]].name;
        WH_TRY(wh_buf_printf(&text, err, "%s%.*s = %.*s", i > 0 ? ", " : "", WH_FMT(name),
                             WH_FMT(literal_at(query, key->column_count + i))));
    }
    append_message(attempt->err, wh_buf_str(&text));
    return WH_OK;
}

static wh_code bind_key(const struct wh_sqlite_attempt *probing, const struct wh_key_info *key)
{
    struct wh_writer *writer = probing->writer;
    memset(writer->changed, 0, writer->column_count * sizeof(*writer->changed));
    for (size_t i = 0; i < key->column_count; i++)
        writer->changed[wh_sqlite_writer_column(writer, key->columns[i])] = true;
    return wh_sqlite_attempt_bind_new(probing, writer->changed);
}

/** The refusal stands, whatever comes of the look: an error of it would say less. */
static wh_code look(const struct wh_sqlite_attempt *attempt, size_t index)
{
    struct wh_writer *writer = attempt->writer;
    const struct wh_key_info *key = &writer->table.info.keys[index];
    struct wh_error unseen = WH_ERROR_NONE;
    if (writer->rivals[index] == NULL)
        WH_TRY(wh_sqlite_writer_compile_rival(writer, key, &writer->rivals[index], &unseen));
    struct wh_sqlite_attempt probing = *attempt;
    probing.stmt = writer->rivals[index];
    probing.err = &unseen;
    WH_TRY(bind_key(&probing, key));
    wh_code rc = WH_OK;
    if (sqlite3_step(probing.stmt) == SQLITE_ROW)
        rc = describe(attempt, key, probing.stmt, &unseen);
    sqlite3_reset(probing.stmt);
    return rc;
}

wh_code wh_sqlite_name_rival(const struct wh_sqlite_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    const struct wh_table_info *info = &writer->table.info;
    if (!is_unique_refusal(attempt->err) || info->key_count == 0)
        return WH_OK;
    if (writer->rivals == NULL)
        writer->rivals = wh_arena_array(&writer->arena, info->key_count, sizeof(*writer->rivals));
    if (writer->rivals == NULL)
        return wh_error_no_memory(attempt->err, info->key_count * sizeof(*writer->rivals));
    for (size_t i = 0; i < info->key_count; i++) {
        bool is_the_one = false;
        if (!is_written(writer, &info->keys[i]))
            continue;
        WH_TRY(is_meant(attempt, &info->keys[i], &is_the_one));
        if (is_the_one)
            WH_IGNORE(look(attempt, i), "the refusal stands without the name of the other row");
        if (is_the_one)
            return WH_OK;
    }
    return WH_OK;
}
