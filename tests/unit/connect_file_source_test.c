/* SPDX-License-Identifier: Apache-2.0 */
/** Opening a source of files: what is found, what is refused, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"

static struct wh_source *open_ok(const struct test_folder *folder, const char *from,
                                 const struct wh_format_options *format)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    if (test_folder_open(folder, from, format, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    return source;
}

/* @p message is all of the error's, but for the folder's own path written as $. */
static void assert_refused(const struct test_folder *folder, const char *from,
                           const struct wh_format_options *format, wh_code code,
                           const char *message)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    assert_int_equal(test_folder_open(folder, from, format, &source, &err), code);
    char shown[2 * WH_ERROR_MESSAGE_SIZE];
    const char *path = strstr(err.message, folder->path);
    if (path == NULL)
        (void)snprintf(shown, sizeof(shown), "%s", err.message);
    else
        (void)snprintf(shown, sizeof(shown), "%.*s$%s", (int)(path - err.message), err.message,
                       path + strlen(folder->path));
    assert_string_equal(shown, message);
}

static uint64_t count_records(struct wh_source *source, size_t *ret_chunks)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, ret_chunks, &err),
        WH_OK);
    uint64_t records = 0;
    for (size_t i = 0; i < *ret_chunks; i++)
        records += chunks[i].records;
    wh_arena_release(&arena);
    return records;
}

static void describes_the_columns_of_the_header(void **state)
{
    test_folder_write(*state, "people.csv",
                      WH_STR("\xEF\xBB\xBF\"id\",\"full \"\"name\"\"\"\r\n1,x\r\n"));
    struct wh_source *source = open_ok(*state, "people.csv", NULL);
    struct wh_error err;
    struct wh_table_info info;
    assert_int_equal(wh_file_connector.source->describe(source, &info, &err), WH_OK);
    assert_true(wh_str_is(info.name, "people.csv"));
    assert_int_equal(info.column_count, 2);
    assert_true(wh_str_is(info.columns[0].name, "id"));
    assert_true(wh_str_is(info.columns[1].name, "full \"name\""));
    assert_int_equal(info.columns[1].type.kind, WH_KIND_TEXT);
    assert_int_equal(wh_table_find_column(&info, WH_STR("full \"name\"")), 1);
    assert_int_equal(wh_table_find_column(&info, WH_STR("none")), SIZE_MAX);
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 1);
    wh_file_connector.source->close(source);
}

static void names_can_be_given(void **state)
{
    struct wh_str names[] = {WH_STR("id"), WH_STR("name")};
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.columns = (struct wh_option_list){names, 2};
    test_folder_write(*state, "a.csv", WH_STR("x,x\n1,2\n"));
    struct wh_source *source = open_ok(*state, "a.csv", &format);
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 1); /* the header is passed over */
    wh_file_connector.source->close(source);

    format.header = WH_STR("false");
    source = open_ok(*state, "a.csv", &format);
    assert_int_equal(count_records(source, &chunks), 2);
    wh_file_connector.source->close(source);

    format.columns.count = 0;
    assert_refused(*state, "a.csv", &format, WH_INVALID,
                   "'a.csv': there is no header: state the names of the columns in 'format': "
                   "columns: [id, name]");
    format.header = WH_STR("true");
    format.columns.count = 1;
    assert_refused(*state, "a.csv", &format, WH_INVALID,
                   "'a.csv': the header has 2 columns and 'columns' states 1 name");
}

