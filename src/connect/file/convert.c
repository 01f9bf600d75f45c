/* SPDX-License-Identifier: Apache-2.0 */
/** Files that are no text: turned into records in a temporary file when the source is opened. */
#include <inttypes.h>

#include "base/error.h"
#include "connect/file/beside.h"
#include "connect/file/source.h"
#include "stream/archive.h"

#define PIECE ((size_t)256 << 10)

/* A bomb: parts above the size that are so many times larger than the file; records the same. */
#define LARGE_PART ((uint64_t)512 << 20)
#define PART_RATIO 200
#define LARGE_RECORDS ((uint64_t)256 << 20)
#define RECORDS_RATIO 1000

/* Bytes of what is told of files, about. */
#define MAX_NOTES ((size_t)2000)

struct conversion {
    struct wh_file_source *source;
    const struct wh_source_file *known;
    struct wh_stream stream;
    struct wh_arena scratch;
    struct wh_str *members; /* of an archive, sorted */
    size_t member_count;
    char *piece;
    struct wh_file_beside beside;
};

static wh_code check_size(const struct conversion *conversion, uint64_t size, uint64_t large,
                          uint64_t ratio, struct wh_error *err)
{
    uint64_t packed = conversion->known->stamp.size + conversion->beside.size;
    if (size <= large || size / ratio <= packed)
        return WH_OK;
    return wh_error_set(err, WH_LIMIT,
                        "more than %" PRIu64 " MiB come out of a file of %" PRIu64
                        " bytes, over %" PRIu64 " times its size; that is no table",
                        large >> 20, packed, ratio);
}

static wh_code put(void *ctx, struct wh_str bytes, struct wh_error *err)
{
    struct conversion *conversion = ctx;
    struct wh_spill_file *converted = &conversion->source->converted.kept;
    uint64_t size = converted->size - conversion->known->data_start + bytes.len;
    WH_TRY(check_size(conversion, size, LARGE_RECORDS, RECORDS_RATIO, err));
    return wh_spill_file_append(converted, bytes, err);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* The member called @p name; NULL where there is none. */
static const char *find_member(const struct conversion *conversion, struct wh_str name)
{
    if (conversion->member_count == 0)
        return NULL;
    const struct wh_str *found =
        bsearch(&name, conversion->members, conversion->member_count, sizeof(name), wh_str_order);
    return found != NULL ? found->ptr : NULL;
}

static wh_code hand_on(struct conversion *conversion, struct wh_feed *feed, wh_take_bytes *take,
                       void *take_ctx, struct wh_error *err)
{
    uint64_t size = 0;
    for (;;) {
        size_t got;
        WH_TRY(wh_file_check_cancel(conversion->source, WH_CANCEL_AFTER_GROUP, err));
        WH_TRY(feed->functions->read(feed, conversion->piece, PIECE, &got, err));
        if (got == 0)
            return WH_OK;
        size += got;
        WH_TRY(check_size(conversion, size, LARGE_PART, PART_RATIO, err));
        wh_code rc = take(take_ctx, wh_str_make(conversion->piece, got), err);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
    }
}

static wh_code read_part(void *ctx, struct wh_str name, wh_take_bytes *take, void *take_ctx,
                         struct wh_error *err)
{
    struct conversion *conversion = ctx;
    struct wh_feed *feed;
    const char *member = find_member(conversion, name);
    if (member == NULL)
        return WH_END;
    WH_TRY(wh_archive_open_member(&conversion->stream.file, member, &feed, err));
    wh_code rc = hand_on(conversion, feed, take, take_ctx, err);
    wh_feed_free(feed);
    return rc;
}

static wh_code read_all(void *ctx, wh_take_bytes *take, void *take_ctx, struct wh_error *err)
{
    struct conversion *conversion = ctx;
    for (uint64_t offset = 0;;) {
        size_t got;
        WH_TRY(wh_file_check_cancel(conversion->source, WH_CANCEL_AFTER_GROUP, err));
        WH_TRY(wh_stream_read_at(&conversion->stream, offset, conversion->piece, PIECE, &got, err));
        wh_code rc = got == 0 ? WH_END : take(take_ctx, wh_str_make(conversion->piece, got), err);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
        offset += got;
    }
}

/* ---- what is beside it ----------------------------------------------------------------------- */

static wh_code find_beside(void *ctx, const char *const *suffixes, struct wh_beside *ret,
                           struct wh_error *err)
{
    struct conversion *conversion = ctx;
    struct wh_file_beside *beside = &conversion->beside;
    WH_TRY(wh_file_beside_find(beside, suffixes, &ret->suffix, err));
    ret->name = beside->name;
    ret->size = beside->size;
    return WH_OK;
}

static wh_code read_beside(void *ctx, uint64_t offset, char *room, size_t len, size_t *ret_len,
                           struct wh_error *err)
{
    const struct conversion *conversion = ctx;
    return wh_file_beside_read(&conversion->beside, offset, room, len, ret_len, err);
}

/* ---- the file -------------------------------------------------------------------------------- */

static wh_code open_parts(struct conversion *conversion, struct wh_error *err)
{
    const struct wh_source_file *known = conversion->known;
    bool is_archive = conversion->source->format->is_archive;
    if (is_archive && (known->form.codec != NULL || known->form.member != NULL))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "files of format %s are not read inside of packed ones; unpack it",
                            conversion->source->format->name);
    conversion->piece = wh_arena_bytes(&conversion->scratch, PIECE);
    if (conversion->piece == NULL)
        return wh_error_no_memory(err, PIECE);
    WH_TRY(wh_stream_open(&conversion->stream, known->path, known->form, err));
    WH_TRY(wh_file_expect(&conversion->stream.file, known->stamp, err));
    if (!is_archive)
        return WH_OK;
    return wh_archive_list(&conversion->stream.file, &conversion->scratch, &conversion->members,
                           &conversion->member_count, err);
}

