/* SPDX-License-Identifier: Apache-2.0 */
#include "convert_coverage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "convert/catalog.h"
#include "convert/compare.h"
#include "convert/node.h"
#include "convert/resolve.h"

enum { TABLES = 5, MOST_ROWS = 400, MOST_OPERATORS = 64, LETTERS = 128 };

struct operator_pairs {
    const char *name;
    bool is_asked[LETTERS][LETTERS];
};

struct coverage {
    const struct wh_function *tables[TABLES];
    size_t counts[TABLES];
    bool is_called[TABLES][MOST_ROWS];     /* in a case that is compared with PostgreSQL */
    bool is_called_own[TABLES][MOST_ROWS]; /* in one of wherry's own */
    bool is_cast[LETTERS][LETTERS];
    bool is_modified[LETTERS]; /* varchar(n), char(n), numeric(p,s) */
    struct operator_pairs operators[MOST_OPERATORS];
    size_t operator_count;
};

/* ---- operators between two types ------------------------------------------------------------ */

static struct operator_pairs *find_operator(struct coverage *coverage, struct wh_str name)
{
    for (size_t i = 0; i < coverage->operator_count; i++) {
        if (wh_str_is(name, coverage->operators[i].name))
            return &coverage->operators[i];
    }
    return NULL;
}

static void add_operator(struct coverage *coverage, const char *name)
{
    if (find_operator(coverage, wh_str_from(name)) != NULL)
        return;
    assert_true(coverage->operator_count < MOST_OPERATORS);
    coverage->operators[coverage->operator_count++].name = name;
}

/* The rows of @p table that an operator of this name could mean. */
static const struct wh_function *choose(const struct wh_function *table, const char *name,
                                        const char *letters)
{
    const struct wh_function *candidates[MOST_OPERATORS];
    struct wh_overload overload = {
        .candidates = candidates, .letters = letters, .count = 2, .is_operator = true};
    for (; table->arguments != NULL; table++) {
        if (name == NULL || strcmp(table->operation.name, name) == 0)
            candidates[overload.candidate_count++] = table;
    }
    return wh_choose(&overload);
}

/* As resolve_call.c has it: text with anything, or two of these. */
static bool is_joined(char left, char right)
{
    if (left == 'A' || right == 'A')
        return left == 'A' ? strchr("Atc", right) != NULL : left == 't';
    bool has_text = wh_letter_category(left) == 'S' || wh_letter_category(right) == 'S';
    return has_text || (left == right && strchr("yJ", left) != NULL);
}

/* A pattern has to be a literal: no case is `a ~ b`, and the row is looked for instead. */
static bool wants_literal(const struct wh_function *row)
{
    return row->prepare != NULL;
}

static bool is_accepted(const char *name, char left, char right)
{
    char letters[] = {left, right, '\0'};
    if (strcmp(name, "||") == 0)
        return is_joined(left, right);
    if (wh_comparison_operation(wh_str_from(name)) != NULL)
        return choose(wh_comparisons, NULL, letters) != NULL;
    const struct wh_function *row = choose(wh_operators, name, letters);
    return row != NULL && row->operation.kernel != NULL && !wants_literal(row);
}

static char column_letter(const struct wh_scope *scope, struct wh_str name)
{
    for (size_t i = 0; i < scope->column_count; i++) {
        if (wh_str_equal(name, scope->columns[i].name))
            return wh_type_letter(scope->columns[i].type);
    }
    return '\0';
}

static void add_operator_case(struct coverage *coverage, struct wh_str rest,
                              const struct wh_scope *scope)
{
    char left = column_letter(scope, wh_str_split(&rest, ' '));
    if (left == '\0' || rest.len == 0)
        return;
    struct operator_pairs *operator= find_operator(coverage, wh_str_split(&rest, ' '));
    char right = operator!= NULL ? column_letter(scope, rest) : '\0';
    if (right != '\0')
        operator->is_asked[(unsigned char)left][(unsigned char)right] = true;
}

/* ---- functions and casts -------------------------------------------------------------------- */

static void add_cast(struct coverage *coverage, const struct wh_node *node)
{
    char from = wh_node_letter(node->inputs[0]);
    char to = wh_node_letter(node);
    bool is_retyped = node->form == WH_NODE_RETYPE;
    if (from != to && (is_retyped || node->operation == wh_cast_operation(from, to)))
        coverage->is_cast[(unsigned char)from][(unsigned char)to] = true;
    if (!is_retyped && node->operation == wh_modifier_operation(node->type))
        coverage->is_modified[(unsigned char)to] = true;
}

static void add_call(struct coverage *coverage, const struct wh_node *node, bool is_own)
{
    bool(*called)[MOST_ROWS] = is_own ? coverage->is_called_own : coverage->is_called;
    for (size_t t = 0; t < TABLES; t++) {
        uintptr_t first = (uintptr_t)&coverage->tables[t]->operation;
        uintptr_t offset = (uintptr_t)node->operation - first;
        size_t row = offset / sizeof(struct wh_function);
        if ((uintptr_t)node->operation >= first && row < coverage->counts[t])
            called[t][row] = true;
    }
}

static void add_nodes(struct coverage *coverage, const struct wh_node *node, bool is_own)
{
    bool has_cast = node->form == WH_NODE_CALL || node->form == WH_NODE_RETYPE;
    if (node->form == WH_NODE_CALL)
        add_call(coverage, node, is_own);
    if (has_cast && node->input_count > 0 && !is_own)
        add_cast(coverage, node);
    for (size_t i = 0; i < node->input_count; i++) {
        if (node->inputs[i] != NULL)
            add_nodes(coverage, node->inputs[i], is_own);
    }
}

