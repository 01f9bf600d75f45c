/* SPDX-License-Identifier: Apache-2.0 */
/** Dialects: what each reads, by examples and by reading back what was written in it. */
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
#include "format_random.h"
#include "trials.h"

#define MAX_TEXT ((size_t)1 << 20)

static const struct wh_str three_names[] = {{"a", 1}, {"b", 1}, {"c", 1}};

static void print(struct wh_buf *to, struct wh_str text)
{
    struct wh_error err;
    assert_int_equal(wh_buf_append_str(to, text, &err), WH_OK);
}

static void print_rows(const struct wh_batch *batch, struct wh_buf *to)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row == row; bad++) {
            print(to, WH_STR("! "));
            print(to, batch->bad[bad].reason);
            print(to, WH_STR("\n"));
        }
        for (size_t i = 0; i < batch->column_count && row < batch->row_count; i++) {
            bool is_null = wh_column_is_null(&batch->columns[i], row);
            print(to, is_null ? WH_STR("(NULL)") : WH_STR("("));
            if (!is_null) {
                print(to, batch->columns[i].values.texts[row]);
                print(to, WH_STR(")"));
            }
        }
        if (row < batch->row_count)
            print(to, WH_STR("\n"));
    }
}

/* What three columns of @p text hold, as text: (a)(b)(NULL),
 * and "! reason" for what is rejected. */
static void read_text(const struct wh_format_options *options, struct wh_str text,
                      struct wh_buf *to)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_csv_form form;
    if (wh_csv_form_make(options, &form, &err) != WH_OK)
        fail_msg("%s", err.message);
    struct wh_csv csv;
    wh_csv_init(&csv, &form, three_names, 3);
    struct wh_csv_reader reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(wh_csv_reader_init(&reader, &csv, &err), WH_OK);
    assert_int_equal(wh_csv_reader_begin(&reader, &batch, &err), WH_OK);
    struct wh_format_text part = {.bytes = text, .is_last = true, .position = {.line = 1}};
    size_t used;
    assert_int_equal(wh_csv_read(&reader, &part, &batch, &used, &err), WH_OK);
    assert_int_equal(used, text.len);
    print_rows(&batch, to);
    wh_csv_reader_release(&reader);
    wh_batch_release(&batch);
}

static void assert_reads(const struct wh_format_options *options, struct wh_str text,
                         const char *expected)
{
    struct wh_buf read;
    wh_buf_init(&read, MAX_TEXT);
    read_text(options, text, &read);
    if (!wh_str_is(wh_buf_str(&read), expected))
        fail_msg("read\n%.*s\nand not\n%s", WH_FMT(wh_buf_str(&read)), expected);
    wh_buf_release(&read);
}

static struct wh_format_options stated(const char *dialect)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.dialect = wh_str_from(dialect);
    return options;
}

static void reads_what_mysql_writes(void **state)
{
    (void)state;
    struct wh_format_options options = stated("mysql");
    assert_reads(&options,
                 WH_STR("1\tone\\ttab\\\\\t\\N\n"
                        "2\ttab\\\ttab\tline\\\nline\n"
                        "3\tcr\r\tN\\N\\n\\\"\\'\\%\r\n"
                        "4\t\t\\0\n"),
                 "(1)(one\ttab\\)(NULL)\n"
                 "(2)(tab\ttab)(line\nline)\n"
                 "(3)(cr\r)(NN\n\"'%\r)\n"
                 "! column 'c': a NUL at byte 1\n");
    options.delimiter = WH_STR(",");
    options.quote = WH_STR("\"");
    options.line_end = WH_STR("standard");
    assert_reads(&options, WH_STR("\"1\",\"a\\\"b\"\"c\\,\\\n\",\\N\r\n2,\"\\N\",\"x\\ty\"\r\n"),
                 "(1)(a\"b\"c,\n)(NULL)\n(2)(N)(x\ty)\n");
}

