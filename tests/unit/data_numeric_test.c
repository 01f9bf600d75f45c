/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "data/numeric.h"

/* What PostgreSQL gives is held by the case files; here are the laws that hold among results. */

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

/* Digits with runs of 0 and 9, where carries go far, around 38 digits, where forms change. */
static struct wh_numeric random_numeric(struct wh_arena *arena)
{
    char text[200];
    size_t len = 0;
    size_t digits = 1 + next_random(next_random(3) == 0 ? 90 : 24);
    size_t point = next_random((uint32_t)digits + 1);
    if (next_random(2) == 0)
        text[len++] = '-';
    for (size_t i = 0; i < digits; i++) {
        if (i == point && i > 0)
            text[len++] = '.';
        uint32_t kind = next_random(4);
        text[len++] = (char)(kind == 0 ? '0' : kind == 1 ? '9' : '0' + (int)next_random(10));
    }
    struct wh_numeric value = wh_numeric_from_int(0);
    assert_int_equal(wh_numeric_parse(wh_str_make(text, len), arena, &value), WH_FAULT_NONE);
    return value;
}

static struct wh_numeric parse(const char *text, struct wh_arena *arena)
{
    struct wh_numeric value = wh_numeric_from_int(0);
    assert_int_equal(wh_numeric_parse(wh_str_from(text), arena, &value), WH_FAULT_NONE);
    return value;
}

static void assert_is_well_formed(const struct wh_numeric *value)
{
    if (value->form != WH_NUMERIC_BIG)
        return;
    size_t count = value->value.big.limb_count;
    assert_true(count >= 5); /* 38 digits are small */
    assert_true(value->value.big.limbs[count - 1] != 0);
    for (size_t i = 0; i < count; i++)
        assert_true(value->value.big.limbs[i] < 1000000000);
}

static void assert_prints(const struct wh_numeric *value, const char *text)
{
    char room[300];
    size_t size = wh_numeric_print_size(value);
    assert_true(size <= sizeof(room));
    assert_int_equal(wh_numeric_print(value, room), size);
    assert_true(wh_str_is(wh_str_make(room, size), text));
}

