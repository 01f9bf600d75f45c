/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bytes of a file as its readers see them: unpacked where the file is compressed or a member of
 * an archive, and in UTF-8 whatever its encoding. Offsets are those of these bytes.
 *
 * A plain file is read at any place. Of another one the bytes come in order: reading further on
 * goes through what is between, reading further back begins anew at the file's start. Memory is
 * bounded whatever the file holds.
 */
#ifndef WH_STREAM_STREAM_H
#define WH_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"
#include "data/encoding.h"
#include "stream/codec.h"
#include "stream/feed.h"
#include "stream/file.h"
#include "stream/spool.h"

/** The size of a stream that is not known before its end is read. */
#define WH_STREAM_SIZE_UNKNOWN UINT64_MAX

/** What stands between the bytes of a file and those of its stream. */
struct wh_stream_form {
    const struct wh_spool *spool; /* where the bytes are that came once only, borrowed; NULL: in the
                                     file of the stream's path */
    const struct wh_codec *codec; /* NULL: not compressed */
    const char *member;           /* of a zip archive, borrowed; NULL: the file is none */
    struct wh_encoding encoding;  /* not UTF16 */
    bool nel_ends_lines;          /* U+0085 is read as a line feed: EBCDIC */
};

/** One thread at a time. */
struct wh_stream {
    struct wh_file file;
    struct wh_stream_form form;
    struct wh_feed *feed; /* owned; NULL: the file itself, or nothing was read yet */
    uint64_t position;    /* of the feed's next byte behind the one in hand */
    bool has_ahead;       /* a byte was read to know whether there is one */
    char ahead;
};

#define WH_STREAM_CLOSED ((struct wh_stream){.file = {.fd = -1}})

/** Opens the file @p path, which is as @p form says; both live as long as the stream. As
 *  wh_file_open(). */
WH_MUST_CHECK wh_code wh_stream_open(struct wh_stream *stream, const char *path,
                                     struct wh_stream_form form, struct wh_error *err);

/** Opens the file that stands behind a stream, with its bytes as they are: packed,
 *  in any encoding. */
WH_MUST_CHECK wh_code wh_stream_open_file(struct wh_file *file, const char *path,
                                          const struct wh_stream_form *form, struct wh_error *err);

/** Closed streams are left alone. */
void wh_stream_close(struct wh_stream *stream);

/** True where any place is read without what stands before it, and the size is known. */
bool wh_stream_is_plain(const struct wh_stream *stream);

/** Bytes, or WH_STREAM_SIZE_UNKNOWN. */
uint64_t wh_stream_size(const struct wh_stream *stream);

/** Bytes, counted by reading to the end where they are not known. WH_IO. */
WH_MUST_CHECK wh_code wh_stream_find_size(struct wh_stream *stream, uint64_t *ret,
                                          struct wh_error *err);

/** Reads up to @p len bytes from @p offset on; fewer only where the stream ends. WH_IO. */
WH_MUST_CHECK wh_code wh_stream_read_at(struct wh_stream *stream, uint64_t offset, char *room,
                                        size_t len, size_t *ret_len, struct wh_error *err);

/** Whether there is nothing at @p offset or behind it. */
WH_MUST_CHECK wh_code wh_stream_ends_at(struct wh_stream *stream, uint64_t offset, bool *ret,
                                        struct wh_error *err);

/** Tells the system that the bytes from @p offset on will be read soon. */
void wh_stream_read_ahead(const struct wh_stream *stream, uint64_t offset, uint64_t len);

#endif
