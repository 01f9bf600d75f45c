/* SPDX-License-Identifier: Apache-2.0 */
/* Operators, and what PostgreSQL's grammar takes for one: IN, BETWEEN, LIKE, IS DISTINCT FROM … */
#include "convert/parse.h"

#include "base/error.h"

static wh_code convert_operands(struct wh_parse *parse, const PgQuery__AExpr *expr,
                                struct wh_ast *term)
{
    PgQuery__Node *operands[2] = {expr->lexpr, expr->rexpr};
    if (expr->lexpr == NULL)
        return wh_parse_items(parse, &operands[1], 1, term);
    return wh_parse_items(parse, operands, 2, term);
}

static wh_code convert_operator(struct wh_parse *parse, const PgQuery__AExpr *expr,
                                struct wh_ast *term)
{
    struct wh_str name;
    if (!wh_parse_name(expr->name, expr->n_name, &name))
        return wh_parse_refuse(parse, expr->location,
                               "an operator of another schema is not supported");
    term->kind = WH_AST_OPERATOR;
    WH_TRY(wh_arena_copy(parse->arena, name, &term->text, parse->err));
    return convert_operands(parse, expr, term);
}

/* The operator's spelling tells the two senses of a kind apart: '=' and '<>', '~~' and '!~~'. */
static bool is_negated(const PgQuery__AExpr *expr)
{
    struct wh_str name;
    return wh_parse_name(expr->name, expr->n_name, &name) && name.len > 0 &&
           (name.ptr[0] == '!' || wh_str_is(name, "<>"));
}

static wh_code convert_in(struct wh_parse *parse, const PgQuery__AExpr *expr, struct wh_ast *term)
{
    if (expr->rexpr->node_case != PG_QUERY__NODE__NODE_LIST)
        return wh_parse_refuse(parse, expr->location, "IN takes a list of values");
    const PgQuery__List *list = expr->rexpr->list;
    term->kind = WH_AST_IN;
    term->flag = is_negated(expr);
    WH_TRY(wh_parse_new_items(parse, term, list->n_items + 1));
    WH_TRY(wh_parse_term(parse, expr->lexpr, &term->items[0]));
    return wh_parse_list(parse, list->items, list->n_items, term->items + 1);
}

static wh_code convert_between(struct wh_parse *parse, const PgQuery__AExpr *expr,
                               struct wh_ast *term)
{
    const PgQuery__List *bounds = expr->rexpr->list;
    bool is_symmetric = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                        expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    term->kind = is_symmetric ? WH_AST_BETWEEN_SYMMETRIC : WH_AST_BETWEEN;
    term->flag = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                 expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    WH_TRY(wh_parse_new_items(parse, term, 3));
    WH_TRY(wh_parse_term(parse, expr->lexpr, &term->items[0]));
    return wh_parse_list(parse, bounds->items, 2, term->items + 1);
}

/* What stands where the pattern would: like_escape(pattern, escape) for LIKE … ESCAPE, and
 * similar_to_escape(pattern[, escape]) for SIMILAR TO. */
static const PgQuery__FuncCall *escape_call(const PgQuery__Node *pattern, const char *function)
{
    struct wh_str name;
    if (pattern->node_case != PG_QUERY__NODE__NODE_FUNC_CALL ||
        pattern->func_call->n_funcname != 2 ||
        !wh_parse_name(pattern->func_call->funcname, 2, &name) || !wh_str_is(name, function))
        return NULL;
    return pattern->func_call;
}

static wh_code convert_pattern(struct wh_parse *parse, const PgQuery__AExpr *expr,
                               const PgQuery__FuncCall *escape, struct wh_ast *term)
{
    WH_TRY(wh_parse_new_items(parse, term, escape->n_args + 1));
    WH_TRY(wh_parse_term(parse, expr->lexpr, &term->items[0]));
    return wh_parse_list(parse, escape->args, escape->n_args, term->items + 1);
}

