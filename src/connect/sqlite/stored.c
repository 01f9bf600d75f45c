/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what is stored: the other half of storage.h. */
#include <math.h>
#include <string.h>

#include "connect/sqlite/clock_text.h"
#include "connect/sqlite/decimal.h"
#include "connect/sqlite/storage.h"
#include "data/text.h"

/* ---- bytes of the row that a statement stands on --------------------------------------------- */

/** Converts the value where it is UTF-16. */
static struct wh_str converted_text(const struct wh_sqlite_result *result)
{
    const char *text = (const char *)sqlite3_value_text(result->value);
    return wh_str_make(text, (size_t)sqlite3_value_bytes(result->value));
}

/** As UTF-8; ptr is NULL only where memory is out. */
static struct wh_str text_of(const struct wh_sqlite_storage *storage,
                             const struct wh_sqlite_result *result)
{
    if (WH_LIKELY(!storage->is_utf16))
        return result->bytes.len > 0 ? result->bytes : WH_STR("");
    return converted_text(result);
}

/** Copies into the arena; ptr is never NULL, but where memory is out. */
static struct wh_str copy(struct wh_str bytes, struct wh_arena *arena)
{
    if (bytes.len == 0)
        return WH_STR("");
    char *room = wh_arena_bytes(arena, bytes.len);
    if (room == NULL)
        return WH_STR_NONE;
    memcpy(room, bytes.ptr, bytes.len);
    return wh_str_make(room, bytes.len);
}

static enum wh_sqlite_reading keep(const struct wh_sqlite_result *result, struct wh_str bytes,
                                   struct wh_column *column, size_t row)
{
    bool is_kept = result->is_kept && bytes.ptr == result->bytes.ptr; /* not converted */
    struct wh_str kept = is_kept ? bytes : copy(bytes, result->arena);
    column->values.texts[row] = kept;
    return kept.ptr != NULL ? WH_SQLITE_VALUE : WH_SQLITE_NO_MEMORY;
}

/* ---- by kind: what another class than the kind's own holds is odd ---------------------------- */

