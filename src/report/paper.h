/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What reports are written on: a sink of the caller's behind a buffer, with colours or without.
 *
 * Printing cannot fail where it stands: the first failure (memory, a sink that takes no more) is
 * kept, what follows is dropped, and wh_paper_check() and wh_paper_flush() tell of it. So a report
 * reads as what it prints.
 */
#ifndef WH_REPORT_PAPER_H
#define WH_REPORT_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"

enum wh_ink { WH_INK_PLAIN = 0, WH_INK_BOLD, WH_INK_DIM, WH_INK_GOOD, WH_INK_WARN, WH_INK_BAD };

struct wh_paper_options {
    /** Takes the next bytes; anything but 0 says that it takes no more. */
    int (*write)(void *ctx, const char *bytes, size_t size);
    void *ctx;
    bool use_colour;
    unsigned width; /* columns; 0: unbounded */
};

struct wh_paper {
    struct wh_paper_options options;
    struct wh_buf buf;     /* not yet handed to the sink */
    bool is_held;          /* see wh_paper_hold() */
    bool is_written;       /* anything at all was put on it */
    bool sink_failed;      /* the sink took no more; not a failure of the report's own */
    struct wh_error error; /* of the first failure */
};

void wh_paper_init(struct wh_paper *paper, const struct wh_paper_options *options);
/** What is in the buffer is dropped: flush before. */
void wh_paper_release(struct wh_paper *paper);

/** What is put on it until it is let go is handed to the sink then, which may be somebody who leafs
 *  through it and keeps all else waiting. Of more than 64 MiB the first are handed on before. */
void wh_paper_hold(struct wh_paper *paper);
void wh_paper_let_go(struct wh_paper *paper);

/** @p text as it is: wherry's own words, or what is safe already. */
void wh_paper_put(struct wh_paper *paper, struct wh_str text);

/** Room for @p size bytes that the caller writes itself, then tells of with wh_paper_wrote(); NULL
 *  where the paper has failed. */
char *wh_paper_write(struct wh_paper *paper, size_t size);
void wh_paper_wrote(struct wh_paper *paper, size_t size);

void wh_paper_printf(struct wh_paper *paper, const char *format, ...) WH_PRINTF(2, 3);

/** Text from the data, with control characters escaped (text.h). */
void wh_paper_put_data(struct wh_paper *paper, struct wh_str text);

/** @p count spaces. */
void wh_paper_indent(struct wh_paper *paper, size_t count);

/** What follows is in @p ink, until the next; nothing where there are no colours. */
void wh_paper_ink(struct wh_paper *paper, enum wh_ink ink);

/** A line in @p ink. */
void wh_paper_line(struct wh_paper *paper, enum wh_ink ink, const char *format, ...)
    WH_PRINTF(3, 4);

/** Columns that text may fill after @p indent columns; at least 20, SIZE_MAX where unbounded. */
size_t wh_paper_room(const struct wh_paper *paper, size_t indent);

/** WH_OK or the first failure so far; for loops that should stop then. */
WH_MUST_CHECK wh_code wh_paper_check(const struct wh_paper *paper, struct wh_error *err);

/** Hands the rest to the sink. */
WH_MUST_CHECK wh_code wh_paper_flush(struct wh_paper *paper, struct wh_error *err);

#endif
