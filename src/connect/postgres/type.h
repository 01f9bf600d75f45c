/* SPDX-License-Identifier: Apache-2.0 */
/** PostgreSQL's types: what a column's type is to wherry,
 *  and the form in which its values travel. */
#ifndef WH_CONNECT_POSTGRES_TYPE_H
#define WH_CONNECT_POSTGRES_TYPE_H

#include <wherry/error.h>

#include "base/str.h"
#include "connect/postgres/libpq.h"
#include "data/type.h"

/* Numbers of built-in types: fixed for good (src/include/catalog/pg_type.dat). */
enum {
    WH_OID_BOOL = 16,
    WH_OID_BYTEA = 17,
    WH_OID_INT8 = 20,
    WH_OID_INT2 = 21,
    WH_OID_INT4 = 23,
    WH_OID_TEXT = 25,
    WH_OID_XID = 28,
    WH_OID_JSON = 114,
    WH_OID_FLOAT4 = 700,
    WH_OID_FLOAT8 = 701,
    WH_OID_BPCHAR = 1042,
    WH_OID_VARCHAR = 1043,
    WH_OID_DATE = 1082,
    WH_OID_TIME = 1083,
    WH_OID_TIMESTAMP = 1114,
    WH_OID_TIMESTAMPTZ = 1184,
    WH_OID_INTERVAL = 1186,
    WH_OID_NUMERIC = 1700,
    WH_OID_UUID = 2950
};

/** How a value is written in PostgreSQL's binary formats. */
enum wh_postgres_form {
    WH_FORM_BOOL = 0,
    WH_FORM_INT2,
    WH_FORM_INT4,
    WH_FORM_INT8, /* times and timestamps, too: wherry's units are PostgreSQL's */
    WH_FORM_FLOAT4,
    WH_FORM_FLOAT8,
    WH_FORM_NUMERIC,
    WH_FORM_DATE,
    WH_FORM_INTERVAL,
    WH_FORM_BYTES,    /* text and bytes: as they are */
    WH_FORM_UNPADDED, /* char(n) on its way in by COPY: without the spaces at its end */
    WH_FORM_UUID      /* wherry has its text */
};

/** A type as the catalogue describes it, domains resolved to what they are made of. */
struct wh_postgres_type {
    Oid oid;
    int modifier; /* -1: none */
    char kind;    /* pg_type.typtype: b base, e enum … */
    struct wh_str name;
};

/** What wherry makes of a type. */
struct wh_postgres_reading {
    struct wh_type type;
    enum wh_postgres_form form;
    bool is_exact;         /* every value of `type` reads back as it was written */
    bool compares_as_text; /* the type's own equality is missing or wider than that of its text */
};

/** False for types that are not read: what wherry would need to know of them is not known. */
bool wh_postgres_type_read(const struct wh_postgres_type *type, struct wh_postgres_reading *ret);

/** The form in which COPY brings values into a column that is read as @p reading: char(n)
 *  without its padding, which the server adds faster than it takes it in (it counts the
 *  characters of what comes). */
enum wh_postgres_form wh_postgres_copy_in_form(const struct wh_postgres_reading *reading);

/** Digits behind the second that a time or timestamp of @p modifier keeps: 6 where it has none. */
int wh_postgres_second_digits(int modifier);

#endif
