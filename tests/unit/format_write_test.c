/* SPDX-License-Identifier: Apache-2.0 */
/** What is written reads back as the same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "connect/file/file.h"
#include "connect_file_folder.h"
#include "format/options.h"
#include "format/write.h"

#define COLUMNS 4
#define ROWS 60
#define FILES 150

static const struct wh_column_info text_columns[COLUMNS] = {
    {.name = {"id", 2}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"a \"b\", c", 8}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {" d ", 3}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"line\nend", 8}, .type = {.kind = WH_KIND_TEXT}},
};

/** Texts that a careless writer or reader loses something of. */
static const char *const pieces[] = {
    "",     " ",    "\t",   ",",
    ";",    "\"",   "\"\"", "\n",
    "\r\n", "\r",   "\\",   "\\N",
    "'",    "|",    "#",    "NULL",
    "null", "a",    "Zoë",  "😀",
    "-",    "=",    "0",    "007",
    "é ",   "\v",   "{}",   "\xEF\xBB\xBF",
    "\\n",  "\\\"", "1e5",  "long enough to be a word of its own",
    "'q'",  "Anna", "1,5",  "2020-01-02",
    "a|b",  "\\\\", "~",    "12:30",
};

/** The pieces that the texts of one table are made of. */
struct alphabet {
    const char *const *pieces;
    size_t count;
};

static const struct alphabet all_pieces = {pieces, WH_COUNT_OF(pieces)};

struct table {
    struct wh_arena arena;
    struct wh_column columns[COLUMNS];
    size_t column_count;
    size_t row_count;
    struct wh_buf text;
    struct wh_error err;
};

static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33);
}

static struct wh_str random_text(struct table *table, const struct alphabet *alphabet,
                                 uint64_t *seed)
{
    struct wh_str text = WH_STR("");
    unsigned count = next_random(seed) % 4;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(wh_arena_format(&table->arena, &text, &table->err, "%.*s%s", WH_FMT(text),
                                         alphabet->pieces[next_random(seed) % alphabet->count]),
                         WH_OK);
    return text;
}

static void fill_table(struct table *table, size_t column_count, const struct alphabet *alphabet,
                       uint64_t *seed)
{
    *table = (struct table){.column_count = column_count, .row_count = ROWS};
    wh_arena_init(&table->arena);
    wh_buf_init(&table->text, 64 << 20);
    for (size_t i = 0; i < column_count; i++) {
        struct wh_column *column = &table->columns[i];
        assert_int_equal(
            wh_column_init(column, text_columns[i].type, ROWS, &table->arena, &table->err), WH_OK);
        assert_int_equal(wh_column_need_validity(column, &table->arena, &table->err), WH_OK);
        for (size_t row = 0; row < ROWS; row++) {
            column->values.texts[row] = random_text(table, alphabet, seed);
            if (next_random(seed) % 5 == 0)
                wh_column_set_null(column, row);
        }
    }
}

static void release_table(struct table *table)
{
    wh_buf_release(&table->text);
    wh_arena_release(&table->arena);
}

static void write_table(struct table *table, const struct wh_write_options *options,
                        const char *name)
{
    struct wh_table_info info = {.columns = text_columns, .column_count = table->column_count};
    struct wh_write_form form;
    assert_int_equal(wh_write_form_make(options, wh_str_from(name), &info, &form, &table->err),
                     WH_OK);
    assert_int_equal(wh_write_begin(&form, &table->text, &table->err), WH_OK);
    for (size_t row = 0; row < table->row_count; row++)
        assert_int_equal(
            wh_write_row(&form, table->columns, row, row == 0, &table->text, &table->err), WH_OK);
    assert_int_equal(wh_write_end(&form, table->row_count == 0, &table->text, &table->err), WH_OK);
}

