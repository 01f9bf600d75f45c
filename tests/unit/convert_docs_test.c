/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/expressions.md shows the table of functions as the program has it. With WHERRY_WRITE_DOCS set
 * in the environment the file is written anew.
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
#include "convert/expr.h"

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

static void print_functions(struct wh_buf *out)
{
    struct wh_error err = WH_ERROR_NONE;
    size_t count;
    const struct wh_function_info *functions = wh_functions(&count);
    assert_int_equal(WH_OK, wh_buf_printf(out, &err, "| function | what it gives |\n|---|---|\n"));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(WH_OK, wh_buf_printf(out, &err, "| `"));
        print_cell(out, functions[i].signature);
        assert_int_equal(WH_OK, wh_buf_printf(out, &err, "` | "));
        print_cell(out, functions[i].help);
        assert_int_equal(WH_OK, wh_buf_printf(out, &err, " |\n"));
    }
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
