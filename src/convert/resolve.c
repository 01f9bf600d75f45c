/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/resolve.h"

#include <inttypes.h>

#include "base/error.h"
#include "convert/kernel_time.h"
#include "data/text.h"

wh_code wh_new_nodes(struct wh_compile *compile, size_t count, struct wh_node ***ret)
{
    *ret = wh_arena_array(compile->arena, count, sizeof(struct wh_node *));
    return *ret != NULL ? WH_OK
                        : wh_error_no_memory(compile->err, count * sizeof(struct wh_node *));
}

wh_code wh_resolve_all(struct wh_compile *compile, struct wh_ast *const *terms, size_t count,
                       struct wh_node **ret)
{
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_resolve(compile, terms[i], &ret[i]));
    return WH_OK;
}

/* ---- literals ------------------------------------------------------------------------------- */

static wh_code resolve_null(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    WH_TRY(wh_node_null(compile, wh_letter_type('t'), term->offset, ret));
    (*ret)->is_unknown = true;
    return WH_OK;
}

static wh_code resolve_bool(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    WH_TRY(wh_node_constant(compile, wh_letter_type('b'), term->offset, ret));
    (*ret)->value.values.bools[0] = term->flag;
    return WH_OK;
}

static wh_code resolve_string(struct wh_compile *compile, const struct wh_ast *term,
                              struct wh_node **ret)
{
    WH_TRY(wh_node_text(compile, term->text, term->offset, ret));
    (*ret)->is_unknown = true;
    return WH_OK;
}

static bool is_whole(struct wh_str digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == '.' || digits.ptr[i] == 'e' || digits.ptr[i] == 'E')
            return false;
    }
    return true;
}

/* integer, bigint or numeric: the first that holds it. */
static wh_code resolve_number(struct wh_compile *compile, const struct wh_ast *term,
                              struct wh_node **ret)
{
    int64_t value = 0;
    if (is_whole(term->text) && wh_int_parse(term->text, &value) == WH_FAULT_NONE) {
        char letter = value >= INT32_MIN && value <= INT32_MAX ? '4' : '8';
        WH_TRY(wh_node_constant(compile, wh_letter_type(letter), term->offset, ret));
        (*ret)->value.values.ints[0] = value;
        return WH_OK;
    }
    WH_TRY(wh_node_constant(compile, wh_letter_type('n'), term->offset, ret));
    enum wh_fault fault =
        wh_numeric_parse(term->text, compile->arena, &(*ret)->value.values.numerics[0]);
    if (fault != WH_FAULT_NONE)
        return WH_REFUSE(compile, term->offset, WH_INVALID,
                         "%.*s is not a number that numeric holds", WH_FMT(term->text));
    return WH_OK;
}

/* ---- columns -------------------------------------------------------------------------------- */

enum match { NO_MATCH, FOLDED_MATCH, EXACT_MATCH };

/* In quotes a name is itself. Without, PostgreSQL folds it to lower case; wherry then also takes a
 * column that differs in case only, for the headers of files are seldom lower case. */
static enum match match_name(const struct wh_ast *term, struct wh_str column)
{
    if (term->flag)
        return wh_str_equal(term->text, column) ? EXACT_MATCH : NO_MATCH;
    if (!wh_str_equal_ascii_fold(term->text, column))
        return NO_MATCH;
    for (size_t i = 0; i < column.len; i++) {
        if (column.ptr[i] >= 'A' && column.ptr[i] <= 'Z')
            return FOLDED_MATCH;
    }
    return EXACT_MATCH;
}

/* The best match wins where there is one of its kind; *ret_count says how many there are. */
static size_t find_column(const struct wh_compile *compile, const struct wh_ast *term,
                          size_t *ret_count)
{
    enum match best = NO_MATCH;
    size_t index = SIZE_MAX;
    *ret_count = 0;
    for (size_t i = 0; i < compile->scope->column_count; i++) {
        enum match match = match_name(term, compile->scope->columns[i].name);
        if (match == NO_MATCH || match < best)
            continue;
        *ret_count = match > best ? 1 : *ret_count + 1;
        best = match;
        index = i;
    }
    return index;
}

static const struct wh_input_column *nearest_column(const struct wh_compile *compile,
                                                    struct wh_str name)
{
    const struct wh_input_column *nearest = NULL;
    size_t least = 1 + name.len / 3;
    for (size_t i = 0; i < compile->scope->column_count; i++) {
        size_t distance = wh_str_distance(name, compile->scope->columns[i].name);
        if (distance > least || (distance == least && nearest != NULL))
            continue;
        nearest = &compile->scope->columns[i];
        least = distance;
    }
    return nearest;
}

