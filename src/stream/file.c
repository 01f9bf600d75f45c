/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static struct wh_file_stamp stamp_of(const struct stat *status)
{
    return (struct wh_file_stamp){.size = (uint64_t)status->st_size,
                                  .modified = (int64_t)status->st_mtim.tv_sec * 1000000000 +
                                              status->st_mtim.tv_nsec};
}

static wh_code check_kind(const struct stat *status, const char *path, struct wh_error *err)
{
    if (S_ISREG(status->st_mode))
        return WH_OK;
    if (S_ISDIR(status->st_mode))
        return wh_error_set(err, WH_UNREACHABLE,
                            "'%s' is a folder; name a file in it, or a pattern such as '*.csv'",
                            path);
    return wh_error_set(err, WH_UNREACHABLE,
                        "'%s' is no regular file; write its bytes to one first", path);
}

wh_code wh_file_open(struct wh_file *file, const char *path, struct wh_error *err)
{
    *file = WH_FILE_CLOSED;
    /* Not blocking: a named pipe must be refused, not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "cannot open '%s'", path);
    struct stat status;
    wh_code rc = WH_OK;
    if (fstat(fd, &status) != 0)
        rc = wh_error_system(err, WH_UNREACHABLE, errno, "cannot inspect '%s'", path);
    else
        rc = check_kind(&status, path, err);
    if (rc != WH_OK) {
        (void)close(fd);
        return rc;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *file = (struct wh_file){.fd = fd, .path = path, .stamp = stamp_of(&status)};
    return WH_OK;
}

wh_code wh_file_open_again(struct wh_file *file, int descriptor, const char *shown,
                           struct wh_error *err)
{
    *file = WH_FILE_CLOSED;
    struct stat status;
    int fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || fstat(fd, &status) != 0) {
        int failure = errno;
        if (fd >= 0)
            (void)close(fd);
        return wh_error_system(err, WH_IO, failure, "cannot open '%s' once more", shown);
    }
    *file = (struct wh_file){.fd = fd, .path = shown, .stamp = stamp_of(&status)};
    return WH_OK;
}

void wh_file_close(struct wh_file *file)
{
    if (file == NULL || file->fd < 0)
        return;
    (void)close(file->fd);
    *file = WH_FILE_CLOSED;
}

wh_code wh_file_read_at(const struct wh_file *file, uint64_t offset, char *room, size_t len,
                        size_t *ret_len, struct wh_error *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(file->fd, room + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return wh_error_system(err, WH_IO, errno, "cannot read '%s'", file->path);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_len = done;
    return WH_OK;
}

void wh_file_read_ahead(const struct wh_file *file, uint64_t offset, uint64_t len)
{
    (void)posix_fadvise(file->fd, (off_t)offset, (off_t)len, POSIX_FADV_WILLNEED);
}

wh_code wh_file_expect(const struct wh_file *file, struct wh_file_stamp stamp, struct wh_error *err)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0)
        return wh_error_system(err, WH_IO, errno, "cannot inspect '%s'", file->path);
    struct wh_file_stamp now = stamp_of(&status);
    if (now.size != stamp.size || now.modified != stamp.modified)
        return wh_error_set(err, WH_CONFLICT,
                            "'%s' was changed while it was being read; run again when it is still",
                            file->path);
    return WH_OK;
}

/* ---- paths ----------------------------------------------------------------------------------- */

wh_code wh_path_join(struct wh_str folder, struct wh_str path, struct wh_arena *arena,
                     struct wh_str *ret, struct wh_error *err)
{
    bool is_absolute = path.len > 0 && path.ptr[0] == '/';
    if (is_absolute || folder.len == 0)
        return wh_arena_copy(arena, path, ret, err);
    size_t slash = folder.ptr[folder.len - 1] != '/';
    char *joined = wh_arena_bytes(arena, folder.len + slash + path.len + 1);
    if (joined == NULL)
        return wh_error_no_memory(err, folder.len + path.len);
    memcpy(joined, folder.ptr, folder.len);
    if (slash != 0)
        joined[folder.len] = '/';
    if (path.len > 0)
        memcpy(joined + folder.len + slash, path.ptr, path.len);
    *ret = wh_str_make(joined, folder.len + slash + path.len);
    joined[ret->len] = '\0';
    return WH_OK;
}

void wh_path_cut(struct wh_str path, struct wh_str *ret_folder, struct wh_str *ret_name)
{
    const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
    size_t folder_len = slash != NULL ? (size_t)(slash - path.ptr) + 1 : 0;
    *ret_folder = wh_str_make(path.ptr, folder_len);
    *ret_name = wh_str_make(path.ptr + folder_len, path.len - folder_len);
}

bool wh_path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool wh_path_is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}
