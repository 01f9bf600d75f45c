/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Deferred constraints: the commit would refuse the whole group for one row that breaks one,
 * and not say which.
 *
 * They are enforced before it (SET CONSTRAINTS), and the server, which then tells the constraint,
 * is asked which rows of the group break it as things stand in the table. See docs/decisions/0015.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_DEFERRED_H
#define WH_CONNECT_POSTGRES_WRITER_DEFERRED_H

#include "connect/postgres/writer/writer.h"

/* See struct wh_destination_functions. */
wh_code wh_postgres_enforce(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_find_suspects(struct wh_writer *writer, struct wh_write_request *request,
                                  struct wh_error *err);
wh_code wh_postgres_find_stuck(struct wh_writer *writer, struct wh_write_request *request,
                               const char *sqlstate, struct wh_str constraint,
                               struct wh_error *err);

wh_code wh_postgres_can_take_out(struct wh_writer *writer, bool *ret, struct wh_error *err);

/** True for a constraint that was found to be broken late. */
bool wh_postgres_is_deferred(const struct wh_writer *writer, const char *name);

/** What was learnt of a writer's deferred constraints; NULL allowed. */
void wh_postgres_deferred_free(struct wh_postgres_deferred *deferred);

#endif
