/* SPDX-License-Identifier: Apache-2.0 */
/* From a tree of nodes to a program: numbers, registers, and what is kept of the result. */
#include "base/error.h"
#include "convert/node.h"

struct finish {
    struct wh_compile *compile;
    struct wh_program *program;
    bool *reads;    /* one a column of the scope */
    bool *is_taken; /* one a register */
};

/* ---- what outlives the evaluation ----------------------------------------------------------- */

/* Values of these kinds may point to bytes or limbs elsewhere. */
static bool points_elsewhere(enum wh_kind kind)
{
    return kind == WH_KIND_TEXT || kind == WH_KIND_BYTES || kind == WH_KIND_NUMERIC;
}

static void mark_kept(struct wh_node *node, bool is_kept, bool keeps_bytes)
{
    node->is_kept = is_kept;
    node->keeps_bytes = keeps_bytes && points_elsewhere(node->type.kind);
    for (size_t i = 0; i < node->input_count; i++) {
        bool passes_through = node->form == WH_NODE_RETYPE || (node->form == WH_NODE_LET && i == 1);
        /* A LET's value may be what its body points to. */
        bool keeps = node->form == WH_NODE_LET ? keeps_bytes : node->keeps_bytes;
        mark_kept(node->inputs[i], is_kept && passes_through, keeps);
    }
}

/* ---- numbers and registers ------------------------------------------------------------------ */

static wh_code number_node(struct finish *finish, struct wh_node *node)
{
    struct wh_compile *compile = finish->compile;
    if (finish->program->node_count >= WH_PROGRAM_MAX_NODES)
        return WH_REFUSE(compile, node->offset, WH_LIMIT, "the expression has more than %d terms",
                         WH_PROGRAM_MAX_NODES);
    node->number = (uint16_t)finish->program->node_count++;
    if (node->form == WH_NODE_COLUMN)
        finish->reads[node->index] = true;
    return WH_OK;
}

static wh_code take_slot(struct finish *finish, struct wh_node *node)
{
    struct wh_program *program = finish->program;
    if (node->is_kept)
        return WH_OK;
    for (size_t i = 0; i < WH_PROGRAM_MAX_SLOTS; i++) {
        if (finish->is_taken[i])
            continue;
        finish->is_taken[i] = true;
        node->slot = (uint16_t)i;
        program->slot_count = WH_MAX(program->slot_count, i + 1);
        return WH_OK;
    }
    return WH_REFUSE(finish->compile, node->offset, WH_LIMIT,
                     "the expression needs more than %d values at a time: take it apart",
                     WH_PROGRAM_MAX_SLOTS);
}

/* The register that a node's value lies in once it is evaluated. */
static uint16_t slot_of_value(const struct wh_node *node)
{
    if (node->form == WH_NODE_RETYPE)
        return slot_of_value(node->inputs[0]);
    if (node->form == WH_NODE_LET)
        return slot_of_value(node->inputs[1]);
    return node->slot;
}

static void give_slot_back(struct finish *finish, const struct wh_node *node)
{
    uint16_t slot = slot_of_value(node);
    if (slot != WH_NO_SLOT)
        finish->is_taken[slot] = false;
}

static wh_code finish_node(struct finish *finish, struct wh_node *node);

/* A call has all its inputs before it has its result. */
static wh_code finish_call(struct finish *finish, struct wh_node *node)
{
    for (size_t i = 0; i < node->input_count; i++)
        WH_TRY(finish_node(finish, node->inputs[i]));
    WH_TRY(take_slot(finish, node));
    for (size_t i = 0; i < node->input_count; i++)
        give_slot_back(finish, node->inputs[i]);
    return WH_OK;
}

/* A form gathers its result from one input after another. */
static wh_code finish_form(struct finish *finish, struct wh_node *node)
{
    WH_TRY(take_slot(finish, node));
    for (size_t i = 0; i < node->input_count; i++) {
        WH_TRY(finish_node(finish, node->inputs[i]));
        give_slot_back(finish, node->inputs[i]);
    }
    return WH_OK;
}

static wh_code finish_let(struct finish *finish, struct wh_node *node)
{
    WH_TRY(finish_node(finish, node->inputs[0]));
    WH_TRY(finish_node(finish, node->inputs[1]));
    give_slot_back(finish, node->inputs[0]);
    return WH_OK;
}

static wh_code finish_node(struct finish *finish, struct wh_node *node)
{
    WH_TRY(number_node(finish, node));
    switch (node->form) {
    case WH_NODE_COLUMN:
    case WH_NODE_CONSTANT:
    case WH_NODE_SHARED:
        return WH_OK;
    case WH_NODE_RETYPE:
        return finish_node(finish, node->inputs[0]);
    case WH_NODE_LET:
        return finish_let(finish, node);
    case WH_NODE_CALL:
        return finish_call(finish, node);
    case WH_NODE_AND:
    case WH_NODE_OR:
    case WH_NODE_CASE:
    case WH_NODE_COALESCE:
    case WH_NODE_TRY:
        break;
    }
    return finish_form(finish, node);
}

