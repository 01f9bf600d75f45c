/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast expressions are evaluated: a customer table's map and check, assigned to its columns, on
 * one thread. Prints rows a second for each expression and for all of them together.
 *
 *   expressions [ROWS]    default 3,000,000
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/option.h"
#include "convert/expr.h"

enum { COLUMNS = 10, BATCHES = 16, ROUNDS = 3, CELL = 48 };

static const char *const names[COLUMNS] = {"id",        "first_name", "last_name", "email",
                                           "country",   "status",     "balance",   "signup",
                                           "last_seen", "notes"};

#define TEXT                                                                                       \
    {                                                                                              \
        .kind = WH_KIND_TEXT                                                                       \
    }

static const struct {
    const char *text;
    struct wh_type type; /* of the destination's column */
    bool is_check;
} expressions[] = {
    {"id::bigint", {.kind = WH_KIND_INT, .bits = 64}, false},
    {"first_name || ' ' || last_name", TEXT, false},
    {"lower(trim(email))", TEXT, false},
    {"country", {.kind = WH_KIND_TEXT, .length = 2}, false},
    {"CASE status WHEN 'inactive' THEN 'closed' ELSE status END", TEXT, false},
    {"balance::numeric(12,2)",
     {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
     false},
    {"to_date(signup, 'DD/MM/YYYY')", {.kind = WH_KIND_DATE}, false},
    {"last_seen::timestamptz", {.kind = WH_KIND_TIMESTAMPTZ}, false},
    {"nullif(notes, '')", TEXT, false},
    {"position('@' in email) > 1", {.kind = WH_KIND_BOOL}, true},
};

enum { EXPRESSIONS = sizeof(expressions) / sizeof(expressions[0]) };

struct bench {
    struct wh_arena arena; /* programs and inputs */
    struct wh_column inputs[BATCHES][COLUMNS];
    struct wh_program *programs[EXPRESSIONS];
    struct wh_eval *eval;
    struct wh_error err;
};

static void check(wh_code code, const struct wh_error *err)
{
    if (code == WH_OK)
        return;
    (void)fprintf(stderr, "expressions: %s\n", err->message);
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

/* One cell of the export that the bench's migration reads. */
static int write_cell(size_t column, size_t row, uint32_t *state, char *room)
{
    static const char *const first[] = {"James", "Mary", "Zoë", "José", "Łukasz", "Linda"};
    static const char *const last[] = {"Smith", "Johnson", "O'Brien", "Müller", "Garcia"};
    static const char *const countries[] = {"US", "GB", "DE", "FR", "CZ"};
    static const char *const statuses[] = {"active", "inactive", "pending", "closed"};
    uint32_t day = next_random(state) % 28 + 1;
    uint32_t month = next_random(state) % 12 + 1;
    uint32_t year = next_random(state) % 13 + 2010;
    switch (column) {
    case 0:
        return snprintf(room, CELL, "%zu", row + 1);
    case 1:
        return snprintf(room, CELL, "%s", pick(state, first, 6));
    case 2:
        return snprintf(room, CELL, "%s", pick(state, last, 5));
    case 3:
        return snprintf(room, CELL, " %s.%s%zu@Example.COM ", pick(state, first, 6),
                        pick(state, last, 5), row);
    case 4:
        return snprintf(room, CELL, "%s", pick(state, countries, 5));
    case 5:
        return snprintf(room, CELL, "%s", pick(state, statuses, 4));
    case 6:
        return snprintf(room, CELL, "%s%u.%02u", next_random(state) % 2 == 0 ? "-" : "",
                        next_random(state) % 100000, next_random(state) % 100);
    case 7:
        return snprintf(room, CELL, "%02u/%02u/%u", day, month, year);
    case 8:
        return snprintf(room, CELL, "%u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
                        next_random(state) % 24, next_random(state) % 60, next_random(state) % 60);
    default:
        return snprintf(room, CELL, "%s", row % 3 == 0 ? "said \"hi\", then left; ref 7" : "");
    }
}

static void make_inputs(struct bench *bench)
{
    uint32_t state = 7;
    for (size_t batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            struct wh_type text = {.kind = WH_KIND_TEXT};
            struct wh_column *column = &bench->inputs[batch][i];
            check(wh_column_init(column, text, WH_BATCH_ROWS, &bench->arena, &bench->err),
                  &bench->err);
            for (size_t row = 0; row < WH_BATCH_ROWS; row++) {
                char room[CELL];
                int len = write_cell(i, batch * WH_BATCH_ROWS + row, &state, room);
                check(wh_arena_copy(&bench->arena, wh_str_make(room, (size_t)len),
                                    &column->values.texts[row], &bench->err),
                      &bench->err);
            }
        }
    }
}

static void compile(struct bench *bench)
{
    struct wh_input_column columns[COLUMNS];
    struct wh_scope scope = {.columns = columns, .column_count = COLUMNS};
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (struct wh_input_column){.name = wh_str_from(names[i]), .type = TEXT};
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

/* Seconds for @p rows rows of the programs @p first up to, not including, @p end. */
static double run(struct bench *bench, size_t first, size_t end, uint64_t rows)
{
    static uint16_t selected[WH_BATCH_ROWS];
    static uint8_t codes[WH_BATCH_ROWS];
    static uint16_t nodes[WH_BATCH_ROWS];
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_BATCH_ROWS; i++)
        selected[i] = (uint16_t)i;
    struct wh_selection selection = {.rows = selected, .count = WH_BATCH_ROWS};
    struct wh_faults faults = {.codes = codes, .nodes = nodes};
    double start = seconds_now();
    for (uint64_t done = 0; done < rows; done += WH_BATCH_ROWS) {
        wh_arena_reset(&arena, WH_BATCH_BYTES);
        for (size_t i = first; i < end; i++) {
            struct wh_column result;
            struct wh_eval_request request = {.program = bench->programs[i],
                                              .columns =
                                                  bench->inputs[done / WH_BATCH_ROWS % BATCHES],
                                              .selection = &selection,
                                              .row_count = WH_BATCH_ROWS,
                                              .arena = &arena};
            check(wh_eval_run(bench->eval, &request, &result, &faults, &bench->err), &bench->err);
        }
    }
    double seconds = seconds_now() - start;
    wh_arena_release(&arena);
    if (faults.count > 0)
        (void)fprintf(stderr, "expressions: %zu rows have a fault\n", faults.count);
    return seconds;
}

static void report(struct bench *bench, const char *name, size_t first, size_t end, uint64_t rows)
{
    double best = run(bench, first, end, rows);
    for (int i = 1; i < ROUNDS; i++) {
        double seconds = run(bench, first, end, rows);
        best = seconds < best ? seconds : best;
    }
    (void)printf("%-60s %8.1f ns/row %8.2f million rows/s\n", name, best / (double)rows * 1e9,
                 (double)rows / best / 1e6);
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
    for (size_t i = 0; i < EXPRESSIONS; i++)
        report(&bench, expressions[i].text, i, i + 1, rows);
    report(&bench, "the map", 0, EXPRESSIONS - 1, rows);
    report(&bench, "the map and the check", 0, EXPRESSIONS, rows);
    wh_eval_free(bench.eval);
    wh_arena_release(&bench.arena);
    return EXIT_SUCCESS;
}
