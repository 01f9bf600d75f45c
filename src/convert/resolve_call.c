/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/error.h"
#include "convert/cast.h"
#include "convert/catalog.h"
#include "convert/compare.h"
#include "convert/kernel_encode.h"
#include "convert/kernel_json.h"
#include "convert/kernel_list.h"
#include "convert/kernel_text.h"
#include "convert/resolve.h"

enum { MAX_CANDIDATES = 64, MAX_SUGGESTED = 4 };

/* ---- refusals ------------------------------------------------------------------------------- */

#define SEVERAL_ROWS "it gives several rows, and an expression gives one value"

/* Names that are no function of wherry's, and what to write instead. */
static const struct {
    const char *name;
    const char *advice;
} known_names[] = {
    {"count", "aggregates are not supported: an expression sees one record"},
    {"sum", "aggregates are not supported: an expression sees one record"},
    {"avg", "aggregates are not supported: an expression sees one record"},
    {"min", "aggregates are not supported: least() gives the smallest of its arguments"},
    {"max", "aggregates are not supported: greatest() gives the largest of its arguments"},
    {"string_agg", "aggregates are not supported: an expression sees one record"},
    {"date", "write a cast: x::date"},
    {"text", "write a cast: x::text"},
    {"int4", "write a cast: x::integer"},
    {"int8", "write a cast: x::bigint"},
    {"float8", "write a cast: x::double precision"},
    {"numeric", "write a cast: x::numeric"},
    {"timestamptz", "write a cast: x::timestamptz"},
    {"bool", "write a cast: x::boolean"},
    {"nvl", "write coalesce(a, b)"},
    {"ifnull", "write coalesce(a, b)"},
    {"isnull", "write x IS NULL, or coalesce(a, b)"},
    {"if", "write CASE WHEN condition THEN a ELSE b END"},
    {"iif", "write CASE WHEN condition THEN a ELSE b END"},
    {"instr", "write strpos(text, part)"},
    {"len", "write length(text)"},
    {"ucase", "write upper(text)"},
    {"lcase", "write lower(text)"},
    {"getdate", "write now()"},
    {"sysdate", "write now()"},
    {"json_each", SEVERAL_ROWS},
    {"jsonb_each", SEVERAL_ROWS},
    {"json_each_text", SEVERAL_ROWS},
    {"jsonb_each_text", SEVERAL_ROWS},
    {"json_array_elements", SEVERAL_ROWS},
    {"jsonb_array_elements", SEVERAL_ROWS},
    {"json_array_elements_text", SEVERAL_ROWS},
    {"jsonb_array_elements_text", SEVERAL_ROWS},
    {"json_object_keys", SEVERAL_ROWS},
    {"jsonb_object_keys", SEVERAL_ROWS},
    {"unnest", SEVERAL_ROWS},
    {"regexp_matches", SEVERAL_ROWS},
    {"regexp_split_to_table", SEVERAL_ROWS},
    {"string_to_table", SEVERAL_ROWS},
    {"jsonb_path_query", "SQL/JSON paths are not supported: write jsonb #> '{a,b}'"},
    {"jsonb_path_exists", "SQL/JSON paths are not supported: write jsonb #> '{a,b}'"},
    {"jsonb_path_match", "SQL/JSON paths are not supported: write jsonb #> '{a,b}'"},
    {"jsonb_path_query_first", "SQL/JSON paths are not supported: write jsonb #> '{a,b}'"},
    {"jsonb_path_query_array", "SQL/JSON paths are not supported: write jsonb #> '{a,b}'"},
    {"lookup", "lookups are not supported"},
    {"ref", "references to other items are not supported"},
};

/* The name that was most likely meant; NULL where none is near. */
static const char *nearest_function(struct wh_str name)
{
    const char *nearest = NULL;
    size_t least = 2 + name.len / 4;
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            size_t distance = wh_str_distance(name, wh_str_from(entry->name));
            if (distance >= least || wh_catalog_kind(subject, entry) != WH_CATALOG_FUNCTION)
                continue;
            nearest = entry->name;
            least = distance;
        }
    }
    return nearest;
}

