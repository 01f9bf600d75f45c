/* SPDX-License-Identifier: Apache-2.0 */
/* Where the ledger is of a destination that can hold none:
 * .wherry/NAME.db beside the migration file. */
#include <errno.h>
#include <sys/stat.h>

#include "plan/make.h"
#include "stream/file.h"

#define LEDGER_FOLDER ".wherry"

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/* The migration's name as a file's: other bytes are %XX in it, and so %25XX in the URL. */
wh_code wh_plan_ledger_url(const struct wh_migration *migration, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf url;
    wh_buf_init(&url, 4096);
    WH_TRY(wh_buf_printf(&url, err, "sqlite:" LEDGER_FOLDER "/"));
    for (size_t i = 0; i < migration->name.len; i++) {
        char byte = migration->name.ptr[i];
        if (is_plain(byte))
            WH_TRY(wh_buf_append_byte(&url, byte, err));
        else
            WH_TRY(wh_buf_printf(&url, err, "%%25%02X", (unsigned)(unsigned char)byte));
    }
    WH_TRY(wh_buf_printf(&url, err, ".db"));
    return wh_arena_copy(arena, wh_buf_str(&url), ret, err);
}

static wh_code folder_path(const struct wh_migration *migration, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    return wh_path_join(migration->folder, WH_STR(LEDGER_FOLDER), arena, ret, err);
}

wh_code wh_plan_make_ledger_folder(const struct wh_migration *migration, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str path;
    wh_arena_init(&scratch);
    WH_TRY(folder_path(migration, &scratch, &path, err));
    if (mkdir(path.ptr, 0777) == 0 || errno == EEXIST)
        return WH_OK;
    return wh_error_system(err, WH_UNREACHABLE, errno, "the ledger's folder '%s' cannot be made",
                           path.ptr);
}

wh_code wh_plan_find_ledger_folder(const struct wh_migration *migration, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str path;
    wh_arena_init(&scratch);
    WH_TRY(folder_path(migration, &scratch, &path, err));
    if (wh_path_is_there(path.ptr))
        return WH_OK;
    return wh_error_set(err, WH_UNREACHABLE, "its folder '%s' does not exist", path.ptr);
}
