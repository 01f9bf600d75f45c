/* SPDX-License-Identifier: Apache-2.0 */
/** How files are packed: told by their first bytes, never by their names. */
#include "base/error.h"
#include "connect/file/source.h"
#include "stream/archive.h"
#include "stream/pattern.h"

/* Enough for every mark below. */
#define HEAD_SIZE ((size_t)512)

/* First bytes of files that are read in no way, and what to do about them. */
static const struct {
    size_t offset;
    struct wh_str bytes;
    const char *message;
} foreign[] = {
    {0, {"\x04\x22\x4D\x18", 4}, "compressed with lz4; unpack it: unlz4"},
    {0, {"\x1F\x9D", 2}, "compressed with compress; unpack it: uncompress"},
    {0, {"LZIP\x01", 5}, "compressed with lzip; unpack it: lzip -d"},
    {0, {"7z\xBC\xAF\x27\x1C", 6}, "a 7z archive; unpack it: 7z x"},
    {0, {"Rar!\x1A\x07", 6}, "a RAR archive; unpack it: unrar x"},
    {0,
     {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8},
     "an old workbook (.xls), or one with a password; save it as .xlsx without one"},
    {257, {"ustar", 5}, "a tar archive; unpack it: tar xf"},
};

static wh_code refuse_foreign(const struct wh_source_file *known, struct wh_str head,
                              struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(foreign); i++) {
        size_t offset = foreign[i].offset;
        if (head.len > offset &&
            wh_str_starts_with(wh_str_make(head.ptr + offset, head.len - offset), foreign[i].bytes))
            return wh_error_set(err, WH_UNSUPPORTED, "'%.*s' is %s", WH_FMT(known->name),
                                foreign[i].message);
    }
    return WH_OK;
}

wh_code wh_file_refuse_inner(const struct wh_source_file *known, struct wh_str head,
                             struct wh_error *err)
{
    const struct wh_codec *codec = wh_codec_of_head(head);
    if (codec != NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'%.*s' is packed twice, inside with %s; unpack it once",
                            WH_FMT(known->name), codec->name);
    if (wh_archive_starts(head))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'%.*s' holds a zip archive that is packed once more; unpack it once",
                            WH_FMT(known->name));
    return refuse_foreign(known, head, err);
}

/* The one file of an archive that is named as a whole. */
static wh_code take_only_member(struct wh_source_file *known, const struct wh_str *members,
                                size_t count, struct wh_error *err)
{
    if (count == 0)
        return wh_error_set(err, WH_INVALID, "the archive '%.*s' holds no file",
                            WH_FMT(known->name));
    if (count > 1 && known->form.spool != NULL)
        return wh_error_set(
            err, WH_INVALID,
            "the archive in '%.*s' holds %zu files; write it to a file and name one "
            "of them with 'from'",
            WH_FMT(known->name), count);
    if (count > 1)
        return wh_error_set(
            err, WH_INVALID,
            "the archive '%.*s' holds %zu files; name one with 'from: %.*s/%.*s', or "
            "a pattern such as '%.*s/*.csv'",
            WH_FMT(known->name), count, WH_FMT(known->name), WH_FMT(members[0]),
            WH_FMT(known->name));
    known->form.member = members[0].ptr;
    return WH_OK;
}

/* Whether the file is of a format whose files are archives. */
static bool is_archive_itself(const struct wh_format_options *options,
                              const struct wh_source_file *known)
{
    const struct wh_format *format =
        options->type.len > 0 ? wh_format_find(options->type) : wh_format_of_file(known->name);
    return format != NULL && format->is_archive;
}

/* An archive that may be a file of a format itself, whatever its name, or else holds one. */
static wh_code look_into(const struct wh_format_options *options, struct wh_source_file *known,
                         const struct wh_file *file, struct wh_arena *arena, struct wh_error *err)
{
    struct wh_str *members;
    size_t count;
    WH_TRY(wh_archive_list(file, arena, &members, &count, err));
    if (options->type.len == 0)
        known->told = wh_format_of_members(members, count);
    return known->told != NULL ? WH_OK : take_only_member(known, members, count, err);
}

wh_code wh_file_recognize(const struct wh_format_options *options, struct wh_source_file *known,
                          struct wh_arena *arena, struct wh_error *err)
{
    WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
    WH_TRY(wh_stream_open_file(&file, known->path, &known->form, err));
    known->stamp = file.stamp;
    if (known->form.member != NULL)
        return WH_OK;
    char head[HEAD_SIZE];
    size_t got;
    WH_TRY(wh_file_read_at(&file, 0, head, sizeof(head), &got, err));
    struct wh_str text = wh_str_make(head, got);
    if (wh_archive_starts(text) && is_archive_itself(options, known))
        return WH_OK;
    if (wh_archive_starts(text))
        return look_into(options, known, &file, arena, err);
    known->form.codec = wh_codec_of_head(text);
    return refuse_foreign(known, text, err);
}

static wh_code note_told(struct wh_file_source *source, const char *why, struct wh_error *err)
{
    return wh_arena_format(&source->arena, &source->detected, err,
                           "; %s; to pin it: format: { type: %s }", why, source->told->name);
}

wh_code wh_file_tell_by_head(struct wh_file_source *source, struct wh_error *err)
{
    const struct wh_source_file *known = &source->files[0];
    source->told = known->told;
    if (source->told != NULL)
        return note_told(source, "it has the parts of one", err);
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    char head[HEAD_SIZE];
    size_t got;
    WH_TRY(wh_stream_open(&stream, known->path, known->form, err));
    wh_code rc = wh_stream_read_at(&stream, 0, head, sizeof(head), &got, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(known->name));
    source->told = wh_format_of_head(wh_str_make(head, got));
    return source->told != NULL ? note_told(source, "it begins like one", err) : WH_OK;
}

/* ---- members of archives --------------------------------------------------------------------- */

static wh_code add_member(struct wh_file_source *source, struct wh_str path, struct wh_str shown,
                          struct wh_str member, struct wh_error *err)
{
    struct wh_source_file *file = &source->files[source->file_count++];
    file->path = path.ptr;
    file->form.member = member.ptr;
    return wh_path_join(shown, member, &source->arena, &file->name, err);
}

wh_code wh_file_find_members(struct wh_file_source *source, struct wh_str path, struct wh_str shown,
                             struct wh_str wanted, struct wh_error *err)
{
    WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
    WH_TRY(wh_file_open(&file, path.ptr, err));
    struct wh_str *members;
    size_t count;
    WH_TRY(wh_archive_list(&file, &source->arena, &members, &count, err));
    source->files = wh_arena_array(&source->arena, count, sizeof(*source->files));
    if (source->files == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->files));
    /* A member whose very name holds a * is meant before what it matches. */
    for (size_t i = 0; i < count; i++)
        if (wh_str_equal(members[i], wanted))
            return add_member(source, path, shown, members[i], err);
    struct wh_pattern pattern;
    WH_TRY(wh_pattern_parse(wanted, &source->arena, &pattern, err));
    for (size_t i = 0; i < count; i++) {
        bool is_meant = false;
        WH_TRY(wh_pattern_matches(&pattern, members[i], &source->arena, &is_meant, err));
        if (is_meant)
            WH_TRY(add_member(source, path, shown, members[i], err));
    }
    if (source->file_count == 0)
        return wh_error_set(err, WH_UNREACHABLE, "no member of '%.*s' matches '%.*s'", WH_FMT(path),
                            WH_FMT(wanted));
    return WH_OK;
}
