/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/value_file.h"

#include <stdlib.h>

#include "data/text.h"
#include "plan/extract.h"
#include "plan/make.h"
#include "rules/value_map.h"

enum { CHUNK_BYTES = 16 << 20 };

/* A file of pairs, being read. */
struct reading {
    const struct wh_mapping_definition *mapping;
    const struct wh_source_functions *functions;
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_batch batch;
    size_t from;
    size_t to;
    struct wh_arena *arena;
    struct wh_value_pair *pairs; /* in the arena */
    size_t count;
    size_t capacity;
};

/* Columns are named, so there is a header: where none was found it does not name them, and it is
 * read for the names that it has. */
static wh_code open_source(struct reading *reading, struct wh_source_request *open,
                           struct wh_format_options *format, struct wh_error *err)
{
    struct wh_error first = WH_ERROR_NONE;
    wh_code rc = reading->functions->open(open, &reading->source, &first);
    if (rc == WH_OK)
        return WH_OK;
    format->header = WH_STR("true");
    if (rc == WH_INVALID && reading->functions->open(open, &reading->source, err) == WH_OK)
        return WH_OK;
    if (err != NULL)
        *err = first;
    return rc;
}

static wh_code open_file(const struct wh_plan *plan, struct reading *reading, struct wh_error *err)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    struct wh_str names[] = {reading->mapping->from_column, reading->mapping->to_column};
    struct wh_source_request open = {.url = WH_STR("."),
                                     .from = reading->mapping->file.text,
                                     .base_folder = plan->migration->folder,
                                     .format = &format,
                                     .key = {.items = names, .count = WH_COUNT_OF(names)},
                                     .budget = plan->budget,
                                     .cancel = plan->cancel};
    struct wh_table_info table;
    if (wh_str_is(reading->mapping->file.text, "-"))
        return wh_error_set(err, WH_INVALID, "values are mapped from a file, not standard input");
    WH_TRY(wh_plan_file_functions(plan, &reading->functions, err));
    WH_TRY(open_source(reading, &open, &format, err));
    WH_TRY(reading->functions->describe(reading->source, &table, err));
    struct wh_expr_text from = {.text = reading->mapping->from_column};
    struct wh_expr_text to = {.text = reading->mapping->to_column};
    WH_TRY(wh_find_column(&table, from, WH_STR("the file"), &reading->from, err));
    WH_TRY(wh_find_column(&table, to, WH_STR("the file"), &reading->to, err));
    return reading->functions->reader_open(reading->source, &reading->reader, err);
}

static wh_code grow(struct reading *reading, struct wh_error *err)
{
    size_t capacity = WH_MAX(2 * reading->capacity, 256);
    struct wh_value_pair *grown = wh_arena_array(reading->arena, capacity, sizeof(*grown));
    if (grown == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*grown));
    if (reading->count > 0)
        memcpy(grown, reading->pairs, reading->count * sizeof(*grown));
    reading->pairs = grown;
    reading->capacity = capacity;
    return WH_OK;
}

/* A cell as canonical text; files of other formats may have typed ones. */
static wh_code take_text(const struct reading *reading, size_t column, size_t row,
                         struct wh_str *ret, struct wh_error *err)
{
    struct wh_str text;
    *ret = WH_STR_NONE;
    if (wh_column_is_null(&reading->batch.columns[column], row))
        return WH_OK;
    if (wh_value_print(&reading->batch.columns[column], row, reading->arena, &text) !=
        WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return wh_arena_copy(reading->arena, text, ret, err);
}

static wh_code take_pair(struct reading *reading, size_t row, struct wh_error *err)
{
    if (reading->count == WH_VALUE_MAP_MAX)
        return wh_error_set(err, WH_INVALID,
                            "it has more than %u values; look so many up with a table at the "
                            "destination",
                            WH_VALUE_MAP_MAX);
    if (reading->count == reading->capacity)
        WH_TRY(grow(reading, err));
    struct wh_value_pair *pair = &reading->pairs[reading->count];
    pair->line = reading->batch.positions[row].line;
    WH_TRY(take_text(reading, reading->from, row, &pair->from, err));
    WH_TRY(take_text(reading, reading->to, row, &pair->to, err));
    if (pair->from.ptr == NULL)
        return wh_error_set(err, WH_INVALID,
                            "line %llu has no value in '%.*s', and null is no text to map",
                            (unsigned long long)pair->line, WH_FMT(reading->mapping->from_column));
    reading->count++;
    return WH_OK;
}

static wh_code take_batch(struct reading *reading, struct wh_error *err)
{
    const struct wh_batch *batch = &reading->batch;
    if (batch->bad_count > 0)
        return wh_error_set(err, WH_INVALID, "line %llu: %.*s",
                            (unsigned long long)batch->bad[0].position.line,
                            WH_FMT(batch->bad[0].reason));
    for (size_t row = 0; row < batch->row_count; row++)
        WH_TRY(take_pair(reading, row, err));
    return WH_OK;
}

static wh_code read_chunks(struct reading *reading, struct wh_error *err)
{
    struct wh_chunk_spec *chunks;
    size_t count;
    WH_TRY(reading->functions->split(reading->source, CHUNK_BYTES, reading->arena, &chunks, &count,
                                     err));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(reading->functions->seek(reading->reader, chunks[i].text, 0, err));
        for (;;) {
            wh_batch_reset(&reading->batch);
            wh_code rc = reading->functions->read(reading->reader, &reading->batch, err);
            if (rc == WH_END)
                break;
            if (rc != WH_OK)
                return rc;
            WH_TRY(take_batch(reading, err));
        }
    }
    return WH_OK;
}

wh_code wh_value_file_read(const struct wh_plan *plan, const struct wh_mapping_definition *mapping,
                           struct wh_arena *arena, struct wh_value_pair **ret, size_t *ret_count,
                           struct wh_error *err)
{
    struct reading reading = {.mapping = mapping, .arena = arena};
    wh_batch_init(&reading.batch);
    wh_code rc = open_file(plan, &reading, err);
    if (rc == WH_OK)
        rc = read_chunks(&reading, err);
    wh_batch_release(&reading.batch);
    if (reading.reader != NULL)
        reading.functions->reader_close(reading.reader);
    if (reading.source != NULL)
        reading.functions->close(reading.source);
    *ret = reading.pairs;
    *ret_count = reading.count;
    return rc;
}
