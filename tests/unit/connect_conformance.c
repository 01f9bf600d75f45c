/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_conformance.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/macros.h"
#include "data/text.h"

#define URL_SIZE 512

/** One test's places and connection; made anew for each. */
struct bench {
    const struct conformance_fixture *fixture;
    const struct wh_destination_functions *functions;
    char folder[64];
    char url[URL_SIZE];
    struct wh_destination *destination; /* opened on url */
    struct wh_arena arena;
    struct wh_error err;
};

#define assert_code(bench, expected, call)                                                         \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (bench)->err.message);                                                        \
    } while (0)
#define assert_ok(bench, call) assert_code(bench, WH_OK, call)

/* ---- set-up -------------------------------------------------------------------------------------- */

static struct wh_destination *open_at(struct bench *bench, const char *url, bool read_only)
{
    struct wh_destination *destination = NULL;
    struct wh_destination_request request = {.url = wh_str_from(url), .read_only = read_only};
    assert_ok(bench, bench->functions->open(&request, &destination, &bench->err));
    return destination;
}

static int set_up(void **state)
{
    const struct conformance_fixture *fixture = *state;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    bench->fixture = fixture;
    bench->functions = fixture->connector->destination;
    const char *root = getenv("TMPDIR");
    snprintf(bench->folder, sizeof(bench->folder), "%.40s/wherry-XXXXXX",
             root != NULL ? root : "/tmp");
    assert_non_null(mkdtemp(bench->folder));
    fixture->make_url(bench->url, sizeof(bench->url), bench->folder, 0);
    wh_arena_init(&bench->arena);
    bench->destination = open_at(bench, bench->url, false);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    char command[128];
    bench->functions->close(bench->destination);
    wh_arena_release(&bench->arena);
    snprintf(command, sizeof(command), "rm -rf '%s'", bench->folder);
    int rc = system(command);
    *state = NULL;
    free(bench);
    return rc;
}

/* ---- tables, columns and rows -------------------------------------------------------------------- */

static const struct wh_type int_type = {.kind = WH_KIND_INT, .bits = 64};
static const struct wh_type text_type = {.kind = WH_KIND_TEXT};

/** Makes a table of columns c0, c1 … whose first @p key_count columns are its primary key. */
static void make_table(struct bench *bench, const char *name, const struct wh_type *types,
                       size_t count, size_t key_count)
{
    struct wh_column_info *columns = wh_arena_array(&bench->arena, count, sizeof(*columns));
    size_t *key_columns = wh_arena_array(&bench->arena, count, sizeof(*key_columns));
    assert_true(columns != NULL && key_columns != NULL);
    for (size_t i = 0; i < count; i++) {
        assert_ok(bench, wh_arena_format(&bench->arena, &columns[i].name, &bench->err, "c%zu", i));
        columns[i].type = types[i];
        columns[i].is_not_null = i < key_count;
        key_columns[i] = i;
    }
    struct wh_key_info key = {
        .columns = key_columns, .column_count = key_count, .is_primary = true};
    struct wh_table_info table = {.name = wh_str_from(name),
                                  .columns = columns,
                                  .column_count = count,
                                  .keys = &key,
                                  .key_count = 1};
    struct wh_str ddl;
    assert_ok(bench, bench->functions->create(bench->destination, &table, true, &bench->arena, &ddl,
                                              &bench->err));
}

/** A writer of the first @p count columns, matched by the first @p match_count of them. */
static struct wh_writer *open_writer(struct bench *bench, struct wh_destination *destination,
                                     const char *table, size_t count, size_t match_count)
{
    static const size_t numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct wh_writer *writer = NULL;
    struct wh_writer_request request = {.table = wh_str_from(table),
                                        .columns = numbers,
                                        .column_count = count,
                                        .match = numbers,
                                        .match_count = match_count};
    assert_true(count <= WH_COUNT_OF(numbers));
    assert_ok(bench, bench->functions->writer_open(destination, &request, &writer, &bench->err));
    return writer;
}

/** A column from canonical texts; NULL is NULL. */
static struct wh_column make_column(struct bench *bench, struct wh_type type,
                                    const char *const *texts, size_t count)
{
    struct wh_column column;
    assert_ok(bench, wh_column_init(&column, type, WH_MAX(count, 1), &bench->arena, &bench->err));
    assert_ok(bench, wh_column_need_validity(&column, &bench->arena, &bench->err));
    for (size_t i = 0; i < count; i++) {
        if (texts[i] == NULL)
            wh_column_set_null(&column, i);
        else
            assert_int_equal(wh_value_parse(wh_str_from(texts[i]), &bench->arena, &column, i),
                             WH_FAULT_NONE);
    }
    return column;
}

