/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether a statement without an order of wherry's gives the same rows in the same order each time
 * it is run. A source is read more than once (survey, run), and what the first pass decided about
 * its fifth row must be about that row in the next pass, too.
 *
 * The first pass leaves digests at its batches' ends; later ones are compared with them. Safe from
 * several threads.
 */
#ifndef WH_CONNECT_POSTGRES_SOURCE_STEADY_H
#define WH_CONNECT_POSTGRES_SOURCE_STEADY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/macros.h"

/** So many rows of a pass have this digest. */
struct wh_postgres_steady_mark {
    uint64_t rows;
    uint64_t digest;
};

struct wh_postgres_steady {
    pthread_mutex_t lock;
    struct wh_postgres_steady_mark *marks; /* rows ascending */
    size_t count;
    size_t capacity;
    struct wh_postgres_steady_mark end; /* of all rows, once has_end */
    bool has_end;
};

void wh_postgres_steady_init(struct wh_postgres_steady *steady);
void wh_postgres_steady_release(struct wh_postgres_steady *steady);

/** A pass has come to @p mark, which is behind the last row where @p is_end. WH_CONFLICT where
 *  another pass found something else there. */
WH_MUST_CHECK wh_code wh_postgres_steady_check(struct wh_postgres_steady *steady,
                                               struct wh_postgres_steady_mark mark, bool is_end,
                                               struct wh_error *err);

#endif
