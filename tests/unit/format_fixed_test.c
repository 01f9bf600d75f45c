/* SPDX-License-Identifier: Apache-2.0 */
/** From fixed width text to rows and bad records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "data/text.h"
#include "format/fixed.h"
#include "format_batch.h"
#include "format_random.h"

/* A reader of a file and what it read. */
struct fixture {
    struct wh_format_options options;
    struct wh_arena arena;
    struct wh_fixed fixed;
    struct wh_fixed_reader reader;
    struct wh_format_text text;
    struct wh_batch batch;
};

/* id in places 1 to 3, name 4 to 9, tail 12 and 13: 10 and 11 are no field's. */
static struct wh_str usual_fields[] = {{"id 1 3", 6}, {"name 4 6", 8}, {"tail  12 2", 10}};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.reader = {0}};
    wh_format_options_init(&fixture->options);
    fixture->options.fields = (struct wh_option_list){usual_fields, 3};
    wh_arena_init(&fixture->arena);
    wh_batch_init(&fixture->batch);
}

static void tear_down(struct fixture *fixture)
{
    wh_fixed_reader_release(&fixture->reader);
    wh_batch_release(&fixture->batch);
    wh_arena_release(&fixture->arena);
}

static void read_all(struct fixture *fixture, struct wh_str file)
{
    struct wh_error err = WH_ERROR_NONE;
    if (wh_fixed_format.check(&fixture->options, &err) != WH_OK ||
        wh_fixed_init(&fixture->fixed, &fixture->options, &fixture->arena, &err) != WH_OK ||
        wh_fixed_reader_init(&fixture->reader, &fixture->fixed, &err) != WH_OK ||
        wh_format_begin(&fixture->batch, fixture->fixed.layout.count, WH_BATCH_ROWS, &err) != WH_OK)
        fail_msg("%s", err.message);
    fixture->text = (struct wh_format_text){
        .bytes = file, .is_last = true, .is_file_end = true, .position = {.line = 1}};
    struct wh_format_count count = {0};
    assert_int_equal(wh_fixed_count(&fixture->fixed, &fixture->text, SIZE_MAX, &count), file.len);
    size_t used;
    assert_int_equal(wh_fixed_read(&fixture->reader, &fixture->text, &fixture->batch, &used, &err),
                     WH_OK);
    assert_int_equal(used, file.len);
    assert_int_equal(count.records, fixture->batch.row_count + fixture->batch.bad_count);
    assert_int_equal(count.lines + 1, fixture->text.position.line);
}

static void assert_row(const struct fixture *fixture, size_t row, const char *const *texts)
{
    assert_true(row < fixture->batch.row_count);
    for (size_t i = 0; i < fixture->fixed.layout.count; i++) {
        const struct wh_column *column = &fixture->batch.columns[i];
        bool is_null = wh_column_is_null(column, row);
        if (is_null != (texts[i] == NULL))
            fail_msg("column %zu of row %zu is %s NULL", i, row, is_null ? "" : "not");
        if (texts[i] != NULL && !wh_str_is(column->values.texts[row], texts[i]))
            fail_msg("column %zu of row %zu is '%.*s' and not '%s'", i, row,
                     WH_FMT(column->values.texts[row]), texts[i]);
    }
}

#define ASSERT_ROW(fixture, row, ...)                                                              \
    assert_row((fixture), (row), (const char *const[]){__VA_ARGS__})

static void reads_fields_without_their_padding(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    read_all(&fixture, WH_STR("  1Ann   ..xy\r\n 22 B C  .. z\n\n             \n333DavidZ  ab"));
    ASSERT_ROW(&fixture, 0, "1", "Ann", "xy");
    ASSERT_ROW(&fixture, 1, "22", "B C", "z");
    ASSERT_ROW(&fixture, 2, NULL, NULL, NULL);
    ASSERT_ROW(&fixture, 3, "333", "DavidZ", "ab");
    assert_int_equal(fixture.batch.row_count, 4);
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_int_equal(fixture.batch.positions[3].line, 5);
    tear_down(&fixture);
}

static void padding_can_be_kept(void **state)
{
    (void)state;
    static const struct {
        struct wh_str trim;
        const char *texts[3];
    } cases[] = {{{"none", 4}, {" 1 ", " Ann  ", "  "}},
                 {{"left", 4}, {"1 ", "Ann  ", NULL}},
                 {{"right", 5}, {" 1", " Ann", NULL}},
                 {{"both", 4}, {"1", "Ann", NULL}}};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.options.trim = cases[i].trim;
        read_all(&fixture, WH_STR(" 1  Ann      \n"));
        assert_row(&fixture, 0, cases[i].texts);
        tear_down(&fixture);
    }
}

