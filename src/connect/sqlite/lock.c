/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "connect/sqlite/connection.h"
#include "data/datetime.h"
#include "data/hash.h"
#include "data/text.h"

#define SUFFIX "-wherry-lock"
#define MAX_NAME 200
#define MAX_CONTENTS 65536
#define GUARD_BYTE 0                   /* locked while the contents or the file change */
#define NAMES_START (INT64_C(1) << 61) /* the byte of a name is at or behind it */
#define GUARD_TRIES 2000               /* of a millisecond each */

struct wh_sqlite_lock {
    struct wh_sqlite_lock *next;
    int fd;
    char name[MAX_NAME];
    size_t name_len;
};

/** Who holds a lock, as a line of the file says it. */
struct holder {
    struct wh_str name;
    struct wh_str pid;
    struct wh_str host;
    struct wh_str since;
};

static struct wh_str lock_name(const struct wh_sqlite_lock *lock)
{
    return wh_str_make(lock->name, lock->name_len);
}

/* ---- bytes of the file ----------------------------------------------------------------------- */

/** Sets @p type (F_WRLCK, F_UNLCK) on one byte without waiting; 0 or an errno. */
static int set_byte(int fd, int64_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

static bool is_taken(int problem)
{
    return problem == EAGAIN || problem == EACCES;
}

/** Any lock of another open file on the byte of any name. */
static bool others_hold_locks(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = NAMES_START};
    return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

static int64_t byte_of(struct wh_str name)
{
    return NAMES_START + (int64_t)(wh_hash_bytes(name, 0) >> 4);
}

/** Waits for the guard: whoever has it gives it back within microseconds. */
static wh_code take_guard(int fd, const char *path, struct wh_error *err)
{
    for (int i = 0; i < GUARD_TRIES; i++) {
        int problem = set_byte(fd, GUARD_BYTE, F_WRLCK);
        if (problem == 0)
            return WH_OK;
        if (!is_taken(problem))
            return wh_error_system(err, WH_UNREACHABLE, problem, "'%s' cannot be locked", path);
        wh_clock_nap(0.001);
    }
    return wh_error_set(err, WH_BUSY, "'%s' stays locked; is a stopped process holding it?", path);
}

/** True where @p fd is still the file that stands at @p path, and was not removed meanwhile. */
static bool is_current(int fd, const char *path)
{
    struct stat ours;
    struct stat there;
    return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

/** Opens the file, making it where it is missing, and takes its guard. */
static wh_code open_guarded(const char *path, mode_t mode, int *ret, struct wh_error *err)
{
    for (int i = 0; i < GUARD_TRIES; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0)
            return wh_error_system(err, WH_UNREACHABLE, errno, "lock file '%s'", path);
        wh_code rc = take_guard(fd, path, err);
        if (rc == WH_OK && is_current(fd, path)) {
            *ret = fd;
            return WH_OK;
        }
        close(fd);
        if (rc != WH_OK)
            return rc;
    }
    return wh_error_set(err, WH_BUSY, "lock file '%s' is removed again and again", path);
}

/* ---- the contents ---------------------------------------------------------------------------- */

static bool next_holder(struct wh_str *rest, struct holder *ret)
{
    if (rest->len == 0)
        return false;
    struct wh_str line = wh_str_split(rest, '\n');
    ret->name = wh_str_split(&line, '\t');
    ret->pid = wh_str_split(&line, '\t');
    ret->host = wh_str_split(&line, '\t');
    ret->since = line;
    return true;
}

/** Reads the whole file; what is not text was not written by wherry and counts as empty. */
static wh_code read_contents(int fd, struct wh_buf *contents, struct wh_error *err)
{
    WH_TRY(wh_buf_reserve(contents, MAX_CONTENTS, err));
    ssize_t size = pread(fd, contents->ptr, MAX_CONTENTS, 0);
    if (size < 0)
        return wh_error_system(err, WH_IO, errno, "the lock file cannot be read");
    if (wh_utf8_is_valid(wh_str_make(contents->ptr, (size_t)size)))
        contents->len = (size_t)size;
    return WH_OK;
}

static wh_code append_self(struct wh_buf *contents, struct wh_str name, struct wh_error *err)
{
    char host[256] = "";
    char since[WH_DATETIME_SIZE];
    int64_t now = wh_clock_now();
    size_t len = wh_timestamptz_print(now - now % WH_USECS_PER_SECOND, since);
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    return wh_buf_printf(contents, err, "%.*s\t%ld\t%s\t%.*s\n", WH_FMT(name), (long)getpid(), host,
                         (int)len, since);
}

/** Writes the lines of all holders but @p name's, and with @p is_held a new one for it. */
static wh_code rewrite(int fd, struct wh_str name, bool is_held, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf old;
    WH_CLEANUP(wh_buf_release) struct wh_buf new;
    wh_buf_init(&old, MAX_CONTENTS);
    wh_buf_init(&new, MAX_CONTENTS);
    WH_TRY(read_contents(fd, &old, err));
    struct wh_str rest = wh_buf_str(&old);
    struct holder holder;
    while (next_holder(&rest, &holder))
        if (!wh_str_equal(holder.name, name))
            WH_TRY(wh_buf_printf(&new, err, "%.*s\t%.*s\t%.*s\t%.*s\n", WH_FMT(holder.name),
                                 WH_FMT(holder.pid), WH_FMT(holder.host), WH_FMT(holder.since)));
    if (is_held)
        WH_TRY(append_self(&new, name, err));
    if (ftruncate(fd, 0) != 0 || pwrite(fd, new.ptr, new.len, 0) != (ssize_t) new.len)
        return wh_error_system(err, WH_IO, errno, "the lock file cannot be written");
    return WH_OK;
}

/** What the file says of @p name's holder, in words. */
static wh_code describe_holder(int fd, struct wh_str name, struct wh_arena *arena,
                               struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf contents;
    wh_buf_init(&contents, MAX_CONTENTS);
    WH_TRY(read_contents(fd, &contents, err));
    struct wh_str rest = wh_buf_str(&contents);
    struct holder holder = {.pid = WH_STR("?"), .host = WH_STR("?"), .since = WH_STR("?")};
    struct holder seen;
    while (next_holder(&rest, &seen))
        if (wh_str_equal(seen.name, name))
            holder = seen;
    return wh_arena_format(arena, ret, err, "process %.*s on '%.*s', since %.*s",
                           WH_FMT(holder.pid), WH_FMT(holder.host), WH_FMT(holder.since));
}

static wh_code report_holder(int fd, struct wh_str name, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str holder;
    wh_arena_init(&scratch);
    WH_TRY(describe_holder(fd, name, &scratch, &holder, err));
    wh_error_set(err, WH_BUSY, "another %.*s is going on here (%.*s); wait until it ends",
                 WH_FMT(name), WH_FMT(holder));
    if (err != NULL)
        err->retry = WH_RETRY_AGAIN;
    return WH_BUSY;
}

/* ---- locks ----------------------------------------------------------------------------------- */

static wh_code check_name(struct wh_str name, struct wh_error *err)
{
    bool is_good = name.len > 0 && name.len <= MAX_NAME && wh_utf8_is_valid(name);
    for (size_t i = 0; i < name.len; i++)
        is_good = is_good && (unsigned char)name.ptr[i] >= ' ';
    return is_good ? WH_OK
                   : wh_error_set(err, WH_INVALID,
                                  "'%.*s' cannot name a lock: 1 to %d bytes without control "
                                  "characters can",
                                  WH_FMT(name), MAX_NAME);
}

static wh_code lock_path(struct wh_destination *destination, struct wh_arena *scratch,
                         const char **ret, mode_t *ret_mode, struct wh_error *err)
{
    /* SQLite's own name of the file has no symbolic links: one database, one lock file. */
    const char *database = sqlite3_db_filename(destination->db, "main");
    struct wh_str path;
    struct stat info;
    WH_TRY(wh_arena_format(scratch, &path, err, "%s" SUFFIX, database));
    *ret = path.ptr;
    /* Whoever may write to the database may lock it. */
    *ret_mode = stat(database, &info) == 0 ? info.st_mode & 0666 : 0600;
    return WH_OK;
}

/** Takes the byte of @p name in the guarded file @p fd. */
static wh_code take_byte(int fd, struct wh_str name, const char *path, struct wh_error *err)
{
    int problem = set_byte(fd, byte_of(name), F_WRLCK);
    if (problem == 0)
        return rewrite(fd, name, true, err);
    if (is_taken(problem))
        return report_holder(fd, name, err);
    return wh_error_system(err, WH_UNREACHABLE, problem, "'%s' cannot be locked", path);
}

static wh_code lock_file(struct wh_sqlite_lock *lock, const char *path, mode_t mode,
                         struct wh_error *err)
{
    WH_TRY(open_guarded(path, mode, &lock->fd, err));
    wh_code rc = take_byte(lock->fd, lock_name(lock), path, err);
    if (rc == WH_OK)
        set_byte(lock->fd, GUARD_BYTE, F_UNLCK);
    else
        close(lock->fd); /* and with it the guard and the byte */
    return rc;
}

wh_code wh_sqlite_lock(struct wh_destination *destination, struct wh_str name, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    const char *path;
    mode_t mode;
    wh_arena_init(&scratch);
    WH_TRY(check_name(name, err));
    WH_TRY(lock_path(destination, &scratch, &path, &mode, err));
    struct wh_sqlite_lock *lock = calloc(1, sizeof(*lock));
    if (lock == NULL)
        return wh_error_no_memory(err, sizeof(*lock));
    memcpy(lock->name, name.ptr, name.len);
    lock->name_len = name.len;
    wh_code rc = lock_file(lock, path, mode, err);
    if (rc != WH_OK) {
        free(lock);
        return rc;
    }
    lock->next = destination->locks;
    destination->locks = lock;
    return WH_OK;
}

/** Takes the name out of the file, and the file away where nobody needs it any more. */
static wh_code forget_holder(const struct wh_sqlite_lock *lock, const char *path,
                             struct wh_error *err)
{
    WH_TRY(take_guard(lock->fd, path, err));
    WH_TRY(rewrite(lock->fd, lock_name(lock), false, err));
    if (is_current(lock->fd, path) && !others_hold_locks(lock->fd) && unlink(path) != 0)
        return wh_error_system(err, WH_IO, errno, "lock file '%s' cannot be removed", path);
    return WH_OK;
}

static wh_code give_back(struct wh_destination *destination, struct wh_sqlite_lock *lock,
                         struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    const char *path;
    mode_t mode;
    wh_arena_init(&scratch);
    wh_code rc = lock_path(destination, &scratch, &path, &mode, err);
    if (rc == WH_OK)
        rc = forget_holder(lock, path, err);
    /* Whatever became of the file: closing it is what gives the lock back. */
    close(lock->fd);
    free(lock);
    return rc;
}

wh_code wh_sqlite_unlock(struct wh_destination *destination, struct wh_str name,
                         struct wh_error *err)
{
    for (struct wh_sqlite_lock **at = &destination->locks; *at != NULL; at = &(*at)->next) {
        struct wh_sqlite_lock *lock = *at;
        if (!wh_str_equal(lock_name(lock), name))
            continue;
        *at = lock->next;
        return give_back(destination, lock, err);
    }
    return wh_error_set(err, WH_INVALID, "lock '%.*s' is not held", WH_FMT(name));
}

wh_code wh_sqlite_holder(struct wh_destination *destination, struct wh_str name,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const char *path;
    mode_t mode;
    *ret = WH_STR_NONE;
    WH_TRY(check_name(name, err));
    WH_TRY(lock_path(destination, arena, &path, &mode, err));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return WH_OK;
    if (fd < 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "lock file '%s'", path);
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte_of(name), .l_len = 1};
    wh_code rc = WH_OK;
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0)
        rc = wh_error_system(err, WH_UNREACHABLE, errno, "the lock of '%s' cannot be seen", path);
    else if (lock.l_type != F_UNLCK)
        rc = describe_holder(fd, name, arena, ret, err);
    close(fd);
    return rc;
}

void wh_sqlite_unlock_all(struct wh_destination *destination)
{
    while (destination->locks != NULL) {
        struct wh_sqlite_lock *lock = destination->locks;
        destination->locks = lock->next;
        WH_IGNORE(give_back(destination, lock, NULL), "the lock goes whatever the file says");
    }
}
