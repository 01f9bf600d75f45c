/* SPDX-License-Identifier: Apache-2.0 */
/** The way to a server: one attempt, in limited time, that a user can stop. */
#ifndef WH_CONNECT_POSTGRES_CONNECTING_H
#define WH_CONNECT_POSTGRES_CONNECTING_H

#include "base/cancel.h"
#include "connect/destination.h"
#include "connect/postgres/location.h"

/**
 * Connects. *ret, which is not NULL but where memory is out, is the caller's to finish,
 * whatever comes of it.
 *
 * The retry class tells what another attempt is worth: WH_RETRY_NEVER where the server knows who
 * asks and for what and says no (password, role, database, TLS), otherwise one of the others.
 * WH_CANCELLED as for a statement (running.h): half a second after WH_CANCEL_AFTER_GROUP. Of
 * several hosts each has the time that connect_timeout says, and the one that was @p reached (NULL:
 * none) last is tried first. Names are looked up by libpq, which nobody can stop meanwhile.
 */
WH_MUST_CHECK wh_code wh_postgres_connect(const struct wh_postgres_location *location,
                                          struct wh_reached *reached,
                                          const struct wh_cancel *cancel, PGconn **ret,
                                          struct wh_error *err);

#endif
