/* SPDX-License-Identifier: Apache-2.0 */
/* What compiling says of an expression: places of errors, limits, what a program reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "convert/catalog.h"
#include "convert/expr.h"
#include "convert/functions.h"

static const struct wh_input_column columns[] = {
    {.name = {"id", 2}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"First Name", 10}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"amount", 6}, .type = {.kind = WH_KIND_NUMERIC}},
    {.name = {"n", 1}, .type = {.kind = WH_KIND_INT, .bits = 32}},
    {.name = {"a_column_whose_name_is_longer_than_the_63_bytes_that_postgresql_keeps_of_it", 75},
     .type = {.kind = WH_KIND_TEXT}},
};

static const struct wh_scope scope = {.columns = columns, .column_count = WH_COUNT_OF(columns)};

struct compiled {
    struct wh_arena arena;
    struct wh_program *program;
    struct wh_error err;
    wh_code code;
};

static void release(struct compiled *compiled)
{
    wh_arena_release(&compiled->arena);
}

static void compile_at(struct compiled *ret, const char *text, uint32_t line, uint32_t column)
{
    struct wh_expr_text expression = {.text = wh_str_from(text), .line = line, .column = column};
    *ret = (struct compiled){.err = WH_ERROR_NONE};
    wh_arena_init(&ret->arena);
    ret->code = wh_expr_compile(expression, &scope, &ret->arena, &ret->program, &ret->err);
}

static void errors_carry_the_place_in_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
    } cases[] = {
        {"nosuch", 7, 20},
        {"id || nosuch", 7, 26},
        {"'äöü' || nosuch", 7, 29}, /* characters, not bytes */
        {"id ||\n  nosuch", 8, 22}, /* a block's lines are indented alike */
        {"id ||\n\n", 9, 20},       /* a syntax error at the end */
        {"id || 'abc", 7, 26},      /* an unterminated literal */
        {"'ä' + ) ", 7, 26},        /* the parser's own positions */
        {"upper(id, id)", 7, 20},
        {"id = 1", 7, 20},
        {"amount::nosuchtype", 7, 28},
        {"CASE WHEN id THEN 1 END", 7, 30},
        {"amount + 'x'", 7, 29},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        compile_at(&compiled, cases[i].text, 7, 20);
        assert_int_not_equal(WH_OK, compiled.code);
        if (compiled.err.line != cases[i].line || compiled.err.column != cases[i].column)
            fail_msg("%s: %u:%u: %s", cases[i].text, compiled.err.line, compiled.err.column,
                     compiled.err.message);
    }
}

static void errors_without_a_file_name_the_character(void **state)
{
    (void)state;
    WH_CLEANUP(release) struct compiled compiled;
    compile_at(&compiled, "'é' || nosuch", 0, 0);
    assert_int_equal(WH_INVALID, compiled.code);
    assert_int_equal(0, compiled.err.line);
    assert_string_equal("there is no column 'nosuch' (at character 8)", compiled.err.message);
}

static void tells_invalid_from_unsupported(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        wh_code code;
    } cases[] = {
        {"id +", WH_INVALID},
        {"nosuch", WH_INVALID},
        {"id + 1", WH_INVALID},
        {"nosuch(id)", WH_UNSUPPORTED},
        {"regexp_replace(id, '(a)\\1', 'b')", WH_UNSUPPORTED},
        {"(SELECT 1)", WH_UNSUPPORTED},
        {"id::xml", WH_UNSUPPORTED},
        {"now()", WH_UNSUPPORTED},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        compile_at(&compiled, cases[i].text, 1, 1);
        assert_int_equal(cases[i].code, compiled.code);
    }
}

/* ---- evaluating one row --------------------------------------------------------------------- */

