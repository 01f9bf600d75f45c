/* SPDX-License-Identifier: Apache-2.0 */
/** From `source:` and `from:` to a list of files. */
#include "base/error.h"
#include "connect/file/source.h"
#include "stream/archive.h"
#include "stream/pattern.h"

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_scheme_byte(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '+' || byte == '-' ||
           byte == '.';
}

/* The bytes before the colon of a scheme, 0 where there is none. One letter is no scheme. */
static size_t scheme_length(struct wh_str url)
{
    size_t len = 0;
    while (len < url.len && is_scheme_byte(url.ptr[len]))
        len++;
    bool is_scheme = len > 1 && len < url.len && url.ptr[len] == ':' && is_letter(url.ptr[0]);
    return is_scheme ? len : 0;
}

static bool has_file_scheme(struct wh_str url)
{
    return scheme_length(url) == 4 &&
           wh_str_equal_ascii_fold(wh_str_make(url.ptr, 4), WH_STR("file"));
}

bool wh_file_accepts(struct wh_str url)
{
    return scheme_length(url) == 0 || has_file_scheme(url);
}

/* file:folder, file:/folder, file:///folder, or a plain path. */
wh_code wh_file_url_path(struct wh_str url, struct wh_str *ret, struct wh_error *err)
{
    *ret = url;
    if (!has_file_scheme(url))
        return WH_OK;
    *ret = wh_str_make(url.ptr + 5, url.len - 5);
    if (!wh_str_starts_with(*ret, WH_STR("//")))
        return WH_OK;
    if (!wh_str_starts_with(*ret, WH_STR("///")))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'%.*s' names another machine; files are on this one only: "
                            "file:folder or file:///folder",
                            WH_FMT(url));
    *ret = wh_str_make(ret->ptr + 2, ret->len - 2);
    return WH_OK;
}

static wh_code refuse_nul(struct wh_str path, struct wh_error *err)
{
    if (path.len > 0 && memchr(path.ptr, '\0', path.len) != NULL)
        return wh_error_set(err, WH_INVALID, "a file name cannot hold a NUL byte");
    return WH_OK;
}

/* True where the NUL-terminated @p path is a file that begins as archives do. */
static bool is_archive(struct wh_str path)
{
    WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
    char head[4];
    size_t got;
    struct wh_error unused = WH_ERROR_NONE;
    return wh_file_open(&file, path.ptr, &unused) == WH_OK &&
           wh_file_read_at(&file, 0, head, sizeof(head), &got, &unused) == WH_OK &&
           wh_archive_starts(wh_str_make(head, got));
}

/* @p path below @p folder, as it is opened and told in messages: a "." at its beginning, which says
 * nothing, is left out. */
static wh_code join_below(struct wh_str folder, struct wh_str path, struct wh_arena *arena,
                          struct wh_str *ret, struct wh_error *err)
{
    while (wh_str_starts_with(path, WH_STR("./"))) {
        size_t at = 1;
        while (at < path.len && path.ptr[at] == '/')
            at++;
        path = wh_str_make(path.ptr + at, path.len - at);
    }
    if (path.len == 0 || wh_str_is(path, "."))
        return wh_arena_copy(arena, folder, ret, err);
    return wh_path_join(folder, path, arena, ret, err);
}

/* One path for both: @p ret_shown is the part of it that names a file to people. */
static wh_code join_request(const struct wh_source_request *request, struct wh_arena *arena,
                            struct wh_str *ret, struct wh_str *ret_shown, struct wh_error *err)
{
    struct wh_str path;
    WH_TRY(wh_file_url_path(request->url, &path, err));
    WH_TRY(refuse_nul(path, err));
    WH_TRY(refuse_nul(request->from, err));
    WH_TRY(join_below(request->base_folder, path, arena, ret, err));
    if (ret->len == 0)
        *ret = WH_STR(".");

    struct wh_str folder;
    if (!wh_path_is_folder(ret->ptr)) {
        wh_path_cut(*ret, &folder, ret_shown);
        if (request->from.len > 0 && wh_path_is_there(ret->ptr) && is_archive(*ret)) {
            WH_TRY(wh_path_join(*ret_shown, request->from, arena, ret_shown, err));
            return wh_path_join(*ret, request->from, arena, ret, err);
        }
        if (request->from.len > 0 && !wh_str_equal(request->from, *ret_shown))
            return wh_error_set(err, wh_path_is_there(ret->ptr) ? WH_INVALID : WH_UNREACHABLE,
                                "the source '%.*s' is no folder, so 'from: %.*s' cannot be in it",
                                WH_FMT(*ret), WH_FMT(request->from));
        return WH_OK;
    }
    if (request->from.len == 0)
        return wh_error_set(err, WH_INVALID,
                            "'%.*s' is a folder; say with 'from' which file in it, or which "
                            "pattern; all files below it are '**'",
                            WH_FMT(*ret));
    *ret_shown = request->from;
    return join_below(*ret, request->from, arena, ret, err);
}

/* A path in two: what is there by that very name, and what is looked for in it. */
struct wanted {
    struct wh_str folder; /* NUL-terminated; ends with a slash or is empty */
    struct wh_str shown;  /* what of it is shown */
    struct wh_str name;   /* NUL-terminated */
};

static wh_code add_files(struct wh_file_source *source, const struct wanted *wanted,
                         const struct wh_str *names, size_t count, struct wh_error *err)
{
    source->files = wh_arena_array(&source->arena, count, sizeof(*source->files));
    if (source->files == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->files));
    for (size_t i = 0; i < count; i++) {
        struct wh_source_file *file = &source->files[i];
        struct wh_str path;
        WH_TRY(wh_path_join(wanted->folder, names[i], &source->arena, &path, err));
        file->path = path.ptr;
        WH_TRY(wh_path_join(wanted->shown, names[i], &source->arena, &file->name, err));
    }
    source->file_count = count;
    return WH_OK;
}

