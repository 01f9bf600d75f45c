/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/lock.h"
#include "connect/sqlite/read_ahead.h"
#include "connect/sqlite/statement.h"

/* Pages the write-ahead log may hold before a commit copies them into the database: 1 GiB of the
 * usual pages. A bulk load changes the same inner pages again and again, and each is then copied
 * once; the log file is used anew after that and grows no further. */
#define CHECKPOINT_PAGES 262144

/* What only looks comes by most pages once (state, the number of rows, rows compared in the order
 * of the table), and new memory costs it more than the page: it has one part in so many of the
 * cache, enough for inner pages. */
#define LOOKING_SHARE 64

/* The cache takes no more than this part of the budget. */
#define BUDGET_PARTS 4

/* How long a waiting writer sleeps at most before it looks again. */
#define MAX_NAP_MS 10

/* ---- looking at the file -------------------------------------------------------------------- */

/** As the user whose rights the program has now, root's set aside by seteuid() included. */
static bool may(const char *path, int how)
{
    return faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

struct folder {
    char name[4096 + 1];
};

static struct folder folder_of(const char *path)
{
    struct folder folder;
    const char *slash = strrchr(path, '/');
    snprintf(folder.name, sizeof(folder.name), "%.*s", slash == path ? 1 : (int)(slash - path),
             path);
    return folder;
}

/** A database that is not there may be made by a run, but no folder is. */
static wh_code check_folder_is_there(const char *path, struct wh_error *err)
{
    struct folder folder = folder_of(path);
    struct stat info;
    if (stat(folder.name, &info) != 0)
        return wh_error_system(err, WH_IO, errno, "folder '%s' cannot be used", folder.name);
    return WH_OK;
}

static wh_code check_folder(const char *path, struct wh_error *err)
{
    struct folder named = folder_of(path);
    const char *folder = named.name;
    struct stat info;
    if (stat(folder, &info) != 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "folder '%s' cannot be used", folder);
    if (!S_ISDIR(info.st_mode))
        return wh_error_set(err, WH_UNREACHABLE, "'%s' is not a folder", folder);
    if (!may(folder, W_OK))
        return wh_error_system(err, WH_UNREACHABLE, errno, "folder '%s' cannot be written to",
                               folder);
    return WH_OK;
}

/** Says what is wrong with the file before SQLite says "unable to open database file". */
static wh_code check_file(const struct wh_sqlite_location *location, bool is_read_only,
                          struct wh_error *err)
{
    const char *path = location->path;
    struct stat info;
    if (stat(path, &info) != 0 && errno != ENOENT)
        return wh_error_system(err, WH_UNREACHABLE, errno, "database '%s' cannot be opened", path);
    if (stat(path, &info) != 0) {
        if (is_read_only || wh_str_is(location->options.mode, "rw"))
            return wh_error_set(err, WH_UNREACHABLE, "database '%s' does not exist", path);
        return check_folder(path, err);
    }
    if (S_ISDIR(info.st_mode))
        return wh_error_set(err, WH_UNREACHABLE, "'%s' is a folder, not an SQLite database", path);
    if (!S_ISREG(info.st_mode))
        return wh_error_set(err, WH_UNREACHABLE, "'%s' is not a regular file", path);
    if (!may(path, is_read_only ? R_OK : R_OK | W_OK))
        return wh_error_system(err, WH_UNREACHABLE, errno, "database '%s' cannot be %s", path,
                               is_read_only ? "read" : "written to");
    return is_read_only ? WH_OK : check_folder(path, err);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/** SQLite asks whether to try again: until the time is up or somebody wants to stop. */
static int wait_for_lock(void *context, int tries)
{
    struct wh_destination *destination = context;
    int64_t now = (int64_t)(wh_clock_seconds() * 1000);
    if (tries == 0)
        destination->waiting_since = now;
    if (atomic_load(&destination->is_interrupted) ||
        wh_cancel_asked(destination->cancel, WH_CANCEL_NOW))
        return 0;
    int64_t left =
        destination->waiting_since + (int64_t)destination->location.options.busy_timeout - now;
    if (left <= 0)
        return 0;
    sqlite3_sleep((int)WH_MIN(WH_MIN(tries + 1, MAX_NAP_MS), left));
    return 1;
}

/* ---- settings ------------------------------------------------------------------------------- */

/**
 * The schema stays trusted: SQLite 3.40 takes json_valid() in a CHECK for unsafe otherwise, and a
 * schema can call nothing here but SQLite's own functions (loading extensions is off).
 */
static wh_code set_flags(struct wh_destination *destination, struct wh_error *err)
{
    static const struct {
        int flag;
        int value;
    } flags[] = {
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1},
        {SQLITE_DBCONFIG_DEFENSIVE, 1}, /* no SQL can harm the file's structure */
        {SQLITE_DBCONFIG_DQS_DML, 0},   /* "x" is a name, never a string */
        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    for (size_t i = 0; i < WH_COUNT_OF(flags); i++) {
        int rc = sqlite3_db_config(destination->db, flags[i].flag, flags[i].value, (int *)NULL);
        if (rc != SQLITE_OK)
            return wh_sqlite_failure(destination->db, rc, err, "SQLite does not take a setting");
    }
    return WH_OK;
}

/** Of @p size bytes, which a small budget makes fewer. */
static wh_code keep_pages(struct wh_destination *destination, uint64_t size, struct wh_error *err)
{
    struct wh_budget *budget = destination->budget;
    char sql[64];
    if (budget != NULL && budget->limit != 0)
        size = WH_MIN(size, (uint64_t)budget->limit / BUDGET_PARTS);
    wh_budget_give(budget, destination->cache);
    destination->cache = (size_t)size;
    wh_budget_force(budget, destination->cache);
    snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%llu", (unsigned long long)(size / 1024));
    return wh_sqlite_run(destination, sql, err);
}

static wh_code set_pragmas(struct wh_destination *destination, struct wh_error *err)
{
    const struct wh_sqlite_options *options = &destination->location.options;
    char sql[512];
    WH_TRY(keep_pages(destination, options->cache / LOOKING_SHARE, err));
    snprintf(sql, sizeof(sql),
             "PRAGMA synchronous = %.*s;"
             "PRAGMA wal_autocheckpoint = %d;"
             "PRAGMA mmap_size = 0;"
             "PRAGMA temp_store = FILE;"
             "PRAGMA cell_size_check = ON;",
             WH_FMT(options->synchronous), CHECKPOINT_PAGES);
    return wh_sqlite_run(destination, sql, err);
}

/** Reading the schema is the first look into the file: what is no database shows here. */
static wh_code look_inside(struct wh_destination *destination, struct wh_error *err)
{
    sqlite3_stmt *encoding WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    int64_t version;
    WH_TRY(wh_sqlite_ask_number(destination, "PRAGMA schema_version", &version, err));
    WH_TRY(
        wh_sqlite_compile(destination, WH_STR("PRAGMA encoding"), WH_SQLITE_ONCE, &encoding, err));
    if (sqlite3_step(encoding) == SQLITE_ROW)
        destination->is_utf16 =
            !wh_str_is(wh_str_from((const char *)sqlite3_column_text(encoding, 0)), "UTF-8");
    return WH_OK;
}

/**
 * Asks for a write-ahead log, with which readers and the writer do not wait for each other. A
 * database that cannot change now (somebody has it open, or its file system has no shared memory)
 * keeps its own journal: slower, as safe.
 */
static wh_code want_write_ahead_log(struct wh_destination *destination, struct wh_error *err)
{
    sqlite3_stmt *pragma WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile(destination, WH_STR("PRAGMA journal_mode = WAL"), WH_SQLITE_ONCE,
                             &pragma, err));
    sqlite3_busy_handler(destination->db, NULL, NULL);
    int rc = sqlite3_step(pragma);
    sqlite3_busy_handler(destination->db, wait_for_lock, destination);
    if (rc == SQLITE_ROW || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return WH_OK;
    return wh_sqlite_failure(destination->db, rc, err, "its journal");
}

static wh_code set_up(struct wh_destination *destination, struct wh_error *err)
{
    sqlite3_extended_result_codes(destination->db, 1);
    sqlite3_busy_handler(destination->db, wait_for_lock, destination);
    WH_TRY(set_flags(destination, err));
    WH_TRY(set_pragmas(destination, err));
    WH_TRY(look_inside(destination, err));
    if (destination->is_read_only)
        return WH_OK;
    if (sqlite3_db_readonly(destination->db, "main") != 0)
        return wh_error_set(err, WH_UNREACHABLE, "it is read-only");
    return want_write_ahead_log(destination, err);
}

/* ---- opening the file ----------------------------------------------------------------------- */

static wh_code open_name(struct wh_destination *destination, const char *name, int flags,
                         struct wh_error *err)
{
    int rc = sqlite3_open_v2(name, &destination->db, flags | SQLITE_OPEN_NOMUTEX,
                             wh_sqlite_read_ahead_vfs());
    return rc == SQLITE_OK ? set_up(destination, err)
                           : wh_sqlite_failure(destination->db, rc, err, "%s", "");
}

static wh_code open_file(struct wh_destination *destination, struct wh_error *err)
{
    const struct wh_sqlite_location *location = &destination->location;
    int flags = SQLITE_OPEN_READONLY;
    if (!destination->is_read_only)
        flags = SQLITE_OPEN_READWRITE |
                (wh_str_is(location->options.mode, "rwc") ? SQLITE_OPEN_CREATE : 0);
    return open_name(destination, location->path, flags, err);
}

/* ---- a write-ahead log that cannot be used --------------------------------------------------- */

wh_code wh_sqlite_path_beside(const struct wh_destination *destination, const char *ending,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    return wh_arena_format(arena, ret, err, "%s%s", destination->location.path, ending);
}

/** True where the header says that the database is written through a log: byte 19 of
 *  https://www.sqlite.org/fileformat2.html#the_database_header is 2. */
static bool has_write_ahead_log(const char *path)
{
    char header[20] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t got = pread(file, header, sizeof(header), 0);
    close(file);
    return got == (ssize_t)sizeof(header) && header[19] == 2;
}

/** "file:", the path with what has a meaning in a URI as %XX, and the parameter. */
static wh_code make_immutable_uri(struct wh_destination *destination, struct wh_str *ret,
                                  struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf uri;
    wh_buf_init(&uri, 16384);
    WH_TRY(wh_buf_append_str(&uri, WH_STR("file:"), err));
    for (const char *at = destination->location.path; *at != '\0'; at++) {
        bool is_special = *at == '%' || *at == '?' || *at == '#';
        if (is_special)
            WH_TRY(wh_buf_printf(&uri, err, "%%%02X", (unsigned)(unsigned char)*at));
        else
            WH_TRY(wh_buf_append_byte(&uri, *at, err));
    }
    WH_TRY(wh_buf_append_str(&uri, WH_STR("?immutable=1"), err));
    return wh_arena_copy(&destination->arena, wh_buf_str(&uri), ret, err);
}

static wh_code open_immutable(struct wh_destination *destination, struct wh_error *err)
{
    struct wh_str log;
    struct wh_str uri;
    struct stat info;
    WH_TRY(wh_sqlite_path_beside(destination, "-wal", &destination->arena, &log, err));
    if (stat(log.ptr, &info) != 0 && errno != ENOENT)
        return wh_error_system(err, WH_UNREACHABLE, errno, "its log '%s' cannot be inspected",
                               log.ptr);
    if (stat(log.ptr, &info) == 0 && info.st_size > 0)
        return wh_error_set(err, WH_UNREACHABLE,
                            "its log '%s' holds changes that cannot be read where the folder "
                            "cannot be written to; copy both files to a folder that can",
                            log.ptr);
    WH_TRY(make_immutable_uri(destination, &uri, err));
    sqlite3_close_v2(destination->db);
    destination->db = NULL;
    destination->is_immutable = true;
    return open_name(destination, uri.ptr, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

/* ---- a journal that somebody left behind ----------------------------------------------------- */

/** Somebody who wrote to it was killed: the journal says how to undo what is half done. */
static bool is_half_written(const struct wh_error *err)
{
    return err->vendor_code == SQLITE_READONLY_ROLLBACK ||
           err->vendor_code == SQLITE_READONLY_RECOVERY;
}

/** Any other reader would take it back, too; after that nothing is written. */
static wh_code open_half_written(struct wh_destination *destination, struct wh_error *err)
{
    sqlite3_close_v2(destination->db);
    destination->db = NULL;
    WH_TRY(open_name(destination, destination->location.path, SQLITE_OPEN_READWRITE, err));
    return wh_sqlite_run(destination, "PRAGMA query_only = ON", err);
}

static bool lacks_its_log(const struct wh_destination *destination, const struct wh_error *err)
{
    bool cannot_make_it = (err->vendor_code & 0xff) == SQLITE_CANTOPEN ||
                          err->vendor_code == SQLITE_READONLY_DIRECTORY ||
                          err->vendor_code == SQLITE_READONLY_CANTINIT;
    return cannot_make_it && has_write_ahead_log(destination->location.path);
}

static wh_code open_named(struct wh_destination *destination, bool is_source, struct wh_error *err)
{
    if (destination->is_read_only && !is_source)
        WH_TRY(check_folder_is_there(destination->location.path, err));
    WH_TRY(check_file(&destination->location, destination->is_read_only, err));
    struct wh_error own = WH_ERROR_NONE;
    struct wh_error *told = err != NULL ? err : &own;
    wh_code rc = open_file(destination, told);
    if (rc == WH_OK)
        return WH_OK;
    /* What only reads may: whoever wrote to the database now would have its log beside it. */
    if (destination->is_read_only && lacks_its_log(destination, told))
        rc = open_immutable(destination, told);
    else if (is_source && is_half_written(told))
        rc = wh_error_set(told, WH_UNREACHABLE,
                          "a program that wrote to it was killed, and a source is not changed; "
                          "open it once with that program, or with sqlite3");
    else if (is_half_written(told))
        rc = open_half_written(destination, told);
    if (rc == WH_OK) {
        wh_error_reset(told);
        return WH_OK;
    }
    return wh_error_prefix(told, rc, "database '%s'", destination->location.path);
}

/* ---- open and close -------------------------------------------------------------------------- */

static wh_code open_as(const struct wh_destination_request *request, bool is_source,
                       struct wh_destination **ret, struct wh_error *err)
{
    struct wh_destination *destination = calloc(1, sizeof(*destination));
    if (destination == NULL)
        return wh_error_no_memory(err, sizeof(*destination));
    wh_arena_init(&destination->arena);
    destination->is_read_only = request->read_only;
    destination->budget = request->budget;
    destination->cancel = request->cancel;
    wh_code rc = wh_sqlite_location_parse(request->url, request->base_folder, &destination->arena,
                                          &destination->location, err);
    if (rc == WH_OK)
        rc = open_named(destination, is_source, err);
    if (rc != WH_OK) {
        wh_sqlite_close(destination);
        return rc;
    }
    *ret = destination;
    return WH_OK;
}

wh_code wh_sqlite_open(const struct wh_destination_request *request, struct wh_destination **ret,
                       struct wh_error *err)
{
    return open_as(request, false, ret, err);
}

wh_code wh_sqlite_open_source(const struct wh_destination_request *request,
                              struct wh_destination **ret, struct wh_error *err)
{
    struct wh_destination_request reading = *request;
    reading.read_only = true;
    return open_as(&reading, true, ret, err);
}

void wh_sqlite_close(struct wh_destination *destination)
{
    if (destination == NULL)
        return;
    wh_sqlite_statements_forget(destination);
    wh_sqlite_unlock_all(destination);
    /* _v2: a statement that its owner frees later is no reason to keep the file open for good. */
    sqlite3_close_v2(destination->db);
    wh_budget_give(destination->budget, destination->cache);
    wh_arena_release(&destination->arena);
    free(destination);
}

/* ---- running -------------------------------------------------------------------------------- */

wh_code wh_sqlite_run(struct wh_destination *destination, const char *sql, struct wh_error *err)
{
    atomic_store(&destination->is_interrupted, false);
    int rc = sqlite3_exec(destination->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? WH_OK : wh_sqlite_failure(destination->db, rc, err, "%s", "");
}

wh_code wh_sqlite_compile(struct wh_destination *destination, struct wh_str sql, bool is_kept,
                          sqlite3_stmt **ret, struct wh_error *err)
{
    unsigned flags = is_kept ? SQLITE_PREPARE_PERSISTENT : 0;
    if (sql.len > INT32_MAX)
        return wh_error_set(err, WH_LIMIT, "a statement of %zu bytes is too long", sql.len);
    int rc = sqlite3_prepare_v3(destination->db, sql.ptr, (int)sql.len, flags, ret, NULL);
    return rc == SQLITE_OK ? WH_OK : wh_sqlite_failure(destination->db, rc, err, "%s", "");
}

wh_code wh_sqlite_compile_with(struct wh_destination *destination, const char *sql,
                               struct wh_str text, sqlite3_stmt **ret, struct wh_error *err)
{
    WH_TRY(wh_sqlite_compile(destination, wh_str_from(sql), WH_SQLITE_ONCE, ret, err));
    int rc = sqlite3_bind_text64(*ret, 1, text.len > 0 ? text.ptr : "", text.len, SQLITE_TRANSIENT,
                                 SQLITE_UTF8);
    return rc == SQLITE_OK ? WH_OK : wh_sqlite_failure(destination->db, rc, err, "%s", "");
}

void wh_sqlite_statement_release(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
    *statement = NULL;
}

wh_code wh_sqlite_ask_number(struct wh_destination *destination, const char *sql, int64_t *ret,
                             struct wh_error *err)
{
    sqlite3_stmt *statement WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_compile(destination, wh_str_from(sql), WH_SQLITE_ONCE, &statement, err));
    int rc = sqlite3_step(statement);
    if (rc != SQLITE_ROW)
        return wh_sqlite_failure(destination->db, rc, err, "%s", "");
    *ret = sqlite3_column_int64(statement, 0);
    return WH_OK;
}

/* ---- transactions --------------------------------------------------------------------------- */

bool wh_sqlite_is_in_transaction(const struct wh_destination *destination)
{
    return sqlite3_get_autocommit(destination->db) == 0;
}

wh_code wh_sqlite_want_cache(struct wh_destination *destination, struct wh_error *err)
{
    if (destination->has_whole_cache)
        return WH_OK;
    destination->has_whole_cache = true;
    return keep_pages(destination, destination->location.options.cache, err);
}

wh_code wh_sqlite_begin(struct wh_destination *destination, struct wh_error *err)
{
    WH_ASSERT(!wh_sqlite_is_in_transaction(destination), err);
    /* A read that was left open holds an old snapshot, from which nothing can be written. */
    wh_sqlite_statements_end(destination);
    wh_code rc = wh_sqlite_run(destination, "BEGIN IMMEDIATE", err);
    if (rc == WH_BUSY)
        return wh_error_prefix(err, rc,
                               "another program is writing to '%s' (waited for %llu ms, "
                               "busy_timeout)",
                               destination->location.path,
                               (unsigned long long)destination->location.options.busy_timeout);
    return rc;
}

/** Where there is no write-ahead log, a writer can commit only when this has ended. */
wh_code wh_sqlite_begin_reading(struct wh_destination *destination, struct wh_error *err)
{
    WH_ASSERT(!wh_sqlite_is_in_transaction(destination), err);
    /* A read that was left open would give its moment to this one. */
    wh_sqlite_statements_end(destination);
    return wh_sqlite_run(destination, "BEGIN DEFERRED", err);
}

wh_code wh_sqlite_commit(struct wh_destination *destination, struct wh_error *err)
{
    WH_ASSERT(wh_sqlite_is_in_transaction(destination), err);
    wh_sqlite_statements_end(destination);
    /* Deferred foreign keys are refused here; the transaction then still stands. */
    return wh_sqlite_run(destination, "COMMIT", err);
}

wh_code wh_sqlite_rollback(struct wh_destination *destination, struct wh_error *err)
{
    wh_sqlite_statements_end(destination);
    /* A full disk and the like have rolled back already. */
    return wh_sqlite_is_in_transaction(destination) ? wh_sqlite_run(destination, "ROLLBACK", err)
                                                    : WH_OK;
}

static wh_code run_on_savepoint(struct wh_destination *destination, const char *verb, int depth,
                                struct wh_error *err)
{
    char sql[64];
    WH_ASSERT(wh_sqlite_is_in_transaction(destination), err);
    snprintf(sql, sizeof(sql), "%s wherry_%d", verb, depth);
    return wh_sqlite_run(destination, sql, err);
}

wh_code wh_sqlite_savepoint(struct wh_destination *destination, int depth, struct wh_error *err)
{
    return run_on_savepoint(destination, "SAVEPOINT", depth, err);
}

wh_code wh_sqlite_release(struct wh_destination *destination, int depth, struct wh_error *err)
{
    return run_on_savepoint(destination, "RELEASE", depth, err);
}

wh_code wh_sqlite_rollback_to(struct wh_destination *destination, int depth, struct wh_error *err)
{
    return run_on_savepoint(destination, "ROLLBACK TO", depth, err);
}

void wh_sqlite_interrupt(struct wh_destination *destination)
{
    atomic_store(&destination->is_interrupted, true);
    sqlite3_interrupt(destination->db);
}
