/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of 64 MiB through the functions of text: the right answer or a refusal of the value, in
 * seconds. A few of them in every run, all with WHERRY_TRIALS above 1 (`make soak`).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "convert/expr.h"
#include "trials.h"

enum { LARGE = 64 << 20, COLUMNS = 3 };

/* For one value. The slowest takes a few seconds where nothing else runs. */
#define MOST_SECONDS 60.0

static const struct wh_input_column columns[COLUMNS] = {
    {.name = {"t", 1}, .type = {.kind = WH_KIND_TEXT}}, /* LARGE bytes: 'ab, ab, …' */
    {.name = {"h", 1}, .type = {.kind = WH_KIND_TEXT}}, /* a MiB of the same */
    {.name = {"x", 1}, .type = {.kind = WH_KIND_TEXT}}, /* 'xy' */
};

/* What becomes of the value. */
enum outcome { VALUE, FAULT, EITHER };

struct large_case {
    const char *text;
    enum outcome outcome;
};

/* One of each way to go through a text: the others are like one of these. */
static const struct large_case few[] = {
    {"upper(t)", VALUE},
    {"t || x", FAULT},
    {"t::jsonb::text", FAULT},
    {"translate(h, h, h)", VALUE},
};

static const struct large_case all[] = {
    {"lower(t)", VALUE},
    {"regexp_replace(t, 'a(b)', '\\1', 'g')", EITHER},
    {"initcap(t)", VALUE},
    {"trim(t)", VALUE},
    {"btrim(t, 'ab, ')", VALUE},
    {"btrim(h, h)", VALUE},
    {"ltrim(t, h)", VALUE},
    {"rtrim(t, h)", VALUE},
    {"reverse(t)", VALUE},
    {"replace(t, 'b', 'c')", VALUE},
    {"replace(t, 'b', 'cd')", FAULT},
    {"replace(t, h, 'x')", VALUE},
    {"translate(t, 'ab', 'ba')", VALUE},
    {"translate(t, h, x)", VALUE},
    {"repeat(t, 2)", FAULT},
    {"repeat(x, 33554432)", VALUE},
    {"lpad(t, 67108865, x)", FAULT},
    {"rpad(x, 67108864, x)", VALUE},
    {"lpad(x, 67108864, h)", VALUE},
    {"left(t, -1)", VALUE},
    {"right(t, 60000000)", VALUE},
    {"substr(t, 2)", VALUE},
    {"substring(t from 'b.*b')", VALUE},
    {"substring(t from '(b).*(b)')", EITHER},
    {"overlay(t placing 'c' from 3)", VALUE},
    {"split_part(t, ',', 1000000)", VALUE},
    {"split_part(t, ',', -1000000)", VALUE},
    {"position('abc' in t)", VALUE},
    {"position(right(h, 500000) || 'c' in t)", VALUE},
    {"length(t)", VALUE},
    {"md5(t)", VALUE},
    {"sha512(convert_to(t, 'UTF8'))", VALUE},
    {"encode(convert_to(t, 'UTF8'), 'hex')", FAULT},
    {"encode(convert_to(t, 'UTF8'), 'base64')", FAULT},
    {"encode(convert_to(t, 'UTF8'), 'escape')", VALUE},
    {"decode(t, 'base64')", FAULT},
    {"decode(repeat('ab', 33554432), 'hex')", VALUE},
    {"t LIKE '%ab%ba%ab%c'", VALUE},
    {"h LIKE h", VALUE},
    {"h LIKE '%b%b%b%b%b%b%b%b%c'", EITHER},
    {"t ILIKE '%AB%c'", VALUE},
    {"t SIMILAR TO '(ab, |c)*'", EITHER},
    {"t ~ '(a|b|, )+$'", EITHER},
    {"t ~ 'c$'", EITHER},
    {"regexp_count(t, 'a')", EITHER},
    {"regexp_replace(t, '(a)(b)', '\\2\\1', 'g')", EITHER},
    {"regexp_replace(t, '[^a]+', '')", EITHER},
    {"(string_to_array(t, ','))[5]", EITHER},
    {"array_to_string(string_to_array(t, ','), ';')", EITHER},
    {"array_length(string_to_array(h, NULL), 1)", EITHER},
    {"cardinality(array_remove(string_to_array(h, ', '), 'ab'))", EITHER},
    {"'c' = ANY(string_to_array(h, ', '))", EITHER},
    {"to_number(t, '999')", EITHER},
    {"to_number(repeat('9', 60000000), repeat('9', 1000))", EITHER},
    {"to_date(t, 'YYYY')", FAULT},
    {"to_timestamp(t, 'YYYY')", FAULT},
    {"t::int", FAULT},
    {"t::numeric", FAULT},
    {"repeat('9', 67108864)::numeric", FAULT},
    {"repeat('9', 67108864)::float8", FAULT},
    {"try(t::date)", VALUE},
    {"t::timestamptz", FAULT},
    {"t::interval", FAULT},
    {"t::boolean", FAULT},
    {"t::uuid", FAULT},
    {"('\"' || left(t, 67108862) || '\"')::jsonb", VALUE},
    {"repeat('[', 60000000)::jsonb", FAULT},
    {"('[' || left(t, -1) || ']')::jsonb", FAULT},
    {"('[' || repeat('1,', 33000000) || '1]')::jsonb -> -1", EITHER},
    {"to_jsonb(t)", EITHER},
    {"quote_literal(t)", FAULT},
    {"quote_ident(t)", FAULT},
    {"format('%s', t)", VALUE},
    {"format('%s%s', t, x)", FAULT},
    {"format(repeat('%%', 30000000))", VALUE},
    {"concat_ws(',', t, x)", FAULT},
    {"normalize(t, NFD)", VALUE},
    {"normalize(repeat('é', 33554432), NFD)", FAULT},
    {"normalize(repeat(U&'\\0301', 30000000), NFC)", EITHER},
    {"unaccent(t)", VALUE},
    {"slug(t)", VALUE},
    {"fix_mojibake(t)", VALUE},
    {"fix_mojibake(repeat('Ã¼', 16000000))", VALUE},
    {"strip_control(t)", VALUE},
    {"parse_number(t, '.', ',')", FAULT},
    {"parse_number(repeat('9,', 30000000), '.', ',')", FAULT},
    {"parse_date(t, 'DD/MM/YYYY')", FAULT},
    {"uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', t)", VALUE},
    {"t::bytea", VALUE},
    {"t < t || ''", VALUE},
    {"greatest(t, x)", VALUE},
    {"t IN (x, t)", VALUE},
    {"nullif(t, t)", VALUE},
    {"CASE WHEN t = 'x' THEN x ELSE t END", VALUE},
    {"factorial(32000)", VALUE},
    {"gcd(factorial(30000), factorial(29000) + 1)", VALUE},
    {"power(9.99, 130000)", EITHER},
    {"factorial(32000) * factorial(2)", EITHER},
    {"factorial(15000) * factorial(15000)", VALUE},
    {"factorial(30000) / factorial(15000)", VALUE},
    {"sqrt(factorial(30000))", VALUE},
    {"exp(factorial(1000)::numeric)", FAULT},
    {"ln(factorial(30000))", VALUE},
};

