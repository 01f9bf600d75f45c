/* SPDX-License-Identifier: Apache-2.0 */
/** Patterns of file names: *, ? and [a-z], as in the shell. */
#ifndef WH_STREAM_PATTERN_H
#define WH_STREAM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"

/** Files that one pattern may match. */
#define WH_PATTERN_MAX_FILES 65536

/** True where @p name holds a sign that matches more than itself. */
bool wh_pattern_is_one(struct wh_str name);

/**
 * The names of the files in @p folder (NUL-terminated, "" is the current one) that match @p pattern
 * (NUL-terminated), sorted by bytes, NUL-terminated, in @p arena. Subfolders are left out, and
 * hidden files unless the pattern starts with a dot. WH_UNREACHABLE where the folder cannot be
 * read, WH_LIMIT above WH_PATTERN_MAX_FILES; no match is an empty list.
 */
WH_MUST_CHECK wh_code wh_pattern_find(const char *folder, const char *pattern,
                                      struct wh_arena *arena, struct wh_str **ret,
                                      size_t *ret_count, struct wh_error *err);

#endif
