/* SPDX-License-Identifier: Apache-2.0 */
/** Compressed files and members of archives give the bytes that were packed, or a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/error.h"
#include "connect_file_folder.h"
#include "stream/archive.h"
#include "stream/stream.h"
#include "stream_pack.h"

#define MAX_PACKED ((size_t)64 << 20)

/* Text that packs a little: numbers. */
static struct wh_str make_text(char *room, size_t len)
{
    uint32_t random = 7;
    for (size_t i = 0; i < len; i++) {
        random = random * 1664525 + 1013904223;
        room[i] = (char)('0' + (random >> 24) % 10);
    }
    return wh_str_make(room, len);
}

static struct wh_stream open_packed(const struct test_folder *folder, struct wh_str packed,
                                    char *path)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_stream stream;
    test_folder_write(folder, "a", packed);
    test_folder_path(folder, "a", path);
    struct wh_stream_form packing = {.codec = wh_codec_of_head(packed)};
    assert_non_null(packing.codec);
    assert_int_equal(wh_stream_open(&stream, path, packing, &err), WH_OK);
    return stream;
}

/* Reads all of it in pieces of @p piece bytes. */
static wh_code read_all(struct wh_stream *stream, size_t piece, struct wh_buf *ret,
                        struct wh_error *err)
{
    wh_buf_reset(ret);
    size_t got = piece;
    while (got == piece) {
        assert_int_equal(wh_buf_reserve(ret, piece, err), WH_OK);
        wh_code rc = wh_stream_read_at(stream, ret->len, ret->ptr + ret->len, piece, &got, err);
        if (rc != WH_OK)
            return rc;
        ret->len += got;
    }
    return WH_OK;
}

/* The text as members of different sizes, an empty one among them. */
static void pack_members(enum test_packing packing, struct wh_str text, struct wh_buf *packed)
{
    static const size_t cuts[] = {0, 1, 1, 5000, 70000};
    size_t start = 0;
    for (size_t i = 0; i < WH_COUNT_OF(cuts); i++) {
        test_pack(packing, wh_str_make(text.ptr + start, cuts[i] - start), packed);
        start = cuts[i];
    }
    test_pack(packing, wh_str_make(text.ptr + start, text.len - start), packed);
}

static void unpacks_every_member(void **state)
{
    static char room[600000];
    struct wh_str text = make_text(room, sizeof(room));
    struct wh_error err = WH_ERROR_NONE;
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        static const size_t pieces[] = {7, 4096, 1 << 20};
        char path[512];
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        WH_CLEANUP(wh_buf_release) struct wh_buf unpacked;
        wh_buf_init(&packed, MAX_PACKED);
        wh_buf_init(&unpacked, MAX_PACKED);
        pack_members(packing, text, &packed);
        struct wh_stream stream = open_packed(*state, wh_buf_str(&packed), path);
        assert_false(wh_stream_is_plain(&stream));
        for (size_t i = 0; i < WH_COUNT_OF(pieces); i++) {
            assert_int_equal(read_all(&stream, pieces[i], &unpacked, &err), WH_OK);
            assert_true(wh_str_equal(wh_buf_str(&unpacked), text));
        }
        wh_stream_close(&stream);
    }
}

static void assert_read(struct wh_stream *stream, uint64_t offset, const char *expected)
{
    struct wh_error err = WH_ERROR_NONE;
    char room[16];
    size_t got;
    assert_int_equal(wh_stream_read_at(stream, offset, room, strlen(expected), &got, &err), WH_OK);
    assert_true(wh_str_is(wh_str_make(room, got), expected));
}

static void reads_at_any_place_and_knows_its_end(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        char path[512];
        bool ends;
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        wh_buf_init(&packed, MAX_PACKED);
        test_pack(packing, WH_STR("0123456789"), &packed);
        struct wh_stream stream = open_packed(*state, wh_buf_str(&packed), path);
        assert_read(&stream, 4, "45");
        assert_read(&stream, 1, "12345678");
        assert_int_equal(wh_stream_ends_at(&stream, 9, &ends, &err), WH_OK);
        assert_false(ends);
        assert_read(&stream, 9, "9");
        assert_int_equal(wh_stream_ends_at(&stream, 10, &ends, &err), WH_OK);
        assert_true(ends);
        assert_int_equal(wh_stream_ends_at(&stream, 3, &ends, &err), WH_OK);
        assert_int_equal(wh_stream_ends_at(&stream, 3, &ends, &err), WH_OK);
        assert_false(ends);
        assert_read(&stream, 3, "3456");
        assert_int_equal(wh_stream_ends_at(&stream, 50, &ends, &err), WH_OK);
        assert_true(ends);
        assert_read(&stream, 50, "");
        assert_read(&stream, 0, "01");
        wh_stream_close(&stream);
    }
}

/* What comes of a file with these bytes. */
static wh_code unpack(const struct test_folder *folder, struct wh_str packed, struct wh_error *err)
{
    char path[512];
    WH_CLEANUP(wh_buf_release) struct wh_buf unpacked;
    wh_buf_init(&unpacked, MAX_PACKED);
    struct wh_stream stream = open_packed(folder, packed, path);
    wh_code rc = read_all(&stream, 4096, &unpacked, err);
    wh_stream_close(&stream);
    return rc;
}

