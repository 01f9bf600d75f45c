/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/kernel_text.h"
#include "convert/regex_tree.h"

enum { MAX_DEPTH = 60, MAX_REPEAT = 255 };

static struct wh_regex_node *parse_branches(struct wh_regex_parse *parse);

static struct wh_regex_node *refuse(struct wh_regex_parse *parse, const char *why)
{
    parse->refusal = why;
    return NULL;
}

static struct wh_regex_node *new_node(struct wh_regex_parse *parse, enum wh_regex_kind kind)
{
    struct wh_regex_node *node = WH_ARENA_NEW(parse->arena, struct wh_regex_node);
    if (node != NULL)
        node->kind = kind;
    return node;
}

static bool is_at_end(const struct wh_regex_parse *parse)
{
    return parse->at >= parse->text.len;
}

static char peek(const struct wh_regex_parse *parse)
{
    return is_at_end(parse) ? '\0' : parse->text.ptr[parse->at];
}

static bool accept(struct wh_regex_parse *parse, const char *what)
{
    struct wh_str rest = wh_str_make(parse->text.ptr + parse->at, parse->text.len - parse->at);
    if (!wh_str_starts_with(rest, wh_str_from(what)))
        return false;
    parse->at += strlen(what);
    return true;
}

/* ---- atoms ---------------------------------------------------------------------------------- */

static struct wh_regex_node *new_set(struct wh_regex_parse *parse, struct wh_charset *set)
{
    struct wh_regex_node *node = set != NULL ? new_node(parse, WH_REGEX_SET) : NULL;
    if (node != NULL)
        node->set = set;
    return node;
}

static struct wh_regex_node *parse_character(struct wh_regex_parse *parse)
{
    struct wh_charset *set = WH_ARENA_NEW(parse->arena, struct wh_charset);
    uint32_t value = wh_character_value(parse->text.ptr + parse->at);
    parse->at += wh_character_bytes(peek(parse));
    if (set == NULL || !wh_charset_add(parse, set, (struct wh_char_range){value, value}))
        return NULL;
    return new_set(parse, set);
}

/* '.' is any character, a line feed, too: the set without any, negated. */
static struct wh_regex_node *parse_any(struct wh_regex_parse *parse)
{
    struct wh_charset *set = WH_ARENA_NEW(parse->arena, struct wh_charset);
    parse->at++;
    if (set == NULL)
        return NULL;
    set->is_negated = true;
    return new_set(parse, set);
}

static const struct {
    char letter;
    enum wh_regex_kind kind;
} constraint_escapes[] = {
    {'A', WH_REGEX_START},    {'Z', WH_REGEX_END},       {'m', WH_REGEX_WORD_START},
    {'M', WH_REGEX_WORD_END}, {'y', WH_REGEX_WORD_EDGE}, {'Y', WH_REGEX_NO_WORD_EDGE},
};

static struct wh_regex_node *parse_escape(struct wh_regex_parse *parse)
{
    parse->at++;
    for (size_t i = 0; i < WH_COUNT_OF(constraint_escapes); i++) {
        if (is_at_end(parse) || peek(parse) != constraint_escapes[i].letter)
            continue;
        parse->at++;
        return new_node(parse, constraint_escapes[i].kind);
    }
    struct wh_charset *set = WH_ARENA_NEW(parse->arena, struct wh_charset);
    uint32_t value;
    if (set == NULL || !wh_charset_parse_escape(parse, set, &value))
        return NULL;
    if (value != UINT32_MAX && !wh_charset_add(parse, set, (struct wh_char_range){value, value}))
        return NULL;
    return new_set(parse, set);
}

/* Behind its '(' and what follows that. */
static struct wh_regex_node *parse_group(struct wh_regex_parse *parse, enum wh_regex_kind kind,
                                         uint32_t capture)
{
    struct wh_regex_node *node = new_node(parse, kind);
    if (node == NULL)
        return NULL;
    if (++parse->depth > MAX_DEPTH)
        return refuse(parse, "brackets are nested too deep");
    uint32_t captures = parse->captures;
    node->child = parse_branches(parse);
    node->capture = capture;
    parse->depth--;
    if (node->child == NULL)
        return NULL;
    if (!accept(parse, ")"))
        return refuse(parse, "a bracket is not closed");
    if (kind != WH_REGEX_GROUP && parse->captures != captures)
        return refuse(parse, "a capturing group within a lookahead is not supported: write (?:…)");
    return node;
}

static struct wh_regex_node *parse_bracket(struct wh_regex_parse *parse)
{
    if (accept(parse, "(?:"))
        return parse_group(parse, WH_REGEX_GROUP, 0);
    if (accept(parse, "(?="))
        return parse_group(parse, WH_REGEX_AHEAD, 0);
    if (accept(parse, "(?!"))
        return parse_group(parse, WH_REGEX_NOT_AHEAD, 0);
    if (accept(parse, "(?<"))
        return refuse(parse, "lookbehind is not supported");
    if (accept(parse, "(?"))
        return refuse(parse, "what follows '(?' is not known");
    parse->at++;
    if (parse->captures == 9)
        return refuse(parse, "more than nine capturing groups are not supported: write (?:…)");
    return parse_group(parse, WH_REGEX_GROUP, ++parse->captures);
}

static bool is_bound(const struct wh_regex_parse *parse)
{
    if (peek(parse) != '{' || parse->at + 1 >= parse->text.len)
        return false;
    char c = parse->text.ptr[parse->at + 1];
    return c >= '0' && c <= '9';
}

