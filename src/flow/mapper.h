/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The way from records to mapped items: where → clean → key → map → expect, batch by batch. One
 * mapper belongs to one thread. The survey walks the same way, as far as it needs to.
 */
#ifndef WH_FLOW_MAPPER_H
#define WH_FLOW_MAPPER_H

#include <stdint.h>

#include "connect/destination.h"
#include "flow/item_batch.h"
#include "flow/untouched.h"
#include "ledger/state.h"
#include "plan/item.h"

struct wh_survey;
struct wh_survey_collector;
struct wh_key_list;

/** Where a record stands: the hash of its place in words (seed 0) finds it,
 *  its line rules it out. */
struct wh_filter_place {
    uint64_t line;
    uint64_t hash;
};

/** What a partial run asks for; all parts must hold. Immutable while mappers use it. */
struct wh_item_filter {
    const struct wh_program *condition; /* over source columns; NULL: any */
    const struct wh_str *keys;          /* canonical, sorted by bytes; NULL: any */
    size_t key_count;
    bool only_rejected; /* items that the state has as rejected, unreadable records, and: */
    const struct wh_filter_place *places; /* whatever stands there, by line, then hash */
    size_t place_count;
    bool only_failed;
    /* Sorted by bytes: never asked for. Records were refused since others have these keys, and
     * those must not be written over. */
    const struct wh_str *refused_keys;
    size_t refused_key_count;
};

struct wh_mapper_options {
    const struct wh_item_plan *item;
    const struct wh_survey *survey;        /* its verdicts; NULL while surveying */
    struct wh_survey_collector *collector; /* NULL unless surveying */
    struct wh_key_list *keys;            /* the items' match values are added to it; may be NULL */
    const struct wh_item_filter *filter; /* NULL: everything */
    const struct wh_state *state;        /* NULL: nothing is known of earlier runs */
    bool trust_state; /* leave rows whose source is as the state has it unlooked at … */
    struct wh_written_versions written; /* … or those of them that have such a version */
    /* For values that its storage would change; may be NULL. */
    const struct wh_connection *connection;
    struct wh_writer *writer;
    bool keeps_history;             /* batch->rules.history: for samples and traces */
    int64_t now;                    /* what now() means in this run */
    const struct wh_cancel *cancel; /* ends a batch between two values; may be NULL */
};

struct wh_mapper;
WH_MUST_CHECK wh_code wh_mapper_open(const struct wh_mapper_options *options,
                                     struct wh_mapper **ret, struct wh_error *err);
void wh_mapper_close(struct wh_mapper *mapper);

/** Seconds of processor time that its expressions took so far. */
double wh_mapper_conversion_seconds(const struct wh_mapper *mapper);

/** Maps the records in batch->source, which was just read. Rows that are live afterwards are to be
 *  written; every other one has a fate and, unless trusted or unasked, a reason. WH_CANCELLED where
 *  that was asked meanwhile: the batch is to be forgotten. */
WH_MUST_CHECK wh_code wh_mapper_run(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                    struct wh_error *err);

/**
 * Appends every step of @p row's way to @p out, for --trace: the record, the rules that touched it,
 * each column's expression taken apart, the checks. The batch was just mapped.
 */
WH_MUST_CHECK wh_code wh_mapper_trace(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                      uint16_t row, struct wh_buf *out, struct wh_error *err);

#endif
