/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The connector contract: what a source and a destination can do.
 *
 * A connector is a static const table of functions. It opens a source or a destination from a URL,
 * classifies errors (struct wh_error.retry) and never retries; retry lives in run/. Handles belong
 * to one thread at a time unless a function says otherwise.
 */
#ifndef WH_CONNECT_CONNECTOR_H
#define WH_CONNECT_CONNECTOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "base/grace.h"
#include "base/option.h"
#include "base/str.h"
#include "data/column.h"
#include "data/schema.h"

/* ---- sources ------------------------------------------------------------------------------- */

/** A part of a source that can be read alone and again. */
struct wh_chunk_spec {
    struct wh_str text; /* opaque to all but its connector; stored byte for byte */
    uint64_t records;   /* how many it holds, UINT64_MAX where that is not known … */
    uint64_t expected;  /* … and then about so many; 0: nobody knows */
    uint64_t size;      /* source bytes, 0 where the source has none */
};

/** Chunks in the order they are found. Zero is an empty list. */
struct wh_chunk_list {
    struct wh_chunk_spec *specs; /* in the arena that they are added with */
    size_t count;
    size_t capacity;
};

/** Adds a chunk, all zero, that the caller fills. */
wh_code wh_chunk_list_add(struct wh_chunk_list *list, struct wh_arena *arena,
                          struct wh_chunk_spec **ret, struct wh_error *err) WH_MUST_CHECK;

/** What identifies the state of a source, so that a resumed run can tell whether it changed. */
struct wh_source_identity {
    struct wh_str text; /* files: names, sizes and modification times */
};

struct wh_destination_request;
struct wh_source; /* a connector's own */
struct wh_reader; /* a connector's own: reads one chunk after another for one worker */

struct wh_source_request {
    struct wh_str url;                      /* as the migration file has it, after substitution */
    struct wh_str from;                     /* table, file or pattern below it; or */
    struct wh_str query;                    /* SQL of its own; ptr NULL: none (takes_query) */
    struct wh_str base_folder;              /* relative file names start here */
    const struct wh_format_options *format; /* files: what the migration file states */
    struct wh_option_list key; /* files: columns that the header should name; to detect it */
    bool *is_input_taken; /* standard input was read for another source, or is by this one now; only
                             one can; NULL: there is no other source */
    size_t batch_rows;    /* at most so many records in a batch; 0: WH_BATCH_ROWS */
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    /* Opened before, from the same URL, and open as long as this one: what can be read as it was at
     * one moment is; NULL: none. */
    struct wh_source *sibling;
};

/** Records by the values of columns that keys are made of. */
struct wh_sought_keys {
    const size_t *columns;
    size_t column_count;
    const struct wh_str *values; /* of each key in turn: canonical texts, one a column */
    size_t count;
};

/** A column compared with a value. */
struct wh_record_condition {
    size_t column;
    const char *operator_name; /* = <> < <= > >= ; of texts = */
    struct wh_str value;       /* canonical text */
};

/** From so many on it matters what each record costs; of files, so many bytes,
 *  which are about as many. */
enum { WH_MANY_RECORDS = 100000, WH_MANY_BYTES = 8 << 20 };

struct wh_source_functions {
    bool takes_query;  /* a request may have a query in the place of `from` */
    bool takes_format; /* a request may have a format */
    bool is_live; /* others may write while it is read, in one snapshot; a run that goes on takes
                          a new one, and reads on if what it had read is still the same there */

    /** Opens @p request's source read-only and finds its columns. WH_UNREACHABLE, WH_INVALID. */
    wh_code (*open)(const struct wh_source_request *request, struct wh_source **ret,
                    struct wh_error *err);
    void (*close)(struct wh_source *source);

    /** Its columns and the keys that it guarantees, valid until close. Text files: all TEXT. */
    wh_code (*describe)(struct wh_source *source, struct wh_table_info *ret, struct wh_error *err);

    /** One line for people: what was stated and what was found (dialect, encoding, files). */
    wh_code (*explain)(struct wh_source *source, struct wh_arena *arena, struct wh_str *ret,
                       struct wh_error *err);

