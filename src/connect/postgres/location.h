/* SPDX-License-Identifier: Apache-2.0 */
/** `postgresql:` URLs: what is handed to libpq. */
#ifndef WH_CONNECT_POSTGRES_LOCATION_H
#define WH_CONNECT_POSTGRES_LOCATION_H

#include <stdbool.h>

#include <wherry/error.h>

#include "base/str.h"
#include "connect/postgres/libpq.h"

/** Keywords and their values, as PQconnectdbParams() takes them. */
struct wh_postgres_location {
    PQconninfoOption *parsed; /* what the URL says; owns the texts */
    const char **keywords;    /* end with NULL; the array is owned */
    const char **values;
};

/** True for postgresql:, postgres: and anything behind them. */
bool wh_postgres_accepts(struct wh_str url);

/**
 * Reads @p url: a URI as libpq has it (`postgresql://user@host:5432/database?sslmode=require`), or
 * libpq's keywords behind the scheme (`postgresql:host=db dbname=shop`). What it leaves open comes
 * from libpq: PGHOST and its like, service files, .pgpass. WH_INVALID; the message never quotes the
 * URL, which may hold a password.
 */
WH_MUST_CHECK wh_code wh_postgres_location_parse(struct wh_str url,
                                                 struct wh_postgres_location *ret,
                                                 struct wh_error *err);

void wh_postgres_location_release(struct wh_postgres_location *location);

#endif
