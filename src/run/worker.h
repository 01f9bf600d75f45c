/* SPDX-License-Identifier: Apache-2.0 */
/** A worker, and what the workers of one item type share. */
#ifndef WH_RUN_WORKER_H
#define WH_RUN_WORKER_H

#include "flow/seen_keys.h"
#include "run/lanes.h"
#include "run/reconnect.h"
#include "run/turn.h"

/* What the workers of one item type share. */
struct wh_crew {
    struct wh_item_run *item;
    uint64_t group_items; /* of a group, at most */
    uint64_t group_bytes;
    size_t group_memory; /* likewise, see group.h; of the run's budget */
    size_t *open;        /* indexes of the chunks that are not done */
    size_t open_count;
    uint64_t *ordinals; /* by chunk: how many records of the source stand before it */
    atomic_size_t next;
    struct wh_turn turn;
    bool takes_turns;
    struct wh_lanes lanes;    /* where the destination has several writers */
    bool follows_keys;        /* there is no survey: no key may repeat, from chunk to chunk */
    struct wh_turn key_turn;  /* of what follows */
    struct wh_seen_keys keys; /* of all groups that were looked at, in the order of the source */
    atomic_bool needs_survey; /* a key may repeat, or not all groups were looked at */
    struct wh_channel
        shared; /* where the destination has one writer; writer NULL: it has several */
    struct wh_kept_connection channel; /* what it goes through; destination NULL: the run's own */
    pthread_mutex_t lock;              /* of what follows */
    struct wh_counts counts;           /* of this session's groups */
    struct wh_counts before;           /* what earlier sessions of the run left, by its chunks */
    uint64_t contested;                /* of both: failed items that are to be tried again */
    uint64_t read;                     /* by the readers */
    uint64_t ignored;                  /* values that they left out */
    uint64_t put_back;                 /* rows inserted again that were gone */
    uint64_t bytes;
    double conversion_seconds;  /* of processor time */
    uint64_t left_alone;        /* records of an extract that are no item's that is rejected */
    uint64_t left_alone_record; /* the first of them */
    struct wh_str left_alone_key;
    struct wh_reasons reasons;       /* of a dry run */
    uint64_t *hits;                  /* likewise, by rule */
    struct wh_rule_samples *samples; /* likewise; NULL: this is no dry run */
    atomic_bool must_stop;
    atomic_bool has_failed; /* one of the workers */
    bool reached_limit;
    unsigned left;       /* workers for which there was no room, under the lock above */
    unsigned workers;    /* behind them, in number, whoever writes the state ahead */
    bool writes_ahead;   /* somebody does */
    atomic_uint at_work; /* of the workers */
};

/* What of a chunk was looked at for keys that repeat. */
enum wh_followed { WH_FOLLOWED_NONE = 0, WH_FOLLOWED_PART, WH_FOLLOWED_ALL };

/* One worker: its connection and all that hangs on it. */
struct wh_worker {
    struct wh_crew *crew;
    unsigned number;
    struct wh_connection connection;
    bool owns_connection;
    struct wh_ledger *ledger;
    struct wh_writing *writing;
    struct wh_mapper *mapper;
    struct wh_reader *reader;
    struct wh_reader *digester; /* opened when a group is committed in parts */
    struct wh_group group;
    struct wh_key_list keys;   /* of the group */
    enum wh_followed followed; /* of the chunk, by those of its groups */
    uint64_t group_ordinal;    /* records of the source before the group */
    uint64_t group_bytes;      /* of the source, in the progress that was told */
    uint64_t group_read;       /* records that the reader gave for the group */
    uint64_t group_ignored;    /* and values of theirs that it left out */
    const struct wh_chunk_record *chunk;
    uint64_t ordinal; /* records of the source before the next one, for --limit */
    uint64_t unread;  /* records of the chunk that were not read yet; UINT64_MAX: unknown */
    bool is_at_end;   /* of the chunk */
    bool was_started; /* the chunk: groups of it are committed, up to … */
    uint64_t from;
    bool has_turn;   /* at the shared channel */
    bool has_passed; /* the chunk's turn is over */
    bool has_lane;
    bool is_reading; /* an error would be the source's */
    bool is_settled; /* after an error: what was committed of the group is counted */
    struct wh_patience patience;
    double told_progress;
};

/** The work of the @p number-th worker: groups of one chunk after another, until none is left. */
WH_MUST_CHECK wh_code wh_worker_main(struct wh_crew *crew, unsigned number, struct wh_error *err);

/** Refused items of the item type. Those that are to be tried again are not refused yet. */
uint64_t wh_crew_refused(const struct wh_crew *crew);

/** Adds the group, committed, to what the crew counts. */
void wh_worker_count_group(struct wh_worker *worker);

void wh_worker_close_readers(struct wh_worker *worker);

#endif
