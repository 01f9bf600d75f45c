/* SPDX-License-Identifier: Apache-2.0 */
/** A file gives the same rows and the same rejects however it is cut, buffered,
 *  scanned and packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "connect_file_folder.h"
#include "format/csv.h"
#include "format_random.h"
#include "stream_pack.h"
#include "trials.h"

#define ORDINARY_BLOCK 4096
#define MAX_TRANSCRIPT ((size_t)64 << 20)

/* What was read, as text: one line a row or bad record, in the order of the source. */
struct transcript {
    struct wh_buf text;
    uint64_t records;
    uint64_t *offsets; /* where each record stands */
    size_t offset_capacity;
};

/* One for all that is read: making one costs more than reading some rows. */
static struct wh_batch read_batch;

static void transcript_init(struct transcript *transcript)
{
    *transcript = (struct transcript){0};
    wh_buf_init(&transcript->text, MAX_TRANSCRIPT);
}

static void transcript_release(struct transcript *transcript)
{
    wh_buf_release(&transcript->text);
    free(transcript->offsets);
}

static void add_offset(struct transcript *transcript, uint64_t offset)
{
    if (transcript->records == transcript->offset_capacity) {
        transcript->offset_capacity = 2 * transcript->offset_capacity + 16;
        transcript->offsets =
            realloc(transcript->offsets, transcript->offset_capacity * sizeof(uint64_t));
        assert_non_null(transcript->offsets);
    }
    transcript->offsets[transcript->records++] = offset;
}

static void print(struct transcript *transcript, struct wh_str bytes)
{
    struct wh_error err;
    assert_int_equal(wh_buf_append_str(&transcript->text, bytes, &err), WH_OK);
}

static void print_place(struct transcript *transcript, const struct wh_position *position)
{
    struct wh_error err;
    assert_int_equal(wh_buf_printf(&transcript->text, &err, "%u:%llu@%llu", position->file,
                                   (unsigned long long)position->line,
                                   (unsigned long long)position->offset),
                     WH_OK);
    add_offset(transcript, position->offset);
}

static void print_bad(struct transcript *transcript, const struct wh_bad_record *bad)
{
    struct wh_error err;
    print_place(transcript, &bad->position);
    assert_int_equal(
        wh_buf_printf(&transcript->text, &err, " bad %llu ", (unsigned long long)bad->size), WH_OK);
    print(transcript, bad->reason);
    print(transcript, WH_STR(" <"));
    print(transcript, bad->raw);
    print(transcript, WH_STR(">\n"));
}

static void print_row(struct transcript *transcript, const struct wh_batch *batch, size_t row)
{
    print_place(transcript, &batch->positions[row]);
    for (size_t i = 0; i < batch->column_count; i++) {
        bool is_null = wh_column_is_null(&batch->columns[i], row);
        print(transcript, is_null ? WH_STR(" NULL") : WH_STR(" ["));
        if (!is_null)
            print(transcript, batch->columns[i].values.texts[row]);
    }
    print(transcript, WH_STR("\n"));
}

static void print_batch(struct transcript *transcript, const struct wh_batch *batch)
{
    size_t bad = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        while (bad < batch->bad_count && batch->bad[bad].before_row == row)
            print_bad(transcript, &batch->bad[bad++]);
        if (row < batch->row_count)
            print_row(transcript, batch, row);
    }
    assert_int_equal(bad, batch->bad_count);
}

/* Reads a chunk from @p position on; checks what must hold of every batch. */
static void read_chunk(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                       struct transcript *transcript)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_batch *batch = &read_batch;
    assert_int_equal(wh_file_connector.source->seek(reader, chunk, position, &err), WH_OK);
    uint64_t end = position;
    wh_code rc;
    while ((rc = wh_file_connector.source->read(reader, batch, &err)) == WH_OK) {
        assert_true(batch->row_count + batch->bad_count > 0);
        assert_true(batch->end_offset > end);
        end = batch->end_offset;
        print_batch(transcript, batch);
        uint64_t running;
        uint64_t anew;
        assert_int_equal(wh_file_connector.source->digest(reader, &running, &err), WH_OK);
        assert_int_equal(wh_file_connector.source->digest_until(reader, chunk, end, &anew, &err),
                         WH_OK);
        assert_int_equal(running, anew);
    }
    if (rc != WH_END)
        fail_msg("%s", err.message);
}

