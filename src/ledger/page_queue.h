/* SPDX-License-Identifier: Apache-2.0 */
/** Pages of state between the thread that makes them and the one that writes them to the ledger. */
#ifndef WH_LEDGER_PAGE_QUEUE_H
#define WH_LEDGER_PAGE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/buf.h"

/* A thread that waits is woken when there is much to do, not at each page: that would cost more
 * than the page. Some 2 MB at most. */
enum { WH_PAGES_QUEUED = 256, WH_PAGES_WORTH_WAKING = 64 };

/** What is to be done next: a saved page is removed, or a new one is added. */
struct wh_page_step {
    bool removes;
    uint64_t first_hash;
    size_t entries;     /* of an added page */
    struct wh_buf page; /* its bytes */
};

struct wh_page_queue {
    struct wh_page_step steps[WH_PAGES_QUEUED];
    size_t first;
    size_t count;
    bool ran_dry;    /* the last step was taken out: the next ones are worth waiting for */
    bool is_ended;   /* nothing is put in any more */
    bool is_stopped; /* nothing is taken out any more */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

void wh_page_queue_init(struct wh_page_queue *queue);
void wh_page_queue_release(struct wh_page_queue *queue);

/** Puts a step in, once there is room; @p page is copied.
 *  WH_STOPPED where nobody takes it any more. */
WH_MUST_CHECK wh_code wh_page_queue_remove(struct wh_page_queue *queue, uint64_t first_hash,
                                           struct wh_error *err);
WH_MUST_CHECK wh_code wh_page_queue_add(struct wh_page_queue *queue, uint64_t first_hash,
                                        size_t entries, struct wh_str page, struct wh_error *err);

/** The next step, which stays until wh_page_queue_pass(); NULL behind the last. */
const struct wh_page_step *wh_page_queue_next(struct wh_page_queue *queue);
void wh_page_queue_pass(struct wh_page_queue *queue);

/** Whoever puts in has done, or has failed. */
void wh_page_queue_end(struct wh_page_queue *queue);

/** Whoever takes out has failed. */
void wh_page_queue_stop(struct wh_page_queue *queue);

#endif
