/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/text.h"

/* The definition of RFC 3629, by decoding: what the fast one is held against. */
static size_t plain_length(const unsigned char *at, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t needed = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (at[0] == 0 || (at[0] >= 0x80 && at[0] < 0xC0) || at[0] > 0xF7 || needed > len)
        return 0;
    uint32_t code = needed == 1 ? at[0] : at[0] & (0x7Fu >> needed);
    for (size_t i = 1; i < needed; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    if (code < least[needed] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    return needed;
}

static size_t plain_find_bad(const unsigned char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t length = plain_length(bytes + at, len - at);
        if (length == 0)
            return at;
        at += length;
    }
    return len;
}

/* The same in the middle of a text long enough for vectors,
 * at a place that moves through a block. */
static bool is_valid_within(const unsigned char *bytes, size_t len, size_t turn)
{
    char text[110];
    memset(text, 'x', sizeof(text));
    memcpy(text + turn % (sizeof(text) - len + 1), bytes, len);
    return wh_utf8_is_valid(wh_str_make(text, sizeof(text)));
}

static void agrees_with_the_definition_on_all_pairs_and_many_quadruples(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x00, 0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                          0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                          0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    size_t count = sizeof(edges);
    unsigned char bytes[5];
    for (size_t i = 0; i < count * count * count * count; i++) {
        bytes[0] = edges[i % count];
        bytes[1] = edges[i / count % count];
        bytes[2] = edges[i / (count * count) % count];
        bytes[3] = edges[i / (count * count * count)];
        size_t length;
        size_t found = wh_utf8_find_bad(wh_str_make((const char *)bytes, 4), &length);
        assert_int_equal(found, plain_find_bad(bytes, 4));
        assert_int_equal(is_valid_within(bytes, 4, i), found == 4);
    }
    for (unsigned i = 0; i < 65536; i++) {
        bytes[0] = (unsigned char)(i >> 8);
        bytes[1] = (unsigned char)(i & 0xFF);
        bool is_valid = plain_find_bad(bytes, 2) == 2;
        assert_int_equal(wh_utf8_is_valid(wh_str_make((const char *)bytes, 2)), is_valid);
        assert_int_equal(is_valid_within(bytes, 2, i), is_valid);
    }
}

/* Characters of all lengths, one byte of them changed or not, cut anywhere: in memory of just that
 * size, so that reading beyond it is seen. */
static void agrees_with_the_definition_on_random_texts_cut_anywhere(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x98\x80"};
    uint32_t random = 11;
    for (size_t round = 0; round < 20000; round++) {
        unsigned char text[200];
        size_t len = 0;
        while (len < sizeof(text) - 4) {
            random = random * 1664525 + 1013904223;
            const char *character = characters[random >> 30];
            memcpy(text + len, character, strlen(character));
            len += strlen(character);
        }
        random = random * 1664525 + 1013904223;
        if (round % 4 != 0)
            text[(random >> 8) % len] = (unsigned char)(random >> 24);
        size_t cut = 64 + (random >> 16) % (len - 64);
        char *copy = malloc(cut);
        assert_non_null(copy);
        memcpy(copy, text, cut);
        assert_int_equal(wh_utf8_is_valid(wh_str_make(copy, cut)),
                         plain_find_bad(text, cut) == cut);
        free(copy);
    }
}

/* Every bad byte in every place of texts around the width of a vector. */
static void finds_the_bad_byte_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t len = 1; len < 200; len += 7) {
        char *text = malloc(len); /* of its own, so that reading beyond it is seen */
        assert_non_null(text);
        for (size_t at = 0; at < len; at++) {
            memset(text, 'a', len);
            assert_true(wh_utf8_is_valid(wh_str_make(text, len)));
            static const char bad[] = {'\0', '\x80', '\xC0', '\xFF', '\xE6'};
            for (size_t i = 0; i < sizeof(bad); i++) {
                text[at] = bad[i];
                size_t length;
                assert_int_equal(wh_utf8_find_bad(wh_str_make(text, len), &length), at);
                assert_int_equal(length, 1);
                assert_false(wh_utf8_is_valid(wh_str_make(text, len)));
            }
        }
        free(text);
    }
}

/* Unicode 15, table 3-8 and its text: the longest beginning of a character, or one byte. */
static void measures_the_maximal_ill_formed_part(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        size_t length;
    } cases[] = {
        {"\xC0\xAF", 0, 1},     {"a\xE0\x9F\x80", 1, 1},
        {"\xED\xA0\x80", 0, 1}, {"\xF4\x91\x92\x93", 0, 1},
        {"\xF0\x9F\x98", 0, 3}, {"\xF0\x9F\x98z", 0, 3},
        {"ab\xE1\x80", 2, 2},   {"ab\xE1\x80\xE2", 2, 2},
        {"\xF1\xBF", 0, 2},     {"\xC3", 0, 1},
        {"\xC3\xA9\xBF", 2, 1},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        size_t length;
        assert_int_equal(wh_utf8_find_bad(wh_str_from(cases[i].text), &length), cases[i].at);
        assert_int_equal(length, cases[i].length);
    }
    size_t length = 9;
    assert_int_equal(wh_utf8_find_bad(WH_STR_NONE, &length), 0);
    assert_int_equal(length, 0);
}

