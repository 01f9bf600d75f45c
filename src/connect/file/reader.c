/* SPDX-License-Identifier: Apache-2.0 */
/** Reading chunks into batches. */
#include <inttypes.h>

#include "base/error.h"
#include "connect/file/source.h"

struct file_reader {
    const struct wh_file_source *source;
    const struct wh_format *format;   /* the source's */
    struct wh_format_reader *parsing; /* the format's */
    struct wh_window window;
    struct wh_stream stream;
    struct wh_file_chunk chunk;
    uint64_t line;   /* of the next record */
    uint64_t digest; /* of the chunk up to the last batch's end */
};

static struct file_reader *reader_from(struct wh_reader *reader)
{
    return (struct file_reader *)reader;
}

void wh_file_reader_close(struct wh_reader *opened)
{
    if (opened == NULL)
        return;
    struct file_reader *reader = reader_from(opened);
    if (reader->parsing != NULL)
        reader->format->reader_free(reader->parsing);
    wh_window_release(&reader->window);
    wh_stream_close(&reader->stream);
    free(reader);
}

wh_code wh_file_reader_open(struct wh_source *opened, struct wh_reader **ret, struct wh_error *err)
{
    struct file_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->source = wh_file_source_from(opened);
    reader->format = reader->source->format;
    reader->stream = WH_STREAM_CLOSED;
    wh_code rc = reader->format->reader_new(reader->source->parser, reader->source->batch_rows,
                                            &reader->parsing, err);
    if (rc == WH_OK)
        rc = wh_window_init(&reader->window, reader->source->block_size, true, err);
    if (rc != WH_OK) {
        wh_file_reader_close((struct wh_reader *)reader);
        return rc;
    }
    *ret = (struct wh_reader *)reader;
    return WH_OK;
}

/* ---- seeking --------------------------------------------------------------------------------- */

/* Takes bytes up to @p position, adding their line ends to *@p lines;
 * the window's digest runs along. */
static wh_code pass_until(const struct wh_file_source *source, struct wh_window *window,
                          uint64_t position, uint64_t *lines, struct wh_error *err)
{
    char before = '\n'; /* the chunk starts where a record does */
    for (;;) {
        uint64_t left = position - wh_window_position(window);
        struct wh_str text = wh_window_text(window);
        text.len = left < text.len ? (size_t)left : text.len;
        *lines += source->format->count_lines(source->parser, before, text);
        if (text.len > 0)
            before = text.ptr[text.len - 1];
        wh_window_take(window, text.len);
        if (text.len == left)
            return WH_OK;
        WH_TRY(wh_file_check_cancel(source, WH_CANCEL_AFTER_GROUP, err));
        WH_TRY(wh_window_fill(window, 0, err));
    }
}

static wh_code parse_place(const struct wh_file_source *source, struct wh_str text,
                           uint64_t position, struct wh_file_chunk *ret, struct wh_error *err)
{
    WH_TRY(wh_file_chunk_parse(source, text, ret, err));
    if (position != 0 && (position < ret->start || position > ret->end))
        return wh_error_set(err, WH_CORRUPT, "position %" PRIu64 " is outside chunk '%.*s'",
                            position, WH_FMT(text));
    return WH_OK;
}

