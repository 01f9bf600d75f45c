/* SPDX-License-Identifier: Apache-2.0 */
/** Questions to the log: what happened to an item, to all items of a run, which items failed. */
#ifndef WH_LEDGER_LOG_H
#define WH_LEDGER_LOG_H

#include "ledger/segment.h"

/** One item in one run; valid during the visit. */
struct wh_log_entry {
    int64_t run;
    int64_t at; /* when its group was committed, microseconds since 2000-01-01 UTC */
    struct wh_str item;
    struct wh_segment_item logged;
    struct wh_position position;            /* in the source */
    const struct wh_segment_schema *schema; /* names of the images' columns */
    struct wh_segment *segment;             /* for wh_segment_touched() */
    size_t ordinal;
    struct wh_str place;                     /* ptr NULL where the source's names are not known */
    const struct wh_failure_record *failure; /* NULL unless rejected or failed */
    /* It failed, and something else became of it later in the run: there is no failure any more. One
     * that only waits on has the failure that was logged of it first. */
    bool was_tried_again;
};
typedef wh_code wh_log_visit(void *ctx, const struct wh_log_entry *entry, struct wh_error *err);

struct wh_log_query {
    struct wh_str migration;
    struct wh_str item; /* ptr NULL: all item types */
    struct wh_str key;  /* canonical; ptr NULL: all items */
    int64_t run;        /* 0: with a key all runs, without one the latest */
    struct wh_str rule; /* ptr NULL: any; otherwise items that this rule touched or refused */
    enum wh_item_status status; /* of wh_log_items; 0: any */
    /* wh_log_items() ends with WH_CORRUPT where the table of failures is gone;
     * otherwise entries have none then. */
    bool needs_failures;
};

/**
 * Visits what the segments hold: for a key the newest first, found through the filters without
 * decoding other segments, in a reading transaction; otherwise in the order of commits, each group
 * as it stands when it is read. *ret_count: how many were visited.
 */
WH_MUST_CHECK wh_code wh_log_items(struct wh_ledger *ledger, const struct wh_log_query *query,
                                   wh_log_visit *visit, void *ctx, uint64_t *ret_count,
                                   struct wh_error *err);

typedef wh_code wh_failure_visit(void *ctx, const struct wh_failure_record *failure,
                                 struct wh_error *err);

/** Visits failure rows of the run (0: the latest) in their order; status 0: both. */
WH_MUST_CHECK wh_code wh_log_failures(struct wh_ledger *ledger, const struct wh_log_query *query,
                                      enum wh_item_status status, wh_failure_visit *visit,
                                      void *ctx, uint64_t *ret_count, struct wh_error *err);

/** Counts items by status again, from the committed segments of a run's item type: the
 *  second half of the closing sum. `read` is the number of items in the segments, deleted
 *  and missing ones aside. */
WH_MUST_CHECK wh_code wh_log_recount(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                                     struct wh_counts *ret, struct wh_error *err);

#endif