static void null_tokens_are_compared_without_padding(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    struct wh_str tokens[] = {WH_STR("NULL"), WH_STR("-")};
    fixture.options.nulls = (struct wh_option_list){tokens, 2};
    read_all(&fixture, WH_STR("  -NULL    xx\n   null  .. -\n"));
    ASSERT_ROW(&fixture, 0, NULL, NULL, "xx");
    ASSERT_ROW(&fixture, 1, "", "null", NULL);
    tear_down(&fixture);
}

static void short_and_long_records_are_rejected(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    read_all(&fixture, WH_STR("  1Ann   ..xy\n  2Ann\n  3Ann   ..xy  \n  4Ann   ..xy !\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_bad(&fixture.batch, 0, "the record has 6 characters and the layout 13; see 'ragged'",
               NULL, 2);
    assert_bad(&fixture.batch, 1, "the record has 15 characters and the layout 13; see 'unknown'",
               NULL, 4);
    tear_down(&fixture);
}

static void short_records_can_be_filled_up_and_long_ones_cut(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.ragged = WH_STR("pad");
    fixture.options.unknown = WH_STR("ignore");
    read_all(&fixture, WH_STR("  2An\n  4Ann   ..xy !\n1\n  5Ann   ..x\n"));
    assert_int_equal(fixture.batch.bad_count, 0);
    ASSERT_ROW(&fixture, 0, "2", "An", NULL);
    ASSERT_ROW(&fixture, 1, "4", "Ann", "xy");
    ASSERT_ROW(&fixture, 2, "1", NULL, NULL);
    ASSERT_ROW(&fixture, 3, "5", "Ann", "x");
    tear_down(&fixture);
}

static void places_are_characters_or_bytes(void **state)
{
    (void)state;
    struct wh_str file =
        WH_STR("  1\xC3\x84nn\xE2\x82\xAC  ..xy\n  2\xC3\x84nn  ..\xC3\xBC\n  3Ann   ..xy\n");
    struct fixture fixture;
    set_up(&fixture);
    read_all(&fixture, file);
    ASSERT_ROW(&fixture, 0, "1", "\xC3\x84nn\xE2\x82\xAC", "xy");
    ASSERT_ROW(&fixture, 1, "3", "Ann", "xy");
    assert_bad(&fixture.batch, 0, "the record has 11 characters and the layout 13; see 'ragged'",
               NULL, 2);
    tear_down(&fixture);

    set_up(&fixture);
    fixture.options.places = WH_STR("bytes");
    fixture.options.unknown = WH_STR("ignore");
    read_all(&fixture, file);
    assert_bad(&fixture.batch, 0, "a field ends inside a character; are places characters?", NULL,
               1);
    ASSERT_ROW(&fixture, 0, "2", "\xC3\x84nn", "\xC3\xBC");
    tear_down(&fixture);
}

static void what_is_not_utf8_is_rejected(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    read_all(&fixture, WH_STR("  1Ann\xFF  ..xy\n  2An\0n  ..xy\n  3Ann   ..xy\n"));
    assert_bad(&fixture.batch, 0, "not UTF-8 at byte 7 (0xFF)", NULL, 1);
    assert_bad(&fixture.batch, 1, "a NUL at byte 6", NULL, 2);
    ASSERT_ROW(&fixture, 0, "3", "Ann", "xy");
    tear_down(&fixture);
}

static void records_without_line_ends_have_a_length(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.length = 14;
    read_all(&fixture, WH_STR("  1Ann   ..xy   2\xC3\x84nn\n  ..\xC3\xBC   3Ann"));
    ASSERT_ROW(&fixture, 0, "1", "Ann", "xy");
    ASSERT_ROW(&fixture, 1, "2", "\xC3\x84nn\n", "\xC3\xBC");
    assert_bad(&fixture.batch, 0, "the record has 5 characters and the layout 13; see 'ragged'",
               NULL, 0);
    assert_int_equal(fixture.batch.bad[0].position.offset, 30);
    assert_int_equal(fixture.batch.positions[1].line, 0);
    tear_down(&fixture);
}

static void fields_longer_than_a_word_are_trimmed(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    struct wh_str fields[] = {WH_STR("short 1 56"), WH_STR("long 57 57"), WH_STR("all 1 113")};
    fixture.options.fields = (struct wh_option_list){fields, 3};
    char line[114];
    memset(line, ' ', sizeof(line));
    line[55] = 'a';
    line[56] = 'b';
    line[110] = 'c';
    line[113] = '\n';
    read_all(&fixture, wh_str_make(line, sizeof(line)));
    char middle[56];
    memset(middle, ' ', sizeof(middle));
    middle[0] = 'b';
    middle[54] = 'c';
    middle[55] = '\0';
    char all[57];
    (void)snprintf(all, sizeof(all), "a%s", middle);
    ASSERT_ROW(&fixture, 0, "a", middle, all);
    tear_down(&fixture);
}

static void a_layout_file_tells_the_fields(void **state)
{
    (void)state;
    static const struct wh_str files[] = {
        {"column,start,length\nid,0,3\nname,3,6\ntail,11,2\n", 46},
        {"length,note,start,Name\r\n3,\"a, b\",1,id\r\n6,,4,name\r\n2,,12,tail\r\n", 62}};
    for (size_t i = 0; i < WH_COUNT_OF(files); i++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.options.fields = (struct wh_option_list){NULL, 0};
        fixture.options.layout = WH_STR("layout.csv");
        fixture.options.layout_text = wh_str_from(files[i].ptr);
        read_all(&fixture, WH_STR("  1Ann   ..xy\n"));
        ASSERT_ROW(&fixture, 0, "1", "Ann", "xy");
        assert_true(wh_str_is(fixture.fixed.layout.fields[2].name, "tail"));
        tear_down(&fixture);
    }
}

static void refuses_layouts_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        const char *layout;
        const char *message;
    } cases[] = {
        {"id 1", NULL, "field 'id 1' is not written as name, start, length: \"city 11 30\""},
        {"id x 3", NULL, "field 'id x 3' is not written as name, start, length: \"city 11 30\""},
        {"id 0 3", NULL, "field 'id' starts at 0; the first place of a record is 1"},
        {"id 1 0", NULL, "field 'id' has no length"},
        {"id 1 9999999", NULL,
         "field 'id' ends behind the last place that a layout may have, 1048576"},
        {NULL, "column,length\na,1\n",
         "the layout file has no column 'start'; it needs column, start and length"},
        {NULL, "column,start,length\na,1,x\n", "line 2 of the layout file: 'x' is not a number"},
        {NULL, "column,start,length\na,1\n",
         "line 2 of the layout file: the record has 2 cells where there are 3 columns"},
        {NULL, "", "the layout file is empty"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        struct wh_str field = wh_str_from(cases[i].field);
        fixture.options.fields = (struct wh_option_list){&field, cases[i].field != NULL};
        fixture.options.layout_text = wh_str_from(cases[i].layout);
        struct wh_error err = WH_ERROR_NONE;
        assert_int_not_equal(wh_fixed_init(&fixture.fixed, &fixture.options, &fixture.arena, &err),
                             WH_OK);
        assert_string_equal(err.message, cases[i].message);
        tear_down(&fixture);
    }
}

