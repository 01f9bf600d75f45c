/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Asking a server to cancel what a session is doing.
 *
 * Asking takes a connection of its own, to a server that perhaps never answers: a thread does it,
 * and nobody waits for it but the next statement of the session, which it would cancel instead.
 */
#ifndef WH_CONNECT_POSTGRES_CANCELLING_H
#define WH_CONNECT_POSTGRES_CANCELLING_H

#include <stdatomic.h>
#include <stdbool.h>

#include "connect/postgres/libpq.h"

/** A request on its way; shared by the session and the thread that asks. */
struct wh_postgres_cancelling;

/** A session's; NULL: nothing was asked for since its last statement began. */
typedef _Atomic(struct wh_postgres_cancelling *) wh_postgres_cancelling_slot;

/** Asks for the end of what @p conn is doing, unless that was asked for already.
 *  From any thread. */
void wh_postgres_cancelling_begin(wh_postgres_cancelling_slot *slot, PGconn *conn);

/** Waits until the server has heard, so that no later statement is cancelled; false where that
 *  cannot be told within some seconds. The slot is empty then. */
bool wh_postgres_cancelling_settle(wh_postgres_cancelling_slot *slot);

/** Lets the request go its way alone. */
void wh_postgres_cancelling_forget(wh_postgres_cancelling_slot *slot);

#endif
