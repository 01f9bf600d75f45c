/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON: both scanners agree with each other and with jansson on what JSON is, and a file cut where
 * its records start, or judged in pieces, gives the same rows and bad records as the whole. The
 * input's first byte chooses format, limits and columns, the rest is the file.
 */
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "format/json.h"
#include "format/json_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must be the same: a running hash of all that was read. */
struct seen {
    struct wh_hash_stream *hash;
    uint64_t records;
};

/* A parser and the text behind the file's head. */
struct file {
    const struct wh_format *format;
    struct wh_json *json;
    struct wh_str text;
    struct wh_str names[5]; /* of the columns */
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void add_number(struct seen *seen, uint64_t number)
{
    wh_hash_stream_add(seen->hash, wh_str_make((const char *)&number, sizeof(number)));
}

static void add_text(struct seen *seen, struct wh_str text)
{
    add_number(seen, text.len);
    if (text.len > 0)
        wh_hash_stream_add(seen->hash, text);
}

static void add_position(struct seen *seen, const struct wh_position *position)
{
    add_number(seen, position->offset);
    add_number(seen, position->line);
    seen->records++;
}

static void add_row(struct seen *seen, const struct wh_batch *batch, size_t row)
{
    add_position(seen, &batch->positions[row]);
    for (size_t i = 0; i < batch->column_count; i++) {
        bool is_null = wh_column_is_null(&batch->columns[i], row);
        add_number(seen, is_null);
        if (is_null)
            continue;
        require(wh_utf8_is_valid(batch->columns[i].values.texts[row]));
        add_text(seen, batch->columns[i].values.texts[row]);
    }
}

static void add_batch(struct seen *seen, const struct wh_batch *batch)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row == row; bad++) {
            add_position(seen, &batch->bad[bad].position);
            require(wh_utf8_is_valid(batch->bad[bad].reason));
            add_text(seen, batch->bad[bad].reason);
            add_text(seen, batch->bad[bad].raw);
            add_number(seen, batch->bad[bad].size);
        }
        if (row < batch->row_count)
            add_row(seen, batch, row);
    }
    require(bad == batch->bad_count);
}

/* Reads text[start, end), a part of the file; moves the position to its end. */
static void read_part(const struct file *file, size_t start, size_t end,
                      struct wh_position *position, struct seen *seen)
{
    struct wh_error err;
    struct wh_json_reader reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    require(wh_json_reader_init(&reader, file->json, &err) == WH_OK);
    while (start < end) {
        struct wh_format_text part = {.bytes = wh_str_make(file->text.ptr + start, end - start),
                                      .is_last = true,
                                      .is_file_end = end == file->text.len,
                                      .position = *position};
        size_t used;
        require(wh_json_reader_begin(&reader, &batch, &err) == WH_OK);
        require(wh_json_read(&reader, &part, &batch, &used, &err) == WH_OK);
        require(used > 0);
        add_batch(seen, &batch);
        *position = part.position;
        start += used;
    }
    wh_json_reader_release(&reader);
    wh_batch_release(&batch);
}

/* Where the next record starts behind the one at @p start. */
static size_t next_start(const struct file *file, size_t start)
{
    struct wh_format_text text = {.bytes =
                                      wh_str_make(file->text.ptr + start, file->text.len - start),
                                  .is_last = true,
                                  .is_file_end = true};
    struct wh_format_count count = {0};
    size_t used = wh_json_count_records(file->json, &text, 1, &count);
    require(used > 0 && count.records <= 1);
    return start + used;
}

/* Reads the file in parts of @p records records; SIZE_MAX: whole. Returns the hash. */
static uint64_t read_cut(const struct file *file, size_t records)
{
    struct seen seen = {.hash = wh_hash_stream_new()};
    require(seen.hash != NULL);
    struct wh_position position = {.line = 1};
    for (size_t start = 0; start < file->text.len;) {
        size_t end = records == SIZE_MAX ? file->text.len : start;
        for (size_t i = 0; i < records && end < file->text.len; i++)
            end = next_start(file, end);
        read_part(file, start, end, &position, &seen);
        start = end;
    }
    struct wh_format_text all = {.bytes = file->text, .is_last = true, .is_file_end = true};
    struct wh_format_count count = {0};
    require(wh_json_count_records(file->json, &all, SIZE_MAX, &count) == file->text.len);
    require(count.records == seen.records && count.lines + 1 == position.line);
    add_number(&seen, seen.records);
    uint64_t hash = wh_hash_stream_value(seen.hash);
    wh_hash_stream_free(seen.hash);
    return hash;
}

