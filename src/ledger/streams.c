/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/streams.h"

#include "base/error.h"
#include "ledger/bits.h"

enum { FORMAT = 1 };

enum coding { EMPTY = 0, PLAIN = 1, CONSTANT = 2, ZSTD = 3, CODING_COUNT };

/* Below this zstd's own header outweighs what it saves. */
enum { LEAST_COMPRESSED = 24 };

enum { LEVEL = 1 };

/* ---- writing --------------------------------------------------------------------------------- */

wh_code wh_stream_writer_init(struct wh_stream_writer *writer, struct wh_error *err)
{
    *writer = (struct wh_stream_writer){.context = ZSTD_createCCtx()};
    wh_buf_init(&writer->directory, WH_STREAMS_LIMIT);
    wh_buf_init(&writer->stored, WH_STREAMS_LIMIT);
    if (writer->context == NULL)
        return wh_error_no_memory(err, sizeof(void *));
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, LEVEL);
    return WH_OK;
}

void wh_stream_writer_release(struct wh_stream_writer *writer)
{
    ZSTD_freeCCtx(writer->context);
    wh_buf_release(&writer->directory);
    wh_buf_release(&writer->stored);
}

void wh_stream_writer_reset(struct wh_stream_writer *writer)
{
    wh_buf_reset(&writer->directory);
    wh_buf_reset_huge(&writer->stored);
    writer->count = 0;
    writer->size = 0;
}

static bool is_constant(struct wh_str bytes)
{
    return bytes.len == 1 || memcmp(bytes.ptr, bytes.ptr + 1, bytes.len - 1) == 0;
}

static wh_code add_entry(struct wh_stream_writer *writer, enum coding coding, size_t size,
                         struct wh_error *err)
{
    writer->count++;
    WH_TRY(wh_buf_append_byte(&writer->directory, (char)coding, err));
    return coding == EMPTY ? WH_OK : wh_buf_append_varint(&writer->directory, size, err);
}

static wh_code store(struct wh_stream_writer *writer, enum coding coding, struct wh_str bytes,
                     struct wh_error *err)
{
    WH_TRY(add_entry(writer, coding, bytes.len, err));
    return wh_buf_append(&writer->stored, bytes.ptr, coding == CONSTANT ? 1 : bytes.len, err);
}

/* Compresses behind what is stored; *ret_size is 0 where that saves nothing. */
static wh_code compress(struct wh_stream_writer *writer, struct wh_str bytes, size_t *ret_size,
                        struct wh_error *err)
{
    size_t bound = ZSTD_compressBound(bytes.len);
    WH_TRY(wh_buf_reserve(&writer->stored, bound, err));
    size_t size = ZSTD_compress2(writer->context, writer->stored.ptr + writer->stored.len, bound,
                                 bytes.ptr, bytes.len);
    if (ZSTD_isError(size))
        return wh_error_set(err, WH_NO_MEMORY, "compressing a segment: %s",
                            ZSTD_getErrorName(size));
    *ret_size = size < bytes.len ? size : 0;
    return WH_OK;
}

wh_code wh_stream_add(struct wh_stream_writer *writer, struct wh_str bytes,
                      enum wh_stream_kind kind, struct wh_error *err)
{
    if (bytes.len > WH_STREAMS_LIMIT - writer->size)
        return wh_error_set(err, WH_LIMIT, "a group's log has more than %u bytes",
                            WH_STREAMS_LIMIT);
    writer->size += bytes.len;
    if (bytes.len == 0)
        return add_entry(writer, EMPTY, 0, err);
    if (kind == WH_STREAM_RANDOM)
        return store(writer, PLAIN, bytes, err);
    if (is_constant(bytes))
        return store(writer, CONSTANT, bytes, err);
    size_t size = 0;
    if (bytes.len >= LEAST_COMPRESSED)
        WH_TRY(compress(writer, bytes, &size, err));
    if (size == 0)
        return store(writer, PLAIN, bytes, err);
    WH_TRY(add_entry(writer, ZSTD, bytes.len, err));
    WH_TRY(wh_buf_append_varint(&writer->directory, size, err));
    writer->stored.len += size;
    return WH_OK;
}

