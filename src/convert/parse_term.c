/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL's tree of an expression into wherry's: a row of a table for each kind of term, and
 * another table names the kinds that are refused.
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "convert/parse.h"
#include "data/text.h"

typedef wh_code convert_function(struct wh_parse *parse, const PgQuery__Node *term,
                                 struct wh_ast **ret);

/* ---- making terms ---------------------------------------------------------------------------- */

wh_code wh_parse_new_term(struct wh_parse *parse, enum wh_ast_kind kind, int32_t location,
                          struct wh_ast **ret)
{
    struct wh_ast *term = WH_ARENA_NEW(parse->arena, struct wh_ast);
    if (term == NULL)
        return wh_error_no_memory(parse->err, sizeof(*term));
    term->kind = kind;
    term->offset = wh_parse_offset(parse, location);
    *ret = term;
    return WH_OK;
}

wh_code wh_parse_new_items(struct wh_parse *parse, struct wh_ast *term, size_t count)
{
    term->items = wh_arena_array(parse->arena, count, sizeof(struct wh_ast *));
    if (term->items == NULL)
        return wh_error_no_memory(parse->err, count * sizeof(struct wh_ast *));
    term->count = count;
    return WH_OK;
}

wh_code wh_parse_list(struct wh_parse *parse, PgQuery__Node *const *terms, size_t count,
                      struct wh_ast **ret)
{
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_parse_term(parse, terms[i], &ret[i]));
    return WH_OK;
}

wh_code wh_parse_items(struct wh_parse *parse, PgQuery__Node *const *terms, size_t count,
                       struct wh_ast *term)
{
    WH_TRY(wh_parse_new_items(parse, term, count));
    return wh_parse_list(parse, terms, count, term->items);
}

wh_code wh_parse_refuse(const struct wh_parse *parse, int32_t location, const char *what)
{
    return wh_expr_refuse(parse->text, wh_parse_offset(parse, location), parse->err, WH_UNSUPPORTED,
                          "%s", what);
}

/* ---- literals and columns -------------------------------------------------------------------- */

static wh_code convert_string(struct wh_parse *parse, const PgQuery__AConst *constant,
                              struct wh_ast *term)
{
    struct wh_str text = wh_str_from(constant->sval->sval);
    if (!wh_utf8_is_valid(text))
        return wh_expr_refuse(parse->text, term->offset, parse->err, WH_INVALID,
                              "the literal's escapes do not make valid UTF-8");
    term->kind = WH_AST_STRING;
    return wh_arena_copy(parse->arena, text, &term->text, parse->err);
}

static wh_code convert_constant(struct wh_parse *parse, const PgQuery__Node *node,
                                struct wh_ast **ret)
{
    const PgQuery__AConst *constant = node->a_const;
    WH_TRY(wh_parse_new_term(parse, WH_AST_NULL, constant->location, ret));
    struct wh_ast *term = *ret;
    if (constant->isnull)
        return WH_OK;
    if (constant->val_case == PG_QUERY__A__CONST__VAL_SVAL)
        return convert_string(parse, constant, term);
    if (constant->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL) {
        term->kind = WH_AST_BOOL;
        term->flag = constant->boolval->boolval;
        return WH_OK;
    }
    term->kind = WH_AST_NUMBER;
    if (constant->val_case == PG_QUERY__A__CONST__VAL_IVAL)
        return wh_arena_format(parse->arena, &term->text, parse->err, "%" PRId32,
                               constant->ival->ival);
    if (constant->val_case == PG_QUERY__A__CONST__VAL_FVAL)
        return wh_arena_copy(parse->arena, wh_str_from(constant->fval->fval), &term->text,
                             parse->err);
    return wh_parse_refuse(parse, constant->location, "bit strings are not supported");
}

/* The identifier in double quotes at @p source, without them and with doubled quotes undone. */
static wh_code read_quoted(struct wh_parse *parse, struct wh_str source, struct wh_str *ret)
{
    char *room = wh_arena_bytes(parse->arena, source.len);
    if (room == NULL)
        return wh_error_no_memory(parse->err, source.len);
    size_t len = 0;
    for (size_t i = 1; i < source.len; i++) {
        if (source.ptr[i] == '"' && (i + 1 == source.len || source.ptr[i + 1] != '"'))
            break;
        if (source.ptr[i] == '"')
            i++;
        room[len++] = source.ptr[i];
    }
    *ret = wh_str_make(room, len);
    return WH_OK;
}

