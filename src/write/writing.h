/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing one item type on one connection: what the parts of this room share. A struct wh_writing
 * belongs to one worker.
 */
#ifndef WH_WRITE_WRITING_H
#define WH_WRITE_WRITING_H

#include <stdint.h>

#include "base/grace.h"
#include "connect/destination.h"
#include "flow/item_batch.h"
#include "ledger/ledger.h"
#include "ledger/segment.h"
#include "ledger/state.h"
#include "plan/item.h"

/** Another item type that writes the same table: rows that it owns are not ours. */
struct wh_other_owner {
    struct wh_str item;
    struct wh_state *state; /* the run's */
};

struct wh_writing_options {
    const struct wh_item_plan *item;
    const struct wh_connection *connection;
    struct wh_ledger *ledger; /* NULL: a dry run before there is any ledger */
    int64_t run;
    struct wh_str owner;    /* of chunks: this process and run */
    struct wh_state *state; /* shared by all workers */
    size_t memory;          /* that a group may take, and segments of earlier ones; 0: any */
    const struct wh_other_owner *others;
    size_t other_count;
    bool has_table;       /* false: a dry run of a table that is still to be made */
    bool table_was_empty; /* when the run began: rows are inserted without looking first */
    bool had_rows;        /* with table_was_empty: wherry had written rows, which are gone */
    bool is_dry_run;
    bool waits_for_disk; /* at each commit: nobody would notice that a server lost the last ones */
    bool is_rehearsal;   /* groups are savepoints of one transaction */
    bool lets_wait; /* rows that refer to others of their table will be tried again, see again.h */
    /* At a destination with one writer all workers commit through one channel, in turns: a
     * connection's page cache is worth something only while no other one writes. NULL:
     * each through its own. */
    const struct wh_channel *shared;
    uint64_t redaction_seed;
    const struct wh_cancel *cancel; /* asked for between rows that are written one by one */
    /* Called when most rows of an insert were handed over, see struct wh_write_request; NULL:
     * nobody waits. */
    void (*most_sent)(void *ctx);
    void *most_sent_ctx;
    /* Where refusals and rule hits go in a dry run, which has no ledger to write them to. Called by
     * several workers. */
    wh_code (*dry_failure)(void *ctx, const struct wh_failure_record *failure,
                           struct wh_error *err);
    wh_code (*dry_hits)(void *ctx, const struct wh_rule_record *rule, struct wh_error *err);
    void *dry_ctx;
};

/** A connection and what is written through it. */
struct wh_channel {
    const struct wh_connection *connection;
    struct wh_ledger *ledger;
    struct wh_writer *writer;
};

struct wh_segment_cache;
struct wh_gathering;

struct wh_writing {
    struct wh_writing_options options;
    struct wh_writer *writer; /* on the worker's own connection: what groups are compared through */
    struct wh_channel commit; /* what groups are committed through; the same, or shared in turns */
    struct wh_segment_schema schema;
    struct wh_segment_encoder *encoder;
    struct wh_segment_blob segment;    /* of what was encoded last; the encoder's memory */
    struct wh_arena images;            /* of the batch being logged, see images.h */
    struct wh_arena scratch;           /* of one row that is compared */
    struct wh_column *texts;           /* by target: the batch's, while images stand there */
    uint64_t *after_hashes;            /* by row, in `images`; NULL where segments have none */
    struct wh_segment_cache *segments; /* of earlier groups, for drift and owners */
    /* Room for those of a group; memory that is new each time is dear. */
    struct wh_state_entry *entries;
    size_t entry_capacity;
    struct wh_grace grace; /* of whatever group is in hand: behind it the worker stops */
    bool enforces; /* a commit was refused: its constraints are enforced before it from now on */
    struct wh_gathering *gathering; /* where rows to be inserted are brought together */
    size_t *compared;               /* targets that are compared: not insert-only */
    size_t compared_count;
    struct wh_arena arena; /* lives as long as the writing */
};

/** Name and kind of an item type's rule: clean rules first, then checks. */
struct wh_rule_record wh_item_rule(const struct wh_item_plan *item, size_t rule);

/** Opens the writer and prepares what every group needs. */
WH_MUST_CHECK wh_code wh_writing_open(const struct wh_writing_options *options,
                                      struct wh_writing **ret, struct wh_error *err);
void wh_writing_close(struct wh_writing *writing);

/** A writer of the item type's table on @p connection. */
WH_MUST_CHECK wh_code wh_item_writer_open(const struct wh_item_plan *item,
                                          const struct wh_connection *connection,
                                          struct wh_writer **ret, struct wh_error *err);

#endif
