/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "base/error.h"

/* What the workers share. */
struct crew {
    wh_crew_work *work;
    void *ctx;
    pthread_mutex_t lock;
    struct wh_error first; /* code WH_OK: nobody failed */
};

struct member {
    struct crew *crew;
    unsigned worker;
    pthread_t thread;
    bool is_started;
};

static void work_as(struct crew *crew, unsigned worker)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = crew->work(crew->ctx, worker, &err);
    if (rc == WH_OK)
        return;
    err.code = rc;
    pthread_mutex_lock(&crew->lock);
    if (crew->first.code == WH_OK)
        crew->first = err;
    pthread_mutex_unlock(&crew->lock);
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    work_as(member->crew, member->worker);
    return NULL;
}

/* Signals are the calling thread's business: the others are started with all of them blocked. */
static void start_members(struct member *members, unsigned count)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < count; i++)
        members[i].is_started =
            pthread_create(&members[i].thread, NULL, member_main, &members[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static wh_code outcome(const struct crew *crew, struct wh_error *err)
{
    if (crew->first.code != WH_OK && err != NULL)
        *err = crew->first;
    return crew->first.code;
}

wh_code wh_crew_run(unsigned workers, wh_crew_work *work, void *ctx, struct wh_error *err)
{
    WH_ASSERT(workers >= 1 && workers <= WH_CREW_MAX, err);
    struct crew crew = {.work = work, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct member members[WH_CREW_MAX];
    for (unsigned i = 0; i + 1 < workers; i++)
        members[i] = (struct member){.crew = &crew, .worker = i + 1};
    start_members(members, workers - 1);
    work_as(&crew, 0);
    for (unsigned i = 0; i + 1 < workers; i++) {
        /* The system may refuse a thread: its part is then done here, late rather than never. */
        if (members[i].is_started)
            pthread_join(members[i].thread, NULL);
        else
            work_as(&crew, i + 1);
    }
    return outcome(&crew, err);
}

bool wh_crew_run_pair(wh_crew_work *work, void *ctx, wh_code *ret, struct wh_error *err)
{
    struct crew crew = {.work = work, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct member other = {.crew = &crew, .worker = 1};
    start_members(&other, 1);
    if (!other.is_started)
        return false;
    work_as(&crew, 0);
    pthread_join(other.thread, NULL);
    *ret = outcome(&crew, err);
    return true;
}
