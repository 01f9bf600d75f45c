/* SPDX-License-Identifier: Apache-2.0 */
/** The options of `format:`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"
#include "format/options.h"

static void set(struct wh_format_options *options, const char *name, const char *text)
{
    struct wh_error err = WH_ERROR_NONE;
    const struct wh_option *option = wh_option_find(wh_format_option_table, wh_str_from(name));
    assert_non_null(option);
    assert_int_equal(wh_option_set(option, options, wh_str_from(text), &err), WH_OK);
}

static wh_code check(const struct wh_format_options *options, const char *message)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_format_options_check(options, &err);
    assert_string_equal(err.message, message);
    return rc;
}

static void the_table_sets_each_option(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    set(&options, "delimiter", "\\t");
    set(&options, "quote", "'");
    set(&options, "header", "false");
    set(&options, "record", "1MiB");
    set(&options, "encoding", "utf8");
    assert_int_equal(options.delimiter, '\t');
    assert_int_equal(options.quote, '\'');
    assert_false(options.has_header);
    assert_int_equal(wh_format_record_limit(&options), 1u << 20);
    options.cell = 1024;
    assert_int_equal(check(&options, ""), WH_OK);
}

static void the_defaults_are_rfc_4180(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    assert_int_equal(check(&options, ""), WH_OK);
    assert_int_equal(options.delimiter, ',');
    assert_int_equal(options.quote, '"');
    assert_true(options.has_header);
    assert_int_equal(options.cell, 64u << 20);
    assert_int_equal(wh_format_record_limit(&options), 128u << 20);
}

static void refuses_dialects_that_cannot_be_read(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.delimiter = '"';
    assert_int_equal(check(&options, "delimiter and quote are both '\"'; state two bytes"),
                     WH_INVALID);
    options.delimiter = '\n';
    assert_int_equal(
        check(&options, "the delimiter cannot be a line end or NUL; state another byte"),
        WH_INVALID);
    options.delimiter = (char)0xA7;
    assert_int_equal(
        check(&options, "the delimiter 0xA7 is no ASCII character; state one of those"),
        WH_UNSUPPORTED);
    options.delimiter = ',';
    options.quote = '\r';
    assert_int_equal(check(&options, "the quote cannot be a line end or NUL; state another byte"),
                     WH_INVALID);
}

static void refuses_other_encodings_by_name(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.encoding = WH_STR("cp1252");
    assert_int_equal(check(&options, "encoding 'cp1252' is not supported; convert the file: iconv "
                                     "-f cp1252 -t UTF-8"),
                     WH_UNSUPPORTED);
}

static void refuses_formats_that_there_are_not(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.type = WH_STR("csv");
    assert_int_equal(check(&options, ""), WH_OK);
    options.type = WH_STR("CSV2");
    char message[200];
    (void)snprintf(message, sizeof(message), "there is no format 'CSV2'; known are: %s",
                   wh_format_names());
    assert_int_equal(check(&options, message), WH_INVALID);
}

static void refuses_limits_that_contradict_each_other(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.record = 100;
    options.cell = 101;
    assert_int_equal(check(&options, "a record of 100 bytes cannot hold a cell of 101; raise "
                                     "'record' or lower limits.cell"),
                     WH_INVALID);
    options.record = (uint64_t)3 << 30;
    assert_int_equal(
        check(&options, "a record limit of 3221225472 bytes is above the largest, 2GiB"),
        WH_INVALID);
    options.record = 0;
    options.cell = (uint64_t)2 << 30;
    assert_int_equal(check(&options, ""), WH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_sets_each_option),
        cmocka_unit_test(the_defaults_are_rfc_4180),
        cmocka_unit_test(refuses_dialects_that_cannot_be_read),
        cmocka_unit_test(refuses_other_encodings_by_name),
        cmocka_unit_test(refuses_formats_that_there_are_not),
        cmocka_unit_test(refuses_limits_that_contradict_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
