/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/archive.h"

#include <errno.h>
#include <inttypes.h>

#include <zip.h>

#include "base/error.h"

bool wh_archive_starts(struct wh_str head)
{
    return wh_str_starts_with(head, WH_STR("PK\x03\x04")) ||
           wh_str_starts_with(head, WH_STR("PK\x05\x06"));
}

static void close_archive(zip_t **archive)
{
    if (*archive != NULL)
        zip_discard(*archive);
}

/* ---- what libzip reads ----------------------------------------------------------------------- */

/* Reads the very file that is open, each archive at a place of its own: descriptors of one spool
 * share theirs, and several workers read it at once. */
struct bytes {
    const struct wh_file *file;
    uint64_t at;
    zip_error_t error;
};

static zip_int64_t read_source(struct bytes *bytes, void *room, zip_uint64_t len)
{
    size_t got;
    if (wh_file_read_at(bytes->file, bytes->at, room, len, &got, NULL) != WH_OK) {
        zip_error_set(&bytes->error, ZIP_ER_READ, errno);
        return -1;
    }
    bytes->at += got;
    return (zip_int64_t)got;
}

static zip_int64_t seek_source(struct bytes *bytes, void *data, zip_uint64_t len)
{
    zip_int64_t to = zip_source_seek_compute_offset(bytes->at, bytes->file->stamp.size, data, len,
                                                    &bytes->error);
    if (to < 0)
        return -1;
    bytes->at = (uint64_t)to;
    return 0;
}

static zip_int64_t stat_source(const struct bytes *bytes, void *data)
{
    zip_stat_t *status = data;
    zip_stat_init(status);
    status->size = bytes->file->stamp.size;
    status->valid |= ZIP_STAT_SIZE;
    return (zip_int64_t)sizeof(*status);
}

static zip_int64_t serve_source(void *ctx, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
    struct bytes *bytes = ctx;
    switch ((int)command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
    case ZIP_SOURCE_OPEN:
        bytes->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return read_source(bytes, data, len);
    case ZIP_SOURCE_SEEK:
        return seek_source(bytes, data, len);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)bytes->at;
    case ZIP_SOURCE_STAT:
        return stat_source(bytes, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&bytes->error, data, len);
    case ZIP_SOURCE_CLOSE:
        return 0;
    case ZIP_SOURCE_FREE:
        zip_error_fini(&bytes->error);
        free(bytes);
        return 0;
    default:
        zip_error_set(&bytes->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static zip_t *open_source(const struct wh_file *file, zip_error_t *error)
{
    struct bytes *bytes = calloc(1, sizeof(*bytes));
    if (bytes == NULL) {
        zip_error_set(error, ZIP_ER_MEMORY, 0);
        return NULL;
    }
    bytes->file = file;
    zip_error_init(&bytes->error);
    zip_source_t *source = zip_source_function_create(serve_source, bytes, error);
    if (source == NULL) {
        free(bytes);
        return NULL;
    }
    zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, error);
    if (archive == NULL)
        zip_source_free(source);
    return archive;
}

/* The file stays open as long as the archive. */
static wh_code open_archive(const struct wh_file *file, zip_t **ret, struct wh_error *err)
{
    zip_error_t error;
    zip_error_init(&error);
    *ret = open_source(file, &error);
    wh_code rc = WH_OK;
    if (*ret == NULL)
        rc = wh_error_set(err, WH_INVALID, "'%s' cannot be read as a zip archive: %s", file->path,
                          zip_error_strerror(&error));
    zip_error_fini(&error);
    return rc;
}

/* ---- members --------------------------------------------------------------------------------- */

static wh_code copy_names(zip_t *archive, size_t entries, struct wh_arena *arena,
                          struct wh_str *names, size_t *ret_count, struct wh_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < entries; i++) {
        const char *name = zip_get_name(archive, i, ZIP_FL_ENC_GUESS);
        if (name == NULL || name[0] == '\0')
            return wh_error_set(err, WH_INVALID, "member %zu of the archive has no readable name",
                                i + 1);
        struct wh_str text = wh_str_from(name);
        if (text.ptr[text.len - 1] != '/')
            WH_TRY(wh_arena_copy(arena, text, &names[count++], err));
    }
    *ret_count = count;
    return WH_OK;
}

