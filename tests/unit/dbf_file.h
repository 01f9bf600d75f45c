/* SPDX-License-Identifier: Apache-2.0 */
/** Small DBF files of 32-byte descriptors (dBASE III to 5, FoxPro), written field by field. */
#ifndef WH_TESTS_DBF_FILE_H
#define WH_TESTS_DBF_FILE_H

#include "base/str.h"
#include "connect_file_folder.h"

/** Bytes of a literal, NULs and all. */
#define BYTES(literal) ((struct wh_str){.ptr = "" literal, .len = sizeof(literal) - 1})

struct test_dbf {
    int version;           /* 0: 0x03 */
    int driver;            /* language driver */
    const char *fields;    /* "ID N 4, NAME C 10, PAID L 1": name (-: none), type, length, decimals,
                              flags */
    struct wh_str records; /* all bytes behind the header */
    int64_t count;         /* of the header; TEST_DBF_COUNT: what fits into the records */
    int record_size;       /* of the header; 0: that of the fields */
    int header_size;       /* likewise */
    int encrypted;         /* byte 15 */
};

#define TEST_DBF_COUNT (-1)

void test_dbf_write(const struct test_folder *folder, const char *name,
                    const struct test_dbf *file);

#endif
