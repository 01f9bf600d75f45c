/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sql/type_name.h"

static struct wh_type parse(const char *declared)
{
    struct wh_type type = {.kind = WH_KIND_NULL};
    if (!wh_sql_type_parse(&wh_sql_sqlite, wh_str_from(declared), &type))
        fail_msg("'%s' is not understood", declared);
    return type;
}

static void assert_unknown(const char *declared)
{
    struct wh_type type = {.kind = WH_KIND_BYTES, .bits = 7};
    if (wh_sql_type_parse(&wh_sql_sqlite, wh_str_from(declared), &type))
        fail_msg("'%s' is understood", declared);
    assert_true(type.kind == WH_KIND_BYTES && type.bits == 7);
}

static void reads_plain_names_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(parse("INTEGER").bits, 64);
    assert_int_equal(parse("Int").bits, 64);
    assert_int_equal(parse("smallint").bits, 16);
    assert_int_equal(parse("int4").bits, 32);
    assert_int_equal(parse("REAL").bits, 64);
    assert_int_equal(parse("float4").bits, 32);
    assert_int_equal(parse("TimestampTZ").kind, WH_KIND_TIMESTAMPTZ);
    assert_int_equal(parse("DATETIME").kind, WH_KIND_TIMESTAMP);
    assert_int_equal(parse("blob").kind, WH_KIND_BYTES);
}

static void reads_lengths_and_scales(void **state)
{
    (void)state;
    struct wh_type type = parse("NUMERIC(12,2)");
    assert_true(type.kind == WH_KIND_NUMERIC && type.has_scale);
    assert_int_equal(type.precision, 12);
    assert_int_equal(type.scale, 2);
    type = parse("decimal ( 5 )");
    assert_true(type.has_scale && type.precision == 5 && type.scale == 0);
    assert_false(parse("NUMERIC").has_scale);
    assert_int_equal(parse("VARCHAR(40)").length, 40);
    assert_int_equal(parse("CHAR(2)").length, 2);
    assert_false(parse("CHAR(2)").is_padded);
    assert_int_equal(parse("TEXT").length, 0);
    assert_int_equal(parse("character  varying\t( +7 )").length, 7);
    assert_int_equal(parse("INT(11)").bits, 64);
}

static void words_behind_the_brackets_belong_to_the_name(void **state)
{
    (void)state;
    assert_int_equal(parse("TIMESTAMP(3) WITH TIME ZONE").kind, WH_KIND_TIMESTAMPTZ);
    assert_int_equal(parse("timestamp without time zone").kind, WH_KIND_TIMESTAMP);
    assert_int_equal(parse("INT(10) UNSIGNED").kind, WH_KIND_INT);
}

static void does_not_understand_names_and_bounds_that_no_type_has(void **state)
{
    (void)state;
    static const char *const unknown[] = {
        "",
        "uuid",
        "VARCHAR(0)",
        "VARCHAR(-1)",
        "VARCHAR(99999999999)",
        "VARCHAR(4",
        "VARCHAR(a)",
        "VARCHAR()",
        "VARCHAR(1,2)",
        "NUMERIC(0)",
        "NUMERIC(5,-2)",
        "NUMERIC(1001)",
        "NUMERIC(1,2,3)",
        "NUMERIC(1.5)",
        "NUMERIC(,2)",
        "INTEGER)",
        "(12)",
        "varchar(5)(6)",
        "a very long name of a type that is nobody's and goes on for more than the room there is",
    };
    for (size_t i = 0; i < WH_COUNT_OF(unknown); i++)
        assert_unknown(unknown[i]);
}

