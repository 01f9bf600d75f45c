/* SPDX-License-Identifier: Apache-2.0 */
/* LIKE, ILIKE and SIMILAR TO. */
#include "base/error.h"
#include "convert/kernel_regex.h"
#include "convert/like.h"
#include "convert/regex.h"
#include "convert/resolve.h"

/* ---- LIKE ----------------------------------------------------------------------------------- */

static wh_code call_text(struct wh_compile *compile, const struct wh_operation *operation,
                         struct wh_node **inputs, size_t count, struct wh_node **ret)
{
    struct wh_call_parts parts = {
        .operation = operation,
        .type = wh_letter_type('t'),
        .inputs = inputs,
        .input_count = count,
        .offset = inputs[0]->offset,
    };
    if (operation == &wh_lower_operation)
        WH_TRY(wh_prepare_lower(compile, &parts));
    return wh_node_call(compile, &parts, ret);
}

/* char(n) keeps its spaces here, as in PostgreSQL. */
static wh_code resolve_like_side(struct wh_compile *compile, struct wh_node *node, bool fold,
                                 struct wh_node **ret)
{
    char letter = wh_node_letter(node);
    *ret = node;
    if (letter == 'u')
        WH_TRY(wh_coerce_letter(compile, node, 't', ret));
    else if (letter != 't' && letter != 'c')
        return WH_REFUSE(compile, node->offset, WH_INVALID,
                         "LIKE compares text, and this is of type %s: cast it to text",
                         wh_letter_name(letter));
    return fold ? call_text(compile, &wh_lower_operation, ret, 1, ret) : WH_OK;
}

static wh_code prepare_pattern(struct wh_compile *compile, struct wh_node *pattern,
                               const void **ret)
{
    struct wh_str text;
    *ret = NULL;
    if (!wh_node_constant_text(pattern, &text))
        return WH_OK;
    if (!wh_like_is_valid(text))
        return WH_REFUSE(compile, pattern->offset, WH_INVALID,
                         "the pattern ends with an escape character that escapes nothing");
    *ret = wh_like_prepare(text, compile->arena);
    return *ret != NULL ? WH_OK : wh_error_no_memory(compile->err, text.len);
}

wh_code wh_resolve_like(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    struct wh_node *nodes[3] = {NULL, NULL, NULL};
    bool fold = term->kind == WH_AST_ILIKE;
    WH_TRY(wh_resolve_all(compile, term->items, term->count, nodes));
    if (term->count == 3) {
        WH_TRY(resolve_like_side(compile, nodes[1], false, &nodes[1]));
        WH_TRY(resolve_like_side(compile, nodes[2], false, &nodes[2]));
        WH_TRY(call_text(compile, &wh_like_escape_operation, nodes + 1, 2, &nodes[1]));
    }
    if (fold)
        WH_TRY(wh_node_check_case(compile, nodes, 2, "ILIKE"));
    WH_TRY(resolve_like_side(compile, nodes[0], fold, &nodes[0]));
    WH_TRY(resolve_like_side(compile, nodes[1], fold, &nodes[1]));
    struct wh_call_parts parts = {
        .operation = term->flag ? &wh_not_like_operation : &wh_like_operation,
        .type = wh_letter_type('b'),
        .inputs = nodes,
        .input_count = 2,
        .offset = term->offset,
    };
    WH_TRY(prepare_pattern(compile, nodes[1], &parts.state));
    return wh_node_call(compile, &parts, ret);
}

/* ---- SIMILAR TO ----------------------------------------------------------------------------- */

/* The pattern and the escape character are literals; *ret_is_null where one of them is NULL. */
static wh_code read_similar(struct wh_compile *compile, struct wh_node *const *nodes, size_t count,
                            struct wh_similar *ret, bool *ret_is_null)
{
    struct wh_str texts[2] = {WH_STR_NONE, WH_STR("\\")};
    for (size_t i = 0; i < count; i++) {
        struct wh_node *node = NULL;
        if (wh_node_is_null_constant(nodes[i])) {
            *ret_is_null = true;
            return WH_OK;
        }
        WH_TRY(wh_coerce_letter(compile, nodes[i], 't', &node));
        if (!wh_node_constant_text(node, &texts[i]))
            return WH_REFUSE(compile, nodes[i]->offset, WH_UNSUPPORTED,
                             "the %s of SIMILAR TO has to be a literal in wherry's expressions",
                             i == 0 ? "pattern" : "escape character");
    }
    *ret = (struct wh_similar){.pattern = texts[0], .escape = texts[1]};
    return WH_OK;
}

/* The regular expression that the pattern means, as a literal. */
static wh_code similar_regex(struct wh_compile *compile, const struct wh_ast *term,
                             struct wh_node *const *nodes, struct wh_node **ret)
{
    struct wh_similar similar = {.pattern = WH_STR_NONE};
    bool is_null = false;
    const char *refusal = NULL;
    uint32_t offset = nodes[1]->offset;
    WH_TRY(read_similar(compile, nodes + 1, term->count - 1, &similar, &is_null));
    if (is_null)
        return wh_node_null(compile, wh_letter_type('t'), offset, ret);
    struct wh_str regex;
    WH_TRY(wh_similar_to_regex(&similar, compile->arena, &regex, &refusal, compile->err));
    if (refusal != NULL)
        return WH_REFUSE(compile, offset, WH_UNSUPPORTED, "the pattern of SIMILAR TO: %s", refusal);
    return wh_node_text(compile, regex, offset, ret);
}

wh_code wh_resolve_similar(struct wh_compile *compile, const struct wh_ast *term,
                           struct wh_node **ret)
{
    static const struct wh_operation operations[] = {
        {.name = "~", .kernel = wh_regex_matches, .style = WH_STYLE_INFIX},
        {.name = "!~", .kernel = wh_regex_matches_not, .style = WH_STYLE_INFIX},
    };
    struct wh_node *nodes[3] = {NULL, NULL, NULL};
    WH_TRY(wh_resolve_all(compile, term->items, term->count, nodes));
    char letter = wh_node_letter(nodes[0]);
    if (letter != 't' && letter != 'u')
        return WH_REFUSE(compile, nodes[0]->offset, WH_INVALID,
                         "SIMILAR TO compares text, and this is of type %s: cast it to text",
                         wh_letter_name(letter));
    WH_TRY(wh_coerce_letter(compile, nodes[0], 't', &nodes[0]));
    WH_TRY(similar_regex(compile, term, nodes, &nodes[1]));
    struct wh_call_parts parts = {
        .operation = &operations[term->flag],
        .type = wh_letter_type('b'),
        .inputs = nodes,
        .input_count = 2,
        .offset = term->offset,
    };
    WH_TRY(wh_prepare_pattern(compile, &parts));
    return wh_node_call(compile, &parts, ret);
}