static void read_source(struct wh_source *source, uint64_t target, struct transcript *transcript)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    if (wh_file_connector.source->split(source, target, &arena, &chunks, &count, &err) != WH_OK)
        fail_msg("%s", err.message);
    struct wh_reader *reader;
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    for (size_t i = 0; i < count; i++) {
        uint64_t before = transcript->records;
        read_chunk(reader, chunks[i].text, 0, transcript);
        assert_int_equal(transcript->records - before, chunks[i].records);
    }
    wh_file_connector.source->reader_close(reader);
    wh_arena_release(&arena);
}

static struct wh_source *open_file(const struct test_folder *folder, const char *name,
                                   const struct wh_format_options *format)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_source *source;
    if (test_folder_open(folder, name, format, &source, &err) != WH_OK)
        fail_msg("%s", err.message);
    /* The file's size in buffers: large ones cost more than what is tested. */
    wh_file_source_from(source)->block_size = ORDINARY_BLOCK;
    return source;
}

static struct wh_source *open_random(const struct test_folder *folder,
                                     const struct wh_format_options *format)
{
    return open_file(folder, "random.csv", format);
}

static void assert_same(const struct transcript *a, const struct transcript *b, uint64_t seed,
                        const char *what)
{
    if (!wh_str_equal(wh_buf_str(&a->text), wh_buf_str(&b->text)))
        fail_msg("seed %llu, %s:\n%.*s\nand not\n%.*s", (unsigned long long)seed, what,
                 WH_FMT(wh_buf_str(&a->text)), WH_FMT(wh_buf_str(&b->text)));
}

/* What stands behind the next "@offset". */
static struct wh_str behind_place(struct wh_str text)
{
    while (text.len > 0 && *text.ptr != '@')
        text = wh_str_make(text.ptr + 1, text.len - 1);
    while (text.len > 0 && *text.ptr != ' ')
        text = wh_str_make(text.ptr + 1, text.len - 1);
    return text;
}

/* The mark of UTF-16 is three bytes of the stream, and none of the plain file. */
static void assert_same_but_offsets(const struct transcript *a, const struct transcript *b,
                                    uint64_t seed)
{
    struct wh_str left = wh_buf_str(&a->text);
    struct wh_str right = wh_buf_str(&b->text);
    assert_int_equal(a->records, b->records);
    for (size_t i = 0; i < a->records; i++) {
        assert_int_equal(a->offsets[i], b->offsets[i] + 3);
        left = behind_place(left);
        right = behind_place(right);
        size_t len = 0;
        while (len < right.len && right.ptr[len] != '@')
            len++;
        if (len > left.len || memcmp(left.ptr, right.ptr, len) != 0)
            fail_msg("seed %llu, record %zu differs", (unsigned long long)seed, i);
    }
}

/* The options of a seed: now and then with limits that small records pass. */
static struct wh_format_options random_options(uint64_t *random)
{
    static struct wh_str names[] = {{"a", 1}, {"b", 1}, {"c", 1}};
    struct wh_format_options options;
    wh_format_options_init(&options);
    options.dialect = WH_STR("csv");
    options.header = WH_STR("false");
    options.columns = (struct wh_option_list){names, format_random_below(random, 8) == 0 ? 1 : 3};
    if (format_random_below(random, 3) == 0) {
        options.cell = 1 + format_random_below(random, 30);
        options.record = options.cell + format_random_below(random, 60);
    }
    return options;
}

/* Lines are what a text editor shows: one more than the line ends before. */
static void check_lines(const struct transcript *transcript, const struct wh_csv_dialect *dialect,
                        const char *bytes, size_t len)
{
    struct wh_str text = wh_buf_str(&transcript->text);
    uint64_t checked = 0;
    for (size_t i = 0; i < transcript->records; i++) {
        char expected[64];
        uint64_t offset = transcript->offsets[i];
        assert_true(offset < len);
        struct wh_csv_lines lines = {.count = 1};
        wh_csv_lines_add(&lines, dialect, wh_str_make(bytes, (size_t)offset));
        int n = snprintf(expected, sizeof(expected), "0:%llu@%llu ",
                         (unsigned long long)lines.count, (unsigned long long)offset);
        const char *found = memmem(text.ptr, text.len, expected, (size_t)n);
        if (found == NULL)
            fail_msg("no record at '%s'", expected);
        checked++;
    }
    assert_int_equal(checked, transcript->records);
}

