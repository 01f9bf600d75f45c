/* SPDX-License-Identifier: Apache-2.0 */
/** What the server says of a session, with what to do about it. */
#ifndef WH_CONNECT_POSTGRES_REMEDY_H
#define WH_CONNECT_POSTGRES_REMEDY_H

#include "connect/postgres/running.h"

/** After @p rc in *err from a statement: adds what is to be done where settings of the role, or
 *  somebody on the server, are why. The code that is right then, and in *err. */
wh_code wh_postgres_add_remedy(struct wh_destination *destination, wh_code rc,
                               struct wh_error *err);

/** Tells the listener, now and then, that the server has been silent for @p moments. */
void wh_postgres_tell_waiting(const struct wh_destination *destination, unsigned moments);

/** A moment of waiting. */
#define WH_POSTGRES_MOMENT_MILLISECONDS 100

#endif
