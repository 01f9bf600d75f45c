/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Run locks: advisory locks of the session, gone with its connection. The lock's number is a hash
 * of its name. Who holds it stands in the application_name of every session that may write, which
 * everybody can see: "wherry PID TIME HOST".
 *
 * A server notices that a client is gone when it next reads from it. So a lock whose holder is dead
 * is waited for, and whoever gets a lock waits until the sessions of dead runs have ended, too:
 * what they had begun to commit is there, or it never will be.
 */
#ifndef WH_CONNECT_POSTGRES_LOCK_H
#define WH_CONNECT_POSTGRES_LOCK_H

#include "connect/destination.h"
#include "connect/postgres/running.h"

/** A session of this process whose connection was lost. */
struct wh_postgres_lost {
    char self[WH_POSTGRES_SELF_SIZE];
    int64_t backend;
};

/** Ends it, where the server has not done so by itself, and waits until it has ended. */
WH_MUST_CHECK wh_code wh_postgres_end_lost(struct wh_destination *destination,
                                           const struct wh_postgres_lost *lost,
                                           struct wh_error *err);

/** Names the session after this process, and notes its number:
 *  when a connection is opened to write. */
WH_MUST_CHECK wh_code wh_postgres_tell_self(struct wh_destination *destination,
                                            struct wh_error *err);

/** WH_BUSY with process, host and time of the holder. */
wh_code wh_postgres_lock(struct wh_destination *destination, struct wh_str name,
                         struct wh_error *err);

/** WH_INVALID where this connection does not hold the lock. */
wh_code wh_postgres_unlock(struct wh_destination *destination, struct wh_str name,
                           struct wh_error *err);

wh_code wh_postgres_holder(struct wh_destination *destination, struct wh_str name,
                           struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

#endif
