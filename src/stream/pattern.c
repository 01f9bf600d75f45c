/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/pattern.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/error.h"

/* How far a path has matched: a bit for each part that may be the next one to match. */
typedef uint64_t part_set;

_Static_assert(WH_PATTERN_MAX_PARTS <= 64, "a bit for each part");

bool wh_pattern_is_one(struct wh_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '*' || name.ptr[i] == '?' || name.ptr[i] == '[')
            return true;
    }
    return false;
}

static bool is_deep(const char *part)
{
    return strcmp(part, "**") == 0;
}

static wh_code add_part(struct wh_pattern *pattern, const char *part, struct wh_error *err)
{
    if (pattern->count == WH_PATTERN_MAX_PARTS)
        return wh_error_set(err, WH_LIMIT, "the pattern has more than %d parts",
                            WH_PATTERN_MAX_PARTS);
    pattern->parts[pattern->count++] = part;
    return WH_OK;
}

wh_code wh_pattern_parse(struct wh_str text, struct wh_arena *arena, struct wh_pattern *ret,
                         struct wh_error *err)
{
    ret->count = 0;
    struct wh_str rest = text;
    struct wh_str part = WH_STR("");
    while (rest.ptr != NULL) {
        part = wh_str_split(&rest, '/');
        struct wh_str copy;
        if (part.len == 0)
            continue;
        WH_TRY(wh_arena_copy(arena, part, &copy, err));
        WH_TRY(add_part(ret, copy.ptr, err));
    }
    if (part.len == 0)
        return wh_error_set(err, WH_INVALID,
                            "the pattern '%.*s' names no file; all files below a folder are "
                            "'folder/**'",
                            WH_FMT(text));
    return is_deep(ret->parts[ret->count - 1]) ? add_part(ret, "*", err) : WH_OK;
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool has(part_set set, size_t part)
{
    return (set >> part & 1) != 0;
}

/* With a part that matches no folder at all, the next one may be the next, too. */
static part_set widen(const struct wh_pattern *pattern, part_set set)
{
    for (size_t i = 0; i + 1 < pattern->count; i++)
        if (has(set, i) && is_deep(pattern->parts[i]))
            set |= (part_set)1 << (i + 1);
    return set;
}

/* How far it has matched inside the folder @p name; 0: nothing in there can match. */
static part_set enter(const struct wh_pattern *pattern, part_set set, const char *name,
                      bool is_link)
{
    part_set inside = 0;
    for (size_t i = 0; i + 1 < pattern->count; i++) {
        if (!has(set, i))
            continue;
        if (is_deep(pattern->parts[i]))
            inside |= name[0] != '.' && !is_link ? (part_set)1 << i : 0;
        else if (fnmatch(pattern->parts[i], name, FNM_PERIOD) == 0)
            inside |= (part_set)1 << (i + 1);
    }
    return widen(pattern, inside);
}

static bool takes_file(const struct wh_pattern *pattern, part_set set, const char *name)
{
    size_t last = pattern->count - 1;
    return has(set, last) && fnmatch(pattern->parts[last], name, FNM_PERIOD) == 0;
}

wh_code wh_pattern_matches(const struct wh_pattern *pattern, struct wh_str path,
                           struct wh_arena *scratch, bool *ret, struct wh_error *err)
{
    part_set set = widen(pattern, 1);
    struct wh_str name;
    while (set != 0 && memchr(path.ptr, '/', path.len) != NULL) {
        WH_TRY(wh_arena_copy(scratch, wh_str_split(&path, '/'), &name, err));
        set = enter(pattern, set, name.ptr, false);
    }
    WH_TRY(wh_arena_copy(scratch, path, &name, err));
    *ret = takes_file(pattern, set, name.ptr);
    return WH_OK;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* The walk: where it stands and what it found. */
struct walk {
    const struct wh_pattern *pattern;
    struct wh_arena *arena;
    struct wh_str *names;
    size_t count;
    size_t capacity;
    size_t depth;
    size_t base;         /* length of what stands before the paths that are found */
    size_t len;          /* of the path of the open folder, which ends with a slash or is empty */
    char path[PATH_MAX]; /* and the name in hand */
};

static wh_code walk_folder(struct walk *walk, part_set set, struct wh_error *err);

static wh_code add_name(struct walk *walk, struct wh_error *err)
{
    if (walk->count == WH_PATTERN_MAX_FILES)
        return wh_error_set(err, WH_LIMIT, "more than %d files match; narrow the pattern",
                            WH_PATTERN_MAX_FILES);
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity > 0 ? 2 * walk->capacity : 16;
        struct wh_str *names = wh_arena_array(walk->arena, capacity, sizeof(*names));
        if (names == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*names));
        if (walk->count > 0)
            memcpy(names, walk->names, walk->count * sizeof(*names));
        walk->names = names;
        walk->capacity = capacity;
    }
    return wh_arena_copy(walk->arena, wh_str_from(walk->path + walk->base),
                         &walk->names[walk->count++], err);
}

