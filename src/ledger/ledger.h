/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The ledger: the migration log and the latest state of every item, in tables of the destination,
 * so that it commits with the data. This header has its runs, item types, chunks, failures and
 * rules; segments (the log of one group) and state have headers of their own.
 *
 * A struct wh_ledger is a set of prepared statements on one connection and belongs to that
 * connection's thread. No function begins or commits unless it says so.
 */
#ifndef WH_LEDGER_LEDGER_H
#define WH_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "connect/destination.h"
#include "connect/source.h"

/** The schema that this program writes; what src/ledger/schema ends with. */
#define WH_LEDGER_VERSION 2

struct wh_ledger;

/** What became of items. read = the sum of the six that follow it. */
struct wh_counts {
    uint64_t read;
    uint64_t inserted;
    uint64_t updated;
    uint64_t unchanged;
    uint64_t skipped;
    uint64_t rejected;
    uint64_t failed;
    uint64_t deleted; /* rows of vanished items; not part of the sum */
};

void wh_counts_add(struct wh_counts *sum, const struct wh_counts *part);

bool wh_counts_equal(const struct wh_counts *a, const struct wh_counts *b);

/** True where read is the sum of what became of the items. */
bool wh_counts_close(const struct wh_counts *counts);

/** What became of one item; stored, so values never change. */
enum wh_item_status {
    WH_STATUS_INSERTED = 1,
    WH_STATUS_UPDATED,
    WH_STATUS_UNCHANGED,
    WH_STATUS_SKIPPED,
    WH_STATUS_REJECTED,
    WH_STATUS_FAILED,
    /* These two are of items that the source no longer has: they were not read. */
    WH_STATUS_DELETED,
    WH_STATUS_MISSING
};
const char *wh_item_status_name(enum wh_item_status status);

/** Items by status: how many of each byte that may stand for one. */
#define WH_STATUS_BYTES 256

/** Adds items by status; `read` and missing ones are left to the caller. */
void wh_counts_count(struct wh_counts *counts, const uint64_t by_status[WH_STATUS_BYTES]);

/**
 * Makes the ledger where there is none, upgrades an older one step by step, refuses one that a
 * newer wherry wrote (WH_UNSUPPORTED) or that is bound to another destination (WH_CONFLICT: a
 * ledger that was copied). In transactions of its own or, with @p is_rehearsal, in the one that is
 * open and will be rolled back. The caller holds the run lock.
 */
WH_MUST_CHECK wh_code wh_ledger_prepare(const struct wh_connection *connection, bool is_rehearsal,
                                        struct wh_error *err);

/** Opens the ledger on @p connection, tables that were dropped or not. WH_END where there is none;
 *  refuses as wh_ledger_prepare() does; an older one can be read, but not written. */
WH_MUST_CHECK wh_code wh_ledger_open(const struct wh_connection *connection, bool read_only,
                                     struct wh_ledger **ret, struct wh_error *err);
void wh_ledger_close(struct wh_ledger *ledger);

/** Whoever does not hold the run lock reads between these two what belongs together: a run beside
 *  it may save its state, try items again, or end. A transaction that only reads. */
WH_MUST_CHECK wh_code wh_ledger_begin_reading(struct wh_ledger *ledger, struct wh_error *err);
void wh_ledger_end_reading(struct wh_ledger *ledger);

/* ---- runs ------------------------------------------------------------------------------------ */

enum wh_run_state {
    WH_RUN_RUNNING = 1, /* or killed: nobody holds the run lock then */
    WH_RUN_DONE,
    WH_RUN_INTERRUPTED, /* cancelled; the next run goes on */
    WH_RUN_STOPPED,     /* at the failure limit; the next run goes on */
    WH_RUN_FAILED,      /* by an error that is no item's; the next run goes on */
    WH_RUN_ABANDONED    /* could not be gone on with: see reason */
};
const char *wh_run_state_name(enum wh_run_state state);

struct wh_run_record {
    int64_t id;
    struct wh_str migration; /* its name */
    enum wh_run_state state;
    bool is_partial;       /* --id, --limit, --where, --only: never resumed */
    struct wh_str options; /* as given, one JSON object */
    struct wh_str text;    /* the migration file before substitution */
    struct wh_str version; /* wherry's */
    struct wh_str who;     /* user@host, process */
    struct wh_str reason;  /* why it was abandoned, stopped or failed */
    int64_t started_at;    /* microseconds since 2000-01-01 UTC */
    int64_t finished_at;   /* 0: not yet */
};

