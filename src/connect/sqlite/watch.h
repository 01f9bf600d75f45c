/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether a source is still what it was when it was opened.
 *
 * Every reader has a snapshot of its own: a read transaction, which sees one state of the
 * database as long as it is open. That all of them see the same state is looked at as they
 * begin: PRAGMA data_version of the connection that opened the source tells whether any other
 * connection committed since. So a change while readers read harms nobody, and one before a
 * reader begins is an error. A database that is read without locks has no snapshots: its files
 * are looked at, after every batch.
 */
#ifndef WH_CONNECT_SQLITE_WATCH_H
#define WH_CONNECT_SQLITE_WATCH_H

#include "connect/sqlite/source.h"

/** Remembers the state that the source's connection finds. */
WH_MUST_CHECK wh_code wh_sqlite_watch_start(struct wh_sqlite_source *source, struct wh_error *err);

/** WH_CONFLICT where the database changed since. Any thread. */
WH_MUST_CHECK wh_code wh_sqlite_watch_check(struct wh_sqlite_source *source, struct wh_error *err);

/** The same for what was just read without locks; of others nothing is asked. */
WH_MUST_CHECK wh_code wh_sqlite_watch_check_read(struct wh_sqlite_source *source,
                                                 struct wh_error *err);

#endif
