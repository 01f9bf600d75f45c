/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "data/column.h"
#include "data/datetime.h"
#include "data/text.h"

enum { ROWS = 200 };

struct fixture {
    struct wh_arena arena;
    struct wh_column column;
    struct wh_column texts;
};

static void set_up(struct fixture *fixture, struct wh_type type)
{
    wh_arena_init(&fixture->arena);
    struct wh_type text = {.kind = WH_KIND_TEXT};
    assert_int_equal(wh_column_init(&fixture->column, type, ROWS, &fixture->arena, NULL), WH_OK);
    assert_int_equal(wh_column_init(&fixture->texts, text, ROWS, &fixture->arena, NULL), WH_OK);
}

static uint64_t random_bits(size_t row)
{
    uint64_t x = (row + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    return x ^ x >> 31;
}

static const struct wh_type types[] = {
    {.kind = WH_KIND_BOOL},
    {.kind = WH_KIND_INT, .bits = 16},
    {.kind = WH_KIND_INT, .bits = 32},
    {.kind = WH_KIND_INT, .bits = 64},
    {.kind = WH_KIND_FLOAT, .bits = 32},
    {.kind = WH_KIND_FLOAT, .bits = 64},
    {.kind = WH_KIND_NUMERIC},
    {.kind = WH_KIND_DATE},
    {.kind = WH_KIND_TIME},
    {.kind = WH_KIND_TIMESTAMP},
    {.kind = WH_KIND_TIMESTAMPTZ},
    {.kind = WH_KIND_INTERVAL},
    {.kind = WH_KIND_TEXT},
    {.kind = WH_KIND_BYTES},
};

/* A value of the column's type that differs from row to row; extremes among them. */
static void fill_row(struct fixture *fixture, size_t row)
{
    struct wh_column *column = &fixture->column;
    uint64_t bits = random_bits(row);
    int64_t number = (int64_t)bits >> (row % 64);
    double real = (double)number / 1000.0;
    switch (column->type.kind) {
    case WH_KIND_BOOL:
        column->values.bools[row] = bits & 1;
        break;
    case WH_KIND_INT:
        column->values.ints[row] = number >> (64 - column->type.bits);
        break;
    case WH_KIND_FLOAT:
        column->values.floats[row] = column->type.bits == 32 ? (double)(float)real : real;
        break;
    case WH_KIND_NUMERIC:
        column->values.numerics[row] = wh_numeric_from_int(number);
        column->values.numerics[row].scale = (uint16_t)(row * row % 400);
        break;
    case WH_KIND_DATE:
        column->values.dates[row] = (int32_t)(number % 2000000);
        break;
    case WH_KIND_TIME:
        column->values.ints[row] = (int64_t)(bits % (uint64_t)(WH_USECS_PER_DAY + 1));
        break;
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
        column->values.ints[row] = number / 50;
        break;
    case WH_KIND_INTERVAL:
        column->values.intervals[row] =
            (struct wh_interval){number, (int32_t)(bits >> 32), (int32_t)bits >> row % 32};
        break;
    case WH_KIND_TEXT:
    case WH_KIND_BYTES:
        column->values.texts[row] = wh_str_make(&"abcdefghijklmnopqrstuvwxyz"[row % 13], row % 13);
        break;
    case WH_KIND_NULL:
        break;
    }
}

static bool is_same(const struct wh_column *a, const struct wh_column *b, size_t row)
{
    size_t size = wh_kind_size(a->type.kind);
    if (a->type.kind == WH_KIND_TEXT || a->type.kind == WH_KIND_BYTES)
        return wh_str_equal(a->values.texts[row], b->values.texts[row]);
    if (a->type.kind == WH_KIND_NUMERIC)
        return wh_numeric_compare(&a->values.numerics[row], &b->values.numerics[row]) == 0 &&
               a->values.numerics[row].scale == b->values.numerics[row].scale;
    return memcmp((char *)a->values.any + row * size, (char *)b->values.any + row * size, size) ==
           0;
}

static void canonical_text_reads_back_as_the_same_value(void **state)
{
    (void)state;
    for (size_t t = 0; t < WH_COUNT_OF(types); t++) {
        struct fixture fixture;
        set_up(&fixture, types[t]);
        struct wh_column back;
        assert_int_equal(wh_column_init(&back, types[t], ROWS, &fixture.arena, NULL), WH_OK);
        for (size_t row = 0; row < ROWS; row++) {
            fill_row(&fixture, row);
            struct wh_str text;
            assert_int_equal(wh_value_print(&fixture.column, row, &fixture.arena, &text),
                             WH_FAULT_NONE);
            assert_int_equal(wh_value_parse(text, &fixture.arena, &back, row), WH_FAULT_NONE);
            assert_true(is_same(&fixture.column, &back, row));
        }
        wh_arena_release(&fixture.arena);
    }
}

static void a_column_prints_like_its_values(void **state)
{
    (void)state;
    for (size_t t = 0; t < WH_COUNT_OF(types); t++) {
        struct fixture fixture;
        set_up(&fixture, types[t]);
        for (size_t row = 0; row < ROWS; row++)
            fill_row(&fixture, row);
        assert_int_equal(
            wh_column_print(&fixture.column, NULL, ROWS, &fixture.arena, &fixture.texts, NULL),
            WH_OK);
        assert_null(fixture.texts.validity);
        for (size_t row = 0; row < ROWS; row++) {
            struct wh_str text;
            assert_int_equal(wh_value_print(&fixture.column, row, &fixture.arena, &text),
                             WH_FAULT_NONE);
            assert_true(wh_str_equal(text, fixture.texts.values.texts[row]));
        }
        wh_arena_release(&fixture.arena);
    }
}

/* Values under NULL hold anything: they must not even be looked at. */
static void nulls_stay_null_and_other_rows_are_not_touched(void **state)
{
    (void)state;
    for (size_t t = 0; t < WH_COUNT_OF(types); t++) {
        struct fixture fixture;
        set_up(&fixture, types[t]);
        memset(fixture.column.values.any, 0xEE, ROWS * wh_kind_size(types[t].kind));
        memset(fixture.texts.values.any, 0xCC, ROWS * sizeof(struct wh_str));
        uint16_t numbers[] = {1, 63, 64, 65, 199};
        struct wh_selection selection = {.rows = numbers, .count = WH_COUNT_OF(numbers)};
        assert_int_equal(wh_column_need_validity(&fixture.column, &fixture.arena, NULL), WH_OK);
        for (size_t i = 0; i < selection.count; i++)
            fill_row(&fixture, numbers[i]);
        wh_column_set_null(&fixture.column, 64);
        memset(&fixture.column.values.bools[64 * wh_kind_size(types[t].kind)], 0xEE,
               wh_kind_size(types[t].kind));
        assert_int_equal(
            wh_column_print(&fixture.column, &selection, 0, &fixture.arena, &fixture.texts, NULL),
            WH_OK);
        assert_true(wh_column_is_null(&fixture.texts, 64));
        assert_false(wh_column_is_null(&fixture.texts, 65));
        struct wh_str untouched;
        memset(&untouched, 0xCC, sizeof(untouched));
        assert_memory_equal(&fixture.texts.values.texts[2], &untouched, sizeof(untouched));
        wh_column_set_valid(&fixture.column, 64);
        assert_true(wh_column_is_null(&fixture.texts, 64)); /* the bitmap is its own */
        wh_arena_release(&fixture.arena);
    }
}

static void a_column_of_nulls_prints_as_nulls(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct wh_type){.kind = WH_KIND_NULL});
    assert_int_equal(
        wh_column_print(&fixture.column, NULL, ROWS, &fixture.arena, &fixture.texts, NULL), WH_OK);
    for (size_t row = 0; row < ROWS; row++)
        assert_true(wh_column_is_null(&fixture.texts, row));
    wh_arena_release(&fixture.arena);
}