static wh_code refuse_unknown_name(struct wh_compile *compile, const struct wh_ast *term)
{
    for (size_t i = 0; i < WH_COUNT_OF(known_names); i++) {
        if (wh_str_is(term->text, known_names[i].name))
            return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED, "there is no function '%s': %s",
                             known_names[i].name, known_names[i].advice);
    }
    const char *nearest = nearest_function(term->text);
    return WH_REFUSE(
        compile, term->offset, WH_UNSUPPORTED,
        "there is no function '%.*s' in wherry's expressions ('wherry functions' lists "
        "them)%s%s%s",
        WH_FMT(term->text), nearest != NULL ? ": did you mean '" : "",
        nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static wh_code print_letters(struct wh_buf *out, const char *letters, size_t count,
                             struct wh_error *err)
{
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_buf_printf(out, err, "%s%s", i > 0 ? ", " : "", wh_letter_name(letters[i])));
    return WH_OK;
}

/* "there are lpad(text, integer), lpad(text, integer, text)" */
static wh_code print_candidates(struct wh_buf *out, const struct wh_overload *overload,
                                struct wh_error *err)
{
    size_t shown = 0;
    for (size_t i = 0; i < overload->candidate_count && shown < MAX_SUGGESTED; i++) {
        const struct wh_function *function = overload->candidates[i];
        if (function->operation.kernel == NULL || strchr(function->arguments, '*') != NULL)
            continue;
        WH_TRY(wh_buf_printf(out, err, "%s%s(", shown > 0 ? ", " : ": there is ",
                             function->operation.name));
        WH_TRY(print_letters(out, function->arguments, strlen(function->arguments), err));
        WH_TRY(wh_buf_printf(out, err, ")"));
        shown++;
    }
    return WH_OK;
}

static wh_code refuse_subscript(struct wh_compile *compile, const struct wh_ast *term,
                                const char *type)
{
    if (strcmp(type, "text[]") == 0)
        return WH_REFUSE(compile, term->offset, WH_INVALID,
                         "the subscript of an array is of type integer");
    if (strcmp(type, "jsonb") == 0)
        return WH_REFUSE(compile, term->offset, WH_INVALID,
                         "the subscript of a jsonb is one integer or text");
    return WH_REFUSE(compile, term->offset, WH_INVALID,
                     "a subscript stands behind an array or a jsonb, and this is of type %s", type);
}

static wh_code refuse_call(struct wh_compile *compile, const struct wh_ast *term,
                           const struct wh_overload *overload)
{
    if (term->text.ptr[0] == '(')
        return refuse_subscript(compile, term, wh_letter_name(overload->letters[0]));
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(wh_buf_printf(&text, compile->err, "there is no %.*s(", WH_FMT(term->text)));
    WH_TRY(print_letters(&text, overload->letters, overload->count, compile->err));
    WH_TRY(wh_buf_printf(&text, compile->err, ")"));
    WH_TRY(print_candidates(&text, overload, compile->err));
    return WH_REFUSE(compile, term->offset, WH_INVALID, "%.*s", WH_FMT(wh_buf_str(&text)));
}

static wh_code refuse_operator(struct wh_compile *compile, const struct wh_ast *term,
                               const char *letters, size_t count)
{
    if (count == 1)
        return WH_REFUSE(compile, term->offset, WH_INVALID, "there is no operator %.*s %s",
                         WH_FMT(term->text), wh_letter_name(letters[0]));
    bool has_text = letters[0] == 't' || letters[1] == 't';
    return WH_REFUSE(compile, term->offset, WH_INVALID, "there is no operator %s %.*s %s%s",
                     wh_letter_name(letters[0]), WH_FMT(term->text), wh_letter_name(letters[1]),
                     has_text ? ": cast the text to the type it holds, as in x::integer" : "");
}

