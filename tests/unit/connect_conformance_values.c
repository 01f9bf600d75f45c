/* SPDX-License-Identifier: Apache-2.0 */
/* What a destination says of itself, and values of every kind. */
#include "connect_conformance_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "data/text.h"

/* ---- what the system is ---------------------------------------------------------------------- */

static void has_the_functions_of_its_capabilities(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    assert_int_equal(f->commit_kind, WH_COMMIT_WITH_LEDGER);
    assert_true((f->capabilities & WH_CAN_CREATE) == 0 || f->create != NULL);
    assert_true((f->capabilities & WH_TELLS_UNMET) == 0 ||
                (f->is_unmet != NULL && f->find_unmet != NULL));
    assert_true((f->capabilities & WH_ENFORCES_EARLY) == 0 ||
                (f->enforce != NULL && f->find_suspects != NULL && f->can_take_out != NULL));
    assert_true(f->open && f->close && f->identity && f->describe && f->begin && f->commit &&
                f->rollback && f->savepoint && f->release && f->rollback_to && f->lock &&
                f->unlock && f->holder && f->prepare && f->execute && f->next &&
                f->statement_free && f->script && f->writer_open && f->writer_close &&
                f->is_empty && f->fetch && f->write && f->check && f->count && f->interrupt);
    assert_true(bench->fixture->connector->accepts(wh_str_from(bench->url)));
    assert_false(bench->fixture->connector->accepts(WH_STR("nobody:nothing")));
}

static void keeps_its_identity_and_shares_it_with_no_other(void **state)
{
    struct bench *bench = *state;
    char other_url[URL_SIZE];
    struct wh_str first;
    struct wh_str again;
    struct wh_str other;
    assert_ok(bench,
              bench->functions->identity(bench->destination, &bench->arena, &first, &bench->err));
    assert_true(first.len > 0);
    struct wh_destination *second = conformance_open_at(bench, bench->url, true);
    assert_ok(bench, bench->functions->identity(second, &bench->arena, &again, &bench->err));
    bench->functions->close(second);
    bench->fixture->make_url(other_url, sizeof(other_url), bench->folder, 1);
    second = conformance_open_at(bench, other_url, false);
    assert_ok(bench, bench->functions->identity(second, &bench->arena, &other, &bench->err));
    bench->functions->close(second);
    assert_true(wh_str_equal(first, again));
    assert_false(wh_str_equal(first, other));
}

