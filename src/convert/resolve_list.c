/* SPDX-License-Identifier: Apache-2.0 */
/* ARRAY[…], and a value compared with each item of an array: ANY, ALL. */
#include "base/error.h"
#include "convert/kernel_list.h"
#include "convert/resolve.h"

wh_code wh_resolve_array(struct wh_compile *compile, const struct wh_ast *term,
                         struct wh_node **ret)
{
    static const struct wh_operation make = {
        .name = "array", .kernel = wh_list_make, .sees_null = true};
    struct wh_node **items = NULL;
    if (term->count == 0)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "an array without items is written '{}'::text[]");
    WH_TRY(wh_new_nodes(compile, term->count, &items));
    WH_TRY(wh_resolve_all(compile, term->items, term->count, items));
    for (size_t i = 0; i < term->count; i++) {
        char letter = wh_node_letter(items[i]);
        if (letter != 't' && letter != 'u')
            return WH_REFUSE(compile, items[i]->offset, WH_UNSUPPORTED,
                             "of arrays there are those of text, and this is of type %s: cast it "
                             "to text",
                             wh_letter_name(letter));
        WH_TRY(wh_coerce_letter(compile, items[i], 't', &items[i]));
    }
    struct wh_call_parts parts = {
        .operation = &make,
        .type = wh_letter_type('A'),
        .inputs = items,
        .input_count = term->count,
        .offset = term->offset,
    };
    return wh_node_call(compile, &parts, ret);
}

/* ---- ANY, ALL ------------------------------------------------------------------------------- */

#define QUANTIFIED(operator)                                                                       \
    {                                                                                              \
        /* They see NULL: even that is no item of an array without items. */                       \
        {.name = (operator), .kernel = wh_list_any, .style = WH_STYLE_INFIX, .sees_null = true},   \
            {.name = (operator),                                                                   \
             .kernel = wh_list_all,                                                                \
             .style = WH_STYLE_INFIX,                                                              \
             .sees_null = true},                                                                   \
    }

static const struct wh_operation quantified[][2] = {
    QUANTIFIED("="),  QUANTIFIED("<>"), QUANTIFIED("<"),
    QUANTIFIED("<="), QUANTIFIED(">"),  QUANTIFIED(">="),
};

static const struct wh_operation *find_operation(struct wh_str name, bool is_all)
{
    for (size_t i = 0; i < WH_COUNT_OF(quantified); i++) {
        if (wh_str_is(name, quantified[i][0].name))
            return &quantified[i][is_all];
    }
    return NULL;
}

wh_code wh_resolve_any(struct wh_compile *compile, const struct wh_ast *term, struct wh_node **ret)
{
    struct wh_node *sides[2] = {NULL, NULL};
    const char *word = term->flag ? "ALL" : "ANY";
    const struct wh_operation *operation = find_operation(term->text, term->flag);
    if (operation == NULL)
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "%.*s %s is not supported in wherry's expressions: comparisons are",
                         WH_FMT(term->text), word);
    WH_TRY(wh_resolve_all(compile, term->items, 2, sides));
    char letters[2] = {wh_node_letter(sides[0]), wh_node_letter(sides[1])};
    bool is_text = letters[0] == 't' || letters[0] == 'u';
    if (!is_text || (letters[1] != 'A' && letters[1] != 'u'))
        return WH_REFUSE(compile, term->offset, WH_UNSUPPORTED,
                         "%s compares a text with an array of text, and these are %s and %s: "
                         "write IN (…), or cast both",
                         word, wh_letter_name(letters[0]), wh_letter_name(letters[1]));
    WH_TRY(wh_coerce_letter(compile, sides[0], 't', &sides[0]));
    WH_TRY(wh_coerce_letter(compile, sides[1], 'A', &sides[1]));
    struct wh_call_parts parts = {
        .operation = operation,
        .type = wh_letter_type('b'),
        .inputs = sides,
        .input_count = 2,
        .offset = term->offset,
    };
    return wh_node_call(compile, &parts, ret);
}
