/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a ledger for characters that its database lacks.
 * Which these are the end-to-end tests ask servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connect/postgres/repertoire.h"

/** As LATIN1 has it. */
static struct wh_postgres_repertoire latin1(void)
{
    struct wh_postgres_repertoire repertoire = {.encoding = "LATIN1", .is_known = true};
    for (size_t byte = 0x80 / 8; byte < 0x100 / 8; byte++)
        repertoire.characters[byte] = 0xff;
    return repertoire;
}

static void assert_written_as(const char *text, const char *expected)
{
    struct wh_postgres_repertoire repertoire = latin1();
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str written;
    struct wh_str read;
    wh_arena_init(&arena);
    assert_int_equal(
        wh_postgres_write_references(&repertoire, wh_str_from(text), &arena, &written, &err),
        WH_OK);
    assert_true(wh_str_is(written, expected));
    assert_int_equal(wh_postgres_find_lacking(&repertoire, written).len, 0);
    assert_int_equal(wh_postgres_read_references(written, &arena, &read, &err), WH_OK);
    assert_true(wh_str_is(read, text));
    wh_arena_release(&arena);
}

static void writes_what_is_lacking_by_its_number(void **state)
{
    (void)state;
    assert_written_as("日本", "&#x65E5;&#x672C;");
    assert_written_as("Zoë 😀.", "Zoë &#x1F600;.");
}

static void leaves_what_is_there_as_it_is(void **state)
{
    (void)state;
    assert_written_as("", "");
    assert_written_as("R&D & Zoë &amp; &#38; &", "R&D & Zoë &amp; &#38; &");
}

static void takes_nothing_else_for_a_reference(void **state)
{
    (void)state;
    assert_written_as("&#x65E5;", "&#x26;#x65E5;");
    assert_written_as("&#x26;#x", "&#x26;#x26;#x");
    assert_written_as("&#x", "&#x26;#x");
    assert_written_as("&日&#x", "&&#x65E5;&#x26;#x");
}

static void reads_what_is_no_reference_as_it_stands(void **state)
{
    static const char *const others[] = {"&#x",        "&#x;",        "&#x65E5",
                                         "&#x41;",     "&#x65e5;",    "&#xD800;",
                                         "&#x110000;", "&#x1234567;", "&#x26 ;"};
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str read;
    (void)state;
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_COUNT_OF(others); i++) {
        assert_int_equal(wh_postgres_read_references(wh_str_from(others[i]), &arena, &read, &err),
                         WH_OK);
        assert_true(wh_str_is(read, others[i]));
    }
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_is_lacking_by_its_number),
        cmocka_unit_test(leaves_what_is_there_as_it_is),
        cmocka_unit_test(takes_nothing_else_for_a_reference),
        cmocka_unit_test(reads_what_is_no_reference_as_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