static void assert_value(struct bench *bench, const struct wh_column *column, size_t row,
                         const char *expected)
{
    struct wh_str text = WH_STR("");
    assert_int_equal(wh_column_is_null(column, row), expected == NULL);
    if (expected == NULL)
        return;
    assert_int_equal(wh_value_print(column, row, &bench->arena, &text), WH_FAULT_NONE);
    if (!wh_str_is(text, expected))
        fail_msg("row %zu holds '%.*s', not '%s'", row, WH_FMT(text), expected);
}

/** All rows of a batch. */
struct rows {
    uint16_t numbers[WH_BATCH_ROWS];
    uint8_t results[WH_BATCH_ROWS];
    struct wh_selection selection;
};

static void select_rows(struct rows *rows, size_t first, size_t end)
{
    rows->selection = (struct wh_selection){.rows = rows->numbers, .count = end - first};
    for (size_t i = first; i < end; i++)
        rows->numbers[i - first] = (uint16_t)i;
}

static wh_code write_rows(struct bench *bench, struct wh_writer *writer, enum wh_write_kind kind,
                          struct wh_write_request *request, struct rows *rows)
{
    request->kind = kind;
    request->selection = &rows->selection;
    request->results = rows->results;
    return bench->functions->write(writer, request, &bench->err);
}

/** Inserts and commits rows 0 to @p count - 1 of @p columns; all must be written. */
static void insert_all(struct bench *bench, struct wh_writer *writer,
                       const struct wh_column *columns, size_t count)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_write_request request = {.columns = columns};
    select_rows(&rows, 0, count);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows.results[i], WH_ROW_WRITTEN);
    assert_int_equal(request.stopped_at, count);
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
}

static struct wh_found fetch(struct bench *bench, struct wh_writer *writer,
                             const struct wh_column *keys, size_t count)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_found found;
    select_rows(&rows, 0, count);
    assert_ok(bench, bench->functions->fetch(writer, keys, &rows.selection, &bench->arena, &found,
                                             &bench->err));
    return found;
}

static uint64_t count_rows(struct bench *bench, const char *table)
{
    uint64_t count = 0;
    assert_ok(bench,
              bench->functions->count(bench->destination, wh_str_from(table), &count, &bench->err));
    return count;
}

/** A table t (c0 bigint key, c1 text) with rows 1 'one', 2 'two', 3 'three', and its writer. */
static struct wh_writer *make_three(struct bench *bench, struct wh_column *columns)
{
    static const char *const ids[] = {"1", "2", "3"};
    static const char *const names[] = {"one", "two", "three"};
    make_table(bench, "t", (const struct wh_type[]){int_type, text_type}, 2, 1);
    struct wh_writer *writer = open_writer(bench, bench->destination, "t", 2, 1);
    columns[0] = make_column(bench, int_type, ids, 3);
    columns[1] = make_column(bench, text_type, names, 3);
    insert_all(bench, writer, columns, 3);
    return writer;
}

/* ---- what the system is -------------------------------------------------------------------------- */

static void has_the_functions_of_its_capabilities(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    assert_int_equal(f->commit_kind, WH_COMMIT_WITH_LEDGER);
    assert_true((f->capabilities & WH_CAN_CREATE) == 0 || f->create != NULL);
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
    struct wh_destination *second = open_at(bench, bench->url, true);
    assert_ok(bench, bench->functions->identity(second, &bench->arena, &again, &bench->err));
    bench->functions->close(second);
    bench->fixture->make_url(other_url, sizeof(other_url), bench->folder, 1);
    second = open_at(bench, other_url, false);
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
    make_table(bench, "all \"kinds\"", types, WH_COUNT_OF(types), 2);
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
    struct wh_column_info column = {.name = WH_STR("a"), .type = int_type};
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
    make_table(bench, "customers", &int_type, 1, 1);
    assert_code(bench, WH_INVALID,
                bench->functions->describe(bench->destination, WH_STR("custmers"), &bench->arena,
                                           &table, &bench->err));
    assert_non_null(strstr(bench->err.message, "custmers"));
    assert_non_null(strstr(bench->err.message, "'customers'"));
}

/* ---- values --------------------------------------------------------------------------------------- */

#define MAX_VALUES 16

struct value_set {
    struct wh_type type;
    const char *texts[MAX_VALUES]; /* ends with NULL */
};

