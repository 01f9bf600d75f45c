/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of workbooks. An input is names and contents of parts in turn, a NUL behind each; its first
 * byte is how many bytes of a part come at a time. What is made of it are records that read back, in
 * pieces as well as whole; or it is refused.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "format/records.h"

/* More records than this are counted and not kept. */
#define MOST ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
    if (!holds)
        abort();
}

struct book {
    struct wh_str input;
    size_t piece;
    struct wh_buf records;
};

static wh_code read_part(void *ctx, struct wh_str name, wh_take_bytes *take, void *take_ctx,
                         struct wh_error *err)
{
    const struct book *book = ctx;
    struct wh_str rest = book->input;
    while (rest.ptr != NULL) {
        struct wh_str own = wh_str_split(&rest, '\0');
        struct wh_str content = wh_str_split(&rest, '\0');
        if (!wh_str_equal(own, name))
            continue;
        for (size_t at = 0; at < content.len; at += book->piece) {
            size_t len = WH_MIN(book->piece, content.len - at);
            wh_code rc = take(take_ctx, wh_str_make(content.ptr + at, len), err);
            if (rc != WH_OK)
                return rc == WH_END ? WH_OK : rc;
        }
        return WH_OK;
    }
    return WH_END;
}

static wh_code put(void *ctx, struct wh_str bytes, struct wh_error *err)
{
    struct book *book = ctx;
    if (book->records.len + bytes.len > MOST)
        return wh_error_set(err, WH_LIMIT, "more than a test looks at");
    return wh_buf_append_str(&book->records, bytes, err);
}

/* Rows and bad records, read @p batch_rows at a time. */
static uint64_t read_records(const struct book *book, const struct wh_parser *parser,
                             size_t batch_rows)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_format_reader *reader;
    struct wh_batch batch;
    struct wh_format_text text = {
        .bytes = wh_buf_str(&book->records), .is_last = true, .is_file_end = true};
    uint64_t count = 0;
    wh_batch_init(&batch);
    require(wh_xlsx_format.reader_new(parser, batch_rows, &reader, &err) == WH_OK);
    while (text.bytes.len > 0) {
        size_t used;
        require(wh_xlsx_format.begin(reader, &batch, &err) == WH_OK);
        require(wh_xlsx_format.read(reader, &text, &batch, &used, &err) == WH_OK && used > 0);
        text.bytes = wh_str_make(text.bytes.ptr + used, text.bytes.len - used);
        count += batch.row_count + batch.bad_count;
    }
    wh_xlsx_format.reader_free(reader);
    wh_batch_release(&batch);
    return count;
}

static void check_records(const struct book *book, const struct wh_converted *converted,
                          const struct wh_format_options *options, struct wh_arena *arena)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_parser *parser;
    size_t column_count = converted->column_count;
    struct wh_column_info *columns = wh_arena_array(arena, column_count, sizeof(*columns));
    require(columns != NULL);
    for (size_t i = 0; i < column_count; i++)
        columns[i] = wh_record_column(converted->columns[i].name, converted->columns[i].type);
    struct wh_table_info table = {.columns = columns, .column_count = column_count};
    struct wh_format_text text = {.bytes = wh_buf_str(&book->records), .is_last = true};
    struct wh_format_count count = {0};
    require(wh_xlsx_format.open(options, &table, arena, &parser, &err) == WH_OK);
    require(wh_xlsx_format.count(parser, &text, text.bytes.len, &count) == text.bytes.len);
    require(read_records(book, parser, 0) == count.records);
    require(read_records(book, parser, 3) == count.records);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    struct wh_format_options options;
    struct wh_converted converted;
    struct book book = {.input = wh_str_make((const char *)bytes + 1, len - 1),
                        .piece = (size_t)bytes[0] + 1};
    struct wh_parts parts = {.ctx = &book, .read = read_part};
    wh_arena_init(&arena);
    wh_format_options_init(&options);
    wh_buf_init(&book.records, 2 * MOST);
    options.header = bytes[0] % 2 == 0 ? WH_STR("true") : WH_STR("false");
    struct wh_convert_request request = {
        .options = &options, .parts = &parts, .put = put, .put_ctx = &book, .arena = &arena};
    if (wh_xlsx_format.convert(&request, &converted, &err) == WH_OK)
        check_records(&book, &converted, &options, &arena);
    wh_buf_release(&book.records);
    wh_arena_release(&arena);
    return 0;
}