static wh_code refuse_unsupported(struct wh_compile *compile, const struct wh_ast *term,
                                  const struct wh_function *function)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(print_letters(&text, function->arguments, strcspn(function->arguments, "?*"),
                         compile->err));
    return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                     "%.*s(%.*s) is not supported in wherry's expressions", WH_FMT(term->text),
                     WH_FMT(wh_buf_str(&text)));
}

/* ---- calls ---------------------------------------------------------------------------------- */

static size_t find_candidates(const struct wh_function *table, struct wh_str name,
                              const struct wh_function **found, size_t count)
{
    for (; table->arguments != NULL && count < MAX_CANDIDATES; table++) {
        if (wh_str_is(name, table->operation.name))
            found[count++] = table;
    }
    return count;
}

/* An argument of any type is printed as its output function does: true is 't'. */
static wh_code print_argument(struct wh_compile *compile, struct wh_node *node,
                              struct wh_node **ret)
{
    static const struct wh_operation print = {
        .name = "output", .kernel = wh_cast_value_text, .is_cast = true};
    if (node->is_unknown)
        return wh_coerce_letter(compile, node, 't', ret);
    *ret = node;
    if (node->type.kind == WH_KIND_TEXT)
        return WH_OK;
    return wh_node_convert(compile, &print, node, wh_letter_type('t'), ret);
}

/* An argument of any type that is looked at as it is; a literal is text. */
static wh_code keep_argument(struct wh_compile *compile, const struct wh_function *function,
                             struct wh_node *node, struct wh_node **ret)
{
    *ret = node;
    if (!node->is_unknown)
        return WH_OK;
    if (function->arguments[1] != '*')
        return WH_REFUSE(compile, node->offset, WH_INVALID,
                         "%s() is given a literal that has no type: cast it, as in 'x'::text",
                         function->operation.name);
    return wh_coerce_letter(compile, node, 't', ret);
}

static wh_code coerce_arguments(struct wh_compile *compile, const struct wh_function *function,
                                struct wh_node **arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char letter = wh_argument_letter(function, i);
        if (letter == '?')
            WH_TRY(print_argument(compile, arguments[i], &arguments[i]));
        else if (letter == '!')
            WH_TRY(keep_argument(compile, function, arguments[i], &arguments[i]));
        else
            WH_TRY(wh_coerce_letter(compile, arguments[i], letter, &arguments[i]));
    }
    return WH_OK;
}

/* There a literal that names an encoding is of type name, whose collation is C; a text's is not. */
static bool gives_ascii_case(const struct wh_function *function, struct wh_node *const *arguments)
{
    return function->operation.kernel == wh_bytes_convert_from && arguments[1]->is_unknown;
}

static wh_code call_function(struct wh_compile *compile, const struct wh_ast *term,
                             const struct wh_function *function, struct wh_node **arguments,
                             struct wh_node **ret)
{
    if (function->operation.kernel == NULL)
        return refuse_unsupported(compile, term, function);
    if (function->operation.is_volatile && !compile->scope->allow_volatile)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "%.*s() is another value in every run: it may only stand in "
                         "{ insert: … }",
                         WH_FMT(term->text));
    struct wh_call_parts parts = {
        .operation = &function->operation,
        .type = wh_letter_type(function->result),
        .inputs = arguments,
        .input_count = term->count,
        .offset = term->offset,
        .has_ascii_case = gives_ascii_case(function, arguments),
    };
    WH_TRY(coerce_arguments(compile, function, arguments, term->count));
    if (function->prepare != NULL)
        WH_TRY(function->prepare(compile, &parts));
    return wh_node_call(compile, &parts, ret);
}

static wh_code argument_letters(struct wh_compile *compile, struct wh_node *const *nodes,
                                size_t count, const char **ret)
{
    char *letters = wh_arena_bytes(compile->arena, count + 1);
    if (letters == NULL)
        return wh_error_no_memory(compile->err, count + 1);
    for (size_t i = 0; i < count; i++)
        letters[i] = wh_node_letter(nodes[i]);
    letters[count] = '\0';
    *ret = letters;
    return WH_OK;
}

