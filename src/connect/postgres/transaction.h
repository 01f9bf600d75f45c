/* SPDX-License-Identifier: Apache-2.0 */
/** Transactions of a connection, and the savepoints of a rehearsal: functions of the contract. */
#ifndef WH_CONNECT_POSTGRES_TRANSACTION_H
#define WH_CONNECT_POSTGRES_TRANSACTION_H

#include "connect/postgres/running.h"

wh_code wh_postgres_begin(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_begin_unsynced(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_begin_reading(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_commit(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_rollback(struct wh_destination *destination, struct wh_error *err);
wh_code wh_postgres_savepoint(struct wh_destination *destination, int depth, struct wh_error *err);
wh_code wh_postgres_release(struct wh_destination *destination, int depth, struct wh_error *err);
wh_code wh_postgres_rollback_to(struct wh_destination *destination, int depth,
                                struct wh_error *err);

#endif
