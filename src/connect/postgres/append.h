/* SPDX-License-Identifier: Apache-2.0 */
/** Many rows of the ledger at once, by COPY. */
#ifndef WH_CONNECT_POSTGRES_APPEND_H
#define WH_CONNECT_POSTGRES_APPEND_H

#include "connect/destination.h"

wh_code wh_postgres_append_open(struct wh_destination *destination, const char *table,
                                struct wh_append **ret, struct wh_error *err);
wh_code wh_postgres_append_row(struct wh_append *append, const struct wh_param *row, size_t count,
                               struct wh_error *err);
wh_code wh_postgres_append_close(struct wh_append *append, bool is_whole, struct wh_error *err);

#endif
