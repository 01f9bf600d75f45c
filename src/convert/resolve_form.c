/* SPDX-License-Identifier: Apache-2.0 */
/* Terms that are no calls: CASE, COALESCE, AND, IN, BETWEEN and their kin. */
#include "base/error.h"
#include "convert/compare.h"
#include "convert/kernel_json.h"
#include "convert/resolve.h"

/* ---- a value used several times ------------------------------------------------------------- */

/* `x BETWEEN a AND b` names x twice; it is evaluated once. */
struct shared {
    struct wh_node *value;
    size_t index;
    bool is_let; /* columns and constants cost nothing twice */
};

static void share(struct wh_compile *compile, struct wh_node *value, struct shared *ret)
{
    bool is_cheap = value->form == WH_NODE_COLUMN || value->form == WH_NODE_CONSTANT ||
                    value->form == WH_NODE_SHARED;
    *ret = (struct shared){.value = value, .is_let = !is_cheap};
    if (!is_cheap)
        ret->index = compile->shared_count++;
}

static wh_code use_shared(struct wh_compile *compile, const struct shared *shared,
                          struct wh_node **ret)
{
    *ret = shared->value;
    if (!shared->is_let)
        return WH_OK;
    WH_TRY(wh_node_new(compile, WH_NODE_SHARED, 0, ret));
    (*ret)->type = shared->value->type;
    (*ret)->has_ascii_case = shared->value->has_ascii_case;
    (*ret)->offset = shared->value->offset;
    (*ret)->index = shared->index;
    return WH_OK;
}

static wh_code close_shared(struct wh_compile *compile, const struct shared *shared,
                            struct wh_node *body, struct wh_node **ret)
{
    *ret = body;
    if (!shared->is_let)
        return WH_OK;
    WH_TRY(wh_node_new(compile, WH_NODE_LET, 2, ret));
    (*ret)->inputs[0] = shared->value;
    (*ret)->inputs[1] = body;
    (*ret)->type = body->type;
    (*ret)->has_ascii_case = body->has_ascii_case;
    (*ret)->offset = body->offset;
    (*ret)->index = shared->index;
    return WH_OK;
}

/* ---- small helpers -------------------------------------------------------------------------- */

static wh_code call_bool(struct wh_compile *compile, const struct wh_operation *operation,
                         struct wh_node **inputs, size_t count, struct wh_node **ret)
{
    struct wh_call_parts parts = {
        .operation = operation,
        .type = wh_letter_type('b'),
        .inputs = inputs,
        .input_count = count,
        .offset = inputs[0]->offset,
    };
    return wh_node_call(compile, &parts, ret);
}

static wh_code negate(struct wh_compile *compile, bool is_negated, struct wh_node *node,
                      struct wh_node **ret)
{
    *ret = node;
    return is_negated ? call_bool(compile, &wh_not_operation, &node, 1, ret) : WH_OK;
}

static bool is_bool_constant(const struct wh_node *node, bool value)
{
    return node->form == WH_NODE_CONSTANT && !wh_node_is_null_constant(node) &&
           (node->value.values.bools[0] != 0) == value;
}

/* AND, OR over @p count nodes, which are boolean. A constant that decides, decides for all rows;
 * one that cannot is left out. */
static wh_code logic(struct wh_compile *compile, enum wh_node_form form, struct wh_node **inputs,
                     size_t count, struct wh_node **ret)
{
    bool stop = form == WH_NODE_OR;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        *ret = inputs[i];
        if (is_bool_constant(inputs[i], stop))
            return WH_OK;
        if (!is_bool_constant(inputs[i], !stop))
            inputs[kept++] = inputs[i];
    }
    if (kept == 0)
        return WH_OK;
    *ret = inputs[0];
    if (kept == 1)
        return WH_OK;
    WH_TRY(wh_node_new(compile, form, kept, ret));
    (*ret)->type = wh_letter_type('b');
    (*ret)->offset = inputs[0]->offset;
    for (size_t i = 0; i < kept; i++)
        (*ret)->inputs[i] = inputs[i];
    return wh_node_fold(compile, ret);
}

/* Makes @p node boolean for @p what, which is named where it is not. */
static wh_code resolve_condition(struct wh_compile *compile, struct wh_node *node, const char *what,
                                 struct wh_node **ret)
{
    char letter = wh_node_letter(node);
    if (letter != 'b' && letter != 'u')
        return WH_REFUSE(compile, node->offset, WH_INVALID,
                         "%s takes a condition that is true or false, and this is of type %s", what,
                         wh_letter_name(letter));
    return wh_coerce_letter(compile, node, 'b', ret);
}

