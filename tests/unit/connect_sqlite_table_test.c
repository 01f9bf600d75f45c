/* SPDX-License-Identifier: Apache-2.0 */
/* What a database says of its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect_sqlite_place.h"

/* ---- tables ---------------------------------------------------------------------------------- */

static void assert_column_type(struct place *place, const char *declared, enum wh_kind kind,
                               bool is_exact_text)
{
    char sql[200];
    sqlite_run(place, "DROP TABLE IF EXISTS typed");
    snprintf(sql, sizeof(sql), "CREATE TABLE typed (a %s)", declared);
    sqlite_run(place, sql);
    struct wh_table_info table = sqlite_describe(place, "typed");
    assert_int_equal(table.column_count, 1);
    if (table.columns[0].type.kind != kind || table.columns[0].is_exact_text != is_exact_text)
        fail_msg("'%s' is of kind %d, exact %d", declared, table.columns[0].type.kind,
                 table.columns[0].is_exact_text);
    assert_true(wh_str_is(table.columns[0].declared, declared));
}

static void declared_types_and_affinities_decide_the_type(void **state)
{
    struct place *place = *state;
    assert_column_type(place, "INTEGER", WH_KIND_INT, false);
    assert_column_type(place, "POINT", WH_KIND_INT, false);
    assert_column_type(place, "NUMERIC(12,2)", WH_KIND_NUMERIC, false);
    assert_column_type(place, "NUMERIC(5,-2)", WH_KIND_TEXT, false);
    assert_column_type(place, "UUID", WH_KIND_TEXT, false);
    assert_column_type(place, "JSON", WH_KIND_TEXT, false);
    assert_column_type(place, "STRING", WH_KIND_TEXT, false);
    assert_column_type(place, "", WH_KIND_TEXT, true);
    assert_column_type(place, "VARCHAR(10)", WH_KIND_TEXT, true);
    assert_column_type(place, "CITEXT", WH_KIND_TEXT, true);
    assert_column_type(place, "LONGBLOB", WH_KIND_BYTES, true);
    assert_column_type(place, "DOUBLE WHATEVER", WH_KIND_FLOAT, false);
    assert_column_type(place, "DATE", WH_KIND_DATE, false);
    assert_column_type(place, "DATETIME", WH_KIND_TIMESTAMP, false);
    assert_column_type(place, "BOOLEAN", WH_KIND_BOOL, false);
}

static void describes_defaults_keys_generated_columns_and_triggers(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x',"
                      " b INT DEFAULT NULL, c INT GENERATED ALWAYS AS (b + 1) STORED,"
                      " d TEXT COLLATE NOCASE UNIQUE, e TEXT, f INT, UNIQUE (f, a));"
                      "CREATE UNIQUE INDEX partly ON t (e) WHERE f > 0;"
                      "CREATE UNIQUE INDEX computed ON t (lower(e));"
                      "CREATE UNIQUE INDEX folded ON t (e COLLATE NOCASE);"
                      "CREATE INDEX plain ON t (b);"
                      "CREATE TRIGGER tr AFTER INSERT ON T BEGIN SELECT 1; END;");
    struct wh_table_info table = sqlite_describe(place, "T");
    assert_true(wh_str_is(table.name, "t"));
    assert_int_equal(table.column_count, 7);
    assert_true(table.columns[0].has_default && table.columns[0].is_not_null);
    assert_true(table.columns[1].has_default && table.columns[1].is_not_null);
    assert_false(table.columns[2].has_default);
    assert_true(table.columns[3].is_generated);
    assert_true(table.has_triggers);
    assert_int_equal(table.key_count, 3);
    size_t primary = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < table.key_count; i++) {
        primary += table.keys[i].is_primary;
        pairs += table.keys[i].column_count == 2 && table.keys[i].columns[0] == 6 &&
                 table.keys[i].columns[1] == 1;
    }
    assert_int_equal(primary, 1);
    assert_int_equal(pairs, 1);
}

static void tables_without_row_numbers_have_their_primary_key(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE w (b TEXT, a INT, c, PRIMARY KEY (a, b)) WITHOUT ROWID;"
                      "CREATE TABLE d (id INTEGER PRIMARY KEY DESC);"
                      "CREATE TABLE n (id INT PRIMARY KEY);");
    struct wh_table_info table = sqlite_describe(place, "w");
    assert_int_equal(table.key_count, 1);
    assert_int_equal(table.keys[0].columns[0], 1);
    assert_int_equal(table.keys[0].columns[1], 0);
    assert_true(table.columns[0].is_not_null && table.columns[1].is_not_null);
    assert_false(table.columns[2].is_not_null);
    assert_false(sqlite_describe(place, "d").columns[0].has_default);
    assert_false(sqlite_describe(place, "n").columns[0].has_default);
    assert_int_equal(sqlite_describe(place, "n").key_count, 1);
}

static void refuses_what_is_no_ordinary_table(void **state)
{
    struct place *place = *state;
    struct wh_table_info table;
    static const char *const names[] = {"v", "fts", "fts_data", "sqlite_schema", "sqlite_sequence"};
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE VIEW v AS SELECT 1;"
               "CREATE VIRTUAL TABLE fts USING fts5 (x);");
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        assert_code(place, WH_UNSUPPORTED,
                    sqlite.describe(place->destination, wh_str_from(names[i]), &place->arena,
                                    &table, &place->err));
        assert_non_null(strstr(place->err.message, names[i]));
    }
}

static void assert_reach(struct place *place, const char *table, const char *expected)
{
    struct wh_str reached;
    assert_ok(place, sqlite.delete_reaches(place->destination, wh_str_from(table), &place->arena,
                                           &reached, &place->err));
    if (expected == NULL)
        assert_null(reached.ptr);
    else
        assert_true(wh_str_is(reached, expected));
}

static void a_delete_reaches_tables_that_follow_it(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE p (id INTEGER PRIMARY KEY);"
                      "CREATE TABLE q (id INTEGER PRIMARY KEY);"
                      "CREATE TABLE r (id INTEGER PRIMARY KEY, up INT REFERENCES r);"
                      "CREATE TABLE a (id INT REFERENCES p ON DELETE CASCADE);"
                      "CREATE TABLE b (id INT REFERENCES Q ON DELETE SET NULL);"
                      "CREATE TABLE c (id INT REFERENCES r ON DELETE RESTRICT);");
    assert_reach(place, "p", "a");
    assert_reach(place, "q", "b");
    assert_reach(place, "r", NULL);
    assert_reach(place, "a", NULL);
}

#define OPEN(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, sqlite_make_open_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(declared_types_and_affinities_decide_the_type),
        OPEN(describes_defaults_keys_generated_columns_and_triggers),
        OPEN(tables_without_row_numbers_have_their_primary_key),
        OPEN(refuses_what_is_no_ordinary_table),
        OPEN(a_delete_reaches_tables_that_follow_it),
    };
    return cmocka_run_group_tests_name("connect_sqlite_table", tests, NULL, NULL);
}
