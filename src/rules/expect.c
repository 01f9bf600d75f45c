/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/expect.h"

#include <stdlib.h>

#include "base/error.h"

/* ---- compiling ----------------------------------------------------------------------------- */

static wh_code find_columns(const struct wh_expect_definition *definition,
                            const struct wh_scope *scope, struct wh_arena *arena, size_t **ret,
                            struct wh_error *err)
{
    size_t *columns = wh_arena_array(arena, WH_MAX(definition->column_count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, definition->column_count * sizeof(*columns));
    for (size_t i = 0; i < definition->column_count; i++) {
        const struct wh_expr_text *name = &definition->columns[i];
        columns[i] = SIZE_MAX;
        for (size_t j = 0; j < scope->column_count; j++)
            if (wh_str_equal(scope->columns[j].name, name->text))
                columns[i] = j;
        if (columns[i] == SIZE_MAX) {
            wh_error_set(err, WH_INVALID,
                         "'%.*s' is checked, but the map gives no such column; add it to the map",
                         WH_FMT(name->text));
            return wh_error_at(err, WH_INVALID, name->line, name->column);
        }
    }
    *ret = columns;
    return WH_OK;
}

static wh_code sort_accepted(const struct wh_expect_definition *definition, struct wh_arena *arena,
                             struct wh_expectation *ret, struct wh_error *err)
{
    size_t count = definition->value_count;
    struct wh_str *sorted = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*sorted));
    if (sorted == NULL)
        return wh_error_no_memory(err, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = definition->values[i];
    qsort(sorted, count, sizeof(*sorted), wh_str_order);
    ret->accepted = sorted;
    ret->accepted_count = count;
    return WH_OK;
}

static wh_code compile_check(const struct wh_expect_definition *definition,
                             const struct wh_scope *scope, struct wh_arena *arena,
                             struct wh_program **ret, struct wh_error *err)
{
    WH_TRY(wh_expr_compile(definition->check, scope, arena, ret, err));
    wh_code rc = wh_expr_require_bool(*ret, err);
    return rc == WH_OK ? WH_OK
                       : wh_error_at(err, rc, definition->check.line, definition->check.column);
}

static wh_code compile_expectation(const struct wh_expect_definition *definition,
                                   const struct wh_scope *scope, struct wh_arena *arena,
                                   struct wh_expectation *ret, struct wh_error *err)
{
    ret->definition = definition;
    WH_TRY(find_columns(definition, scope, arena, &ret->columns, err));
    if (definition->kind == WH_EXPECT_CHECK)
        return compile_check(definition, scope, arena, &ret->check, err);
    if (definition->kind == WH_EXPECT_ACCEPTED_VALUES)
        return sort_accepted(definition, arena, ret, err);
    return WH_OK;
}

wh_code wh_expect_compile(const struct wh_expect_definition *definitions, size_t count,
                          const struct wh_scope *scope, struct wh_arena *arena,
                          struct wh_expectation **ret, struct wh_error *err)
{
    struct wh_expectation *all = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*all));
    if (all == NULL)
        return wh_error_no_memory(err, count * sizeof(*all));
    size_t unique_ordinal = 0;
    for (size_t i = 0; i < count; i++) {
        wh_code rc = compile_expectation(&definitions[i], scope, arena, &all[i], err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "check '%.*s'", WH_FMT(definitions[i].name));
        if (definitions[i].kind == WH_EXPECT_UNIQUE)
            all[i].unique_ordinal = unique_ordinal++;
    }
    *ret = all;
    return WH_OK;
}

/* ---- running ------------------------------------------------------------------------------- */

/* A check at work on a batch. */
struct checking {
    const struct wh_expect_request *request;
    const struct wh_expectation *expectation;
    uint16_t index;
    struct wh_rule_batch *batch;
};

/* Counts a broken check and, unless it only warns, takes the row out. */
static void break_check(const struct checking *checking, uint16_t row, struct wh_str detail,
                        const char *sqlstate)
{
    checking->request->touched[checking->index][row] = 1;
    if (checking->expectation->definition->is_warning)
        return;
    wh_rule_batch_drop(checking->batch, WH_ROW_REJECTED,
                       (struct wh_row_reason){.row = row,
                                              .stage = WH_STAGE_EXPECT,
                                              .rule = checking->index,
                                              .detail = detail,
                                              .sqlstate = sqlstate});
}