static wh_code find_pattern(struct wh_file_source *source, const struct wanted *wanted,
                            struct wh_error *err)
{
    struct wh_pattern pattern;
    struct wh_str *names;
    size_t count;
    WH_TRY(wh_pattern_parse(wanted->name, &source->arena, &pattern, err));
    wh_code rc = wh_pattern_find(wanted->folder.ptr, &pattern, &source->arena, &names, &count, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(wanted->name));
    if (count == 0 && wh_str_is(wanted->name, "**"))
        return wh_error_set(err, WH_UNREACHABLE,
                            "the folder '%.*s' holds no file, nor do those in it",
                            WH_FMT(wanted->folder));
    if (count == 0)
        return wh_error_set(err, WH_UNREACHABLE, "no file in '%.*s' matches '%.*s'",
                            WH_FMT(wanted->folder.len > 0 ? wanted->folder : WH_STR(".")),
                            WH_FMT(wanted->name));
    return add_files(source, wanted, names, count, err);
}

/* Where the part of @p path starts that may mean several files: behind folders whose names hold no
 * pattern, or that are there by that very name. */
static wh_code pattern_start(struct wh_str path, struct wh_arena *arena, size_t *ret,
                             struct wh_error *err)
{
    *ret = 0;
    for (size_t i = 0; i < path.len; i++) {
        struct wh_str folder;
        if (path.ptr[i] != '/')
            continue;
        WH_TRY(wh_arena_copy(arena, wh_str_make(path.ptr, i), &folder, err));
        bool may_be_several = wh_pattern_is_one(wh_str_make(path.ptr + *ret, i - *ret));
        if (may_be_several && !wh_path_is_folder(folder.ptr))
            return WH_OK;
        *ret = i + 1;
    }
    return WH_OK;
}

/* Cuts @p path, which is shown as the source's name, in two. */
static wh_code cut_path(struct wh_file_source *source, struct wh_str path, struct wanted *ret,
                        struct wh_error *err)
{
    size_t start;
    WH_TRY(pattern_start(path, &source->arena, &start, err));
    if (path.len - start > source->table.len)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'%.*s': a pattern of folders is named under 'from', and not under "
                            "'source'",
                            WH_FMT(path));
    ret->name = wh_str_make(path.ptr + start, path.len - start);
    ret->shown = wh_str_make(source->table.ptr, source->table.len - ret->name.len);
    return wh_arena_copy(&source->arena, wh_str_make(path.ptr, start), &ret->folder, err);
}

/* All files in a folder and below it. */
static wh_code find_below(struct wh_file_source *source, struct wh_str folder, struct wh_error *err)
{
    struct wanted wanted = {.shown = source->table, .name = WH_STR("**")};
    WH_TRY(wh_arena_format(&source->arena, &wanted.folder, err, "%.*s/", WH_FMT(folder)));
    return find_pattern(source, &wanted, err);
}

/* Looks for an archive among the folders of @p path: "old.zip" in "old.zip/2024/a.csv". */
static wh_code find_archive(struct wh_str path, struct wh_arena *arena, struct wh_str *ret,
                            struct wh_error *err)
{
    *ret = WH_STR_NONE;
    for (size_t len = path.len; len > 0; len--) {
        if (path.ptr[len - 1] != '/' || len == 1)
            continue;
        struct wh_str folder;
        WH_TRY(wh_arena_copy(arena, wh_str_make(path.ptr, len - 1), &folder, err));
        if (wh_path_is_folder(folder.ptr))
            return WH_OK;
        if (!is_archive(folder))
            continue;
        *ret = folder;
        return WH_OK;
    }
    return WH_OK;
}

/* Where the path goes on inside an archive: its members. *ret_is_one: it does. */
static wh_code find_in_archive(struct wh_file_source *source, struct wh_str path, bool *ret_is_one,
                               struct wh_error *err)
{
    struct wh_str archive;
    WH_TRY(find_archive(path, &source->arena, &archive, err));
    *ret_is_one = archive.ptr != NULL;
    if (!*ret_is_one)
        return WH_OK;
    struct wh_str wanted = wh_str_make(path.ptr + archive.len + 1, path.len - archive.len - 1);
    /* What the source calls itself ends as the path does. */
    WH_ASSERT(source->table.len > wanted.len, err);
    struct wh_str shown = wh_str_make(source->table.ptr, source->table.len - wanted.len - 1);
    return wh_file_find_members(source, archive, shown, wanted, err);
}

wh_code wh_file_source_find(struct wh_file_source *source, const struct wh_source_request *request,
                            struct wh_error *err)
{
    struct wh_str path;
    struct wh_str shown;
    if (wh_file_is_input(request))
        return wh_file_take_input(source, request, err);
    WH_TRY(join_request(request, &source->arena, &path, &shown, err));
    WH_TRY(wh_arena_copy(&source->arena, shown, &source->table, err));

    if (wh_path_is_folder(path.ptr))
        return find_below(source, path, err);

    bool is_in_archive = false;
    if (!wh_path_is_there(path.ptr))
        WH_TRY(find_in_archive(source, path, &is_in_archive, err));
    if (is_in_archive)
        return WH_OK;
    struct wanted wanted;
    WH_TRY(cut_path(source, path, &wanted, err));
    /* A file whose very name holds a * is meant before what it matches. */
    if (wh_pattern_is_one(wanted.name) && !wh_path_is_there(path.ptr))
        return find_pattern(source, &wanted, err);
    return add_files(source, &wanted, &wanted.name, 1, err);
}
