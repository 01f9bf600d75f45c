/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the SQLite writer costs over SQLite itself.
 *
 *   sqlite_write [ROWS [FOLDER]]
 *
 * Writes ROWS (1,000,000) rows of the person table through a plain loop of prepared statements and
 * through the connector's writer, with the same settings and the same commits, and reads them all
 * again by key through the writer: in key order and spread. Prints seconds, and ratios to the loop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/macros.h"
#include "connect/sqlite/sqlite.h"
#include "data/datetime.h"

#define COLUMNS 9
#define GROUP_ROWS 32768 /* rows in a commit */
#define GOAL 1.10

enum column { ID, NAME, EMAIL, COUNTRY, STATUS, BALANCE, SIGNUP, LAST_SEEN, NOTES };

static const char person[] = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                             " email TEXT NOT NULL, country CHAR(2) NOT NULL,"
                             " status TEXT NOT NULL, balance NUMERIC(12,2) NOT NULL,"
                             " signup DATE NOT NULL, last_seen TIMESTAMPTZ NOT NULL, notes TEXT)";

/** A batch that both ways write again and again under new keys. */
struct people {
    struct wh_arena arena;
    struct wh_column columns[COLUMNS];
    double balances[WH_BATCH_ROWS];
    char signups[WH_BATCH_ROWS][WH_DATETIME_SIZE];
    char last_seens[WH_BATCH_ROWS][WH_DATETIME_SIZE];
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_selection selection;
    uint64_t random;
};

/* ---- what goes wrong ends the program -------------------------------------------------------- */

static void require(wh_code rc, const struct wh_error *err)
{
    if (rc == WH_OK)
        return;
    fprintf(stderr, "sqlite_write: %s\n", err->message);
    exit(1);
}

static void require_sqlite(int rc, sqlite3 *db)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "sqlite_write: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- people ---------------------------------------------------------------------------------- */

static uint64_t next_random(struct people *people)
{
    people->random = people->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return people->random >> 33;
}

static struct wh_str text(struct people *people, const char *format, uint64_t number)
{
    char room[64];
    struct wh_str made;
    struct wh_error err = WH_ERROR_NONE;
    int len = snprintf(room, sizeof(room), "%s%llu", format, (unsigned long long)number);
    require(wh_arena_copy(&people->arena, wh_str_make(room, (size_t)len), &made, &err), &err);
    return made;
}

static void make_person(struct people *people, size_t row)
{
    struct wh_column *columns = people->columns;
    int64_t cents = (int64_t)(next_random(people) % 20000000) - 10000000;
    int32_t day = (int32_t)(3653 + next_random(people) % 5000);
    int64_t seen =
        day * WH_USECS_PER_DAY + (int64_t)(next_random(people) % 86400) * WH_USECS_PER_SECOND;
    columns[NAME].values.texts[row] = text(people, "Patricia Johnson ", next_random(people) % 1000);
    columns[EMAIL].values.texts[row] = text(people, "patricia.johnson@example.com", row);
    columns[COUNTRY].values.texts[row] = WH_STR("PL");
    columns[STATUS].values.texts[row] = WH_STR("closed");
    columns[BALANCE].values.numerics[row] = wh_numeric_from_int(cents);
    columns[BALANCE].values.numerics[row].scale = 2;
    columns[SIGNUP].values.dates[row] = day;
    columns[LAST_SEEN].values.ints[row] = seen;
    people->balances[row] = (double)cents / 100;
    people->signups[row][wh_date_print(day, people->signups[row])] = '\0';
    people->last_seens[row][wh_timestamptz_print(seen, people->last_seens[row])] = '\0';
    if (row % 3 == 0)
        columns[NOTES].values.texts[row] =
            text(people, "\"said \"hi\", then left; ref ", next_random(people));
    else
        wh_column_set_null(&columns[NOTES], row);
    people->rows[row] = (uint16_t)row;
}

