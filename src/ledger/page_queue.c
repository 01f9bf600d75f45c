/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/page_queue.h"

#include <string.h>

#include "base/error.h"

#define MAX_PAGE ((size_t)64 << 20)

void wh_page_queue_init(struct wh_page_queue *queue)
{
    *queue = (struct wh_page_queue){.ran_dry = true};
    for (size_t i = 0; i < WH_PAGES_QUEUED; i++)
        wh_buf_init(&queue->steps[i].page, MAX_PAGE);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
}

void wh_page_queue_release(struct wh_page_queue *queue)
{
    for (size_t i = 0; i < WH_PAGES_QUEUED; i++)
        wh_buf_release(&queue->steps[i].page);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

/* ---- putting in ------------------------------------------------------------------------------ */

/* The next free step, which nobody else looks at until it is counted. */
static wh_code wait_for_room(struct wh_page_queue *queue, struct wh_page_step **ret,
                             struct wh_error *err)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == WH_PAGES_QUEUED && !queue->is_stopped)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool is_stopped = queue->is_stopped;
    *ret = &queue->steps[(queue->first + queue->count) % WH_PAGES_QUEUED];
    pthread_mutex_unlock(&queue->lock);
    return is_stopped ? wh_error_set(err, WH_STOPPED, "the pages are not written") : WH_OK;
}

static void put(struct wh_page_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->count++;
    if (queue->count == WH_PAGES_WORTH_WAKING)
        pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

wh_code wh_page_queue_remove(struct wh_page_queue *queue, uint64_t first_hash, struct wh_error *err)
{
    struct wh_page_step *step = NULL;
    WH_TRY(wait_for_room(queue, &step, err));
    step->removes = true;
    step->first_hash = first_hash;
    put(queue);
    return WH_OK;
}

wh_code wh_page_queue_add(struct wh_page_queue *queue, uint64_t first_hash, size_t entries,
                          struct wh_str page, struct wh_error *err)
{
    struct wh_page_step *step = NULL;
    WH_TRY(wait_for_room(queue, &step, err));
    step->removes = false;
    step->first_hash = first_hash;
    step->entries = entries;
    wh_buf_reset(&step->page);
    WH_TRY(wh_buf_append_str(&step->page, page, err));
    put(queue);
    return WH_OK;
}

void wh_page_queue_end(struct wh_page_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_ended = true;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* ---- taking out ------------------------------------------------------------------------------ */

const struct wh_page_step *wh_page_queue_next(struct wh_page_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t wanted = queue->ran_dry ? WH_PAGES_WORTH_WAKING : 1;
    while (queue->count < wanted && !queue->is_ended)
        pthread_cond_wait(&queue->changed, &queue->lock);
    queue->ran_dry = false;
    const struct wh_page_step *step = queue->count > 0 ? &queue->steps[queue->first] : NULL;
    pthread_mutex_unlock(&queue->lock);
    return step;
}

void wh_page_queue_pass(struct wh_page_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->first = (queue->first + 1) % WH_PAGES_QUEUED;
    queue->count--;
    queue->ran_dry = queue->count == 0;
    if (queue->count == WH_PAGES_QUEUED - WH_PAGES_WORTH_WAKING)
        pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void wh_page_queue_stop(struct wh_page_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_stopped = true;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
