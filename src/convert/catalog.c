/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/catalog.h"

#include <fnmatch.h>
#include <string.h>

#include "base/macros.h"
#include "convert/catalog_rows.h"
#include "convert/compare.h"
#include "convert/functions.h"
#include "convert/kernel_regex.h"
#include "convert/resolve.h"

static const struct wh_catalog_subject subjects[] = {
    {"text", wh_catalog_text},
    {"patterns", wh_catalog_patterns},
    {"bytes, digests, UUIDs", wh_catalog_bytes},
    {"JSON", wh_catalog_json},
    {"arrays", wh_catalog_arrays},
    {"numbers", wh_catalog_numbers},
    {"dates and times", wh_catalog_times},
    {"conditions", wh_catalog_conditions},
    {"operators", wh_catalog_operators},
    {"casts", wh_catalog_casts},
    {NULL, NULL},
};

const struct wh_catalog_subject *wh_catalog(void)
{
    return subjects;
}

/* ---- kinds ---------------------------------------------------------------------------------- */

static bool is_in_table(const struct wh_function *table, const char *name)
{
    for (; table->arguments != NULL; table++) {
        if (table->operation.kernel != NULL && strcmp(table->operation.name, name) == 0)
            return true;
    }
    return false;
}

static bool is_operator(const char *name)
{
    return is_in_table(wh_operators, name) || wh_comparison_operation(wh_str_from(name)) != NULL;
}

static bool is_function(const char *name)
{
    for (size_t i = 0; wh_function_tables[i] != NULL; i++) {
        if (is_in_table(wh_function_tables[i], name))
            return true;
    }
    return false;
}

enum wh_catalog_kind wh_catalog_kind(const struct wh_catalog_subject *subject,
                                     const struct wh_catalog_entry *entry)
{
    if (subject->entries == wh_catalog_casts)
        return WH_CATALOG_CAST;
    if (subject->entries == wh_catalog_operators)
        return is_operator(entry->name) ? WH_CATALOG_OPERATOR : WH_CATALOG_FORM;
    return is_function(entry->name) ? WH_CATALOG_FUNCTION : WH_CATALOG_FORM;
}

/* ---- signatures ----------------------------------------------------------------------------- */

/* Which arguments a preparation wants to be literals: bit i for argument i. */
static uint32_t literals_of(wh_prepare *prepare)
{
    static const struct {
        wh_prepare *prepare;
        uint32_t literals;
    } rows[] = {
        {wh_prepare_date_format, 1u << 1},
        {wh_prepare_number_format, 1u << 1},
        {wh_prepare_date_formats, ~1u},
        {wh_prepare_field, 1u << 0},
        {wh_prepare_zone, 1u << 0},
        {wh_prepare_last_zone, 1u << 6},
        {wh_prepare_field_zone, 1u << 0 | 1u << 2},
        {wh_prepare_utf8, 1u << 1},
        {wh_prepare_pattern, 1u << 1},
        {wh_prepare_pattern_fold, 1u << 1},
        {wh_prepare_regexp_like, 1u << 1 | 1u << 2},
        {wh_prepare_regexp_part, 1u << 1},
        {wh_prepare_regexp_replace, 1u << 1 | 1u << 3},
        {wh_prepare_regexp_replace_from, 1u << 1 | 1u << 5},
        {wh_prepare_regexp_substr, 1u << 1 | 1u << 4},
        {wh_prepare_regexp_count, 1u << 1 | 1u << 3},
        {wh_prepare_regexp_instr, 1u << 1 | 1u << 5},
    };
    for (size_t i = 0; i < WH_COUNT_OF(rows); i++) {
        if (rows[i].prepare == prepare)
            return rows[i].literals;
    }
    return 0;
}

static const char *type_name(char letter)
{
    return letter == '?' || letter == '!' ? "any" : wh_letter_name(letter);
}

static void show_row(const struct wh_function *row, wh_signature_visit *visit, void *ctx)
{
    struct wh_signature signature = {.result = type_name(row->result),
                                     .literals = literals_of(row->prepare),
                                     .is_volatile = row->operation.is_volatile};
    const char *letters = row->arguments;
    for (; *letters != '\0' && signature.count < WH_SIGNATURE_MAX_ARGUMENTS; letters++) {
        if (*letters == '*')
            signature.repeats_last = true;
        else
            signature.arguments[signature.count++] = type_name(*letters);
    }
    visit(ctx, &signature);
}

static void show_table(const struct wh_function *table, const char *name, wh_signature_visit *visit,
                       void *ctx)
{
    for (; table->arguments != NULL; table++) {
        if (table->operation.kernel != NULL && strcmp(table->operation.name, name) == 0)
            show_row(table, visit, ctx);
    }
}