static struct people *make_people(void)
{
    static const struct wh_type types[COLUMNS] = {
        [ID] = {.kind = WH_KIND_INT, .bits = 64},
        [NAME] = {.kind = WH_KIND_TEXT},
        [EMAIL] = {.kind = WH_KIND_TEXT},
        [COUNTRY] = {.kind = WH_KIND_TEXT, .length = 2},
        [STATUS] = {.kind = WH_KIND_TEXT},
        [BALANCE] = {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
        [SIGNUP] = {.kind = WH_KIND_DATE},
        [LAST_SEEN] = {.kind = WH_KIND_TIMESTAMPTZ},
        [NOTES] = {.kind = WH_KIND_TEXT},
    };
    struct wh_error err = WH_ERROR_NONE;
    struct people *people = calloc(1, sizeof(*people));
    if (people == NULL)
        require(WH_NO_MEMORY, &err);
    wh_arena_init(&people->arena);
    for (size_t i = 0; i < COLUMNS; i++)
        require(wh_column_init(&people->columns[i], types[i], WH_BATCH_ROWS, &people->arena, &err),
                &err);
    require(wh_column_need_validity(&people->columns[NOTES], &people->arena, &err), &err);
    for (size_t row = 0; row < WH_BATCH_ROWS; row++)
        make_person(people, row);
    people->selection.rows = people->rows;
    return people;
}

/** Gives the batch the next keys: from @p first on, @p step apart, at most up to @p end. */
static void number_people(struct people *people, int64_t first, int64_t step, int64_t end)
{
    size_t count = 0;
    for (; count < WH_BATCH_ROWS && first + (int64_t)count * step < end; count++)
        people->columns[ID].values.ints[count] = first + (int64_t)count * step;
    people->selection.count = count;
}

/* ---- the plain loop -------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *stmt, int index, struct wh_str value)
{
    sqlite3_bind_text(stmt, index, value.ptr, (int)value.len, SQLITE_STATIC);
}

static void insert_plainly(sqlite3 *db, sqlite3_stmt *stmt, const struct people *people, size_t row)
{
    const struct wh_column *columns = people->columns;
    sqlite3_bind_int64(stmt, 1, columns[ID].values.ints[row]);
    for (int i = NAME; i <= STATUS; i++)
        bind_text(stmt, i + 1, columns[i].values.texts[row]);
    sqlite3_bind_double(stmt, 6, people->balances[row]);
    sqlite3_bind_text(stmt, 7, people->signups[row], -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 8, people->last_seens[row], -1, SQLITE_STATIC);
    if (wh_column_is_null(&columns[NOTES], row))
        sqlite3_bind_null(stmt, 9);
    else
        bind_text(stmt, 9, columns[NOTES].values.texts[row]);
    require_sqlite(sqlite3_step(stmt), db);
    sqlite3_reset(stmt);
}

static double write_plainly(struct people *people, const char *path, int64_t rows)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    require_sqlite(sqlite3_open_v2(path, &db,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                   NULL),
                   db);
    require_sqlite(sqlite3_exec(db,
                                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384",
                                NULL, NULL, NULL),
                   db);
    require_sqlite(sqlite3_exec(db, person, NULL, NULL, NULL), db);
    require_sqlite(sqlite3_prepare_v3(db, "INSERT INTO person VALUES (?,?,?,?,?,?,?,?,?)", -1,
                                      SQLITE_PREPARE_PERSISTENT, &stmt, NULL),
                   db);
    double start = now();
    for (int64_t at = 0; at < rows; at += WH_BATCH_ROWS) {
        if (at % GROUP_ROWS == 0)
            require_sqlite(sqlite3_exec(db, at == 0 ? "BEGIN" : "COMMIT; BEGIN", NULL, NULL, NULL),
                           db);
        number_people(people, at, 1, rows);
        for (size_t row = 0; row < people->selection.count; row++)
            insert_plainly(db, stmt, people, row);
    }
    require_sqlite(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return now() - start;
}

/* ---- the writer ------------------------------------------------------------------------------ */

struct session {
    const struct wh_destination_functions *functions;
    struct wh_destination *destination;
    struct wh_writer *writer;
    struct wh_error err;
};

static void open_session(struct session *session, const char *path)
{
    static const size_t columns[COLUMNS] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    char url[4200];
    snprintf(url, sizeof(url), "sqlite:%s", path);
    struct wh_destination_request request = {.url = wh_str_from(url)};
    struct wh_writer_request wanted = {.table = WH_STR("person"),
                                       .columns = columns,
                                       .column_count = COLUMNS,
                                       .match = columns,
                                       .match_count = 1};
    session->functions = wh_sqlite_connector.destination;
    require(session->functions->open(&request, &session->destination, &session->err),
            &session->err);
    require(session->functions->script(session->destination, person, &session->err), &session->err);
    require(session->functions->writer_open(session->destination, &wanted, &session->writer,
                                            &session->err),
            &session->err);
}

static void write_batch(struct session *session, struct people *people)
{
    static uint8_t results[WH_BATCH_ROWS];
    struct wh_write_request request = {.kind = WH_WRITE_INSERT,
                                       .columns = people->columns,
                                       .selection = &people->selection,
                                       .results = results};
    require(session->functions->write(session->writer, &request, &session->err), &session->err);
    for (size_t i = 0; i < people->selection.count; i++)
        if (results[i] != WH_ROW_WRITTEN)
            require(WH_BUG, &session->err);
}

static double write_all(struct session *session, struct people *people, int64_t rows)
{
    double start = now();
    for (int64_t at = 0; at < rows; at += WH_BATCH_ROWS) {
        if (at > 0 && at % GROUP_ROWS == 0)
            require(session->functions->commit(session->destination, &session->err), &session->err);
        if (at % GROUP_ROWS == 0)
            require(session->functions->begin(session->destination, &session->err), &session->err);
        number_people(people, at, 1, rows);
        write_batch(session, people);
    }
    require(session->functions->commit(session->destination, &session->err), &session->err);
    return now() - start;
}

/** Reads all rows by key; keys of a batch are @p step apart. */
static double fetch_all(struct session *session, struct people *people, int64_t rows, int64_t step)
{
    struct wh_arena arena;
    int64_t found_rows = 0;
    wh_arena_init(&arena);
    double start = now();
    for (int64_t first = 0; first < step; first++) {
        for (int64_t at = first; at < rows; at += WH_BATCH_ROWS * step) {
            struct wh_found found;
            wh_arena_reset(&arena, 8 << 20);
            number_people(people, at, step, rows);
            require(session->functions->fetch(session->writer, people->columns, &people->selection,
                                              &arena, &found, &session->err),
                    &session->err);
            for (size_t i = 0; i < people->selection.count; i++)
                found_rows += found.is_there[i] == WH_FOUND_ROW;
        }
    }
    double seconds = now() - start;
    wh_arena_release(&arena);
    if (found_rows != rows)
        require(WH_BUG, &session->err);
    return seconds;
}

static void print_result(const char *what, double seconds, int64_t rows, double control)
{
    printf("%-34s %7.2f s %10.0f rows/s %6.2f × the loop\n", what, seconds, (double)rows / seconds,
           seconds / control);
}

int main(int argc, char **argv)
{
    char path[4096];
    struct session session = {.err = WH_ERROR_NONE};
    int64_t rows = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
    const char *folder = argc > 2 ? argv[2] : "/tmp";
    struct people *people = make_people();
    snprintf(path, sizeof(path), "%s/wherry-bench-%ld-loop.db", folder, (long)getpid());
    double control = write_plainly(people, path, rows);
    print_result("plain loop", control, rows, control);
    unlink(path);
    snprintf(path, sizeof(path), "%s/wherry-bench-%ld.db", folder, (long)getpid());
    open_session(&session, path);
    double written = write_all(&session, people, rows);
    print_result("writer", written, rows, control);
    print_result("fetch, in key order", fetch_all(&session, people, rows, 1), rows, control);
    print_result("fetch, keys 244 apart", fetch_all(&session, people, rows, 244), rows, control);
    session.functions->writer_close(session.writer);
    session.functions->close(session.destination);
    unlink(path);
    wh_arena_release(&people->arena);
    free(people);
    if (written > control * GOAL)
        fprintf(stderr, "sqlite_write: the writer takes more than %.2f × the loop\n", GOAL);
    return written > control * GOAL;
}