static void refuses_what_cannot_be_opened(void **state)
{
    test_folder_make_inner(*state, "inner");
    assert_refused(*state, "none.csv", NULL, WH_UNREACHABLE,
                   "cannot open '$/none.csv': No such file or directory");
    assert_refused(*state, "inner", NULL, WH_UNREACHABLE,
                   "the folder '$/inner/' holds no file, nor do those in it");
    assert_refused(*state, "*.txt", NULL, WH_UNREACHABLE, "no file in '$/' matches '*.txt'");
    assert_refused(*state, "*/a.csv", NULL, WH_UNREACHABLE, "no file in '$/' matches '*/a.csv'");
    assert_refused(*state, "inner/**/", NULL, WH_INVALID,
                   "the pattern '**/' names no file; all files below a folder are 'folder/**'");
    assert_refused(*state, "", NULL, WH_INVALID,
                   "'$' is a folder; say with 'from' which file in it, or which pattern; all files "
                   "below it are '**'");
    char path[512];
    assert_int_equal(mkfifo(test_folder_path(*state, "pipe", path), 0600), 0);
    assert_refused(*state, "pipe", NULL, WH_UNREACHABLE,
                   "'$/pipe' is no regular file; write its bytes to one first");
    test_folder_write(*state, "secret.csv", WH_STR("a\n"));
    assert_int_equal(chmod(test_folder_path(*state, "secret.csv", path), 0), 0);
    if (geteuid() != 0) /* root reads it all the same */
        assert_refused(*state, "secret.csv", NULL, WH_UNREACHABLE,
                       "cannot open '$/secret.csv': Permission denied");
}

static void refuses_headers_that_name_nothing_or_twice(void **state)
{
    test_folder_write(*state, "empty.csv", WH_STR(""));
    assert_refused(*state, "empty.csv", NULL, WH_INVALID,
                   "'empty.csv': the file is empty; a header was expected (or 'header: false' and "
                   "'columns')");
    test_folder_write(*state, "blank.csv", WH_STR("\xEF\xBB\xBF\n\r\n"));
    assert_refused(*state, "blank.csv", NULL, WH_INVALID,
                   "'blank.csv': the file is empty; a header was expected (or 'header: false' and "
                   "'columns')");
    test_folder_write(*state, "twice.csv", WH_STR("id,name,\"id\",x\n"));
    assert_refused(*state, "twice.csv", NULL, WH_INVALID,
                   "'twice.csv': columns 1 and 3 are both named 'id'; state names with 'columns'");
    test_folder_write(*state, "nameless.csv", WH_STR("id,,x\n"));
    assert_refused(*state, "nameless.csv", NULL, WH_INVALID,
                   "'nameless.csv': column 2 has no name; state names with 'columns'");
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.dialect = WH_STR("csv");
    test_folder_write(*state, "broken.csv", WH_STR("id,na\"me\n1,2\n"));
    assert_refused(*state, "broken.csv", &format, WH_INVALID,
                   "'broken.csv': the header is malformed: cell 2: a quote inside an unquoted "
                   "cell, at byte 3");
    test_folder_write(*state, "latin.csv",
                      WH_STR("id,stra\xDF"
                             "e\n"));
    assert_refused(*state, "latin.csv", NULL, WH_INVALID,
                   "'latin.csv': the header's cell 2 is not UTF-8 without NUL; mend it, or state "
                   "names with 'columns'");
}

static void refuses_lines_that_end_with_cr_alone(void **state)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.dialect = WH_STR("csv");
    test_folder_write(*state, "a.csv", WH_STR("id,name\r1,x\r2,y\r"));
    assert_refused(*state, "a.csv", &format, WH_UNSUPPORTED,
                   "'a.csv': the header's lines end with CR alone; state 'line_end: any'");
}

static void a_header_alone_is_no_records(void **state)
{
    test_folder_write(*state, "a.csv", WH_STR("id,name\n"));
    struct wh_source *source = open_ok(*state, "a.csv", NULL);
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 0);
    assert_int_equal(chunks, 0);
    wh_file_connector.source->close(source);
    test_folder_write(*state, "a.csv", WH_STR("id,name"));
    source = open_ok(*state, "a.csv", NULL);
    assert_int_equal(count_records(source, &chunks), 0);
    wh_file_connector.source->close(source);
}