static void compare_buffers(const struct test_folder *folder,
                            const struct wh_format_options *options, const struct transcript *whole,
                            uint64_t seed)
{
    static const size_t blocks[] = {300, 65, 64, 7, 1};
    size_t tried = seed % 20 == 0 ? WH_COUNT_OF(blocks) : 3; /* tiny ones take long */
    for (size_t i = 0; i < tried; i++) {
        struct wh_source *source = open_random(folder, options);
        wh_file_source_from(source)->block_size = blocks[i];
        struct transcript transcript;
        transcript_init(&transcript);
        read_source(source, i % 2 == 0 ? UINT64_MAX : 50, &transcript);
        assert_same(&transcript, whole, seed, "in small buffers");
        transcript_release(&transcript);
        wh_file_connector.source->close(source);
    }
}

static void compare_chunks(struct wh_source *source, size_t len, const struct transcript *whole,
                           uint64_t seed)
{
    for (size_t parts = 2; parts <= 64; parts *= 2) {
        struct transcript transcript;
        transcript_init(&transcript);
        read_source(source, 1 + len / parts, &transcript);
        assert_same(&transcript, whole, seed, "in chunks");
        transcript_release(&transcript);
    }
}

/* What is read from a record on is the end of what is read from the first on. */
static void compare_resumes(struct wh_source *source, const struct transcript *whole, uint64_t seed)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_chunk_spec *chunks;
    size_t count;
    assert_int_equal(
        wh_file_connector.source->split(source, UINT64_MAX, &arena, &chunks, &count, &err), WH_OK);
    struct wh_reader *reader;
    assert_int_equal(wh_file_connector.source->reader_open(source, &reader, &err), WH_OK);
    struct wh_str all = wh_buf_str(&whole->text);
    for (size_t i = 0; i < whole->records; i += 1 + whole->records / 20) {
        struct transcript transcript;
        transcript_init(&transcript);
        read_chunk(reader, chunks[0].text, whole->offsets[i], &transcript);
        assert_int_equal(transcript.records, whole->records - i);
        if (!wh_str_ends_with(all, wh_buf_str(&transcript.text)))
            fail_msg("seed %llu, resumed at record %zu", (unsigned long long)seed, i);
        transcript_release(&transcript);
    }
    wh_file_connector.source->reader_close(reader);
    wh_arena_release(&arena);
}

/* The same text packed, in two members: whole, in chunks, in small buffers, resumed. */
static void compare_packed(const struct test_folder *folder,
                           const struct wh_format_options *options, struct wh_str bytes,
                           const struct transcript *whole, uint64_t seed)
{
    enum test_packing packing = seed % TEST_PACKINGS;
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_TRANSCRIPT);
    size_t cut = bytes.len / 3;
    test_pack(packing, wh_str_make(bytes.ptr, cut), &packed);
    test_pack(packing, wh_str_make(bytes.ptr + cut, bytes.len - cut), &packed);
    test_folder_write(folder, "packed", wh_buf_str(&packed));
    static const size_t blocks[] = {ORDINARY_BLOCK, 300, 7};
    for (size_t i = 0; i < WH_COUNT_OF(blocks); i++) {
        struct wh_source *source = open_file(folder, "packed", options);
        wh_file_source_from(source)->block_size = blocks[i];
        struct transcript transcript;
        transcript_init(&transcript);
        read_source(source, i == 0 ? UINT64_MAX : 50, &transcript);
        assert_same(&transcript, whole, seed, test_packing_name(packing));
        transcript_release(&transcript);
        if (i == 0)
            compare_resumes(source, whole, seed);
        wh_file_connector.source->close(source);
    }
}

/* The same text in UTF-16: bytes that are no UTF-8 are left out of it. */
static void compare_encoded(const struct test_folder *folder,
                            const struct wh_format_options *options, struct wh_str bytes,
                            uint64_t seed)
{
    static char ascii[3000];
    static char wide[6002];
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++)
        if ((unsigned char)bytes.ptr[i] < 0x80)
            ascii[len++] = bytes.ptr[i];
    (void)memcpy(wide, seed % 2 == 0 ? "\xFF\xFE" : "\xFE\xFF", 2);
    for (size_t i = 0; i < len; i++) {
        wide[2 + 2 * i + seed % 2] = ascii[i];
        wide[3 + 2 * i - seed % 2] = '\0';
    }
    test_folder_write(folder, "utf8", wh_str_make(ascii, len));
    test_folder_write(folder, "utf16", wh_str_make(wide, 2 + 2 * len));
    struct wh_source *plain = open_file(folder, "utf8", options);
    struct transcript whole;
    transcript_init(&whole);
    read_source(plain, UINT64_MAX, &whole);
    wh_file_connector.source->close(plain);
    static const size_t blocks[] = {ORDINARY_BLOCK, 300, 7};
    for (size_t i = 0; i < WH_COUNT_OF(blocks); i++) {
        struct wh_source *source = open_file(folder, "utf16", options);
        wh_file_source_from(source)->block_size = blocks[i];
        struct transcript transcript;
        transcript_init(&transcript);
        read_source(source, i == 0 ? UINT64_MAX : 50, &transcript);
        assert_same_but_offsets(&transcript, &whole, seed);
        transcript_release(&transcript);
        wh_file_connector.source->close(source);
    }
    transcript_release(&whole);
}

