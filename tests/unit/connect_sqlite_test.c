/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite does in its own way: files, declared types, stored classes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/macros.h"
#include "connect/sqlite/sqlite.h"
#include "data/text.h"

#define sqlite (*wh_sqlite_connector.destination)

struct place {
    char folder[64];
    char url[300];
    char path[256];
    struct wh_destination *destination;
    struct wh_arena arena;
    struct wh_error err;
};

#define assert_code(place, expected, call)                                                         \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (place)->err.message);                                                        \
    } while (0)
#define assert_ok(place, call) assert_code(place, WH_OK, call)

/* ---- set-up ------------------------------------------------------------------------------------- */

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    const char *root = getenv("TMPDIR");
    assert_non_null(place);
    snprintf(place->folder, sizeof(place->folder), "%.40s/wherry-XXXXXX",
             root != NULL ? root : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/a.db", place->folder);
    snprintf(place->url, sizeof(place->url), "sqlite:%s?busy_timeout=100", place->path);
    wh_arena_init(&place->arena);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    char command[128];
    sqlite.close(place->destination);
    wh_arena_release(&place->arena);
    snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    int rc = system(command);
    free(place);
    return rc;
}

static wh_code try_open(struct place *place, const char *url, bool read_only)
{
    struct wh_destination_request request = {
        .url = wh_str_from(url), .base_folder = wh_str_from(place->folder), .read_only = read_only};
    sqlite.close(place->destination);
    place->destination = NULL;
    return sqlite.open(&request, &place->destination, &place->err);
}

static int make_open_place(void **state)
{
    make_place(state);
    struct place *place = *state;
    assert_ok(place, try_open(place, place->url, false));
    return 0;
}