static void explain_says_what_was_detected_and_how_to_pin_it(void **state)
{
    test_folder_write(*state, "a.csv", WH_STR("Report\rid;name;town\r1;x;y\r2;\"z\r\";\r"));
    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str text;
    struct wh_source_identity identity;
    struct wh_source *source = open_ok(*state, "a.csv", NULL);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_true(wh_str_is(
        text,
        "1 file of 34 bytes in UTF-8: CSV, delimiter ';', quote '\"', lines end with LF, CR LF "
        "or CR, header, 3 columns, NULL is the empty cell; detected in 4 records: 3 of 3 have "
        "3 cells, 1 of these are quoted, a header: texts stand above numbers or times; to pin "
        "it: format: { dialect: csv, delimiter: \";\", line_end: \"any\", skip: 1 }; 1 "
        "line left out before the header: \"Report\""));
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 2);
    assert_int_equal(wh_file_connector.source->identity(source, &arena, &identity, &err), WH_OK);
    assert_non_null(memmem(identity.text.ptr, identity.text.len, "skip: 1", 7));
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

/* The explanation of a source of one file, a.csv with @p bytes, ends with @p expected. */
static void assert_encoding_told(const struct test_folder *folder, struct wh_str bytes,
                                 const char *expected)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    struct wh_error err;
    struct wh_str text;
    wh_arena_init(&arena);
    test_folder_write(folder, "a.csv", bytes);
    struct wh_source *source = open_ok(folder, "a.csv", NULL);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    if (!wh_str_ends_with(text, wh_str_from(expected)))
        fail_msg("%.*s", WH_FMT(text));
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 2);
    wh_file_connector.source->close(source);
}

static void the_first_bytes_tell_the_encoding_or_leave_it_open(void **state)
{
    assert_encoding_told(
        *state, WH_STR("id,name\n1,M\xFCller\n2,b\n"),
        "; not sure of the encoding: of the first 3 lines of 'a.csv' 1 is not UTF-8 and will be "
        "rejected, 0 others have characters beyond ASCII and are; to have them read: format: { "
        "encoding: cp1252 } or { encoding: latin1 }, the same for these bytes, if it is one of "
        "them; to have them rejected: format: { encoding: UTF-8 }");
    assert_encoding_told(
        *state, WH_STR("id,name\n1,5 \x80\n2,Z\xC3\xBC\n"),
        " 1 is not UTF-8 and will be rejected, 1 other has characters beyond ASCII "
        "and is; to have them read: format: { encoding: cp1252 }, if it is that; "
        "to have them rejected: format: { encoding: UTF-8 }");
    assert_encoding_told(*state, WH_STR("id,name\n1,\x81\n2,b\n"),
                         "; neither cp1252 nor latin1 fits; state the encoding; to have them "
                         "rejected: format: { encoding: UTF-8 }");
    assert_encoding_told(*state, WH_STR("id,name\n1,Z\xC3\xBC\n2,b\n"),
                         "; UTF-8 in all of the first 3 lines, 1 of them with characters beyond "
                         "ASCII; to pin it: format: { encoding: UTF-8 }");
    assert_encoding_told(
        *state, WH_STR("i\0d\0\n\0001\0\n\0002\0\n\0"),
        "; every second byte is zero, as in UTF-16LE without a byte order mark; to "
        "pin it: format: { encoding: UTF-16LE }");
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.encoding = WH_STR("UTF-8");
    assert_refused(*state, "a.csv", &format, WH_INVALID,
                   "'a.csv' is no UTF-8: every second byte is zero, as in UTF-16LE without a byte "
                   "order mark; state 'encoding: UTF-16LE'");
}