static void assert_same_row(const struct table *table, const struct wh_batch *batch, size_t row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_null = wh_column_is_null(&table->columns[i], row);
        struct wh_str expected = table->columns[i].values.texts[row];
        struct wh_str found = batch->columns[i].values.texts[row];
        if (wh_column_is_null(&batch->columns[i], row) != is_null ||
            (!is_null && !wh_str_equal(expected, found)))
            fail_msg("row %zu, column %zu: '%.*s' became '%.*s' in\n%.*s", row, i, WH_FMT(expected),
                     WH_FMT(found), WH_FMT(wh_buf_str(&table->text)));
    }
}

/** Compares what was written with what wherry's own reader makes of it, and closes @p source. */
static void compare_source(struct table *table, struct wh_source *source)
{
    const struct wh_source_functions *file = wh_file_connector.source;
    struct wh_reader *reader = NULL;
    struct wh_chunk_spec *chunks = NULL;
    size_t count = 0;
    struct wh_batch batch;
    wh_batch_init(&batch);
    assert_int_equal(file->split(source, 1 << 30, &table->arena, &chunks, &count, &table->err),
                     WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(file->reader_open(source, &reader, &table->err), WH_OK);
    assert_int_equal(file->seek(reader, chunks[0].text, 0, &table->err), WH_OK);
    assert_int_equal(file->read(reader, &batch, &table->err), WH_OK);
    assert_int_equal(batch.bad_count, 0);
    assert_int_equal(batch.row_count, table->row_count);
    for (size_t row = 0; row < batch.row_count; row++)
        assert_same_row(table, &batch, row);
    file->reader_close(reader);
    file->close(source);
    wh_batch_release(&batch);
}

static void read_back(struct table *table, const struct test_folder *folder, const char *name,
                      const struct wh_format_options *format)
{
    struct wh_source *source = NULL;
    test_folder_write(folder, name, wh_buf_str(&table->text));
    if (test_folder_open(folder, name, format, &source, &table->err) != WH_OK)
        fail_msg("%s", table->err.message);
    compare_source(table, source);
}

/** True where backslashes stand in pairs only: whether they are escapes is
 *  nowhere to be seen then. */
static bool has_only_paired_backslashes(struct wh_str text)
{
    size_t pairs = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        if (i + 1 == text.len || text.ptr[i + 1] != '\\')
            return false;
        pairs++;
        i++;
    }
    return pairs > 0;
}

/** Reads back with nothing stated but the key; false where the dialect is asked for. */
static bool detect_back(struct table *table, const struct test_folder *folder, const char *name)
{
    struct wh_str key = text_columns[0].name;
    struct wh_source_request request = {
        .url = wh_str_from(folder->path), .from = wh_str_from(name), .key = {&key, 1}};
    struct wh_source *source = NULL;
    test_folder_write(folder, name, wh_buf_str(&table->text));
    if (wh_file_connector.source->open(&request, &source, &table->err) == WH_OK) {
        compare_source(table, source);
        return true;
    }
    bool is_asked = strstr(table->err.message, "an escaped \\") != NULL;
    if (!is_asked || !has_only_paired_backslashes(wh_buf_str(&table->text)))
        fail_msg("%s, of\n%.*s", table->err.message, WH_FMT(wh_buf_str(&table->text)));
    return false;
}

static void csv_with_nothing_stated_reads_back_and_is_never_misread(void **state)
{
    static const char *const names[] = {"x.csv", "x.tsv"};
    struct test_folder folder;
    uint64_t seed = 3;
    size_t asked = 0;
    (void)state;
    test_folder_make(&folder);
    for (size_t i = 0; i < 2 * FILES; i++) {
        const char *chosen[6];
        struct alphabet alphabet = {chosen, 1 + next_random(&seed) % WH_COUNT_OF(chosen)};
        struct wh_write_options options;
        struct table table;
        for (size_t k = 0; k < alphabet.count; k++)
            chosen[k] = pieces[next_random(&seed) % WH_COUNT_OF(pieces)];
        wh_write_options_init(&options);
        fill_table(&table, 2 + i % (COLUMNS - 1), &alphabet, &seed);
        table.row_count = 1 + next_random(&seed) % (i % 4 == 0 ? 3 : ROWS);
        const char *name = names[next_random(&seed) % 2];
        write_table(&table, &options, name);
        asked += !detect_back(&table, &folder, name);
        release_table(&table);
    }
    test_folder_remove(&folder);
    assert_in_range(asked, 1, FILES / 5);
}

