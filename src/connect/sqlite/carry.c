/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/carry.h"

#include <string.h>

#include "base/copy.h"
#include "base/error.h"
#include "connect/sqlite/time_string.h"
#include "data/hash.h"
#include "data/text.h"

/* Beyond it not every whole number is a double. */
#define DOUBLE_WHOLE (INT64_C(1) << 53)

struct wh_type wh_sqlite_source_type(struct wh_str declared, enum wh_sqlite_affinity affinity)
{
    struct wh_type type = wh_sqlite_type_of(declared, affinity);
    bool has_bits = type.kind == WH_KIND_INT || type.kind == WH_KIND_FLOAT;
    return (struct wh_type){.kind = type.kind, .bits = has_bits ? 64 : 0};
}

/* ---- text ------------------------------------------------------------------------------------ */

/** What is stored, before SQLite converts it: in UTF-16 where the database is. */
static struct wh_str stored_bytes(const struct wh_sqlite_result *result)
{
    const char *bytes = sqlite3_value_blob(result->value);
    return wh_str_make(bytes, (size_t)sqlite3_value_bytes(result->value));
}

/** True for an even number of bytes without half a pair of surrogates. Converting what is not makes
 *  other characters of it, without a word. */
static bool is_utf16(const struct wh_sqlite_result *result)
{
    const unsigned char *at = sqlite3_value_text16(result->value);
    size_t len = (size_t)sqlite3_value_bytes16(result->value);
    bool wants_low = false;
    for (size_t i = 0; at != NULL && i + 1 < len; i += 2) {
        uint16_t unit;
        memcpy(&unit, at + i, sizeof(unit));
        bool is_low = (unit & 0xFC00) == 0xDC00;
        if (is_low != wants_low)
            return false;
        wants_low = (unit & 0xFC00) == 0xD800;
    }
    return !wants_low;
}

static bool is_sound_text(const struct wh_sqlite_storage *storage,
                          const struct wh_sqlite_result *result)
{
    if (!storage->is_utf16)
        return true; /* looked at as UTF-8 by who reads it */
    return stored_bytes(result).len % 2 == 0 && is_utf16(result);
}

/* ---- what a type can hold beside its own form ------------------------------------------------ */

static enum wh_sqlite_reading keep_text(const char *text, size_t len,
                                        const struct wh_sqlite_result *result,
                                        struct wh_column *column, size_t row)
{
    char *room = wh_arena_bytes(result->arena, len);
    if (room == NULL)
        return WH_SQLITE_NO_MEMORY;
    memcpy(room, text, len);
    column->values.texts[row] = wh_str_make(room, len);
    return WH_SQLITE_CARRIED;
}

static enum wh_sqlite_reading print_number(int class, const struct wh_sqlite_result *result,
                                           struct wh_column *column, size_t row)
{
    char room[WH_MAX(WH_DOUBLE_SIZE, WH_INT_SIZE)];
    size_t len;
    if (class == SQLITE_INTEGER)
        len = wh_int_print(result->number, room);
    else
        len = wh_double_print(wh_sqlite_real(result), room);
    return keep_text(room, len, result, column, row);
}

static enum wh_sqlite_reading read_whole_double(const struct wh_sqlite_result *result,
                                                struct wh_column *column, size_t row)
{
    int64_t whole = result->number;
    column->values.floats[row] = (double)whole;
    return whole >= -DOUBLE_WHOLE && whole <= DOUBLE_WHOLE ? WH_SQLITE_CARRIED : WH_SQLITE_ODD;
}

