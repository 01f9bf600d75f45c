/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Run locks: held by a connection, gone with its process.
 *
 * They are locks on bytes of a file beside the database, `<database>-wherry-lock`: one byte a name,
 * far behind the file's contents, taken with F_OFD_SETLK, so that they belong to the open file and
 * not to the process (two connections of one program exclude each other, too) and the system drops
 * them when the file is closed, by a crash as well. The contents say who holds which lock, a line a
 * name; they are only for the message. Byte 0 is locked while the contents or the file change. The
 * file goes with the last lock; what a crash leaves is used again.
 */
#ifndef WH_CONNECT_SQLITE_LOCK_H
#define WH_CONNECT_SQLITE_LOCK_H

#include "connect/destination.h"

/** WH_BUSY with pid, host and time of the holder; WH_UNREACHABLE where files cannot be locked. */
wh_code wh_sqlite_lock(struct wh_destination *destination, struct wh_str name,
                       struct wh_error *err);

/** Gives a lock back that this connection holds; WH_INVALID where it does not. */
wh_code wh_sqlite_unlock(struct wh_destination *destination, struct wh_str name,
                         struct wh_error *err);

/** Who holds the lock, in words; ptr NULL: nobody. The lock is asked for, not taken: whoever wants
 *  it at that moment gets it. */
wh_code wh_sqlite_holder(struct wh_destination *destination, struct wh_str name,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

/** Gives all locks of the connection back: before it closes. */
void wh_sqlite_unlock_all(struct wh_destination *destination);

#endif
