/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/source_chunk.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hex.h"
#include "data/text.h"

#define MAX_KEY ((size_t)64 << 20)

/* ---- values of a key ------------------------------------------------------------------------- */

static wh_code append_hex(struct wh_buf *out, const void *bytes, size_t len, struct wh_error *err)
{
    WH_TRY(wh_buf_reserve(out, 2 * len, err));
    wh_put_hex(bytes, len, out->ptr + out->len);
    out->len += 2 * len;
    return WH_OK;
}

/** Undoes hexadecimal digits into @p room, half as many bytes. */
static bool read_hex(struct wh_str text, char *room)
{
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = wh_hex_digit(text.ptr[i]);
        int low = wh_hex_digit(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        room[i / 2] = (char)(high * 16 + low);
    }
    return text.len % 2 == 0;
}

static wh_code append_value(sqlite3_stmt *walk, int index, struct wh_buf *out, struct wh_error *err)
{
    double real;
    uint64_t bits;
    const void *bytes;
    switch (sqlite3_column_type(walk, index)) {
    case SQLITE_INTEGER:
        return wh_buf_printf(out, err, "i%lld", (long long)sqlite3_column_int64(walk, index));
    case SQLITE_FLOAT:
        real = sqlite3_column_double(walk, index);
        memcpy(&bits, &real, sizeof(bits));
        return wh_buf_printf(out, err, "r%016" PRIx64, bits);
    case SQLITE_TEXT:
        WH_TRY(wh_buf_append_byte(out, 't', err));
        bytes = sqlite3_column_text(walk, index);
        return append_hex(out, bytes, (size_t)sqlite3_column_bytes(walk, index), err);
    default:
        WH_TRY(wh_buf_append_byte(out, 'b', err));
        bytes = sqlite3_column_blob(walk, index);
        return append_hex(out, bytes, (size_t)sqlite3_column_bytes(walk, index), err);
    }
}

wh_code wh_sqlite_key_print(const struct wh_sqlite_source *source, sqlite3_stmt *walk,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, MAX_KEY);
    for (size_t i = 0; i < source->key_count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_byte(&out, ' ', err));
        WH_TRY(append_value(walk, (int)i, &out, err));
    }
    return wh_arena_copy(arena, wh_buf_str(&out), ret, err);
}

/** An SQLite code; -1 where @p text is no value. */
static int bind_bytes(sqlite3_stmt *stmt, int index, char kind, struct wh_str text)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    char *room = wh_arena_bytes(&scratch, text.len / 2 + 1);
    if (room == NULL)
        return SQLITE_NOMEM;
    if (!read_hex(text, room))
        return -1;
    uint64_t bits = 0;
    double real;
    switch (kind) {
    case 't':
        return sqlite3_bind_text64(stmt, index, room, text.len / 2, SQLITE_TRANSIENT, SQLITE_UTF8);
    case 'b':
        return sqlite3_bind_blob64(stmt, index, room, text.len / 2, SQLITE_TRANSIENT);
    case 'r':
        for (size_t i = 0; i < text.len && text.len == 2 * sizeof(bits); i++)
            bits = bits << 4 | (uint64_t)wh_hex_digit(text.ptr[i]);
        memcpy(&real, &bits, sizeof(real));
        return text.len == 2 * sizeof(bits) ? sqlite3_bind_double(stmt, index, real) : -1;
    default:
        return -1;
    }
}

static int bind_value(sqlite3_stmt *stmt, int index, struct wh_str text)
{
    if (text.len == 0)
        return -1;
    struct wh_str rest = wh_str_make(text.ptr + 1, text.len - 1);
    int64_t number;
    if (text.ptr[0] != 'i')
        return bind_bytes(stmt, index, text.ptr[0], rest);
    if (wh_int_parse(rest, &number) != WH_FAULT_NONE)
        return -1;
    return sqlite3_bind_int64(stmt, index, number);
}

