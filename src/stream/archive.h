/* SPDX-License-Identifier: Apache-2.0 */
/** Files inside zip archives, by libzip. */
#ifndef WH_STREAM_ARCHIVE_H
#define WH_STREAM_ARCHIVE_H

#include <stdbool.h>

#include "base/arena.h"
#include "stream/feed.h"
#include "stream/file.h"

/** Members that an archive may have. */
#define WH_ARCHIVE_MAX_MEMBERS 65536

/** True where the bytes that a file begins with are a zip archive's. */
bool wh_archive_starts(struct wh_str head);

/** The names of the members of @p file that are no folders, sorted by bytes, NUL-terminated, in
 *  @p arena. WH_INVALID where it is no archive or a name stands twice, WH_LIMIT above
 *  WH_ARCHIVE_MAX_MEMBERS. */
WH_MUST_CHECK wh_code wh_archive_list(const struct wh_file *file, struct wh_arena *arena,
                                      struct wh_str **ret, size_t *ret_count, struct wh_error *err);

/** The bytes of @p file's member named @p member (NUL-terminated). WH_INVALID where there is
 *  none, WH_UNSUPPORTED where it is encrypted or packed in an unknown way. Reading gives
 *  WH_IO where it is corrupt. */
WH_MUST_CHECK wh_code wh_archive_open_member(const struct wh_file *file, const char *member,
                                             struct wh_feed **ret, struct wh_error *err);

#endif
