/* SPDX-License-Identifier: Apache-2.0 */
/** A paper whose text can be looked at. */
#ifndef WH_TESTS_REPORT_SINK_H
#define WH_TESTS_REPORT_SINK_H

#include "base/error.h"
#include "report/paper.h"

struct report_sink {
    struct wh_buf text;
    size_t calls;
    size_t refuses_after; /* calls; 0: never */
    struct wh_paper paper;
};

static inline int report_sink_write(void *ctx, const char *bytes, size_t size)
{
    struct report_sink *sink = ctx;
    if (sink->refuses_after > 0 && ++sink->calls > sink->refuses_after)
        return -1;
    return wh_buf_append(&sink->text, bytes, size, NULL) == WH_OK ? 0 : -1;
}

static inline void report_sink_init(struct report_sink *sink, bool use_colour, unsigned width)
{
    *sink = (struct report_sink){.calls = 0};
    wh_buf_init(&sink->text, 1 << 24);
    wh_paper_init(&sink->paper, &(struct wh_paper_options){.write = report_sink_write,
                                                           .ctx = sink,
                                                           .use_colour = use_colour,
                                                           .width = width});
}

static inline void report_sink_release(struct report_sink *sink)
{
    wh_paper_release(&sink->paper);
    wh_buf_release(&sink->text);
}

/** Flushes and gives all text so far, NUL-terminated. */
static inline const char *report_sink_text(struct report_sink *sink)
{
    WH_IGNORE(wh_paper_flush(&sink->paper, NULL), "tests look at the text");
    return wh_buf_cstr(&sink->text);
}

#endif