static void describes_a_table_as_it_was_made(void **state)
{
    static const struct wh_type types[] = {
        {.kind = WH_KIND_INT, .bits = 64},
        {.kind = WH_KIND_TEXT, .length = 40},
        {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
        {.kind = WH_KIND_INT, .bits = 16},
        {.kind = WH_KIND_INT, .bits = 32},
        {.kind = WH_KIND_FLOAT, .bits = 32},
        {.kind = WH_KIND_FLOAT, .bits = 64},
        {.kind = WH_KIND_NUMERIC},
        {.kind = WH_KIND_BOOL},
        {.kind = WH_KIND_DATE},
        {.kind = WH_KIND_TIME},
        {.kind = WH_KIND_TIMESTAMP},
        {.kind = WH_KIND_TIMESTAMPTZ},
        {.kind = WH_KIND_INTERVAL},
        {.kind = WH_KIND_TEXT},
        {.kind = WH_KIND_BYTES},
    };
    struct bench *bench = *state;
    struct wh_table_info table;
    conformance_make_table(bench, "all \"kinds\"", types, WH_COUNT_OF(types), 2);
    assert_ok(bench, bench->functions->describe(bench->destination, WH_STR("all \"kinds\""),
                                                &bench->arena, &table, &bench->err));
    assert_true(wh_str_is(table.name, "all \"kinds\""));
    assert_int_equal(table.column_count, WH_COUNT_OF(types));
    for (size_t i = 0; i < WH_COUNT_OF(types); i++) {
        assert_true(wh_type_equal(table.columns[i].type, types[i]));
        assert_int_equal(table.columns[i].is_not_null, i < 2);
        assert_false(table.columns[i].has_default);
        assert_false(table.columns[i].is_generated);
    }
    assert_int_equal(table.key_count, 1);
    assert_true(table.keys[0].is_primary);
    assert_int_equal(table.keys[0].column_count, 2);
    assert_false(table.has_triggers);
}

static void makes_no_table_when_only_asked_for_its_statement(void **state)
{
    struct bench *bench = *state;
    struct wh_column_info column = {.name = WH_STR("a"), .type = conformance_int_type};
    struct wh_table_info table = {.name = WH_STR("unmade"), .columns = &column, .column_count = 1};
    struct wh_str ddl;
    assert_ok(bench, bench->functions->create(bench->destination, &table, false, &bench->arena,
                                              &ddl, &bench->err));
    assert_true(ddl.len > 0);
    assert_code(bench, WH_INVALID,
                bench->functions->describe(bench->destination, table.name, &bench->arena, &table,
                                           &bench->err));
}

static void names_the_nearest_table_where_there_is_none(void **state)
{
    struct bench *bench = *state;
    struct wh_table_info table;
    conformance_make_table(bench, "customers", &conformance_int_type, 1, 1);
    assert_code(bench, WH_INVALID,
                bench->functions->describe(bench->destination, WH_STR("custmers"), &bench->arena,
                                           &table, &bench->err));
    assert_non_null(strstr(bench->err.message, "custmers"));
    assert_non_null(strstr(bench->err.message, "'customers'"));
}

/* ---- values ---------------------------------------------------------------------------------- */

const struct value_set conformance_value_sets[] = {
    {{.kind = WH_KIND_BOOL}, {"t", "f"}},
    {{.kind = WH_KIND_INT, .bits = 64}, {"0", "-1", "9223372036854775807", "-9223372036854775808"}},
    {{.kind = WH_KIND_INT, .bits = 16}, {"32767", "-32768"}},
    {{.kind = WH_KIND_FLOAT, .bits = 64},
     {"0", "0.1", "-1e+300", "5e-324", "Infinity", "-Infinity", "NaN", "-0",
      "1.2345678901234568e+17", "9.007199254740992e+15", "1e+18"}},
    {{.kind = WH_KIND_FLOAT, .bits = 32}, {"0.1", "3.4028235e+38", "1.6777216e+07", "NaN", "-0"}},
    {{.kind = WH_KIND_NUMERIC},
     {"0", "1.5", "-0.001", "123456789012345", "9223372036854775807", "0.000000000000001",
      "99999999999999.9", "NaN", "12345678901234567890123456789012345678", "0.1234567890123456789",
      "-9007199254740992.5", "100000000000000000000000000"}},
    {{.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
     {"0.00", "5.00", "-9999999999.99", "0.01", "1234.50", "100000.10"}},
    {{.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 38, .scale = 10},
     {"0.0000000001", "1234567890123456789012345678.0123456789", "42.0000000000"}},
    {{.kind = WH_KIND_DATE},
     {"2020-02-29", "0001-01-01", "0044-03-15 BC", "9999-12-31", "12020-01-01", "infinity",
      "-infinity"}},
    {{.kind = WH_KIND_TIME}, {"00:00:00", "23:59:59.999999", "24:00:00", "12:30:00.5"}},
    {{.kind = WH_KIND_TIMESTAMP},
     {"2020-02-29 12:34:56", "2020-02-29 12:34:56.789", "0044-03-15 00:00:00 BC", "infinity",
      "1999-12-31 23:59:59.999999", "294276-12-31 23:59:59"}},
    {{.kind = WH_KIND_TIMESTAMPTZ},
     {"2020-02-29 12:34:56+00", "2020-02-29 12:34:56.000001+00", "0044-03-15 00:00:00+00 BC",
      "-infinity"}},
    {{.kind = WH_KIND_INTERVAL},
     {"1 year 2 mons 3 days 04:05:06.7", "00:00:00", "-1 days", "-00:00:01"}},
    {{.kind = WH_KIND_TEXT},
     {"", "a", "007", "1e5", "it's \"quoted\"", "  padded  ", "Zoë 🙂", "NULL", "\xEF\xBF\xBE",
      "\xEF\xBB\xBFx", "line\nbreak", "-0", "nan"}},
    {{.kind = WH_KIND_BYTES}, {"\\x", "\\x00", "\\x00ff10", "\\x313233"}},
    {{.kind = WH_KIND_NULL}, {NULL}},
};

static bool is_quirk(const struct conformance_fixture *fixture, struct wh_type type,
                     const char *text)
{
    for (const struct conformance_quirk *quirk = fixture->quirks; quirk->text != NULL; quirk++)
        if (wh_type_equal(quirk->type, type) && strcmp(quirk->text, text) == 0)
            return true;
    return false;
}

/** Faults of row i are in faults[i]; each must be the fixture's to expect. */
static void assert_checked(struct bench *bench, struct wh_writer *writer,
                           const struct value_set *set, const struct wh_column *values,
                           size_t count, uint8_t *faults)
{
    struct rows rows = {.selection = {.count = 0}};
    conformance_select_rows(&rows, 0, count);
    memset(faults, 0, count);
    assert_ok(bench,
              bench->functions->check(writer, 1, values, &rows.selection, faults, &bench->err));
    for (size_t i = 0; i < count; i++) {
        bool expected = is_quirk(bench->fixture, set->type, set->texts[i]);
        if ((faults[i] == WH_FAULT_INEXACT) != expected)
            fail_msg("check says %d of '%s'", faults[i], set->texts[i]);
    }
}

/** A value that is numerically equal may print with another scale where the type has none. */
static void assert_read_back(struct bench *bench, const struct wh_column *written,
                             const struct wh_column *read, size_t row, const char *text)
{
    if (written->type.kind != WH_KIND_NUMERIC || written->type.has_scale) {
        conformance_assert_value(bench, read, row, text);
        return;
    }
    assert_false(wh_column_is_null(read, row));
    assert_int_equal(
        wh_numeric_compare(&written->values.numerics[row], &read->values.numerics[row]), 0);
}

static void write_and_read_back(struct bench *bench, size_t number, const struct value_set *set)
{
    char table[16];
    const char *ids[MAX_VALUES] = {NULL};
    char digits[MAX_VALUES][4];
    uint8_t faults[MAX_VALUES];
    struct wh_column columns[2];
    size_t count = 0;
    for (; set->texts[count] != NULL; count++) {
        snprintf(digits[count], sizeof(digits[count]), "%zu", count);
        ids[count] = digits[count];
    }
    snprintf(table, sizeof(table), "v%zu", number);
    conformance_make_table(bench, table, (const struct wh_type[]){conformance_int_type, set->type},
                           2, 1);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, table, 2, 1);
    columns[0] = conformance_make_column(bench, conformance_int_type, ids, count);
    columns[1] = conformance_make_column(bench, set->type, set->texts, count);
    assert_checked(bench, writer, set, &columns[1], count, faults);
    for (size_t i = 0; i < count; i++)
        if (faults[i] != WH_FAULT_NONE)
            wh_column_set_null(&columns[1], i);
    conformance_insert_all(bench, writer, columns, count);
    struct wh_found found = conformance_fetch(bench, writer, columns, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found.is_there[i], WH_FOUND_ROW);
        if (faults[i] == WH_FAULT_NONE)
            assert_read_back(bench, &columns[1], &found.columns[1], i, set->texts[i]);
        else
            assert_true(wh_column_is_null(&found.columns[1], i));
    }
    bench->functions->writer_close(writer);
}

