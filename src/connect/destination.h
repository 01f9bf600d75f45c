/* SPDX-License-Identifier: Apache-2.0 */
/** What a destination can do: its table of functions, and what they are given and give. */
#ifndef WH_CONNECT_DESTINATION_H
#define WH_CONNECT_DESTINATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "base/str.h"
#include "connect/param.h"
#include "connect/rows.h"
#include "data/schema.h"

struct wh_connection;
struct wh_destination; /* a connector's own: one connection */
struct wh_statement;   /* a connector's own: prepared SQL of the ledger */
struct wh_append;      /* a connector's own: rows of the ledger on their way */
struct wh_writer;      /* a connector's own: writes one table */

/* The SQLSTATE of WH_INVALID where what is written to is not what it was when it was described,
 * though it may look the same: a table was dropped, and made anew. */
#define WH_TABLE_IS_ANOTHER "55000"

/* The SQLSTATE of WH_UNREACHABLE where a name means no table only because the one that it would mean
 * is nothing that the role may see: a new one of that name may be made elsewhere. */
#define WH_TABLE_IS_HIDDEN "42P01"

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
    WH_ENFORCES_EARLY = 1u << 6 /* what only a commit would: enforce and what goes with it */
};

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

/** Connections that a run would open. */
struct wh_room_request {
    unsigned wanted;          /* to the destination, the one that asks among them */
    struct wh_source *source; /* of the same connector, open; NULL: there is none such */
    unsigned readers;         /* of that one, each with a connection beside the source's own */
};

/** Room for connections. */
struct wh_room {
    /* That there may be, those that are open among them; at most as many as are wanted, with
     * those that the source takes of the same room. */
    unsigned connections;
    unsigned most;        /* the same, if all others were gone */
    unsigned of_source;   /* so many of the wanted ones are the source's; 0: it takes none of it */
    struct wh_str why;    /* there cannot be more, without a full stop; ptr NULL: there can */
    struct wh_str remedy; /* what makes room */
};

/** What the rows of a table refer to by foreign keys. */
struct wh_references {
    /* The table's own name, as describe gives it, and behind it those of the tables that its rows
     * refer to, which may be the same one. */
    struct wh_str *tables;
    size_t table_count; /* 0: there is no such table */
    /* What an error names as broken (its constraint) where it is a reference of the table to
     * itself. One that names nothing may be that as well. */
    struct wh_str *own_keys;
    size_t own_key_count;
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

    /** WH_INVALID where there is no such table; the error lists near names. WH_UNREACHABLE with
     *  WH_TABLE_IS_HIDDEN where there is one that the role may not see. */
    wh_code (*describe)(struct wh_destination *destination, struct wh_str table,
                        struct wh_arena *arena, struct wh_table_info *ret, struct wh_error *err);

    /** CREATE TABLE for columns and a primary key; @p ret is the statement, run unless NULL is not
     *  wanted: with @p run false it is only made (plan, dry run), and @p destination may be NULL
     *  where there is no database yet. */
    wh_code (*create)(struct wh_destination *destination, const struct wh_table_info *table,
                      bool run, struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /**
     * Takes the primary key off a table without rows, so that what is to fill it goes in faster;
     * false in *ret where that cannot be, or would be no gain. The caller sees to it that no two
     * rows have the same key. It outlives the connection: `describe` tells such a table with its
     * key, and that it is aside, until `put_key_back`, which leaves a table that has its key as it
     * is; @p table is as it was described, with its key first. That waits for all who use the table,
     * and keeps them waiting; WH_CONFLICT where others wrote rows since, with keys that are there.
     * Outside of transactions. NULL: no table is filled faster without.
     */
    wh_code (*set_key_aside)(struct wh_destination *destination, struct wh_str table, bool *ret,
                             struct wh_error *err);
    wh_code (*put_key_back)(struct wh_destination *destination, const struct wh_table_info *table,
                            struct wh_error *err);

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
     * all others, each alone, when all is enforced. No row, where none is found to be why. New rows
     * that refer to a row of their own table which is not there WAIT where the request lets them.
     */
    wh_code (*find_suspects)(struct wh_writer *writer, struct wh_write_request *request,
                             struct wh_error *err);

    /**
     * Likewise of rows that were refused with @p sqlstate for what is called @p constraint: says of
     * which (PUT_OFF) it is sure that the same would be said again, as long as no update gives up
     * what another row has. Of others nothing is known.
     */
    wh_code (*find_stuck)(struct wh_writer *writer, struct wh_write_request *request,
                          const char *sqlstate, struct wh_str constraint, struct wh_error *err);

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

    /** Whether as many connections as are wanted would be let in now; only looks. Texts in @p
     *  arena. NULL: there is no limit. */
    wh_code (*find_room)(struct wh_destination *destination, const struct wh_room_request *request,
                         struct wh_arena *arena, struct wh_room *ret, struct wh_error *err);

    /** A table of which rows are deleted or changed when one of @p table's is deleted (ON DELETE),
     *  in @p arena; ptr NULL where there is none. */
    wh_code (*delete_reaches)(struct wh_destination *destination, struct wh_str table,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** *ret is in @p arena. NULL: nothing refers. */
    wh_code (*refers_to)(struct wh_destination *destination, struct wh_str table,
                         struct wh_arena *arena, struct wh_references *ret, struct wh_error *err);

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

#endif
