/* SPDX-License-Identifier: Apache-2.0 */
/** Decoders agree with iconv on every character; what is none becomes escapes that lose nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "data/encoding.h"
#include "data/text.h"

static struct wh_encoding find(const char *name)
{
    struct wh_encoding encoding;
    if (!wh_encoding_find(wh_str_from(name), &encoding))
        fail_msg("no encoding %s", name);
    return encoding;
}

/* Decodes @p in, given in pieces of @p piece bytes, into @p room, a little at a time. */
static size_t decode(const char *name, struct wh_str in, size_t piece, char *room, size_t size)
{
    struct wh_encoding encoding = find(name);
    struct wh_decoder decoder;
    assert_true(wh_decoder_init(&decoder, &encoding));
    size_t len = 0;
    size_t start = 0;
    size_t end = 0;
    bool is_over = false;
    while (!is_over) {
        end = WH_MIN(in.len, end + piece);
        size_t out_len = WH_MIN(size - len, (size_t)WH_DECODE_SLACK);
        struct wh_decoding io = {in.ptr + start, end - start, room + len, out_len};
        decoder.decode(&decoder, &io, end == in.len);
        assert_true(io.in == in.ptr + end - io.in_len);
        start = end - io.in_len;
        len += out_len - io.out_len;
        is_over = end == in.len && start == in.len && io.out_len == out_len;
        assert_true(len < size);
    }
    wh_decoder_release(&decoder);
    return len;
}

static void assert_decodes(const char *name, struct wh_str in, struct wh_str expected)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, SIZE_MAX / 2};
    char room[1024];
    for (size_t i = 0; i < WH_COUNT_OF(pieces); i++) {
        size_t len = decode(name, in, pieces[i], room, sizeof(room));
        if (!wh_str_equal(wh_str_make(room, len), expected))
            fail_msg("%s in pieces of %zu: '%.*s', not '%.*s'", name, pieces[i], (int)len, room,
                     WH_FMT(expected));
    }
}

/* What iconv makes of one character; SIZE_MAX: it is none. */
static size_t by_iconv(const char *name, char *in, size_t in_len, char *room, size_t size)
{
    iconv_t converter = iconv_open("UTF-8", name);
    assert_true(converter != (iconv_t)-1);
    char *out = room;
    size_t left = size;
    size_t rc = iconv(converter, &in, &in_len, &out, &left);
    assert_int_equal(iconv_close(converter), 0);
    return rc == (size_t)-1 ? SIZE_MAX : size - left;
}

static void compare_character(const char *name, const char *of_iconv, char *in, size_t in_len)
{
    char expected[16];
    char room[64];
    size_t len = by_iconv(of_iconv, in, in_len, expected, sizeof(expected));
    struct wh_str alone = wh_str_make(in, in_len);
    size_t got = decode(name, alone, SIZE_MAX / 2, room, sizeof(room));
    if (len != SIZE_MAX) {
        assert_true(wh_str_equal(wh_str_make(room, got), wh_str_make(expected, len)));
        return;
    }
    assert_false(wh_utf8_is_valid(wh_str_make(room, got)));
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_encoding encoding = find(name);
    struct wh_str back = wh_decode_undo(&encoding, wh_str_make(room, got), &arena);
    assert_true(wh_str_equal(back, alone));
}

static void every_byte_is_what_iconv_makes_of_it(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char in = (char)byte;
        compare_character("latin1", "ISO-8859-1", &in, 1);
        compare_character("windows-1252", "CP1252", &in, 1);
    }
}

static void every_unit_of_utf16_is_what_iconv_makes_of_it(void **state)
{
    (void)state;
    for (uint32_t unit = 0; unit < 0x10000; unit += unit >= 0xD7F0 && unit < 0xE010 ? 1 : 7) {
        char little[2] = {(char)unit, (char)(unit >> 8)};
        char big[2] = {(char)(unit >> 8), (char)unit};
        compare_character("utf-16le", "UTF-16LE", little, 2);
        compare_character("UTF_16BE", "UTF-16BE", big, 2);
    }
    for (uint32_t low = 0xDBF0; low < 0xE010; low++) {
        char pair[4] = {'\x3D', '\xD8', (char)low, (char)(low >> 8)};
        if (low >= 0xDC00 && low < 0xE000)
            compare_character("utf-16le", "UTF-16LE", pair, 4);
    }
}

static void text_decodes_however_it_is_cut(void **state)
{
    (void)state;
    assert_decodes("cp1252",
                   WH_STR("plain text, 30 bytes and more, \x80 5, Gr\xFC\xDF"
                          "e\x93quoted\x94"),
                   WH_STR("plain text, 30 bytes and more, \xE2\x82\xAC 5, Gr\xC3\xBC\xC3\x9F"
                          "e\xE2\x80\x9Cquoted\xE2\x80\x9D"));
    assert_decodes("UTF-16LE", WH_STR("a\0b\0c\0d\0e\0\xE4\0\x3D\xD8\x00\xDE!\0"),
                   WH_STR("abcde\xC3\xA4\xF0\x9F\x98\x80!"));
    assert_decodes("UTF-16BE", WH_STR("\0a\0b\0c\0d\0e\0\xE4\xD8\x3D\xDE\x00\0!"),
                   WH_STR("abcde\xC3\xA4\xF0\x9F\x98\x80!"));
    assert_decodes("UTF-32LE", WH_STR("a\0\0\0\x00\xF6\x01\0"), WH_STR("a\xF0\x9F\x98\x80"));
    assert_decodes("shift_jis", WH_STR("\x93\xFA\x96{"), WH_STR("\xE6\x97\xA5\xE6\x9C\xAC"));
    assert_decodes("IBM1047", WH_STR("\x88\x85\x93\x93\x96"), WH_STR("hello"));
    /* A letter is held back for an accent that may follow it. */
    assert_decodes("CP1258", WH_STR("xa"), WH_STR("xa"));
    assert_decodes("CP1258", WH_STR("a\xEC"), WH_STR("\xC3\xA1"));
    assert_decodes("cp1252", WH_STR(""), WH_STR(""));
}

