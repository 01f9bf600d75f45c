/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How fast CSV is read on one thread:
 *
 *     csv_count FILE [ROUNDS]
 *
 * prints, for each scanner that this machine can run, how long it takes to count the file's records
 * and cells and to read it into columns (UTF-8 checked, null tokens applied); the best of ROUNDS.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "format/csv.h"
#include "stream/window.h"

/* What one way through the file found. */
struct tally {
    uint64_t records;
    uint64_t cells;
    uint64_t bytes;
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Counts the whole records of the text in hand; a malformed one is its first line,
 * with one cell. */
static void count_text(const struct wh_csv_scanner *scanner, struct wh_window *window,
                       struct tally *tally)
{
    struct wh_csv_scan scan;
    struct wh_str text = wh_window_text(window);
    wh_csv_scan_start(&scan, scanner, text, wh_window_is_last(window), 0);
    for (;;) {
        struct wh_csv_count count = {0};
        scanner->functions->count(&scan, scan.len, &count);
        tally->records += count.records;
        tally->cells += count.cells;
        uint32_t no_ends[WH_CSV_ENDS_SLACK];
        struct wh_csv_record record = {.cells = 1};
        size_t start = scan.start;
        enum wh_csv_found found = scanner->functions->next(&scan, no_ends, 0, &record);
        if (found == WH_CSV_NOTHING || found == WH_CSV_PARTIAL)
            break;
        tally->records++;
        tally->cells += record.cells;
        const char *newline = memchr(text.ptr + start, '\n', text.len - start);
        if (found == WH_CSV_MALFORMED)
            record.next = newline != NULL ? (size_t)(newline - text.ptr) + 1 : text.len;
        wh_csv_scan_start(&scan, scanner, text, scan.is_last, record.next);
    }
    wh_window_take(window, scan.start);
}

static wh_code count_file(const struct wh_csv_scanner *scanner, struct wh_stream *file,
                          struct tally *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_window_release) struct wh_window window;
    WH_TRY(wh_window_init(&window, WH_WINDOW_BLOCK, false, err));
    wh_window_seek(&window, file, 0, WH_STREAM_SIZE_UNKNOWN);
    *ret = (struct tally){0};
    while (!wh_window_is_last(&window)) {
        WH_TRY(wh_window_fill(&window, 0, err));
        count_text(scanner, &window, ret);
    }
    ret->bytes = wh_window_position(&window);
    return WH_OK;
}

static wh_code read_columns(struct wh_source *source, struct tally *ret, struct wh_error *err)
{
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t chunk_count;
    WH_TRY(functions->split(source, UINT64_MAX, &arena, &chunks, &chunk_count, err));
    struct wh_reader *reader;
    WH_TRY(functions->reader_open(source, &reader, err));
    struct wh_batch batch;
    wh_batch_init(&batch);
    double start = seconds();
    *ret = (struct tally){0};
    wh_code rc = WH_OK;
    for (size_t i = 0; i < chunk_count && rc == WH_OK; i++) {
        WH_TRY(functions->seek(reader, chunks[i].text, 0, err));
        while ((rc = functions->read(reader, &batch, err)) == WH_OK) {
            ret->records += batch.row_count + batch.bad_count;
            ret->cells += batch.row_count * batch.column_count;
        }
        rc = rc == WH_END ? WH_OK : rc;
        ret->bytes += chunks[i].size;
    }
    double took = seconds() - start;
    functions->reader_close(reader);
    wh_batch_release(&batch);
    wh_arena_release(&arena);
    ret->bytes = (uint64_t)((double)ret->bytes / took); /* a second */
    return rc;
}

static void report(const char *what, const char *scanner, const struct tally *tally, double rate)
{
    (void)printf("%-8s %-7s %" PRIu64 " records, %" PRIu64 " cells, %.2f GB/s\n", what, scanner,
                 tally->records, tally->cells, rate / 1e9);
}

static wh_code measure(struct wh_source *source, const char *path, int rounds,
                       const struct wh_csv_functions *functions, struct wh_error *err)
{
    struct wh_csv *csv = wh_csv_from(wh_file_source_from(source)->parser);
    csv->scanner.functions = functions;
    WH_CLEANUP(wh_stream_close) struct wh_stream file = WH_STREAM_CLOSED;
    WH_TRY(wh_stream_open(&file, path, wh_file_source_from(source)->files[0].form, err));
    struct tally counted = {0};
    struct tally columns = {0};
    double count_rate = 0;
    double column_rate = 0;
    for (int i = 0; i < rounds; i++) {
        double start = seconds();
        WH_TRY(count_file(&csv->scanner, &file, &counted, err));
        double rate = (double)counted.bytes / (seconds() - start);
        count_rate = rate > count_rate ? rate : count_rate;
        WH_TRY(read_columns(source, &columns, err));
        column_rate = (double)columns.bytes > column_rate ? (double)columns.bytes : column_rate;
    }
    report("count", functions->name, &counted, count_rate);
    report("columns", functions->name, &columns, column_rate);
    return WH_OK;
}

static wh_code run(const char *path, int rounds, struct wh_error *err)
{
    struct wh_source_request request = {.url = wh_str_from(path)};
    struct wh_source *source;
    WH_TRY(wh_file_connector.source->open(&request, &source, err));
    wh_code rc = WH_OK;
#if defined(__x86_64__)
    if (wh_csv_has_avx2())
        rc = measure(source, path, rounds, &wh_csv_avx2_functions, err);
    if (rc == WH_OK)
        rc = measure(source, path, rounds, &wh_csv_sse2_functions, err);
#endif
    if (rc == WH_OK)
        rc = measure(source, path, rounds, &wh_csv_scalar_functions, err);
    wh_file_connector.source->close(source);
    return rc;
}

int main(int argc, char **argv)
{
    uint64_t rounds = 3;
    struct wh_error err = WH_ERROR_NONE;
    bool is_right =
        argc == 2 || (argc == 3 && wh_count_parse(wh_str_from(argv[2]), &rounds, &err) == WH_OK);
    if (!is_right || rounds == 0 || rounds > 1000) {
        (void)fprintf(stderr, "usage: csv_count FILE [ROUNDS]\n");
        return 2;
    }
    if (run(argv[1], (int)rounds, &err) == WH_OK)
        return 0;
    (void)fprintf(stderr, "csv_count: %s\n", err.message);
    return 1;
}
