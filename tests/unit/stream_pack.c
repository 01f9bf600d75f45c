/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <bzlib.h>
#include <cmocka.h>
#include <lzma.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

const char *test_packing_name(enum test_packing packing)
{
    static const char *const names[] = {"gz", "zst", "bz2", "xz"};
    return names[packing];
}

static size_t pack_gzip(struct wh_str bytes, char *room, size_t size)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes.ptr;
    z.avail_in = (uInt)bytes.len;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)size;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return size - z.avail_out;
}

static size_t pack_zstd(struct wh_str bytes, char *room, size_t size)
{
    size_t len = 0;
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
    len = ZSTD_compress2(context, room, size, bytes.ptr, bytes.len);
    assert_false(ZSTD_isError(len));
    assert_int_equal(ZSTD_freeCCtx(context), 0);
    return len;
}

static size_t pack_bzip2(struct wh_str bytes, char *room, size_t size)
{
    unsigned len = (unsigned)size;
    assert_int_equal(BZ2_bzBuffToBuffCompress(room, &len, (char *)(uintptr_t)bytes.ptr,
                                              (unsigned)bytes.len, 1, 0, 0),
                     BZ_OK);
    return len;
}

static size_t pack_xz(struct wh_str bytes, char *room, size_t size)
{
    size_t len = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)bytes.ptr,
                                             bytes.len, (uint8_t *)room, &len, size),
                     LZMA_OK);
    return len;
}

void test_pack(enum test_packing packing, struct wh_str bytes, struct wh_buf *packed)
{
    static size_t (*const functions[])(struct wh_str, char *, size_t) = {pack_gzip, pack_zstd,
                                                                         pack_bzip2, pack_xz};
    struct wh_error err;
    size_t size = bytes.len + bytes.len / 50 + 1024;
    assert_int_equal(wh_buf_reserve(packed, size, &err), WH_OK);
    packed->len += functions[packing](bytes, packed->ptr + packed->len, size);
}

void test_pack_archive(const char *path, const struct test_member *members, size_t count)
{
    int code;
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(archive);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *bytes =
            zip_source_buffer(archive, members[i].bytes.ptr, members[i].bytes.len, 0);
        assert_non_null(bytes);
        zip_int64_t index = zip_file_add(archive, members[i].name, bytes, ZIP_FL_ENC_UTF_8);
        assert_true(index >= 0);
        if (members[i].is_stored)
            assert_int_equal(
                zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0), 0);
    }
    assert_int_equal(zip_close(archive), 0);
}