/* Evaluates @p program for one row: id is '7', n is 5. Gives the number of faults. */
static size_t evaluate(const struct wh_program *program, struct wh_arena *arena,
                       struct wh_column *result)
{
    int64_t five = 5;
    struct wh_str seven = WH_STR("7");
    struct wh_column inputs[WH_COUNT_OF(columns)] = {{.validity = NULL}};
    inputs[0] = (struct wh_column){.type = columns[0].type, .values.texts = &seven};
    inputs[3] = (struct wh_column){.type = columns[3].type, .values.ints = &five};
    uint16_t row = 0;
    uint16_t node;
    uint8_t code = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    struct wh_eval_request request = {.program = program,
                                      .columns = inputs,
                                      .selection = &selection,
                                      .row_count = 1,
                                      .arena = arena};
    struct wh_eval *eval;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(WH_OK, wh_eval_new(&eval, &err));
    assert_int_equal(WH_OK, wh_eval_run(eval, &request, result, &faults, &err));
    wh_eval_free(eval);
    return faults.count;
}

/* ---- limits --------------------------------------------------------------------------------- */

static void append(struct wh_buf *text, const char *part, size_t times)
{
    struct wh_error err = WH_ERROR_NONE;
    for (size_t i = 0; i < times; i++)
        assert_int_equal(WH_OK, wh_buf_append_str(text, wh_str_from(part), &err));
}

/* @p first, then @p repeated so many times, then @p last. */
static void compile_repeated(struct compiled *ret, const char *first, const char *repeated,
                             size_t times, const char *last)
{
    struct wh_buf text;
    wh_buf_init(&text, 1 << 20);
    append(&text, first, 1);
    append(&text, repeated, times);
    append(&text, last, 1);
    compile_at(ret, wh_buf_cstr(&text), 1, 1);
    wh_buf_release(&text);
}

static void assert_has_a_value(struct compiled *compiled, const char *what)
{
    if (compiled->code != WH_OK)
        fail_msg("%s…: %s", what, compiled->err.message);
    struct wh_type text = {.kind = WH_KIND_TEXT, .length = 100000};
    struct wh_program *assigned;
    struct wh_column result;
    assert_int_equal(WH_OK, wh_expr_assign(compiled->program, text, &compiled->arena, &assigned,
                                           &compiled->err));
    assert_int_equal(0, evaluate(assigned, &compiled->arena, &result));
    assert_true(result.values.texts[0].len > 0);
}

/* A value, or, where that may be, a refusal that says where. */
static void assert_outcome(struct compiled *compiled, const char *what, bool is_taken)
{
    if (is_taken || compiled->code == WH_OK) {
        assert_has_a_value(compiled, what);
        return;
    }
    assert_int_equal(1, compiled->err.line);
    assert_true(compiled->err.column > 0);
    assert_true(strlen(compiled->err.message) > 10);
}

static void takes_2000_terms(void **state)
{
    (void)state;
    static const struct {
        const char *first, *repeated, *last;
    } cases[] = {
        {"n", " + n", ""},
        {"id", " || id", ""},
        {"n = 1", " AND n = 2", ""},
        {"n = 1", " OR n = 2", ""},
        {"n IN (1", ", 2", ")"},
        {"concat(id", ", id", ")"},
        {"coalesce(id", ", id", ")"},
        {"", "- ", "n"},
        {"", "NOT ", "n = 1"},
        {"n", "::int", ""},
        {"CASE n WHEN 1 THEN 1", " WHEN 2 THEN 3", " ELSE 4 END"},
        {"'{}'::jsonb", " || '{}'", ""},
        {"coalesce('{}'::jsonb", " -> 'a'", ", '1')"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        compile_repeated(&compiled, cases[i].first, cases[i].repeated, 2000, cases[i].last);
        assert_has_a_value(&compiled, cases[i].repeated);
    }
}

/* One inside the other. What the limit of 32 KiB cuts off is nested as deep as it lets it. */
static void takes_2000_terms_in_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *open, *inner, *close;
        bool is_taken;
    } cases[] = {
        {"(", "n", ")", true},
        {"upper(", "id", ")", true},
        {"abs(", "n", ")", true},
        {"(NOT ", "n = 1", ")", true},
        {"-(", "n", ")", true},
        {"(1+", "n", ")", true},
        {"try(", "n", ")", false},
        {"nullif(", "n", ",1)", false},
        {"coalesce(", "n", ",1)", false},
        {"CASE n WHEN 5 THEN ", "n", " END", false},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        struct wh_buf text;
        size_t size = strlen(cases[i].open) + strlen(cases[i].close);
        size_t times = WH_MIN((size_t)2000, ((size_t)32000) / size);
        wh_buf_init(&text, 1 << 20);
        append(&text, cases[i].open, times);
        append(&text, cases[i].inner, 1);
        append(&text, cases[i].close, times);
        compile_at(&compiled, wh_buf_cstr(&text), 1, 1);
        wh_buf_release(&text);
        assert_outcome(&compiled, cases[i].open, cases[i].is_taken);
    }
}

