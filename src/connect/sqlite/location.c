/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/location.h"

#include <stddef.h>

#include "base/error.h"
#include "base/hex.h"

/* Longer than any path Linux opens, and short enough to be formatted whole. */
#define MAX_PATH_LENGTH 4095
#define MAX_CACHE (UINT64_C(1) << 40)
#define MAX_BUSY_TIMEOUT (UINT64_C(24) * 3600 * 1000)

const struct wh_option wh_sqlite_option_table[] = {
    {"busy_timeout", WH_OPTION_COUNT, "10000",
     "milliseconds to wait while another program writes to the database",
     offsetof(struct wh_sqlite_options, busy_timeout)},
    {"cache", WH_OPTION_SIZE, "64MiB", "memory in which a connection keeps pages",
     offsetof(struct wh_sqlite_options, cache)},
    {"mode", WH_OPTION_TEXT, "rwc", "rwc: make a missing database; rw: that is an error",
     offsetof(struct wh_sqlite_options, mode)},
    {"synchronous", WH_OPTION_TEXT, "normal",
     "full: the last commits, too, survive a loss of power; normal: those may be lost together",
     offsetof(struct wh_sqlite_options, synchronous)},
    {NULL, WH_OPTION_BOOL, NULL, NULL, 0},
};

bool wh_sqlite_accepts(struct wh_str url)
{
    return wh_str_starts_with(url, WH_STR("sqlite:"));
}

static wh_code set_option(struct wh_sqlite_options *options, struct wh_str setting,
                          struct wh_error *err)
{
    struct wh_str name = wh_str_split(&setting, '=');
    const struct wh_option *option = wh_option_find(wh_sqlite_option_table, name);
    if (option != NULL)
        return wh_option_set(option, options, setting, err);
    const char *near = wh_option_nearest(wh_sqlite_option_table, name);
    return wh_error_set(err, WH_INVALID,
                        "sqlite: has no option '%.*s'%s%s%s (it has busy_timeout, cache, mode and "
                        "synchronous)",
                        WH_FMT(name), near != NULL ? "; did you mean '" : "",
                        near != NULL ? near : "", near != NULL ? "'?" : "");
}

static wh_code check_options(const struct wh_sqlite_options *options, struct wh_error *err)
{
    if (!wh_str_is(options->mode, "rwc") && !wh_str_is(options->mode, "rw"))
        return wh_error_set(err, WH_INVALID, "mode '%.*s' is neither rwc nor rw",
                            WH_FMT(options->mode));
    if (!wh_str_is(options->synchronous, "normal") && !wh_str_is(options->synchronous, "full"))
        return wh_error_set(err, WH_INVALID, "synchronous '%.*s' is neither normal nor full",
                            WH_FMT(options->synchronous));
    if (options->busy_timeout > MAX_BUSY_TIMEOUT)
        return wh_error_set(err, WH_INVALID, "busy_timeout is above a day; it is in milliseconds");
    if (options->cache > MAX_CACHE)
        return wh_error_set(err, WH_INVALID, "cache is above 1 TiB");
    return WH_OK;
}

static wh_code parse_options(struct wh_str text, struct wh_sqlite_options *options,
                             struct wh_error *err)
{
    while (text.len > 0) {
        struct wh_str setting = wh_str_split(&text, '&');
        WH_TRY(set_option(options, setting, err));
    }
    return check_options(options, err);
}

/** Undoes %XX into @p arena. */
static wh_code decode(struct wh_str text, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err)
{
    char *room = wh_arena_bytes(arena, text.len);
    if (room == NULL)
        return wh_error_no_memory(err, text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            room[len++] = text.ptr[i];
            continue;
        }
        int high = i + 2 < text.len ? wh_hex_digit(text.ptr[i + 1]) : -1;
        int low = i + 2 < text.len ? wh_hex_digit(text.ptr[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return wh_error_set(err, WH_INVALID,
                                "'%.*s': %% and two hexadecimal digits stand for a byte other than "
                                "0; write %%25 for a percent sign",
                                WH_FMT(text));
        room[len++] = (char)(high * 16 + low);
        i += 2;
    }
    *ret = wh_str_make(room, len);
    return WH_OK;
}

/** Refuses what is no file's name; `//` with nothing before the next slash is allowed. */
static wh_code check_path(struct wh_str *path, struct wh_error *err)
{
    if (path->len > 0 && memchr(path->ptr, '\0', path->len) != NULL)
        return wh_error_set(err, WH_INVALID, "the file name of a sqlite: URL holds a NUL byte");
    if (wh_str_starts_with(*path, WH_STR("///")))
        *path = wh_str_make(path->ptr + 2, path->len - 2);
    else if (wh_str_starts_with(*path, WH_STR("//")))
        return wh_error_set(err, WH_INVALID,
                            "'sqlite:%.*s' names a host; SQLite databases are files: write "
                            "sqlite:folder/file.db or sqlite:/folder/file.db",
                            WH_FMT(*path));
    if (path->len == 0)
        return wh_error_set(err, WH_INVALID, "sqlite: names no file; write sqlite:file.db");
    if (wh_str_is(*path, ":memory:"))
        return wh_error_set(err, WH_INVALID,
                            "sqlite::memory: ends with the program; name a file instead");
    return WH_OK;
}

wh_code wh_sqlite_location_parse(struct wh_str url, struct wh_str base_folder,
                                 struct wh_arena *arena, struct wh_sqlite_location *ret,
                                 struct wh_error *err)
{
    struct wh_str rest = wh_str_make(url.ptr + strlen("sqlite:"), url.len - strlen("sqlite:"));
    struct wh_str path = wh_str_split(&rest, '?');
    struct wh_str full;
    if (path.len > MAX_PATH_LENGTH)
        return wh_error_set(err, WH_INVALID, "the file name of a sqlite: URL is too long");
    WH_TRY(check_path(&path, err));
    WH_TRY(decode(path, arena, &path, err));
    if (base_folder.len + path.len > MAX_PATH_LENGTH)
        return wh_error_set(err, WH_INVALID, "the file name of a sqlite: URL is too long");
    if (path.ptr[0] == '/' || base_folder.len == 0 || wh_str_is(base_folder, "."))
        WH_TRY(wh_arena_format(arena, &full, err, "%s%.*s", path.ptr[0] == '/' ? "" : "./",
                               WH_FMT(path)));
    else
        WH_TRY(wh_arena_format(arena, &full, err, "%s%.*s/%.*s",
                               base_folder.ptr[0] == '/' ? "" : "./", WH_FMT(base_folder),
                               WH_FMT(path)));
    /* The options' texts are slices of the URL; the location outlives it. */
    WH_TRY(wh_arena_copy(arena, rest, &rest, err));
    ret->path = full.ptr;
    ret->options = (struct wh_sqlite_options){.busy_timeout = 10000,
                                              .cache = UINT64_C(64) << 20,
                                              .mode = WH_STR("rwc"),
                                              .synchronous = WH_STR("normal")};
    return parse_options(rest, &ret->options, err);
}
