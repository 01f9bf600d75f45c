/* SPDX-License-Identifier: Apache-2.0 */
/** The servers of a URL that names several: libpq tries them one after the other,
 *  without those that gave no answer. */
#ifndef WH_CONNECT_POSTGRES_HOSTS_H
#define WH_CONNECT_POSTGRES_HOSTS_H

#include "base/arena.h"
#include "connect/postgres/location.h"

enum { WH_POSTGRES_HOST = 0, WH_POSTGRES_HOSTADDR, WH_POSTGRES_PORT, WH_POSTGRES_HOST_LISTS };

/** Lists with commas, as libpq takes them; the ports may be one for all. */
struct wh_postgres_hosts {
    struct wh_arena arena;
    struct wh_str given[WH_POSTGRES_HOST_LISTS]; /* ptr NULL: not given */
    struct wh_str lists
        [WH_POSTGRES_HOST_LISTS]; /* those that are left, in the order in which they are tried */
};

void wh_postgres_hosts_init(struct wh_postgres_hosts *hosts);
void wh_postgres_hosts_release(struct wh_postgres_hosts *hosts);

/** Takes @p value where @p keyword is one of the lists. */
WH_MUST_CHECK wh_code wh_postgres_hosts_take(struct wh_postgres_hosts *hosts, const char *keyword,
                                             const char *value, struct wh_error *err);

/** Puts the host of that number, as it was given, before the others. Before any was left out. */
WH_MUST_CHECK wh_code wh_postgres_hosts_prefer(struct wh_postgres_hosts *hosts, unsigned number,
                                               struct wh_error *err);

/** The number, from 1, of the host that @p conn is at, as it was given; 0: it is none of them. */
unsigned wh_postgres_hosts_find(const struct wh_postgres_hosts *hosts, const PGconn *conn);

/** Leaves out the host that @p conn is at; false in *ret_left where that is the only one. */
WH_MUST_CHECK wh_code wh_postgres_hosts_drop(struct wh_postgres_hosts *hosts, const PGconn *conn,
                                             bool *ret_left, struct wh_error *err);

/** Begins to connect to those that are left; *ret is the caller's to finish. */
WH_MUST_CHECK wh_code wh_postgres_hosts_start(struct wh_postgres_hosts *hosts,
                                              const struct wh_postgres_location *location,
                                              PGconn **ret, struct wh_error *err);

#endif
