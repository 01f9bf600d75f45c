/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which rows break a deferred foreign key, before COMMIT refuses them all.
 *
 * SQLite counts what is broken, so asking whether anything is costs nothing; it does not say what.
 * Then each row is asked for: whether what it refers to is there, and, where it was changed or
 * deleted, whether something still refers to what it was. What a trigger broke in another table is
 * not found that way.
 */
#ifndef WH_CONNECT_SQLITE_UNMET_H
#define WH_CONNECT_SQLITE_UNMET_H

#include "connect/sqlite/writer.h"

/* See struct wh_destination_functions. */
wh_code wh_sqlite_is_unmet(struct wh_destination *destination, bool *ret, struct wh_error *err);
wh_code wh_sqlite_find_unmet(struct wh_writer *writer, struct wh_write_request *request,
                             struct wh_error *err);

/** Ends the statements; the rest is in the writer's arena. NULL allowed. */
void wh_sqlite_references_close(struct wh_sqlite_references *references);

#endif
