/* SPDX-License-Identifier: Apache-2.0 */
/** Files that belong to another and are called like it but for their ending: memos of DBF files. */
#include "connect/file/beside.h"
#include "base/error.h"
#include "stream/archive.h"

#define PIECE ((size_t)256 << 10)

/* A member of an archive is unpacked into a temporary file; above this size at most so many times
 * as large as the archive. */
#define LARGE_MEMBER ((uint64_t)512 << 20)
#define MEMBER_RATIO 200

void wh_file_beside_close(struct wh_file_beside *beside)
{
    if (beside == NULL)
        return;
    wh_file_close(&beside->file);
    wh_spill_file_close(&beside->unpacked);
}

/* @p name with another ending; in capitals, as DOS has it, or not. */
static wh_code name_with(struct wh_str name, const char *suffix, bool is_upper,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    size_t base = name.len;
    while (base > 0 && name.ptr[base - 1] != '.' && name.ptr[base - 1] != '/')
        base--;
    name.len = base > 0 && name.ptr[base - 1] == '.' ? base - 1 : name.len;
    size_t len = strlen(suffix);
    char *room = wh_arena_bytes(arena, name.len + len + 1);
    if (room == NULL)
        return wh_error_no_memory(err, name.len + len + 1);
    if (name.len > 0)
        memcpy(room, name.ptr, name.len);
    for (size_t i = 0; i <= len; i++) {
        bool is_small = suffix[i] >= 'a' && suffix[i] <= 'z';
        room[name.len + i] = (char)(is_upper && is_small ? suffix[i] - 'a' + 'A' : suffix[i]);
    }
    *ret = wh_str_make(room, name.len + len);
    return WH_OK;
}

/* ---- members of archives --------------------------------------------------------------------- */

static wh_code unpack(struct wh_file_beside *beside, struct wh_feed *feed, struct wh_arena *scratch,
                      struct wh_error *err)
{
    const struct wh_file *archive = &beside->stream->file;
    char *piece = wh_arena_bytes(scratch, PIECE);
    if (piece == NULL)
        return wh_error_no_memory(err, PIECE);
    for (;;) {
        size_t got;
        uint64_t size = beside->unpacked.size;
        WH_TRY(wh_file_check_cancel(beside->source, WH_CANCEL_AFTER_GROUP, err));
        WH_TRY(feed->functions->read(feed, piece, PIECE, &got, err));
        if (got == 0)
            return WH_OK;
        if (size > LARGE_MEMBER && size / MEMBER_RATIO > archive->stamp.size)
            return wh_error_set(
                err, WH_LIMIT,
                "over %d times the size of the archive come out of '%.*s'; that are "
                "no memos",
                MEMBER_RATIO, WH_FMT(beside->name));
        WH_TRY(wh_spill_file_append(&beside->unpacked, wh_str_make(piece, got), err));
    }
}

static bool is_member(const struct wh_str *members, size_t count, struct wh_str name)
{
    for (size_t i = 0; i < count; i++)
        if (wh_str_equal(members[i], name))
            return true;
    return false;
}

static wh_code open_member(struct wh_file_beside *beside, const char *suffix, bool is_upper,
                           struct wh_arena *scratch, struct wh_error *err)
{
    const struct wh_file *archive = &beside->stream->file;
    struct wh_str name;
    struct wh_str *members;
    size_t count;
    struct wh_feed *feed;
    WH_TRY(
        name_with(wh_str_from(beside->known->form.member), suffix, is_upper, scratch, &name, err));
    WH_TRY(wh_archive_list(archive, scratch, &members, &count, err));
    if (!is_member(members, count, name))
        return WH_END;
    WH_TRY(wh_archive_open_member(archive, name.ptr, &feed, err));
    wh_code rc = wh_spill_file_open(&beside->unpacked, NULL, err);
    if (rc == WH_OK)
        rc = unpack(beside, feed, scratch, err);
    wh_feed_free(feed);
    beside->size = beside->unpacked.size;
    return rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

static wh_code open_file(struct wh_file_beside *beside, const char *suffix, bool is_upper,
                         struct wh_error *err)
{
    struct wh_str own = wh_str_from(beside->known->path);
    struct wh_str path;
    if (beside->known->form.codec != NULL)
        own = wh_codec_strip_suffix(own);
    WH_TRY(name_with(own, suffix, is_upper, beside->arena, &path, err));
    if (!wh_path_is_there(path.ptr))
        return WH_END;
    WH_TRY(wh_file_open(&beside->file, path.ptr, err));
    beside->size = beside->file.stamp.size;
    return WH_OK;
}

static wh_code open_with(struct wh_file_beside *beside, const char *suffix, bool is_upper,
                         struct wh_error *err)
{
    struct wh_str shown = beside->known->name;
    if (beside->known->form.codec != NULL)
        shown = wh_codec_strip_suffix(shown);
    WH_TRY(name_with(shown, suffix, is_upper, beside->arena, &beside->name, err));
    if (beside->known->form.member == NULL)
        return open_file(beside, suffix, is_upper, err);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    return open_member(beside, suffix, is_upper, &scratch, err);
}

wh_code wh_file_beside_find(struct wh_file_beside *beside, const char *const *suffixes,
                            size_t *ret_suffix, struct wh_error *err)
{
    /* Nothing is beside standard input. */
    if (beside->known->form.spool != NULL)
        return WH_END;
    for (*ret_suffix = 0; suffixes[*ret_suffix] != NULL; ++*ret_suffix) {
        for (int is_upper = 0; is_upper <= 1; is_upper++) {
            wh_code rc = open_with(beside, suffixes[*ret_suffix], is_upper == 1, err);
            if (rc != WH_END)
                return rc;
        }
    }
    return WH_END;
}

wh_code wh_file_beside_read(const struct wh_file_beside *beside, uint64_t offset, char *room,
                            size_t len, size_t *ret_len, struct wh_error *err)
{
    if (beside->file.fd >= 0)
        return wh_file_read_at(&beside->file, offset, room, len, ret_len, err);
    uint64_t left = offset < beside->size ? beside->size - offset : 0;
    *ret_len = (size_t)WH_MIN(left, (uint64_t)len);
    return wh_spill_file_read(&beside->unpacked, offset, room, *ret_len, err);
}

wh_code wh_file_beside_expect(const struct wh_file_beside *beside, struct wh_error *err)
{
    return beside->file.fd >= 0 ? wh_file_expect(&beside->file, beside->file.stamp, err) : WH_OK;
}
