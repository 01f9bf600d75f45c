/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/mend.h"

#include <stdlib.h>

#include "base/error.h"
#include "flow/mapper_state.h"

/* ---- which rules ----------------------------------------------------------------------------- */

static void need_column(void *ctx, size_t column)
{
    bool *needed = ctx;
    needed[column] = true;
}

/* The source columns that keys are made of. */
static void need_keys(const struct wh_item_plan *item, bool *needed)
{
    for (size_t i = 0; i < item->key_count; i++) {
        needed[item->key[i].source_column] = true;
        if (item->key[i].target != SIZE_MAX)
            wh_program_inputs(item->targets[item->key[i].target].program, need_column, needed);
    }
}

/* True where the rule sets a needed column; then what it reads is needed as well. */
static bool mends(const struct wh_clean_rule *rule, bool *needed)
{
    bool is_needed = false;
    if (rule->definition->action != WH_CLEAN_SET)
        return false;
    for (size_t i = 0; i < rule->definition->set_count; i++)
        is_needed |= needed[rule->sets[i].column];
    if (!is_needed)
        return false;
    if (rule->when != NULL)
        wh_program_inputs(rule->when, need_column, needed);
    for (size_t i = 0; i < rule->definition->set_count; i++)
        wh_program_inputs(rule->sets[i].value, need_column, needed);
    return true;
}

wh_code wh_mapper_find_mending(struct wh_mapper *mapper, struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    size_t rules = item->definition->clean_count;
    size_t columns = WH_MAX(item->source_table.column_count, 1);
    mapper->mends_key = calloc(WH_MAX(rules, 1), sizeof(*mapper->mends_key));
    bool *needed = calloc(columns, sizeof(*needed));
    if (mapper->mends_key == NULL || needed == NULL) {
        free(needed);
        return wh_error_no_memory(err, rules + columns);
    }
    need_keys(item, needed);
    for (size_t i = rules; i > 0; i--)
        mapper->mends_key[i - 1] = mends(&item->clean[i - 1], needed);
    free(needed);
    return WH_OK;
}

/* ---- applying them --------------------------------------------------------------------------- */

/* True where the row left before it came to the rule. */
static bool left_before(const struct wh_item_batch *batch, uint16_t row, size_t rule)
{
    const struct wh_row_reason *reason = wh_item_batch_reason(batch, row);
    if (reason == NULL)
        return false;
    return reason->stage == WH_STAGE_WHERE ||
           (reason->stage == WH_STAGE_CLEAN && reason->rule < rule);
}

/* Evaluates for @p rows and takes those out of them for which there is no result. */
static wh_code evaluate(struct wh_mapper *mapper, struct wh_item_batch *batch,
                        const struct wh_program *program, struct wh_selection *rows,
                        struct wh_column *ret, struct wh_error *err)
{
    struct wh_rule_batch *rules = &batch->rules;
    struct wh_faults faults = {.codes = rules->fault_codes, .nodes = rules->fault_nodes};
    struct wh_eval_request request = {.program = program,
                                      .columns = rules->columns,
                                      .selection = rows,
                                      .row_count = rules->row_count,
                                      .arena = rules->arena};
    WH_TRY(wh_eval_run(mapper->eval, &request, ret, &faults, err));
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        rows->rows[kept] = row;
        kept += rules->fault_codes[row] == WH_FAULT_NONE;
        rules->fault_codes[row] = WH_FAULT_NONE;
    }
    rows->count = kept;
    return WH_OK;
}

static wh_code choose(struct wh_mapper *mapper, struct wh_item_batch *batch,
                      const struct wh_program *when, struct wh_selection *rows,
                      struct wh_error *err)
{
    struct wh_column holds;
    size_t kept = 0;
    if (when == NULL || rows->count == 0)
        return WH_OK;
    WH_TRY(evaluate(mapper, batch, when, rows, &holds, err));
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        rows->rows[kept] = row;
        kept += !wh_column_is_null(&holds, row) && holds.values.bools[row] != 0;
    }
    rows->count = kept;
    return WH_OK;
}

/* Looks the values of a set up and takes the rows out for which the rule has none. */
static wh_code map_values(const struct wh_clean_set *set, struct wh_item_batch *batch,
                          struct wh_selection *rows, struct wh_column *values, struct wh_error *err)
{
    struct wh_column mapped;
    struct wh_arena *arena = batch->rules.arena;
    size_t kept = 0;
    if (set->map == NULL)
        return WH_OK;
    uint8_t *unmatched = wh_arena_array(arena, WH_MAX(batch->rules.row_count, 1), 1);
    if (unmatched == NULL)
        return wh_error_no_memory(err, batch->rules.row_count);
    WH_TRY(wh_value_map_apply(set->map, values, rows, arena, &mapped, unmatched, err));
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        rows->rows[kept] = row;
        kept += unmatched[row] == 0;
    }
    rows->count = kept;
    *values = mapped;
    return WH_OK;
}

/* All values of a rule are computed from the record as it came to the rule, then set together. */
static wh_code apply(struct wh_mapper *mapper, struct wh_item_batch *batch,
                     const struct wh_clean_rule *rule, struct wh_selection *rows,
                     struct wh_error *err)
{
    size_t count = rule->definition->set_count;
    struct wh_column *values =
        wh_arena_array(batch->rules.arena, WH_MAX(count, 1), sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, count * sizeof(*values));
    for (size_t i = 0; i < count && rows->count > 0; i++) {
        WH_TRY(evaluate(mapper, batch, rule->sets[i].value, rows, &values[i], err));
        WH_TRY(map_values(&rule->sets[i], batch, rows, &values[i], err));
    }
    for (size_t i = 0; i < count && rows->count > 0; i++)
        WH_TRY(wh_rule_batch_set(&batch->rules, rule->sets[i].column, &values[i], rows, err));
    return WH_OK;
}

wh_code wh_mapper_mend_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                            const struct wh_selection *left, struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_selection rows = {
        .rows = wh_arena_array(batch->rules.arena, WH_MAX(left->count, 1), sizeof(uint16_t))};
    if (rows.rows == NULL)
        return wh_error_no_memory(err, left->count * sizeof(uint16_t));
    for (size_t rule = 0; rule < item->definition->clean_count; rule++) {
        if (!mapper->mends_key[rule])
            continue;
        rows.count = 0;
        for (size_t i = 0; i < left->count; i++)
            if (left_before(batch, left->rows[i], rule))
                rows.rows[rows.count++] = left->rows[i];
        WH_TRY(choose(mapper, batch, item->clean[rule].when, &rows, err));
        WH_TRY(apply(mapper, batch, &item->clean[rule], &rows, err));
    }
    return WH_OK;
}
