/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is lost in mid-run and can be had again: connections, and turns at a destination that others
 * hold (locks, deadlocks). Tried again with growing pauses, for limits.reconnect seconds without
 * any group committed.
 */
#ifndef WH_RUN_RECONNECT_H
#define WH_RUN_RECONNECT_H

#include <stdatomic.h>

#include "run/context.h"

/** How long something has been tried again. All zero: nothing is wrong. */
struct wh_patience {
    double until;    /* wh_clock_seconds(); 0: nothing is wrong */
    double pause;    /* before the next attempt */
    uint64_t groups; /* of the run, committed when the time began */
    double tell;     /* when the user is told again that it is tried … */
    uint64_t told;   /* … or at once, where the reason is another one: a hash of it */
};

/** True for errors after which the same may be tried again, a lost connection among them. */
bool wh_is_worth_another_try(const struct wh_error *why);

/** True where a server was there and is not any more, or said that it is starting or has too many
 *  connections. */
bool wh_was_reached(const struct wh_error *why);

/** True where the server lets no more connections in, of this role or at all. */
bool wh_has_no_room(const struct wh_error *why);

/**
 * Waits before the next attempt; says that there will be one, and why: the first time, when the
 * reason is another one, and every half minute. WH_CANCELLED where the user wants to stop, and @p
 * why, put in context, where the time is over; or at once where *stop, which may be NULL.
 */
WH_MUST_CHECK wh_code wh_patience_wait(struct wh_patience *patience, struct wh_run_context *run,
                                       const atomic_bool *stop, const struct wh_error *why,
                                       struct wh_error *err);

/** Something was done: says so where it had been waited for. */
void wh_patience_end(struct wh_patience *patience, struct wh_run_context *run);

/**
 * The run's own connection, made anew in one attempt where it was lost, with the run lock and the
 * claims on its chunks. WH_BUSY where another process has taken the run over meanwhile.
 * *ret_was_lost is true where it was.
 */
WH_MUST_CHECK wh_code wh_run_reopen(struct wh_run_context *run, bool *ret_was_lost,
                                    struct wh_error *err);

/**
 * What this process committed must be there, before more is made of it: a server that crashed, or a
 * standby that takes over, may lack the last of it. Looks at item types that were done, all or
 * those before @p current, whose groups are counted. WH_CONFLICT, with WH_RETRY_RECONNECT, where
 * the run is to begin again.
 */
WH_MUST_CHECK wh_code wh_run_check_kept(struct wh_run_context *run,
                                        const struct wh_item_run *current, struct wh_error *err);

/** WH_CONFLICT, with WH_RETRY_RECONNECT: only a run that begins again, with all that it knows of
 *  both sides, can tell how to go on. */
wh_code wh_run_begin_again(const char *why, struct wh_error *err);

/** What a process is told whose run goes on elsewhere. */
wh_code wh_run_taken_over(struct wh_error *err);

#endif