static void what_cannot_be_told_is_asked_for(void **state)
{
    test_folder_write(*state, "a.csv", WH_STR("1,5;2,5\n3,5;4,5\n"));
    assert_refused(*state, "a.csv", NULL, WH_INVALID,
                   "'a.csv': there is no header: state the names of the columns in 'format': "
                   "columns: [id, name]");
    test_folder_write(*state, "a.csv", WH_STR("Anna,Smith\nBob,Jones\n"));
    assert_refused(*state, "a.csv", NULL, WH_INVALID,
                   "'a.csv': cannot tell for certain whether the first record ('Anna', 'Smith') "
                   "names the columns; state it in 'format': header: true, header: false, or how "
                   "many records do");
    test_folder_write(*state, "a.csv", WH_STR("a:b\nc:d\ne:f\n"));
    assert_refused(*state, "a.csv", NULL, WH_INVALID,
                   "'a.csv': cannot tell for certain the delimiter (with the delimiter ',' 3 of 3 "
                   "records have 1 cell); state it in 'format': delimiter: \",\", or another");
}

static void explain_suspects_a_wrong_delimiter(void **state)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.dialect = WH_STR("csv");
    test_folder_write(*state, "a.csv", WH_STR("id;name;town\n1;x;y\n"));
    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str text;
    struct wh_source *source = open_ok(*state, "a.csv", &format);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_true(wh_str_is(text,
                          "1 file of 19 bytes in UTF-8: CSV, delimiter ',', quote '\"', header, "
                          "1 column, NULL is the empty cell; one column only: is the delimiter "
                          "';'?"));
    wh_file_connector.source->close(source);

    struct wh_str nulls[] = {WH_STR(""), WH_STR("\\N")};
    format.delimiter = WH_STR("\t");
    format.nulls = (struct wh_option_list){nulls, 2};
    source = open_ok(*state, "a.csv", &format);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_true(wh_str_is(text,
                          "1 file of 19 bytes in UTF-8: CSV, delimiter '\\t', quote '\"', header, "
                          "1 column, NULL is '' or '\\N'; one column only: is the delimiter "
                          "';'?"));
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

static void lines_that_are_left_out_are_shown(void **state)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.skip = 2;
    format.skip_end = 1;
    test_folder_write(*state, "a.csv",
                      WH_STR("\xEF\xBB\xBFReport\r\n2024\r\nid,name\r\n1,x\r\n2,y\r\nTotal;2\r\n"));
    struct wh_source *source = open_ok(*state, "a.csv", &format);
    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str text;
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_true(wh_str_ends_with(
        text, WH_STR("; 2 lines left out before the header: \"Report | 2024\"; 1 line left out at "
                     "the end: \"Total;2\"")));
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 2);
    assert_int_equal(wh_file_source_from(source)->files[0].data_line, 4);
    wh_arena_release(&arena);
    wh_file_connector.source->close(source);

    format.skip_end = 4;
    assert_refused(*state, "a.csv", &format, WH_INVALID,
                   "'a.csv': there are fewer lines behind the header than 'skip_end' leaves out; "
                   "state another 'skip_end'");
    format.skip = 7;
    assert_refused(*state, "a.csv", &format, WH_INVALID,
                   "'a.csv': the file ends before its header; state another 'skip'");
}

static void a_pattern_is_its_files_in_byte_order(void **state)
{
    test_folder_make_inner(*state, "in");
    test_folder_make_inner(*state, "in/people-0.csv"); /* a folder is no file */
    test_folder_write(*state, "in/people-10.csv", WH_STR("a,b\n10,x\n"));
    test_folder_write(*state, "in/people-2.csv", WH_STR("\na,b\r\n2,y\n3,z\n"));
    test_folder_write(*state, "in/people-B.csv", WH_STR("a,b\n"));
    test_folder_write(*state, "in/.people-1.csv", WH_STR("other\n"));
    struct wh_source *source = open_ok(*state, "in/people-*.csv", NULL);
    const struct wh_file_source *files = wh_file_source_from(source);
    assert_int_equal(files->file_count, 3);
    assert_true(wh_str_is(files->files[0].name, "in/people-10.csv"));
    assert_true(wh_str_is(files->files[1].name, "in/people-2.csv"));
    assert_true(wh_str_is(files->files[2].name, "in/people-B.csv"));
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 3);
    assert_int_equal(chunks, 2);

    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_position position = {.file = 1, .line = 4, .offset = 10};
    struct wh_str text;
    assert_int_equal(wh_file_connector.source->place(source, &position, &arena, &text, &err),
                     WH_OK);
    assert_true(wh_str_is(text, "in/people-2.csv:4"));
    wh_arena_release(&arena);
    wh_file_connector.source->close(source);
}

