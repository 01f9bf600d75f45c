/* SPDX-License-Identifier: Apache-2.0 */
/** A connection to a server: opening it with the settings of its session, closing it, making it
 *  anew. */
#ifndef WH_CONNECT_POSTGRES_CONNECTION_H
#define WH_CONNECT_POSTGRES_CONNECTION_H

#include "connect/postgres/session.h"

wh_code wh_postgres_open(const struct wh_destination_request *request, struct wh_destination **ret,
                         struct wh_error *err);

/** The same, with the settings of a source; the request is a read-only one. */
wh_code wh_postgres_open_source(const struct wh_destination_request *request,
                                struct wh_destination **ret, struct wh_error *err);
void wh_postgres_close(struct wh_destination *destination);

wh_code wh_postgres_reopen(struct wh_destination *destination, bool *ret_was_lost,
                           struct wh_error *err);

#endif
