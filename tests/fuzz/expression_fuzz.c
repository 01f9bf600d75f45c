/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the input as an expression and evaluates it on a small batch; what compiles is assigned
 * to each type, printed, described and traced, too. The columns hold what people put into tables.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "convert/expr.h"
#include "data/text.h"

enum { ROWS = 8, COLUMNS = 6 };

static const struct wh_input_column columns[COLUMNS] = {
    {.name = {"t", 1}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"i", 1}, .type = {.kind = WH_KIND_INT, .bits = 32}},
    {.name = {"m", 1}, .type = {.kind = WH_KIND_NUMERIC}},
    {.name = {"f", 1}, .type = {.kind = WH_KIND_FLOAT, .bits = 64}},
    {.name = {"d", 1}, .type = {.kind = WH_KIND_DATE}},
    {.name = {"s", 1}, .type = {.kind = WH_KIND_TIMESTAMP}},
};

static const char *const values[COLUMNS][ROWS] = {
    {"", "12", " Ünï ", "2020-02-29", "a,b,c", "1e400", "%_\\", "日本語😀"},
    {"0", "1", "-1", "2147483647", "-2147483648", "7", "100", "3"},
    {"0", "1.50", "-2.5", "NaN", "Infinity", "123456789012345678901234567890.123", "0.001", "-0.1"},
    {"0", "1.5", "-2.5", "NaN", "Infinity", "1e308", "5e-324", "0.1"},
    {"2020-02-29", "infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "1999-12-31",
     "2000-01-01", "0001-01-01"},
    {"2020-02-29 12:34:56", "infinity", "-infinity", "4714-11-24 00:00:00 BC",
     "294276-12-31 23:59:59.999999", "1970-01-01 00:00:00", "2000-01-01 00:00:00",
     "0001-01-01 00:00:00"},
};

static const struct wh_type targets[] = {
    {.kind = WH_KIND_BOOL},
    {.kind = WH_KIND_INT, .bits = 16},
    {.kind = WH_KIND_INT, .bits = 64},
    {.kind = WH_KIND_FLOAT, .bits = 32},
    {.kind = WH_KIND_FLOAT, .bits = 64},
    {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 6, .scale = 2},
    {.kind = WH_KIND_DATE},
    {.kind = WH_KIND_TIME},
    {.kind = WH_KIND_TIMESTAMP},
    {.kind = WH_KIND_TIMESTAMPTZ},
    {.kind = WH_KIND_INTERVAL},
    {.kind = WH_KIND_TEXT, .length = 3},
    {.kind = WH_KIND_TEXT, .length = 3, .is_padded = true},
    {.kind = WH_KIND_BYTES},
};

struct bench {
    struct wh_arena arena;
    struct wh_column inputs[COLUMNS];
    struct wh_eval *eval;
};

static void need(bool holds)
{
    if (!holds)
        abort();
}

/* The last row of each column is NULL. */
static void make_inputs(struct bench *bench)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        struct wh_column *column = &bench->inputs[i];
        need(wh_column_init(column, columns[i].type, ROWS, &bench->arena, NULL) == WH_OK);
        need(wh_column_need_validity(column, &bench->arena, NULL) == WH_OK);
        for (size_t row = 0; row < ROWS; row++)
            need(wh_value_parse(wh_str_from(values[i][row]), &bench->arena, column, row) ==
                 WH_FAULT_NONE);
        wh_column_set_null(column, ROWS - 1);
    }
}

/* Whatever came out can be read; each fault has its words. */
static void use_result(struct bench *bench, const struct wh_eval_request *request,
                       const struct wh_column *result, const struct wh_faults *faults)
{
    for (size_t row = 0; row < ROWS; row++) {
        struct wh_str text;
        if (faults->codes[row] != WH_FAULT_NONE)
            need(wh_eval_describe(bench->eval, request, faults, row, &text, NULL) == WH_OK &&
                 text.len > 0 && wh_utf8_is_valid(text));
        else if (!wh_column_is_null(result, row))
            need(wh_value_print(result, row, &bench->arena, &text) == WH_FAULT_NONE &&
                 (result->type.kind == WH_KIND_BYTES || wh_utf8_is_valid(text)));
    }
}

static void evaluate(struct bench *bench, const struct wh_program *program)
{
    uint16_t rows[ROWS] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint16_t nodes[ROWS];
    uint8_t codes[ROWS] = {0};
    struct wh_selection selection = {.rows = rows, .count = ROWS};
    struct wh_faults faults = {.codes = codes, .nodes = nodes};
    struct wh_eval_request request = {.program = program,
                                      .columns = bench->inputs,
                                      .selection = &selection,
                                      .row_count = ROWS,
                                      .arena = &bench->arena};
    struct wh_column result;
    need(wh_eval_run(bench->eval, &request, &result, &faults, NULL) == WH_OK);
    use_result(bench, &request, &result, &faults);
}

static void trace(struct bench *bench, const struct wh_program *program)
{
    struct wh_buf out;
    uint16_t row = 2;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_eval_request request = {.program = program,
                                      .columns = bench->inputs,
                                      .selection = &selection,
                                      .row_count = ROWS,
                                      .arena = &bench->arena};
    wh_buf_init(&out, (size_t)16 << 20);
    WH_IGNORE(wh_eval_trace(bench->eval, &request, &out, NULL), "a trace may be too long");
    wh_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct bench bench = {.eval = NULL};
    struct wh_program *program = NULL;
    struct wh_program *assigned = NULL;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_scope scope = {.columns = columns, .column_count = COLUMNS, .allow_volatile = true};
    struct wh_expr_text text = {.text = wh_str_make((const char *)bytes, len), .line = 1};
    wh_arena_init(&bench.arena);
    wh_code rc = wh_expr_compile(text, &scope, &bench.arena, &program, &err);
    if (rc == WH_OK) {
        make_inputs(&bench);
        need(wh_eval_new(&bench.eval, NULL) == WH_OK);
        evaluate(&bench, program);
        trace(&bench, program);
        for (size_t i = 0; i < WH_COUNT_OF(targets); i++) {
            if (wh_expr_assign(program, targets[i], &bench.arena, &assigned, &err) == WH_OK)
                evaluate(&bench, assigned);
        }
    } else {
        need(err.message[0] != '\0' && rc != WH_BUG);
    }
    wh_eval_free(bench.eval);
    wh_arena_release(&bench.arena);
    return 0;
}
