/* SPDX-License-Identifier: Apache-2.0 */
/** Records larger than a window: judged piece by piece before any memory is taken for them. */
#include "base/error.h"
#include "connect/file/source.h"

#define PIECE ((size_t)256 << 10)

/* Reads on from @p at, the window's end, until the format has an opinion. */
static wh_code judge_rest(const struct wh_file_source *source, const struct wh_window *window,
                          struct wh_judge *judge, struct wh_verdict *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    char *piece = wh_arena_bytes(&scratch, PIECE);
    if (piece == NULL)
        return wh_error_no_memory(err, PIECE);
    uint64_t at = window->offset + window->len;
    while (ret->kind == WH_VERDICT_UNDECIDED) {
        WH_TRY(wh_file_check_cancel(source, WH_CANCEL_NOW, err));
        size_t wanted = WH_MIN(window->end - at, PIECE);
        size_t got;
        WH_TRY(wh_file_read_at(window->file, at, piece, wanted, &got, err));
        if (got < wanted)
            return wh_error_set(err, WH_IO, "'%s' became shorter while it was being read",
                                window->file->path);
        at += got;
        *ret = source->format->judge(judge, wh_str_make(piece, got), at == window->end);
    }
    return WH_OK;
}

static struct wh_str strip_line_end(const struct wh_file_source *source, struct wh_str bytes)
{
    const struct wh_format *format = source->format;
    return format->strip_line_end != NULL ? format->strip_line_end(source->parser, bytes)
                                          : wh_format_strip_line_end(bytes);
}

/* Takes the record's bytes; the first of them, without a line end that they stop with, are kept. */
static wh_code pass_over(const struct wh_file_source *source, struct wh_window *window,
                         struct wh_arena *arena, struct wh_large_record *record,
                         struct wh_error *err)
{
    /* Room for the line end, too: it is stripped before the rest is cut. */
    size_t raw_size = WH_FORMAT_RAW_SIZE + 2;
    char *raw = wh_arena_bytes(arena, raw_size);
    if (raw == NULL)
        return wh_error_no_memory(err, raw_size);
    uint64_t size = record->verdict.size;
    WH_TRY(wh_window_take_bytes(window, size, raw, raw_size, err));
    record->raw = wh_str_make(raw, (size_t)WH_MIN(size, (uint64_t)raw_size));
    if (size <= raw_size)
        record->raw = strip_line_end(source, record->raw);
    record->raw.len = WH_MIN(record->raw.len, WH_FORMAT_RAW_SIZE);
    return WH_OK;
}

wh_code wh_file_take_large(const struct wh_file_source *source, struct wh_window *window,
                           struct wh_arena *arena, struct wh_large_record *ret,
                           struct wh_error *err)
{
    const struct wh_format *format = source->format;
    struct wh_judge *judge;
    *ret = (struct wh_large_record){.raw = WH_STR_NONE};
    WH_TRY(format->judge_new(source->parser, arena, &judge, err));
    ret->verdict = format->judge(judge, wh_window_text(window), wh_window_is_last(window));
    if (ret->verdict.kind == WH_VERDICT_UNDECIDED)
        WH_TRY(judge_rest(source, window, judge, &ret->verdict, err));
    if (ret->verdict.kind == WH_VERDICT_READABLE)
        return wh_window_fill(window, (size_t)ret->verdict.size, err);
    WH_TRY(format->reason(judge, arena, &ret->reason, err));
    return pass_over(source, window, arena, ret, err);
}
