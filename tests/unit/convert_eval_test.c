/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation: selections, faults, messages, traces, and how long results live. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "convert/expr.h"
#include "data/text.h"

enum { ROWS = WH_BATCH_ROWS, COLUMNS = 3 };

static const struct wh_input_column columns[COLUMNS] = {
    {.name = {"t", 1}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"u", 1}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"n", 1}, .type = {.kind = WH_KIND_INT, .bits = 32}},
};

/* A batch of inputs, a program, and what an evaluation of it gave. */
struct stage {
    struct wh_arena arena;
    struct wh_column inputs[COLUMNS];
    struct wh_program *program;
    struct wh_eval *eval;
    uint16_t rows[ROWS];
    uint8_t codes[ROWS];
    uint16_t nodes[ROWS];
    struct wh_selection selection;
    struct wh_faults faults;
    struct wh_eval_request request;
    struct wh_column result;
    struct wh_error err;
};

static int set_up(void **state)
{
    static struct stage stage;
    stage = (struct stage){.err = WH_ERROR_NONE};
    wh_arena_init(&stage.arena);
    assert_int_equal(WH_OK, wh_eval_new(&stage.eval, &stage.err));
    for (size_t i = 0; i < COLUMNS; i++)
        assert_int_equal(WH_OK, wh_column_init(&stage.inputs[i], columns[i].type, ROWS,
                                               &stage.arena, &stage.err));
    for (size_t row = 0; row < ROWS; row++) {
        stage.inputs[0].values.texts[row] = WH_STR("12");
        stage.inputs[1].values.texts[row] = WH_STR("x");
        stage.inputs[2].values.ints[row] = (int64_t)row;
        stage.rows[row] = (uint16_t)row;
    }
    stage.selection = (struct wh_selection){.rows = stage.rows, .count = ROWS};
    stage.faults = (struct wh_faults){.codes = stage.codes, .nodes = stage.nodes};
    *state = &stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    wh_eval_free(stage->eval);
    wh_arena_release(&stage->arena);
    return 0;
}

static void compile(struct stage *stage, const char *text)
{
    struct wh_scope scope = {.columns = columns, .column_count = COLUMNS, .allow_volatile = true};
    struct wh_expr_text expression = {.text = wh_str_from(text)};
    wh_code rc = wh_expr_compile(expression, &scope, &stage->arena, &stage->program, &stage->err);
    if (rc != WH_OK)
        fail_msg("%s: %s", text, stage->err.message);
}

static wh_code try_to_evaluate(struct stage *stage)
{
    stage->request = (struct wh_eval_request){.program = stage->program,
                                              .columns = stage->inputs,
                                              .selection = &stage->selection,
                                              .row_count = ROWS,
                                              .arena = &stage->arena};
    return wh_eval_run(stage->eval, &stage->request, &stage->result, &stage->faults, &stage->err);
}

static void evaluate(struct stage *stage)
{
    assert_int_equal(WH_OK, try_to_evaluate(stage));
}

static void forget_faults(struct stage *stage)
{
    memset(stage->codes, 0, sizeof(stage->codes));
    stage->faults.count = 0;
}

static void assert_text(const struct stage *stage, size_t row, const char *expected)
{
    assert_false(wh_column_is_null(&stage->result, row));
    struct wh_str found = stage->result.values.texts[row];
    assert_int_equal(strlen(expected), found.len);
    assert_memory_equal(expected, found.ptr, found.len);
}

/* ---- selections and faults ------------------------------------------------------------------ */

static void only_selected_rows_can_fault(void **state)
{
    struct stage *stage = *state;
    stage->inputs[0].values.texts[3] = WH_STR("bad");
    stage->inputs[0].values.texts[4] = WH_STR("worse");
    compile(stage, "t::int");
    uint16_t rows[] = {0, 2, 4};
    stage->selection = (struct wh_selection){.rows = rows, .count = 3};
    evaluate(stage);
    assert_int_equal(1, stage->faults.count);
    assert_int_equal(WH_FAULT_NONE, stage->codes[3]);
    assert_int_equal(WH_FAULT_SYNTAX, stage->codes[4]);
    assert_true(wh_column_is_null(&stage->result, 4));
    assert_int_equal(12, stage->result.values.ints[2]);
}