static void csv_of_every_dialect_reads_back(void **state)
{
    static const struct {
        char delimiter;
        char quote;
        const char *null;
        bool is_crlf;
    } dialects[] = {{',', '"', "", false},
                    {';', '\'', "", true},
                    {'\t', '"', "\\N", false},
                    {'|', '"', "NULL", false},
                    {',', '"', "-", true}};
    struct test_folder folder;
    uint64_t seed = 20260726;
    (void)state;
    test_folder_make(&folder);
    for (size_t i = 0; i < FILES; i++) {
        size_t dialect = i % WH_COUNT_OF(dialects);
        struct wh_str null = wh_str_from(dialects[dialect].null);
        struct wh_write_options options;
        struct wh_format_options format;
        struct table table;
        wh_write_options_init(&options);
        options.delimiter = dialects[dialect].delimiter;
        options.quote = dialects[dialect].quote;
        options.null = null;
        options.is_crlf = dialects[dialect].is_crlf;
        wh_format_options_init(&format);
        format.dialect = WH_STR("csv");
        format.delimiter = wh_str_make(&options.delimiter, 1);
        format.quote = wh_str_make(&options.quote, 1);
        format.nulls = (struct wh_option_list){.items = &null, .count = 1};
        fill_table(&table, 1 + i % COLUMNS, &all_pieces, &seed);
        write_table(&table, &options, "x.csv");
        read_back(&table, &folder, "x.csv", &format);
        release_table(&table);
    }
    test_folder_remove(&folder);
}

static void assert_written(const struct wh_write_options *options, const char *name,
                           const struct wh_column_info *columns, const char *const *texts,
                           const char *expected)
{
    struct wh_table_info info = {.columns = columns, .column_count = 2};
    struct table table = {.row_count = 2};
    struct wh_column row[2];
    struct wh_write_form form;
    wh_arena_init(&table.arena);
    wh_buf_init(&table.text, 1 << 20);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            wh_column_init(&row[i], (struct wh_type){.kind = WH_KIND_TEXT}, 2, &table.arena, NULL),
            WH_OK);
        assert_int_equal(wh_column_need_validity(&row[i], &table.arena, NULL), WH_OK);
        for (size_t j = 0; j < 2; j++) {
            row[i].values.texts[j] = wh_str_from(texts[j * 2 + i]);
            if (texts[j * 2 + i] == NULL)
                wh_column_set_null(&row[i], j);
        }
    }
    assert_int_equal(wh_write_form_make(options, wh_str_from(name), &info, &form, &table.err),
                     WH_OK);
    assert_int_equal(wh_write_begin(&form, &table.text, NULL), WH_OK);
    for (size_t j = 0; j < 2; j++)
        assert_int_equal(wh_write_row(&form, row, j, j == 0, &table.text, NULL), WH_OK);
    assert_int_equal(wh_write_end(&form, false, &table.text, NULL), WH_OK);
    assert_string_equal(wh_buf_cstr(&table.text), expected);
    release_table(&table);
}

static const struct wh_column_info two_texts[] = {
    {.name = {"a", 1}, .type = {.kind = WH_KIND_TEXT}},
    {.name = {"b", 1}, .type = {.kind = WH_KIND_TEXT}},
};

static void csv_is_plain_where_it_can_be(void **state)
{
    static const char *const texts[] = {"x", NULL, "", "a,b"};
    struct wh_write_options options;
    (void)state;
    wh_write_options_init(&options);
    assert_written(&options, "x.csv", two_texts, texts, "a,b\nx,\n\"\",\"a,b\"\n");
    assert_written(&options, "x.TSV", two_texts, texts, "a\tb\nx\t\n\"\"\t\"a,b\"\n");
    options.has_header = false;
    options.is_crlf = true;
    options.null = WH_STR("\\N");
    assert_written(&options, "x.csv", two_texts, texts, "x,\\N\r\n\"\",\"a,b\"\r\n");
}

