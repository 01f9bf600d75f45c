/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/option.h"

struct settings {
    bool has_header;
    uint64_t rows;
    uint64_t memory;
    struct wh_str name;
    char delimiter;
    struct wh_option_list nulls;
};

static const struct wh_option table[] = {
    {"header", WH_OPTION_BOOL, "true", "", offsetof(struct settings, has_header)},
    {"rows", WH_OPTION_COUNT, "0", "", offsetof(struct settings, rows)},
    {"memory", WH_OPTION_SIZE, "512MiB", "", offsetof(struct settings, memory)},
    {"name", WH_OPTION_TEXT, "", "", offsetof(struct settings, name)},
    {"delimiter", WH_OPTION_CHAR, ",", "", offsetof(struct settings, delimiter)},
    {"nulls", WH_OPTION_LIST, "", "", offsetof(struct settings, nulls)},
    {NULL, WH_OPTION_BOOL, NULL, NULL, 0},
};

static wh_code set(struct settings *settings, const char *name, const char *text,
                   struct wh_error *err)
{
    const struct wh_option *option = wh_option_find(table, wh_str_from(name));
    assert_non_null(option);
    return wh_option_set(option, settings, wh_str_from(text), err);
}

static void sets_fields_of_each_type(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(set(&settings, "header", "true", &err), WH_OK);
    assert_int_equal(set(&settings, "rows", "18446744073709551615", &err), WH_OK);
    assert_int_equal(set(&settings, "memory", "64MiB", &err), WH_OK);
    assert_int_equal(set(&settings, "name", "x y", &err), WH_OK);
    assert_int_equal(set(&settings, "delimiter", "\\t", &err), WH_OK);
    assert_true(settings.has_header);
    assert_true(settings.rows == UINT64_MAX);
    assert_int_equal(settings.memory, 64 << 20);
    assert_true(wh_str_is(settings.name, "x y"));
    assert_int_equal(settings.delimiter, '\t');
    assert_null(wh_option_find(table, WH_STR("Header")));
    assert_null(wh_option_find(table, WH_STR("")));
}

static void refuses_values_and_names_the_option(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } cases[] = {
        {"header", "yes"},
        {"header", ""},
        {"rows", "-1"},
        {"rows", "1.5"},
        {"rows", ""},
        {"rows", " 1"},
        {"rows", "18446744073709551616"},
        {"memory", "1XB"},
        {"memory", "MiB"},
        {"memory", "18446744073709551615kB"},
        {"delimiter", ""},
        {"delimiter", ";;"},
        {"nulls", "x"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct settings settings = {0};
        struct wh_error err = WH_ERROR_NONE;
        assert_int_equal(set(&settings, cases[i].name, cases[i].text, &err), WH_INVALID);
        assert_non_null(strstr(err.message, cases[i].name));
    }
}

static void reads_sizes_with_their_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {
        {"0", 0},          {"512", 512},        {"10kB", 10000},
        {"3MB", 3000000},  {"2GB", 2000000000}, {"4KiB", 4096},
        {"1GiB", 1 << 30}, {"7 MiB", 7 << 20},  {"9B", 9},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        uint64_t bytes = 1;
        assert_int_equal(wh_size_parse(wh_str_from(cases[i].text), &bytes, NULL), WH_OK);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void suggests_the_nearest_name_where_one_is_near(void **state)
{
    (void)state;
    assert_string_equal(wh_option_nearest(table, WH_STR("headr")), "header");
    assert_string_equal(wh_option_nearest(table, WH_STR("delimeter")), "delimiter");
    assert_string_equal(wh_option_nearest(table, WH_STR("memroy")), "memory");
    assert_null(wh_option_nearest(table, WH_STR("completely_other")));
}

static void compares_the_value_of_each_option(void **state)
{
    (void)state;
    struct wh_str texts[] = {WH_STR("x"), WH_STR("y")};
    struct settings a = {true, 1, 2, WH_STR("n"), ',', {texts, 1}};
    struct settings others[] = {a, a, a, a, a, a};
    others[0].has_header = false;
    others[1].rows = 7;
    others[2].memory = 7;
    others[3].name = WH_STR("m");
    others[4].delimiter = ';';
    others[5].nulls = (struct wh_option_list){texts + 1, 1};
    for (size_t i = 0; i < WH_COUNT_OF(others); i++)
        for (size_t k = 0; k < WH_COUNT_OF(others); k++)
            assert_int_equal(wh_option_is_equal(&table[k], &a, &others[i]), k != i);
    struct settings none = {0};
    struct settings empty = {.nulls = {texts, 0}};
    assert_false(wh_option_is_equal(&table[5], &none, &empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_fields_of_each_type),
        cmocka_unit_test(refuses_values_and_names_the_option),
        cmocka_unit_test(reads_sizes_with_their_units),
        cmocka_unit_test(suggests_the_nearest_name_where_one_is_near),
        cmocka_unit_test(compares_the_value_of_each_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
