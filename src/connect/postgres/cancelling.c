/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/cancelling.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

#define MOST_SECONDS 3

struct wh_postgres_cancelling {
    PGcancel *request;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_done;
    int holders; /* the session, the thread */
};

static void let_go(struct wh_postgres_cancelling *cancelling)
{
    pthread_mutex_lock(&cancelling->lock);
    bool is_last = --cancelling->holders == 0;
    pthread_mutex_unlock(&cancelling->lock);
    if (!is_last)
        return;
    PQfreeCancel(cancelling->request);
    pthread_cond_destroy(&cancelling->changed);
    pthread_mutex_destroy(&cancelling->lock);
    free(cancelling);
}

static void end(struct wh_postgres_cancelling *cancelling)
{
    pthread_mutex_lock(&cancelling->lock);
    cancelling->is_done = true;
    pthread_cond_signal(&cancelling->changed);
    pthread_mutex_unlock(&cancelling->lock);
    let_go(cancelling);
}

static void *ask(void *shared)
{
    struct wh_postgres_cancelling *cancelling = shared;
    char problem[256];
    /* Where the server does not hear of it, the statement ends by itself. */
    PQcancel(cancelling->request, problem, sizeof(problem));
    end(cancelling);
    return NULL;
}

static struct wh_postgres_cancelling *new_request(PGconn *conn)
{
    struct wh_postgres_cancelling *cancelling = calloc(1, sizeof(*cancelling));
    pthread_condattr_t attributes;
    if (cancelling == NULL)
        return NULL;
    cancelling->request = PQgetCancel(conn);
    cancelling->holders = 1;
    pthread_mutex_init(&cancelling->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&cancelling->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return cancelling;
}

void wh_postgres_cancelling_begin(wh_postgres_cancelling_slot *slot, PGconn *conn)
{
    struct wh_postgres_cancelling *none = NULL;
    pthread_t thread;
    if (atomic_load(slot) != NULL)
        return;
    struct wh_postgres_cancelling *made = new_request(conn);
    if (made == NULL)
        return;
    /* It stands in its place before it is sent: whoever else interrupts in the
     * same instant sends none. */
    made->holders = 2;
    if (made->request == NULL || !atomic_compare_exchange_strong(slot, &none, made)) {
        made->holders = 1;
        let_go(made);
        return;
    }
    if (pthread_create(&thread, NULL, ask, made) == 0)
        pthread_detach(thread);
    else
        end(made);
}

bool wh_postgres_cancelling_settle(wh_postgres_cancelling_slot *slot)
{
    struct wh_postgres_cancelling *settled = atomic_exchange(slot, NULL);
    int late = 0;
    if (settled == NULL)
        return true;
    struct timespec end = wh_clock_after(MOST_SECONDS);
    pthread_mutex_lock(&settled->lock);
    while (!settled->is_done && late == 0)
        late = pthread_cond_timedwait(&settled->changed, &settled->lock, &end);
    bool is_done = settled->is_done;
    pthread_mutex_unlock(&settled->lock);
    let_go(settled);
    return is_done;
}

void wh_postgres_cancelling_forget(wh_postgres_cancelling_slot *slot)
{
    struct wh_postgres_cancelling *forgotten = atomic_exchange(slot, NULL);
    if (forgotten != NULL)
        let_go(forgotten);
}
