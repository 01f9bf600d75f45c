/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clean.h"

#include <string.h>

#include "base/error.h"
#include "data/text.h"

/* ---- compiling ----------------------------------------------------------------------------- */

static wh_code compile_set(const struct wh_assignment_definition *definition,
                           const struct wh_scope *scope, struct wh_arena *arena,
                           struct wh_clean_set *ret, struct wh_error *err)
{
    ret->column = SIZE_MAX;
    ret->map = definition->map;
    for (size_t i = 0; i < scope->column_count; i++)
        if (wh_str_equal(scope->columns[i].name, definition->column.text))
            ret->column = i;
    if (ret->column == SIZE_MAX) {
        wh_error_set(err, WH_INVALID, "'set' names column '%.*s', which the source does not have",
                     WH_FMT(definition->column.text));
        return wh_error_at(err, WH_INVALID, definition->column.line, definition->column.column);
    }
    struct wh_program *value;
    if (definition->source == WH_VALUE_EXPRESSION)
        WH_TRY(wh_expr_compile(definition->value, scope, arena, &value, err));
    else
        WH_TRY(wh_expr_literal(definition->value.text, definition->source == WH_VALUE_NULL, arena,
                               &value, err));
    wh_code rc = wh_expr_assign(value, scope->columns[ret->column].type, arena, &ret->value, err);
    return rc == WH_OK ? WH_OK
                       : wh_error_at(err, rc, definition->value.line, definition->value.column);
}

static wh_code compile_condition(struct wh_expr_text text, const struct wh_scope *scope,
                                 struct wh_arena *arena, struct wh_program **ret,
                                 struct wh_error *err)
{
    *ret = NULL;
    if (text.text.ptr == NULL)
        return WH_OK;
    WH_TRY(wh_expr_compile(text, scope, arena, ret, err));
    wh_code rc = wh_expr_require_bool(*ret, err);
    return rc == WH_OK ? WH_OK : wh_error_at(err, rc, text.line, text.column);
}

static wh_code compile_duplicates(const struct wh_clean_definition *definition,
                                  const struct wh_scope *scope, struct wh_arena *arena,
                                  struct wh_clean_rule *rule, struct wh_error *err)
{
    rule->duplicates =
        wh_arena_array(arena, WH_MAX(definition->duplicate_count, 1), sizeof(*rule->duplicates));
    if (rule->duplicates == NULL)
        return wh_error_no_memory(err, definition->duplicate_count * sizeof(*rule->duplicates));
    for (size_t i = 0; i < definition->duplicate_count; i++)
        WH_TRY(wh_expr_compile(definition->duplicates[i], scope, arena, &rule->duplicates[i], err));
    if (definition->keep != WH_SURVIVOR_MIN && definition->keep != WH_SURVIVOR_MAX)
        return WH_OK;
    return wh_expr_compile(definition->keep_value, scope, arena, &rule->keep_value, err);
}

static wh_code compile_rule(const struct wh_clean_definition *definition,
                            const struct wh_scope *scope, struct wh_arena *arena,
                            struct wh_clean_rule *rule, struct wh_error *err)
{
    rule->definition = definition;
    WH_TRY(compile_condition(definition->when, scope, arena, &rule->when, err));
    if (definition->action == WH_CLEAN_DUPLICATES)
        return compile_duplicates(definition, scope, arena, rule, err);
    rule->sets = wh_arena_array(arena, WH_MAX(definition->set_count, 1), sizeof(*rule->sets));
    if (rule->sets == NULL)
        return wh_error_no_memory(err, definition->set_count * sizeof(*rule->sets));
    for (size_t i = 0; i < definition->set_count; i++)
        WH_TRY(compile_set(&definition->sets[i], scope, arena, &rule->sets[i], err));
    return WH_OK;
}

wh_code wh_clean_compile(const struct wh_clean_definition *definitions, size_t count,
                         const struct wh_scope *scope, struct wh_arena *arena,
                         struct wh_clean_rule **ret, struct wh_error *err)
{
    struct wh_clean_rule *rules = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*rules));
    if (rules == NULL)
        return wh_error_no_memory(err, count * sizeof(*rules));
    size_t duplicate_ordinal = 0;
    for (size_t i = 0; i < count; i++) {
        wh_code rc = compile_rule(&definitions[i], scope, arena, &rules[i], err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "rule '%.*s'", WH_FMT(definitions[i].name));
        if (definitions[i].action == WH_CLEAN_DUPLICATES)
            rules[i].duplicate_ordinal = duplicate_ordinal++;
    }
    *ret = rules;
    return WH_OK;
}

