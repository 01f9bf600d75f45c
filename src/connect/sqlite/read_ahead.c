/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/read_ahead.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/macros.h"

/* A piece that is fetched, and how far a page may stand behind the one before it to be its next. */
enum { PIECE = 64 * 1024 };

/** A VFS that opens databases through another one. */
struct shim {
    sqlite3_vfs
        vfs; /* first: SQLite sees this; with functions and data of `below`, but for xOpen */
    sqlite3_vfs *below;
};

/** A database file; that of the VFS below stands right behind it. */
struct ahead_file {
    sqlite3_file file;  /* first: SQLite sees this */
    char *piece;        /* PIECE bytes, owned; NULL before they are needed */
    sqlite3_int64 next; /* where the last read ended */
    sqlite3_int64 from; /* what `piece` holds starts here */
    int held;           /* bytes in `piece`; 0 where there is nothing */
};

static sqlite3_file *below(sqlite3_file *file)
{
    return (sqlite3_file *)((char *)file + sizeof(struct ahead_file));
}

static void forget(sqlite3_file *file)
{
    ((struct ahead_file *)file)->held = 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_held(const struct ahead_file *ahead, sqlite3_int64 at, int size)
{
    return at >= ahead->from && at + size <= ahead->from + ahead->held;
}

/** Whole pieces only: what the file ends in is SQLite's to ask for. */
static bool fetch(struct ahead_file *ahead, sqlite3_int64 at)
{
    ahead->held = 0;
    if (ahead->piece == NULL)
        ahead->piece = malloc(PIECE);
    sqlite3_file *file = below(&ahead->file);
    if (ahead->piece == NULL || file->pMethods->xRead(file, ahead->piece, PIECE, at) != SQLITE_OK)
        return false;
    ahead->from = at;
    ahead->held = PIECE;
    return true;
}

static int read_ahead(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
    struct ahead_file *ahead = (struct ahead_file *)file;
    bool is_next = at >= ahead->next && at - ahead->next < PIECE && size * 2 <= PIECE;
    ahead->next = at + size;
    if (is_held(ahead, at, size) || (is_next && fetch(ahead, at))) {
        memcpy(to, ahead->piece + (at - ahead->from), (size_t)size);
        return SQLITE_OK;
    }
    return below(file)->pMethods->xRead(below(file), to, size, at);
}

/* ---- what makes it forget -------------------------------------------------------------------- */

static int write_through(sqlite3_file *file, const void *from, int size, sqlite3_int64 at)
{
    forget(file);
    return below(file)->pMethods->xWrite(below(file), from, size, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    forget(file);
    return below(file)->pMethods->xTruncate(below(file), size);
}

static int lock_file(sqlite3_file *file, int lock)
{
    forget(file);
    return below(file)->pMethods->xLock(below(file), lock);
}

static int unlock_file(sqlite3_file *file, int lock)
{
    forget(file);
    return below(file)->pMethods->xUnlock(below(file), lock);
}

static int lock_shared_memory(sqlite3_file *file, int first, int count, int flags)
{
    forget(file);
    return below(file)->pMethods->xShmLock(below(file), first, count, flags);
}

static int control(sqlite3_file *file, int operation, void *argument)
{
    forget(file);
    return below(file)->pMethods->xFileControl(below(file), operation, argument);
}

/* ---- what is only passed on ------------------------------------------------------------------ */

static int sync_file(sqlite3_file *file, int flags)
{
    return below(file)->pMethods->xSync(below(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return below(file)->pMethods->xFileSize(below(file), size);
}

static int check_reserved_lock(sqlite3_file *file, int *is_reserved)
{
    return below(file)->pMethods->xCheckReservedLock(below(file), is_reserved);
}

static int sector_size(sqlite3_file *file)
{
    return below(file)->pMethods->xSectorSize(below(file));
}

static int device_characteristics(sqlite3_file *file)
{
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

static int map_shared_memory(sqlite3_file *file, int region, int size, int extend,
                             void volatile **ret)
{
    return below(file)->pMethods->xShmMap(below(file), region, size, extend, ret);
}

static void shared_memory_barrier(sqlite3_file *file)
{
    below(file)->pMethods->xShmBarrier(below(file));
}

static int unmap_shared_memory(sqlite3_file *file, int also_delete)
{
    return below(file)->pMethods->xShmUnmap(below(file), also_delete);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int close_file(sqlite3_file *file)
{
    free(((struct ahead_file *)file)->piece);
    return below(file)->pMethods->xClose(below(file));
}

/* Version 2: without xFetch, which is for memory maps. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_ahead,
    .xWrite = write_through,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = map_shared_memory,
    .xShmLock = lock_shared_memory,
    .xShmBarrier = shared_memory_barrier,
    .xShmUnmap = unmap_shared_memory,
};

/** Journals and logs are opened as ever. */
static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    sqlite3_vfs *real = ((struct shim *)vfs)->below;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
        return real->xOpen(real, name, file, flags, ret_flags);
    *(struct ahead_file *)file = (struct ahead_file){.file = {NULL}};
    int rc = real->xOpen(real, name, below(file), flags, ret_flags);
    const sqlite3_io_methods *got = below(file)->pMethods;
    if (rc == SQLITE_OK && got->iVersion >= methods.iVersion && got->xShmMap != NULL)
        file->pMethods = &methods;
    else if (got != NULL)
        got->xClose(below(file));
    return rc == SQLITE_OK && file->pMethods == NULL ? SQLITE_CANTOPEN : rc;
}

static sqlite3_vfs *make(const char *name)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    struct shim *shim = real != NULL ? malloc(sizeof(*shim)) : NULL;
    if (shim == NULL)
        return NULL;
    *shim = (struct shim){.vfs = *real, .below = real};
    shim->vfs.iVersion = WH_MIN(real->iVersion, 3); /* what the header in use describes */
    shim->vfs.pNext = NULL;
    shim->vfs.zName = name;
    shim->vfs.szOsFile = real->szOsFile + (int)sizeof(struct ahead_file);
    shim->vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&shim->vfs, 0) == SQLITE_OK)
        return &shim->vfs;
    free(shim);
    return NULL;
}

const char *wh_sqlite_read_ahead_vfs(void)
{
    static const char name[] = "wherry-read-ahead";
    if (sqlite3_initialize() != SQLITE_OK)
        return NULL;
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    sqlite3_mutex_enter(mutex);
    sqlite3_vfs *vfs = sqlite3_vfs_find(name);
    if (vfs == NULL)
        vfs = make(name);
    sqlite3_mutex_leave(mutex);
    return vfs != NULL ? vfs->zName : NULL;
}