static bool is_quantifier(const struct wh_regex_parse *parse)
{
    char c = peek(parse);
    return c == '*' || c == '+' || c == '?' || is_bound(parse);
}

static struct wh_regex_node *parse_atom(struct wh_regex_parse *parse)
{
    if (is_quantifier(parse))
        return refuse(parse, "a quantifier has nothing to repeat");
    switch (peek(parse)) {
    case '(':
        return parse_bracket(parse);
    case '[':
        parse->at++;
        if (accept(parse, "[:<:]]"))
            return new_node(parse, WH_REGEX_WORD_START);
        if (accept(parse, "[:>:]]"))
            return new_node(parse, WH_REGEX_WORD_END);
        return new_set(parse, wh_charset_parse(parse));
    case '.':
        return parse_any(parse);
    case '\\':
        return parse_escape(parse);
    case '^':
    case '$':
        return new_node(parse, parse->text.ptr[parse->at++] == '^' ? WH_REGEX_START : WH_REGEX_END);
    default:
        return parse_character(parse);
    }
}

/* ---- quantifiers ---------------------------------------------------------------------------- */

static bool parse_count(struct wh_regex_parse *parse, uint32_t *ret)
{
    uint32_t value = 0;
    size_t digits = 0;
    for (char c = peek(parse); c >= '0' && c <= '9'; c = peek(parse)) {
        value = value * 10 + (uint32_t)(c - '0');
        parse->at++;
        if (++digits > 3)
            return false;
    }
    *ret = value;
    return digits > 0 && value <= MAX_REPEAT;
}

/* {m}, {m,}, {m,n}, behind the '{' */
static bool parse_bound(struct wh_regex_parse *parse, struct wh_regex_node *node)
{
    if (!parse_count(parse, &node->min))
        return false;
    node->max = node->min;
    node->prefers = accept(parse, ",");
    if (node->prefers) {
        node->max = WH_REGEX_UNBOUNDED;
        if (peek(parse) != '}' && !parse_count(parse, &node->max))
            return false;
    }
    return accept(parse, "}") && node->max >= node->min && node->max > 0;
}

static struct wh_regex_node *parse_quantified(struct wh_regex_parse *parse)
{
    struct wh_regex_node *atom = parse_atom(parse);
    if (atom == NULL || !is_quantifier(parse))
        return atom;
    if (atom->kind >= WH_REGEX_START)
        return refuse(parse, "a quantifier repeats what has no width");
    struct wh_regex_node *node = new_node(parse, WH_REGEX_REPEAT);
    if (node == NULL)
        return NULL;
    node->child = atom;
    char c = peek(parse);
    parse->at++;
    node->min = c == '+' ? 1 : 0;
    node->prefers = true;
    node->max = c == '?' ? 1 : WH_REGEX_UNBOUNDED;
    if (c == '{' && !parse_bound(parse, node))
        return refuse(parse,
                      "the bound of a quantifier is not valid: {m}, {m,} or {m,n}, 1 to 255");
    node->is_lazy = accept(parse, "?");
    if (is_quantifier(parse))
        return refuse(parse, "a quantifier follows another");
    return node;
}

/* ---- sequences ------------------------------------------------------------------------------ */

static struct wh_regex_node *parse_sequence(struct wh_regex_parse *parse)
{
    struct wh_regex_node *node = new_node(parse, WH_REGEX_SEQUENCE);
    if (node == NULL)
        return NULL;
    struct wh_regex_node **last = &node->child;
    while (!is_at_end(parse) && peek(parse) != '|' && peek(parse) != ')') {
        *last = parse_quantified(parse);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
    }
    if (node->child == NULL)
        node->kind = WH_REGEX_EMPTY;
    return node;
}

static struct wh_regex_node *parse_branches(struct wh_regex_parse *parse)
{
    struct wh_regex_node *first = parse_sequence(parse);
    if (first == NULL || peek(parse) != '|')
        return first;
    struct wh_regex_node *node = new_node(parse, WH_REGEX_BRANCHES);
    if (node == NULL)
        return NULL;
    node->child = first;
    while (accept(parse, "|")) {
        first->next = parse_sequence(parse);
        first = first->next;
        if (first == NULL)
            return NULL;
    }
    return node;
}

/* (?i) and its kin, at the pattern's start. */
static bool parse_options(struct wh_regex_parse *parse)
{
    size_t start = parse->at;
    if (!accept(parse, "(?") || peek(parse) < 'a' || peek(parse) > 'z') {
        parse->at = start;
        return true;
    }
    for (; peek(parse) >= 'a' && peek(parse) <= 'z'; parse->at++) {
        char option = peek(parse);
        if (option == 'i' || option == 'c')
            parse->folds_case = option == 'i';
        else if (option != 's' && option != 't')
            return refuse(parse, "of the embedded options there are (?i) and (?c)") != NULL;
    }
    return accept(parse, ")") || refuse(parse, "the embedded options do not end") != NULL;
}

struct wh_regex_node *wh_regex_parse(struct wh_regex_parse *parse)
{
    if (accept(parse, "***"))
        return refuse(parse, "'***' at the start of a pattern is not supported");
    if (!parse_options(parse))
        return NULL;
    struct wh_regex_node *node = parse_branches(parse);
    if (node != NULL && !is_at_end(parse))
        return refuse(parse, "a bracket is closed that was not opened");
    return node;
}