/* ---- running ------------------------------------------------------------------------------- */

/* A rule at work on a batch: its index and the rows that its condition chose. */
struct application {
    const struct wh_clean_request *request;
    const struct wh_clean_rule *rule;
    uint16_t index;
    struct wh_selection chosen;
};

static void touch(const struct application *application, uint16_t row)
{
    application->request->touched[application->index][row] = 1;
}

/* Values are the same where their canonical texts are. */
static wh_code mark_change(const struct wh_column *a, const struct wh_column *b, size_t row,
                           struct wh_rule_batch *batch, uint8_t *is_changed)
{
    bool a_null = wh_column_is_null(a, row);
    bool b_null = wh_column_is_null(b, row);
    struct wh_str was = WH_STR("");
    struct wh_str is = WH_STR("");
    if ((!a_null && wh_value_print(a, row, batch->arena, &was) != WH_FAULT_NONE) ||
        (!b_null && wh_value_print(b, row, batch->arena, &is) != WH_FAULT_NONE))
        return WH_NO_MEMORY;
    is_changed[row] |= a_null != b_null || !wh_str_equal(was, is);
    return WH_OK;
}

static void copy_value(struct wh_column *to, const struct wh_column *from, size_t row)
{
    size_t size = wh_kind_size(to->type.kind);
    memcpy((char *)to->values.any + row * size, (const char *)from->values.any + row * size, size);
}

/* Columns are never changed in place: the record as it was read is still needed for the log. */
wh_code wh_rule_batch_set(struct wh_rule_batch *batch, size_t column, const struct wh_column *value,
                          const struct wh_selection *rows, struct wh_error *err)
{
    const struct wh_column *before = &batch->columns[column];
    struct wh_column changed;
    WH_TRY(wh_column_init(&changed, before->type, batch->row_count, batch->arena, err));
    WH_TRY(wh_column_need_validity(&changed, batch->arena, err));
    if (batch->row_count > 0)
        memcpy(changed.values.any, before->values.any,
               batch->row_count * wh_kind_size(before->type.kind));
    if (before->validity != NULL)
        memcpy(changed.validity, before->validity, WH_BATCH_ROWS / 8);
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        if (wh_column_is_null(value, row)) {
            wh_column_set_null(&changed, row);
            continue;
        }
        wh_column_set_valid(&changed, row);
        copy_value(&changed, value, row);
    }
    batch->columns[column] = changed;
    return WH_OK;
}

/* Rows of the rule's choice that an earlier step of the same rule rejected are no longer chosen. */
static void forget_dropped(const struct wh_rule_batch *batch, struct wh_selection *chosen)
{
    size_t kept = 0;
    for (size_t i = 0; i < chosen->count; i++) {
        chosen->rows[kept] = chosen->rows[i];
        kept += batch->fates[chosen->rows[i]] == WH_ROW_LIVE;
    }
    chosen->count = kept;
}

/* Looks the values of a set up; records with one that has no pair are rejected
 * where the rule says so. */
static wh_code map_values(struct application *application, struct wh_rule_batch *batch,
                          const struct wh_clean_set *set, struct wh_column *values,
                          struct wh_error *err)
{
    const struct wh_clean_rule *rule = application->rule;
    struct wh_str column = rule->definition->sets[set - rule->sets].column.text;
    struct wh_column mapped;
    uint8_t *unmatched = wh_arena_array(batch->arena, WH_MAX(batch->row_count, 1), 1);
    if (unmatched == NULL)
        return wh_error_no_memory(err, batch->row_count);
    WH_TRY(wh_value_map_apply(set->map, values, &application->chosen, batch->arena, &mapped,
                              unmatched, err));
    for (size_t i = 0; i < application->chosen.count; i++) {
        uint16_t row = application->chosen.rows[i];
        struct wh_row_reason reason = {
            .row = row, .stage = WH_STAGE_CLEAN, .rule = application->index};
        if (unmatched[row] == 0)
            continue;
        WH_TRY(wh_arena_format(batch->arena, &reason.detail, err,
                               "'%.*s' in column '%.*s' has no value in 'map_values'",
                               WH_FMT(values->values.texts[row]), WH_FMT(column)));
        touch(application, row);
        wh_rule_batch_drop(batch, WH_ROW_REJECTED, reason);
    }
    wh_rule_batch_shrink(batch);
    *values = mapped;
    return WH_OK;
}

