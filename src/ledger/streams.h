/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Streams: several byte strings in one blob, each compressed by itself, so that one can be read
 * without the others. Segments and state pages are made of them.
 *
 *     byte    version, 1
 *     varint  number of streams
 *     a stream's entry: byte coding; unless empty, varint length; zstd: varint stored length
 *     the stored bytes of all streams, one behind the other
 *
 * Codings: 0 empty; 1 as it is; 2 one byte, repeated; 3 a zstd frame.
 */
#ifndef WH_LEDGER_STREAMS_H
#define WH_LEDGER_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/buf.h"

/** Bytes that all streams of a blob may have together before compression. */
#define WH_STREAMS_LIMIT (1u << 30)

/** Makes one blob after another; keeps its memory. */
struct wh_stream_writer {
    ZSTD_CCtx *context;
    struct wh_buf directory;
    struct wh_buf stored;
    size_t count;
    size_t size; /* of all streams, before compression */
};

WH_MUST_CHECK wh_code wh_stream_writer_init(struct wh_stream_writer *writer, struct wh_error *err);
void wh_stream_writer_release(struct wh_stream_writer *writer);
void wh_stream_writer_reset(struct wh_stream_writer *writer);

enum wh_stream_kind {
    WH_STREAM_ANY = 0,
    WH_STREAM_RANDOM /* hashes: no compression is tried */
};

WH_MUST_CHECK wh_code wh_stream_add(struct wh_stream_writer *writer, struct wh_str bytes,
                                    enum wh_stream_kind kind, struct wh_error *err);

/** Appends the blob of the streams added since the last reset. */
WH_MUST_CHECK wh_code wh_stream_finish(const struct wh_stream_writer *writer, struct wh_buf *out,
                                       struct wh_error *err);

/** One stream of a blob that is being read. */
struct wh_stream {
    uint8_t coding;
    size_t size;
    struct wh_str stored;
};

/** Zero bytes are a reader that was not opened yet. */
struct wh_stream_reader {
    struct wh_arena *arena; /* holds what is read */
    ZSTD_DCtx *context;     /* NULL until needed; kept until the release */
    struct wh_stream *streams;
    size_t count;
};

/** Reads the directory of @p blob, which is borrowed for as long as the reader is used. WH_CORRUPT
 *  for what is no such blob, or where its streams have more than @p limit bytes. A reader may be
 *  opened for one blob after another. */
WH_MUST_CHECK wh_code wh_stream_reader_open(struct wh_stream_reader *reader, struct wh_str blob,
                                            size_t limit, struct wh_arena *arena,
                                            struct wh_error *err);
void wh_stream_reader_release(struct wh_stream_reader *reader);

/** The bytes of stream @p index, in the blob or the reader's arena; ptr is never NULL. */
WH_MUST_CHECK wh_code wh_stream_read(struct wh_stream_reader *reader, size_t index,
                                     struct wh_str *ret, struct wh_error *err);

#endif
