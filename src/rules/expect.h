/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Checks on mapped values. An item that breaks one is rejected, or counted where the check is a
 * warning. A check that is NULL holds, as in SQL's CHECK. `unique` is decided by the survey over
 * the whole source; NULL never equals NULL.
 */
#ifndef WH_RULES_EXPECT_H
#define WH_RULES_EXPECT_H

#include "rules/clean.h"

/** A compiled check; immutable. */
struct wh_expectation {
    const struct wh_expect_definition *definition;
    size_t *columns; /* indexes into the targets */
    struct wh_program *check;
    const struct wh_str *accepted; /* ACCEPTED_VALUES: canonical texts, sorted by bytes */
    size_t accepted_count;
    size_t unique_ordinal; /* UNIQUE: which of the item type's, from 0 */
};

/** Compiles checks over the destination's mapped columns in @p scope. */
WH_MUST_CHECK wh_code wh_expect_compile(const struct wh_expect_definition *definitions,
                                        size_t count, const struct wh_scope *scope,
                                        struct wh_arena *arena, struct wh_expectation **ret,
                                        struct wh_error *err);

/** Called by wh_expect_run() for every `unique` it comes to: how the survey collects. */
typedef wh_code wh_unique_visit(void *ctx, const struct wh_expectation *expectation,
                                struct wh_rule_batch *batch, struct wh_error *err);

struct wh_expect_request {
    const struct wh_expectation *expectations;
    size_t count;
    const struct wh_column *targets;      /* typed values */
    const struct wh_column *target_texts; /* their canonical texts */
    struct wh_eval *eval;
    const struct wh_survey_verdicts *verdicts; /* NULL: `unique` is not looked at */
    wh_unique_visit *visit;                    /* NULL: not surveying */
    void *visit_ctx;
    uint8_t **touched; /* one array a check, a byte a row: set to 1 where the row broke it */
};

/** Runs the checks in order over the live rows of @p batch; rows that break one are dropped with
 *  stage EXPECT and the check's index. */
WH_MUST_CHECK wh_code wh_expect_run(const struct wh_expect_request *request,
                                    struct wh_rule_batch *batch, struct wh_error *err);

#endif
