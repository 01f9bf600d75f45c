/* SPDX-License-Identifier: Apache-2.0 */
/** Several readers share one source, each in a thread of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"

enum { WORKERS = 4, FILES = 3, ROWS = 3000 };

/* One worker reads every WORKERS-th chunk. */
struct worker {
    struct wh_source *source;
    const struct wh_chunk_spec *chunks;
    size_t chunk_count;
    size_t first;
    uint64_t rows;
    uint64_t bad;
    uint64_t bytes_of_cells;
    wh_code rc;
};

static void add_batch(struct worker *worker, const struct wh_batch *batch)
{
    worker->rows += batch->row_count;
    worker->bad += batch->bad_count;
    for (size_t i = 0; i < batch->column_count; i++) {
        for (size_t row = 0; row < batch->row_count; row++)
            worker->bytes_of_cells += batch->columns[i].values.texts[row].len;
    }
}

static wh_code read_chunks(struct worker *worker, struct wh_reader *reader)
{
    struct wh_error err;
    struct wh_batch batch;
    wh_batch_init(&batch);
    wh_code rc = WH_END;
    for (size_t i = worker->first; i < worker->chunk_count && rc == WH_END; i += WORKERS) {
        rc = wh_file_connector.source->seek(reader, worker->chunks[i].text, 0, &err);
        while (rc == WH_OK) {
            rc = wh_file_connector.source->read(reader, &batch, &err);
            if (rc == WH_OK)
                add_batch(worker, &batch);
        }
    }
    wh_batch_release(&batch);
    return rc == WH_END ? WH_OK : rc;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct wh_error err;
    struct wh_reader *reader;
    worker->rc = wh_file_connector.source->reader_open(worker->source, &reader, &err);
    if (worker->rc != WH_OK)
        return NULL;
    worker->rc = read_chunks(worker, reader);
    wh_file_connector.source->reader_close(reader);
    return NULL;
}

static uint64_t write_files(const struct test_folder *folder)
{
    static const char *const names[FILES] = {"p1.csv", "p2.csv", "p3.csv"};
    uint64_t bytes_of_cells = 0;
    for (size_t i = 0; i < FILES; i++) {
        struct wh_error err;
        struct wh_buf text;
        wh_buf_init(&text, 1u << 20);
        assert_int_equal(wh_buf_append_str(&text, WH_STR("id,name\n"), &err), WH_OK);
        for (int row = 0; row < ROWS; row++)
            assert_int_equal(wh_buf_printf(&text, &err, "%05d,\"Zo\xC3\xAB \"\"%05d\"\"\"\n%s", row,
                                           row, row % 10 == 0 ? "stray\"\n" : ""),
                             WH_OK);
        test_folder_write(folder, names[i], wh_buf_str(&text));
        wh_buf_release(&text);
        bytes_of_cells += (uint64_t)ROWS * (5 + 12);
    }
    return bytes_of_cells;
}

static void readers_in_threads_read_everything_once(void **state)
{
    (void)state;
    struct test_folder folder;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_arena arena;
    wh_arena_init(&arena);
    test_folder_make(&folder);
    uint64_t bytes_of_cells = write_files(&folder);
    assert_int_equal(test_folder_open(&folder, "p*.csv", NULL, &source, &err), WH_OK);
    wh_file_source_from(source)->block_size = 4096;
    struct wh_chunk_spec *chunks;
    size_t count;
    assert_int_equal(wh_file_connector.source->split(source, 2000, &arena, &chunks, &count, &err),
                     WH_OK);
    assert_true(count > 4 * WORKERS);

    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    struct worker sum = {0};
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] =
            (struct worker){.source = source, .chunks = chunks, .chunk_count = count, .first = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].rc, WH_OK);
        sum.rows += workers[i].rows;
        sum.bad += workers[i].bad;
        sum.bytes_of_cells += workers[i].bytes_of_cells;
    }
    assert_int_equal(sum.rows, FILES * ROWS);
    assert_int_equal(sum.bad, FILES * ROWS / 10);
    assert_int_equal(sum.bytes_of_cells, bytes_of_cells);
    wh_file_connector.source->close(source);
    wh_arena_release(&arena);
    test_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_in_threads_read_everything_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