static void a_file_cut_anywhere_but_between_members_is_an_error(void **state)
{
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        struct wh_error err = WH_ERROR_NONE;
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        wh_buf_init(&packed, MAX_PACKED);
        test_pack(packing, WH_STR("first"), &packed);
        size_t first = packed.len;
        test_pack(packing, WH_STR("second member, a little longer"), &packed);
        for (size_t len = 12; len < packed.len; len++) {
            wh_code rc = unpack(*state, wh_str_make(packed.ptr, len), &err);
            if (len == first)
                assert_int_equal(rc, WH_OK);
            else
                assert_int_equal(rc, WH_IO);
        }
        assert_non_null(strstr(err.message, "cut short at byte "));
        assert_non_null(strstr(err.message, "/a'"));
    }
}

static void what_stands_behind_the_last_member_is_refused(void **state)
{
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        struct wh_error err = WH_ERROR_NONE;
        char expected[64];
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        wh_buf_init(&packed, MAX_PACKED);
        test_pack(packing, WH_STR("text"), &packed);
        (void)snprintf(expected, sizeof(expected), "something else follows at byte %zu ",
                       packed.len);
        assert_int_equal(wh_buf_append_str(&packed, WH_STR("\nmore"), &err), WH_OK);
        assert_int_equal(unpack(*state, wh_buf_str(&packed), &err), WH_IO);
        assert_non_null(strstr(err.message, expected));
    }
}

static void padding_behind_xz_is_none_of_the_bytes(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_PACKED);
    test_pack(TEST_XZ, WH_STR("text"), &packed);
    assert_int_equal(wh_buf_append_str(&packed, WH_STR("\0\0\0\0\0\0\0\0"), &err), WH_OK);
    assert_int_equal(unpack(*state, wh_buf_str(&packed), &err), WH_OK);
    test_pack(TEST_XZ, WH_STR("text"), &packed);
    assert_int_equal(unpack(*state, wh_buf_str(&packed), &err), WH_OK);
    assert_int_equal(wh_buf_append_str(&packed, WH_STR("\0\0\0"), &err), WH_OK);
    assert_int_equal(unpack(*state, wh_buf_str(&packed), &err), WH_IO);
}

/* Every format has a checksum over what was packed. */
static void a_changed_bit_is_never_read_as_something_else(void **state)
{
    static char room[3000];
    struct wh_str text = make_text(room, sizeof(room));
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        char path[512];
        size_t refused = 0;
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        WH_CLEANUP(wh_buf_release) struct wh_buf unpacked;
        wh_buf_init(&packed, MAX_PACKED);
        wh_buf_init(&unpacked, MAX_PACKED);
        test_pack(packing, text, &packed);
        for (size_t at = 12; at < packed.len; at += 3) {
            struct wh_error err = WH_ERROR_NONE;
            packed.ptr[at] ^= 0x10;
            struct wh_stream stream = open_packed(*state, wh_buf_str(&packed), path);
            wh_code rc = read_all(&stream, 4096, &unpacked, &err);
            refused += rc != WH_OK;
            if (rc == WH_OK)
                assert_true(wh_str_equal(wh_buf_str(&unpacked), text));
            wh_stream_close(&stream);
            packed.ptr[at] ^= 0x10;
        }
        assert_true(refused > 100);
    }
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void a_bomb_takes_time_and_no_memory(void **state)
{
    enum { MIB = 1 << 20, MEMBERS = 5 };
    char *zeros = calloc(8, MIB);
    char *room = malloc(MIB);
    assert_non_null(zeros);
    assert_non_null(room);
    for (enum test_packing packing = 0; packing < TEST_PACKINGS; packing++) {
        struct wh_error err = WH_ERROR_NONE;
        char path[512];
        size_t got;
        WH_CLEANUP(wh_buf_release) struct wh_buf packed;
        wh_buf_init(&packed, MAX_PACKED);
        for (int i = 0; i < MEMBERS; i++)
            test_pack(packing, wh_str_make(zeros, (size_t)8 * MIB), &packed);
        struct wh_stream stream = open_packed(*state, wh_buf_str(&packed), path);
        long before = peak_kilobytes();
        uint64_t last = (uint64_t)MEMBERS * 8 * MIB - 1;
        assert_int_equal(wh_stream_read_at(&stream, last, room, MIB, &got, &err), WH_OK);
        assert_int_equal(got, 1);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps freed memory back */
        assert_true(peak_kilobytes() - before < 16 * 1024);
#else
        (void)before;
#endif
        wh_stream_close(&stream);
    }
    free(room);
    free(zeros);
}

