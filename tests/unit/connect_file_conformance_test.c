/* SPDX-License-Identifier: Apache-2.0 */
/** Text files hold what every source holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/file/file.h"
#include "connect_file_folder.h"
#include "connect_source_conformance.h"
#include "format/options.h"
#include "stream_pack.h"

#define ROWS 900

/** Rows of different lengths, cells with line ends, and now and then one cell too few. */
static void write_rows(const struct test_folder *folder, const char *name)
{
    struct wh_buf text;
    wh_buf_init(&text, 1 << 20);
    assert_int_equal(wh_buf_append_str(&text, WH_STR("id,a,b\n"), NULL), WH_OK);
    for (unsigned i = 0; i < ROWS; i++) {
        const char *rest = i % 50 == 7  ? ""
                           : i % 3 == 0 ? ",\"two\nlines, and \"\"quotes\"\"\""
                                        : ",";
        assert_int_equal(wh_buf_printf(&text, NULL, "%u,text %u%s\n", i, i * 7919 % 1000, rest),
                         WH_OK);
    }
    test_folder_write(folder, name, wh_buf_str(&text));
    wh_buf_release(&text);
}

/* ---- the other formats ----------------------------------------------------------------------- */

/** Objects; now and then one that is none. */
static void write_object(struct wh_buf *text, unsigned i)
{
    const char *rest = i % 50 == 7  ? "\"b\" 1}"
                       : i % 3 == 0 ? "\"b\": {\"deep\": [1, \"}\"]}}"
                                    : "\"b\": null}";
    assert_int_equal(
        wh_buf_printf(text, NULL, "{\"id\": %u, \"a\": \"text %u\", %s", i, i * 7919 % 1000, rest),
        WH_OK);
}

static void write_lines(struct wh_buf *text)
{
    for (unsigned i = 0; i < ROWS; i++) {
        write_object(text, i);
        assert_int_equal(wh_buf_append_str(text, WH_STR("\n"), NULL), WH_OK);
    }
}

static void write_array(struct wh_buf *text)
{
    for (unsigned i = 0; i < ROWS; i++) {
        assert_int_equal(wh_buf_append_str(text, i == 0 ? WH_STR("[\n") : WH_STR(",\n"), NULL),
                         WH_OK);
        write_object(text, i);
    }
    assert_int_equal(wh_buf_append_str(text, WH_STR("\n]\n"), NULL), WH_OK);
}

/** Fields of six and ten places; now and then too few. */
static void write_fields(struct wh_buf *text)
{
    for (unsigned i = 0; i < ROWS; i++)
        assert_int_equal(
            wh_buf_printf(text, NULL, i % 50 == 7 ? "%6u\n" : "%6utext %-5u\n", i, i * 7919 % 1000),
            WH_OK);
}

static const struct {
    const char *file;
    const char *packed;
    void (*write)(struct wh_buf *text);
} formats[] = {
    {"some.ndjson", "some.ndjson.gz", write_lines},
    {"some.json", "some.json.gz", write_array},
    {"some.fwf", "some.fwf.gz", write_fields},
};

static void check_format(const struct test_folder *folder, size_t format)
{
    struct wh_buf text;
    struct wh_buf packed;
    struct wh_str fields[] = {WH_STR("id 1 6"), WH_STR("a 7 10")};
    struct wh_format_options options;
    struct wh_source_request request = {.url = wh_str_from(folder->path), .format = &options};
    wh_buf_init(&text, 1 << 20);
    wh_buf_init(&packed, 1 << 20);
    wh_format_options_init(&options);
    if (formats[format].write == write_fields)
        options.fields = (struct wh_option_list){fields, WH_COUNT_OF(fields)};
    formats[format].write(&text);
    test_folder_write(folder, formats[format].file, wh_buf_str(&text));
    request.from = wh_str_from(formats[format].file);
    assert_int_equal(source_conformance(&wh_file_connector, &request), ROWS);

    test_pack(TEST_GZIP, wh_buf_str(&text), &packed);
    test_folder_write(folder, formats[format].packed, wh_buf_str(&packed));
    request.from = wh_str_from(formats[format].packed);
    assert_int_equal(source_conformance(&wh_file_connector, &request), ROWS);
    wh_buf_release(&packed);
    wh_buf_release(&text);
}

static void files_of_every_format_hold_it_packed_or_not(void **state)
{
    struct test_folder folder;
    (void)state;
    test_folder_make(&folder);
    for (size_t i = 0; i < WH_COUNT_OF(formats); i++)
        check_format(&folder, i);
    test_folder_remove(&folder);
}

static void files_hold_what_sources_hold(void **state)
{
    struct test_folder folder;
    (void)state;
    test_folder_make(&folder);
    write_rows(&folder, "some.csv");
    test_folder_write(&folder, "none.csv", WH_STR("id,a,b\n"));
    struct wh_source_request request = {.url = wh_str_from(folder.path)};
    request.from = WH_STR("some.csv");
    assert_int_equal(source_conformance(&wh_file_connector, &request), ROWS);
    request.from = WH_STR("*.csv");
    assert_int_equal(source_conformance(&wh_file_connector, &request), ROWS);
    request.from = WH_STR("none.csv");
    assert_int_equal(source_conformance(&wh_file_connector, &request), 0);
    test_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_hold_what_sources_hold),
        cmocka_unit_test(files_of_every_format_hold_it_packed_or_not),
    };
    return cmocka_run_group_tests_name("connect/file conformance", tests, NULL, NULL);
}