static bool is_identifier_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* PostgreSQL cuts a name at 63 bytes and folds it; the source's columns know no such limit, so the
 * name is taken from the text as it was written. */
static wh_code read_identifier(struct wh_parse *parse, const char *parsed, struct wh_ast *term)
{
    struct wh_str source = parse->text->text;
    source = wh_str_make(source.ptr + term->offset, source.len - term->offset);
    if (source.len > 0 && source.ptr[0] == '"') {
        term->flag = true;
        return read_quoted(parse, source, &term->text);
    }
    if (source.len > 2 && source.ptr[1] == '&' && source.ptr[2] == '"') {
        term->flag = true; /* U&"…": its escapes are the parser's to undo */
        return wh_arena_copy(parse->arena, wh_str_from(parsed), &term->text, parse->err);
    }
    size_t len = 0;
    while (len < source.len && is_identifier_byte(source.ptr[len]))
        len++;
    return wh_arena_copy(parse->arena, wh_str_make(source.ptr, len), &term->text, parse->err);
}

static wh_code convert_column(struct wh_parse *parse, const PgQuery__Node *node,
                              struct wh_ast **ret)
{
    const PgQuery__ColumnRef *column = node->column_ref;
    if (column->n_fields > 1)
        return wh_parse_refuse(parse, column->location,
                               "a qualified name is not supported: a column is named alone");
    if (column->fields[0]->node_case != PG_QUERY__NODE__NODE_STRING)
        return wh_parse_refuse(parse, column->location, "'*' is no expression: name a column");
    WH_TRY(wh_parse_new_term(parse, WH_AST_COLUMN, column->location, ret));
    return read_identifier(parse, column->fields[0]->string->sval, *ret);
}

/* ---- truth ----------------------------------------------------------------------------------- */