static void compare_all(const struct test_folder *folder, const struct wh_format_options *options,
                        struct wh_str bytes, uint64_t seed)
{
    test_folder_write(folder, "random.csv", bytes);
    struct wh_source *source = open_random(folder, options);
    struct transcript whole;
    transcript_init(&whole);
    read_source(source, UINT64_MAX, &whole);
    check_lines(&whole, &wh_csv_from(wh_file_source_from(source)->parser)->form.dialect, bytes.ptr,
                bytes.len);

    compare_chunks(source, bytes.len, &whole, seed);
    compare_resumes(source, &whole, seed);
    compare_buffers(folder, options, &whole, seed);
    if (bytes.len > 0 && seed % 20 == 0)
        compare_packed(folder, options, bytes, &whole, seed / 20);
    if (seed % 10 == 1)
        compare_encoded(folder, options, bytes, seed / 10);
    struct transcript scalar;
    transcript_init(&scalar);
    wh_csv_from(wh_file_source_from(source)->parser)->scanner.functions = &wh_csv_scalar_functions;
    read_source(source, 100, &scalar);
    assert_same(&scalar, &whole, seed, "by the scalar scanner");
    transcript_release(&scalar);
    transcript_release(&whole);
    wh_file_connector.source->close(source);
}

static void is_the_same_whole_in_chunks_resumed_and_in_small_buffers(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    struct trials trials = trials_make(500);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        static char bytes[3000];
        uint64_t random = seed;
        size_t len = format_random_csv(&random, bytes, sizeof(bytes));
        struct wh_format_options options = random_options(&random);
        compare_all(&folder, &options, wh_str_make(bytes, len), seed);
    }
    test_folder_remove(&folder);
}

static void is_the_same_in_every_dialect(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    struct trials trials = trials_make(600);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        static char bytes[1500];
        uint64_t random = seed;
        struct wh_format_options options = random_options(&random);
        format_random_options(&random, &options);
        struct wh_csv_form form;
        /* Some combinations contradict themselves. */
        if (wh_csv_form_make(&options, &form, NULL) != WH_OK)
            continue;
        size_t len = format_random_text(&random, &form.dialect, bytes, sizeof(bytes));
        compare_all(&folder, &options, wh_str_make(bytes, len), seed);
    }
    test_folder_remove(&folder);
}

/* More rows than a batch takes: resumed at the end of every batch. */
static void goes_on_at_the_end_of_every_batch(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    enum { ROWS = 3 * WH_BATCH_ROWS + 7 };
    struct wh_buf text;
    wh_buf_init(&text, MAX_TRANSCRIPT);
    struct wh_error err = WH_ERROR_NONE;
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(
            wh_buf_printf(&text, &err, "%d,%s,\"x\ny\"\n", i, i % 100 == 50 ? "a\"b" : "ab"),
            WH_OK);
    test_folder_write(&folder, "random.csv", wh_buf_str(&text));
    uint64_t random = 3;
    struct wh_format_options options = random_options(&random);
    struct wh_source *source = open_random(&folder, &options);
    struct transcript whole;
    transcript_init(&whole);
    read_source(source, UINT64_MAX, &whole);
    assert_true(whole.records > ROWS);
    check_lines(&whole, &wh_csv_from(wh_file_source_from(source)->parser)->form.dialect, text.ptr,
                text.len);
    compare_resumes(source, &whole, 0);
    compare_chunks(source, text.len, &whole, 0);
    transcript_release(&whole);
    wh_file_connector.source->close(source);
    wh_buf_release(&text);
    test_folder_remove(&folder);
}

static int set_up(void **state)
{
    (void)state;
    wh_batch_init(&read_batch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wh_batch_release(&read_batch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_same_whole_in_chunks_resumed_and_in_small_buffers),
        cmocka_unit_test(is_the_same_in_every_dialect),
        cmocka_unit_test(goes_on_at_the_end_of_every_batch),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