/* Names two branches whose types do not go together; a literal goes with any type. */
static wh_code refuse_together(struct wh_compile *compile, const char *what, struct wh_node **nodes,
                               size_t count)
{
    size_t one = 0;
    while (one + 1 < count && wh_node_letter(nodes[one]) == 'u')
        one++;
    const char *type = wh_letter_name(wh_node_letter(nodes[one]));
    char category = wh_letter_category(wh_node_letter(nodes[one]));
    size_t other = one;
    for (size_t i = one + 1; i < count && other == one; i++)
        if (wh_node_letter(nodes[i]) != 'u' &&
            wh_letter_category(wh_node_letter(nodes[i])) != category)
            other = i;
    /* Two of one category, such as two kinds of JSON. */
    for (size_t i = one + 1; i < count && other == one; i++)
        if (wh_node_letter(nodes[i]) != wh_node_letter(nodes[one]))
            other = i;
    return WH_REFUSE(compile, nodes[other]->offset, WH_INVALID,
                     "the values of %s are of types that do not go together, such as %s and %s; "
                     "cast one of them, for instance this one: (…)::%s",
                     what, type, wh_letter_name(wh_node_letter(nodes[other])), type);
}

/* The type of several branches, to which all of them are brought. */
static wh_code bring_together(struct wh_compile *compile, const char *what, struct wh_node **nodes,
                              size_t count, struct wh_type *ret)
{
    char letter = wh_common_letter(nodes, count);
    if (letter == '\0')
        return refuse_together(compile, what, nodes, count);
    *ret = wh_common_type(nodes, count, letter);
    for (size_t i = 0; i < count; i++) {
        if (!wh_type_equal(nodes[i]->type, *ret) || nodes[i]->is_unknown)
            WH_TRY(wh_coerce(compile, nodes[i], wh_letter_type(letter), &nodes[i]));
    }
    return WH_OK;
}

/* ---- CASE, COALESCE ------------------------------------------------------------------------- */

/* Conditions go to the even places of @p inputs, results to the odd ones, ELSE to the last. */
static wh_code resolve_branches(struct wh_compile *compile, const struct wh_ast *term,
                                const struct shared *operand, struct wh_node **inputs)
{
    size_t branches = term->count / 2 - 1;
    for (size_t i = 0; i < branches; i++) {
        struct wh_node *condition = NULL;
        WH_TRY(wh_resolve(compile, term->items[2 * i + 1], &condition));
        if (operand != NULL) {
            struct wh_node *left = NULL;
            WH_TRY(use_shared(compile, operand, &left));
            WH_TRY(wh_resolve_comparison(compile, "=", left, condition, &inputs[2 * i]));
        } else {
            WH_TRY(resolve_condition(compile, condition, "WHEN", &inputs[2 * i]));
        }
        WH_TRY(wh_resolve(compile, term->items[2 * i + 2], &inputs[2 * i + 1]));
    }
    const struct wh_ast *otherwise = term->items[term->count - 1];
    struct wh_ast nothing = {.kind = WH_AST_NULL, .offset = term->offset};
    return wh_resolve(compile, otherwise != NULL ? otherwise : &nothing, &inputs[2 * branches]);
}

/* ELSE comes first where PostgreSQL chooses the common type. */
static wh_code bring_results_together(struct wh_compile *compile, struct wh_node **inputs,
                                      size_t branches, struct wh_type *ret)
{
    struct wh_node **results = NULL;
    WH_TRY(wh_new_nodes(compile, branches + 1, &results));
    results[0] = inputs[2 * branches];
    for (size_t i = 0; i < branches; i++)
        results[i + 1] = inputs[2 * i + 1];
    WH_TRY(bring_together(compile, "CASE", results, branches + 1, ret));
    inputs[2 * branches] = results[0];
    for (size_t i = 0; i < branches; i++)
        inputs[2 * i + 1] = results[i + 1];
    return WH_OK;
}

static wh_code resolve_operand(struct wh_compile *compile, const struct wh_ast *term,
                               struct shared *ret)
{
    struct wh_node *operand = NULL;
    WH_TRY(wh_resolve(compile, term, &operand));
    if (operand->is_unknown)
        WH_TRY(wh_coerce_letter(compile, operand, 't', &operand));
    share(compile, operand, ret);
    return WH_OK;
}

