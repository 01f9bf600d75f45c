/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Clean rules over batches of source records: in the file's order, each sees what the ones before
 * it left. A rule that sets values replaces the column for later rules and for the map; the record
 * as the source wrote it stays beside it for the log.
 */
#ifndef WH_RULES_CLEAN_H
#define WH_RULES_CLEAN_H

#include "base/arena.h"
#include "convert/expr.h"
#include "data/column.h"
#include "rules/definition.h"
#include "rules/value_map.h"

struct wh_clean_set {
    size_t column; /* of the source */
    struct wh_program *value;
    const struct wh_value_map *map; /* what the value becomes; NULL: it stays */
};

/** A compiled rule; lives in the arena it was compiled into, immutable. */
struct wh_clean_rule {
    const struct wh_clean_definition *definition;
    struct wh_program *when; /* NULL: always */
    struct wh_clean_set *sets;
    struct wh_program **duplicates;
    struct wh_program *keep_value;
    size_t duplicate_ordinal; /* which of the item type's duplicates rules it is, from 0 */
};

/** Compiles @p count rules over the source's columns in @p scope. Errors carry their place. */
WH_MUST_CHECK wh_code wh_clean_compile(const struct wh_clean_definition *definitions, size_t count,
                                       const struct wh_scope *scope, struct wh_arena *arena,
                                       struct wh_clean_rule **ret, struct wh_error *err);

/** What became of a record in the rules: kept small, one byte a row. */
enum wh_row_fate {
    WH_ROW_LIVE = 0,
    WH_ROW_SKIPPED,
    WH_ROW_REJECTED,
    WH_ROW_TRUSTED, /* unchanged by the ledger's word, not looked at further */
    WH_ROW_UNASKED  /* not what a partial run asked for: no item of this run */
};

/** Why a row left: which stage and rule, and the fault or message. */
struct wh_row_reason {
    uint16_t row;
    uint8_t stage;        /* enum wh_stage */
    uint16_t rule;        /* index of the clean rule, target or expectation; by stage */
    struct wh_str detail; /* message text, in the batch's arena */
    const char *sqlstate; /* static, or NULL */
};

/** Where in an item's way a reason arose; names are what logs and failure rows show. */
enum wh_stage {
    WH_STAGE_READ = 0, /* the record could not be read */
    WH_STAGE_WHERE,    /* left out by `where`, or its condition could not be evaluated */
    WH_STAGE_CLEAN,
    WH_STAGE_KEY, /* no key, or one that another record has */
    WH_STAGE_MAP,
    WH_STAGE_EXPECT,
    WH_STAGE_WRITE /* refused by the destination, drifted, or owned by another item */
};
const char *wh_stage_name(enum wh_stage stage);

/** Rows that left a batch, and why; in the order they left. */
struct wh_row_reasons {
    struct wh_row_reason *items; /* room for WH_BATCH_ROWS: a row leaves once */
    size_t count;
    uint16_t *by_row; /* each dropped row's index in `items` */
};

/** One batch on its way through the rules; the caller owns and sets all of it up. */
struct wh_rule_batch {
    struct wh_column *columns; /* of the source, as cleaned so far; replaced by SET */
    size_t column_count;
    size_t row_count;
    struct wh_selection live; /* shrinks */
    uint8_t *fates;           /* enum wh_row_fate, one a row */
    struct wh_row_reasons reasons;
    struct wh_column *
        *history;          /* NULL, or one a clean rule and one more, set by wh_clean_run(): the
                                   columns as they came to it, at last as they left */
    uint8_t *fault_codes;  /* all zero between calls */
    uint16_t *fault_nodes; /* room for one a row */
    struct wh_arena *arena;
};

/** Sets up @p batch for @p row_count rows of @p columns, all live; memory comes from @p arena. */
WH_MUST_CHECK wh_code wh_rule_batch_init(struct wh_rule_batch *batch, struct wh_column *columns,
                                         size_t column_count, size_t row_count,
                                         struct wh_arena *arena, struct wh_error *err);

/** A program to run over the live rows of a batch, and what to blame for its faults. */
struct wh_rule_program {
    const struct wh_program *program;
    const struct wh_column *columns;      /* what its scope names */
    const struct wh_selection *selection; /* NULL: the batch's live rows */
    enum wh_stage stage;
    uint16_t rule;
};

/** Evaluates and drops the rows that faulted, with the fault's message, as rejected. */
WH_MUST_CHECK wh_code wh_rule_evaluate(struct wh_eval *eval, const struct wh_rule_program *request,
                                       struct wh_rule_batch *batch, struct wh_column *result,
                                       struct wh_error *err);

/** The rows among @p from that are live and true in @p condition,
 *  into @p ret (room for as many). */
void wh_rule_select_true(const struct wh_rule_batch *batch, const struct wh_column *condition,
                         const struct wh_selection *from, struct wh_selection *ret);

/** What the survey decided about duplicates and uniqueness, asked row by row. */
struct wh_survey_verdicts {
    /** True where @p row of the batch lost criterion @p ordinal; *ret_reason says to whom. */
    bool (*lost)(void *ctx, size_t ordinal, size_t row, struct wh_arena *arena,
                 struct wh_str *ret_reason);
    void *ctx;
};

/** Called by wh_clean_run() for every duplicates rule it comes to, with the rows that are live
 *  there: how the survey collects. */
typedef wh_code wh_duplicates_visit(void *ctx, const struct wh_clean_rule *rule,
                                    struct wh_rule_batch *batch, struct wh_error *err);

struct wh_clean_request {
    const struct wh_clean_rule *rules;
    size_t rule_count;
    struct wh_eval *eval;
    const struct wh_survey_verdicts *verdicts; /* NULL while surveying */
    wh_duplicates_visit *visit;                /* NULL: not surveying */
    void *visit_ctx;
    uint8_t **touched; /* one array a rule, a byte a row: set to 1 where the rule did something */
};

/** Runs the rules over the batch. A fault in a rule's condition or value rejects the record. */
WH_MUST_CHECK wh_code wh_clean_run(const struct wh_clean_request *request,
                                   struct wh_rule_batch *batch, struct wh_error *err);

/** Puts @p value's values at @p rows in the place of the source column's, texts both. Rows that
 *  left the batch keep what they had. */
WH_MUST_CHECK wh_code wh_rule_batch_set(struct wh_rule_batch *batch, size_t column,
                                        const struct wh_column *value,
                                        const struct wh_selection *rows, struct wh_error *err);

/** Takes @p row out of the batch: its fate, its reason. Selections are shrunk by the caller with
 *  wh_rule_batch_shrink() once a loop is through. */
void wh_rule_batch_drop(struct wh_rule_batch *batch, enum wh_row_fate fate,
                        struct wh_row_reason reason);
void wh_rule_batch_shrink(struct wh_rule_batch *batch);

#endif
