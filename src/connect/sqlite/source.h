/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SQLite as a source: one table, view or query of a database, opened read-only. What all files of
 * the source half share.
 *
 * Rows have an order, in which chunks lie end to end: that of the row numbers (tables), of the
 * primary key (WITHOUT ROWID), or that in which SQLite gives them (views, queries, virtual tables:
 * one chunk). A row's offset (struct wh_position) is its row number where all of them are from 0 to
 * 2^48 - 1, and otherwise its place in that order, from 0.
 */
#ifndef WH_CONNECT_SQLITE_SOURCE_H
#define WH_CONNECT_SQLITE_SOURCE_H

#include <pthread.h>

#include "connect/source.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/storage.h"

#define WH_SQLITE_MAX_SQL (16u << 20)

enum wh_sqlite_order { WH_SQLITE_AS_SCANNED = 0, WH_SQLITE_BY_ROWID, WH_SQLITE_BY_KEY };

/** What tells whether files changed: size and time of the database and of its log,
 *  0 without one. */
struct wh_sqlite_stamp {
    uint64_t size;
    int64_t modified;
    uint64_t log_size;
    int64_t log_modified;
};

/** What tells whether the database changed since the source was opened (watch.h). */
struct wh_sqlite_watch {
    pthread_mutex_t lock; /* of the source's connection, once readers are there */
    int64_t version;      /* PRAGMA data_version of that connection */
    struct wh_sqlite_stamp stamp;
};

/** Does not change once it is open, so that readers in many threads share it; what they ask of the
 *  connection is asked under the watch's lock. */
struct wh_sqlite_source {
    struct wh_arena arena;
    struct wh_destination *connection;
    struct wh_destination_request request; /* what readers open connections of their own with */
    struct wh_sqlite_watch watch;
    struct wh_str query; /* the user's; ptr NULL: a table or view */
    struct wh_table_info info;
    struct wh_column_info *columns;     /* info.columns, not yet const */
    struct wh_sqlite_storage *storages; /* one a column */
    struct wh_type *types;              /* one a column */
    enum wh_sqlite_order order;
    struct wh_str list;  /* AS_SCANNED: the whole SELECT; otherwise "a", "b": its columns */
    struct wh_str rowid; /* BY_ROWID: what the row number is called, quoted */
    const size_t *key;   /* BY_KEY: columns */
    size_t key_count;
    bool offsets_are_rowids;
    uint64_t cell; /* bytes a value may have */
    size_t batch_rows;
    const struct wh_cancel *cancel;
};

static inline struct wh_sqlite_source *wh_sqlite_source_from(struct wh_source *source)
{
    return (struct wh_sqlite_source *)source;
}

extern const struct wh_source_functions wh_sqlite_source_functions;

/** Finds what is read, its columns and order: all of the source that comes from the schema. */
WH_MUST_CHECK wh_code wh_sqlite_source_inspect(struct wh_sqlite_source *source, struct wh_str from,
                                               struct wh_error *err);

/** Opens a connection for one reader, inside a read transaction on the state of the database that
 *  the source was opened on. WH_CONFLICT where that is gone. */
WH_MUST_CHECK wh_code wh_sqlite_source_connect(struct wh_sqlite_source *source,
                                               struct wh_destination **ret, struct wh_error *err);

/** For WH_CLEANUP. */
static inline void wh_sqlite_connection_release(struct wh_destination **connection)
{
    wh_sqlite_close(*connection);
}

/** An error of a statement that reads the source. */
wh_code wh_sqlite_source_failure(const struct wh_sqlite_source *source, sqlite3 *db, int rc,
                                 struct wh_error *err);

/** WH_CANCELLED where that was asked for. */
WH_MUST_CHECK wh_code wh_sqlite_source_check_cancel(const struct wh_sqlite_source *source,
                                                    enum wh_cancel_level level,
                                                    struct wh_error *err);

/* ---- SQL ------------------------------------------------------------------------------------- */

/** The statement that reads a chunk: columns, and BY_ROWID the row number behind them. Parameters:
 *  BY_ROWID ?1 and ?2, the first and last row number; BY_KEY the key's values, then the count. */
WH_MUST_CHECK wh_code wh_sqlite_source_select(const struct wh_sqlite_source *source,
                                              struct wh_buf *sql, struct wh_error *err);

/** The same BY_ROWID for a reader, which has the function WH_SQLITE_ROW_FUNCTION: each row is one
 *  call of it with the row number and the columns, in their order, and the statement gives nothing
 *  else. */
#define WH_SQLITE_ROW_FUNCTION "wherry_row"
WH_MUST_CHECK wh_code wh_sqlite_source_select_calls(const struct wh_sqlite_source *source,
                                                    struct wh_buf *sql, struct wh_error *err);

/** The statement that passes over all rows in their order: row number or key. */
WH_MUST_CHECK wh_code wh_sqlite_source_walk(const struct wh_sqlite_source *source,
                                            struct wh_buf *sql, struct wh_error *err);

/** The statement that counts all rows or, AS_SCANNED, gives them. */
WH_MUST_CHECK wh_code wh_sqlite_source_count(const struct wh_sqlite_source *source,
                                             struct wh_buf *sql, struct wh_error *err);

/* ---- chunks and readers ---------------------------------------------------------------------- */

wh_code wh_sqlite_source_split(struct wh_source *opened, uint64_t target, struct wh_arena *arena,
                               struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err);
wh_code wh_sqlite_reader_open(struct wh_source *opened, struct wh_reader **ret,
                              struct wh_error *err);
void wh_sqlite_reader_close(struct wh_reader *opened);
wh_code wh_sqlite_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                              struct wh_error *err);
wh_code wh_sqlite_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                              struct wh_error *err);
wh_code wh_sqlite_reader_digest(struct wh_reader *opened, uint64_t *ret, struct wh_error *err);
wh_code wh_sqlite_reader_digest_until(struct wh_reader *opened, struct wh_str text,
                                      uint64_t position, uint64_t *ret, struct wh_error *err);

#endif
