/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in any encoding become UTF-8: the same in pieces as at once, all of it characters or
 * escapes of bytes that are none, and where there is an escape the bytes can be had back. The
 * input's first byte chooses the encoding, the second the size of the pieces, the rest is the text.
 */
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/text.h"
#include "reading.h"
#include "stream/transcode.h"

/* More than any character of input becomes. */
#define GROWTH 16

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const names[] = {
    "latin1",    "cp1252",      "UTF-16LE", "UTF-16BE",  "IBM1047",  "IBM037",
    "SHIFT_JIS", "ISO-2022-JP", "GB18030",  "UTF-7",     "UTF-32LE", "EUC-KR",
    "cp437",     "BIG5-HKSCS",  "KOI8-U",   "MACINTOSH",
};

/* A feed of bytes in pieces. */
struct source {
    struct wh_feed feed;
    struct wh_str left;
    size_t piece;
};

static wh_code read_source(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                           struct wh_error *err)
{
    struct source *source = (struct source *)feed;
    (void)err;
    *ret_len = WH_MIN(WH_MIN(len, source->piece), source->left.len);
    if (*ret_len > 0)
        memcpy(room, source->left.ptr, *ret_len);
    source->left = wh_str_make(source->left.ptr + *ret_len, source->left.len - *ret_len);
    return WH_OK;
}

static void free_source(struct wh_feed *feed)
{
    (void)feed;
}

static const struct wh_feed_functions source_functions = {.read = read_source, .free = free_source};

/* All of @p text decoded, asked for @p asked bytes at a time; false where this system cannot. */
static bool decode(const struct wh_encoding *encoding, struct source source, size_t asked,
                   struct wh_buf *ret)
{
    struct wh_error err;
    struct wh_feed *feed;
    char room[512];
    size_t got;
    wh_buf_init(ret, GROWTH * source.left.len + sizeof(room));
    wh_code rc =
        wh_transcode_open(&source.feed, encoding, wh_encoding_is_ebcdic(encoding), &feed, &err);
    require(rc == WH_OK || rc == WH_UNSUPPORTED);
    if (rc != WH_OK)
        return false;
    do {
        require(feed->functions->read(feed, room, asked, &got, &err) == WH_OK && got <= asked);
        require(wh_buf_append_str(ret, wh_str_make(room, got), &err) == WH_OK);
    } while (got > 0);
    wh_feed_free(feed);
    return true;
}

/* Characters and escapes, and nothing else. Returns whether there are escapes. */
static bool check_text(struct wh_str text)
{
    bool has_escapes = false;
    uint8_t byte;
    while (text.len > 0) {
        size_t bad_len;
        size_t bad = wh_utf8_find_bad(text, &bad_len);
        if (bad < text.len && text.ptr[bad] == '\0')
            bad_len = 1; /* a character, though none of a text */
        else if (bad < text.len) {
            require(wh_decode_is_escape(wh_str_make(text.ptr + bad, text.len - bad), &byte));
            bad_len = 3;
            has_escapes = true;
        } else {
            bad_len = 0;
        }
        text = wh_str_make(text.ptr + bad + bad_len, text.len - bad - bad_len);
    }
    return has_escapes;
}

static void check(const struct wh_encoding *encoding, struct wh_str text, size_t piece)
{
    struct wh_buf whole;
    struct wh_buf again;
    struct source source = {.feed = {&source_functions}, .left = text, .piece = SIZE_MAX};
    if (!decode(encoding, source, 512, &whole))
        return;
    source.piece = piece;
    require(decode(encoding, source, 1 + piece % 300, &again));
    require(wh_str_equal(wh_buf_str(&whole), wh_buf_str(&again)));
    bool has_escapes = check_text(wh_buf_str(&whole));
    if (has_escapes && encoding->kind != WH_ENCODING_OTHER) {
        struct wh_arena arena;
        wh_arena_init(&arena);
        require(wh_str_equal(wh_decode_undo(encoding, wh_buf_str(&whole), &arena), text));
        wh_arena_release(&arena);
    }
    wh_buf_release(&whole);
    wh_buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct wh_encoding encoding;
    if (!wh_encoding_find(wh_str_from(names[bytes[0] % WH_COUNT_OF(names)]), &encoding))
        return 0;
    check(&encoding, wh_str_make((const char *)bytes + 2, len - 2), (size_t)1 + bytes[1]);
    return 0;
}
