/* SPDX-License-Identifier: Apache-2.0 */
/** How many connections the server, the database and the role still have room for. */
#ifndef WH_CONNECT_POSTGRES_ROOM_H
#define WH_CONNECT_POSTGRES_ROOM_H

#include "connect/destination.h"

wh_code wh_postgres_find_room(struct wh_destination *destination,
                              const struct wh_room_request *request, struct wh_arena *arena,
                              struct wh_room *ret, struct wh_error *err);

#endif
