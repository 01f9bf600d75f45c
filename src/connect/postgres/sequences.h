/* SPDX-License-Identifier: Apache-2.0 */
/** Sequences behind columns that are written: destination.h has the contract. */
#ifndef WH_CONNECT_POSTGRES_SEQUENCES_H
#define WH_CONNECT_POSTGRES_SEQUENCES_H

#include "connect/destination.h"

wh_code wh_postgres_advance(struct wh_destination *destination, const struct wh_advance *request,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

#endif
