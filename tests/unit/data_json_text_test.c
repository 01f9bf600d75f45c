/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/json_text.h"
#include "data/schema.h"

static void assert_text_is(struct wh_str text, const char *json)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, 1000);
    assert_int_equal(wh_json_append_text(&out, text, NULL), WH_OK);
    assert_true(wh_str_is(wh_buf_str(&out), json));
}

static void escapes_what_json_does_not_allow_in_a_string(void **state)
{
    (void)state;
    assert_text_is(WH_STR("plain"), "\"plain\"");
    assert_text_is(WH_STR(""), "\"\"");
    assert_text_is(WH_STR_NONE, "null");
    assert_text_is(WH_STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    assert_text_is(WH_STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    assert_text_is(WH_STR("\x01\x1F\x7F"), "\"\\u0001\\u001f\\u007f\"");
    assert_text_is(WH_STR("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

static void writes_objects_with_nulls(void **state)
{
    (void)state;
    const struct wh_str names[] = {WH_STR("a"), WH_STR("b\""), WH_STR("c")};
    const struct wh_str values[] = {WH_STR("1"), WH_STR_NONE, WH_STR("")};
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, 1000);
    assert_int_equal(wh_json_append_object(&out, names, values, 3, NULL), WH_OK);
    assert_true(wh_str_is(wh_buf_str(&out), "{\"a\": \"1\", \"b\\\"\": null, \"c\": \"\"}"));
    wh_buf_reset(&out);
    assert_int_equal(wh_json_append_object(&out, names, values, 0, NULL), WH_OK);
    assert_true(wh_str_is(wh_buf_str(&out), "{}"));
}

static void stops_at_the_buffers_limit(void **state)
{
    (void)state;
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, 5);
    assert_int_equal(wh_json_append_text(&out, WH_STR("\n\n\n"), NULL), WH_LIMIT);
    assert_true(out.len <= 5);
}

static void finds_columns_by_their_whole_name(void **state)
{
    (void)state;
    const struct wh_column_info columns[] = {{.name = WH_STR("id")}, {.name = WH_STR("Name")}};
    const struct wh_table_info table = {.columns = columns, .column_count = 2};
    assert_int_equal(wh_table_find_column(&table, WH_STR("Name")), 1);
    assert_true(wh_table_find_column(&table, WH_STR("name")) == SIZE_MAX);
    assert_true(wh_table_find_column(&table, WH_STR("i")) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_json_does_not_allow_in_a_string),
        cmocka_unit_test(writes_objects_with_nulls),
        cmocka_unit_test(stops_at_the_buffers_limit),
        cmocka_unit_test(finds_columns_by_their_whole_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