static void run(struct place *place, const char *sql)
{
    assert_ok(place, sqlite.script(place->destination, sql, &place->err));
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static int64_t ask(struct place *place, const char *sql)
{
    struct wh_statement *query = NULL;
    struct wh_param row = {.kind = WH_PARAM_NULL};
    assert_ok(place, sqlite.prepare(place->destination, sql, &query, &place->err));
    assert_ok(place, sqlite.execute(query, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(query, &row, 1, &place->err));
    assert_int_equal(row.kind, WH_PARAM_INT);
    sqlite.statement_free(query);
    return row.number;
}

/* ---- opening ------------------------------------------------------------------------------------ */

static void refuses_a_folder_by_name(void **state)
{
    struct place *place = *state;
    char url[128];
    snprintf(url, sizeof(url), "sqlite:%s", place->folder);
    assert_code(place, WH_UNREACHABLE, try_open(place, url, false));
    assert_non_null(strstr(place->err.message, place->folder));
    assert_non_null(strstr(place->err.message, "folder"));
}

static void refuses_a_file_that_is_no_database(void **state)
{
    struct place *place = *state;
    static const char text[] =
        "id,name\n1,a file of quite another kind, and long enough to be read "
        "as the first page of a database by whoever looks at it\n";
    write_file(place->path, text, sizeof(text));
    assert_code(place, WH_UNREACHABLE, try_open(place, place->url, false));
    assert_code(place, WH_UNREACHABLE, try_open(place, place->url, true));
    assert_non_null(strstr(place->err.message, "a.db"));
    assert_non_null(strstr(place->err.message, "not a database"));
}

static void refuses_a_damaged_database(void **state)
{
    struct place *place = *state;
    char header[4096] = "SQLite format 3";
    write_file(place->path, header, sizeof(header));
    assert_int_not_equal(try_open(place, place->url, false), WH_OK);
}

static void makes_a_missing_database_unless_told_not_to(void **state)
{
    struct place *place = *state;
    char url[320];
    assert_code(place, WH_UNREACHABLE, try_open(place, place->url, true));
    assert_non_null(strstr(place->err.message, "does not exist"));
    snprintf(url, sizeof(url), "%s&mode=rw", place->url);
    assert_code(place, WH_UNREACHABLE, try_open(place, url, false));
    assert_int_not_equal(access(place->path, F_OK), 0);
    assert_ok(place, try_open(place, place->url, false));
    assert_int_equal(access(place->path, F_OK), 0);
    assert_ok(place, try_open(place, url, false));
}

static void a_missing_folder_is_named(void **state)
{
    struct place *place = *state;
    assert_code(place, WH_UNREACHABLE, try_open(place, "sqlite:no/such/folder.db", false));
    assert_non_null(strstr(place->err.message, "no/such"));
}

static void refuses_to_write_where_it_may_not(void **state)
{
    struct place *place = *state;
    if (geteuid() == 0)
        skip(); /* root may write everywhere */
    assert_ok(place, try_open(place, place->url, false));
    assert_int_equal(chmod(place->path, 0444), 0);
    assert_code(place, WH_UNREACHABLE, try_open(place, place->url, false));
    assert_int_equal(chmod(place->path, 0644), 0);
    assert_int_equal(chmod(place->folder, 0555), 0);
    assert_code(place, WH_UNREACHABLE, try_open(place, place->url, false));
    assert_int_equal(chmod(place->folder, 0755), 0);
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
        assert_code(place, WH_INVALID, try_open(place, bad[i], false));
    assert_code(place, WH_INVALID, try_open(place, "sqlite:a?busy_timeot=1", false));
    assert_non_null(strstr(place->err.message, "'busy_timeout'"));
}

static void file_names_are_decoded_and_stand_below_the_base_folder(void **state)
{
    struct place *place = *state;
    char path[128];
    assert_ok(place,
              try_open(place, "sqlite:with%20space%3f.db?cache=1MiB&synchronous=full", false));
    snprintf(path, sizeof(path), "%s/with space?.db", place->folder);
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(place, try_open(place, "sqlite:file:b.db", false));
    snprintf(path, sizeof(path), "%s/file:b.db", place->folder);
    assert_int_equal(access(path, F_OK), 0);
    snprintf(path, sizeof(path), "sqlite://%s/c.db", place->folder);
    assert_ok(place, try_open(place, path, false));
}

static void settings_are_made(void **state)
{
    struct place *place = *state;
    struct wh_param row;
    struct wh_statement *query = NULL;
    assert_int_equal(ask(place, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask(place, "PRAGMA synchronous"), 1);
    assert_int_equal(ask(place, "PRAGMA cache_size"), -65536);
    assert_int_equal(ask(place, "PRAGMA trusted_schema"), 0);
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
    wh_budget_init(&budget, 1 << 20);
    struct wh_destination_request request = {.url = wh_str_from(place->url), .budget = &budget};
    assert_ok(place, sqlite.open(&request, &place->destination, &place->err));
    assert_int_equal(budget.used, 64 << 20);
    sqlite.close(place->destination);
    place->destination = NULL;
    assert_int_equal(budget.used, 0);
}

static void a_database_somebody_has_open_keeps_its_journal(void **state)
{
    struct place *place = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(place->path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "CREATE TABLE t (a); BEGIN; SELECT * FROM t", NULL, NULL, NULL),
        SQLITE_OK);
    assert_ok(place, try_open(place, place->url, false));
    run(place, "SELECT 1");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* ---- identity ------------------------------------------------------------------------------------ */

static void a_copy_has_the_identity_of_its_original(void **state)
{
    struct place *place = *state;
    struct wh_str first;
    struct wh_str copied;
    char sql[200];
    char url[128];
    assert_ok(place, try_open(place, place->url, false));
    assert_ok(place, sqlite.identity(place->destination, &place->arena, &first, &place->err));
    snprintf(sql, sizeof(sql), "VACUUM INTO '%s/copy.db'", place->folder);
    run(place, sql);
    snprintf(url, sizeof(url), "sqlite:%s/copy.db", place->folder);
    assert_ok(place, try_open(place, url, true));
    assert_ok(place, sqlite.identity(place->destination, &place->arena, &copied, &place->err));
    assert_true(wh_str_equal(first, copied));
}

static void a_reader_makes_no_identity(void **state)
{
    struct place *place = *state;
    struct wh_str id;
    run(place, "CREATE TABLE t (a)");
    assert_ok(place, try_open(place, place->url, true));
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
        run(place, bad[i]);
        assert_code(place, WH_CORRUPT,
                    sqlite.identity(place->destination, &place->arena, &id, &place->err));
    }
}

/* ---- locks --------------------------------------------------------------------------------------- */

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

static void garbage_in_the_lock_file_harms_nobody(void **state)
{
    struct place *place = *state;
    char path[300];
    snprintf(path, sizeof(path), "%s-wherry-lock", place->path);
    write_file(path, "a\n\tb\xff\x00\n\n\n", 9);
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

/* ---- tables --------------------------------------------------------------------------------------- */

static struct wh_table_info describe(struct place *place, const char *name)
{
    struct wh_table_info table;
    assert_ok(place, sqlite.describe(place->destination, wh_str_from(name), &place->arena, &table,
                                     &place->err));
    return table;
}

static void assert_column_type(struct place *place, const char *declared, enum wh_kind kind,
                               bool is_exact_text)
{
    char sql[200];
    run(place, "DROP TABLE IF EXISTS typed");
    snprintf(sql, sizeof(sql), "CREATE TABLE typed (a %s)", declared);
    run(place, sql);
    struct wh_table_info table = describe(place, "typed");
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
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x',"
               " b INT DEFAULT NULL, c INT GENERATED ALWAYS AS (b + 1) STORED,"
               " d TEXT COLLATE NOCASE UNIQUE, e TEXT, f INT, UNIQUE (f, a));"
               "CREATE UNIQUE INDEX partly ON t (e) WHERE f > 0;"
               "CREATE UNIQUE INDEX computed ON t (lower(e));"
               "CREATE UNIQUE INDEX folded ON t (e COLLATE NOCASE);"
               "CREATE INDEX plain ON t (b);"
               "CREATE TRIGGER tr AFTER INSERT ON T BEGIN SELECT 1; END;");
    struct wh_table_info table = describe(place, "T");
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
    run(place, "CREATE TABLE w (b TEXT, a INT, c, PRIMARY KEY (a, b)) WITHOUT ROWID;"
               "CREATE TABLE d (id INTEGER PRIMARY KEY DESC);"
               "CREATE TABLE n (id INT PRIMARY KEY);");
    struct wh_table_info table = describe(place, "w");
    assert_int_equal(table.key_count, 1);
    assert_int_equal(table.keys[0].columns[0], 1);
    assert_int_equal(table.keys[0].columns[1], 0);
    assert_true(table.columns[0].is_not_null && table.columns[1].is_not_null);
    assert_false(table.columns[2].is_not_null);
    assert_false(describe(place, "d").columns[0].has_default);
    assert_false(describe(place, "n").columns[0].has_default);
    assert_int_equal(describe(place, "n").key_count, 1);
}

static void refuses_what_is_no_ordinary_table(void **state)
{
    struct place *place = *state;
    struct wh_table_info table;
    static const char *const names[] = {"v", "fts", "fts_data", "sqlite_schema", "sqlite_sequence"};
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE VIEW v AS SELECT 1;"
               "CREATE VIRTUAL TABLE fts USING fts5 (x);");
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        assert_code(place, WH_UNSUPPORTED,
                    sqlite.describe(place->destination, wh_str_from(names[i]), &place->arena,
                                    &table, &place->err));
        assert_non_null(strstr(place->err.message, names[i]));
    }
}

