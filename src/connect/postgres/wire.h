/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values in PostgreSQL's binary formats, as its types' send and receive functions have them: what
 * COPY, parameters and results in binary are made of. Integers are big-endian.
 *
 * A field is four bytes of length (-1: NULL) and the value's bytes. Formats:
 * https://www.postgresql.org/docs/15/sql-copy.html and src/backend/utils/adt of PostgreSQL 15.
 */
#ifndef WH_CONNECT_POSTGRES_WIRE_H
#define WH_CONNECT_POSTGRES_WIRE_H

#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "connect/postgres/type.h"
#include "data/column.h"

/** What COPY in binary begins with, either way, behind which flags and the length of an extension
 *  stand; 11 bytes, of which the last is a NUL. */
#define WH_WIRE_COPY_SIGNATURE "PGCOPY\n\377\r\n\0"
#define WH_WIRE_COPY_SIGNATURE_SIZE (sizeof(WH_WIRE_COPY_SIGNATURE) - 1)

static inline char *wh_wire_put16(char *at, uint16_t value)
{
    uint16_t big = htobe16(value);
    memcpy(at, &big, sizeof(big));
    return at + sizeof(big);
}

static inline char *wh_wire_put32(char *at, uint32_t value)
{
    uint32_t big = htobe32(value);
    memcpy(at, &big, sizeof(big));
    return at + sizeof(big);
}

static inline char *wh_wire_put64(char *at, uint64_t value)
{
    uint64_t big = htobe64(value);
    memcpy(at, &big, sizeof(big));
    return at + sizeof(big);
}

static inline uint16_t wh_wire_get16(const char *at)
{
    uint16_t big;
    memcpy(&big, at, sizeof(big));
    return be16toh(big);
}

static inline uint32_t wh_wire_get32(const char *at)
{
    uint32_t big;
    memcpy(&big, at, sizeof(big));
    return be32toh(big);
}

static inline uint64_t wh_wire_get64(const char *at)
{
    uint64_t big;
    memcpy(&big, at, sizeof(big));
    return be64toh(big);
}

/** Bytes that the field of the value at @p row, which may be NULL, takes at most. */
size_t wh_postgres_field_size(enum wh_postgres_form form, const struct wh_column *column,
                              size_t row);

/** Writes the field at @p at, where there is room for it; returns the end. A text in the form of
 *  UUID is one (wh_postgres_uuid_is_canonical()). */
char *wh_postgres_put_field(enum wh_postgres_form form, const struct wh_column *column, size_t row,
                            char *at);

/** True where the bytes of a field (ptr NULL: NULL) are those that the value at @p row is written
 *  as. One that takes many digits may be told to differ, though it does not. */
bool wh_postgres_field_is(enum wh_postgres_form form, const struct wh_column *column, size_t row,
                          struct wh_str field);

/** True for an interval of PostgreSQL 17 or newer that is infinite: all three of its numbers are
 *  the largest, or the smallest (src/include/datatype/timestamp.h there). */
bool wh_postgres_is_infinite(enum wh_postgres_form form, struct wh_str bytes);

/** Reads the bytes of a field, not NULL, into @p row; what does not fit the row goes to @p arena.
 *  WH_CORRUPT for bytes that are no value of the form. */
WH_MUST_CHECK wh_code wh_postgres_read_field(enum wh_postgres_form form, struct wh_str bytes,
                                             struct wh_arena *arena, struct wh_column *column,
                                             size_t row, struct wh_error *err);

/** Reads an int2, int4, int8 or a numeric that is a whole number. */
WH_MUST_CHECK wh_code wh_postgres_read_int(Oid type, struct wh_str bytes, int64_t *ret,
                                           struct wh_error *err);

/** True where @p text is a UUID as PostgreSQL prints it: in lower case, with hyphens. */
bool wh_postgres_uuid_is_canonical(struct wh_str text);

#endif
