/* SPDX-License-Identifier: Apache-2.0 */
/* Rows written, missed and refused; transactions. */
#include "connect_conformance_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- writing --------------------------------------------------------------------------------- */

static void an_insert_misses_where_the_key_is_there(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = conformance_make_three(bench, columns);
    columns[0] =
        conformance_make_column(bench, conformance_int_type, (const char *const[]){"2", "4"}, 2);
    columns[1] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"other", "four"}, 2);
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, 2);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_MISSED);
    assert_int_equal(rows.results[1], WH_ROW_WRITTEN);
    struct wh_found found = conformance_fetch(bench, writer, columns, 2);
    conformance_assert_value(bench, &found.columns[1], 0, "two");
    conformance_assert_value(bench, &found.columns[1], 1, "four");
    bench->functions->writer_close(writer);
}

static void an_update_writes_only_the_row_that_was_read(void **state)
{
    struct bench *bench = *state;
    struct wh_column before[2];
    struct wh_column after[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = conformance_make_three(bench, before);
    after[0] = before[0];
    after[1] = conformance_make_column(bench, conformance_text_type,
                                       (const char *const[]){"ONE", "TWO", NULL}, 3);
    /* As if somebody had changed row 2 since it was read. */
    before[1] = conformance_make_column(bench, conformance_text_type,
                                        (const char *const[]){"one", "zwei", "three"}, 3);
    struct wh_write_request request = {.columns = after, .before = before};
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
    assert_int_equal(rows.results[1], WH_ROW_MISSED);
    assert_int_equal(rows.results[2], WH_ROW_WRITTEN);
    struct wh_found found = conformance_fetch(bench, writer, before, 3);
    conformance_assert_value(bench, &found.columns[1], 0, "ONE");
    conformance_assert_value(bench, &found.columns[1], 1, "two");
    conformance_assert_value(bench, &found.columns[1], 2, NULL);
    bench->functions->writer_close(writer);
}

/* Of what fetch found: the condition is then the version, where the destination tells it. */
static void an_update_of_what_was_fetched_takes_only_rows_that_nobody_wrote_since(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct wh_column after[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = conformance_make_three(bench, columns);
    struct wh_found found = conformance_fetch(bench, writer, columns, 3);
    bool differing[] = {false, true};
    after[0] = columns[0];
    after[1] = conformance_make_column(bench, conformance_text_type,
                                       (const char *const[]){"eins", "zwei", "drei"}, 3);
    struct wh_write_request request = {.columns = after,
                                       .before = found.columns,
                                       .versions = found.versions,
                                       .differing = differing};
    conformance_select_rows(&rows, 1, 2);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[1], WH_ROW_WRITTEN);
    request.differing = NULL;
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
    assert_int_equal(rows.results[1], WH_ROW_MISSED);
    assert_int_equal(rows.results[2], WH_ROW_WRITTEN);
    found = conformance_fetch(bench, writer, columns, 3);
    conformance_assert_value(bench, &found.columns[1], 0, "eins");
    conformance_assert_value(bench, &found.columns[1], 2, "drei");
    bench->functions->writer_close(writer);
}

static void a_delete_takes_only_the_row_that_was_read(void **state)
{
    struct bench *bench = *state;
    struct wh_column before[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = conformance_make_three(bench, before);
    before[1] = conformance_make_column(bench, conformance_text_type,
                                        (const char *const[]){"one", NULL, "three"}, 3);
    struct wh_write_request request = {.before = before};
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_DELETE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
    assert_int_equal(rows.results[1], WH_ROW_MISSED);
    assert_int_equal(rows.results[2], WH_ROW_WRITTEN);
    assert_int_equal(conformance_count_rows(bench, "t"), 1);
    bench->functions->writer_close(writer);
}

static void insert_only_columns_are_neither_compared_nor_updated(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct wh_column after[2];
    struct wh_writer *writer = conformance_make_three(bench, columns);
    struct rows rows = {.selection = {.count = 0}};
    bench->functions->writer_close(writer);
    struct wh_writer_request wanted = {.table = WH_STR("t"),
                                       .columns = (const size_t[]){0, 1},
                                       .column_count = 2,
                                       .match = (const size_t[]){0},
                                       .match_count = 1,
                                       .insert_only = (const bool[]){false, true}};
    assert_ok(bench,
              bench->functions->writer_open(bench->destination, &wanted, &writer, &bench->err));
    after[0] = columns[0];
    after[1] = conformance_make_column(bench, conformance_text_type,
                                       (const char *const[]){"x", "y", "z"}, 3);
    struct wh_write_request request = {.columns = after, .before = after};
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    struct wh_found found = conformance_fetch(bench, writer, columns, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rows.results[i], WH_ROW_WRITTEN);
    conformance_assert_value(bench, &found.columns[1], 0, "one");
    conformance_assert_value(bench, &found.columns[1], 2, "three");
    bench->functions->writer_close(writer);
}

static void a_match_that_is_no_key_is_refused(void **state)
{
    struct bench *bench = *state;
    struct wh_writer *writer = NULL;
    conformance_make_table(
        bench, "t", (const struct wh_type[]){conformance_int_type, conformance_text_type}, 2, 1);
    struct wh_writer_request request = {.table = WH_STR("t"),
                                        .columns = (const size_t[]){0, 1},
                                        .column_count = 2,
                                        .match = (const size_t[]){1},
                                        .match_count = 1};
    assert_code(bench, WH_INVALID,
                bench->functions->writer_open(bench->destination, &request, &writer, &bench->err));
}

/** A batch of 1000 rows: every 7th key is there already, every 11th is the row's before it. */
static void rows_of_a_long_insert_have_an_outcome_each(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    conformance_make_table(
        bench, "t", (const struct wh_type[]){conformance_int_type, conformance_int_type}, 2, 1);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "t", 2, 1);
    for (size_t i = 0; i < 2; i++)
        assert_ok(bench, wh_column_init(&columns[i], conformance_int_type, 1000, &bench->arena,
                                        &bench->err));
    for (int64_t i = 0; i < 1000; i++) {
        columns[0].values.ints[i] = i % 11 == 10 ? i - 1 : i;
        columns[1].values.ints[i] = i;
    }
    struct wh_write_request request = {.columns = columns};
    for (uint16_t i = 0; i < 143; i++)
        rows.numbers[i] = (uint16_t)(i * 7);
    rows.selection = (struct wh_selection){.rows = rows.numbers, .count = 143};
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    memset(rows.results, 0, sizeof(rows.results));
    conformance_select_rows(&rows, 0, 1000);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(request.stopped_at, 1000);
    uint64_t written = 143;
    for (size_t i = 0; i < 1000; i++) {
        bool is_there = i % 7 == 0 || i % 11 == 10;
        /* A row whose key the one behind it brought first, among the 143. */
        is_there = is_there || (i % 11 == 9 && (i + 1) % 7 == 0);
        assert_int_equal(rows.results[i], is_there ? WH_ROW_MISSED : WH_ROW_WRITTEN);
        written += rows.results[i] == WH_ROW_WRITTEN;
    }
    assert_int_equal(conformance_count_rows(bench, "t"), written);
    bench->functions->writer_close(writer);
}

/* ---- refusals -------------------------------------------------------------------------------- */

/** Writes rows 1 to 4 of picky, of which row 3 has @p name, @p code and @p size. */
static void assert_third_is_refused(struct bench *bench, const char *name, const char *code,
                                    const char *size, const char *sqlstate)
{
    struct wh_column columns[4];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "picky", 4, 1);
    columns[0] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "2", "3", "4"}, 4);
    columns[1] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"a", "b", name, "d"}, 4);
    columns[2] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"A", "B", code, "D"}, 4);
    columns[3] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "2", size, "4"}, 4);
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, 4);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_code(bench, WH_REFUSED,
                conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(bench->err.retry, WH_RETRY_ITEM);
    assert_string_equal(bench->err.sqlstate, sqlstate);
    assert_int_not_equal(bench->err.vendor_code, 0);
    assert_int_equal(request.stopped_at, 3);
    static const uint8_t expected[] = {WH_ROW_WRITTEN, WH_ROW_WRITTEN, WH_ROW_REFUSED,
                                       WH_ROW_NOT_TRIED};
    assert_memory_equal(rows.results, expected, sizeof(expected));
    conformance_select_rows(&rows, 3, 4);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(rows.results[3], WH_ROW_WRITTEN);
    assert_int_equal(conformance_count_rows(bench, "picky"), 3);
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    assert_int_equal(conformance_count_rows(bench, "picky"), 0);
    bench->functions->writer_close(writer);
}