/* The names of the source's files, one behind the other. */
static void assert_files(const struct test_folder *folder, const char *from, const char *expected)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf names;
    wh_buf_init(&names, (size_t)64 << 10);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = open_ok(folder, from, NULL);
    const struct wh_file_source *files = wh_file_source_from(source);
    for (size_t i = 0; i < files->file_count; i++)
        assert_int_equal(
            wh_buf_printf(&names, &err, "%s%.*s", i > 0 ? " " : "", WH_FMT(files->files[i].name)),
            WH_OK);
    if (!wh_str_is(wh_buf_str(&names), expected))
        fail_msg("%s: %.*s", from, WH_FMT(wh_buf_str(&names)));
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), files->file_count);
    wh_file_connector.source->close(source);
}

static void folders_below_are_read_as_well(void **state)
{
    static const char *const folders[] = {"x",        "x/2024", "x/2024/05",
                                          "x/2024-b", "x/.git", "x/[1]"};
    static const char *const files[] = {"x/a.csv",          "x/2024/b.csv", "x/2024/05/c.csv",
                                        "x/2024-b/d.csv",   "x/.git/e.csv", "x/2024/.f.csv",
                                        "x/2024/05/g.data", "x/[1]/h.csv"};
    char path[512];
    for (size_t i = 0; i < WH_COUNT_OF(folders); i++)
        test_folder_make_inner(*state, folders[i]);
    for (size_t i = 0; i < WH_COUNT_OF(files); i++)
        test_folder_write(*state, files[i], WH_STR("id\n1\n"));
    assert_int_equal(symlink("..", test_folder_path(*state, "x/2024/05/up", path)), 0);
    assert_int_equal(symlink("../2024/b.csv", test_folder_path(*state, "x/2024-b/l.csv", path)), 0);

    assert_files(*state, "x/**/*.csv",
                 "x/2024-b/d.csv x/2024-b/l.csv x/2024/05/c.csv x/2024/b.csv x/[1]/h.csv x/a.csv");
    assert_files(*state, "x/**",
                 "x/2024-b/d.csv x/2024-b/l.csv x/2024/05/c.csv x/2024/05/g.data x/2024/b.csv "
                 "x/[1]/h.csv x/a.csv");
    assert_files(*state, "x/2024", "x/2024/05/c.csv x/2024/05/g.data x/2024/b.csv");
    assert_files(*state, "x/2024/", "x/2024/05/c.csv x/2024/05/g.data x/2024/b.csv");
    assert_files(*state, "x/2024*/?.csv", "x/2024-b/d.csv x/2024-b/l.csv x/2024/b.csv");
    assert_files(*state, "**/05/*.csv", "x/2024/05/c.csv");
    assert_files(*state, "**/2024/**/**/*.csv", "x/2024/05/c.csv x/2024/b.csv");
    assert_files(*state, "x/.git/*.csv", "x/.git/e.csv");
    assert_files(*state, "x/[1]/*.csv", "x/[1]/h.csv");
    /* A link is followed where a part of the pattern names it, and then once. */
    assert_files(*state, "x/2024/05/up/*.csv", "x/2024/05/up/b.csv");
    assert_files(*state, "**/up/**/*.csv", "x/2024/05/up/05/c.csv x/2024/05/up/b.csv");
}

