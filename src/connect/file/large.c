/* SPDX-License-Identifier: Apache-2.0 */
/** Records larger than a window: judged piece by piece before any memory is taken for them. */
#include "base/error.h"
#include "connect/file/source.h"

#define PIECE ((size_t)256 << 10)

/* Bytes in or behind the window that end at @p end: what follows them. */
static struct wh_format_text piece_of(const struct wh_window *window, bool ends_file,
                                      struct wh_str bytes, uint64_t end)
{
    bool is_last = end == window->end;
    return (struct wh_format_text){
        .bytes = bytes, .is_last = is_last, .is_file_end = is_last && ends_file};
}

/* Reads on from the window's end until the format has an opinion; the window stays as it is. */
static wh_code judge_ahead(const struct wh_file_source *source, const struct wh_window *window,
                           struct wh_judge *judge, struct wh_large_record *record,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    char *piece = wh_arena_bytes(&scratch, PIECE);
    if (piece == NULL)
        return wh_error_no_memory(err, PIECE);
    uint64_t at = window->offset + window->len;
    while (record->verdict.kind == WH_VERDICT_UNDECIDED) {
        WH_TRY(wh_file_check_cancel(source, WH_CANCEL_NOW, err));
        size_t wanted = WH_MIN(window->end - at, PIECE);
        size_t got;
        WH_TRY(wh_stream_read_at(window->stream, at, piece, wanted, &got, err));
        if (got < wanted)
            return wh_error_set(err, WH_IO, "'%s' became shorter while it was being read",
                                window->stream->file.path);
        at += got;
        struct wh_format_text text =
            piece_of(window, record->ends_file, wh_str_make(piece, got), at);
        record->verdict = source->format->judge(judge, &text);
    }
    return WH_OK;
}

static struct wh_str strip_line_end(const struct wh_file_source *source, struct wh_str bytes)
{
    const struct wh_format *format = source->format;
    return format->strip_line_end != NULL ? format->strip_line_end(source->parser, bytes)
                                          : wh_format_strip_line_end(bytes);
}

/* A record that is passed over: its first bytes are kept. */
struct passing {
    struct wh_window *window;
    char *raw;
    size_t raw_size;
    uint64_t passed;
};

static wh_code pass_over(struct passing *passing, uint64_t size, struct wh_error *err)
{
    size_t kept = (size_t)WH_MIN(passing->passed, (uint64_t)passing->raw_size);
    WH_TRY(wh_window_take_bytes(passing->window, size, passing->raw + kept,
                                passing->raw_size - kept, err));
    passing->passed += size;
    return WH_OK;
}

/* The same where nothing is read twice: the window grows until the format has an opinion, or the
 * record is above its limit, so that all in hand belongs to what is passed over. */
static wh_code judge_growing(const struct wh_file_source *source, struct passing *passing,
                             struct wh_judge *judge, struct wh_large_record *record,
                             struct wh_error *err)
{
    struct wh_window *window = passing->window;
    uint64_t limit = wh_format_record_limit(&source->options) + PIECE;
    while (record->verdict.kind == WH_VERDICT_UNDECIDED) {
        WH_TRY(wh_file_check_cancel(source, WH_CANCEL_NOW, err));
        size_t judged = wh_window_text(window).len;
        if (judged > limit || passing->passed > 0) {
            WH_TRY(pass_over(passing, judged, err));
            judged = 0;
        }
        WH_TRY(wh_window_fill(window, judged + WH_MAX(judged, PIECE), err));
        struct wh_str text = wh_window_text(window);
        bool is_last = wh_window_is_last(window);
        struct wh_format_text piece = {.bytes = wh_str_make(text.ptr + judged, text.len - judged),
                                       .is_last = is_last,
                                       .is_file_end = is_last && record->ends_file};
        record->verdict = source->format->judge(judge, &piece);
    }
    WH_ASSERT(record->verdict.size >= passing->passed, err);
    return WH_OK;
}

/* Passes over what is left of the bad record; a line end that its bytes stop with is not kept. */
static wh_code reject(const struct wh_file_source *source, struct passing *passing,
                      struct wh_large_record *record, struct wh_error *err)
{
    uint64_t size = record->verdict.size;
    WH_TRY(pass_over(passing, size - passing->passed, err));
    record->raw = wh_str_make(passing->raw, (size_t)WH_MIN(size, (uint64_t)passing->raw_size));
    if (size <= passing->raw_size)
        record->raw = strip_line_end(source, record->raw);
    record->raw.len = WH_MIN(record->raw.len, WH_FORMAT_RAW_SIZE);
    return WH_OK;
}

wh_code wh_file_take_large(const struct wh_file_source *source, struct wh_window *window,
                           struct wh_arena *arena, struct wh_large_record *ret,
                           struct wh_error *err)
{
    const struct wh_format *format = source->format;
    bool can_look_ahead = wh_stream_is_plain(window->stream);
    /* Room for the line end, too: it is stripped before the rest is cut. */
    struct passing passing = {.window = window, .raw_size = WH_FORMAT_RAW_SIZE + 2};
    passing.raw = wh_arena_bytes(arena, passing.raw_size);
    if (passing.raw == NULL)
        return wh_error_no_memory(err, passing.raw_size);
    struct wh_judge *judge;
    *ret = (struct wh_large_record){.raw = WH_STR_NONE, .ends_file = ret->ends_file};
    WH_TRY(format->judge_new(source->parser, arena, &judge, err));
    struct wh_format_text text = {.bytes = wh_window_text(window),
                                  .is_last = wh_window_is_last(window),
                                  .is_file_end = wh_window_is_last(window) && ret->ends_file};
    ret->verdict = format->judge(judge, &text);
    if (ret->verdict.kind == WH_VERDICT_UNDECIDED && can_look_ahead)
        WH_TRY(judge_ahead(source, window, judge, ret, err));
    else if (ret->verdict.kind == WH_VERDICT_UNDECIDED)
        WH_TRY(judge_growing(source, &passing, judge, ret, err));

    if (ret->verdict.kind == WH_VERDICT_BAD) {
        WH_TRY(format->reason(judge, arena, &ret->reason, err));
        return reject(source, &passing, ret, err);
    }
    WH_ASSERT(passing.passed == 0, err);
    return can_look_ahead ? wh_window_fill(window, (size_t)ret->verdict.size, err) : WH_OK;
}