static void a_refused_row_stops_the_write_and_spoils_no_other(void **state)
{
    struct bench *bench = *state;
    assert_ok(bench, bench->functions->script(bench->destination, bench->fixture->constraints,
                                              &bench->err));
    assert_third_is_refused(bench, NULL, "C", "3", "23502");
    assert_third_is_refused(bench, "c", "A", "3", "23505");
    assert_third_is_refused(bench, "c", "C", "-3", "23514");
}

static void a_refused_row_among_many_is_found(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[4];
    struct rows rows = {.selection = {.count = 0}};
    assert_ok(bench, bench->functions->script(bench->destination, bench->fixture->constraints,
                                              &bench->err));
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "picky", 4, 1);
    for (size_t i = 0; i < 4; i++)
        assert_ok(bench,
                  wh_column_init(&columns[i],
                                 i == 0 || i == 3 ? conformance_int_type : conformance_text_type,
                                 200, &bench->arena, &bench->err));
    for (int64_t i = 0; i < 200; i++) {
        columns[0].values.ints[i] = i;
        columns[1].values.texts[i] = WH_STR("name");
        assert_ok(bench, wh_arena_format(&bench->arena, &columns[2].values.texts[i], &bench->err,
                                         "%d", (int)i));
        columns[3].values.ints[i] = i == 77 || i == 78 ? -1 : 1;
    }
    struct wh_write_request request = {.columns = columns};
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    conformance_select_rows(&rows, 0, 200);
    assert_code(bench, WH_REFUSED,
                conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(request.stopped_at, 78);
    assert_int_equal(rows.results[77], WH_ROW_REFUSED);
    /* Rows behind it may be in already, but not the next bad one. */
    assert_true(rows.results[78] == WH_ROW_NOT_TRIED || rows.results[78] == WH_ROW_PUT_OFF);
    uint64_t written = 0;
    for (size_t i = 0; i < 200; i++)
        written += rows.results[i] == WH_ROW_WRITTEN;
    assert_true(written >= 77);
    assert_int_equal(conformance_count_rows(bench, "picky"), written);
    conformance_select_rows(&rows, 78, 200);
    assert_code(bench, WH_REFUSED,
                conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(request.stopped_at, 1);
    conformance_select_rows(&rows, 79, 200);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(conformance_count_rows(bench, "picky"), 198);
    bench->functions->writer_close(writer);
}

static void a_deferred_foreign_key_is_refused_by_commit(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    assert_ok(bench, bench->functions->script(bench->destination, bench->fixture->constraints,
                                              &bench->err));
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "child", 2, 1);
    columns[0] =
        conformance_make_column(bench, conformance_int_type, (const char *const[]){"1"}, 1);
    columns[1] =
        conformance_make_column(bench, conformance_int_type, (const char *const[]){"99"}, 1);
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, 1);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_code(bench, WH_REFUSED, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(bench->err.retry, WH_RETRY_ITEM);
    assert_string_equal(bench->err.sqlstate, "23503");
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    assert_int_equal(conformance_count_rows(bench, "child"), 0);
    bench->functions->writer_close(writer);
}

