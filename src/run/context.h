/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of a run share. */
#ifndef WH_RUN_CONTEXT_H
#define WH_RUN_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/budget.h"
#include "flow/mapper.h"
#include "flow/survey.h"
#include "ledger/ledger.h"
#include "ledger/state.h"
#include "run/asked.h"
#include "run/reasons.h"
#include "run/run.h"
#include "write/group.h"

/** What holds a run back while the destination is busy, see guard.h. */
struct wh_run_guard {
    pthread_mutex_t lock; /* of all that follows: whoever looks keeps the others waiting */
    struct wh_connection connection;
    bool must_reopen;
    double looked; /* when */
    double paused; /* seconds */
};

/** A connection that workers have for one item type after the other; destination NULL: none. */
struct wh_kept_connection {
    struct wh_connection connection;
    struct wh_ledger *ledger; /* on it */
    bool only_reads;
};

/* Workers that a run may have. */
enum { WH_MAX_WORKERS = 32 };

/** A run from its first connection to its result. */
struct wh_run_context {
    const struct wh_run_request *request;
    const struct wh_run_options *options;
    struct wh_arena *arena; /* the caller's: of the result */
    struct wh_run_result *result;
    struct wh_budget budget;
    struct wh_plan *plan;
    struct wh_connection connection;   /* the plan's: the lock, the ledger's records */
    struct wh_ledger *ledger;          /* on it; NULL: a dry run where there is none */
    const struct wh_item_plan **items; /* the item types that were asked for */
    size_t item_count;
    int64_t run;
    struct wh_str owner; /* of chunks */
    bool is_partial;
    bool is_resumed;
    bool is_input_taken;     /* standard input was read: it cannot be again */
    int64_t now;             /* what now() means: the run's start */
    uint64_t redaction_seed; /* random, kept nowhere */
    unsigned workers;
    double started;
    struct wh_listener listener; /* tells the user what it hears */
    struct wh_reached reached;   /* of the destination's servers: all connections are to one */
    bool has_told_resume;        /* the user knows that an interrupted run is gone on with … */
    uint64_t told_groups;        /* … since so many groups were committed by this process */
    unsigned told_workers;       /* the fewest workers that the user was told of; 0: of none */
    struct wh_str without_key;   /* the table whose key is aside now; ptr NULL: none */
    bool is_locked;
    bool must_lock; /* the connection is a new one, which does not hold the run lock yet */
    atomic_uint_least64_t groups; /* committed by this process */
    atomic_uint_least64_t read;   /* items of theirs */
    atomic_uint_least64_t paced;  /* limits.rate: microseconds of the stopwatch, see pace.h */
    struct wh_run_guard guard;
    bool has_room_to_spare; /* of the destination, for a connection beside those of the workers */
    /* Between two item types: by the workers' numbers, and behind them the one that a pair commits
     * through. */
    struct wh_kept_connection kept[WH_MAX_WORKERS + 1];
    pthread_mutex_t *voice; /* notes and progress come from several threads, one at a time */
};

/** One item type's part of a run. */
struct wh_item_run {
    struct wh_run_context *run;
    const struct wh_item_plan *item;
    struct wh_item_result *result;
    struct wh_chunk_record *chunks; /* all of the source, in its order */
    size_t chunk_count;
    struct wh_survey *survey; /* NULL: keys are told apart by the source, or by the workers */
    bool follows_keys;        /* by the workers, who look whether one repeats */
    bool is_surveyed;         /* from the first */
    /* The source is counted while the workers are at it: records is known behind them. */
    bool is_counted_meanwhile;
    atomic_bool has_no_count; /* that failed: they are to stop */
    struct wh_state *state;
    struct wh_other_owner *others;
    size_t other_count;
    struct wh_asked_keys asked; /* guarded by the lock of the workers' counts */
    struct wh_item_filter filter;
    struct wh_filter_place *places; /* the filter's */
    bool has_filter;
    bool is_sought; /* the chunks are those of the items that are asked for (seek.h) */
    bool trusts_state;
    /* of versions that earlier groups wrote; none where all rows are to be compared */
    struct wh_str *marks;
    size_t mark_count;
    bool has_table; /* false: a dry run of a table that is still to be made */
    bool table_was_empty;
    bool had_rows;                   /* that are gone where the table is empty */
    bool key_is_aside;               /* the table has no primary key until it is filled */
    uint64_t table_rows;             /* where they were counted early; otherwise UINT64_MAX */
    bool is_done;                    /* all chunks are */
    uint64_t records;                /* in the source */
    uint64_t read_now;               /* by this session's readers */
    struct wh_counts counted_before; /* of the groups of the run's earlier sessions */
    struct wh_counts counted_now;    /* of this session's groups */
    double stage_started;
    uint64_t stage_done_before; /* of the source's bytes, when it began */
    uint64_t stage_read_before; /* of items */
    uint64_t stage_done;        /* when the workers had ended */
    bool has_worked;            /* they have: it is theirs */
};

#endif
