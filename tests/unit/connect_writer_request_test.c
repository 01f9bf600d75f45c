/* SPDX-License-Identifier: Apache-2.0 */
/* What a table's columns are when a writer is opened may not be what they were when its run was
 * planned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connect/connector.h"

static struct wh_column_info column(const char *name, enum wh_kind kind)
{
    return (struct wh_column_info){.name = wh_str_from(name), .type = {.kind = kind}};
}

/* Opens a writer of the first @p wanted columns of a table that was planned as id, name, mail. */
static wh_code check(struct wh_column_info *now, size_t count, size_t wanted, struct wh_error *err)
{
    struct wh_column_info before[] = {column("id", WH_KIND_INT), column("name", WH_KIND_TEXT),
                                      column("mail", WH_KIND_TEXT)};
    static const size_t indexes[] = {0, 1, 2};
    struct wh_table_info planned = {.name = WH_STR("t"), .columns = before, .column_count = 3};
    struct wh_table_info table = {.name = WH_STR("t"), .columns = now, .column_count = count};
    struct wh_writer_request request = {
        .planned = &planned, .columns = indexes, .column_count = wanted};
    return wh_writer_check_columns(&request, &table, err);
}

static void columns_that_stand_where_they_stood_are_written(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column_info now[] = {column("id", WH_KIND_INT), column("name", WH_KIND_TEXT),
                                   column("mail", WH_KIND_TEXT), column("more", WH_KIND_DATE)};
    assert_int_equal(check(now, 3, 3, &err), WH_OK);
    assert_int_equal(check(now, 4, 3, &err), WH_OK);
}

static void a_column_that_was_dropped_moves_none_into_its_place(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column_info now[] = {column("id", WH_KIND_INT), column("mail", WH_KIND_TEXT)};
    assert_int_equal(check(now, 2, 2, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "columns of 't' are not what they were"));
    assert_int_equal(check(now, 2, 3, &err), WH_INVALID);
}

static void a_column_of_another_type_is_not_written(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column_info now[] = {column("id", WH_KIND_TEXT), column("name", WH_KIND_TEXT),
                                   column("mail", WH_KIND_TEXT)};
    assert_int_equal(check(now, 3, 1, &err), WH_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_that_stand_where_they_stood_are_written),
        cmocka_unit_test(a_column_that_was_dropped_moves_none_into_its_place),
        cmocka_unit_test(a_column_of_another_type_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
