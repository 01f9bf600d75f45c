/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/watch.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"

static int64_t modified(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

static wh_code take_stamp(const struct wh_destination *connection, struct wh_sqlite_stamp *ret,
                          struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str log;
    struct stat info;
    wh_arena_init(&scratch);
    WH_TRY(wh_sqlite_path_beside(connection, "-wal", &scratch, &log, err));
    if (stat(connection->location.path, &info) != 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "database '%s' cannot be inspected",
                               connection->location.path);
    *ret = (struct wh_sqlite_stamp){.size = (uint64_t)info.st_size, .modified = modified(&info)};
    if (stat(log.ptr, &info) != 0 && errno != ENOENT)
        return wh_error_system(err, WH_UNREACHABLE, errno, "'%s' cannot be inspected", log.ptr);
    /* An empty log says no more than none: reading makes one. */
    if (stat(log.ptr, &info) == 0 && info.st_size > 0) {
        ret->log_size = (uint64_t)info.st_size;
        ret->log_modified = modified(&info);
    }
    return WH_OK;
}

static bool is_same(const struct wh_sqlite_stamp *a, const struct wh_sqlite_stamp *b)
{
    return a->size == b->size && a->modified == b->modified && a->log_size == b->log_size &&
           a->log_modified == b->log_modified;
}

static wh_code ask_version(const struct wh_sqlite_source *source, int64_t *ret,
                           struct wh_error *err)
{
    return wh_sqlite_ask_number(source->connection, "PRAGMA data_version", ret, err);
}

wh_code wh_sqlite_watch_start(struct wh_sqlite_source *source, struct wh_error *err)
{
    /* The stamp first: a change between the two makes it too old, which is found out. */
    WH_TRY(take_stamp(source->connection, &source->watch.stamp, err));
    return ask_version(source, &source->watch.version, err);
}

static wh_code say_changed(const struct wh_sqlite_source *source, struct wh_error *err)
{
    return wh_error_set(err, WH_CONFLICT,
                        "database '%s' was changed while it was being read; run again when it is "
                        "still (where it is the destination, too, read a copy of it)",
                        source->connection->location.path);
}

wh_code wh_sqlite_watch_check_read(struct wh_sqlite_source *source, struct wh_error *err)
{
    struct wh_sqlite_stamp now;
    if (!source->connection->is_immutable)
        return WH_OK;
    WH_TRY(take_stamp(source->connection, &now, err));
    return is_same(&now, &source->watch.stamp) ? WH_OK : say_changed(source, err);
}

wh_code wh_sqlite_watch_check(struct wh_sqlite_source *source, struct wh_error *err)
{
    int64_t version = 0;
    pthread_mutex_lock(&source->watch.lock);
    wh_code rc = ask_version(source, &version, err);
    pthread_mutex_unlock(&source->watch.lock);
    WH_TRY(rc);
    if (version != source->watch.version)
        return say_changed(source, err);
    return wh_sqlite_watch_check_read(source, err);
}