/* The same record, judged in pieces of @p size bytes, and given to a reader in growing windows. */
static void check_pieces(const struct file *file, size_t start, size_t size)
{
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_judge *judge;
    struct wh_error err;
    require(file->format->judge_new((const struct wh_parser *)file->json, &arena, &judge, &err) ==
            WH_OK);
    struct wh_verdict verdict = {.kind = WH_VERDICT_UNDECIDED};
    for (size_t at = start; verdict.kind == WH_VERDICT_UNDECIDED; at += size) {
        size_t left = file->text.len - at;
        struct wh_format_text piece = {
            .bytes = wh_str_make(file->text.ptr + at, left < size ? left : size),
            .is_last = left <= size,
            .is_file_end = left <= size};
        verdict = file->format->judge(judge, &piece);
    }
    size_t next = next_start(file, start);
    require(verdict.size <= file->text.len - start);
    struct wh_format_text needed = {.bytes =
                                        wh_str_make(file->text.ptr + start, (size_t)verdict.size),
                                    .is_last = start + verdict.size == file->text.len,
                                    .is_file_end = start + verdict.size == file->text.len};
    struct wh_format_count count = {0};
    size_t used = wh_json_count_records(file->json, &needed, 1, &count);
    if (verdict.kind == WH_VERDICT_READABLE)
        require(used == next - start);
    else
        require(verdict.size == next - start && verdict.lines <= verdict.size);
    wh_arena_release(&arena);
}

static void check_file(struct file *file)
{
    file->json->functions = &wh_json_scalar_functions;
    uint64_t expected = read_cut(file, SIZE_MAX);
    require(read_cut(file, 1) == expected);
    require(read_cut(file, 3) == expected);
    file->json->functions = wh_json_functions_choose();
    require(read_cut(file, SIZE_MAX) == expected);
    require(read_cut(file, 2) == expected);
    size_t left = 64; /* records: judging is slow */
    for (size_t start = 0; start < file->text.len && left-- > 0; start = next_start(file, start)) {
        check_pieces(file, start, 1);
        check_pieces(file, start, 7);
    }
}

/* jansson knows no number above a double, and less depth than we do. */
static bool is_out_of_its_range(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_stack_overflow ||
           code == json_error_out_of_memory;
}

static void check_set(struct wh_str text)
{
    bool is_valid = wh_json_is_valid(text, &wh_json_scalar_functions);
    require(wh_json_is_valid(text, wh_json_functions_choose()) == is_valid);
    json_error_t error;
    json_t *other = json_loadb(text.ptr, text.len,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    bool is_other_nul_name =
        other == NULL && json_error_code(&error) == json_error_null_byte_in_key;
    require(is_valid == (other != NULL) || (other == NULL && is_out_of_its_range(&error)) ||
            is_other_nul_name);
    json_decref(other);
}

static void open_file(struct file *file, uint8_t choice, struct wh_arena *arena)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    size_t count = 0;
    file->names[count++] = WH_STR("a");
    if ((choice & 2) != 0) {
        file->names[count++] = WH_STR("b.c");
        file->names[count++] = WH_STR("b");
    }
    options.columns = (struct wh_option_list){file->names, count};
    if ((choice & 4) != 0) {
        options.cell = 8 + (choice >> 5);
        options.record = 4 * options.cell;
    }
    if ((choice & 8) != 0)
        options.unknown = WH_STR("ignore");
    if ((choice & 16) != 0) {
        options.rest = file->names[count++] = WH_STR("rest");
        options.missing = file->names[count++] = WH_STR("gone");
    }
    struct wh_error err;
    require(wh_json_init(file->json, &options, file->names, count, arena, &err) == WH_OK);
    file->json->is_array = (choice & 1) != 0;
    file->format = file->json->is_array ? &wh_json_format : &wh_ndjson_format;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    struct wh_str all = wh_str_make((const char *)bytes + 1, len - 1);
    check_set(all);
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_json json;
    struct file file = {.json = &json, .text = all};
    open_file(&file, bytes[0], &arena);
    if (json.is_array) { /* a record starts behind the bracket and white space */
        const char *end = all.ptr + all.len;
        const char *bracket = wh_json_skip_space(all.ptr, end);
        const char *first = wh_json_skip_space(bracket + (bracket < end && *bracket == '['), end);
        file.text = wh_str_make(first, (size_t)(end - first));
    }
    check_file(&file);
    wh_arena_release(&arena);
    return 0;
}