static enum wh_sqlite_reading from_fault(enum wh_fault fault)
{
    if (fault == WH_FAULT_NONE)
        return WH_SQLITE_VALUE;
    return fault == WH_FAULT_NO_MEMORY ? WH_SQLITE_NO_MEMORY : WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_nothing(const struct wh_sqlite_storage *storage,
                                           const struct wh_sqlite_result *result,
                                           struct wh_column *column, size_t row)
{
    (void)storage;
    (void)result;
    (void)column;
    (void)row;
    return WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_int(const struct wh_sqlite_storage *storage,
                                       const struct wh_sqlite_result *result,
                                       struct wh_column *column, size_t row)
{
    (void)storage;
    if (result->class != SQLITE_INTEGER)
        return WH_SQLITE_ODD;
    column->values.ints[row] = result->number;
    return WH_SQLITE_VALUE;
}

static enum wh_sqlite_reading read_bool(const struct wh_sqlite_storage *storage,
                                        const struct wh_sqlite_result *result,
                                        struct wh_column *column, size_t row)
{
    (void)storage;
    if (result->class != SQLITE_INTEGER)
        return WH_SQLITE_ODD;
    int64_t stored = result->number;
    column->values.bools[row] = (uint8_t)(stored & 1);
    return stored == 0 || stored == 1 ? WH_SQLITE_VALUE : WH_SQLITE_ODD;
}

/** The name that stands for a NaN, which SQLite cannot store; -1 where memory is out. */
static int is_nan_name(const struct wh_sqlite_storage *storage,
                       const struct wh_sqlite_result *result)
{
    if (result->class != SQLITE_TEXT)
        return 0;
    struct wh_str text = text_of(storage, result);
    return text.ptr == NULL ? -1 : wh_str_is(text, "NaN");
}

static enum wh_sqlite_reading read_float(const struct wh_sqlite_storage *storage,
                                         const struct wh_sqlite_result *result,
                                         struct wh_column *column, size_t row)
{
    int is_nan = is_nan_name(storage, result);
    if (is_nan < 0)
        return WH_SQLITE_NO_MEMORY;
    column->values.floats[row] = (double)NAN;
    if (is_nan > 0)
        return WH_SQLITE_VALUE;
    if (result->class != SQLITE_FLOAT)
        return WH_SQLITE_ODD;
    double stored = wh_sqlite_real(result);
    column->values.floats[row] = stored;
    /* A float4 holds only some doubles. */
    bool fits = storage->type.bits == 64 || (double)(float)stored == stored;
    return fits ? WH_SQLITE_VALUE : WH_SQLITE_ODD;
}

/** The text of a decimal, as it prints. */
static enum wh_sqlite_reading read_numeric_text(const struct wh_sqlite_storage *storage,
                                                const struct wh_sqlite_result *result,
                                                struct wh_numeric *value)
{
    struct wh_str text = text_of(storage, result);
    if (text.ptr == NULL)
        return WH_SQLITE_NO_MEMORY;
    enum wh_sqlite_reading reading = from_fault(wh_numeric_parse(text, result->arena, value));
    if (reading != WH_SQLITE_VALUE)
        return reading;
    size_t size = wh_numeric_print_size(value);
    char *room = wh_arena_bytes(result->arena, size);
    if (room == NULL)
        return WH_SQLITE_NO_MEMORY;
    size_t len = wh_numeric_print(value, room);
    return wh_str_equal(text, wh_str_make(room, len)) ? WH_SQLITE_VALUE : WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_numeric(const struct wh_sqlite_storage *storage,
                                           const struct wh_sqlite_result *result,
                                           struct wh_column *column, size_t row)
{
    struct wh_numeric *value = &column->values.numerics[row];
    if (result->class == SQLITE_INTEGER)
        return from_fault(
            wh_sqlite_decimal_from_integer(result->number, storage->type, result->arena, value));
    if (result->class == SQLITE_FLOAT)
        return from_fault(wh_sqlite_decimal_from_real(wh_sqlite_real(result), storage->type,
                                                      result->arena, value));
    if (result->class != SQLITE_TEXT)
        return WH_SQLITE_ODD;
    enum wh_sqlite_reading reading = read_numeric_text(storage, result, value);
    bool is_own = storage->affinity == WH_SQLITE_TEXT || value->form == WH_NUMERIC_NAN;
    return reading == WH_SQLITE_VALUE && !is_own ? WH_SQLITE_ODD : reading;
}

static enum wh_sqlite_reading read_clock(const struct wh_sqlite_storage *storage,
                                         const struct wh_sqlite_result *result,
                                         struct wh_column *column, size_t row)
{
    (void)storage;
    if (result->class != SQLITE_TEXT)
        return WH_SQLITE_ODD;
    struct wh_str text = text_of(storage, result);
    if (text.ptr == NULL)
        return WH_SQLITE_NO_MEMORY;
    return wh_sqlite_clock_read(text, column, row) ? WH_SQLITE_VALUE : WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_text(const struct wh_sqlite_storage *storage,
                                        const struct wh_sqlite_result *result,
                                        struct wh_column *column, size_t row)
{
    char room[WH_INT_SIZE];
    if (result->class == SQLITE_INTEGER && storage->affinity >= WH_SQLITE_NUMERIC) {
        size_t len = wh_int_print(result->number, room);
        return keep(result, wh_str_make(room, len), column, row);
    }
    if (result->class != SQLITE_TEXT)
        return WH_SQLITE_ODD;
    struct wh_str text = text_of(storage, result);
    if (text.ptr == NULL)
        return WH_SQLITE_NO_MEMORY;
    return wh_utf8_is_valid(text) ? keep(result, text, column, row) : WH_SQLITE_ODD;
}

static enum wh_sqlite_reading read_bytes(const struct wh_sqlite_storage *storage,
                                         const struct wh_sqlite_result *result,
                                         struct wh_column *column, size_t row)
{
    (void)storage;
    if (result->class != SQLITE_BLOB)
        return WH_SQLITE_ODD;
    struct wh_str bytes = result->bytes;
    if (bytes.ptr == NULL && bytes.len > 0)
        return WH_SQLITE_NO_MEMORY;
    return keep(result, bytes, column, row);
}

static wh_sqlite_read_function *const read_functions[WH_KIND_COUNT] = {
    [WH_KIND_NULL] = read_nothing,      [WH_KIND_BOOL] = read_bool,
    [WH_KIND_INT] = read_int,           [WH_KIND_FLOAT] = read_float,
    [WH_KIND_NUMERIC] = read_numeric,   [WH_KIND_DATE] = read_clock,
    [WH_KIND_TIME] = read_clock,        [WH_KIND_TIMESTAMP] = read_clock,
    [WH_KIND_TIMESTAMPTZ] = read_clock, [WH_KIND_INTERVAL] = read_clock,
    [WH_KIND_TEXT] = read_text,         [WH_KIND_BYTES] = read_bytes,
};

wh_sqlite_read_function *wh_sqlite_read_function_of(enum wh_kind kind)
{
    return read_functions[kind];
}

/* ---- odd values ------------------------------------------------------------------------------ */

/** Text for people: what is no text is shown as bytes are. */
static bool show_bytes(struct wh_odd_value *odd, struct wh_arena *arena)
{
    if (odd->storage == SQLITE_TEXT && wh_utf8_is_valid(odd->bytes)) {
        odd->text = odd->bytes;
        return true;
    }
    return wh_bytes_print(odd->bytes, arena, &odd->text) == WH_FAULT_NONE;
}

static bool show_number(const char *digits, size_t len, struct wh_odd_value *odd,
                        struct wh_arena *arena)
{
    odd->text = copy(wh_str_make(digits, len), arena);
    return odd->text.ptr != NULL;
}

bool wh_sqlite_read_odd(const struct wh_sqlite_result *result, struct wh_odd_value *ret)
{
    char room[WH_DOUBLE_SIZE];
    ret->storage = (uint8_t)result->class;
    if (ret->storage == SQLITE_INTEGER) {
        ret->number = result->number;
        return show_number(room, wh_int_print(ret->number, room), ret, result->arena);
    }
    if (ret->storage == SQLITE_FLOAT) {
        double real = wh_sqlite_real(result);
        memcpy(&ret->number, &real, sizeof(real));
        return show_number(room, wh_double_print(real, room), ret, result->arena);
    }
    bool is_text = ret->storage == SQLITE_TEXT;
    ret->bytes = copy(is_text ? converted_text(result) : result->bytes, result->arena);
    return ret->bytes.ptr != NULL && show_bytes(ret, result->arena);
}
