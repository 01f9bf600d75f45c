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
    request.from = WH_STR("none.csv");
    assert_int_equal(source_conformance(&wh_file_connector, &request), 0);
    test_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_hold_what_sources_hold),
    };
    return cmocka_run_group_tests_name("connect/file conformance", tests, NULL, NULL);
}