static void an_empty_selection_is_evaluated(void **state)
{
    struct stage *stage = *state;
    stage->selection.count = 0;
    compile(stage, "CASE WHEN t::int > 1 THEN upper(t) ELSE t || u END");
    evaluate(stage);
    assert_int_equal(0, stage->faults.count);
}

static void the_first_fault_of_a_row_stays(void **state)
{
    struct stage *stage = *state;
    stage->inputs[0].values.texts[7] = WH_STR("bad");
    compile(stage, "1 / (n - 7) + t::int");
    evaluate(stage);
    assert_int_equal(1, stage->faults.count);
    assert_int_equal(WH_FAULT_ZERO_DIVISION, stage->codes[7]);
    compile(stage, "t::int");
    evaluate(stage); /* on the same faults: the row has one already */
    assert_int_equal(1, stage->faults.count);
    assert_int_equal(WH_FAULT_ZERO_DIVISION, stage->codes[7]);
}

static void what_is_not_asked_for_cannot_fault(void **state)
{
    struct stage *stage = *state;
    static const char *const texts[] = {
        "CASE WHEN n = 0 THEN 0 ELSE 10 / n END",
        "n <> 0 AND 10 / n > 1",
        "n = 0 OR 10 / n > 1",
        "coalesce(nullif(n, 0), 1 + n) > 1",
        "CASE n WHEN 0 THEN 0 ELSE 10 / n END",
        "try(10 / n)",
    };
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++) {
        compile(stage, texts[i]);
        evaluate(stage);
        if (stage->faults.count != 0)
            fail_msg("%s: %zu faults", texts[i], stage->faults.count);
    }
}

static void try_keeps_faults_to_itself(void **state)
{
    struct stage *stage = *state;
    stage->inputs[0].values.texts[5] = WH_STR("bad");
    compile(stage, "coalesce(try(t::int), -1)");
    evaluate(stage);
    assert_int_equal(0, stage->faults.count);
    assert_int_equal(12, stage->result.values.ints[4]);
    assert_int_equal(-1, stage->result.values.ints[5]);
}

/* ---- results -------------------------------------------------------------------------------- */

static void a_pattern_has_a_second_for_a_text(void **state)
{
    struct stage *stage = *state;
    stage->selection.count = 1;
    compile(stage, "repeat(u, 1000000) ~ '[a-z]+[0-9]'"); /* tried from each x to the end */
    evaluate(stage);
    assert_int_equal(1, stage->faults.count);
    assert_int_equal(WH_FAULT_LIMIT, stage->codes[0]);
    forget_faults(stage);
    compile(stage, "regexp_count(repeat(u || '  - ', 20000), '\\s+|-+')");
    evaluate(stage);
    assert_int_equal(0, stage->faults.count);
    assert_int_equal(60000, stage->result.values.ints[0]);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void *cancel_soon(void *cancel)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    nanosleep(&moment, NULL);
    wh_cancel_raise(cancel, WH_CANCEL_AFTER_GROUP);
    return NULL;
}

/* All rows of these would take minutes. */
static void ends_between_two_values_when_it_is_cancelled(void **state)
{
    static const char *const dear[] = {
        "power((n + 2)::numeric, 12345.5) > 0",
        "(n + 2)::numeric ^ 30000 > 0",
        "factorial(n + 20000) > 0",
        "repeat(u, 10000) ~ '[a-z]+[0-9]'",
        "regexp_replace(repeat(u, 10000), '[a-z]+[0-9]', '')",
    };
    struct stage *stage = *state;
    for (size_t i = 0; i < WH_COUNT_OF(dear); i++) {
        struct wh_cancel cancel = {.level = WH_CANCEL_NONE};
        pthread_t thread;
        double start = wh_clock_seconds();
        compile(stage, dear[i]);
        wh_eval_set_cancel(stage->eval, &cancel);
        assert_int_equal(0, pthread_create(&thread, NULL, cancel_soon, &cancel));
        wh_code rc = try_to_evaluate(stage);
        assert_int_equal(0, pthread_join(thread, NULL));
        assert_int_equal(WH_CANCELLED, rc);
        assert_true(wh_clock_seconds() - start < 10);
        forget_faults(stage);
    }
}