static const struct value_set value_sets[] = {
    {{.kind = WH_KIND_BOOL}, {"true", "false"}},
    {{.kind = WH_KIND_INT, .bits = 64}, {"0", "-1", "9223372036854775807", "-9223372036854775808"}},
    {{.kind = WH_KIND_INT, .bits = 16}, {"32767", "-32768"}},
    {{.kind = WH_KIND_FLOAT, .bits = 64},
     {"0", "0.1", "-1e+300", "5e-324", "Infinity", "-Infinity", "NaN", "-0", "123456789012345680",
      "9007199254740993", "1e+18"}},
    {{.kind = WH_KIND_FLOAT, .bits = 32}, {"0.1", "3.4028235e+38", "16777216", "NaN", "-0"}},
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
    select_rows(&rows, 0, count);
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
        assert_value(bench, read, row, text);
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
    make_table(bench, table, (const struct wh_type[]){int_type, set->type}, 2, 1);
    struct wh_writer *writer = open_writer(bench, bench->destination, table, 2, 1);
    columns[0] = make_column(bench, int_type, ids, count);
    columns[1] = make_column(bench, set->type, set->texts, count);
    assert_checked(bench, writer, set, &columns[1], count, faults);
    for (size_t i = 0; i < count; i++)
        if (faults[i] != WH_FAULT_NONE)
            wh_column_set_null(&columns[1], i);
    insert_all(bench, writer, columns, count);
    struct wh_found found = fetch(bench, writer, columns, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found.is_there[i], WH_FOUND_ROW);
        if (faults[i] == WH_FAULT_NONE)
            assert_read_back(bench, &columns[1], &found.columns[1], i, set->texts[i]);
        else
            assert_true(wh_column_is_null(&found.columns[1], i));
    }
    bench->functions->writer_close(writer);
}

static void values_of_every_kind_read_back_equal_or_are_faulted_before(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < WH_COUNT_OF(value_sets); i++)
        write_and_read_back(bench, i, &value_sets[i]);
}

/** What was written is found unchanged by an update's condition, for every kind. */
static void rows_of_every_kind_are_as_they_were_read(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < WH_COUNT_OF(value_sets); i++) {
        char table[16];
        struct rows rows = {.selection = {.count = 0}};
        const char *first = value_sets[i].texts[0];
        struct wh_column columns[2];
        snprintf(table, sizeof(table), "u%zu", i);
        make_table(bench, table, (const struct wh_type[]){int_type, value_sets[i].type}, 2, 1);
        struct wh_writer *writer = open_writer(bench, bench->destination, table, 2, 1);
        columns[0] = make_column(bench, int_type, (const char *const[]){"1", "2"}, 2);
        columns[1] = make_column(bench, value_sets[i].type, (const char *const[]){first, NULL}, 2);
        insert_all(bench, writer, columns, 2);
        struct wh_found found = fetch(bench, writer, columns, 2);
        struct wh_write_request request = {.before = found.columns};
        select_rows(&rows, 0, 2);
        assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
        assert_ok(bench, write_rows(bench, writer, WH_WRITE_DELETE, &request, &rows));
        assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
        assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
        assert_int_equal(rows.results[1], WH_ROW_WRITTEN);
        bench->functions->writer_close(writer);
    }
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void an_insert_misses_where_the_key_is_there(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = make_three(bench, columns);
    columns[0] = make_column(bench, int_type, (const char *const[]){"2", "4"}, 2);
    columns[1] = make_column(bench, text_type, (const char *const[]){"other", "four"}, 2);
    struct wh_write_request request = {.columns = columns};
    select_rows(&rows, 0, 2);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_MISSED);
    assert_int_equal(rows.results[1], WH_ROW_WRITTEN);
    struct wh_found found = fetch(bench, writer, columns, 2);
    assert_value(bench, &found.columns[1], 0, "two");
    assert_value(bench, &found.columns[1], 1, "four");
    bench->functions->writer_close(writer);
}