wh_code wh_resolve_case(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    size_t branches = term->count / 2 - 1;
    bool has_operand = term->items[0] != NULL;
    struct shared operand = {.is_let = false};
    struct wh_node *node = NULL;
    if (has_operand)
        WH_TRY(resolve_operand(compile, term->items[0], &operand));
    WH_TRY(wh_node_new(compile, WH_NODE_CASE, 2 * branches + 1, &node));
    node->offset = term->offset;
    WH_TRY(resolve_branches(compile, term, has_operand ? &operand : NULL, node->inputs));
    WH_TRY(bring_results_together(compile, node->inputs, branches, &node->type));
    WH_TRY(wh_node_fold(compile, &node));
    return close_shared(compile, &operand, node, ret);
}

wh_code wh_resolve_coalesce(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    WH_TRY(wh_node_new(compile, WH_NODE_COALESCE, term->count, ret));
    struct wh_node *node = *ret;
    node->offset = term->offset;
    WH_TRY(wh_resolve_all(compile, term->items, term->count, node->inputs));
    WH_TRY(bring_together(compile, "COALESCE", node->inputs, term->count, &node->type));
    return wh_node_fold(compile, ret);
}

/* ---- values chosen by comparing ------------------------------------------------------------- */

/* A jsonb is a text that has to be read to be compared. */
static const struct wh_operation jsonb_nullif = {
    .name = "nullif", .kernel = wh_jsonb_nullif, .sees_null = true};
static const struct wh_operation jsonb_extremes[] = {
    {.name = "least", .kernel = wh_jsonb_extreme, .sees_null = true},
    {.name = "greatest", .kernel = wh_jsonb_extreme, .sees_null = true},
};
static const struct wh_operation jsonb_distinct[] = {
    {.name = "IS DISTINCT FROM",
     .kernel = wh_jsonb_distinct,
     .style = WH_STYLE_INFIX,
     .sees_null = true},
    {.name = "IS NOT DISTINCT FROM",
     .kernel = wh_jsonb_distinct,
     .style = WH_STYLE_INFIX,
     .sees_null = true},
};

static wh_code refuse_extreme(struct wh_compile *compile, const struct wh_node *node, char letter,
                              const char *what)
{
    if (letter == 'j')
        return WH_REFUSE(compile, node->offset, WH_UNSUPPORTED,
                         "json is not supported in %s: cast it, as in x::jsonb", what);
    if (letter == 'A')
        return WH_REFUSE(compile, node->offset, WH_UNSUPPORTED,
                         "%s of arrays is not supported: write CASE WHEN a < b THEN a ELSE b END",
                         what);
    return WH_OK;
}

wh_code wh_resolve_extreme(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    bool is_greatest = term->kind == WH_AST_GREATEST;
    const char *what = is_greatest ? "GREATEST" : "LEAST";
    struct wh_node **inputs = NULL;
    WH_TRY(wh_new_nodes(compile, term->count, &inputs));
    WH_TRY(wh_resolve_all(compile, term->items, term->count, inputs));
    struct wh_call_parts parts = {
        .operation = is_greatest ? &wh_greatest_operation : &wh_least_operation,
        .inputs = inputs,
        .input_count = term->count,
        .offset = term->offset,
    };
    WH_TRY(bring_together(compile, what, inputs, term->count, &parts.type));
    char letter = wh_type_letter(parts.type);
    WH_TRY(refuse_extreme(compile, inputs[0], letter, what));
    if (letter == 'J')
        parts.operation = &jsonb_extremes[is_greatest];
    return wh_node_call(compile, &parts, ret);
}

static wh_code resolve_pair(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node *pair[2], char *ret_left)
{
    char letter = '\0';
    WH_TRY(wh_resolve_all(compile, term->items, 2, pair));
    WH_TRY(wh_comparison_letter(compile, "=", pair[0], pair[1], &letter));
    *ret_left = wh_node_letter(pair[0]);
    WH_TRY(wh_coerce_letter(compile, pair[0], letter, &pair[0]));
    return wh_coerce_letter(compile, pair[1], letter, &pair[1]);
}

/* Where PostgreSQL compares two types as they are, the value keeps the type that it had. */
static bool has_own_comparison(char left, char compared)
{
    return left != compared && ((strchr("248", left) != NULL && strchr("48", compared) != NULL) ||
                                (left == 'f' && compared == 'd') ||
                                (strchr("DS", left) != NULL && strchr("SZ", compared) != NULL));
}

wh_code wh_resolve_nullif(struct wh_compile *compile, const struct wh_ast *term,
                          struct wh_node **ret)
{
    struct wh_node *pair[2] = {NULL, NULL};
    char left = '\0';
    WH_TRY(resolve_pair(compile, term, pair, &left));
    struct wh_call_parts parts = {
        .operation = &wh_nullif_operation,
        .type = pair[0]->type,
        .inputs = pair,
        .input_count = 2,
        .offset = term->offset,
    };
    char compared = wh_node_letter(pair[0]);
    if (compared == 'J')
        parts.operation = &jsonb_nullif;
    WH_TRY(wh_node_call(compile, &parts, ret));
    return has_own_comparison(left, compared) ? wh_coerce_letter(compile, *ret, left, ret) : WH_OK;
}