static void members_of_archives_are_found_and_read(void **state)
{
    static char room[200000];
    struct wh_str text = make_text(room, sizeof(room));
    const struct test_member members[] = {{"b/two.csv", text, false},
                                          {"b/", WH_STR(""), false},
                                          {"one.csv", text, true},
                                          {"empty.csv", WH_STR(""), false}};
    struct wh_error err = WH_ERROR_NONE;
    char path[512];
    test_folder_path(*state, "a.zip", path);
    test_pack_archive(path, members, WH_COUNT_OF(members));
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    WH_CLEANUP(wh_buf_release) struct wh_buf unpacked;
    wh_arena_init(&arena);
    wh_buf_init(&unpacked, MAX_PACKED);
    struct wh_file file;
    struct wh_str *names;
    size_t count;
    assert_int_equal(wh_file_open(&file, path, &err), WH_OK);
    assert_int_equal(wh_archive_list(&file, &arena, &names, &count, &err), WH_OK);
    wh_file_close(&file);
    assert_int_equal(count, 3);
    assert_true(wh_str_is(names[0], "b/two.csv"));
    assert_true(wh_str_is(names[2], "one.csv"));
    for (size_t i = 0; i < count; i++) {
        struct wh_stream stream;
        struct wh_stream_form packing = {.member = names[i].ptr};
        assert_int_equal(wh_stream_open(&stream, path, packing, &err), WH_OK);
        assert_int_equal(read_all(&stream, 1000, &unpacked, &err), WH_OK);
        assert_true(wh_str_equal(wh_buf_str(&unpacked), i == 1 ? WH_STR("") : text));
        assert_int_equal(read_all(&stream, 100000, &unpacked, &err), WH_OK);
        assert_true(wh_str_equal(wh_buf_str(&unpacked), i == 1 ? WH_STR("") : text));
        wh_stream_close(&stream);
    }
}

static void broken_archives_are_refused(void **state)
{
    static char room[20000];
    struct wh_str text = make_text(room, sizeof(room));
    const struct test_member members[] = {{"one.csv", text, true}};
    struct wh_error err = WH_ERROR_NONE;
    char path[512];
    test_folder_path(*state, "a.zip", path);
    test_pack_archive(path, members, 1);
    FILE *archive = fopen(path, "r+b");
    assert_non_null(archive);
    assert_int_equal(fseek(archive, 5000, SEEK_SET), 0);
    assert_int_equal(fputc('x', archive), 'x');
    assert_int_equal(fclose(archive), 0);
    WH_CLEANUP(wh_buf_release) struct wh_buf unpacked;
    wh_buf_init(&unpacked, MAX_PACKED);
    struct wh_stream stream;
    assert_int_equal(
        wh_stream_open(&stream, path, (struct wh_stream_form){.member = "one.csv"}, &err), WH_OK);
    assert_int_equal(read_all(&stream, 1000, &unpacked, &err), WH_IO);
    assert_non_null(strstr(err.message, "a.zip/one.csv': "));
    wh_stream_close(&stream);
    assert_int_equal(
        wh_stream_open(&stream, path, (struct wh_stream_form){.member = "two.csv"}, &err), WH_OK);
    assert_int_equal(read_all(&stream, 1000, &unpacked, &err), WH_INVALID);
    wh_stream_close(&stream);

    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str *names;
    size_t count;
    struct wh_file file;
    test_folder_write(*state, "b.zip", WH_STR("PK\x03\x04 and no directory"));
    test_folder_path(*state, "b.zip", path);
    assert_int_equal(wh_file_open(&file, path, &err), WH_OK);
    assert_int_equal(wh_archive_list(&file, &arena, &names, &count, &err), WH_INVALID);
    wh_file_close(&file);
}

static void text_is_not_taken_for_packed(void **state)
{
    (void)state;
    static const char *const heads[] = {"",     "id,name\n", "BZh9,name\n1,2\n",
                                        "PK\n", "\x1F",      "(\xB5/"};
    for (size_t i = 0; i < WH_COUNT_OF(heads); i++) {
        assert_null(wh_codec_of_head(wh_str_from(heads[i])));
        assert_false(wh_archive_starts(wh_str_from(heads[i])));
    }
    assert_true(wh_str_is(wh_codec_strip_suffix(WH_STR("a.csv.GZ")), "a.csv"));
    assert_true(wh_str_is(wh_codec_strip_suffix(WH_STR("a.csv")), "a.csv"));
    assert_true(wh_str_is(wh_codec_strip_suffix(WH_STR(".gz")), ".gz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_every_member),
        cmocka_unit_test(reads_at_any_place_and_knows_its_end),
        cmocka_unit_test(a_file_cut_anywhere_but_between_members_is_an_error),
        cmocka_unit_test(what_stands_behind_the_last_member_is_refused),
        cmocka_unit_test(padding_behind_xz_is_none_of_the_bytes),
        cmocka_unit_test(a_changed_bit_is_never_read_as_something_else),
        cmocka_unit_test(a_bomb_takes_time_and_no_memory),
        cmocka_unit_test(members_of_archives_are_found_and_read),
        cmocka_unit_test(broken_archives_are_refused),
        cmocka_unit_test(text_is_not_taken_for_packed),
    };
    return cmocka_run_group_tests(tests, test_folder_setup, test_folder_teardown);
}