static wh_code resolve_try(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    struct wh_node *inner = NULL;
    if (term->count != 1)
        return WH_REFUSE(compile, term->offset, WH_INVALID, "try() takes one expression");
    WH_TRY(wh_resolve(compile, term->items[0], &inner));
    if (inner->is_unknown)
        WH_TRY(wh_coerce_letter(compile, inner, 't', &inner));
    WH_TRY(wh_node_new(compile, WH_NODE_TRY, 1, ret));
    (*ret)->inputs[0] = inner;
    (*ret)->type = inner->type;
    (*ret)->offset = term->offset;
    return wh_node_fold(compile, ret);
}

wh_code wh_resolve_call(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    const struct wh_function *candidates[MAX_CANDIDATES];
    size_t candidate_count = 0;
    if (wh_str_is(term->text, "try"))
        return resolve_try(compile, term, ret);
    for (size_t i = 0; wh_function_tables[i] != NULL; i++)
        candidate_count =
            find_candidates(wh_function_tables[i], term->text, candidates, candidate_count);
    if (candidate_count == 0)
        return refuse_unknown_name(compile, term);
    struct wh_node **arguments = NULL;
    WH_TRY(wh_new_nodes(compile, term->count, &arguments));
    WH_TRY(wh_resolve_all(compile, term->items, term->count, arguments));
    struct wh_overload overload = {
        .candidates = candidates, .candidate_count = candidate_count, .count = term->count};
    WH_TRY(argument_letters(compile, arguments, term->count, &overload.letters));
    const struct wh_function *function = wh_choose(&overload);
    if (function == NULL)
        return refuse_call(compile, term, &overload);
    return call_function(compile, term, function, arguments, ret);
}

/* ---- comparisons ---------------------------------------------------------------------------- */

wh_code wh_comparison_letter(struct wh_compile *compile, const char *name,
                             const struct wh_node *left, const struct wh_node *right, char *ret)
{
    const struct wh_function *candidates[MAX_CANDIDATES];
    size_t count = 0;
    for (; wh_comparisons[count].arguments != NULL; count++)
        candidates[count] = &wh_comparisons[count];
    char letters[] = {wh_node_letter(left), wh_node_letter(right), '\0'};
    struct wh_overload overload = {.candidates = candidates,
                                   .candidate_count = count,
                                   .letters = letters,
                                   .count = 2,
                                   .is_operator = true};
    const struct wh_function *pair = wh_choose(&overload);
    if (pair == NULL) {
        struct wh_ast at = {.text = wh_str_from(name), .offset = left->offset};
        return refuse_operator(compile, &at, letters, 2);
    }
    /* A real beside a double is compared as one. */
    *ret = pair->arguments[0] == 'f' ? pair->arguments[1] : pair->arguments[0];
    return WH_OK;
}

#define COMPARISONS(does)                                                                          \
    {                                                                                              \
        {.name = "=", .kernel = (does), .style = WH_STYLE_INFIX},                                  \
            {.name = "<>", .kernel = (does), .style = WH_STYLE_INFIX},                             \
            {.name = "<", .kernel = (does), .style = WH_STYLE_INFIX},                              \
            {.name = "<=", .kernel = (does), .style = WH_STYLE_INFIX},                             \
            {.name = ">", .kernel = (does), .style = WH_STYLE_INFIX},                              \
            {.name = ">=", .kernel = (does), .style = WH_STYLE_INFIX},                             \
    }

/* A jsonb and an array are texts that have to be read to be compared. */
static const struct wh_operation *comparison_of(const char *name, char letter)
{
    static const struct wh_operation jsonb[] = COMPARISONS(wh_jsonb_compare);
    static const struct wh_operation lists[] = COMPARISONS(wh_list_compare);
    if (letter != 'J' && letter != 'A')
        return wh_comparison_operation(wh_str_from(name));
    const struct wh_operation *operation = letter == 'J' ? jsonb : lists;
    while (strcmp(operation->name, name) != 0)
        operation++;
    return operation;
}