static wh_code convert_bool_expr(struct wh_parse *parse, const PgQuery__Node *node,
                                 struct wh_ast **ret)
{
    const PgQuery__BoolExpr *expr = node->bool_expr;
    enum wh_ast_kind kind = WH_AST_AND;
    if (expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR)
        kind = WH_AST_OR;
    else if (expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
        kind = WH_AST_NOT;
    WH_TRY(wh_parse_new_term(parse, kind, expr->location, ret));
    return wh_parse_items(parse, expr->args, expr->n_args, *ret);
}

static wh_code convert_null_test(struct wh_parse *parse, const PgQuery__Node *node,
                                 struct wh_ast **ret)
{
    PgQuery__NullTest *test = node->null_test;
    WH_TRY(wh_parse_new_term(parse, WH_AST_IS_NULL, test->location, ret));
    (*ret)->flag = test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
    return wh_parse_items(parse, &test->arg, 1, *ret);
}

static wh_code convert_bool_test(struct wh_parse *parse, const PgQuery__Node *node,
                                 struct wh_ast **ret)
{
    PgQuery__BooleanTest *test = node->boolean_test;
    WH_TRY(wh_parse_new_term(parse, WH_AST_IS_BOOL, test->location, ret));
    (*ret)->test = (enum wh_bool_test)((int)test->booltesttype - PG_QUERY__BOOL_TEST_TYPE__IS_TRUE);
    return wh_parse_items(parse, &test->arg, 1, *ret);
}

/* ---- functions ------------------------------------------------------------------------------- */

static const char *call_refusal(const PgQuery__FuncCall *call)
{
    if (call->over != NULL)
        return "window functions are not supported: an expression sees one record";
    if (call->agg_star || call->agg_distinct || call->n_agg_order > 0 || call->agg_filter != NULL ||
        call->agg_within_group)
        return "aggregates are not supported: an expression sees one record";
    if (call->func_variadic)
        return "VARIADIC is not supported: list the arguments";
    return NULL;
}

static wh_code convert_call(struct wh_parse *parse, const PgQuery__Node *node, struct wh_ast **ret)
{
    const PgQuery__FuncCall *call = node->func_call;
    const char *refusal = call_refusal(call);
    struct wh_str name;
    if (refusal == NULL && !wh_parse_name(call->funcname, call->n_funcname, &name))
        refusal = "a function of another schema is not supported";
    if (refusal != NULL)
        return wh_parse_refuse(parse, call->location, refusal);
    WH_TRY(wh_parse_new_term(parse, WH_AST_CALL, call->location, ret));
    WH_TRY(wh_arena_copy(parse->arena, name, &(*ret)->text, parse->err));
    return wh_parse_items(parse, call->args, call->n_args, *ret);
}

static wh_code convert_array(struct wh_parse *parse, const PgQuery__Node *node, struct wh_ast **ret)
{
    const PgQuery__AArrayExpr *array = node->a_array_expr;
    WH_TRY(wh_parse_new_term(parse, WH_AST_ARRAY, array->location, ret));
    return wh_parse_items(parse, array->elements, array->n_elements, *ret);
}

/* ---- subscripts ------------------------------------------------------------------------------ */

/* (regexp_match(…))[n] is one call. */
static const PgQuery__FuncCall *subscripted_match(const PgQuery__AIndirection *indirection)
{
    struct wh_str name;
    const PgQuery__Node *arg = indirection->arg;
    if (indirection->n_indirection != 1 || arg->node_case != PG_QUERY__NODE__NODE_FUNC_CALL ||
        indirection->indirection[0]->node_case != PG_QUERY__NODE__NODE_A_INDICES ||
        indirection->indirection[0]->a_indices->is_slice ||
        !wh_parse_name(arg->func_call->funcname, arg->func_call->n_funcname, &name) ||
        !wh_str_is(name, "regexp_match"))
        return NULL;
    return arg->func_call;
}

static wh_code convert_match(struct wh_parse *parse, const PgQuery__FuncCall *call,
                             const PgQuery__Node *index, struct wh_ast **ret)
{
    if (index->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        index->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return wh_parse_refuse(parse, call->location,
                               "the subscript of regexp_match() is a whole number");
    const char *refusal = call_refusal(call);
    if (refusal != NULL)
        return wh_parse_refuse(parse, call->location, refusal);
    WH_TRY(wh_parse_new_term(parse, WH_AST_CALL, call->location, ret));
    (*ret)->text = WH_STR(WH_REGEXP_MATCH_PART);
    WH_TRY(wh_parse_new_items(parse, *ret, call->n_args + 1));
    WH_TRY(wh_parse_list(parse, call->args, call->n_args, (*ret)->items));
    return wh_parse_term(parse, index, &(*ret)->items[call->n_args]);
}

/* A bound that is left out is the array's own. */
static wh_code convert_bound(struct wh_parse *parse, const PgQuery__Node *bound,
                             const char *otherwise, struct wh_ast **ret)
{
    if (bound != NULL)
        return wh_parse_term(parse, bound, ret);
    WH_TRY(wh_parse_new_term(parse, WH_AST_NUMBER, 0, ret));
    (*ret)->text = wh_str_from(otherwise);
    return WH_OK;
}

/* One subscript or slice behind *ret, which becomes its call's first argument. */
static wh_code add_subscript(struct wh_parse *parse, const PgQuery__AIndices *indices,
                             struct wh_ast **ret)
{
    struct wh_ast *value = *ret;
    WH_TRY(wh_parse_new_term(parse, WH_AST_CALL, 0, ret));
    (*ret)->offset = value->offset;
    (*ret)->text = indices->is_slice ? WH_STR(WH_SLICE) : WH_STR(WH_SUBSCRIPT);
    WH_TRY(wh_parse_new_items(parse, *ret, indices->is_slice ? 3 : 2));
    (*ret)->items[0] = value;
    if (!indices->is_slice)
        return wh_parse_term(parse, indices->uidx, &(*ret)->items[1]);
    WH_TRY(convert_bound(parse, indices->lidx, "1", &(*ret)->items[1]));
    return convert_bound(parse, indices->uidx, "2147483647", &(*ret)->items[2]);
}

static wh_code convert_subscript(struct wh_parse *parse, const PgQuery__Node *node,
                                 struct wh_ast **ret)
{
    const PgQuery__AIndirection *indirection = node->a_indirection;
    const PgQuery__FuncCall *call = subscripted_match(indirection);
    if (call != NULL)
        return convert_match(parse, call, indirection->indirection[0]->a_indices->uidx, ret);
    WH_TRY(wh_parse_term(parse, indirection->arg, ret));
    for (size_t i = 0; i < indirection->n_indirection; i++) {
        if (indirection->indirection[i]->node_case != PG_QUERY__NODE__NODE_A_INDICES)
            return wh_parse_refuse(parse, 0, "composite values are not supported");
        WH_TRY(add_subscript(parse, indirection->indirection[i]->a_indices, ret));
    }
    return WH_OK;
}

/* ---- casts, conditions ----------------------------------------------------------------------- */

static wh_code convert_cast(struct wh_parse *parse, const PgQuery__Node *node, struct wh_ast **ret)
{
    PgQuery__TypeCast *cast = node->type_cast;
    WH_TRY(wh_parse_new_term(parse, WH_AST_CAST, cast->location, ret));
    WH_TRY(wh_parse_type(parse, cast->type_name, &(*ret)->type));
    return wh_parse_items(parse, &cast->arg, 1, *ret);
}

static wh_code convert_optional(struct wh_parse *parse, const PgQuery__Node *node,
                                struct wh_ast **ret)
{
    *ret = NULL;
    return node != NULL ? wh_parse_term(parse, node, ret) : WH_OK;
}

static wh_code convert_case(struct wh_parse *parse, const PgQuery__Node *node, struct wh_ast **ret)
{
    const PgQuery__CaseExpr *expr = node->case_expr;
    WH_TRY(wh_parse_new_term(parse, WH_AST_CASE, expr->location, ret));
    struct wh_ast **items;
    WH_TRY(wh_parse_new_items(parse, *ret, 2 * expr->n_args + 2));
    items = (*ret)->items;
    WH_TRY(convert_optional(parse, expr->arg, &items[0]));
    for (size_t i = 0; i < expr->n_args; i++) {
        const PgQuery__CaseWhen *when = expr->args[i]->case_when;
        WH_TRY(wh_parse_term(parse, when->expr, &items[2 * i + 1]));
        WH_TRY(wh_parse_term(parse, when->result, &items[2 * i + 2]));
    }
    return convert_optional(parse, expr->defresult, &items[2 * expr->n_args + 1]);
}

static wh_code convert_coalesce(struct wh_parse *parse, const PgQuery__Node *node,
                                struct wh_ast **ret)
{
    const PgQuery__CoalesceExpr *expr = node->coalesce_expr;
    WH_TRY(wh_parse_new_term(parse, WH_AST_COALESCE, expr->location, ret));
    return wh_parse_items(parse, expr->args, expr->n_args, *ret);
}

static wh_code convert_min_max(struct wh_parse *parse, const PgQuery__Node *node,
                               struct wh_ast **ret)
{
    const PgQuery__MinMaxExpr *expr = node->min_max_expr;
    bool is_greatest = expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
    WH_TRY(wh_parse_new_term(parse, is_greatest ? WH_AST_GREATEST : WH_AST_LEAST, expr->location,
                             ret));
    return wh_parse_items(parse, expr->args, expr->n_args, *ret);
}

/* ---- what changes from run to run ------------------------------------------------------------ */

static const struct {
    PgQuery__SQLValueFunctionOp op;
    const char *name;
    enum wh_kind kind; /* WH_KIND_NULL: refused */
} value_functions[] = {
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE, "current_date", WH_KIND_DATE},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP, "current_timestamp",
     WH_KIND_TIMESTAMPTZ},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP, "localtimestamp", WH_KIND_TIMESTAMP},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME, "localtime", WH_KIND_TIME},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME, "current_time", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE, "current_role", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER, "current_user", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER, "user", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER, "session_user", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG, "current_catalog", WH_KIND_NULL},
    {PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA, "current_schema", WH_KIND_NULL},
};

