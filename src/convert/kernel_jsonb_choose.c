/* SPDX-License-Identifier: Apache-2.0 */
/* NULLIF, IS DISTINCT FROM, GREATEST and LEAST of jsonb. */
#include "convert/kernel_json.h"

static enum wh_fault fault_of(const struct wh_jsonb_comparison *comparison)
{
    return comparison->steps > WH_JSON_MAX_STEPS ? WH_FAULT_LIMIT : WH_FAULT_NONE;
}

/* NULL equals NULL, and nothing else. */
static enum wh_fault are_same(struct wh_json_work *work, size_t row, bool *ret)
{
    struct wh_json *sides[2];
    struct wh_jsonb_comparison comparison = {.scratch = &work->tree};
    const struct wh_operand *inputs = work->call->inputs;
    bool is_null[] = {wh_operand_is_null(&inputs[0], row), wh_operand_is_null(&inputs[1], row)};
    *ret = is_null[0] && is_null[1];
    if (is_null[0] || is_null[1])
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_json_input(work, 0, row, &sides[0]);
    if (fault == WH_FAULT_NONE)
        fault = wh_json_input(work, 1, row, &sides[1]);
    if (fault != WH_FAULT_NONE)
        return fault;
    *ret = wh_jsonb_equal(&comparison, sides[0], sides[1]);
    return fault_of(&comparison);
}

static enum wh_fault nullif_row(struct wh_json_work *work, size_t row)
{
    struct wh_call *call = work->call;
    bool is_null = wh_operand_is_null(&call->inputs[0], row);
    bool is_same = false;
    enum wh_fault fault = is_null ? WH_FAULT_NONE : are_same(work, row, &is_same);
    if (is_null || is_same)
        wh_call_set_null(call, row);
    else
        call->result->values.texts[row] = wh_text_at(&call->inputs[0], row);
    return fault;
}

wh_code wh_jsonb_nullif(struct wh_call *call)
{
    return wh_json_each_row(call, nullif_row);
}

static enum wh_fault distinct_row(struct wh_json_work *work, size_t row)
{
    struct wh_call *call = work->call;
    bool is_negated = strcmp(call->node->operation->name, "IS NOT DISTINCT FROM") == 0;
    bool is_same = false;
    enum wh_fault fault = are_same(work, row, &is_same);
    call->result->values.bools[row] = is_same == is_negated;
    return fault;
}

wh_code wh_jsonb_distinct(struct wh_call *call)
{
    return wh_json_each_row(call, distinct_row);
}

/* The first of those that are equal stays. */
static enum wh_fault extreme_row(struct wh_json_work *work, size_t row)
{
    struct wh_call *call = work->call;
    int sign = strcmp(call->node->operation->name, "greatest") == 0 ? 1 : -1;
    struct wh_jsonb_comparison comparison = {.scratch = &work->tree};
    const struct wh_json *best = NULL;
    for (size_t i = 0; i < call->node->input_count; i++) {
        struct wh_json *value;
        if (wh_operand_is_null(&call->inputs[i], row))
            continue;
        enum wh_fault fault = wh_json_input(work, i, row, &value);
        if (fault != WH_FAULT_NONE)
            return fault;
        if (best != NULL && wh_jsonb_order(&comparison, value, best) * sign <= 0)
            continue;
        best = value;
        call->result->values.texts[row] = wh_text_at(&call->inputs[i], row);
    }
    if (best == NULL)
        wh_call_set_null(call, row);
    return fault_of(&comparison);
}

wh_code wh_jsonb_extreme(struct wh_call *call)
{
    return wh_json_each_row(call, extreme_row);
}
