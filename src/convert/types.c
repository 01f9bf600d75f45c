/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/types.h"

#include <string.h>

#include "convert/value_print.h"

struct type_row {
    char letter;
    char category;
    bool is_preferred;
    const char *name;
    struct wh_type type;
    const char *implicit;   /* what it becomes by itself */
    const char *assignment; /* what it becomes also where it is assigned */
    const char *explicit;   /* what it becomes also where a cast is written */
};

/* Not in the table: everything may be assigned to text and char(n),
 * and text be cast to everything. */
static const struct type_row type_rows[] = {
    {'b', 'B', true, "boolean", {.kind = WH_KIND_BOOL}, "", "", "4"},
    {'2', 'N', false, "smallint", {.kind = WH_KIND_INT, .bits = 16}, "48fdn", "", ""},
    {'4', 'N', false, "integer", {.kind = WH_KIND_INT, .bits = 32}, "8fdn", "2", "b"},
    {'8', 'N', false, "bigint", {.kind = WH_KIND_INT, .bits = 64}, "fdn", "24", ""},
    {'f', 'N', false, "real", {.kind = WH_KIND_FLOAT, .bits = 32}, "d", "248n", ""},
    {'d', 'N', true, "double precision", {.kind = WH_KIND_FLOAT, .bits = 64}, "", "248nf", ""},
    {'n', 'N', false, "numeric", {.kind = WH_KIND_NUMERIC}, "fd", "248", ""},
    {'D', 'D', false, "date", {.kind = WH_KIND_DATE}, "SZ", "", ""},
    {'T', 'D', false, "time without time zone", {.kind = WH_KIND_TIME}, "I", "", ""},
    {'S', 'D', false, "timestamp without time zone", {.kind = WH_KIND_TIMESTAMP}, "Z", "DT", ""},
    {'Z', 'D', true, "timestamp with time zone", {.kind = WH_KIND_TIMESTAMPTZ}, "", "DTS", ""},
    {'I', 'T', true, "interval", {.kind = WH_KIND_INTERVAL}, "", "T", ""},
    {'t', 'S', true, "text", {.kind = WH_KIND_TEXT}, "c", "", ""},
    {'c', 'S', false, "character", {.kind = WH_KIND_TEXT, .is_padded = true}, "t", "", ""},
    {'i', 'U', false, "uuid", {.kind = WH_KIND_TEXT, .form = WH_TEXT_UUID}, "", "", ""},
    {'j', 'U', false, "json", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSON}, "", "J", ""},
    {'J', 'U', false, "jsonb", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSONB}, "", "j", "b248fdn"},
    {'A',
     'A',
     false,
     "text[]",
     {.kind = WH_KIND_TEXT, .form = WH_TEXT_LIST, .element = WH_KIND_TEXT},
     "",
     "",
     ""},
    {'y', 'U', false, "bytea", {.kind = WH_KIND_BYTES}, "", "", ""},
    {'u', 'X', false, "unknown", {.kind = WH_KIND_TEXT}, "", "", ""},
};

static const struct type_row *find_row(char letter)
{
    for (size_t i = 0; i < WH_COUNT_OF(type_rows); i++) {
        if (type_rows[i].letter == letter)
            return &type_rows[i];
    }
    return &type_rows[WH_COUNT_OF(type_rows) - 1];
}

char wh_type_letter(struct wh_type type)
{
    for (size_t i = 0; i < WH_COUNT_OF(type_rows); i++) {
        const struct wh_type *known = &type_rows[i].type;
        if (known->kind == type.kind && known->bits == type.bits && known->form == type.form &&
            known->element == type.element && known->is_padded == type.is_padded)
            return type_rows[i].letter;
    }
    return 'u';
}

char wh_node_letter(const struct wh_node *node)
{
    return node->is_unknown ? 'u' : wh_type_letter(node->type);
}

struct wh_type wh_letter_type(char letter)
{
    return find_row(letter)->type;
}

const char *wh_letter_name(char letter)
{
    return find_row(letter)->name;
}

char wh_letter_category(char letter)
{
    return find_row(letter)->category;
}

bool wh_letter_is_preferred(char letter)
{
    return find_row(letter)->is_preferred;
}

bool wh_can_coerce(char from, char to, enum wh_coercion context)
{
    const struct type_row *row = find_row(from);
    if (from == to || from == 'u' || to == '?' || to == '!' || strchr(row->implicit, to) != NULL)
        return true;
    if (context == WH_COERCE_IMPLICIT)
        return false;
    if (strchr(row->assignment, to) != NULL || to == 't' || to == 'c')
        return true;
    if (context == WH_COERCE_ASSIGNMENT)
        return false;
    return strchr(row->explicit, to) != NULL || from == 't' || from == 'c';
}