/* Parents 1 and 2; children 1, 2 and 3, of which the second has no parent. */
static struct wh_writer *write_family(struct bench *bench, struct wh_column *columns)
{
    const struct wh_destination_functions *f = bench->functions;
    struct rows rows = {.selection = {.count = 0}};
    struct wh_write_request request = {.columns = columns};
    assert_ok(bench, f->script(bench->destination, bench->fixture->constraints, &bench->err));
    struct wh_writer *parents = conformance_open_writer(bench, bench->destination, "parent", 1, 1);
    struct wh_writer *children = conformance_open_writer(bench, bench->destination, "child", 2, 1);
    columns[0] =
        conformance_make_column(bench, conformance_int_type, (const char *const[]){"1", "2"}, 2);
    conformance_select_rows(&rows, 0, 2);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, parents, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    f->writer_close(parents);
    columns[0] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "2", "3"}, 3);
    columns[1] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"1", "99", "2"}, 3);
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, children, WH_WRITE_INSERT, &request, &rows));
    return children;
}

static void tells_which_row_a_commit_would_refuse(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    bool is_unmet = false;
    if ((f->capabilities & WH_TELLS_UNMET) == 0)
        skip();
    struct wh_writer *writer = write_family(bench, columns);
    assert_ok(bench, f->is_unmet(bench->destination, &is_unmet, &bench->err));
    assert_true(is_unmet);
    conformance_select_rows(&rows, 0, 3);
    struct wh_write_request request = {.kind = WH_WRITE_INSERT,
                                       .columns = columns,
                                       .selection = &rows.selection,
                                       .results = rows.results};
    assert_code(bench, WH_REFUSED, f->find_unmet(writer, &request, &bench->err));
    assert_int_equal(bench->err.retry, WH_RETRY_ITEM);
    assert_string_equal(bench->err.sqlstate, "23503");
    assert_int_equal(request.stopped_at, 2);
    assert_int_equal(rows.results[1], WH_ROW_REFUSED);
    conformance_select_rows(&rows, 2, 3);
    assert_ok(bench, f->find_unmet(writer, &request, &bench->err));
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, f->is_unmet(bench->destination, &is_unmet, &bench->err));
    assert_false(is_unmet);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    f->writer_close(writer);
}

