/* SPDX-License-Identifier: Apache-2.0 */
/** Regular files, opened to be read, and what tells whether one has changed. */
#ifndef WH_STREAM_FILE_H
#define WH_STREAM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"

/** What changes when a file is written to. */
struct wh_file_stamp {
    uint64_t size;
    int64_t modified; /* nanoseconds since 1970 */
};

struct wh_file {
    int fd;                     /* -1: closed */
    const char *path;           /* borrowed */
    struct wh_file_stamp stamp; /* as it was when opened */
};

#define WH_FILE_CLOSED ((struct wh_file){.fd = -1})

/** Opens the regular file @p path, which lives as long as @p file, for reading from front to back.
 *  WH_UNREACHABLE where it is missing, a folder, another kind of file or may not be read. */
WH_MUST_CHECK wh_code wh_file_open(struct wh_file *file, const char *path, struct wh_error *err);

/** Opens the open regular file @p descriptor, which is called @p shown, once more; it stays the
 *  caller's. WH_IO. */
WH_MUST_CHECK wh_code wh_file_open_again(struct wh_file *file, int descriptor, const char *shown,
                                         struct wh_error *err);

/** Closed files are left alone. */
void wh_file_close(struct wh_file *file);

/** Reads up to @p len bytes from @p offset on; fewer only where the file ends. Any thread.
 *  WH_IO. */
WH_MUST_CHECK wh_code wh_file_read_at(const struct wh_file *file, uint64_t offset, char *room,
                                      size_t len, size_t *ret_len, struct wh_error *err);

/** Tells the system that the bytes from @p offset on will be read soon. */
void wh_file_read_ahead(const struct wh_file *file, uint64_t offset, uint64_t len);

/** WH_CONFLICT where the file is no longer as @p stamp says. */
WH_MUST_CHECK wh_code wh_file_expect(const struct wh_file *file, struct wh_file_stamp stamp,
                                     struct wh_error *err);

/** @p path below @p folder, or as it is where it is absolute or @p folder empty; with a NUL. */
WH_MUST_CHECK wh_code wh_path_join(struct wh_str folder, struct wh_str path, struct wh_arena *arena,
                                   struct wh_str *ret, struct wh_error *err);

/** Cuts a path into folder ("" where it has none) and name. */
void wh_path_cut(struct wh_str path, struct wh_str *ret_folder, struct wh_str *ret_name);

/** True where the NUL-terminated @p path is there and is a folder. */
bool wh_path_is_folder(const char *path);

/** True where the NUL-terminated @p path is there. */
bool wh_path_is_there(const char *path);

#endif
