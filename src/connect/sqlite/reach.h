/* SPDX-License-Identifier: Apache-2.0 */
/** What refers to what, and how far deleting a row reaches: destination.h has the contract. */
#ifndef WH_CONNECT_SQLITE_REACH_H
#define WH_CONNECT_SQLITE_REACH_H

#include "connect/destination.h"

wh_code wh_sqlite_delete_reaches(struct wh_destination *destination, struct wh_str table,
                                 struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);
wh_code wh_sqlite_refers_to(struct wh_destination *destination, struct wh_str table,
                            struct wh_arena *arena, struct wh_references *ret,
                            struct wh_error *err);

#endif
