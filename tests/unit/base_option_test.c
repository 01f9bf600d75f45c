/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/option.h"

struct settings {
    bool header;
    uint64_t rows;
    uint64_t memory;
    struct wh_str name;
    char delimiter;
};

static const struct wh_option table[] = {
    {"header", WH_OPTION_BOOL, "true", "", offsetof(struct settings, header)},
    {"rows", WH_OPTION_COUNT, "0", "", offsetof(struct settings, rows)},
    {"memory", WH_OPTION_SIZE, "512MiB", "", offsetof(struct settings, memory)},
    {"name", WH_OPTION_TEXT, "", "", offsetof(struct settings, name)},
    {"delimiter", WH_OPTION_CHAR, ",", "", offsetof(struct settings, delimiter)},
    {.name = NULL},
};

static wh_code set(struct settings *settings, const char *name, const char *text)
{
    struct wh_error err = WH_ERROR_NONE;
    const struct wh_option *option = wh_option_find(table, wh_str_from(name));
    assert_non_null(option);
    wh_code rc = wh_option_set(option, settings, wh_str_from(text), &err);
    assert_true(rc == WH_OK || strstr(err.message, name) != NULL);
    return rc;
}

static void each_type_is_parsed_into_its_field(void **state)
{
    (void)state;
    struct settings settings = {.header = true};
    assert_int_equal(set(&settings, "header", "false"), WH_OK);
    assert_int_equal(set(&settings, "rows", "18446744073709551615"), WH_OK);
    assert_int_equal(set(&settings, "memory", "10kB"), WH_OK);
    assert_int_equal(set(&settings, "name", "x y"), WH_OK);
    assert_int_equal(set(&settings, "delimiter", "\\t"), WH_OK);
    assert_false(settings.header);
    assert_true(settings.rows == UINT64_MAX);
    assert_int_equal(settings.memory, 10000);
    assert_true(wh_str_is(settings.name, "x y"));
    assert_int_equal(settings.delimiter, '\t');
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct settings settings = {.header = true};
    assert_int_equal(set(&settings, "header", "yes"), WH_INVALID);
    assert_int_equal(set(&settings, "rows", "18446744073709551616"), WH_INVALID);
    assert_int_equal(set(&settings, "rows", "-1"), WH_INVALID);
    assert_int_equal(set(&settings, "rows", "1x"), WH_INVALID);
    assert_int_equal(set(&settings, "rows", ""), WH_INVALID);
    assert_int_equal(set(&settings, "memory", "64 mib"), WH_INVALID);
    assert_int_equal(set(&settings, "memory", "18446744073709551615GiB"), WH_INVALID);
    assert_int_equal(set(&settings, "delimiter", "ab"), WH_INVALID);
}

static void the_nearest_name_is_found_and_nothing_far_away(void **state)
{
    (void)state;
    assert_string_equal(wh_option_nearest(table, WH_STR("delimeter")), "delimiter");
    assert_string_equal(wh_option_nearest(table, WH_STR("haeder")), "header");
    assert_null(wh_option_nearest(table, WH_STR("zzzzzz")));
    assert_null(wh_option_find(table, WH_STR("head")));
}

static void context_comes_before_the_message_and_the_first_place_stays(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_error_system(&err, WH_IO, ENOSPC, "cannot write '%s'", "f"), WH_IO);
    assert_int_equal(wh_error_prefix(&err, WH_IO, "item '%d'", 7), WH_IO);
    assert_string_equal(err.message, "item '7': cannot write 'f': No space left on device");
    assert_int_equal(err.vendor_code, ENOSPC);
    wh_error_at(&err, WH_IO, 3, 4);
    wh_error_at(&err, WH_IO, 9, 9);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 4);
}

static void a_message_that_is_too_long_ends_with_a_whole_character(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    char text[WH_ERROR_MESSAGE_SIZE * 2];
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[sizeof(text) - 2] = '\0';
    wh_error_set(&err, WH_INVALID, "x%s", text);
    size_t length = strlen(err.message);
    assert_true(length < WH_ERROR_MESSAGE_SIZE && length > WH_ERROR_MESSAGE_SIZE - 4);
    assert_int_equal(length % 2, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_parsed_into_its_field),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_nearest_name_is_found_and_nothing_far_away),
        cmocka_unit_test(context_comes_before_the_message_and_the_first_place_stays),
        cmocka_unit_test(a_message_that_is_too_long_ends_with_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
