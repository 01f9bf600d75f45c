/* SPDX-License-Identifier: Apache-2.0 */
/** The time: of the wall, for logs, and of a stopwatch, for durations. */
#ifndef WH_BASE_CLOCK_H
#define WH_BASE_CLOCK_H

#include <stdint.h>

/** Microseconds since 2000-01-01 00:00:00 UTC, by the system's clock. */
int64_t wh_clock_now(void);

/** Seconds since some moment in the past; never goes back. */
double wh_clock_seconds(void);

/** Seconds of processor time that the calling thread has had. */
double wh_clock_thread_seconds(void);

#endif