/** Adds a run in state RUNNING; record->id is set. */
WH_MUST_CHECK wh_code wh_ledger_add_run(struct wh_ledger *ledger, struct wh_run_record *record,
                                        struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_set_run_state(struct wh_ledger *ledger, int64_t run,
                                              enum wh_run_state state, struct wh_str reason,
                                              struct wh_error *err);
/** False where the run was ended, by whichever process. */
WH_MUST_CHECK wh_code wh_ledger_is_running(struct wh_ledger *ledger, int64_t run, bool *ret,
                                           struct wh_error *err);
/** The runs of a migration, newest first, at most @p limit (0: all), in @p arena. */
WH_MUST_CHECK wh_code wh_ledger_runs(struct wh_ledger *ledger, struct wh_str migration,
                                     size_t limit, struct wh_arena *arena,
                                     struct wh_run_record **ret, size_t *ret_count,
                                     struct wh_error *err);

/** True where a dump put back what the ledger says of @p run, which may then be older than the rows
 *  of the destination. Where nothing tells (SQLite, a run of one group that is alone in its
 *  ledger): false. */
WH_MUST_CHECK wh_code wh_ledger_was_put_back(struct wh_ledger *ledger, int64_t run, bool *ret,
                                             struct wh_error *err);

/** One item type's part of a run. */
struct wh_item_record {
    int64_t run;
    struct wh_str name;
    struct wh_str into; /* the destination table */
    uint64_t fingerprint;
    struct wh_str source_identity; /* the connector's */
    bool has_images;               /* of its segments */
    uint64_t records; /* in the source, as the split counted them; UINT64_MAX: unknown */
    bool is_done;
    struct wh_counts counts; /* read: summed from its chunks and deletes; not written by add */
};

WH_MUST_CHECK wh_code wh_ledger_add_item(struct wh_ledger *ledger,
                                         const struct wh_item_record *record, struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_finish_item(struct wh_ledger *ledger, int64_t run,
                                            struct wh_str name, struct wh_error *err);
/** A run's item types in the order they were added, with their counts so far. */
WH_MUST_CHECK wh_code wh_ledger_items(struct wh_ledger *ledger, int64_t run, struct wh_arena *arena,
                                      struct wh_item_record **ret, size_t *ret_count,
                                      struct wh_error *err);

/* ---- chunks ---------------------------------------------------------------------------------- */

struct wh_chunk_record {
    int64_t id; /* the ledger's: not known before wh_ledger_chunks() */
    int64_t run;
    struct wh_str item;
    struct wh_chunk_spec spec;
    bool is_started;
    uint64_t position; /* of the first byte not done, where is_started */
    uint64_t digest;   /* of what is done */
    bool is_done;
    struct wh_counts counts;
};

/** Adds the chunks of an item type, in source order. */
WH_MUST_CHECK wh_code wh_ledger_add_chunks(struct wh_ledger *ledger,
                                           const struct wh_chunk_record *chunks, size_t count,
                                           struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_chunks(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                                       struct wh_arena *arena, struct wh_chunk_record **ret,
                                       size_t *ret_count, struct wh_error *err);

/** Makes @p owner (unique to this process and run) the owner of all chunks of the run. */
WH_MUST_CHECK wh_code wh_ledger_own_chunks(struct wh_ledger *ledger, int64_t run,
                                           struct wh_str owner, struct wh_error *err);

struct wh_chunk_move {
    int64_t chunk;
    struct wh_str owner;
    bool was_started;
    uint64_t from; /* the position it must still have, where was_started */
    uint64_t to;
    uint64_t digest; /* of the bytes up to `to` */
    bool is_done;
    struct wh_counts counts; /* of this group: added */
};

/** The first statement of every group's transaction: moves the chunk forward, where owner and
 *  position are as expected; otherwise WH_CONFLICT: the claim was lost, roll back. */
WH_MUST_CHECK wh_code wh_ledger_move_chunk(struct wh_ledger *ledger,
                                           const struct wh_chunk_move *move, struct wh_error *err);

/** A chunk as it stands, and whether it is still @p owner's. WH_CONFLICT where there is none. */
struct wh_chunk_claim {
    bool is_mine;
    bool is_started;
    uint64_t position;
    uint64_t digest;
    bool is_done;
};
WH_MUST_CHECK wh_code wh_ledger_claim(struct wh_ledger *ledger, int64_t chunk, struct wh_str owner,
                                      struct wh_chunk_claim *ret, struct wh_error *err);

/** Keeps everybody else from a chunk, done or not, until the transaction ends; WH_CONFLICT where it
 *  is not @p owner's any more. */
WH_MUST_CHECK wh_code wh_ledger_hold_chunk(struct wh_ledger *ledger, int64_t chunk,
                                           struct wh_str owner, struct wh_error *err);

/** Changes a chunk's counts, done or not, by the difference of @p now to @p before. */
WH_MUST_CHECK wh_code wh_ledger_change_counts(struct wh_ledger *ledger, int64_t chunk,
                                              const struct wh_counts *before,
                                              const struct wh_counts *now, struct wh_error *err);

/* ---- failures and rules ---------------------------------------------------------------------- */

/** A rejected or failed item as a plain row. Long texts are capped by the ledger, which then stores
 *  their length and hash beside them. */
struct wh_failure_record {
    int64_t id; /* read */
    int64_t run;
    struct wh_str item;
    enum wh_item_status status; /* REJECTED, FAILED */
    struct wh_str key;          /* ptr NULL: none could be read */
    struct wh_str key_hash;     /* read: of all of a key that was cut; ptr NULL: it is whole */
    struct wh_str stage;        /* "read", "clean", "key", "map", "expect", "write" */
    struct wh_str rule;         /* of the rule or check; ptr NULL: none */
    struct wh_str column;       /* of the destination (map, expect) or source; ptr NULL: none */
    struct wh_str message;
    struct wh_str sqlstate; /* ptr NULL: none */
    struct wh_str place;    /* "people.csv:1203" */
    struct wh_str values;   /* the source record as a JSON object of texts; ptr NULL: none */
    struct wh_str bytes;    /* a record that could not be read: its bytes (stored as base64) */
    int64_t at;             /* microseconds since 2000-01-01 UTC */
};

/** Adds refused items of the segment that was added last through this ledger: a group adds its
 *  segment, then its failures in the items' order. Many at once cost less than one by one. */
WH_MUST_CHECK wh_code wh_ledger_add_failures(struct wh_ledger *ledger,
                                             const struct wh_failure_record *failures, size_t count,
                                             struct wh_error *err);

/** Whose contested items are meant. */
struct wh_contest_query {
    int64_t run;
    struct wh_str item;
    /* Rows of the table refer to others of it, which may have come since: what failures name then
     * (their rule), where they name anything. count 0: no rows do. */
    const struct wh_str *own_keys;
    size_t own_key_count;
};

/** An item that failed because another row had a unique value that it wants, or the one that it
 *  refers to was not there. */
struct wh_contested_item {
    struct wh_str key;
    int64_t failure; /* number of its failure row */
    bool waits;      /* which says that it waits for the one that it refers to */
};

/** Contested items that are listed at a time; where more failed so, it is most likely no exchange
 *  of values. */
enum { WH_MOST_CONTESTED = 1 << 20 };

/** Contested items of a run's item type, the latest where there are too many, sorted by the bytes
 *  of their keys, in @p arena. */
WH_MUST_CHECK wh_code wh_ledger_contested(struct wh_ledger *ledger,
                                          const struct wh_contest_query *query,
                                          struct wh_arena *arena, struct wh_contested_item **ret,
                                          size_t *ret_count, struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_count_contested(struct wh_ledger *ledger,
                                                const struct wh_contest_query *query, uint64_t *ret,
                                                struct wh_error *err);

/** Removes the failure rows with these numbers, which ascend. */
WH_MUST_CHECK wh_code wh_ledger_remove_failures(struct wh_ledger *ledger, const int64_t *failures,
                                                size_t count, struct wh_error *err);

/** One item as a plain row, for `log: rows`. Images are JSON objects; ptr NULL: none. */
struct wh_plain_record {
    int64_t run;
    struct wh_str item;
    struct wh_str key;
    enum wh_item_status status;
    struct wh_str place;
    struct wh_str source;
    struct wh_str before;
    struct wh_str after;
};
WH_MUST_CHECK wh_code wh_ledger_add_plain(struct wh_ledger *ledger,
                                          const struct wh_plain_record *record,
                                          struct wh_error *err);

/** How often a rule touched, rejected or warned, in one run. */
struct wh_rule_record {
    int64_t run;
    struct wh_str item;
    struct wh_str kind; /* "set", "reject", "skip", "duplicates", "expect", "warn" */
    struct wh_str name;
    uint64_t ordinal; /* among the rules of its item type: clean rules first, then checks */
    uint64_t hits;
};

/** Adds the hits to the rule's row, which is made where there is none. */
WH_MUST_CHECK wh_code wh_ledger_add_hits(struct wh_ledger *ledger,
                                         const struct wh_rule_record *rule, struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_rules(struct wh_ledger *ledger, int64_t run, struct wh_arena *arena,
                                      struct wh_rule_record **ret, size_t *ret_count,
                                      struct wh_error *err);

#endif
