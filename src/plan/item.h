/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A migration checked against its source and destination: every expression compiled, every column
 * found, every key understood. What a run executes and what `wherry plan` shows.
 */
#ifndef WH_PLAN_ITEM_H
#define WH_PLAN_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "connect/connector.h"
#include "convert/expr.h"
#include "plan/migration.h"
#include "rules/clean.h"
#include "rules/expect.h"

/** A destination column that is written, and what it gets. */
struct wh_target {
    struct wh_str name;
    size_t table_column; /* index in the item's `table` */
    struct wh_type type;
    bool is_not_null;
    bool insert_only; /* { insert: … }: set on insert, never compared, not part of images' hashes */
    bool may_be_inexact; /* the destination's `check` must look at its values */
    bool is_redacted;
    struct wh_program *program; /* over the cleaned source columns, assigned to `type` */
    size_t plain_source;        /* source column that it casts and reads alone; SIZE_MAX: none */
    const struct wh_assignment_definition *assignment; /* its entry of the map; NULL: "*": same */
    uint32_t line, column;                             /* in the migration file */
};

/** One part of an item's key. */
struct wh_key_part {
    struct wh_str name; /* the source column's name: what `--id a=1,b=2` uses */
    size_t source_column;
    /* The match target that is a cast of this column alone: its canonical text is the part's text;
     * SIZE_MAX: the source's text is. */
    size_t target;
};

/** A thing worth knowing before a run: shown by `plan`, never silent. */
struct wh_plan_note {
    bool is_warning;
    struct wh_str text;
};

struct wh_item_plan {
    const struct wh_item_definition *definition;
    size_t ordinal;                                /* in the plan's items */
    const struct wh_item_definition *refers_ahead; /* see struct wh_planned_item; usually NULL */
    const struct wh_references *references;        /* likewise … */
    bool refers_to_itself;                         /* … and here */
    struct wh_source *source;                      /* open, owned by the plan */
    const struct wh_source_functions *source_functions;
    struct wh_table_info source_table;
    struct wh_str source_explained; /* dialect, files: one line */
    struct wh_table_info table;     /* of the destination, also where it will be created */
    bool will_create; /* the table is missing: this item type, or one before it, makes it */
    struct wh_str create_statement; /* where it will, and where it was */
    struct wh_program *where;       /* NULL: all records */
    struct wh_clean_rule *clean;    /* definition->clean_count of them */
    size_t duplicate_rule_count;
    struct wh_target *targets;
    size_t target_count;
    size_t *match; /* targets that identify the row */
    size_t match_count;
    struct wh_key_part *key;
    size_t key_count;
    bool key_is_match; /* every match target is a cast of one key column: one row, one key */
    struct wh_expectation *expectations; /* definition->expect_count of them */
    size_t unique_expectation_count;
    bool *redacted_sources; /* one a source column */
    bool *redacted_cleaned; /* likewise, as the clean rules leave them */
    uint64_t fingerprint;   /* of definition text, column types, wherry's conversion version */
    struct wh_plan_note *notes;
    size_t note_count;
};

struct wh_plan {
    struct wh_arena arena;
    const struct wh_migration *migration; /* outlives the plan, as these do */
    const struct wh_connector *const *connectors;
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    const struct wh_connector *source_connector;
    struct wh_source *first_source; /* of the first item type, as the connector opened it */
    const struct wh_connector *destination_connector;
    /* Open: used for planning, by one thread; NULL where the plan is read-only, there is no
     * database yet and every item type makes its table. */
    struct wh_destination *destination;
    struct wh_item_plan *items; /* in the order they are migrated (plan/order.c) */
    size_t item_count;
    bool wants_advice; /* of the destination, among the notes */
};

struct wh_plan_request {
    const struct wh_migration *migration;
    const struct wh_connector *const *connectors; /* ends with NULL */
    /* Plan, status, log, dry run: nothing is written, a missing database stays so. */
    bool read_only;
    bool wants_advice;    /* the plan is made to be read */
    bool *is_input_taken; /* an item type read standard input, which can be done once; NULL: none
                             will */
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    struct wh_reached *reached;         /* of the destination's servers; may be NULL */
    const struct wh_listener *listener; /* to the destination; may be NULL */
    struct wh_str from;      /* an extract in the place of an item type's source; ptr NULL: none */
    struct wh_str from_item; /* of this item type */
};

