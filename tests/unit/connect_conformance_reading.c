/* SPDX-License-Identifier: Apache-2.0 */
/* Rows read by their keys. */
#include "connect_conformance_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- fetching -------------------------------------------------------------------------------- */

static void fetches_rows_by_keys_in_any_order(void **state)
{
    static const char *const orders[][6] = {
        {"1", "2", "3", "4", "5", "6"},
        {"3", "9223372036854775807", "1", "2", "-9223372036854775808", "0"},
        {"3", "1", "3", NULL, "1", "2"},
        {NULL, NULL, NULL, NULL, NULL, NULL},
    };
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct wh_writer *writer = conformance_make_three(bench, columns);
    static const char *const names[] = {"one", "two", "three"};
    for (size_t i = 0; i < WH_COUNT_OF(orders); i++) {
        columns[0] = conformance_make_column(bench, conformance_int_type, orders[i], 6);
        struct wh_found found = conformance_fetch(bench, writer, columns, 6);
        for (size_t row = 0; row < 6; row++) {
            const char *key = orders[i][row];
            bool is_there = key != NULL && strlen(key) == 1 && key[0] >= '1' && key[0] <= '3';
            assert_int_equal(found.is_there[row], is_there ? WH_FOUND_ROW : WH_FOUND_NOTHING);
            if (is_there)
                conformance_assert_value(bench, &found.columns[1], row, names[key[0] - '1']);
        }
    }
    bench->functions->writer_close(writer);
}

static void fetches_rows_by_keys_of_several_columns(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[3];
    conformance_make_table(bench, "t",
                           (const struct wh_type[]){conformance_text_type, conformance_int_type,
                                                    conformance_text_type},
                           3, 2);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "t", 3, 2);
    columns[0] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"a", "a", "A"}, 3);
    columns[1] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "2", "1"}, 3);
    columns[2] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"a1", "a2", "A1"}, 3);
    conformance_insert_all(bench, writer, columns, 3);
    columns[0] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"A", "a", "b", "a"}, 4);
    columns[1] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "2", "1", NULL}, 4);
    struct wh_found found = conformance_fetch(bench, writer, columns, 4);
    conformance_assert_value(bench, &found.columns[2], 0, "A1");
    conformance_assert_value(bench, &found.columns[2], 1, "a2");
    assert_int_equal(found.is_there[2], WH_FOUND_NOTHING);
    assert_int_equal(found.is_there[3], WH_FOUND_NOTHING);
    bench->functions->writer_close(writer);
}

static void fetches_a_whole_batch_dense_or_spread(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    conformance_make_table(
        bench, "t", (const struct wh_type[]){conformance_int_type, conformance_int_type}, 2, 1);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "t", 2, 1);
    for (int64_t step = 1; step <= 1000; step *= 1000) {
        for (size_t i = 0; i < 2; i++)
            assert_ok(bench, wh_column_init(&columns[i], conformance_int_type, WH_BATCH_ROWS,
                                            &bench->arena, &bench->err));
        for (int64_t i = 0; i < WH_BATCH_ROWS; i++) {
            columns[0].values.ints[i] = (WH_BATCH_ROWS - i) * step + step;
            columns[1].values.ints[i] = i;
        }
        assert_ok(bench,
                  bench->functions->script(bench->destination, "DELETE FROM t", &bench->err));
        conformance_insert_all(bench, writer, columns, WH_BATCH_ROWS);
        struct wh_found found = conformance_fetch(bench, writer, columns, WH_BATCH_ROWS);
        for (size_t i = 0; i < WH_BATCH_ROWS; i++) {
            assert_int_equal(found.is_there[i], WH_FOUND_ROW);
            assert_int_equal(found.columns[1].values.ints[i], i);
        }
    }
    bench->functions->writer_close(writer);
}

static void knows_whether_a_table_is_empty(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    bool is_empty = false;
    conformance_make_table(bench, "e", &conformance_int_type, 1, 1);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "e", 1, 1);
    assert_ok(bench, bench->functions->is_empty(writer, &is_empty, &bench->err));
    assert_true(is_empty);
    bench->functions->writer_close(writer);
    writer = conformance_make_three(bench, columns);
    assert_ok(bench, bench->functions->is_empty(writer, &is_empty, &bench->err));
    assert_false(is_empty);
    assert_int_equal(conformance_count_rows(bench, "t"), 3);
    bench->functions->writer_close(writer);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(fetches_rows_by_keys_in_any_order),
    CONFORMANCE_TEST(fetches_rows_by_keys_of_several_columns),
    CONFORMANCE_TEST(fetches_a_whole_batch_dense_or_spread),
    CONFORMANCE_TEST(knows_whether_a_table_is_empty),
};

const struct conformance_part conformance_reading = {.tests = tests, .count = WH_COUNT_OF(tests)};
