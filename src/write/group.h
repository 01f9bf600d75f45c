/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A group: the items that are committed together, with their log. It is the unit of commit, never
 * of failure: what the destination refuses is set aside row by row, and where only the commit
 * itself can refuse, the group is halved until the bad item is found.
 *
 *     wh_group_prepare   reads what the destination has and decides; many groups at a time
 *     wh_group_commit    writes data and log in one transaction; one group at a time where the
 *                        destination has one writer
 */
#ifndef WH_WRITE_GROUP_H
#define WH_WRITE_GROUP_H

#include <stdint.h>

#include "write/insert_order.h"
#include "write/writing.h"

/** What is to be done with a row. */
enum wh_action {
    WH_ACTION_NONE = 0, /* its status is final */
    WH_ACTION_INSERT,
    WH_ACTION_UPDATE
};

/** Why a row failed. Texts live as long as the batch. */
struct wh_row_failure {
    struct wh_str detail;
    const char *sqlstate; /* "" where there is none */
    /* The constraint that it broke, or what of wherry's stood against it; ptr NULL: unknown. */
    struct wh_str cause;
    struct wh_str column; /* whose value it is about; ptr NULL: none */
    bool waits;           /* for a row of its table: the words are wherry's own */
};

/** Where a row that is tried again was counted and logged as failed. */
struct wh_first_try {
    int64_t chunk;   /* the ledger's numbers: of its chunk … */
    int64_t failure; /* … and of its failure row, … */
    bool waited;     /* … which says that it waits for another */
};

/** A batch of the group with what became of its rows. Arrays are by row, in the batch's arena. */
struct wh_group_batch {
    struct wh_item_batch items;
    uint8_t *actions;                       /* enum wh_action */
    uint8_t *statuses;                      /* enum wh_item_status */
    const struct wh_row_failure **failures; /* NULL: the row did not fail */
    uint8_t *is_known;     /* 1: the state has the row with this very source record */
    uint8_t *is_put_back;  /* 1: an insert of a row that wherry wrote before, which is gone */
    struct wh_found found; /* what the destination had; columns NULL: nobody looked */
    /* By target: texts of rows that are updated or left as they are, as they were; of unchanged
     * ones what only an insert writes, where it is logged. NULL: there are none. */
    struct wh_column *before;
    struct wh_selection missed;    /* rows that were not as expected when they were written */
    struct wh_selection contested; /* updates refused for a unique value that another row has */
    /* enum wh_action of rows that are written behind all others, see enforce.h; NULL:
     * there are none */
    uint8_t *put_off;
    uint8_t *decided; /* actions before the first try, see decided.h */
    /* A row was missed for one of the group's that the destination takes for it. */
    bool has_clashes;
    const struct wh_first_try *first_tries; /* NULL: the rows were not tried before */
    uint16_t *item_of_row;                  /* each row's item in the batch */
    size_t first_item;                      /* its first item's ordinal in the group */
};

/** A part whose commit was not answered: the chunk's row, and nothing else,
 *  says whether it was done. */
struct wh_group_doubt {
    bool is_set;
    uint64_t to; /* where the chunk stands then */
    size_t first;
    size_t end; /* items of the part */
    struct wh_counts counts;
    int64_t segment;
};

struct wh_group {
    struct wh_group_batch **batches; /* each stays where it is: its rows point into its arena */
    size_t batch_count;
    size_t batch_capacity;
    size_t prepared; /* batches that are compared */
    size_t item_count;
    uint64_t bytes; /* of the source */
    bool is_again;  /* its items failed before in this run, see wh_first_try */
    /* Rows may refer to others of the group: they are inserted from the last of the source on, or,
     * where they are sorted by their keys, from the last key on. */
    bool is_backward;
    bool from_last_key;
    int64_t chunk;    /* the ledger's number of its chunk; again: one that keeps others away */
    bool was_started; /* the chunk's position and digest before the group … */
    uint64_t from;
    uint64_t to; /* … and behind it */
    uint64_t digest;
    bool is_last;     /* of its chunk */
    uint64_t reached; /* where the chunk stands, with what is committed of the group */
    bool has_moved;   /* some of it is */
    struct wh_group_doubt doubt;
    struct wh_insert_order inserts;
    const struct wh_item_plan *item; /* where its memory is limited … */
    size_t most_memory;              /* … to so many bytes; 0: it is not */
    struct wh_counts counts; /* out: what was committed, and inserts in it of rows that were gone */
    uint64_t put_back;
    uint64_t contested; /* failed for what another row has, and may be tried again */
    bool has_waiting;   /* … or wait for a row of their table, and were not tried */
};