static void files_of_a_pattern_have_the_same_columns(void **state)
{
    test_folder_write(*state, "p1.csv", WH_STR("a,b\n"));
    test_folder_write(*state, "p2.csv", WH_STR("b,a\n"));
    assert_refused(*state, "p*.csv", NULL, WH_INVALID,
                   "'p2.csv': column 1 is 'b' and in 'p1.csv' it is 'a'; files of one item type "
                   "have the same columns in the same order");
    test_folder_write(*state, "p2.csv", WH_STR("a\n"));
    assert_refused(*state, "p*.csv", NULL, WH_INVALID,
                   "'p2.csv': the header has 1 column and that of 'p1.csv' has 2; files of one "
                   "item type have the same");
}

/* The batch of a chunk: @p rows rows, with @p name in the second column. */
static void assert_named(struct wh_reader *reader, struct wh_str chunk, size_t rows,
                         const char *name)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(wh_file_connector.source->seek(reader, chunk, 0, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_OK);
    assert_int_equal(batch.column_count, 2);
    assert_int_equal(batch.row_count, rows);
    for (size_t row = 0; row < rows; row++)
        assert_true(wh_str_is(batch.columns[1].values.texts[row], name));
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_END);
    wh_batch_release(&batch);
}

static void the_files_name_can_be_a_column(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.file_column = WH_STR("file");
    test_folder_write(*state, "n1.csv", WH_STR("id\n1\n2\n"));
    test_folder_write(*state, "n2.csv", WH_STR("id\n3\n"));
    struct wh_source *source = open_ok(*state, "n?.csv", &format);
    struct wh_table_info table;
    assert_int_equal(wh_file_connector.source->describe(source, &table, &err), WH_OK);
    assert_int_equal(table.column_count, 2);
    assert_true(wh_str_is(table.columns[1].name, "file"));

    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_reader *reader;
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(count, 2);
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    assert_named(reader, chunks[0].text, 2, "n1.csv");
    assert_named(reader, chunks[1].text, 1, "n2.csv");
    wh_file_connector.source->reader_close(reader);
    wh_file_connector.source->close(source);

    format.file_column = WH_STR("id");
    assert_refused(*state, "n1.csv", &format, WH_INVALID,
                   "'n1.csv' has a column 'id' already; state another 'file_column'");
}

static void a_file_whose_name_is_a_pattern_is_meant_itself(void **state)
{
    test_folder_write(*state, "a[1].csv", WH_STR("a\n1\n"));
    test_folder_write(*state, "a1.csv", WH_STR("a\n1\n2\n"));
    struct wh_source *source = open_ok(*state, "a[1].csv", NULL);
    size_t chunks;
    assert_int_equal(count_records(source, &chunks), 1);
    wh_file_connector.source->close(source);
}

static void assert_opens(struct wh_str url, struct wh_str from, struct wh_str base, wh_code code)
{
    struct wh_source_request request = {.url = url, .from = from, .base_folder = base};
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    wh_code rc = wh_file_connector.source->open(&request, &source, &err);
    if (rc != code)
        fail_msg("%d: %s", (int)rc, err.message);
    if (rc == WH_OK)
        wh_file_connector.source->close(source);
}

static void takes_urls_and_paths(void **state)
{
    const struct test_folder *folder = *state;
    char room[512];
    test_folder_make_inner(folder, "in");
    test_folder_write(folder, "in/a.csv", WH_STR("a\n1\n"));
    struct wh_str base = wh_str_from(folder->path);
    struct wh_str a = WH_STR("a.csv");
    assert_opens(WH_STR("in"), a, base, WH_OK);
    assert_opens(WH_STR("file:in"), a, base, WH_OK);
    assert_opens(WH_STR("file:in/"), a, base, WH_OK);
    assert_opens(WH_STR("./in/../in"), a, base, WH_OK);
    assert_opens(WH_STR("in/a.csv"), WH_STR(""), base, WH_OK);
    assert_opens(WH_STR("in/a.csv"), a, base, WH_OK);
    assert_opens(WH_STR("in/*.csv"), WH_STR(""), base, WH_OK);
    assert_opens(WH_STR(""), WH_STR("in/a.csv"), base, WH_OK);
    (void)snprintf(room, sizeof(room), "file://%s/in", folder->path);
    assert_opens(wh_str_from(room), a, WH_STR(""), WH_OK);
    assert_opens(wh_str_from(folder->path), WH_STR("in/a.csv"), WH_STR("/nowhere"), WH_OK);
    assert_opens(WH_STR("file://host/in"), a, base, WH_UNSUPPORTED);
    assert_opens(WH_STR("in/a.csv"), WH_STR("b.csv"), base, WH_INVALID);
    assert_opens(WH_STR("missing"), a, base, WH_UNREACHABLE);
    assert_opens(WH_STR("in\0/"), a, base, WH_INVALID);
}