static wh_code convert_value_function(struct wh_parse *parse, const PgQuery__Node *node,
                                      struct wh_ast **ret)
{
    const PgQuery__SQLValueFunction *function = node->sqlvalue_function;
    for (size_t i = 0; i < WH_COUNT_OF(value_functions); i++) {
        const char *name = value_functions[i].name;
        if (value_functions[i].op != function->op)
            continue;
        if (value_functions[i].kind == WH_KIND_NULL)
            return wh_expr_refuse(parse->text, wh_parse_offset(parse, function->location),
                                  parse->err, WH_UNSUPPORTED,
                                  "'%s' is a keyword of SQL that is not supported; a column of "
                                  "that name is written \"%s\"",
                                  name, name);
        WH_TRY(wh_parse_new_term(parse, WH_AST_NOW, function->location, ret));
        (*ret)->text = wh_str_from(name);
        (*ret)->type.kind = value_functions[i].kind;
        return WH_OK;
    }
    return wh_parse_refuse(parse, function->location,
                           "a time of limited precision is not supported: leave the brackets out");
}

/* ---- all terms ------------------------------------------------------------------------------- */

static const struct {
    PgQuery__Node__NodeCase node_case;
    convert_function *convert;
} converters[] = {
    {PG_QUERY__NODE__NODE_A_CONST, convert_constant},
    {PG_QUERY__NODE__NODE_COLUMN_REF, convert_column},
    {PG_QUERY__NODE__NODE_A_EXPR, wh_parse_operator},
    {PG_QUERY__NODE__NODE_BOOL_EXPR, convert_bool_expr},
    {PG_QUERY__NODE__NODE_FUNC_CALL, convert_call},
    {PG_QUERY__NODE__NODE_A_INDIRECTION, convert_subscript},
    {PG_QUERY__NODE__NODE_A_ARRAY_EXPR, convert_array},
    {PG_QUERY__NODE__NODE_TYPE_CAST, convert_cast},
    {PG_QUERY__NODE__NODE_CASE_EXPR, convert_case},
    {PG_QUERY__NODE__NODE_COALESCE_EXPR, convert_coalesce},
    {PG_QUERY__NODE__NODE_MIN_MAX_EXPR, convert_min_max},
    {PG_QUERY__NODE__NODE_NULL_TEST, convert_null_test},
    {PG_QUERY__NODE__NODE_BOOLEAN_TEST, convert_bool_test},
    {PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION, convert_value_function},
};

