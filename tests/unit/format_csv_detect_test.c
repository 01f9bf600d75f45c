/* SPDX-License-Identifier: Apache-2.0 */
/** Detection: right for generated files of many dialects, and never silently wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "format/csv.h"
#include "format/csv_detect.h"
#include "format_random.h"
#include "trials.h"

#define COMBINATIONS 300
#define MIN_RIGHT_IN_100 95
#define MAX_TEXT ((size_t)4 << 20)
#define MAX_COLUMNS 8
#define SAMPLE ((size_t)64 << 10)

static void print(struct wh_buf *to, struct wh_str text)
{
    struct wh_error err;
    assert_int_equal(wh_buf_append_str(to, text, &err), WH_OK);
}

/* ---- a file and what it says ----------------------------------------------------------------- */

enum content {
    CONTENT_ID,
    CONTENT_DECIMAL,
    CONTENT_DATE,
    CONTENT_TIME,
    CONTENT_NAME,
    CONTENT_PROSE,
    CONTENT_CODE,
    CONTENT_KINDS
};

struct combination {
    const char *delimiter;
    const char *quote; /* "" none */
    bool has_escape;
    bool quotes_all;
    bool has_header;
    bool has_comma_decimals;
    bool has_quotes_in_text; /* cells that stand in quotes which are text */
    const char *line_end;    /* NULL: mixed */
    size_t preamble;
    size_t comments;
    size_t columns;
    size_t rows;
    enum content contents[MAX_COLUMNS];
};

struct file {
    struct wh_buf text;  /* as written */
    struct wh_buf truth; /* every value, with the mark of a cell and of a row behind it */
};

static const char *pick(uint64_t *random, const char *const *words, size_t count)
{
    return words[format_random_below(random, count)];
}

static struct combination random_combination(uint64_t *random)
{
    static const char *const delimiters[] = {",", ",", ";", ";", "\t", "|", "||", "~", "^", "\x01"};
    static const char *const quotes[] = {"\"", "\"", "\"", "'", ""};
    static const char *const line_ends[] = {"\n", "\r\n", "\n", "\r", NULL};
    struct combination combination = {
        .delimiter = pick(random, delimiters, 10),
        .quote = pick(random, quotes, 5),
        .line_end = pick(random, line_ends, 5),
        .has_header = format_random_below(random, 4) != 0,
        .has_comma_decimals = format_random_below(random, 3) == 0,
        .quotes_all = format_random_below(random, 3) == 0,
        .columns = 2 + format_random_below(random, MAX_COLUMNS - 1),
        .rows = 3 + format_random_below(random, 60),
    };
    combination.has_quotes_in_text = combination.quote[0] == '"';
    combination.has_escape = combination.quote[0] == '\0' || format_random_below(random, 5) == 0;
    if (format_random_below(random, 5) == 0)
        combination.preamble = 1 + format_random_below(random, 3);
    if (format_random_below(random, 6) == 0)
        combination.comments = 1 + format_random_below(random, 2);
    for (size_t i = 0; i < combination.columns; i++)
        combination.contents[i] =
            i == 0 ? CONTENT_ID : (enum content)format_random_below(random, CONTENT_KINDS);
    return combination;
}

