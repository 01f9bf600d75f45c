/* SPDX-License-Identifier: Apache-2.0 */
#include "run/lanes.h"

#include "base/clock.h"
#include "base/macros.h"

/* A measurement has at least so many groups, and takes at least so long. */
enum { GROUPS_MEASURED = 6 };
#define SECONDS_MEASURED 0.25

/* Between two trials. Most runs are shorter than that: they try once. */
enum { MEASUREMENTS_BETWEEN = 32 };

/* More lanes are to move so many times the rows: anything less may be chance. */
#define WORTH_MORE_LANES 1.35

#define NAP_SECONDS 0.02 /* between two looks at whether the run is to end */

void wh_lanes_init(struct wh_lanes *lanes, unsigned workers)
{
    pthread_condattr_t attributes;
    *lanes = (struct wh_lanes){
        .lock = PTHREAD_MUTEX_INITIALIZER, .workers = workers, .open = 1, .usual = 1};
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lanes->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void wh_lanes_release(struct wh_lanes *lanes)
{
    pthread_cond_destroy(&lanes->changed);
    pthread_mutex_destroy(&lanes->lock);
}

/* ---- measuring ------------------------------------------------------------------------------- */

static void open_lanes(struct wh_lanes *lanes, unsigned count)
{
    lanes->open = count;
    lanes->groups = 0;
    lanes->rows = 0;
    pthread_cond_broadcast(&lanes->changed);
}

static unsigned next_trial(const struct wh_lanes *lanes)
{
    unsigned more = WH_MIN(lanes->usual * 2, lanes->workers);
    unsigned fewer = WH_MAX(lanes->usual / 2, 1);
    if (fewer == lanes->usual)
        return more;
    return more == lanes->usual || lanes->tries_fewer ? fewer : more;
}

/* After a trial: what is faster becomes usual. */
static void decide(struct wh_lanes *lanes, double rate)
{
    bool is_more = lanes->open > lanes->usual;
    bool is_better = is_more ? rate > lanes->usual_rate * WORTH_MORE_LANES
                             : rate * WORTH_MORE_LANES > lanes->usual_rate;
    /* Where more were better, still more may be. */
    lanes->until_trial = is_better && is_more ? 0 : MEASUREMENTS_BETWEEN;
    lanes->tries_fewer = is_better ? lanes->tries_fewer : is_more;
    if (is_better) {
        lanes->usual = lanes->open;
        lanes->usual_rate = rate;
    }
}

static void judge(struct wh_lanes *lanes, double rate)
{
    if (lanes->open != lanes->usual) {
        decide(lanes, rate);
        open_lanes(lanes, lanes->usual);
        return;
    }
    lanes->usual_rate = rate;
    bool is_trial = lanes->until_trial == 0;
    lanes->until_trial -= !is_trial;
    open_lanes(lanes, is_trial ? next_trial(lanes) : lanes->usual);
}

static void measure(struct wh_lanes *lanes, uint64_t rows, double now)
{
    if (atomic_load(&lanes->is_single))
        return;
    lanes->groups++;
    /* As many may have been begun before the number of lanes changed. */
    if (lanes->groups <= lanes->workers) {
        lanes->since = now;
        return;
    }
    lanes->rows += rows;
    double seconds = now - lanes->since;
    if (lanes->groups >= lanes->workers + GROUPS_MEASURED && seconds >= SECONDS_MEASURED)
        judge(lanes, (double)lanes->rows / seconds);
}

/* ---- entering and leaving -------------------------------------------------------------------- */

static void nap(struct wh_lanes *lanes)
{
    struct timespec end = wh_clock_after(NAP_SECONDS);
    pthread_cond_timedwait(&lanes->changed, &lanes->lock, &end);
}

static void open_all(struct wh_lanes *lanes)
{
    lanes->usual = lanes->workers;
    lanes->until_trial = MEASUREMENTS_BETWEEN;
    open_lanes(lanes, lanes->workers);
}

bool wh_lanes_enter(struct wh_lanes *lanes, const struct wh_cancel *cancel, const atomic_bool *stop)
{
    double began = wh_clock_seconds();
    bool is_over = false;
    pthread_mutex_lock(&lanes->lock);
    while (lanes->taken >= lanes->open && !is_over) {
        nap(lanes);
        is_over = atomic_load(stop) || wh_cancel_asked(cancel, WH_CANCEL_AFTER_GROUP);
        bool is_late =
            !atomic_load(&lanes->is_single) && wh_clock_seconds() - began >= WH_LANES_LONGEST_WAIT;
        if (is_late && lanes->taken >= lanes->open)
            open_all(lanes);
    }
    lanes->taken += !is_over;
    pthread_mutex_unlock(&lanes->lock);
    return !is_over;
}

void wh_lanes_make_single(struct wh_lanes *lanes)
{
    pthread_mutex_lock(&lanes->lock);
    atomic_store(&lanes->is_single, true);
    lanes->open = 1;
    pthread_mutex_unlock(&lanes->lock);
}

void wh_lanes_leave(struct wh_lanes *lanes, uint64_t rows, double now)
{
    pthread_mutex_lock(&lanes->lock);
    lanes->taken--;
    measure(lanes, rows, now);
    pthread_cond_signal(&lanes->changed);
    pthread_mutex_unlock(&lanes->lock);
}
