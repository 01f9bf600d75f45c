/* SPDX-License-Identifier: Apache-2.0 */
/** Rows as COPY gives them in binary, into batches. */
#ifndef WH_CONNECT_POSTGRES_DECODE_H
#define WH_CONNECT_POSTGRES_DECODE_H

#include "connect/postgres/source.h"

/** A row cut into its fields: ptr NULL for NULL. */
struct wh_postgres_row {
    struct wh_str bytes;   /* all of it, borrowed */
    struct wh_str *fields; /* slices of it */
    size_t count;
};

/** Cuts row->bytes into row->count fields. WH_CORRUPT for what is no row of so many. */
WH_MUST_CHECK wh_code wh_postgres_row_cut(struct wh_postgres_row *row, struct wh_error *err);

/** Adds the row to @p batch, or to its bad records where a value is above the limit or no text; its
 *  bytes are copied where the batch needs them. */
WH_MUST_CHECK wh_code wh_postgres_row_add(const struct wh_postgres_source *source,
                                          const struct wh_postgres_row *row,
                                          struct wh_position position, struct wh_batch *batch,
                                          struct wh_error *err);

#endif