    wh_code (*identity)(struct wh_source *source, struct wh_arena *arena,
                        struct wh_source_identity *ret, struct wh_error *err);

    /** Records that all chunks together hold, at the moment at which they are read: told
     *  without reading them. In a thread of its own while readers read. NULL: they are known
     *  only when they are read. */
    wh_code (*count)(struct wh_source *source, uint64_t *ret, struct wh_error *err);

    /** Whether it seems to have WH_MANY_RECORDS or more: told without reading it through. */
    wh_code (*is_large)(struct wh_source *source, bool *ret, struct wh_error *err);

    /** Lets readers that are opened from now on leave records out for which one of the conditions
     *  does not hold: as many as the source can look at where the records are. They are no part of
     *  a chunk then. NULL: none. */
    wh_code (*leave_out)(struct wh_source *source, const struct wh_record_condition *conditions,
                         size_t count, struct wh_error *err);

    /** Cuts the source into chunks of about @p target bytes, in source order, in @p arena. */
    wh_code (*split)(struct wh_source *source, uint64_t target, struct wh_arena *arena,
                     struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err);

    /** Chunks in which each record that has one of the @p keys stands, to the byte, just once,
     *  others may stand as well, and not all of the source has to be read; false in *ret_found
     *  where it would have to be. The keys differ. NULL: it always has to. */
    wh_code (*find)(struct wh_source *source, const struct wh_sought_keys *keys,
                    struct wh_arena *arena, struct wh_chunk_list *ret, bool *ret_found,
                    struct wh_error *err);

    /** A reader; several may read chunks of one source in threads of their own. */
    wh_code (*reader_open)(struct wh_source *source, struct wh_reader **ret, struct wh_error *err);
    void (*reader_close)(struct wh_reader *reader);

    /** Starts @p chunk at its beginning or, with a @p position (a batch's end_offset), there. */
    wh_code (*seek)(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                    struct wh_error *err);

    /** Refills @p batch with the next rows of the chunk: WH_OK with at least one row or bad record,
     *  WH_END behind the last. */
    wh_code (*read)(struct wh_reader *reader, struct wh_batch *batch, struct wh_error *err);

    /** Digest of the chunk's bytes from its start to the last batch's end, or, with @p position, to
     *  there, read anew: equal only where the finished part is unchanged. */
    wh_code (*digest)(struct wh_reader *reader, uint64_t *ret, struct wh_error *err);
    wh_code (*digest_until)(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                            uint64_t *ret, struct wh_error *err);