/* ---- values ---------------------------------------------------------------------------------------- */

/** A writer of columns id and a of table t, matched by id. */
static struct wh_writer *open_writer(struct place *place)
{
    struct wh_writer *writer = NULL;
    struct wh_writer_request request = {.table = WH_STR("t"),
                                        .columns = (const size_t[]){0, 1},
                                        .column_count = 2,
                                        .match = (const size_t[]){0},
                                        .match_count = 1};
    assert_ok(place, sqlite.writer_open(place->destination, &request, &writer, &place->err));
    return writer;
}

static struct wh_column make_column(struct place *place, struct wh_type type, const char *text)
{
    struct wh_column column;
    assert_ok(place, wh_column_init(&column, type, 1, &place->arena, &place->err));
    assert_ok(place, wh_column_need_validity(&column, &place->arena, &place->err));
    if (text == NULL)
        wh_column_set_null(&column, 0);
    else
        assert_int_equal(wh_value_parse(wh_str_from(text), &place->arena, &column, 0),
                         WH_FAULT_NONE);
    return column;
}

static const struct wh_type int_type = {.kind = WH_KIND_INT, .bits = 64};

static uint16_t first_row[1] = {0};
static const struct wh_selection one_row = {.rows = first_row, .count = 1};

/** What check says of @p text for a column declared @p declared. */
static enum wh_fault check(struct place *place, const char *declared, const char *text)
{
    char sql[200];
    uint8_t fault = WH_FAULT_NONE;
    run(place, "DROP TABLE IF EXISTS t");
    snprintf(sql, sizeof(sql), "CREATE TABLE t (id INTEGER PRIMARY KEY, a %s)", declared);
    run(place, sql);
    struct wh_writer *writer = open_writer(place);
    struct wh_column column = make_column(place, describe(place, "t").columns[1].type, text);
    assert_ok(place, sqlite.check(writer, 1, &column, &one_row, &fault, &place->err));
    sqlite.writer_close(writer);
    return fault;
}

