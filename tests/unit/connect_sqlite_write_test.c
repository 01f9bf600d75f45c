/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite does in its own way when rows are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect_sqlite_place.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void what_the_table_says_of_conflicts_does_not_count(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "2"),
                                   sqlite_make_column(place, text, "x")};
    static const char *const actions[] = {"REPLACE", "IGNORE", "FAIL", "ROLLBACK"};
    for (size_t i = 0; i < WH_COUNT_OF(actions); i++) {
        char sql[200];
        sqlite_run(place, "DROP TABLE IF EXISTS t");
        snprintf(sql, sizeof(sql),
                 "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT %s, a TEXT UNIQUE ON CONFLICT "
                 "%s); INSERT INTO t VALUES (1, 'x'), (3, 'y')",
                 actions[i], actions[i]);
        sqlite_run(place, sql);
        struct wh_writer *writer = sqlite_open_writer(place);
        struct wh_write_request request = {.columns = columns};
        assert_code(place, WH_REFUSED,
                    sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
        assert_string_equal(place->err.sqlstate, "23505");
        struct wh_column before[2] = {sqlite_make_column(place, sqlite_int_type, "3"),
                                      sqlite_make_column(place, text, "y")};
        struct wh_column after[2] = {before[0], columns[1]};
        request = (struct wh_write_request){.columns = after, .before = before};
        assert_code(place, WH_REFUSED,
                    sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(
            sqlite_ask(place, "SELECT count(*) FROM t WHERE (id, a) IN ((1, 'x'), (3, 'y'))"), 2);
        sqlite.writer_close(writer);
    }
}

static void a_row_that_a_trigger_ignores_is_refused_not_missed(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column one[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                               sqlite_make_column(place, sqlite_int_type, "10")};
    struct wh_column two[2] = {sqlite_make_column(place, sqlite_int_type, "2"),
                               sqlite_make_column(place, sqlite_int_type, "20")};
    struct wh_column other[2] = {one[0], two[1]};
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 10);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END;"
               "CREATE TRIGGER u BEFORE UPDATE ON t BEGIN SELECT RAISE(IGNORE); END;"
               "CREATE TRIGGER d BEFORE DELETE ON t BEGIN SELECT RAISE(IGNORE); END;");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = two, .before = one};
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_non_null(strstr(place->err.message, "trigger"));
    request.columns = other;
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_DELETE, &request, &result));
    request.before = other;
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_DELETE, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    sqlite.writer_close(writer);
}

static void a_row_that_a_trigger_alters_is_refused_and_gone(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column odd[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                               sqlite_make_column(place, sqlite_int_type, "11")};
    struct wh_column even[2] = {odd[0], sqlite_make_column(place, sqlite_int_type, "12")};
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);"
                      "CREATE TRIGGER i AFTER INSERT ON t WHEN new.a % 2 BEGIN "
                      "UPDATE t SET a = a + 1 WHERE id = new.id; END;"
                      "CREATE TRIGGER u AFTER UPDATE ON t WHEN new.a % 2 BEGIN "
                      "UPDATE t SET a = NULL WHERE id = new.id; END;");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = odd, .before = even};
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_non_null(strstr(place->err.message, "altered"));
    assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM t"), 0);
    request.columns = even;
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_int_equal(result, WH_ROW_WRITTEN);
    request.columns = odd;
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(sqlite_ask(place, "SELECT a FROM t"), 12);
    sqlite.writer_close(writer);
}

static void a_trigger_that_aborts_refuses_its_row(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   sqlite_make_column(place, sqlite_int_type, "10")};
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'not today'); END;");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_string_equal(place->err.sqlstate, "P0001");
    assert_non_null(strstr(place->err.message, "not today"));
    sqlite.writer_close(writer);
}