/* A call without arguments is a constant, which the program does not tell of. */
static void add_constant_calls(struct coverage *coverage, struct wh_str expression)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < coverage->counts[t]; i++) {
            const char *name = coverage->tables[t][i].operation.name;
            size_t len = strlen(name);
            if (coverage->tables[t][i].arguments[0] != '\0')
                continue;
            const char *at = memmem(expression.ptr, expression.len, name, len);
            size_t behind = at != NULL ? expression.len - (size_t)(at - expression.ptr) - len : 0;
            if (behind >= 2 && memcmp(at + len, "()", 2) == 0)
                coverage->is_called[t][i] = true;
        }
    }
}

void coverage_add(struct coverage *coverage, const struct coverage_case *asked)
{
    if (!asked->is_own)
        add_constant_calls(coverage, asked->expression);
    add_nodes(coverage, asked->program->root, asked->is_own);
    if (!asked->is_own)
        add_operator_case(coverage, asked->expression, asked->scope);
}

/* ---- what is missing ------------------------------------------------------------------------ */

static bool is_own(const char *name)
{
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            if (entry->is_own && strcmp(entry->name, name) == 0)
                return true;
        }
    }
    return false;
}

static bool is_asked(const struct coverage *coverage, size_t t, size_t i)
{
    const struct wh_function *row = &coverage->tables[t][i];
    bool is_infix = row->operation.style == WH_STYLE_INFIX && !wants_literal(row);
    bool is_here = row->operation.kernel != NULL && !row->operation.is_volatile;
    if (is_infix || !is_here || coverage->is_called[t][i])
        return true; /* infix ones: see report_operators() */
    return coverage->is_called_own[t][i] && is_own(row->operation.name);
}

static size_t report_rows(const struct coverage *coverage, size_t t)
{
    size_t missing = 0;
    for (size_t i = 0; i < coverage->counts[t]; i++) {
        const struct wh_function *row = &coverage->tables[t][i];
        if (is_asked(coverage, t, i))
            continue;
        fprintf(stderr, "no case asks for %s(", row->operation.name);
        for (const char *letter = row->arguments; *letter != '\0'; letter++)
            fprintf(stderr, " %s", strchr("?!*", *letter) ? "any" : wh_letter_name(*letter));
        fprintf(stderr, " )\n");
        missing++;
    }
    return missing;
}

static size_t report_operators(const struct operator_pairs *pairs)
{
    size_t missing = 0;
    for (const char *left = WH_ALL_LETTERS; *left != '\0'; left++) {
        for (const char *right = WH_ALL_LETTERS; *right != '\0'; right++) {
            if (pairs->is_asked[(unsigned char)*left][(unsigned char)*right] ||
                !is_accepted(pairs->name, *left, *right))
                continue;
            fprintf(stderr, "no case asks for %s %s %s\n", wh_letter_name(*left), pairs->name,
                    wh_letter_name(*right));
            missing++;
        }
    }
    return missing;
}

static size_t report_casts(const struct coverage *coverage)
{
    size_t missing = 0;
    for (const char *from = WH_ALL_LETTERS; *from != '\0'; from++) {
        for (const char *to = WH_ALL_LETTERS; *to != '\0'; to++) {
            if (*from == *to || coverage->is_cast[(unsigned char)*from][(unsigned char)*to] ||
                !wh_can_coerce(*from, *to, WH_COERCE_EXPLICIT))
                continue;
            fprintf(stderr, "no case casts %s to %s\n", wh_letter_name(*from), wh_letter_name(*to));
            missing++;
        }
    }
    for (const char *letter = "tcn"; *letter != '\0'; letter++) {
        if (coverage->is_modified[(unsigned char)*letter])
            continue;
        fprintf(stderr, "no case has a length or precision of %s\n", wh_letter_name(*letter));
        missing++;
    }
    return missing;
}

size_t coverage_report(const struct coverage *coverage)
{
    size_t missing = report_casts(coverage);
    for (size_t t = 0; t < TABLES; t++)
        missing += report_rows(coverage, t);
    for (size_t i = 0; i < coverage->operator_count; i++)
        missing += report_operators(&coverage->operators[i]);
    return missing;
}

/* ---- lifecycle ------------------------------------------------------------------------------ */

static void add_table(struct coverage *coverage, size_t t, const struct wh_function *table)
{
    assert_true(t < TABLES);
    coverage->tables[t] = table;
    while (table[coverage->counts[t]].arguments != NULL)
        coverage->counts[t]++;
    assert_true(coverage->counts[t] <= MOST_ROWS);
}

struct coverage *coverage_new(void)
{
    static const char *const more[] = {"=", "<>", "<", "<=", ">", ">=", "||"};
    struct coverage *coverage = calloc(1, sizeof(*coverage));
    assert_non_null(coverage);
    size_t t = 0;
    for (; wh_function_tables[t] != NULL; t++)
        add_table(coverage, t, wh_function_tables[t]);
    add_table(coverage, t, wh_operators);
    assert_int_equal(TABLES, t + 1);
    for (const struct wh_function *row = wh_operators; row->arguments != NULL; row++) {
        if (row->operation.style == WH_STYLE_INFIX)
            add_operator(coverage, row->operation.name);
    }
    for (size_t i = 0; i < WH_COUNT_OF(more); i++)
        add_operator(coverage, more[i]);
    return coverage;
}

void coverage_free(struct coverage *coverage)
{
    free(coverage);
}