/** Whether the row, which was written with other values than @p other has,
 *  is told to be as @p other. */
static bool is_told_same(struct bench *bench, struct wh_writer *writer,
                         const struct wh_column *other, size_t row)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_found found = {.tells_same = true};
    conformance_select_rows(&rows, row, row + 1);
    assert_ok(bench, bench->functions->fetch(writer, other, &rows.selection, &bench->arena, &found,
                                             &bench->err));
    assert_int_not_equal(found.is_there[row], WH_FOUND_NOTHING);
    return found.is_there[row] == WH_FOUND_SAME;
}

/** Who asks for it hears of rows that are the same, or is given their values; never of others. */
static void only_rows_with_the_very_values_are_told_to_be_the_same(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct wh_writer *writer = conformance_make_three(bench, columns);
    columns[1] = conformance_make_column(bench, conformance_text_type,
                                         (const char *const[]){"one", "too", NULL}, 3);
    assert_false(is_told_same(bench, writer, columns, 1));
    assert_false(is_told_same(bench, writer, columns, 2));
    struct rows rows = {.selection = {.count = 0}};
    struct wh_found found = {.tells_same = true};
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->fetch(writer, columns, &rows.selection, &bench->arena,
                                             &found, &bench->err));
    if (found.is_there[0] != WH_FOUND_SAME)
        conformance_assert_value(bench, &found.columns[1], 0, "one");
    conformance_assert_value(bench, &found.columns[1], 1, "two");
    conformance_assert_value(bench, &found.columns[1], 2, "three");
    bench->functions->writer_close(writer);
}

