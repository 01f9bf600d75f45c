/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case files tests/unit/cases/values_*.txt, or the one that WHERRY_CASES names. Their
 * expected values are PostgreSQL's: tests/differential/check-values made them and asks a server for
 * them again.
 *
 *   function TAB argument… TAB = result
 *   function TAB argument… TAB ! fault [stricter]    stricter: PostgreSQL gives a value
 *   function TAB argument… TAB ~ result              that, or any fault: in random cases
 *
 * Values know \n, \t and \\. Lines that begin with # are comments.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "data/datetime.h"
#include "data/numeric.h"
#include "data/text.h"
#include "fault_names.h"

enum { MAX_LINE = 600000, MAX_FIELDS = 6, FEWEST_CASES = 2000, MOST_SHOWN = 40 };

/* ---- functions ------------------------------------------------------------------------------- */

/* One call: its arguments as text, its result as text in the arena. */
struct call {
    struct wh_str arguments[MAX_FIELDS];
    struct wh_arena *arena;
    struct wh_str result;
};

typedef enum wh_fault run_call(struct call *call);

static char *room_for(struct call *call, size_t size)
{
    char *room = wh_arena_bytes(call->arena, size);
    assert_non_null(room);
    return room;
}

static void set_text(struct call *call, const char *room, size_t length)
{
    call->result = wh_str_make(room, length);
}

static void set_int(struct call *call, int64_t value)
{
    char *room = room_for(call, WH_INT_SIZE);
    set_text(call, room, wh_int_print(value, room));
}

static void set_bool(struct call *call, bool value)
{
    call->result = value ? WH_STR("t") : WH_STR("f");
}

static void set_double(struct call *call, double value)
{
    char *room = room_for(call, WH_DOUBLE_SIZE);
    set_text(call, room, wh_double_print(value, room));
}

static void set_numeric(struct call *call, const struct wh_numeric *value)
{
    size_t size = wh_numeric_print_size(value);
    char *room = room_for(call, size);
    set_text(call, room, wh_numeric_print(value, room));
    assert_int_equal(call->result.len, size);
}

static void set_timestamp(struct call *call, int64_t value)
{
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_timestamp_print(value, room));
}

static int64_t int_argument(const struct call *call, size_t index)
{
    int64_t value = 0;
    assert_int_equal(wh_int_parse(call->arguments[index], &value), WH_FAULT_NONE);
    return value;
}

static struct wh_numeric numeric_argument(const struct call *call, size_t index)
{
    struct wh_numeric value = wh_numeric_from_int(0);
    assert_int_equal(wh_numeric_parse(call->arguments[index], call->arena, &value), WH_FAULT_NONE);
    return value;
}

static int64_t timestamp_argument(const struct call *call, size_t index)
{
    int64_t value = 0;
    assert_int_equal(wh_timestamp_parse(call->arguments[index], &value), WH_FAULT_NONE);
    return value;
}

static enum wh_fault run_int_in(struct call *call)
{
    int64_t value;
    enum wh_fault fault = wh_int_parse(call->arguments[0], &value);
    if (fault == WH_FAULT_NONE)
        set_int(call, value);
    return fault;
}

static enum wh_fault run_bool_in(struct call *call)
{
    uint8_t value;
    enum wh_fault fault = wh_bool_parse(call->arguments[0], &value);
    if (fault == WH_FAULT_NONE)
        set_bool(call, value != 0);
    return fault;
}

static enum wh_fault run_float8_in(struct call *call)
{
    double value;
    enum wh_fault fault = wh_double_parse(call->arguments[0], &value);
    if (fault == WH_FAULT_NONE)
        set_double(call, value);
    return fault;
}

