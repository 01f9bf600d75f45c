/* SPDX-License-Identifier: Apache-2.0 */
/** Patterns of paths: *, ? and [a-z] as in the shell, and ** for folders of any depth. */
#ifndef WH_STREAM_PATTERN_H
#define WH_STREAM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"

/** Files that one pattern may match, names in a pattern, and folders inside each other. */
#define WH_PATTERN_MAX_FILES 65536
#define WH_PATTERN_MAX_PARTS 64
#define WH_PATTERN_MAX_DEPTH 128

/** True where @p name holds a sign that matches more than itself. */
bool wh_pattern_is_one(struct wh_str name);

/** A pattern, cut at its slashes. */
struct wh_pattern {
    const char *parts[WH_PATTERN_MAX_PARTS];
    size_t count;
};

/** Cuts @p text; the parts are in @p arena. A ** at its end means all files below. WH_INVALID where
 *  it names no file, WH_LIMIT above WH_PATTERN_MAX_PARTS. */
WH_MUST_CHECK wh_code wh_pattern_parse(struct wh_str text, struct wh_arena *arena,
                                       struct wh_pattern *ret, struct wh_error *err);

/** Whether the pattern matches the relative @p path. */
WH_MUST_CHECK wh_code wh_pattern_matches(const struct wh_pattern *pattern, struct wh_str path,
                                         struct wh_arena *scratch, bool *ret, struct wh_error *err);

/**
 * The paths below @p folder (NUL-terminated, "" is the current one) of the files that @p pattern
 * matches, sorted by bytes, each once, NUL-terminated, in @p arena.
 *
 * A part of the pattern matches a name; hidden ones (.name) only where it starts with a dot, too. A
 * part that is ** matches any number of folders, none included, but for hidden ones and symbolic
 * links, so that links cannot make a circle. Links to files are files. WH_UNREACHABLE where a
 * folder cannot be read, WH_LIMIT above the limits; no match is an empty list.
 */
WH_MUST_CHECK wh_code wh_pattern_find(const char *folder, const struct wh_pattern *pattern,
                                      struct wh_arena *arena, struct wh_str **ret,
                                      size_t *ret_count, struct wh_error *err);

#endif