/* All of 32 KiB, side by side: a value, or a refusal that says where. */
static void takes_or_refuses_32_kib(void **state)
{
    (void)state;
    static const struct {
        const char *first, *repeated, *last;
        bool is_taken;
    } cases[] = {
        {"n IN (1", ",2", ")", true},
        {"concat(id", ",id", ")", false}, /* PostgreSQL's functions have 100 arguments */
        {"greatest(n", ",n", ")", true},
        {"CASE n WHEN 1 THEN 1", " WHEN 2 THEN 3", " ELSE 4 END", true},
        {"id", "||id", "", false},
        {"n", "+1", "", false},
        {"n=1", " OR n=2", "", true},
        {"'", "x", "'", true},
        {"n", "", "", true},
        {"length(id", " ", ")", true},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        size_t room = (32 << 10) - 1 - strlen(cases[i].first) - strlen(cases[i].last);
        size_t times = room / WH_MAX(strlen(cases[i].repeated), (size_t)1);
        compile_repeated(&compiled, cases[i].first, cases[i].repeated, times, cases[i].last);
        assert_outcome(&compiled, cases[i].first, cases[i].is_taken);
    }
}

static void refuses_what_is_nested_too_deep(void **state)
{
    (void)state;
    static const struct {
        const char *first, *repeated, *last;
        size_t times;
    } cases[] = {
        {"n", " + n", "", 5000},
        {"", "NOT ", "n = 1", 8000},
        {"", "- ", "n", 16000},
        {"n", "::int", "", 6000},
        {"", "(", "", 30000},
        {"", "upper(", "", 5000},
        {"n BETWEEN 1 AND 2", " IS TRUE", "", 3500},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        compile_repeated(&compiled, cases[i].first, cases[i].repeated, cases[i].times,
                         cases[i].last);
        assert_int_not_equal(WH_OK, compiled.code);
        assert_int_equal(1, compiled.err.line);
        assert_true(strlen(compiled.err.message) > 10);
    }
}

static void refuses_more_than_32_kib(void **state)
{
    (void)state;
    WH_CLEANUP(release) struct compiled compiled;
    compile_repeated(&compiled, "'", "x", 32 << 10, "'");
    assert_int_equal(WH_LIMIT, compiled.code);
    assert_non_null(strstr(compiled.err.message, "32768 bytes"));
}

static void refuses_bytes_that_are_no_text(void **state)
{
    (void)state;
    static const char nul[] = "id\0|| id";
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_program *program;
    struct wh_expr_text text = {.text = {nul, sizeof(nul) - 1}};
    wh_arena_init(&arena);
    assert_int_equal(WH_INVALID, wh_expr_compile(text, &scope, &arena, &program, &err));
    text.text = WH_STR("'\xff'");
    assert_int_equal(WH_INVALID, wh_expr_compile(text, &scope, &arena, &program, &err));
    text.text = WH_STR_NONE;
    assert_int_equal(WH_INVALID, wh_expr_compile(text, &scope, &arena, &program, &err));
    wh_arena_release(&arena);
}