/* Room for the columns that are read and no more: a wide source has a program for every column. */
static wh_code list_columns(struct finish *finish, size_t column_count)
{
    struct wh_program *program = finish->program;
    size_t count = 0;
    for (size_t i = 0; i < column_count; i++)
        count += finish->reads[i];
    program->columns = wh_arena_array(finish->compile->arena, count, sizeof(size_t));
    if (program->columns == NULL)
        return wh_error_no_memory(finish->compile->err, count * sizeof(size_t));
    for (size_t i = 0; i < column_count; i++) {
        if (finish->reads[i])
            program->columns[program->column_count++] = i;
    }
    return WH_OK;
}

wh_code wh_program_finish(struct wh_compile *compile, struct wh_node *root, struct wh_program **ret)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    size_t column_count = compile->scope->column_count;
    struct finish finish = {
        .compile = compile,
        .program = WH_ARENA_NEW(compile->arena, struct wh_program),
        .reads = wh_arena_array(&scratch, column_count, sizeof(bool)),
        .is_taken = wh_arena_array(&scratch, WH_PROGRAM_MAX_SLOTS, sizeof(bool)),
    };
    if (finish.program == NULL || finish.reads == NULL || finish.is_taken == NULL)
        return wh_error_no_memory(compile->err, sizeof(*finish.program) + column_count);
    mark_kept(root, true, true);
    WH_TRY(finish_node(&finish, root));
    WH_TRY(list_columns(&finish, column_count));
    finish.program->root = root;
    finish.program->shared_count = compile->shared_count;
    *ret = finish.program;
    return WH_OK;
}

/* ---- copies --------------------------------------------------------------------------------- */

static wh_code copy_node(struct wh_compile *compile, const struct wh_node *node,
                         struct wh_node **ret)
{
    struct wh_node *copy = NULL;
    WH_TRY(wh_node_new(compile, node->form, node->input_count, &copy));
    struct wh_node **inputs = copy->inputs;
    *copy = *node;
    copy->inputs = inputs;
    copy->slot = WH_NO_SLOT;
    for (size_t i = 0; i < node->input_count; i++)
        WH_TRY(copy_node(compile, node->inputs[i], &inputs[i]));
    *ret = copy;
    return WH_OK;
}

wh_code wh_program_copy_tree(struct wh_compile *compile, const struct wh_program *program,
                             struct wh_node **ret)
{
    compile->shared_count = program->shared_count;
    return copy_node(compile, program->root, ret);
}

/* ---- questions about programs --------------------------------------------------------------- */

struct wh_type wh_program_type(const struct wh_program *program)
{
    return program->root->type;
}

void wh_program_inputs(const struct wh_program *program, void (*visit)(void *ctx, size_t index),
                       void *ctx)
{
    for (size_t i = 0; i < program->column_count; i++)
        visit(ctx, program->columns[i]);
}

size_t wh_program_plain_column(const struct wh_program *program)
{
    return program->root->form == WH_NODE_COLUMN ? program->root->index : SIZE_MAX;
}

bool wh_program_is_cast_of(const struct wh_program *program, size_t *ret_index)
{
    const struct wh_node *node = program->root;
    while (node->form == WH_NODE_RETYPE ||
           (node->form == WH_NODE_CALL && node->operation->is_cast && node->input_count == 1))
        node = node->inputs[0];
    if (node->form != WH_NODE_COLUMN)
        return false;
    *ret_index = node->index;
    return true;
}

/* Explicit casts may cut or round; what only bounds a value refuses those beyond. */
static bool step_tells_apart(const struct wh_type *from, const struct wh_type *to)
{
    bool is_wider_text = from->kind == WH_KIND_TEXT && to->kind == WH_KIND_TEXT &&
                         !from->is_padded && !to->is_padded && to->length == 0;
    return wh_type_equal(*from, *to) || is_wider_text ||
           (from->kind == WH_KIND_INT && to->kind == WH_KIND_INT);
}

bool wh_program_tells_apart(const struct wh_program *program, size_t *ret_index)
{
    if (!wh_program_is_cast_of(program, ret_index))
        return false;
    for (const struct wh_node *node = program->root; node->form != WH_NODE_COLUMN;
         node = node->inputs[0])
        if (!step_tells_apart(&node->inputs[0]->type, &node->type))
            return false;
    return true;
}

wh_code wh_expr_require_bool(const struct wh_program *program, struct wh_error *err)
{
    char room[WH_TYPE_NAME_SIZE];
    if (program->root->type.kind == WH_KIND_BOOL)
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "a condition is true or false, and this one is of type %s",
                        wh_type_name(program->root->type, room));
}
