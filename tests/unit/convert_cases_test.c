/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case files tests/unit/cases/expressions*.txt. Their expected values are PostgreSQL's:
 * tests/differential/check-expressions asks a server for them again.
 *
 *   : name type = value   an input column; the first after another kind of line begins anew
 *   | name type           begins a table: the values of one input column, which stand below it
 *   - value               one of them; each expression of a table has an answer for each, in order
 *   > expression
 *   < type                its result is assigned to a column of this type (optional)
 *   = type value          the result, as PostgreSQL prints it; \N is NULL
 *   + type value          the same, of wherry's own: PostgreSQL is not asked
 *   ! fault [stricter N]  the row is faulty, any: somehow, or refused when compiled; stricter:
 *                         PostgreSQL gives a value, and entry N of the list in docs/expressions.md
 *                         says why wherry does not; own: a function of wherry's own
 *   ? words               refused when compiled, with a message that has these words in it
 *
 * Values know \n, \t, \\ and \N. Each case is evaluated for a batch of which some rows are NULL,
 * and again for one row alone.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/option.h"
#include "convert/expr.h"
#include "convert_coverage.h"
#include "data/text.h"
#include "fault_names.h"

enum { MAX_INPUTS = 48, MAX_LINE = 40000, ROWS = 70, LAST_ROW = ROWS - 1 };
#define DOCS "docs/expressions.md"

enum { FEWEST_CASES = 8000, MOST_ENTRIES = 25 };

/* ---- types and faults by name --------------------------------------------------------------- */

static const struct {
    const char *name;
    struct wh_type type;
} types[] = {
    {"bool", {.kind = WH_KIND_BOOL}},
    {"int2", {.kind = WH_KIND_INT, .bits = 16}},
    {"int4", {.kind = WH_KIND_INT, .bits = 32}},
    {"int8", {.kind = WH_KIND_INT, .bits = 64}},
    {"float4", {.kind = WH_KIND_FLOAT, .bits = 32}},
    {"float8", {.kind = WH_KIND_FLOAT, .bits = 64}},
    {"numeric", {.kind = WH_KIND_NUMERIC}},
    {"date", {.kind = WH_KIND_DATE}},
    {"time", {.kind = WH_KIND_TIME}},
    {"timestamp", {.kind = WH_KIND_TIMESTAMP}},
    {"timestamptz", {.kind = WH_KIND_TIMESTAMPTZ}},
    {"interval", {.kind = WH_KIND_INTERVAL}},
    {"text", {.kind = WH_KIND_TEXT}},
    {"bpchar", {.kind = WH_KIND_TEXT, .is_padded = true}},
    {"bytea", {.kind = WH_KIND_BYTES}},
    {"uuid", {.kind = WH_KIND_TEXT, .form = WH_TEXT_UUID}},
    {"json", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSON}},
    {"jsonb", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSONB}},
    {"_text", {.kind = WH_KIND_TEXT, .form = WH_TEXT_LIST, .element = WH_KIND_TEXT}},
};

static bool find_type(struct wh_str name, struct wh_type *ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(types); i++) {
        if (!wh_str_is(name, types[i].name))
            continue;
        *ret = types[i].type;
        return true;
    }
    return false;
}

/* int4, numeric(12,2), varchar(3), char(3) */
static bool read_type(struct wh_str text, struct wh_type *ret)
{
    int64_t modifiers[2] = {0, 0};
    struct wh_str rest = text;
    struct wh_str name = wh_str_split(&rest, '(');
    size_t count = 0;
    if (rest.ptr != NULL && rest.len > 0)
        rest.len--; /* the closing bracket */
    while (rest.len > 0 && count < 2) {
        if (wh_int_parse(wh_str_split(&rest, ','), &modifiers[count++]) != WH_FAULT_NONE)
            return false;
    }
    bool is_padded = wh_str_is(name, "char");
    if (is_padded || wh_str_is(name, "varchar"))
        name = is_padded ? WH_STR("bpchar") : WH_STR("text");
    if (!find_type(name, ret))
        return false;
    if (ret->kind == WH_KIND_TEXT) {
        ret->length = (int32_t)modifiers[0];
    } else if (count > 0) {
        ret->has_scale = true;
        ret->precision = (int16_t)modifiers[0];
        ret->scale = (int16_t)modifiers[1];
    }
    return true;
}

static const char *type_name(struct wh_type type)
{
    for (size_t i = 0; i < WH_COUNT_OF(types); i++) {
        const struct wh_type *known = &types[i].type;
        if (known->kind == type.kind && known->bits == type.bits && known->form == type.form &&
            known->is_padded == type.is_padded)
            return types[i].name;
    }
    return "unknown";
}