static const struct {
    PgQuery__Node__NodeCase node_case;
    size_t location; /* where the term's struct has its place */
    const char *refusal;
} refusals[] = {
    {PG_QUERY__NODE__NODE_SUB_LINK, offsetof(PgQuery__SubLink, location),
     "a sub-select is not supported in an expression"},
    {PG_QUERY__NODE__NODE_ROW_EXPR, offsetof(PgQuery__RowExpr, location),
     "rows (several values in brackets) are not supported"},
    {PG_QUERY__NODE__NODE_COLLATE_CLAUSE, offsetof(PgQuery__CollateClause, location),
     "COLLATE is not supported: text is compared byte by byte"},
    {PG_QUERY__NODE__NODE_PARAM_REF, offsetof(PgQuery__ParamRef, location),
     "parameters ($1) are not supported: name a column"},
    {PG_QUERY__NODE__NODE_XML_EXPR, offsetof(PgQuery__XmlExpr, location),
     "XML functions are not supported"},
    {PG_QUERY__NODE__NODE_XML_SERIALIZE, offsetof(PgQuery__XmlSerialize, location),
     "XML functions are not supported"},
    {PG_QUERY__NODE__NODE_GROUPING_FUNC, offsetof(PgQuery__GroupingFunc, location),
     "GROUPING is not supported"},
    {PG_QUERY__NODE__NODE_SET_TO_DEFAULT, offsetof(PgQuery__SetToDefault, location),
     "DEFAULT is not supported: leave the column out of the map"},
    {PG_QUERY__NODE__NODE_NAMED_ARG_EXPR, offsetof(PgQuery__NamedArgExpr, location),
     "named arguments are not supported: give them in order"},
};

/* Every member of the union points to a struct of its own kind; the table knows which. */
static int32_t location_of(const PgQuery__Node *term, size_t offset)
{
    int32_t location = 0;
    memcpy(&location, (const char *)&term->sub_link->base + offset, sizeof(location));
    return location;
}

static wh_code convert_term(struct wh_parse *parse, const PgQuery__Node *term, struct wh_ast **ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(converters); i++) {
        if (converters[i].node_case == term->node_case)
            return converters[i].convert(parse, term, ret);
    }
    for (size_t i = 0; i < WH_COUNT_OF(refusals); i++) {
        if (refusals[i].node_case == term->node_case)
            return wh_parse_refuse(parse, location_of(term, refusals[i].location),
                                   refusals[i].refusal);
    }
    return wh_parse_refuse(parse, 0, "this kind of term is not supported");
}

wh_code wh_parse_term(struct wh_parse *parse, const PgQuery__Node *term, struct wh_ast **ret)
{
    if (parse->depth >= WH_EXPR_MAX_DEPTH)
        return wh_expr_refuse(parse->text, 0, parse->err, WH_LIMIT,
                              "the expression is nested more than %d deep", WH_EXPR_MAX_DEPTH);
    parse->depth++;
    wh_code rc = convert_term(parse, term, ret);
    parse->depth--;
    return rc;
}