wh_code wh_resolve_distinct(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    struct wh_node *pair[2] = {NULL, NULL};
    char left = '\0';
    WH_TRY(resolve_pair(compile, term, pair, &left));
    const struct wh_operation *operation =
        term->flag ? &wh_not_distinct_operation : &wh_distinct_operation;
    if (wh_node_letter(pair[0]) == 'J')
        operation = &jsonb_distinct[term->flag];
    return call_bool(compile, operation, pair, 2, ret);
}

/* ---- logic ---------------------------------------------------------------------------------- */

wh_code wh_resolve_logic(struct wh_compile *compile, const struct wh_ast *term,
                         struct wh_node **ret)
{
    bool is_and = term->kind == WH_AST_AND;
    struct wh_node **inputs = NULL;
    WH_TRY(wh_new_nodes(compile, term->count, &inputs));
    WH_TRY(wh_resolve_all(compile, term->items, term->count, inputs));
    for (size_t i = 0; i < term->count; i++)
        WH_TRY(resolve_condition(compile, inputs[i], is_and ? "AND" : "OR", &inputs[i]));
    return logic(compile, is_and ? WH_NODE_AND : WH_NODE_OR, inputs, term->count, ret);
}

wh_code wh_resolve_not(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    struct wh_node *inner = NULL;
    WH_TRY(wh_resolve(compile, term->items[0], &inner));
    WH_TRY(resolve_condition(compile, inner, "NOT", &inner));
    return negate(compile, true, inner, ret);
}

wh_code wh_resolve_is_null(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    struct wh_node *inner = NULL;
    WH_TRY(wh_resolve(compile, term->items[0], &inner));
    if (inner->is_unknown)
        WH_TRY(wh_coerce_letter(compile, inner, 't', &inner));
    return call_bool(compile, term->flag ? &wh_is_not_null_operation : &wh_is_null_operation,
                     &inner, 1, ret);
}

wh_code wh_resolve_is_bool(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    const struct wh_operation *operation = &wh_bool_test_operations[term->test];
    struct wh_node *inner = NULL;
    WH_TRY(wh_resolve(compile, term->items[0], &inner));
    WH_TRY(resolve_condition(compile, inner, operation->name, &inner));
    return call_bool(compile, operation, &inner, 1, ret);
}

/* ---- BETWEEN -------------------------------------------------------------------------------- */

static wh_code compare_shared(struct wh_compile *compile, const char *name,
                              const struct shared *shared, struct wh_node *bound,
                              struct wh_node **ret)
{
    struct wh_node *value = NULL;
    WH_TRY(use_shared(compile, shared, &value));
    return wh_resolve_comparison(compile, name, value, bound, ret);
}

wh_code wh_resolve_between(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    struct wh_node *nodes[3] = {NULL, NULL, NULL};
    struct wh_node *bounds[2] = {NULL, NULL};
    struct wh_node *body = NULL;
    struct shared value;
    WH_TRY(wh_resolve_all(compile, term->items, 3, nodes));
    share(compile, nodes[0], &value);
    WH_TRY(compare_shared(compile, term->flag ? "<" : ">=", &value, nodes[1], &bounds[0]));
    WH_TRY(compare_shared(compile, term->flag ? ">" : "<=", &value, nodes[2], &bounds[1]));
    WH_TRY(logic(compile, term->flag ? WH_NODE_OR : WH_NODE_AND, bounds, 2, &body));
    return close_shared(compile, &value, body, ret);
}

/* value >= low AND value <= high; negated: value < low OR value > high */
static wh_code compare_bounds(struct wh_compile *compile, bool is_negated,
                              const struct shared shared[3], const size_t order[2],
                              struct wh_node **ret)
{
    struct wh_node *sides[2] = {NULL, NULL};
    struct wh_node *bound = NULL;
    WH_TRY(use_shared(compile, &shared[order[0]], &bound));
    WH_TRY(compare_shared(compile, is_negated ? "<" : ">=", &shared[0], bound, &sides[0]));
    WH_TRY(use_shared(compile, &shared[order[1]], &bound));
    WH_TRY(compare_shared(compile, is_negated ? ">" : "<=", &shared[0], bound, &sides[1]));
    return logic(compile, is_negated ? WH_NODE_OR : WH_NODE_AND, sides, 2, ret);
}