static void values_of_every_kind_read_back_equal_or_are_faulted_before(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; conformance_value_sets[i].texts[0] != NULL; i++)
        write_and_read_back(bench, i, &conformance_value_sets[i]);
}

/** What was written is found unchanged by an update's condition, for every kind. */
static void rows_of_every_kind_are_as_they_were_read(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; conformance_value_sets[i].texts[0] != NULL; i++) {
        const struct wh_type type = conformance_value_sets[i].type;
        char table[16];
        struct rows rows = {.selection = {.count = 0}};
        const char *first = conformance_value_sets[i].texts[0];
        struct wh_column columns[2];
        snprintf(table, sizeof(table), "u%zu", i);
        conformance_make_table(bench, table, (const struct wh_type[]){conformance_int_type, type},
                               2, 1);
        struct wh_writer *writer = conformance_open_writer(bench, bench->destination, table, 2, 1);
        columns[0] = conformance_make_column(bench, conformance_int_type,
                                             (const char *const[]){"1", "2"}, 2);
        columns[1] = conformance_make_column(bench, type, (const char *const[]){first, NULL}, 2);
        conformance_insert_all(bench, writer, columns, 2);
        struct wh_found found = conformance_fetch(bench, writer, columns, 2);
        struct wh_write_request request = {.before = found.columns};
        conformance_select_rows(&rows, 0, 2);
        assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
        assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_DELETE, &request, &rows));
        assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
        assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
        assert_int_equal(rows.results[1], WH_ROW_WRITTEN);
        bench->functions->writer_close(writer);
    }
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(has_the_functions_of_its_capabilities),
    CONFORMANCE_TEST(keeps_its_identity_and_shares_it_with_no_other),
    CONFORMANCE_TEST(describes_a_table_as_it_was_made),
    CONFORMANCE_TEST(makes_no_table_when_only_asked_for_its_statement),
    CONFORMANCE_TEST(names_the_nearest_table_where_there_is_none),
    CONFORMANCE_TEST(values_of_every_kind_read_back_equal_or_are_faulted_before),
    CONFORMANCE_TEST(rows_of_every_kind_are_as_they_were_read),
    CONFORMANCE_TEST(only_rows_with_the_very_values_are_told_to_be_the_same),
};

const struct conformance_part conformance_values = {.tests = tests, .count = WH_COUNT_OF(tests)};
