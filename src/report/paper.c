/* SPDX-License-Identifier: Apache-2.0 */
#include "report/paper.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "report/text.h"

enum {
    FLUSH_BYTES = 1 << 16,   /* handed to the sink in pieces of about this size */
    HELD_BYTES = 64 << 20,   /* of a paper that is held */
    LARGEST_PIECE = 1 << 30, /* no single text of a report is near this */
    NARROWEST_PAPER = 20
};

void wh_paper_init(struct wh_paper *paper, const struct wh_paper_options *options)
{
    *paper = (struct wh_paper){.options = *options, .error = WH_ERROR_NONE};
    wh_buf_init(&paper->buf, LARGEST_PIECE);
}

void wh_paper_release(struct wh_paper *paper)
{
    wh_buf_release(&paper->buf);
}

static bool has_failed(const struct wh_paper *paper)
{
    return paper->error.code != WH_OK;
}

static void hand_over(struct wh_paper *paper)
{
    if (paper->buf.len == 0 || has_failed(paper))
        return;
    if (paper->options.write(paper->options.ctx, paper->buf.ptr, paper->buf.len) != 0) {
        paper->sink_failed = true;
        wh_error_set(&paper->error, WH_IO, "the output could not be written");
    }
    wh_buf_reset(&paper->buf);
}

static void hand_over_many(struct wh_paper *paper)
{
    if (paper->buf.len >= (paper->is_held ? HELD_BYTES : FLUSH_BYTES))
        hand_over(paper);
}

void wh_paper_hold(struct wh_paper *paper)
{
    paper->is_held = true;
}

void wh_paper_let_go(struct wh_paper *paper)
{
    paper->is_held = false;
    hand_over_many(paper);
}

void wh_paper_put(struct wh_paper *paper, struct wh_str text)
{
    if (has_failed(paper))
        return;
    paper->is_written |= text.len > 0;
    WH_IGNORE(wh_buf_append_str(&paper->buf, text, &paper->error), "the error is kept");
    hand_over_many(paper);
}

char *wh_paper_write(struct wh_paper *paper, size_t size)
{
    if (has_failed(paper) || wh_buf_reserve(&paper->buf, size, &paper->error) != WH_OK)
        return NULL;
    return paper->buf.ptr + paper->buf.len;
}

void wh_paper_wrote(struct wh_paper *paper, size_t size)
{
    paper->is_written |= size > 0;
    paper->buf.len += size;
    hand_over_many(paper);
}

static void print(struct wh_paper *paper, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void print(struct wh_paper *paper, const char *format, va_list arguments)
{
    char room[512];
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(room, sizeof room, format, arguments);
    if (size >= 0 && (size_t)size < sizeof room) {
        wh_paper_put(paper, wh_str_make(room, (size_t)size));
    } else if (size >= 0) {
        char *room_for_all = wh_paper_write(paper, (size_t)size + 1);
        if (room_for_all != NULL) {
            vsnprintf(room_for_all, (size_t)size + 1, format, again);
            wh_paper_wrote(paper, (size_t)size);
        }
    }
    va_end(again);
}

void wh_paper_printf(struct wh_paper *paper, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(paper, format, arguments);
    va_end(arguments);
}

void wh_paper_put_data(struct wh_paper *paper, struct wh_str text)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str shown;
    if (has_failed(paper))
        return;
    if (wh_text_show(text, SIZE_MAX, &arena, &shown, &paper->error) == WH_OK)
        wh_paper_put(paper, shown);
}

void wh_paper_indent(struct wh_paper *paper, size_t count)
{
    static const struct wh_str spaces = {"                                ", 32};
    for (; count > spaces.len; count -= spaces.len)
        wh_paper_put(paper, spaces);
    wh_paper_put(paper, wh_str_make(spaces.ptr, count));
}

void wh_paper_ink(struct wh_paper *paper, enum wh_ink ink)
{
    static const char *const sequences[] = {
        [WH_INK_PLAIN] = "\x1b[0m", [WH_INK_BOLD] = "\x1b[1m",  [WH_INK_DIM] = "\x1b[2m",
        [WH_INK_GOOD] = "\x1b[32m", [WH_INK_WARN] = "\x1b[33m", [WH_INK_BAD] = "\x1b[31m"};
    if (paper->options.use_colour)
        wh_paper_put(paper, wh_str_from(sequences[ink]));
}

void wh_paper_line(struct wh_paper *paper, enum wh_ink ink, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (ink != WH_INK_PLAIN)
        wh_paper_ink(paper, ink);
    print(paper, format, arguments);
    if (ink != WH_INK_PLAIN)
        wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
    va_end(arguments);
}

size_t wh_paper_room(const struct wh_paper *paper, size_t indent)
{
    if (paper->options.width == 0)
        return SIZE_MAX;
    size_t width = paper->options.width;
    return width > indent + NARROWEST_PAPER ? width - indent : NARROWEST_PAPER;
}

wh_code wh_paper_check(const struct wh_paper *paper, struct wh_error *err)
{
    if (has_failed(paper) && err != NULL)
        *err = paper->error;
    return paper->error.code;
}

wh_code wh_paper_flush(struct wh_paper *paper, struct wh_error *err)
{
    hand_over(paper);
    return wh_paper_check(paper, err);
}