/* The values of a rule's sets; records of which one cannot be computed leave the rule's choice. */
static wh_code evaluate_sets(struct application *application, struct wh_rule_batch *batch,
                             struct wh_column *values, struct wh_error *err)
{
    const struct wh_clean_rule *rule = application->rule;
    for (size_t i = 0; i < rule->definition->set_count; i++) {
        struct wh_rule_program program = {.program = rule->sets[i].value,
                                          .columns = batch->columns,
                                          .selection = &application->chosen,
                                          .stage = WH_STAGE_CLEAN,
                                          .rule = application->index};
        WH_TRY(wh_rule_evaluate(application->request->eval, &program, batch, &values[i], err));
        forget_dropped(batch, &application->chosen);
        if (rule->sets[i].map != NULL)
            WH_TRY(map_values(application, batch, &rule->sets[i], &values[i], err));
        forget_dropped(batch, &application->chosen);
    }
    return WH_OK;
}

/* All values of a rule are computed from the record as it came to the rule, then set together. */
static wh_code apply_set(struct application *application, struct wh_rule_batch *batch,
                         struct wh_error *err)
{
    const struct wh_clean_rule *rule = application->rule;
    size_t count = rule->definition->set_count;
    struct wh_column *values = wh_arena_array(batch->arena, WH_MAX(count, 1), sizeof(*values));
    uint8_t *is_changed = wh_arena_array(batch->arena, batch->row_count, 1);
    if (values == NULL || is_changed == NULL)
        return wh_error_no_memory(err, count * sizeof(*values) + batch->row_count);
    WH_TRY(evaluate_sets(application, batch, values, err));
    for (size_t i = 0; i < count; i++) {
        const struct wh_column *column = &batch->columns[rule->sets[i].column];
        for (size_t j = 0; j < application->chosen.count; j++) {
            uint16_t row = application->chosen.rows[j];
            if (mark_change(column, &values[i], row, batch, is_changed) != WH_OK)
                return wh_error_no_memory(err, WH_DOUBLE_SIZE);
        }
        WH_TRY(
            wh_rule_batch_set(batch, rule->sets[i].column, &values[i], &application->chosen, err));
    }
    for (size_t j = 0; j < application->chosen.count; j++)
        if (is_changed[application->chosen.rows[j]])
            touch(application, application->chosen.rows[j]);
    return WH_OK;
}

static void apply_drop(const struct application *application, enum wh_row_fate fate,
                       struct wh_rule_batch *batch)
{
    for (size_t i = 0; i < application->chosen.count; i++) {
        uint16_t row = application->chosen.rows[i];
        touch(application, row);
        wh_rule_batch_drop(batch, fate,
                           (struct wh_row_reason){.row = row,
                                                  .stage = WH_STAGE_CLEAN,
                                                  .rule = application->index,
                                                  .detail = application->rule->definition->reason});
    }
    wh_rule_batch_shrink(batch);
}

/* The losers of a duplicates rule are left out on purpose: skipped. */
static void apply_verdicts(const struct application *application, struct wh_rule_batch *batch)
{
    const struct wh_survey_verdicts *verdicts = application->request->verdicts;
    for (size_t i = 0; i < application->chosen.count; i++) {
        uint16_t row = application->chosen.rows[i];
        struct wh_str detail = WH_STR_NONE;
        if (!verdicts->lost(verdicts->ctx, application->rule->duplicate_ordinal, row, batch->arena,
                            &detail))
            continue;
        touch(application, row);
        wh_rule_batch_drop(
            batch, WH_ROW_SKIPPED,
            (struct wh_row_reason){
                .row = row, .stage = WH_STAGE_CLEAN, .rule = application->index, .detail = detail});
    }
    wh_rule_batch_shrink(batch);
}

