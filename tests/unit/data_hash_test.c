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
#include "data/hash.h"

static void lengths_and_nulls_tell_rows_apart(void **state)
{
    (void)state;
    const struct wh_str rows[][2] = {
        {WH_STR("a"), WH_STR("bc")}, {WH_STR("ab"), WH_STR("c")},  {WH_STR("abc"), WH_STR("")},
        {WH_STR(""), WH_STR("abc")}, {WH_STR("abc"), WH_STR_NONE}, {WH_STR_NONE, WH_STR("abc")},
        {WH_STR_NONE, WH_STR_NONE},  {WH_STR(""), WH_STR("")},     {WH_STR_NONE, WH_STR("")},
    };
    for (size_t i = 0; i < WH_COUNT_OF(rows); i++)
        for (size_t k = 0; k < WH_COUNT_OF(rows); k++)
            assert_int_equal(wh_hash_values(rows[i], 2, 0) == wh_hash_values(rows[k], 2, 0),
                             i == k);
    assert_true(wh_hash_values(rows[0], 2, 0) != wh_hash_values(rows[0], 2, 1));
    assert_true(wh_hash_values(rows[0], 1, 0) != wh_hash_values(rows[0], 2, 0));
}

/* They are stored in ledgers: a change here makes every older ledger worthless. */
static void hashes_never_change(void **state)
{
    (void)state;
    const struct wh_str row[] = {WH_STR("42"), WH_STR("a@example.com"), WH_STR_NONE, WH_STR("")};
    assert_true(wh_hash_values(row, 4, 0) == UINT64_C(0x24911cf07f47ec40));
    assert_true(wh_hash_values(row, 4, 7) == UINT64_C(0xd795dbd281839b4c));
    assert_true(wh_hash_values(row, 0, 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(wh_hash_bytes(WH_STR("wherry"), 0) == UINT64_C(0xa4dce112f39dca45));
    struct wh_hash128 wide = wh_hash128_bytes(WH_STR("wherry"));
    assert_true(wide.low == UINT64_C(0x2dadfebfd2292123) &&
                wide.high == UINT64_C(0xc97bd5a0f9a6cd61));
    struct wh_str many[200];
    for (size_t i = 0; i < WH_COUNT_OF(many); i++)
        many[i] = wh_str_make("0123456789", i % 11);
    assert_true(wh_hash_values(many, 200, 0) == UINT64_C(0x32106e3e37fa994f));
}

enum { ROWS = 100, COLUMNS = 130 };

static void columns_hash_like_single_rows(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    static struct wh_column columns[COLUMNS];
    static const struct wh_column *texts[COLUMNS];
    for (size_t k = 0; k < COLUMNS; k++) {
        struct wh_type text = {.kind = WH_KIND_TEXT};
        assert_int_equal(wh_column_init(&columns[k], text, ROWS, &arena, NULL), WH_OK);
        for (size_t row = 0; row < ROWS; row++)
            columns[k].values.texts[row] =
                wh_str_make("abcdefghijklmnopqrstuvwxyz", (row + k) % 27);
        if (k % 3 == 0) {
            assert_int_equal(wh_column_need_validity(&columns[k], &arena, NULL), WH_OK);
            wh_column_set_null(&columns[k], k % ROWS);
        }
        texts[k] = &columns[k];
    }
    uint16_t numbers[] = {0, 3, 64, 99};
    struct wh_selection selection = {.rows = numbers, .count = WH_COUNT_OF(numbers)};
    static const size_t counts[] = {0, 1, 9, 63, 64, 65, COLUMNS};
    for (size_t c = 0; c < WH_COUNT_OF(counts); c++) {
        uint64_t hashes[ROWS];
        memset(hashes, 0x5A, sizeof(hashes));
        wh_hash_rows(texts, counts[c], &selection, 3, hashes);
        assert_true(hashes[1] == UINT64_C(0x5A5A5A5A5A5A5A5A)); /* not selected, not touched */
        for (size_t i = 0; i < WH_COUNT_OF(numbers); i++) {
            struct wh_str row[COLUMNS];
            for (size_t k = 0; k < counts[c]; k++)
                row[k] = wh_column_is_null(texts[k], numbers[i])
                             ? WH_STR_NONE
                             : texts[k]->values.texts[numbers[i]];
            assert_true(hashes[numbers[i]] == wh_hash_values(row, counts[c], 3));
        }
    }
    wh_arena_release(&arena);
}

static void wide_hashes_tell_rows_apart(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_column columns[2];
    struct wh_type text = {.kind = WH_KIND_TEXT};
    const struct wh_column *texts[] = {&columns[0], &columns[1]};
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(wh_column_init(&columns[k], text, 4, &arena, NULL), WH_OK);
        assert_int_equal(wh_column_need_validity(&columns[k], &arena, NULL), WH_OK);
        columns[k].values.texts[0] = k == 0 ? WH_STR("a") : WH_STR("bc");
        columns[k].values.texts[1] = k == 0 ? WH_STR("ab") : WH_STR("c");
        columns[k].values.texts[2] = k == 0 ? WH_STR("a") : WH_STR("bc");
        columns[k].values.texts[3] = k == 0 ? WH_STR("a") : WH_STR("");
    }
    wh_column_set_null(&columns[1], 3);
    uint16_t numbers[] = {0, 1, 2, 3};
    struct wh_selection selection = {.rows = numbers, .count = 4};
    struct wh_hash128 hashes[4];
    wh_hash128_rows(texts, 2, &selection, hashes);
    assert_memory_equal(&hashes[0], &hashes[2], sizeof(hashes[0]));
    assert_true(hashes[0].low != hashes[1].low && hashes[0].high != hashes[1].high);
    assert_true(hashes[0].low != hashes[3].low && hashes[0].high != hashes[3].high);
    wh_arena_release(&arena);
}

static void a_stream_is_the_same_however_it_is_cut(void **state)
{
    (void)state;
    enum { SIZE = 5000 };
    char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 & 0x7F);
    struct wh_hash_stream *stream = wh_hash_stream_new();
    assert_non_null(stream);
    uint64_t whole = wh_hash_bytes(wh_str_make(bytes, SIZE), 0);
    static const size_t cuts[] = {1, 7, 64, 255, 256, 257, 1024, 4999};
    for (size_t c = 0; c < WH_COUNT_OF(cuts); c++) {
        wh_hash_stream_reset(stream);
        for (size_t at = 0; at < SIZE; at += cuts[c])
            wh_hash_stream_add(stream, wh_str_make(bytes + at, WH_MIN(cuts[c], SIZE - at)));
        wh_hash_stream_add(stream, WH_STR_NONE);
        assert_true(wh_hash_stream_value(stream) == whole);
    }
    wh_hash_stream_free(stream);
    wh_hash_stream_free(NULL);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_and_nulls_tell_rows_apart),
        cmocka_unit_test(hashes_never_change),
        cmocka_unit_test(columns_hash_like_single_rows),
        cmocka_unit_test(wide_hashes_tell_rows_apart),
        cmocka_unit_test(a_stream_is_the_same_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
