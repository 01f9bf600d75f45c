/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/storage.h"

#include <math.h>

#include "connect/sqlite/clock_text.h"
#include "connect/sqlite/decimal.h"
#include "data/datetime.h"
#include "data/text.h"

/* ---- text in columns of numbers -------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(struct wh_str text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at]))
        at++;
    return at;
}

/** Where digits with at most one point among them end; @p at where there is no digit. */
static size_t skip_decimal(struct wh_str text, size_t at)
{
    size_t point = skip_digits(text, at);
    size_t end = point;
    if (point < text.len && text.ptr[point] == '.')
        end = skip_digits(text, point + 1);
    size_t digits = end - at - (end > point ? 1 : 0);
    return digits > 0 ? end : at;
}

/** True where SQLite's numeric affinity takes @p text for a number: decimal, with an exponent or
 *  not, white space around. */
static bool looks_numeric(struct wh_str text)
{
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    size_t at = 0;
    while (at < text.len && is_space(text.ptr[at]))
        at++;
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
        at++;
    size_t end = skip_decimal(text, at);
    if (end == at || end == text.len)
        return end > at;
    if (text.ptr[end] != 'e' && text.ptr[end] != 'E')
        return false;
    at = end + 1;
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
        at++;
    end = skip_digits(text, at);
    return end > at && end == text.len;
}

/** True where @p text is what an int64 prints as, so that it comes back from an INTEGER. */
static bool is_printed_int(struct wh_str text)
{
    char room[WH_INT_SIZE];
    int64_t value;
    if (text.len > WH_INT_SIZE || wh_int_parse(text, &value) != WH_FAULT_NONE)
        return false;
    return wh_str_equal(text, wh_str_make(room, wh_int_print(value, room)));
}

/** UTF-16 has no room for U+FFFE and U+FFFF: SQLite puts U+FFFD in their place. */
static bool has_noncharacter(struct wh_str text)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    while (end - at >= 3) {
        at = memchr(at, '\xEF', (size_t)(end - at) - 2);
        if (at == NULL)
            return false;
        if (at[1] == '\xBF' && (at[2] == '\xBE' || at[2] == '\xBF'))
            return true;
        at++;
    }
    return false;
}

static bool is_number_column(const struct wh_sqlite_storage *storage)
{
    return storage->affinity >= WH_SQLITE_NUMERIC;
}

static bool is_exact_text(const struct wh_sqlite_storage *storage, struct wh_str text)
{
    if (is_number_column(storage) && looks_numeric(text) && !is_printed_int(text))
        return false;
    return !storage->is_utf16 || !has_noncharacter(text);
}

static bool is_exact_float(double value)
{
    return value != 0 || !signbit(value);
}

static bool keeps_numeric_text(const struct wh_sqlite_storage *storage)
{
    return storage->type.kind == WH_KIND_NUMERIC && storage->affinity == WH_SQLITE_TEXT;
}

/* ---- binding --------------------------------------------------------------------------------- */

static int bind_int(const struct wh_sqlite_storage *storage,
                    const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                    size_t row)
{
    (void)storage;
    return sqlite3_bind_int64(parameter->stmt, parameter->index, column->values.ints[row]);
}

static int bind_bool(const struct wh_sqlite_storage *storage,
                     const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                     size_t row)
{
    (void)storage;
    return sqlite3_bind_int64(parameter->stmt, parameter->index, column->values.bools[row] != 0);
}

/** SQLite makes NULL of a NaN, but keeps its name. */
static int bind_nan(const struct wh_sqlite_parameter *parameter)
{
    return sqlite3_bind_text(parameter->stmt, parameter->index, "NaN", 3, SQLITE_STATIC);
}

static int bind_float(const struct wh_sqlite_storage *storage,
                      const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                      size_t row)
{
    (void)storage;
    double value = column->values.floats[row];
    if (isnan(value))
        return bind_nan(parameter);
    return is_exact_float(value) ? sqlite3_bind_double(parameter->stmt, parameter->index, value)
                                 : WH_SQLITE_INEXACT;
}

static int bind_numeric(const struct wh_sqlite_storage *storage,
                        const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                        size_t row)
{
    (void)storage;
    int64_t whole;
    double real;
    if (column->values.numerics[row].form == WH_NUMERIC_NAN)
        return bind_nan(parameter);
    switch (wh_sqlite_decimal_store(&column->values.numerics[row], &whole, &real)) {
    case WH_SQLITE_DECIMAL_INTEGER:
        return sqlite3_bind_int64(parameter->stmt, parameter->index, whole);
    case WH_SQLITE_DECIMAL_REAL:
        return sqlite3_bind_double(parameter->stmt, parameter->index, real);
    case WH_SQLITE_DECIMAL_INEXACT:
        break;
    }
    return WH_SQLITE_INEXACT;
}

static int bind_numeric_text(const struct wh_sqlite_storage *storage,
                             const struct wh_sqlite_parameter *parameter,
                             const struct wh_column *column, size_t row)
{
    (void)storage;
    const struct wh_numeric *value = &column->values.numerics[row];
    size_t size = wh_numeric_print_size(value);
    if (size <= WH_DATETIME_SIZE)
        return sqlite3_bind_text64(parameter->stmt, parameter->index, parameter->room,
                                   wh_numeric_print(value, parameter->room), SQLITE_STATIC,
                                   SQLITE_UTF8);
    char *room = sqlite3_malloc64(size);
    if (room == NULL)
        return SQLITE_NOMEM;
    return sqlite3_bind_text64(parameter->stmt, parameter->index, room,
                               wh_numeric_print(value, room), sqlite3_free, SQLITE_UTF8);
}