wh_code wh_resolve_between_symmetric(struct wh_compile *compile, const struct wh_ast *term,
                                     struct wh_node **ret)
{
    static const size_t orders[2][2] = {{1, 2}, {2, 1}};
    struct wh_node *nodes[3] = {NULL, NULL, NULL};
    struct wh_node *ways[2] = {NULL, NULL};
    struct shared shared[3];
    WH_TRY(wh_resolve_all(compile, term->items, 3, nodes));
    for (size_t i = 0; i < 3; i++)
        share(compile, nodes[i], &shared[i]);
    for (size_t i = 0; i < 2; i++)
        WH_TRY(compare_bounds(compile, term->flag, shared, orders[i], &ways[i]));
    WH_TRY(logic(compile, term->flag ? WH_NODE_AND : WH_NODE_OR, ways, 2, ret));
    for (size_t i = 3; i-- > 0;)
        WH_TRY(close_shared(compile, &shared[i], *ret, ret));
    return WH_OK;
}

/* ---- IN ------------------------------------------------------------------------------------- */

static bool are_constant(struct wh_node *const *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (nodes[i]->form != WH_NODE_CONSTANT)
            return false;
    }
    return true;
}

static wh_code make_list(struct wh_compile *compile, struct wh_type type,
                         struct wh_node *const *items, size_t count, const struct wh_in_list **ret)
{
    struct wh_in_list *list = WH_ARENA_NEW(compile->arena, struct wh_in_list);
    if (list == NULL)
        return wh_error_no_memory(compile->err, sizeof(*list));
    WH_TRY(wh_column_init(&list->values, type, count, compile->arena, compile->err));
    size_t size = wh_kind_size(type.kind);
    for (size_t i = 0; i < count; i++) {
        if (wh_node_is_null_constant(items[i]))
            list->has_null = true;
        else
            memcpy((char *)list->values.values.any + size * list->count++,
                   items[i]->value.values.any, size);
    }
    wh_in_list_sort(list);
    *ret = list;
    return WH_OK;
}

/* One search in a list, where all items are constants of one type with the value's. */
static wh_code search_list(struct wh_compile *compile, char letter, struct wh_node *const *nodes,
                           size_t count, struct wh_node **ret)
{
    struct wh_node **items = NULL;
    struct wh_node *value = NULL;
    const struct wh_in_list *list = NULL;
    *ret = NULL;
    WH_TRY(wh_new_nodes(compile, count, &items));
    WH_TRY(wh_coerce_letter(compile, nodes[0], letter, &value));
    for (size_t i = 1; i < count; i++)
        WH_TRY(wh_coerce_letter(compile, nodes[i], letter, &items[i]));
    if (!are_constant(items + 1, count - 1))
        return WH_OK;
    WH_TRY(make_list(compile, wh_letter_type(letter), items + 1, count - 1, &list));
    struct wh_call_parts parts = {
        .operation = &wh_in_operation,
        .type = wh_letter_type('b'),
        .inputs = &value,
        .input_count = 1,
        .state = list,
        .offset = value->offset,
    };
    return wh_node_call(compile, &parts, ret);
}

/* x = a OR x = b OR … */
static wh_code compare_each(struct wh_compile *compile, struct wh_node **nodes, size_t count,
                            struct wh_node **ret)
{
    struct wh_node **equals = NULL;
    struct wh_node *body = NULL;
    struct shared value;
    WH_TRY(wh_new_nodes(compile, count, &equals));
    share(compile, nodes[0], &value);
    for (size_t i = 1; i < count; i++)
        WH_TRY(compare_shared(compile, "=", &value, nodes[i], &equals[i - 1]));
    body = equals[0];
    if (count > 2)
        WH_TRY(logic(compile, WH_NODE_OR, equals, count - 1, &body));
    return close_shared(compile, &value, body, ret);
}

wh_code wh_resolve_in(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    struct wh_node **nodes = NULL;
    struct wh_node *found = NULL;
    WH_TRY(wh_new_nodes(compile, term->count, &nodes));
    WH_TRY(wh_resolve_all(compile, term->items, term->count, nodes));
    char letter = wh_common_letter(nodes, term->count);
    if (term->count > 2 && letter != '\0' && letter != 'J' &&
        are_constant(nodes + 1, term->count - 1))
        WH_TRY(search_list(compile, letter, nodes, term->count, &found));
    if (found == NULL)
        WH_TRY(compare_each(compile, nodes, term->count, &found));
    return negate(compile, term->flag, found, ret);
}