static void text_that_looks_like_a_number_is_faulted_in_columns_of_numbers(void **state)
{
    struct place *place = *state;
    static const char *const altered[] = {
        "007",  "1.50", "1e3", "1e+3", " 5",     "5 ", "+5",
        "-0",   "5.",   ".5",  "1.",   "-.5E-2", "00", "9223372036854775808",
        "\t1\n"};
    static const char *const kept[] = {"",
                                       "5",
                                       "-5",
                                       "abc",
                                       "1a",
                                       "0x10",
                                       "1 2",
                                       "1e",
                                       "e5",
                                       ".",
                                       "-",
                                       "+",
                                       "1.2.3",
                                       "--1",
                                       "inf",
                                       "nan",
                                       "1e5.0",
                                       "9223372036854775807",
                                       "123e4567-e89b-12d3-a456-426614174000"};
    for (size_t i = 0; i < WH_COUNT_OF(altered); i++) {
        assert_int_equal(check(place, "UUID", altered[i]), WH_FAULT_INEXACT);
        assert_int_equal(check(place, "TEXT", altered[i]), WH_FAULT_NONE);
        assert_int_equal(check(place, "", altered[i]), WH_FAULT_NONE);
    }
    for (size_t i = 0; i < WH_COUNT_OF(kept); i++)
        assert_int_equal(check(place, "UUID", kept[i]), WH_FAULT_NONE);
}

/** Whether SQLite itself keeps @p text in a column of numeric affinity, or alters it. */
static bool is_kept(struct place *place, struct wh_statement *insert, struct wh_statement *read,
                    struct wh_str text)
{
    struct wh_param row[2];
    const struct wh_param param = wh_param_text(text);
    assert_ok(place, sqlite.execute(insert, &param, 1, &place->err));
    assert_ok(place, sqlite.execute(read, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(read, row, 2, &place->err));
    return !wh_str_is(row[0].bytes, "real") && wh_str_equal(row[1].bytes, text);
}

static void check_agrees_with_what_sqlite_does_to_text(void **state)
{
    static const char alphabet[] = "0123456789+-.eE  \t1x00";
    struct place *place = *state;
    struct wh_statement *insert = NULL;
    struct wh_statement *read = NULL;
    uint64_t random = 42;
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a UUID)");
    struct wh_writer *writer = open_writer(place);
    assert_ok(place, sqlite.prepare(place->destination, "INSERT OR REPLACE INTO t VALUES (1, $1)",
                                    &insert, &place->err));
    assert_ok(place, sqlite.prepare(place->destination,
                                    "SELECT typeof(a), CAST(a AS TEXT) FROM t WHERE id = 1", &read,
                                    &place->err));
    run(place, "PRAGMA synchronous = OFF");
    for (int i = 0; i < 20000; i++) {
        char text[8];
        uint8_t fault = WH_FAULT_NONE;
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = 1 + (random >> 60) % sizeof(text);
        uint64_t bits = random >> 8;
        for (size_t at = 0; at < len; at++, bits /= 23)
            text[at] = alphabet[bits % (sizeof(alphabet) - 1)];
        struct wh_str value = wh_str_make(text, len);
        struct wh_column column = {.type = {.kind = WH_KIND_TEXT}, .values.texts = &value};
        assert_ok(place, sqlite.check(writer, 1, &column, &one_row, &fault, &place->err));
        if (is_kept(place, insert, read, value) != (fault == WH_FAULT_NONE))
            fail_msg("check gives %d for '%.*s'", fault, WH_FMT(value));
    }
    sqlite.statement_free(insert);
    sqlite.statement_free(read);
    sqlite.writer_close(writer);
}

static wh_code write_one(struct place *place, struct wh_writer *writer, enum wh_write_kind kind,
                         struct wh_write_request *request, uint8_t *result)
{
    wh_code rc;
    *result = WH_ROW_NOT_TRIED;
    request->kind = kind;
    request->selection = &one_row;
    request->results = result;
    assert_ok(place, sqlite.begin(place->destination, &place->err));
    rc = sqlite.write(writer, request, &place->err);
    if (rc == WH_OK)
        assert_ok(place, sqlite.commit(place->destination, &place->err));
    else
        assert_ok(place, sqlite.rollback(place->destination, NULL));
    return rc;
}

static struct wh_found fetch_one(struct place *place, struct wh_writer *writer,
                                 const struct wh_column *columns)
{
    struct wh_found found;
    assert_ok(place, sqlite.fetch(writer, columns, &one_row, &place->arena, &found, &place->err));
    return found;
}