wh_code wh_resolve_comparison(struct wh_compile *compile, const char *name, struct wh_node *left,
                              struct wh_node *right, struct wh_node **ret)
{
    char letter = '\0';
    WH_TRY(wh_comparison_letter(compile, name, left, right, &letter));
    struct wh_node *inputs[2];
    WH_TRY(wh_coerce_letter(compile, left, letter, &inputs[0]));
    WH_TRY(wh_coerce_letter(compile, right, letter, &inputs[1]));
    struct wh_call_parts parts = {
        .operation = comparison_of(name, letter),
        .type = wh_letter_type('b'),
        .inputs = inputs,
        .input_count = 2,
        .offset = right->offset,
    };
    return wh_node_call(compile, &parts, ret);
}

/* ---- || ------------------------------------------------------------------------------------- */

static const struct wh_operation concat_operation = {
    .name = "||", .kernel = wh_text_concat, .style = WH_STYLE_INFIX};

static bool is_concat(const struct wh_node *node)
{
    return node->form == WH_NODE_CALL && node->operation == &concat_operation;
}

static size_t concat_parts(struct wh_node *node, struct wh_node **parts)
{
    if (!is_concat(node)) {
        parts[0] = node;
        return 1;
    }
    memcpy(parts, node->inputs, node->input_count * sizeof(*parts));
    return node->input_count;
}

/* a || b || c is one call over all parts, so that each result is written once. */
static wh_code join_texts(struct wh_compile *compile, struct wh_node *const sides[2], char letter,
                          uint32_t offset, struct wh_node **ret)
{
    size_t most = sides[0]->input_count + sides[1]->input_count + 2;
    struct wh_node **parts = NULL;
    WH_TRY(wh_new_nodes(compile, most, &parts));
    size_t count = concat_parts(sides[0], parts);
    count += concat_parts(sides[1], parts + count);
    struct wh_call_parts call = {
        .operation = &concat_operation,
        .type = wh_letter_type(letter),
        .inputs = parts,
        .input_count = count,
        .offset = offset,
    };
    return wh_node_call(compile, &call, ret);
}

static bool is_texty(char letter)
{
    return wh_letter_category(letter) == 'S';
}

static wh_code join_jsonb(struct wh_compile *compile, const struct wh_ast *term,
                          struct wh_node **sides, struct wh_node **ret)
{
    static const struct wh_operation join = {
        .name = "||", .kernel = wh_jsonb_join, .style = WH_STYLE_INFIX};
    struct wh_call_parts parts = {
        .operation = &join,
        .type = wh_letter_type('J'),
        .inputs = sides,
        .input_count = 2,
        .offset = term->offset,
    };
    WH_TRY(wh_coerce_letter(compile, sides[0], 'J', &sides[0]));
    WH_TRY(wh_coerce_letter(compile, sides[1], 'J', &sides[1]));
    return wh_node_call(compile, &parts, ret);
}

/* Two arrays, or an array and an item of it. */
static wh_code join_lists(struct wh_compile *compile, const struct wh_ast *term,
                          struct wh_node **sides, struct wh_node **ret)
{
    static const struct wh_operation joins[] = {
        {.name = "||", .kernel = wh_list_concat, .style = WH_STYLE_INFIX, .sees_null = true},
        {.name = "||", .kernel = wh_list_append, .style = WH_STYLE_INFIX, .sees_null = true},
        {.name = "||", .kernel = wh_list_prepend, .style = WH_STYLE_INFIX, .sees_null = true},
    };
    char letters[] = {wh_node_letter(sides[0]), wh_node_letter(sides[1]), '\0'};
    /* A literal beside an array is one; a char(n) before it would make an array of char(n). */
    bool has_items[] = {is_texty(letters[0]), is_texty(letters[1])};
    if (letters[0] == 'c' || (!has_items[0] && strchr("Au", letters[0]) == NULL) ||
        (!has_items[1] && strchr("Au", letters[1]) == NULL))
        return refuse_operator(compile, term, letters, 2);
    for (size_t i = 0; i < 2; i++)
        WH_TRY(wh_coerce_letter(compile, sides[i], has_items[i] ? 't' : 'A', &sides[i]));
    struct wh_call_parts parts = {
        .operation = &joins[has_items[1]   ? 1
                            : has_items[0] ? 2
                                           : 0],
        .type = wh_letter_type('A'),
        .inputs = sides,
        .input_count = 2,
        .offset = term->offset,
    };
    return wh_node_call(compile, &parts, ret);
}