wh_code wh_file_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                            struct wh_error *err)
{
    struct file_reader *reader = reader_from(opened);
    const struct wh_file_source *source = reader->source;
    struct wh_file_chunk chunk;
    WH_TRY(parse_place(source, text, position, &chunk, err));
    if (reader->stream.file.fd < 0 || chunk.file != reader->chunk.file) {
        wh_stream_close(&reader->stream);
        WH_TRY(wh_file_source_reopen(source, chunk.file, &reader->stream, err));
    }
    reader->chunk = chunk;
    reader->line = chunk.line;
    wh_window_seek(&reader->window, &reader->stream, chunk.start, chunk.end);
    /* Lines are known from the chunk's start only, and so is the digest: what was done is passed
     * over once more. */
    if (position != 0)
        WH_TRY(pass_until(source, &reader->window, position, &reader->line, err));
    reader->digest = wh_hash_stream_value(reader->window.digest);
    return WH_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct wh_position position_of(const struct file_reader *reader)
{
    return (struct wh_position){.offset = wh_window_position(&reader->window),
                                .line = reader->line,
                                .file = (uint32_t)reader->chunk.file};
}

/* Whether the chunk's end is that of the file's records. */
static wh_code ends_data(struct file_reader *reader, bool *ret, struct wh_error *err)
{
    uint64_t data_end = reader->source->files[reader->chunk.file].data_end;
    *ret = reader->chunk.end == data_end;
    if (data_end != WH_STREAM_SIZE_UNKNOWN)
        return WH_OK;
    return wh_stream_ends_at(&reader->stream, reader->chunk.end, ret, err);
}

/* Bytes that are no character in the file's encoding were decoded to escapes: what a bad record
 * holds of them becomes what stands in the file. */
static wh_code undo_escapes(const struct file_reader *reader, struct wh_batch *batch, size_t first,
                            struct wh_error *err)
{
    const struct wh_encoding *encoding = &reader->stream.form.encoding;
    if (encoding->kind == WH_ENCODING_UTF8)
        return WH_OK;
    for (size_t i = first; i < batch->bad_count; i++) {
        struct wh_bad_record *bad = &batch->bad[i];
        size_t len = bad->raw.len;
        bad->raw = wh_decode_undo(encoding, bad->raw, &batch->arena);
        if (bad->raw.ptr == NULL && len > 0)
            return wh_error_no_memory(err, len);
    }
    return WH_OK;
}

/* Reads whole records of the bytes in hand into @p batch. */
static wh_code read_text(struct file_reader *reader, struct wh_batch *batch, struct wh_error *err)
{
    struct wh_window *window = &reader->window;
    struct wh_format_text text = {.bytes = wh_window_text(window),
                                  .is_last = wh_window_is_last(window),
                                  .position = position_of(reader)};
    if (text.bytes.len == 0)
        return WH_OK;
    if (text.is_last)
        WH_TRY(ends_data(reader, &text.is_file_end, err));
    WH_TRY(wh_window_share(window, batch, err));
    size_t used;
    size_t bad_before = batch->bad_count;
    WH_TRY(reader->format->read(reader->parsing, &text, batch, &used, err));
    WH_TRY(undo_escapes(reader, batch, bad_before, err));
    reader->line = text.position.line;
    wh_window_take(window, used);
    return WH_OK;
}

/* The window is full and holds no whole record. */
static wh_code read_large(struct file_reader *reader, struct wh_batch *batch, struct wh_error *err)
{
    struct wh_bad_record bad = {.position = position_of(reader),
                                .before_row = (uint32_t)batch->row_count};
    struct wh_large_record record = {.ends_file = false};
    WH_TRY(ends_data(reader, &record.ends_file, err));
    WH_TRY(wh_file_take_large(reader->source, &reader->window, &batch->arena, &record, err));
    if (record.verdict.kind == WH_VERDICT_READABLE)
        return WH_OK;
    bad.reason = record.reason;
    bad.raw = record.raw;
    bad.size = record.verdict.size;
    reader->line += record.verdict.lines;
    batch->size += record.verdict.size;
    WH_TRY(wh_batch_add_bad(batch, &bad, err));
    return undo_escapes(reader, batch, batch->bad_count - 1, err);
}

static bool is_full(const struct file_reader *reader, const struct wh_batch *batch)
{
    return reader->format->is_full(reader->parsing, batch);
}

/* Fills @p batch from as many windows as it takes. Being asked to stop after the group is no reason
 * to leave a batch half read: that group may need it. */
static wh_code fill_batch(struct file_reader *reader, struct wh_batch *batch, struct wh_error *err)
{
    struct wh_window *window = &reader->window;
    while (!is_full(reader, batch)) {
        WH_TRY(read_text(reader, batch, err));
        if (is_full(reader, batch))
            return WH_OK;
        WH_TRY(wh_file_check_cancel(reader->source, WH_CANCEL_NOW, err));
        if (wh_window_is_last(window)) {
            WH_ASSERT(wh_window_text(window).len == 0, err);
            return WH_OK;
        }
        if (wh_window_is_full(window))
            WH_TRY(read_large(reader, batch, err));
        else
            WH_TRY(wh_window_fill(window, 0, err));
    }
    return WH_OK;
}

wh_code wh_file_reader_read(struct wh_reader *opened, struct wh_batch *batch, struct wh_error *err)
{
    struct file_reader *reader = reader_from(opened);
    WH_ASSERT(reader->stream.file.fd >= 0, err);
    WH_TRY(reader->format->begin(reader->parsing, batch, err));
    WH_TRY(fill_batch(reader, batch, err));
    WH_TRY(wh_file_add_name(reader->source, reader->chunk.file, batch, err));
    batch->end_offset = wh_window_position(&reader->window);
    /* Every batch: who knows how many records the chunk has does not ask for its end. */
    WH_TRY(wh_file_source_expect(reader->source, reader->chunk.file, &reader->stream, err));
    if (batch->row_count == 0 && batch->bad_count == 0)
        return WH_END;
    reader->digest = wh_hash_stream_value(reader->window.digest);
    return WH_OK;
}

/* ---- digests --------------------------------------------------------------------------------- */

wh_code wh_file_reader_digest(struct wh_reader *opened, uint64_t *ret, struct wh_error *err)
{
    (void)err;
    *ret = reader_from(opened)->digest;
    return WH_OK;
}

static wh_code digest_part(const struct wh_file_source *source, const struct wh_file_chunk *chunk,
                           uint64_t position, struct wh_window *window, struct wh_error *err)
{
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    WH_TRY(wh_file_source_reopen(source, chunk->file, &stream, err));
    wh_window_seek(window, &stream, chunk->start, chunk->end);
    uint64_t lines = 0;
    return pass_until(source, window, position != 0 ? position : chunk->start, &lines, err);
}

wh_code wh_file_reader_digest_until(struct wh_reader *opened, struct wh_str text, uint64_t position,
                                    uint64_t *ret, struct wh_error *err)
{
    const struct file_reader *reader = reader_from(opened);
    struct wh_file_chunk chunk;
    WH_TRY(parse_place(reader->source, text, position, &chunk, err));
    WH_CLEANUP(wh_window_release) struct wh_window window;
    WH_TRY(wh_window_init(&window, reader->source->block_size, true, err));
    WH_TRY(digest_part(reader->source, &chunk, position, &window, err));
    *ret = wh_hash_stream_value(window.digest);
    return WH_OK;
}