static void refuses_options_that_contradict_each_other(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options options;
    wh_format_options_init(&options);
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_INVALID);
    options.fields = (struct wh_option_list){usual_fields, 3};
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_OK);
    options.length = 100;
    options.cell = 100;
    options.record = 399;
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_INVALID);
    options.record = 400;
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_OK);
    options.layout = WH_STR("layout.csv");
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_INVALID);
    options.layout = WH_STR_NONE;
    options.trim = WH_STR("yes");
    assert_int_equal(wh_fixed_format.check(&options, &err), WH_INVALID);
    assert_string_equal(err.message,
                        "option 'trim' is one of both, left, right, none, and not 'yes'");
}

/* A field found character by character, without the blanks around it where they are trimmed. */
static struct wh_str plain_field(struct wh_str line, const struct wh_fixed_field *field, bool left,
                                 bool right)
{
    size_t start = wh_utf8_offset(line, field->start);
    size_t end = wh_utf8_offset(line, field->start + field->length);
    while (right && end > start && line.ptr[end - 1] == ' ')
        end--;
    while (left && start < end && line.ptr[start] == ' ')
        start++;
    return wh_str_make(line.ptr + start, end - start);
}

/* A line of characters and many blanks; returns its bytes. */
static size_t random_line(uint64_t *seed, size_t characters, char *room)
{
    static const char *const all[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x98\x80"};
    size_t kinds = format_random_below(seed, 3) == 0 ? 4 : 1;
    size_t blanks = format_random_below(seed, 60);
    size_t len = 0;
    for (size_t i = 0; i < characters; i++) {
        bool is_blank = format_random_below(seed, 60) < blanks;
        const char *character = is_blank ? " " : all[format_random_below(seed, kinds)];
        memcpy(room + len, character, strlen(character));
        len += strlen(character);
    }
    return len;
}

/* Short, long and overlapping fields, of lines that are too short, too,
 * and in all ways of trimming. */
static void agrees_with_reading_by_characters(void **state)
{
    (void)state;
    static struct wh_str fields[] = {{"a 1 3", 5},     {"b 4 56", 6},  {"c 60 57", 7},
                                     {"d 100 130", 9}, {"e 2 1", 5},   {"f 5 20", 6},
                                     {"g 230 1", 7},   {"h 1 230", 7}, {"i 117 64", 8}};
    static const char *const trims[] = {"both", "left", "right", "none"};
    uint64_t seed = 5;
    for (size_t round = 0; round < 40; round++) {
        char file[80 * 1000];
        struct wh_str lines[70];
        size_t len = 0;
        for (size_t i = 0; i < WH_COUNT_OF(lines); i++) {
            size_t missing =
                format_random_below(&seed, 8) == 0 ? format_random_below(&seed, 229) : 0;
            lines[i] = wh_str_make(file + len, random_line(&seed, 230 - missing, file + len));
            len += lines[i].len;
            file[len++] = '\n';
        }
        struct fixture fixture;
        set_up(&fixture);
        fixture.options.fields = (struct wh_option_list){fields, WH_COUNT_OF(fields)};
        fixture.options.ragged = WH_STR("pad");
        fixture.options.trim = wh_str_from(trims[round % 4]);
        read_all(&fixture, wh_str_make(file, len));
        assert_int_equal(fixture.batch.row_count, WH_COUNT_OF(lines));
        for (size_t i = 0; i < WH_COUNT_OF(lines) * WH_COUNT_OF(fields); i++) {
            size_t row = i / WH_COUNT_OF(fields);
            size_t column = i % WH_COUNT_OF(fields);
            const struct wh_fixed *fixed = &fixture.fixed;
            struct wh_str expected = plain_field(lines[row], &fixed->layout.fields[column],
                                                 fixed->trims_left, fixed->trims_right);
            const struct wh_column *got = &fixture.batch.columns[column];
            assert_int_equal(wh_column_is_null(got, row), expected.len == 0);
            assert_true(expected.len == 0 || wh_str_equal(got->values.texts[row], expected));
        }
        tear_down(&fixture);
    }
}

static void vectors_agree_with_bytes_on_blanks(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t len = 0; len < 300; len++) {
        char *text = malloc(len + 1);
        uint64_t bits[8];
        uint64_t expected[8];
        assert_non_null(text);
        bool is_plain = true;
        for (size_t i = 0; i < len; i++) {
            text[i] = "  ab\t\xC3"[format_random_below(&seed, len % 3 == 0 ? 6 : 5)];
            is_plain &= text[i] != '\xC3';
        }
        wh_fixed_find_text(wh_str_make(text, len), bits);
        wh_fixed_find_text_scalar(wh_str_make(text, len), expected);
        assert_memory_equal(bits, expected, wh_fixed_words(len) * sizeof(*bits));
        assert_int_equal(wh_fixed_is_plain(wh_str_make(text, len)), is_plain);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fields_without_their_padding),
        cmocka_unit_test(padding_can_be_kept),
        cmocka_unit_test(null_tokens_are_compared_without_padding),
        cmocka_unit_test(short_and_long_records_are_rejected),
        cmocka_unit_test(short_records_can_be_filled_up_and_long_ones_cut),
        cmocka_unit_test(places_are_characters_or_bytes),
        cmocka_unit_test(what_is_not_utf8_is_rejected),
        cmocka_unit_test(records_without_line_ends_have_a_length),
        cmocka_unit_test(fields_longer_than_a_word_are_trimmed),
        cmocka_unit_test(a_layout_file_tells_the_fields),
        cmocka_unit_test(refuses_layouts_that_are_none),
        cmocka_unit_test(refuses_options_that_contradict_each_other),
        cmocka_unit_test(agrees_with_reading_by_characters),
        cmocka_unit_test(vectors_agree_with_bytes_on_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
