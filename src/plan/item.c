/* SPDX-License-Identifier: Apache-2.0 */
/* One item type: the steps that make its plan. */
#include "plan/make.h"
#include "plan/tidy.h"

static wh_code compile_where(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    struct wh_expr_text where = item->definition->where;
    item->where = NULL;
    if (where.text.ptr == NULL)
        return WH_OK;
    wh_code rc = wh_expr_compile(where, &making->source, making->arena, &item->where, err);
    if (rc == WH_OK)
        rc = wh_expr_require_bool(item->where, err);
    if (rc == WH_OK)
        return WH_OK;
    return wh_error_prefix(err, wh_at(rc, where, err), "'where'");
}

static wh_code copy_sets(struct wh_making *making, struct wh_clean_definition *rule,
                         struct wh_error *err)
{
    const struct wh_assignment_definition *sets = rule->sets;
    rule->sets = wh_arena_array(making->arena, WH_MAX(rule->set_count, 1), sizeof(*rule->sets));
    if (rule->sets == NULL)
        return wh_error_no_memory(err, rule->set_count * sizeof(*rule->sets));
    for (size_t i = 0; i < rule->set_count; i++)
        rule->sets[i] = sets[i];
    return WH_OK;
}

/* A copy of the rules in which `set` names source columns exactly as the source does. */
static wh_code resolve_sets(struct wh_making *making, struct wh_clean_definition **ret,
                            struct wh_error *err)
{
    const struct wh_item_definition *definition = making->item->definition;
    *ret = wh_arena_array(making->arena, WH_MAX(definition->clean_count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, definition->clean_count * sizeof(**ret));
    for (size_t i = 0; i < definition->clean_count; i++) {
        struct wh_clean_definition *rule = &(*ret)[i];
        *rule = definition->clean[i];
        WH_TRY(copy_sets(making, rule, err));
        WH_TRY(wh_tidy_begin(&making->item->source_table, making->arena, rule, err));
        for (size_t j = 0; j < rule->set_count; j++) {
            size_t column;
            wh_code rc = wh_find_column(&making->item->source_table, rule->sets[j].column,
                                        WH_STR("the source"), &column, err);
            if (rc != WH_OK)
                return wh_error_prefix(err, rc, "rule '%.*s'", WH_FMT(rule->name));
            rule->sets[j].column.text = making->item->source_table.columns[column].name;
        }
        WH_TRY(wh_tidy_finish(making, rule, err));
    }
    return WH_OK;
}

static wh_code compile_clean(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    struct wh_clean_definition *rules;
    WH_TRY(resolve_sets(making, &rules, err));
    WH_TRY(wh_clean_compile(rules, item->definition->clean_count, &making->source, making->arena,
                            &item->clean, err));
    for (size_t i = 0; i < item->definition->clean_count; i++)
        item->duplicate_rule_count += rules[i].action == WH_CLEAN_DUPLICATES;
    return WH_OK;
}

static void find_plain_sources(struct wh_item_plan *item)
{
    for (size_t i = 0; i < item->target_count; i++) {
        struct wh_target *target = &item->targets[i];
        if (!wh_program_is_cast_of(target->program, &target->plain_source))
            target->plain_source = SIZE_MAX;
    }
}

static wh_code make_map(struct wh_making *making, struct wh_error *err)
{
    bool found;
    WH_TRY(wh_make_table(making, &found, err));
    if (found)
        WH_TRY(wh_make_targets(making, err));
    else
        WH_TRY(wh_make_new_table(making, err));
    find_plain_sources(making->item);
    return WH_OK;
}

/* The key's columns come first: where the source is not what the file says (another delimiter,
 * another file), they show it best. */
static wh_code find_key_columns(const struct wh_item_plan *item, struct wh_error *err)
{
    for (size_t i = 0; i < item->definition->key_count; i++) {
        size_t column;
        WH_TRY(wh_find_column(&item->source_table, item->definition->key[i], WH_STR("the source"),
                              &column, err));
    }
    return WH_OK;
}

static wh_code make_parts(struct wh_making *making, struct wh_error *err)
{
    WH_TRY(wh_source_scope(making->item, making->arena, &making->source, err));
    WH_TRY(find_key_columns(making->item, err));
    WH_TRY(compile_where(making, err));
    WH_TRY(compile_clean(making, err));
    WH_TRY(make_map(making, err));
    WH_TRY(wh_make_match(making, err));
    WH_TRY(wh_make_key(making, err));
    WH_TRY(wh_make_checks(making, err));
    WH_TRY(wh_make_redaction(making, err));
    WH_TRY(wh_make_notes(making, err));
    making->item->fingerprint = wh_make_fingerprint(making);
    return WH_OK;
}

/* Forgets what was made from the definition; what the source said stays. */
static void forget(struct wh_item_plan *item)
{
    struct wh_item_plan kept = {
        .definition = item->definition,
        .ordinal = item->ordinal,
        .refers_ahead = item->refers_ahead,
        .references = item->references,
        .refers_to_itself = item->refers_to_itself,
        .source = item->source,
        .source_functions = item->source_functions,
        .source_table = item->source_table,
        .source_explained = item->source_explained,
        .create_statement = item->create_statement,
    };
    *item = kept;
}

wh_code wh_make_item(struct wh_plan *plan, struct wh_item_plan *item, struct wh_error *err)
{
    struct wh_making making = {.plan = plan, .item = item, .arena = &plan->arena};
    forget(item);
    wh_code rc = make_parts(&making, err);
    if (rc == WH_OK)
        return WH_OK;
    return wh_error_prefix(err, wh_at(rc, wh_item_place(item), err), "item '%.*s'",
                           WH_FMT(item->definition->name));
}

wh_code wh_plan_compile_condition(const struct wh_item_plan *item, struct wh_str text,
                                  struct wh_arena *arena, struct wh_program **ret,
                                  struct wh_error *err)
{
    struct wh_scope scope;
    struct wh_expr_text placeless = {.text = text};
    WH_TRY(wh_source_scope(item, arena, &scope, err));
    WH_TRY(wh_expr_compile(placeless, &scope, arena, ret, err));
    return wh_expr_require_bool(*ret, err);
}