/* ---- one case ------------------------------------------------------------------------------- */

struct outcome {
    uint8_t codes[WH_BATCH_ROWS];
    uint16_t nodes[WH_BATCH_ROWS];
    struct wh_faults faults;
    struct wh_column result;
    struct wh_eval_request request;
};

struct runner {
    struct wh_arena arena; /* of the inputs at hand */
    struct wh_arena batch; /* of one case */
    struct wh_input_column inputs[MAX_INPUTS];
    struct wh_column columns[MAX_INPUTS];
    size_t input_count;
    struct wh_eval *eval;
    struct coverage *coverage;
    struct wh_type assigned; /* WH_KIND_NULL: the result is not assigned */
    size_t table_rows;       /* values of the table at hand; 0: there is none */
    size_t answers;          /* that its expression has had */
    struct wh_program *program;
    struct outcome outcome; /* of the program over all of the table's values */
    const char *file;
    size_t line;
    size_t cases;
    size_t failures;
    bool is_listed[MOST_ENTRIES +
                   1]; /* numbers of docs/expressions.md, "Stricter than PostgreSQL" */
};

static void fail_case(struct runner *runner, struct wh_str expression, const char *format, ...)
    WH_PRINTF(3, 4);

static void fail_case(struct runner *runner, struct wh_str expression, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%zu: %.*s\n    ", runner->file, runner->line, WH_FMT(expression));
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    runner->failures++;
}

/* Undoes the escapes of a value; true where it is \N, NULL. */
static bool read_value(struct wh_arena *arena, struct wh_str raw, struct wh_str *ret)
{
    if (wh_str_is(raw, "\\N"))
        return true;
    char *room = wh_arena_bytes(arena, raw.len + 1);
    assert_non_null(room);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '\\' && i + 1 < raw.len) {
            c = raw.ptr[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        room[len++] = c;
    }
    *ret = wh_str_make(room, len);
    return false;
}

static void evaluate(struct runner *runner, const struct wh_program *program,
                     struct wh_selection *selection, struct outcome *outcome)
{
    struct wh_error err = WH_ERROR_NONE;
    memset(outcome->codes, 0, sizeof(outcome->codes));
    outcome->faults = (struct wh_faults){.codes = outcome->codes, .nodes = outcome->nodes};
    outcome->request = (struct wh_eval_request){.program = program,
                                                .columns = runner->columns,
                                                .selection = selection,
                                                .row_count = ROWS,
                                                .arena = &runner->batch};
    wh_code rc =
        wh_eval_run(runner->eval, &outcome->request, &outcome->result, &outcome->faults, &err);
    if (rc != WH_OK)
        fail_msg("%s:%zu: %s", runner->file, runner->line, err.message);
}

static void check_value(struct runner *runner, struct wh_str expression, struct wh_str expected,
                        struct outcome *outcome, size_t row)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str type = wh_str_split(&expected, ' ');
    struct wh_str value = WH_STR_NONE;
    bool is_null = read_value(&runner->batch, expected, &value);
    if (outcome->codes[row] != WH_FAULT_NONE) {
        struct wh_str message = WH_STR_NONE;
        assert_int_equal(WH_OK, wh_eval_describe(runner->eval, &outcome->request, &outcome->faults,
                                                 row, &message, &err));
        fail_case(runner, expression, "fault %s: %.*s", fault_names[outcome->codes[row]],
                  WH_FMT(message));
        return;
    }
    const char *name = type_name(outcome->result.type);
    if (!wh_str_is(type, name))
        fail_case(runner, expression, "is of type %s, expected %.*s", name, WH_FMT(type));
    bool found_null = wh_column_is_null(&outcome->result, row);
    struct wh_str found = WH_STR("NULL");
    if (!found_null)
        assert_int_equal(WH_FAULT_NONE,
                         wh_value_print(&outcome->result, row, &runner->batch, &found));
    if (found_null != is_null || (!is_null && !wh_str_equal(found, value)))
        fail_case(runner, expression, "row %zu gives %s'%.*s', expected %s'%.*s'", row,
                  found_null ? "NULL " : "", WH_FMT(found), is_null ? "NULL " : "", WH_FMT(value));
}

/* What PostgreSQL gives a value for is refused for a reason that is told. */
static void check_entry(struct runner *runner, struct wh_str expression, struct wh_str words)
{
    struct wh_str word = wh_str_split(&words, ' ');
    uint64_t entry = 0;
    if (!wh_str_is(word, "stricter"))
        return;
    if (wh_count_parse(words, &entry, NULL) != WH_OK || entry > MOST_ENTRIES ||
        !runner->is_listed[entry])
        fail_case(runner, expression, "'! … stricter N': entry '%.*s' is not on the list in " DOCS,
                  WH_FMT(words));
}