static wh_code refuse_column(struct wh_compile *compile, const struct wh_ast *term, size_t count)
{
    if (count > 1)
        return WH_REFUSE(compile, term->offset, WH_INVALID,
                         "'%.*s' may be any of %zu columns: write its exact name in double quotes",
                         WH_FMT(term->text), count);
    const struct wh_input_column *nearest = nearest_column(compile, term->text);
    if (nearest == NULL && compile->text->is_quoted &&
        wh_str_equal_ascii_fold(compile->text->text, term->text))
        return WH_REFUSE(compile, term->offset, WH_INVALID,
                         "there is no column '%.*s'; the quotes around it were YAML's: a text is "
                         "{ value: %.*s } or \"'%.*s'\"",
                         WH_FMT(term->text), WH_FMT(compile->text->text),
                         WH_FMT(compile->text->text));
    if (nearest == NULL)
        return WH_REFUSE(compile, term->offset, WH_INVALID, "there is no column '%.*s'",
                         WH_FMT(term->text));
    return WH_REFUSE(compile, term->offset, WH_INVALID,
                     "there is no column '%.*s': did you mean '%.*s'?", WH_FMT(term->text),
                     WH_FMT(nearest->name));
}

static wh_code resolve_column(struct wh_compile *compile, const struct wh_ast *term,
                              struct wh_node **ret)
{
    size_t count;
    size_t index = find_column(compile, term, &count);
    if (count != 1)
        return refuse_column(compile, term, count);
    const struct wh_input_column *column = &compile->scope->columns[index];
    if (column->type.kind == WH_KIND_NULL)
        return resolve_null(compile, term, ret);
    WH_TRY(wh_node_new(compile, WH_NODE_COLUMN, 0, ret));
    (*ret)->index = index;
    (*ret)->type = column->type;
    (*ret)->offset = term->offset;
    return wh_arena_copy(compile->arena, column->name, &(*ret)->name, compile->err);
}

/* ---- casts and time ------------------------------------------------------------------------- */

static wh_code resolve_cast(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    struct wh_node *node = NULL;
    WH_TRY(wh_resolve(compile, term->items[0], &node));
    char room[WH_TYPE_NAME_SIZE];
    if (!wh_can_coerce(wh_node_letter(node), wh_type_letter(term->type), WH_COERCE_EXPLICIT))
        return WH_REFUSE(compile, term->offset, WH_INVALID, "%s cannot be cast to %s",
                         wh_letter_name(wh_node_letter(node)), wh_type_name(term->type, room));
    return wh_coerce(compile, node, term->type, ret);
}

static wh_code resolve_now(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    static const struct wh_operation operations[] = {
        {.name = "current_date", .kernel = wh_time_now, .is_volatile = true},
        {.name = "current_timestamp", .kernel = wh_time_now, .is_volatile = true},
        {.name = "localtimestamp", .kernel = wh_time_now, .is_volatile = true},
        {.name = "localtime", .kernel = wh_time_now, .is_volatile = true},
    };
    if (!compile->scope->allow_volatile)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "%.*s is another value in every run: it may only stand in "
                         "{ insert: … }",
                         WH_FMT(term->text));
    for (size_t i = 0; i < WH_COUNT_OF(operations); i++) {
        if (!wh_str_is(term->text, operations[i].name))
            continue;
        struct wh_call_parts parts = {
            .operation = &operations[i], .type = term->type, .offset = term->offset};
        return wh_node_call(compile, &parts, ret);
    }
    return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED, "'%.*s' is not supported",
                     WH_FMT(term->text));
}

/* ---- all terms ------------------------------------------------------------------------------ */

static wh_resolve_form *const forms[] = {
    [WH_AST_NULL] = resolve_null,
    [WH_AST_BOOL] = resolve_bool,
    [WH_AST_NUMBER] = resolve_number,
    [WH_AST_STRING] = resolve_string,
    [WH_AST_COLUMN] = resolve_column,
    [WH_AST_CALL] = wh_resolve_call,
    [WH_AST_OPERATOR] = wh_resolve_operator,
    [WH_AST_CAST] = resolve_cast,
    [WH_AST_CASE] = wh_resolve_case,
    [WH_AST_COALESCE] = wh_resolve_coalesce,
    [WH_AST_NULLIF] = wh_resolve_nullif,
    [WH_AST_GREATEST] = wh_resolve_extreme,
    [WH_AST_LEAST] = wh_resolve_extreme,
    [WH_AST_AND] = wh_resolve_logic,
    [WH_AST_OR] = wh_resolve_logic,
    [WH_AST_NOT] = wh_resolve_not,
    [WH_AST_IS_NULL] = wh_resolve_is_null,
    [WH_AST_IS_BOOL] = wh_resolve_is_bool,
    [WH_AST_DISTINCT] = wh_resolve_distinct,
    [WH_AST_IN] = wh_resolve_in,
    [WH_AST_BETWEEN] = wh_resolve_between,
    [WH_AST_BETWEEN_SYMMETRIC] = wh_resolve_between_symmetric,
    [WH_AST_LIKE] = wh_resolve_like,
    [WH_AST_ILIKE] = wh_resolve_like,
    [WH_AST_SIMILAR] = wh_resolve_similar,
    [WH_AST_ARRAY] = wh_resolve_array,
    [WH_AST_ANY] = wh_resolve_any,
    [WH_AST_NOW] = resolve_now,
};

wh_code wh_resolve(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    return forms[term->kind](compile, term, ret);
}