/** Every type that can be declared is read back as itself. */
static void declared_names_read_back(void **state)
{
    (void)state;
    static const struct wh_type types[] = {
        {.kind = WH_KIND_BOOL},
        {.kind = WH_KIND_INT, .bits = 16},
        {.kind = WH_KIND_INT, .bits = 32},
        {.kind = WH_KIND_INT, .bits = 64},
        {.kind = WH_KIND_FLOAT, .bits = 32},
        {.kind = WH_KIND_FLOAT, .bits = 64},
        {.kind = WH_KIND_NUMERIC},
        {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 1000, .scale = 1000},
        {.kind = WH_KIND_DATE},
        {.kind = WH_KIND_TIME},
        {.kind = WH_KIND_TIMESTAMP},
        {.kind = WH_KIND_TIMESTAMPTZ},
        {.kind = WH_KIND_INTERVAL},
        {.kind = WH_KIND_TEXT},
        {.kind = WH_KIND_TEXT, .length = INT32_MAX},
        {.kind = WH_KIND_BYTES},
    };
    for (size_t i = 0; i < WH_COUNT_OF(types); i++) {
        char room[WH_TYPE_NAME_SIZE];
        struct wh_type type = parse(wh_sql_type_declare(&wh_sql_sqlite, types[i], room));
        assert_int_equal(type.kind, types[i].kind);
        assert_int_equal(type.bits, types[i].bits);
        assert_int_equal(type.length, types[i].length);
        assert_int_equal(type.has_scale, types[i].has_scale);
        assert_int_equal(type.precision, types[i].precision);
        assert_int_equal(type.scale, types[i].scale);
    }
}

static void names_of_postgresql_read_back_padding_included(void **state)
{
    (void)state;
    static const struct wh_type types[] = {
        {.kind = WH_KIND_BOOL},
        {.kind = WH_KIND_INT, .bits = 16},
        {.kind = WH_KIND_INT, .bits = 32},
        {.kind = WH_KIND_INT, .bits = 64},
        {.kind = WH_KIND_FLOAT, .bits = 32},
        {.kind = WH_KIND_FLOAT, .bits = 64},
        {.kind = WH_KIND_NUMERIC},
        {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
        {.kind = WH_KIND_DATE},
        {.kind = WH_KIND_TIME},
        {.kind = WH_KIND_TIMESTAMP},
        {.kind = WH_KIND_TIMESTAMPTZ},
        {.kind = WH_KIND_INTERVAL},
        {.kind = WH_KIND_TEXT},
        {.kind = WH_KIND_TEXT, .length = 40},
        {.kind = WH_KIND_TEXT, .length = 2, .is_padded = true},
        {.kind = WH_KIND_TEXT, .is_padded = true},
        {.kind = WH_KIND_BYTES},
    };
    for (size_t i = 0; i < WH_COUNT_OF(types); i++) {
        char room[WH_TYPE_NAME_SIZE];
        struct wh_type type = {.kind = WH_KIND_NULL};
        const char *name = wh_sql_type_declare(&wh_sql_postgres, types[i], room);
        assert_true(wh_sql_type_parse(&wh_sql_postgres, wh_str_from(name), &type));
        assert_true(wh_type_equal(type, types[i]));
    }
}

static void padded_text_is_declared_as_char_and_null_as_text(void **state)
{
    (void)state;
    char room[WH_TYPE_NAME_SIZE];
    struct wh_type padded = {.kind = WH_KIND_TEXT, .length = 2, .is_padded = true};
    assert_string_equal(wh_sql_type_declare(&wh_sql_sqlite, padded, room), "CHAR(2)");
    struct wh_type none = {.kind = WH_KIND_NULL};
    assert_string_equal(wh_sql_type_declare(&wh_sql_sqlite, none, room), "TEXT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_names_in_any_case),
        cmocka_unit_test(reads_lengths_and_scales),
        cmocka_unit_test(words_behind_the_brackets_belong_to_the_name),
        cmocka_unit_test(does_not_understand_names_and_bounds_that_no_type_has),
        cmocka_unit_test(declared_names_read_back),
        cmocka_unit_test(names_of_postgresql_read_back_padding_included),
        cmocka_unit_test(padded_text_is_declared_as_char_and_null_as_text),
    };
    return cmocka_run_group_tests_name("sql_type_name", tests, NULL, NULL);
}