static void an_update_writes_only_the_row_that_was_read(void **state)
{
    struct bench *bench = *state;
    struct wh_column before[2];
    struct wh_column after[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = make_three(bench, before);
    after[0] = before[0];
    after[1] = make_column(bench, text_type, (const char *const[]){"ONE", "TWO", NULL}, 3);
    /* As if somebody had changed row 2 since it was read. */
    before[1] = make_column(bench, text_type, (const char *const[]){"one", "zwei", "three"}, 3);
    struct wh_write_request request = {.columns = after, .before = before};
    select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
    assert_int_equal(rows.results[1], WH_ROW_MISSED);
    assert_int_equal(rows.results[2], WH_ROW_WRITTEN);
    struct wh_found found = fetch(bench, writer, before, 3);
    assert_value(bench, &found.columns[1], 0, "ONE");
    assert_value(bench, &found.columns[1], 1, "two");
    assert_value(bench, &found.columns[1], 2, NULL);
    bench->functions->writer_close(writer);
}

static void a_delete_takes_only_the_row_that_was_read(void **state)
{
    struct bench *bench = *state;
    struct wh_column before[2];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = make_three(bench, before);
    before[1] = make_column(bench, text_type, (const char *const[]){"one", NULL, "three"}, 3);
    struct wh_write_request request = {.before = before};
    select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_DELETE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(rows.results[0], WH_ROW_WRITTEN);
    assert_int_equal(rows.results[1], WH_ROW_MISSED);
    assert_int_equal(rows.results[2], WH_ROW_WRITTEN);
    assert_int_equal(count_rows(bench, "t"), 1);
    bench->functions->writer_close(writer);
}

static void insert_only_columns_are_neither_compared_nor_updated(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct wh_column after[2];
    struct wh_writer *writer = make_three(bench, columns);
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
    after[1] = make_column(bench, text_type, (const char *const[]){"x", "y", "z"}, 3);
    struct wh_write_request request = {.columns = after, .before = after};
    select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_UPDATE, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    struct wh_found found = fetch(bench, writer, columns, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rows.results[i], WH_ROW_WRITTEN);
    assert_value(bench, &found.columns[1], 0, "one");
    assert_value(bench, &found.columns[1], 2, "three");
    bench->functions->writer_close(writer);
}

static void a_match_that_is_no_key_is_refused(void **state)
{
    struct bench *bench = *state;
    struct wh_writer *writer = NULL;
    make_table(bench, "t", (const struct wh_type[]){int_type, text_type}, 2, 1);
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
    make_table(bench, "t", (const struct wh_type[]){int_type, int_type}, 2, 1);
    struct wh_writer *writer = open_writer(bench, bench->destination, "t", 2, 1);
    for (size_t i = 0; i < 2; i++)
        assert_ok(bench, wh_column_init(&columns[i], int_type, 1000, &bench->arena, &bench->err));
    for (int64_t i = 0; i < 1000; i++) {
        columns[0].values.ints[i] = i % 11 == 10 ? i - 1 : i;
        columns[1].values.ints[i] = i;
    }
    struct wh_write_request request = {.columns = columns};
    for (uint16_t i = 0; i < 143; i++)
        rows.numbers[i] = (uint16_t)(i * 7);
    rows.selection = (struct wh_selection){.rows = rows.numbers, .count = 143};
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    memset(rows.results, 0, sizeof(rows.results));
    select_rows(&rows, 0, 1000);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
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
    assert_int_equal(count_rows(bench, "t"), written);
    bench->functions->writer_close(writer);
}

/* ---- refusals -------------------------------------------------------------------------------------- */

/** Writes rows 1 to 4 of picky, of which row 3 has @p name, @p code and @p size. */
static void assert_third_is_refused(struct bench *bench, const char *name, const char *code,
                                    const char *size, const char *sqlstate)
{
    struct wh_column columns[4];
    struct rows rows = {.selection = {.count = 0}};
    struct wh_writer *writer = open_writer(bench, bench->destination, "picky", 4, 1);
    columns[0] = make_column(bench, int_type, (const char *const[]){"1", "2", "3", "4"}, 4);
    columns[1] = make_column(bench, text_type, (const char *const[]){"a", "b", name, "d"}, 4);
    columns[2] = make_column(bench, text_type, (const char *const[]){"A", "B", code, "D"}, 4);
    columns[3] = make_column(bench, int_type, (const char *const[]){"1", "2", size, "4"}, 4);
    struct wh_write_request request = {.columns = columns};
    select_rows(&rows, 0, 4);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_code(bench, WH_REFUSED, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(bench->err.retry, WH_RETRY_ITEM);
    assert_string_equal(bench->err.sqlstate, sqlstate);
    assert_int_not_equal(bench->err.vendor_code, 0);
    assert_int_equal(request.stopped_at, 3);
    static const uint8_t expected[] = {WH_ROW_WRITTEN, WH_ROW_WRITTEN, WH_ROW_REFUSED,
                                       WH_ROW_NOT_TRIED};
    assert_memory_equal(rows.results, expected, sizeof(expected));
    select_rows(&rows, 3, 4);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(rows.results[3], WH_ROW_WRITTEN);
    assert_int_equal(count_rows(bench, "picky"), 3);
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    assert_int_equal(count_rows(bench, "picky"), 0);
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
    struct wh_writer *writer = open_writer(bench, bench->destination, "picky", 4, 1);
    for (size_t i = 0; i < 4; i++)
        assert_ok(bench, wh_column_init(&columns[i], i == 0 || i == 3 ? int_type : text_type, 200,
                                        &bench->arena, &bench->err));
    for (int64_t i = 0; i < 200; i++) {
        columns[0].values.ints[i] = i;
        columns[1].values.texts[i] = WH_STR("name");
        assert_ok(bench, wh_arena_format(&bench->arena, &columns[2].values.texts[i], &bench->err,
                                         "%d", (int)i));
        columns[3].values.ints[i] = i == 77 || i == 78 ? -1 : 1;
    }
    struct wh_write_request request = {.columns = columns};
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    select_rows(&rows, 0, 200);
    assert_code(bench, WH_REFUSED, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(request.stopped_at, 78);
    assert_int_equal(rows.results[77], WH_ROW_REFUSED);
    assert_int_equal(rows.results[78], WH_ROW_NOT_TRIED);
    assert_int_equal(count_rows(bench, "picky"), 77);
    select_rows(&rows, 78, 200);
    assert_code(bench, WH_REFUSED, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_int_equal(request.stopped_at, 1);
    select_rows(&rows, 79, 200);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(count_rows(bench, "picky"), 198);
    bench->functions->writer_close(writer);
}

static void a_deferred_foreign_key_is_refused_by_commit(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    assert_ok(bench, bench->functions->script(bench->destination, bench->fixture->constraints,
                                              &bench->err));
    struct wh_writer *writer = open_writer(bench, bench->destination, "child", 2, 1);
    columns[0] = make_column(bench, int_type, (const char *const[]){"1"}, 1);
    columns[1] = make_column(bench, int_type, (const char *const[]){"99"}, 1);
    struct wh_write_request request = {.columns = columns};
    select_rows(&rows, 0, 1);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_code(bench, WH_REFUSED, bench->functions->commit(bench->destination, &bench->err));
    assert_int_equal(bench->err.retry, WH_RETRY_ITEM);
    assert_string_equal(bench->err.sqlstate, "23503");
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    assert_int_equal(count_rows(bench, "child"), 0);
    bench->functions->writer_close(writer);
}

/* ---- transactions ---------------------------------------------------------------------------------- */

static void savepoints_take_back_what_came_after_them(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    struct rows rows = {.selection = {.count = 0}};
    const struct wh_destination_functions *f = bench->functions;
    struct wh_writer *writer = make_three(bench, columns);
    columns[0] = make_column(bench, int_type, (const char *const[]){"4", "5", "6"}, 3);
    struct wh_write_request request = {.columns = columns};
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, f->savepoint(bench->destination, 1, &bench->err));
    select_rows(&rows, 0, 1);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->savepoint(bench->destination, 2, &bench->err));
    select_rows(&rows, 1, 2);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->rollback_to(bench->destination, 2, &bench->err));
    select_rows(&rows, 2, 3);
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->release(bench->destination, 2, &bench->err));
    assert_ok(bench, f->release(bench->destination, 1, &bench->err));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    struct wh_found found = fetch(bench, writer, columns, 3);
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
    struct wh_writer *writer = make_three(bench, columns);
    struct wh_destination *other = open_at(bench, bench->url, true);
    columns[0] = make_column(bench, int_type, (const char *const[]){"4"}, 1);
    struct wh_write_request request = {.columns = columns};
    select_rows(&rows, 0, 1);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_ok(bench, write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    assert_ok(bench, f->count(other, WH_STR("t"), &seen, &bench->err));
    assert_int_equal(seen, 3);
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    assert_ok(bench, f->count(other, WH_STR("t"), &seen, &bench->err));
    assert_int_equal(seen, 4);
    f->close(other);
    f->writer_close(writer);
}

static void a_second_writer_waits_and_is_told_that_it_is_busy(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    if ((f->capabilities & WH_ONE_WRITER) == 0)
        skip();
    struct wh_destination *other = open_at(bench, bench->url, false);
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
    f->writer_close(make_three(bench, columns));
    struct wh_destination *reader = open_at(bench, bench->url, true);
    struct wh_writer *writer = open_writer(bench, reader, "t", 2, 1);
    struct wh_found found = fetch(bench, writer, columns, 3);
    assert_value(bench, &found.columns[1], 2, "three");
    assert_ok(bench, f->is_empty(writer, &is_empty, &bench->err));
    assert_false(is_empty);
    assert_int_not_equal(f->script(reader, "DELETE FROM t", &bench->err), WH_OK);
    f->writer_close(writer);
    f->close(reader);
    assert_int_equal(count_rows(bench, "t"), 3);
}

/* ---- fetching --------------------------------------------------------------------------------------- */

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
    struct wh_writer *writer = make_three(bench, columns);
    static const char *const names[] = {"one", "two", "three"};
    for (size_t i = 0; i < WH_COUNT_OF(orders); i++) {
        columns[0] = make_column(bench, int_type, orders[i], 6);
        struct wh_found found = fetch(bench, writer, columns, 6);
        for (size_t row = 0; row < 6; row++) {
            const char *key = orders[i][row];
            bool is_there = key != NULL && strlen(key) == 1 && key[0] >= '1' && key[0] <= '3';
            assert_int_equal(found.is_there[row], is_there ? WH_FOUND_ROW : WH_FOUND_NOTHING);
            if (is_there)
                assert_value(bench, &found.columns[1], row, names[key[0] - '1']);
        }
    }
    bench->functions->writer_close(writer);
}

