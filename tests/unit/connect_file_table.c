/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_file_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <inttypes.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "data/text.h"

#define MAX_PART ((size_t)64 << 20)

static void say(struct wh_buf *out, struct wh_str text)
{
    assert_int_equal(wh_buf_append_str(out, text, NULL), WH_OK);
}

static void print_row(const struct wh_batch *batch, size_t row, struct wh_arena *arena,
                      struct wh_buf *out)
{
    assert_int_equal(wh_buf_printf(out, NULL, "%" PRIu64 ": ", batch->positions[row].line), WH_OK);
    for (size_t i = 0; i < batch->column_count; i++) {
        struct wh_str text = WH_STR("-");
        if (!wh_column_is_null(&batch->columns[i], row))
            assert_int_equal(wh_value_print(&batch->columns[i], row, arena, &text), WH_FAULT_NONE);
        say(out, i == 0 ? WH_STR("") : WH_STR("|"));
        say(out, text);
    }
    say(out, WH_STR("\n"));
}

static void print_bad(const struct wh_bad_record *bad, struct wh_buf *out)
{
    wh_code rc = bad->is_left_out
                     ? wh_buf_printf(out, NULL, "%" PRIu64 ": left out\n", bad->position.line)
                     : wh_buf_printf(out, NULL, "%" PRIu64 ": bad: %.*s <%.*s>\n",
                                     bad->position.line, WH_FMT(bad->reason), WH_FMT(bad->raw));
    assert_int_equal(rc, WH_OK);
}

static void print_batch(struct wh_batch *batch, struct wh_buf *out)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row <= row; bad++)
            print_bad(&batch->bad[bad], out);
        if (row < batch->row_count)
            print_row(batch, row, &batch->arena, out);
    }
}

static void print_columns(struct wh_source *source, struct wh_buf *out)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_table_info table;
    assert_int_equal(wh_file_connector.source->describe(source, &table, &err), WH_OK);
    for (size_t i = 0; i < table.column_count; i++)
        assert_int_equal(wh_buf_printf(out, NULL, "%s%.*s %.*s", i == 0 ? "" : ", ",
                                       WH_FMT(table.columns[i].name),
                                       WH_FMT(table.columns[i].declared)),
                         WH_OK);
    say(out, WH_STR("\n"));
}

void test_table_print(struct wh_source *source, struct wh_buf *out)
{
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_reader *reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    print_columns(source, out);
    assert_int_equal(functions->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(functions->reader_open(source, &reader, &err), WH_OK);
    for (size_t i = 0; i < count; i++) {
        wh_code rc;
        assert_int_equal(functions->seek(reader, chunks[i].text, 0, &err), WH_OK);
        while ((rc = functions->read(reader, &batch, &err)) == WH_OK)
            print_batch(&batch, out);
        if (rc != WH_END)
            fail_msg("%s", err.message);
    }
    functions->reader_close(reader);
    wh_batch_release(&batch);
}

void assert_table(const struct test_folder *folder, const char *from,
                  const struct wh_format_options *format, const char *expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, MAX_PART);
    if (test_folder_open(folder, from, format, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    test_table_print(source, &out);
    wh_file_connector.source->close(source);
    assert_string_equal(wh_buf_cstr(&out), expected);
}

void assert_table_refused(const struct test_folder *folder, const char *from,
                          const struct wh_format_options *format, wh_code code, const char *message)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    wh_code rc = test_folder_open(folder, from, format, &source, &err);
    wh_file_connector.source->close(source);
    if (rc != code || strstr(err.message, message) == NULL)
        fail_msg("%d: %s", (int)rc, err.message);
}