/* A value used twice is evaluated once: otherwise this would take 2^40 evaluations. */
static void evaluates_what_between_names_twice_once(void **state)
{
    (void)state;
    static const char open[] = "((((((((((((((((((((((((((((((((((((((((";
    WH_CLEANUP(release) struct compiled compiled;
    struct wh_buf text;
    struct wh_error err = WH_ERROR_NONE;
    wh_buf_init(&text, 1 << 20);
    assert_int_equal(WH_OK, wh_buf_printf(&text, &err, "%s(n > 1)", open));
    for (size_t i = 0; i < sizeof(open) - 1; i++)
        assert_int_equal(WH_OK, wh_buf_printf(&text, &err, " BETWEEN false AND true)"));
    compile_at(&compiled, wh_buf_cstr(&text), 1, 1);
    wh_buf_release(&text);
    if (compiled.code != WH_OK)
        fail_msg("%s", compiled.err.message);
    struct wh_column result;
    assert_int_equal(0, evaluate(compiled.program, &compiled.arena, &result));
    assert_int_equal(1, result.values.bools[0]);
}

/* ---- what a program is ---------------------------------------------------------------------- */

static void collect(void *ctx, size_t index)
{
    size_t *mask = ctx;
    assert_true(*mask < ((size_t)1 << index)); /* ascending, each once */
    *mask |= (size_t)1 << index;
}

static void tells_which_columns_it_reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t mask;
    } cases[] = {
        {"1", 0},
        {"id", 1},
        {"n + n + amount", 1 << 3 | 1 << 2},
        {"CASE WHEN n > 1 THEN id ELSE \"First Name\" END", 1 << 3 | 1 << 1 | 1},
        {"NULL || id", 0}, /* NULL whatever it is */
        {"n BETWEEN amount AND 5", 1 << 3 | 1 << 2},
        {"a_column_whose_name_is_longer_than_the_63_bytes_that_postgresql_keeps_of_it", 1 << 4},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        size_t mask = 0;
        compile_at(&compiled, cases[i].text, 1, 1);
        assert_int_equal(WH_OK, compiled.code);
        wh_program_inputs(compiled.program, collect, &mask);
        assert_int_equal(cases[i].mask, mask);
    }
}

static void tells_columns_and_casts_of_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t plain, cast;
    } cases[] = {
        {"id", 0, 0},
        {"(\"First Name\")", 1, 1},
        {"id::bigint", SIZE_MAX, 0},
        {"id::numeric(12,2)::text", SIZE_MAX, 0},
        {"amount::numeric(5,1)", SIZE_MAX, 2},
        {"n::int8", SIZE_MAX, 3},
        {"trim(id)", SIZE_MAX, SIZE_MAX},
        {"id || id", SIZE_MAX, SIZE_MAX},
        {"n + 1", SIZE_MAX, SIZE_MAX},
        {"5", SIZE_MAX, SIZE_MAX},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(release) struct compiled compiled;
        compile_at(&compiled, cases[i].text, 1, 1);
        assert_int_equal(WH_OK, compiled.code);
        size_t cast = SIZE_MAX;
        assert_int_equal(cases[i].plain, wh_program_plain_column(compiled.program));
        assert_int_equal(cases[i].cast != SIZE_MAX, wh_program_is_cast_of(compiled.program, &cast));
        assert_int_equal(cases[i].cast, cast);
    }
}

static void an_assigned_column_is_still_a_cast_of_it(void **state)
{
    (void)state;
    WH_CLEANUP(release) struct compiled compiled;
    struct wh_program *assigned;
    size_t index = SIZE_MAX;
    compile_at(&compiled, "id", 1, 1);
    struct wh_type bigint = {.kind = WH_KIND_INT, .bits = 64};
    assert_int_equal(
        WH_OK, wh_expr_assign(compiled.program, bigint, &compiled.arena, &assigned, &compiled.err));
    assert_true(wh_type_equal(bigint, wh_program_type(assigned)));
    assert_true(wh_program_is_cast_of(assigned, &index));
    assert_int_equal(0, index);
    assert_int_equal(SIZE_MAX, wh_program_plain_column(assigned));
    assert_int_equal(0, wh_program_plain_column(compiled.program)); /* as it was */
    struct wh_type text = {.kind = WH_KIND_TEXT};
    assert_int_equal(
        WH_OK, wh_expr_assign(compiled.program, text, &compiled.arena, &assigned, &compiled.err));
    assert_int_equal(0, wh_program_plain_column(assigned)); /* nothing to do is no node */
}

