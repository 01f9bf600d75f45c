/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast expressions are evaluated, on one thread, from columns in memory: a customer table's map
 * and check, assigned to its columns; regular expressions; exact arithmetic. SQLite computes the
 * map's conversions over the same rows of a table in memory, and has to give the same values.
 *
 *   expressions [ROWS]    default 3,000,000
 *
 * Prints rows a second for each expression, and which goals hold; fails where one does not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/option.h"
#include "convert/expr.h"
#include "data/column.h"
#include "data/text.h"

enum { COLUMNS = 15, TEXTS = 11, BATCHES = 16, ROUNDS = 3, CELL = 64 };

/* Texts, then exact numbers. */
static const char *const names[COLUMNS] = {
    "id",        "first_name", "last_name", "email", "country", "status", "balance", "signup",
    "last_seen", "notes",      "phone",     "a",     "b",       "c",      "d"};

#define TEXT                                                                                       \
    {                                                                                              \
        .kind = WH_KIND_TEXT                                                                       \
    }

#define NUMERIC                                                                                    \
    {                                                                                              \
        .kind = WH_KIND_NUMERIC                                                                    \
    }

static const struct measured_expression {
    const char *text;
    struct wh_type type; /* of the destination's column */
    const char *sqlite;  /* the same in SQLite's words, as the text that the value prints */
} expressions[] = {
    /* what the benchmark's migration converts */
    {"first_name || ' ' || last_name", TEXT, "first_name || ' ' || last_name"},
    /* SQLite's lower() knows the letters of ASCII. */
    {"lower(trim(email))", TEXT, "replace(replace(lower(trim(email)), 'Ł', 'ł'), 'Š', 'š')"},
    {"CASE status WHEN 'inactive' THEN 'closed' ELSE status END", TEXT,
     "CASE status WHEN 'inactive' THEN 'closed' ELSE status END"},
    {"to_date(signup, 'DD/MM/YYYY')",
     {.kind = WH_KIND_DATE},
     "substr(signup, 7, 4) || '-' || substr(signup, 4, 2) || '-' || substr(signup, 1, 2)"},
    /* the rest of its map, and its check */
    {"id::bigint", {.kind = WH_KIND_INT, .bits = 64}, "CAST(id AS INTEGER)"},
    {"country", {.kind = WH_KIND_TEXT, .length = 2}, "country"},
    {"balance::numeric(12,2)",
     {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
     "printf('%.2f', balance)"},
    {"last_seen::timestamptz",
     {.kind = WH_KIND_TIMESTAMPTZ},
     "strftime('%Y-%m-%d %H:%M:%S+00', last_seen)"},
    {"nullif(notes, '')", TEXT, "nullif(notes, '')"},
    {"position('@' in email) > 1", {.kind = WH_KIND_BOOL}, NULL},
    /* regular expressions */
    {"regexp_replace(phone, '[^0-9+]+', '', 'g')", TEXT, NULL},
    {"regexp_replace(email, '\\s+', '', 'g')", TEXT, NULL},
    {"regexp_replace(signup, '(\\d+)/(\\d+)/(\\d+)', '\\3-\\2-\\1')", TEXT, NULL},
    {"regexp_replace(email, '@[a-z.]+', '@example.org', 'i')", TEXT, NULL},
    /* exact arithmetic: a and b have up to 38 digits, c and d up to 19 */
    {"a + b", NUMERIC, NULL},
    {"a - b", NUMERIC, NULL},
    {"c * d", NUMERIC, NULL},
    {"c / d", NUMERIC, NULL},
    {"a / d", NUMERIC, NULL},
    {"a + b - c", NUMERIC, NULL},
};

enum { EXPRESSIONS = sizeof(expressions) / sizeof(expressions[0]) };

/* Expressions that belong together, of the table above. */
enum group { CONVERSIONS = 0, MAP = 4, CHECK = 9, REGEX = 10, ARITHMETIC = 14 };

struct bench {
    struct wh_arena arena; /* programs and inputs */
    struct wh_column inputs[BATCHES][COLUMNS];
    struct wh_program *programs[EXPRESSIONS];
    struct wh_eval *eval;
    sqlite3 *sqlite;
    bool is_missed; /* a goal */
    struct wh_error err;
};

static void check(wh_code code, const struct wh_error *err)
{
    if (code == WH_OK)
        return;
    (void)fprintf(stderr, "expressions: %s\n", err->message);
    exit(EXIT_FAILURE);
}

static void check_sqlite(struct bench *bench, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    (void)fprintf(stderr, "expressions: SQLite: %s\n", sqlite3_errmsg(bench->sqlite));
    exit(EXIT_FAILURE);
}

/* ---- input ---------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static const char *pick(uint32_t *state, const char *const *choices, uint32_t count)
{
    return choices[next_random(state) % count];
}

static const char *pick_first(uint32_t *state)
{
    static const char *const first[] = {"James",    "Mary",    "Robert", "Patricia", "John",
                                        "Jennifer", "Michael", "Linda",  "David",    "Zoë",
                                        "José",     "Łukasz",  "Renée",  "Søren"};
    return pick(state, first, sizeof(first) / sizeof(first[0]));
}

static const char *pick_last(uint32_t *state)
{
    static const char *const last[] = {"Smith",   "Johnson", "Williams", "Brown",
                                       "Jones",   "Garcia",  "Miller",   "Davis",
                                       "O'Brien", "Müller",  "Nguyen",   "Šimić"};
    return pick(state, last, sizeof(last) / sizeof(last[0]));
}

/* An exact number of up to @p most digits, some of them behind the point; never zero. */
static int write_number(uint32_t most, uint32_t *state, char *room)
{
    uint32_t digits = next_random(state) % most + 1;
    uint32_t scale = next_random(state) % (digits < 10 ? digits : 10);
    int len = 0;
    if (next_random(state) % 2 == 0)
        room[len++] = '-';
    for (uint32_t i = 0; i < digits; i++) {
        if (i > 0 && i == digits - scale)
            room[len++] = '.';
        room[len++] = (char)('1' + next_random(state) % 9);
    }
    return len;
}

/* One cell of the export that the benchmark's migration reads, or of the columns beside it. */
static int write_cell(size_t column, size_t row, uint32_t *state, char *room)
{
    static const char *const countries[] = {"US", "GB", "DE", "FR", "ES",
                                            "PL", "DK", "CZ", "VN", "IN"};
    static const char *const statuses[] = {"active", "inactive", "pending", "closed"};
    uint32_t day = next_random(state) % 28 + 1;
    uint32_t month = next_random(state) % 12 + 1;
    uint32_t year = next_random(state) % 13 + 2010;
    switch (column) {
    case 0:
        return snprintf(room, CELL, "%zu", row + 1);
    case 1:
        return snprintf(room, CELL, "%s", pick_first(state));
    case 2:
        return snprintf(room, CELL, "%s", pick_last(state));
    case 3:
        return snprintf(room, CELL, " %s.%s%zu@Example.COM ", pick_first(state), pick_last(state),
                        row + 1);
    case 4:
        return snprintf(room, CELL, "%s", pick(state, countries, 10));
    case 5:
        return snprintf(room, CELL, "%s", pick(state, statuses, 4));
    case 6:
        return snprintf(room, CELL, "%s%u.%02u", next_random(state) % 2 == 0 ? "-" : "",
                        next_random(state) % 100000 + 1, next_random(state) % 100);
    case 7:
        return snprintf(room, CELL, "%02u/%02u/%u", day, month, year);
    case 8:
        return snprintf(room, CELL, "%u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
                        next_random(state) % 24, next_random(state) % 60, next_random(state) % 60);
    case 9:
        return row % 3 != 0 ? 0
                            : snprintf(room, CELL, "said \"hi\", then left; ref %u",
                                       next_random(state) * 60);
    case 10:
        return snprintf(room, CELL, "+44 (0%u) %03u-%04u", next_random(state) % 900 + 100,
                        next_random(state) % 1000, next_random(state) % 10000);
    default:
        return write_number(column <= 12 ? 38 : 19, state, room);
    }
}

static void set_cell(struct bench *bench, struct wh_column *column, size_t row, struct wh_str cell)
{
    if (column->type.kind == WH_KIND_TEXT) {
        check(wh_arena_copy(&bench->arena, cell, &column->values.texts[row], &bench->err),
              &bench->err);
    } else if (wh_numeric_parse(cell, &bench->arena, &column->values.numerics[row]) !=
               WH_FAULT_NONE) {
        (void)fprintf(stderr, "expressions: '%.*s' is no number\n", WH_FMT(cell));
        exit(EXIT_FAILURE);
    }
}

static struct wh_type type_of(size_t column)
{
    return (struct wh_type){.kind = column < TEXTS ? WH_KIND_TEXT : WH_KIND_NUMERIC};
}

static void make_inputs(struct bench *bench)
{
    uint32_t state = 7;
    for (size_t batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            struct wh_column *column = &bench->inputs[batch][i];
            check(wh_column_init(column, type_of(i), WH_BATCH_ROWS, &bench->arena, &bench->err),
                  &bench->err);
            for (size_t row = 0; row < WH_BATCH_ROWS; row++) {
                char room[CELL];
                int len = write_cell(i, batch * WH_BATCH_ROWS + row, &state, room);
                set_cell(bench, column, row, wh_str_make(room, (size_t)len));
            }
        }
    }
}

