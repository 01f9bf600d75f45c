/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clean.h"

#include <string.h>

#include "base/error.h"

const char *wh_stage_name(enum wh_stage stage)
{
    static const char *const names[] = {
        [WH_STAGE_READ] = "read",   [WH_STAGE_WHERE] = "where", [WH_STAGE_CLEAN] = "clean",
        [WH_STAGE_KEY] = "key",     [WH_STAGE_MAP] = "map",     [WH_STAGE_EXPECT] = "expect",
        [WH_STAGE_WRITE] = "write",
    };
    return names[stage];
}

static void *rule_array(struct wh_arena *arena, size_t rows, size_t size)
{
    return wh_arena_array(arena, WH_MAX(rows, 1), size);
}

wh_code wh_rule_batch_init(struct wh_rule_batch *batch, struct wh_column *columns,
                           size_t column_count, size_t row_count, struct wh_arena *arena,
                           struct wh_error *err)
{
    *batch = (struct wh_rule_batch){
        .columns = columns,
        .column_count = column_count,
        .row_count = row_count,
        .arena = arena,
        .live = {.rows = rule_array(arena, row_count, sizeof(uint16_t)), .count = row_count},
        .fates = rule_array(arena, row_count, 1),
        .reasons = {.items = rule_array(arena, row_count, sizeof(struct wh_row_reason)),
                    .by_row = rule_array(arena, row_count, sizeof(uint16_t))},
        .fault_codes = rule_array(arena, row_count, 1),
        .fault_nodes = rule_array(arena, row_count, sizeof(uint16_t)),
    };
    if (batch->live.rows == NULL || batch->fates == NULL || batch->reasons.items == NULL ||
        batch->reasons.by_row == NULL || batch->fault_codes == NULL || batch->fault_nodes == NULL)
        return wh_error_no_memory(err, row_count * sizeof(struct wh_row_reason));
    for (size_t row = 0; row < row_count; row++)
        batch->live.rows[row] = (uint16_t)row;
    return WH_OK;
}

void wh_rule_batch_drop(struct wh_rule_batch *batch, enum wh_row_fate fate,
                        struct wh_row_reason reason)
{
    if (batch->fates[reason.row] != WH_ROW_LIVE)
        return;
    batch->fates[reason.row] = (uint8_t)fate;
    batch->reasons.by_row[reason.row] = (uint16_t)batch->reasons.count;
    batch->reasons.items[batch->reasons.count++] = reason;
}

void wh_rule_batch_shrink(struct wh_rule_batch *batch)
{
    size_t kept = 0;
    for (size_t i = 0; i < batch->live.count; i++) {
        uint16_t row = batch->live.rows[i];
        batch->live.rows[kept] = row;
        kept += batch->fates[row] == WH_ROW_LIVE;
    }
    batch->live.count = kept;
}

/* Describes the faults of the evaluation just run and takes their rows out. */
static wh_code drop_faulted(struct wh_eval *eval, const struct wh_rule_program *request,
                            const struct wh_eval_request *evaluation, struct wh_rule_batch *batch,
                            struct wh_error *err)
{
    struct wh_faults faults = {.codes = batch->fault_codes, .nodes = batch->fault_nodes};
    const struct wh_selection *rows = evaluation->selection;
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        uint8_t code = batch->fault_codes[row];
        if (code == WH_FAULT_NONE)
            continue;
        struct wh_str detail;
        WH_TRY(wh_eval_describe(eval, evaluation, &faults, row, &detail, err));
        batch->fault_codes[row] = WH_FAULT_NONE;
        wh_rule_batch_drop(batch, WH_ROW_REJECTED,
                           (struct wh_row_reason){.row = row,
                                                  .stage = (uint8_t)request->stage,
                                                  .rule = request->rule,
                                                  .detail = detail,
                                                  .sqlstate = wh_fault_sqlstate(code)});
    }
    wh_rule_batch_shrink(batch);
    return WH_OK;
}

wh_code wh_rule_evaluate(struct wh_eval *eval, const struct wh_rule_program *request,
                         struct wh_rule_batch *batch, struct wh_column *result,
                         struct wh_error *err)
{
    struct wh_faults faults = {.codes = batch->fault_codes, .nodes = batch->fault_nodes};
    struct wh_eval_request evaluation = {
        .program = request->program,
        .columns = request->columns,
        .selection = request->selection != NULL ? request->selection : &batch->live,
        .row_count = batch->row_count,
        .arena = batch->arena,
    };
    WH_TRY(wh_eval_run(eval, &evaluation, result, &faults, err));
    if (faults.count == 0)
        return WH_OK;
    return drop_faulted(eval, request, &evaluation, batch, err);
}

void wh_rule_select_true(const struct wh_rule_batch *batch, const struct wh_column *condition,
                         const struct wh_selection *from, struct wh_selection *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < from->count; i++) {
        uint16_t row = from->rows[i];
        ret->rows[count] = row;
        count += batch->fates[row] == WH_ROW_LIVE && !wh_column_is_null(condition, row) &&
                 condition->values.bools[row] != 0;
    }
    ret->count = count;
}
