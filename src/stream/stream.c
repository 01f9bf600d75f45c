/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/stream.h"

#include <inttypes.h>

#include "base/error.h"
#include "stream/archive.h"
#include "stream/transcode.h"
#include "stream/unpack.h"

/* What is passed over is read in pieces of so many bytes. */
#define PASSED_SIZE ((size_t)64 << 10)

wh_code wh_stream_open(struct wh_stream *stream, const char *path, struct wh_stream_form form,
                       struct wh_error *err)
{
    *stream = WH_STREAM_CLOSED;
    stream->form = form;
    return wh_stream_open_file(&stream->file, path, &form, err);
}

wh_code wh_stream_open_file(struct wh_file *file, const char *path,
                            const struct wh_stream_form *form, struct wh_error *err)
{
    if (form->spool != NULL)
        return wh_file_open_again(file, form->spool->kept.descriptor, path, err);
    return wh_file_open(file, path, err);
}

void wh_stream_close(struct wh_stream *stream)
{
    if (stream == NULL)
        return;
    wh_feed_free(stream->feed);
    wh_file_close(&stream->file);
    *stream = WH_STREAM_CLOSED;
}

/* True where the bytes of the stream are the file's. */
static bool is_plain(const struct wh_stream_form *form)
{
    return form->codec == NULL && form->member == NULL && form->encoding.kind == WH_ENCODING_UTF8;
}

bool wh_stream_is_plain(const struct wh_stream *stream)
{
    return is_plain(&stream->form);
}

uint64_t wh_stream_size(const struct wh_stream *stream)
{
    return wh_stream_is_plain(stream) ? stream->file.stamp.size : WH_STREAM_SIZE_UNKNOWN;
}

/* ---- bytes in order -------------------------------------------------------------------------- */

/* The bytes of the file itself. */
struct file_feed {
    struct wh_feed feed;
    const struct wh_file *file;
    uint64_t offset;
};

static wh_code read_file(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                         struct wh_error *err)
{
    struct file_feed *file_feed = (struct file_feed *)feed;
    WH_TRY(wh_file_read_at(file_feed->file, file_feed->offset, room, len, ret_len, err));
    file_feed->offset += *ret_len;
    return WH_OK;
}

static void free_file_feed(struct wh_feed *feed)
{
    free(feed);
}

static wh_code open_file_feed(const struct wh_file *file, struct wh_feed **ret,
                              struct wh_error *err)
{
    static const struct wh_feed_functions functions = {.read = read_file, .free = free_file_feed};
    struct file_feed *file_feed = malloc(sizeof(*file_feed));
    if (file_feed == NULL)
        return wh_error_no_memory(err, sizeof(*file_feed));
    *file_feed = (struct file_feed){.feed.functions = &functions, .file = file};
    *ret = &file_feed->feed;
    return WH_OK;
}

static wh_code open_packed(const struct wh_stream *stream, struct wh_feed **ret,
                           struct wh_error *err)
{
    const struct wh_stream_form *form = &stream->form;
    if (form->member != NULL)
        return wh_archive_open_member(&stream->file, form->member, ret, err);
    if (form->codec != NULL)
        return wh_unpack_open(&stream->file, form->codec, ret, err);
    return open_file_feed(&stream->file, ret, err);
}

/* Puts the feed at its first byte. */
static wh_code begin(struct wh_stream *stream, struct wh_error *err)
{
    wh_feed_free(stream->feed);
    stream->feed = NULL;
    stream->position = 0;
    stream->has_ahead = false;
    struct wh_feed *packed;
    WH_TRY(open_packed(stream, &packed, err));
    if (stream->form.encoding.kind != WH_ENCODING_UTF8)
        return wh_transcode_open(packed, &stream->form.encoding, stream->form.nel_ends_lines,
                                 &stream->feed, err);
    stream->feed = packed;
    return WH_OK;
}

/* The next bytes, as many as there are up to @p len. */
static wh_code read_on(struct wh_stream *stream, char *room, size_t len, size_t *ret_len,
                       struct wh_error *err)
{
    WH_ASSERT(stream->feed != NULL, err);
    size_t done = 0;
    if (stream->has_ahead && len > 0) {
        room[done++] = stream->ahead;
        stream->has_ahead = false;
    }
    wh_code rc = WH_OK;
    size_t got = 1;
    while (rc == WH_OK && done < len && got > 0) {
        rc = stream->feed->functions->read(stream->feed, room + done, len - done, &got, err);
        done += rc == WH_OK ? got : 0;
    }
    stream->position += done;
    *ret_len = done;
    if (rc == WH_OK)
        return WH_OK;
    /* After an error a feed is of no use. */
    wh_feed_free(stream->feed);
    stream->feed = NULL;
    return rc;
}

/* Puts the feed at @p offset; before it where it ends earlier. */
static wh_code seek(struct wh_stream *stream, uint64_t offset, struct wh_error *err)
{
    if (stream->feed == NULL || offset < stream->position)
        WH_TRY(begin(stream, err));
    if (offset == stream->position)
        return WH_OK;
    char *passed = malloc(PASSED_SIZE);
    if (passed == NULL)
        return wh_error_no_memory(err, PASSED_SIZE);
    wh_code rc = WH_OK;
    size_t got = 1;
    while (rc == WH_OK && got > 0 && stream->position < offset) {
        size_t len = (size_t)WH_MIN(offset - stream->position, (uint64_t)PASSED_SIZE);
        rc = read_on(stream, passed, len, &got, err);
    }
    free(passed);
    return rc;
}

wh_code wh_stream_find_size(struct wh_stream *stream, uint64_t *ret, struct wh_error *err)
{
    if (wh_stream_is_plain(stream)) {
        *ret = stream->file.stamp.size;
        return WH_OK;
    }
    WH_TRY(seek(stream, WH_STREAM_SIZE_UNKNOWN, err));
    *ret = stream->position;
    return WH_OK;
}

wh_code wh_stream_read_at(struct wh_stream *stream, uint64_t offset, char *room, size_t len,
                          size_t *ret_len, struct wh_error *err)
{
    if (wh_stream_is_plain(stream))
        return wh_file_read_at(&stream->file, offset, room, len, ret_len, err);
    *ret_len = 0;
    WH_TRY(seek(stream, offset, err));
    return stream->position == offset ? read_on(stream, room, len, ret_len, err) : WH_OK;
}

wh_code wh_stream_ends_at(struct wh_stream *stream, uint64_t offset, bool *ret,
                          struct wh_error *err)
{
    size_t got;
    char byte;
    if (wh_stream_is_plain(stream)) {
        *ret = offset >= stream->file.stamp.size;
        return WH_OK;
    }
    WH_TRY(wh_stream_read_at(stream, offset, &byte, 1, &got, err));
    *ret = got == 0;
    if (got > 0) {
        stream->ahead = byte;
        stream->has_ahead = true;
        stream->position--;
    }
    return WH_OK;
}

void wh_stream_read_ahead(const struct wh_stream *stream, uint64_t offset, uint64_t len)
{
    if (wh_stream_is_plain(stream))
        wh_file_read_ahead(&stream->file, offset, len);
}