/* Puts @p name behind the open folder's path. */
static wh_code put_name(struct walk *walk, const char *name, struct wh_error *err)
{
    size_t len = strlen(name);
    if (len + 2 > sizeof(walk->path) - walk->len)
        return wh_error_set(err, WH_LIMIT, "the path of '%s' is too long", name);
    memcpy(walk->path + walk->len, name, len + 1);
    return WH_OK;
}

/* Goes into the folder in hand, and comes back. */
static wh_code enter_folder(struct walk *walk, part_set set, struct wh_error *err)
{
    if (walk->depth == WH_PATTERN_MAX_DEPTH)
        return wh_error_set(err, WH_LIMIT, "more than %d folders are inside each other in '%s'",
                            WH_PATTERN_MAX_DEPTH, walk->path);
    size_t len = walk->len;
    walk->len = strlen(walk->path) + 1;
    walk->path[walk->len - 1] = '/';
    walk->path[walk->len] = '\0';
    walk->depth++;
    wh_code rc = walk_folder(walk, set, err);
    walk->depth--;
    walk->len = len;
    return rc;
}

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINKED_FOLDER };

/* What a name leads to; what it leads nowhere is told when it is opened. */
static enum entry_kind kind_of(DIR *folder, const char *name)
{
    struct stat status;
    if (fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return ENTRY_FILE;
    if (S_ISDIR(status.st_mode))
        return ENTRY_FOLDER;
    bool leads_to_folder = S_ISLNK(status.st_mode) &&
                           fstatat(dirfd(folder), name, &status, 0) == 0 && S_ISDIR(status.st_mode);
    return leads_to_folder ? ENTRY_LINKED_FOLDER : ENTRY_FILE;
}

static wh_code take_entry(struct walk *walk, DIR *folder, const char *name, part_set set,
                          struct wh_error *err)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return WH_OK;
    part_set inside = enter(walk->pattern, set, name, false);
    bool is_taken = takes_file(walk->pattern, set, name);
    if (inside == 0 && !is_taken)
        return WH_OK;
    enum entry_kind kind = kind_of(folder, name);
    WH_TRY(put_name(walk, name, err));
    if (kind == ENTRY_FILE)
        return is_taken ? add_name(walk, err) : WH_OK;
    if (kind == ENTRY_LINKED_FOLDER)
        inside = enter(walk->pattern, set, name, true);
    return inside != 0 ? enter_folder(walk, inside, err) : WH_OK;
}

static wh_code read_entries(struct walk *walk, DIR *folder, part_set set, struct wh_error *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL)
            break;
        WH_TRY(take_entry(walk, folder, entry->d_name, set, err));
    }
    if (errno == 0)
        return WH_OK;
    int failure = errno;
    walk->path[walk->len] = '\0';
    return wh_error_system(err, WH_UNREACHABLE, failure, "cannot read the folder '%s'", walk->path);
}

static wh_code walk_folder(struct walk *walk, part_set set, struct wh_error *err)
{
    DIR *opened = opendir(walk->len > 0 ? walk->path : ".");
    if (opened == NULL)
        return wh_error_system(err, WH_UNREACHABLE, errno, "cannot open the folder '%s'",
                               walk->path);
    wh_code rc = read_entries(walk, opened, set, err);
    (void)closedir(opened);
    return rc;
}

wh_code wh_pattern_find(const char *folder, const struct wh_pattern *pattern,
                        struct wh_arena *arena, struct wh_str **ret, size_t *ret_count,
                        struct wh_error *err)
{
    struct walk *walk = WH_ARENA_NEW(arena, struct walk);
    if (walk == NULL)
        return wh_error_no_memory(err, sizeof(*walk));
    walk->pattern = pattern;
    walk->arena = arena;
    WH_TRY(put_name(walk, folder, err));
    walk->len = strlen(folder);
    if (walk->len > 0 && folder[walk->len - 1] != '/') {
        walk->path[walk->len++] = '/';
        walk->path[walk->len] = '\0';
    }
    walk->base = walk->len;
    WH_TRY(walk_folder(walk, widen(pattern, 1), err));
    if (walk->count > 0)
        qsort(walk->names, walk->count, sizeof(*walk->names), wh_str_order);
    *ret = walk->names;
    *ret_count = walk->count;
    return WH_OK;
}
