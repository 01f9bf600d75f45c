/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `redact:`: columns whose values stay out of the ledger. A name may be the source's or the
 * destination's, and a value must not get out under its other name: what a redacted destination
 * column is made of is redacted at the source, and what is made of a redacted source column is
 * redacted at the destination, also where a clean rule carried it into another column.
 */
#include "plan/make.h"
#include "plan/nearest.h"

/* Which columns a program reads, marked in a set; or whether one of the set is read. */
struct reading {
    bool *columns;                   /* of the source; or */
    const struct wh_target *targets; /* the targets */
    bool marks;
    bool found;
};

static void visit_input(void *ctx, size_t index)
{
    struct reading *reading = ctx;
    if (reading->marks)
        reading->columns[index] = true;
    reading->found = reading->found || reading->columns[index];
}

static void mark_inputs(const struct wh_program *program, bool *columns)
{
    struct reading reading = {.columns = columns, .marks = true};
    wh_program_inputs(program, visit_input, &reading);
}

static bool reads_any(const struct wh_program *program, bool *columns)
{
    struct reading reading = {.columns = columns};
    wh_program_inputs(program, visit_input, &reading);
    return reading.found;
}

static wh_code refuse_name(const struct wh_item_plan *item, struct wh_expr_text name,
                           struct wh_error *err)
{
    struct wh_nearest search = wh_nearest_to(name.text);
    for (size_t i = 0; i < item->source_table.column_count; i++)
        wh_nearest_offer(&search, item->source_table.columns[i].name);
    for (size_t i = 0; i < item->table.column_count; i++)
        wh_nearest_offer(&search, item->table.columns[i].name);
    return wh_place_error(
        name, err,
        "'redact' names '%.*s', a column of neither source nor destination" WH_NEAREST_FORMAT,
        WH_FMT(name.text), WH_NEAREST(search));
}

static wh_code redact_name(struct wh_item_plan *item, struct wh_expr_text name,
                           struct wh_error *err)
{
    size_t source = wh_match_column(&item->source_table, name.text);
    size_t column = wh_match_column(&item->table, name.text);
    if (source == SIZE_MAX && column == SIZE_MAX)
        return refuse_name(item, name, err);
    if (source != SIZE_MAX)
        item->redacted_sources[source] = true;
    for (size_t i = 0; i < item->target_count && column != SIZE_MAX; i++) {
        if (item->targets[i].table_column != column)
            continue;
        item->targets[i].is_redacted = true;
        mark_inputs(item->targets[i].program, item->redacted_sources);
    }
    return WH_OK;
}

/* Source columns that hold a redacted value once the clean rules are through. */
static wh_code spread_by_rules(const struct wh_making *making, bool **ret, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    size_t count = item->source_table.column_count;
    *ret = wh_arena_array(making->arena, WH_MAX(count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, count);
    memcpy(*ret, item->redacted_sources, count);
    for (size_t i = 0; i < item->definition->clean_count; i++) {
        const struct wh_clean_rule *rule = &item->clean[i];
        for (size_t j = 0; j < rule->definition->set_count; j++)
            if (reads_any(rule->sets[j].value, *ret))
                (*ret)[rule->sets[j].column] = true;
    }
    return WH_OK;
}

/* Keys are how the log is asked, so they stand in it as they are. */
static wh_code refuse_key(const struct wh_item_plan *item, const bool *holds, struct wh_error *err)
{
    for (size_t i = 0; i < item->key_count; i++)
        if (holds[item->key[i].source_column])
            return wh_place_error(item->definition->redact[0], err,
                                  "key column '%.*s' would be redacted, but the ledger finds items "
                                  "by their keys; choose another key, or leave it out of 'redact'",
                                  WH_FMT(item->key[i].name));
    return WH_OK;
}

/* Where a row stands in the source, and what a chunk is, is said by the values of its order. */
static wh_code refuse_order(const struct wh_item_plan *item, struct wh_error *err)
{
    const struct wh_table_info *table = &item->source_table;
    for (size_t i = 0; i < table->order_count; i++)
        if (item->redacted_sources[table->order[i]])
            return wh_place_error(item->definition->redact[0], err,
                                  "column '%.*s' would be redacted, but the source is read in its "
                                  "order, and the ledger says where rows stood; leave it out of "
                                  "'redact', or read a 'query'",
                                  WH_FMT(table->columns[table->order[i]].name));
    return WH_OK;
}

wh_code wh_make_redaction(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t count = item->source_table.column_count;
    item->redacted_sources =
        wh_arena_array(making->arena, WH_MAX(count, 1), sizeof(*item->redacted_sources));
    if (item->redacted_sources == NULL)
        return wh_error_no_memory(err, count);
    for (size_t i = 0; i < item->definition->redact_count; i++)
        WH_TRY(redact_name(item, item->definition->redact[i], err));
    WH_TRY(spread_by_rules(making, &item->redacted_cleaned, err));
    bool *holds = item->redacted_cleaned;
    for (size_t i = 0; i < item->target_count; i++)
        if (reads_any(item->targets[i].program, holds))
            item->targets[i].is_redacted = true;
    WH_TRY(refuse_key(item, holds, err));
    return item->definition->redact_count > 0 ? refuse_order(item, err) : WH_OK;
}

/* ---- reasons --------------------------------------------------------------------------------- */

static void visit_target(void *ctx, size_t index)
{
    struct reading *reading = ctx;
    reading->found = reading->found || reading->targets[index].is_redacted;
}

static bool check_is_sensitive(const struct wh_item_plan *item, const struct wh_expectation *check)
{
    struct reading reading = {.targets = item->targets};
    if (check->check != NULL)
        wh_program_inputs(check->check, visit_target, &reading);
    for (size_t i = 0; i < check->definition->column_count; i++)
        visit_target(&reading, check->columns[i]);
    return reading.found;
}

/* True where the message of a refusal could quote a redacted value. */
static bool reason_is_sensitive(const struct wh_item_plan *item, const struct wh_row_reason *reason)
{
    if (item->definition->redact_count == 0)
        return false;
    switch ((enum wh_stage)reason->stage) {
    case WH_STAGE_MAP:
        return item->targets[reason->rule].is_redacted ||
               reads_any(item->targets[reason->rule].program, item->redacted_sources);
    case WH_STAGE_EXPECT:
        return check_is_sensitive(item, &item->expectations[reason->rule]);
    case WH_STAGE_CLEAN:
        return !wh_str_equal(reason->detail, item->clean[reason->rule].definition->reason);
    case WH_STAGE_READ:
    case WH_STAGE_WHERE:
    case WH_STAGE_WRITE:
        return true;
    case WH_STAGE_KEY:
        return false;
    }
    return true;
}

struct wh_str wh_shown_reason(const struct wh_item_plan *item, const struct wh_row_reason *reason)
{
    return reason_is_sensitive(item, reason) ? WH_REDACTED_REASON : reason->detail;
}
