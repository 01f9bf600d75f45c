/* SPDX-License-Identifier: Apache-2.0 */
/* Files and URLs, settings, identity, locks, statements. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "connect/sqlite/connection.h"
#include "connect_sqlite_place.h"

/* ---- opening --------------------------------------------------------------------------------- */

static void refuses_a_folder_by_name(void **state)
{
    struct place *place = *state;
    char url[128];
    snprintf(url, sizeof(url), "sqlite:%s", place->folder);
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, url, false));
    assert_non_null(strstr(place->err.message, place->folder));
    assert_non_null(strstr(place->err.message, "folder"));
}

static void refuses_a_file_that_is_no_database(void **state)
{
    struct place *place = *state;
    static const char text[] =
        "id,name\n1,a file of quite another kind, and long enough to be read "
        "as the first page of a database by whoever looks at it\n";
    sqlite_write_file(place->path, text, sizeof(text));
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, place->url, false));
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, place->url, true));
    assert_non_null(strstr(place->err.message, "a.db"));
    assert_non_null(strstr(place->err.message, "not a database"));
}

static void refuses_a_damaged_database(void **state)
{
    struct place *place = *state;
    char header[4096] = "SQLite format 3";
    sqlite_write_file(place->path, header, sizeof(header));
    assert_int_not_equal(sqlite_try_open(place, place->url, false), WH_OK);
}

static void makes_a_missing_database_unless_told_not_to(void **state)
{
    struct place *place = *state;
    char url[320];
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, place->url, true));
    assert_non_null(strstr(place->err.message, "does not exist"));
    snprintf(url, sizeof(url), "%s&mode=rw", place->url);
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, url, false));
    assert_int_not_equal(access(place->path, F_OK), 0);
    assert_ok(place, sqlite_try_open(place, place->url, false));
    assert_int_equal(access(place->path, F_OK), 0);
    assert_ok(place, sqlite_try_open(place, url, false));
}

static void a_missing_folder_is_named(void **state)
{
    struct place *place = *state;
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, "sqlite:no/such/folder.db", false));
    assert_non_null(strstr(place->err.message, "no/such"));
}

static void assert_is_refused(struct place *place, const char *what)
{
    assert_code(place, WH_UNREACHABLE, sqlite_try_open(place, place->url, false));
    assert_non_null(strstr(place->err.message, what));
}