static void formulas_are_guarded_where_that_is_asked_for(void **state)
{
    static const char *const texts[] = {"=1+1", "-5", "@x", "5-"};
    static const struct wh_column_info columns[] = {
        {.name = {"a", 1}, .type = {.kind = WH_KIND_TEXT}},
        {.name = {"b", 1}, .type = {.kind = WH_KIND_NUMERIC}},
    };
    struct wh_write_options options;
    (void)state;
    wh_write_options_init(&options);
    assert_written(&options, "x.csv", columns, texts, "a,b\n=1+1,-5\n@x,5-\n");
    options.guard_formulas = true;
    assert_written(&options, "x.csv", columns, texts, "a,b\n\"'=1+1\",-5\n\"'@x\",5-\n");
}

static void json_keeps_numbers_to_the_digit(void **state)
{
    static const struct wh_column_info columns[] = {
        {.name = {"n\"", 2}, .type = {.kind = WH_KIND_NUMERIC}},
        {.name = {"b", 1}, .type = {.kind = WH_KIND_BOOL}},
    };
    static const struct wh_column_info floats[] = {
        {.name = {"f", 1}, .type = {.kind = WH_KIND_FLOAT, .bits = 64}},
        {.name = {"t", 1}, .type = {.kind = WH_KIND_TEXT}},
    };
    static const char *const texts[] = {"12345678901234567890.50", "t", NULL, "f"};
    static const char *const odd[] = {"NaN", "a\"\n\\", "1e+300", NULL};
    struct wh_write_options options;
    (void)state;
    wh_write_options_init(&options);
    assert_written(&options, "x.ndjson", columns, texts,
                   "{\"n\\\"\":12345678901234567890.50,\"b\":true}\n"
                   "{\"n\\\"\":null,\"b\":false}\n");
    assert_written(&options, "x.json", floats, odd,
                   "[\n{\"f\":\"NaN\",\"t\":\"a\\\"\\n\\\\\"},\n{\"f\":1e+300,\"t\":null}\n]\n");
}

static void assert_refused(const struct wh_write_options *options, const char *name,
                           const char *why)
{
    struct wh_table_info info = {.columns = two_texts, .column_count = 2};
    struct wh_write_form form;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_write_form_make(options, wh_str_from(name), &info, &form, &err),
                     WH_INVALID);
    if (strstr(err.message, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, why);
}

static void what_cannot_be_written_so_that_it_reads_back_is_refused(void **state)
{
    struct wh_write_options options;
    (void)state;
    wh_write_options_init(&options);
    assert_refused(&options, "x.dat", "into_format: { type: csv }");
    assert_refused(&options, "x.dat.zst", "into_format: { type: csv }");
    options.type = WH_STR("xml");
    assert_refused(&options, "x.csv", "none of csv, ndjson and json");
    wh_write_options_init(&options);
    options.delimiter = '"';
    assert_refused(&options, "x.csv", "two different ASCII characters");
    options.delimiter = '\n';
    assert_refused(&options, "x.csv", "two different ASCII characters");
    wh_write_options_init(&options);
    options.null = WH_STR("a,b");
    assert_refused(&options, "x.csv", "holds the delimiter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_of_every_dialect_reads_back),
        cmocka_unit_test(csv_with_nothing_stated_reads_back_and_is_never_misread),
        cmocka_unit_test(csv_is_plain_where_it_can_be),
        cmocka_unit_test(formulas_are_guarded_where_that_is_asked_for),
        cmocka_unit_test(json_keeps_numbers_to_the_digit),
        cmocka_unit_test(what_cannot_be_written_so_that_it_reads_back_is_refused),
    };
    return cmocka_run_group_tests_name("format/write", tests, NULL, NULL);
}
