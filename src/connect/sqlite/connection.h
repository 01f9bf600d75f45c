/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One connection to a database: opening, its settings, transactions, waiting for other writers.
 * Used by one thread at a time, but for wh_sqlite_interrupt().
 */
#ifndef WH_CONNECT_SQLITE_CONNECTION_H
#define WH_CONNECT_SQLITE_CONNECTION_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "connect/destination.h"
#include "connect/sqlite/location.h"

/** A run lock that this connection holds (lock.h). */
struct wh_sqlite_lock;

struct wh_destination {
    sqlite3 *db;
    struct wh_arena arena; /* what lives as long as the connection */
    struct wh_sqlite_location location;
    bool is_read_only;
    bool has_whole_cache;     /* see wh_sqlite_want_cache() */
    bool is_immutable;        /* read without locks: see wh_sqlite_open_source() */
    bool is_utf16;            /* text is kept as UTF-16 (PRAGMA encoding) */
    struct wh_budget *budget; /* borrowed; may be NULL */
    size_t cache;             /* bytes of pages that are kept, taken from it */
    const struct wh_cancel *cancel;
    atomic_bool is_interrupted; /* asked for since the last statement began */
    int64_t waiting_since;      /* when the wait in progress began, in ms of the monotonic clock */
    struct wh_statement *statements; /* the ledger's, newest first */
    struct wh_sqlite_lock *locks;    /* held, newest first */
};

/** Statements that are kept: compiled once, run many times. */
#define WH_SQLITE_KEPT true
#define WH_SQLITE_ONCE false

wh_code wh_sqlite_open(const struct wh_destination_request *request, struct wh_destination **ret,
                       struct wh_error *err);
void wh_sqlite_close(struct wh_destination *destination);

/**
 * Opens a database that is only read, the same way. One with a write-ahead log whose folder cannot
 * be written to can take no locks; it is read without them ("immutable") where no log is there:
 * then nobody has it open for writing. Whoever reads it looks whether it stays so (watch.h).
 */
wh_code wh_sqlite_open_source(const struct wh_destination_request *request,
                              struct wh_destination **ret, struct wh_error *err);

/** Lets the connection keep as many pages as its options say, or a quarter of a smaller budget:
 *  rows will be written. Before that it keeps few. */
wh_code wh_sqlite_want_cache(struct wh_destination *destination,
                             struct wh_error *err) WH_MUST_CHECK;

wh_code wh_sqlite_begin(struct wh_destination *destination, struct wh_error *err);
wh_code wh_sqlite_begin_reading(struct wh_destination *destination, struct wh_error *err);
wh_code wh_sqlite_commit(struct wh_destination *destination, struct wh_error *err);
wh_code wh_sqlite_rollback(struct wh_destination *destination, struct wh_error *err);
wh_code wh_sqlite_savepoint(struct wh_destination *destination, int depth, struct wh_error *err);
wh_code wh_sqlite_release(struct wh_destination *destination, int depth, struct wh_error *err);
wh_code wh_sqlite_rollback_to(struct wh_destination *destination, int depth, struct wh_error *err);
void wh_sqlite_interrupt(struct wh_destination *destination);

/** True inside a transaction, whoever began it. */
bool wh_sqlite_is_in_transaction(const struct wh_destination *destination);

/** Runs statements that give no rows that matter. */
WH_MUST_CHECK wh_code wh_sqlite_run(struct wh_destination *destination, const char *sql,
                                    struct wh_error *err);

/** Compiles one statement; @p is_kept for those that are run again and again. */
WH_MUST_CHECK wh_code wh_sqlite_compile(struct wh_destination *destination, struct wh_str sql,
                                        bool is_kept, sqlite3_stmt **ret, struct wh_error *err);

/** The file of the database with something behind its name ("-wal"), as a NUL-terminated path. */
WH_MUST_CHECK wh_code wh_sqlite_path_beside(const struct wh_destination *destination,
                                            const char *ending, struct wh_arena *arena,
                                            struct wh_str *ret, struct wh_error *err);

/** Compiles a statement and binds @p text to its only parameter. The text is copied. */
WH_MUST_CHECK wh_code wh_sqlite_compile_with(struct wh_destination *destination, const char *sql,
                                             struct wh_str text, sqlite3_stmt **ret,
                                             struct wh_error *err);

/** For WH_CLEANUP. */
void wh_sqlite_statement_release(sqlite3_stmt **statement);

/** The first column of the first row as a number. */
WH_MUST_CHECK wh_code wh_sqlite_ask_number(struct wh_destination *destination, const char *sql,
                                           int64_t *ret, struct wh_error *err);

#endif
