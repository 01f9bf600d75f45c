/* SPDX-License-Identifier: Apache-2.0 */
/** The time: of the wall, for logs, and of a stopwatch, for durations. */
#ifndef WH_BASE_CLOCK_H
#define WH_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/** Microseconds since 2000-01-01 00:00:00 UTC, by the system's clock. */
int64_t wh_clock_now(void);

/** Seconds since some moment in the past; never goes back. */
double wh_clock_seconds(void);

/** Seconds of processor time that the calling thread has had. */
double wh_clock_thread_seconds(void);

/** The moment in so many seconds, for pthread_cond_timedwait() by CLOCK_MONOTONIC. */
struct timespec wh_clock_after(double seconds);

/** Sleeps for so many seconds; a signal may end that sooner. */
void wh_clock_nap(double seconds);

#endif