/* ---- results --------------------------------------------------------------------------------- */

static void a_plain_column_is_the_input_itself(void **state)
{
    struct stage *stage = *state;
    compile(stage, "u");
    evaluate(stage);
    assert_ptr_equal(stage->inputs[1].values.texts, stage->result.values.texts);
}

static void trimming_copies_nothing(void **state)
{
    struct stage *stage = *state;
    static const char padded[] = "  padded ";
    stage->inputs[0].values.texts[9] = WH_STR("  padded ");
    stage->inputs[0].values.texts[9].ptr = padded;
    compile(stage, "trim(t)");
    evaluate(stage);
    assert_ptr_equal(padded + 2, stage->result.values.texts[9].ptr);
    assert_text(stage, 9, "padded");
}

/* The registers of an evaluator are used again; what a result points to is not in them. */
static void results_outlive_later_evaluations(void **state)
{
    struct stage *stage = *state;
    stage->inputs[1].values.texts[8] = WH_STR("Straße");
    compile(stage, "CASE WHEN n > 5 THEN trim('  ' || upper(u || t) || ' ') ELSE lower(u) END");
    evaluate(stage);
    struct wh_column kept = stage->result;
    compile(stage,
            "repeat(u, 3) || reverse(t) || CASE WHEN n > 2 THEN u ELSE replace(t, '1', 'zz') END");
    evaluate(stage);
    stage->result = kept;
    assert_text(stage, 8, "STRAßE12");
    assert_text(stage, 4000, "X12");
    assert_text(stage, 2, "x");
}

static void constants_are_given_for_every_row(void **state)
{
    struct stage *stage = *state;
    compile(stage, "'a' || 'b'");
    evaluate(stage);
    assert_text(stage, 0, "ab");
    assert_text(stage, ROWS - 1, "ab");
    compile(stage, "NULL::int");
    evaluate(stage);
    assert_true(wh_column_is_null(&stage->result, 17));
    assert_int_equal(
        WH_OK, wh_expr_literal(WH_STR("EU"), false, &stage->arena, &stage->program, &stage->err));
    evaluate(stage);
    assert_text(stage, 77, "EU");
    assert_int_equal(
        WH_OK, wh_expr_literal(WH_STR_NONE, true, &stage->arena, &stage->program, &stage->err));
    evaluate(stage);
    assert_int_equal(WH_KIND_TEXT, stage->result.type.kind);
    assert_true(wh_column_is_null(&stage->result, 77));
}

static void now_is_the_time_that_was_set(void **state)
{
    struct stage *stage = *state;
    wh_eval_set_now(stage->eval, INT64_C(86400000000) * 100 + 3600000000);
    compile(stage, "now()");
    evaluate(stage);
    assert_int_equal(WH_KIND_TIMESTAMPTZ, stage->result.type.kind);
    assert_int_equal(INT64_C(86400000000) * 100 + 3600000000, stage->result.values.ints[5]);
    compile(stage, "current_date");
    evaluate(stage);
    assert_int_equal(100, stage->result.values.dates[5]);
    compile(stage, "localtime");
    evaluate(stage);
    assert_int_equal(3600000000, stage->result.values.ints[5]);
}

