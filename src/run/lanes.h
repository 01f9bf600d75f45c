/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How many workers write at once where their rows come in the order of the key. Such rows
 * all go to the end of one index and of one table: writers that meet there split pages in
 * halves and hand the log's buffers to and fro. Where the processors have no time for that
 * the run is slower for it; where the server has some to spare, two are faster than one. So
 * it is measured (docs/decisions/0020): now and then more lanes are opened, or fewer, and
 * what moves more rows stays.
 *
 * A lane is entered before a transaction begins, and left once most of its first insert is on its
 * way: who waits for one holds nothing that others wait for.
 *
 * Groups that update rows of each other's (unique values that are handed on) lock each other out.
 * Once the server has ended such a deadlock every group takes the only lane, until it is committed.
 */
#ifndef WH_RUN_LANES_H
#define WH_RUN_LANES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"

/* Seconds that a worker waits. Who holds a lane for so long is held up, or so slow that waiting is
 * no use: then all lanes are open until it is measured again. */
#define WH_LANES_LONGEST_WAIT 1.0

struct wh_lanes {
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    unsigned workers; /* and lanes, at most */
    unsigned open;
    unsigned taken;
    unsigned groups; /* that left since the number of open lanes was last looked at … */
    uint64_t rows;   /* … and rows of those that count, since … */
    double since;
    unsigned usual;        /* lanes that were the fastest so far … */
    double usual_rate;     /* … rows a second */
    unsigned until_trial;  /* measurements before another number is tried */
    bool tries_fewer;      /* next, where both are possible */
    atomic_bool is_single; /* one lane for all groups, for good */
};

/** One lane is open. Nothing waits where there is one worker. */
void wh_lanes_init(struct wh_lanes *lanes, unsigned workers);
void wh_lanes_release(struct wh_lanes *lanes);

/** Waits for a lane; false where the run is to end first: @p stop, or the user's wish. */
bool wh_lanes_enter(struct wh_lanes *lanes, const struct wh_cancel *cancel,
                    const atomic_bool *stop);

/** From here on one group is written at a time, however long that takes. Any thread. */
void wh_lanes_make_single(struct wh_lanes *lanes);

/** Leaves it, with so many rows written, at the moment @p now of wh_clock_seconds(). */
void wh_lanes_leave(struct wh_lanes *lanes, uint64_t rows, double now);

#endif