/** Decimals of up to 15 digits are kept to the digit, longer ones kept or faulted, never altered. */
static void decimals_come_back_to_the_digit_or_are_faulted(void **state)
{
    struct place *place = *state;
    uint64_t random = 7;
    struct wh_column columns[2] = {make_column(place, int_type, "1")};
    struct wh_type type = {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 30, .scale = 6};
    size_t faulted = 0;
    run(place,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NUMERIC(30,6)); PRAGMA synchronous = OFF");
    struct wh_writer *writer = open_writer(place);
    for (int i = 0; i < 3000; i++) {
        char text[40];
        uint8_t fault = WH_FAULT_NONE;
        uint8_t result;
        random = random * 6364136223846793005u + 1442695040888963407u;
        int digits = 1 + (int)((random >> 40) % 13);
        uint64_t whole = (random >> 3) % (uint64_t)1000000000000;
        for (int d = digits; d < 12; d++)
            whole /= 10;
        snprintf(text, sizeof(text), "%s%llu.%06llu", (random & 1) != 0 ? "-" : "",
                 (unsigned long long)whole, (unsigned long long)(random >> 44));
        columns[1] = make_column(place, type, text);
        assert_ok(place, sqlite.check(writer, 1, &columns[1], &one_row, &fault, &place->err));
        faulted += fault != WH_FAULT_NONE;
        assert_true(fault == WH_FAULT_NONE || whole > 999999999);
        run(place, "DELETE FROM t");
        struct wh_write_request request = {.columns = columns};
        assert_code(place, fault == WH_FAULT_NONE ? WH_OK : WH_REFUSED,
                    write_one(place, writer, WH_WRITE_INSERT, &request, &result));
        if (fault != WH_FAULT_NONE)
            continue;
        struct wh_found found = fetch_one(place, writer, columns);
        assert_int_equal(found.is_there[0], WH_FOUND_ROW);
        assert_int_equal(wh_numeric_compare(&found.columns[1].values.numerics[0],
                                            &columns[1].values.numerics[0]),
                         0);
        assert_int_equal(found.columns[1].values.numerics[0].scale, 6);
    }
    assert_true(faulted > 10 && faulted < 2500);
    sqlite.writer_close(writer);
}

/** Makes t (id, a DECLARED) with row 1 holding the SQL value @p stored. */
static struct wh_writer *make_stored(struct place *place, const char *declared, const char *stored)
{
    char sql[300];
    run(place, "DROP TABLE IF EXISTS t");
    snprintf(sql, sizeof(sql),
             "CREATE TABLE t (id INTEGER PRIMARY KEY, a %s); INSERT INTO t VALUES (1, %s)",
             declared, stored);
    run(place, sql);
    return open_writer(place);
}