/* ---- a batch and its rows ------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525U + 1013904223U;
    return *random >> 8;
}

static void randomize(struct stage *stage, uint32_t *random)
{
    static const struct wh_str texts[] = {
        {"", 0},      {"12", 2}, {" 7 ", 3}, {"abc", 3},    {"ÄÖü", 6},
        {"a,b,c", 5}, {"-3", 2}, {"%x_", 3}, {"日本語", 9}, {"999999999999", 12},
    };
    for (size_t i = 0; i < COLUMNS; i++)
        assert_int_equal(WH_OK,
                         wh_column_need_validity(&stage->inputs[i], &stage->arena, &stage->err));
    for (size_t row = 0; row < ROWS; row++) {
        stage->inputs[0].values.texts[row] = texts[next_random(random) % WH_COUNT_OF(texts)];
        stage->inputs[1].values.texts[row] = texts[next_random(random) % WH_COUNT_OF(texts)];
        stage->inputs[2].values.ints[row] = (int64_t)(next_random(random) % 9) - 4;
        for (size_t i = 0; i < COLUMNS; i++) {
            if (next_random(random) % 5 == 0)
                wh_column_set_null(&stage->inputs[i], row);
        }
    }
}

static void assert_same_value(const struct wh_column *batch, const struct wh_column *one,
                              size_t row, struct wh_arena *arena, const char *text)
{
    struct wh_str a = WH_STR("NULL");
    struct wh_str b = WH_STR("NULL");
    if (wh_column_is_null(batch, row) != wh_column_is_null(one, row))
        fail_msg("%s: row %zu is NULL in one of batch and row", text, row);
    if (wh_column_is_null(batch, row))
        return;
    assert_int_equal(WH_FAULT_NONE, wh_value_print(batch, row, arena, &a));
    assert_int_equal(WH_FAULT_NONE, wh_value_print(one, row, arena, &b));
    if (!wh_str_equal(a, b))
        fail_msg("%s: row %zu is '%.*s' in the batch, '%.*s' alone", text, row, WH_FMT(a),
                 WH_FMT(b));
}

/* Two thirds of the rows, at random. */
static void select_some(struct stage *stage, uint32_t *random)
{
    size_t count = 0;
    for (size_t row = 0; row < ROWS; row++) {
        stage->rows[count] = (uint16_t)row;
        count += next_random(random) % 3 != 0;
    }
    stage->selection = (struct wh_selection){.rows = stage->rows, .count = count};
}

/* Some of the rows at once, then each of them alone: the same values and the same faults. */
static void compare_batch_and_rows(struct stage *stage, const char *text, uint32_t *random)
{
    uint8_t codes[ROWS];
    compile(stage, text);
    select_some(stage, random);
    forget_faults(stage);
    evaluate(stage);
    struct wh_column batch = stage->result;
    size_t count = stage->selection.count;
    memcpy(codes, stage->codes, sizeof(codes));
    forget_faults(stage);
    for (size_t k = 0; k < count; k += 7) {
        uint16_t row = stage->rows[k];
        stage->selection = (struct wh_selection){.rows = &row, .count = 1};
        evaluate(stage);
        assert_int_equal(codes[row], stage->codes[row]);
        assert_same_value(&batch, &stage->result, row, &stage->arena, text);
    }
}

static void a_batch_gives_what_its_rows_give(void **state)
{
    struct stage *stage = *state;
    static const char *const texts[] = {
        "t || '-' || u",
        "lower(trim(t)) || upper(u)",
        "t::int + n",
        "CASE WHEN n > 0 THEN t ELSE u || t END",
        "CASE t WHEN u THEN 'same' WHEN '12' THEN u ELSE NULL END",
        "coalesce(nullif(t, ''), nullif(u, '12'), n::text)",
        "n > 0 AND t = u OR u IS NULL",
        "t IN ('12', 'abc', NULL)",
        "n BETWEEN -1 AND length(t)",
        "substr(t, n, 2)",
        "split_part(t, ',', n)",
        "t LIKE '%' || u",
        "greatest(t, u, 'b')",
        "least(n, length(t), length(u))",
        "n % (n - 1)",
        "t IS DISTINCT FROM u",
        "concat_ws(',', t, n, u)",
        "lpad(t, n + 4, u)",
        "try(t::int / n)",
        "CASE WHEN t::int > 5 THEN n / (n - 2) END",
        "NOT (t = u) OR n = 1 AND t::numeric > 1.5",
        "t::varchar(2) || '|' || u::char(3)",
        "round(n * 1.55, 1) + length(t)",
    };
    uint32_t random = 42;
    randomize(stage, &random);
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        compare_batch_and_rows(stage, texts[i], &random);
}

/* ---- messages and traces -------------------------------------------------------------------- */

