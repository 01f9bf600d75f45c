/* SPDX-License-Identifier: Apache-2.0 */
/** The types of values and how they are stored in columns. */
#ifndef WH_DATA_TYPE_H
#define WH_DATA_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum wh_kind {
    WH_KIND_NULL = 0,    /* the type of a bare NULL or of an expression that never has a value */
    WH_KIND_BOOL,        /* stored as uint8_t, 0 or 1 */
    WH_KIND_INT,         /* int64_t; bits 16, 32 or 64 bound its range */
    WH_KIND_FLOAT,       /* double; bits 32 or 64 */
    WH_KIND_NUMERIC,     /* struct wh_numeric */
    WH_KIND_DATE,        /* int32_t: days since 2000-01-01 */
    WH_KIND_TIME,        /* int64_t: microseconds since midnight, 0 to 24:00:00 */
    WH_KIND_TIMESTAMP,   /* int64_t: microseconds since 2000-01-01 00:00:00 */
    WH_KIND_TIMESTAMPTZ, /* int64_t: the same, in UTC */
    WH_KIND_INTERVAL,    /* struct wh_interval */
    WH_KIND_TEXT,        /* struct wh_str: valid UTF-8 without NUL */
    WH_KIND_BYTES        /* struct wh_str: any bytes */
};

#define WH_KIND_COUNT (WH_KIND_BYTES + 1)

/** Infinite dates and timestamps, as PostgreSQL stores them. */
#define WH_DATE_INFINITY INT32_MAX
#define WH_DATE_MINUS_INFINITY INT32_MIN
#define WH_TIMESTAMP_INFINITY INT64_MAX
#define WH_TIMESTAMP_MINUS_INFINITY INT64_MIN

/** Types of PostgreSQL's whose values are kept as texts of one form. */
enum wh_text_form {
    WH_TEXT_PLAIN = 0, /* any text */
    WH_TEXT_UUID,      /* 8-4-4-4-12 lower-case hexadecimal digits */
    WH_TEXT_JSON,      /* valid JSON, as it was written */
    WH_TEXT_JSONB,     /* JSON as PostgreSQL prints a jsonb */
    WH_TEXT_LIST       /* an array as PostgreSQL prints it; of the kind `element` and its `bits` */
};

/** A type with its modifiers; by value. Zero-initialised modifiers mean "no bound". */
struct wh_type {
    enum wh_kind kind;
    uint8_t bits;      /* INT: 16, 32, 64; FLOAT: 32, 64; otherwise 0 */
    uint8_t form;      /* TEXT: enum wh_text_form */
    uint8_t element;   /* TEXT of WH_TEXT_LIST: enum wh_kind */
    bool is_padded;    /* TEXT: char(n), trailing spaces do not count */
    bool has_scale;    /* NUMERIC: precision and scale are set */
    int32_t length;    /* TEXT: at most so many characters; 0: any */
    int16_t precision; /* NUMERIC: at most so many digits; TIME, TIMESTAMP: see below */
    int16_t scale;     /* NUMERIC: so many of them behind the point */
};

struct wh_interval {
    int64_t microseconds;
    int32_t days;
    int32_t months;
};

/** Bytes of one stored value of @p kind; 0 for WH_KIND_NULL. */
size_t wh_kind_size(enum wh_kind kind);

/** PostgreSQL's name of the type: "bigint", "numeric(12,2)", "character(2)". NUL-terminated in
 *  @p room, which holds at least WH_TYPE_NAME_SIZE bytes; returns @p room. */
#define WH_TYPE_NAME_SIZE 64
const char *wh_type_name(struct wh_type type, char *room);

bool wh_type_equal(struct wh_type a, struct wh_type b);

#endif