/* Text with anything but an array is text; a literal beside bytes is bytes;
 * one side has to be text. */
static wh_code resolve_concat(struct wh_compile *compile, const struct wh_ast *term,
                              struct wh_node **sides, struct wh_node **ret)
{
    char letters[] = {wh_node_letter(sides[0]), wh_node_letter(sides[1]), '\0'};
    bool has_bytes = letters[0] == 'y' || letters[1] == 'y';
    bool has_text = is_texty(letters[0]) || is_texty(letters[1]);
    bool has_literal = letters[0] == 'u' || letters[1] == 'u';
    bool has_jsonb = letters[0] == 'J' || letters[1] == 'J';
    if (letters[0] == 'A' || letters[1] == 'A')
        return join_lists(compile, term, sides, ret);
    if (has_jsonb && !has_text && (has_literal || letters[0] == letters[1]))
        return join_jsonb(compile, term, sides, ret);
    char letter = has_bytes && !has_text && (has_literal || letters[0] == letters[1]) ? 'y' : 't';
    if (letter == 't' && !has_text && !has_literal)
        return refuse_operator(compile, term, letters, 2);
    WH_TRY(wh_coerce_letter(compile, sides[0], letter, &sides[0]));
    WH_TRY(wh_coerce_letter(compile, sides[1], letter, &sides[1]));
    return join_texts(compile, sides, letter, term->offset, ret);
}

/* ---- operators ------------------------------------------------------------------------------ */

/* Unary plus is its operand, which has to be a number. */
static wh_code resolve_plus(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node *operand, struct wh_node **ret)
{
    char letter = wh_node_letter(operand);
    if (letter == 'u')
        return wh_coerce_letter(compile, operand, 'd', ret);
    if (wh_letter_category(letter) != 'N')
        return refuse_operator(compile, term, &letter, 1);
    *ret = operand;
    return WH_OK;
}

static wh_code resolve_arithmetic(struct wh_compile *compile, const struct wh_ast *term,
                                  struct wh_node **operands, struct wh_node **ret)
{
    const struct wh_function *candidates[MAX_CANDIDATES];
    struct wh_overload overload = {.candidates = candidates,
                                   .candidate_count =
                                       find_candidates(wh_operators, term->text, candidates, 0),
                                   .count = term->count,
                                   .is_operator = true};
    if (overload.candidate_count == 0)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "the operator %.*s is not supported in wherry's expressions",
                         WH_FMT(term->text));
    WH_TRY(argument_letters(compile, operands, term->count, &overload.letters));
    const struct wh_function *function = wh_choose(&overload);
    if (function == NULL)
        return refuse_operator(compile, term, overload.letters, term->count);
    if (function->operation.kernel == NULL)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "the operator %.*s is not supported for these types in wherry's "
                         "expressions",
                         WH_FMT(term->text));
    return call_function(compile, term, function, operands, ret);
}

wh_code wh_resolve_operator(struct wh_compile *compile, const struct wh_ast *term,
                            struct wh_node **ret)
{
    struct wh_node *operands[2] = {NULL, NULL};
    WH_TRY(wh_resolve_all(compile, term->items, term->count, operands));
    if (term->count == 1 && wh_str_is(term->text, "+"))
        return resolve_plus(compile, term, operands[0], ret);
    if (term->count == 2 && wh_str_is(term->text, "||"))
        return resolve_concat(compile, term, operands, ret);
    const struct wh_operation *comparison = wh_comparison_operation(term->text);
    if (term->count == 2 && comparison != NULL)
        return wh_resolve_comparison(compile, comparison->name, operands[0], operands[1], ret);
    return resolve_arithmetic(compile, term, operands, ret);
}