static void make_value(uint64_t *random, const struct combination *combination,
                       enum content content, struct wh_buf *to)
{
    static const char *const names[] = {"Anna",
                                        "O'Brien",
                                        "J\xC3\xBCrgen",
                                        "Smith, John",
                                        "Li",
                                        "van der Berg",
                                        "M\xC3\xBCller; S\xC3\xB6hne",
                                        "\"Bob\""};
    static const char *const prose[] = {"see note",       "a, b and c",  "5\" pipe",
                                        "x | y",          "line\nbreak", "it's fine",
                                        "50% off; today", "tab\there",   "C:\\temp"};
    struct wh_error err;
    unsigned number = (unsigned)format_random_below(random, 100000);
    switch (content) {
    case CONTENT_ID:
        assert_int_equal(wh_buf_printf(to, &err, "%u", number), WH_OK);
        break;
    case CONTENT_DECIMAL:
        assert_int_equal(wh_buf_printf(to, &err, "%u%c%02u", number / 100,
                                       combination->has_comma_decimals ? ',' : '.', number % 100),
                         WH_OK);
        break;
    case CONTENT_DATE:
        assert_int_equal(wh_buf_printf(to, &err, "20%02u-%02u-%02u", number % 30, 1 + number % 12,
                                       1 + number % 28),
                         WH_OK);
        break;
    case CONTENT_TIME:
        assert_int_equal(wh_buf_printf(to, &err, "%02u:%02u", number % 24, number % 60), WH_OK);
        break;
    case CONTENT_NAME:
        print(to, wh_str_from(pick(random, names, combination->has_quotes_in_text ? 8 : 7)));
        break;
    case CONTENT_PROSE:
        print(to, wh_str_from(pick(random, prose, 9)));
        break;
    case CONTENT_CODE:
        if (format_random_below(random, 4) != 0)
            assert_int_equal(wh_buf_printf(to, &err, "A%u", number), WH_OK);
        break;
    case CONTENT_KINDS:
        break;
    }
}

static bool needs_quotes(const struct combination *combination, struct wh_str value)
{
    return memmem(value.ptr, value.len, combination->delimiter, strlen(combination->delimiter)) !=
               NULL ||
           memchr(value.ptr, combination->quote[0], value.len) != NULL ||
           memchr(value.ptr, '\n', value.len) != NULL || value.ptr[0] == '#' ||
           (combination->has_escape && memchr(value.ptr, '\\', value.len) != NULL);
}

static void write_value(const struct combination *combination, struct wh_str value,
                        struct wh_buf *to)
{
    bool has_quote = combination->quote[0] != '\0';
    bool is_quoted = has_quote && (combination->quotes_all ||
                                   (value.len > 0 && needs_quotes(combination, value)));
    struct wh_str quote = wh_str_from(is_quoted ? combination->quote : "");
    print(to, quote);
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        bool is_quote = has_quote && byte == combination->quote[0];
        bool is_special = byte == '\\' || is_quote ||
                          (!has_quote && (byte == combination->delimiter[0] || byte == '\n'));
        if (is_special && combination->has_escape)
            print(to, WH_STR("\\"));
        else if (is_quote)
            print(to, quote);
        print(to, wh_str_make(&byte, 1));
    }
    print(to, quote);
}

static void end_line(uint64_t *random, const struct combination *combination, struct wh_buf *to)
{
    static const char *const mixed[] = {"\n", "\r\n", "\r"};
    print(to, wh_str_from(combination->line_end != NULL ? combination->line_end
                                                        : pick(random, mixed, 3)));
}

static void write_row(uint64_t *random, const struct combination *combination, bool is_header,
                      struct file *file)
{
    static const char *const names[] = {"id",   "full name", "price", "created_at",
                                        "city", "note",      "kind",  "last value"};
    struct wh_buf value;
    wh_buf_init(&value, MAX_TEXT);
    for (size_t i = 0; i < combination->columns; i++) {
        wh_buf_reset(&value);
        if (is_header)
            print(&value, wh_str_from(names[i]));
        else
            make_value(random, combination, combination->contents[i], &value);
        if (i > 0)
            print(&file->text, wh_str_from(combination->delimiter));
        struct wh_str text = wh_str_make(value.ptr != NULL ? value.ptr : "", value.len);
        write_value(combination, text, &file->text);
        print(&file->truth, text);
        print(&file->truth, WH_STR("\x1E"));
    }
    wh_buf_release(&value);
    end_line(random, combination, &file->text);
    print(&file->truth, WH_STR("\x1D"));
}