static void refuses_to_write_where_it_may_not(void **state)
{
    enum { NOBODY = 65534 };
    struct place *place = *state;
    bool is_root = geteuid() == 0; /* root may write everywhere */
    assert_ok(place, sqlite_try_open(place, place->url, false));
    sqlite.close(place->destination);
    place->destination = NULL;
    if (is_root) {
        assert_int_equal(chown(place->folder, NOBODY, NOBODY), 0);
        assert_int_equal(chown(place->path, NOBODY, NOBODY), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    assert_int_equal(chmod(place->path, 0444), 0);
    assert_is_refused(place, "a.db' cannot be written to");
    assert_int_equal(chmod(place->path, 0644), 0);
    assert_int_equal(chmod(place->folder, 0555), 0);
    assert_is_refused(place, "cannot be written to");
    assert_int_equal(chmod(place->folder, 0755), 0);
    assert_ok(place, sqlite_try_open(place, place->url, false));
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

static void urls_that_name_no_file_are_refused(void **state)
{
    struct place *place = *state;
    static const char *const bad[] = {
        "sqlite:",
        "sqlite:?mode=rw",
        "sqlite::memory:",
        "sqlite://host/a.db",
        "sqlite:a%",
        "sqlite:a%0",
        "sqlite:a%zz",
        "sqlite:a%00b",
        "sqlite:a?mode=x",
        "sqlite:a?unknown=1",
        "sqlite:a?cache=-1",
        "sqlite:a?cache=2TiB",
        "sqlite:a?synchronous=off",
        "sqlite:a?busy_timeout=x",
        "sqlite:a?busy_timeout=99999999999",
    };
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++)
        assert_code(place, WH_INVALID, sqlite_try_open(place, bad[i], false));
    assert_code(place, WH_INVALID, sqlite_try_open(place, "sqlite:a?busy_timeot=1", false));
    assert_non_null(strstr(place->err.message, "'busy_timeout'"));
}

static void file_names_are_decoded_and_stand_below_the_base_folder(void **state)
{
    struct place *place = *state;
    char path[128];
    assert_ok(place, sqlite_try_open(place, "sqlite:with%20space%3f.db?cache=1MiB&synchronous=full",
                                     false));
    snprintf(path, sizeof(path), "%s/with space?.db", place->folder);
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(place, sqlite_try_open(place, "sqlite:file:b.db", false));
    snprintf(path, sizeof(path), "%s/file:b.db", place->folder);
    assert_int_equal(access(path, F_OK), 0);
    snprintf(path, sizeof(path), "sqlite://%s/c.db", place->folder);
    assert_ok(place, sqlite_try_open(place, path, false));
}

static void settings_are_made(void **state)
{
    struct place *place = *state;
    struct wh_param row;
    struct wh_statement *query = NULL;
    assert_int_equal(sqlite_ask(place, "PRAGMA foreign_keys"), 1);
    assert_int_equal(sqlite_ask(place, "PRAGMA synchronous"), 1);
    assert_int_equal(sqlite_ask(place, "PRAGMA cache_size"), -1024);
    assert_ok(place, wh_sqlite_want_cache(place->destination, &place->err));
    assert_int_equal(sqlite_ask(place, "PRAGMA cache_size"), -65536);
    assert_int_equal(sqlite_ask(place, "PRAGMA cell_size_check"), 1);
    assert_ok(place,
              sqlite.prepare(place->destination, "PRAGMA journal_mode", &query, &place->err));
    assert_ok(place, sqlite.execute(query, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(query, &row, 1, &place->err));
    assert_true(wh_str_is(row.bytes, "wal"));
    sqlite.statement_free(query);
    assert_code(place, WH_INVALID,
                sqlite.script(place->destination, "CREATE TABLE t (a DEFAULT \"x\" || \"y\")",
                              &place->err));
}

static void the_cache_is_taken_from_the_budget_and_given_back(void **state)
{
    struct place *place = *state;
    struct wh_budget budget;
    wh_budget_init(&budget, 512 << 20);
    struct wh_destination_request request = {.url = wh_str_from(place->url), .budget = &budget};
    assert_ok(place, sqlite.open(&request, &place->destination, &place->err));
    assert_int_equal(budget.used, 1 << 20);
    assert_ok(place, wh_sqlite_want_cache(place->destination, &place->err));
    assert_int_equal(budget.used, 64 << 20);
    sqlite.close(place->destination);
    place->destination = NULL;
    assert_int_equal(budget.used, 0);
}

static void the_cache_takes_a_quarter_of_a_small_budget(void **state)
{
    struct place *place = *state;
    struct wh_budget budget;
    wh_budget_init(&budget, 32 << 20);
    struct wh_destination_request request = {.url = wh_str_from(place->url), .budget = &budget};
    assert_ok(place, sqlite.open(&request, &place->destination, &place->err));
    assert_ok(place, wh_sqlite_want_cache(place->destination, &place->err));
    assert_int_equal(sqlite_ask(place, "PRAGMA cache_size"), -8192);
    assert_int_equal(budget.used, 8 << 20);
    sqlite.close(place->destination);
    place->destination = NULL;
}

static void a_database_somebody_has_open_keeps_its_journal(void **state)
{
    struct place *place = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(place->path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "CREATE TABLE t (a); BEGIN; SELECT * FROM t", NULL, NULL, NULL),
        SQLITE_OK);
    assert_ok(place, sqlite_try_open(place, place->url, false));
    sqlite_run(place, "SELECT 1");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* ---- identity -------------------------------------------------------------------------------- */

static void a_copy_has_the_identity_of_its_original(void **state)
{
    struct place *place = *state;
    struct wh_str first;
    struct wh_str copied;
    char sql[200];
    char url[128];
    assert_ok(place, sqlite_try_open(place, place->url, false));
    assert_ok(place, sqlite.identity(place->destination, &place->arena, &first, &place->err));
    snprintf(sql, sizeof(sql), "VACUUM INTO '%s/copy.db'", place->folder);
    sqlite_run(place, sql);
    snprintf(url, sizeof(url), "sqlite:%s/copy.db", place->folder);
    assert_ok(place, sqlite_try_open(place, url, true));
    assert_ok(place, sqlite.identity(place->destination, &place->arena, &copied, &place->err));
    assert_true(wh_str_equal(first, copied));
}

static void a_reader_makes_no_identity(void **state)
{
    struct place *place = *state;
    struct wh_str id;
    sqlite_run(place, "CREATE TABLE t (a)");
    assert_ok(place, sqlite_try_open(place, place->url, true));
    assert_ok(place, sqlite.identity(place->destination, &place->arena, &id, &place->err));
    assert_int_equal(id.len, 0);
}

static void an_identity_that_is_not_wherrys_is_corrupt(void **state)
{
    struct place *place = *state;
    struct wh_str id;
    static const char *const bad[] = {"CREATE TABLE wherry_identity (id)",
                                      "INSERT INTO wherry_identity VALUES ('x')",
                                      "UPDATE wherry_identity SET id = NULL"};
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++) {
        sqlite_run(place, bad[i]);
        assert_code(place, WH_CORRUPT,
                    sqlite.identity(place->destination, &place->arena, &id, &place->err));
    }
}

/* ---- locks ----------------------------------------------------------------------------------- */

static void the_lock_file_goes_with_the_last_lock(void **state)
{
    struct place *place = *state;
    char path[300];
    snprintf(path, sizeof(path), "%s-wherry-lock", place->path);
    assert_ok(place, sqlite.lock(place->destination, WH_STR("a"), &place->err));
    assert_ok(place, sqlite.lock(place->destination, WH_STR("b"), &place->err));
    assert_code(place, WH_BUSY, sqlite.lock(place->destination, WH_STR("a"), &place->err));
    assert_ok(place, sqlite.unlock(place->destination, WH_STR("a"), &place->err));
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(place, sqlite.unlock(place->destination, WH_STR("b"), &place->err));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_code(place, WH_INVALID, sqlite.unlock(place->destination, WH_STR("b"), &place->err));
}

/** In a child process: takes and gives back the lock again and again;
 *  0 where it was always alone. */
static int take_turns(const char *url, const char *witness)
{
    struct wh_destination *own = NULL;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_destination_request request = {.url = wh_str_from(url)};
    int turns = 0;
    if (sqlite.open(&request, &own, &err) != WH_OK)
        return 1;
    while (turns < 100) {
        wh_code rc = sqlite.lock(own, WH_STR("turn"), &err);
        if (rc == WH_BUSY)
            continue;
        int fd = rc == WH_OK ? open(witness, O_CREAT | O_EXCL | O_WRONLY, 0600) : -1;
        if (fd < 0 || close(fd) != 0 || unlink(witness) != 0)
            return 2;
        if (sqlite.unlock(own, WH_STR("turn"), &err) != WH_OK)
            return 3;
        turns++;
    }
    sqlite.close(own);
    return 0;
}

static void one_at_a_time_has_a_lock_however_often_its_file_goes(void **state)
{
    enum { CHILDREN = 4 };
    struct place *place = *state;
    pid_t children[CHILDREN];
    char witness[300];
    snprintf(witness, sizeof(witness), "%s/witness", place->folder);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(take_turns(place->url, witness));
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

static void garbage_in_the_lock_file_harms_nobody(void **state)
{
    struct place *place = *state;
    char path[300];
    snprintf(path, sizeof(path), "%s-wherry-lock", place->path);
    sqlite_write_file(path, "a\n\tb\xff\x00\n\n\n", 9);
    assert_ok(place, sqlite.lock(place->destination, WH_STR("a"), &place->err));
    assert_code(place, WH_BUSY, sqlite.lock(place->destination, WH_STR("a"), &place->err));
    assert_ok(place, sqlite.unlock(place->destination, WH_STR("a"), &place->err));
}

static void a_lock_is_not_taken_through_a_symbolic_link(void **state)
{
    struct place *place = *state;
    char path[300];
    char target[300];
    snprintf(path, sizeof(path), "%s-wherry-lock", place->path);
    snprintf(target, sizeof(target), "%s/target", place->folder);
    assert_int_equal(symlink(target, path), 0);
    assert_code(place, WH_UNREACHABLE, sqlite.lock(place->destination, WH_STR("a"), &place->err));
    assert_int_not_equal(access(target, F_OK), 0);
}

static void names_of_locks_are_short_text(void **state)
{
    struct place *place = *state;
    char longest[202];
    memset(longest, 'x', sizeof(longest));
    static const char *const bad[] = {"", "a\tb", "a\nb", "\xff"};
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++)
        assert_code(place, WH_INVALID,
                    sqlite.lock(place->destination, wh_str_from(bad[i]), &place->err));
    assert_code(place, WH_INVALID,
                sqlite.lock(place->destination, wh_str_make(longest, 201), &place->err));
    assert_ok(place, sqlite.lock(place->destination, wh_str_make(longest, 200), &place->err));
}

/* ---- statements ------------------------------------------------------------------------------ */

static void a_read_that_a_transaction_cuts_off_does_not_pass_for_read_to_the_end(void **state)
{
    struct place *place = *state;
    struct wh_statement *query = NULL;
    struct wh_param row;
    sqlite_run(place, "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
    assert_ok(place, sqlite.prepare(place->destination, "SELECT a FROM t", &query, &place->err));
    assert_ok(place, sqlite.execute(query, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(query, &row, 1, &place->err));
#if !defined(WH_DEBUG)
    assert_ok(place, sqlite.begin(place->destination, &place->err));
    assert_code(place, WH_BUG, sqlite.next(query, &row, 1, &place->err));
    assert_ok(place, sqlite.commit(place->destination, &place->err));
#endif
    sqlite.statement_free(query);
}

static void statements_may_outlive_their_connection(void **state)
{
    struct place *place = *state;
    struct wh_statement *query = NULL;
    assert_ok(place, sqlite.prepare(place->destination, "SELECT 1", &query, &place->err));
    sqlite.close(place->destination);
    place->destination = NULL;
    sqlite.statement_free(query);
    sqlite.statement_free(NULL);
}

#define CLOSED(test) cmocka_unit_test_setup_teardown(test, sqlite_make_place, sqlite_remove_place)
#define OPEN(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, sqlite_make_open_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOSED(refuses_a_folder_by_name),
        CLOSED(refuses_a_file_that_is_no_database),
        CLOSED(refuses_a_damaged_database),
        CLOSED(makes_a_missing_database_unless_told_not_to),
        CLOSED(a_missing_folder_is_named),
        CLOSED(refuses_to_write_where_it_may_not),
        CLOSED(urls_that_name_no_file_are_refused),
        CLOSED(file_names_are_decoded_and_stand_below_the_base_folder),
        OPEN(settings_are_made),
        CLOSED(the_cache_is_taken_from_the_budget_and_given_back),
        CLOSED(the_cache_takes_a_quarter_of_a_small_budget),
        CLOSED(a_database_somebody_has_open_keeps_its_journal),
        CLOSED(a_copy_has_the_identity_of_its_original),
        OPEN(a_reader_makes_no_identity),
        OPEN(an_identity_that_is_not_wherrys_is_corrupt),
        OPEN(the_lock_file_goes_with_the_last_lock),
        OPEN(one_at_a_time_has_a_lock_however_often_its_file_goes),
        OPEN(garbage_in_the_lock_file_harms_nobody),
        OPEN(a_lock_is_not_taken_through_a_symbolic_link),
        OPEN(names_of_locks_are_short_text),
        OPEN(a_read_that_a_transaction_cuts_off_does_not_pass_for_read_to_the_end),
        OPEN(statements_may_outlive_their_connection),
    };
    return cmocka_run_group_tests_name("connect_sqlite_open", tests, NULL, NULL);
}