static void text_and_its_print_are_the_same_bytes(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, (struct wh_type){.kind = WH_KIND_TEXT});
    fill_row(&fixture, 7);
    struct wh_str text;
    assert_int_equal(wh_value_print(&fixture.column, 7, &fixture.arena, &text), WH_FAULT_NONE);
    assert_ptr_equal(text.ptr, fixture.column.values.texts[7].ptr);
    wh_arena_release(&fixture.arena);
}

static void integers_are_held_to_their_width(void **state)
{
    (void)state;
    static const struct {
        uint8_t bits;
        const char *text;
        enum wh_fault fault;
    } cases[] = {
        {16, "32767", WH_FAULT_NONE},       {16, "32768", WH_FAULT_RANGE},
        {16, "-32768", WH_FAULT_NONE},      {16, "-32769", WH_FAULT_RANGE},
        {32, "2147483647", WH_FAULT_NONE},  {32, "2147483648", WH_FAULT_RANGE},
        {32, "-2147483648", WH_FAULT_NONE}, {32, "-2147483649", WH_FAULT_RANGE},
        {64, "2147483648", WH_FAULT_NONE},  {64, "9223372036854775808", WH_FAULT_RANGE},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct fixture fixture;
        set_up(&fixture, (struct wh_type){.kind = WH_KIND_INT, .bits = cases[i].bits});
        assert_int_equal(
            wh_value_parse(wh_str_from(cases[i].text), &fixture.arena, &fixture.column, 0),
            cases[i].fault);
        wh_arena_release(&fixture.arena);
    }
}

