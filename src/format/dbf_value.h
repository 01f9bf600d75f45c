/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values of a DBF record's fields: numbers, dates, times and truth values into canonical text.
 * Texts and memos are not dealt with here.
 *
 * Numbers are exact: the digits that the file has, never by way of a double but where it holds one.
 * Where the bytes of dBASE 7 and Visual FoxPro differ, the family tells: dBASE 7 stores numbers so
 * that they sort as bytes do (high byte first, the sign turned round); its `@` is a double of
 * milliseconds since the day before 0001-01-01, as the Borland Database Engine writes it. In other
 * files `@` and `T` are a Julian day and milliseconds.
 */
#ifndef WH_FORMAT_DBF_VALUE_H
#define WH_FORMAT_DBF_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "format/dbf_header.h"

struct wh_dbf_value {
    struct wh_str text;   /* canonical; ptr NULL: the value is NULL, or none */
    bool is_fraction;     /* a number that is no whole one of 64 bits */
    bool is_without_room; /* memory is out */
    const char *wrong;    /* why it is none: "which is no date"; NULL: all is well */
};

/** The value of @p field with these bytes, its text in @p arena. False where it is none. */
bool wh_dbf_value_read(const struct wh_dbf_table *table, const struct wh_dbf_field *field,
                       struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret);

/** The number of a memo; 0: there is none. False where the field holds none. */
bool wh_dbf_memo_number(struct wh_str bytes, uint32_t *ret);

/** Bytes for people: what is no printable ASCII as dots, cut. */
#define WH_DBF_SHOWN_SIZE 48
const char *wh_dbf_show(struct wh_str bytes, char *room);

#endif