wh_code wh_stream_finish(const struct wh_stream_writer *writer, struct wh_buf *out,
                         struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(out, FORMAT, err));
    WH_TRY(wh_buf_append_varint(out, writer->count, err));
    WH_TRY(wh_buf_append_str(out, wh_buf_str(&writer->directory), err));
    return wh_buf_append_str(out, wh_buf_str(&writer->stored), err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code corrupt(struct wh_error *err, const char *what)
{
    return wh_error_set(err, WH_CORRUPT, "stored streams do not read back: %s", what);
}

/* Reads one entry; its stored length is left in `stored`. */
static bool read_entry(struct wh_cursor *cursor, struct wh_stream *stream)
{
    struct wh_str coding = wh_get_bytes(cursor, 1);
    stream->coding = coding.len == 1 ? (uint8_t)coding.ptr[0] : CODING_COUNT;
    if (stream->coding >= CODING_COUNT)
        return false;
    if (stream->coding == EMPTY)
        return true;
    stream->size = wh_get_varint(cursor);
    stream->stored.len = stream->size;
    if (stream->coding == CONSTANT)
        stream->stored.len = 1;
    if (stream->coding == ZSTD)
        stream->stored.len = wh_get_varint(cursor);
    return !cursor->is_bad && stream->size > 0;
}

static wh_code read_directory(struct wh_stream_reader *reader, struct wh_cursor *cursor,
                              size_t limit, struct wh_error *err)
{
    size_t left = limit;
    for (size_t i = 0; i < reader->count; i++) {
        if (!read_entry(cursor, &reader->streams[i]))
            return corrupt(err, "an entry is wrong");
        if (reader->streams[i].size > left)
            return corrupt(err, "they are too large");
        left -= reader->streams[i].size;
    }
    for (size_t i = 0; i < reader->count; i++)
        reader->streams[i].stored = wh_get_bytes(cursor, reader->streams[i].stored.len);
    return cursor->is_bad ? corrupt(err, "bytes are missing") : WH_OK;
}

wh_code wh_stream_reader_open(struct wh_stream_reader *reader, struct wh_str blob, size_t limit,
                              struct wh_arena *arena, struct wh_error *err)
{
    *reader = (struct wh_stream_reader){.arena = arena, .context = reader->context};
    struct wh_cursor cursor = wh_cursor_make(blob);
    struct wh_str format = wh_get_bytes(&cursor, 1);
    if (format.len != 1 || format.ptr[0] != FORMAT)
        return corrupt(err, "the format is not known");
    uint64_t count = wh_get_varint(&cursor);
    if (cursor.is_bad || count > wh_cursor_left(&cursor))
        return corrupt(err, "there are fewer than stated");
    reader->count = (size_t)count;
    reader->streams = wh_arena_array(arena, WH_MAX(reader->count, 1), sizeof(*reader->streams));
    if (reader->streams == NULL)
        return wh_error_no_memory(err, reader->count * sizeof(*reader->streams));
    return read_directory(reader, &cursor, limit, err);
}

void wh_stream_reader_release(struct wh_stream_reader *reader)
{
    ZSTD_freeDCtx(reader->context);
    reader->context = NULL;
}

static wh_code decompress(struct wh_stream_reader *reader, const struct wh_stream *stream,
                          char *room, struct wh_error *err)
{
    if (reader->context == NULL)
        reader->context = ZSTD_createDCtx();
    if (reader->context == NULL)
        return wh_error_no_memory(err, sizeof(void *));
    size_t size = ZSTD_decompressDCtx(reader->context, room, stream->size, stream->stored.ptr,
                                      stream->stored.len);
    if (ZSTD_isError(size) || size != stream->size)
        return corrupt(err, "a zstd frame is damaged");
    return WH_OK;
}

wh_code wh_stream_read(struct wh_stream_reader *reader, size_t index, struct wh_str *ret,
                       struct wh_error *err)
{
    if (index >= reader->count)
        return corrupt(err, "one is missing");
    const struct wh_stream *stream = &reader->streams[index];
    *ret = stream->stored;
    if (stream->coding == EMPTY)
        *ret = WH_STR("");
    if (stream->coding == EMPTY || stream->coding == PLAIN)
        return WH_OK;
    /* What a frame says of itself is looked at before memory is taken for it. */
    if (stream->coding == ZSTD &&
        ZSTD_getFrameContentSize(stream->stored.ptr, stream->stored.len) != stream->size)
        return corrupt(err, "a zstd frame has another length than stated");
    char *room = wh_arena_bytes(reader->arena, stream->size);
    if (room == NULL)
        return wh_error_no_memory(err, stream->size);
    *ret = wh_str_make(room, stream->size);
    if (stream->coding == ZSTD)
        return decompress(reader, stream, room, err);
    memset(room, stream->stored.ptr[0], stream->size);
    return WH_OK;
}