static void reads_what_postgresql_writes(void **state)
{
    (void)state;
    struct wh_format_options options = stated("postgres-text");
    assert_reads(&options,
                 WH_STR("1\ta\\nb\\r\\t\\b\\f\\v\\\\\t\\N\n"
                        "2\t\\101\\x42\\x4g\t\\xC3\\xa9\r\n"
                        "3\t\\q\\.\t\\\n\n"
                        "4\t\\xC3\t\\8\n"
                        "\\.\n"
                        "behind\n"),
                 "(1)(a\nb\r\t\b\f\v\\)(NULL)\n"
                 "(2)(AB\x04g)(\xC3\xA9)\n"
                 "(3)(q.)(\n)\n"
                 "! column 'b': not UTF-8 at byte 1 (0xC3)\n"
                 "! the record has 1 cell where there are 3 columns\n");
}

static void a_plain_escape_counts_where_it_takes_a_meaning_away(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.escape = WH_STR("\\");
    assert_reads(&options,
                 WH_STR("\"a\\\"b\",\"C:\\new\\\\x\",\"\"\"\"\n"
                        "a\\\"b,C:\\new\\\\x,1\\,2\n"
                        "\"x\\,\",\\,y\\\n"
                        "\"open\\\",2,3\n"),
                 "(a\"b)(C:\\new\\x)(\")\n"
                 "(a\"b)(C:\\new\\x)(1,2)\n"
                 "! the record has 2 cells where there are 3 columns\n"
                 "! column 'a': the quote is not closed in this line, nor rightly behind it\n");
    options.quote = WH_STR("none");
    assert_reads(&options, WH_STR("a\\nb,\\\"\\,\\\\,x\\\ny\n1,2,3\\"),
                 "(anb)(\",\\)(x\ny)\n! column 'c': the file ends behind an escape\n");
}

static void a_delimiter_may_have_several_characters(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.delimiter = WH_STR("||");
    assert_reads(&options, WH_STR("a||b|c||d\n\"x||\"||\"y\"||z\na|||b||c\n\"p\"|q||r||s\n"),
                 "(a)(b|c)(d)\n(x||)(y)(z)\n(a)(|b)(c)\n"
                 "! column 'a': text behind the closing quote, at byte 4\n");
    options.delimiter = WH_STR("aab");
    assert_reads(&options, WH_STR("1aaab2aab3\n"), "(1a)(2)(3)\n");
    options.delimiter = WH_STR("\xC2\xA7");
    assert_reads(&options, WH_STR("1\xC2\xA7\xC3\xA9\xC2\xA7\"\xC2\xA7\"\n"),
                 "(1)(\xC3\xA9)(\xC2\xA7)\n");
}

static void without_a_quote_a_quote_is_text(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.quote = WH_STR("none");
    assert_reads(&options, WH_STR("\"a,b\"\",5\" pipe\r\n,\"\",\"\n"),
                 "(\"a)(b\"\")(5\" pipe)\n(NULL)(\"\")(\")\n");
}

static void comments_are_passed_over_where_a_record_starts(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.comment = WH_STR("//");
    assert_reads(&options, WH_STR("// \"x\n/,//,#\n//\n\"1\n//2\",b,c\n//"),
                 "(/)(//)(#)\n(1\n//2)(b)(c)\n");
}

static void lines_may_end_with_cr_alone_or_with_lf_alone(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.line_end = WH_STR("any");
    assert_reads(&options, WH_STR("a,b,c\r\"d\re\",f,\"g\"\rh,i,j\r\n\r\nk,l,m\nn,o,p\r"),
                 "(a)(b)(c)\n(d\re)(f)(g)\n(h)(i)(j)\n(k)(l)(m)\n(n)(o)(p)\n");
    options.line_end = WH_STR("lf");
    assert_reads(&options, WH_STR("a,b,c\r\n\r\n\"x\",y,\"z\"\r\n"),
                 "(a)(b)(c\r)\n! the record has 1 cell where there are 3 columns\n"
                 "! column 'c': text behind the closing quote, at byte 4\n");
}

static void spaces_around_quotes_are_no_text_where_that_is_stated(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.may_space_quotes = true;
    assert_reads(&options, WH_STR(" \"a\"\t, b ,\"c,\"  \n   , \"\" ,x\n \"y\" z,1,2\n"),
                 "(a)( b )(c,)\n(   )()(x)\n"
                 "! column 'a': text behind the closing quote, at byte 6\n");
}