static wh_code bind_key(const struct wh_sqlite_source *source, const struct wh_sqlite_chunk *chunk,
                        sqlite3_stmt *stmt, struct wh_error *err)
{
    struct wh_str rest = chunk->key;
    int rc = SQLITE_OK;
    for (size_t i = 0; i < source->key_count && rc == SQLITE_OK; i++)
        rc = bind_value(stmt, (int)i + 1, wh_str_split(&rest, ' '));
    if (rc < 0 || rest.ptr != NULL || chunk->count > INT64_MAX)
        return wh_error_set(err, WH_CORRUPT, "'%.*s' is no first key of a chunk",
                            WH_FMT(chunk->key));
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(stmt, (int)source->key_count + 1, (int64_t)chunk->count);
    return rc == SQLITE_OK ? WH_OK
                           : wh_sqlite_source_failure(source, sqlite3_db_handle(stmt), rc, err);
}

wh_code wh_sqlite_chunk_bind(const struct wh_sqlite_source *source,
                             const struct wh_sqlite_chunk *chunk, sqlite3_stmt *stmt,
                             struct wh_error *err)
{
    if (source->order == WH_SQLITE_AS_SCANNED)
        return WH_OK;
    if (source->order == WH_SQLITE_BY_KEY)
        return bind_key(source, chunk, stmt, err);
    int rc = sqlite3_bind_int64(stmt, 1, chunk->first);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(stmt, 2, chunk->last);
    return rc == SQLITE_OK ? WH_OK
                           : wh_sqlite_source_failure(source, sqlite3_db_handle(stmt), rc, err);
}

/* ---- the text -------------------------------------------------------------------------------- */

wh_code wh_sqlite_chunk_print(const struct wh_sqlite_source *source,
                              const struct wh_sqlite_chunk *chunk, struct wh_arena *arena,
                              struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_KEY + 64);
    if (source->order == WH_SQLITE_BY_ROWID)
        WH_TRY(wh_buf_printf(&text, err, "rowid %" PRId64 " %" PRId64 " %" PRIu64, chunk->first,
                             chunk->last, chunk->ordinal));
    else if (source->order == WH_SQLITE_AS_SCANNED)
        WH_TRY(wh_buf_append_str(&text, WH_STR("all"), err));
    else
        WH_TRY(wh_buf_printf(&text, err, "key %" PRIu64 " %" PRIu64 " ", chunk->ordinal,
                             chunk->count));
    WH_TRY(wh_buf_append_str(&text, chunk->key, err));
    return wh_arena_copy(arena, wh_buf_str(&text), ret, err);
}

static bool parse_rowids(struct wh_str rest, struct wh_sqlite_chunk *ret)
{
    return wh_int_parse(wh_str_split(&rest, ' '), &ret->first) == WH_FAULT_NONE &&
           wh_int_parse(wh_str_split(&rest, ' '), &ret->last) == WH_FAULT_NONE &&
           wh_count_parse(rest, &ret->ordinal, NULL) == WH_OK && ret->first <= ret->last;
}

static bool parse_key(struct wh_str rest, struct wh_sqlite_chunk *ret)
{
    bool has_numbers = wh_count_parse(wh_str_split(&rest, ' '), &ret->ordinal, NULL) == WH_OK &&
                       wh_count_parse(wh_str_split(&rest, ' '), &ret->count, NULL) == WH_OK;
    ret->key = rest;
    return has_numbers && rest.ptr != NULL;
}

wh_code wh_sqlite_chunk_parse(const struct wh_sqlite_source *source, struct wh_str text,
                              struct wh_sqlite_chunk *ret, struct wh_error *err)
{
    static const char *const names[] = {
        [WH_SQLITE_AS_SCANNED] = "all", [WH_SQLITE_BY_ROWID] = "rowid", [WH_SQLITE_BY_KEY] = "key"};
    struct wh_str rest = text;
    *ret = (struct wh_sqlite_chunk){.count = UINT64_MAX};
    bool is_sound = wh_str_is(wh_str_split(&rest, ' '), names[source->order]);
    if (is_sound && source->order == WH_SQLITE_BY_ROWID)
        is_sound = parse_rowids(rest, ret);
    else if (is_sound && source->order == WH_SQLITE_BY_KEY)
        is_sound = parse_key(rest, ret);
    else if (is_sound)
        is_sound = rest.ptr == NULL;
    return is_sound ? WH_OK
                    : wh_error_set(err, WH_CORRUPT, "'%.*s' is no chunk of '%.*s'", WH_FMT(text),
                                   WH_FMT(source->info.name));
}
