/* SPDX-License-Identifier: Apache-2.0 */
/** What is read of files whose columns have types. */
#ifndef WH_TESTS_CONNECT_FILE_TABLE_H
#define WH_TESTS_CONNECT_FILE_TABLE_H

#include "base/buf.h"
#include "connect/connector.h"
#include "connect_file_folder.h"

/** Columns and records of a source: "id bigint, name text\n2: 1|Ann\n3: bad: …\n"; NULL is "-",
 *  what is left out "4: left out". */
void test_table_print(struct wh_source *source, struct wh_buf *out);

/** Opens @p from and compares what is printed. */
void assert_table(const struct test_folder *folder, const char *from,
                  const struct wh_format_options *format, const char *expected);

/** Opening is refused with the code and a message that holds @p message. */
void assert_table_refused(const struct test_folder *folder, const char *from,
                          const struct wh_format_options *format, wh_code code,
                          const char *message);

#endif