static inline bool wh_group_is_put_off(const struct wh_group_batch *batch, size_t row)
{
    return batch->put_off != NULL && batch->put_off[row] != WH_ACTION_NONE;
}

void wh_group_init(struct wh_group *group);
void wh_group_release(struct wh_group *group);

/** From here on the group's batches are of a size that some of them fit into @p memory: who fills
 *  it looks at wh_group_is_large(). */
void wh_group_limit_memory(struct wh_group *group, const struct wh_item_plan *item, size_t memory);

/** True where the group takes the memory that it may, or more. */
bool wh_group_is_large(const struct wh_group *group);

/** Forgets the items, keeps the memory that the group may take. */
void wh_group_reset(struct wh_group *group);

/** A batch to be read and mapped next; it is part of the group once wh_group_added() was called. */
WH_MUST_CHECK wh_code wh_group_next_batch(struct wh_group *group, struct wh_item_batch **ret,
                                          struct wh_error *err);
void wh_group_added(struct wh_group *group);

/** Marks @p row as failed; of @p failure a copy is kept, its texts live as long as the batch. */
WH_MUST_CHECK wh_code wh_group_batch_fail(struct wh_group_batch *batch, uint16_t row,
                                          const struct wh_row_failure *failure,
                                          struct wh_error *err);

/** The same for a row that the destination refused, with its own words. */
WH_MUST_CHECK wh_code wh_group_batch_refuse(struct wh_group_batch *batch, uint16_t row,
                                            const struct wh_error *refused, struct wh_error *err);

/** Undoes that: the row is to be written after all. */
void wh_group_batch_revive(struct wh_group_batch *batch, uint16_t row, enum wh_action action);

/** Lets the destination read for the batch that was added last, where it can do that by itself, and
 *  compares the batches before it meanwhile. */
WH_MUST_CHECK wh_code wh_group_look_ahead(struct wh_writing *writing, struct wh_group *group,
                                          struct wh_error *err);

/** Compares every live row with the destination and encodes the log as it will most likely be. */
WH_MUST_CHECK wh_code wh_group_prepare(struct wh_writing *writing, struct wh_group *group,
                                       struct wh_error *err);

/** The digest of a chunk from its start to @p position, for groups that are committed in parts. */
typedef wh_code wh_chunk_digest(void *ctx, uint64_t position, uint64_t *ret, struct wh_error *err);

struct wh_commit_options {
    wh_chunk_digest *digest;
    /** Called once all of the group is committed and in its counts: what is left to do is in
     *  memory, and others may write meanwhile. */
    void (*committed)(void *ctx);
    void *ctx; /* of both */
};

/**
 * Writes and commits the group, in parts if need be. WH_CONFLICT where the claim on the chunk was
 * lost: nothing was written. Items that the destination refuses are failed items, not errors.
 */
WH_MUST_CHECK wh_code wh_group_commit(struct wh_writing *writing, struct wh_group *group,
                                      const struct wh_commit_options *options,
                                      struct wh_error *err);

/** After an error of class WH_RETRY_RECONNECT: the part in doubt was committed, as the chunk's row
 *  says. Nobody is called. */
WH_MUST_CHECK wh_code wh_group_confirm(struct wh_writing *writing, struct wh_group *group,
                                       struct wh_error *err);

/** What a dry run does in the place of a commit: counts the statuses as prepared and hands over
 *  refusals and rule hits. */
WH_MUST_CHECK wh_code wh_group_dry_run(struct wh_writing *writing, struct wh_group *group,
                                       struct wh_error *err);

#endif
