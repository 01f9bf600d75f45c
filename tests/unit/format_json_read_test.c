/* SPDX-License-Identifier: Apache-2.0 */
/** From JSON text to rows and bad records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "format/json.h"
#include "format_batch.h"

/* A file, how it is read, and what was read. */
struct fixture {
    const struct wh_format *format;
    struct wh_format_options options;
    struct wh_arena arena;
    struct wh_format_head head;
    struct wh_table_info table;
    struct wh_parser *parser;
    struct wh_format_reader *reader;
    struct wh_format_text text;
    struct wh_batch batch;
};

static void set_up(struct fixture *fixture, const struct wh_format *format)
{
    *fixture = (struct fixture){.format = format};
    wh_format_options_init(&fixture->options);
    wh_arena_init(&fixture->arena);
    wh_batch_init(&fixture->batch);
}

static void tear_down(struct fixture *fixture)
{
    if (fixture->reader != NULL)
        fixture->format->reader_free(fixture->reader);
    wh_batch_release(&fixture->batch);
    wh_arena_release(&fixture->arena);
}

static void open_file(struct fixture *fixture, struct wh_str file)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_head_request request = {
        .options = &fixture->options, .text = file, .is_last = true, .arena = &fixture->arena};
    if (fixture->format->head(&request, &fixture->head, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(fixture->head.found, WH_FORMAT_WHOLE);
    struct wh_column_info *columns =
        wh_arena_array(&fixture->arena, fixture->head.column_count, sizeof(*columns));
    assert_non_null(columns);
    for (size_t i = 0; i < fixture->head.column_count; i++)
        columns[i] = fixture->head.columns[i];
    fixture->table =
        (struct wh_table_info){.columns = columns, .column_count = fixture->head.column_count};
    if (fixture->format->open(&fixture->options, &fixture->table, &fixture->arena, &fixture->parser,
                              &err) != WH_OK ||
        fixture->format->reader_new(fixture->parser, 0, &fixture->reader, &err) != WH_OK ||
        fixture->format->begin(fixture->reader, &fixture->batch, &err) != WH_OK)
        fail_msg("%s", err.message);
}

/* Opens the file and reads all of it. */
static void read_all(struct fixture *fixture, struct wh_str file)
{
    open_file(fixture, file);
    size_t start = fixture->head.size;
    struct wh_error err = WH_ERROR_NONE;
    fixture->text =
        (struct wh_format_text){.bytes = wh_str_make(file.ptr + start, file.len - start),
                                .is_last = true,
                                .is_file_end = true,
                                .position = {.offset = start, .line = 1 + fixture->head.lines}};
    size_t used;
    if (fixture->format->read(fixture->reader, &fixture->text, &fixture->batch, &used, &err) !=
        WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(used, file.len - start);
    struct wh_format_count count = {0};
    const struct wh_format_text text = {
        .bytes = fixture->text.bytes, .is_last = true, .is_file_end = true};
    assert_int_equal(fixture->format->count(fixture->parser, &text, SIZE_MAX, &count), used);
    assert_int_equal(count.records, fixture->batch.row_count + fixture->batch.bad_count);
    assert_int_equal(count.lines + 1 + fixture->head.lines, fixture->text.position.line);
}

static size_t column_of(const struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < fixture->table.column_count; i++)
        if (wh_str_is(fixture->table.columns[i].name, name))
            return i;
    fail_msg("there is no column '%s'", name);
    return 0;
}

static void assert_value(const struct fixture *fixture, size_t row, const char *name,
                         const char *text)
{
    assert_cell(&fixture->batch, row, column_of(fixture, name), text);
}

static struct wh_option_list list_of(struct wh_str *items, size_t count)
{
    return (struct wh_option_list){items, count};
}

/* Reads lines of which the last alone is bad. */
static void assert_line_is_bad(const char *line, const char *reason)
{
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    struct wh_str names[] = {WH_STR("a"), WH_STR("b.c")};
    fixture.options.columns = list_of(names, 2);
    char file[512];
    (void)snprintf(file, sizeof(file), "%s\n{\"a\":1}\n", line);
    read_all(&fixture, wh_str_from(file));
    assert_int_equal(fixture.batch.bad_count, 1);
    assert_bad(&fixture.batch, 0, reason, line, 1);
    assert_int_equal(fixture.batch.row_count, 1);
    assert_value(&fixture, 0, "a", "1");
    tear_down(&fixture);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void values_are_text_as_written(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    read_all(&fixture, WH_STR("{\"s\":\"text\",\"n\":1.50,\"t\":true,\"f\":false,\"z\":null,"
                              "\"o\":{\"x\": [1, 2]},\"l\":[ ]}\r\n"
                              "{\"n\":-170141183460469231731687303715884105728,\"s\":\"\"}"));
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_value(&fixture, 0, "s", "text");
    assert_value(&fixture, 0, "n", "1.50");
    assert_value(&fixture, 0, "t", "true");
    assert_value(&fixture, 0, "f", "false");
    assert_value(&fixture, 0, "z", NULL);
    assert_value(&fixture, 0, "o", "{\"x\": [1, 2]}");
    assert_value(&fixture, 0, "l", "[ ]");
    assert_value(&fixture, 1, "n", "-170141183460469231731687303715884105728");
    assert_value(&fixture, 1, "s", "");
    assert_value(&fixture, 1, "o", NULL);
    tear_down(&fixture);
}

static void escapes_are_undone_in_values_and_names(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    read_all(&fixture, WH_STR("{\"\\u00e9\\\"\":\"1\\n\\u20ac\\ud83d\\ude00\"}\n"
                              "{\"\xC3\xA9\\u0022\":\"2\"}\n"));
    assert_int_equal(fixture.table.column_count, 1);
    assert_value(&fixture, 0, "\xC3\xA9\"", "1\n\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_value(&fixture, 1, "\xC3\xA9\"", "2");
    tear_down(&fixture);
}

static void members_may_come_in_any_order(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    read_all(&fixture, WH_STR("{\"a\":1,\"b\":2,\"c\":3}\n{\"c\":6,\"a\":4,\"b\":5}\n"
                              "{\"b\":8}\n { \"c\" : 9 , \"b\" : 10 }\n{}\n"));
    static const char *const expected[][3] = {
        {"1", "2", "3"}, {"4", "5", "6"}, {NULL, "8", NULL}, {NULL, "10", "9"}, {NULL, NULL, NULL}};
    assert_int_equal(fixture.batch.row_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_value(&fixture, i, "a", expected[i][0]);
        assert_value(&fixture, i, "b", expected[i][1]);
        assert_value(&fixture, i, "c", expected[i][2]);
    }
    tear_down(&fixture);
}

static void blank_lines_are_no_records(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    read_all(&fixture, WH_STR("\n{\"a\":1}\n \t\r\n\r\n{\"a\":2}\n\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_int_equal(fixture.batch.positions[0].line, 2);
    assert_int_equal(fixture.batch.positions[1].line, 5);
    assert_int_equal(fixture.batch.positions[1].offset, 15);
    tear_down(&fixture);
}

/* ---- columns --------------------------------------------------------------------------------- */

static void paths_lead_into_objects(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    struct wh_str names[] = {WH_STR("id"), WH_STR("user.name"), WH_STR("user.at.x"), WH_STR("user"),
                             WH_STR("v\\.1")};
    fixture.options.columns = list_of(names, 5);
    read_all(&fixture,
             WH_STR("{\"id\":1,\"user\":{\"name\":\"N\",\"at\":{\"x\":5,\"y\":6}},\"v.1\":7}\n"
                    "{\"user\":null,\"id\":2}\n{\"user\":\"none\",\"id\":3}\n"
                    "{\"user\":{\"at\":{},\"extra\":0}}\n"));
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_value(&fixture, 0, "user.name", "N");
    assert_value(&fixture, 0, "user.at.x", "5");
    assert_value(&fixture, 0, "user", "{\"name\":\"N\",\"at\":{\"x\":5,\"y\":6}}");
    assert_value(&fixture, 0, "v\\.1", "7");
    assert_value(&fixture, 1, "user.name", NULL);
    assert_value(&fixture, 1, "user", NULL);
    assert_value(&fixture, 2, "user", "none");
    assert_value(&fixture, 2, "user.at.x", NULL);
    assert_value(&fixture, 3, "user", "{\"at\":{},\"extra\":0}");
    tear_down(&fixture);
}

static void a_found_name_with_a_dot_is_no_path(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    read_all(&fixture, WH_STR("{\"a.b\":1,\"a\":{\"b\":2}}\n"));
    assert_value(&fixture, 0, "a.b", "1");
    assert_value(&fixture, 0, "a", "{\"b\":2}");
    tear_down(&fixture);
}

static void a_member_without_a_column_rejects_the_record(void **state)
{
    (void)state;
    assert_line_is_bad("{\"a\":1,\"x\\u0021\":{}}",
                       "member 'x!': no column is for this member; see 'rest' and 'unknown', "
                       "at byte 8");
    assert_line_is_bad("{\"b\":{\"d\":1}}",
                       "member 'd': no column is for this member; see 'rest' and 'unknown', "
                       "at byte 7");
}

static void members_without_a_column_can_be_ignored(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    struct wh_str names[] = {WH_STR("a")};
    fixture.options.columns = list_of(names, 1);
    fixture.options.unknown = WH_STR("ignore");
    read_all(&fixture, WH_STR("{\"x\":[{}],\"a\":1,\"y\":\"\\n\"}\n{\"x\":01,\"a\":2}\n"));
    assert_int_equal(fixture.batch.row_count, 1);
    assert_value(&fixture, 0, "a", "1");
    assert_bad(&fixture.batch, 0, "JSON has no such number, at byte 7", NULL, 2);
    tear_down(&fixture);
}

static void members_without_a_column_can_be_kept(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    struct wh_str names[] = {WH_STR("a.b"), WH_STR("c")};
    fixture.options.columns = list_of(names, 2);
    fixture.options.rest = WH_STR("others");
    read_all(&fixture, WH_STR("{\"x\":[1, {}],\"a\":{\"z\":null,\"b\":1},\"y\":\"\\u0041\"}\n"
                              "{\"a\":{\"b\":2},\"c\":3}\n{\"a\":{\"b\":{}}}\n"));
    assert_int_equal(fixture.batch.bad_count, 0);
    assert_value(&fixture, 0, "others", "{\"x\":[1, {}],\"a\":{\"z\":null},\"y\":\"\\u0041\"}");
    assert_value(&fixture, 0, "a.b", "1");
    assert_value(&fixture, 1, "others", NULL);
    assert_value(&fixture, 2, "others", NULL);
    assert_value(&fixture, 2, "a.b", "{}");
    tear_down(&fixture);
}

static void missing_members_are_told_from_null(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    struct wh_str names[] = {WH_STR("a"), WH_STR("b.c"), WH_STR("d")};
    fixture.options.columns = list_of(names, 3);
    fixture.options.missing = WH_STR("absent");
    read_all(&fixture, WH_STR("{\"a\":1,\"b\":{\"c\":2},\"d\":3}\n{\"a\":null,\"b\":null}\n"
                              "{\"b\":{}}\n"));
    assert_value(&fixture, 0, "absent", NULL);
    assert_value(&fixture, 1, "absent", "[\"d\"]");
    assert_value(&fixture, 1, "a", NULL);
    assert_value(&fixture, 1, "b.c", NULL);
    assert_value(&fixture, 2, "absent", "[\"a\",\"b.c\",\"d\"]");
    tear_down(&fixture);
}

static void refuses_paths_that_are_none(void **state)
{
    (void)state;
    static const struct {
        struct wh_str names[2];
        const char *message;
    } cases[] = {
        {{{"a..b", 4}, {"c", 1}},
         "the path 'a..b' has an empty name; write \\. for a dot that is part of a name"},
        {{{"a.", 2}, {"c", 1}},
         "the path 'a.' has an empty name; write \\. for a dot that is part of a name"},
        {{{"a\\.b", 4}, {"a\\.b", 4}}, "two columns are the member 'a\\.b'"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_json_shape shape;
        struct wh_arena arena;
        wh_arena_init(&arena);
        struct wh_error err = WH_ERROR_NONE;
        assert_int_equal(wh_json_shape_make(&shape, cases[i].names, 2, true, &arena, &err),
                         WH_INVALID);
        assert_string_equal(err.message, cases[i].message);
        wh_arena_release(&arena);
    }
}

/* ---- rejects --------------------------------------------------------------------------------- */

static void bad_lines_cost_themselves(void **state)
{
    (void)state;
    assert_line_is_bad("{\"a\":\"open", "member 'a': the record ends inside a value, at byte 11");
    assert_line_is_bad("{\"a\":[1,{\"b\":2}",
                       "member 'a': the record ends inside a value, at byte 16");
    assert_line_is_bad(
        "{\"a\":tru}",
        "member 'a': JSON has no such word; true, false and null are all, at byte 6");
    assert_line_is_bad("{\"a\":01}", "member 'a': JSON has no such number, at byte 7");
    assert_line_is_bad("{\"a\":1 \"b\":2}",
                       "member 'a': a comma or } is expected behind the value, at byte 8");
    assert_line_is_bad("{\"a\":1,}", "member 'a': a name in double quotes is expected, at byte 8");
    assert_line_is_bad("{\"a\" 1}", "a colon is expected behind the name, at byte 6");
    assert_line_is_bad("{\"a\":\"\\x\"}", "member 'a': JSON has no such escape, at byte 7");
    assert_line_is_bad("{\"a\":\"\\ud800\"}",
                       "member 'a': half of a surrogate pair is no character, at byte 7");
    assert_line_is_bad("{\"a\":\"x\ty\"}",
                       "member 'a': a control character inside a string, at byte 8");
    assert_line_is_bad("{\"a\":\"\\u0000\"}",
                       "member 'a': a \\u0000, which text cannot hold, at byte 7");
    assert_line_is_bad("{\"a\":\"\xFF\"}", "not UTF-8 at byte 7 (0xFF)");
    assert_line_is_bad("{\"a\":1} x", "member 'a': text behind the record, at byte 9");
    assert_line_is_bad("[1]", "an object is expected, at byte 1");
    assert_line_is_bad("{\"b\":7}", "member 'b': an object is expected, at byte 6");
}

static void repeated_names_are_rejected_with_their_place(void **state)
{
    (void)state;
    assert_line_is_bad("{\"a\":1,\"a\":1}",
                       "member 'a': the name stands twice in its object, at byte 8");
    assert_line_is_bad("{\"a\":1,\"\\u0061\":1}",
                       "member 'a': the name stands twice in its object, at byte 8");
    assert_line_is_bad("{\"a\":{\"k\":1,\"l\":2,\"k\":3}}",
                       "member 'k': the name stands twice in its object, at byte 19");
    assert_line_is_bad("{\"b\":{\"c\":1},\"b\":{}}",
                       "member 'b': the name stands twice in its object, at byte 14");
}

static void a_value_above_the_limit_is_rejected(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_ndjson_format);
    fixture.options.cell = 8;
    fixture.options.record = 40;
    read_all(&fixture, WH_STR("{\"a\":\"12345678\"}\n{\"a\":\"123456789\"}\n"
                              "{\"a\":1,\"b\":2}\n"
                              "{\"a\":[],               \"b\":\"1\"          }\n{\"b\":2}\n"));
    assert_int_equal(fixture.batch.row_count, 3);
    assert_int_equal(fixture.batch.bad_count, 2);
    assert_bad(&fixture.batch, 0,
               "column 'a': the value has 9 bytes, above the limit of 8 (limits.cell)",
               "{\"a\":\"123456789\"}", 2);
    assert_bad(&fixture.batch, 1,
               "the record is longer than one may be (40 bytes; format option 'record')", NULL, 4);
    tear_down(&fixture);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static void reads_the_elements_of_an_array(void **state)
{
    (void)state;
    static const struct wh_str files[] = {
        {"[{\"a\":1,\"b\":\"]\"},{\"a\":2,\"b\":\"},{\"}]", 36},
        {" [ {\"a\" : 1 , \"b\":\"]\"} \n , \r\n{\"a\":2,\"b\":\"},{\"} ] \n", 54},
        {"[\n  {\n    \"a\": 1,\n    \"b\": \"]\"\n  },\n  {\n    \"a\": 2,\n    \"b\": \"},{\"\n  "
         "}\n]\n",
         78},
    };
    for (size_t i = 0; i < WH_COUNT_OF(files); i++) {
        struct fixture fixture;
        set_up(&fixture, &wh_json_format);
        read_all(&fixture, wh_str_from(files[i].ptr));
        assert_int_equal(fixture.batch.bad_count, 0);
        assert_int_equal(fixture.batch.row_count, 2);
        assert_value(&fixture, 0, "a", "1");
        assert_value(&fixture, 0, "b", "]");
        assert_value(&fixture, 1, "a", "2");
        assert_value(&fixture, 1, "b", "},{");
        tear_down(&fixture);
    }
}

static void places_in_an_array_name_the_line(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_json_format);
    read_all(&fixture,
             WH_STR("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 0x1,\n    \"b\": [{}]\n  },\n"
                    "  {\n    \"a\": 3\n  }\n]\n"));
    assert_int_equal(fixture.batch.row_count, 2);
    assert_int_equal(fixture.batch.positions[0].line, 2);
    assert_int_equal(fixture.batch.positions[1].line, 9);
    assert_bad(&fixture.batch, 0,
               "member 'a': a comma or } is expected behind the value, at byte 13 (line 6)",
               "{\n    \"a\": 0x1,\n    \"b\": [{}]\n  }", 5);
    tear_down(&fixture);
}

/* An array with a broken element between two good ones. */
static void assert_element_is_bad(const char *file, const char *reason, const char *raw)
{
    struct fixture fixture;
    set_up(&fixture, &wh_json_format);
    struct wh_str names[] = {WH_STR("a"), WH_STR("b")};
    fixture.options.columns = list_of(names, 2);
    read_all(&fixture, wh_str_from(file));
    if (fixture.batch.bad_count != 1 || fixture.batch.row_count != 2)
        fail_msg("%zu rows and %zu bad records in %s", fixture.batch.row_count,
                 fixture.batch.bad_count, file);
    assert_bad(&fixture.batch, 0, reason, raw, fixture.batch.bad[0].position.line);
    assert_value(&fixture, 0, "a", "1");
    assert_value(&fixture, 1, "a", "3");
    tear_down(&fixture);
}

static void bad_elements_cost_themselves(void **state)
{
    (void)state;
    assert_element_is_bad("[{\"a\":1},{\"a\":},{\"a\":3}]",
                          "member 'a': a value is expected, at byte 6", "{\"a\":}");
    assert_element_is_bad("[{\"a\":1},7,{\"a\":3}]", "an object is expected, at byte 1", "7");
    assert_element_is_bad("[{\"a\":1},{\"a\":2}},{\"a\":3}]",
                          "member 'a': text behind the record, at byte 8", "{\"a\":2}}");
    assert_element_is_bad("[{\"a\":1},,{\"a\":3}]", "no value before or behind a comma, at byte 1",
                          ",");
    assert_element_is_bad("[{\"a\":1},{\"a\":2} {\"a\":4},{\"a\":3}]",
                          "member 'a': text behind the record, at byte 9", "{\"a\":2} {\"a\":4}");
    assert_element_is_bad("[{\"a\":1},{\"a\":3},]", "no value before or behind a comma, at byte 1",
                          ",]");
    assert_element_is_bad("[{\"a\":1},{\"a\":3}] x", "text behind the end of the array, at byte 3",
                          "] x");
    assert_element_is_bad("[{\"a\":1},{\"a\":3}]\n[{\"a\":4}]",
                          "text behind the end of the array, at byte 3 (line 2)", "]\n[{\"a\":4}]");
}

static void a_broken_element_ends_at_the_next_line_that_begins_one(void **state)
{
    (void)state;
    assert_element_is_bad("[{\"a\":1},\n{\"a\":\"open},\n{\"a\":3}]\n",
                          "the string is not closed in its line, at byte 13", "{\"a\":\"open},");
    assert_element_is_bad("[{\"a\":1},\n {\"a\":2,\n {\"a\":3}]\n",
                          "the element is not closed, at "
                          "byte 10 (line 3)",
                          "{\"a\":2,");
    assert_element_is_bad(
        "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": [\n      {\n        \"x\": 1\n"
        "      },\n      {\n        \"x\": \"2\n      }\n    ]\n  },\n"
        "  {\n    \"a\": 3\n  }\n]",
        "the string is not closed in its line, at byte 69 (line 11)", NULL);
    assert_element_is_bad(
        "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": [2\n  },\n  {\n    \"a\": 3\n"
        "  }\n]",
        "the bracket closes one of the other kind, at byte 17 (line 7)", "{\n    \"b\": [2\n  },");
}

static void a_cut_array_is_told(void **state)
{
    (void)state;
    assert_element_is_bad("[{\"a\":1},{\"a\":3},{\"a\":3}",
                          "the file ends, and the array is not closed: is the file cut?, at byte 8",
                          "{\"a\":3}");
    assert_element_is_bad("[{\"a\":1},{\"a\":3},", "no value before or behind a comma, at byte 1",
                          ",");
    assert_element_is_bad("[{\"a\":1},{\"a\":3},{\"a", "the element is not closed, at byte 4",
                          "{\"a");
}

static void an_empty_array_has_no_records(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &wh_json_format);
    struct wh_str names[] = {WH_STR("a")};
    fixture.options.columns = list_of(names, 1);
    read_all(&fixture, WH_STR(" [ \n ] \n"));
    assert_int_equal(fixture.batch.row_count + fixture.batch.bad_count, 0);
    assert_int_equal(fixture.text.position.line, 3);
    tear_down(&fixture);
}

static void refuses_files_that_are_no_array(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_format_options options;
    wh_format_options_init(&options);
    struct wh_format_head head;
    struct wh_format_head_request request = {
        .options = &options, .text = WH_STR("{\"a\":1}\n"), .is_last = true, .arena = &arena};
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_json_format.head(&request, &head, &err), WH_INVALID);
    assert_string_equal(err.message, "the file is no array: it does not begin with [; where each "
                                     "line is a record state 'type: ndjson'");
    request.text = WH_STR("  [ ");
    assert_int_equal(wh_json_format.head(&request, &head, &err), WH_INVALID);
    request.text = WH_STR("  \n ");
    assert_int_equal(wh_json_format.head(&request, &head, &err), WH_OK);
    assert_int_equal(head.found, WH_FORMAT_EMPTY);
    request.is_last = false;
    assert_int_equal(wh_json_format.head(&request, &head, &err), WH_OK);
    assert_int_equal(head.found, WH_FORMAT_PARTIAL);
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_text_as_written),
        cmocka_unit_test(escapes_are_undone_in_values_and_names),
        cmocka_unit_test(members_may_come_in_any_order),
        cmocka_unit_test(blank_lines_are_no_records),
        cmocka_unit_test(paths_lead_into_objects),
        cmocka_unit_test(a_found_name_with_a_dot_is_no_path),
        cmocka_unit_test(a_member_without_a_column_rejects_the_record),
        cmocka_unit_test(members_without_a_column_can_be_ignored),
        cmocka_unit_test(members_without_a_column_can_be_kept),
        cmocka_unit_test(missing_members_are_told_from_null),
        cmocka_unit_test(refuses_paths_that_are_none),
        cmocka_unit_test(bad_lines_cost_themselves),
        cmocka_unit_test(repeated_names_are_rejected_with_their_place),
        cmocka_unit_test(a_value_above_the_limit_is_rejected),
        cmocka_unit_test(reads_the_elements_of_an_array),
        cmocka_unit_test(places_in_an_array_name_the_line),
        cmocka_unit_test(bad_elements_cost_themselves),
        cmocka_unit_test(a_broken_element_ends_at_the_next_line_that_begins_one),
        cmocka_unit_test(a_cut_array_is_told),
        cmocka_unit_test(an_empty_array_has_no_records),
        cmocka_unit_test(refuses_files_that_are_no_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