static void short_records_are_padded_where_that_is_stated(void **state)
{
    (void)state;
    struct wh_format_options options = stated("csv");
    options.ragged = WH_STR("pad");
    struct wh_str nothing[1];
    options.nulls = (struct wh_option_list){nothing, 0};
    assert_reads(&options, WH_STR("1\n1,2\r\n1,2,3\n1,2,3,,\r\n1,2,3,x\n1,2,3,\"\"\n,\n\n\"1\""),
                 "(1)(NULL)(NULL)\n(1)(2)(NULL)\n(1)(2)(3)\n(1)(2)(3)\n"
                 "! the record has 4 cells where there are 3 columns\n"
                 "! the record has 4 cells where there are 3 columns\n"
                 "()()(NULL)\n(1)(NULL)(NULL)\n");
}

static void an_escaped_record_above_its_limit_is_rejected_whole(void **state)
{
    (void)state;
    struct wh_format_options options = stated("mysql");
    options.record = 12;
    options.cell = 12;
    assert_reads(&options, WH_STR("1\taaaa\\\nbbbbbb\\\n2\tx\ty\n3\t4\t5\n"),
                 "! the record is longer than a record may be (12 bytes; format option 'record')\n"
                 "(3)(4)(5)\n");
}

/* ---- writing and reading back ---------------------------------------------------------------- */

static bool needs_quotes(const struct wh_csv_dialect *dialect, struct wh_str value)
{
    bool needs = value.len == 0 || value.ptr[0] == ' ' || value.ptr[value.len - 1] == ' ';
    for (size_t i = 0; i < value.len; i++)
        needs |= memchr("\n\r#", value.ptr[i], 3) != NULL || value.ptr[i] == dialect->quote ||
                 memchr(dialect->delimiter_bytes, value.ptr[i], dialect->delimiter_size) != NULL;
    return needs;
}

static void write_quoted(const struct wh_csv_dialect *dialect, struct wh_str value,
                         struct wh_buf *to)
{
    struct wh_str quote = wh_str_make(&dialect->quote, 1);
    print(to, quote);
    for (size_t i = 0; i < value.len; i++) {
        bool is_escape = dialect->has_escape && value.ptr[i] == dialect->escape;
        if (value.ptr[i] == dialect->quote)
            print(to, dialect->has_escape ? wh_str_make(&dialect->escape, 1) : quote);
        else if (is_escape)
            print(to, wh_str_make(&dialect->escape, 1));
        print(to, wh_str_make(value.ptr + i, 1));
    }
    print(to, quote);
}

static void write_escaped(const struct wh_csv_dialect *dialect, struct wh_str value,
                          struct wh_buf *to)
{
    static const char plain[] = "\n\r#\t\"";
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        bool is_mark = byte == dialect->delimiter;
        bool is_lettered = byte == '\n' && dialect->escapes != WH_CSV_ESCAPES_PLAIN;
        if (is_mark || byte == dialect->escape || memchr(plain, byte, sizeof(plain) - 1) != NULL)
            print(to, wh_str_make(&dialect->escape, 1));
        print(to, is_lettered ? WH_STR("n") : wh_str_make(&byte, 1));
    }
}

/* Writes one row the way a careful program would. */
static void write_row(const struct wh_csv_dialect *dialect, const struct wh_str *values,
                      struct wh_str line_end, struct wh_buf *to)
{
    for (size_t i = 0; i < 3; i++) {
        if (i > 0)
            print(to, wh_str_make(dialect->delimiter_bytes, dialect->delimiter_size));
        if (!dialect->has_quote)
            write_escaped(dialect, values[i], to);
        else if (dialect->has_escape || needs_quotes(dialect, values[i]))
            write_quoted(dialect, values[i], to);
        else
            print(to, values[i]);
    }
    print(to, line_end);
}

