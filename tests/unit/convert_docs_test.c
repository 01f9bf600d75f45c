/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/expressions.md shows the table of functions as the catalog has it; with WHERRY_WRITE_DOCS
 * set in the environment the file is written anew. Examples of the catalog have the answers that
 * stand beside them: tests/differential/check-expressions --examples asks PostgreSQL for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "convert/catalog.h"
#include "convert/expr.h"
#include "convert/types.h"
#include "data/text.h"

#define PATH "docs/expressions.md"
#define BEGIN "<!-- functions -->\n"
#define END "<!-- end of functions -->\n"

static void read_file(struct wh_buf *text)
{
    struct wh_error err = WH_ERROR_NONE;
    char room[4096];
    FILE *file = fopen(PATH, "r");
    assert_non_null(file);
    for (size_t len; (len = fread(room, 1, sizeof(room), file)) > 0;)
        assert_int_equal(WH_OK, wh_buf_append(text, room, len, &err));
    (void)fclose(file);
}

/* A table's cell: a bar would end it. */
static void print_cell(struct wh_buf *out, const char *text)
{
    struct wh_error err = WH_ERROR_NONE;
    for (; *text != '\0'; text++) {
        if (*text == '|')
            assert_int_equal(WH_OK, wh_buf_append_byte(out, '\\', &err));
        assert_int_equal(WH_OK, wh_buf_append_byte(out, *text, &err));
    }
}

static void print_row(struct wh_buf *out, const struct wh_catalog_entry *entry)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(WH_OK, wh_buf_printf(out, &err, "| `"));
    print_cell(out, entry->signature);
    assert_int_equal(WH_OK, wh_buf_printf(out, &err, "` | "));
    print_cell(out, entry->help);
    const char *owner = entry->is_own ? "; wherry's own" : "";
    assert_int_equal(WH_OK, wh_buf_printf(out, &err, "%s |\n", owner));
}

/* All functions; docs/expressions.md tells of operators and casts in its own words. */
static void print_functions(struct wh_buf *out)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(WH_OK, wh_buf_printf(out, &err, "| function | what it gives |\n|---|---|\n"));
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        if (strcmp(subject->title, "operators") == 0)
            break;
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL; entry++)
            print_row(out, entry);
    }
}

/* ---- examples ------------------------------------------------------------------------------- */

struct runner {
    struct wh_arena arena;
    struct wh_eval *eval;
};

/* The answer of @p entry's example in *ret, a column of one row. */
static void evaluate(struct runner *runner, const struct wh_catalog_entry *entry,
                     struct wh_column *ret)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_scope scope = {.allow_volatile = true};
    struct wh_expr_text text = {.text = wh_str_from(entry->example)};
    struct wh_program *program = NULL;
    uint16_t row = 0;
    uint8_t code = WH_FAULT_NONE;
    uint16_t node = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    if (wh_expr_compile(text, &scope, &runner->arena, &program, &err) != WH_OK)
        fail_msg("%s: %s", entry->example, err.message);
    struct wh_eval_request request = {
        .program = program, .selection = &selection, .row_count = 1, .arena = &runner->arena};
    assert_int_equal(WH_OK, wh_eval_run(runner->eval, &request, ret, &faults, &err));
    if (code != WH_FAULT_NONE)
        fail_msg("%s is faulty", entry->example);
}

static void check_example(struct runner *runner, const struct wh_catalog_entry *entry)
{
    struct wh_column answer;
    struct wh_str found = WH_STR("NULL");
    evaluate(runner, entry, &answer);
    const char *type = wh_letter_name(wh_type_letter(answer.type));
    bool is_null = wh_column_is_null(&answer, 0);
    if (!is_null)
        assert_int_equal(WH_FAULT_NONE, wh_value_print(&answer, 0, &runner->arena, &found));
    bool is_same = entry->answer == NULL ? is_null : !is_null && wh_str_is(found, entry->answer);
    if (!is_same || strcmp(type, entry->type) != 0)
        fail_msg("%s is %s '%.*s', and the catalog says %s '%s'", entry->example, type,
                 WH_FMT(found), entry->type, entry->answer != NULL ? entry->answer : "NULL");
    wh_arena_reset(&runner->arena, 1 << 20);
}

static void every_example_has_the_answer_that_is_shown(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct runner runner;
    wh_arena_init(&runner.arena);
    assert_int_equal(WH_OK, wh_eval_new(&runner.eval, &err));
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL; subject++)
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL; entry++)
            check_example(&runner, entry);
    wh_eval_free(runner.eval);
    wh_arena_release(&runner.arena);
}

static void write_file(struct wh_str before, struct wh_str table, struct wh_str after)
{
    FILE *file = fopen(PATH, "w");
    assert_non_null(file);
    (void)fprintf(file, "%.*s", (int)before.len, before.ptr);
    (void)fprintf(file, "%.*s", (int)table.len, table.ptr);
    (void)fprintf(file, "%.*s", (int)after.len, after.ptr);
    (void)fclose(file);
}

static void documentation_shows_the_table_of_functions(void **state)
{
    (void)state;
    struct wh_buf text;
    struct wh_buf table;
    wh_buf_init(&text, 1 << 20);
    wh_buf_init(&table, 1 << 20);
    read_file(&text);
    print_functions(&table);
    const char *all = wh_buf_cstr(&text);
    const char *begin = strstr(all, BEGIN);
    const char *end = strstr(all, END);
    assert_true(begin != NULL && end != NULL);
    begin += strlen(BEGIN);
    struct wh_str shown = wh_str_make(begin, (size_t)(end - begin));
    if (getenv("WHERRY_WRITE_DOCS") != NULL)
        write_file(wh_str_make(all, (size_t)(begin - all)), wh_buf_str(&table), wh_str_from(end));
    else if (!wh_str_equal(shown, wh_buf_str(&table)))
        fail_msg(PATH " is not up to date: run this test with WHERRY_WRITE_DOCS=1");
    wh_buf_release(&text);
    wh_buf_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documentation_shows_the_table_of_functions),
        cmocka_unit_test(every_example_has_the_answer_that_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