static wh_code convert(struct conversion *conversion, struct wh_arena *arena,
                       struct wh_converted *ret, struct wh_error *err)
{
    struct wh_file_source *source = conversion->source;
    struct wh_parts parts = {.ctx = conversion,
                             .read = read_part,
                             .read_all = read_all,
                             .find_beside = find_beside,
                             .read_beside = read_beside};
    struct wh_convert_request request = {.options = &source->options,
                                         .parts = &parts,
                                         .expected = source->key,
                                         .budget = source->budget,
                                         .put = put,
                                         .put_ctx = conversion,
                                         .arena = arena};
    WH_TRY(open_parts(conversion, err));
    WH_TRY(source->format->convert(&request, ret, err));
    WH_TRY(wh_file_beside_expect(&conversion->beside, err));
    return wh_file_expect(&conversion->stream.file, conversion->known->stamp, err);
}

/* What people should know of a file: by its name where there are several;
 * of the first files that have anything. */
static wh_code add_notes(struct wh_file_source *source, const struct wh_source_file *known,
                         struct wh_str notes, struct wh_error *err)
{
    struct wh_str *all = &source->converted_notes;
    if (notes.len == 0 || all->len > MAX_NOTES)
        return WH_OK;
    struct wh_str name = source->file_count > 1 ? known->name : WH_STR_NONE;
    return wh_arena_format(&source->arena, all, err, "%.*s%s%.*s%.*s%s", WH_FMT(*all),
                           name.len > 0 ? "; " : "", WH_FMT(name), WH_FMT(notes),
                           all->len + notes.len > MAX_NOTES ? "; …" : "");
}

wh_code wh_file_convert(struct wh_file_source *source, size_t index, struct wh_arena *arena,
                        struct wh_converted *ret, struct wh_error *err)
{
    struct wh_source_file *known = &source->files[index];
    struct conversion conversion = {.source = source,
                                    .known = known,
                                    .stream = WH_STREAM_CLOSED,
                                    .beside = WH_FILE_BESIDE_NONE};
    conversion.beside.source = source;
    conversion.beside.known = known;
    conversion.beside.stream = &conversion.stream;
    conversion.beside.arena = &conversion.scratch;
    if (source->converted.kept.descriptor < 0)
        WH_TRY(wh_spill_file_open(&source->converted.kept, NULL, err));
    wh_arena_init(&conversion.scratch);
    known->data_start = source->converted.kept.size;
    wh_code rc = convert(&conversion, arena, ret, err);
    known->data_line = 1;
    known->data_end = source->converted.kept.size;
    known->beside = conversion.beside.file.stamp;
    wh_file_beside_close(&conversion.beside);
    wh_stream_close(&conversion.stream);
    wh_arena_release(&conversion.scratch);
    WH_TRY(rc);
    WH_TRY(add_notes(source, known, ret->notes, err));
    bool is_line = ret->table.len > 0 && memchr(ret->table.ptr, '\n', ret->table.len) == NULL;
    if (is_line)
        WH_TRY(wh_arena_format(&source->arena, &known->place, err, "%.*s/%.*s", WH_FMT(known->name),
                               WH_FMT(ret->table)));
    return wh_arena_copy(&source->arena, ret->found, &known->found, err);
}
