/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The text that stands for a chunk of a source, by the source's order:
 *
 *   rowid 1 32768 0             first and last row number, and how many rows stand before the first
 *                               (0 as well where that is not known: offsets are row numbers then)
 *   key 32768 32768 i7 t6162    how many rows stand before it, how many it has, its first key
 *   all                         everything
 *
 * A key's values: i and digits (INTEGER), r and 16 hexadecimal digits of the double's bits (REAL),
 * t and b and hexadecimal bytes (TEXT in UTF-8, BLOB).
 */
#ifndef WH_CONNECT_SQLITE_SOURCE_CHUNK_H
#define WH_CONNECT_SQLITE_SOURCE_CHUNK_H

#include "connect/sqlite/source.h"

struct wh_sqlite_chunk {
    int64_t first; /* BY_ROWID */
    int64_t last;
    uint64_t ordinal;  /* rows of the source before it; 0 where that is not known */
    uint64_t count;    /* BY_KEY */
    struct wh_str key; /* BY_KEY: its values, as above, with a space between */
};

WH_MUST_CHECK wh_code wh_sqlite_chunk_print(const struct wh_sqlite_source *source,
                                            const struct wh_sqlite_chunk *chunk,
                                            struct wh_arena *arena, struct wh_str *ret,
                                            struct wh_error *err);

/** WH_CORRUPT for what no chunk of this source is. The key is a slice of @p text. */
WH_MUST_CHECK wh_code wh_sqlite_chunk_parse(const struct wh_sqlite_source *source,
                                            struct wh_str text, struct wh_sqlite_chunk *ret,
                                            struct wh_error *err);

/** The key of the row that a walk stands on. */
WH_MUST_CHECK wh_code wh_sqlite_key_print(const struct wh_sqlite_source *source, sqlite3_stmt *walk,
                                          struct wh_arena *arena, struct wh_str *ret,
                                          struct wh_error *err);

/** Binds a chunk's bounds to a statement of wh_sqlite_source_select(). */
WH_MUST_CHECK wh_code wh_sqlite_chunk_bind(const struct wh_sqlite_source *source,
                                           const struct wh_sqlite_chunk *chunk, sqlite3_stmt *stmt,
                                           struct wh_error *err);

#endif