static void write_file(uint64_t *random, const struct combination *combination, struct file *file)
{
    static const char *const titles[] = {"Monthly report", "Export of all customers",
                                         "Printed on request only"};
    wh_buf_init(&file->text, MAX_TEXT);
    wh_buf_init(&file->truth, MAX_TEXT);
    for (size_t i = 0; i < combination->preamble; i++) {
        print(&file->text, wh_str_from(titles[i % 3]));
        end_line(random, combination, &file->text);
    }
    for (size_t i = 0; i < combination->comments; i++) {
        print(&file->text, WH_STR("# made by a program"));
        end_line(random, combination, &file->text);
    }
    if (combination->has_header)
        write_row(random, combination, true, file);
    for (size_t i = 0; i < combination->rows; i++)
        write_row(random, combination, false, file);
}

/* ---- reading with what was detected ---------------------------------------------------------- */

static void print_row(const struct wh_str *cells, size_t count, struct wh_buf *to)
{
    for (size_t i = 0; i < count; i++) {
        print(to, cells[i]);
        print(to, WH_STR("\x1E"));
    }
    print(to, WH_STR("\x1D"));
}

static void read_batch(const struct wh_csv *csv, struct wh_str text, struct wh_buf *to)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_csv_reader reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(wh_csv_reader_init(&reader, csv, &err), WH_OK);
    assert_int_equal(wh_csv_reader_begin(&reader, &batch, &err), WH_OK);
    struct wh_format_text part = {.bytes = text, .is_last = true, .position = {.line = 1}};
    size_t used;
    assert_int_equal(wh_csv_read(&reader, &part, &batch, &used, &err), WH_OK);
    if (batch.bad_count > 0)
        print(to, batch.bad[0].reason);
    for (size_t row = 0; row < batch.row_count; row++) {
        struct wh_str cells[MAX_COLUMNS];
        for (size_t i = 0; i < batch.column_count && i < MAX_COLUMNS; i++)
            cells[i] = wh_column_is_null(&batch.columns[i], row)
                           ? WH_STR("")
                           : batch.columns[i].values.texts[row];
        print_row(cells, WH_MIN(batch.column_count, (size_t)MAX_COLUMNS), to);
    }
    wh_csv_reader_release(&reader);
    wh_batch_release(&batch);
}

/* Everything that @p text says when read as @p options say, names of columns, too; false where it
 * is refused for its head, with what to state. */
static bool read_all(const struct wh_format_options *options, struct wh_str text, size_t columns,
                     struct wh_arena *arena, struct wh_buf *to)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_csv_form form;
    struct wh_csv_header header;
    enum wh_csv_found found;
    if (wh_csv_form_make(options, &form, &err) != WH_OK ||
        wh_csv_header_read(&form, text, true, arena, &header, &found, &err) != WH_OK) {
        return false;
    }
    if (header.count > 0)
        print_row(header.names, header.count, to);
    struct wh_str names[MAX_COLUMNS];
    for (size_t i = 0; i < MAX_COLUMNS; i++)
        names[i] = WH_STR("x");
    struct wh_csv csv;
    wh_csv_init(&csv, &form, names, columns);
    read_batch(&csv, wh_str_make(text.ptr + header.size, text.len - header.size), to);
    return true;
}

enum outcome { RIGHT, NOT_SURE, WRONG };

static enum outcome judge(uint64_t seed, bool is_nasty, bool is_told)
{
    uint64_t random = seed;
    struct combination combination = random_combination(&random);
    combination.has_quotes_in_text |= is_nasty;
    struct file file;
    write_file(&random, &combination, &file);
    struct wh_str text = wh_buf_str(&file.text);
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    wh_format_options_init(&options);
    struct wh_csv_detect_request request = {.text = wh_str_make(text.ptr, WH_MIN(text.len, SAMPLE)),
                                            .is_last = text.len <= SAMPLE,
                                            .arena = &arena};
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str why;
    enum outcome outcome = NOT_SURE;
    struct wh_buf read;
    wh_buf_init(&read, MAX_TEXT);
    if (wh_csv_detect(&options, &request, &why, &err) == WH_OK &&
        read_all(&options, text, combination.columns, &arena, &read)) {
        outcome = wh_str_equal(wh_buf_str(&read), wh_buf_str(&file.truth)) ? RIGHT : WRONG;
    }
    if (outcome != RIGHT && is_told)
        print_message("seed %llu, %s: %s%.*s\n%.600s\n---\n", (unsigned long long)seed,
                      outcome == WRONG ? "WRONG" : "not sure", err.message,
                      WH_FMT(outcome == WRONG ? why : WH_STR("")), file.text.ptr);
    if (outcome == WRONG && is_told)
        print_message("READ %.*s\nTRUTH %.*s\nERR %s\n", WH_FMT(wh_buf_str(&read)),
                      WH_FMT(wh_buf_str(&file.truth)), err.message);
    wh_buf_release(&read);
    wh_buf_release(&file.text);
    wh_buf_release(&file.truth);
    wh_arena_release(&arena);
    return outcome;
}

