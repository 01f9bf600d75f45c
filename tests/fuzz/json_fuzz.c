/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON: both scanners agree with each other and with jansson on what JSON is, and a file cut where
 * its records start, or judged in pieces, gives the same rows and bad records as the whole. The
 * input's first byte chooses format, limits and columns, the rest is the file.
 */
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "format/json.h"
#include "format/json_internal.h"
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A parser and the text behind the file's head. */
struct file {
    const struct wh_format *format;
    struct wh_json *json;
    struct wh_str text;
    struct wh_str names[5]; /* of the columns */
};

static void check_file(struct file *file)
{
    struct reading reading = {
        .format = file->format, .parser = (const struct wh_parser *)file->json, .text = file->text};
    file->json->functions = &wh_json_scalar_functions;
    uint64_t expected = reading_hash(&reading, SIZE_MAX, 0);
    require(reading_hash(&reading, 1, 0) == expected);
    require(reading_hash(&reading, 3, 2) == expected);
    file->json->functions = wh_json_functions_choose();
    require(reading_hash(&reading, SIZE_MAX, 0) == expected);
    require(reading_hash(&reading, 2, 0) == expected);
    reading_judge_some(&reading);
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
