/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows out of a table by COPY … TO STDOUT in binary. libpq makes a result of a SELECT's rows, value
 * by value, which costs more than all else that is done with them; of a COPY it hands over each
 * row's bytes.
 */
#ifndef WH_CONNECT_POSTGRES_COPY_OUT_H
#define WH_CONNECT_POSTGRES_COPY_OUT_H

#include "connect/postgres/running.h"

/** A row cut into its fields: ptr NULL for NULL. */
struct wh_postgres_row {
    struct wh_str bytes;   /* all of it, borrowed */
    struct wh_str *fields; /* slices of it */
    size_t count;
};

/** Cuts row->bytes into row->count fields. WH_CORRUPT for what is no row of so many. */
WH_MUST_CHECK wh_code wh_postgres_row_cut(struct wh_postgres_row *row, struct wh_error *err);

/** Waits for the next row of a COPY that the server has begun: *ret is libpq's memory, for the
 *  caller to free. The header stands before the first row, the trailer comes alone. WH_END behind
 *  it, where the server gave all. */
WH_MUST_CHECK wh_code wh_postgres_copy_out_next(struct wh_destination *destination, char **ret,
                                                size_t *ret_size, struct wh_error *err);

/** Takes all rows of a COPY that the server has begun, header and trailer, into
 *  destination->copied_out, which holds them until the next statement. */
WH_MUST_CHECK wh_code wh_postgres_copy_out_take(struct wh_destination *destination,
                                                struct wh_error *err);

/** Takes the header off the start of @p copied. */
WH_MUST_CHECK wh_code wh_postgres_copy_out_begin(struct wh_str *copied, struct wh_error *err);

/** Takes the next row of row->count fields off the start of @p copied, in which they stand behind
 *  each other; WH_END at the trailer. */
WH_MUST_CHECK wh_code wh_postgres_copy_out_cut(struct wh_str *copied, struct wh_postgres_row *row,
                                               struct wh_error *err);

#endif
