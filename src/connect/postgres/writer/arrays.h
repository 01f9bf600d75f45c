/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of columns as the parameters of one statement: an array for each column, in binary. The
 * server makes rows of them again with unnest($1, $2 …).
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_ARRAYS_H
#define WH_CONNECT_POSTGRES_WRITER_ARRAYS_H

#include "base/buf.h"
#include "connect/postgres/running.h"
#include "connect/postgres/type.h"

struct wh_postgres_arrays {
    struct wh_buf bytes; /* all arrays, one behind the other */
    size_t *ends;        /* of each */
    const char **values;
    int *lengths;
    int *formats;
    size_t capacity;
    size_t count;
};

/** Room for at most @p capacity arrays, in @p arena but for the bytes. */
WH_MUST_CHECK wh_code wh_postgres_arrays_init(struct wh_postgres_arrays *arrays, size_t capacity,
                                              struct wh_arena *arena, struct wh_error *err);
void wh_postgres_arrays_release(struct wh_postgres_arrays *arrays);
void wh_postgres_arrays_reset(struct wh_postgres_arrays *arrays);

/** A column of which some rows become an array. */
struct wh_postgres_array {
    Oid type; /* of an element */
    enum wh_postgres_form form;
    const struct wh_column *column;
    const uint16_t *rows;
    size_t count;
};

WH_MUST_CHECK wh_code wh_postgres_arrays_add(struct wh_postgres_arrays *arrays,
                                             const struct wh_postgres_array *array,
                                             struct wh_error *err);

/** The arrays as parameters, borrowed until the next reset. */
struct wh_postgres_params wh_postgres_arrays_params(struct wh_postgres_arrays *arrays);

#endif
