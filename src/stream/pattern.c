/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/pattern.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include "base/error.h"

/* A growing list of names in an arena. */
struct names {
    struct wh_str *items;
    size_t count;
    size_t capacity;
};

bool wh_pattern_is_one(struct wh_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '*' || name.ptr[i] == '?' || name.ptr[i] == '[')
            return true;
    }
    return false;
}

static wh_code add_name(struct names *names, const char *name, struct wh_arena *arena,
                        struct wh_error *err)
{
    if (names->count == WH_PATTERN_MAX_FILES)
        return wh_error_set(err, WH_LIMIT, "more than %d files match; narrow the pattern",
                            WH_PATTERN_MAX_FILES);
    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 16;
        struct wh_str *items = wh_arena_array(arena, capacity, sizeof(*items));
        if (items == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*items));
        if (names->count > 0)
            memcpy(items, names->items, names->count * sizeof(*items));
        names->items = items;
        names->capacity = capacity;
    }
    return wh_arena_copy(arena, wh_str_from(name), &names->items[names->count++], err);
}

static bool is_folder(DIR *folder, const char *name)
{
    struct stat status;
    return fstatat(dirfd(folder), name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

static wh_code collect(DIR *folder, const char *pattern, struct wh_arena *arena,
                       struct names *names, struct wh_error *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL)
            break;
        if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0 && !is_folder(folder, entry->d_name))
            WH_TRY(add_name(names, entry->d_name, arena, err));
    }
    if (errno != 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "cannot read the folder");
    return WH_OK;
}

static int compare_names(const void *a, const void *b)
{
    return wh_str_compare(*(const struct wh_str *)a, *(const struct wh_str *)b);
}

wh_code wh_pattern_find(const char *folder, const char *pattern, struct wh_arena *arena,
                        struct wh_str **ret, size_t *ret_count, struct wh_error *err)
{
    DIR *opened = opendir(folder[0] != '\0' ? folder : ".");
    if (opened == NULL)
        return wh_error_system(err, WH_UNREACHABLE, errno, "cannot open the folder '%s'", folder);
    struct names names = {0};
    wh_code rc = collect(opened, pattern, arena, &names, err);
    (void)closedir(opened);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%s' in '%s'", pattern, folder);
    if (names.count > 0)
        qsort(names.items, names.count, sizeof(*names.items), compare_names);
    *ret = names.items;
    *ret_count = names.count;
    return WH_OK;
}