char wh_common_letter(struct wh_node *const *nodes, size_t count)
{
    char chosen = 'u';
    for (size_t i = 0; i < count; i++) {
        char letter = wh_node_letter(nodes[i]);
        if (letter == 'u' || letter == chosen)
            continue;
        if (chosen == 'u')
            chosen = letter;
        else if (wh_letter_category(letter) != wh_letter_category(chosen))
            return '\0';
        else if (!wh_letter_is_preferred(chosen) &&
                 wh_can_coerce(chosen, letter, WH_COERCE_IMPLICIT) &&
                 !wh_can_coerce(letter, chosen, WH_COERCE_IMPLICIT))
            chosen = letter;
    }
    if (chosen == 'u')
        return 't';
    for (size_t i = 0; i < count; i++) {
        if (!wh_can_coerce(wh_node_letter(nodes[i]), chosen, WH_COERCE_IMPLICIT))
            return '\0';
    }
    return chosen;
}

struct wh_type wh_common_type(struct wh_node *const *nodes, size_t count, char letter)
{
    for (size_t i = 0; i < count; i++) {
        if (nodes[i]->is_unknown || !wh_type_equal(nodes[i]->type, nodes[0]->type))
            return wh_letter_type(letter);
    }
    return nodes[0]->type;
}

/* ---- coercion ------------------------------------------------------------------------------- */

wh_code wh_retype(struct wh_compile *compile, struct wh_node *node, struct wh_type type,
                  struct wh_node **ret)
{
    struct wh_node *made = NULL;
    WH_TRY(wh_node_new(compile, WH_NODE_RETYPE, 1, &made));
    made->inputs[0] = node;
    made->type = type;
    made->offset = node->offset;
    *ret = made;
    return wh_node_fold(compile, ret);
}

static wh_code refuse_literal(struct wh_compile *compile, const struct wh_node *literal,
                              struct wh_type type)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf message;
    wh_buf_init(&message, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(wh_text_print_short(literal->value.values.texts[0], &message, compile->err));
    WH_TRY(wh_cast_message(compile->fold_fault, type, &message, compile->err));
    return WH_REFUSE(compile, literal->offset, WH_INVALID, "%.*s", WH_FMT(wh_buf_str(&message)));
}

/* A literal takes the type that is asked of it; one that cannot is the expression's error. */
static wh_code read_literal(struct wh_compile *compile, const struct wh_node *literal,
                            struct wh_type type, struct wh_node **ret)
{
    if (wh_node_is_null_constant(literal))
        return wh_node_null(compile, type, literal->offset, ret);
    struct wh_node *text = NULL;
    WH_TRY(wh_node_text(compile, literal->value.values.texts[0], literal->offset, &text));
    WH_TRY(wh_coerce(compile, text, type, ret));
    return (*ret)->form == WH_NODE_CONSTANT ? WH_OK : refuse_literal(compile, literal, type);
}

wh_code wh_coerce(struct wh_compile *compile, struct wh_node *node, struct wh_type type,
                  struct wh_node **ret)
{
    if (node->is_unknown)
        return read_literal(compile, node, type, ret);
    char from = wh_type_letter(node->type);
    char to = wh_type_letter(type);
    const struct wh_operation *modifier = wh_modifier_operation(type);
    *ret = node;
    if (from == to && wh_type_equal(node->type, type))
        return WH_OK;
    if (from == to && modifier == NULL)
        return wh_retype(compile, node, type, ret);
    if (from != to) {
        /* Text is cut or padded in a second step; other kernels see to the modifiers. */
        struct wh_type first = type.kind == WH_KIND_TEXT ? wh_letter_type(to) : type;
        const struct wh_operation *operation = wh_cast_operation(from, to);
        if (operation == NULL)
            WH_TRY(wh_retype(compile, node, first, ret));
        else
            WH_TRY(wh_node_convert(compile, operation, node, first, ret));
        if (type.kind != WH_KIND_TEXT)
            return WH_OK;
    }
    return modifier != NULL ? wh_node_convert(compile, modifier, *ret, type, ret) : WH_OK;
}

wh_code wh_coerce_letter(struct wh_compile *compile, struct wh_node *node, char letter,
                         struct wh_node **ret)
{
    if (!node->is_unknown && wh_type_letter(node->type) == letter) {
        *ret = node; /* with the modifiers it has: what calls it does not look at them */
        return WH_OK;
    }
    return wh_coerce(compile, node, wh_letter_type(letter), ret);
}
