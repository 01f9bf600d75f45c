/* SPDX-License-Identifier: Apache-2.0 */
#include "run/tell.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

void wh_run_note_text(const struct wh_run_context *run, const char *format, ...)
{
    char text[WH_ERROR_MESSAGE_SIZE];
    if (run->request->note == NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    pthread_mutex_lock(run->voice);
    run->request->note(run->request->ctx, wh_str_from(text));
    pthread_mutex_unlock(run->voice);
}

static void tell(const struct wh_run_context *run, const struct wh_progress *progress)
{
    if (run->request->progress == NULL)
        return;
    pthread_mutex_lock(run->voice);
    run->request->progress(run->request->ctx, progress);
    pthread_mutex_unlock(run->voice);
}

void wh_run_begin_stage(struct wh_item_run *item, uint64_t done, uint64_t read)
{
    item->stage_started = wh_clock_seconds();
    item->stage_done_before = done;
    item->stage_read_before = read;
    item->has_worked = false;
}

void wh_run_tell_stage(const struct wh_item_run *item, const char *stage, uint64_t done,
                       const struct wh_counts *counts)
{
    struct wh_progress progress = {.stage = stage,
                                   .item = item->item->definition->name,
                                   .done = done,
                                   .total = item->result->source_bytes,
                                   .counts = *counts,
                                   /* A server that crashed may lack some of what it had. */
                                   .done_before = WH_MIN(item->stage_done_before, done),
                                   .read_before = WH_MIN(item->stage_read_before, counts->read),
                                   .seconds = wh_clock_seconds() - item->stage_started};
    tell(item->run, &progress);
}
