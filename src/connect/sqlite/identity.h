/* SPDX-License-Identifier: Apache-2.0 */
/** What names a database for good: a random number that it carries itself. */
#ifndef WH_CONNECT_SQLITE_IDENTITY_H
#define WH_CONNECT_SQLITE_IDENTITY_H

#include "connect/destination.h"

/**
 * The id in table wherry_identity, made by the first connection that may write and asks for
 * it. Read-only connections get the empty string from a database that has none yet. It is
 * part of the file: a copy or a restored backup has it, too. WH_CORRUPT where the table
 * holds anything but one id.
 */
wh_code wh_sqlite_identity(struct wh_destination *destination, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err);

#endif
