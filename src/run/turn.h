/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Turns at a destination that has one writer: workers prepare their groups in parallel and write
 * them in the order of the source, so that what ends up where does not depend on their number.
 */
#ifndef WH_RUN_TURN_H
#define WH_RUN_TURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct wh_turn {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next;
    bool is_over; /* somebody failed or stopped: nobody's turn comes any more */
};

void wh_turn_init(struct wh_turn *turn);
void wh_turn_release(struct wh_turn *turn);

/** Waits for the turn of number @p ordinal; false where it will not come. */
bool wh_turn_wait(struct wh_turn *turn, size_t ordinal);

/** Passes the turn on to the next number. */
void wh_turn_pass(struct wh_turn *turn);

/** Ends all waiting. */
void wh_turn_end(struct wh_turn *turn);

#endif