static void compile(struct bench *bench)
{
    struct wh_input_column columns[COLUMNS];
    struct wh_scope scope = {.columns = columns, .column_count = COLUMNS};
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (struct wh_input_column){.name = wh_str_from(names[i]), .type = type_of(i)};
    for (size_t i = 0; i < EXPRESSIONS; i++) {
        struct wh_expr_text text = {.text = wh_str_from(expressions[i].text)};
        struct wh_program **program = &bench->programs[i];
        check(wh_expr_compile(text, &scope, &bench->arena, program, &bench->err), &bench->err);
        check(wh_expr_assign(*program, expressions[i].type, &bench->arena, program, &bench->err),
              &bench->err);
    }
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* The thread's own time: other programs on the machine do not count. */
static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Programs of the table, one after the other. */
struct span {
    size_t first;
    size_t end;
};

/* Evaluates a program over one batch, every row of it. */
static void evaluate(struct bench *bench, size_t program, size_t batch, struct wh_arena *arena,
                     struct wh_column *result)
{
    static uint16_t selected[WH_BATCH_ROWS];
    static uint8_t codes[WH_BATCH_ROWS];
    static uint16_t nodes[WH_BATCH_ROWS];
    if (selected[1] == 0)
        for (size_t i = 0; i < WH_BATCH_ROWS; i++)
            selected[i] = (uint16_t)i;
    struct wh_selection selection = {.rows = selected, .count = WH_BATCH_ROWS};
    struct wh_faults faults = {.codes = codes, .nodes = nodes};
    struct wh_eval_request request = {.program = bench->programs[program],
                                      .columns = bench->inputs[batch],
                                      .selection = &selection,
                                      .row_count = WH_BATCH_ROWS,
                                      .arena = arena};
    check(wh_eval_run(bench->eval, &request, result, &faults, &bench->err), &bench->err);
    if (faults.count > 0) {
        (void)fprintf(stderr, "expressions: %s: %zu rows have a fault\n", expressions[program].text,
                      faults.count);
        exit(EXIT_FAILURE);
    }
}

/* Seconds for @p rows rows. */
static double run(struct bench *bench, struct span span, uint64_t rows)
{
    struct wh_arena arena;
    struct wh_column result;
    wh_arena_init(&arena);
    double start = seconds_now();
    for (uint64_t done = 0; done < rows; done += WH_BATCH_ROWS) {
        wh_arena_reset(&arena, WH_BATCH_BYTES);
        for (size_t i = span.first; i < span.end; i++)
            evaluate(bench, i, done / WH_BATCH_ROWS % BATCHES, &arena, &result);
    }
    double seconds = seconds_now() - start;
    wh_arena_release(&arena);
    return seconds;
}

/* Prints and gives rows a second, of the best round. */
static double report(struct bench *bench, const char *name, struct span span, uint64_t rows)
{
    double best = run(bench, span, rows);
    for (int i = 1; i < ROUNDS; i++) {
        double seconds = run(bench, span, rows);
        best = seconds < best ? seconds : best;
    }
    (void)printf("%-60s %8.1f ns/row %8.2f million rows/s\n", name, best / (double)rows * 1e9,
                 (double)rows / best / 1e6);
    return (double)rows / best;
}

/* Prints each of them; gives the least of their rates. */
static double report_each(struct bench *bench, struct span span, uint64_t rows)
{
    double least = 0;
    for (size_t i = span.first; i < span.end; i++) {
        double rate = report(bench, expressions[i].text, (struct span){i, i + 1}, rows);
        least = i == span.first || rate < least ? rate : least;
    }
    return least;
}

static void goal(struct bench *bench, const char *name, double value, double least)
{
    bool holds = value >= least;
    bench->is_missed |= !holds;
    (void)printf("    %s %s: %.1f, at least %.1f\n", holds ? "holds " : "MISSED", name, value,
                 least);
}

/* ---- SQLite --------------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(struct bench *bench, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check_sqlite(bench, sqlite3_prepare_v2(bench->sqlite, sql, -1, &statement, NULL));
    return statement;
}

static void step_to_end(struct bench *bench, sqlite3_stmt *statement)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    check_sqlite(bench, code);
    check_sqlite(bench, sqlite3_reset(statement));
}

static void execute(struct bench *bench, const char *sql)
{
    check_sqlite(bench, sqlite3_exec(bench->sqlite, sql, NULL, NULL, NULL));
}

/* The texts of the inputs as rows of a table in memory. */
static void fill_sqlite(struct bench *bench)
{
    struct wh_buf sql;
    wh_buf_init(&sql, 4096);
    check_sqlite(bench, sqlite3_open(":memory:", &bench->sqlite));
    for (size_t i = 0; i < TEXTS; i++)
        check(wh_buf_printf(&sql, &bench->err, "%s%s TEXT", i == 0 ? "CREATE TABLE person (" : ", ",
                            names[i]),
              &bench->err);
    check(wh_buf_printf(&sql, &bench->err, ")%c", '\0'), &bench->err);
    execute(bench, sql.ptr);
    wh_buf_release(&sql);
    sqlite3_stmt *insert = prepare(bench, "INSERT INTO person VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    execute(bench, "BEGIN");
    for (size_t row = 0; row < (size_t)BATCHES * WH_BATCH_ROWS; row++) {
        for (size_t i = 0; i < TEXTS; i++) {
            struct wh_str cell =
                bench->inputs[row / WH_BATCH_ROWS][i].values.texts[row % WH_BATCH_ROWS];
            check_sqlite(bench, sqlite3_bind_text(insert, (int)i + 1, cell.len > 0 ? cell.ptr : "",
                                                  (int)cell.len, SQLITE_STATIC));
        }
        step_to_end(bench, insert);
    }
    execute(bench, "COMMIT");
    sqlite3_finalize(insert);
}

static sqlite3_stmt *select_span(struct bench *bench, struct span span)
{
    struct wh_buf sql;
    wh_buf_init(&sql, 4096);
    for (size_t i = span.first; i < span.end; i++)
        check(wh_buf_printf(&sql, &bench->err, "%s%s", i == span.first ? "SELECT " : ", ",
                            expressions[i].sqlite),
              &bench->err);
    check(wh_buf_printf(&sql, &bench->err, " FROM person ORDER BY rowid%c", '\0'), &bench->err);
    sqlite3_stmt *statement = prepare(bench, sql.ptr);
    wh_buf_release(&sql);
    return statement;
}

/* Ends the program where a value is not SQLite's. */
static void compare_value(sqlite3_stmt *row_of_sqlite, int column, const struct wh_column *ours,
                          size_t row, struct wh_arena *arena)
{
    struct wh_str text = WH_STR("NULL");
    const char *theirs = (const char *)sqlite3_column_text(row_of_sqlite, column);
    if (!wh_column_is_null(ours, row) && wh_value_print(ours, row, arena, &text) != WH_FAULT_NONE)
        exit(EXIT_FAILURE);
    if (wh_str_equal(text, wh_str_from(theirs != NULL ? theirs : "NULL")))
        return;
    (void)fprintf(stderr, "expressions: '%.*s', which SQLite says is '%s'\n", WH_FMT(text),
                  theirs != NULL ? theirs : "NULL");
    exit(EXIT_FAILURE);
}

static void compare_with_sqlite(struct bench *bench, struct span span)
{
    static struct wh_column results[EXPRESSIONS];
    sqlite3_stmt *statement = select_span(bench, span);
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t batch = 0; batch < BATCHES; batch++) {
        wh_arena_reset(&arena, WH_BATCH_BYTES);
        for (size_t i = span.first; i < span.end; i++)
            evaluate(bench, i, batch, &arena, &results[i]);
        for (size_t row = 0; row < WH_BATCH_ROWS; row++) {
            check_sqlite(bench, sqlite3_step(statement));
            for (size_t i = span.first; i < span.end; i++)
                compare_value(statement, (int)(i - span.first), &results[i], row, &arena);
        }
    }
    wh_arena_release(&arena);
    sqlite3_finalize(statement);
}

/* Rows a second of SQLite, of the best round. */
static double report_sqlite(struct bench *bench, struct span span)
{
    const double rows = (double)BATCHES * WH_BATCH_ROWS;
    sqlite3_stmt *statement = select_span(bench, span);
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = seconds_now();
        step_to_end(bench, statement);
        double seconds = seconds_now() - start;
        best = i == 0 || seconds < best ? seconds : best;
    }
    sqlite3_finalize(statement);
    (void)printf("%-60s %8.1f ns/row %8.2f million rows/s\n", "  SQLite", best / rows * 1e9,
                 rows / best / 1e6);
    return rows / best;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void measure_map(struct bench *bench, uint64_t rows)
{
    const struct span conversions = {CONVERSIONS, MAP};
    const struct span map = {CONVERSIONS, CHECK};
    fill_sqlite(bench);
    compare_with_sqlite(bench, map);
    (void)report_each(bench, (struct span){CONVERSIONS, REGEX}, rows);
    double rate = report(bench, "the four conversions", conversions, rows);
    double control = report_sqlite(bench, conversions);
    goal(bench, "the four conversions, million rows/s", rate / 1e6, 5);
    goal(bench, "the four conversions / SQLite", rate / control, 8);
    rate = report(bench, "the map", map, rows);
    control = report_sqlite(bench, map);
    goal(bench, "the map / SQLite", rate / control, 8);
    sqlite3_close(bench->sqlite);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uint64_t rows = 3000000;
    if (argc > 1)
        check(wh_count_parse(wh_str_from(argv[1]), &rows, &bench.err), &bench.err);
    wh_arena_init(&bench.arena);
    check(wh_eval_new(&bench.eval, &bench.err), &bench.err);
    make_inputs(&bench);
    compile(&bench);
    measure_map(&bench, rows);
    double rate = report_each(&bench, (struct span){REGEX, ARITHMETIC}, rows);
    goal(&bench, "replacing by regular expression, million rows/s", rate / 1e6, 2);
    rate = report_each(&bench, (struct span){ARITHMETIC, EXPRESSIONS}, rows);
    goal(&bench, "exact arithmetic, million values/s", rate / 1e6, 10);
    wh_eval_free(bench.eval);
    wh_arena_release(&bench.arena);
    return bench.is_missed ? EXIT_FAILURE : EXIT_SUCCESS;
}