/** In a column that keeps decimals as text: any form in which PostgreSQL would read one. */
static enum wh_sqlite_reading read_decimal_text(const struct wh_sqlite_result *result,
                                                struct wh_column *column, size_t row)
{
    const char *text = (const char *)sqlite3_value_text(result->value);
    if (text == NULL)
        return WH_SQLITE_NO_MEMORY;
    size_t len = (size_t)sqlite3_value_bytes(result->value);
    enum wh_fault fault =
        wh_numeric_parse(wh_str_make(text, len), result->arena, &column->values.numerics[row]);
    if (fault == WH_FAULT_NO_MEMORY)
        return WH_SQLITE_NO_MEMORY;
    return fault == WH_FAULT_NONE ? WH_SQLITE_CARRIED : WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_time_string(const struct wh_sqlite_result *result,
                                               struct wh_column *column, size_t row)
{
    const char *text = (const char *)sqlite3_value_text(result->value);
    if (text == NULL)
        return WH_SQLITE_NO_MEMORY;
    size_t len = (size_t)sqlite3_value_bytes(result->value);
    return wh_sqlite_time_string_read(wh_str_make(text, len), column, row) ? WH_SQLITE_CARRIED
                                                                           : WH_SQLITE_ODD;
}

enum wh_sqlite_reading wh_sqlite_carry_any(const struct wh_sqlite_storage *storage,
                                           const struct wh_sqlite_result *result,
                                           struct wh_column *column, size_t row)
{
    int class = result->class;
    if (class == SQLITE_TEXT && !is_sound_text(storage, result))
        return WH_SQLITE_ODD;
    enum wh_sqlite_reading reading = wh_sqlite_read(storage, result, column, row);
    if (WH_LIKELY(reading != WH_SQLITE_ODD))
        return reading;
    enum wh_kind kind = storage->type.kind;
    bool is_number = class == SQLITE_INTEGER || class == SQLITE_FLOAT;
    if (kind == WH_KIND_TEXT && is_number)
        return print_number(class, result, column, row);
    if (kind == WH_KIND_FLOAT && class == SQLITE_INTEGER)
        return read_whole_double(result, column, row);
    if (class == SQLITE_TEXT && kind == WH_KIND_NUMERIC && storage->affinity == WH_SQLITE_TEXT)
        return read_decimal_text(result, column, row);
    if (class == SQLITE_TEXT && kind != WH_KIND_TEXT)
        return read_time_string(result, column, row);
    return WH_SQLITE_ODD;
}

/* ---- what cannot be carried ------------------------------------------------------------------ */

static const char *class_name(int class)
{
    switch (class) {
    case SQLITE_INTEGER:
        return "a whole number";
    case SQLITE_FLOAT:
        return "a floating-point number";
    case SQLITE_TEXT:
        return "text";
    default:
        return "bytes";
    }
}

static wh_code refuse_text(const struct wh_column_info *column,
                           const struct wh_sqlite_result *result, struct wh_str *ret,
                           struct wh_error *err)
{
    struct wh_str text = stored_bytes(result);
    size_t length = 0;
    size_t bad = wh_utf8_find_bad(text, &length);
    if (bad < text.len && text.ptr[bad] == '\0')
        return wh_arena_format(result->arena, ret, err,
                               "column '%.*s' holds text with a NUL byte (at byte %zu)",
                               WH_FMT(column->name), bad + 1);
    return wh_arena_format(
        result->arena, ret, err, "column '%.*s' holds text that is not UTF-8 (0x%02X at byte %zu)",
        WH_FMT(column->name), bad < text.len ? (unsigned)(unsigned char)text.ptr[bad] : 0, bad + 1);
}

wh_code wh_sqlite_refusal(const struct wh_column_info *column,
                          const struct wh_sqlite_storage *storage,
                          const struct wh_sqlite_result *result, struct wh_str *ret,
                          struct wh_error *err)
{
    int class = result->class;
    if (class == SQLITE_TEXT && !is_sound_text(storage, result))
        return wh_arena_format(result->arena, ret, err,
                               "column '%.*s' holds text that is not UTF-16", WH_FMT(column->name));
    if (class == SQLITE_TEXT && storage->type.kind == WH_KIND_TEXT)
        return refuse_text(column, result, ret, err);
    const char *call = class == SQLITE_BLOB ? "hex(…)" : "CAST(… AS TEXT)";
    if (column->declared.len == 0)
        return wh_arena_format(result->arena, ret, err,
                               "column '%.*s' is text, since no type is declared, and holds %s; a "
                               "'query' with %s carries it",
                               WH_FMT(column->name), class_name(class), call);
    return wh_arena_format(result->arena, ret, err,
                           "column '%.*s' is declared %.*s and holds %s that is no value of that "
                           "type; a 'query' with %s carries it",
                           WH_FMT(column->name), WH_FMT(column->declared), class_name(class), call);
}

wh_code wh_sqlite_raw(const struct wh_sqlite_result *result, size_t max, struct wh_str *ret,
                      struct wh_error *err)
{
    struct wh_odd_value odd = {.row = 0};
    struct wh_str bytes;
    int class = result->class;
    if (class == SQLITE_TEXT || class == SQLITE_BLOB) {
        bytes = stored_bytes(result);
    } else {
        if (!wh_sqlite_read_odd(result, &odd))
            return wh_error_no_memory(err, WH_DOUBLE_SIZE);
        bytes = odd.text;
    }
    bytes.len = WH_MIN(bytes.len, max);
    return wh_arena_copy(result->arena, bytes, ret, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Values that are hashed together, and the longest texts and bytes that are. */
enum { VALUES_AT_ONCE = 64, LONGEST_TOGETHER = 1024 };

/** Takes up to VALUES_AT_ONCE values, the shorter bytes to @p room. Returns what is behind them;
 *  NULL where SQLite had no memory for a value. */
static char *take_values(struct wh_sqlite_result *results, size_t count, char *room,
                         uint64_t *digest)
{
    char words[VALUES_AT_ONCE * (sizeof(uint64_t) + 1)];
    char *classes = words + count * sizeof(uint64_t);
    char *end = room;
    for (size_t i = 0; i < count; i++) {
        struct wh_sqlite_result *result = &results[i];
        uint64_t word = (uint64_t)result->number;
        struct wh_str bytes = result->bytes;
        if (bytes.len > 0) {
            if (bytes.ptr == NULL)
                return NULL;
            result->is_kept = bytes.len <= LONGEST_TOGETHER;
            if (result->is_kept) {
                result->bytes.ptr = end;
                end = wh_copy_value(end, bytes.ptr, bytes.len);
            } else {
                word = wh_hash_bytes(bytes, 0);
            }
        }
        word = htole64(word);
        memcpy(words + i * sizeof(word), &word, sizeof(word));
        classes[i] = (char)result->class;
    }
    *digest = wh_hash_bytes(wh_str_make(words, count * (sizeof(uint64_t) + 1)), *digest);
    if (end != room)
        *digest = wh_hash_bytes(wh_str_make(room, (size_t)(end - room)), *digest);
    return end;
}

bool wh_sqlite_take_row(struct wh_sqlite_result *results, size_t count, struct wh_arena *arena,
                        uint64_t *digest)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += results[i].bytes.len <= LONGEST_TOGETHER ? results[i].bytes.len : 0;
    char *room = wh_arena_bytes(arena, size);
    for (size_t done = 0; done < count && room != NULL; done += VALUES_AT_ONCE)
        room =
            take_values(&results[done], WH_MIN(count - done, (size_t)VALUES_AT_ONCE), room, digest);
    return room != NULL;
}
