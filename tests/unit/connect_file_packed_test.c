/* SPDX-License-Identifier: Apache-2.0 */
/** Packed files as sources: found, told by their first bytes, read, refused by name. */
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
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"
#include "stream_pack.h"

#define MAX_PACKED ((size_t)64 << 20)

static void write_packed(const struct test_folder *folder, const char *name,
                         enum test_packing packing, struct wh_str text)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_PACKED);
    test_pack(packing, text, &packed);
    test_folder_write(folder, name, wh_buf_str(&packed));
}

static void write_archive(const struct test_folder *folder, const char *name)
{
    static const struct test_member members[] = {
        {"2024/a.csv", {"id\n1\n", 5}, false},
        {"2024/b.csv", {"id\n2\n3\n", 7}, true},
        {"c.csv", {"id\n4\n", 5}, false},
        {"deep.csv.gz", {"\x1F\x8B\x08rest", 7}, false},
    };
    char path[512];
    test_pack_archive(test_folder_path(folder, name, path), members, WH_COUNT_OF(members));
}

/* The cells of the first column and the places of their rows, "1@a.csv:2 …". */
static void read_places(struct wh_source *source, char *room, size_t size)
{
    const struct wh_source_functions *functions = wh_file_connector.source;
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_reader *reader;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(functions->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(functions->reader_open(source, &reader, &err), WH_OK);
    room[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(functions->seek(reader, chunks[i].text, 0, &err), WH_OK);
        while (functions->read(reader, &batch, &err) == WH_OK) {
            for (size_t row = 0; row < batch.row_count; row++) {
                struct wh_str place;
                assert_int_equal(
                    functions->place(source, &batch.positions[row], &arena, &place, &err), WH_OK);
                size_t len = strlen(room);
                (void)snprintf(room + len, size - len, "%.*s@%.*s ",
                               WH_FMT(batch.columns[0].values.texts[row]), WH_FMT(place));
            }
        }
    }
    functions->reader_close(reader);
    wh_batch_release(&batch);
}

static void assert_rows(const struct test_folder *folder, const char *from, const char *expected)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    char rows[512];
    if (test_folder_open(folder, from, NULL, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    read_places(source, rows, sizeof(rows));
    assert_string_equal(rows, expected);
    wh_file_connector.source->close(source);
}

static void assert_refused(const struct test_folder *folder, const char *from, wh_code code,
                           const char *message)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source = NULL;
    assert_int_equal(test_folder_open(folder, from, NULL, &source, &err), code);
    if (strstr(err.message, message) == NULL)
        fail_msg("%s", err.message);
}

static void files_are_told_by_their_bytes_and_not_by_their_names(void **state)
{
    write_packed(*state, "p1.csv.gz", TEST_GZIP, WH_STR("id\n1\n"));
    write_packed(*state, "p2.csv", TEST_ZSTD, WH_STR("\xEF\xBB\xBFid\n2\n"));
    write_packed(*state, "p3", TEST_BZIP2, WH_STR("id\n3\n"));
    write_packed(*state, "p4.xz", TEST_XZ, WH_STR("id\n4\n"));
    test_folder_write(*state, "p5.csv.gz", WH_STR("id\n5\n"));
    assert_rows(*state, "p*", "1@p1.csv.gz:2 2@p2.csv:2 3@p3:2 4@p4.xz:2 5@p5.csv.gz:2 ");
}

static void members_of_an_archive_are_files(void **state)
{
    write_archive(*state, "old.zip");
    assert_rows(*state, "old.zip/c.csv", "4@old.zip/c.csv:2 ");
    assert_rows(*state, "old.zip/2024/*.csv",
                "1@old.zip/2024/a.csv:2 2@old.zip/2024/b.csv:2 3@old.zip/2024/b.csv:3 ");
    assert_rows(*state, "old.zip/*.csv", "4@old.zip/c.csv:2 ");
    assert_refused(*state, "old.zip", WH_INVALID, "'old.zip' holds 4 files; name one");
    assert_refused(*state, "old.zip/d*", WH_UNSUPPORTED,
                   "'old.zip/deep.csv.gz' is packed twice, inside with gzip");
    assert_refused(*state, "old.zip/x.csv", WH_UNREACHABLE, "no member of '");
    assert_refused(*state, "new.zip/x.csv", WH_UNREACHABLE, "cannot open '");
}

static void an_archive_of_one_file_is_that_file(void **state)
{
    static const struct test_member member = {"people.csv", {"id\n1\n", 5}, false};
    char path[512];
    test_pack_archive(test_folder_path(*state, "one.zip", path), &member, 1);
    assert_rows(*state, "one.zip", "1@one.zip:2 ");
}

static void an_archive_may_be_the_source_itself(void **state)
{
    write_archive(*state, "whole.zip");
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    char path[512];
    char rows[512];
    struct wh_source_request request = {
        .url = wh_str_from(test_folder_path(*state, "whole.zip", path)),
        .from = WH_STR("2024/a.csv")};
    assert_int_equal(wh_file_connector.source->open(&request, &source, &err), WH_OK);
    read_places(source, rows, sizeof(rows));
    assert_string_equal(rows, "1@whole.zip/2024/a.csv:2 ");
    wh_file_connector.source->close(source);
}

static void explains_how_files_are_packed(void **state)
{
    write_packed(*state, "e1.csv", TEST_GZIP, WH_STR("id\n1\n"));
    write_packed(*state, "e2.csv", TEST_GZIP, WH_STR("id\n1\n"));
    write_packed(*state, "e3.csv", TEST_ZSTD, WH_STR("id\n1\n"));
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str text;
    assert_int_equal(test_folder_open(*state, "e*", NULL, &source, &err), WH_OK);
    assert_int_equal(wh_file_connector.source->explain(source, &arena, &text, &err), WH_OK);
    assert_non_null(strstr(text.ptr, " bytes packed with gzip, zstd in UTF-8: CSV"));
    wh_file_connector.source->close(source);
}

static void what_wherry_does_not_unpack_is_refused_by_name(void **state)
{
    static char tar[600];
    (void)memcpy(tar + 257, "ustar", 5);
    test_folder_write(*state, "a.7z", WH_STR("7z\xBC\xAF\x27\x1C...."));
    test_folder_write(*state, "a.lz4", WH_STR("\x04\x22\x4D\x18...."));
    test_folder_write(*state, "a.tar", wh_str_make(tar, sizeof(tar)));
    write_packed(*state, "a.tgz", TEST_GZIP, wh_str_make(tar, sizeof(tar)));
    assert_refused(*state, "a.7z", WH_UNSUPPORTED, "'a.7z' is a 7z archive; unpack it: 7z x");
    assert_refused(*state, "a.lz4", WH_UNSUPPORTED, "'a.lz4' is compressed with lz4");
    assert_refused(*state, "a.tar", WH_UNSUPPORTED, "'a.tar' is a tar archive");
    assert_refused(*state, "a.tgz", WH_UNSUPPORTED, "'a.tgz' is a tar archive");
}

static void lines_at_the_end_are_left_out_as_in_a_plain_file(void **state)
{
    write_packed(*state, "footer.csv", TEST_GZIP, WH_STR("id\n1\n2\ntotal\n"));
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.skip_end = 1;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    char rows[512];
    assert_int_equal(test_folder_open(*state, "footer.csv", &format, &source, &err), WH_OK);
    read_places(source, rows, sizeof(rows));
    assert_string_equal(rows, "1@footer.csv:2 2@footer.csv:3 ");
    wh_file_connector.source->close(source);
}

static void a_file_cut_short_is_found_before_it_is_read(void **state)
{
    static char text[300000];
    uint32_t random = 1;
    (void)memcpy(text, "id\n", 3);
    for (size_t i = 3; i < sizeof(text); i++) {
        random = random * 1664525 + 1013904223;
        text[i] = i % 8 == 0 ? '\n' : (char)('0' + (random >> 24) % 10);
    }
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_PACKED);
    test_pack(TEST_GZIP, wh_str_make(text, sizeof(text)), &packed);
    test_folder_write(*state, "cut.gz", wh_str_make(packed.ptr, packed.len - 9));
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_chunk_spec *chunks;
    size_t count;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    assert_int_equal(test_folder_open(*state, "cut.gz", NULL, &source, &err), WH_OK);
    assert_int_equal(
        wh_file_connector.source->split(source, 1 << 20, &arena, &chunks, &count, &err), WH_IO);
    assert_non_null(strstr(err.message, "/cut.gz': cut short at byte "));
    wh_file_connector.source->close(source);
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* Zeros between two records, above the limit of a record: in members of 8 MiB. */
static void a_large_record_is_judged_in_bounded_memory(void **state)
{
    enum { MIB = 1 << 20 };
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_PACKED);
    char *zeros = calloc(8, MIB);
    assert_non_null(zeros);
    test_pack(TEST_ZSTD, WH_STR("id,name\n1,a\n2,"), &packed);
    for (int i = 0; i < 40; i++)
        test_pack(TEST_ZSTD, wh_str_make(zeros, (size_t)8 * MIB), &packed);
    test_pack(TEST_ZSTD, WH_STR("\n3,c\n"), &packed);
    free(zeros);
    test_folder_write(*state, "large", wh_buf_str(&packed));
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.cell = 4 * MIB;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_batch batch;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    wh_batch_init(&batch);
    const struct wh_source_functions *functions = wh_file_connector.source;
    long before = peak_kilobytes();
    assert_int_equal(test_folder_open(*state, "large", &format, &source, &err), WH_OK);
    assert_int_equal(functions->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(chunks[0].records, 3);
    assert_int_equal(functions->reader_open(source, &reader, &err), WH_OK);
    assert_int_equal(functions->seek(reader, chunks[0].text, 0, &err), WH_OK);
    assert_int_equal(functions->read(reader, &batch, &err), WH_OK);
    assert_int_equal(batch.row_count, 1);
    assert_int_equal(batch.bad_count, 1);
    assert_int_equal(batch.bad[0].size, (uint64_t)40 * 8 * MIB + 3);
    assert_int_equal(batch.bad[0].raw.len, WH_FORMAT_RAW_SIZE);
    assert_true(wh_str_starts_with(batch.bad[0].raw, WH_STR("2,")));
    assert_int_equal(functions->read(reader, &batch, &err), WH_OK);
    assert_int_equal(batch.row_count, 1);
    assert_int_equal(batch.positions[0].line, 4);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps freed memory back */
    assert_true(peak_kilobytes() - before < 64 * 1024);
#else
    (void)before;
#endif
    functions->reader_close(reader);
    functions->close(source);
    wh_batch_release(&batch);
}

/* A quote that is never closed, in front of more than a record may have. */
static void an_unclosed_quote_costs_one_line(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_PACKED);
    assert_int_equal(wh_buf_printf(&text, &err, "id,name\n1,\"open\n"), WH_OK);
    enum { ROWS = 400000 };
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(wh_buf_printf(&text, &err, "%d,name\n", i), WH_OK);
    write_packed(*state, "open.csv", TEST_GZIP, wh_buf_str(&text));
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.cell = 1 << 20;
    struct wh_source *source;
    struct wh_chunk_spec *chunks;
    size_t count;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    assert_int_equal(test_folder_open(*state, "open.csv", &format, &source, &err), WH_OK);
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(chunks[0].records, ROWS + 1);
    wh_file_connector.source->close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_told_by_their_bytes_and_not_by_their_names),
        cmocka_unit_test(members_of_an_archive_are_files),
        cmocka_unit_test(an_archive_of_one_file_is_that_file),
        cmocka_unit_test(an_archive_may_be_the_source_itself),
        cmocka_unit_test(explains_how_files_are_packed),
        cmocka_unit_test(what_wherry_does_not_unpack_is_refused_by_name),
        cmocka_unit_test(lines_at_the_end_are_left_out_as_in_a_plain_file),
        cmocka_unit_test(a_file_cut_short_is_found_before_it_is_read),
        cmocka_unit_test(a_large_record_is_judged_in_bounded_memory),
        cmocka_unit_test(an_unclosed_quote_costs_one_line),
    };
    return cmocka_run_group_tests(tests, test_folder_setup, test_folder_teardown);
}
