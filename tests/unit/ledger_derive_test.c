/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/derive.h"

static void check(uint8_t transform, const char *from, const char *to)
{
    struct wh_derivation derivation = {.transform = transform};
    char room[512];
    struct wh_str text = wh_str_from(from);
    assert_true(wh_derivation_is_valid(&derivation));
    size_t len = wh_derive(&derivation, text, room);
    assert_true(len <= wh_derived_size(&derivation, text));
    assert_true(wh_str_is(wh_str_make(room, len), to));
    assert_true(wh_derives(&derivation, text, wh_str_from(to)));
    assert_false(wh_derives(&derivation, text, WH_STR("something else")));
}

static void spaces_at_the_ends_go(void **state)
{
    (void)state;
    check(WH_TRANSFORM_TRIM, "  a b  ", "a b");
    check(WH_TRANSFORM_TRIM, "   ", "");
    check(WH_TRANSFORM_TRIM, "", "");
    check(WH_TRANSFORM_TRIM, "\ta\n", "\ta\n");
}

static void letters_become_small(void **state)
{
    (void)state;
    check(WH_TRANSFORM_LOWER, "ABCXYZ", "abcxyz");
    check(WH_TRANSFORM_LOWER, "@[`{0 ABCDEFGHIJKLMNOPQRSTUVWXYZ@[`{",
          "@[`{0 abcdefghijklmnopqrstuvwxyz@[`{");
    check(WH_TRANSFORM_LOWER, "ÀÖØÞß×÷ÿ", "àöøþß×÷ÿ");
    check(WH_TRANSFORM_LOWER, "ŁÓDŹ, ŠIMIĆ, ŽLUŤOUČKÝ KŮŇ", "łódź, šimić, žluťoučký kůň");
    check(WH_TRANSFORM_LOWER, "ЁЖИК ЉУБАВ", "ёжик љубав");
    check(WH_TRANSFORM_LOWER | WH_TRANSFORM_TRIM, " Jennifer.Müller1@Example.COM ",
          "jennifer.müller1@example.com");
}

/* Letters whose small ones Unicode could see another way are left: they are stored as they are. */
static void letters_without_a_row_stay(void **state)
{
    (void)state;
    check(WH_TRANSFORM_LOWER, "İŸĸŉſ", "İŸĸŉſ");
    check(WH_TRANSFORM_LOWER, "ΑΒΓ", "ΑΒΓ");
    check(WH_TRANSFORM_LOWER, "\xc3", "\xc3");
    check(WH_TRANSFORM_LOWER, "A\xc3(", "a\xc3(");
}

static void letters_become_capital(void **state)
{
    (void)state;
    check(WH_TRANSFORM_UPPER, "az`{us-12345 abcdefghijklmnopqrstuvwxyz",
          "AZ`{US-12345 ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    check(WH_TRANSFORM_UPPER | WH_TRANSFORM_TRIM, " gb ", "GB");
}

/* Every text of two bytes, valid or not: nothing is read behind its end, and lengths stay. */
static void lengths_never_change(void **state)
{
    (void)state;
    struct wh_derivation derivation = {.transform = WH_TRANSFORM_LOWER};
    for (unsigned value = 0; value < 1u << 16; value++) {
        char *text = malloc(2);
        char room[2];
        assert_non_null(text);
        text[0] = (char)(value >> 8);
        text[1] = (char)value;
        assert_int_equal(wh_derive(&derivation, wh_str_make(text, 2), room), 2);
        free(text);
    }
}

static void long_values_are_not_derived(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof(text));
    struct wh_derivation derivation = {.transform = WH_TRANSFORM_LOWER};
    assert_false(wh_derives(&derivation, wh_str_make(text, 300), wh_str_make(text, 300)));
    derivation.transform = WH_TRANSFORM_NONE;
    assert_true(wh_derives(&derivation, wh_str_make(text, 300), wh_str_make(text, 300)));
}

/* ---- finding --------------------------------------------------------------------------------- */

enum { ROWS = 40 };

struct pair {
    struct wh_str from[ROWS];
    struct wh_str to[ROWS];
    char room[2][ROWS][64];
    uint16_t rows[ROWS];
};

static void put(struct pair *pair, size_t row, const char *from, const char *to)
{
    (void)snprintf(pair->room[0][row], sizeof(pair->room[0][row]), "%s", from);
    (void)snprintf(pair->room[1][row], sizeof(pair->room[1][row]), "%s", to);
    pair->from[row] = wh_str_from(pair->room[0][row]);
    pair->to[row] = wh_str_from(pair->room[1][row]);
    pair->rows[row] = (uint16_t)row;
}

static bool find(struct pair *pair, struct wh_derivation *ret)
{
    struct wh_column from = {.values.texts = pair->from};
    struct wh_column to = {.values.texts = pair->to};
    struct wh_derive_sample sample = {.rows = pair->rows, .count = ROWS};
    return wh_find_derivation(&from, &to, &sample, ret);
}

