/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/window.h"

#include <inttypes.h>

#include "base/error.h"

/* How far ahead of the window the system is asked to read. */
#define READ_AHEAD ((uint64_t)4 << 20)

wh_code wh_window_init(struct wh_window *window, size_t block_size, bool has_digest,
                       struct wh_error *err)
{
    *window = (struct wh_window){.block_size = block_size};
    if (!has_digest)
        return WH_OK;
    window->digest = wh_hash_stream_new();
    return window->digest != NULL ? WH_OK : wh_error_no_memory(err, 0);
}

void wh_window_release(struct wh_window *window)
{
    if (window == NULL)
        return;
    wh_input_free(window->input);
    wh_hash_stream_free(window->digest);
    *window = (struct wh_window){0};
}

void wh_window_seek(struct wh_window *window, struct wh_stream *stream, uint64_t start,
                    uint64_t end)
{
    window->stream = stream;
    window->offset = start;
    window->end = end;
    window->asked_until = start;
    window->len = 0;
    window->taken = 0;
    if (window->digest != NULL)
        wh_hash_stream_reset(window->digest);
}

struct wh_str wh_window_text(const struct wh_window *window)
{
    if (window->len == window->taken)
        return WH_STR("");
    return wh_str_make(wh_input_bytes(window->input) + window->taken, window->len - window->taken);
}

uint64_t wh_window_position(const struct wh_window *window)
{
    return window->offset + window->taken;
}

bool wh_window_is_last(const struct wh_window *window)
{
    return window->offset + window->len >= window->end;
}

bool wh_window_is_full(const struct wh_window *window)
{
    return window->len - window->taken >= window->block_size;
}

wh_code wh_window_share(struct wh_window *window, struct wh_batch *batch, struct wh_error *err)
{
    if (window->input == NULL)
        return WH_OK;
    window->is_shared = true;
    return wh_batch_hold(batch, window->input, err);
}

void wh_window_take(struct wh_window *window, size_t len)
{
    if (len == 0)
        return;
    struct wh_str text = wh_window_text(window);
    if (window->digest != NULL)
        wh_hash_stream_add(window->digest, wh_str_make(text.ptr, len));
    window->taken += len;
}

/* Puts the bytes not yet taken at the head of a buffer with room for @p capacity. */
static wh_code move_to_head(struct wh_window *window, size_t capacity, struct wh_error *err)
{
    struct wh_str kept = wh_window_text(window);
    struct wh_input *old = window->input;
    /* A large buffer of one record is not kept for the ordinary ones behind it. */
    bool is_usable = old != NULL && !window->is_shared && wh_input_capacity(old) == capacity;
    if (is_usable) {
        if (kept.len > 0)
            memmove(wh_input_bytes(old), kept.ptr, kept.len);
    } else {
        struct wh_input *fresh = wh_input_new(capacity);
        if (fresh == NULL)
            return wh_error_no_memory(err, capacity);
        if (kept.len > 0)
            memcpy(wh_input_bytes(fresh), kept.ptr, kept.len);
        wh_input_free(old);
        window->input = fresh;
        window->is_shared = false;
    }
    window->offset += window->taken;
    window->len = kept.len;
    window->taken = 0;
    return WH_OK;
}

/* Asks for every byte once, and for many at a time. */
static void read_ahead(struct wh_window *window)
{
    uint64_t from = WH_MAX(window->asked_until, window->offset + window->len);
    uint64_t until = WH_MIN(window->offset + window->len + READ_AHEAD, window->end);
    if (from >= until || (until - from < READ_AHEAD / 2 && until < window->end))
        return;
    wh_stream_read_ahead(window->stream, from, until - from);
    window->asked_until = until;
}

static wh_code read_on(struct wh_window *window, size_t capacity, struct wh_error *err)
{
    uint64_t from = window->offset + window->len;
    uint64_t left = window->end - from;
    size_t wanted = capacity - window->len;
    if (wanted > left)
        wanted = (size_t)left;
    size_t got;
    WH_TRY(wh_stream_read_at(window->stream, from, wh_input_bytes(window->input) + window->len,
                             wanted, &got, err));
    if (got < wanted && window->end != WH_STREAM_SIZE_UNKNOWN)
        return wh_error_set(err, WH_IO,
                            "'%s' became shorter while it was being read: it ends at byte %" PRIu64,
                            window->stream->file.path, from + got);
    if (got < wanted)
        window->end = from + got;
    window->len += got;
    read_ahead(window);
    return WH_OK;
}

wh_code wh_window_fill(struct wh_window *window, size_t at_least, struct wh_error *err)
{
    if (wh_window_is_last(window))
        return WH_OK;
    size_t capacity = WH_MAX(window->block_size, at_least);
    uint64_t left = window->end - wh_window_position(window);
    if (left < capacity)
        capacity = (size_t)left; /* a small file's buffer is small */
    WH_ASSERT(capacity > window->len - window->taken, err);
    WH_TRY(move_to_head(window, capacity, err));
    return read_on(window, capacity, err);
}

/* ---- skipping -------------------------------------------------------------------------------- */

/* The first bytes of what is skipped, kept for the record's sake. */
struct sample {
    char *room;
    size_t left;
};

static void take_sampled(struct wh_window *window, size_t len, struct sample *sample)
{
    size_t copied = WH_MIN(len, sample->left);
    if (copied > 0)
        memcpy(sample->room, wh_window_text(window).ptr, copied);
    sample->room += copied;
    sample->left -= copied;
    wh_window_take(window, len);
}

wh_code wh_window_take_bytes(struct wh_window *window, uint64_t size, char *room, size_t room_size,
                             struct wh_error *err)
{
    struct sample sample = {room, room_size};
    for (;;) {
        size_t in_hand = wh_window_text(window).len;
        size_t len = size < in_hand ? (size_t)size : in_hand;
        take_sampled(window, len, &sample);
        size -= len;
        if (size == 0)
            return WH_OK;
        WH_ASSERT(!wh_window_is_last(window), err);
        WH_TRY(wh_window_fill(window, 0, err));
    }
}