    /** The name for people of a position: "people.csv:1203". */
    wh_code (*place)(struct wh_source *source, const struct wh_position *position,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** The names of the files (position->file) of a source as it was when it had @p identity; it
     *  need not be there any more. NULL where positions have no files. */
    wh_code (*files_then)(struct wh_str identity, struct wh_arena *arena, struct wh_str **ret,
                          size_t *ret_count, struct wh_error *err);
};

/* What databases as sources share. */

/** What a source opens connections with, long after @p request is gone:
 *  its URL and folder are copied to @p arena. */
WH_MUST_CHECK wh_code wh_source_keep_request(const struct wh_source_request *request,
                                             struct wh_arena *arena,
                                             struct wh_destination_request *ret,
                                             struct wh_error *err);

/** Bytes that a value may have, and rows that a batch has at most. */
uint64_t wh_source_cell_limit(const struct wh_source_request *request);
size_t wh_source_batch_rows(const struct wh_source_request *request);

/** WH_INVALID where two columns of a query or view have one name. */
WH_MUST_CHECK wh_code wh_source_check_names(const struct wh_table_info *table,
                                            struct wh_error *err);

/* ---- destinations -------------------------------------------------------------------------- */

/** A value bound to or read from a statement of the ledger's. */
enum wh_param_kind { WH_PARAM_NULL = 0, WH_PARAM_INT, WH_PARAM_TEXT, WH_PARAM_BLOB };

struct wh_param {
    enum wh_param_kind kind;
    int64_t number;
    struct wh_str bytes; /* read: borrowed until the statement steps or resets */
};

static inline struct wh_param wh_param_int(int64_t number)
{
    return (struct wh_param){.kind = WH_PARAM_INT, .number = number};
}
static inline struct wh_param wh_param_text(struct wh_str text)
{
    return (struct wh_param){.kind = text.ptr == NULL ? WH_PARAM_NULL : WH_PARAM_TEXT,
                             .bytes = text};
}
static inline struct wh_param wh_param_blob(struct wh_str blob)
{
    return (struct wh_param){.kind = blob.ptr == NULL ? WH_PARAM_NULL : WH_PARAM_BLOB,
                             .bytes = blob};
}

struct wh_connection;
struct wh_destination; /* a connector's own: one connection */
struct wh_statement;   /* a connector's own: prepared SQL of the ledger */
struct wh_append;      /* a connector's own: rows of the ledger on their way */
struct wh_writer;      /* a connector's own: writes one table */

enum wh_commit_kind {
    WH_COMMIT_WITH_LEDGER = 1, /* data and ledger commit in one transaction */
    WH_COMMIT_WHOLE,           /* renamed into place at the end */
    WH_COMMIT_KEYED            /* each item on its own, with an idempotency key */
};

enum wh_destination_capability {
    WH_CAN_CREATE = 1u << 0,    /* tables can be made */
    WH_ONE_WRITER = 1u << 1,    /* one transaction writes at a time */
    WH_ROW_RESULTS = 1u << 2,   /* the outcome of every single row is known */
    WH_TELLS_UNMET = 1u << 3,   /* before a commit that it would refuse: is_unmet, find_unmet */
    WH_WRITES_APART = 1u << 4,  /* in a process of its own: a writer mostly waits for it */
    WH_INSERTS_MANY = 1u << 5,  /* an insert may have WH_INSERT_ROWS rows, and is faster then */
    WH_ENFORCES_EARLY = 1u << 6 /* what only a commit would: enforce, find_suspects, can_take_out */
};

/** Rows of the largest insert: of nearly any group,
 *  unless a single writer's rows come in no order. */
enum { WH_INSERT_ROWS = 60 << 10 };

/** Versions that one mark may be of: rows that were inserted, and rows that were updated. */
enum { WH_MARK_VERSIONS = 2 };

/** What became of one row that was handed to a writer. */
enum wh_row_result {
    WH_ROW_NOT_TRIED = 0,
    WH_ROW_WRITTEN,
    WH_ROW_MISSED,  /* the row found is not the row expected: look again */
    WH_ROW_REFUSED, /* the destination refused it: see the write's error */
    WH_ROW_PUT_OFF  /* not tried yet, though rows behind it were: write again with what is left */
};

/**
 * A stored value that its column's type cannot hold, or that is not stored in the form in which
 * wherry writes it (the text 'n/a' in an INTEGER column of SQLite, 2020-1-5 in a DATE column). It
 * equals no value: a comparison calls it different, and an image shows its text.
 */
struct wh_odd_value {
    uint16_t row;
    uint16_t column;     /* the writer's */
    uint8_t storage;     /* the connector's own: with `number` and `bytes` the very value */
    int64_t number;      /* the connector's own */
    struct wh_str text;  /* for people; valid UTF-8 */
    struct wh_str bytes; /* the connector's own */
};

/** Writes of one kind, for at most WH_BATCH_ROWS rows of one table (inserts:
 *  see WH_INSERTS_MANY). */
enum wh_write_kind { WH_WRITE_INSERT = 1, WH_WRITE_UPDATE, WH_WRITE_DELETE };

struct wh_write_request {
    enum wh_write_kind kind;
    const struct wh_column *columns; /* the writer's columns, typed as its table's */
    const struct wh_column *before;  /* UPDATE, DELETE: the same columns as they were read */
    const struct wh_odd_value *odd;  /* UPDATE, DELETE: of the found rows, as they were read */
    size_t odd_count;
    int64_t *versions;     /* UPDATE: of the found rows, as they were read; NULL: not known */
    const bool *differing; /* UPDATE: columns that some row is to change; NULL: any may be */
    const struct wh_selection *selection;
    /* enum wh_row_result, one a row of the batch: NOT_TRIED, or what an earlier write with this
     * selection, or the beginning of a longer one, left there. */
    uint8_t *results;
    /* UPDATE: rows that want unique values of other rows may be PUT_OFF, for `exchange`;
     * see `write`. */
    bool puts_off;
    /* Asked between two tries: WH_CANCELLED where rows are refused one after the other and the user
     * has waited long enough; WH_CANCEL_NOW is heard at once. NULL: never. */
    struct wh_grace *grace;
    /* INSERT, WH_WRITES_APART: called, perhaps many times, once most of the rows that are tried
     * together have been handed over: it is nearly another writer's turn. NULL: nobody waits. */
    void (*most_sent)(void *ctx);
    void *most_sent_ctx;
    size_t stopped_at; /* out: position in the selection after the last row tried */
};

/** What is at a key; all but the first mean that there is a row. */
enum wh_found_row {
    WH_FOUND_NOTHING = 0,
    WH_FOUND_ROW,
    WH_FOUND_ODD_ROW, /* at least one of its values is in `odd`, and NULL in `columns` */
    WH_FOUND_SAME     /* with the very values of the asking row, of which `columns` tell nothing */
};

/** Rows read from the destination for a batch of keys, in the arena of the fetch. */
struct wh_found {
    struct wh_column *columns;      /* the writer's columns, by row of the asking batch */
    uint8_t *is_there;              /* enum wh_found_row, one a row of the batch */
    const struct wh_odd_value *odd; /* by row, then column, ascending */
    size_t odd_count;
    /* By row: no write leaves it as it is; NULL: the destination does not tell. */
    int64_t *versions;
    bool *differing; /* by column, set by who compared the rows; NULL: nobody did */
    /* Set by who asks: all columns of the asking rows hold their values, and rows that are the same
     * may be told as WH_FOUND_SAME. */
    bool tells_same;
    /* Likewise: nothing is wanted but whether rows are there, and their versions.
     * `columns` stays NULL. */
    bool only_versions;
};

/** The odd value at @p row and @p column, NULL where what is there is in the columns. */
const struct wh_odd_value *wh_found_odd(const struct wh_found *found, size_t row, size_t column);

struct wh_writer_request {
    struct wh_str table;
    const struct wh_table_info *planned; /* as the indexes are of it; NULL: as it is now */
    const size_t *columns; /* indexes of the table's columns that are written or compared */
    size_t column_count;
    const size_t *match; /* indexes into `columns`: those that identify the row */
    size_t match_count;
    const bool *insert_only; /* one a column: written on insert, never compared */
};

/** Refuses columns of @p table, as it is now, that the system computes itself, and those that
 *  are not what stood in their place when the request was planned. WH_INVALID. */
WH_MUST_CHECK wh_code wh_writer_check_columns(const struct wh_writer_request *request,
                                              const struct wh_table_info *table,
                                              struct wh_error *err);

/** True where the match columns are those of a key of @p table, in any order. */
bool wh_writer_matches_key(const struct wh_writer_request *request,
                           const struct wh_table_info *table);

/** Which of the servers that a URL names was reached last. Connections that are opened later go
 *  there first, so that all of one command's are to the same. Any thread; all zero: none was. */
struct wh_reached {
    atomic_uint number; /* in the URL, from 1 */
};

/** Hears what a user should know while a system is waited for, in whatever thread waits. */
struct wh_listener {
    void (*tell)(void *ctx, struct wh_str text);
    void *ctx;
};

struct wh_destination_request {
    struct wh_str url;
    struct wh_str base_folder;
    /* WH_COMMIT_WHOLE: opens the connection that its ledger is on,
     * which is the destination's then. */
    wh_code (*open_ledger)(void *ctx, struct wh_connection *ret, struct wh_error *err);
    void *open_ledger_ctx;
    bool read_only; /* plan, status, log: nothing may be written */
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    /* Outlives all connections to the URL that share it; NULL: this one is alone. */
    struct wh_reached *reached;
    const struct wh_listener *listener; /* outlives the connection; NULL: nobody listens */
};

/** Columns of a table that were written. */
struct wh_advance {
    struct wh_str table;
    const struct wh_str *columns;
    size_t column_count;
};

/** A file, or whatever is written whole, that is begun. */
struct wh_whole_request {
    const struct wh_table_info *table;
    int64_t run;
    bool was_started; /* rows of it were committed by this very run: goes on behind them */
    bool is_partial;  /* not all of the items: must not replace what is whole */
    bool is_rehearsal;
    bool overwrites; /* what stands there may be replaced, whoever wrote it */
};

/** A column that is written. */
struct wh_advice_column {
    struct wh_str name;
    bool is_updated; /* in rows that are there, too */
};

/** What a run is going to do with a table. */
struct wh_advice_request {
    struct wh_str table;
    const struct wh_advice_column *columns;
    size_t column_count;
    bool is_large; /* the source has many records */
    bool is_first; /* of the plan's tables: what concerns all of them is told with this one */
    bool updates;  /* rows that are there may be changed … */
    bool deletes;  /* … or deleted */
    struct wh_arena *arena;
};

/** What will cost or surprise, a sentence each: what it is, what it costs, what to do. */
struct wh_advice {
    struct wh_str sentences[16];
    size_t count;
};

/** Room for connections. */
struct wh_room {
    /* That there may be, the one that asks among them; at most as many as are wanted. */
    unsigned connections;
    struct wh_str why;    /* there cannot be more, without a full stop; ptr NULL: there can */
    struct wh_str remedy; /* what makes room */
};

struct wh_destination_functions {
    enum wh_commit_kind commit_kind;
    uint32_t capabilities; /* enum wh_destination_capability */
    const char *dialect; /* of the ledger's schema files ("sqlite"); NULL: it can hold no ledger */