static void wants_a_condition_to_be_boolean(void **state)
{
    (void)state;
    WH_CLEANUP(release) struct compiled compiled;
    compile_at(&compiled, "n > 1", 1, 1);
    assert_int_equal(WH_OK, wh_expr_require_bool(compiled.program, &compiled.err));
    release(&compiled);
    compile_at(&compiled, "n", 1, 1);
    assert_int_equal(WH_INVALID, wh_expr_require_bool(compiled.program, &compiled.err));
    assert_non_null(strstr(compiled.err.message, "integer"));
}

/* ---- the table of functions ----------------------------------------------------------------- */

static void expect_entry(const char *name)
{
    if (!wh_catalog_has(wh_str_from(name)))
        fail_msg("%s is not in the catalog", name);
}

static void documents_every_function_and_operator(void **state)
{
    (void)state;
    for (size_t i = 0; wh_function_tables[i] != NULL; i++) {
        for (const struct wh_function *row = wh_function_tables[i]; row->arguments != NULL; row++) {
            bool has_name = strpbrk(row->operation.name, "([") == NULL;
            if (row->operation.kernel != NULL && has_name)
                expect_entry(row->operation.name);
        }
    }
    for (const struct wh_function *row = wh_operators; row->arguments != NULL; row++) {
        if (row->operation.kernel != NULL)
            expect_entry(row->operation.name);
    }
}

static void count_one(void *ctx, const struct wh_signature *signature)
{
    size_t *count = ctx;
    assert_non_null(signature->result);
    *count += 1;
}

/* What is no form can be called with something. */
static void knows_what_every_entry_is_called_with(void **state)
{
    (void)state;
    size_t all = 0;
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            size_t count = 0;
            wh_catalog_signatures(subject, entry, count_one, &count);
            bool is_form = wh_catalog_kind(subject, entry) == WH_CATALOG_FORM;
            if (is_form != (count == 0))
                fail_msg("%s has %zu signatures", entry->name, count);
            all += count;
        }
    }
    assert_true(all > 500);
}

static void takes_now_where_that_is_allowed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "now()",     "current_date", "current_timestamp",        "localtimestamp",
        "localtime", "now()::date",  "coalesce(id, now()::text)"};
    struct wh_scope inserting = scope;
    inserting.allow_volatile = true;
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++) {
        struct wh_arena arena;
        struct wh_error err = WH_ERROR_NONE;
        struct wh_program *program;
        struct wh_expr_text text = {.text = wh_str_from(texts[i])};
        wh_arena_init(&arena);
        assert_int_equal(WH_OK, wh_expr_compile(text, &inserting, &arena, &program, &err));
        assert_int_equal(WH_UNSUPPORTED, wh_expr_compile(text, &scope, &arena, &program, &err));
        wh_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_carry_the_place_in_the_file),
        cmocka_unit_test(errors_without_a_file_name_the_character),
        cmocka_unit_test(tells_invalid_from_unsupported),
        cmocka_unit_test(takes_2000_terms),
        cmocka_unit_test(takes_2000_terms_in_each_other),
        cmocka_unit_test(takes_or_refuses_32_kib),
        cmocka_unit_test(refuses_what_is_nested_too_deep),
        cmocka_unit_test(refuses_more_than_32_kib),
        cmocka_unit_test(refuses_bytes_that_are_no_text),
        cmocka_unit_test(evaluates_what_between_names_twice_once),
        cmocka_unit_test(tells_which_columns_it_reads),
        cmocka_unit_test(tells_columns_and_casts_of_columns),
        cmocka_unit_test(an_assigned_column_is_still_a_cast_of_it),
        cmocka_unit_test(wants_a_condition_to_be_boolean),
        cmocka_unit_test(documents_every_function_and_operator),
        cmocka_unit_test(knows_what_every_entry_is_called_with),
        cmocka_unit_test(takes_now_where_that_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
