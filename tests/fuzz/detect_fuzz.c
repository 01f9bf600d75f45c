/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the first bytes of a file tell of it: format, encoding, dialect. Any bytes are taken, the
 * answer is the same each time, and what is stated can be read with. The input is those bytes.
 */
#include <stdint.h>

#include "base/error.h"
#include "data/encoding.h"
#include "data/text.h"
#include "format/csv_detect.h"
#include "format/encoding_guess.h"
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_encoding(struct wh_str text)
{
    struct wh_encoding_guess guess = wh_encoding_guess(text);
    struct wh_encoding encoding;
    require(guess.name == NULL || wh_encoding_find(wh_str_from(guess.name), &encoding));
    require(guess.odd_lines + guess.wide_lines <= guess.lines);
    require(guess.is_utf16 || (guess.odd_lines > 0) == (guess.odd.ptr != NULL));
    if (wh_encoding_of_mark(text, &encoding) && encoding.kind != WH_ENCODING_UTF8)
        require(!wh_utf8_is_valid(text));
}

static void check_format(struct wh_str text)
{
    struct wh_arena scratch;
    const char *why;
    const char *why_again;
    wh_arena_init(&scratch);
    const struct wh_format *format = wh_format_of_text(text, &scratch, &why);
    require(wh_format_of_text(text, &scratch, &why_again) == format && why == why_again);
    require(format == NULL || format == wh_format_find(wh_str_from(format->name)));
    wh_arena_release(&scratch);
}

/* The head of a file whose options were detected: read, or refused with a word why. */
static void check_head(const struct wh_format_options *options, struct wh_str text,
                       struct wh_arena *arena)
{
    struct wh_format_head_request request = {
        .options = options, .text = text, .is_last = true, .arena = arena};
    struct wh_format_head head;
    struct wh_error err = WH_ERROR_NONE;
    if (wh_csv_format.head(&request, &head, &err) == WH_OK)
        require(head.size <= text.len && head.found != WH_FORMAT_PARTIAL);
    else
        require(err.message[0] != '\0');
}

static struct wh_str detect(struct wh_str text, struct wh_arena *arena)
{
    struct wh_csv_detect_request request = {.text = text, .is_last = true, .arena = arena};
    struct wh_format_options options;
    struct wh_csv_form form;
    struct wh_error err;
    struct wh_str why = WH_STR("");
    wh_format_options_init(&options);
    wh_code rc = wh_csv_detect(&options, &request, &why, &err);
    require(rc == WH_OK || rc == WH_INVALID);
    if (rc == WH_INVALID)
        require(wh_arena_copy(arena, wh_str_from(err.message), &why, &err) == WH_OK);
    require(wh_csv_form_make(&options, &form, &err) == WH_OK);
    if (rc == WH_OK)
        check_head(&options, text, arena);
    return why;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct wh_str text = wh_str_make((const char *)bytes, len);
    struct wh_arena arena;
    wh_arena_init(&arena);
    check_encoding(text);
    check_format(text);
    struct wh_str first = detect(text, &arena);
    require(wh_str_equal(detect(text, &arena), first));
    wh_arena_release(&arena);
    return 0;
}
