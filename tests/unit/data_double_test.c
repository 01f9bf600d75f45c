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

#include <locale.h>
#include <math.h>

#include "base/macros.h"
#include "data/text.h"

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void assert_round_trip(double value)
{
    char room[WH_DOUBLE_SIZE];
    size_t length = wh_double_print(value, room);
    assert_true(length <= WH_DOUBLE_SIZE);
    double back = 0;
    assert_int_equal(wh_double_parse(wh_str_make(room, length), &back), WH_FAULT_NONE);
    assert_memory_equal(&value, &back, sizeof(value));
}

static void every_double_reads_back_as_itself(void **state)
{
    (void)state;
    for (int i = 0; i < 300000; i++) {
        double value = from_bits(next_random());
        if (isfinite(value))
            assert_round_trip(value);
    }
    for (uint64_t exponent = 0; exponent < 0x7FF; exponent++)
        for (uint64_t low = 0; low < 3; low++) {
            assert_round_trip(from_bits(exponent << 52 | low));
            assert_round_trip(from_bits(exponent << 52 | (((uint64_t)1 << 52) - 1 - low)));
        }
}

/* What printf() writes with any number of digits, and what lies half way between two doubles. */
static void reading_rounds_as_the_c_library_does(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random();
        double value = from_bits(bits);
        if (!isfinite(value))
            continue;
        char text[1200];
        int digits = 1 + (int)(next_random() % (i % 100 == 0 ? 900 : 30));
        snprintf(text, sizeof(text), "%.*e", digits, value);
        double wanted = strtod_l(text, NULL, (locale_t)newlocale(LC_ALL_MASK, "C", (locale_t)0));
        double found = 0;
        enum wh_fault fault = wh_double_parse(wh_str_from(text), &found);
        assert_int_equal(fault, isinf(wanted) ? WH_FAULT_RANGE : WH_FAULT_NONE);
        if (fault == WH_FAULT_NONE)
            assert_memory_equal(&wanted, &found, sizeof(found));
    }
}

static void floats_read_back_as_themselves(void **state)
{
    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint32_t bits = (uint32_t)next_random();
        float value;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        char room[WH_DOUBLE_SIZE];
        size_t length = wh_float_print((double)value, room);
        double back = 0;
        assert_int_equal(wh_float_parse(wh_str_make(room, length), &back), WH_FAULT_NONE);
        assert_true(!(back < (double)value) && !(back > (double)value));
    }
}

/* A program that uses the library may have set a locale with a decimal comma. */
static void the_host_programs_locale_does_not_matter(void **state)
{
    (void)state;
    locale_t comma = newlocale(LC_ALL_MASK, "de_DE.UTF-8", (locale_t)0);
    if (comma == (locale_t)0)
        skip(); /* the system has no such locale */
    locale_t before = uselocale(comma);
    double value = 0;
    char room[WH_DOUBLE_SIZE];
    enum wh_fault fault =
        wh_double_parse(WH_STR("9007199254740992.99999999999999999999999999999"), &value);
    size_t length = wh_double_print(1234.5, room);
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_numeric numeric;
    enum wh_fault converted = wh_numeric_from_double(0.1, 15, &arena, &numeric);
    wh_arena_release(&arena);
    uselocale(before);
    freelocale(comma);
    assert_int_equal(fault, WH_FAULT_NONE);
    assert_true(value > 9007199254740991.0);
    assert_true(wh_str_is(wh_str_make(room, length), "1234.5"));
    assert_int_equal(converted, WH_FAULT_NONE);
    assert_int_equal(numeric.scale, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_double_reads_back_as_itself),
        cmocka_unit_test(reading_rounds_as_the_c_library_does),
        cmocka_unit_test(floats_read_back_as_themselves),
        cmocka_unit_test(the_host_programs_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
