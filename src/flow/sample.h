/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What each rule did to single records: the first few of the source that it touched, with the
 * values before and after, for a dry run to show.
 */
#ifndef WH_FLOW_SAMPLE_H
#define WH_FLOW_SAMPLE_H

#include "flow/item_batch.h"

/** Records that are kept of a rule, and bytes of a value; a longer one is cut and ends in "…". */
enum { WH_RULE_SAMPLES = 3, WH_SAMPLE_BYTES = 1024 };

/** A value that a rule changed; ptr NULL is NULL. */
struct wh_rule_change {
    struct wh_str column; /* of the source */
    struct wh_str before; /* as the rule found it */
    struct wh_str after;
    bool is_redacted; /* both values are withheld */
};

struct wh_rule_sample {
    uint64_t record;     /* wh_record_number() */
    struct wh_str key;   /* ptr NULL: the record has none */
    struct wh_str place; /* in the source */
    /* Why a clean rule left the record out or refused it; ptr NULL otherwise. */
    struct wh_str reason;
    struct wh_rule_change *changes; /* by a clean rule that sets values */
    size_t change_count;
};

/** Of one rule or check, in source order. */
struct wh_rule_samples {
    struct wh_rule_sample items[WH_RULE_SAMPLES];
    size_t count;
};

/**
 * Looks for samples in @p batch, which was just mapped and kept its history. @p samples has one
 * entry for each clean rule, then one for each check; what is kept in them does not depend on the
 * order in which batches come. Texts are copied into @p arena. Not thread-safe: the caller locks.
 */
WH_MUST_CHECK wh_code wh_samples_add(struct wh_rule_samples *samples,
                                     const struct wh_item_plan *item, struct wh_item_batch *batch,
                                     struct wh_arena *arena, struct wh_error *err);

#endif