static void says_what_is_wrong_with_which_value(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *text;
        const char *value;
        const char *message;
    } cases[] = {
        {"t::bigint", "N/A", "'N/A' is not a valid bigint"},
        {"t::smallint", "99999", "'99999' is out of range for smallint"},
        {"t::numeric(12,2)", "1,5", "'1,5' is not a valid numeric(12,2)"},
        {"t::numeric(3,1)", "123", "'123' is out of range for numeric(3,1)"},
        {"t::date", "2020-02-31",
         "'2020-02-31' is not a valid date: no such day or time, or out of range"},
        {"to_date(t, 'DD/MM/YYYY')", "31/02/2020",
         "'31/02/2020' is not a date: no such day or time, or out of range (to_date 'DD/MM/YYYY')"},
        {"to_date(t, 'DD/MM/YYYY')", "", "'' is not a date: it is empty (to_date 'DD/MM/YYYY')"},
        {"t::jsonb::int", "\"1\"",
         "'\"1\"' is not a valid integer: it is no JSON number; #>> '{}' gives its text"},
        {"t::jsonb::boolean", "1",
         "'1' is not a valid boolean: it is no JSON boolean; #>> '{}' gives its text"},
        {"t::timestamptz", "2020-01-01 10:00 EST",
         "'2020-01-01 10:00 EST' is not a valid timestamp with time zone: it names a time zone "
         "that is not known"},
        {"5 / (t::int - 1)", "1", "5 / 0: division by zero"},
        {"t::int + 2147483647", "1", "1 + 2147483647: out of range"},
        {"split_part(t, ',', 0)", "a,b",
         "split_part('a,b', ',', 0): an argument that it does not take"},
        {"upper(trim(t))::int", " x ", "'X' is not a valid integer"},
        {"CASE WHEN length(t) > 1 THEN t::int ELSE 0 END", "xx", "'xx' is not a valid integer"},
        {"coalesce(try(t::int), (t || '!')::int)", "x", "'x!' is not a valid integer"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_str message;
        stage->inputs[0].values.texts[11] = wh_str_from(cases[i].value);
        uint16_t row = 11;
        stage->selection = (struct wh_selection){.rows = &row, .count = 1};
        compile(stage, cases[i].text);
        forget_faults(stage);
        evaluate(stage);
        assert_int_equal(1, stage->faults.count);
        assert_int_equal(WH_OK, wh_eval_describe(stage->eval, &stage->request, &stage->faults, 11,
                                                 &message, &stage->err));
        assert_string_equal(cases[i].message, message.ptr);
    }
}

static void long_values_are_cut_in_messages(void **state)
{
    struct stage *stage = *state;
    struct wh_str message;
    static char text[100000];
    memset(text, 'x', sizeof(text));
    stage->inputs[0].values.texts[0] = wh_str_make(text, sizeof(text));
    compile(stage, "t::int");
    evaluate(stage);
    assert_int_equal(WH_OK, wh_eval_describe(stage->eval, &stage->request, &stage->faults, 0,
                                             &message, &stage->err));
    assert_in_range(message.len, 200, 300);
}

static void says_why_an_assignment_loses(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *text;
        struct wh_type type;
        const char *message;
    } cases[] = {
        {"t || 'lantis'",
         {.kind = WH_KIND_TEXT, .length = 2},
         "'Atlantis' is too long for character varying(2)"},
        {"length(t) * 1.555",
         {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 5, .scale = 1},
         "3.110 has more digits behind the point than numeric(5,1) keeps"},
        {"length(t) + 40000",
         {.kind = WH_KIND_INT, .bits = 16},
         "40002 is out of range for smallint"},
    };
    stage->inputs[0].values.texts[0] = WH_STR("At");
    stage->selection.count = 1;
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_str message;
        compile(stage, cases[i].text);
        assert_int_equal(WH_OK, wh_expr_assign(stage->program, cases[i].type, &stage->arena,
                                               &stage->program, &stage->err));
        forget_faults(stage);
        evaluate(stage);
        assert_int_equal(1, stage->faults.count);
        assert_int_equal(WH_OK, wh_eval_describe(stage->eval, &stage->request, &stage->faults, 0,
                                                 &message, &stage->err));
        assert_string_equal(cases[i].message, message.ptr);
    }
}

