/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that anybody can look at who knows numbers:
 * what a source may be asked to look at itself. */
#include "base/error.h"
#include "convert/compare.h"
#include "convert/node.h"
#include "data/text.h"

static const char *const mirrored[][2] = {{"=", "="},   {"<>", "<>"}, {"<", ">"},
                                          {"<=", ">="}, {">", "<"},   {">=", "<="}};

static bool is_comparison(const struct wh_node *node)
{
    return node->form == WH_NODE_CALL && node->input_count == 2 &&
           node->operation == wh_comparison_operation(wh_str_from(node->operation->name));
}

static bool is_constant(const struct wh_node *node)
{
    return node->form == WH_NODE_CONSTANT && !wh_node_is_null_constant(node) && !node->is_unknown;
}

/* Whole numbers mean the same to everybody, and texts of which only whether they
 * are the same is asked. */
static bool is_plain(const struct wh_node *column, const struct wh_node *constant, const char *name)
{
    if (column->form != WH_NODE_COLUMN || !is_constant(constant) ||
        column->type.kind != constant->type.kind)
        return false;
    return column->type.kind == WH_KIND_INT ||
           (column->type.kind == WH_KIND_TEXT && !column->type.is_padded && strcmp(name, "=") == 0);
}

static wh_code take(const struct wh_node *column, const struct wh_node *constant, const char *name,
                    struct wh_arena *arena, struct wh_comparison *ret, struct wh_error *err)
{
    *ret = (struct wh_comparison){.column = column->index, .operator_name = name};
    if (wh_value_print(&constant->value, 0, arena, &ret->value) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return wh_arena_copy(arena, ret->value, &ret->value, err);
}

/* False in *ret_is_plain where it is something else. */
static wh_code read_comparison(const struct wh_node *node, struct wh_arena *arena,
                               struct wh_comparison *ret, bool *ret_is_plain, struct wh_error *err)
{
    *ret_is_plain = is_comparison(node);
    for (size_t i = 0; *ret_is_plain && i < WH_COUNT_OF(mirrored); i++) {
        if (strcmp(node->operation->name, mirrored[i][0]) != 0)
            continue;
        if (is_plain(node->inputs[0], node->inputs[1], mirrored[i][0]))
            return take(node->inputs[0], node->inputs[1], mirrored[i][0], arena, ret, err);
        if (is_plain(node->inputs[1], node->inputs[0], mirrored[i][0]))
            return take(node->inputs[1], node->inputs[0], mirrored[i][1], arena, ret, err);
    }
    *ret_is_plain = false;
    return WH_OK;
}

wh_code wh_program_comparisons(const struct wh_program *program, struct wh_arena *arena,
                               struct wh_comparison **ret, size_t *ret_count, struct wh_error *err)
{
    struct wh_node *root = program->root;
    bool is_list = root->form == WH_NODE_AND;
    size_t count = is_list ? root->input_count : 1;
    bool is_plain_all = true;
    *ret_count = 0;
    *ret = wh_arena_array(arena, count, sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, count * sizeof(**ret));
    for (size_t i = 0; i < count && is_plain_all; i++)
        WH_TRY(read_comparison(is_list ? root->inputs[i] : root, arena, &(*ret)[i], &is_plain_all,
                               err));
    *ret_count = is_plain_all ? count : 0;
    return WH_OK;
}