/* One row of inputs, and room to evaluate it in. */
struct stage {
    char *large;
    struct wh_str values[COLUMNS];
    struct wh_column inputs[COLUMNS];
};

static int set_up(void **state)
{
    static struct stage stage;
    stage.large = malloc(LARGE);
    assert_non_null(stage.large);
    for (size_t i = 0; i < LARGE; i += 4)
        memcpy(stage.large + i, "ab, ", 4);
    stage.values[0] = wh_str_make(stage.large, LARGE);
    stage.values[1] = wh_str_make(stage.large, 1 << 20);
    stage.values[2] = WH_STR("xy");
    for (size_t i = 0; i < COLUMNS; i++)
        stage.inputs[i] =
            (struct wh_column){.type = columns[i].type, .values.texts = &stage.values[i]};
    *state = &stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    free(stage->large);
    return 0;
}

/* The code of the fault, or 0. */
static uint8_t evaluate(struct stage *stage, const struct wh_program *program,
                        struct wh_arena *arena)
{
    uint16_t row = 0;
    uint16_t node;
    uint8_t code = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    struct wh_eval_request request = {.program = program,
                                      .columns = stage->inputs,
                                      .selection = &selection,
                                      .row_count = 1,
                                      .arena = arena};
    struct wh_column result;
    struct wh_eval *eval;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str message;
    assert_int_equal(WH_OK, wh_eval_new(&eval, &err));
    assert_int_equal(WH_OK, wh_eval_run(eval, &request, &result, &faults, &err));
    if (faults.count > 0) {
        assert_int_equal(WH_OK, wh_eval_describe(eval, &request, &faults, 0, &message, &err));
        assert_true(message.len < 4096);
    }
    wh_eval_free(eval);
    return code;
}

static void convert(struct stage *stage, const struct large_case *tried)
{
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_program *program;
    struct wh_scope scope = {.columns = columns, .column_count = COLUMNS};
    wh_arena_init(&arena);
    double start = wh_clock_thread_seconds();
    if (wh_expr_compile((struct wh_expr_text){.text = wh_str_from(tried->text)}, &scope, &arena,
                        &program, &err) != WH_OK)
        fail_msg("%s: %s", tried->text, err.message);
    uint8_t code = evaluate(stage, program, &arena);
    double seconds = wh_clock_thread_seconds() - start;
    if (seconds > 2)
        print_message("%s: %.1f s, %s\n", tried->text, seconds, wh_fault_text(code));
    if (seconds > MOST_SECONDS)
        fail_msg("%s: %.1f s", tried->text, seconds);
    if (tried->outcome != EITHER && (code == WH_FAULT_NONE) != (tried->outcome == VALUE))
        fail_msg("%s: %s", tried->text, wh_fault_text(code));
    wh_arena_release(&arena);
}

static void values_of_64_mib_are_converted_or_refused(void **state)
{
    for (size_t i = 0; i < WH_COUNT_OF(few); i++)
        convert(*state, &few[i]);
    if (trials_make(4).end - trials_make(4).first <= 4)
        return;
    for (size_t i = 0; i < WH_COUNT_OF(all); i++)
        convert(*state, &all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_64_mib_are_converted_or_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
