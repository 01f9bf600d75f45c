/* SPDX-License-Identifier: Apache-2.0 */
/** Records far larger than any buffer, and tables far wider: judged in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"

static void put(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* What a source of one chunk gave. */
struct outcome {
    struct wh_batch batch;  /* the first, */
    struct wh_batch second; /* empty where there is none */
    uint64_t records;       /* as split() counted them */
};

static void read_outcome(const struct test_folder *folder, const struct wh_format_options *format,
                         struct outcome *ret)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_arena arena;
    struct wh_chunk_spec *chunks;
    size_t count;
    wh_arena_init(&arena);
    wh_batch_init(&ret->batch);
    wh_batch_init(&ret->second);
    if (test_folder_open(folder, "a.csv", format, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    ret->records = chunks[0].records;
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->seek(reader, chunks[0].text, 0, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->read(reader, &ret->batch, &err), WH_OK);
    wh_code rc = wh_file_connector.source->read(reader, &ret->second, &err);
    assert_true(rc == WH_OK || rc == WH_END);
    wh_file_connector.source->reader_close(reader);
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
}

static void release_outcome(struct outcome *outcome)
{
    wh_batch_release(&outcome->batch);
    wh_batch_release(&outcome->second);
}

/* The file is a hole with a record before and one behind it: no disk is needed. */
static void write_hole(const struct test_folder *folder, const char *head, off_t size,
                       const char *tail)
{
    char path[512];
    int fd = open(test_folder_path(folder, "a.csv", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    put(fd, head);
    assert_true(lseek(fd, size, SEEK_CUR) >= 0);
    put(fd, tail);
    assert_int_equal(close(fd), 0);
}

static const off_t two_gigabytes = ((off_t)2 << 30) + 5;

static void a_cell_of_two_gigabytes_is_rejected_in_little_memory(void **state)
{
    long before = peak_kilobytes();
    write_hole(*state, "id,name\n1,a\n2,", two_gigabytes, "\n3,c\n");
    struct outcome outcome;
    read_outcome(*state, NULL, &outcome);
    assert_int_equal(outcome.records, 3);
    assert_int_equal(outcome.batch.row_count, 1); /* its bytes fill the batch */
    assert_int_equal(outcome.batch.bad_count, 1);
    const struct wh_bad_record *bad = &outcome.batch.bad[0];
    assert_true(wh_str_is(bad->reason, "the line is longer than a record may be (134217728 bytes; "
                                       "format option 'record')"));
    assert_int_equal(bad->size, (uint64_t)two_gigabytes + 3);
    assert_int_equal(bad->raw.len, WH_FORMAT_RAW_SIZE);
    assert_int_equal(bad->position.line, 3);
    assert_int_equal(outcome.second.row_count, 1);
    assert_int_equal(outcome.second.positions[0].line, 4);
    release_outcome(&outcome);
    assert_true(peak_kilobytes() - before < 64 * 1024);
}

static void a_quote_open_beyond_the_limit_costs_its_line_only(void **state)
{
    long before = peak_kilobytes();
    write_hole(*state, "id,name\n1,\"a\n2,b\n3,", (off_t)200 << 20, "\n4,d\n");
    struct outcome outcome;
    read_outcome(*state, NULL, &outcome);
    assert_int_equal(outcome.records, 4);
    assert_int_equal(outcome.batch.row_count, 1);
    assert_int_equal(outcome.batch.bad_count, 2);
    assert_true(wh_str_is(outcome.batch.bad[0].raw, "1,\"a"));
    assert_int_equal(outcome.batch.bad[0].before_row, 0);
    assert_int_equal(outcome.batch.bad[1].before_row, 1);
    assert_true(wh_str_is(outcome.second.columns[1].values.texts[0], "d"));
    release_outcome(&outcome);
    assert_true(peak_kilobytes() - before < 64 * 1024);
}

/* Larger than a buffer and within the limits: a row like any other. */
static void a_cell_larger_than_a_buffer_is_read(void **state)
{
    size_t size = 3 * WH_WINDOW_BLOCK;
    char *text = malloc(size + 64);
    assert_non_null(text);
    size_t head = (size_t)snprintf(text, 64, "id,name\n1,\"");
    memset(text + head, '\n', size);
    memcpy(text + head + size, "\"\r\n2,b\n", 7);
    test_folder_write(*state, "a.csv", wh_str_make(text, head + size + 7));
    struct outcome outcome;
    read_outcome(*state, NULL, &outcome);
    assert_int_equal(outcome.records, 2);
    assert_int_equal(outcome.batch.row_count, 2);
    assert_int_equal(outcome.batch.bad_count, 0);
    assert_int_equal(outcome.batch.columns[1].values.texts[0].len, size);
    assert_int_equal(outcome.batch.positions[1].line, 3 + size);
    release_outcome(&outcome);

    struct wh_format_options format;
    wh_format_options_init(&format);
    format.cell = size; /* the quotes count */
    read_outcome(*state, &format, &outcome);
    assert_int_equal(outcome.records, 2);
    assert_int_equal(outcome.batch.row_count, 1);
    assert_int_equal(outcome.batch.bad_count, 1);
    assert_int_equal(outcome.batch.bad[0].size, size + 6);
    assert_int_equal(outcome.batch.positions[0].line, 3 + size);
    release_outcome(&outcome);
    free(text);
}

static size_t write_wide(char *text, size_t columns, const char *cell)
{
    size_t len = 0;
    for (size_t i = 0; i < columns; i++)
        len += (size_t)snprintf(text + len, 12, "%s%zu,", cell, i);
    text[len - 1] = '\n';
    return len;
}

static void reads_ten_thousand_columns(void **state)
{
    enum { COLUMNS = 10000, ROWS = 300 };
    char *text = malloc((size_t)COLUMNS * 12 * (ROWS + 1));
    assert_non_null(text);
    size_t len = write_wide(text, COLUMNS, "c");
    for (size_t i = 0; i < ROWS; i++)
        len += write_wide(text + len, COLUMNS, "");
    test_folder_write(*state, "a.csv", wh_str_make(text, len));
    free(text);
    struct outcome outcome;
    read_outcome(*state, NULL, &outcome);
    assert_int_equal(outcome.records, ROWS);
    assert_int_equal(outcome.batch.column_count, COLUMNS);
    assert_true(outcome.batch.row_count > 0 && outcome.batch.row_count < ROWS);
    for (size_t i = 0; i < outcome.batch.row_count; i++)
        assert_true(wh_str_is(outcome.batch.columns[COLUMNS - 1].values.texts[i], "9999"));
    release_outcome(&outcome);
}

#define FOLDER_TEST(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, test_folder_setup, test_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_cell_of_two_gigabytes_is_rejected_in_little_memory),
        FOLDER_TEST(a_quote_open_beyond_the_limit_costs_its_line_only),
        FOLDER_TEST(a_cell_larger_than_a_buffer_is_read),
        FOLDER_TEST(reads_ten_thousand_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