/* Of a text in memory of just its size: all characters, some, and more than there are. */
static void finds_many_characters_at_once(struct wh_str s, size_t count, const size_t *offsets)
{
    char *copy = malloc(s.len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, s.ptr, s.len);
    struct wh_str text = wh_str_make(copy + 1, s.len);
    for (uint32_t step = 1; step < 40; step++) {
        uint32_t indexes[2 * 140 + 1]; /* with a step of 1 each stands twice */
        uint32_t found[2 * 140 + 1];
        size_t wanted = 0;
        for (uint32_t index = step; index < count + 40; index += step / 2 + (uint32_t)(wanted % 2))
            indexes[wanted++] = index;
        assert_int_equal(wh_utf8_offsets(text, indexes, wanted, found), count);
        for (size_t i = 0; i < wanted; i++)
            assert_int_equal(found[i], indexes[i] < count ? offsets[indexes[i]] : s.len);
    }
    free(copy);
}

static void counts_and_finds_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x98\x80"};
    char text[400];
    size_t offsets[101];
    uint32_t random = 7;
    for (size_t count = 0; count <= 100; count++) {
        size_t len = 0;
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            const char *character = characters[random >> 28 & 3];
            offsets[i] = len;
            memcpy(text + len, character, strlen(character));
            len += strlen(character);
        }
        struct wh_str s = wh_str_make(text, len);
        assert_int_equal(wh_utf8_length(s), count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(wh_utf8_offset(s, i), offsets[i]);
        assert_int_equal(wh_utf8_offset(s, count), len);
        assert_int_equal(wh_utf8_offset(s, count + 50), len);
        finds_many_characters_at_once(s, count, offsets);
    }
    assert_int_equal(wh_utf8_offset(WH_STR_NONE, 0), 0);
}

static void gives_the_same_slice_where_no_letter_changes(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    static const char *const lower[] = {"", "a", "abc@example.com 123 [{`@", "gr\xC3\xBC\xC3\x9F",
                                        "\xE6\x97\xA5\xE6\x9C\xAC"};
    for (size_t i = 0; i < WH_COUNT_OF(lower); i++) {
        struct wh_str text = wh_str_from(lower[i]);
        assert_ptr_equal(wh_utf8_lower(text, &arena).ptr, text.ptr);
    }
    struct wh_str upper = WH_STR("ABC @[`{ 123 \xC3\x84");
    assert_ptr_equal(wh_utf8_upper(upper, &arena).ptr, upper.ptr);
    struct wh_str title = WH_STR("Hello World");
    assert_ptr_equal(wh_utf8_initcap(title, &arena).ptr, title.ptr);
    wh_arena_release(&arena);
}

static void maps_ascii_wherever_it_stands(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t len = 1; len < 40; len++) {
        for (int byte = 1; byte < 128; byte++) {
            char text[40];
            char wanted[40];
            memset(text, 'q', len);
            text[len / 2] = (char)byte;
            memcpy(wanted, text, len);
            if (byte >= 'A' && byte <= 'Z')
                wanted[len / 2] = (char)(byte + 32);
            struct wh_str lower = wh_utf8_lower(wh_str_make(text, len), &arena);
            assert_true(wh_str_equal(lower, wh_str_make(wanted, len)));
        }
        wh_arena_reset(&arena, 1 << 16);
    }
    wh_arena_release(&arena);
}

static size_t encode(uint32_t code, char *room)
{
    if (code < 0x80)
        return room[0] = (char)code, 1;
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        room[i] = (char)(unsigned char)(0x80 | (code & 0x3F));
    room[0] = (char)(unsigned char)((0xF00u >> length & 0xFF) | code);
    return length;
}

/* Every character: the result is valid, one character long, and within the room taken for it. */
static void maps_every_character_to_one(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    for (uint32_t code = 1; code < 0x110000; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue;
        char text[8];
        struct wh_str s = wh_str_make(text, encode(code, text));
        struct wh_str mapped[] = {wh_utf8_lower(s, &arena), wh_utf8_upper(s, &arena),
                                  wh_utf8_initcap(s, &arena)};
        for (size_t i = 0; i < WH_COUNT_OF(mapped); i++) {
            assert_true(wh_utf8_is_valid(mapped[i]));
            assert_int_equal(wh_utf8_length(mapped[i]), 1);
            assert_true(mapped[i].len <= s.len + 1);
        }
        if ((code & 0xFFF) == 0)
            wh_arena_reset(&arena, 1 << 20);
    }
    wh_arena_release(&arena);
}

/* The longest growth: two bytes become three, for a whole text. */
static void has_room_for_texts_that_grow(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    char text[2000];
    for (size_t i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "\xC9\x90", 2); /* U+0250, whose capital is U+2C6F */
    struct wh_str upper = wh_utf8_upper(wh_str_make(text, sizeof(text)), &arena);
    assert_int_equal(upper.len, 3000);
    assert_int_equal(wh_utf8_length(upper), 1000);
    assert_true(wh_str_equal(wh_utf8_lower(upper, &arena), wh_str_make(text, sizeof(text))));
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_definition_on_all_pairs_and_many_quadruples),
        cmocka_unit_test(agrees_with_the_definition_on_random_texts_cut_anywhere),
        cmocka_unit_test(finds_the_bad_byte_wherever_it_stands),
        cmocka_unit_test(measures_the_maximal_ill_formed_part),
        cmocka_unit_test(counts_and_finds_characters),
        cmocka_unit_test(gives_the_same_slice_where_no_letter_changes),
        cmocka_unit_test(maps_ascii_wherever_it_stands),
        cmocka_unit_test(maps_every_character_to_one),
        cmocka_unit_test(has_room_for_texts_that_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