static void stored_values_that_their_type_cannot_hold_are_odd(void **state)
{
    static const struct {
        const char *declared;
        const char *stored;
        const char *text;
    } cases[] = {
        {"INTEGER", "'n/a'", "n/a"},
        {"INTEGER", "1.5", "1.5"},
        {"INTEGER", "x'00ff'", "\\x00ff"},
        {"NUMERIC(12,2)", "3.14159", "3.14159"},
        {"NUMERIC(12,2)", "'N/A'", "N/A"},
        {"NUMERIC(12,2)", "9e999", "Infinity"},
        {"BOOLEAN", "2", "2"},
        {"BOOLEAN", "'true'", "true"},
        {"DATE", "'2020-1-5'", "2020-1-5"},
        {"DATE", "'31/01/2020'", "31/01/2020"},
        {"DATE", "'2020-02-30'", "2020-02-30"},
        {"DATE", "'0000-01-01'", "0000-01-01"},
        {"DATE", "1577836800", "1577836800"},
        {"TIMESTAMP", "'2020-01-31T12:00:00'", "2020-01-31T12:00:00"},
        {"TIMESTAMP", "'2020-01-31 12:00:00.500'", "2020-01-31 12:00:00.500"},
        {"TIMESTAMP", "'2020-01-31 24:00:00'", "2020-01-31 24:00:00"},
        {"TIMESTAMPTZ", "'2020-01-31 12:00:00'", "2020-01-31 12:00:00"},
        {"TIMESTAMPTZ", "'2020-01-31 12:00:00+01'", "2020-01-31 12:00:00+01"},
        {"TIME", "'12:00'", "12:00"},
        {"TEXT", "x'61'", "\\x61"},
        {"TEXT", "CAST(x'6100ff' AS TEXT)", "\\x6100ff"},
        {"", "5", "5"},
        {"UUID", "1.5", "1.5"},
        {"BLOB", "'text'", "text"},
        {"BLOB", "''", ""},
        {"REAL", "'x'", "x"},
        {"FLOAT4", "0.1", "0.1"},
    };
    struct place *place = *state;
    struct wh_column columns[2] = {make_column(place, int_type, "1")};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        uint8_t result;
        struct wh_writer *writer = make_stored(place, cases[i].declared, cases[i].stored);
        struct wh_type type = describe(place, "t").columns[1].type;
        struct wh_found found = fetch_one(place, writer, columns);
        if (found.is_there[0] != WH_FOUND_ODD_ROW)
            fail_msg("%s is not odd in a column of %s", cases[i].stored, cases[i].declared);
        assert_true(wh_column_is_null(&found.columns[1], 0));
        const struct wh_odd_value *odd = wh_found_odd(&found, 0, 1);
        assert_non_null(odd);
        if (!wh_str_is(odd->text, cases[i].text))
            fail_msg("%s shows as '%.*s'", cases[i].stored, WH_FMT(odd->text));
        assert_null(wh_found_odd(&found, 0, 0));
        columns[1] = make_column(place, type, NULL);
        struct wh_write_request request = {.columns = columns, .before = found.columns};
        assert_ok(place, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(result, WH_ROW_MISSED);
        request.odd = found.odd;
        request.odd_count = found.odd_count;
        assert_ok(place, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(result, WH_ROW_WRITTEN);
        assert_int_equal(ask(place, "SELECT count(*) FROM t WHERE a IS NULL"), 1);
        sqlite.writer_close(writer);
    }
}

static void stored_values_in_wherrys_form_are_read(void **state)
{
    static const struct {
        const char *declared;
        const char *stored;
        const char *text;
    } cases[] = {
        {"INTEGER", "'12'", "12"},
        {"NUMERIC(12,2)", "5", "5.00"},
        {"NUMERIC(12,2)", "'-1.50'", "-1.50"},
        {"NUMERIC(30,20)", "7", "7.00000000000000000000"},
        {"NUMERIC(40,25)", "9223372036854775807", "9223372036854775807.0000000000000000000000000"},
        {"NUMERIC", "0.30", "0.3"},
        {"NUMERIC", "1e25", "10000000000000000000000000"},
        {"UUID", "123", "123"},
        {"SMALLINT", "70000", "70000"},
        {"REAL", "3", "3"},
        {"FLOAT4", "0.5", "0.5"},
        {"DATE", "'2020-02-29'", "2020-02-29"},
        {"DATE", "'infinity'", "infinity"},
        {"TIMESTAMP", "'2020-01-31 12:00:00.5'", "2020-01-31 12:00:00.5"},
    };
    struct place *place = *state;
    struct wh_column columns[2] = {make_column(place, int_type, "1")};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_str text;
        struct wh_writer *writer = make_stored(place, cases[i].declared, cases[i].stored);
        struct wh_found found = fetch_one(place, writer, columns);
        assert_int_equal(found.is_there[0], WH_FOUND_ROW);
        assert_int_equal(wh_value_print(&found.columns[1], 0, &place->arena, &text), WH_FAULT_NONE);
        if (!wh_str_is(text, cases[i].text))
            fail_msg("%s in %s reads as '%.*s'", cases[i].stored, cases[i].declared, WH_FMT(text));
        sqlite.writer_close(writer);
    }
}