static void fetches_rows_by_keys_of_several_columns(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[3];
    make_table(bench, "t", (const struct wh_type[]){text_type, int_type, text_type}, 3, 2);
    struct wh_writer *writer = open_writer(bench, bench->destination, "t", 3, 2);
    columns[0] = make_column(bench, text_type, (const char *const[]){"a", "a", "A"}, 3);
    columns[1] = make_column(bench, int_type, (const char *const[]){"1", "2", "1"}, 3);
    columns[2] = make_column(bench, text_type, (const char *const[]){"a1", "a2", "A1"}, 3);
    insert_all(bench, writer, columns, 3);
    columns[0] = make_column(bench, text_type, (const char *const[]){"A", "a", "b", "a"}, 4);
    columns[1] = make_column(bench, int_type, (const char *const[]){"1", "2", "1", NULL}, 4);
    struct wh_found found = fetch(bench, writer, columns, 4);
    assert_value(bench, &found.columns[2], 0, "A1");
    assert_value(bench, &found.columns[2], 1, "a2");
    assert_int_equal(found.is_there[2], WH_FOUND_NOTHING);
    assert_int_equal(found.is_there[3], WH_FOUND_NOTHING);
    bench->functions->writer_close(writer);
}

static void fetches_a_whole_batch_dense_or_spread(void **state)
{
    struct bench *bench = *state;
    struct wh_column columns[2];
    make_table(bench, "t", (const struct wh_type[]){int_type, int_type}, 2, 1);
    struct wh_writer *writer = open_writer(bench, bench->destination, "t", 2, 1);
    for (int64_t step = 1; step <= 1000; step *= 1000) {
        for (size_t i = 0; i < 2; i++)
            assert_ok(bench, wh_column_init(&columns[i], int_type, WH_BATCH_ROWS, &bench->arena,
                                            &bench->err));
        for (int64_t i = 0; i < WH_BATCH_ROWS; i++) {
            columns[0].values.ints[i] = (WH_BATCH_ROWS - i) * step + step;
            columns[1].values.ints[i] = i;
        }
        assert_ok(bench,
                  bench->functions->script(bench->destination, "DELETE FROM t", &bench->err));
        insert_all(bench, writer, columns, WH_BATCH_ROWS);
        struct wh_found found = fetch(bench, writer, columns, WH_BATCH_ROWS);
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
    make_table(bench, "e", &int_type, 1, 1);
    struct wh_writer *writer = open_writer(bench, bench->destination, "e", 1, 1);
    assert_ok(bench, bench->functions->is_empty(writer, &is_empty, &bench->err));
    assert_true(is_empty);
    bench->functions->writer_close(writer);
    writer = make_three(bench, columns);
    assert_ok(bench, bench->functions->is_empty(writer, &is_empty, &bench->err));
    assert_false(is_empty);
    assert_int_equal(count_rows(bench, "t"), 3);
    bench->functions->writer_close(writer);
}

/* ---- the ledger's statements -------------------------------------------------------------------------- */

static struct wh_statement *prepare(struct bench *bench, const char *sql)
{
    struct wh_statement *statement = NULL;
    assert_ok(bench, bench->functions->prepare(bench->destination, sql, &statement, &bench->err));
    return statement;
}

static void make_note(struct bench *bench)
{
    struct wh_statement *make =
        prepare(bench, "CREATE TABLE wherry.note (id integer, t text, b text)");
    assert_ok(bench, bench->functions->execute(make, NULL, 0, &bench->err));
    bench->functions->statement_free(make);
}

static void statements_bind_and_read_numbers_text_bytes_and_null(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_param row[3];
    make_note(bench);
    struct wh_statement *insert =
        prepare(bench, "INSERT INTO wherry.note (id, t, b) VALUES ($1, $2, $3)");
    struct wh_statement *select =
        prepare(bench, "SELECT id, t, b FROM wherry.note WHERE t IS NOT NULL OR id > $1 "
                       "ORDER BY id");
    const struct wh_param params[2][3] = {
        {wh_param_int(INT64_MIN), wh_param_text(WH_STR("")), wh_param_text(WH_STR("wherry.x $1"))},
        {wh_param_int(7), wh_param_text(WH_STR_NONE), wh_param_text(WH_STR("Zoë"))},
    };
    for (size_t i = 0; i < 2; i++)
        assert_ok(bench, f->execute(insert, params[i], 3, &bench->err));
    for (int i = 0; i < 2; i++) {
        const struct wh_param above = wh_param_int(0);
        assert_ok(bench, f->execute(select, &above, 1, &bench->err));
        assert_ok(bench, f->next(select, row, 3, &bench->err));
        assert_int_equal(row[0].number, INT64_MIN);
        assert_int_equal(row[1].kind, WH_PARAM_TEXT);
        assert_true(row[1].bytes.len == 0 && wh_str_is(row[2].bytes, "wherry.x $1"));
        assert_ok(bench, f->next(select, row, 3, &bench->err));
        assert_int_equal(row[1].kind, WH_PARAM_NULL);
        assert_true(wh_str_is(row[2].bytes, "Zoë"));
        assert_code(bench, WH_END, f->next(select, row, 3, &bench->err));
        assert_code(bench, WH_END, f->next(select, row, 3, &bench->err));
    }
    f->statement_free(insert);
    f->statement_free(select);
}

static void a_conditional_update_says_whether_it_found_its_row(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_param row;
    make_note(bench);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    struct wh_statement *insert = prepare(bench, "INSERT INTO wherry.note (id) VALUES ($1)");
    struct wh_statement *move =
        prepare(bench, "UPDATE wherry.note SET id = $1 WHERE id = $2 RETURNING id");
    const struct wh_param first = wh_param_int(1);
    const struct wh_param params[] = {wh_param_int(2), wh_param_int(1)};
    assert_ok(bench, f->execute(insert, &first, 1, &bench->err));
    assert_ok(bench, f->execute(move, params, 2, &bench->err));
    assert_ok(bench, f->next(move, &row, 1, &bench->err));
    assert_int_equal(row.number, 2);
    assert_ok(bench, f->execute(move, params, 2, &bench->err));
    assert_code(bench, WH_END, f->next(move, &row, 1, &bench->err));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    f->statement_free(insert);
    f->statement_free(move);
}

static void a_statement_that_is_wrong_is_refused_when_prepared(void **state)
{
    struct bench *bench = *state;
    struct wh_statement *statement = NULL;
    assert_int_not_equal(bench->functions->prepare(bench->destination,
                                                   "SELECT x FROM wherry.missing", &statement,
                                                   &bench->err),
                         WH_OK);
    assert_null(statement);
}

/* ---- locks ------------------------------------------------------------------------------------------ */

static void a_lock_excludes_others_by_name_until_it_is_given_back(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    char pid[32];
    struct wh_destination *other = open_at(bench, bench->url, false);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_code(bench, WH_BUSY, f->lock(other, WH_STR("shop"), &bench->err));
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    assert_non_null(strstr(bench->err.message, pid));
    assert_ok(bench, f->lock(other, WH_STR("another"), &bench->err));
    assert_ok(bench, f->unlock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->lock(other, WH_STR("shop"), &bench->err));
    f->close(other);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->lock(bench->destination, WH_STR("another"), &bench->err));
}

