/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How an item type's plan is made: one step a file, in the order of the functions here. Each step
 * finds what the ones before it left in struct wh_item_plan.
 */
#ifndef WH_PLAN_MAKE_H
#define WH_PLAN_MAKE_H

#include "base/error.h"
#include "plan/item.h"

/** One item type's plan in the making. */
struct wh_making {
    struct wh_plan *plan;
    struct wh_item_plan *item;
    struct wh_arena *arena; /* the plan's */
    struct wh_scope source; /* its columns, for where, clean and map */
    size_t note_capacity;
};

/** True where the destination writes whole files, which no table is there for before. */
static inline bool wh_plan_writes_files(const struct wh_plan *plan)
{
    return plan->destination_connector != NULL &&
           plan->destination_connector->destination->commit_kind == WH_COMMIT_WHOLE;
}

/** Makes the folder of a ledger that has the place wh_plan_ledger_url() gives. */
WH_MUST_CHECK wh_code wh_plan_make_ledger_folder(const struct wh_migration *migration,
                                                 struct wh_error *err);

/** WH_UNREACHABLE where it is not there: no run has made it yet, and there is no ledger. */
WH_MUST_CHECK wh_code wh_plan_find_ledger_folder(const struct wh_migration *migration,
                                                 struct wh_error *err);

/** An item type at its turn. */
struct wh_planned_item {
    const struct wh_item_definition *definition;
    /* Its rows refer to those of this one, whose turn is later: the two refer to each other. NULL:
     * there is none. */
    const struct wh_item_definition *refers_ahead;
    const struct wh_references *references; /* of its table, in the plan's arena */
    bool refers_to_itself;                  /* rows of the table refer to others of it */
};

/** The migration's item types in the order in which they are migrated, in the plan's arena. */
WH_MUST_CHECK wh_code wh_plan_order_items(struct wh_plan *plan, struct wh_planned_item **ret,
                                          struct wh_error *err);

/** Makes the plan of one item type from its definition; its source is open. May be done again once
 *  its table was made. Errors have their place in the file. */
WH_MUST_CHECK wh_code wh_make_item(struct wh_plan *plan, struct wh_item_plan *item,
                                   struct wh_error *err);

/* ---- the steps ------------------------------------------------------------------------------- */

/** item->table: as the destination has it, or as an item type before this one will make it. False
 *  in *ret_found where it is still to be made, which `create: true` must allow. */
WH_MUST_CHECK wh_code wh_make_table(struct wh_making *making, bool *ret_found,
                                    struct wh_error *err);

/** item->targets for a table that is there. */
WH_MUST_CHECK wh_code wh_make_targets(struct wh_making *making, struct wh_error *err);

/** item->targets and item->table for a table to be made: its columns are the targets, with the
 *  types that their expressions have. */
WH_MUST_CHECK wh_code wh_make_new_table(struct wh_making *making, struct wh_error *err);

/** item->match: a key of the table whose columns are all mapped. */
WH_MUST_CHECK wh_code wh_make_match(struct wh_making *making, struct wh_error *err);

/** item->key and key_is_match. */
WH_MUST_CHECK wh_code wh_make_key(struct wh_making *making, struct wh_error *err);

/** item->expectations. */
WH_MUST_CHECK wh_code wh_make_checks(struct wh_making *making, struct wh_error *err);

/** item->redacted_sources, redacted_cleaned and the targets' is_redacted. */
WH_MUST_CHECK wh_code wh_make_redaction(struct wh_making *making, struct wh_error *err);

/** item->notes: what a user should know. */
WH_MUST_CHECK wh_code wh_make_notes(struct wh_making *making, struct wh_error *err);

/** item->fingerprint: of all that decides what becomes of a record. */
uint64_t wh_make_fingerprint(const struct wh_making *making);

/* ---- what the steps share -------------------------------------------------------------------- */

/**
 * The column that a name of the migration file means: the one of exactly that name, otherwise the
 * only one that differs in ASCII case alone. WH_INVALID with the name's place and the nearest name;
 * @p owner says whose columns they are: "the source", "table 'a'".
 */
WH_MUST_CHECK wh_code wh_find_column(const struct wh_table_info *table, struct wh_expr_text name,
                                     struct wh_str owner, size_t *ret, struct wh_error *err);

/** The same without an error: SIZE_MAX where there is none. */
size_t wh_match_column(const struct wh_table_info *table, struct wh_str name);

/** An error with a place in the file, of WH_INVALID; returns the code. */
wh_code wh_place_error(struct wh_expr_text place, struct wh_error *err, const char *format, ...)
    WH_PRINTF(3, 4);

/** Passes a result on; an error without a place is given @p place. */
static inline wh_code wh_at(wh_code rc, struct wh_expr_text place, struct wh_error *err)
{
    return rc == WH_OK ? WH_OK : wh_error_at(err, rc, place.line, place.column);
}

/** Passes a result on; what a lost connection is to blame for stands at its @p url,
 *  whatever was being looked at. */
static inline wh_code wh_at_connection(wh_code rc, struct wh_expr_text url, struct wh_error *err)
{
    bool is_lost = rc != WH_OK && err != NULL &&
                   (err->retry == WH_RETRY_RECONNECT || err->retry == WH_RETRY_AGAIN);
    return is_lost ? wh_at(rc, url, err) : rc;
}

/** Where an item type as a whole stands in the file. */
struct wh_expr_text wh_item_place(const struct wh_item_plan *item);

/** The program of one map entry, not yet assigned to a type. */
WH_MUST_CHECK wh_code wh_compile_assignment(struct wh_making *making,
                                            const struct wh_assignment_definition *assignment,
                                            struct wh_program **ret, struct wh_error *err);

/** Which columns of the table have a target: one flag a column, in the plan's arena. */
WH_MUST_CHECK wh_code wh_mark_mapped(const struct wh_making *making, bool **ret,
                                     struct wh_error *err);

/** Adds a note; "%s" and so on as in printf. */
WH_MUST_CHECK wh_code wh_add_note(struct wh_making *making, struct wh_error *err, bool is_warning,
                                  const char *format, ...) WH_PRINTF(4, 5);

/** "'a', 'b' and 3 more": appends a name to a list in the making, which shows the first few. */
struct wh_name_list {
    struct wh_str text;
    size_t count;
};
WH_MUST_CHECK wh_code wh_name_list_add(struct wh_name_list *list, struct wh_str name,
                                       struct wh_arena *arena, struct wh_error *err);
WH_MUST_CHECK wh_code wh_name_list_end(struct wh_name_list *list, struct wh_arena *arena,
                                       struct wh_error *err);

/** "a, b": the names of a table's columns at @p columns. */
WH_MUST_CHECK wh_code wh_join_columns(const struct wh_table_info *table, const size_t *columns,
                                      size_t count, struct wh_arena *arena, struct wh_str *ret,
                                      struct wh_error *err);

/** The scope of an item type's source columns, in @p arena. */
WH_MUST_CHECK wh_code wh_source_scope(const struct wh_item_plan *item, struct wh_arena *arena,
                                      struct wh_scope *ret, struct wh_error *err);

/** A URL for people: without user, password and query part. In @p arena. */
WH_MUST_CHECK wh_code wh_url_show(struct wh_str url, struct wh_arena *arena, struct wh_str *ret,
                                  struct wh_error *err);

#endif