static wh_code convert_like(struct wh_parse *parse, const PgQuery__AExpr *expr, struct wh_ast *term)
{
    const PgQuery__FuncCall *escape = escape_call(expr->rexpr, "like_escape");
    term->kind = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_LIKE ? WH_AST_LIKE : WH_AST_ILIKE;
    term->flag = is_negated(expr);
    if (escape == NULL || escape->n_args != 2)
        return convert_operands(parse, expr, term);
    return convert_pattern(parse, expr, escape, term);
}

static wh_code convert_similar(struct wh_parse *parse, const PgQuery__AExpr *expr,
                               struct wh_ast *term)
{
    const PgQuery__FuncCall *escape = escape_call(expr->rexpr, "similar_to_escape");
    if (escape == NULL || escape->n_args > 2)
        return wh_parse_refuse(parse, expr->location,
                               "SIMILAR TO takes a pattern and an escape character");
    term->kind = WH_AST_SIMILAR;
    term->flag = is_negated(expr);
    return convert_pattern(parse, expr, escape, term);
}

static wh_code convert_distinct(struct wh_parse *parse, const PgQuery__AExpr *expr,
                                struct wh_ast *term)
{
    term->kind = WH_AST_DISTINCT;
    term->flag = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT;
    return convert_operands(parse, expr, term);
}

static wh_code convert_nullif(struct wh_parse *parse, const PgQuery__AExpr *expr,
                              struct wh_ast *term)
{
    term->kind = WH_AST_NULLIF;
    return convert_operands(parse, expr, term);
}

/* x = ANY (ARRAY[a, b]) is x IN (a, b), and x <> ALL is NOT IN. */
static wh_code convert_any(struct wh_parse *parse, const PgQuery__AExpr *expr, struct wh_ast *term)
{
    struct wh_str name;
    bool is_all = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL;
    if (!wh_parse_name(expr->name, expr->n_name, &name))
        return wh_parse_refuse(parse, expr->location,
                               "an operator of another schema is not supported");
    WH_TRY(wh_arena_copy(parse->arena, name, &term->text, parse->err));
    term->flag = is_all;
    term->kind = WH_AST_ANY;
    bool is_listed = expr->rexpr->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR &&
                     expr->rexpr->a_array_expr->n_elements > 0 &&
                     wh_str_is(name, is_all ? "<>" : "=");
    if (!is_listed)
        return convert_operands(parse, expr, term);
    const PgQuery__AArrayExpr *list = expr->rexpr->a_array_expr;
    term->kind = WH_AST_IN;
    WH_TRY(wh_parse_new_items(parse, term, list->n_elements + 1));
    WH_TRY(wh_parse_term(parse, expr->lexpr, &term->items[0]));
    return wh_parse_list(parse, list->elements, list->n_elements, term->items + 1);
}

typedef wh_code convert_a_expr(struct wh_parse *parse, const PgQuery__AExpr *expr,
                               struct wh_ast *term);

static const struct {
    PgQuery__AExprKind kind;
    convert_a_expr *convert;
} kinds[] = {
    {PG_QUERY__A__EXPR__KIND__AEXPR_OP, convert_operator},
    {PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT, convert_distinct},
    {PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT, convert_distinct},
    {PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF, convert_nullif},
    {PG_QUERY__A__EXPR__KIND__AEXPR_IN, convert_in},
    {PG_QUERY__A__EXPR__KIND__AEXPR_LIKE, convert_like},
    {PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE, convert_like},
    {PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN, convert_between},
    {PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN, convert_between},
    {PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM, convert_between},
    {PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM, convert_between},
    {PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR, convert_similar},
    {PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY, convert_any},
    {PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL, convert_any},
};

wh_code wh_parse_operator(struct wh_parse *parse, const PgQuery__Node *node, struct wh_ast **ret)
{
    const PgQuery__AExpr *expr = node->a_expr;
    for (size_t i = 0; i < WH_COUNT_OF(kinds); i++) {
        if (kinds[i].kind != expr->kind)
            continue;
        WH_TRY(wh_parse_new_term(parse, WH_AST_NULL, expr->location, ret));
        return kinds[i].convert(parse, expr, *ret);
    }
    return wh_parse_refuse(parse, expr->location, "this operator is not supported");
}