static void is_right_for_generated_dialects_or_says_that_it_is_not_sure(void **state)
{
    (void)state;
    size_t counts[3] = {0};
    bool is_told = getenv("WHERRY_TELL") != NULL;
    struct trials trials = trials_make(COMBINATIONS);
    for (uint64_t seed = trials.first; seed < trials.end; seed++)
        counts[judge(seed, false, is_told)]++;
    print_message("%zu right, %zu not sure, %zu wrong\n", counts[RIGHT], counts[NOT_SURE],
                  counts[WRONG]);
    assert_int_equal(counts[WRONG], 0);
    assert_true(counts[RIGHT] * 100 >= (trials.end - trials.first) * MIN_RIGHT_IN_100);
}

/* Some of these cannot be told from others by anybody. */
static void is_never_wrong_where_texts_stand_in_quotes_that_are_text(void **state)
{
    (void)state;
    bool is_told = getenv("WHERRY_TELL") != NULL;
    size_t counts[3] = {0};
    struct trials trials = trials_make((uint64_t)2 * COMBINATIONS);
    for (uint64_t seed = trials.first; seed < trials.end; seed++)
        counts[judge(10000 + seed, true, is_told)]++;
    print_message("%zu right, %zu not sure, %zu wrong\n", counts[RIGHT], counts[NOT_SURE],
                  counts[WRONG]);
    assert_int_equal(counts[WRONG], 0);
}

/* ---- what random files of other seeds have shown --------------------------------------------- */

static wh_code detect(const char *text, struct wh_format_options *options, struct wh_arena *arena)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str why;
    struct wh_csv_detect_request request = {
        .text = wh_str_from(text), .is_last = true, .arena = arena};
    wh_format_options_init(options);
    return wh_csv_detect(options, &request, &why, &err);
}

static void records_that_are_not_whole_are_no_preamble(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    assert_int_equal(detect("\"1\",\"\\\"Bob\\\"\",\"1,5\"\n\"2\",\"\\\"Bob\\\"\",\"2,5\"\n"
                            "\"3\",\"Anna\",\"3,5\"\n\"4\",\"Berta\",\"4,5\"\n"
                            "\"5\",\"Carl\",\"5,5\"\n\"6\",\"Dora\",\"6,5\"\n",
                            &options, &arena),
                     WH_OK);
    assert_string_equal(options.escape.ptr, "\\");
    assert_true(options.skip == WH_FORMAT_NOT_STATED);
    wh_arena_release(&arena);
}

static void quotes_around_some_names_only_may_be_text(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    assert_int_equal(detect("id~price~name\n1~1.50~O'Brien\n2~2.50~van der Berg\n"
                            "3~3.50~\"Bob\"\n4~4.50~\"Bob\"\n",
                            &options, &arena),
                     WH_INVALID);
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_right_for_generated_dialects_or_says_that_it_is_not_sure),
        cmocka_unit_test(is_never_wrong_where_texts_stand_in_quotes_that_are_text),
        cmocka_unit_test(records_that_are_not_whole_are_no_preamble),
        cmocka_unit_test(quotes_around_some_names_only_may_be_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
