/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes packed as other programs pack them: for tests of what unpacks. */
#ifndef WH_TESTS_STREAM_PACK_H
#define WH_TESTS_STREAM_PACK_H

#include "base/buf.h"
#include "base/str.h"

enum test_packing { TEST_GZIP = 0, TEST_ZSTD, TEST_BZIP2, TEST_XZ };
#define TEST_PACKINGS 4

/** The suffix of such files, without a dot. */
const char *test_packing_name(enum test_packing packing);

/** Appends @p bytes as one member to @p packed. */
void test_pack(enum test_packing packing, struct wh_str bytes, struct wh_buf *packed);

/** A member of an archive. */
struct test_member {
    const char *name;
    struct wh_str bytes;
    bool is_stored; /* not compressed */
};

/** Writes the zip archive @p path. */
void test_pack_archive(const char *path, const struct test_member *members, size_t count);

#endif