static void tells_which_deletion_a_commit_would_refuse(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    if ((f->capabilities & WH_TELLS_UNMET) == 0)
        skip();
    struct wh_writer *children = write_family(bench, columns);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, 1);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, children, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    f->writer_close(children);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "parent", 1, 1);
    request.before = columns;
    conformance_select_rows(&rows, 0, 2);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_DELETE, &request, &rows));
    conformance_select_rows(&rows, 0, 2);
    request.kind = WH_WRITE_DELETE;
    request.selection = &rows.selection;
    request.results = rows.results;
    assert_code(bench, WH_REFUSED, f->find_unmet(writer, &request, &bench->err));
    assert_int_equal(request.stopped_at, 1);
    conformance_select_rows(&rows, 1, 2);
    assert_ok(bench, f->find_unmet(writer, &request, &bench->err));
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    f->writer_close(writer);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void savepoints_take_back_what_came_after_them(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    const struct wh_destination_functions *f = bench->functions;
    struct wh_writer *writer = conformance_make_three(bench, columns);
    columns[0] = conformance_make_column(bench, conformance_int_type,
                                         (const char *const[]){"4", "5", "6"}, 3);
    struct wh_write_request request = {.columns = columns};
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, f->savepoint(bench->destination, 1, &bench->err));
    conformance_select_rows(&rows, 0, 1);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->savepoint(bench->destination, 2, &bench->err));
    conformance_select_rows(&rows, 1, 2);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->rollback_to(bench->destination, 2, &bench->err));
    conformance_select_rows(&rows, 2, 3);
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->release(bench->destination, 2, &bench->err));
    assert_ok(bench, f->release(bench->destination, 1, &bench->err));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    struct wh_found found = conformance_fetch(bench, writer, columns, 3);
    assert_int_equal(found.is_there[0], WH_FOUND_ROW);
    assert_int_equal(found.is_there[1], WH_FOUND_NOTHING);
    assert_int_equal(found.is_there[2], WH_FOUND_ROW);
    f->writer_close(writer);
}

