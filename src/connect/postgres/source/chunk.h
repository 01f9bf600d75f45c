/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The text that stands for a chunk of a source, by the source's order: what it is cut by, its
 * ordinal, where it begins and before what it ends; "-" where it is open.
 *
 *   number 0 1000 2000      values of the key
 *   key 3 \x6162 \x6364     values of the key's first column, as text in hexadecimal
 *   ctid 0 128 256          blocks of the table
 *   all 0 - -               everything
 *   same 0 \x6162 \x63      the rows that have these values of the key's first columns, as text
 *                           in hexadecimal
 */
#ifndef WH_CONNECT_POSTGRES_SOURCE_CHUNK_H
#define WH_CONNECT_POSTGRES_SOURCE_CHUNK_H

#include "connect/postgres/source/source.h"

/** The server's keys have no more columns (INDEX_MAX_KEYS). */
#define WH_POSTGRES_KEY_COLUMNS 32

struct wh_postgres_chunk {
    uint64_t ordinal;
    /* Values of the key's first columns; or a range: */
    struct wh_str same[WH_POSTGRES_KEY_COLUMNS];
    size_t same_count;
    struct wh_str first; /* ptr NULL: open; of a key the text itself */
    struct wh_str last;
};

WH_MUST_CHECK wh_code wh_postgres_chunk_print(const struct wh_postgres_source *source,
                                              const struct wh_postgres_chunk *chunk,
                                              struct wh_arena *arena, struct wh_str *ret,
                                              struct wh_error *err);

/** WH_CORRUPT for what no chunk of this source is.
 *  The ends are in @p arena or slices of @p text. */
WH_MUST_CHECK wh_code wh_postgres_chunk_parse(const struct wh_postgres_source *source,
                                              struct wh_str text, struct wh_arena *arena,
                                              struct wh_postgres_chunk *ret, struct wh_error *err);

#endif
