/* SPDX-License-Identifier: Apache-2.0 */
/** What names a database for good: the system's identifier, which initdb drew,
 *  and its own number. */
#ifndef WH_CONNECT_POSTGRES_IDENTITY_H
#define WH_CONNECT_POSTGRES_IDENTITY_H

#include "connect/destination.h"

/** "postgresql 7312345678901234567/16384"; ptr NULL where the role may not ask for it. */
WH_MUST_CHECK wh_code wh_postgres_system(struct wh_destination *destination, struct wh_arena *arena,
                                         struct wh_str *ret, struct wh_error *err);

/** The same. WH_UNREACHABLE where the role may not ask for it. */
wh_code wh_postgres_identity(struct wh_destination *destination, struct wh_arena *arena,
                             struct wh_str *ret, struct wh_error *err);

#endif
