/* SPDX-License-Identifier: Apache-2.0 */
/** Files in other encodings than UTF-8 as sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"

static wh_code open_encoded(const struct test_folder *folder, const char *encoding,
                            struct wh_source **ret, struct wh_error *err)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    if (encoding != NULL)
        format.encoding = wh_str_from(encoding);
    return test_folder_open(folder, "a.csv", &format, ret, err);
}

/* The batch of the only chunk, which the caller releases. */
static void read_batch(struct wh_source *source, struct wh_batch *batch)
{
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_reader *reader;
    wh_batch_init(batch);
    assert_int_equal(functions->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(functions->reader_open(source, &reader, &err), WH_OK);
    assert_int_equal(functions->seek(reader, chunks[0].text, 0, &err), WH_OK);
    assert_int_equal(functions->read(reader, batch, &err), WH_OK);
    functions->reader_close(reader);
}

/* Two columns, one row, with an ä in name and value: in whatever encoding. */
static void assert_reads(const struct test_folder *folder, const char *encoding,
                         struct wh_str bytes, const char *shown)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_table_info table;
    struct wh_str text;
    struct wh_batch batch;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    test_folder_write(folder, "a.csv", bytes);
    if (open_encoded(folder, encoding, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(wh_file_connector.source->describe(source, &table, &err), WH_OK);
    assert_int_equal(table.column_count, 2);
    assert_true(wh_str_is(table.columns[0].name, "\xC3\xA4"));
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_non_null(strstr(text.ptr, shown));
    read_batch(source, &batch);
    assert_int_equal(batch.row_count, 1);
    assert_true(wh_str_is(batch.columns[0].values.texts[0], "\xC3\xA4\xC3\xA4"));
    assert_int_equal(batch.positions[0].line, 2);
    wh_batch_release(&batch);
    wh_file_connector.source->close(source);
}

static void every_encoding_gives_the_same(void **state)
{
    assert_reads(*state, NULL, WH_STR("\xEF\xBB\xBF\xC3\xA4,b\n\xC3\xA4\xC3\xA4,1\n"),
                 " in UTF-8: ");
    assert_reads(*state, "latin1", WH_STR("\xE4,b\n\xE4\xE4,1\n"), " in ISO-8859-1: ");
    assert_reads(*state, "windows-1252", WH_STR("\xE4,b\n\xE4\xE4,1\n"), " in cp1252: ");
    assert_reads(*state, "cp850", WH_STR("\x84,b\n\x84\x84,1\n"), " in cp850: ");
    assert_reads(*state, "utf-16le", WH_STR("\xE4\0,\0b\0\n\0\xE4\0\xE4\0,\0001\0\n\0"),
                 " in UTF-16LE: ");
    assert_reads(*state, NULL, WH_STR("\xFF\xFE\xE4\0,\0b\0\n\0\xE4\0\xE4\0,\0001\0\n\0"),
                 " in UTF-16LE: ");
    assert_reads(*state, "UTF-16", WH_STR("\xFE\xFF\0\xE4\0,\0b\0\n\0\xE4\0\xE4\0,\0001\0\n"),
                 " in UTF-16BE: ");
}

static void a_byte_that_is_no_character_rejects_its_record(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_batch batch;
    test_folder_write(*state, "a.csv", WH_STR("id,name\n1,\xE4\n2,\xE4\x81\xE4\n3,\xE4\n"));
    assert_int_equal(open_encoded(*state, "cp1252", &source, &err), WH_OK);
    read_batch(source, &batch);
    assert_int_equal(batch.row_count, 2);
    assert_int_equal(batch.bad_count, 1);
    assert_true(wh_str_is(batch.bad[0].reason, "column 'name': not cp1252 at character 2 (0x81)"));
    assert_true(wh_str_is(batch.bad[0].raw, "2,\xE4\x81\xE4"));
    assert_int_equal(batch.bad[0].position.line, 3);
    wh_batch_release(&batch);
    wh_file_connector.source->close(source);
}

static void what_the_mark_contradicts_is_refused(void **state)
{
    static const struct {
        struct wh_str bytes;
        const char *encoding;
        const char *message;
    } cases[] = {
        {{"\xEF\xBB\xBFid\n", 6}, "cp1252", "'a.csv' begins with the byte order mark of UTF-8"},
        {{"\xFF\xFEi\0", 4}, "UTF-16BE", "'a.csv' begins with the byte order mark of UTF-16LE"},
        {{"\xEF\xBB\xBFid\n", 6}, "UTF-16", "'a.csv' begins with the byte order mark of UTF-8"},
        {{"i\0d\0", 4}, "UTF-16", "'a.csv' has no byte order mark; state UTF-16LE or UTF-16BE"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_error err = WH_ERROR_NONE;
        struct wh_source *source = NULL;
        test_folder_write(*state, "a.csv", cases[i].bytes);
        assert_int_equal(open_encoded(*state, cases[i].encoding, &source, &err), WH_INVALID);
        assert_non_null(strstr(err.message, cases[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_gives_the_same),
        cmocka_unit_test(a_byte_that_is_no_character_rejects_its_record),
        cmocka_unit_test(what_the_mark_contradicts_is_refused),
    };
    return cmocka_run_group_tests(tests, test_folder_setup, test_folder_teardown);
}