static void check_fault(struct runner *runner, struct wh_str expression, struct wh_str expected,
                        struct outcome *outcome, size_t row)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str message = WH_STR_NONE;
    const char *found = fault_names[outcome->codes[row]];
    struct wh_str wanted = wh_str_split(&expected, ' ');
    check_entry(runner, expression, expected);
    bool is_any = wh_str_is(wanted, "any") && outcome->codes[row] != WH_FAULT_NONE;
    if (!is_any && !wh_str_is(wanted, found)) {
        fail_case(runner, expression, "row %zu has fault %s", row, found);
        return;
    }
    assert_int_equal(WH_OK, wh_eval_describe(runner->eval, &outcome->request, &outcome->faults, row,
                                             &message, &err));
    if (message.len < 10)
        fail_case(runner, expression, "the fault's message says nothing: '%.*s'", WH_FMT(message));
}

static void check_answer(struct runner *runner, struct wh_str expression, struct wh_str expected,
                         struct outcome *outcome, size_t row)
{
    char kind = expected.ptr[0];
    struct wh_str rest = wh_str_make(expected.ptr + 2, expected.len - 2);
    if (kind == '=' || kind == '+')
        check_value(runner, expression, rest, outcome, row);
    else
        check_fault(runner, expression, rest, outcome, row);
}

/* All of the batch's first @p count rows. */
static void evaluate_all(struct runner *runner, const struct wh_program *program, size_t count,
                         struct outcome *outcome)
{
    uint16_t all[ROWS];
    struct wh_selection selection = {.rows = all, .count = count};
    for (size_t i = 0; i < count; i++)
        all[i] = (uint16_t)i;
    evaluate(runner, program, &selection, outcome);
}

/* One row alone. */
static void check_alone(struct runner *runner, const struct wh_program *program,
                        struct wh_str expression, struct wh_str expected, size_t row)
{
    static struct outcome outcome;
    uint16_t one = (uint16_t)row;
    struct wh_selection selection = {.rows = &one, .count = 1};
    evaluate(runner, program, &selection, &outcome);
    check_answer(runner, expression, expected, &outcome, row);
}

static void check_refusal(struct runner *runner, struct wh_str expression, struct wh_str expected,
                          const struct wh_error *err)
{
    struct wh_str words = wh_str_make(expected.ptr + 2, expected.len - 2);
    struct wh_str message = wh_str_from(err->message);
    if (memmem(message.ptr, message.len, words.ptr, words.len) == NULL)
        fail_case(runner, expression, "is refused otherwise: %s", err->message);
}

static wh_code compile(struct runner *runner, struct wh_str expression, struct wh_program **ret,
                       struct wh_error *err)
{
    struct wh_scope scope = {.columns = runner->inputs, .column_count = runner->input_count};
    struct wh_expr_text text = {.text = expression};
    WH_TRY(wh_expr_compile(text, &scope, &runner->batch, ret, err));
    if (runner->assigned.kind == WH_KIND_NULL)
        return WH_OK;
    return wh_expr_assign(*ret, runner->assigned, &runner->batch, ret, err);
}

static void note_coverage(struct runner *runner, struct wh_str expression, struct wh_str expected,
                          const struct wh_program *program)
{
    struct wh_scope scope = {.columns = runner->inputs, .column_count = runner->input_count};
    bool is_own = expected.ptr[0] == '+' ||
                  (expected.ptr[0] == '!' && wh_str_ends_with(expected, WH_STR(" own")));
    struct coverage_case asked = {
        .expression = expression, .scope = &scope, .program = program, .is_own = is_own};
    coverage_add(runner->coverage, &asked);
}

static void run_program(struct runner *runner, const struct wh_program *program,
                        struct wh_str expression, struct wh_str expected)
{
    static struct outcome outcome;
    note_coverage(runner, expression, expected, program);
    evaluate_all(runner, program, ROWS, &outcome);
    check_answer(runner, expression, expected, &outcome, LAST_ROW);
    check_alone(runner, program, expression, expected, LAST_ROW);
}