static void show_operator(const char *name, wh_signature_visit *visit, void *ctx)
{
    /* What resolve_call.c has rules of its own for. */
    static const struct wh_function joins[] = {
        {.arguments = "t?", .result = 't'}, {.arguments = "?t", .result = 't'},
        {.arguments = "JJ", .result = 'J'}, {.arguments = "AA", .result = 'A'},
        {.arguments = "At", .result = 'A'}, {.arguments = "tA", .result = 'A'}};
    show_table(wh_operators, name, visit, ctx);
    for (size_t i = 0; i < WH_COUNT_OF(joins) && strcmp(name, "||") == 0; i++)
        show_row(&joins[i], visit, ctx);
    if (wh_comparison_operation(wh_str_from(name)) == NULL)
        return;
    for (const struct wh_function *row = wh_comparisons; row->arguments != NULL; row++)
        show_row(row, visit, ctx);
}

static void show_casts(const char *name, wh_signature_visit *visit, void *ctx)
{
    static const struct {
        const char *name;
        char letter;
    } targets[] = {
        {"boolean", 'b'},
        {"smallint", '2'},
        {"integer", '4'},
        {"bigint", '8'},
        {"real", 'f'},
        {"numeric", 'n'},
        {"double precision", 'd'},
        {"date", 'D'},
        {"time", 'T'},
        {"timestamp", 'S'},
        {"timestamptz", 'Z'},
        {"interval", 'I'},
        {"text", 't'},
        {"varchar", 't'},
        {"char", 'c'},
        {"bytea", 'y'},
        {"uuid", 'i'},
        {"json", 'j'},
        {"jsonb", 'J'},
        {"text[]", 'A'},
    };
    char to = 'u';
    for (size_t i = 0; i < WH_COUNT_OF(targets) && to == 'u'; i++)
        to = strcmp(targets[i].name, name) == 0 ? targets[i].letter : 'u';
    for (const char *from = WH_ALL_LETTERS; *from != '\0'; from++) {
        if (*from == to || !wh_can_coerce(*from, to, WH_COERCE_EXPLICIT))
            continue;
        struct wh_signature signature = {
            .arguments = {type_name(*from)},
            .count = 1,
            .result = type_name(to),
            .is_implicit = wh_can_coerce(*from, to, WH_COERCE_IMPLICIT),
            .is_assignment = wh_can_coerce(*from, to, WH_COERCE_ASSIGNMENT)};
        visit(ctx, &signature);
    }
}

void wh_catalog_signatures(const struct wh_catalog_subject *subject,
                           const struct wh_catalog_entry *entry, wh_signature_visit *visit,
                           void *ctx)
{
    enum wh_catalog_kind kind = wh_catalog_kind(subject, entry);
    if (kind == WH_CATALOG_CAST)
        show_casts(entry->name, visit, ctx);
    else if (kind == WH_CATALOG_OPERATOR)
        show_operator(entry->name, visit, ctx);
    else if (kind == WH_CATALOG_FUNCTION)
        for (size_t i = 0; wh_function_tables[i] != NULL; i++)
            show_table(wh_function_tables[i], entry->name, visit, ctx);
}

/* ---- looking for entries -------------------------------------------------------------------- */

bool wh_catalog_has(struct wh_str name)
{
    for (const struct wh_catalog_subject *subject = subjects; subject->title != NULL; subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            if (wh_str_equal_ascii_fold(name, wh_str_from(entry->name)))
                return true;
        }
    }
    return false;
}

static bool contains_fold(const char *text, struct wh_str word)
{
    size_t len = strlen(text);
    for (size_t at = 0; at + word.len <= len; at++) {
        if (wh_str_equal_ascii_fold(wh_str_make(text + at, word.len), word))
            return true;
    }
    return false;
}

bool wh_catalog_is_word(struct wh_str wanted)
{
    return wanted.len > 2 && wanted.ptr[0] == '/' && wanted.ptr[wanted.len - 1] == '/';
}

bool wh_catalog_matches(const struct wh_catalog_filter *filter,
                        const struct wh_catalog_subject *subject,
                        const struct wh_catalog_entry *entry)
{
    struct wh_str wanted = filter->wanted;
    char pattern[64];
    if (wanted.ptr == NULL)
        return true;
    if (filter->is_name)
        return wh_str_equal_ascii_fold(wanted, wh_str_from(entry->name));
    if (wh_catalog_is_word(wanted)) {
        struct wh_str word = wh_str_make(wanted.ptr + 1, wanted.len - 2);
        return contains_fold(subject->title, word) || contains_fold(entry->name, word) ||
               contains_fold(entry->signature, word) || contains_fold(entry->help, word);
    }
    if (wanted.len >= sizeof(pattern))
        return false;
    memcpy(pattern, wanted.ptr, wanted.len);
    pattern[wanted.len] = '\0';
    return fnmatch(pattern, entry->name, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}