static enum wh_fault run_float4_in(struct call *call)
{
    double value;
    enum wh_fault fault = wh_float_parse(call->arguments[0], &value);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DOUBLE_SIZE);
    set_text(call, room, wh_float_print(value, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_bytes_in(struct call *call)
{
    struct wh_str bytes;
    enum wh_fault fault = wh_bytes_parse(call->arguments[0], call->arena, &bytes);
    return fault == WH_FAULT_NONE ? wh_bytes_print(bytes, call->arena, &call->result) : fault;
}

static enum wh_fault run_date_in(struct call *call)
{
    int32_t days;
    enum wh_fault fault = wh_date_parse(call->arguments[0], &days);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_date_print(days, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_time_in(struct call *call)
{
    int64_t usecs;
    enum wh_fault fault = wh_time_parse(call->arguments[0], &usecs);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_time_print(usecs, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_timestamp_in(struct call *call)
{
    int64_t usecs;
    enum wh_fault fault = wh_timestamp_parse(call->arguments[0], &usecs);
    if (fault == WH_FAULT_NONE)
        set_timestamp(call, usecs);
    return fault;
}

static enum wh_fault run_timestamptz_in(struct call *call)
{
    int64_t usecs;
    enum wh_fault fault = wh_timestamptz_parse(call->arguments[0], 0, &usecs);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_timestamptz_print(usecs, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_interval_in(struct call *call)
{
    struct wh_interval interval;
    enum wh_fault fault = wh_interval_parse(call->arguments[0], &interval);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_interval_print(&interval, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_numeric_in(struct call *call)
{
    struct wh_numeric value;
    enum wh_fault fault = wh_numeric_parse(call->arguments[0], call->arena, &value);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &value);
    return fault;
}

typedef enum wh_fault binary(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret);

static enum wh_fault run_binary(struct call *call, binary *function)
{
    struct wh_numeric a = numeric_argument(call, 0);
    struct wh_numeric b = numeric_argument(call, 1);
    struct wh_numeric value;
    enum wh_fault fault = function(&a, &b, call->arena, &value);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &value);
    return fault;
}

static enum wh_fault run_add(struct call *call)
{
    return run_binary(call, wh_numeric_add);
}

static enum wh_fault run_subtract(struct call *call)
{
    return run_binary(call, wh_numeric_subtract);
}

static enum wh_fault run_multiply(struct call *call)
{
    return run_binary(call, wh_numeric_multiply);
}

static enum wh_fault run_divide(struct call *call)
{
    return run_binary(call, wh_numeric_divide);
}

static enum wh_fault run_remainder(struct call *call)
{
    return run_binary(call, wh_numeric_remainder);
}

typedef enum wh_fault unary(const struct wh_numeric *a, struct wh_arena *arena,
                            struct wh_numeric *ret);

static enum wh_fault run_unary(struct call *call, unary *function)
{
    struct wh_numeric a = numeric_argument(call, 0);
    struct wh_numeric value;
    enum wh_fault fault = function(&a, call->arena, &value);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &value);
    return fault;
}

static enum wh_fault run_negate(struct call *call)
{
    return run_unary(call, wh_numeric_negate);
}

static enum wh_fault run_floor(struct call *call)
{
    return run_unary(call, wh_numeric_floor);
}

static enum wh_fault run_ceil(struct call *call)
{
    return run_unary(call, wh_numeric_ceil);
}

typedef enum wh_fault scaling(const struct wh_numeric *a, int scale, struct wh_arena *arena,
                              struct wh_numeric *ret);

static enum wh_fault run_scaling(struct call *call, scaling *function)
{
    struct wh_numeric a = numeric_argument(call, 0);
    struct wh_numeric value;
    enum wh_fault fault = function(&a, (int)int_argument(call, 1), call->arena, &value);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &value);
    return fault;
}

static enum wh_fault run_round(struct call *call)
{
    return run_scaling(call, wh_numeric_round);
}

static enum wh_fault run_truncate(struct call *call)
{
    return run_scaling(call, wh_numeric_truncate);
}

static enum wh_fault run_compare(struct call *call)
{
    struct wh_numeric a = numeric_argument(call, 0);
    struct wh_numeric b = numeric_argument(call, 1);
    int order = wh_numeric_compare(&a, &b);
    set_int(call, (order > 0) - (order < 0));
    return WH_FAULT_NONE;
}

static enum wh_fault run_min_scale(struct call *call)
{
    struct wh_numeric a = numeric_argument(call, 0);
    set_int(call, wh_numeric_min_scale(&a));
    return WH_FAULT_NONE;
}

static enum wh_fault run_fits(struct call *call)
{
    struct wh_numeric a = numeric_argument(call, 0);
    set_bool(call, wh_numeric_fits(&a, (int)int_argument(call, 1), (int)int_argument(call, 2)));
    return WH_FAULT_NONE;
}

static enum wh_fault run_to_int(struct call *call)
{
    struct wh_numeric a = numeric_argument(call, 0);
    int64_t value;
    enum wh_fault fault = wh_numeric_to_int(&a, &value);
    if (fault == WH_FAULT_NONE)
        set_int(call, value);
    return fault;
}

static enum wh_fault run_to_double(struct call *call)
{
    struct wh_numeric a = numeric_argument(call, 0);
    double value;
    enum wh_fault fault = wh_numeric_to_double(&a, &value);
    if (fault == WH_FAULT_NONE)
        set_double(call, value);
    return fault;
}

static enum wh_fault run_from_double(struct call *call, int digits)
{
    double value;
    struct wh_numeric converted;
    enum wh_fault fault = wh_double_parse(call->arguments[0], &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_from_double(value, digits, call->arena, &converted);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &converted);
    return fault;
}

static enum wh_fault run_from_float8(struct call *call)
{
    return run_from_double(call, 15);
}

static enum wh_fault run_from_float4(struct call *call)
{
    return run_from_double(call, 6);
}

static const struct wh_date_format *format_argument(struct call *call, size_t index)
{
    struct wh_str bad;
    return wh_date_format_compile(call->arguments[index], call->arena, &bad);
}

static enum wh_fault run_to_date(struct call *call)
{
    const struct wh_date_format *format = format_argument(call, 1);
    int32_t days;
    enum wh_fault fault = format != NULL
                              ? wh_date_format_read_date(format, call->arguments[0], &days)
                              : WH_FAULT_ARGUMENT;
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_date_print(days, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_to_timestamp(struct call *call)
{
    const struct wh_date_format *format = format_argument(call, 1);
    int64_t usecs;
    enum wh_fault fault = format != NULL
                              ? wh_date_format_read_timestamptz(format, call->arguments[0], &usecs)
                              : WH_FAULT_ARGUMENT;
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = room_for(call, WH_DATETIME_SIZE);
    set_text(call, room, wh_timestamptz_print(usecs, room));
    return WH_FAULT_NONE;
}

static enum wh_fault run_to_char(struct call *call)
{
    enum { SIZE = 1000 };
    const struct wh_date_format *format = format_argument(call, 1);
    if (format == NULL)
        return WH_FAULT_ARGUMENT;
    char *room = room_for(call, SIZE);
    size_t length = 0;
    enum wh_fault fault =
        wh_date_format_print(format, timestamp_argument(call, 0), room, SIZE, &length);
    set_text(call, room, length);
    return fault;
}

/* Millionths, as PostgreSQL prints the numeric: without trailing zeros here. */
static enum wh_fault run_extract(struct call *call)
{
    int64_t units;
    enum wh_fault fault =
        wh_timestamp_extract(call->arguments[0], timestamp_argument(call, 1), &units);
    if (fault != WH_FAULT_NONE)
        return fault;
    struct wh_numeric value = wh_numeric_from_int(units);
    value.scale = 6;
    struct wh_numeric trimmed;
    fault = wh_numeric_round(&value, wh_numeric_min_scale(&value), call->arena, &trimmed);
    if (fault == WH_FAULT_NONE)
        set_numeric(call, &trimmed);
    return fault;
}

static enum wh_fault run_date_trunc(struct call *call)
{
    int64_t usecs;
    enum wh_fault fault =
        wh_timestamp_truncate(call->arguments[0], timestamp_argument(call, 1), &usecs);
    if (fault == WH_FAULT_NONE)
        set_timestamp(call, usecs);
    return fault;
}

static enum wh_fault run_timestamp_add(struct call *call)
{
    struct wh_interval interval = {0};
    assert_int_equal(wh_interval_parse(call->arguments[1], &interval), WH_FAULT_NONE);
    int64_t usecs;
    enum wh_fault fault = wh_timestamp_add(timestamp_argument(call, 0), &interval, &usecs);
    if (fault == WH_FAULT_NONE)
        set_timestamp(call, usecs);
    return fault;
}

static enum wh_fault run_lower(struct call *call)
{
    call->result = wh_utf8_lower(call->arguments[0], call->arena);
    return WH_FAULT_NONE;
}

static enum wh_fault run_upper(struct call *call)
{
    call->result = wh_utf8_upper(call->arguments[0], call->arena);
    return WH_FAULT_NONE;
}

static enum wh_fault run_initcap(struct call *call)
{
    call->result = wh_utf8_initcap(call->arguments[0], call->arena);
    return WH_FAULT_NONE;
}

static const struct {
    const char *name;
    run_call *run;
    size_t arguments;
} functions[] = {
    {"int8_in", run_int_in, 1},
    {"bool_in", run_bool_in, 1},
    {"float8_in", run_float8_in, 1},
    {"float4_in", run_float4_in, 1},
    {"bytea_in", run_bytes_in, 1},
    {"date_in", run_date_in, 1},
    {"time_in", run_time_in, 1},
    {"timestamp_in", run_timestamp_in, 1},
    {"timestamptz_in", run_timestamptz_in, 1},
    {"interval_in", run_interval_in, 1},
    {"numeric_in", run_numeric_in, 1},
    {"numeric_add", run_add, 2},
    {"numeric_sub", run_subtract, 2},
    {"numeric_mul", run_multiply, 2},
    {"numeric_div", run_divide, 2},
    {"numeric_mod", run_remainder, 2},
    {"numeric_neg", run_negate, 1},
    {"numeric_floor", run_floor, 1},
    {"numeric_ceil", run_ceil, 1},
    {"numeric_round", run_round, 2},
    {"numeric_trunc", run_truncate, 2},
    {"numeric_cmp", run_compare, 2},
    {"numeric_min_scale", run_min_scale, 1},
    {"numeric_fits", run_fits, 3},
    {"numeric_int8", run_to_int, 1},
    {"numeric_float8", run_to_double, 1},
    {"float8_numeric", run_from_float8, 1},
    {"float4_numeric", run_from_float4, 1},
    {"to_date", run_to_date, 2},
    {"to_timestamp", run_to_timestamp, 2},
    {"to_char", run_to_char, 2},
    {"extract", run_extract, 2},
    {"date_trunc", run_date_trunc, 2},
    {"timestamp_add", run_timestamp_add, 2},
    {"lower", run_lower, 1},
    {"upper", run_upper, 1},
    {"initcap", run_initcap, 1},
};

/* ---- cases ----------------------------------------------------------------------------------- */

struct tally {
    size_t cases;
    size_t wrong;
};

/* Undoes \n, \t and \\ in place. */
static struct wh_str unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\\' && from[1] != '\0') {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
        } else {
            *to++ = *from;
        }
    }
    return wh_str_make(text, (size_t)(to - text));
}

static size_t split(char *line, char *fields[MAX_FIELDS])
{
    size_t count = 0;
    for (char *field = strsep(&line, "\t"); field != NULL && count < MAX_FIELDS;
         field = strsep(&line, "\t"))
        fields[count++] = field;
    return count;
}

static bool is_as_expected(const struct call *call, enum wh_fault fault, char *expected)
{
    if (expected[0] == '~' && fault != WH_FAULT_NONE)
        return true;
    if (expected[0] == '=' || expected[0] == '~')
        return fault == WH_FAULT_NONE && wh_str_equal(call->result, unescape(expected + 2));
    if (fault == WH_FAULT_NONE)
        return false;
    /* A file of random cases does not say which fault: PostgreSQL's codes do not tell either. */
    const char *name = fault_names[fault];
    return expected[1] == '\0' || strncmp(expected + 2, name, strlen(name)) == 0;
}

static void show(const char *place, int line, const struct call *call, enum wh_fault fault)
{
    fprintf(stderr, "%s:%d: '%.*s' '%.*s': ", place, line, WH_FMT(call->arguments[0]),
            WH_FMT(call->arguments[1]));
    if (fault == WH_FAULT_NONE)
        fprintf(stderr, "wherry gives '%.*s'\n", WH_FMT(call->result));
    else
        fprintf(stderr, "wherry refuses: %s\n", fault_names[fault]);
}

static void run_line(const char *place, int line, char *text, struct wh_arena *arena,
                     struct tally *tally)
{
    char *fields[MAX_FIELDS];
    size_t count = split(text, fields);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, fields[0]) != 0)
            continue;
        assert_int_equal(count, functions[i].arguments + 2);
        struct call call = {.arena = arena};
        for (size_t k = 0; k < functions[i].arguments; k++)
            call.arguments[k] = unescape(fields[k + 1]);
        enum wh_fault fault = functions[i].run(&call);
        tally->cases++;
        if (is_as_expected(&call, fault, fields[count - 1]))
            return;
        if (tally->wrong++ < MOST_SHOWN)
            show(place, line, &call, fault);
        return;
    }
    fail_msg("%s:%d: there is no function '%s'", place, line, fields[0]);
}

static void run_file(const char *path, struct tally *tally)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *line = malloc(MAX_LINE);
    assert_non_null(line);
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (int number = 1; fgets(line, MAX_LINE, file) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#')
            run_line(path, number, line, &arena, tally);
        wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
    free(line);
    assert_int_equal(fclose(file), 0);
}

static void gives_what_postgresql_gives(void **state)
{
    (void)state;
    struct tally tally = {0};
    const char *given = getenv("WHERRY_CASES");
    if (given != NULL) {
        run_file(given, &tally);
    } else {
        glob_t found;
        assert_int_equal(glob("tests/unit/cases/values_*.txt", 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++)
            run_file(found.gl_pathv[i], &tally);
        globfree(&found);
        assert_true(tally.cases >= FEWEST_CASES);
    }
    print_message("%zu cases, %zu differ\n", tally.cases, tally.wrong);
    assert_int_equal(tally.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_postgresql_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
