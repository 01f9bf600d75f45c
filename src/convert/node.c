/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/node.h"

#include "convert/eval.h"

wh_code wh_node_new(struct wh_compile *compile, enum wh_node_form form, size_t input_count,
                    struct wh_node **ret)
{
    struct wh_node *node = WH_ARENA_NEW(compile->arena, struct wh_node);
    struct wh_node **inputs = wh_arena_array(compile->arena, input_count, sizeof(*inputs));
    if (node == NULL || inputs == NULL)
        return wh_error_no_memory(compile->err, sizeof(*node) + input_count * sizeof(*inputs));
    node->form = form;
    node->inputs = inputs;
    node->input_count = input_count;
    node->slot = WH_NO_SLOT;
    *ret = node;
    return WH_OK;
}

wh_code wh_node_constant(struct wh_compile *compile, struct wh_type type, uint32_t offset,
                         struct wh_node **ret)
{
    struct wh_node *node = NULL;
    WH_TRY(wh_node_new(compile, WH_NODE_CONSTANT, 0, &node));
    node->type = type;
    node->offset = offset;
    WH_TRY(wh_column_init(&node->value, type, 1, compile->arena, compile->err));
    *ret = node;
    return WH_OK;
}

wh_code wh_node_null(struct wh_compile *compile, struct wh_type type, uint32_t offset,
                     struct wh_node **ret)
{
    struct wh_node *node = NULL;
    WH_TRY(wh_node_constant(compile, type, offset, &node));
    WH_TRY(wh_column_need_validity(&node->value, compile->arena, compile->err));
    memset(node->value.values.any, 0, wh_kind_size(type.kind));
    wh_column_set_null(&node->value, 0);
    *ret = node;
    return WH_OK;
}

wh_code wh_node_text(struct wh_compile *compile, struct wh_str text, uint32_t offset,
                     struct wh_node **ret)
{
    WH_TRY(wh_node_constant(compile, (struct wh_type){.kind = WH_KIND_TEXT}, offset, ret));
    (*ret)->value.values.texts[0] = text;
    return WH_OK;
}

bool wh_node_is_null_constant(const struct wh_node *node)
{
    return node->form == WH_NODE_CONSTANT && wh_column_is_null(&node->value, 0);
}

bool wh_node_constant_text(const struct wh_node *node, struct wh_str *ret)
{
    if (node->form != WH_NODE_CONSTANT || node->type.kind != WH_KIND_TEXT ||
        wh_node_is_null_constant(node))
        return false;
    *ret = node->value.values.texts[0];
    return true;
}

/* ---- folding -------------------------------------------------------------------------------- */

static bool is_foldable(const struct wh_node *node)
{
    if (node->form == WH_NODE_COLUMN || node->form == WH_NODE_CONSTANT ||
        node->form == WH_NODE_LET || node->form == WH_NODE_SHARED)
        return false;
    if (node->form == WH_NODE_CALL && node->operation->is_volatile)
        return false;
    for (size_t i = 0; i < node->input_count; i++) {
        if (node->inputs[i]->form != WH_NODE_CONSTANT)
            return false;
    }
    return true;
}

/* NULL in, NULL out: known without evaluating anything, unless that would hide a fault. */
static bool is_surely_null(const struct wh_node *node)
{
    if (node->form != WH_NODE_CALL || node->is_faulty || node->operation->sees_null ||
        node->operation->is_variadic)
        return false;
    for (size_t i = 0; i < node->input_count; i++) {
        if (wh_node_is_null_constant(node->inputs[i]))
            return true;
    }
    return false;
}

/* json, jsonb and uuid have no collation; what CASE asks has no part in that of its results. */
static void derive_collation(struct wh_node *node)
{
    if (node->type.kind != WH_KIND_TEXT ||
        (node->type.form != WH_TEXT_PLAIN && node->type.form != WH_TEXT_LIST))
        return;
    for (size_t i = 0; i < node->input_count; i++) {
        bool is_asked = node->form == WH_NODE_CASE && i % 2 == 0 && i + 1 < node->input_count;
        node->has_ascii_case |= node->inputs[i]->has_ascii_case && !is_asked;
    }
}

wh_code wh_node_check_case(struct wh_compile *compile, struct wh_node *const *inputs, size_t count,
                           const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (inputs[i]->has_ascii_case && !wh_node_is_null_constant(inputs[i]))
            return WH_REFUSE(compile, inputs[i]->offset, WH_UNSUPPORTED,
                             "%s of what convert_from() gives knows ASCII letters only in "
                             "PostgreSQL: write convert_from(…, 'UTF8'::text), with which both "
                             "know all",
                             what);
    }
    return WH_OK;
}

wh_code wh_node_fold(struct wh_compile *compile, struct wh_node **node)
{
    struct wh_node *old = *node;
    derive_collation(old);
    if (is_surely_null(old)) {
        WH_TRY(wh_node_null(compile, old->type, old->offset, node));
        (*node)->has_ascii_case = old->has_ascii_case;
        return WH_OK;
    }
    if (!is_foldable(old))
        return WH_OK;
    enum wh_fault fault = WH_FAULT_NONE;
    struct wh_column value = {.validity = NULL};
    old->is_kept = true;
    old->keeps_bytes = true;
    WH_TRY(wh_eval_fold(compile->eval, old, compile->arena, &value, &fault, compile->err));
    compile->fold_fault = fault;
    if (fault != WH_FAULT_NONE) {
        old->is_faulty = true; /* every row that comes here will fault */
        return WH_OK;
    }
    struct wh_node *constant = NULL;
    WH_TRY(wh_node_new(compile, WH_NODE_CONSTANT, 0, &constant));
    constant->type = old->type;
    constant->offset = old->offset;
    constant->value = value;
    constant->value.type = old->type;
    constant->has_ascii_case = old->has_ascii_case;
    *node = constant;
    return WH_OK;
}

wh_code wh_node_call(struct wh_compile *compile, const struct wh_call_parts *parts,
                     struct wh_node **ret)
{
    struct wh_node *node = NULL;
    WH_TRY(wh_node_new(compile, WH_NODE_CALL, parts->input_count, &node));
    node->operation = parts->operation;
    node->type = parts->type;
    node->state = parts->state;
    node->offset = parts->offset;
    node->has_ascii_case = parts->has_ascii_case;
    for (size_t i = 0; i < parts->input_count; i++) {
        node->inputs[i] = parts->inputs[i];
        node->is_faulty |= parts->inputs[i]->is_faulty;
    }
    *ret = node;
    return wh_node_fold(compile, ret);
}

wh_code wh_node_convert(struct wh_compile *compile, const struct wh_operation *operation,
                        struct wh_node *node, struct wh_type type, struct wh_node **ret)
{
    struct wh_call_parts parts = {
        .operation = operation,
        .type = type,
        .inputs = &node,
        .input_count = 1,
        .offset = node->offset,
    };
    return wh_node_call(compile, &parts, ret);
}
