/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

/* 2000-01-01 in seconds since 1970-01-01. */
#define EPOCH_2000 INT64_C(946684800)

int64_t wh_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec - EPOCH_2000) * INT64_C(1000000) + now.tv_nsec / 1000;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double wh_clock_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double wh_clock_thread_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

static struct timespec timespec_of(double seconds)
{
    time_t whole = (time_t)seconds;
    return (struct timespec){.tv_sec = whole, .tv_nsec = (long)((seconds - (double)whole) * 1e9)};
}

struct timespec wh_clock_after(double seconds)
{
    return timespec_of(wh_clock_seconds() + seconds);
}

void wh_clock_nap(double seconds)
{
    struct timespec length = timespec_of(seconds);
    nanosleep(&length, NULL);
}
