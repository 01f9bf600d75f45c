/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_text.h"

#include "base/error.h"
#include "base/size.h"
#include "format/dbf_driver.h"

/* Bytes that one byte becomes at most. */
#define MAX_GROWTH 4

static wh_code choose(const struct wh_dbf_table *table, const struct wh_format_options *options,
                      struct wh_dbf_text *text, struct wh_error *err)
{
    const char *told = wh_dbf_driver_encoding(table->driver, table->locale);
    text->is_stated = options->encoding.ptr != NULL;
    text->is_told = told != NULL;
    if (!text->is_stated && told == NULL && table->driver != 0)
        return wh_error_set(
            err, WH_UNSUPPORTED,
            "the file's language driver 0x%02X stands for no encoding that is known "
            "here; state it: format: { encoding: … }",
            table->driver);
    struct wh_str name = wh_str_from(told != NULL ? told : "UTF-8");
    if (text->is_stated)
        name = options->encoding;
    if (!wh_encoding_find(name, &text->encoding))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the file is in %.*s, which this system's iconv does not know; state "
                            "another encoding: format: { encoding: … }",
                            WH_FMT(name));
    return WH_OK;
}

static wh_code find_ascii(struct wh_dbf_text *text, struct wh_error *err)
{
    char ascii[0x7F - ' '];
    struct wh_str decoded;
    struct wh_str all = wh_str_make(ascii, sizeof(ascii));
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (size_t i = 0; i < sizeof(ascii); i++)
        ascii[i] = (char)(' ' + i);
    WH_TRY(wh_dbf_text_decode(text, all, &scratch, &decoded, err));
    text->keeps_ascii = wh_str_equal(decoded, all);
    return WH_OK;
}

wh_code wh_dbf_text_open(struct wh_dbf_text *text, const struct wh_dbf_table *table,
                         const struct wh_format_options *options, struct wh_error *err)
{
    *text = WH_DBF_TEXT_NONE;
    WH_TRY(choose(table, options, text, err));
    if (text->encoding.kind == WH_ENCODING_UTF8)
        return WH_OK;
    if (!wh_decoder_init(&text->decoder, &text->encoding))
        return wh_error_set(err, WH_UNSUPPORTED, "texts of DBF files are not in %s",
                            text->encoding.name);
    return find_ascii(text, err);
}

void wh_dbf_text_release(struct wh_dbf_text *text)
{
    if (text != NULL)
        wh_decoder_release(&text->decoder);
}

static bool is_ascii(struct wh_str bytes)
{
    unsigned char all = 0;
    for (size_t i = 0; i < bytes.len; i++)
        all |= (unsigned char)bytes.ptr[i];
    return all < 0x80;
}

wh_code wh_dbf_text_decode(struct wh_dbf_text *text, struct wh_str bytes, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    *ret = bytes;
    if (text->encoding.kind == WH_ENCODING_UTF8 || (text->keeps_ascii && is_ascii(bytes)))
        return WH_OK;
    size_t size;
    if (!wh_size_mul(bytes.len, MAX_GROWTH, &size) || !wh_size_add(size, WH_DECODE_SLACK, &size))
        return wh_error_no_memory(err, bytes.len);
    char *room = wh_arena_bytes(arena, size);
    if (room == NULL)
        return wh_error_no_memory(err, size);
    struct wh_decoding io = {.in = bytes.ptr, .in_len = bytes.len, .out = room, .out_len = size};
    text->decoder.decode(&text->decoder, &io, true);
    if (io.in_len > 0)
        return wh_error_set(err, WH_UNSUPPORTED, "texts in %s grow too much when they are decoded",
                            text->encoding.name);
    *ret = wh_str_make(room, (size_t)(io.out - room));
    wh_arena_give_back(arena, io.out);
    return WH_OK;
}