/* U+DC00 + byte, as UTF-8 would have it. */
static void what_is_no_character_is_escaped(void **state)
{
    (void)state;
    assert_decodes("cp1252", WH_STR("a\x81z"), WH_STR("a\xED\xB2\x81z"));
    assert_decodes("UTF-16LE", WH_STR("\x3D\xD8z\0"), WH_STR("\xED\xB0\xBD\xED\xB3\x98z"));
    assert_decodes("UTF-16LE", WH_STR("\x00\xDEz\0"), WH_STR("\xED\xB0\x80\xED\xB3\x9Ez"));
    assert_decodes("UTF-16LE", WH_STR("z\0\x3D\xD8"), WH_STR("z\xED\xB0\xBD\xED\xB3\x98"));
    assert_decodes("UTF-16LE", WH_STR("z\0\x3D"), WH_STR("z\xED\xB0\xBD"));
    assert_decodes("ascii", WH_STR("a\xFFz"), WH_STR("a\xED\xB3\xBFz"));
    assert_decodes("shift_jis", WH_STR("a\x93"), WH_STR("a\xED\xB2\x93"));
    /* One fault of four bytes, and what follows is not shifted. */
    assert_decodes("UTF-32LE", WH_STR("\xFF\xFF\xFF\x7Fz\0\0\0"),
                   WH_STR("\xED\xB3\xBF\xED\xB3\xBF\xED\xB3\xBF\xED\xB1\xBFz"));
}

static void what_was_escaped_comes_back_as_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct wh_str bytes;
    } cases[] = {
        {"cp1252", {"\xE4\x81 \x80\x9D", 5}},
        {"UTF-16LE", {"a\0\x3D\xD8z\0\xE4\0\x01", 9}},
        {"shift_jis", {"\x93\xFA\xFF\x96{", 5}},
        {"UTF-32LE", {"\xFF\xFF\xFF\x7Fz\0\0\0", 8}},
    };
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        char room[256];
        struct wh_encoding encoding = find(cases[i].name);
        size_t len = decode(cases[i].name, cases[i].bytes, SIZE_MAX / 2, room, sizeof(room));
        struct wh_str back = wh_decode_undo(&encoding, wh_str_make(room, len), &arena);
        assert_true(wh_str_equal(back, cases[i].bytes));
        /* Cut in the middle of an escape: what is before it comes back. */
        back = wh_decode_undo(&encoding, wh_str_make(room, len - 1), &arena);
        assert_true(back.ptr != NULL);
    }
    struct wh_encoding latin1 = find("latin1");
    assert_true(wh_str_is(wh_decode_undo(&latin1, WH_STR("\xC3\xA4"), &arena), "\xC3\xA4"));
}

static void names_are_found_in_any_spelling(void **state)
{
    (void)state;
    struct wh_encoding encoding;
    assert_int_equal(find("utf8").kind, WH_ENCODING_UTF8);
    assert_int_equal(find("UTF-8").kind, WH_ENCODING_UTF8);
    assert_int_equal(find("ISO-8859-1").kind, WH_ENCODING_LATIN1);
    assert_int_equal(find("Windows-1252").kind, WH_ENCODING_CP1252);
    assert_int_equal(find("utf-16").kind, WH_ENCODING_UTF16);
    assert_int_equal(find("koi8-r").kind, WH_ENCODING_OTHER);
    static const char *const wrong[] = {"", "latin99", "ASCII//TRANSLIT", "utf-8//IGNORE",
                                        "a name that is longer than any encoding's"};
    for (size_t i = 0; i < WH_COUNT_OF(wrong); i++)
        assert_false(wh_encoding_find(wh_str_from(wrong[i]), &encoding));
}

static void marks_tell_the_encoding(void **state)
{
    (void)state;
    struct wh_encoding encoding;
    assert_true(wh_encoding_of_mark(WH_STR("\xFF\xFE"
                                           "a\0"),
                                    &encoding));
    assert_int_equal(encoding.kind, WH_ENCODING_UTF16LE);
    assert_true(wh_encoding_of_mark(WH_STR("\xFE\xFF\0a"), &encoding));
    assert_int_equal(encoding.kind, WH_ENCODING_UTF16BE);
    assert_true(wh_encoding_of_mark(WH_STR("\xFF\xFE\0\0"), &encoding));
    assert_string_equal(encoding.name, "UTF-32LE");
    assert_true(wh_encoding_of_mark(WH_STR("\xEF\xBB\xBF"), &encoding));
    assert_int_equal(encoding.kind, WH_ENCODING_UTF8);
    assert_false(wh_encoding_of_mark(WH_STR("\xFF"), &encoding));
    assert_false(wh_encoding_of_mark(WH_STR("id"), &encoding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_what_iconv_makes_of_it),
        cmocka_unit_test(every_unit_of_utf16_is_what_iconv_makes_of_it),
        cmocka_unit_test(text_decodes_however_it_is_cut),
        cmocka_unit_test(what_is_no_character_is_escaped),
        cmocka_unit_test(what_was_escaped_comes_back_as_it_was),
        cmocka_unit_test(names_are_found_in_any_spelling),
        cmocka_unit_test(marks_tell_the_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