static void run_case(struct runner *runner, struct wh_str expression, struct wh_str expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_program *program = NULL;
    wh_arena_reset(&runner->batch, 1 << 20);
    runner->cases++;
    wh_code rc = compile(runner, expression, &program, &err);
    if (rc != WH_OK && expected.ptr[0] == '?')
        check_refusal(runner, expression, expected, &err);
    else if (rc != WH_OK && !wh_str_is(expected, "! any"))
        fail_case(runner, expression, "does not compile: %s", err.message);
    else if (rc == WH_OK && expected.ptr[0] == '?')
        fail_case(runner, expression, "compiles, and should be refused");
    else if (rc == WH_OK)
        run_program(runner, program, expression, expected);
}

/* The expression of a table over all of its values, before the first answer. */
static void begin_answers(struct runner *runner, struct wh_str expression, struct wh_str expected)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_arena_reset(&runner->batch, 1 << 20);
    runner->program = NULL;
    if (compile(runner, expression, &runner->program, &err) != WH_OK)
        fail_case(runner, expression, "does not compile: %s", err.message);
    if (runner->program == NULL)
        return;
    note_coverage(runner, expression, expected, runner->program);
    evaluate_all(runner, runner->program, runner->table_rows, &runner->outcome);
}

static void run_table_case(struct runner *runner, struct wh_str expression, struct wh_str expected)
{
    size_t row = runner->answers++;
    if (row == 0)
        begin_answers(runner, expression, expected);
    runner->cases++;
    if (row >= runner->table_rows) {
        fail_case(runner, expression, "has more answers than the table has values");
    } else if (runner->program != NULL) {
        check_answer(runner, expression, expected, &runner->outcome, row);
        check_alone(runner, runner->program, expression, expected, row);
    }
}

/* ---- case files ----------------------------------------------------------------------------- */

/* name type = value; rows in the middle of the batch are NULL. */
static void add_input(struct runner *runner, struct wh_str line)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str copy;
    assert_true(runner->input_count < MAX_INPUTS);
    assert_int_equal(WH_OK, wh_arena_copy(&runner->arena, line, &copy, &err));
    struct wh_input_column *input = &runner->inputs[runner->input_count];
    struct wh_column *column = &runner->columns[runner->input_count++];
    input->name = wh_str_split(&copy, ' ');
    if (!find_type(wh_str_split(&copy, ' '), &input->type) || copy.len < 1 || copy.ptr[0] != '=')
        fail_msg("%s:%zu: not an input: %.*s", runner->file, runner->line, WH_FMT(line));
    struct wh_str raw = copy.len > 2 ? wh_str_make(copy.ptr + 2, copy.len - 2) : WH_STR_NONE;
    struct wh_str value = WH_STR_NONE;
    bool is_null = read_value(&runner->arena, raw, &value);
    assert_int_equal(WH_OK, wh_column_init(column, input->type, ROWS, &runner->arena, &err));
    assert_int_equal(WH_OK, wh_column_need_validity(column, &runner->arena, &err));
    memset(column->values.any, 0, wh_kind_size(input->type.kind) * ROWS);
    for (size_t row = 0; row < ROWS; row++) {
        if (is_null || (row != 0 && row != LAST_ROW))
            wh_column_set_null(column, row);
        else if (wh_value_parse(value, &runner->arena, column, row) != WH_FAULT_NONE)
            fail_msg("%s:%zu: not a value: %.*s", runner->file, runner->line, WH_FMT(line));
    }
}

/* name type */
static void begin_table(struct runner *runner, struct wh_str line)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str copy;
    struct wh_input_column *input = &runner->inputs[0];
    wh_arena_reset(&runner->arena, 1 << 20);
    assert_int_equal(WH_OK, wh_arena_copy(&runner->arena, line, &copy, &err));
    input->name = wh_str_split(&copy, ' ');
    if (!find_type(copy, &input->type))
        fail_msg("%s:%zu: not a table: %.*s", runner->file, runner->line, WH_FMT(line));
    runner->input_count = 1;
    runner->table_rows = 0;
    assert_int_equal(WH_OK,
                     wh_column_init(&runner->columns[0], input->type, ROWS, &runner->arena, &err));
    assert_int_equal(WH_OK, wh_column_need_validity(&runner->columns[0], &runner->arena, &err));
}

static void add_value(struct runner *runner, struct wh_str raw)
{
    struct wh_column *column = &runner->columns[0];
    struct wh_str value = WH_STR_NONE;
    assert_true(runner->table_rows < ROWS);
    size_t row = runner->table_rows++;
    if (read_value(&runner->arena, raw, &value))
        wh_column_set_null(column, row);
    else if (wh_value_parse(value, &runner->arena, column, row) != WH_FAULT_NONE)
        fail_msg("%s:%zu: not a value: %.*s", runner->file, runner->line, WH_FMT(raw));
}

