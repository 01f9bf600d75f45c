/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that choose which rows their inputs are evaluated for: what is not asked for cannot
 * fault. Each keeps the rows that are still open in a selection that shrinks.
 */
#include "convert/eval.h"

/* Copies values and NULLs of the selected rows into the result. */
#define COPY_VALUES(type, member)                                                                  \
    for (size_t i = 0; i < rows->count; i++) {                                                     \
        size_t row = rows->rows[i];                                                                \
        result->values.member[row] = ((const type *)from->column.values.any)[row & from->mask];    \
    }

static void copy_values(const struct wh_operand *from, const struct wh_selection *rows,
                        struct wh_column *result)
{
    switch (result->type.kind) {
    case WH_KIND_NULL:
        break;
    case WH_KIND_BOOL:
        COPY_VALUES(uint8_t, bools)
        break;
    case WH_KIND_INT:
    case WH_KIND_TIME:
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
        COPY_VALUES(int64_t, ints)
        break;
    case WH_KIND_FLOAT:
        COPY_VALUES(double, floats)
        break;
    case WH_KIND_NUMERIC:
        COPY_VALUES(struct wh_numeric, numerics)
        break;
    case WH_KIND_DATE:
        COPY_VALUES(int32_t, dates)
        break;
    case WH_KIND_INTERVAL:
        COPY_VALUES(struct wh_interval, intervals)
        break;
    case WH_KIND_TEXT:
    case WH_KIND_BYTES:
        COPY_VALUES(struct wh_str, texts)
        break;
    }
}

static void merge(struct wh_call *call, const struct wh_operand *from,
                  const struct wh_selection *rows)
{
    copy_values(from, rows, call->result);
    if (from->column.validity == NULL)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        if (wh_operand_is_null(from, rows->rows[i]))
            wh_call_set_null(call, rows->rows[i]);
    }
}

static wh_code push_copy(struct wh_run *run, const struct wh_selection *from,
                         struct wh_selection *ret)
{
    WH_TRY(wh_run_push_selection(run, ret));
    memcpy(ret->rows, from->rows, from->count * sizeof(uint16_t));
    ret->count = from->count;
    return WH_OK;
}

static wh_code watch_form(struct wh_run *run, const struct wh_node *node,
                          const struct wh_operand *result)
{
    return run->watch != NULL ? wh_watch_node(run, node, NULL, result) : WH_OK;
}

/* ---- AND, OR -------------------------------------------------------------------------------- */

/* Takes one operand's answers: rows it decides leave @p open, NULL makes a row's answer NULL. */
static void decide_rows(struct wh_call *call, const struct wh_operand *operand, bool stop,
                        struct wh_selection *open)
{
    uint8_t *result = call->result->values.bools;
    size_t count = 0;
    for (size_t i = 0; i < open->count; i++) {
        uint16_t row = open->rows[i];
        bool is_null = wh_operand_is_null(operand, row);
        if (!is_null && wh_bool_at(operand, row) == stop) {
            result[row] = stop;
            if (call->result->validity != NULL)
                wh_column_set_valid(call->result, row);
            continue;
        }
        if (is_null)
            wh_call_set_null(call, row);
        open->rows[count++] = row;
    }
    open->count = count;
}

wh_code wh_run_and_or(struct wh_run *run, const struct wh_node *node,
                      const struct wh_selection *selection, struct wh_operand *ret)
{
    struct wh_call call;
    struct wh_selection open;
    bool stop = node->form == WH_NODE_OR;
    WH_TRY(wh_run_open(run, node, ret, &call));
    WH_TRY(push_copy(run, selection, &open));
    for (size_t i = 0; i < open.count; i++)
        ret->column.values.bools[open.rows[i]] = !stop;
    for (size_t i = 0; i < node->input_count && open.count > 0; i++) {
        struct wh_operand operand;
        WH_TRY(wh_run_node(run, node->inputs[i], &open, &operand));
        decide_rows(&call, &operand, stop, &open);
    }
    wh_run_pop_selection(run);
    return watch_form(run, node, ret);
}

/* ---- CASE ----------------------------------------------------------------------------------- */