static void traces_every_step_of_a_row(void **state)
{
    struct stage *stage = *state;
    struct wh_buf out;
    wh_buf_init(&out, 1 << 20);
    stage->inputs[0].values.texts[2] = WH_STR(" Ann@Example.COM ");
    uint16_t row = 2;
    stage->selection = (struct wh_selection){.rows = &row, .count = 1};
    compile(stage, "CASE WHEN n = 2 THEN lower(trim(t)) ELSE u END || '!'");
    evaluate(stage);
    assert_int_equal(WH_OK, wh_eval_trace(stage->eval, &stage->request, &out, &stage->err));
    assert_string_equal(
        "n = 2: 2 = 2 = true\n"
        "btrim(t): btrim(' Ann@Example.COM ') = 'Ann@Example.COM'\n"
        "lower(btrim(t)): lower('Ann@Example.COM') = 'ann@example.com'\n"
        "CASE WHEN (n = 2) THEN lower(btrim(t)) ELSE u END = 'ann@example.com'\n"
        "CASE WHEN (n = 2) THEN lower(btrim(t)) ELSE u END || '!': 'ann@example.com' || '!' = "
        "'ann@example.com!'\n",
        wh_buf_cstr(&out));
    wh_buf_release(&out);
}

static void traces_a_fault(void **state)
{
    struct stage *stage = *state;
    struct wh_buf out;
    wh_buf_init(&out, 1 << 20);
    stage->inputs[0].values.texts[0] = WH_STR("x");
    compile(stage, "t::int + 1");
    evaluate(stage);
    assert_int_equal(WH_OK, wh_eval_trace(stage->eval, &stage->request, &out, &stage->err));
    assert_non_null(strstr(wh_buf_cstr(&out), "t::integer: 'x' = fault: "));
    wh_buf_release(&out);
}

/* ---- letter case against Unicode's tables --------------------------------------------------- */

static size_t put_utf8(uint32_t character, char *room)
{
    if (character < 0x80) {
        room[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        room[0] = (char)(0xc0 | character >> 6);
        room[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    size_t len = character < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; character >>= 6)
        room[i] = (char)(0x80 | (character & 0x3f));
    room[0] = (char)((len == 3 ? 0xe0 : 0xf0) | character);
    return len;
}

/* Every character there is, each between ASCII letters: the fast ways and the tables agree. */
static void folds_every_character_as_the_tables_do(void **state)
{
    struct stage *stage = *state;
    static char room[ROWS][16];
    uint32_t character = 1;
    while (character < 0x110000) {
        for (size_t row = 0; row < ROWS; row++, character++) {
            if (character == 0xd800)
                character = 0xe000;
            size_t len = put_utf8(character < 0x110000 ? character : 'x', room[row] + 5);
            memcpy(room[row], "AbCdZ", 5);
            memcpy(room[row] + 5 + len, "yE", 2);
            stage->inputs[0].values.texts[row] = wh_str_make(room[row], len + 7);
        }
        for (size_t k = 0; k < 2; k++) {
            compile(stage, k == 0 ? "lower(t)" : "upper(t)");
            evaluate(stage);
            for (size_t row = 0; row < ROWS; row++) {
                struct wh_str text = stage->inputs[0].values.texts[row];
                struct wh_str expected = k == 0 ? wh_utf8_lower(text, &stage->arena)
                                                : wh_utf8_upper(text, &stage->arena);
                if (!wh_str_equal(expected, stage->result.values.texts[row]))
                    fail_msg("%.*s", WH_FMT(text));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_selected_rows_can_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_selection_is_evaluated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_fault_of_a_row_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_asked_for_cannot_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(try_keeps_faults_to_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pattern_has_a_second_for_a_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_between_two_values_when_it_is_cancelled, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_plain_column_is_the_input_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trimming_copies_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(results_outlive_later_evaluations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constants_are_given_for_every_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(now_is_the_time_that_was_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_batch_gives_what_its_rows_give, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_with_which_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_values_are_cut_in_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_why_an_assignment_loses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(traces_every_step_of_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(traces_a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folds_every_character_as_the_tables_do, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