static void a_row_that_a_trigger_fails_leaves_nothing_behind(void **state)
{
    struct place *place = *state;
    uint8_t results[2] = {WH_ROW_NOT_TRIED, WH_ROW_NOT_TRIED};
    uint16_t rows[2] = {0, 1};
    int64_t values[2] = {1, 2};
    struct wh_selection both = {.rows = rows, .count = 2};
    struct wh_column columns[2] = {{.type = sqlite_int_type, .values.ints = values},
                                   {.type = sqlite_int_type, .values.ints = values}};
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT); CREATE TABLE log (a);"
                      "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a);"
                      " SELECT RAISE(FAIL, 'half done') WHERE new.id = 2; END;");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {
        .kind = WH_WRITE_INSERT, .columns = columns, .selection = &both, .results = results};
    assert_ok(place, sqlite.begin(place->destination, &place->err));
    assert_code(place, WH_REFUSED, sqlite.write(writer, &request, &place->err));
    assert_non_null(strstr(place->err.message, "half done"));
    assert_ok(place, sqlite.commit(place->destination, &place->err));
    assert_int_equal(results[0], WH_ROW_WRITTEN);
    assert_int_equal(results[1], WH_ROW_REFUSED);
    assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM t"), 1);
    assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM log"), 1);
    sqlite.writer_close(writer);
}

static void a_check_that_cannot_be_computed_refuses_its_row(void **state)
{
    struct place *place = *state;
    uint16_t rows[64];
    uint8_t results[64] = {WH_ROW_NOT_TRIED};
    int64_t ids[64];
    struct wh_str texts[64];
    struct wh_selection all = {.rows = rows, .count = 64};
    struct wh_column columns[2] = {{.type = sqlite_int_type, .values.ints = ids},
                                   {.type = {.kind = WH_KIND_TEXT}, .values.texts = texts}};
    for (uint16_t i = 0; i < 64; i++) {
        rows[i] = i;
        ids[i] = i;
        texts[i] = i == 40 ? WH_STR("{") : WH_STR("{}");
    }
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (json(a) <> ''))");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {
        .kind = WH_WRITE_INSERT, .columns = columns, .selection = &all, .results = results};
    assert_ok(place, sqlite.begin(place->destination, &place->err));
    assert_code(place, WH_REFUSED, sqlite.write(writer, &request, &place->err));
    assert_int_equal(place->err.code, WH_REFUSED);
    assert_int_equal(place->err.retry, WH_RETRY_ITEM);
    assert_non_null(strstr(place->err.message, "malformed JSON"));
    assert_int_equal(request.stopped_at, 41);
    assert_ok(place, sqlite.commit(place->destination, &place->err));
    assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM t"), 40);
    sqlite.writer_close(writer);
}

static void a_trigger_that_rolls_everything_back_is_no_refusal_of_a_row(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   sqlite_make_column(place, sqlite_int_type, "10")};
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'all'); END;");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_UNSUPPORTED,
                sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_non_null(strstr(place->err.message, "RAISE(ABORT)"));
    sqlite.writer_close(writer);
}

static void strict_tables_are_written_and_refuse_by_type(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   sqlite_make_column(place, text, "007")};
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY) STRICT");
    assert_true(sqlite_describe(place, "t").columns[1].is_exact_text);
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_true(
        wh_str_is(sqlite_fetch_one(place, writer, columns).columns[1].values.texts[0], "007"));
    sqlite.writer_close(writer);
}

static void a_key_of_wider_equality_is_found_and_compared_exactly(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    sqlite_run(place, "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, a INT);"
                      "INSERT INTO t VALUES ('Abc', 1)");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_column columns[2] = {sqlite_make_column(place, text, "ABC"),
                                   sqlite_make_column(place, sqlite_int_type, "1")};
    struct wh_found found = sqlite_fetch_one(place, writer, columns);
    assert_int_equal(found.is_there[0], WH_FOUND_ROW);
    assert_true(wh_str_is(found.columns[0].values.texts[0], "Abc"));
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    struct wh_column before[2] = {sqlite_make_column(place, text, "aBC"), columns[1]};
    request.before = before;
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    request.before = found.columns;
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(result, WH_ROW_WRITTEN);
    assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM t WHERE id = 'ABC' COLLATE BINARY"),
                     1);
    sqlite.writer_close(writer);
}