wh_code wh_archive_list(const struct wh_file *file, struct wh_arena *arena, struct wh_str **ret,
                        size_t *ret_count, struct wh_error *err)
{
    WH_CLEANUP(close_archive) zip_t *archive = NULL;
    WH_TRY(open_archive(file, &archive, err));
    zip_int64_t entries = zip_get_num_entries(archive, 0);
    if (entries > WH_ARCHIVE_MAX_MEMBERS)
        return wh_error_set(err, WH_LIMIT, "'%s' has more than %d members; unpack it", file->path,
                            WH_ARCHIVE_MAX_MEMBERS);
    size_t count = (size_t)WH_MAX(entries, (zip_int64_t)0);
    struct wh_str *names = wh_arena_array(arena, count, sizeof(*names));
    if (names == NULL)
        return wh_error_no_memory(err, count * sizeof(*names));
    wh_code rc = copy_names(archive, count, arena, names, &count, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%s'", file->path);
    qsort(names, count, sizeof(*names), wh_str_order);
    for (size_t i = 1; i < count; i++)
        if (wh_str_equal(names[i - 1], names[i]))
            return wh_error_set(err, WH_INVALID, "'%s' has two members named '%.*s'; unpack it",
                                file->path, WH_FMT(names[i]));
    *ret = names;
    *ret_count = count;
    return WH_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct member {
    struct wh_feed feed;
    const struct wh_file *file;
    zip_t *archive;
    zip_file_t *opened;
    const char *name;
    uint64_t position;
};

static wh_code read_bytes(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                          struct wh_error *err)
{
    struct member *member = (struct member *)feed;
    zip_int64_t got = zip_fread(member->opened, room, len);
    if (got < 0)
        return wh_error_set(
            err, WH_IO, "'%s/%s': %s behind byte %" PRIu64 " of the member; pack or copy it again",
            member->file->path, member->name, zip_file_strerror(member->opened), member->position);
    member->position += (uint64_t)got;
    *ret_len = (size_t)got;
    return WH_OK;
}

static void free_member(struct wh_feed *feed)
{
    struct member *member = (struct member *)feed;
    if (member->opened != NULL)
        (void)zip_fclose(member->opened);
    close_archive(&member->archive);
    free(member);
}

static const struct wh_feed_functions functions = {.read = read_bytes, .free = free_member};

static wh_code open_member(struct member *member, struct wh_error *err)
{
    WH_TRY(open_archive(member->file, &member->archive, err));
    zip_int64_t index = zip_name_locate(member->archive, member->name, ZIP_FL_ENC_GUESS);
    if (index < 0)
        return wh_error_set(err, WH_INVALID, "'%s' has no member '%s'", member->file->path,
                            member->name);
    member->opened = zip_fopen_index(member->archive, (zip_uint64_t)index, 0);
    if (member->opened != NULL)
        return WH_OK;
    int code = zip_error_code_zip(zip_get_error(member->archive));
    bool is_foreign =
        code == ZIP_ER_NOPASSWD || code == ZIP_ER_COMPNOTSUPP || code == ZIP_ER_ENCRNOTSUPP;
    return wh_error_set(err, is_foreign ? WH_UNSUPPORTED : WH_IO, "'%s/%s': %s%s",
                        member->file->path, member->name, zip_strerror(member->archive),
                        is_foreign ? "; unpack it first" : "");
}

wh_code wh_archive_open_member(const struct wh_file *file, const char *name, struct wh_feed **ret,
                               struct wh_error *err)
{
    struct member *member = calloc(1, sizeof(*member));
    if (member == NULL)
        return wh_error_no_memory(err, sizeof(*member));
    *member = (struct member){.feed.functions = &functions, .file = file, .name = name};
    wh_code rc = open_member(member, err);
    if (rc != WH_OK) {
        free_member(&member->feed);
        return rc;
    }
    *ret = &member->feed;
    return WH_OK;
}