/* Records of which the rule's values cannot be computed are refused here as in the survey. */
static wh_code refuse_faulty_values(struct application *application, struct wh_rule_batch *batch,
                                    struct wh_error *err)
{
    const struct wh_clean_rule *rule = application->rule;
    size_t count = rule->definition->duplicate_count;
    for (size_t i = 0; i <= count; i++) {
        struct wh_rule_program program = {.program =
                                              i < count ? rule->duplicates[i] : rule->keep_value,
                                          .columns = batch->columns,
                                          .selection = &application->chosen,
                                          .stage = WH_STAGE_CLEAN,
                                          .rule = application->index};
        struct wh_column unused;
        if (program.program != NULL)
            WH_TRY(wh_rule_evaluate(application->request->eval, &program, batch, &unused, err));
        forget_dropped(batch, &application->chosen);
    }
    return WH_OK;
}

static wh_code apply_duplicates(struct application *application, struct wh_rule_batch *batch,
                                struct wh_error *err)
{
    const struct wh_clean_request *request = application->request;
    if (request->visit == NULL) {
        WH_TRY(refuse_faulty_values(application, batch, err));
        if (request->verdicts != NULL)
            apply_verdicts(application, batch);
        return WH_OK;
    }
    /* The survey sees the rows that the rule's condition chose. */
    struct wh_selection live = batch->live;
    batch->live = application->chosen;
    wh_code rc = request->visit(request->visit_ctx, application->rule, batch, err);
    batch->live = live;
    wh_rule_batch_shrink(batch);
    return rc;
}

static wh_code choose_rows(struct application *application, struct wh_rule_batch *batch,
                           struct wh_error *err)
{
    application->chosen.rows =
        wh_arena_array(batch->arena, WH_MAX(batch->live.count, 1), sizeof(uint16_t));
    if (application->chosen.rows == NULL)
        return wh_error_no_memory(err, batch->live.count * sizeof(uint16_t));
    if (application->rule->when == NULL) {
        memcpy(application->chosen.rows, batch->live.rows, batch->live.count * sizeof(uint16_t));
        application->chosen.count = batch->live.count;
        return WH_OK;
    }
    struct wh_column condition;
    struct wh_rule_program program = {.program = application->rule->when,
                                      .columns = batch->columns,
                                      .stage = WH_STAGE_CLEAN,
                                      .rule = application->index};
    WH_TRY(wh_rule_evaluate(application->request->eval, &program, batch, &condition, err));
    wh_rule_select_true(batch, &condition, &batch->live, &application->chosen);
    return WH_OK;
}

/* Values are never changed in place, so the structs are all there is to keep. */
static wh_code keep_history(struct wh_rule_batch *batch, size_t rule, struct wh_error *err)
{
    if (batch->history == NULL)
        return WH_OK;
    size_t size = batch->column_count * sizeof(*batch->columns);
    batch->history[rule] =
        wh_arena_array(batch->arena, WH_MAX(batch->column_count, 1), sizeof(*batch->columns));
    if (batch->history[rule] == NULL)
        return wh_error_no_memory(err, size);
    if (size > 0)
        memcpy(batch->history[rule], batch->columns, size);
    return WH_OK;
}

wh_code wh_clean_run(const struct wh_clean_request *request, struct wh_rule_batch *batch,
                     struct wh_error *err)
{
    WH_TRY(keep_history(batch, 0, err));
    for (size_t i = 0; i < request->rule_count && batch->live.count > 0; i++) {
        struct application application = {
            .request = request, .rule = &request->rules[i], .index = (uint16_t)i};
        WH_TRY(choose_rows(&application, batch, err));
        switch (application.rule->definition->action) {
        case WH_CLEAN_SET:
            WH_TRY(apply_set(&application, batch, err));
            break;
        case WH_CLEAN_REJECT:
            apply_drop(&application, WH_ROW_REJECTED, batch);
            break;
        case WH_CLEAN_SKIP:
            apply_drop(&application, WH_ROW_SKIPPED, batch);
            break;
        case WH_CLEAN_DUPLICATES:
            WH_TRY(apply_duplicates(&application, batch, err));
            break;
        }
        WH_TRY(keep_history(batch, i + 1, err));
    }
    return WH_OK;
}