static wh_code check_not_null(const struct checking *checking, struct wh_error *err)
{
    const struct wh_expectation *expectation = checking->expectation;
    struct wh_str detail = expectation->definition->message;
    if (detail.ptr == NULL)
        WH_TRY(wh_arena_format(checking->batch->arena, &detail, err, "%.*s is null",
                               WH_FMT(expectation->definition->columns[0].text)));
    const struct wh_column *column = &checking->request->targets[expectation->columns[0]];
    for (size_t i = 0; i < checking->batch->live.count; i++) {
        uint16_t row = checking->batch->live.rows[i];
        if (wh_column_is_null(column, row))
            break_check(checking, row, detail, "23502");
    }
    return WH_OK;
}

static bool is_accepted(const struct wh_expectation *expectation, struct wh_str value)
{
    return bsearch(&value, expectation->accepted, expectation->accepted_count,
                   sizeof(*expectation->accepted), wh_str_order) != NULL;
}

static wh_code check_accepted(const struct checking *checking, struct wh_error *err)
{
    const struct wh_expectation *expectation = checking->expectation;
    const struct wh_column *column = &checking->request->target_texts[expectation->columns[0]];
    for (size_t i = 0; i < checking->batch->live.count; i++) {
        uint16_t row = checking->batch->live.rows[i];
        if (wh_column_is_null(column, row) || is_accepted(expectation, column->values.texts[row]))
            continue;
        struct wh_str detail = expectation->definition->message;
        if (detail.ptr == NULL)
            WH_TRY(wh_arena_format(checking->batch->arena, &detail, err,
                                   "%.*s is '%.*s', which is not an accepted value",
                                   WH_FMT(expectation->definition->columns[0].text),
                                   WH_FMT(column->values.texts[row])));
        break_check(checking, row, detail, "23514");
    }
    return WH_OK;
}

static wh_code check_condition(const struct checking *checking, struct wh_error *err)
{
    const struct wh_expectation *expectation = checking->expectation;
    struct wh_column holds;
    struct wh_rule_program program = {.program = expectation->check,
                                      .columns = checking->request->targets,
                                      .stage = WH_STAGE_EXPECT,
                                      .rule = checking->index};
    WH_TRY(wh_rule_evaluate(checking->request->eval, &program, checking->batch, &holds, err));
    struct wh_str detail = expectation->definition->message;
    if (detail.ptr == NULL)
        WH_TRY(wh_arena_format(checking->batch->arena, &detail, err, "does not hold: %.*s",
                               WH_FMT(expectation->definition->check.text)));
    for (size_t i = 0; i < checking->batch->live.count; i++) {
        uint16_t row = checking->batch->live.rows[i];
        if (!wh_column_is_null(&holds, row) && holds.values.bools[row] == 0)
            break_check(checking, row, detail, "23514");
    }
    return WH_OK;
}

static wh_code check_unique(const struct checking *checking, struct wh_error *err)
{
    const struct wh_expect_request *request = checking->request;
    if (request->visit != NULL)
        return request->visit(request->visit_ctx, checking->expectation, checking->batch, err);
    const struct wh_survey_verdicts *verdicts = request->verdicts;
    if (verdicts == NULL)
        return WH_OK;
    for (size_t i = 0; i < checking->batch->live.count; i++) {
        uint16_t row = checking->batch->live.rows[i];
        struct wh_str detail = WH_STR_NONE;
        if (verdicts->lost(verdicts->ctx, checking->expectation->unique_ordinal, row,
                           checking->batch->arena, &detail))
            break_check(checking, row, detail, "23505");
    }
    return WH_OK;
}

wh_code wh_expect_run(const struct wh_expect_request *request, struct wh_rule_batch *batch,
                      struct wh_error *err)
{
    static wh_code (*const checks[])(const struct checking *, struct wh_error *) = {
        [WH_EXPECT_NOT_NULL] = check_not_null,
        [WH_EXPECT_UNIQUE] = check_unique,
        [WH_EXPECT_ACCEPTED_VALUES] = check_accepted,
        [WH_EXPECT_CHECK] = check_condition,
    };
    for (size_t i = 0; i < request->count && batch->live.count > 0; i++) {
        struct checking checking = {.request = request,
                                    .expectation = &request->expectations[i],
                                    .index = (uint16_t)i,
                                    .batch = batch};
        WH_TRY(checks[checking.expectation->definition->kind](&checking, err));
        wh_rule_batch_shrink(batch);
    }
    return WH_OK;
}
