/* SPDX-License-Identifier: Apache-2.0 */
/** A folder of a test's own, with files in it, gone when the test is over. */
#ifndef WH_TEST_CONNECT_FILE_FOLDER_H
#define WH_TEST_CONNECT_FILE_FOLDER_H

#include <stddef.h>

#include "base/str.h"
#include "connect/connector.h"
#include "format/options.h"

struct test_folder {
    char path[256];
};

void test_folder_make(struct test_folder *folder);
void test_folder_remove(const struct test_folder *folder);

/** For cmocka_unit_test_setup_teardown() and groups: *state is a struct test_folder. */
int test_folder_setup(void **state);
int test_folder_teardown(void **state);

/** Writes (or overwrites) the file @p name in the folder. */
void test_folder_write(const struct test_folder *folder, const char *name, struct wh_str bytes);

/** Makes a folder in it. */
void test_folder_make_inner(const struct test_folder *folder, const char *name);

/** The path of @p name in the folder, in @p room of 512 bytes; returns @p room. */
char *test_folder_path(const struct test_folder *folder, const char *name, char *room);

/** Options of which none is stated. */
struct wh_format_options test_format_options(void);

/** Opens @p from in the folder; the code and error of the connector. */
wh_code test_folder_open(const struct test_folder *folder, const char *from,
                         const struct wh_format_options *format, struct wh_source **ret,
                         struct wh_error *err);

#endif
