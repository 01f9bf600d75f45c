/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that were fetched ahead are those that SQLite would have read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "connect/sqlite/read_ahead.h"
#include "connect_sqlite_place.h"

enum { ROWS = 20000 };

/* ---- a table of ROWS rows, n its number, v what it holds, and padding ------------------------ */

static void run(sqlite3 *db, const char *sql)
{
    char *problem = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    return number;
}

/* Keeps so few pages that every look reads the file. */
static sqlite3 *open_database(const struct place *place, const char *vfs)
{
    sqlite3 *db;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    assert_int_equal(sqlite3_open_v2(place->path, &db, flags, vfs), SQLITE_OK);
    run(db, "PRAGMA cache_size = 10; PRAGMA synchronous = OFF");
    sqlite3_busy_timeout(db, 10000);
    return db;
}

static sqlite3 *open_ahead(const struct place *place)
{
    const char *vfs = wh_sqlite_read_ahead_vfs();
    assert_non_null(vfs);
    return open_database(place, vfs);
}

static sqlite3 *make_table(const struct place *place, const char *journal)
{
    char sql[256];
    sqlite3 *db = open_database(place, NULL);
    snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s", journal);
    run(db, sql);
    run(db, "PRAGMA wal_autocheckpoint = 0");
    run(db, "CREATE TABLE t (n INTEGER PRIMARY KEY, v INTEGER, padding TEXT)");
    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d) "
             "INSERT INTO t SELECT i, 1, printf('%%0200d', i) FROM c",
             ROWS);
    run(db, sql);
    run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return db;
}

#define SUM "SELECT sum(v) FROM t WHERE CAST(padding AS INTEGER) = n"

/* Of so few rows that one piece holds them and all that leads to them. */
#define FEW "SELECT min(v) FROM t WHERE n BETWEEN 1 AND 150"

/* ---- tests ----------------------------------------------------------------------------------- */

/* Calls that read, of this process; -1 where the system does not tell. */
static long long read_calls(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    long long calls = -1;
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "syscr: ", 7) == 0)
            calls = strtoll(line + 7, NULL, 10);
    assert_int_equal(fclose(file), 0);
    return calls;
}

static long long calls_of_a_look(sqlite3 *db)
{
    long long before = read_calls();
    assert_int_equal(ask(db, SUM), ROWS);
    return read_calls() - before;
}

static void a_table_is_read_in_few_calls(void **state)
{
    sqlite3 *plain = make_table(*state, "WAL");
    sqlite3 *ahead = open_ahead(*state);
    if (read_calls() < 0)
        skip();
    long long one_by_one = calls_of_a_look(plain);
    assert_true(one_by_one > 1000);
    assert_true(calls_of_a_look(ahead) * 5 < one_by_one);
    assert_int_equal(sqlite3_close(ahead), SQLITE_OK);
    assert_int_equal(sqlite3_close(plain), SQLITE_OK);
}

static void sees_what_somebody_else_commits(const struct place *place, const char *journal)
{
    sqlite3 *writer = make_table(place, journal);
    sqlite3 *reader = open_ahead(place);
    assert_int_equal(ask(reader, SUM), ROWS);
    assert_int_equal(ask(reader, FEW), 1);
    run(writer, "UPDATE t SET v = 4; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(ask(reader, FEW), 4);
    run(writer, "UPDATE t SET v = 2");
    assert_int_equal(ask(reader, FEW), 2);
    assert_int_equal(ask(reader, SUM), 2 * ROWS);
    run(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(ask(reader, SUM), 2 * ROWS);
    run(writer, "UPDATE t SET v = 3; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(ask(reader, SUM), 3 * ROWS);
    run(writer, "DELETE FROM t WHERE n % 2 = 0; VACUUM");
    assert_int_equal(ask(reader, SUM), 3 * ROWS / 2);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

static void sees_commits_beside_a_write_ahead_log(void **state)
{
    sees_what_somebody_else_commits(*state, "WAL");
}

static void sees_commits_beside_a_journal(void **state)
{
    sees_what_somebody_else_commits(*state, "DELETE");
}

static void keeps_its_snapshot_while_pages_are_copied_into_the_file(void **state)
{
    sqlite3 *writer = make_table(*state, "WAL");
    sqlite3 *reader = open_ahead(*state);
    run(writer, "UPDATE t SET v = 2 WHERE n % 3 = 0");
    int64_t sum = ROWS + ROWS / 3;
    run(reader, "BEGIN");
    assert_int_equal(ask(reader, SUM), sum);
    run(writer, "PRAGMA wal_checkpoint(PASSIVE); UPDATE t SET v = 7");
    assert_int_equal(ask(reader, SUM), sum);
    run(writer, "PRAGMA wal_checkpoint(PASSIVE)");
    assert_int_equal(ask(reader, SUM), sum);
    run(reader, "COMMIT");
    assert_int_equal(ask(reader, SUM), 7 * ROWS);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

static void reads_what_it_wrote_itself(void **state)
{
    for (int journal = 0; journal < 2; journal++) {
        struct place *place = *state;
        sqlite3 *other = make_table(place, journal == 0 ? "WAL" : "DELETE");
        sqlite3 *db = open_ahead(place);
        assert_int_equal(ask(db, SUM), ROWS);
        run(db, "BEGIN; UPDATE t SET v = 5 WHERE n <= 10000");
        assert_int_equal(ask(db, SUM), ROWS + 4 * 10000);
        run(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
        assert_int_equal(ask(db, SUM), ROWS + 4 * 10000);
        run(db, "BEGIN; UPDATE t SET v = 9");
        assert_int_equal(ask(db, SUM), 9 * ROWS);
        run(db, "ROLLBACK");
        assert_int_equal(ask(db, SUM), ROWS + 4 * 10000);
        assert_int_equal(ask(other, SUM), ROWS + 4 * 10000);
        run(db, "DROP TABLE t");
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
    }
}

static void agrees_with_the_default_after_random_changes(void **state)
{
    static const char *const turns[] = {"PRAGMA wal_checkpoint(PASSIVE)",
                                        "PRAGMA wal_checkpoint(TRUNCATE)", "SELECT 1"};
    sqlite3 *writer = make_table(*state, "WAL");
    sqlite3 *reader = open_ahead(*state);
    uint64_t random = 20261127;
    for (int turn = 0; turn < 60; turn++) {
        char sql[256];
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int first = (int)(random >> 40) % ROWS;
        int count = (int)(random >> 20 & 0xfff);
        snprintf(sql, sizeof(sql), "UPDATE t SET v = v + %d WHERE n BETWEEN %d AND %d", turn, first,
                 first + count);
        run(writer, sql);
        run(writer, turns[(random >> 60) % WH_COUNT_OF(turns)]);
        snprintf(sql, sizeof(sql), "SELECT total(v * n) FROM t WHERE n >= %d",
                 (int)(random >> 8) % 3 == 0 ? 0 : first / 2);
        assert_int_equal(ask(reader, sql), ask(writer, sql));
    }
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_make_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_table_is_read_in_few_calls),
        TEST(sees_commits_beside_a_write_ahead_log),
        TEST(sees_commits_beside_a_journal),
        TEST(keeps_its_snapshot_while_pages_are_copied_into_the_file),
        TEST(reads_what_it_wrote_itself),
        TEST(agrees_with_the_default_after_random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