static void accepts_what_has_no_scheme_of_others(void **state)
{
    (void)state;
    assert_true(wh_file_accepts(WH_STR("people.csv")));
    assert_true(wh_file_accepts(WH_STR("file:people.csv")));
    assert_true(wh_file_accepts(WH_STR("FILE:people.csv")));
    assert_true(wh_file_accepts(WH_STR("./a:b.csv")));
    assert_true(wh_file_accepts(WH_STR("/data/a:b.csv")));
    assert_true(wh_file_accepts(WH_STR("")));
    assert_false(wh_file_accepts(WH_STR("sqlite:old.db")));
    assert_false(wh_file_accepts(WH_STR("postgresql://host/db")));
}

static void identity_changes_with_the_files(void **state)
{
    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_source_identity first;
    struct wh_source_identity again;
    struct wh_source_identity changed;
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n"));
    struct wh_source *source = open_ok(*state, "a.csv", NULL);
    assert_int_equal(wh_file_connector.source->identity(source, &arena, &first, &err), WH_OK);
    wh_file_connector.source->close(source);
    source = open_ok(*state, "a.csv", NULL);
    assert_int_equal(wh_file_connector.source->identity(source, &arena, &again, &err), WH_OK);
    wh_file_connector.source->close(source);
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n2\n"));
    source = open_ok(*state, "a.csv", NULL);
    assert_int_equal(wh_file_connector.source->identity(source, &arena, &changed, &err), WH_OK);
    wh_file_connector.source->close(source);
    assert_true(wh_str_equal(first.text, again.text));
    assert_false(wh_str_equal(first.text, changed.text));
    assert_true(wh_str_starts_with(first.text, WH_STR("a.csv 4 ")));
    wh_arena_release(&arena);
}

static void a_file_that_changes_while_it_is_read_is_an_error(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n2\n3\n"));
    struct wh_source *source = open_ok(*state, "a.csv", NULL);
    struct wh_chunk_spec *chunks;
    size_t count;
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    struct wh_reader *reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->seek(reader, chunks[0].text, 0, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->seek(reader, chunks[0].text, 0, &err), WH_OK);
    test_folder_write(*state, "a.csv", WH_STR("a\n7\n8\n9\n"));
    /* The records are all there: the batch that holds them is refused, not the end behind it. */
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_CONFLICT);
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n2\n"));
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_CONFLICT);
    assert_int_equal(wh_file_connector.source->seek(reader, chunks[0].text, 0, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->read(reader, &batch, &err), WH_IO);
    wh_batch_release(&batch);
    wh_file_connector.source->reader_close(reader);
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err),
        WH_CONFLICT);
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

