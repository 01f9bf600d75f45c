/* SPDX-License-Identifier: Apache-2.0 */
/** `sqlite:` URLs: which file, and with which options. */
#ifndef WH_CONNECT_SQLITE_LOCATION_H
#define WH_CONNECT_SQLITE_LOCATION_H

#include "base/arena.h"
#include "base/option.h"

struct wh_sqlite_options {
    uint64_t busy_timeout;     /* milliseconds */
    uint64_t cache;            /* bytes of pages kept in memory by a connection */
    struct wh_str mode;        /* rwc, rw */
    struct wh_str synchronous; /* normal, full */
};

struct wh_sqlite_location {
    const char *path; /* NUL-terminated; begins with / or ./ so that SQLite reads no URI in it */
    struct wh_sqlite_options options;
};

extern const struct wh_option wh_sqlite_option_table[];

/** True for `sqlite:` and anything behind it. */
bool wh_sqlite_accepts(struct wh_str url);

/**
 * Takes @p url apart: `sqlite:` path [`?` name=value {`&` name=value}]. The path may be written
 * with %XX and stands below @p base_folder unless it is absolute. Everything is put into @p arena.
 * WH_INVALID for options that are not in the table, databases in memory and hosts.
 */
WH_MUST_CHECK wh_code wh_sqlite_location_parse(struct wh_str url, struct wh_str base_folder,
                                               struct wh_arena *arena,
                                               struct wh_sqlite_location *ret,
                                               struct wh_error *err);

#endif