static void begin_case(struct runner *runner, struct wh_str text, char *expression)
{
    runner->answers = 0;
    memcpy(expression, text.ptr, text.len);
    expression[text.len] = '\0';
    runner->assigned = (struct wh_type){.kind = WH_KIND_NULL};
}

static void run_file(struct runner *runner, const char *path)
{
    static char line[MAX_LINE];
    static char expression[MAX_LINE];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    bool declares = false;
    runner->file = path;
    runner->line = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t len = strcspn(line, "\n");
        struct wh_str rest = wh_str_make(line + WH_MIN(len, 2), len - WH_MIN(len, 2));
        line[len] = '\0';
        runner->line++;
        if (line[0] == ':' && !declares) {
            wh_arena_reset(&runner->arena, 1 << 20);
            runner->input_count = 0;
            runner->table_rows = 0;
        }
        declares = line[0] == ':';
        if (declares)
            add_input(runner, rest);
        else if (line[0] == '|')
            begin_table(runner, rest);
        else if (line[0] == '-')
            add_value(runner, rest);
        else if (line[0] == '>')
            begin_case(runner, rest, expression);
        else if (line[0] == '<')
            assert_true(read_type(rest, &runner->assigned));
        else if (len > 0 && strchr("=+!?", line[0]) != NULL && runner->table_rows > 0)
            run_table_case(runner, wh_str_from(expression), wh_str_make(line, len));
        else if (len > 0 && strchr("=+!?", line[0]) != NULL)
            run_case(runner, wh_str_from(expression), wh_str_make(line, len));
        else if (len > 0 && line[0] != '#')
            fail_msg("%s:%zu: not a line of a case file", path, runner->line);
    }
    (void)fclose(file);
}

/* The numbers in the first cells of the list, which begins with its heading: | 7 | … */
static void read_entries(struct runner *runner)
{
    static char line[MAX_LINE];
    FILE *file = fopen(DOCS, "r");
    size_t count = 0;
    bool is_inside = false;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        uint64_t entry = 0;
        if (line[0] == '#')
            is_inside = strcmp(line, "## Stricter than PostgreSQL\n") == 0;
        struct wh_str rest = wh_str_from(line);
        (void)wh_str_split(&rest, '|');
        struct wh_str cell = wh_str_trim(wh_str_split(&rest, '|'));
        if (!is_inside || wh_count_parse(cell, &entry, NULL) != WH_OK)
            continue;
        if (entry != ++count || entry > MOST_ENTRIES)
            fail_msg(DOCS ": the list has at most %d entries, numbered in turn", MOST_ENTRIES);
        runner->is_listed[entry] = true;
    }
    (void)fclose(file);
    assert_true(count > 0);
}

/* Runs @p count files; returns how many cases there were, and fails where one did. Puts what they
 * ask for into @p coverage. */
static size_t run_files(char *const *paths, size_t count, struct coverage *coverage)
{
    static struct runner runner;
    runner.coverage = coverage;
    struct wh_error err = WH_ERROR_NONE;
    wh_arena_init(&runner.arena);
    wh_arena_init(&runner.batch);
    assert_int_equal(WH_OK, wh_eval_new(&runner.eval, &err));
    read_entries(&runner);
    for (size_t i = 0; i < count; i++)
        run_file(&runner, paths[i]);
    wh_eval_free(runner.eval);
    wh_arena_release(&runner.arena);
    wh_arena_release(&runner.batch);
    print_message("%zu cases, %zu complaints\n", runner.cases, runner.failures);
    assert_int_equal(0, runner.failures);
    return runner.cases;
}

static void gives_what_postgresql_gives(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(0, glob("tests/unit/cases/expressions*.txt", 0, NULL, &files));
    struct coverage *coverage = coverage_new();
    size_t cases = run_files(files.gl_pathv, files.gl_pathc, coverage);
    globfree(&files);
    assert_true(cases >= FEWEST_CASES);
    /* Every function, every operator between all types that it takes, every cast. */
    assert_int_equal(0, coverage_report(coverage));
    coverage_free(coverage);
}

/* The files named on the command line: how tests/differential/random-expressions asks. */
static void gives_what_the_named_files_say(void **state)
{
    char **paths = *state;
    size_t count = 0;
    while (paths[count] != NULL)
        count++;
    struct coverage *coverage = coverage_new();
    run_files(paths, count, coverage);
    coverage_free(coverage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_postgresql_gives),
    };
    const struct CMUnitTest named[] = {
        cmocka_unit_test_prestate(gives_what_the_named_files_say, argv + 1),
    };
    if (argc > 1)
        return cmocka_run_group_tests(named, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