static void an_update_touches_only_the_columns_that_differ(void **state)
{
    struct place *place = *state;
    struct wh_writer *writer = NULL;
    struct wh_column before[20];
    struct wh_column after[20];
    size_t numbers[20];
    uint8_t result;
    char sql[1000] = "CREATE TABLE log (name TEXT); CREATE TABLE t (c0 INTEGER PRIMARY KEY";
    size_t len = strlen(sql);
    for (int i = 1; i < 20; i++)
        len += (size_t)snprintf(sql + len, sizeof(sql) - len, ", c%d INT DEFAULT 0", i);
    snprintf(sql + len, sizeof(sql) - len, "); INSERT INTO t (c0) VALUES (1)");
    sqlite_run(place, sql);
    for (int i = 1; i < 20; i++) {
        snprintf(
            sql, sizeof(sql),
            "CREATE TRIGGER t%d AFTER UPDATE OF c%d ON t BEGIN INSERT INTO log VALUES ('c%d'); "
            "END",
            i, i, i);
        sqlite_run(place, sql);
    }
    for (size_t i = 0; i < 20; i++) {
        numbers[i] = i;
        before[i] = sqlite_make_column(place, sqlite_int_type, i == 0 ? "1" : "0");
    }
    struct wh_writer_request wanted = {.table = WH_STR("t"),
                                       .columns = numbers,
                                       .column_count = 20,
                                       .match = numbers,
                                       .match_count = 1};
    assert_ok(place, sqlite.writer_open(place->destination, &wanted, &writer, &place->err));
    /* More sets of columns than updates are kept, each twice. */
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 1; i < 20; i++) {
            memcpy(after, before, sizeof(after));
            after[i] = sqlite_make_column(place, sqlite_int_type, turn == 0 ? "5" : "6");
            struct wh_write_request request = {.columns = after, .before = before};
            sqlite_run(place, "DELETE FROM log");
            assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
            assert_int_equal(result, WH_ROW_WRITTEN);
            assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM log"), 1);
            memcpy(before, after, sizeof(before));
        }
    }
    sqlite.writer_close(writer);
}

static void foreign_keys_are_enforced(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   sqlite_make_column(place, sqlite_int_type, "10")};
    sqlite_run(place, "CREATE TABLE p (id INTEGER PRIMARY KEY);"
                      "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT REFERENCES p)");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_REFUSED,
                sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_string_equal(place->err.sqlstate, "23503");
    sqlite.writer_close(writer);
}

static void generated_columns_cannot_be_written(void **state)
{
    struct place *place = *state;
    struct wh_writer *writer = NULL;
    struct wh_writer_request request = {.table = WH_STR("t"),
                                        .columns = (const size_t[]){0, 1},
                                        .column_count = 2,
                                        .match = (const size_t[]){0},
                                        .match_count = 1};
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a AS (id + 1))");
    assert_code(place, WH_INVALID,
                sqlite.writer_open(place->destination, &request, &writer, &place->err));
    assert_non_null(strstr(place->err.message, "generated"));
}

static void a_full_database_fails_without_blaming_the_row(void **state)
{
    struct place *place = *state;
    uint8_t result;
    static char big[200000];
    struct wh_str value = wh_str_make(big, sizeof(big));
    memset(big, 'x', sizeof(big));
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); PRAGMA max_page_count = 20");
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   {.type = {.kind = WH_KIND_TEXT}, .values.texts = &value}};
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_IO, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_int_not_equal(result, WH_ROW_REFUSED);
    assert_string_equal(place->err.sqlstate, "53100");
    sqlite.writer_close(writer);
}

#define OPEN(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, sqlite_make_open_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(what_the_table_says_of_conflicts_does_not_count),
        OPEN(a_row_that_a_trigger_ignores_is_refused_not_missed),
        OPEN(a_row_that_a_trigger_alters_is_refused_and_gone),
        OPEN(a_trigger_that_aborts_refuses_its_row),
        OPEN(a_row_that_a_trigger_fails_leaves_nothing_behind),
        OPEN(a_check_that_cannot_be_computed_refuses_its_row),
        OPEN(a_trigger_that_rolls_everything_back_is_no_refusal_of_a_row),
        OPEN(strict_tables_are_written_and_refuse_by_type),
        OPEN(a_key_of_wider_equality_is_found_and_compared_exactly),
        OPEN(an_update_touches_only_the_columns_that_differ),
        OPEN(foreign_keys_are_enforced),
        OPEN(generated_columns_cannot_be_written),
        OPEN(a_full_database_fails_without_blaming_the_row),
    };
    return cmocka_run_group_tests_name("connect_sqlite_write", tests, NULL, NULL);
}
