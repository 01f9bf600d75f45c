/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How values of a column are kept by SQLite, and which can be.
 *
 * SQLite stores five classes: NULL, INTEGER, REAL, TEXT, BLOB. A column's declared type only gives
 * it an affinity, by which SQLite turns some values into another class as they are stored
 * (https://www.sqlite.org/datatype3.html). Each kind has one stored form here:
 *
 *   BOOL                     INTEGER 0, 1
 *   INT                      INTEGER
 *   FLOAT                    REAL; NaN is the TEXT 'NaN'; -0 cannot be stored
 *   NUMERIC                  INTEGER where whole, otherwise the REAL that prints as that decimal;
 *                            what no REAL prints as cannot be stored; NaN is the TEXT 'NaN'
 *   NUMERIC with affinity    TEXT as it prints, its scale and all
 *   TEXT ("numeric(20,4)")
 *   DATE, TIME, TIMESTAMP,   TEXT as PostgreSQL prints it with ISO dates and UTC
 *   TIMESTAMPTZ, INTERVAL
 *   TEXT                     TEXT, but in a column of numeric affinity INTEGER for the text of a
 *                            whole number; what reads as another number cannot be stored there
 *   BYTES                    BLOB
 *
 * The invariant: a value that is read binds again as the very value that is stored, and a stored
 * value of which that is not true is odd (struct wh_odd_value). So the condition of an update holds
 * exactly where nobody changed the row.
 */
#ifndef WH_CONNECT_SQLITE_STORAGE_H
#define WH_CONNECT_SQLITE_STORAGE_H

#include <sqlite3.h>
#include <string.h>

#include "connect/rows.h"

enum wh_sqlite_affinity {
    WH_SQLITE_NO_AFFINITY = 0, /* "BLOB": every value is stored as it is */
    WH_SQLITE_TEXT,
    WH_SQLITE_NUMERIC,
    WH_SQLITE_INTEGER,
    WH_SQLITE_REAL
};

/** The affinity that SQLite gives a column of this declared type. */
enum wh_sqlite_affinity wh_sqlite_affinity_of(struct wh_str declared, bool is_strict);

/**
 * The type of a column: what the declared name says (sql/sqlite.c); for other names INT, FLOAT,
 * TEXT, BYTES by affinity, and TEXT for names of numeric affinity that are no number's (UUID,
 * JSON). A column without a declared type holds TEXT, and so does one with PostgreSQL's words
 * (sql/made_as.h), unless they are a numeric's.
 */
struct wh_type wh_sqlite_type_of(struct wh_str declared, enum wh_sqlite_affinity affinity);

struct wh_sqlite_storage;

/** A parameter of a statement, and where the text that is bound to it may stand until the step. */
struct wh_sqlite_parameter {
    sqlite3_stmt *stmt;
    int index;  /* from 1 */
    char *room; /* WH_DATETIME_SIZE bytes */
};

/** A result column of the row that a statement stands on, and where what is read is copied to. The
 *  value lives until the next step, and belongs to the thread that steps. */
struct wh_sqlite_result {
    sqlite3_value *value;
    /* Of text and bytes: as they are stored, until text of a UTF-16 database is converted; ptr may
     * be NULL where there are none. */
    struct wh_str bytes;
    int64_t number; /* of a REAL its bits, of text and bytes their length */
    int index;      /* from 0 */
    int class; /* as it is stored: SQLITE_TEXT and so on; reading may change what SQLite calls it */
    bool is_kept; /* the bytes are in the arena */
    struct wh_arena *arena;
};

/** In place, since it is done for every value. */
static inline void wh_sqlite_result_set(struct wh_sqlite_result *result, sqlite3_value *value,
                                        int index, struct wh_arena *arena)
{
    *result = (struct wh_sqlite_result){
        .value = value, .index = index, .class = sqlite3_value_type(value), .arena = arena};
    if (result->class == SQLITE_TEXT || result->class == SQLITE_BLOB) {
        /* In this order: bytes are counted in the encoding of what was asked for last. */
        result->bytes.ptr = sqlite3_value_blob(value);
        result->bytes.len = (size_t)sqlite3_value_bytes(value);
        result->number = (int64_t)result->bytes.len;
    } else if (result->class == SQLITE_INTEGER) {
        result->number = sqlite3_value_int64(value);
    } else if (result->class == SQLITE_FLOAT) {
        double real = sqlite3_value_double(value);
        memcpy(&result->number, &real, sizeof(real));
    }
}

static inline double wh_sqlite_real(const struct wh_sqlite_result *result)
{
    double real;
    memcpy(&real, &result->number, sizeof(real));
    return real;
}

/** Binds the value at @p row, which is not NULL. */
typedef int wh_sqlite_bind_function(const struct wh_sqlite_storage *storage,
                                    const struct wh_sqlite_parameter *parameter,
                                    const struct wh_column *column, size_t row);

enum wh_sqlite_reading {
    WH_SQLITE_VALUE = 0,
    WH_SQLITE_NULL,
    WH_SQLITE_ODD,
    WH_SQLITE_CARRIED, /* a value, though not as the type is stored (carry.h) */
    WH_SQLITE_NO_MEMORY
};

/** Reads a result that is not NULL into @p row of @p column. */
typedef enum wh_sqlite_reading wh_sqlite_read_function(const struct wh_sqlite_storage *storage,
                                                       const struct wh_sqlite_result *result,
                                                       struct wh_column *column, size_t row);

wh_sqlite_read_function *wh_sqlite_read_function_of(enum wh_kind kind);

/** How one column is stored; made once, then used for each value. */
struct wh_sqlite_storage {
    struct wh_type type;
    enum wh_sqlite_affinity affinity;
    bool is_utf16;
    wh_sqlite_bind_function *bind;
    wh_sqlite_read_function *read;
};

struct wh_sqlite_storage wh_sqlite_storage_make(struct wh_type type,
                                                enum wh_sqlite_affinity affinity, bool is_utf16);

/** What binding returns, beside SQLite's codes, for a value that would be stored altered. */
#define WH_SQLITE_INEXACT (-1)

/** Binds the value at @p row, NULL too. The memory of texts is borrowed until the step. */
static inline int wh_sqlite_bind(const struct wh_sqlite_storage *storage,
                                 const struct wh_sqlite_parameter *parameter,
                                 const struct wh_column *column, size_t row)
{
    if (wh_column_is_null(column, row))
        return sqlite3_bind_null(parameter->stmt, parameter->index);
    return storage->bind(storage, parameter, column, row);
}

/** Binds an odd value as it is stored. */
int wh_sqlite_bind_odd(sqlite3_stmt *stmt, int index, const struct wh_odd_value *odd);

/** Sets @p faults of the rows whose values would be stored altered to INEXACT. */
void wh_sqlite_check(const struct wh_sqlite_storage *storage, const struct wh_column *values,
                     const struct wh_selection *selection, uint8_t *faults);

/** Reads a result into @p row of @p column. */
static inline enum wh_sqlite_reading wh_sqlite_read(const struct wh_sqlite_storage *storage,
                                                    const struct wh_sqlite_result *result,
                                                    struct wh_column *column, size_t row)
{
    return result->class == SQLITE_NULL ? WH_SQLITE_NULL
                                        : storage->read(storage, result, column, row);
}

/** The same as an odd value, all but its place; false when memory is out. */
bool wh_sqlite_read_odd(const struct wh_sqlite_result *result, struct wh_odd_value *ret);

#endif