/**
 * Opens source and destination and checks every item type against them. WH_INVALID and
 * WH_UNSUPPORTED carry the place in the file; WH_UNREACHABLE says what could not be opened.
 * Nothing is written; tables of `create: true` are made by wh_plan_create_tables(). An item type's
 * errors are told for the first item type that has one.
 */
WH_MUST_CHECK wh_code wh_plan_make(const struct wh_plan_request *request, struct wh_plan **ret,
                                   struct wh_error *err);
void wh_plan_free(struct wh_plan *plan);

/** Makes the missing tables of items with `create: true`, on the plan's connection, in whatever
 *  transaction the caller has open. Item types are made anew after it, in place: what was borrowed
 *  from one before is no longer valid. */
WH_MUST_CHECK wh_code wh_plan_create_tables(struct wh_plan *plan, struct wh_error *err);

/** Opens only the destination, for commands that read the ledger; the source is not touched. */
WH_MUST_CHECK wh_code wh_plan_open_destination(const struct wh_plan_request *request,
                                               const struct wh_connector **ret_connector,
                                               struct wh_destination **ret, struct wh_error *err);

/** What the user should know before a run of so many @p threads where the destination does not let
 *  in all of its connections now, in @p arena. */
struct wh_room_note {
    struct wh_str text; /* ptr NULL: it does, or nobody knows */
    bool is_in_vain;    /* nor would it if all others ended theirs: a run would wait for nothing */
};
WH_MUST_CHECK wh_code wh_plan_check_room(const struct wh_plan *plan, unsigned threads,
                                         struct wh_arena *arena, struct wh_room_note *ret,
                                         struct wh_error *err);

/** Where the ledger of files is unless `ledger` says otherwise: sqlite:.wherry/NAME.db, relative to
 *  the migration file. */
WH_MUST_CHECK wh_code wh_plan_ledger_url(const struct wh_migration *migration,
                                         struct wh_arena *arena, struct wh_str *ret,
                                         struct wh_error *err);

/** Items of a group: as stated, or what the destination takes best. */
uint64_t wh_plan_group_items(const struct wh_plan *plan);

/** The item type named @p name; WH_INVALID lists the nearest. */
WH_MUST_CHECK wh_code wh_plan_find_item(const struct wh_plan *plan, struct wh_str name,
                                        const struct wh_item_plan **ret, struct wh_error *err);

/**
 * An expression given on the command line (--where), compiled over the item's source columns; its
 * result is boolean.
 */
WH_MUST_CHECK wh_code wh_plan_compile_condition(const struct wh_item_plan *item, struct wh_str text,
                                                struct wh_arena *arena, struct wh_program **ret,
                                                struct wh_error *err);

/* ---- keys ------------------------------------------------------------------------------------ */

/**
 * The canonical text of a key from its parts' texts: the text itself for a key of one column,
 * "a=1,b=2" otherwise, with backslash before a backslash or comma in a part.
 */
WH_MUST_CHECK wh_code wh_key_print(const struct wh_item_plan *item, const struct wh_str *parts,
                                   struct wh_arena *arena, struct wh_str *ret,
                                   struct wh_error *err);

/** The canonical key of what a user typed (`--id 007`, `--id a=1,b=2` in any order). */
WH_MUST_CHECK wh_code wh_key_parse(const struct wh_item_plan *item, struct wh_str typed,
                                   struct wh_arena *arena, struct wh_str *ret,
                                   struct wh_error *err);

/** The values of the source's key columns, as their canonical texts, of what a user typed:
 *  one a part, in @p arena. */
WH_MUST_CHECK wh_code wh_key_source_parts(const struct wh_item_plan *item, struct wh_str typed,
                                          struct wh_arena *arena, struct wh_str **ret,
                                          struct wh_error *err);

#define WH_REDACTED_REASON WH_STR("refused; the reason would show a redacted value")

/** Why a record was refused, as a log or a trace may say it:
 *  not where that could quote a redacted value. */
struct wh_str wh_shown_reason(const struct wh_item_plan *item, const struct wh_row_reason *reason);

#endif