/* Splits @p open: rows where the condition is true go to @p taken. */
static void split_rows(const struct wh_operand *condition, struct wh_selection *open,
                       struct wh_selection *taken)
{
    size_t left = 0;
    size_t count = 0;
    for (size_t i = 0; i < open->count; i++) {
        uint16_t row = open->rows[i];
        bool is_true = !wh_operand_is_null(condition, row) && wh_bool_at(condition, row);
        taken->rows[count] = row;
        open->rows[left] = row;
        count += is_true;
        left += !is_true;
    }
    taken->count = count;
    open->count = left;
}

static wh_code take_branch(struct wh_run *run, struct wh_call *call, const struct wh_node *branch,
                           const struct wh_selection *rows)
{
    struct wh_operand value;
    if (rows->count == 0)
        return WH_OK;
    WH_TRY(wh_run_node(run, branch, rows, &value));
    merge(call, &value, rows);
    return WH_OK;
}

wh_code wh_run_case(struct wh_run *run, const struct wh_node *node,
                    const struct wh_selection *selection, struct wh_operand *ret)
{
    struct wh_call call;
    struct wh_selection open;
    struct wh_selection taken;
    WH_TRY(wh_run_open(run, node, ret, &call));
    WH_TRY(push_copy(run, selection, &open));
    WH_TRY(wh_run_push_selection(run, &taken));
    for (size_t i = 0; i + 1 < node->input_count && open.count > 0; i += 2) {
        struct wh_operand condition;
        WH_TRY(wh_run_node(run, node->inputs[i], &open, &condition));
        split_rows(&condition, &open, &taken);
        WH_TRY(take_branch(run, &call, node->inputs[i + 1], &taken));
    }
    if (node->input_count % 2 == 1) {
        WH_TRY(take_branch(run, &call, node->inputs[node->input_count - 1], &open));
    } else {
        for (size_t i = 0; i < open.count; i++)
            wh_call_set_null(&call, open.rows[i]);
    }
    wh_run_pop_selection(run);
    wh_run_pop_selection(run);
    return watch_form(run, node, ret);
}

/* ---- COALESCE, try -------------------------------------------------------------------------- */

wh_code wh_run_coalesce(struct wh_run *run, const struct wh_node *node,
                        const struct wh_selection *selection, struct wh_operand *ret)
{
    struct wh_call call;
    struct wh_selection open;
    struct wh_selection taken;
    WH_TRY(wh_run_open(run, node, ret, &call));
    WH_TRY(push_copy(run, selection, &open));
    WH_TRY(wh_run_push_selection(run, &taken));
    for (size_t i = 0; i < node->input_count && open.count > 0; i++) {
        struct wh_operand value;
        WH_TRY(wh_run_node(run, node->inputs[i], &open, &value));
        size_t left = 0;
        taken.count = 0;
        for (size_t k = 0; k < open.count; k++) {
            uint16_t row = open.rows[k];
            if (wh_operand_is_null(&value, row))
                open.rows[left++] = row;
            else
                taken.rows[taken.count++] = row;
        }
        open.count = left;
        copy_values(&value, &taken, call.result);
    }
    for (size_t i = 0; i < open.count; i++)
        wh_call_set_null(&call, open.rows[i]);
    wh_run_pop_selection(run);
    wh_run_pop_selection(run);
    return watch_form(run, node, ret);
}

wh_code wh_run_try(struct wh_run *run, const struct wh_node *node,
                   const struct wh_selection *selection, struct wh_operand *ret)
{
    struct wh_call call;
    struct wh_arena *scratch = wh_run_scratch(run);
    WH_TRY(wh_run_open(run, node, ret, &call));
    size_t rows = WH_BATCH_ROWS;
    struct wh_faults faults = {
        .codes = wh_arena_array(scratch, rows, sizeof(uint8_t)),
        .nodes = wh_arena_array(scratch, rows, sizeof(uint16_t)),
    };
    if (faults.codes == NULL || faults.nodes == NULL)
        return wh_error_no_memory(run->err, rows * 3);
    struct wh_faults *outer = run->faults;
    struct wh_operand value;
    run->faults = &faults;
    wh_code rc = wh_run_node(run, node->inputs[0], selection, &value);
    run->faults = outer;
    WH_TRY(rc);
    merge(&call, &value, selection);
    for (size_t i = 0; i < selection->count && faults.count > 0; i++) {
        if (faults.codes[selection->rows[i]] != WH_FAULT_NONE)
            wh_call_set_null(&call, selection->rows[i]);
    }
    return watch_form(run, node, ret);
}