static void batches_hold_their_inputs_until_they_are_reset(void **state)
{
    (void)state;
    struct wh_batch batch;
    wh_batch_init(&batch);
    struct wh_input *input = wh_input_new(100);
    assert_non_null(input);
    assert_int_equal(wh_input_capacity(input), 100);
    assert_int_equal(wh_batch_hold(&batch, input, NULL), WH_OK);
    assert_int_equal(wh_batch_hold(&batch, input, NULL), WH_OK);
    assert_int_equal(batch.input_count, 1);
    wh_input_free(input);
    memset(wh_input_bytes(input), 'x', 100); /* the batch has it still: ASan would say otherwise */
    for (size_t i = 0; i < 50; i++) {
        struct wh_input *other = wh_input_new(10);
        assert_non_null(other);
        assert_int_equal(wh_batch_hold(&batch, other, NULL), WH_OK);
        wh_input_free(other);
    }
    struct wh_bad_record bad = {.reason = WH_STR("bad")};
    for (size_t i = 0; i < 50; i++) {
        bad.position.line = i;
        assert_int_equal(wh_batch_add_bad(&batch, &bad, NULL), WH_OK);
    }
    assert_int_equal(batch.bad[49].position.line, 49);
    wh_batch_reset(&batch);
    assert_int_equal(batch.input_count, 0);
    assert_int_equal(batch.bad_count, 0);
    wh_batch_release(&batch);
    wh_batch_release(NULL);
    assert_null(wh_input_new(SIZE_MAX));
    wh_input_free(NULL);
}

static void a_reset_batch_is_opened_anew_with_other_columns(void **state)
{
    (void)state;
    struct wh_batch batch;
    wh_batch_init(&batch);
    for (size_t round = 1; round < 20; round++) {
        assert_int_equal(wh_batch_open(&batch, types, round % WH_COUNT_OF(types), NULL), WH_OK);
        for (size_t k = 0; k < batch.column_count; k++) {
            assert_true(wh_type_equal(batch.columns[k].type, types[k]));
            memset(batch.columns[k].values.any, 1, WH_BATCH_ROWS * wh_kind_size(types[k].kind));
        }
        memset(batch.positions, 1, WH_BATCH_ROWS * sizeof(*batch.positions));
        wh_batch_reset(&batch);
    }
    wh_batch_release(&batch);
}

static void a_batch_is_bounded_as_its_owner_says_until_it_is_released(void **state)
{
    (void)state;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_false(wh_batch_is_full(&batch, WH_BATCH_ROWS, WH_BATCH_ROWS - 1, WH_BATCH_BYTES - 1));
    assert_true(wh_batch_is_full(&batch, WH_BATCH_ROWS, WH_BATCH_ROWS, 0));
    assert_true(wh_batch_is_full(&batch, 7, 7, 0));
    batch.most_rows = 10;
    batch.most_bytes = 1000;
    assert_int_equal(wh_batch_open(&batch, types, 1, NULL), WH_OK);
    wh_batch_reset(&batch);
    assert_true(wh_batch_is_full(&batch, WH_BATCH_ROWS, 10, 0));
    assert_true(wh_batch_is_full(&batch, WH_BATCH_ROWS, 1, 1000));
    assert_false(wh_batch_is_full(&batch, WH_BATCH_ROWS, 9, 999));
    assert_false(wh_batch_is_full(&batch, WH_BATCH_ROWS, 0, 1000)); /* of blank lines */
    wh_batch_release(&batch);
    assert_int_equal(batch.most_rows, WH_BATCH_ROWS);
}