static void others_see_a_transaction_when_it_is_committed(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    const struct wh_destination_functions *f = bench->functions;
    uint64_t seen = 0;
    struct wh_writer *writer = conformance_make_three(bench, columns);
    struct wh_destination *other = conformance_open_at(bench, bench->url, true);
    columns[0] =
        conformance_make_column(bench, conformance_int_type, (const char *const[]){"4"}, 1);
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, 1);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->count(other, WH_STR("t"), UINT64_MAX, &seen, &bench->err));
    assert_int_equal(seen, 3);
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    assert_ok(bench, f->count(other, WH_STR("t"), UINT64_MAX, &seen, &bench->err));
    assert_int_equal(seen, 4);
    assert_ok(bench, f->count(other, WH_STR("t"), 1, &seen, &bench->err));
    assert_in_range(seen, 1, 4);
    f->close(other);
    f->writer_close(writer);
}

static void a_second_writer_waits_and_is_told_that_it_is_busy(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    if ((f->capabilities & WH_ONE_WRITER) == 0)
        skip();
    struct wh_destination *other = conformance_open_at(bench, bench->url, false);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_code(bench, WH_BUSY, f->begin(other, &bench->err));
    assert_int_equal(bench->err.retry, WH_RETRY_AGAIN);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    assert_ok(bench, f->begin(other, &bench->err));
    assert_ok(bench, f->rollback(other, &bench->err));
    f->close(other);
}

static void a_read_only_connection_reads_and_cannot_write(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_column columns[2];
    bool is_empty = true;
    f->writer_close(conformance_make_three(bench, columns));
    struct wh_destination *reader = conformance_open_at(bench, bench->url, true);
    struct wh_writer *writer = conformance_open_writer(bench, reader, "t", 2, 1);
    struct wh_found found = conformance_fetch(bench, writer, columns, 3);
    conformance_assert_value(bench, &found.columns[1], 2, "three");
    assert_ok(bench, f->is_empty(writer, &is_empty, &bench->err));
    assert_false(is_empty);
    assert_int_not_equal(f->script(reader, "DELETE FROM t", &bench->err), WH_OK);
    f->writer_close(writer);
    f->close(reader);
    assert_int_equal(conformance_count_rows(bench, "t"), 3);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(an_insert_misses_where_the_key_is_there),
    CONFORMANCE_TEST(an_update_writes_only_the_row_that_was_read),
    CONFORMANCE_TEST(an_update_of_what_was_fetched_takes_only_rows_that_nobody_wrote_since),
    CONFORMANCE_TEST(a_delete_takes_only_the_row_that_was_read),
    CONFORMANCE_TEST(insert_only_columns_are_neither_compared_nor_updated),
    CONFORMANCE_TEST(a_match_that_is_no_key_is_refused),
    CONFORMANCE_TEST(rows_of_a_long_insert_have_an_outcome_each),
    CONFORMANCE_TEST(a_refused_row_stops_the_write_and_spoils_no_other),
    CONFORMANCE_TEST(a_refused_row_among_many_is_found),
    CONFORMANCE_TEST(a_deferred_foreign_key_is_refused_by_commit),
    CONFORMANCE_TEST(tells_which_row_a_commit_would_refuse),
    CONFORMANCE_TEST(tells_which_deletion_a_commit_would_refuse),
    CONFORMANCE_TEST(savepoints_take_back_what_came_after_them),
    CONFORMANCE_TEST(others_see_a_transaction_when_it_is_committed),
    CONFORMANCE_TEST(a_second_writer_waits_and_is_told_that_it_is_busy),
    CONFORMANCE_TEST(a_read_only_connection_reads_and_cannot_write),
};

const struct conformance_part conformance_writing = {.tests = tests, .count = WH_COUNT_OF(tests)};
