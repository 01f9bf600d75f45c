/* SPDX-License-Identifier: Apache-2.0 */
/** The one number that a user's query gives (`guard`): a function of the contract. */
#ifndef WH_CONNECT_POSTGRES_GAUGE_H
#define WH_CONNECT_POSTGRES_GAUGE_H

#include "connect/postgres/running.h"

wh_code wh_postgres_gauge(struct wh_destination *destination, struct wh_str query, double *ret,
                          struct wh_error *err);

#endif
