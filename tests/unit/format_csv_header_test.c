/* SPDX-License-Identifier: Apache-2.0 */
/** What stands before the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/csv.h"

static wh_code read_header(struct wh_str text, bool is_last, struct wh_arena *arena,
                           struct wh_csv_header *header, enum wh_csv_found *found)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options options;
    wh_format_options_init(&options);
    struct wh_csv_form form;
    assert_int_equal(wh_csv_form_make(&options, &form, &err), WH_OK);
    return wh_csv_header_read(&form, text, is_last, arena, header, found, &err);
}

static void passes_over_blank_lines(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_csv_header header;
    enum wh_csv_found found;
    struct wh_str text = WH_STR("\r\n\n\"a\nb\",c\r\n1,2\n");
    assert_int_equal(read_header(text, true, &arena, &header, &found), WH_OK);
    assert_int_equal(found, WH_CSV_RECORD);
    assert_int_equal(header.count, 2);
    assert_true(wh_str_is(header.names[0], "a\nb"));
    assert_true(wh_str_is(header.names[1], "c"));
    assert_int_equal(header.size, 12);
    assert_int_equal(header.lines, 4);
    wh_arena_release(&arena);
}

static void asks_for_more_until_the_header_is_whole(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_csv_header header;
    enum wh_csv_found found;
    assert_int_equal(read_header(WH_STR("a,\"b"), false, &arena, &header, &found), WH_OK);
    assert_int_equal(found, WH_CSV_PARTIAL);
    assert_int_equal(read_header(WH_STR("a,\"b"), true, &arena, &header, &found), WH_INVALID);
    assert_int_equal(read_header(WH_STR("a,b"), true, &arena, &header, &found), WH_OK);
    assert_int_equal(found, WH_CSV_RECORD);
    assert_int_equal(header.size, 3);
    assert_int_equal(read_header(WH_STR(""), true, &arena, &header, &found), WH_OK);
    assert_int_equal(found, WH_CSV_NOTHING);
    wh_arena_release(&arena);
}

static void takes_ten_thousand_columns_and_refuses_too_many(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_csv_header header;
    enum wh_csv_found found;
    size_t len = 2 * (size_t)(WH_FORMAT_MAX_COLUMNS + 1);
    char *text = malloc(len);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = i % 2 == 0 ? 'x' : ',';
    text[2 * 10000 - 1] = '\n';
    assert_int_equal(read_header(wh_str_make(text, len), true, &arena, &header, &found), WH_OK);
    assert_int_equal(header.count, 10000);
    text[2 * 10000 - 1] = ',';
    text[len - 1] = '\n';
    assert_int_equal(read_header(wh_str_make(text, len), true, &arena, &header, &found), WH_LIMIT);
    free(text);
    wh_arena_release(&arena);
}

static struct wh_csv_header read_with(const struct wh_format_options *options, struct wh_str text,
                                      struct wh_arena *arena, enum wh_csv_found expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_csv_form form;
    struct wh_csv_header header;
    enum wh_csv_found found;
    assert_int_equal(wh_csv_form_make(options, &form, &err), WH_OK);
    if (wh_csv_header_read(&form, text, true, arena, &header, &found, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(found, expected);
    return header;
}

static void skips_lines_and_comments_before_the_header(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.skip = 2;
    options.comment = WH_STR("#");
    struct wh_csv_header header =
        read_with(&options, WH_STR("A \"report\r\n\n# x\n\na,b\n1,2\n"), &arena, WH_CSV_RECORD);
    assert_int_equal(header.count, 2);
    assert_true(wh_str_is(header.names[0], "a"));
    assert_true(wh_str_is(header.preamble, "A \"report\r\n\n"));
    assert_int_equal(header.size, 21);
    assert_int_equal(header.lines, 5);
    read_with(&options, WH_STR("one\n"), &arena, WH_CSV_NOTHING);
    options.line_end = WH_STR("any");
    header = read_with(&options, WH_STR("x\ry\r\na,b\r1"), &arena, WH_CSV_RECORD);
    assert_true(wh_str_is(header.preamble, "x\ry\r\n"));
    assert_int_equal(header.size, 9);
    assert_int_equal(header.lines, 3);
    wh_arena_release(&arena);
}

static void joins_the_names_of_several_header_records(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.header = WH_STR("3");
    struct wh_csv_header header =
        read_with(&options, WH_STR("id,\"Sales\",,\n,2023,2024,\n,EUR,\"E\"\"R\",note\n1,2,3,4\n"),
                  &arena, WH_CSV_RECORD);
    assert_int_equal(header.count, 4);
    assert_true(wh_str_is(header.names[0], "id"));
    assert_true(wh_str_is(header.names[1], "Sales 2023 EUR"));
    assert_true(wh_str_is(header.names[2], "2024 E\"R"));
    assert_true(wh_str_is(header.names[3], "note"));
    assert_int_equal(header.lines, 3);

    struct wh_csv_form form;
    struct wh_error err = WH_ERROR_NONE;
    enum wh_csv_found found;
    assert_int_equal(wh_csv_form_make(&options, &form, &err), WH_OK);
    assert_int_equal(
        wh_csv_header_read(&form, WH_STR("a,b\nc\nd,e\n"), true, &arena, &header, &found, &err),
        WH_INVALID);
    assert_string_equal(err.message, "the header's records have 2 and 1 cells; state another "
                                     "'header', or 'skip' and 'columns'");
    wh_arena_release(&arena);
}

static void finds_the_lines_at_the_end(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.skip_end = 2;
    struct wh_csv_form form;
    assert_int_equal(wh_csv_form_make(&options, &form, &err), WH_OK);
    size_t start;
    assert_true(wh_csv_footer_start(&form, WH_STR("a\nb\r\nc"), false, &start));
    assert_int_equal(start, 2);
    assert_true(wh_csv_footer_start(&form, WH_STR("a\nb\nc\r\n"), false, &start));
    assert_int_equal(start, 2);
    assert_true(wh_csv_footer_start(&form, WH_STR("b\nc\n"), true, &start));
    assert_int_equal(start, 0);
    assert_false(wh_csv_footer_start(&form, WH_STR("b\nc\n"), false, &start));
    assert_false(wh_csv_footer_start(&form, WH_STR("c\n"), true, &start));
    form.dialect.line_end = WH_CSV_LINES_ANY;
    assert_true(wh_csv_footer_start(&form, WH_STR("a\rb\rc\r\n"), false, &start));
    assert_int_equal(start, 2);
}

static void guesses_a_delimiter_from_the_only_name(void **state)
{
    (void)state;
    assert_int_equal(wh_csv_likely_delimiter(WH_STR("id;name,x;y")), ';');
    assert_int_equal(wh_csv_likely_delimiter(WH_STR("id\tname")), '\t');
    assert_int_equal(wh_csv_likely_delimiter(WH_STR("id|name")), '|');
    assert_int_equal(wh_csv_likely_delimiter(WH_STR("name")), 0);
    assert_int_equal(wh_csv_likely_delimiter(WH_STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_over_blank_lines),
        cmocka_unit_test(asks_for_more_until_the_header_is_whole),
        cmocka_unit_test(takes_ten_thousand_columns_and_refuses_too_many),
        cmocka_unit_test(skips_lines_and_comments_before_the_header),
        cmocka_unit_test(joins_the_names_of_several_header_records),
        cmocka_unit_test(finds_the_lines_at_the_end),
        cmocka_unit_test(guesses_a_delimiter_from_the_only_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
