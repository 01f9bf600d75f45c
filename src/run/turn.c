/* SPDX-License-Identifier: Apache-2.0 */
#include "run/turn.h"

#include <sched.h>

void wh_turn_init(struct wh_turn *turn)
{
    *turn =
        (struct wh_turn){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
}

void wh_turn_release(struct wh_turn *turn)
{
    pthread_cond_destroy(&turn->changed);
    pthread_mutex_destroy(&turn->lock);
}

bool wh_turn_wait(struct wh_turn *turn, size_t ordinal)
{
    pthread_mutex_lock(&turn->lock);
    while (turn->next != ordinal && !turn->is_over)
        pthread_cond_wait(&turn->changed, &turn->lock);
    bool has_come = !turn->is_over;
    pthread_mutex_unlock(&turn->lock);
    return has_come;
}

void wh_turn_pass(struct wh_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    turn->next++;
    pthread_cond_broadcast(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
    /* Others wait for the next one, and what this thread does now can wait. Where all
     * processors are busy the next one would else get one when this thread's time is
     * over: milliseconds later. */
    sched_yield();
}

void wh_turn_end(struct wh_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    turn->is_over = true;
    pthread_cond_broadcast(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
}