/** In a child process: takes the lock, says so, and sleeps until it is killed. */
static void hold_lock(struct bench *bench, int said)
{
    struct wh_destination *own = NULL;
    struct wh_destination_request request = {.url = wh_str_from(bench->url)};
    char byte = '!';
    if (bench->functions->open(&request, &own, &bench->err) == WH_OK &&
        bench->functions->lock(own, WH_STR("shop"), &bench->err) == WH_OK)
        byte = '.';
    if (write(said, &byte, 1) == 1)
        for (;;)
            pause();
    _exit(1);
}

static void who_holds_a_lock_can_be_seen(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_str holder;
    char pid[32];
    struct wh_destination *other = open_at(bench, bench->url, true);
    assert_ok(bench, f->holder(other, WH_STR("shop"), &bench->arena, &holder, &bench->err));
    assert_null(holder.ptr);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->holder(other, WH_STR("shop"), &bench->arena, &holder, &bench->err));
    snprintf(pid, sizeof(pid), "process %ld ", (long)getpid());
    assert_true(wh_str_starts_with(holder, wh_str_from(pid)));
    assert_ok(bench, f->holder(other, WH_STR("another"), &bench->arena, &holder, &bench->err));
    assert_null(holder.ptr);
    f->close(other);
}

static void a_lock_dies_with_its_process(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        hold_lock(bench, ends[1]);
    assert_true(child > 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, '.');
    assert_code(bench, WH_BUSY, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    close(ends[0]);
    close(ends[1]);
}

/* ---- interrupting ------------------------------------------------------------------------------------ */

/** In a thread: interrupts again and again, for the statement may not have begun yet. */
struct interrupter {
    struct bench *bench;
    atomic_bool is_done;
};

static void *interrupt_until_done(void *context)
{
    struct interrupter *interrupter = context;
    while (!atomic_load(&interrupter->is_done)) {
        usleep(5000);
        interrupter->bench->functions->interrupt(interrupter->bench->destination);
    }
    return NULL;
}

static void a_running_statement_can_be_interrupted(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct interrupter interrupter = {.bench = bench};
    pthread_t thread;
    struct wh_param row;
    struct wh_statement *endless = prepare(bench, bench->fixture->endless_query);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_until_done, &interrupter), 0);
    wh_code rc = f->execute(endless, NULL, 0, &bench->err);
    if (rc == WH_OK)
        rc = f->next(endless, &row, 1, &bench->err);
    atomic_store(&interrupter.is_done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rc, WH_CANCELLED);
    f->statement_free(endless);
    struct wh_statement *quick = prepare(bench, "SELECT 1");
    assert_ok(bench, f->execute(quick, NULL, 0, &bench->err));
    assert_ok(bench, f->next(quick, &row, 1, &bench->err));
    f->statement_free(quick);
}

