/* SPDX-License-Identifier: Apache-2.0 */
/* Marks as they are read. What they are good for the end-to-end tests ask a server
 * (test_postgres_untouched.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connect/postgres/writer/marks.h"

#define EPOCH (INT64_C(1) << 32)

static int64_t versions[WH_MARK_VERSIONS];

static size_t read_mark(const char *mark, int64_t next)
{
    return wh_postgres_read_mark(wh_str_from(mark), WH_STR("7/1/2/ab"), next, versions);
}

static void reads_the_versions_of_a_mark(void **state)
{
    (void)state;
    assert_int_equal(read_mark("7/1/2/ab 1000 1002", 2000), 2);
    assert_int_equal(versions[0], 1000);
    assert_int_equal(versions[1], 1002);
    assert_int_equal(read_mark("7/1/2/ab 8589935592", 2 * EPOCH + 2000), 1);
    assert_int_equal(versions[0], 1000); /* as a row shows it */
}

static void passes_by_what_is_of_something_else(void **state)
{
    (void)state;
    assert_int_equal(read_mark("7/1/2/ac 1000", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab/ 1000", 2000), 0);
    assert_int_equal(read_mark("", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab x", 2000), 0);
}

static void passes_by_numbers_that_a_row_may_have_from_another_transaction(void **state)
{
    (void)state;
    assert_int_equal(read_mark("7/1/2/ab 1000", EPOCH + 1001), 0);
    assert_int_equal(read_mark("7/1/2/ab 1000", EPOCH / 2 + 1000), 0);
    assert_int_equal(read_mark("7/1/2/ab 1000", EPOCH / 2 + 999), 1);
}

static void passes_by_numbers_that_are_still_to_come(void **state)
{
    (void)state;
    assert_int_equal(read_mark("7/1/2/ab 2000", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab 4294968296", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab 0", 2000), 0);
    assert_int_equal(read_mark("7/1/2/ab -5", 2000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_versions_of_a_mark),
        cmocka_unit_test(passes_by_what_is_of_something_else),
        cmocka_unit_test(passes_by_numbers_that_a_row_may_have_from_another_transaction),
        cmocka_unit_test(passes_by_numbers_that_are_still_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