static void utf16_databases_fault_what_utf16_cannot_hold(void **state)
{
    struct place *place = *state;
    uint8_t result;
    run(place, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE first (a)");
    assert_ok(place, try_open(place, place->url, false));
    assert_int_equal(check(place, "TEXT", "a\xEF\xBF\xBE"), WH_FAULT_INEXACT);
    assert_int_equal(check(place, "TEXT", "\xEF\xBF\xBF"), WH_FAULT_INEXACT);
    assert_int_equal(check(place, "TEXT",
                           "\xEF\xBF\xBD\xEF\xBF"
                           "\xBC"),
                     WH_FAULT_NONE);
    assert_false(describe(place, "t").columns[1].is_exact_text);
    struct wh_type type = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   make_column(place, type, "\xEF\xBB\xBF Zoë 🙂")};
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    struct wh_found found = fetch_one(place, writer, columns);
    assert_true(wh_str_is(found.columns[1].values.texts[0], "\xEF\xBB\xBF Zoë 🙂"));
    sqlite.writer_close(writer);
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void what_the_table_says_of_conflicts_does_not_count(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {make_column(place, int_type, "2"),
                                   make_column(place, text, "x")};
    static const char *const actions[] = {"REPLACE", "IGNORE", "FAIL", "ROLLBACK"};
    for (size_t i = 0; i < WH_COUNT_OF(actions); i++) {
        char sql[200];
        run(place, "DROP TABLE IF EXISTS t");
        snprintf(sql, sizeof(sql),
                 "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT %s, a TEXT UNIQUE ON CONFLICT "
                 "%s); INSERT INTO t VALUES (1, 'x'), (3, 'y')",
                 actions[i], actions[i]);
        run(place, sql);
        struct wh_writer *writer = open_writer(place);
        struct wh_write_request request = {.columns = columns};
        assert_code(place, WH_REFUSED,
                    write_one(place, writer, WH_WRITE_INSERT, &request, &result));
        assert_string_equal(place->err.sqlstate, "23505");
        struct wh_column before[2] = {make_column(place, int_type, "3"),
                                      make_column(place, text, "y")};
        struct wh_column after[2] = {before[0], columns[1]};
        request = (struct wh_write_request){.columns = after, .before = before};
        assert_code(place, WH_REFUSED,
                    write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(ask(place, "SELECT count(*) FROM t WHERE (id, a) IN ((1, 'x'), (3, 'y'))"),
                         2);
        sqlite.writer_close(writer);
    }
}

static void a_row_that_a_trigger_ignores_is_refused_not_missed(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column one[2] = {make_column(place, int_type, "1"),
                               make_column(place, int_type, "10")};
    struct wh_column two[2] = {make_column(place, int_type, "2"),
                               make_column(place, int_type, "20")};
    struct wh_column other[2] = {one[0], two[1]};
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 10);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END;"
               "CREATE TRIGGER u BEFORE UPDATE ON t BEGIN SELECT RAISE(IGNORE); END;"
               "CREATE TRIGGER d BEFORE DELETE ON t BEGIN SELECT RAISE(IGNORE); END;");
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = two, .before = one};
    assert_code(place, WH_REFUSED, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_non_null(strstr(place->err.message, "trigger"));
    request.columns = other;
    assert_code(place, WH_REFUSED, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_code(place, WH_REFUSED, write_one(place, writer, WH_WRITE_DELETE, &request, &result));
    request.before = other;
    assert_ok(place, write_one(place, writer, WH_WRITE_DELETE, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    sqlite.writer_close(writer);
}

static void a_trigger_that_aborts_refuses_its_row(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   make_column(place, int_type, "10")};
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'not today'); END;");
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_REFUSED, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_string_equal(place->err.sqlstate, "P0001");
    assert_non_null(strstr(place->err.message, "not today"));
    sqlite.writer_close(writer);
}

static void a_trigger_that_rolls_everything_back_is_no_refusal_of_a_row(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   make_column(place, int_type, "10")};
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);"
               "CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'all'); END;");
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_UNSUPPORTED,
                write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_non_null(strstr(place->err.message, "RAISE(ABORT)"));
    sqlite.writer_close(writer);
}

static void strict_tables_are_written_and_refuse_by_type(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   make_column(place, text, "007")};
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY) STRICT");
    assert_true(describe(place, "t").columns[1].is_exact_text);
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_true(wh_str_is(fetch_one(place, writer, columns).columns[1].values.texts[0], "007"));
    sqlite.writer_close(writer);
}