#define CONFORMANCE_TEST(function)                                                                 \
    {                                                                                              \
        .name = #function, .test_func = (function), .setup_func = set_up,                          \
        .teardown_func = tear_down, .initial_state = NULL                                          \
    }

int conformance_run(const char *name, const struct conformance_fixture *fixture)
{
    struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(has_the_functions_of_its_capabilities),
        CONFORMANCE_TEST(keeps_its_identity_and_shares_it_with_no_other),
        CONFORMANCE_TEST(describes_a_table_as_it_was_made),
        CONFORMANCE_TEST(makes_no_table_when_only_asked_for_its_statement),
        CONFORMANCE_TEST(names_the_nearest_table_where_there_is_none),
        CONFORMANCE_TEST(values_of_every_kind_read_back_equal_or_are_faulted_before),
        CONFORMANCE_TEST(rows_of_every_kind_are_as_they_were_read),
        CONFORMANCE_TEST(an_insert_misses_where_the_key_is_there),
        CONFORMANCE_TEST(an_update_writes_only_the_row_that_was_read),
        CONFORMANCE_TEST(a_delete_takes_only_the_row_that_was_read),
        CONFORMANCE_TEST(insert_only_columns_are_neither_compared_nor_updated),
        CONFORMANCE_TEST(a_match_that_is_no_key_is_refused),
        CONFORMANCE_TEST(rows_of_a_long_insert_have_an_outcome_each),
        CONFORMANCE_TEST(a_refused_row_stops_the_write_and_spoils_no_other),
        CONFORMANCE_TEST(a_refused_row_among_many_is_found),
        CONFORMANCE_TEST(a_deferred_foreign_key_is_refused_by_commit),
        CONFORMANCE_TEST(savepoints_take_back_what_came_after_them),
        CONFORMANCE_TEST(others_see_a_transaction_when_it_is_committed),
        CONFORMANCE_TEST(a_second_writer_waits_and_is_told_that_it_is_busy),
        CONFORMANCE_TEST(a_read_only_connection_reads_and_cannot_write),
        CONFORMANCE_TEST(fetches_rows_by_keys_in_any_order),
        CONFORMANCE_TEST(fetches_rows_by_keys_of_several_columns),
        CONFORMANCE_TEST(fetches_a_whole_batch_dense_or_spread),
        CONFORMANCE_TEST(knows_whether_a_table_is_empty),
        CONFORMANCE_TEST(statements_bind_and_read_numbers_text_bytes_and_null),
        CONFORMANCE_TEST(a_conditional_update_says_whether_it_found_its_row),
        CONFORMANCE_TEST(a_statement_that_is_wrong_is_refused_when_prepared),
        CONFORMANCE_TEST(a_lock_excludes_others_by_name_until_it_is_given_back),
        CONFORMANCE_TEST(who_holds_a_lock_can_be_seen),
        CONFORMANCE_TEST(a_lock_dies_with_its_process),
        CONFORMANCE_TEST(a_running_statement_can_be_interrupted),
    };
    /* cmocka hands a test's initial state on as void *; the suite only reads it. */
    void *state;
    memcpy(&state, &fixture, sizeof(state));
    for (size_t i = 0; i < WH_COUNT_OF(tests); i++)
        tests[i].initial_state = state;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
