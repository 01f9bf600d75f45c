/* SPDX-License-Identifier: Apache-2.0 */
/** The formats there are, and which one a file has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "format/format.h"

/* Calls @p check for every format that is named. */
static void each_format(void (*check)(const struct wh_format *format))
{
    struct wh_str rest = wh_str_from(wh_format_names());
    while (rest.ptr != NULL) {
        const struct wh_format *format = wh_format_find(wh_str_trim(wh_str_split(&rest, ',')));
        assert_non_null(format);
        check(format);
    }
}

static void check_options(const struct wh_format *format)
{
    for (const char *const *name = format->options; *name != NULL; name++)
        assert_non_null(wh_option_find(wh_format_option_table, wh_str_from(*name)));
}

static void options_of_formats_are_in_the_table(void **state)
{
    (void)state;
    each_format(check_options);
}

static void check_suffixes(const struct wh_format *format)
{
    char name[64] = "a";
    for (const char *const *suffix = format->suffixes; *suffix != NULL; suffix++) {
        assert_int_equal((*suffix)[0], '.');
        (void)strncpy(name + 1, *suffix, sizeof(name) - 2);
        assert_ptr_equal(wh_format_of_file(wh_str_from(name)), format);
    }
}

static void a_suffix_tells_one_format(void **state)
{
    (void)state;
    each_format(check_suffixes);
}

static void names_that_tell_nothing_mean_csv(void **state)
{
    (void)state;
    static const char *const names[] = {"people.CSV", "people", "people.dat",
                                        ".csv",       "",       "a.csv.old"};
    for (size_t i = 0; i < WH_COUNT_OF(names); i++)
        assert_ptr_equal(wh_format_of_file(wh_str_from(names[i])), &wh_csv_format);
    assert_null(wh_format_find(WH_STR("CSV")));
    assert_null(wh_format_find(WH_STR("")));
}

static void first_bytes_tell_json_from_other_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const struct wh_format *format; /* NULL: cannot be told */
    } cases[] = {
        {"", &wh_csv_format},
        {" \n", &wh_csv_format},
        {"id,name\n1,{\n", &wh_csv_format},
        {"{\"a\": 1}", &wh_ndjson_format},
        {"\n {\"a\": {\"b\": [1]}} \r\n{", &wh_ndjson_format},
        {"{}\n", &wh_ndjson_format},
        {"{\"a\":\n1}\n", NULL},
        {"{\"a\": 1}, {\"a\": 2}\n", NULL},
        {"{\"a\": 1", NULL},
        {"{\"a\": 1, \"a\": 2}\n", NULL},
        {"{a},{b}\n", NULL},
        {"{", NULL},
        {"[]", &wh_json_format},
        {"[\n{\"a\": 1}, cut", &wh_json_format},
        {"[1, 2]", NULL},
        {"[id],[name]\n", NULL},
        {"[", NULL},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
        wh_arena_init(&scratch);
        const char *why;
        const struct wh_format *found =
            wh_format_of_text(wh_str_from(cases[i].text), &scratch, &why);
        assert_ptr_equal(found, cases[i].format);
        assert_int_equal(why != NULL, found != NULL && found != &wh_csv_format);
    }
}

static wh_code accept_all(const struct wh_format_options *options, struct wh_error *err)
{
    (void)options;
    (void)err;
    return WH_OK;
}

static void refuses_options_that_mean_nothing_to_the_format(void **state)
{
    (void)state;
    const struct wh_format bare = {
        .name = "bare", .options = (const char *const[]){"columns", NULL}, .check = accept_all};
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.record = 1 << 20; /* every format has records */
    struct wh_str name = WH_STR("a");
    options.columns = (struct wh_option_list){&name, 1};
    assert_int_equal(wh_format_check(&bare, &options, &err), WH_OK);
    options.quote = WH_STR("|");
    assert_int_equal(wh_format_check(&bare, &options, &err), WH_INVALID);
    assert_string_equal(err.message,
                        "option 'quote' means nothing to the format bare; take it away");
}

static void strips_one_line_end(void **state)
{
    (void)state;
    assert_true(wh_str_is(wh_format_strip_line_end(WH_STR("a\r\n")), "a"));
    assert_true(wh_str_is(wh_format_strip_line_end(WH_STR("a\n\n")), "a\n"));
    assert_true(wh_str_is(wh_format_strip_line_end(WH_STR("a\r")), "a\r"));
    assert_true(wh_str_is(wh_format_strip_line_end(WH_STR("")), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_formats_are_in_the_table),
        cmocka_unit_test(a_suffix_tells_one_format),
        cmocka_unit_test(names_that_tell_nothing_mean_csv),
        cmocka_unit_test(first_bytes_tell_json_from_other_text),
        cmocka_unit_test(refuses_options_that_mean_nothing_to_the_format),
        cmocka_unit_test(strips_one_line_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
