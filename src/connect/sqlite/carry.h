/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values of a source, one by one. A column's declared type says what wherry reads it as; what a
 * value really is, SQLite leaves open. A value is carried where the type can hold it exactly, and
 * otherwise refused:
 *
 *   BOOL                     INTEGER 0, 1
 *   INT                      INTEGER
 *   FLOAT                    REAL; an INTEGER that is a double
 *   NUMERIC                  INTEGER; REAL, as the decimal that it prints as; TEXT in a column that
 *                            keeps decimals as text
 *   DATE, TIME, TIMESTAMP,   TEXT in wherry's form (clock_text.h) or a time string of SQLite's
 *   TIMESTAMPTZ, INTERVAL    (time_string.h)
 *   TEXT                     TEXT that is UTF-8 without NUL; INTEGER and REAL as they print
 *   BYTES                    BLOB
 */
#ifndef WH_CONNECT_SQLITE_CARRY_H
#define WH_CONNECT_SQLITE_CARRY_H

#include "connect/sqlite/storage.h"

/** The type of a source's column: no bounds, since SQLite enforces none. */
struct wh_type wh_sqlite_source_type(struct wh_str declared, enum wh_sqlite_affinity affinity);

/** The same as wh_sqlite_carry(), whatever the result is. */
enum wh_sqlite_reading wh_sqlite_carry_any(const struct wh_sqlite_storage *storage,
                                           const struct wh_sqlite_result *result,
                                           struct wh_column *column, size_t row);

/** Reads a result into @p row of @p column; ODD where it cannot be carried. A date or time that
 *  gives VALUE is stored as it prints, but for the encoding. */
static inline enum wh_sqlite_reading wh_sqlite_carry(const struct wh_sqlite_storage *storage,
                                                     const struct wh_sqlite_result *result,
                                                     struct wh_column *column, size_t row)
{
    /* Nearly always: a value in the type's own form. */
    if (WH_LIKELY(!storage->is_utf16)) {
        enum wh_sqlite_reading reading = wh_sqlite_read(storage, result, column, row);
        if (WH_LIKELY(reading != WH_SQLITE_ODD))
            return reading;
    }
    return wh_sqlite_carry_any(storage, result, column, row);
}

/** Why a result is odd, in words: "column 'qty' is declared INTEGER and holds text; …". */
WH_MUST_CHECK wh_code wh_sqlite_refusal(const struct wh_column_info *column,
                                        const struct wh_sqlite_storage *storage,
                                        const struct wh_sqlite_result *result, struct wh_str *ret,
                                        struct wh_error *err);

/** The result's bytes as they are stored, a number's as it prints, @p max of them at most. */
WH_MUST_CHECK wh_code wh_sqlite_raw(const struct wh_sqlite_result *result, size_t max,
                                    struct wh_str *ret, struct wh_error *err);

/**
 * Takes a row's results as they are stored, none of them read yet: *digest goes on over them, and
 * all but long texts and bytes are copied to @p arena, where they are found from now on. False when
 * memory is out.
 *
 * Each value gives a word: a number itself, NULL 0, a text or bytes their length, long ones their
 * hash. The digest is a chain of hashes: of the words and storage classes of 64 values, of their
 * texts and bytes one behind the other, long ones left out, and of the next 64.
 */
WH_MUST_CHECK bool wh_sqlite_take_row(struct wh_sqlite_result *results, size_t count,
                                      struct wh_arena *arena, uint64_t *digest);

#endif
