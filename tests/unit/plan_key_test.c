/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as text: one canonical form for what logs show and what users type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_place.h"

#define SINGLE                                                                                     \
    PLACE_HEAD "  p: { from: people.csv, key: id, into: people, map: { id: id, name: name } }\n"
#define PAIR                                                                                       \
    PLACE_HEAD "  p: { from: people.csv, key: [id, country], into: pairs,\n"                       \
               "       map: { a: id, b: country } }\n"
#define UNMATCHED                                                                                  \
    PLACE_HEAD "  p: { from: people.csv, key: ssn, into: people, match: email,\n"                  \
               "       map: { \"*\": same } }\n"

static void assert_parsed(const struct wh_item_plan *item, const char *typed, const char *expected)
{
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str key;
    wh_arena_init(&arena);
    wh_code rc = wh_key_parse(item, wh_str_from(typed), &arena, &key, &err);
    if (rc != WH_OK)
        fail_msg("'%s': %s", typed, err.message);
    if (!wh_str_is(key, expected))
        fail_msg("'%s' gave '%.*s', not '%s'", typed, WH_FMT(key), expected);
    wh_arena_release(&arena);
}

static void assert_refused(const struct wh_item_plan *item, const char *typed, const char *message)
{
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str key;
    wh_arena_init(&arena);
    assert_int_equal(wh_key_parse(item, wh_str_from(typed), &arena, &key, &err), WH_INVALID);
    if (strstr(err.message, message) == NULL)
        fail_msg("'%s': %s", typed, err.message);
    wh_arena_release(&arena);
}

static void a_key_has_the_form_of_its_column(void **state)
{
    const struct wh_item_plan *item = place_item(state, SINGLE);
    assert_parsed(item, "7", "7");
    assert_parsed(item, "007", "7");
    assert_parsed(item, " +7 ", "7");
    assert_parsed(item, "-0", "0");
}

static void a_key_that_does_not_fit_is_known_by_its_text(void **state)
{
    const struct wh_item_plan *item = place_item(state, SINGLE);
    assert_parsed(item, "abc", "abc");
    assert_parsed(item, "99999999999999999999", "99999999999999999999");
    assert_parsed(item, "", "");
}

static void a_key_that_is_not_the_match_keeps_its_text(void **state)
{
    const struct wh_item_plan *item = place_item(state, UNMATCHED);
    assert_parsed(item, "007", "007");
    assert_parsed(item, "a=1,b", "a=1,b");
}

static void parts_are_typed_in_any_order(void **state)
{
    const struct wh_item_plan *item = place_item(state, PAIR);
    assert_parsed(item, "id=1,country=DE", "id=1,country=DE");
    assert_parsed(item, "country=DE,id=001", "id=1,country=DE");
    assert_parsed(item, "Country=DE, ID=1", "id=1,country=DE");
    assert_parsed(item, "id=1,country=", "id=1,country=");
}

static void commas_and_backslashes_are_escaped(void **state)
{
    const struct wh_item_plan *item = place_item(state, PAIR);
    assert_parsed(item, "id=1,country=a\\,b", "id=1,country=a\\,b");
    assert_parsed(item, "id=1,country=a\\\\b=c", "id=1,country=a\\\\b=c");
    assert_parsed(item, "country=\\\\\\,,id=1", "id=1,country=\\\\\\,");
}

static void wrong_forms_say_the_right_one(void **state)
{
    const struct wh_item_plan *item = place_item(state, PAIR);
    static const char *const wrong[] = {
        "1", "id=1", "id=1,id=1", "id=1,nope=2", "id=1,country=a,b", "id=1,country=a,", ",", "",
    };
    for (size_t i = 0; i < WH_COUNT_OF(wrong); i++)
        assert_refused(item, wrong[i], "is not a key of item 'p'; write id=…,country=…");
    assert_refused(item, "id=1,country=\xFF", "the key is not UTF-8");
}

static void what_is_printed_is_read_again(void **state)
{
    const struct wh_item_plan *item = place_item(state, PAIR);
    static const char *const values[] = {"", ",", "\\", "=", "a=b,c\\", "\\,\\", "ä€,𝄞", "x y"};
    for (size_t i = 0; i < WH_COUNT_OF(values); i++) {
        struct wh_arena arena;
        struct wh_str parts[] = {WH_STR("12"), wh_str_from(values[i])};
        struct wh_str printed;
        struct wh_str parsed;
        wh_arena_init(&arena);
        assert_int_equal(wh_key_print(item, parts, &arena, &printed, NULL), WH_OK);
        assert_int_equal(wh_key_parse(item, printed, &arena, &parsed, NULL), WH_OK);
        if (!wh_str_equal(printed, parsed))
            fail_msg("'%.*s' became '%.*s'", WH_FMT(printed), WH_FMT(parsed));
        wh_arena_release(&arena);
    }
}

static void a_single_key_is_printed_as_it_is(void **state)
{
    const struct wh_item_plan *item = place_item(state, SINGLE);
    struct wh_str part = WH_STR("a,b=\\c");
    struct wh_str key;
    struct wh_arena arena;
    wh_arena_init(&arena);
    assert_int_equal(wh_key_print(item, &part, &arena, &key, NULL), WH_OK);
    assert_true(wh_str_equal(key, part));
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_the_form_of_its_column),
        cmocka_unit_test(a_key_that_does_not_fit_is_known_by_its_text),
        cmocka_unit_test(a_key_that_is_not_the_match_keeps_its_text),
        cmocka_unit_test(parts_are_typed_in_any_order),
        cmocka_unit_test(commas_and_backslashes_are_escaped),
        cmocka_unit_test(wrong_forms_say_the_right_one),
        cmocka_unit_test(what_is_printed_is_read_again),
        cmocka_unit_test(a_single_key_is_printed_as_it_is),
    };
    return cmocka_run_group_tests(tests, place_setup, place_teardown);
}
