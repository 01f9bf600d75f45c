/* SPDX-License-Identifier: Apache-2.0 */
/** Names of encodings, and the marks that files begin with. */
#include "data/encoding.h"

#include "base/macros.h"

static const struct {
    const char *name; /* without case, and signs left out */
    struct wh_encoding encoding;
} known[] = {
    {"utf8", {WH_ENCODING_UTF8, "UTF-8"}},
    {"latin1", {WH_ENCODING_LATIN1, "ISO-8859-1"}},
    {"iso88591", {WH_ENCODING_LATIN1, "ISO-8859-1"}},
    {"cp1252", {WH_ENCODING_CP1252, "cp1252"}},
    {"windows1252", {WH_ENCODING_CP1252, "cp1252"}},
    {"utf16", {WH_ENCODING_UTF16, "UTF-16"}},
    {"utf16le", {WH_ENCODING_UTF16LE, "UTF-16LE"}},
    {"utf16be", {WH_ENCODING_UTF16BE, "UTF-16BE"}},
};

/* Longer marks stand before those that they begin with. */
static const struct {
    struct wh_str bytes;
    struct wh_encoding encoding;
} marks[] = {
    {{"\xEF\xBB\xBF", 3}, {WH_ENCODING_UTF8, "UTF-8"}},
    {{"\xFF\xFE\0\0", 4}, {WH_ENCODING_OTHER, "UTF-32LE"}},
    {{"\0\0\xFE\xFF", 4}, {WH_ENCODING_OTHER, "UTF-32BE"}},
    {{"\xFF\xFE", 2}, {WH_ENCODING_UTF16LE, "UTF-16LE"}},
    {{"\xFE\xFF", 2}, {WH_ENCODING_UTF16BE, "UTF-16BE"}},
};

static bool is_letter_or_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

/* Letters and digits alone, in @p room; 0 where they are too many. */
static size_t simplify(struct wh_str name, char *room, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_letter_or_digit(name.ptr[i]))
            continue;
        if (len == size)
            return 0;
        room[len++] = name.ptr[i];
    }
    return len;
}

/* What else iconv would take as an instruction: "ASCII//TRANSLIT". */
static bool is_plain_name(struct wh_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter_or_digit(name.ptr[i]) && memchr("-_.:+", name.ptr[i], 5) == NULL)
            return false;
    return name.len > 0 && name.len < WH_ENCODING_NAME_SIZE;
}

bool wh_encoding_find(struct wh_str name, struct wh_encoding *ret)
{
    char room[WH_ENCODING_NAME_SIZE];
    struct wh_str simple = wh_str_make(room, simplify(name, room, sizeof(room)));
    for (size_t i = 0; i < WH_COUNT_OF(known); i++) {
        if (wh_str_equal_ascii_fold(simple, wh_str_from(known[i].name))) {
            *ret = known[i].encoding;
            return true;
        }
    }
    if (!is_plain_name(name))
        return false;
    *ret = (struct wh_encoding){.kind = WH_ENCODING_OTHER};
    memcpy(ret->name, name.ptr, name.len);
    struct wh_decoder decoder;
    bool is_known = wh_decoder_init(&decoder, ret);
    wh_decoder_release(&decoder);
    return is_known;
}

bool wh_encoding_is_ebcdic(const struct wh_encoding *encoding)
{
    struct wh_decoder decoder;
    char room[4 * WH_DECODE_SLACK];
    struct wh_decoding io = {.in = "\xC1\x15", .in_len = 2, .out = room, .out_len = sizeof(room)};
    if (encoding->kind != WH_ENCODING_OTHER || !wh_decoder_init(&decoder, encoding))
        return false;
    decoder.decode(&decoder, &io, true);
    wh_decoder_release(&decoder);
    return wh_str_is(wh_str_make(room, sizeof(room) - io.out_len), "A\xC2\x85");
}

bool wh_encoding_of_mark(struct wh_str head, struct wh_encoding *ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(marks); i++) {
        if (!wh_str_starts_with(head, marks[i].bytes))
            continue;
        *ret = marks[i].encoding;
        return true;
    }
    return false;
}
