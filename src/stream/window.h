/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A window that slides over a part of a stream: bytes in memory that are not yet taken, from the
 * place reached on.
 *
 * The bytes are in counted buffers, so that batches may hold on to them; what is not yet taken
 * moves to the head of the next buffer when the window slides on. Files are read, never mapped: a
 * file that is cut short is an error, not a crash. Optionally the window keeps a digest of all
 * bytes taken.
 */
#ifndef WH_STREAM_WINDOW_H
#define WH_STREAM_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"
#include "data/column.h"
#include "data/hash.h"
#include "stream/stream.h"

/** Bytes read at a time. */
#define WH_WINDOW_BLOCK ((size_t)1 << 20)

struct wh_window {
    struct wh_stream *stream;      /* borrowed */
    size_t block_size;             /* capacity of an ordinary buffer */
    uint64_t offset;               /* of the buffer's first byte in the stream */
    uint64_t end;                  /* the part's: nothing behind it is read; lowered to the
                                      stream's where that was unknown */
    uint64_t asked_until;          /* the system was asked to read ahead up to here */
    struct wh_input *input;        /* the buffer, NULL before the first */
    bool is_shared;                /* batches may hold the buffer: it is not written to again */
    size_t len;                    /* bytes in the buffer */
    size_t taken;                  /* bytes of it that were taken */
    struct wh_hash_stream *digest; /* owned; NULL: none is kept */
};

/** A window without a stream. */
WH_MUST_CHECK wh_code wh_window_init(struct wh_window *window, size_t block_size, bool has_digest,
                                     struct wh_error *err);
void wh_window_release(struct wh_window *window);

/** Puts the window at the start of [@p start, @p end) of @p stream, which stays open; starts the
 *  digest anew. Nothing is read yet. An end of WH_STREAM_SIZE_UNKNOWN is the stream's. */
void wh_window_seek(struct wh_window *window, struct wh_stream *stream, uint64_t start,
                    uint64_t end);

/** The bytes in hand; valid until the window is filled or moved,
 *  or as long as its buffer is held. */
struct wh_str wh_window_text(const struct wh_window *window);

/** The offset in the stream of the first byte in hand. */
uint64_t wh_window_position(const struct wh_window *window);

/** True where the bytes in hand reach the part's end. An unknown end shows when the window is
 *  filled and has room for more than there is. */
bool wh_window_is_last(const struct wh_window *window);

/** True where a buffer of block size has no room for more: none of it was taken. */
bool wh_window_is_full(const struct wh_window *window);

/** Holds on to the buffer in hand for @p batch. */
WH_MUST_CHECK wh_code wh_window_share(struct wh_window *window, struct wh_batch *batch,
                                      struct wh_error *err);

/** Takes the first @p len bytes in hand. */
void wh_window_take(struct wh_window *window, size_t len);

/**
 * Reads on until the buffer is full or the part ends; bytes not yet taken are kept. The buffer is a
 * block, or has room for @p at_least bytes, which must be more than are in hand. WH_IO where the
 * part is shorter than it was.
 */
WH_MUST_CHECK wh_code wh_window_fill(struct wh_window *window, size_t at_least,
                                     struct wh_error *err);

/** Takes @p size bytes, reading on where needed; up to @p room_size of the first of them are copied
 *  to @p room. */
WH_MUST_CHECK wh_code wh_window_take_bytes(struct wh_window *window, uint64_t size, char *room,
                                           size_t room_size, struct wh_error *err);

#endif
