/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fixed width: the vectors agree with their references, and a text cut where its records start, or
 * judged in pieces, gives the same rows and bad records as the whole. The input's first byte
 * chooses the options, the rest is the text.
 */
#include <stdint.h>

#include "base/error.h"
#include "format/fixed.h"
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void set_options(uint8_t choice, struct wh_format_options *options)
{
    static struct wh_str fields[] = {{"a 1 3", 5}, {"b 3 4", 5}, {"c 8 60", 6}, {"d 10 1", 6}};
    wh_format_options_init(options);
    options->fields = (struct wh_option_list){fields, 1 + (choice & 3)};
    if ((choice & 4) != 0)
        options->places = WH_STR("bytes");
    if ((choice & 8) != 0)
        options->length = 70;
    if ((choice & 16) != 0)
        options->ragged = WH_STR("pad");
    if ((choice & 32) != 0)
        options->unknown = WH_STR("ignore");
    if ((choice & 64) != 0)
        options->trim = WH_STR("left");
    if ((choice & 128) != 0) {
        options->cell = 4;
        options->record = 80;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct wh_format_options options;
    set_options(bytes[0], &options);
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_fixed fixed;
    struct wh_error err;
    require(wh_fixed_init(&fixed, &options, &arena, &err) == WH_OK);
    struct reading reading = {.format = &wh_fixed_format,
                              .parser = (const struct wh_parser *)&fixed,
                              .text = wh_str_make((const char *)bytes + 1, len - 1)};
    fixed.find_text = wh_fixed_find_text_scalar;
    uint64_t expected = reading_hash(&reading, SIZE_MAX, 0);
    require(reading_hash(&reading, 1, 0) == expected);
    fixed.find_text = wh_fixed_find_text;
    require(reading_hash(&reading, SIZE_MAX, 0) == expected);
    require(reading_hash(&reading, 3, 2) == expected);
    reading_judge_some(&reading);
    wh_arena_release(&arena);
    return 0;
}
