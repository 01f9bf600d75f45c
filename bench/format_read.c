/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How fast a file of any format is cut and read into columns on one thread:
 *
 *     format_read FILE [OPTION=VALUE...]
 *
 * Options are those of `format:`; a list is written a|b|c. Prints the best of five rounds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"

enum { ROUNDS = 5, MAX_ITEMS = 1024 };

/* What one way through the file found, and how long it took. */
struct tally {
    uint64_t rows;
    uint64_t bad;
    double split_seconds;
    double read_seconds;
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static wh_code read_chunks(struct wh_reader *reader, const struct wh_chunk_spec *chunks,
                           size_t count, struct tally *tally, struct wh_error *err)
{
    WH_CLEANUP(wh_batch_release) struct wh_batch batch;
    wh_batch_init(&batch);
    for (size_t i = 0; i < count; i++) {
        WH_TRY(wh_file_connector.source->seek(reader, chunks[i].text, 0, err));
        wh_code rc;
        while ((rc = wh_file_connector.source->read(reader, &batch, err)) == WH_OK) {
            tally->rows += batch.row_count;
            tally->bad += batch.bad_count;
        }
        if (rc != WH_END)
            return rc;
    }
    return WH_OK;
}

static wh_code measure(struct wh_source *source, struct tally *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    *ret = (struct tally){0};
    double start = seconds();
    WH_TRY(wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, err));
    ret->split_seconds = seconds() - start;
    struct wh_reader *reader;
    WH_TRY(wh_file_connector.source->reader_open(source, &reader, err));
    start = seconds();
    wh_code rc = read_chunks(reader, chunks, count, ret, err);
    ret->read_seconds = seconds() - start;
    wh_file_connector.source->reader_close(reader);
    return rc;
}

static wh_code run(const struct wh_source_request *request, struct wh_error *err)
{
    struct wh_source *source;
    WH_TRY(wh_file_connector.source->open(request, &source, err));
    struct tally best = {.split_seconds = 1e9, .read_seconds = 1e9};
    wh_code rc = WH_OK;
    for (int i = 0; i < ROUNDS && rc == WH_OK; i++) {
        struct tally tally;
        rc = measure(source, &tally, err);
        tally.split_seconds = WH_MIN(tally.split_seconds, best.split_seconds);
        tally.read_seconds = WH_MIN(tally.read_seconds, best.read_seconds);
        best = tally;
    }
    wh_file_connector.source->close(source);
    if (rc == WH_OK)
        (void)printf("%" PRIu64 " rows, %" PRIu64 " bad records; split %.3f s, columns %.3f s\n",
                     best.rows, best.bad, best.split_seconds, best.read_seconds);
    return rc;
}

/* One OPTION=VALUE; @p items has room for the items of a list. */
static wh_code set_option(struct wh_format_options *options, struct wh_str text,
                          struct wh_str *items, struct wh_error *err)
{
    struct wh_str value = text;
    struct wh_str name = wh_str_split(&value, '=');
    const struct wh_option *option = wh_option_find(wh_format_option_table, name);
    if (option == NULL)
        return wh_error_set(err, WH_INVALID, "there is no option '%.*s'", WH_FMT(name));
    if (option->type != WH_OPTION_LIST)
        return wh_option_set(option, options, value, err);
    size_t count = 0;
    while (value.ptr != NULL && count < MAX_ITEMS)
        items[count++] = wh_str_split(&value, '|');
    struct wh_option_list list = {items, count};
    memcpy((char *)options + option->offset, &list, sizeof(list));
    return WH_OK;
}

int main(int argc, char **argv)
{
    static struct wh_str items[MAX_ITEMS];
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_options options;
    wh_format_options_init(&options);
    wh_code rc = argc < 2 ? wh_error_set(&err, WH_INVALID, "usage: FILE [OPTION=VALUE...]") : WH_OK;
    for (int i = 2; i < argc && rc == WH_OK; i++)
        rc = set_option(&options, wh_str_from(argv[i]), items, &err);
    struct wh_source_request request = {.url = wh_str_from(argc > 1 ? argv[1] : ""),
                                        .format = &options};
    if (rc == WH_OK)
        rc = run(&request, &err);
    if (rc != WH_OK)
        (void)fprintf(stderr, "format_read: %s\n", err.message);
    return rc == WH_OK ? 0 : 1;
}