static void adding_and_taking_away_again_gives_the_same(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        struct wh_numeric b = random_numeric(&arena);
        struct wh_numeric sum;
        struct wh_numeric back;
        assert_int_equal(wh_numeric_add(&a, &b, &arena, &sum), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_subtract(&sum, &b, &arena, &back), WH_FAULT_NONE);
        assert_is_well_formed(&sum);
        assert_is_well_formed(&back);
        assert_int_equal(wh_numeric_compare(&back, &a), 0);
        assert_int_equal(sum.scale, WH_MAX(a.scale, b.scale));
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

static void quotient_times_divisor_plus_remainder_is_the_dividend(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        struct wh_numeric b = random_numeric(&arena);
        struct wh_numeric remainder;
        struct wh_numeric rest;
        struct wh_numeric quotient;
        struct wh_numeric product;
        enum wh_fault fault = wh_numeric_remainder(&a, &b, &arena, &remainder);
        if (fault == WH_FAULT_ZERO_DIVISION)
            continue;
        assert_int_equal(fault, WH_FAULT_NONE);
        assert_int_equal(wh_numeric_subtract(&a, &remainder, &arena, &rest), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_divide(&rest, &b, &arena, &quotient), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_multiply(&quotient, &b, &arena, &product), WH_FAULT_NONE);
        assert_is_well_formed(&quotient);
        assert_is_well_formed(&product);
        assert_int_equal(wh_numeric_compare(&product, &rest), 0);
        assert_int_equal(wh_numeric_min_scale(&quotient), 0);
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

/* |a - quotient × b| is at most half of the last digit times |b|. */
static void a_quotient_is_the_nearest_of_its_scale(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        struct wh_numeric b = random_numeric(&arena);
        struct wh_numeric quotient;
        struct wh_numeric product;
        struct wh_numeric error;
        struct wh_numeric half = {.value.coefficient = 5};
        enum wh_fault fault = wh_numeric_divide(&a, &b, &arena, &quotient);
        if (fault == WH_FAULT_ZERO_DIVISION)
            continue;
        assert_int_equal(fault, WH_FAULT_NONE);
        assert_is_well_formed(&quotient);
        half.scale = (uint16_t)(quotient.scale + 1);
        assert_int_equal(wh_numeric_multiply(&quotient, &b, &arena, &product), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_subtract(&a, &product, &arena, &error), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_multiply(&half, &b, &arena, &half), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_multiply(&half, &half, &arena, &half), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_multiply(&error, &error, &arena, &error), WH_FAULT_NONE);
        assert_true(wh_numeric_compare(&error, &half) <= 0);
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

static void order_is_the_sign_of_the_difference(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric zero = wh_numeric_from_int(0);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        struct wh_numeric b = random_numeric(&arena);
        struct wh_numeric difference;
        if (next_random(3) == 0) /* equal, or nearly, at another scale */
            assert_int_equal(wh_numeric_round(&a, (int)next_random(100), &arena, &b),
                             WH_FAULT_NONE);
        assert_int_equal(wh_numeric_subtract(&a, &b, &arena, &difference), WH_FAULT_NONE);
        int order = wh_numeric_compare(&a, &b);
        assert_int_equal(order, wh_numeric_compare(&difference, &zero));
        assert_int_equal(order, -wh_numeric_compare(&b, &a));
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

static void text_reads_back_as_the_same_value_and_scale(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        size_t size = wh_numeric_print_size(&a);
        char *room = malloc(size); /* of its own, so that writing beyond it is seen */
        assert_non_null(room);
        assert_int_equal(wh_numeric_print(&a, room), size);
        struct wh_numeric back;
        assert_int_equal(wh_numeric_parse(wh_str_make(room, size), &arena, &back), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_compare(&a, &back), 0);
        assert_int_equal(a.scale, back.scale);
        assert_int_equal(a.form, back.form);
        free(room);
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

static void numbers_of_any_length_print_digit_for_digit(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int digits = 1; digits <= 40; digits++) {
        for (int scale = 0; scale < digits; scale++) {
            char text[44];
            size_t len = 0;
            for (int i = 0; i < digits; i++) {
                if (i == digits - scale)
                    text[len++] = '.';
                text[len++] = (char)('0' + (i + 1) % 10);
            }
            text[len] = '\0';
            struct wh_numeric value = parse(text, &arena);
            assert_prints(&value, text);
        }
    }
    wh_arena_release(&arena);
}

static void equal_values_have_one_shortest_text(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"1.50", "1.5"}, {"1.5", "1.5"},    {"2.000", "2"},           {"100", "100"},
        {"-0.0", "-0"},  {"0.010", "0.01"}, {"-10.00", "-10"},        {"NaN", "NaN"},
        {"", ""},        {"0", "0"},        {"Infinity", "Infinity"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(pairs); i++)
        assert_true(wh_str_is(wh_numeric_shortest(wh_str_from(pairs[i][0])), pairs[i][1]));
}

/* A fit is what rounding gives no more digits than. */
static void fits_agrees_with_rounding(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric ten = wh_numeric_from_int(10);
    for (int i = 0; i < 20000; i++) {
        struct wh_numeric a = random_numeric(&arena);
        int precision = 1 + (int)next_random(60);
        int scale = (int)next_random(40);
        struct wh_numeric rounded;
        struct wh_numeric limit = wh_numeric_from_int(1);
        assert_int_equal(wh_numeric_round(&a, scale, &arena, &rounded), WH_FAULT_NONE);
        for (int k = scale; k < precision; k++)
            assert_int_equal(wh_numeric_multiply(&limit, &ten, &arena, &limit), WH_FAULT_NONE);
        for (int k = precision; k < scale; k++) { /* numeric(3,5) holds less than 0.01 */
            struct wh_numeric tenth = {.value.coefficient = 1, .scale = 1};
            assert_int_equal(wh_numeric_multiply(&limit, &tenth, &arena, &limit), WH_FAULT_NONE);
        }
        struct wh_numeric zero = wh_numeric_from_int(0);
        if (wh_numeric_compare(&rounded, &zero) < 0)
            assert_int_equal(wh_numeric_negate(&rounded, &arena, &rounded), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_fits(&a, precision, scale),
                         wh_numeric_compare(&rounded, &limit) < 0);
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

static void forms_change_at_38_digits(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric most = parse("99999999999999999999999999999999999999", &arena);
    struct wh_numeric one = wh_numeric_from_int(1);
    struct wh_numeric sum;
    assert_int_equal(most.form, WH_NUMERIC_SMALL);
    assert_int_equal(wh_numeric_add(&most, &one, &arena, &sum), WH_FAULT_NONE);
    assert_int_equal(sum.form, WH_NUMERIC_BIG);
    assert_prints(&sum, "100000000000000000000000000000000000000");
    assert_int_equal(wh_numeric_add(&most, &most, &arena, &sum), WH_FAULT_NONE);
    assert_prints(&sum, "199999999999999999999999999999999999998");
    assert_int_equal(wh_numeric_subtract(&sum, &most, &arena, &sum), WH_FAULT_NONE);
    assert_int_equal(sum.form, WH_NUMERIC_SMALL);
    assert_int_equal(wh_numeric_negate(&most, &arena, &most), WH_FAULT_NONE);
    assert_int_equal(wh_numeric_subtract(&most, &one, &arena, &sum), WH_FAULT_NONE);
    assert_int_equal(sum.form, WH_NUMERIC_BIG);
    assert_true(sum.is_negative);
    wh_arena_release(&arena);
}

/* Results keep their limbs in the arena they were given, also where they are an argument's. */
static void results_outlive_the_arena_of_their_arguments(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    enum { RESULTS = 9 };
    struct wh_numeric results[RESULTS];
    {
        struct wh_arena other;
        wh_arena_init(&other);
        struct wh_numeric a = parse("-1234567890123456789012345678901234567890.5", &other);
        struct wh_numeric zero = wh_numeric_from_int(0);
        struct wh_numeric one = wh_numeric_from_int(1);
        struct wh_numeric huge = parse("1e100", &other);
        struct wh_numeric infinity = parse("Infinity", &other);
        assert_int_equal(wh_numeric_add(&a, &zero, &arena, &results[0]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_subtract(&a, &zero, &arena, &results[1]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_multiply(&a, &one, &arena, &results[2]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_remainder(&a, &huge, &arena, &results[3]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_remainder(&a, &infinity, &arena, &results[4]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_round(&a, 1, &arena, &results[5]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_truncate(&a, 1, &arena, &results[6]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_copy(&a, &arena, &results[7]), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_negate(&a, &arena, &results[8]), WH_FAULT_NONE);
        wh_arena_release(&other);
    }
    assert_int_equal(wh_numeric_negate(&results[8], &arena, &results[8]), WH_FAULT_NONE);
    for (size_t i = 0; i < RESULTS; i++)
        assert_prints(&results[i], "-1234567890123456789012345678901234567890.5");
    wh_arena_release(&arena);
}

static void a_result_may_take_its_arguments_place(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric value = parse("99999999999999999999", &arena);
    for (int i = 0; i < 5; i++)
        assert_int_equal(wh_numeric_multiply(&value, &value, &arena, &value), WH_FAULT_NONE);
    struct wh_numeric root = parse("99999999999999999999", &arena);
    for (int i = 0; i < 31; i++)
        assert_int_equal(wh_numeric_divide(&value, &root, &arena, &value), WH_FAULT_NONE);
    assert_int_equal(wh_numeric_compare(&value, &root), 0);
    wh_arena_release(&arena);
}

static void small_exponents_cannot_take_much_memory(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric value;
    assert_int_equal(wh_numeric_parse(WH_STR("1e131071"), &arena, &value), WH_FAULT_NONE);
    assert_true(arena.allocated < 256 << 10);
    assert_int_equal(wh_numeric_parse(WH_STR("1e131072"), &arena, &value), WH_FAULT_RANGE);
    assert_int_equal(wh_numeric_parse(WH_STR("1e999999999"), &arena, &value), WH_FAULT_RANGE);
    assert_true(arena.allocated < 256 << 10);
    struct wh_numeric huge;
    assert_int_equal(wh_numeric_parse(WH_STR("1e131071"), &arena, &huge), WH_FAULT_NONE);
    assert_int_equal(wh_numeric_multiply(&huge, &huge, &arena, &value), WH_FAULT_RANGE);
    assert_true(arena.allocated < 1 << 20); /* refused before it was worked out */
    wh_arena_release(&arena);
}

/* The most memory that this program has had, in KiB. */
static long peak_memory(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void the_steps_of_a_divisor_do_not_pile_up_in_memory(void **state)
{
    (void)state;
    enum { DIGITS = 12000, MOST_KIB = 32 << 10 };
    static char text[2][DIGITS];
    struct wh_numeric values[2];
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < DIGITS; j++)
            text[i][j] = (char)('1' + (int)next_random(9));
        assert_int_equal(wh_numeric_parse(wh_str_make(text[i], DIGITS), &arena, &values[i]),
                         WH_FAULT_NONE);
    }
    long before = peak_memory();
    struct wh_numeric divisor;
    struct wh_numeric rest;
    assert_int_equal(wh_numeric_gcd(&values[0], &values[1], &arena, &divisor), WH_FAULT_NONE);
    assert_true(peak_memory() - before < MOST_KIB);
    struct wh_numeric zero = wh_numeric_from_int(0);
    assert_true(wh_numeric_compare(&divisor, &zero) > 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wh_numeric_remainder(&values[i], &divisor, &arena, &rest), WH_FAULT_NONE);
        assert_int_equal(wh_numeric_compare(&rest, &zero), 0);
    }
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_and_taking_away_again_gives_the_same),
        cmocka_unit_test(quotient_times_divisor_plus_remainder_is_the_dividend),
        cmocka_unit_test(a_quotient_is_the_nearest_of_its_scale),
        cmocka_unit_test(order_is_the_sign_of_the_difference),
        cmocka_unit_test(text_reads_back_as_the_same_value_and_scale),
        cmocka_unit_test(numbers_of_any_length_print_digit_for_digit),
        cmocka_unit_test(equal_values_have_one_shortest_text),
        cmocka_unit_test(fits_agrees_with_rounding),
        cmocka_unit_test(forms_change_at_38_digits),
        cmocka_unit_test(results_outlive_the_arena_of_their_arguments),
        cmocka_unit_test(a_result_may_take_its_arguments_place),
        cmocka_unit_test(small_exponents_cannot_take_much_memory),
        cmocka_unit_test(the_steps_of_a_divisor_do_not_pile_up_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