static int bind_clock(const struct wh_sqlite_storage *storage,
                      const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                      size_t row)
{
    (void)storage;
    size_t len = wh_sqlite_clock_print(column, row, parameter->room);
    return sqlite3_bind_text64(parameter->stmt, parameter->index, parameter->room, len,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_text(const struct wh_sqlite_storage *storage,
                     const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                     size_t row)
{
    (void)storage;
    struct wh_str text = column->values.texts[row];
    return sqlite3_bind_text64(parameter->stmt, parameter->index, text.len > 0 ? text.ptr : "",
                               text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_doubtful_text(const struct wh_sqlite_storage *storage,
                              const struct wh_sqlite_parameter *parameter,
                              const struct wh_column *column, size_t row)
{
    if (!is_exact_text(storage, column->values.texts[row]))
        return WH_SQLITE_INEXACT;
    return bind_text(storage, parameter, column, row);
}

static int bind_bytes(const struct wh_sqlite_storage *storage,
                      const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                      size_t row)
{
    (void)storage;
    struct wh_str bytes = column->values.texts[row];
    return sqlite3_bind_blob64(parameter->stmt, parameter->index, bytes.len > 0 ? bytes.ptr : "",
                               bytes.len, SQLITE_STATIC);
}

static int bind_nothing(const struct wh_sqlite_storage *storage,
                        const struct wh_sqlite_parameter *parameter, const struct wh_column *column,
                        size_t row)
{
    (void)storage;
    (void)column;
    (void)row;
    return sqlite3_bind_null(parameter->stmt, parameter->index);
}

static wh_sqlite_bind_function *const bind_functions[WH_KIND_COUNT] = {
    [WH_KIND_NULL] = bind_nothing,      [WH_KIND_BOOL] = bind_bool,
    [WH_KIND_INT] = bind_int,           [WH_KIND_FLOAT] = bind_float,
    [WH_KIND_NUMERIC] = bind_numeric,   [WH_KIND_DATE] = bind_clock,
    [WH_KIND_TIME] = bind_clock,        [WH_KIND_TIMESTAMP] = bind_clock,
    [WH_KIND_TIMESTAMPTZ] = bind_clock, [WH_KIND_INTERVAL] = bind_clock,
    [WH_KIND_TEXT] = bind_text,         [WH_KIND_BYTES] = bind_bytes,
};

struct wh_sqlite_storage wh_sqlite_storage_make(struct wh_type type,
                                                enum wh_sqlite_affinity affinity, bool is_utf16)
{
    struct wh_sqlite_storage storage = {.type = type,
                                        .affinity = affinity,
                                        .is_utf16 = is_utf16,
                                        .bind = bind_functions[type.kind],
                                        .read = wh_sqlite_read_function_of(type.kind)};
    if (type.kind == WH_KIND_TEXT && (is_number_column(&storage) || is_utf16))
        storage.bind = bind_doubtful_text;
    if (keeps_numeric_text(&storage))
        storage.bind = bind_numeric_text;
    return storage;
}

int wh_sqlite_bind_odd(sqlite3_stmt *stmt, int index, const struct wh_odd_value *odd)
{
    double real;
    switch (odd->storage) {
    case SQLITE_INTEGER:
        return sqlite3_bind_int64(stmt, index, odd->number);
    case SQLITE_FLOAT:
        memcpy(&real, &odd->number, sizeof(real));
        return sqlite3_bind_double(stmt, index, real);
    case SQLITE_TEXT:
        return sqlite3_bind_text64(stmt, index, odd->bytes.ptr, odd->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    default:
        return sqlite3_bind_blob64(stmt, index, odd->bytes.ptr, odd->bytes.len, SQLITE_STATIC);
    }
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool is_exact(const struct wh_sqlite_storage *storage, const struct wh_column *values,
                     size_t row)
{
    int64_t whole;
    double real;
    if (storage->type.kind == WH_KIND_FLOAT)
        return is_exact_float(values->values.floats[row]);
    if (storage->type.kind == WH_KIND_NUMERIC)
        return values->values.numerics[row].form == WH_NUMERIC_NAN ||
               wh_sqlite_decimal_store(&values->values.numerics[row], &whole, &real) !=
                   WH_SQLITE_DECIMAL_INEXACT;
    return is_exact_text(storage, values->values.texts[row]);
}

void wh_sqlite_check(const struct wh_sqlite_storage *storage, const struct wh_column *values,
                     const struct wh_selection *selection, uint8_t *faults)
{
    bool is_doubtful = storage->type.kind == WH_KIND_FLOAT || storage->bind == bind_numeric ||
                       storage->bind == bind_doubtful_text;
    for (size_t i = 0; is_doubtful && i < selection->count; i++) {
        size_t row = selection->rows[i];
        if (!wh_column_is_null(values, row) && !is_exact(storage, values, row))
            faults[row] = WH_FAULT_INEXACT;
    }
}
