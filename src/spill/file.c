/* SPDX-License-Identifier: Apache-2.0 */
#include "spill/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"

/* A file system that has no files without a name makes one that loses it at once. */
static int open_and_unlink(const char *folder)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/wherry-XXXXXX", folder);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0)
        unlink(path);
    return descriptor;
}

wh_code wh_spill_file_open(struct wh_spill_file *file, const char *folder, struct wh_error *err)
{
    *file = WH_SPILL_FILE_NONE;
    if (folder == NULL)
        folder = secure_getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    file->descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file->descriptor < 0)
        file->descriptor = open_and_unlink(folder);
    if (file->descriptor < 0)
        return wh_error_system(err, WH_IO, errno,
                               "no temporary file can be made in folder '%s'; name another in "
                               "TMPDIR",
                               folder);
    return WH_OK;
}

void wh_spill_file_close(struct wh_spill_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = WH_SPILL_FILE_NONE;
}

static wh_code cannot_grow(const struct wh_spill_file *file, int number, uint64_t size,
                           struct wh_error *err)
{
    return wh_error_system(err, WH_IO, number,
                           "a temporary file of %llu bytes cannot grow; name a folder with more "
                           "room in TMPDIR%s",
                           (unsigned long long)size, file->relief != NULL ? file->relief : "");
}

wh_code wh_spill_file_append(struct wh_spill_file *file, struct wh_str bytes, struct wh_error *err)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t written = pwrite(file->descriptor, bytes.ptr + done, bytes.len - done,
                                 (off_t)(file->size + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return cannot_grow(file, errno, file->size + done, err);
        done += (size_t)written;
    }
    file->size += bytes.len;
    return WH_OK;
}

wh_code wh_spill_file_reserve(struct wh_spill_file *file, uint64_t size, struct wh_error *err)
{
    int number;
    if (size > INT64_MAX)
        return cannot_grow(file, EFBIG, size, err);
    while ((number = posix_fallocate(file->descriptor, 0, (off_t)size)) == EINTR)
        ;
    if (number != 0)
        return cannot_grow(file, number, size, err);
    file->size = size;
    return WH_OK;
}

wh_code wh_spill_file_read(const struct wh_spill_file *file, uint64_t offset, char *room,
                           size_t size, struct wh_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t got =
            pread(file->descriptor, room + done, size - done, (off_t)(offset + (uint64_t)done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return wh_error_system(err, WH_IO, errno, "a temporary file cannot be read");
        if (got == 0)
            return wh_error_set(err, WH_IO, "a temporary file is shorter than it was written");
        done += (size_t)got;
    }
    return WH_OK;
}
