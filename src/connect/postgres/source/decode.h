/* SPDX-License-Identifier: Apache-2.0 */
/** Rows as COPY gives them in binary, into batches. */
#ifndef WH_CONNECT_POSTGRES_SOURCE_DECODE_H
#define WH_CONNECT_POSTGRES_SOURCE_DECODE_H

#include "connect/postgres/copy_out.h"
#include "connect/postgres/source/source.h"

/** Adds the row to @p batch, or to its bad records where a value cannot be carried (longer than the
 *  limit, no UTF-8, an infinite interval); its bytes are copied where the batch needs them. */
WH_MUST_CHECK wh_code wh_postgres_row_add(const struct wh_postgres_source *source,
                                          const struct wh_postgres_row *row,
                                          struct wh_position position, struct wh_batch *batch,
                                          struct wh_error *err);

#endif