static struct wh_str random_value(uint64_t *random, const struct wh_csv_dialect *dialect,
                                  struct wh_buf *room)
{
    static const char *const pieces[] = {"a", "12", "\n",       "\r\n",    "\"", "'",
                                         ",", ";",  "|",        "\t",      " ",  "\\",
                                         "^", "#",  "\xC3\xA9", "\xC2\xA7"};
    size_t start = room->len;
    for (size_t n = 1 + format_random_below(random, 6); n > 0; n--)
        print(room, wh_str_from(pieces[format_random_below(random, 16)]));
    if (format_random_below(random, 10) == 0)
        print(room, wh_str_make(dialect->delimiter_bytes, dialect->delimiter_size));
    return wh_str_make(room->ptr + start, room->len - start);
}

/* Random rows in @p options' dialect are read back as they were. */
static void round_trip(const struct wh_format_options *options, uint64_t *random)
{
    struct wh_csv_form form;
    struct wh_error err;
    assert_int_equal(wh_csv_form_make(options, &form, &err), WH_OK);
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    struct wh_str end = wh_str_from(
        ends[form.dialect.line_end == WH_CSV_LINES_LF
                 ? 0
                 : format_random_below(random, 2 + (form.dialect.line_end == WH_CSV_LINES_ANY))]);
    struct wh_buf text;
    struct wh_buf expected;
    struct wh_buf read;
    struct wh_buf room;
    wh_buf_init(&text, MAX_TEXT);
    wh_buf_init(&expected, MAX_TEXT);
    wh_buf_init(&read, MAX_TEXT);
    wh_buf_init(&room, MAX_TEXT);
    assert_int_equal(wh_buf_append_str(&room, WH_STR("room"), &err), WH_OK);
    for (size_t row = 0; row < 5; row++) {
        struct wh_str values[3];
        room.len = 0;
        for (size_t i = 0; i < 3; i++) {
            size_t start = room.len;
            values[i].len = random_value(random, &form.dialect, &room).len;
            values[i].ptr = (const char *)start; /* an offset until the room stands still */
        }
        for (size_t i = 0; i < 3; i++) {
            values[i].ptr = room.ptr + (size_t)values[i].ptr;
            print(&expected, WH_STR("("));
            print(&expected, values[i]);
            print(&expected, WH_STR(")"));
        }
        print(&expected, WH_STR("\n"));
        write_row(&form.dialect, values, end, &text);
    }
    read_text(options, wh_buf_str(&text), &read);
    if (!wh_str_equal(wh_buf_str(&read), wh_buf_str(&expected)))
        fail_msg("wrote\n%.*s\nread\n%.*s\nand not\n%.*s", WH_FMT(wh_buf_str(&text)),
                 WH_FMT(wh_buf_str(&read)), WH_FMT(wh_buf_str(&expected)));
    wh_buf_release(&text);
    wh_buf_release(&expected);
    wh_buf_release(&read);
    wh_buf_release(&room);
}

static void reads_back_what_was_written_in_any_dialect(void **state)
{
    (void)state;
    struct trials trials = trials_make(4000);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        uint64_t random = seed;
        struct wh_format_options options;
        wh_format_options_init(&options);
        format_random_options(&random, &options);
        options.ragged = WH_STR("reject");
        struct wh_csv_form form;
        bool is_made = wh_csv_form_make(&options, &form, NULL) == WH_OK;
        /* Without quotes and escapes there are values that cannot be written. */
        if (is_made && (form.dialect.has_quote || form.dialect.has_escape))
            round_trip(&options, &random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_mysql_writes),
        cmocka_unit_test(reads_what_postgresql_writes),
        cmocka_unit_test(a_plain_escape_counts_where_it_takes_a_meaning_away),
        cmocka_unit_test(a_delimiter_may_have_several_characters),
        cmocka_unit_test(without_a_quote_a_quote_is_text),
        cmocka_unit_test(comments_are_passed_over_where_a_record_starts),
        cmocka_unit_test(lines_may_end_with_cr_alone_or_with_lf_alone),
        cmocka_unit_test(spaces_around_quotes_are_no_text_where_that_is_stated),
        cmocka_unit_test(short_records_are_padded_where_that_is_stated),
        cmocka_unit_test(an_escaped_record_above_its_limit_is_rejected_whole),
        cmocka_unit_test(reads_back_what_was_written_in_any_dialect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