static void a_reordered_date_is_found(void **state)
{
    (void)state;
    struct pair pair;
    struct wh_derivation found;
    for (unsigned i = 0; i < ROWS; i++) {
        char from[64];
        char to[64];
        (void)snprintf(from, sizeof(from), "%02u/%02u/%04u", i % 28 + 1, i % 12 + 1, 2000 + i);
        (void)snprintf(to, sizeof(to), "%04u-%02u-%02u", 2000 + i, i % 12 + 1, i % 28 + 1);
        put(&pair, i, from, to);
    }
    assert_true(find(&pair, &found));
    assert_int_equal(found.transform, WH_TRANSFORM_TEMPLATE);
    assert_true(wh_derives(&found, WH_STR("31/12/1999"), WH_STR("1999-12-31")));
    assert_false(wh_derives(&found, WH_STR("31/12/1999"), WH_STR("1999-12-30")));
    assert_false(wh_derives(&found, WH_STR("31/12/99"), WH_STR("1999-12-31")));
    char room[WH_TEMPLATE_SIZE];
    assert_int_equal(wh_derive(&found, WH_STR("1/1/2000"), room), SIZE_MAX);
}

static void the_simplest_transform_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        uint8_t transform;
    } cases[] = {
        {"Ann %u", "Ann %u", WH_TRANSFORM_NONE},
        {" Ann %u ", "Ann %u", WH_TRANSFORM_TRIM},
        {"Ann %u", "ann %u", WH_TRANSFORM_LOWER},
        {" Ann %u", "ann %u", WH_TRANSFORM_LOWER | WH_TRANSFORM_TRIM},
        {"de%u", "DE%u", WH_TRANSFORM_UPPER},
        {"de%u ", "DE%u", WH_TRANSFORM_UPPER | WH_TRANSFORM_TRIM},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct pair pair;
        struct wh_derivation found;
        for (unsigned row = 0; row < ROWS; row++) {
            char from[64] = "";
            char to[64] = "";
            /* One value in four is something else. */
            (void)snprintf(from, sizeof(from), "%.*s%u%s",
                           (int)(strchr(cases[i].from, '%') - cases[i].from), cases[i].from, row,
                           strchr(cases[i].from, 'u') + 1);
            (void)snprintf(to, sizeof(to), "%.*s%u%s",
                           (int)(strchr(cases[i].to, '%') - cases[i].to), cases[i].to, row,
                           strchr(cases[i].to, 'u') + 1);
            put(&pair, row, from, row % 4 == 3 ? "mended" : to);
        }
        assert_true(find(&pair, &found));
        assert_int_equal(found.transform, cases[i].transform);
    }
}

static void unrelated_columns_are_not_derived(void **state)
{
    (void)state;
    struct pair pair;
    struct wh_derivation found;
    for (unsigned i = 0; i < ROWS; i++) {
        char from[64];
        char to[64];
        (void)snprintf(from, sizeof(from), "%08u", i * 2654435761u % 100000000u);
        (void)snprintf(to, sizeof(to), "%08u", i * 40503u * 2246822519u % 100000000u);
        put(&pair, i, from, to);
    }
    assert_false(find(&pair, &found));
}

/* ---- hostile input --------------------------------------------------------------------------- */

static void templates_that_read_outside_are_not_valid(void **state)
{
    (void)state;
    struct wh_derivation derivation = {
        .transform = WH_TRANSFORM_TEMPLATE,
        .template = {.source_len = 2, .target_len = 2, .steps = {0, 1}}};
    assert_true(wh_derivation_is_valid(&derivation));
    derivation.template.steps[1] = 2;
    assert_false(wh_derivation_is_valid(&derivation));
    derivation.template.steps[1] = 200;
    assert_true(wh_derivation_is_valid(&derivation));
    derivation.template.target_len = WH_TEMPLATE_SIZE + 1;
    assert_false(wh_derivation_is_valid(&derivation));
    derivation = (struct wh_derivation){.transform = 9};
    assert_false(wh_derivation_is_valid(&derivation));
    derivation = (struct wh_derivation){.transform = 16};
    assert_false(wh_derivation_is_valid(&derivation));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_at_the_ends_go),
        cmocka_unit_test(letters_become_small),
        cmocka_unit_test(letters_without_a_row_stay),
        cmocka_unit_test(letters_become_capital),
        cmocka_unit_test(lengths_never_change),
        cmocka_unit_test(long_values_are_not_derived),
        cmocka_unit_test(a_reordered_date_is_found),
        cmocka_unit_test(the_simplest_transform_is_found),
        cmocka_unit_test(unrelated_columns_are_not_derived),
        cmocka_unit_test(templates_that_read_outside_are_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
