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
    return wh_csv_header_read(&options, text, is_last, arena, header, found, &err);
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
        cmocka_unit_test(guesses_a_delimiter_from_the_only_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