    wh_code (*open)(const struct wh_destination_request *request, struct wh_destination **ret,
                    struct wh_error *err);
    void (*close)(struct wh_destination *destination);

    /** What names this very system for good; the ledger is bound to it. */
    wh_code (*identity)(struct wh_destination *destination, struct wh_arena *arena,
                        struct wh_str *ret, struct wh_error *err);

    /** WH_INVALID where there is no such table; the error lists near names. */
    wh_code (*describe)(struct wh_destination *destination, struct wh_str table,
                        struct wh_arena *arena, struct wh_table_info *ret, struct wh_error *err);

    /** CREATE TABLE for columns and a primary key; @p ret is the statement, run unless NULL is not
     *  wanted: with @p run false it is only made (plan, dry run), and @p destination may be NULL
     *  where there is no database yet. */
    wh_code (*create)(struct wh_destination *destination, const struct wh_table_info *table,
                      bool run, struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** Makes a connection that was lost anew (an error with WH_RETRY_RECONNECT), in one attempt;
     *  one that is not lost stays as it is, with its transaction rolled back. What was opened and
     *  prepared on it can be used again; transaction and locks are gone. When it returns, what
     *  the lost session had begun to commit is there, or never will be. NULL: there is no
     *  connection that could be lost. */
    wh_code (*reopen)(struct wh_destination *destination, bool *ret_was_lost, struct wh_error *err);

    /** Begins a transaction that will write (waits for a lock, WH_BUSY after the time given in the
     *  URL), ends it, and savepoints inside it by depth (1, 2 …). */
    wh_code (*begin)(struct wh_destination *destination, struct wh_error *err);
    /** The same; the commit does not wait until it is on the disk. A server that crashes may lose
     *  the last of such transactions, but none that was committed before one that did wait. NULL:
     *  there is no difference. */
    wh_code (*begin_unsynced)(struct wh_destination *destination, struct wh_error *err);
    /** Begins a transaction that writes nothing, and is ended by a rollback: until then all that is
     *  read is as it was at one moment, whatever others commit meanwhile. It keeps no writer from
     *  writing, but the system from clearing up behind them: for what does not take long. */
    wh_code (*begin_reading)(struct wh_destination *destination, struct wh_error *err);
    wh_code (*commit)(struct wh_destination *destination, struct wh_error *err);
    wh_code (*rollback)(struct wh_destination *destination, struct wh_error *err);
    wh_code (*savepoint)(struct wh_destination *destination, int depth, struct wh_error *err);
    wh_code (*release)(struct wh_destination *destination, int depth, struct wh_error *err);
    wh_code (*rollback_to)(struct wh_destination *destination, int depth, struct wh_error *err);

    /** The run lock: held by this connection until it is given back or the connection dies.
     *  WH_BUSY with who holds it. */
    wh_code (*lock)(struct wh_destination *destination, struct wh_str name, struct wh_error *err);
    wh_code (*unlock)(struct wh_destination *destination, struct wh_str name, struct wh_error *err);
    /** Who holds the lock, in words for people ("process 71 on 'host', since …"); ptr NULL: nobody.
     *  Only looks: it neither takes the lock for a moment nor makes a file. */
    wh_code (*holder)(struct wh_destination *destination, struct wh_str name,
                      struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /* Statements of the ledger's. In the SQL parameters are $1, $2 … in order, ledger tables are
     * written wherry.NAME and named as the dialect does. A statement lives until freed. */
    wh_code (*prepare)(struct wh_destination *destination, const char *sql,
                       struct wh_statement **ret, struct wh_error *err);
    /** Binds and starts; earlier results are dropped. Bytes must live until the next step ends. */
    wh_code (*execute)(struct wh_statement *statement, const struct wh_param *params, size_t count,
                       struct wh_error *err);
    /** WH_OK with a row in @p row (count columns), WH_END behind the last. A statement without
     *  rows is stepped by execute. */
    wh_code (*next)(struct wh_statement *statement, struct wh_param *row, size_t count,
                    struct wh_error *err);
    void (*statement_free)(struct wh_statement *statement);
    /** Many rows into a table of the ledger's, inside the open transaction; all three NULL:
     *  statements do it as fast. @p table is the table with its columns: "wherry.note (id, t)";
     *  those for numbers are 8 bytes wide. Until it is closed nothing else runs on the connection.
     *  Closing takes the rows back unless they are the whole, tells what the system refused of
     *  them, and frees @p append in any case. */
    wh_code (*append_open)(struct wh_destination *destination, const char *table,
                           struct wh_append **ret, struct wh_error *err);
    wh_code (*append_row)(struct wh_append *append, const struct wh_param *row, size_t count,
                          struct wh_error *err);
    wh_code (*append_close)(struct wh_append *append, bool is_whole, struct wh_error *err);

    /** Runs a script of several statements (ledger DDL, as its dialect's schema files have it). */
    wh_code (*script)(struct wh_destination *destination, const char *sql, struct wh_error *err);

    /** WH_COMMIT_WHOLE only, otherwise NULL. Begins what is written for one table, or goes on with
     *  it (WH_CONFLICT where it is not there as it was left; WH_INVALID where something stands
     *  there that may not be replaced); and puts it in its place when all rows are written. Both
     *  may be done again after a crash. Outside of transactions, but for rehearsals. */
    wh_code (*whole_begin)(struct wh_destination *destination,
                           const struct wh_whole_request *request, struct wh_error *err);
    wh_code (*whole_end)(struct wh_destination *destination, struct wh_str table,
                         struct wh_error *err);

    /** A writer for one table on this connection. WH_INVALID where @p match is no key of it. */
    wh_code (*writer_open)(struct wh_destination *destination,
                           const struct wh_writer_request *request, struct wh_writer **ret,
                           struct wh_error *err);
    void (*writer_close)(struct wh_writer *writer);

    /** Whether the table holds any row at all. */
    wh_code (*is_empty)(struct wh_writer *writer, bool *ret, struct wh_error *err);

    /** Reads the rows that match the keys in @p columns (the writer's columns; only match columns
     *  are read, unless found->tells_same) for @p selection, in a read transaction of its own or
     *  inside the open one. Of @p found nothing else is looked at. */
    wh_code (*fetch)(struct wh_writer *writer, const struct wh_column *columns,
                     const struct wh_selection *selection, struct wh_arena *arena,
                     struct wh_found *found, struct wh_error *err);

    /** Begins to read what a `fetch` with the same columns and selection is to read, which are
     *  to stay as they are until then; what goes wrong is told by that fetch. May do nothing.
     *  NULL: it would do nothing. */
    void (*fetch_ahead)(struct wh_writer *writer, const struct wh_column *columns,
                        const struct wh_selection *selection);

    /**
     * Marks of versions (`found->versions`) of rows that were written in the open transaction: a
     * text for the ledger, at most WH_MARK_VERSIONS of them; ptr NULL where a row that has such a
     * version later may hold something else than was written. `recall` gives back the versions of
     * @p marks, ascending, which still mean that: a row that has one is as the transaction left it.
     * Both in @p arena. NULL: there is nothing like it.
     */
    wh_code (*mark)(struct wh_writer *writer, const int64_t *versions, size_t count,
                    struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);
    wh_code (*recall)(struct wh_writer *writer, const struct wh_str *marks, size_t count,
                      struct wh_arena *arena, int64_t **ret, size_t *ret_count,
                      struct wh_error *err);

    /**
     * Writes rows one after another until all are tried or one is REFUSED (then WH_REFUSED with the
     * server's error; the rows before it are written, the caller decides on savepoints and writes
     * those behind it, with the results as they are: an insert may have written rows there, too,
     * and put others off). An UPDATE that may put rows off stops where it did, with WH_OK: what is
     * NOT_TRIED behind is to be written again, without the others. INSERT misses where the match
     * key is there already; UPDATE and DELETE miss where the row is no longer as in `before`.
     */
    wh_code (*write)(struct wh_writer *writer, struct wh_write_request *request,
                     struct wh_error *err);

    /**
     * Writes updates that `write` refused or put off for unique values which other rows have: all
     * of them that can be written together, so that rows may hand such values on to each other, in
     * a circle, too. What became of each row is in `results`: WRITTEN, REFUSED, or, with WH_REFUSED
     * and the reason, NOT_TRIED where it cannot be written in that way. NULL: no row can.
     */
    wh_code (*exchange)(struct wh_writer *writer, struct wh_write_request *requests, size_t count,
                        struct wh_error *err);

    /** True in *ret where the open transaction breaks a constraint that only its commit enforces
     *  (a deferred foreign key). Cheap: it is asked before every commit. */
    wh_code (*is_unmet)(struct wh_destination *destination, bool *ret, struct wh_error *err);

    /**
     * Looks at rows that were written in the open transaction, as they were handed to `write`,
     * until all are looked at or one breaks such a constraint as things stand: then WH_REFUSED with
     * what it breaks, and as with `write` the caller goes on behind it. For UPDATE and DELETE that
     * is also a row to whose values before another row still refers. A refused new row may be taken
     * out, so that rows that refer to it are found, too: wherever one was refused, the caller rolls
     * back and writes again without it.
     */
    wh_code (*find_unmet)(struct wh_writer *writer, struct wh_write_request *request,
                          struct wh_error *err);

    /** WH_ENFORCES_EARLY only, otherwise NULL. The open transaction is to enforce now, and
     *  at once from then on, what only its commit would. WH_REFUSED with what is broken:
     *  nothing has changed then. */
    wh_code (*enforce)(struct wh_destination *destination, struct wh_error *err);

    /**
     * After that: says in `results` of which rows (PUT_OFF) that were written in the open
     * transaction, by INSERT or UPDATE, as they were handed to `write`, it seems that they break it
     * as things stand. It is a guess: what becomes of these rows is found by writing them behind
     * all others, each alone, when all is enforced. No row, where none is found to be why.
     */
    wh_code (*find_suspects)(struct wh_writer *writer, struct wh_write_request *request,
                             struct wh_error *err);

    /** True where a row that was inserted in the open transaction can be deleted as if it
     *  had never been there, and that is cheap: no trigger sees it, no other row goes
     *  with it. With `enforce`. */
    wh_code (*can_take_out)(struct wh_writer *writer, bool *ret, struct wh_error *err);

    /** True where a written value of this column may read back altered (type of storage, trigger):
     *  then `check` gives a fault for values that would not come back equal, before any write. */
    wh_code (*check)(struct wh_writer *writer, size_t column, const struct wh_column *values,
                     const struct wh_selection *selection, uint8_t *faults, struct wh_error *err);

    /** More than the fault's own words (wh_fault_text()) for a text to which `check` gave it, in
     *  @p arena: "holds …"; ptr NULL where there is nothing more to say. NULL: there never is. */
    wh_code (*explain)(const struct wh_writer *writer, uint8_t fault, struct wh_str text,
                       struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** Makes anew what the system knows of a table's values to plan queries by; *ret_why_not is ""
     *  where that was done, otherwise why it may not, with what to do, in @p arena. Outside of
     *  transactions. NULL: it knows nothing. */
    wh_code (*analyze)(struct wh_destination *destination, struct wh_str table,
                       struct wh_arena *arena, struct wh_str *ret_why_not, struct wh_error *err);

    /** The one number that a user's query gives; 0 where it gives NULL or no row. WH_INVALID where
     *  it gives something else. Nothing is written, whatever the query says. Outside of
     *  transactions. NULL: the system takes no queries of users'. */
    wh_code (*gauge)(struct wh_destination *destination, struct wh_str query, double *ret,
                     struct wh_error *err);

    /** What of a table and of its system will cost or surprise; only looks. NULL:
     *  nothing is known. */
    wh_code (*advise)(struct wh_destination *destination, const struct wh_advice_request *request,
                      struct wh_advice *ret, struct wh_error *err);

    /** Whether as many connections as are @p wanted, the given one among them, would be let in now;
     *  only looks. Texts in @p arena. NULL: there is no limit. */
    wh_code (*find_room)(struct wh_destination *destination, unsigned wanted,
                         struct wh_arena *arena, struct wh_room *ret, struct wh_error *err);

    /** A table of which rows are deleted or changed when one of @p table's is deleted (ON DELETE),
     *  in @p arena; ptr NULL where there is none. */
    wh_code (*delete_reaches)(struct wh_destination *destination, struct wh_str table,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** The table's own name, as describe gives it, and behind it those of the tables that its
     *  rows refer to (foreign keys), in @p arena; none at all where there is no such table.
     *  NULL: nothing refers. */
    wh_code (*refers_to)(struct wh_destination *destination, struct wh_str table,
                         struct wh_arena *arena, struct wh_str **ret, size_t *ret_count,
                         struct wh_error *err);

    /** Makes what gives new rows their numbers (sequences) go on behind the last number in the
     *  columns; never back. What was done, or could not be, is told in words: "id goes on behind
     *  1000", ptr NULL: nothing. Not undone by a rollback. NULL: numbers go on by themselves. */
    wh_code (*advance)(struct wh_destination *destination, const struct wh_advance *request,
                       struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** Rows in the table; whoever asks for no more than @p at_most of them (not
     *  0) is spared the rest. */
    wh_code (*count)(struct wh_destination *destination, struct wh_str table, uint64_t at_most,
                     uint64_t *ret, struct wh_error *err);

    /** Interrupts a statement that is running in another thread. */
    void (*interrupt)(struct wh_destination *destination);
};

/** A connection with the functions it is used through: what the ledger and writers are given. */
struct wh_connection {
    const struct wh_destination_functions *functions;
    struct wh_destination *destination;
};

/* ---- the connector -------------------------------------------------------------------------- */

struct wh_connector {
    const char *name;
    const char *help; /* one line */
    /** True where @p url is this connector's (scheme, or for files: anything without one). */
    bool (*accepts)(struct wh_str url);
    const struct wh_option *options;          /* of the URL's query part, or of `format:` */
    const struct wh_source_functions *source; /* NULL: cannot be read */
    const struct wh_destination_functions *destination; /* NULL: cannot be written */
};

#endif
