/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/expr.h"

#include "base/error.h"
#include "convert/assign.h"
#include "convert/ast.h"
#include "convert/resolve.h"

static const struct wh_expr_text no_text = {.text = {.ptr = NULL, .len = 0}};

/* ---- compiling ------------------------------------------------------------------------------ */

struct compile_call {
    struct wh_compile compile;
    struct wh_program *program;
};

/* A program's result always has a type: a literal that nothing gave one is text. */
static wh_code compile_term(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_program **ret)
{
    struct wh_node *root = NULL;
    WH_TRY(wh_resolve(compile, term, &root));
    if (root->is_unknown)
        WH_TRY(wh_coerce_letter(compile, root, 't', &root));
    return wh_program_finish(compile, root, ret);
}

static wh_code compile_on_deep_stack(void *ctx)
{
    struct compile_call *call = ctx;
    struct wh_compile *compile = &call->compile;
    struct wh_ast *term = NULL;
    WH_TRY(wh_ast_parse(compile->text, compile->arena, &term, compile->err));
    return compile_term(compile, term, &call->program);
}

wh_code wh_expr_compile(struct wh_expr_text text, const struct wh_scope *scope,
                        struct wh_arena *arena, struct wh_program **ret, struct wh_error *err)
{
    struct compile_call call = {
        .compile = {.text = &text, .scope = scope, .arena = arena, .err = err}};
    WH_TRY(wh_eval_new(&call.compile.eval, err));
    wh_code rc = wh_deep_call(compile_on_deep_stack, &call, err);
    wh_eval_free(call.compile.eval);
    *ret = call.program;
    return rc;
}

/* ---- programs of one node ------------------------------------------------------------------- */

static const struct wh_scope no_columns = {.column_count = 0};

wh_code wh_expr_literal(struct wh_str text, bool is_null, struct wh_arena *arena,
                        struct wh_program **ret, struct wh_error *err)
{
    struct wh_compile compile = {
        .text = &no_text, .scope = &no_columns, .arena = arena, .err = err};
    struct wh_node *root = NULL;
    if (is_null) {
        WH_TRY(wh_node_null(&compile, wh_letter_type('t'), 0, &root));
    } else {
        struct wh_str copy = WH_STR_NONE;
        WH_TRY(wh_arena_copy(arena, text, &copy, err));
        WH_TRY(wh_node_text(&compile, copy, 0, &root));
    }
    return wh_program_finish(&compile, root, ret);
}

wh_code wh_expr_column(size_t index, const struct wh_scope *scope, struct wh_arena *arena,
                       struct wh_program **ret, struct wh_error *err)
{
    struct wh_compile compile = {.text = &no_text, .scope = scope, .arena = arena, .err = err};
    struct wh_node *root = NULL;
    WH_ASSERT(index < scope->column_count, err);
    WH_TRY(wh_node_new(&compile, WH_NODE_COLUMN, 0, &root));
    root->index = index;
    root->type = scope->columns[index].type;
    WH_TRY(wh_arena_copy(arena, scope->columns[index].name, &root->name, err));
    return wh_program_finish(&compile, root, ret);
}

/* ---- assignment ----------------------------------------------------------------------------- */

/* A constant that its column cannot hold would reject every item: that is the file's error. */
static wh_code check_constant(struct wh_eval *eval, const struct wh_program *program,
                              struct wh_arena *arena, struct wh_error *err)
{
    uint16_t row = 0;
    uint16_t node = 0;
    uint8_t code = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    struct wh_eval_request request = {
        .program = program, .selection = &selection, .row_count = 1, .arena = arena};
    struct wh_column result;
    struct wh_str message;
    WH_TRY(wh_eval_run(eval, &request, &result, &faults, err));
    if (faults.count == 0)
        return WH_OK;
    WH_TRY(wh_eval_describe(eval, &request, &faults, 0, &message, err));
    return wh_error_set(err, WH_INVALID, "%.*s", WH_FMT(message));
}

static bool is_faulty_constant(const struct wh_node *root)
{
    return root->form == WH_NODE_CALL && root->input_count == 1 &&
           root->inputs[0]->form == WH_NODE_CONSTANT;
}

static wh_code assign(struct wh_compile *compile, const struct wh_program *program,
                      struct wh_type type, struct wh_program **ret)
{
    struct wh_node *root = NULL;
    WH_TRY(wh_program_copy_tree(compile, program, &root));
    WH_TRY(wh_assign_node(compile, root, type, &root));
    WH_TRY(wh_program_finish(compile, root, ret));
    return is_faulty_constant(root)
               ? check_constant(compile->eval, *ret, compile->arena, compile->err)
               : WH_OK;
}

wh_code wh_expr_assign(struct wh_program *program, struct wh_type type, struct wh_arena *arena,
                       struct wh_program **ret, struct wh_error *err)
{
    size_t column_count =
        program->column_count > 0 ? program->columns[program->column_count - 1] + 1 : 0;
    struct wh_scope scope = {.column_count = column_count};
    struct wh_compile compile = {.text = &no_text, .scope = &scope, .arena = arena, .err = err};
    WH_TRY(wh_eval_new(&compile.eval, err));
    wh_code rc = assign(&compile, program, type, ret);
    wh_eval_free(compile.eval);
    return rc;
}
