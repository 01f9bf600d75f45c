/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A new table's primary key, set aside while the table is filled: what goes into an index row by
 * row costs a server more than all else of a COPY, and is made at once from sorted keys for a
 * fraction of it.
 *
 * That a key is set aside says the table's comment: whoever finds the table after a kill, wherry or
 * a person, reads it there; it goes with the table where that is dropped, dumped or restored.
 */
#ifndef WH_CONNECT_POSTGRES_KEY_ASIDE_H
#define WH_CONNECT_POSTGRES_KEY_ASIDE_H

#include "connect/postgres/table.h"

/** The name of the column whose primary key was set aside, in @p arena; ptr NULL where none was. */
WH_MUST_CHECK wh_code wh_postgres_find_key_aside(struct wh_destination *destination, Oid table,
                                                 struct wh_arena *arena, struct wh_str *ret,
                                                 struct wh_error *err);

/** True where the column alone may be a key that is set aside. */
bool wh_postgres_can_be_aside(const struct wh_postgres_column *column);

wh_code wh_postgres_set_key_aside(struct wh_destination *destination, struct wh_str table,
                                  bool *ret, struct wh_error *err);
wh_code wh_postgres_put_key_back(struct wh_destination *destination,
                                 const struct wh_table_info *table, struct wh_error *err);

#endif
