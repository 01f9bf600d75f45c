/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `expect:`, over the columns that are mapped. */
#include "data/text.h"
#include "plan/make.h"
#include "plan/nearest.h"

static wh_code target_scope(struct wh_making *making, struct wh_scope *ret, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    struct wh_input_column *columns =
        wh_arena_array(making->arena, WH_MAX(item->target_count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(*columns));
    for (size_t i = 0; i < item->target_count; i++)
        columns[i] =
            (struct wh_input_column){.name = item->targets[i].name, .type = item->targets[i].type};
    *ret = (struct wh_scope){.columns = columns, .column_count = item->target_count};
    return WH_OK;
}

/* The target that a check's column means, by the same rule as everywhere in the file. */
static wh_code find_target(const struct wh_item_plan *item, struct wh_expr_text name, size_t *ret,
                           struct wh_error *err)
{
    size_t column = wh_match_column(&item->table, name.text);
    struct wh_nearest search = wh_nearest_to(name.text);
    for (size_t i = 0; i < item->target_count; i++) {
        *ret = i;
        if (item->targets[i].table_column == column)
            return WH_OK;
        wh_nearest_offer(&search, item->targets[i].name);
    }
    return wh_place_error(
        name, err, "checks look at mapped columns, and '%.*s' is not mapped" WH_NEAREST_FORMAT,
        WH_FMT(name.text), WH_NEAREST(search));
}

/* ---- accepted values: as the column's type prints them --------------------------------------- */

/* Assigns a literal to the column's type and prints what came of it: 1 in numeric(5,2) is 1.00. */
static wh_code print_accepted(struct wh_eval *eval, struct wh_program *program,
                              struct wh_arena *arena, struct wh_str *ret, bool *ret_fits,
                              struct wh_error *err)
{
    uint16_t row = 0;
    uint8_t code = 0;
    uint16_t node = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    struct wh_column none = {.values = {.any = NULL}};
    struct wh_eval_request request = {.program = program,
                                      .columns = &none,
                                      .selection = &selection,
                                      .row_count = 1,
                                      .arena = arena};
    struct wh_column value;
    WH_TRY(wh_eval_run(eval, &request, &value, &faults, err));
    *ret_fits = faults.count == 0;
    if (!*ret_fits)
        return wh_eval_describe(eval, &request, &faults, 0, ret, err);
    if (wh_value_print(&value, 0, arena, ret) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return WH_OK;
}

static wh_code convert_value(struct wh_making *making, struct wh_eval *eval, struct wh_type type,
                             struct wh_str *value, struct wh_error *err)
{
    struct wh_program *program;
    struct wh_str printed;
    bool fits;
    WH_TRY(wh_expr_literal(*value, false, making->arena, &program, err));
    WH_TRY(wh_expr_assign(program, type, making->arena, &program, err));
    WH_TRY(print_accepted(eval, program, making->arena, &printed, &fits, err));
    if (!fits)
        return wh_error_set(err, WH_INVALID, "%.*s", WH_FMT(printed));
    *value = printed;
    return WH_OK;
}

static wh_code convert_values(struct wh_making *making, struct wh_eval *eval,
                              struct wh_expect_definition *check, struct wh_type type,
                              struct wh_error *err)
{
    struct wh_str *values = wh_arena_array(making->arena, check->value_count, sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, check->value_count * sizeof(*values));
    memcpy(values, check->values, check->value_count * sizeof(*values));
    for (size_t i = 0; i < check->value_count; i++) {
        wh_code rc = convert_value(making, eval, type, &values[i], err);
        if (rc != WH_OK)
            return wh_error_prefix(err, wh_at(rc, check->columns[0], err), "accepted value '%.*s'",
                                   WH_FMT(check->values[i]));
    }
    check->values = values;
    return WH_OK;
}

/* ---- all checks ------------------------------------------------------------------------------ */

/* A copy of a definition whose columns have the destination's names and whose accepted values
 * have the form that they are compared in. */
static wh_code resolve_check(struct wh_making *making, struct wh_eval *eval,
                             struct wh_expect_definition *check, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    struct wh_expr_text *columns =
        wh_arena_array(making->arena, WH_MAX(check->column_count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, check->column_count * sizeof(*columns));
    size_t target = 0;
    for (size_t i = 0; i < check->column_count; i++) {
        columns[i] = check->columns[i];
        WH_TRY(find_target(item, columns[i], &target, err));
        columns[i].text = item->targets[target].name;
    }
    check->columns = columns;
    item->unique_expectation_count += check->kind == WH_EXPECT_UNIQUE;
    if (check->kind != WH_EXPECT_ACCEPTED_VALUES)
        return WH_OK;
    return convert_values(making, eval, check, item->targets[target].type, err);
}

static wh_code resolve_checks(struct wh_making *making, struct wh_eval *eval,
                              struct wh_expect_definition **ret, struct wh_error *err)
{
    const struct wh_item_definition *definition = making->item->definition;
    size_t count = definition->expect_count;
    *ret = wh_arena_array(making->arena, WH_MAX(count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, count * sizeof(**ret));
    for (size_t i = 0; i < count; i++) {
        (*ret)[i] = definition->expect[i];
        wh_code rc = resolve_check(making, eval, &(*ret)[i], err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "check '%.*s'", WH_FMT(definition->expect[i].name));
    }
    return WH_OK;
}

static void free_eval(struct wh_eval **eval)
{
    wh_eval_free(*eval);
}

wh_code wh_make_checks(struct wh_making *making, struct wh_error *err)
{
    WH_CLEANUP(free_eval) struct wh_eval *eval = NULL;
    struct wh_expect_definition *checks;
    struct wh_scope scope;
    WH_TRY(wh_eval_new(&eval, err));
    WH_TRY(resolve_checks(making, eval, &checks, err));
    WH_TRY(target_scope(making, &scope, err));
    return wh_expect_compile(checks, making->item->definition->expect_count, &scope, making->arena,
                             &making->item->expectations, err);
}