static void types_are_named_as_postgresql_names_them(void **state)
{
    (void)state;
    static const struct {
        struct wh_type type;
        const char *name;
    } cases[] = {
        {{.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
         "numeric(12,2)"},
        {{.kind = WH_KIND_NUMERIC}, "numeric"},
        {{.kind = WH_KIND_TEXT, .length = 20}, "character varying(20)"},
        {{.kind = WH_KIND_TEXT, .length = 2, .is_padded = true}, "character(2)"},
        {{.kind = WH_KIND_TEXT}, "text"},
        {{.kind = WH_KIND_INT, .bits = 16}, "smallint"},
        {{.kind = WH_KIND_INT, .bits = 64}, "bigint"},
        {{.kind = WH_KIND_FLOAT, .bits = 32}, "real"},
        {{.kind = WH_KIND_TIMESTAMPTZ}, "timestamp with time zone"},
        {{.kind = WH_KIND_BYTES}, "bytea"},
    };
    char room[WH_TYPE_NAME_SIZE];
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++)
        assert_string_equal(wh_type_name(cases[i].type, room), cases[i].name);
    for (int fault = 0; fault < WH_FAULT_COUNT; fault++) {
        assert_true(strlen(wh_fault_text((enum wh_fault)fault)) > 0);
        assert_int_equal(strlen(wh_fault_sqlstate((enum wh_fault)fault)), 5);
    }
}

/* The room taken before the loop holds the longest values there are. */
static void the_longest_values_find_room(void **state)
{
    (void)state;
    for (size_t t = 0; t < WH_COUNT_OF(types); t++) {
        struct fixture fixture;
        set_up(&fixture, types[t]);
        for (size_t row = 0; row < ROWS; row++) {
            fill_row(&fixture, row);
            struct wh_column *column = &fixture.column;
            if (types[t].kind == WH_KIND_NUMERIC) /* -0.00000000000000000000000000000000000001 */
                column->values.numerics[row] =
                    (struct wh_numeric){.value.coefficient = -1, .scale = 38};
            else if (types[t].kind == WH_KIND_INT)
                column->values.ints[row] = INT64_MIN;
            else if (types[t].kind == WH_KIND_FLOAT)
                column->values.floats[row] = -1.2345678901234567e-300;
            else if (types[t].kind == WH_KIND_INTERVAL)
                column->values.intervals[row] =
                    (struct wh_interval){INT64_MIN + 1, INT32_MIN + 1, -2147483639};
        }
        struct wh_arena fresh; /* its block is as large as what is asked for, and no larger */
        wh_arena_init(&fresh);
        assert_int_equal(wh_column_print(&fixture.column, NULL, ROWS, &fresh, &fixture.texts, NULL),
                         WH_OK);
        assert_true(fresh.next <= fresh.end);
        wh_arena_release(&fresh);
        wh_arena_release(&fixture.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_reads_back_as_the_same_value),
        cmocka_unit_test(a_column_prints_like_its_values),
        cmocka_unit_test(nulls_stay_null_and_other_rows_are_not_touched),
        cmocka_unit_test(the_longest_values_find_room),
        cmocka_unit_test(a_column_of_nulls_prints_as_nulls),
        cmocka_unit_test(text_and_its_print_are_the_same_bytes),
        cmocka_unit_test(integers_are_held_to_their_width),
        cmocka_unit_test(batches_hold_their_inputs_until_they_are_reset),
        cmocka_unit_test(a_reset_batch_is_opened_anew_with_other_columns),
        cmocka_unit_test(a_batch_is_bounded_as_its_owner_says_until_it_is_released),
        cmocka_unit_test(types_are_named_as_postgresql_names_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