static void digest_tells_a_changed_beginning(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    uint64_t digests[3];
    static const char *const texts[] = {"a\n1\n2\n3\n", "a\n1\n2\n4\n", "a\n1\n9\n3\n"};
    for (size_t i = 0; i < 3; i++) {
        test_folder_write(*state, "a.csv", wh_str_from(texts[i]));
        struct wh_source *source = open_ok(*state, "a.csv", NULL);
        struct wh_reader *reader;
        assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
        assert_int_equal(wh_file_connector.source->digest_until(reader, WH_STR("2 8 2 a.csv"), 6,
                                                                &digests[i], &err),
                         WH_OK);
        wh_file_connector.source->reader_close(reader);
        wh_file_connector.source->close(source);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
    wh_arena_release(&arena);
}

static void refuses_chunks_that_are_none(void **state)
{
    static const char *const texts[] = {"",
                                        "2 8 2",
                                        "2 8 2 b.csv",
                                        "2 x 2 a.csv",
                                        "0 8 2 a.csv",
                                        "2 99 2 a.csv",
                                        "8 2 2 a.csv",
                                        "-2 8 2 a.csv"};
    struct wh_error err = WH_ERROR_NONE;
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n2\n3\n"));
    struct wh_source *source = open_ok(*state, "a.csv", NULL);
    struct wh_reader *reader;
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        assert_int_equal(wh_file_connector.source->seek(reader, wh_str_from(texts[i]), 0, &err),
                         WH_CORRUPT);
    struct wh_str good = WH_STR("2 8 2 a.csv");
    assert_int_equal(wh_file_connector.source->seek(reader, good, 0, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->seek(reader, good, 1, &err), WH_CORRUPT);
    assert_int_equal(wh_file_connector.source->seek(reader, good, 9, &err), WH_CORRUPT);
    wh_file_connector.source->reader_close(reader);
    wh_file_connector.source->close(source);
}

static void stops_when_asked_to(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_cancel cancel = {0};
    struct wh_arena arena;
    wh_arena_init(&arena);
    test_folder_write(*state, "a.csv", WH_STR("a\n1\n2\n3\n"));
    const struct test_folder *folder = *state;
    struct wh_source_request request = {
        .url = wh_str_from(folder->path), .from = WH_STR("a.csv"), .cancel = &cancel};
    struct wh_source *source;
    assert_int_equal(wh_file_connector.source->open(&request, &source, &err), WH_OK);
    wh_cancel_raise(&cancel, WH_CANCEL_AFTER_GROUP);
    struct wh_chunk_spec *chunks;
    size_t count;
    assert_int_equal(wh_file_connector.source->split(source, 1, &arena, &chunks, &count, &err),
                     WH_CANCELLED);
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

#define FOLDER_TEST(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, test_folder_setup, test_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(describes_the_columns_of_the_header),
        FOLDER_TEST(names_can_be_given),
        FOLDER_TEST(refuses_what_cannot_be_opened),
        FOLDER_TEST(refuses_headers_that_name_nothing_or_twice),
        FOLDER_TEST(refuses_lines_that_end_with_cr_alone),
        FOLDER_TEST(a_header_alone_is_no_records),
        FOLDER_TEST(explain_says_what_was_detected_and_how_to_pin_it),
        FOLDER_TEST(the_first_bytes_tell_the_encoding_or_leave_it_open),
        FOLDER_TEST(what_cannot_be_told_is_asked_for),
        FOLDER_TEST(explain_suspects_a_wrong_delimiter),
        FOLDER_TEST(lines_that_are_left_out_are_shown),
        FOLDER_TEST(a_pattern_is_its_files_in_byte_order),
        FOLDER_TEST(folders_below_are_read_as_well),
        FOLDER_TEST(files_of_a_pattern_have_the_same_columns),
        FOLDER_TEST(the_files_name_can_be_a_column),
        FOLDER_TEST(a_file_whose_name_is_a_pattern_is_meant_itself),
        FOLDER_TEST(takes_urls_and_paths),
        FOLDER_TEST(accepts_what_has_no_scheme_of_others),
        FOLDER_TEST(identity_changes_with_the_files),
        FOLDER_TEST(a_file_that_changes_while_it_is_read_is_an_error),
        FOLDER_TEST(digest_tells_a_changed_beginning),
        FOLDER_TEST(refuses_chunks_that_are_none),
        FOLDER_TEST(stops_when_asked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
