/* SPDX-License-Identifier: Apache-2.0 */
#include "run/pace.h"

#include "base/clock.h"
#include "run/rest.h"

/* Time that nobody used is not kept for long: a run that had to wait does not
 * make up for it in a rush. */
#define KEPT_MICROSECONDS UINT64_C(200000)

/* The moment up to which all items are paid for, with those that cost so much. */
static uint64_t pay(struct wh_run_context *run, uint64_t cost)
{
    uint64_t now = (uint64_t)(wh_clock_seconds() * 1e6);
    uint64_t paid = atomic_load(&run->paced);
    uint64_t due;
    do
        due = WH_MAX(paid, now > KEPT_MICROSECONDS ? now - KEPT_MICROSECONDS : 0) + cost;
    while (!atomic_compare_exchange_weak(&run->paced, &paid, due));
    return due;
}

double wh_run_pace(struct wh_run_context *run, uint64_t items, const atomic_bool *stop)
{
    uint64_t rate = run->request->migration->limits.rate;
    if (rate == 0)
        return 0;
    uint64_t cost = items / rate * 1000000 + items % rate * 1000000 / rate;
    uint64_t due = pay(run, cost);
    wh_run_rest(run, (double)(due - cost) * 1e-6, stop);
    return (double)due * 1e-6;
}