static void a_key_of_wider_equality_is_found_and_compared_exactly(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    run(place, "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, a INT);"
               "INSERT INTO t VALUES ('Abc', 1)");
    struct wh_writer *writer = open_writer(place);
    struct wh_column columns[2] = {make_column(place, text, "ABC"),
                                   make_column(place, int_type, "1")};
    struct wh_found found = fetch_one(place, writer, columns);
    assert_int_equal(found.is_there[0], WH_FOUND_ROW);
    assert_true(wh_str_is(found.columns[0].values.texts[0], "Abc"));
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    struct wh_column before[2] = {make_column(place, text, "aBC"), columns[1]};
    request.before = before;
    assert_ok(place, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(result, WH_ROW_MISSED);
    request.before = found.columns;
    assert_ok(place, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(result, WH_ROW_WRITTEN);
    assert_int_equal(ask(place, "SELECT count(*) FROM t WHERE id = 'ABC' COLLATE BINARY"), 1);
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
    run(place, sql);
    for (int i = 1; i < 20; i++) {
        snprintf(
            sql, sizeof(sql),
            "CREATE TRIGGER t%d AFTER UPDATE OF c%d ON t BEGIN INSERT INTO log VALUES ('c%d'); "
            "END",
            i, i, i);
        run(place, sql);
    }
    for (size_t i = 0; i < 20; i++) {
        numbers[i] = i;
        before[i] = make_column(place, int_type, i == 0 ? "1" : "0");
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
            after[i] = make_column(place, int_type, turn == 0 ? "5" : "6");
            struct wh_write_request request = {.columns = after, .before = before};
            run(place, "DELETE FROM log");
            assert_ok(place, write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
            assert_int_equal(result, WH_ROW_WRITTEN);
            assert_int_equal(ask(place, "SELECT count(*) FROM log"), 1);
            memcpy(before, after, sizeof(before));
        }
    }
    sqlite.writer_close(writer);
}

static void foreign_keys_are_enforced(void **state)
{
    struct place *place = *state;
    uint8_t result;
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   make_column(place, int_type, "10")};
    run(place, "CREATE TABLE p (id INTEGER PRIMARY KEY);"
               "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT REFERENCES p)");
    struct wh_writer *writer = open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_REFUSED, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
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
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a AS (id + 1))");
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
    run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); PRAGMA max_page_count = 20");
    struct wh_writer *writer = open_writer(place);
    struct wh_column columns[2] = {make_column(place, int_type, "1"),
                                   {.type = {.kind = WH_KIND_TEXT}, .values.texts = &value}};
    struct wh_write_request request = {.columns = columns};
    assert_code(place, WH_IO, write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    assert_int_not_equal(result, WH_ROW_REFUSED);
    assert_string_equal(place->err.sqlstate, "53100");
    sqlite.writer_close(writer);
}

/* ---- statements -------------------------------------------------------------------------------------- */

static void a_read_that_a_transaction_cuts_off_does_not_pass_for_read_to_the_end(void **state)
{
    struct place *place = *state;
    struct wh_statement *query = NULL;
    struct wh_param row;
    run(place, "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
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

#define CLOSED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
#define OPEN(test) cmocka_unit_test_setup_teardown(test, make_open_place, remove_place)

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
        CLOSED(a_database_somebody_has_open_keeps_its_journal),
        CLOSED(a_copy_has_the_identity_of_its_original),
        OPEN(a_reader_makes_no_identity),
        OPEN(an_identity_that_is_not_wherrys_is_corrupt),
        OPEN(the_lock_file_goes_with_the_last_lock),
        OPEN(garbage_in_the_lock_file_harms_nobody),
        OPEN(a_lock_is_not_taken_through_a_symbolic_link),
        OPEN(names_of_locks_are_short_text),
        OPEN(declared_types_and_affinities_decide_the_type),
        OPEN(describes_defaults_keys_generated_columns_and_triggers),
        OPEN(tables_without_row_numbers_have_their_primary_key),
        OPEN(refuses_what_is_no_ordinary_table),
        OPEN(text_that_looks_like_a_number_is_faulted_in_columns_of_numbers),
        OPEN(check_agrees_with_what_sqlite_does_to_text),
        OPEN(decimals_come_back_to_the_digit_or_are_faulted),
        OPEN(stored_values_that_their_type_cannot_hold_are_odd),
        OPEN(stored_values_in_wherrys_form_are_read),
        OPEN(utf16_databases_fault_what_utf16_cannot_hold),
        OPEN(what_the_table_says_of_conflicts_does_not_count),
        OPEN(a_row_that_a_trigger_ignores_is_refused_not_missed),
        OPEN(a_trigger_that_aborts_refuses_its_row),
        OPEN(a_trigger_that_rolls_everything_back_is_no_refusal_of_a_row),
        OPEN(strict_tables_are_written_and_refuse_by_type),
        OPEN(a_key_of_wider_equality_is_found_and_compared_exactly),
        OPEN(an_update_touches_only_the_columns_that_differ),
        OPEN(foreign_keys_are_enforced),
        OPEN(generated_columns_cannot_be_written),
        OPEN(a_full_database_fails_without_blaming_the_row),
        OPEN(a_read_that_a_transaction_cuts_off_does_not_pass_for_read_to_the_end),
        OPEN(statements_may_outlive_their_connection),
    };
    return cmocka_run_group_tests_name("connect_sqlite", tests, NULL, NULL);
}
