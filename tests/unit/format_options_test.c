/* SPDX-License-Identifier: Apache-2.0 */
/** The options of `format:`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format/csv_dialect.h"
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

static struct wh_csv_form made(const struct wh_format_options *options)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_csv_form form;
    if (wh_csv_form_make(options, &form, &err) != WH_OK)
        fail_msg("%s", err.message);
    return form;
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
    struct wh_csv_form form = made(&options);
    assert_int_equal(form.dialect.delimiter, '\t');
    assert_int_equal(form.dialect.delimiter_size, 1);
    assert_int_equal(form.dialect.quote, '\'');
    assert_int_equal(form.header_records, 0);
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
    struct wh_csv_form form = made(&options);
    assert_int_equal(form.dialect.delimiter, ',');
    assert_int_equal(form.dialect.quote, '"');
    assert_true(form.dialect.has_quote);
    assert_true(wh_csv_dialect_is_plain(&form.dialect));
    assert_int_equal(form.header_records, 1);
    assert_int_equal(form.skip + form.skip_end, 0);
    assert_false(form.pads);
    assert_int_equal(options.cell, 64u << 20);
    assert_int_equal(wh_format_record_limit(&options), 128u << 20);
}

static void refuses_dialects_that_cannot_be_read(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.delimiter = WH_STR("\"");
    assert_int_equal(check(&options, "delimiter and quote are both '\"'; state two bytes"),
                     WH_INVALID);
    options.delimiter = WH_STR("\n");
    assert_int_equal(check(&options, "the delimiter cannot hold a line end or NUL; state another"),
                     WH_INVALID);
    options.delimiter = WH_STR("\xA7");
    assert_int_equal(check(&options, "the delimiter is not UTF-8; state another"), WH_INVALID);
    options.delimiter = WH_STR("");
    assert_int_equal(check(&options, "the delimiter '' has 0 bytes; state 1 to 16"), WH_INVALID);
    options.delimiter = WH_STR(",");
    options.quote = WH_STR("\r");
    assert_int_equal(check(&options, "the quote cannot hold a line end or NUL; state another"),
                     WH_INVALID);
    options.quote = WH_STR("<>");
    assert_int_equal(
        check(&options, "the quote '<>' is no ASCII character; state one of those, or none"),
        WH_UNSUPPORTED);
}

static void refuses_bytes_that_say_two_things(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.escape = WH_STR("\"");
    assert_int_equal(check(&options, "the escape is the quote: a quote inside quotes is doubled "
                                     "anyway; state 'escape: none'"),
                     WH_INVALID);
    options.escape = WH_STR(",");
    assert_int_equal(check(&options, "delimiter and escape are both ','; state two bytes"),
                     WH_INVALID);
    options.escape = WH_STR("none");
    options.comment = WH_STR("-,");
    assert_int_equal(check(&options,
                           "the comment's ',' is part of delimiter, quote or escape, too; "
                           "state another"),
                     WH_INVALID);
    options.comment = WH_STR("#");
    options.may_space_quotes = true;
    options.delimiter = WH_STR(" ");
    assert_int_equal(check(&options, "'quote_spaces' cannot be told from a delimiter or comment "
                                     "with spaces; leave it out"),
                     WH_INVALID);
    options.delimiter = WH_STR_NONE;
    options.quote = WH_STR("none");
    assert_int_equal(check(&options, "'quote_spaces' has no meaning without a quote; leave one of "
                                     "them out"),
                     WH_INVALID);
}

static void refuses_words_that_it_does_not_know(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.dialect = WH_STR("excel");
    assert_int_equal(
        check(&options, "there is no dialect 'excel'; state csv, mysql or postgres-text"),
        WH_INVALID);
    options.dialect = WH_STR("mysql");
    options.line_end = WH_STR("crlf");
    assert_int_equal(check(&options,
                           "there is no line_end 'crlf'; state standard (LF or CR LF), lf "
                           "(LF alone) or any (LF, CR LF or CR)"),
                     WH_INVALID);
    options.line_end = WH_STR("any");
    options.header = WH_STR("yes");
    assert_int_equal(check(&options, "'header' must be true, false or how many records name the "
                                     "columns (at most 64), not 'yes'"),
                     WH_INVALID);
    options.header = WH_STR("2");
    options.ragged = WH_STR("cut");
    assert_int_equal(check(&options, "'ragged' must be reject or pad, not 'cut'"), WH_INVALID);
}

static void a_named_dialect_is_the_default_of_what_is_not_stated(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.dialect = WH_STR("mysql");
    struct wh_csv_form form = made(&options);
    assert_int_equal(form.dialect.delimiter, '\t');
    assert_false(form.dialect.has_quote);
    assert_int_equal(form.dialect.escape, '\\');
    assert_int_equal(form.dialect.escapes, WH_CSV_ESCAPES_MYSQL);
    assert_int_equal(form.dialect.line_end, WH_CSV_LINES_LF);
    assert_true(wh_str_is(form.default_null, "\\N"));
    assert_int_equal(form.header_records, 0);

    options.delimiter = WH_STR(",");
    options.quote = WH_STR("\"");
    options.header = WH_STR("true");
    form = made(&options);
    assert_int_equal(form.dialect.delimiter, ',');
    assert_true(form.dialect.has_quote);
    assert_int_equal(form.dialect.escape, '\\');
    assert_int_equal(form.header_records, 1);

    options.dialect = WH_STR("postgres-text");
    form = made(&options);
    assert_int_equal(form.dialect.escapes, WH_CSV_ESCAPES_POSTGRES);
    assert_true(form.dialect.has_end_marker);
}

static void refuses_unknown_encodings_by_name(void **state)
{
    (void)state;
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.encoding = WH_STR("cp1252");
    assert_int_equal(check(&options, ""), WH_OK);
    options.encoding = WH_STR("latin99");
    assert_int_equal(check(&options, "there is no encoding 'latin99'; known are UTF-8, UTF-16, "
                                     "latin1, cp1252 and those of: iconv -l"),
                     WH_UNSUPPORTED);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_sets_each_option),
        cmocka_unit_test(the_defaults_are_rfc_4180),
        cmocka_unit_test(refuses_dialects_that_cannot_be_read),
        cmocka_unit_test(refuses_bytes_that_say_two_things),
        cmocka_unit_test(refuses_words_that_it_does_not_know),
        cmocka_unit_test(a_named_dialect_is_the_default_of_what_is_not_stated),
        cmocka_unit_test(refuses_unknown_encodings_by_name),
        cmocka_unit_test(refuses_limits_that_contradict_each_other),
        cmocka_unit_test(refuses_formats_that_there_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
